/* api_token.c - registration tokens. */
#include <string.h>

#include "base/clock.h"
#include "edge/api.h"
#include "edge/routes.h"
#include "lic/account.h"
#include "lic/token.h"

/* Whoever holds a token registers products with it: it is shown to those who could make one there. */
static json_t *token_json(struct req *r, const struct account_row *account, const struct token_row *row,
			  const char *virtual_account)
{
	json_t *v = json_object();

	json_set_text(v, "token",
		      api_may_also(r, RIGHT_TOKEN_WRITE, account->id, row->virtual_account_id) ? token_value(&r->tx, row)
											       : NULL);
	json_set_time(v, "expirationDate", row->expires_at);
	json_set_text(v, "description", row->description);
	json_set_text(v, "exportControlled", row->export_controlled ? "Allowed" : "Not Allowed");
	json_set_bool(v, "exportWithdrawn", row->export_controlled && !account->export_permitted);
	json_set_text(v, "createdBy", row->created_by);
	json_set_time(v, "createdDate", row->created_at);
	json_set_text(v, "termsAcceptedBy", row->terms_accepted_at ? row->created_by : NULL);
	json_set_time(v, "termsAcceptedDate", row->terms_accepted_at);
	json_set_time(v, "lastUsedDate", row->last_used_at);
	json_object_set_new(v, "numberOfUses", row->uses_max ? json_integer(row->uses_max) : json_null());
	json_object_set_new(v, "usesRemaining", row->uses_max ? json_integer(row->uses_max - row->uses) : json_null());
	json_set_int(v, "uses", row->uses);
	json_set_text(v, "virtualAccount", virtual_account);
	json_set_text(v, "status", token_status(row, r->tx.now));
	return v;
}

/* Usable ones first over all virtual accounts: clients take element 0. */
static int add_tokens(struct req *r, const struct account_row *account, const struct virtual_account_row *va,
		      json_t *usable, json_t *others, struct err *e)
{
	struct token_row *rows;
	size_t n;

	if (q_token_list(r->tx.db, r->tx.arena, va->id, r->tx.now, &rows, &n, e))
		return -1;
	for (size_t i = 0; i < n; i++)
		json_array_append_new(strcmp(token_status(&rows[i], r->tx.now), "ACTIVE") == 0 ? usable : others,
				      token_json(r, account, &rows[i], va->name));
	return 0;
}

static struct reply *tokens_reply(struct req *r, const struct account_row *account, const struct virtual_account_row *vas,
				  size_t n)
{
	json_t *usable = json_array(), *others = json_array();
	struct err e = ERR_INIT;
	int rc = 0;

	for (size_t i = 0; i < n && rc == 0; i++)
		rc = add_tokens(r, account, &vas[i], usable, others, &e);
	json_array_extend(usable, others);
	json_decref(others);
	return api_list(r, rc, &e, "tokens", usable);
}

static struct reply *list_tokens(struct req *r)
{
	struct virtual_account_row va;
	struct account_row account;
	struct err e = ERR_INIT;

	if (api_virtual_account(r, &account, &va, &e))
		return reply_error(r, &e);
	return tokens_reply(r, &account, &va, 1);
}

static struct reply *list_account_tokens(struct req *r)
{
	struct virtual_account_row *vas;
	struct account_row account;
	struct err e = ERR_INIT;
	size_t n;

	if (api_account(r, &account, &e) || api_all_virtual_accounts(r, &account, &vas, &n, &e))
		return reply_error(r, &e);
	return tokens_reply(r, &account, vas, n);
}

struct new_token {
	const char *description;
	int64_t days, uses;
	const json_t *export_controlled;
};

/* "Allowed" / "Not Allowed", true / false; left out = not allowed. */
static int read_export(const json_t *v, bool *out, struct err *e)
{
	const char *text = json_string_value(v);

	*out = json_is_true(v) || (text && strcasecmp(text, "Allowed") == 0);
	if (v == NULL || json_is_null(v) || json_is_boolean(v) || *out || (text && strcasecmp(text, "Not Allowed") == 0))
		return 0;
	return err_field(e, E_INVALID_REQUEST, "exportControlled",
			 "The member 'exportControlled' must be \"Allowed\" or \"Not Allowed\".");
}

