/* guard.h - what wrong passwords cost whoever guesses.
 *
 * After 5 wrong ones an address waits for 1 s before the next try, after each further one twice as long, up to 15
 * minutes; one is forgotten every 15 minutes. IPv6 addresses of one /64 are one. Wrong passwords for one user are counted
 * too, wherever they come from, but no more than 3 from one address: one address alone can never keep a user out elsewhere.
 * Where the user signed in last he does not wait for what others do. A try that is refused costs nothing and counts for
 * nothing. Users who do not exist are treated in the same way.
 *
 * The tables are of fixed size and live as long as the program. */
#ifndef EDGE_GUARD_H
#define EDGE_GUARD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

#define GUARD_FREE 5       /* wrong ones that cost nothing, and the one that begins it */
#define GUARD_FROM_ONE 3   /* of a user's that count from one address */
#define GUARD_WAIT_MS 1000 /* the first wait */
#define GUARD_WAIT_MAX_MS 900000
#define GUARD_FORGET_MS 900000 /* one wrong password less */
#define GUARD_AT_ONCE 16       /* tries of one address that may be under way together */

#define GUARD_KEY 16

struct guard_try {
	unsigned char address[GUARD_KEY], user[GUARD_KEY], pair[GUARD_KEY];
};

/* May this address try one more password for this user (his name without case)? Each 0 is followed by a guard_end().
 * last_from: where he signed in last, "" if nowhere. E_RATE_LIMITED with retry_s. */
int guard_begin(struct guard_try *t, const char *address, const char *user, const char *last_from, struct err *e);

/* What came of it. true: this wrong password is the one with which the address begins to wait. */
bool guard_end(const struct guard_try *t, bool wrong);

/* A wrong secret of an API client came from this address. They are counted apart from passwords: nobody finds a secret of 256
 * bits by trying, and a program that goes on with an old one must not keep people out, nor programs with a right one, which
 * are not even asked. 0, or 1 if the address begins to wait with it; -1 and E_RATE_LIMITED with retry_s while it waits. */
int guard_wrong_secret(const char *address, struct err *e);

#endif
