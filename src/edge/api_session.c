/* api_session.c - who signs in with a browser, who is signed in, and a password of one's own. */
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "edge/people.h"
#include "edge/routes.h"
#include "edge/signin.h"
#include "lic/grant.h"
#include "lic/person.h"
#include "lic/session.h"
#include "lic/site.h"

#define AGENT_MAX 200 /* bytes of User-Agent that are kept */

/* ---- what a sign-in takes ---- */

struct entry {
	const char *username, *password, *new_password, *agent;
	const char *before; /* the secret of a session that the browser had */
	struct person_row person;
	struct person_secrets secrets;
	char *hash;
};

static void drop_entry(void *state)
{
	struct entry *s = state;

	mem_freep(&s->hash);
}

#define WHO                                                                                   \
	{ "username", JSON_K_TEXT, 0, offsetof(struct entry, username), 1, 512 },             \
	{                                                                                     \
		"password", JSON_K_TEXT, 0, offsetof(struct entry, password), 1, PASSWORD_MAX \
	}

static struct reply *read_entry(struct req *r, const struct json_spec *spec)
{
	const char *agent = req_header(r, "User-Agent");
	struct entry *s = arena_alloc(r->tx.arena, sizeof(*s));
	struct err e = ERR_INIT;

	r->state = s;
	r->drop = drop_entry;
	s->before = req_session_cookie(r);
	s->agent = str_repair(arena_printf(r->tx.arena, "%.*s", AGENT_MAX, agent ? agent : ""));
	return req_check_origin(r, &e) || json_decode(r->json, spec, NULL, E_INVALID_REQUEST, s, &e) ? reply_error(r, &e)
												     : NULL;
}

/* Whose password it was does what follows. */
static void act_as(struct req *r, const struct person_row *person)
{
	r->actor.kind = ACTOR_USER;
	str_copy(r->actor.name, sizeof(r->actor.name), person->name);
}

/* ---- browsers ---- */

static struct reply *sign_in_read(struct req *r)
{
	static const struct json_spec spec[] = { WHO, { 0 } };

	return read_entry(r, spec);
}

static struct reply *sign_in_slow(struct req *r)
{
	struct entry *s = r->state;
	struct err e = ERR_INIT;

	return sign_in_check(r, s->username, s->password, &s->person, &e) ? reply_error(r, &e) : NULL;
}

static void set_cookie(struct req *r, struct reply *p, const char *value, const char *more)
{
	char *text =
		arena_printf(r->tx.arena, SESSION_COOKIE "=%s; Path=/; Secure; HttpOnly; SameSite=Strict%s", value, more);

	reply_header(p, "Set-Cookie", text);
	mem_cleanse(text, strlen(text));
}

static struct reply *sign_in_write(struct req *r)
{
	struct entry *s = r->state;
	char secret[SESSION_SECRET + 1], csrf[65];
	struct err e = ERR_INIT;
	json_t *v, *roles;
	struct reply *p;

	act_as(r, &s->person);
	/* The cookie is replaced: nobody could end the session before it any more. */
	if (s->before && session_end_by_secret(&r->tx, SESSION_BROWSER, s->before, &e))
		return reply_error(r, &e);
	if (person_sign_in(&r->tx, &s->person, SESSION_BROWSER, 0, s->agent, secret, &e) ||
	    people_roles(r, s->person.id, &roles, &e))
		return reply_error(r, &e);
	session_csrf(secret, csrf);
	v = json_object();
	json_set_text(v, "user", s->person.name);
	json_set_text(v, "fullName", s->person.full_name);
	json_object_set_new(v, "roles", roles);
	json_set_text(v, "csrfToken", csrf);
	json_set_time(v, "endsDate", r->tx.now + r->tx.site->session_max_ms);
	json_set_int(v, "idleSeconds", r->tx.site->session_idle_ms / SECOND_MS);
	p = api_ok(r, v);
	set_cookie(r, p, secret, "");
	mem_cleanse(secret, sizeof(secret));
	return p;
}

