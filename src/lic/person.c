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

int person_add(struct tx *tx, const char *name, const char *role, const char *hash, struct err *e)
{
	struct person_row known;
	char key[NAME_KEY_SIZE];
	json_t *detail;
	int rc;

	if (strcmp(role, ROLE_SYSTEM_ADMINISTRATOR) != 0 && strcmp(role, ROLE_AUDITOR) != 0)
		return err_field(e, E_INVALID_REQUEST, "role", "A role is %s or %s, not '%.32s'.",
				 ROLE_SYSTEM_ADMINISTRATOR, ROLE_AUDITOR, role);
	if (str_fold(key, name))
		return err_field(e, E_NAME_INVALID, "name", "'%.60s' cannot be a name.", name);
	rc = q_person_by_key(tx->db, tx->arena, key, &known, e);
	if (rc == 1)
		return err_field(e, E_USER_EXISTS, "name", "There is a user '%s' already.", known.name);
	if (rc < 0 || q_person_add(tx->db, name, key, role, hash, tx->now, tx->actor->name, e))
		return -1;
	detail = json_object();
	json_set_text(detail, "role", role);
	return event_add(tx, "person.create", "", name, detail, e);
}

int person_find(struct tx *tx, const char *name, struct person_row *out, struct err *e)
{
	char key[NAME_KEY_SIZE];
	int rc = str_fold(key, name) ? 0 : q_person_by_key(tx->db, tx->arena, key, out, e);

	if (rc == 0)
		return err_set(e, E_USER_UNKNOWN, "There is no user '%.128s'.", name);
	return rc < 0 ? -1 : 0;
}

static int check_last(struct tx *tx, const struct person_row *person, struct err *e)
{
	struct person_row *all;
	size_t n, administrators = 0;

	if (tx->actor->kind != ACTOR_USER || strcmp(person->role, ROLE_SYSTEM_ADMINISTRATOR) != 0)
		return 0;
	if (q_person_list(tx->db, tx->arena, &all, &n, e))
		return -1;
	for (size_t i = 0; i < n; i++)
		administrators += strcmp(all[i].role, ROLE_SYSTEM_ADMINISTRATOR) == 0;
	if (administrators > 1)
		return 0;
	return err_set(e, E_CONFLICT,
		       "'%s' is the last system administrator and stays. Add another first, or use satellitectl on the "
		       "server itself.",
		       person->name);
}

int person_remove(struct tx *tx, const char *name, struct err *e)
{
	struct person_row person;
	json_t *detail;

	if (person_find(tx, name, &person, e) || check_last(tx, &person, e) || q_person_remove(tx->db, person.id, e))
		return -1;
	detail = json_object();
	json_set_text(detail, "role", person.role);
	return event_add(tx, "person.remove", "", person.name, detail, e);
}

int person_set_password(struct tx *tx, const char *name, const char *hash, struct err *e)
{
	struct person_row person;

	if (person_find(tx, name, &person, e) || q_person_password(tx->db, person.id, hash, e))
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

int person_sign_in(struct tx *tx, const struct person_row *person, char token[65], struct err *e)
{
	unsigned char hash[SHA256_SIZE];

	rand_hex(token, 32);
	digest_sha256(token, 64, hash);
	if (q_access_token_add(tx->db, hash, sizeof(hash), person->id, tx->now, tx->now + ACCESS_TOKEN_S * SECOND_MS, e))
		return -1;
	return event_add(tx, "person.sign-in", "", person->name, NULL, e);
}

int person_by_access_token(struct tx *tx, const char *token, const char **name, const char **role, struct err *e)
{
	unsigned char hash[SHA256_SIZE];

	if (strlen(token) != 64)
		return 0;
	digest_sha256(token, 64, hash);
	return q_access_token_find(tx->db, tx->arena, hash, sizeof(hash), tx->now, name, role, e);
}
