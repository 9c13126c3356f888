/* api_event.c - the audit trail: what happened, and whether its record is whole. */
#include <inttypes.h>

#include "base/str.h"
#include "db/q_event.h"
#include "edge/api.h"
#include "edge/routes.h"
#include "lic/event.h"

#define EVENTS_DEFAULT 50
#define EVENTS_MAX 1000

static json_t *event_json(const struct event_row *row)
{
	json_t *v = json_object();

	json_set_int(v, "id", row->id);
	json_set_time(v, "at", row->at);
	json_set_text(v, "kind", row->kind);
	json_set_text(v, "actorKind", row->actor_kind);
	json_set_text(v, "actor", row->actor);
	json_set_text(v, "address", row->address);
	json_set_text(v, "account", row->account);
	json_set_text(v, "subject", row->subject);
	json_object_set_new(v, "detail", json_loads(row->detail, 0, NULL));
	return v;
}

static int query_int(struct req *r, const char *name, int64_t min, int64_t max, int64_t *out, struct err *e)
{
	const char *text = req_query(r, name);

	if (text && str_int(text, min, max, out))
		return err_field(e, E_INVALID_REQUEST, name, "'%s' must be a number from %" PRId64 " to %" PRId64 ".", name,
				 min, max);
	return 0;
}

static struct reply *list_events(struct req *r)
{
	int64_t limit = EVENTS_DEFAULT, before = INT64_MAX;
	struct event_row *rows;
	struct err e = ERR_INIT;
	json_t *v, *list;
	size_t n;

	if (query_int(r, "limit", 1, EVENTS_MAX, &limit, &e) || query_int(r, "before", 1, INT64_MAX, &before, &e) ||
	    q_event_list(r->tx.db, r->tx.arena, before, limit, &rows, &n, &e))
		return reply_error(r, &e);
	v = json_object();
	list = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, event_json(&rows[i]));
	json_object_set_new(v, "events", list);
	/* Events are numbered without a gap from 1, so the newest number is their count. */
	if (q_event_list(r->tx.db, r->tx.arena, INT64_MAX, 1, &rows, &n, &e) == 0)
		json_set_int(v, "totalRecords", n ? rows[0].id : 0);
	return api_ok(r, v);
}

static struct reply *verify_events(struct req *r)
{
	char head[2 * SHA256_SIZE + 1];
	struct event_chain chain;
	struct err e = ERR_INIT;
	json_t *v;

	if (event_verify(&r->tx, &chain, &e) || db_check(r->tx.db, &e))
		return reply_error(r, &e);
	v = json_object();
	json_set_int(v, "events", chain.count);
	json_set_text(v, "head", str_hex(head, chain.head, SHA256_SIZE));
	return api_ok(r, v);
}

#define DOORS (DOOR_ADMIN | DOOR_CONTROL)

const struct route event_routes[] = {
	{ "GET", "/api/v1/events", DOORS, RIGHT_EVENT_READ, ANYWHERE, BODY_NONE, 0, list_events, NULL, NULL },
	{ "POST", "/api/v1/verify", DOORS, RIGHT_EVENT_VERIFY, OF_SERVER, BODY_JSON, API_BODY_MAX, verify_events, NULL,
	  NULL },
	{ 0 },
};
