/* q_event.h - queries of the audit trail. */
#ifndef DB_Q_EVENT_H
#define DB_Q_EVENT_H

#include <stdbool.h>

#include "base/arena.h"
#include "db/db.h"

struct event_row {
	int64_t id, at;
	const char *kind, *actor_kind, *actor, *address, *account, *subject, *detail;
	const void *hash; /* only from the walk */
	size_t hash_n;
};
int q_event_add(struct db *d, const struct event_row *row, struct err *e);
/* id and hash of the newest event. */
int q_event_last(struct db *d, struct arena *a, struct event_row *out, struct err *e);
int q_event_by_id(struct db *d, struct arena *a, int64_t id, struct event_row *out, struct err *e);

/* Sees an event, whose memory lives during the call. 0 to go on, 1 to end, -1 and e. */
typedef int (*event_fn)(void *arg, const struct event_row *row, struct err *e);

/* Those from one id to another, both included; the highest first if down. */
int q_event_span(struct db *d, int64_t from, int64_t to, bool down, event_fn each, void *arg, struct err *e);
/* All after an id in order, with their hashes. */
int q_event_walk(struct db *d, int64_t after, event_fn each, void *arg, struct err *e);
int q_event_at(struct db *d, int64_t id, int64_t *at, struct err *e);

/* The kind that follows another in the order of the alphabet, of those that there are events of: 1, 0, -1. */
int q_event_kind_after(struct db *d, struct arena *a, const char *after, const char **kind, struct err *e);

/* The ids of at most max events that have a text in a column; EVENT_BY_ACTOR knows those of products not. */
enum event_index { EVENT_BY_KIND, EVENT_BY_ACCOUNT, EVENT_BY_ACTOR };
int q_event_ids(struct db *d, enum event_index index, const char *key, int64_t from, int64_t to, bool down, int64_t *ids,
		size_t max, size_t *n, struct err *e);

#endif
