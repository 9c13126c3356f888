/* api_webhook.c - alert subscriptions: of the server, and of an account for its administrators. */
#include <string.h>

#include "edge/api.h"
#include "edge/rate.h"
#include "edge/routes.h"
#include "lic/account.h"
#include "lic/site.h"
#include "sync/webhook_send.h"
#include "sync/webhook_sender.h"

#define TESTS_PER_MINUTE 10 /* of everybody from one address */

static json_t *webhook_json(const struct webhook_row *row)
{
	json_t *v = json_object();

	json_set_text(v, "id", row->uuid);
	json_set_text(v, "account", row->account_name);
	json_set_text(v, "url", row->url);
	json_set_text(v, "severity", row->severity);
	json_set_text(v, "caCertificate", row->ca);
	json_set_bool(v, "enabled", row->enabled);
	json_set_time(v, "createdDate", row->created_at);
	json_set_text(v, "createdBy", row->created_by);
	json_set_time(v, "lastDelivery", row->delivered_at);
	json_set_int(v, "failures", row->failures);
	json_set_time(v, "lastFailure", row->failed_at);
	json_set_text(v, "lastError", row->last_error);
	json_set_time(v, "nextAttempt", row->enabled ? row->retry_at : 0);
	return v;
}

static struct reply *answer(struct req *r, const struct webhook_row *row, const char *secret)
{
	json_t *v = json_object();

	json_object_set_new(v, "webhook", webhook_json(row));
	json_set_text(v, "secret", *secret ? secret : NULL);
	return api_ok(r, v);
}

/* The account of the path; NULL where it names none. */
static int of_path(struct req *r, struct account_row *room, struct account_row **out, struct err *e)
{
	*out = NULL;
	if (r->route->scope != OF_ACCOUNT)
		return 0;
	*out = room;
	return api_account(r, room, e);
}

static struct reply *list_webhooks(struct req *r)
{
	struct account_row room, *account;
	struct webhook_row *rows;
	struct err e = ERR_INIT;
	json_t *list;
	size_t n;

	if (of_path(r, &room, &account, &e) ||
	    q_webhook_of(r->tx.db, r->tx.arena, account ? account->id : 0, &rows, &n, &e))
		return reply_error(r, &e);
	list = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, webhook_json(&rows[i]));
	return api_list(r, 0, &e, "webhooks", list);
}

static int read_change(struct req *r, bool new, struct webhook_change *out, struct err *e)
{
	struct body {
		const char *url, *severity, *ca;
		bool enabled, new_secret;
	} in = { .enabled = true };
	const struct json_spec spec[] = {
		{ "url", JSON_K_TEXT, new ? 0 : JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct body, url), 1,
		  WEBHOOK_URL_MAX },
		{ "severity", JSON_K_TEXT, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct body, severity), 1, 16 },
		{ "caCertificate", JSON_K_TEXT, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct body, ca), 0,
		  WEBHOOK_CA_MAX },
		{ "enabled", JSON_K_BOOL, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct body, enabled), 0, 0 },
		{ "newSecret", JSON_K_BOOL, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct body, new_secret), 0, 0 },
		{ 0 },
	};

	if (json_decode(r->json, spec, NULL, E_INVALID_REQUEST, &in, e) ||
	    (in.url && webhook_target(in.url, r->tx.site->webhook_loopback, e)))
		return -1;
	*out = (struct webhook_change){ .url = in.url,
					.severity = in.severity,
					.ca = in.ca,
					.enabled = json_is_boolean(json_object_get(r->json, "enabled")) ? in.enabled : -1,
					.new_secret = in.new_secret };
	return 0;
}

/* What a write step hands to finish: the sender looks when it is on disk, not before. */
struct changed {
	struct webhook_row row;
	char secret[WEBHOOK_SECRET + 1];
};

static struct reply *tell_sender(struct req *r)
{
	const struct changed *c = r->state;

	if (r->commit_error.code != E_NONE)
		return reply_error(r, &r->commit_error);
	webhook_sender_wake(r->tx.site->webhook_sender);
	return answer(r, &c->row, c->secret);
}

static struct reply *add_webhook(struct req *r)
{
	struct changed *c = arena_alloc(r->tx.arena, sizeof(*c));
	struct account_row room, *account;
	struct webhook_change in;
	struct err e = ERR_INIT;

	if (read_change(r, true, &in, &e) || of_path(r, &room, &account, &e) ||
	    webhook_add(&r->tx, account, &in, &c->row, c->secret, &e))
		return reply_error(r, &e);
	r->state = c;
	return NULL;
}

