/* session.h - who is signed in: access tokens, and browsers by their cookie.
 *
 * A session's secret has 256 bits, as 64 hex digits; only its SHA-256 is kept. It ends at a fixed moment, and a browser's
 * also when it was not used for a while; with the password, the user or the API client it belongs to it ends at once. */
#ifndef LIC_SESSION_H
#define LIC_SESSION_H

#include "db/q_person.h"
#include "lic/access.h"
#include "lic/tx.h"

#define SESSION_SECRET 64      /* hex digits */
#define SESSION_TOUCH_MS 60000 /* used_at is stored at most so often */
#define ACCESS_TOKEN_S 3600
#define SESSION_TOKEN "token"
#define SESSION_BROWSER "browser"

#define SESSION_TOKENS_MAX 100 /* of one person, and of one API client by itself; the oldest end */

/* Begins one of kind for a person, a client or both (0: none). agent: what the client says it is, or "". In the writer.
 * An event is the caller's. */
int session_begin(struct tx *tx, const char *kind, int64_t person, int64_t client, const char *agent,
		  char secret[SESSION_SECRET + 1], struct err *e);

/* The session that was just begun may do only what these roles of its owner may, divided by spaces; "" is all. In the
 * writer. */
int session_narrow(struct tx *tx, const char *secret, const char *scope, struct err *e);

/* Ends one by its secret; not being there is no error. An event if it is a person's: programs come and go all day. In the
 * writer. */
int session_end_by_secret(struct tx *tx, const char *kind, const char *secret, struct err *e);

/* What a browser must bring beside its cookie when it changes something. */
void session_csrf(const char secret[SESSION_SECRET], char out[65]);

/* Whose is it? 1 and *who (kind and name) and *out (from the arena), 0, -1. */
int session_find(struct tx *tx, const char *kind, const char *secret, struct actor *who, struct caller *out, struct err *e);

/* Is used_at, as it is stored, older than SESSION_TOUCH_MS? */
bool session_is_stale(const struct caller *c, int64_t now);

/* It was used at tx->now. In the writer. */
int session_touch(struct tx *tx, int64_t session, struct err *e);

/* It ends now. In the writer. */
int session_end(struct tx *tx, const struct session_row *row, struct err *e);

#endif