static struct reply *add_token(struct req *r)
{
	static const struct json_spec spec[] = {
		{ "description", JSON_K_TEXT, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct new_token, description), 0,
		  1024 },
		{ "expiresAfterDays", JSON_K_NUMBER, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct new_token, days), 1,
		  TOKEN_DAYS_MAX },
		{ "numberofUses", JSON_K_NUMBER, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct new_token, uses), 1,
		  TOKEN_USES_MAX },
		{ "numberOfUses", JSON_K_NUMBER, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct new_token, uses), 1,
		  TOKEN_USES_MAX },
		{ "exportControlled", JSON_K_ANY, JSON_F_OPTIONAL | JSON_F_NULL,
		  offsetof(struct new_token, export_controlled), 0, 0 },
		{ 0 },
	};
	struct new_token body = { .days = 30 };
	struct token_new in = { 0 };
	struct virtual_account_row va;
	struct account_row account;
	char value[TOKEN_SIZE];
	struct token_row row;
	struct err e = ERR_INIT;
	json_t *v;

	if (json_decode(r->json, spec, NULL, E_INVALID_REQUEST, &body, &e) ||
	    read_export(body.export_controlled, &in.export_controlled, &e) || api_virtual_account(r, &account, &va, &e))
		return reply_error(r, &e);
	in.days = body.days;
	in.uses = body.uses;
	in.description = body.description;
	if (token_create(&r->tx, &account, &va, &in, value, &e) || token_find(&r->tx, value, &row, &e) != 1)
		return reply_error(r, &e);
	v = json_object();
	json_object_set_new(v, "tokenInfo", token_json(r, &account, &row, va.name));
	return api_ok(r, v);
}

/* Where a token must be to be revoked here; 0 = anywhere. */
struct place {
	int64_t account, virtual_account;
};

static int revoke_one(struct req *r, const json_t *item, json_t *result, void *ctx, struct err *e)
{
	const struct place *place = ctx;
	const char *value = json_string_value(item);

	if (value == NULL || *value == '\0')
		return err_field(e, E_INVALID_REQUEST, "tokens", "The member 'tokens' must be an array of tokens.");
	json_set_text(result, "token", value);
	return token_revoke(&r->tx, place->account, place->virtual_account, value, e);
}

static struct reply *revoke(struct req *r, struct place *place)
{
	return api_each(r, json_object_get(r->json, "tokens"), "tokens", revoke_one, place);
}

static struct reply *revoke_virtual_account_tokens(struct req *r)
{
	struct virtual_account_row va;
	struct account_row account;
	struct err e = ERR_INIT;

	if (api_virtual_account(r, &account, &va, &e))
		return reply_error(r, &e);
	return revoke(r, &(struct place){ account.id, va.id });
}

static struct reply *revoke_account_tokens(struct req *r)
{
	struct account_row account;
	struct err e = ERR_INIT;

	if (api_account(r, &account, &e))
		return reply_error(r, &e);
	return revoke(r, &(struct place){ account.id, 0 });
}

static struct reply *revoke_tokens(struct req *r)
{
	return revoke(r, &(struct place){ 0, 0 });
}

#define DOORS (DOOR_ADMIN | DOOR_CONTROL)
#define VA "/api/v1/accounts/{account}/virtual-accounts/{va}"

const struct route token_routes[] = {
	{ "GET", VA "/tokens", DOORS, RIGHT_TOKEN_READ, OF_PLACE, BODY_NONE, 0, list_tokens, NULL, NULL },
	{ "GET", "/api/v1/accounts/{account}/tokens", DOORS, RIGHT_TOKEN_READ, IN_ACCOUNT, BODY_NONE, 0,
	  list_account_tokens, NULL, NULL },
	{ "POST", VA "/tokens", DOORS, RIGHT_TOKEN_WRITE, OF_PLACE, BODY_FORM, API_BODY_MAX, NULL, add_token, NULL },
	{ "POST", VA "/tokens/revoke", DOORS, RIGHT_TOKEN_WRITE, OF_PLACE, BODY_JSON, API_BODY_MAX, NULL,
	  revoke_virtual_account_tokens, NULL },
	{ "POST", "/api/v1/accounts/{account}/tokens/revoke", DOORS, RIGHT_TOKEN_WRITE, IN_ACCOUNT, BODY_JSON, API_BODY_MAX,
	  NULL, revoke_account_tokens, NULL },
	{ "POST", "/api/v1/tokens/revoke", DOORS, RIGHT_TOKEN_WRITE, ANYWHERE, BODY_JSON, API_BODY_MAX, NULL, revoke_tokens,
	  NULL },
	{ 0 },
};
