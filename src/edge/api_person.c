/* api_person.c - users: who may sign in, and as what. */
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "edge/people.h"
#include "edge/routes.h"
#include "lic/grant.h"
#include "lic/person.h"

/* ---- how a user is shown ---- */

int people_roles(struct req *r, int64_t person, json_t **out, struct err *e)
{
	struct grant_row *rows;
	json_t *list, *one;
	size_t n;

	if (q_grants_of_person(r->tx.db, r->tx.arena, person, &rows, &n, e))
		return -1;
	list = json_array();
	for (size_t i = 0; i < n; i++) {
		if (grant_json(&r->tx, &rows[i], &one, e)) {
			json_decref(list);
			return -1;
		}
		json_array_append_new(list, one);
	}
	*out = list;
	return 0;
}

static int user_json(struct req *r, const struct person_row *row, json_t **out, struct err *e)
{
	json_t *roles, *v;

	if (people_roles(r, row->id, &roles, e))
		return -1;
	v = json_object();
	json_set_text(v, "name", row->name);
	json_set_text(v, "fullName", row->full_name);
	json_set_text(v, "userStatus", row->status);
	json_object_set_new(v, "roles", roles);
	json_set_bool(v, "mustChange", row->must_change);
	json_set_time(v, "passwordDate", row->password_at);
	json_set_time(v, "lastSignInDate", row->signed_in_at);
	json_set_text(v, "lastSignInAddress", row->signed_in_from);
	json_set_time(v, "createdDate", row->created_at);
	json_set_text(v, "createdBy", row->created_by);
	*out = v;
	return 0;
}

static struct reply *user_reply(struct req *r, const char *name)
{
	struct person_row person;
	struct err e = ERR_INIT;
	json_t *v, *one;

	if (person_find(&r->tx, name, &person, &e) || user_json(r, &person, &one, &e))
		return reply_error(r, &e);
	v = json_object();
	json_object_set_new(v, "user", one);
	return api_ok(r, v);
}

static struct reply *list_users(struct req *r)
{
	json_t *list = json_array(), *one;
	struct person_row *rows;
	struct err e = ERR_INIT;
	size_t n = 0;
	int rc = q_person_list(r->tx.db, r->tx.arena, &rows, &n, &e);

	for (size_t i = 0; i < n && rc == 0; i++) {
		rc = user_json(r, &rows[i], &one, &e);
		if (rc == 0)
			json_array_append_new(list, one);
	}
	return api_list(r, rc, &e, "users", list);
}

static struct reply *show_user(struct req *r)
{
	return user_reply(r, r->param[0]);
}

/* ---- roles in a body ---- */

struct wanted {
	const char *user, *role, *account, *virtual_account;
};

#define ROLE_SPEC(type, at)                                                                                              \
	{ "role", JSON_K_TEXT, 0, offsetof(type, at.role), 1, 64 },                                                      \
		{ "account", JSON_K_TEXT, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(type, at.account), 1, 512 },           \
	{                                                                                                                \
		"virtualAccount", JSON_K_TEXT, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(type, at.virtual_account), 1, 512 \
	}

static int find_grant(struct req *r, const struct wanted *w, struct grant *out, struct err *e)
{
	return grant_read(&r->tx, w->role, w->account, w->virtual_account, out, e) ||
			       grant_allowed(&r->caller, r->route->right, out, e)
		     ? -1
		     : 0;
}

/* ---- a user is made ---- */

struct new_user {
	struct wanted wanted;
	const char *name, *full_name, *password;
	bool must_change;
	struct person_secrets secrets; /* of the one who gets another password */
	char *hash;
};

static void drop_user(void *state)
{
	struct new_user *u = state;

	mem_freep(&u->hash);
}

static struct new_user *new_user(struct req *r)
{
	struct new_user *u = arena_alloc(r->tx.arena, sizeof(*u));

	r->state = u;
	r->drop = drop_user;
	return u;
}

static struct reply *hash_password(struct req *r, const char *name, const struct person_secrets *secrets)
{
	struct new_user *u = r->state;
	struct buf hash = BUF_INIT;
	struct err e = ERR_INIT;

	if (person_hash_password(u->password, name, secrets, &hash, &e)) {
		buf_fini(&hash);
		return reply_error(r, &e);
	}
	u->hash = buf_steal(&hash, NULL);
	return NULL;
}

static struct reply *add_user_read(struct req *r)
{
	static const struct json_spec spec[] = {
		{ "name", JSON_K_TEXT, 0, offsetof(struct new_user, name), 1, 512 },
		{ "fullName", JSON_K_TEXT, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct new_user, full_name), 0, 512 },
		{ "password", JSON_K_TEXT, 0, offsetof(struct new_user, password), 0, PASSWORD_MAX },
		{ "mustChange", JSON_K_BOOL, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct new_user, must_change), 0, 0 },
		ROLE_SPEC(struct new_user, wanted),
		{ 0 },
	};
	struct new_user *u = new_user(r);
	struct grant grant;
	struct err e = ERR_INIT;

	return json_decode(r->json, spec, NULL, E_INVALID_REQUEST, u, &e) || find_grant(r, &u->wanted, &grant, &e)
		     ? reply_error(r, &e)
		     : NULL;
}

