/* api_account.c - accounts and virtual accounts. */
#include <string.h>

#include "edge/api.h"
#include "edge/routes.h"
#include "lic/account.h"
#include "lic/site.h"

static int account_json(struct req *r, const struct account_row *row, json_t **out, struct err *e)
{
	bool satellite = r->tx.site->role == SITE_SATELLITE;
	struct virtual_account_row *vas;
	json_t *v, *names;
	size_t n;

	if (api_all_virtual_accounts(r, row, &vas, &n, e))
		return -1;
	v = json_object();
	json_set_text(v, "name", row->name);
	json_set_text(v, "domain", row->domain);
	json_set_text(v, "account_id", row->uuid);
	json_set_text(v, "cslu_tenant_url",
		      arena_printf(r->tx.arena, "%s/cslu/v1/pi/%s-1", r->tx.site->product_url,
				   api_percent(r->tx.arena, row->name)));
	json_set_text(v, "cssm_smart_account_id", "");
	json_set_text(v, "cssm_smart_account_name", satellite ? row->smart_account : row->name);
	json_set_text(v, "cssm_virtual_account_name", row->virtual_account);
	json_set_text(v, "accountStatus", row->status);
	json_set_bool(v, "exportControlPermitted", row->export_permitted);
	json_set_bool(v, "reservationPermitted", row->reservation_permitted);
	json_set_time(v, "lastSyncDate", row->last_sync_at);
	json_set_time(v, "authorityValidUntil", row->authority_valid_until);
	names = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(names, json_string(vas[i].name));
	json_object_set_new(v, "virtual_accounts", names);
	*out = v;
	return 0;
}

static struct reply *list_accounts(struct req *r)
{
	return api_accounts(r, account_json);
}

static struct reply *add_account(struct req *r)
{
	static const struct json_spec spec[] = {
		{ "name", JSON_K_TEXT, 0, offsetof(struct account_new, name), 1, 512 },
		{ "domain", JSON_K_TEXT, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct account_new, domain), 0, 255 },
		{ "smartAccount", JSON_K_TEXT, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct account_new, smart_account),
		  1, 512 },
		{ "virtualAccount", JSON_K_TEXT, JSON_F_OPTIONAL | JSON_F_NULL,
		  offsetof(struct account_new, virtual_account), 1, 512 },
		{ "exportControlled", JSON_K_BOOL, JSON_F_OPTIONAL, offsetof(struct account_new, export_permitted), 0, 0 },
		{ "reservation", JSON_K_BOOL, JSON_F_OPTIONAL, offsetof(struct account_new, reservation_permitted), 0, 0 },
		{ 0 },
	};
	struct account_new in = { 0 };
	struct account_row row;
	struct err e = ERR_INIT;
	json_t *v, *one;

	if (json_decode(r->json, spec, NULL, E_INVALID_REQUEST, &in, &e) || account_add(&r->tx, &in, &row, &e) ||
	    account_json(r, &row, &one, &e))
		return reply_error(r, &e);
	v = json_object();
	json_object_set_new(v, "account", one);
	return api_ok(r, v);
}

static struct reply *set_active(struct req *r, bool active)
{
	struct err e = ERR_INIT;

	if (account_set_active(&r->tx, r->param[0], active, &e))
		return reply_error(r, &e);
	return api_ok(r, json_object());
}

static struct reply *activate(struct req *r)
{
	return set_active(r, true);
}

static struct reply *deactivate(struct req *r)
{
	return set_active(r, false);
}

static struct reply *delete_account(struct req *r)
{
	struct err e = ERR_INIT;

	if (account_delete(&r->tx, r->param[0], &e))
		return reply_error(r, &e);
	return api_ok(r, json_object());
}

static json_t *virtual_account_json(const struct virtual_account_row *va)
{
	json_t *v = json_object();

	json_set_text(v, "name", va->name);
	json_set_text(v, "description", va->description);
	/* Strings, as clients of such servers expect them. */
	json_set_text(v, "isDefault", va->is_default ? "true" : "false");
	json_set_text(v, "commerceAccessLevel", "Public");
	json_set_text(v, "servedBy", va->satellite_name);
	return v;
}

