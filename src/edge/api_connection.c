/* api_connection.c - how a satellite reaches its cloud manager over the network, and what came of it. */
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "crypt/cert.h"
#include "edge/api.h"
#include "edge/routes.h"
#include "lic/account.h"
#include "lic/site.h"
#include "sync/scheduler.h"
#include "sync/setting.h"

#define HISTORY_LIMIT 50

/* ---- settings ---- */

/* Who the CAs are, for people; the PEM text beside it is for programs. */
static json_t *ca_list(const char *pem)
{
	struct cert *cas[SETTING_CAS];
	json_t *list = json_array();
	struct err ignored;
	size_t n = 0;

	if (*pem == '\0' || cert_read_chain(pem, strlen(pem), cas, SETTING_CAS, &n, &ignored))
		return list;
	for (size_t i = 0; i < n; i++) {
		json_t *v = json_object();
		char name[256], fingerprint[96];

		json_set_text(v, "subject", str_repair(cert_common_name(cas[i], name)));
		json_set_text(v, "fingerprint", cert_fingerprint_text(cas[i], fingerprint));
		json_set_time(v, "expiresAt", cert_not_after(cas[i]));
		json_array_append_new(list, v);
		cert_free(cas[i]);
	}
	return list;
}

static void set_schedule(const struct tx *tx, const struct sync_setting_row *row, json_t *v)
{
	char text[SCHEDULE_TEXT_SIZE], words[SCHEDULE_WORDS_SIZE];
	struct schedule s;

	setting_schedule(row, &s);
	json_set_text(v, "schedule", schedule_format(&s, text));
	json_set_text(v, "scheduleText", schedule_words(&s, setting_jitter(tx, row), words));
	json_set_time(v, "nextAttemptAt", setting_next_attempt(tx, row));
}

static struct reply *settings_reply(struct req *r, const struct account_row *account)
{
	struct sync_setting_row row;
	struct err e = ERR_INIT;
	json_t *v;

	if (setting_get(&r->tx, account, &row, &e))
		return reply_error(r, &e);
	v = json_object();
	json_set_text(v, "account", account->name);
	json_set_bool(v, "registered", strcmp(row.account_status, ACCOUNT_PENDING) != 0);
	json_set_text(v, "managerUrl", row.manager_url);
	json_set_text(v, "managerCa", row.manager_ca);
	json_object_set_new(v, "managerCas", ca_list(row.manager_ca));
	json_set_text(v, "proxyUrl", row.proxy_url);
	json_set_text(v, "proxyUser", row.proxy_user);
	json_set_bool(v, "proxyPasswordSet", row.proxy_password_box != NULL);
	set_schedule(&r->tx, &row, v);
	json_set_bool(v, "shareHostname", row.share_hostname);
	json_set_bool(v, "shareIpAddress", row.share_ip_address);
	json_set_bool(v, "shareMacAddress", row.share_mac_address);
	json_set_bool(v, "shareProductVersion", row.share_product_version);
	return api_ok(r, v);
}

static struct reply *get_settings(struct req *r)
{
	struct account_row account;
	struct err e = ERR_INIT;

	return api_account(r, &account, &e) ? reply_error(r, &e) : settings_reply(r, &account);
}

/* A privacy switch of the body; -1 = not given. */
static int read_switch(const json_t *body, const char *name, int *out, struct err *e)
{
	const json_t *v = json_object_get(body, name);

	if (v == NULL)
		return 0;
	if (!json_is_boolean(v))
		return err_field(e, E_INVALID_REQUEST, name, "The member '%s' must be true or false.", name);
	*out = json_is_true(v);
	return 0;
}

static int read_change(const json_t *body, struct setting_change *in, struct err *e)
{
#define TEXT(name, member, max)                                                                                   \
	{                                                                                                         \
		name, JSON_K_TEXT, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct setting_change, member), 0, max \
	}
	static const struct json_spec spec[] = {
		TEXT("managerUrl", manager_url, SETTING_URL_MAX),
		TEXT("managerCa", manager_ca, SETTING_CA_MAX),
		TEXT("proxyUrl", proxy_url, SETTING_URL_MAX),
		TEXT("proxyUser", proxy_user, SETTING_LOGIN_MAX),
		TEXT("proxyPassword", proxy_password, SETTING_LOGIN_MAX),
		TEXT("schedule", schedule, SETTING_LOGIN_MAX),
		{ 0 },
	};
