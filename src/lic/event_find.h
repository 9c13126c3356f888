/* event_find.h - events looked for, page by page.
 *
 * A page takes the time of a few thousand events at most, however many there are: it may end before it is full, and the
 * next one goes on behind the last event that was looked at. */
#ifndef LIC_EVENT_FIND_H
#define LIC_EVENT_FIND_H

#include <stdbool.h>
#include <stddef.h>

#include "db/q_event.h"
#include "lic/tx.h"

#define EVENT_PAGE_MAX 500

/* An account whose events may be seen. One that had the same name before it is another. */
struct event_place {
	const char *account;
	int64_t since; /* when it was made */
};

/* NULL and 0: whatever it is. */
struct event_filter {
	const char *kind; /* `token.create`; `token.`, with the dot: all that begin so */
	const char *account, *actor, *actor_kind, *subject;
	const char *text; /* part of kind, actor, subject or detail; case of ASCII letters makes no difference */
	int64_t from, to; /* ms; to itself is not in it */
	bool only_places; /* of these accounts alone, and never of the server */
	const struct event_place *places;
	size_t places_n;
};

struct event_page {
	bool oldest_first;
	int64_t after; /* the event that this page goes on behind; 0: from the beginning */
	size_t limit;  /* at most EVENT_PAGE_MAX */
};

struct event_found {
	struct event_row *rows;
	size_t n;
	int64_t next; /* where the next page goes on; 0: there is nothing more */
};

int event_find(struct tx *tx, const struct event_filter *f, const struct event_page *page, struct event_found *out,
	       struct err *e);

/* May somebody who is held to the filter's places see this event? */
bool event_in_places(const struct event_filter *f, const struct event_row *row);

#endif
