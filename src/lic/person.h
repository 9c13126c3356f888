/* person.h - people and their sign-in. */
#ifndef LIC_PERSON_H
#define LIC_PERSON_H

#include <stdbool.h>

#include "base/buf.h"
#include "db/q.h"
#include "lic/tx.h"

#define PASSWORD_MIN 12   /* characters */
#define PASSWORD_MAX 1024 /* bytes */
#define ACCESS_TOKEN_S 3600
#define ROLE_SYSTEM_ADMINISTRATOR "system-administrator"
#define ROLE_AUDITOR "auditor" /* reads all, changes nothing */

/* Hashes a password (100 ms; outside the writer), adding to out. E_WEAK_PASSWORD. */
int person_hash_password(const char *password, struct buf *out, struct err *e);

/* Makes a person; hash as person_hash_password made it. E_NAME_INVALID, E_USER_EXISTS, E_INVALID_REQUEST for the role. */
int person_add(struct tx *tx, const char *name, const char *role, const char *hash, struct err *e);

/* By name without case. E_USER_UNKNOWN names it. */
int person_find(struct tx *tx, const char *name, struct person_row *out, struct err *e);

/* Both end the person's access tokens. E_USER_UNKNOWN. Over HTTPS the last system administrator stays (E_CONFLICT):
 * nobody could sign in to make another. */
int person_remove(struct tx *tx, const char *name, struct err *e);
int person_set_password(struct tx *tx, const char *name, const char *hash, struct err *e);

/* Is it this person's password? 100 ms whether or not there is such a person. E_WRONG_PASSWORD. */
int person_check(struct tx *tx, const char *name, const char *password, struct person_row *out, struct err *e);

/* In the writer: an access token of 256 bits as 64 hex digits; only its hash is kept. */
int person_sign_in(struct tx *tx, const struct person_row *person, char token[65], struct err *e);

/* Whose access token is it? 1, 0, -1. */
int person_by_access_token(struct tx *tx, const char *token, const char **name, const char **role, struct err *e);

#endif
