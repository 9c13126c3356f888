/* person.h - people and their sign-in. */
#ifndef LIC_PERSON_H
#define LIC_PERSON_H

#include <stdbool.h>

#include "base/buf.h"
#include "db/q_person.h"
#include "lic/access.h"
#include "lic/tx.h"

#define PASSWORD_MIN 12   /* characters */
#define PASSWORD_MAX 1024 /* bytes */

/* Hashes a password (100 ms; outside the writer), adding to out. E_WEAK_PASSWORD. */
int person_hash_password(const char *password, struct buf *out, struct err *e);

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

/* Both end the person's sessions. E_USER_UNKNOWN. Over HTTPS the last system administrator stays (E_CONFLICT):
 * nobody could sign in to make another. */
int person_remove(struct tx *tx, const char *name, struct err *e);
int person_set_password(struct tx *tx, const char *name, const char *hash, struct err *e);

/* Is it this person's password? 100 ms whether or not there is such a person. E_WRONG_PASSWORD. */
int person_check(struct tx *tx, const char *name, const char *password, struct person_row *out, struct err *e);

/* In the writer: a session of a kind (lic/session.h), through an API client or 0. */
int person_sign_in(struct tx *tx, const struct person_row *person, const char *kind, int64_t client, const char *agent,
		   char secret[65], struct err *e);

#endif