static struct reply *add_user_slow(struct req *r)
{
	struct new_user *u = r->state;

	return hash_password(r, u->name, NULL);
}

static struct reply *add_user_write(struct req *r)
{
	struct new_user *u = r->state;
	struct person_new in = {
		.name = u->name, .full_name = u->full_name, .hash = u->hash, .must_change = u->must_change
	};
	struct err e = ERR_INIT;

	if (find_grant(r, &u->wanted, &in.grant, &e) || person_add(&r->tx, &in, &e))
		return reply_error(r, &e);
	return user_reply(r, u->name);
}

/* ---- a user is changed ---- */

static struct reply *password_read(struct req *r)
{
	static const struct json_spec spec[] = {
		{ "password", JSON_K_TEXT, 0, offsetof(struct new_user, password), 0, PASSWORD_MAX },
		{ "mustChange", JSON_K_BOOL, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct new_user, must_change), 0, 0 },
		{ 0 },
	};
	struct new_user *u = new_user(r);
	struct err e = ERR_INIT;

	return json_decode(r->json, spec, NULL, E_INVALID_REQUEST, u, &e) ||
			       person_secrets(&r->tx, r->param[0], &u->secrets, &e)
		     ? reply_error(r, &e)
		     : NULL;
}

static struct reply *password_slow(struct req *r)
{
	struct new_user *u = r->state;

	return hash_password(r, u->secrets.person.name, &u->secrets);
}

static struct reply *password_write(struct req *r)
{
	struct new_user *u = r->state;
	struct err e = ERR_INIT;

	if (person_set_password(&r->tx, &u->secrets.person, u->hash, u->must_change, &e))
		return reply_error(r, &e);
	return api_ok(r, json_object());
}

static struct reply *remove_user(struct req *r)
{
	struct err e = ERR_INIT;

	return person_remove(&r->tx, r->param[0], &e) ? reply_error(r, &e) : api_ok(r, json_object());
}

static struct reply *enable_user(struct req *r)
{
	struct err e = ERR_INIT;

	return person_set_active(&r->tx, r->param[0], true, &e) ? reply_error(r, &e) : user_reply(r, r->param[0]);
}

static struct reply *disable_user(struct req *r)
{
	struct err e = ERR_INIT;

	return person_set_active(&r->tx, r->param[0], false, &e) ? reply_error(r, &e) : user_reply(r, r->param[0]);
}

typedef int (*grant_fn)(struct tx *tx, const char *name, const struct grant *g, struct err *e);

static struct reply *change_role(struct req *r, grant_fn change)
{
	static const struct json_spec spec[] = { ROLE_SPEC(struct new_user, wanted), { 0 } };
	struct new_user u = { 0 };
	struct grant grant;
	struct err e = ERR_INIT;

	if (json_decode(r->json, spec, NULL, E_INVALID_REQUEST, &u, &e) || find_grant(r, &u.wanted, &grant, &e) ||
	    change(&r->tx, r->param[0], &grant, &e))
		return reply_error(r, &e);
	return user_reply(r, r->param[0]);
}

static struct reply *add_role(struct req *r)
{
	return change_role(r, person_grant);
}

static struct reply *remove_role(struct req *r)
{
	return change_role(r, person_withdraw);
}

/* ---- who may do what in an account ---- */

static struct reply *list_place_roles(struct req *r)
{
	struct place_grant_row *rows;
	struct account_row account;
	struct err e = ERR_INIT;
	json_t *list;
	size_t n;

	if (api_account(r, &account, &e) || q_grants_of_account(r->tx.db, r->tx.arena, account.id, &rows, &n, &e))
		return reply_error(r, &e);
	list = json_array();
	for (size_t i = 0; i < n; i++) {
		json_t *v;

		if (!api_may(r, account.id, rows[i].grant.virtual_account))
			continue;
		v = json_object();
		json_set_text(v, "user", rows[i].person);
		json_set_text(v, "role", rows[i].grant.role);
		json_set_text(v, "virtualAccount", *rows[i].virtual_account ? rows[i].virtual_account : NULL);
		json_set_time(v, "createdDate", rows[i].created_at);
		json_set_text(v, "createdBy", rows[i].created_by);
		json_array_append_new(list, v);
	}
	return api_list(r, 0, &e, "roles", list);
}

static bool is_named(const struct account_row *account, const char *name)
{
	char said[NAME_KEY_SIZE], own[NAME_KEY_SIZE];

	return str_fold(said, name) == 0 && str_fold(own, account->name) == 0 && strcmp(said, own) == 0;
}

