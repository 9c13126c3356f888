#include "lic/person.h"

#include <pthread.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/rand.h"
#include "base/str.h"
#include "crypt/digest.h"
#include "crypt/seal.h"
#include "json/json.h"
#include "lic/event.h"
#include "lic/session.h"

int person_hash_password(const char *password, struct buf *out, struct err *e)
{
	size_t chars = 0, n = strlen(password);

	for (size_t i = 0; i < n; i++)
		chars += ((unsigned char)password[i] & 0xc0) != 0x80;
	if (chars < PASSWORD_MIN)
		return err_field(e, E_WEAK_PASSWORD, "password", "The password has %zu characters; use at least %d.", chars,
				 PASSWORD_MIN);
	if (n > PASSWORD_MAX)
		return err_field(e, E_INVALID_REQUEST, "password", "The password is longer than %d bytes.", PASSWORD_MAX);
	return password_hash(password, out, e);
}

static json_t *grant_detail(const struct grant *g)
{
	json_t *v = json_object();

	json_set_text(v, "role", role_text(g->role));
	return v;
}

int person_add(struct tx *tx, const struct person_new *in, struct err *e)
{
	struct grant_row grant = { role_text(in->grant.role), in->grant.account, in->grant.virtual_account };
	struct person_row known, row = { .name = in->name,
					 .full_name = in->full_name ? in->full_name : "",
					 .password_hash = in->hash,
					 .must_change = in->must_change,
					 .created_at = tx->now,
					 .created_by = tx->actor->name };
	char key[NAME_KEY_SIZE];
	int rc;

	if (str_fold(key, in->name))
		return err_field(e, E_NAME_INVALID, "name", "'%.60s' cannot be a name.", in->name);
	rc = q_person_by_key(tx->db, tx->arena, key, &known, e);
	if (rc == 1)
		return err_field(e, E_USER_EXISTS, "name", "There is a user '%s' already.", known.name);
	if (rc < 0 || q_person_add(tx->db, &row, key, e) || q_person_by_key(tx->db, tx->arena, key, &known, e) != 1 ||
	    q_grant_add(tx->db, known.id, 0, &grant, tx->now, tx->actor->name, e) < 0)
		return -1;
	return event_add(tx, "person.create", "", in->name, grant_detail(&in->grant), e);
}

int person_find(struct tx *tx, const char *name, struct person_row *out, struct err *e)
{
	char key[NAME_KEY_SIZE];
	int rc = str_fold(key, name) ? 0 : q_person_by_key(tx->db, tx->arena, key, out, e);

	if (rc == 0)
		return err_set(e, E_USER_UNKNOWN, "There is no user '%.128s'.", name);
	return rc < 0 ? -1 : 0;
}

static int is_administrator(struct tx *tx, int64_t person, bool *out, struct err *e)
{
	struct grant_row *rows;
	size_t n;

	*out = false;
	if (q_grants_of_person(tx->db, tx->arena, person, &rows, &n, e))
		return -1;
	for (size_t i = 0; i < n; i++)
		*out |= strcmp(rows[i].role, role_text(ROLE_SYSTEM_ADMINISTRATOR)) == 0;
	return 0;
}

static int check_last(struct tx *tx, const struct person_row *person, struct err *e)
{
	struct person_row *all;
	bool is, other;
	size_t n;

	if (tx->actor->kind == ACTOR_LOCAL)
		return 0;
	if (is_administrator(tx, person->id, &is, e) || q_person_list(tx->db, tx->arena, &all, &n, e))
		return -1;
	for (size_t i = 0; i < n && is; i++) {
		if (all[i].id == person->id || strcmp(all[i].status, "ACTIVE") != 0)
			continue;
		if (is_administrator(tx, all[i].id, &other, e))
			return -1;
		is = !other;
	}
	if (!is)
		return 0;
	return err_set(e, E_CONFLICT,
		       "'%s' is the last system administrator and stays. Add another first, or use satellitectl on the "
		       "server itself.",
		       person->name);
}

int person_remove(struct tx *tx, const char *name, struct err *e)
{
	struct person_row person;

	if (person_find(tx, name, &person, e) || check_last(tx, &person, e) || q_person_remove(tx->db, person.id, e))
		return -1;
	return event_add(tx, "person.remove", "", person.name, NULL, e);
}

int person_set_password(struct tx *tx, const char *name, const char *hash, struct err *e)
{
	struct person_row person;

	if (person_find(tx, name, &person, e) || q_person_password(tx->db, person.id, hash, tx->now, false, e))
		return -1;
	return event_add(tx, "person.password", "", person.name, NULL, e);
}

/* A hash that no password has, so that an unknown name takes the same time. */
static const char *nobody_hash(void)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* protects hash: made at first use */
	static char *hash;

	pthread_mutex_lock(&lock);
	if (hash == NULL) {
		struct buf b = BUF_INIT;
		char random[65];
		struct err ignored;

		if (password_hash(rand_hex(random, 32), &b, &ignored) == 0)
			hash = buf_steal(&b, NULL);
	}
	pthread_mutex_unlock(&lock);
	return hash ? hash : "";
}

int person_check(struct tx *tx, const char *name, const char *password, struct person_row *out, struct err *e)
{
	char key[NAME_KEY_SIZE];
	int rc = str_fold(key, name) ? 0 : q_person_by_key(tx->db, tx->arena, key, out, e);

	if (rc < 0)
		return -1;
	if (strlen(password) > PASSWORD_MAX || password_check(password, rc ? out->password_hash : nobody_hash()) || rc == 0)
		return err_set(e, E_WRONG_PASSWORD, NULL);
	return 0;
}

int person_sign_in(struct tx *tx, const struct person_row *person, const char *kind, int64_t client, const char *agent,
		   char secret[65], struct err *e)
{
	if (session_begin(tx, kind, person->id, client, agent, secret, e) ||
	    q_person_signed_in(tx->db, person->id, tx->now, tx->actor->address, e))
		return -1;
	return event_add(tx, "person.sign-in", "", person->name, NULL, e);
}
