/* list.h - the one way in which the API shows lists: pages, cursors, and answers as JSON, CSV or JSON lines.
 *
 * A list is walked from a place on: its `next` adds a bounded number of elements that stand behind the place where the
 * last call ended. So a list of any length is made in pieces (reply_stream), and a cursor is such a place, written down.
 *
 * What every list takes, in the body of a POST and in the query of a GET:
 *
 *   limit    elements at most; -1, as without it: all
 *   offset   so many are passed over; not together with cursor
 *   cursor   the `nextCursor` of an earlier answer, with the same filters; the limit may be another
 *   format   `json`, `csv`, `jsonl`; without it the header Accept decides: text/csv, application/x-ndjson, else JSON
 *
 * The JSON answer ends with `totalRecords` and `nextCursor`, which is null when no more is to come. A page that a filter
 * makes slow to find ends early: it has fewer elements than the limit, even none, and a nextCursor. totalRecords is null
 * where counting would mean to look at everything: with a filter, unless the answer is the whole list. */
#ifndef EDGE_LIST_H
#define EDGE_LIST_H

#include "edge/api.h"

#define LIST_TEXT_SIZE 512
#define LIST_CHUNK 200 /* rows to read at a time */

/* Where an element stands. What the numbers mean is the list's own; all 0 and "" is before the first. */
struct list_at {
	int64_t place, part, number, id;
	char text[LIST_TEXT_SIZE];
};

struct list;

struct list_kind {
	const char *name; /* the member: `devices` */
	const char *file; /* of a download, without what is behind the dot: `product-instances` */
	/* Columns of CSV, separated by blanks: a member, also one inside another (`sudi.udiPid`), or an array of objects by
	 * two of their members (`licenseUsage[license=quantity]`, shown as `Enhanced=5; Basic=2`). */
	const char *columns;
	/* Looks at the next elements, in a database in which one moment is seen: for each, unless list_full(), list_pass() or
	 * list_add(). 1: there may be more, 0: that was the last, -1 and e. */
	int (*next)(struct list *l, struct err *e);
	/* How many there are in all; left out: only who walks them knows. 1, 0: it would take too long, -1. */
	int (*count)(struct list *l, int64_t *out, struct err *e);
	/* Adds further members behind the elements, if set. */
	int (*more)(struct list *l, json_t *members, struct err *e);
};

struct list {
	struct req *r;
	const struct list_kind *kind;
	void *ctx;         /* the list's own; lasts as long as the request */
	struct list_at at; /* of the element that was looked at last */
	int64_t limit;     /* -1: all */
	int64_t offset;    /* still to be passed over */
	int64_t seen;      /* passed over or added, since the beginning or the cursor */
	/* The rest is list.c's own. */
	const char *tag;
	enum list_format { LIST_JSON, LIST_CSV, LIST_JSONL } format;
	int64_t added;
	bool begun, resumed, more, late, passed;
	int64_t until;
	struct buf *out;
};

/* Answers with a list. A cursor holds for the same path, body and query. */
struct reply *list_reply(struct req *r, const struct list_kind *kind, void *ctx);

/* A list that is handed out as a report (r->report): under another name, with members that say what it is. */
struct list_report {
	const char *file; /* of a download, as in list_kind */
	int (*more)(struct list *l, json_t *members, struct err *e);
};

/* ---- for next ---- */

/* The page has no room for the element that comes now, or took long enough: return 1 and leave `at` as it is. */
bool list_full(struct list *l);

/* The element that comes now belongs to the list: at is where it stands. False: it is passed over, do not make it. */
bool list_takes(struct list *l, const struct list_at *at);

/* Makes it part of the answer; takes over v. After list_takes() said so. */
void list_add(struct list *l, json_t *v);

/* The element that comes now does not fit a filter. */
void list_pass(struct list *l, const struct list_at *at);

/* ---- short lists, which are made whole ---- */

/* Takes over list and members, which come behind it (NULL: none). rc not 0: reply_error of e instead. */
struct reply *list_reply_array(struct req *r, const struct list_kind *kind, int rc, const struct err *e, json_t *list,
			       json_t *members);

/* The same by the member's name, for the lists of list_known.c. */
struct reply *list_reply_known(struct req *r, const char *name, int rc, const struct err *e, json_t *list, json_t *members);

/* ---- lists by virtual account ---- */

struct list_places {
	struct virtual_account_row *vas;
	size_t n;
	/* Adds those of one virtual account behind l->at as `next` does; place of at is its id. It begins with all else 0. */
	int (*next)(struct list *l, const struct virtual_account_row *va, struct err *e);
	int (*count)(struct list *l, const struct virtual_account_row *va, int64_t *out, struct err *e);
	void *ctx;
};
/* For `next` and `count` of a kind whose ctx is a struct list_places. */
int list_places_next(struct list *l, struct err *e);
int list_places_count(struct list *l, int64_t *out, struct err *e);

/* A list of the virtual accounts that the body names. */
struct reply *list_reply_places(struct req *r, const struct list_kind *kind,
				int (*next)(struct list *l, const struct virtual_account_row *va, struct err *e),
				int (*count)(struct list *l, const struct virtual_account_row *va, int64_t *out,
					     struct err *e));

/* ---- for the tests ---- */

/* A place as text and back; tag is what it holds for. -1: it is none of this tag. */
void list_cursor_write(const struct list_at *at, const char *tag, struct buf *out);
int list_cursor_read(const char *text, const char *tag, struct list_at *out);

/* A line of CSV (RFC 4180): the head, or an element. */
void list_csv_head(const char *columns, struct buf *out);
void list_csv_row(const char *columns, const json_t *v, struct buf *out);

#endif
