/* client.h - API clients: programs that sign in with a secret of their own (RFC 6749, client_credentials).
 *
 * Client id and secret are 64 hex digits each. A secret has 256 random bits, is told once, and only its SHA-256 is kept:
 * nobody finds it by trying, so it needs no slow hash. While a secret is exchanged two are good. A client whose roles
 * are all in one account belongs to that account. */
#ifndef LIC_CLIENT_H
#define LIC_CLIENT_H

#include "db/q_client.h"
#include "lic/access.h"
#include "lic/tx.h"

#define CLIENT_SECRET 64 /* hex digits, of the client id too */
#define CLIENT_ROLES_MAX 32
#define CLIENT_OVERLAP_H 24
#define CLIENT_OVERLAP_MAX_H 720

#define CLIENT_ACTIVE "ACTIVE"
#define CLIENT_REVOKED "REVOKED"
#define CLIENT_WITHOUT_ROLE "WITHOUT_ROLE" /* where its roles were is no more: it can do nothing */

struct client_new {
	const char *name;
	const struct grant *grants;
	size_t n;
};

/* Makes one with its first secret, which nobody sees again. E_NAME_INVALID, E_CLIENT_EXISTS, E_INVALID_REQUEST. What `by`
 * does not reach himself he cannot give (grant.h): E_FORBIDDEN. */
int client_add(struct tx *tx, const struct caller *by, const struct client_new *in, struct client_row *out,
	       char secret[CLIENT_SECRET + 1], struct err *e);

/* By client id, or by name without case. account: only one that belongs to it; 0: any, and of a name first the one that
 * belongs to no account. E_CLIENT_UNKNOWN names it. */
int client_find(struct tx *tx, int64_t account, const char *text, struct client_row *out, struct err *e);

/* Another secret. The old one is good for so many hours more; with 0 it ends at once, and the client's access tokens with
 * it. E_CONFLICT of a revoked one. */
int client_rotate(struct tx *tx, const struct client_row *client, int64_t overlap_hours, char secret[CLIENT_SECRET + 1],
		  struct err *e);

/* Ends it: its secrets and access tokens at once. A second time does nothing. */
int client_revoke(struct tx *tx, const struct client_row *client, struct err *e);

/* Forgets a revoked one. E_CONFLICT of another. */
int client_remove(struct tx *tx, const struct client_row *client, struct err *e);

/* ACTIVE, … of one with so many roles. */
const char *client_status(const struct client_row *client, size_t roles);

/* Is it this client's secret? *used is the one. The same work whether or not there is such a client. E_INVALID_CLIENT. */
int client_check(struct tx *tx, const char *client_id, const char *secret, struct client_row *out,
		 struct client_secret_row *used, struct err *e);

/* In the writer: it signed in with this secret, alone or for a person. The first time is an event; what comes later is seen
 * in used_at alone, since programs sign in all day. */
int client_used(struct tx *tx, const struct client_row *client, const struct client_secret_row *used, struct err *e);

#endif