#undef TEXT

	*in = SETTING_CHANGE_NONE;
	return json_decode(body, spec, NULL, E_INVALID_REQUEST, in, e) ||
			       read_switch(body, "shareHostname", &in->share_hostname, e) ||
			       read_switch(body, "shareIpAddress", &in->share_ip_address, e) ||
			       read_switch(body, "shareMacAddress", &in->share_mac_address, e) ||
			       read_switch(body, "shareProductVersion", &in->share_product_version, e)
		     ? -1
		     : 0;
}

static struct reply *set_settings(struct req *r)
{
	struct setting_change in;
	struct account_row account;
	struct err e = ERR_INIT;

	if (api_account(r, &account, &e) || read_change(r->json, &in, &e) || setting_change(&r->tx, &account, &in, &e))
		return reply_error(r, &e);
	return settings_reply(r, &account);
}

/* ---- status ---- */

static json_t *running_json(const char *account_uuid)
{
	struct running_view run;
	json_t *v;

	if (!sync_running_view(account_uuid, &run))
		return json_null();
	v = json_object();
	json_set_text(v, "what", running_what_name(run.what));
	json_set_text(v, "stage", running_stage_name(run.stage));
	json_set_time(v, "since", run.since);
	json_set_text(v, "by", run.by);
	json_set_int(v, "bytesDone", run.bytes);
	json_set_int(v, "bytesTotal", run.bytes_total);
	json_set_bool(v, "cancelled", run.cancelled);
	return v;
}

static json_t *history_json(const struct sync_history_row *row)
{
	json_t *v = json_object();

	json_set_int(v, "id", row->id);
	json_set_time(v, "at", row->at);
	json_set_int(v, "durationMs", row->duration);
	json_set_text(v, "by", row->by);
	json_set_text(v, "way", row->way);
	json_set_text(v, "what", row->what);
	json_set_text(v, "mode", row->mode);
	json_set_int(v, "sequence", row->sequence);
	json_set_int(v, "sent", row->sent);
	json_set_int(v, "received", row->received);
	json_set_text(v, "outcome", row->outcome);
	json_set_text(v, "message", row->message);
	return v;
}

static json_t *failure_json(const struct sync_setting_row *row)
{
	json_t *v;

	if (row->last_failure_at == 0)
		return json_null();
	v = json_object();
	json_set_time(v, "at", row->last_failure_at);
	json_set_text(v, "code", row->last_failure_code);
	json_set_text(v, "message", row->last_failure_text);
	return v;
}

/* Why nothing runs by itself although something is scheduled. */
static json_t *held_json(struct req *r, const struct sync_setting_row *row)
{
	struct err e = ERR_INIT;
	json_t *v;

	if (!setting_is_scheduled(row) || wall_check(&r->tx.site->wall, &e) == 0)
		return json_null();
	v = json_object();
	json_set_text(v, "code", err_name(e.code));
	json_set_text(v, "message", e.text);
	return v;
}

/* Whole days, rounded down; null without authority. */
static json_t *days_left(int64_t until, int64_t now)
{
	if (until == 0)
		return json_null();
	return json_integer(until > now ? (until - now) / DAY_MS : 0);
}

int api_connection_status(struct req *r, const struct account_row *account, json_t *v, struct err *e)
{
	struct sync_history_row *newest, success;
	struct sync_setting_row row;
	size_t n = 0;
	int rc;

	/* First: whoever sees that nothing runs must find what ran in the history. */
	json_object_set_new(v, "running", running_json(account->uuid));
	if (setting_get(&r->tx, account, &row, e) ||
	    q_sync_history_list(r->tx.db, r->tx.arena, account->id, INT64_MAX, 1, &newest, &n, e))
		return -1;
	rc = q_sync_history_success(r->tx.db, r->tx.arena, account->id, &success, e);
	if (rc < 0)
		return -1;
	json_set_text(v, "mode", *row.manager_url ? "CONNECTED" : "DISCONNECTED");
	json_set_text(v, "managerUrl", row.manager_url);
	set_schedule(&r->tx, &row, v);
	json_object_set_new(v, "held", held_json(r, &row));
	json_set_int(v, "failures", row.failures);
	json_set_time(v, "lastAttemptAt", row.last_attempt_at);
	json_object_set_new(v, "lastSuccess", rc ? history_json(&success) : json_null());
	json_object_set_new(v, "lastFailure", failure_json(&row));
	json_object_set_new(v, "newest", n ? history_json(&newest[0]) : json_null());
	json_object_set_new(v, "daysUntilDeadline", days_left(account->authority_valid_until, r->tx.now));
	return 0;
}

