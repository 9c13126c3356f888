/* api_event.c - the audit trail: what happened, and whether its record is whole. */
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "edge/api.h"
#include "edge/list.h"
#include "edge/routes.h"
#include "lic/account.h"
#include "lic/event.h"
#include "lic/event_find.h"

/* ---- one ---- */

static bool has_verb(const char *kind, const char *const *verbs)
{
	const char *verb = strchr(kind, '.');

	for (; verb && *verbs; verbs++)
		if (strcmp(verb + 1, *verbs) == 0)
			return true;
	return false;
}

/* What was so before and is so since. What an event says of a thing that it made is so since, and of one that it ended
 * was so before. */
static void add_change(json_t *v, const char *kind, json_t *detail)
{
	static const char *const makes[] = { "create",  "add",     "register", "authorize", "raise",       "use", "grant",
					     "install", "request", "start",    "begin",     "acknowledge", NULL };
	static const char *const ends[] = { "delete", "remove",  "revoke", "withdraw", "deregister",
					    "expire", "replace", "return", "end",      NULL };
	json_t *before = json_object_get(detail, "before"), *after = json_object_get(detail, "after");

	if (before == NULL && after == NULL && has_verb(kind, makes))
		after = detail;
	if (before == NULL && after == NULL && has_verb(kind, ends))
		before = detail;
	if (before == NULL && after == NULL) { /* what went from a place to another */
		before = json_object_get(detail, "from");
		after = json_object_get(detail, "to");
	}
	json_object_set(v, "before", before ? before : json_null());
	json_object_set(v, "after", after ? after : json_null());
}

static int api_event(struct req *r, const struct event_row *row, json_t **out, struct err *e)
{
	json_t *v, *detail;
	const char *text;

	if (event_text(&r->tx, row, &text, e))
		return -1;
	*out = v = json_object();
	detail = json_loads(row->detail, 0, NULL);
	json_set_int(v, "id", row->id);
	json_set_time(v, "at", row->at);
	json_set_text(v, "kind", row->kind);
	json_set_text(v, "text", text);
	json_set_text(v, "actorKind", row->actor_kind);
	json_set_text(v, "actor", row->actor);
	json_set_text(v, "address", row->address);
	json_set_text(v, "account", row->account);
	json_set_text(v, "subject", row->subject);
	add_change(v, row->kind, detail);
	json_object_set_new(v, "detail", detail ? detail : json_null());
	return 0;
}

/* ---- which ---- */

/* Who has the right for the whole server sees all; others what happened in their accounts. */
static int own_places(struct req *r, struct event_filter *f, struct err *e)
{
	struct event_place *places;
	struct account_row *rows;
	size_t n;

	f->only_places = !api_may(r, 0, 0);
	f->places_n = 0;
	if (!f->only_places)
		return 0;
	if (q_account_list(r->tx.db, r->tx.arena, &rows, &n, e))
		return -1;
	f->places = places = arena_alloc(r->tx.arena, (n + 1) * sizeof(*places));
	for (size_t i = 0; i < n; i++)
		if (api_may(r, rows[i].id, 0))
			places[f->places_n++] = (struct event_place){ rows[i].name, rows[i].created_at };
	return 0;
}

/* An account by its name as it is now, or, for those who see all, as it once was. */
static int find_account(struct req *r, const char *name, struct event_filter *f, struct err *e)
{
	struct account_row row;
	struct err unknown = ERR_INIT;

	f->account = name;
	if (account_find(&r->tx, name, &row, &unknown) == 0) {
		f->account = row.name;
		if (api_may(r, row.id, 0))
			return 0;
	} else if (unknown.code != E_ACCOUNT_UNKNOWN) {
		*e = unknown;
		return -1;
	}
	if (!f->only_places)
		return 0;
	return err_set(e, E_FORBIDDEN, "Your role does not allow this in the account '%.128s': it takes the right '%s'.",
		       name, right_text(r->route->right));
}

static int read_times(struct req *r, struct event_filter *f, struct err *e)
{
	const char *to = req_query(r, "to");

	if (api_time(req_query(r, "from"), "from", &f->from, e) || api_time(to, "to", &f->to, e))
		return -1;
	/* A day is meant to its end. */
	if (f->to && strchr(to, 'T') == NULL)
		f->to += DAY_MS;
	if (f->from && f->to && f->from >= f->to)
		return err_field(e, E_INVALID_REQUEST, "to", "'to' is before 'from': no event can be between them.");
	return 0;
}

static const char *argument(struct req *r, const char *name)
{
	const char *text = req_query(r, name);

	return text && *text ? text : NULL;
}

static int read_filter(struct req *r, struct event_filter *f, struct err *e)
{
	const char *account = argument(r, "account");

	*f = (struct event_filter){ .kind = argument(r, "kind"),
				    .actor = argument(r, "actor"),
				    .actor_kind = argument(r, "actorKind"),
				    .subject = argument(r, "subject"),
				    .text = argument(r, "text") };
	if (f->actor_kind && !event_is_actor_kind(f->actor_kind))
		return err_field(e, E_INVALID_REQUEST, "actorKind",
				 "'actorKind' must be system, product, user, local or client.");
	if (own_places(r, f, e) || read_times(r, f, e))
		return -1;
	return account ? find_account(r, account, f, e) : 0;
}

static int read_id(struct req *r, const char *name, int64_t *out, struct err *e)
{
	const char *text = argument(r, name);

	if (text && str_int(text, 1, INT64_MAX, out))
		return err_field(e, E_INVALID_REQUEST, name, "'%s' must be the number of an event.", name);
	return 0;
}

/* ---- the routes ---- */

struct listing {
	struct event_filter filter;
	bool oldest_first;
	int64_t start; /* the event that the list goes on behind; 0: none */
};