static struct reply *sign_out(struct req *r)
{
	struct session_row row;
	struct err e = ERR_INIT;
	struct reply *p;
	int rc = q_session_by_id(r->tx.db, r->tx.arena, r->caller.session, &row, &e);

	if (rc < 0 || (rc == 1 && session_end(&r->tx, &row, &e)))
		return reply_error(r, &e);
	p = api_ok(r, json_object());
	if (r->caller.browser)
		set_cookie(r, p, "", "; Max-Age=0");
	return p;
}

/* ---- a password of one's own: also the way out when it must be changed ---- */

static struct reply *password_read(struct req *r)
{
	static const struct json_spec spec[] = {
		WHO,
		{ "newPassword", JSON_K_TEXT, 0, offsetof(struct entry, new_password), 0, PASSWORD_MAX },
		{ 0 },
	};

	return read_entry(r, spec);
}

static int turn_secrets(struct tx *tx, void *arg, struct err *e)
{
	struct entry *s = arg;

	return person_secrets(tx, s->person.name, &s->secrets, e);
}

static struct reply *password_slow(struct req *r)
{
	struct entry *s = r->state;
	struct buf hash = BUF_INIT;
	struct err e = ERR_INIT;

	if (sign_in_check(r, s->username, s->password, &s->person, &e) && e.code != E_PASSWORD_EXPIRED)
		return reply_error(r, &e);
	if (r->work->read(r->work, turn_secrets, s, &e) ||
	    person_hash_password(s->new_password, s->person.name, &s->secrets, &hash, &e)) {
		buf_fini(&hash);
		if (strcmp(e.field, "password") == 0)
			str_copy(e.field, sizeof(e.field), "newPassword");
		return reply_error(r, &e);
	}
	s->hash = buf_steal(&hash, NULL);
	return NULL;
}

static struct reply *password_write(struct req *r)
{
	struct entry *s = r->state;
	struct err e = ERR_INIT;

	act_as(r, &s->person);
	/* The row that was signed in with: what changed since then makes it fail. */
	if (person_set_password(&r->tx, &s->person, s->hash, false, &e))
		return reply_error(r, &e);
	return api_ok(r, json_object());
}

/* ---- who am I ---- */

/* The part of two places that both hold; false: there is none. */
static bool common_place(const struct grant *a, const struct grant *b, struct grant *out)
{
	const struct grant *inner = b->account == 0 || (a->account && b->virtual_account == 0) ? a : b;
	const struct grant *outer = inner == a ? b : a;

	*out = *inner;
	return outer->account == 0 || (outer->account == inner->account &&
				       (outer->virtual_account == 0 || outer->virtual_account == inner->virtual_account));
}

/* {role, account, virtualAccount}, of which a place has no role. */
static int grant_part(struct req *r, const struct grant *g, bool with_role, json_t **out, struct err *e)
{
	struct grant_row row = { role_text(g->role), g->account, g->virtual_account };

	if (grant_json(&r->tx, &row, out, e))
		return -1;
	if (!with_role)
		json_object_del(*out, "role");
	return 0;
}

static int add_place(struct req *r, const struct grant *place, json_t *places, struct err *e)
{
	json_t *v, *other;
	size_t i;

	if (grant_part(r, place, false, &v, e))
		return -1;
	json_array_foreach (places, i, other) {
		if (json_equal(v, other)) {
			json_decref(v);
			return 0;
		}
	}
	json_array_append_new(places, v);
	return 0;
}

/* Those the session has: not those that its scope leaves out. */
static int roles_json(struct req *r, json_t *list, struct err *e)
{
	json_t *v;

	for (size_t i = 0; i < r->caller.own.n; i++) {
		if (grant_part(r, &r->caller.own.rows[i], true, &v, e))
			return -1;
		json_array_append_new(list, v);
	}
	return 0;
}

