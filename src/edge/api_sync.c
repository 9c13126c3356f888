/* api_sync.c - a satellite's synchronization files. */
#include <string.h>

#include "base/clock.h"
#include "edge/api.h"
#include "edge/routes.h"
#include "lic/account.h"
#include "lic/site.h"
#include "sync/exchange.h"

#define FILE_TYPE "application/gzip"

static struct reply *export_registration(struct req *r)
{
	struct buf file = BUF_INIT;
	struct account_row account;
	struct err e = ERR_INIT;

	if (api_account(r, &account, &e) || sync_export(&r->tx, &account, &file, &e)) {
		buf_fini(&file);
		return reply_error(r, &e);
	}
	return reply_bytes(r, 200, FILE_TYPE, &file);
}

struct import_state {
	struct sync_import *import;
	struct identity *identity;
	json_t *summary;
};

static void drop_import(void *state)
{
	struct import_state *s = state;

	sync_import_free(s->import);
	identity_put(s->identity);
	json_decref(s->summary);
}

/* Everything is verified here; the writer only applies. */
static struct reply *import_read(struct req *r)
{
	struct import_state *s = arena_alloc(r->tx.arena, sizeof(*s));
	struct account_row account;
	struct err e = ERR_INIT;

	r->state = s;
	r->drop = drop_import;
	if (api_account(r, &account, &e) ||
	    sync_import_open(&r->tx, &account, r->body, r->body_n, req_query(r, "root_fingerprint"), &s->import, &e))
		return reply_error(r, &e);
	return NULL;
}

static struct reply *import_write(struct req *r)
{
	struct import_state *s = r->state;
	struct err e = ERR_INIT;

	if (sync_import_apply(&r->tx, s->import, &s->summary, &s->identity, &e))
		return reply_error(r, &e);
	return NULL;
}

/* Only what is on disk may answer products. */
static struct reply *import_finish(struct req *r)
{
	struct import_state *s = r->state;
	json_t *summary = s->summary;

	if (r->commit_error.code)
		return reply_error(r, &r->commit_error);
	site_set_identity(r->tx.site, s->identity);
	s->identity = NULL;
	s->summary = NULL;
	return api_ok(r, summary);
}

static int account_sync_json(struct req *r, const struct account_row *account, json_t **out, struct err *e)
{
	struct exchange_row last;
	json_t *v;
	int rc = q_exchange_last(r->tx.db, r->tx.arena, account->id, &last, e);
	const char *state = strcmp(account->status, ACCOUNT_PENDING) != 0 ? "REGISTERED" : "NOT REGISTERED";

	if (rc < 0)
		return -1;
	if (account->authority_valid_until && account->authority_valid_until <= r->tx.now)
		state = "EXPIRED";
	else if (rc == 1 && last.answered_at == 0)
		state = "AUTHORIZATION PENDING";
	v = json_object();
	json_set_text(v, "account", account->name);
	json_set_text(v, "smartAccount", account->smart_account);
	json_set_text(v, "virtualAccount", account->virtual_account);
	json_set_text(v, "state", state);
	json_set_time(v, "lastSyncAt", account->last_sync_at);
	json_set_time(v, "authorityValidUntil", account->authority_valid_until);
	json_set_int(v, "sequence", rc == 1 ? last.sequence : 0);
	json_set_time(v, "exportedAt", rc == 1 && last.answered_at == 0 ? last.created_at : 0);
	*out = v;
	return 0;
}

static struct reply *sync_status(struct req *r)
{
	return api_accounts(r, account_sync_json);
}

#define DOORS (DOOR_ADMIN | DOOR_CONTROL)

const struct route sync_routes[] = {
	{ "GET", "/api/v1/sync/status", DOORS, ACCESS_SIGNED, BODY_NONE, 0, sync_status, NULL, NULL },
	{ "POST", "/api/v1/accounts/{account}/sync/registration-file", DOORS, ACCESS_SYSTEM, BODY_JSON, API_BODY_MAX, NULL,
	  export_registration, NULL },
	{ "POST", "/api/v1/accounts/{account}/sync/authorization-file", DOORS, ACCESS_SYSTEM, BODY_RAW, SYNC_IMPORT_MAX,
	  import_read, import_write, import_finish },
	{ 0 },
};