static struct reply *list_virtual_accounts(struct req *r)
{
	struct virtual_account_row *rows;
	struct account_row account;
	struct err e = ERR_INIT;
	json_t *list;
	size_t n;

	if (api_account(r, &account, &e) || api_all_virtual_accounts(r, &account, &rows, &n, &e))
		return reply_error(r, &e);
	list = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, virtual_account_json(&rows[i]));
	return api_list(r, 0, &e, "virtualAccounts", list, (int64_t)n);
}

struct new_virtual_account {
	const char *name, *description;
};

static struct reply *add_virtual_account(struct req *r)
{
	static const struct json_spec spec[] = {
		{ "name", JSON_K_TEXT, 0, offsetof(struct new_virtual_account, name), 1, 512 },
		{ "description", JSON_K_TEXT, JSON_F_OPTIONAL | JSON_F_NULL,
		  offsetof(struct new_virtual_account, description), 0, 1024 },
		{ 0 },
	};
	struct new_virtual_account in = { .description = "" };
	struct virtual_account_row va;
	struct account_row account;
	struct err e = ERR_INIT;
	json_t *v;

	if (json_decode(r->json, spec, NULL, E_INVALID_REQUEST, &in, &e) || api_account(r, &account, &e) ||
	    virtual_account_add(&r->tx, &account, in.name, in.description, &va, &e))
		return reply_error(r, &e);
	v = json_object();
	json_object_set_new(v, "virtualAccount", virtual_account_json(&va));
	return api_ok(r, v);
}

static struct reply *delete_virtual_account(struct req *r)
{
	struct account_row account;
	struct err e = ERR_INIT;

	if (api_account(r, &account, &e) || virtual_account_delete(&r->tx, &account, r->param[1], &e))
		return reply_error(r, &e);
	return api_ok(r, json_object());
}

#define DOORS (DOOR_ADMIN | DOOR_CONTROL)
#define VA "/api/v1/accounts/{account}/virtual-accounts"

const struct route account_routes[] = {
	{ "POST", "/api/v1/upstream_satellites/accounts", DOORS, RIGHT_ACCOUNT_READ, ANYWHERE, BODY_JSON, API_BODY_MAX,
	  list_accounts, NULL, NULL },
	{ "POST", "/api/v1/accounts", DOORS, RIGHT_ACCOUNT_WRITE, OF_SERVER, BODY_JSON, API_BODY_MAX, NULL, add_account,
	  NULL },
	{ "POST", "/api/v1/accounts/{account}/activate", DOORS, RIGHT_ACCOUNT_WRITE, OF_SERVER, BODY_JSON, API_BODY_MAX,
	  NULL, activate, NULL },
	{ "POST", "/api/v1/accounts/{account}/deactivate", DOORS, RIGHT_ACCOUNT_WRITE, OF_SERVER, BODY_JSON, API_BODY_MAX,
	  NULL, deactivate, NULL },
	{ "POST", "/api/v1/accounts/{account}/delete", DOORS, RIGHT_ACCOUNT_WRITE, OF_SERVER, BODY_JSON, API_BODY_MAX, NULL,
	  delete_account, NULL },
	{ "GET", VA, DOORS, RIGHT_PLACE_READ, IN_ACCOUNT, BODY_NONE, 0, list_virtual_accounts, NULL, NULL },
	{ "POST", VA, DOORS, RIGHT_PLACE_WRITE, OF_ACCOUNT, BODY_FORM, API_BODY_MAX, NULL, add_virtual_account, NULL },
	{ "POST", VA "/{va}/delete", DOORS, RIGHT_PLACE_WRITE, OF_ACCOUNT, BODY_JSON, API_BODY_MAX, NULL,
	  delete_virtual_account, NULL },
	{ 0 },
};
