#include "db/q_event.h"

#include <string.h>

#include "db/rows.h"

/* As it stands, without copies: for the walk. */
static void view_event(struct rows *r, struct event_row *row)
{
	row->id = rows_int(r, 0);
	row->at = rows_int(r, 1);
	row->kind = rows_text(r, 2);
	row->actor_kind = rows_text(r, 3);
	row->actor = rows_text(r, 4);
	row->address = rows_text(r, 5);
	row->account = rows_text(r, 6);
	row->subject = rows_text(r, 7);
	row->detail = rows_text(r, 8);
}

static void read_event(struct rows *r, struct arena *a, void *out)
{
	struct event_row view = { 0 }, *row = out;

	view_event(r, &view);
	*row = view;
	row->kind = arena_strdup(a, view.kind);
	row->actor_kind = arena_strdup(a, view.actor_kind);
	row->actor = arena_strdup(a, view.actor);
	row->address = arena_strdup(a, view.address);
	row->account = arena_strdup(a, view.account);
	row->subject = arena_strdup(a, view.subject);
	row->detail = arena_strdup(a, view.detail);
}

int q_event_add(struct db *d, const struct event_row *row, struct err *e)
{
	if (db_exec(d, e, Q_EVENT_ADD, "iisssssssb", row->id, row->at, row->kind, row->actor_kind, row->actor, row->address,
		    row->account, row->subject, row->detail, row->hash, row->hash_n))
		return -1;
	/* A trigger that somebody put there could swallow it. */
	if (db_changes(d) != 1)
		return err_set(e, E_DATABASE_CORRUPT,
			       "The event was not stored: the schema was altered. Restore the newest backup.");
	return 0;
}

static void read_event_last(struct rows *r, struct arena *a, void *out)
{
	struct event_row *row = out;

	row->id = rows_int(r, 0);
	row->hash = rows_keep_blob(r, a, 1, &row->hash_n);
}

int q_event_last(struct db *d, struct arena *a, struct event_row *out, struct err *e)
{
	return rows_first(db_query(d, e, Q_EVENT_LAST, ""), a, read_event_last, out, e);
}

int q_event_by_id(struct db *d, struct arena *a, int64_t id, struct event_row *out, struct err *e)
{
	return rows_first(db_query(d, e, Q_EVENT_BY_ID, "i", id), a, read_event, out, e);
}

int q_event_span(struct db *d, int64_t from, int64_t to, bool down, event_fn each, void *arg, struct err *e)
{
	struct rows *r = db_query(d, e, down ? Q_EVENT_SPAN_DOWN : Q_EVENT_SPAN_UP, "ii", from, to);
	int rc;

	if (r == NULL)
		return -1;
	while ((rc = rows_next(r, e)) == 1) {
		struct event_row row = { 0 };

		view_event(r, &row);
		rc = each(arg, &row, e);
		if (rc) {
			rows_end(r);
			return rc < 0 ? -1 : 0;
		}
	}
	return rc;
}

int q_event_at(struct db *d, int64_t id, int64_t *at, struct err *e)
{
	return db_value(d, e, at, Q_EVENT_AT, "i", id);
}

static void read_kind(struct rows *r, struct arena *a, void *out)
{
	*(const char **)out = rows_keep_text(r, a, 0);
}

int q_event_kind_after(struct db *d, struct arena *a, const char *after, const char **kind, struct err *e)
{
	return rows_first(db_query(d, e, Q_EVENT_KIND_AFTER, "s", after), a, read_kind, kind, e);
}

int q_event_ids(struct db *d, enum event_index index, const char *key, int64_t from, int64_t to, bool down, int64_t *ids,
		size_t max, size_t *n, struct err *e)
{
	static const enum query queries[][2] = {
		[EVENT_BY_KIND] = { Q_EVENT_KIND_UP, Q_EVENT_KIND_DOWN },
		[EVENT_BY_ACCOUNT] = { Q_EVENT_ACCOUNT_UP, Q_EVENT_ACCOUNT_DOWN },
		[EVENT_BY_ACTOR] = { Q_EVENT_ACTOR_UP, Q_EVENT_ACTOR_DOWN },
	};
	struct rows *r = db_query(d, e, queries[index][down], "siii", key, from, to, (int64_t)max);
	int rc;

	*n = 0;
	if (r == NULL)
		return -1;
	while ((rc = rows_next(r, e)) == 1)
		ids[(*n)++] = rows_int(r, 0);
	return rc;
}

/* Does a text go on behind a NUL? */
static bool has_nul(struct rows *r)
{
	for (int column = 2; column <= 8; column++) {
		const char *text = rows_text(r, column);
		size_t n;

		rows_blob(r, column, &n);
		if (strlen(text) != n)
			return true;
	}
	return false;
}

int q_event_walk(struct db *d, int64_t after, event_fn each, void *arg, struct err *e)
{
	struct rows *r = db_query(d, e, Q_EVENT_WALK, "i", after);
	int rc;

	if (r == NULL)
		return -1;
	while ((rc = rows_next(r, e)) == 1) {
		struct event_row row = { 0 };

		view_event(r, &row);
		row.hash = rows_blob(r, 9, &row.hash_n);
		if (has_nul(r))
			row.hash_n = 0; /* there is more than was hashed */
		rc = each(arg, &row, e);
		if (rc) {
			rows_end(r);
			return rc < 0 ? -1 : 0;
		}
	}
	return rc;
}
