/* signin.h - is it this user's password? Asked by every route that takes one, in its slow step. */
#ifndef EDGE_SIGNIN_H
#define EDGE_SIGNIN_H

#include "db/q_person.h"
#include "http/http.h"

/* Checks a password within what guard.h allows the caller's address. Fills out if it is right and the user may sign in;
 * else -1:
 *   E_RATE_LIMITED      with e->retry_s: nothing was checked
 *   E_WRONG_PASSWORD    also if there is no such user; in the same time
 *   E_USER_DISABLED, E_PASSWORD_EXPIRED   the password is right; out is filled
 * The slow step hashes for 100 ms: set brief in the route. */
int sign_in_check(struct req *r, const char *user, const char *password, struct person_row *out, struct err *e);

#endif
