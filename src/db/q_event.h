/* q_event.h - queries of the audit trail. */
#ifndef DB_Q_EVENT_H
#define DB_Q_EVENT_H

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
int q_event_list(struct db *d, struct arena *a, int64_t before, int64_t limit, struct event_row **out, size_t *n,
		 struct err *e);
/* Calls each for every event in order; the row's memory lives during the call. each returns 0 to go on. */
int q_event_walk(struct db *d, int64_t after, int (*each)(void *arg, const struct event_row *row, struct err *e), void *arg,
		 struct err *e);

#endif