static int read_order(struct req *r, struct listing *s, struct err *e)
{
	const char *order = argument(r, "order"), *other;

	s->oldest_first = order && strcmp(order, "oldest") == 0;
	if (order && !s->oldest_first && strcmp(order, "newest") != 0)
		return err_field(e, E_INVALID_REQUEST, "order", "'order' must be newest or oldest.");
	other = s->oldest_first ? "before" : "after";
	if (argument(r, other))
		return err_field(e, E_INVALID_REQUEST, other,
				 "'before' goes with the order newest, 'after' with the order oldest.");
	return read_id(r, s->oldest_first ? "after" : "before", &s->start, e);
}

/* His accounts are looked up each time: a long answer sees when there is one more, or one less. */
static int next_events(struct list *l, struct err *e)
{
	struct listing *s = l->ctx;
	struct event_page page = { s->oldest_first, l->at.id ? l->at.id : s->start, LIST_CHUNK };
	struct event_found found;
	struct list_at at = { 0 };
	json_t *one;

	if (list_full(l))
		return 1;
	if (l->limit >= 0 && l->offset + l->limit - l->added < LIST_CHUNK)
		page.limit = (size_t)(l->offset + l->limit - l->added);
	if (own_places(l->r, &s->filter, e) || event_find(&l->r->tx, &s->filter, &page, &found, e))
		return -1;
	for (size_t i = 0; i < found.n; i++) {
		at.id = found.rows[i].id;
		if (list_full(l))
			return 1;
		if (!list_takes(l, &at))
			continue;
		if (api_event(l->r, &found.rows[i], &one, e))
			return -1;
		list_add(l, one);
	}
	if (found.next == 0)
		return 0;
	at.id = found.next;
	list_pass(l, &at);
	list_full(l);
	return 1;
}

static bool has_filter(const struct listing *s)
{
	const struct event_filter *f = &s->filter;

	return f->kind || f->account || f->actor || f->actor_kind || f->subject || f->text || f->from || f->to || s->start;
}

/* Events are numbered without a gap from 1, so the newest number is their count. Of those that a filter picks nobody
 * knows how many there are. */
static int count_events(struct list *l, int64_t *out, struct err *e)
{
	const struct listing *s = l->ctx;
	struct event_row last = { 0 };

	if (has_filter(s) || s->filter.only_places)
		return 0;
	if (q_event_last(l->r->tx.db, l->r->tx.arena, &last, e) < 0)
		return -1;
	*out = last.id;
	return 1;
}

static const struct list_kind events_kind = {
	.name = "events",
	.file = "events",
	.columns = "id at kind text actorKind actor address account subject before after detail",
	.next = next_events,
	.count = count_events,
};

static struct reply *list_events(struct req *r)
{
	struct listing *s = arena_alloc(r->tx.arena, sizeof(*s));
	struct err e = ERR_INIT;

	if (read_filter(r, &s->filter, &e) || read_order(r, s, &e))
		return reply_error(r, &e);
	return list_reply(r, &events_kind, s);
}

static struct reply *show_event(struct req *r)
{
	struct event_filter f = { 0 };
	struct event_row row, last = { 0 };
	struct err e = ERR_INIT;
	json_t *v = NULL;
	int64_t id = 0;
	int rc = str_int(r->param[0], 1, INT64_MAX, &id) ? 0 : 1;

	if (rc == 1 && own_places(r, &f, &e) == 0)
		rc = q_event_by_id(r->tx.db, r->tx.arena, id, &row, &e);
	if (e.code || rc < 0 || q_event_last(r->tx.db, r->tx.arena, &last, &e) < 0)
		return reply_error(r, &e);
	/* The same whether or not there is one. */
	if (f.only_places && (rc == 0 || !event_in_places(&f, &row)))
		err_set(&e, E_FORBIDDEN, "Your role does not show you an event '%.40s': it takes the right '%s'.",
			r->param[0], right_text(r->route->right));
	else if (rc == 0)
		err_set(&e, E_NOT_FOUND, "There is no event '%.40s'; the newest is %" PRId64 ".", r->param[0], last.id);
	if (e.code || api_event(r, &row, &v, &e))
		return reply_error(r, &e);
	return api_ok(r, v);
}

static bool must_stop(void *arg)
{
	struct work *w = arg;

	return w->stopping && w->stopping(w);
}

static int check_database(struct tx *tx, void *arg, struct err *e)
{
	return db_check_until(tx->db, must_stop, arg, e);
}

/* Seconds for a million events: with a helper, so that it keeps nobody waiting. */
static struct reply *verify_events(struct req *r)
{
	char head[2 * SHA256_SIZE + 1];
	struct event_chain chain;
	struct err e = ERR_INIT;
	json_t *v;

	if (event_verify_slowly(r->work, &chain, &e) || r->work->read(r->work, check_database, r->work, &e))
		return reply_error(r, &e);
	v = json_object();
	json_set_int(v, "events", chain.count);
	json_set_text(v, "head", str_hex(head, chain.head, SHA256_SIZE));
	return api_ok(r, v);
}

#define DOORS (DOOR_ADMIN | DOOR_CONTROL)

const struct route event_routes[] = {
	{ "GET", "/api/v1/events", DOORS, RIGHT_EVENT_READ, ANYWHERE, BODY_NONE, 0, list_events, NULL, NULL },
	{ "GET", "/api/v1/events/{id}", DOORS, RIGHT_EVENT_READ, ANYWHERE, BODY_NONE, 0, show_event, NULL, NULL },
	{ "POST", "/api/v1/verify", DOORS, RIGHT_EVENT_VERIFY, OF_SERVER, BODY_JSON, API_BODY_MAX, NULL, NULL, NULL,
	  verify_events },
	{ 0 },
};
