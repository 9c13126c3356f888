/* api_client.c - API clients: those of the server, and those of an account for its administrators. */
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "edge/api.h"
#include "edge/routes.h"
#include "lic/account.h"
#include "lic/client.h"
#include "lic/grant.h"
#include "lic/site.h"

/* ---- showing ---- */

static int put_roles(struct req *r, const struct client_row *client, json_t *v, size_t *n, struct err *e)
{
	json_t *list = json_array(), *one;
	struct grant_row *rows;

	json_object_set_new(v, "roles", list);
	if (q_grants_of_client(r->tx.db, r->tx.arena, client->id, &rows, n, e))
		return -1;
	for (size_t i = 0; i < *n; i++) {
		if (grant_json(&r->tx, &rows[i], &one, e))
			return -1;
		json_array_append_new(list, one);
	}
	return 0;
}

/* Those that are good: the present one first. */
static int put_secrets(struct req *r, const struct client_row *client, json_t *v, struct err *e)
{
	json_t *list = json_array();
	struct client_secret_row *rows;
	size_t n;

	json_object_set_new(v, "secrets", list);
	if (q_client_secret_list(r->tx.db, r->tx.arena, client->id, &rows, &n, e))
		return -1;
	for (size_t i = 0; i < n; i++) {
		json_t *one;

		if (rows[i].expires_at && rows[i].expires_at <= r->tx.now)
			continue;
		one = json_object();
		json_set_time(one, "createdDate", rows[i].created_at);
		json_set_text(one, "createdBy", rows[i].created_by);
		json_set_time(one, "lastUsedDate", rows[i].used_at);
		json_set_time(one, "expirationDate", rows[i].expires_at);
		json_array_append_new(list, one);
	}
	return 0;
}

static int client_json(struct req *r, const struct client_row *client, json_t **out, struct err *e)
{
	struct account_row account = { 0 };
	json_t *v;
	size_t roles;

	if (client->account && q_account_by_id(r->tx.db, r->tx.arena, client->account, &account, e) < 0)
		return -1;
	v = json_object();
	json_set_text(v, "clientId", client->client_id);
	json_set_text(v, "name", client->name);
	json_set_text(v, "account", account.name);
	if (put_roles(r, client, v, &roles, e) || put_secrets(r, client, v, e)) {
		json_decref(v);
		return -1;
	}
	json_set_text(v, "clientStatus", client_status(client, roles));
	json_set_time(v, "createdDate", client->created_at);
	json_set_text(v, "createdBy", client->created_by);
	json_set_time(v, "lastUsedDate", client->used_at);
	json_set_text(v, "lastUsedFrom", client->used_from[0] ? client->used_from : NULL);
	json_set_time(v, "revokedDate", client->revoked_at);
	json_set_text(v, "revokedBy", client->revoked_by);
	*out = v;
	return 0;
}

static struct reply *list_of(struct req *r, int64_t account)
{
	json_t *list = json_array(), *one;
	struct client_row *rows;
	struct err e = ERR_INIT;
	size_t n = 0;
	int rc = q_client_list(r->tx.db, r->tx.arena, account, &rows, &n, &e);

	for (size_t i = 0; i < n && rc == 0; i++) {
		if (!api_may(r, rows[i].account, 0))
			continue;
		rc = client_json(r, &rows[i], &one, &e);
		if (rc == 0)
			json_array_append_new(list, one);
	}
	return api_list(r, rc, &e, "clients", list);
}

static struct reply *list_clients(struct req *r)
{
	return list_of(r, 0);
}

static struct reply *list_account_clients(struct req *r)
{
	struct account_row account;
	struct err e = ERR_INIT;

	return api_account(r, &account, &e) ? reply_error(r, &e) : list_of(r, account.id);
}

/* ---- which one ---- */

/* The one that the path names. Who may not do this with it is not told whether there is one. */
static int the_client(struct req *r, struct client_row *out, struct err *e)
{
	bool in_account = r->route->scope == OF_ACCOUNT;
	struct err unknown = ERR_INIT;
	struct account_row account = { 0 };
	int rc;

	if (in_account && api_account(r, &account, e))
		return -1;
	rc = client_find(&r->tx, account.id, r->param[in_account], out, &unknown);
	if (rc == 0 ? api_may(r, out->account, 0) : in_account || api_may(r, 0, 0)) {
		*e = unknown;
		return rc;
	}
	return err_set(e, E_FORBIDDEN,
		       "Your role does not reach the API client '%.128s': it takes the right '%s' where its roles are.",
		       r->param[0], right_text(r->route->right));
}