static int find(struct req *r, struct tx *tx, struct webhook_row *out, struct err *e)
{
	bool in_account = r->route->scope == OF_ACCOUNT;
	struct account_row account = { 0 };

	if (in_account && account_find(tx, r->param[0], &account, e))
		return -1;
	return webhook_find(tx, account.id, r->param[in_account], out, e);
}

static struct reply *update_webhook(struct req *r)
{
	struct changed *c = arena_alloc(r->tx.arena, sizeof(*c));
	struct webhook_change in;
	struct err e = ERR_INIT;

	if (read_change(r, false, &in, &e) || find(r, &r->tx, &c->row, &e) ||
	    webhook_update(&r->tx, &c->row, &in, c->secret, &e))
		return reply_error(r, &e);
	r->state = c;
	return NULL;
}

static struct reply *remove_webhook(struct req *r)
{
	struct webhook_row row;
	struct err e = ERR_INIT;

	if (find(r, &r->tx, &row, &e) || webhook_remove(&r->tx, &row, &e))
		return reply_error(r, &e);
	return api_ok(r, json_object());
}

static struct reply *test_read(struct req *r)
{
	struct webhook_row *row = arena_alloc(r->tx.arena, sizeof(*row));
	struct err e = ERR_INIT;

	if (find(r, &r->tx, row, &e))
		return reply_error(r, &e);
	if (!rate_allow("webhook-test", r->actor.address, TESTS_PER_MINUTE)) {
		err_set(&e, E_RATE_LIMITED, "%d tests a minute are sent. Try again in a minute.", TESTS_PER_MINUTE);
		return reply_error(r, &e);
	}
	r->state = row;
	return NULL;
}

static struct reply *test_slow(struct req *r)
{
	struct err e = ERR_INIT;
	long status;
	json_t *v;

	if (webhook_try(r->work, r->state, &status, &e))
		return reply_error(r, &e);
	v = json_object();
	json_set_int(v, "httpStatus", status);
	return api_ok(r, v);
}

#define DOORS (DOOR_ADMIN | DOOR_CONTROL)
#define ALL "/api/v1/webhooks"
#define OWN "/api/v1/accounts/{account}/webhooks"

const struct route webhook_routes[] = {
	{ "GET", ALL, DOORS, RIGHT_WEBHOOK_READ, OF_SERVER, BODY_NONE, 0, list_webhooks, NULL, NULL },
	{ "POST", ALL, DOORS, RIGHT_WEBHOOK_WRITE, OF_SERVER, BODY_JSON, API_BODY_MAX, NULL, add_webhook, tell_sender },
	{ "POST", ALL "/{id}/update", DOORS, RIGHT_WEBHOOK_WRITE, OF_SERVER, BODY_JSON, API_BODY_MAX, NULL, update_webhook,
	  tell_sender },
	{ "POST", ALL "/{id}/remove", DOORS, RIGHT_WEBHOOK_WRITE, OF_SERVER, BODY_JSON, API_BODY_MAX, NULL, remove_webhook,
	  NULL },
	{ "POST", ALL "/{id}/test", DOORS, RIGHT_WEBHOOK_WRITE, OF_SERVER, BODY_JSON, API_BODY_MAX, test_read, NULL, NULL,
	  test_slow },
	{ "GET", OWN, DOORS, RIGHT_WEBHOOK_READ, OF_ACCOUNT, BODY_NONE, 0, list_webhooks, NULL, NULL },
	{ "POST", OWN, DOORS, RIGHT_WEBHOOK_WRITE, OF_ACCOUNT, BODY_JSON, API_BODY_MAX, NULL, add_webhook, tell_sender },
	{ "POST", OWN "/{id}/update", DOORS, RIGHT_WEBHOOK_WRITE, OF_ACCOUNT, BODY_JSON, API_BODY_MAX, NULL, update_webhook,
	  tell_sender },
	{ "POST", OWN "/{id}/remove", DOORS, RIGHT_WEBHOOK_WRITE, OF_ACCOUNT, BODY_JSON, API_BODY_MAX, NULL, remove_webhook,
	  NULL },
	{ "POST", OWN "/{id}/test", DOORS, RIGHT_WEBHOOK_WRITE, OF_ACCOUNT, BODY_JSON, API_BODY_MAX, test_read, NULL, NULL,
	  test_slow },
	{ 0 },
};
