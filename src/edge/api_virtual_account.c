/* api_virtual_account.c - virtual accounts. */
#include <string.h>

#include "edge/api.h"
#include "edge/routes.h"
#include "lic/virtual_account.h"

static int virtual_account_json(struct req *r, const struct virtual_account_row *va, json_t **out, struct err *e)
{
	struct tag_row *tags;
	json_t *v, *list;
	size_t n;

	if (virtual_account_tags(&r->tx, va->id, &tags, &n, e))
		return -1;
	v = json_object();

	json_set_text(v, "name", va->name);
	json_set_text(v, "description", va->description);
	/* Strings, as clients of such servers expect them. */
	json_set_text(v, "isDefault", va->is_default ? "true" : "false");
	json_set_text(v, "commerceAccessLevel", "Public");
	json_set_text(v, "servedBy", va->satellite_name);
	list = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, json_string(tags[i].tag));
	json_object_set_new(v, "tags", list);
	*out = v;
	return 0;
}

static struct reply *answer(struct req *r, const struct virtual_account_row *va)
{
	struct err e = ERR_INIT;
	json_t *v, *one;

	if (virtual_account_json(r, va, &one, &e))
		return reply_error(r, &e);
	v = json_object();
	json_object_set_new(v, "virtualAccount", one);
	return api_ok(r, v);
}

static struct reply *list_virtual_accounts(struct req *r)
{
	const char *tag = req_query(r, "tag");
	struct virtual_account_row *rows;
	struct account_row account;
	struct err e = ERR_INIT;
	json_t *list, *one;
	size_t n;
	int rc = 0;

	if (api_account(r, &account, &e) || api_all_virtual_accounts(r, &account, &rows, &n, &e))
		return reply_error(r, &e);
	list = json_array();
	for (size_t i = 0; i < n && rc >= 0; i++) {
		rc = tag ? virtual_account_has_tag(&r->tx, rows[i].id, tag, &e) : 1;
		if (rc == 1)
			rc = virtual_account_json(r, &rows[i], &one, &e) ? -1 : json_array_append_new(list, one);
	}
	return api_list(r, rc < 0, &e, "virtualAccounts", list);
}

struct new_virtual_account {
	const char *name, *description;
};

static struct reply *add_virtual_account(struct req *r)
{
	static const struct json_spec spec[] = {
		{ "name", JSON_K_TEXT, 0, offsetof(struct new_virtual_account, name), 1, 512 },
		{ "description", JSON_K_TEXT, JSON_F_OPTIONAL | JSON_F_NULL,
		  offsetof(struct new_virtual_account, description), 0, VIRTUAL_ACCOUNT_DESCRIPTION_MAX },
		{ 0 },
	};
	struct new_virtual_account in = { .description = "" };
	struct virtual_account_row va;
	struct account_row account;
	struct err e = ERR_INIT;

	if (json_decode(r->json, spec, NULL, E_INVALID_REQUEST, &in, &e) || api_account(r, &account, &e) ||
	    virtual_account_add(&r->tx, &account, in.name, in.description, &va, &e))
		return reply_error(r, &e);
	return answer(r, &va);
}

static struct reply *delete_virtual_account(struct req *r)
{
	struct account_row account;
	struct err e = ERR_INIT;

	if (api_account(r, &account, &e) || virtual_account_delete(&r->tx, &account, r->param[1], &e))
		return reply_error(r, &e);
	return api_ok(r, json_object());
}

struct changed_virtual_account {
	const char *name, *description;
	const json_t *tags;
};

static int read_tags(struct req *r, const json_t *list, struct virtual_account_change *out, struct err *e)
{
	size_t n = json_array_size(list);
	const char **tags;

	if (list == NULL)
		return 0;
	tags = arena_alloc(r->tx.arena, (n + 1) * sizeof(*tags));
	for (size_t i = 0; i < n; i++) {
		tags[i] = json_string_value(json_array_get(list, i));
		if (tags[i] == NULL)
			return err_field(e, E_INVALID_REQUEST, "tags", "The member 'tags' must be an array of texts.");
	}
	out->tags = tags;
	out->tags_n = n;
	return 0;
}

static struct reply *update_virtual_account(struct req *r)
{
	static const struct json_spec spec[] = {
		{ "name", JSON_K_TEXT, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct changed_virtual_account, name), 1,
		  512 },
		{ "description", JSON_K_TEXT, JSON_F_OPTIONAL | JSON_F_NULL,
		  offsetof(struct changed_virtual_account, description), 0, VIRTUAL_ACCOUNT_DESCRIPTION_MAX },
		{ "tags", JSON_K_ARRAY, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct changed_virtual_account, tags), 0,
		  TAGS_MAX },
		{ 0 },
	};
	struct changed_virtual_account in = { 0 };
	struct virtual_account_change change = { 0 };
	struct virtual_account_row va;
	struct account_row account;
	struct err e = ERR_INIT;

	if (json_decode(r->json, spec, NULL, E_INVALID_REQUEST, &in, &e) || read_tags(r, in.tags, &change, &e))
		return reply_error(r, &e);
	change.name = in.name;
	change.description = in.description;
	if (api_virtual_account(r, &account, &va, &e) || virtual_account_update(&r->tx, &account, &va, &change, &e))
		return reply_error(r, &e);
	return answer(r, &va);
}

#define DOORS (DOOR_ADMIN | DOOR_CONTROL)
#define VA "/api/v1/accounts/{account}/virtual-accounts"

const struct route virtual_account_routes[] = {
	{ "GET", VA, DOORS, RIGHT_PLACE_READ, IN_ACCOUNT, BODY_NONE, 0, list_virtual_accounts, NULL, NULL },
	{ "POST", VA, DOORS, RIGHT_PLACE_WRITE, OF_ACCOUNT, BODY_FORM, API_BODY_MAX, NULL, add_virtual_account, NULL },
	{ "POST", VA "/{va}/update", DOORS, RIGHT_PLACE_WRITE, OF_PLACE, BODY_JSON, API_BODY_MAX, NULL,
	  update_virtual_account, NULL },
	{ "POST", VA "/{va}/delete", DOORS, RIGHT_PLACE_WRITE, OF_ACCOUNT, BODY_JSON, API_BODY_MAX, NULL,
	  delete_virtual_account, NULL },
	{ 0 },
};