static struct reply *show_client(struct req *r)
{
	struct client_row client;
	struct err e = ERR_INIT;
	json_t *one, *v;

	if (the_client(r, &client, &e) || client_json(r, &client, &one, &e))
		return reply_error(r, &e);
	v = json_object();
	json_object_set_new(v, "client", one);
	return api_ok(r, v);
}

/* ---- making ---- */

/* One role in a place, of `roles` or of the body itself. in_account: of the path; another must not be named. */
static int read_role(struct req *r, const json_t *from, const struct account_row *in_account, struct grant *out,
		     struct err *e)
{
	struct place {
		const char *role, *account, *virtual_account;
	} p = { 0 };
	static const struct json_spec spec[] = {
		{ "role", JSON_K_TEXT, 0, offsetof(struct place, role), 1, 64 },
		{ "account", JSON_K_TEXT, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct place, account), 1, 512 },
		{ "virtualAccount", JSON_K_TEXT, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct place, virtual_account), 1,
		  512 },
		{ 0 },
	};
	struct account_row other;
	struct err unknown = ERR_INIT;

	if (!json_is_object(from))
		return err_field(e, E_INVALID_REQUEST, "roles",
				 "The member 'roles' must be an array of objects with role, "
				 "account and virtualAccount.");
	if (json_decode(from, spec, NULL, E_INVALID_REQUEST, &p, e))
		return -1;
	if (p.account && !api_may(r, 0, 0) &&
	    (account_find(&r->tx, p.account, &other, &unknown) || !api_may(r, other.id, 0)))
		return err_set(e, E_FORBIDDEN,
			       "Your role does not reach the account '%.128s': it takes the right '%s' there.", p.account,
			       right_text(r->route->right));
	if (grant_read(&r->tx, p.role,
		       p.account    ? p.account
		       : in_account ? in_account->name
				    : NULL,
		       p.virtual_account, out, e))
		return -1;
	if (in_account && out->account != in_account->id)
		return err_field(e, E_INVALID_REQUEST, "account",
				 "An API client of the account '%s' has roles in this account only.", in_account->name);
	return 0;
}

/* `roles`, or one role in the body itself. */
static int read_roles(struct req *r, const struct account_row *in_account, struct client_new *in, struct err *e)
{
	const json_t *list = json_object_get(r->json, "roles"), *one;
	bool many = list && !json_is_null(list);
	struct grant *grants;
	size_t i;

	if (many && (!json_is_array(list) || json_array_size(list) > CLIENT_ROLES_MAX))
		return err_field(e, E_INVALID_REQUEST, "roles", "The member 'roles' must be an array of at most %d roles.",
				 CLIENT_ROLES_MAX);
	if (many && json_object_get(r->json, "role"))
		return err_field(e, E_INVALID_REQUEST, "role", "Give either 'role' or 'roles'.");
	in->n = many ? json_array_size(list) : 1;
	grants = arena_alloc(r->tx.arena, (in->n + 1) * sizeof(*grants));
	in->grants = grants;
	if (!many)
		return read_role(r, r->json, in_account, grants, e);
	json_array_foreach ((json_t *)list, i, one)
		if (read_role(r, one, in_account, &grants[i], e))
			return -1;
	return 0;
}

/* The answer that alone has the secret. */
static struct reply *tell_secret(struct req *r, const struct client_row *client, char secret[CLIENT_SECRET + 1])
{
	struct err e = ERR_INIT;
	json_t *one, *v;

	if (client_json(r, client, &one, &e))
		return reply_error(r, &e);
	v = json_object();
	json_object_set_new(v, "client", one);
	json_set_text(v, "clientSecret", secret);
	json_set_text(v, "tokenUrl", arena_printf(r->tx.arena, "%s/oauth/token", r->tx.site->admin_url));
	mem_cleanse(secret, CLIENT_SECRET);
	return api_ok(r, v);
}

static struct reply *add_of(struct req *r, const struct account_row *in_account)
{
	static const struct json_spec spec[] = {
		{ "name", JSON_K_TEXT, 0, offsetof(struct client_new, name), 1, 512 },
		{ 0 },
	};
	char secret[CLIENT_SECRET + 1];
	struct client_new in = { 0 };
	struct client_row client;
	struct err e = ERR_INIT;