/* ---- starting and cancelling ---- */

/* The id of the newest row of the history, 0 if there is none: how the exchange ended comes behind it. */
static int newest_id(struct req *r, const struct account_row *account, int64_t *out, struct err *e)
{
	struct sync_history_row *rows;
	size_t n = 0;

	if (q_sync_history_list(r->tx.db, r->tx.arena, account->id, INT64_MAX, 1, &rows, &n, e))
		return -1;
	*out = n ? rows[0].id : 0;
	return 0;
}

static struct reply *begin(struct req *r, const struct account_row *account, const struct exchange_order *order,
			   int64_t before)
{
	struct err e = ERR_INIT;
	json_t *v;

	if (scheduler_order(r->tx.site->scheduler, order, account->uuid, &r->actor, &e))
		return reply_error(r, &e);
	v = json_object();
	json_set_text(v, "account", account->name);
	json_set_int(v, "historyBefore", before);
	json_object_set_new(v, "running", running_json(account->uuid));
	return api_ok(r, v);
}

struct start {
	const char *mode;
};

static struct reply *start(struct req *r)
{
	static const struct json_spec spec[] = {
		{ "mode", JSON_K_TEXT, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct start, mode), 0, 16 },
		{ 0 },
	};
	struct start in = { .mode = "standard" };
	struct sync_setting_row row;
	struct account_row account;
	struct exchange_order order = { 0 };
	struct err e = ERR_INIT;
	int64_t before;

	if (api_account(r, &account, &e) || json_decode(r->json, spec, NULL, E_INVALID_REQUEST, &in, &e) ||
	    setting_get(&r->tx, &account, &row, &e) || setting_usable(&row, false, &e) ||
	    newest_id(r, &account, &before, &e))
		return reply_error(r, &e);
	if (strcmp(in.mode, "standard") != 0 && strcmp(in.mode, "full") != 0) {
		err_field(&e, E_INVALID_REQUEST, "mode", "'%s' is no mode: it is standard or full.", in.mode);
		return reply_error(r, &e);
	}
	order.account_id = account.id;
	order.full = strcmp(in.mode, "full") == 0;
	str_copy(order.account, sizeof(order.account), account.name);
	return begin(r, &account, &order, before);
}

static struct reply *cancel(struct req *r)
{
	struct account_row account;
	struct err e = ERR_INIT;
	json_t *v;

	if (api_account(r, &account, &e))
		return reply_error(r, &e);
	v = json_object();
	json_set_text(v, "account", account.name);
	json_set_bool(v, "wasRunning", sync_running_cancel(account.uuid, r->actor.name));
	return api_ok(r, v);
}

/* ---- history ---- */

static int query_int(struct req *r, const char *name, int64_t min, int64_t max, int64_t *out, struct err *e)
{
	const char *text = req_query(r, name);

	if (text && str_int(text, min, max, out))
		return err_field(e, E_INVALID_REQUEST, name, "'%s' must be a number from %" PRId64 " to %" PRId64 ".", name,
				 min, max);
	return 0;
}

static struct reply *list_history(struct req *r)
{
	int64_t limit = HISTORY_LIMIT, before = INT64_MAX;
	struct sync_history_row *rows;
	struct account_row account;
	struct err e = ERR_INIT;
	json_t *list;
	size_t n = 0;

	if (api_account(r, &account, &e) || query_int(r, "limit", 1, 500, &limit, &e) ||
	    query_int(r, "before", 1, INT64_MAX, &before, &e) ||
	    q_sync_history_list(r->tx.db, r->tx.arena, account.id, before, limit, &rows, &n, &e))
		return reply_error(r, &e);
	list = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, history_json(&rows[i]));
	return api_list(r, 0, &e, "history", list);
}

/* ---- registration ---- */

struct registration {
	const char *code, *fingerprint, *manager_url;
	struct account_row account;
	int64_t before;
};

