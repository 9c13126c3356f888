/* person.h - people: who may sign in, with which roles, and their passwords. */
#ifndef LIC_PERSON_H
#define LIC_PERSON_H

#include <stdbool.h>

#include "base/buf.h"
#include "db/q_person.h"
#include "lic/access.h"
#include "lic/password.h"
#include "lic/tx.h"

#define PERSON_ACTIVE "ACTIVE"
#define PERSON_DISABLED "DISABLED"

/* ---- passwords: what hashes takes 100 ms for each, outside the writer ---- */

/* A person and the hashes of the passwords that do not come again, the present one first. */
struct person_secrets {
	struct person_row person;
	const char **hashes;
	size_t n;
};

/* By name without case. E_USER_UNKNOWN. */
int person_secrets(struct tx *tx, const char *name, struct person_secrets *out, struct err *e);

/* Hashes a new password of a person of this name, adding to out; s is NULL for one who is made. E_WEAK_PASSWORD. */
int person_hash_password(const char *password, const char *name, const struct person_secrets *s, struct buf *out,
			 struct err *e);

/* Is it this person's password? As long for NULL, who is nobody. */
bool person_has_password(const struct person_row *person, const char *password);

/* Whose password was right, may he sign in? E_USER_DISABLED, E_PASSWORD_EXPIRED. */
int person_may_sign_in(const struct tx *tx, const struct person_row *person, struct err *e);

/* ---- users ---- */

/* A user who is made: texts may be NULL where they are not required. */
struct person_new {
	const char *name, *full_name;
	const char *hash; /* as person_hash_password made it */
	bool must_change; /* the password, before the first sign-in */
	struct grant grant;
};

/* Makes a person with a first role. E_NAME_INVALID, E_USER_EXISTS. */
int person_add(struct tx *tx, const struct person_new *in, struct err *e);

/* By name without case. E_USER_UNKNOWN names it. */
int person_find(struct tx *tx, const char *name, struct person_row *out, struct err *e);

/* These end the person's sessions. E_USER_UNKNOWN. Over HTTPS the last system administrator who can sign in stays
 * (E_CONFLICT): nobody could sign in to make another. */
int person_remove(struct tx *tx, const char *name, struct err *e);
int person_set_active(struct tx *tx, const char *name, bool active, struct err *e);

/* Of the person for whom hash was made. E_CONFLICT if the password was changed meanwhile. */
int person_set_password(struct tx *tx, const struct person_row *person, const char *hash, bool must_change, struct err *e);

/* ---- roles ---- */

/* Gives a role, or takes it away. It is no error if he has it already. E_USER_UNKNOWN; E_INVALID_REQUEST: he
 * does not have it; E_CONFLICT as above. */
int person_grant(struct tx *tx, const char *name, const struct grant *g, struct err *e);
int person_withdraw(struct tx *tx, const char *name, const struct grant *g, struct err *e);

/* ---- sign-in ---- */

/* In the writer: a session of a kind (lic/session.h), through an API client or 0. E_WRONG_PASSWORD if the person was
 * disabled, removed, or got another password since it was checked. */
int person_sign_in(struct tx *tx, const struct person_row *person, const char *kind, int64_t client, const char *agent,
		   char secret[65], struct err *e);

#endif