	if (json_decode(r->json, spec, NULL, E_INVALID_REQUEST, &in, &e) || read_roles(r, in_account, &in, &e) ||
	    client_add(&r->tx, &r->caller, &in, &client, secret, &e))
		return reply_error(r, &e);
	return tell_secret(r, &client, secret);
}

static struct reply *add_client(struct req *r)
{
	return add_of(r, NULL);
}

static struct reply *add_account_client(struct req *r)
{
	struct account_row account;
	struct err e = ERR_INIT;

	return api_account(r, &account, &e) ? reply_error(r, &e) : add_of(r, &account);
}

/* ---- changing ---- */

static struct reply *rotate_client(struct req *r)
{
	struct rotation {
		int64_t hours;
	} body = { CLIENT_OVERLAP_H };
	static const struct json_spec spec[] = {
		{ "overlapHours", JSON_K_NUMBER, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct rotation, hours), 0,
		  CLIENT_OVERLAP_MAX_H },
		{ 0 },
	};
	char secret[CLIENT_SECRET + 1];
	struct client_row client;
	struct err e = ERR_INIT;

	if (json_decode(r->json, spec, NULL, E_INVALID_REQUEST, &body, &e) || the_client(r, &client, &e) ||
	    client_rotate(&r->tx, &client, body.hours, secret, &e))
		return reply_error(r, &e);
	return tell_secret(r, &client, secret);
}

static struct reply *end_client(struct req *r, int (*end)(struct tx *tx, const struct client_row *client, struct err *e))
{
	struct client_row client;
	struct err e = ERR_INIT;

	if (the_client(r, &client, &e) || end(&r->tx, &client, &e))
		return reply_error(r, &e);
	return api_ok(r, json_object());
}

static struct reply *revoke_client(struct req *r)
{
	return end_client(r, client_revoke);
}

static struct reply *remove_client(struct req *r)
{
	return end_client(r, client_remove);
}

#define DOORS (DOOR_ADMIN | DOOR_CONTROL)
#define ALL "/api/v1/clients"
#define OWN "/api/v1/accounts/{account}/clients"

const struct route client_routes[] = {
	{ "GET", ALL, DOORS, RIGHT_CLIENT_READ, ANYWHERE, BODY_NONE, 0, list_clients, NULL, NULL },
	{ "POST", ALL, DOORS, RIGHT_CLIENT_WRITE, ANYWHERE, BODY_JSON, API_BODY_MAX, NULL, add_client, NULL },
	{ "GET", ALL "/{client}", DOORS, RIGHT_CLIENT_READ, ANYWHERE, BODY_NONE, 0, show_client, NULL, NULL },
	{ "POST", ALL "/{client}/rotate", DOORS, RIGHT_CLIENT_WRITE, ANYWHERE, BODY_JSON, API_BODY_MAX, NULL, rotate_client,
	  NULL },
	{ "POST", ALL "/{client}/revoke", DOORS, RIGHT_CLIENT_WRITE, ANYWHERE, BODY_JSON, API_BODY_MAX, NULL, revoke_client,
	  NULL },
	{ "POST", ALL "/{client}/remove", DOORS, RIGHT_CLIENT_WRITE, ANYWHERE, BODY_JSON, API_BODY_MAX, NULL, remove_client,
	  NULL },
	{ "GET", OWN, DOORS, RIGHT_CLIENT_READ, OF_ACCOUNT, BODY_NONE, 0, list_account_clients, NULL, NULL },
	{ "POST", OWN, DOORS, RIGHT_CLIENT_WRITE, OF_ACCOUNT, BODY_JSON, API_BODY_MAX, NULL, add_account_client, NULL },
	{ "GET", OWN "/{client}", DOORS, RIGHT_CLIENT_READ, OF_ACCOUNT, BODY_NONE, 0, show_client, NULL, NULL },
	{ "POST", OWN "/{client}/rotate", DOORS, RIGHT_CLIENT_WRITE, OF_ACCOUNT, BODY_JSON, API_BODY_MAX, NULL,
	  rotate_client, NULL },
	{ "POST", OWN "/{client}/revoke", DOORS, RIGHT_CLIENT_WRITE, OF_ACCOUNT, BODY_JSON, API_BODY_MAX, NULL,
	  revoke_client, NULL },
	{ "POST", OWN "/{client}/remove", DOORS, RIGHT_CLIENT_WRITE, OF_ACCOUNT, BODY_JSON, API_BODY_MAX, NULL,
	  remove_client, NULL },
	{ 0 },
};
