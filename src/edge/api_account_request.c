/* api_account_request.c - accounts that somebody asks for: request, approve, reject, cancel. */
#include <string.h>

#include "edge/api.h"
#include "edge/routes.h"
#include "lic/account_request.h"

#define MESSAGE_MAX 1024 /* bytes */

static json_t *request_json(const struct account_request_row *row)
{
	json_t *v = json_object();

	json_set_text(v, "id", row->uuid);
	json_set_text(v, "state", row->state);
	json_set_text(v, "name", row->name);
	json_set_text(v, "domain", row->domain);
	json_set_text(v, "smartAccount", row->smart_account);
	json_set_text(v, "virtualAccount", row->virtual_account);
	json_set_text(v, "message", row->message);
	json_set_time(v, "createdDate", row->created_at);
	json_set_text(v, "createdBy", row->created_by);
	json_set_time(v, "decidedDate", row->decided_at);
	json_set_text(v, "decidedBy", row->decided_at ? row->decided_by : NULL);
	json_set_text(v, "reason", row->reason);
	return v;
}

static struct reply *answer(struct req *r, const struct account_request_row *row)
{
	json_t *v = json_object();

	json_object_set_new(v, "request", request_json(row));
	return api_ok(r, v);
}

static struct reply *add_request(struct req *r)
{
	static const struct json_spec spec[] = {
		{ "name", JSON_K_TEXT, 0, offsetof(struct account_wish, name), 1, 512 },
		{ "domain", JSON_K_TEXT, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct account_wish, domain), 0, 255 },
		{ "smartAccount", JSON_K_TEXT, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct account_wish, smart_account),
		  1, 512 },
		{ "virtualAccount", JSON_K_TEXT, JSON_F_OPTIONAL | JSON_F_NULL,
		  offsetof(struct account_wish, virtual_account), 1, 512 },
		{ "message", JSON_K_TEXT, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct account_wish, message), 0,
		  MESSAGE_MAX },
		{ 0 },
	};
	struct account_wish in = { 0 };
	struct account_request_row row;
	struct err e = ERR_INIT;
	bool all = access_covers(&r->caller, RIGHT_ACCOUNT_READ, 0, 0);

	if (json_decode(r->json, spec, NULL, E_INVALID_REQUEST, &in, &e) ||
	    account_request_add(&r->tx, &r->caller, all, &in, &row, &e))
		return reply_error(r, &e);
	return answer(r, &row);
}

static int check_state(const char *state, struct err *e)
{
	static const char *const states[] = { REQUEST_PENDING, REQUEST_APPROVED, REQUEST_REJECTED, REQUEST_CANCELLED };

	for (size_t i = 0; state && i < sizeof(states) / sizeof(states[0]); i++)
		if (strcmp(state, states[i]) == 0)
			return 0;
	return state ? err_field(e, E_INVALID_REQUEST, "state",
				 "The state is '%.40s'; it must be PENDING, APPROVED, REJECTED or CANCELLED.", state)
		     : 0;
}

/* Who sees all accounts of the server sees all requests; everybody his own. */
static struct reply *list_requests(struct req *r)
{
	const char *state = req_query(r, "state");
	struct account_request_row *rows;
	struct err e = ERR_INIT;
	json_t *list;
	size_t n;

	if (check_state(state, &e) || account_request_list(&r->tx, &r->caller, api_may(r, 0, 0), &rows, &n, &e))
		return reply_error(r, &e);
	list = json_array();
	for (size_t i = 0; i < n; i++)
		if (state == NULL || strcmp(state, rows[i].state) == 0)
			json_array_append_new(list, request_json(&rows[i]));
	return api_list(r, 0, &e, "requests", list);
}

static struct reply *approve(struct req *r)
{
	static const struct json_spec spec[] = {
		{ "exportControlled", JSON_K_BOOL, JSON_F_OPTIONAL, offsetof(struct account_permits, export_permitted), 0,
		  0 },
		{ "reservation", JSON_K_BOOL, JSON_F_OPTIONAL, offsetof(struct account_permits, reservation_permitted), 0,
		  0 },
		{ 0 },
	};
	struct account_permits in = { 0 };
	const char *administrator, *next;
	struct account_row account;
	struct account_request_row row;
	struct err e = ERR_INIT;
	json_t *v;

	if (json_decode(r->json, spec, NULL, E_INVALID_REQUEST, &in, &e) ||
	    account_request_approve(&r->tx, r->param[0], &in, &row, &account, &administrator, &e) ||
	    account_next_step(&r->tx, &account, &next, &e))
		return reply_error(r, &e);
	v = json_object();
	json_object_set_new(v, "request", request_json(&row));
	json_set_text(v, "account", account.name);
	json_set_text(v, "administrator", administrator);
	json_set_text(v, "nextStep", next);
	return api_ok(r, v);
}

struct rejection {
	const char *reason;
};

static struct reply *reject(struct req *r)
{
	static const struct json_spec spec[] = {
		{ "reason", JSON_K_TEXT, 0, offsetof(struct rejection, reason), 1, MESSAGE_MAX },
		{ 0 },
	};
	struct rejection in = { 0 };
	struct account_request_row row;
	struct err e = ERR_INIT;

	if (json_decode(r->json, spec, NULL, E_INVALID_REQUEST, &in, &e) ||
	    account_request_reject(&r->tx, r->param[0], in.reason, &row, &e))
		return reply_error(r, &e);
	return answer(r, &row);
}

/* Whoever asked, or who could decide. Others are not told whether there is such a request. */
static int may_cancel(struct req *r, struct err *e)
{
	struct account_request_row row;
	int rc;

	if (access_covers(&r->caller, RIGHT_ACCOUNT_WRITE, 0, 0))
		return 0;
	rc = q_account_request_by_uuid(r->tx.db, r->tx.arena, r->param[0], &row, e);
	if (rc < 0 || (rc == 1 && account_request_own(&row, &r->caller)))
		return rc < 0 ? -1 : 0;
	return err_set(e, E_FORBIDDEN,
		       "You did not make the request '%.64s': to cancel those of others takes the right '%s'.", r->param[0],
		       right_text(RIGHT_ACCOUNT_WRITE));
}

static struct reply *cancel(struct req *r)
{
	struct account_request_row row;
	struct err e = ERR_INIT;

	if (may_cancel(r, &e) || account_request_cancel(&r->tx, r->param[0], &row, &e))
		return reply_error(r, &e);
	return answer(r, &row);
}

#define DOORS (DOOR_ADMIN | DOOR_CONTROL)
#define REQUESTS "/api/v1/account-requests"

const struct route account_request_routes[] = {
	{ "GET", REQUESTS, DOORS, RIGHT_ACCOUNT_READ, ANYWHERE, BODY_NONE, 0, list_requests, NULL, NULL },
	{ "POST", REQUESTS, DOORS, RIGHT_ACCOUNT_REQUEST, ANYWHERE, BODY_JSON, API_BODY_MAX, NULL, add_request, NULL },
	{ "POST", REQUESTS "/{id}/approve", DOORS, RIGHT_ACCOUNT_WRITE, OF_SERVER, BODY_JSON, API_BODY_MAX, NULL, approve,
	  NULL },
	{ "POST", REQUESTS "/{id}/reject", DOORS, RIGHT_ACCOUNT_WRITE, OF_SERVER, BODY_JSON, API_BODY_MAX, NULL, reject,
	  NULL },
	{ "POST", REQUESTS "/{id}/cancel", DOORS, RIGHT_ACCOUNT_REQUEST, ANYWHERE, BODY_JSON, API_BODY_MAX, NULL, cancel,
	  NULL },
	{ 0 },
};