/* Where the caller has a right: each own grant, within each of the client through which he signed in. */
static int right_places(struct req *r, enum right right, json_t *places, struct err *e)
{
	static const struct grant everywhere = { 0 };
	const struct caller *c = &r->caller;
	bool limited = c->person && c->client;

	if (c->local)
		return add_place(r, &everywhere, places, e);
	for (size_t i = 0; i < c->own.n; i++) {
		if (!role_has(c->own.rows[i].role, right))
			continue;
		for (size_t k = 0; k < (limited ? c->limit.n : 1); k++) {
			const struct grant *limit = limited ? &c->limit.rows[k] : &everywhere;
			struct grant place;

			if ((!limited || role_has(limit->role, right)) && common_place(&c->own.rows[i], limit, &place) &&
			    add_place(r, &place, places, e))
				return -1;
		}
	}
	return 0;
}

static int rights_json(struct req *r, json_t *list, struct err *e)
{
	for (int right = RIGHT_SIGNED + 1; right < RIGHT_COUNT; right++) {
		json_t *places = json_array(), *v;

		if (right_places(r, (enum right)right, places, e) || json_array_size(places) == 0) {
			json_decref(places);
			if (e->code)
				return -1;
			continue;
		}
		v = json_object();
		json_set_text(v, "right", right_text((enum right)right));
		json_object_set_new(v, "places", places);
		json_array_append_new(list, v);
	}
	return 0;
}

static int set_session(struct req *r, json_t *v, struct err *e)
{
	struct session_row row = { 0 };

	if (r->caller.session && q_session_by_id(r->tx.db, r->tx.arena, r->caller.session, &row, e) != 1)
		return err_set(e, E_LOGIN_REQUIRED, NULL);
	json_set_text(v, "kind", r->caller.local ? "local" : row.kind);
	json_set_text(v, "user", r->caller.local ? r->actor.name : r->caller.person ? row.person_name : NULL);
	json_set_text(v, "client", r->caller.client ? row.client_name : NULL);
	json_set_text(v, "csrfToken", r->caller.browser ? r->caller.csrf : NULL);
	json_set_time(v, "endsDate", row.ends_at);
	if (row.idle_ms)
		json_set_int(v, "idleSeconds", row.idle_ms / SECOND_MS);
	else
		json_object_set_new(v, "idleSeconds", json_null());
	return 0;
}

static struct reply *show_session(struct req *r)
{
	json_t *v = json_object(), *roles = json_array(), *rights = json_array();
	struct err e = ERR_INIT;
	int rc = set_session(r, v, &e) || roles_json(r, roles, &e) || rights_json(r, rights, &e);

	json_object_set_new(v, "roles", roles);
	json_object_set_new(v, "rights", rights);
	if (rc == 0)
		return api_ok(r, v);
	json_decref(v);
	return reply_error(r, &e);
}

/* ---- who is signed in ---- */

static bool is_own(const struct req *r, const struct session_row *row)
{
	return r->caller.person ? row->person == r->caller.person
				: r->caller.client && row->person == 0 && row->client == r->caller.client;
}

static json_t *session_json(const struct req *r, const struct session_row *row)
{
	int64_t idle_end = row->idle_ms ? row->used_at + row->idle_ms : row->ends_at;
	json_t *v = json_object();

	json_set_int(v, "id", row->id);
	json_set_text(v, "kind", row->kind);
	json_set_text(v, "user", row->person ? row->person_name : NULL);
	json_set_text(v, "client", row->client ? row->client_name : NULL);
	json_set_text(v, "address", row->address);
	json_set_text(v, "agent", row->agent);
	json_set_time(v, "createdDate", row->created_at);
	json_set_time(v, "lastUsedDate", row->used_at);
	json_set_time(v, "endsDate", idle_end < row->ends_at ? idle_end : row->ends_at);
	json_set_bool(v, "current", row->id == r->caller.session);
	return v;
}

