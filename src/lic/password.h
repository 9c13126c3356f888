/* password.h - which passwords people may have. */
#ifndef LIC_PASSWORD_H
#define LIC_PASSWORD_H

#include <stddef.h>

#include "base/err.h"

#define PASSWORD_MIN 12   /* characters */
#define PASSWORD_MAX 1024 /* bytes */
#define PASSWORD_OWN 8    /* characters that are not the name, not a word everybody tries, and do not go on from others */
#define PASSWORD_LAST 5   /* the present one and those before it do not come again */

/* E_WEAK_PASSWORD says what is wrong: too short, or too little is left without the user's name, without words that
 * everybody tries (also with 0 for o and the like), and without repetitions and sequences (aaaa, 1234, qwerty). */
int password_fit(const char *password, const char *name, struct err *e);

/* Is it none of these? Each takes 100 ms: not in the writer and not in a thread that serves a listener. E_WEAK_PASSWORD. */
int password_is_new(const char *password, const char *const *hashes, size_t n, struct err *e);

#endif
