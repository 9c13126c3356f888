/* api_person.c - users: who may sign in, and as what. */
#include "base/mem.h"
#include "edge/api.h"
#include "edge/routes.h"
#include "lic/person.h"

struct new_person {
	const char *name, *password, *role;
	char *hash;
};

static void drop_person(void *state)
{
	struct new_person *p = state;

	mem_freep(&p->hash);
}

/* Hashing takes 100 ms: before the writer. */
static struct reply *add_person_read(struct req *r)
{
	static const struct json_spec spec[] = {
		{ "name", JSON_K_TEXT, 0, offsetof(struct new_person, name), 1, 512 },
		{ "password", JSON_K_TEXT, 0, offsetof(struct new_person, password), 0, PASSWORD_MAX },
		{ "role", JSON_K_TEXT, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct new_person, role), 1, 64 },
		{ 0 },
	};
	struct new_person *p = arena_alloc(r->tx.arena, sizeof(*p));
	struct buf hash = BUF_INIT;
	struct err e = ERR_INIT;

	p->role = role_text(ROLE_SYSTEM_ADMINISTRATOR);
	r->state = p;
	r->drop = drop_person;
	if (json_decode(r->json, spec, NULL, E_INVALID_REQUEST, p, &e) || person_hash_password(p->password, &hash, &e)) {
		buf_fini(&hash);
		return reply_error(r, &e);
	}
	p->hash = buf_steal(&hash, NULL);
	return NULL;
}

static struct reply *add_person_write(struct req *r)
{
	struct new_person *p = r->state;
	struct person_new in = { .name = p->name, .hash = p->hash };
	struct err e = ERR_INIT;

	if (role_by_text(p->role, "role", &in.grant.role, &e) || person_add(&r->tx, &in, &e))
		return reply_error(r, &e);
	return api_ok(r, json_object());
}

/* Hashing before the writer, as above. */
static struct reply *password_read(struct req *r)
{
	static const struct json_spec spec[] = {
		{ "password", JSON_K_TEXT, 0, offsetof(struct new_person, password), 0, PASSWORD_MAX },
		{ 0 },
	};
	struct new_person *p = arena_alloc(r->tx.arena, sizeof(*p));
	struct person_row person;
	struct buf hash = BUF_INIT;
	struct err e = ERR_INIT;

	r->state = p;
	r->drop = drop_person;
	if (json_decode(r->json, spec, NULL, E_INVALID_REQUEST, p, &e) || person_find(&r->tx, r->param[0], &person, &e) ||
	    person_hash_password(p->password, &hash, &e)) {
		buf_fini(&hash);
		return reply_error(r, &e);
	}
	p->hash = buf_steal(&hash, NULL);
	return NULL;
}

static struct reply *password_write(struct req *r)
{
	struct new_person *p = r->state;
	struct err e = ERR_INIT;

	if (person_set_password(&r->tx, r->param[0], p->hash, &e))
		return reply_error(r, &e);
	return api_ok(r, json_object());
}

static struct reply *remove_person(struct req *r)
{
	struct err e = ERR_INIT;

	if (person_remove(&r->tx, r->param[0], &e))
		return reply_error(r, &e);
	return api_ok(r, json_object());
}

static struct reply *list_people(struct req *r)
{
	struct person_row *rows;
	struct err e = ERR_INIT;
	json_t *list;
	size_t n;

	if (q_person_list(r->tx.db, r->tx.arena, &rows, &n, &e))
		return reply_error(r, &e);
	list = json_array();
	for (size_t i = 0; i < n; i++) {
		json_t *one = json_object();

		json_set_text(one, "name", rows[i].name);
		json_set_time(one, "createdDate", rows[i].created_at);
		json_array_append_new(list, one);
	}
	return api_list(r, 0, &e, "users", list, (int64_t)n);
}

#define DOORS (DOOR_ADMIN | DOOR_CONTROL)

const struct route person_routes[] = {
	{ "GET", "/api/v1/users", DOORS, RIGHT_PERSON_READ, OF_SERVER, BODY_NONE, 0, list_people, NULL, NULL },
	{ "POST", "/api/v1/users", DOORS, RIGHT_PERSON_WRITE, OF_SERVER, BODY_JSON, API_BODY_MAX, add_person_read,
	  add_person_write, NULL },
	{ "POST", "/api/v1/users/{user}/password", DOORS, RIGHT_PERSON_WRITE, OF_SERVER, BODY_JSON, API_BODY_MAX,
	  password_read, password_write, NULL },
	{ "POST", "/api/v1/users/{user}/remove", DOORS, RIGHT_PERSON_WRITE, OF_SERVER, BODY_JSON, API_BODY_MAX, NULL,
	  remove_person, NULL },
	{ 0 },
};
