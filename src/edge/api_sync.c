/* api_sync.c - a satellite's synchronization files. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "edge/api.h"
#include "edge/routes.h"
#include "lic/account.h"
#include "lic/site.h"
#include "sync/by_file.h"

#define FILE_TYPE "application/gzip"

struct ask {
	const char *mode;
	bool fresh, registration;
};

static const struct json_spec ask_spec[] = {
	{ "mode", JSON_K_TEXT, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct ask, mode), 1, 16 },
	{ "new", JSON_K_BOOL, JSON_F_OPTIONAL, offsetof(struct ask, fresh), 0, 0 },
	{ "registration", JSON_K_BOOL, JSON_F_OPTIONAL, offsetof(struct ask, registration), 0, 0 },
	{ 0 },
};

static int read_ask(struct req *r, struct sync_ask *out, struct err *e)
{
	struct ask ask = { .mode = "standard" };

	if (json_decode(r->json, ask_spec, NULL, E_INVALID_REQUEST, &ask, e))
		return -1;
	if (strcmp(ask.mode, "standard") != 0 && strcmp(ask.mode, "full") != 0)
		return err_field(e, E_INVALID_REQUEST, "mode", "The mode is '%s'; it must be standard or full.", ask.mode);
	*out = (struct sync_ask){ .full = strcmp(ask.mode, "full") == 0,
				  .fresh = ask.fresh,
				  .registration = ask.registration };
	return 0;
}

static void header_int(struct reply *p, const char *name, int64_t v)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, v);
	reply_header(p, name, text);
}

static struct reply *request_file(struct req *r)
{
	struct err e = ERR_INIT;
	struct sync_file file;
	struct sync_ask ask;
	struct reply *p;

	if (read_ask(r, &ask, &e) || by_file_export(r->work, r->param[0], &ask, &file, &e))
		return reply_error(r, &e);
	p = reply_file(r, 200, FILE_TYPE, file.fd, (uint64_t)file.bytes);
	reply_header(p, "X-Sync-Kind", manifest_kind_name(file.kind));
	reply_header(p, "X-Sync-Mode", manifest_mode_name(file.mode));
	reply_header(p, "X-Sync-Again", file.again ? "yes" : "no");
	header_int(p, "X-Sync-Sequence", file.sequence);
	header_int(p, "X-Sync-Records", file.records);
	return p;
}

/* `yes` or `no` of the query; left out is no. */
static int query_flag(struct req *r, const char *name, bool *out, struct err *e)
{
	const char *text = req_query(r, name);

	*out = text && strcmp(text, "yes") == 0;
	if (text == NULL || *out || strcmp(text, "no") == 0)
		return 0;
	return err_field(e, E_INVALID_REQUEST, name, "The argument '%s' must be yes or no.", name);
}

static struct reply *response_file(struct req *r)
{
	json_t *summary = NULL;
	struct err e = ERR_INIT;
	bool dry_run;

	if (query_flag(r, "dry_run", &dry_run, &e) ||
	    by_file_import(r->work, r->param[0], r->body_fd, req_query(r, "root_fingerprint"), dry_run, &summary, &e))
		return reply_error(r, &e);
	return api_ok(r, summary);
}

/* Over the network nobody waits for the answer to a file, once the account is registered. */
static const char *sync_state(const struct account_row *account, bool waits, bool connected, int64_t now)
{
	bool registered = strcmp(account->status, ACCOUNT_PENDING) != 0;

	if (account->authority_valid_until && account->authority_valid_until <= now)
		return "EXPIRED";
	if (waits && !(registered && connected))
		return "AUTHORIZATION PENDING";
	return registered ? "REGISTERED" : "NOT REGISTERED";
}

static int account_sync_json(struct req *r, const struct account_row *account, json_t **out, struct err *e)
{
	struct exchange_row last;
	bool waits, connected;
	json_t *v;
	int rc = q_exchange_last(r->tx.db, r->tx.arena, account->id, &last, e);

	if (rc < 0)
		return -1;
	waits = rc == 1 && last.answered_at == 0;
	v = json_object();
	json_set_text(v, "account", account->name);
	json_set_text(v, "smartAccount", account->smart_account);
	json_set_text(v, "virtualAccount", account->virtual_account);
	json_set_time(v, "lastSyncAt", account->last_sync_at);
	json_set_time(v, "authorityValidUntil", account->authority_valid_until);
	json_set_int(v, "sequence", rc == 1 ? last.sequence : 0);
	json_set_time(v, "exportedAt", waits ? last.created_at : 0);
	json_set_text(v, "exportedKind", waits ? last.kind : NULL);
	if (api_connection_status(r, account, v, e)) {
		json_decref(v);
		return -1;
	}
	connected = strcmp(json_string_value(json_object_get(v, "mode")), "CONNECTED") == 0;
	json_set_text(v, "state",
		      sync_state(account, waits && strcmp(last.kind, "registration") == 0, connected, r->tx.now));
	*out = v;
	return 0;
}

static struct reply *sync_status(struct req *r)
{
	return api_accounts(r, account_sync_json);
}

#define DOORS (DOOR_ADMIN | DOOR_CONTROL)

const struct route sync_routes[] = {
	{ "GET", "/api/v1/sync/status", DOORS, RIGHT_SYNC_READ, ANYWHERE, BODY_NONE, 0, sync_status, NULL, NULL },
	{ "POST", "/api/v1/accounts/{account}/sync/request-file", DOORS, RIGHT_SYNC_CARRY, OF_ACCOUNT, BODY_JSON,
	  API_BODY_MAX, NULL, NULL, NULL, request_file },
	{ "POST", "/api/v1/accounts/{account}/sync/response-file", DOORS, RIGHT_SYNC_CARRY, OF_ACCOUNT, BODY_FILE,
	  SYNC_FILE_MAX, NULL, NULL, NULL, response_file },
	{ 0 },
};