/* Whose sessions are asked for? 0: everybody's; those that are not his own are left out where he may not see them. */
static int asked_person(struct req *r, bool all, int64_t *out, struct err *e)
{
	const char *user = req_query(r, "user");
	char asked[NAME_KEY_SIZE], own[NAME_KEY_SIZE];
	struct person_row person;

	*out = all ? 0 : r->caller.person;
	if (user == NULL)
		return 0;
	if (all) {
		if (person_find(&r->tx, user, &person, e))
			return -1;
		*out = person.id;
		return 0;
	}
	if (r->caller.person && str_fold(asked, user) == 0 && str_fold(own, r->actor.name) == 0 && strcmp(asked, own) == 0)
		return 0;
	return err_set(e, E_FORBIDDEN,
		       "Your role shows you your own sessions only. To see those of others takes the right '%s'.",
		       right_text(RIGHT_PERSON_READ));
}

static struct reply *list_sessions(struct req *r)
{
	bool all = access_covers(&r->caller, RIGHT_PERSON_READ, 0, 0);
	struct session_row *rows;
	struct err e = ERR_INIT;
	int64_t person;
	json_t *list;
	size_t n;

	if (asked_person(r, all, &person, &e) || q_session_list(r->tx.db, r->tx.arena, person, r->tx.now, &rows, &n, &e))
		return reply_error(r, &e);
	list = json_array();
	for (size_t i = 0; i < n; i++)
		if (all || is_own(r, &rows[i]))
			json_array_append_new(list, session_json(r, &rows[i]));
	return api_list(r, 0, &e, "sessions", list);
}

static struct reply *end_session(struct req *r)
{
	bool all = access_covers(&r->caller, RIGHT_PERSON_WRITE, 0, 0);
	struct session_row row;
	struct err e = ERR_INIT;
	int64_t id = 0;
	int rc = str_int(r->param[0], 1, INT64_MAX, &id) ? 0 : q_session_by_id(r->tx.db, r->tx.arena, id, &row, &e);

	if (rc < 0)
		return reply_error(r, &e);
	if (!all && (rc == 0 || !is_own(r, &row)))
		err_set(&e, E_FORBIDDEN, "You have no such session. To end those of others takes the right '%s'.",
			right_text(RIGHT_PERSON_WRITE));
	else if (rc == 0)
		err_set(&e, E_SESSION_UNKNOWN, NULL);
	if (e.code || session_end(&r->tx, &row, &e))
		return reply_error(r, &e);
	return api_ok(r, json_object());
}

#define DOORS (DOOR_ADMIN | DOOR_CONTROL)

const struct route session_routes[] = {
	{ "POST", "/api/v1/sign-in", DOOR_ADMIN, RIGHT_OPEN, OF_SERVER, BODY_JSON, API_BODY_MAX, sign_in_read,
	  sign_in_write, NULL, sign_in_slow, .brief = true },
	{ "POST", "/api/v1/sign-out", DOOR_ADMIN, RIGHT_SIGNED, OF_SERVER, BODY_JSON, API_BODY_MAX, NULL, sign_out, NULL },
	{ "POST", "/api/v1/password", DOOR_ADMIN, RIGHT_OPEN, OF_SERVER, BODY_JSON, API_BODY_MAX, password_read,
	  password_write, NULL, password_slow, .brief = true },
	{ "GET", "/api/v1/session", DOORS, RIGHT_SIGNED, OF_SERVER, BODY_NONE, 0, show_session, NULL, NULL },
	{ "GET", "/api/v1/sessions", DOORS, RIGHT_SIGNED, OF_SERVER, BODY_NONE, 0, list_sessions, NULL, NULL },
	{ "POST", "/api/v1/sessions/{id}/end", DOORS, RIGHT_SIGNED, OF_SERVER, BODY_JSON, API_BODY_MAX, NULL, end_session,
	  NULL },
	{ 0 },
};