/* The place must be one in which the caller may do this; only then is he told more. */
static int find_place_grant(struct req *r, struct wanted *w, struct grant *out, struct err *e)
{
	struct virtual_account_row va;
	struct account_row account;

	if (api_account(r, &account, e))
		return -1;
	if (w->account && !is_named(&account, w->account))
		return err_field(e, E_INVALID_REQUEST, "account",
				 "The address is that of the account '%s', and the body names another. Send the request to "
				 "the address of the account that is meant.",
				 account.name);
	if (w->virtual_account == NULL && !api_may(r, account.id, 0))
		return err_field(e, E_FORBIDDEN, "virtualAccount",
				 "Your role does not reach the whole account: name one of your virtual accounts.");
	if (w->virtual_account && api_target(r, &account, w->virtual_account, &va, e))
		return -1;
	w->account = account.name;
	return find_grant(r, w, out, e);
}

static struct reply *change_place_role(struct req *r, grant_fn change)
{
	static const struct json_spec spec[] = {
		{ "user", JSON_K_TEXT, 0, offsetof(struct wanted, user), 1, 512 },
		{ "role", JSON_K_TEXT, 0, offsetof(struct wanted, role), 1, 64 },
		{ "account", JSON_K_TEXT, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct wanted, account), 1, 512 },
		{ "virtualAccount", JSON_K_TEXT, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct wanted, virtual_account), 1,
		  512 },
		{ 0 },
	};
	struct wanted w = { 0 };
	struct grant grant;
	struct err e = ERR_INIT;

	if (json_decode(r->json, spec, NULL, E_INVALID_REQUEST, &w, &e) || find_place_grant(r, &w, &grant, &e) ||
	    change(&r->tx, w.user, &grant, &e))
		return reply_error(r, &e);
	return list_place_roles(r);
}

static struct reply *add_place_role(struct req *r)
{
	return change_place_role(r, person_grant);
}

static struct reply *remove_place_role(struct req *r)
{
	return change_place_role(r, person_withdraw);
}

#define DOORS (DOOR_ADMIN | DOOR_CONTROL)

const struct route person_routes[] = {
	{ "GET", "/api/v1/users", DOORS, RIGHT_PERSON_READ, OF_SERVER, BODY_NONE, 0, list_users, NULL, NULL },
	{ "POST", "/api/v1/users", DOORS, RIGHT_PERSON_WRITE, OF_SERVER, BODY_JSON, API_BODY_MAX, add_user_read,
	  add_user_write, NULL, add_user_slow, .brief = true },
	{ "GET", "/api/v1/users/{user}", DOORS, RIGHT_PERSON_READ, OF_SERVER, BODY_NONE, 0, show_user, NULL, NULL },
	{ "POST", "/api/v1/users/{user}/password", DOORS, RIGHT_PERSON_WRITE, OF_SERVER, BODY_JSON, API_BODY_MAX,
	  password_read, password_write, NULL, password_slow, .brief = true },
	{ "POST", "/api/v1/users/{user}/remove", DOORS, RIGHT_PERSON_WRITE, OF_SERVER, BODY_JSON, API_BODY_MAX, NULL,
	  remove_user, NULL },
	{ "POST", "/api/v1/users/{user}/enable", DOORS, RIGHT_PERSON_WRITE, OF_SERVER, BODY_JSON, API_BODY_MAX, NULL,
	  enable_user, NULL },
	{ "POST", "/api/v1/users/{user}/disable", DOORS, RIGHT_PERSON_WRITE, OF_SERVER, BODY_JSON, API_BODY_MAX, NULL,
	  disable_user, NULL },
	{ "POST", "/api/v1/users/{user}/roles", DOORS, RIGHT_PERSON_WRITE, OF_SERVER, BODY_JSON, API_BODY_MAX, NULL,
	  add_role, NULL },
	{ "POST", "/api/v1/users/{user}/roles/remove", DOORS, RIGHT_PERSON_WRITE, OF_SERVER, BODY_JSON, API_BODY_MAX, NULL,
	  remove_role, NULL },
	{ "GET", "/api/v1/accounts/{account}/roles", DOORS, RIGHT_ROLE_READ, IN_ACCOUNT, BODY_NONE, 0, list_place_roles,
	  NULL, NULL },
	{ "POST", "/api/v1/accounts/{account}/roles", DOORS, RIGHT_ROLE_WRITE, IN_ACCOUNT, BODY_JSON, API_BODY_MAX, NULL,
	  add_place_role, NULL },
	{ "POST", "/api/v1/accounts/{account}/roles/remove", DOORS, RIGHT_ROLE_WRITE, IN_ACCOUNT, BODY_JSON, API_BODY_MAX,
	  NULL, remove_place_role, NULL },
	{ 0 },
};