static int read_registration(struct req *r, struct registration *in, struct err *e)
{
	static const struct json_spec spec[] = {
		{ "code", JSON_K_TEXT, 0, offsetof(struct registration, code), 1, EXCHANGE_CODE_SIZE - 1 },
		{ "rootFingerprint", JSON_K_TEXT, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct registration, fingerprint),
		  0, EXCHANGE_FINGERPRINT_SIZE - 1 },
		{ "managerUrl", JSON_K_TEXT, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct registration, manager_url), 0,
		  SETTING_URL_MAX },
		{ 0 },
	};
	unsigned char digest[SHA256_SIZE];

	if (json_decode(r->json, spec, NULL, E_INVALID_REQUEST, in, e))
		return -1;
	/* It becomes part of a header. */
	if (in->code[strspn(in->code, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-._~+/=")])
		return err_field(
			e, E_INVALID_REQUEST, "code",
			"A registration code has letters, digits and dashes only. Copy it from the cloud manager.");
	if (in->fingerprint && *in->fingerprint && str_unhex(digest, sizeof(digest), in->fingerprint))
		return err_field(e, E_INVALID_REQUEST, "rootFingerprint",
				 "A fingerprint is 64 hexadecimal digits (SHA-256), with or without colons.");
	return 0;
}

static struct reply *register_read(struct req *r)
{
	struct registration *in = arena_alloc(r->tx.arena, sizeof(*in));
	struct sync_setting_row row;
	struct err e = ERR_INIT;

	if (api_account(r, &in->account, &e) || read_registration(r, in, &e) ||
	    newest_id(r, &in->account, &in->before, &e) || setting_get(&r->tx, &in->account, &row, &e) ||
	    ((in->manager_url == NULL || *in->manager_url == '\0') && setting_usable(&row, true, &e)))
		return reply_error(r, &e);
	r->state = in;
	return NULL;
}

/* The address is kept: later exchanges use it too. */
static struct reply *register_write(struct req *r)
{
	const struct registration *in = r->state;
	struct setting_change change = SETTING_CHANGE_NONE;
	struct err e = ERR_INIT;

	change.manager_url = in->manager_url && *in->manager_url ? in->manager_url : NULL;
	if (change.manager_url && setting_change(&r->tx, &in->account, &change, &e))
		return reply_error(r, &e);
	return NULL;
}

static struct reply *register_finish(struct req *r)
{
	const struct registration *in = r->state;
	struct exchange_order order = { .account_id = in->account.id };

	if (r->commit_error.code)
		return reply_error(r, &r->commit_error);
	str_copy(order.account, sizeof(order.account), in->account.name);
	str_copy(order.code, sizeof(order.code), in->code);
	str_copy(order.fingerprint, sizeof(order.fingerprint), in->fingerprint ? in->fingerprint : "");
	return begin(r, &in->account, &order, in->before);
}

#define DOORS (DOOR_ADMIN | DOOR_CONTROL)
#define SYNC "/api/v1/accounts/{account}/sync"

const struct route connection_routes[] = {
	{ "GET", SYNC "/settings", DOORS, RIGHT_SYNC_INSPECT, OF_ACCOUNT, BODY_NONE, 0, get_settings, NULL, NULL, NULL },
	{ "POST", SYNC "/settings", DOORS, RIGHT_SYNC_WRITE, OF_ACCOUNT, BODY_JSON, API_BODY_MAX, NULL, set_settings, NULL,
	  NULL },
	{ "GET", SYNC "/history", DOORS, RIGHT_SYNC_INSPECT, OF_ACCOUNT, BODY_NONE, 0, list_history, NULL, NULL, NULL },
	{ "POST", SYNC "/start", DOORS, RIGHT_SYNC_START, OF_ACCOUNT, BODY_JSON, API_BODY_MAX, start, NULL, NULL, NULL },
	{ "POST", SYNC "/cancel", DOORS, RIGHT_SYNC_START, OF_ACCOUNT, BODY_JSON, API_BODY_MAX, cancel, NULL, NULL, NULL },
	{ "POST", SYNC "/register", DOORS, RIGHT_SYNC_WRITE, OF_ACCOUNT, BODY_JSON, API_BODY_MAX, register_read,
	  register_write, register_finish, NULL },
	{ 0 },
};
