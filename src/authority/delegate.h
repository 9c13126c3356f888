/* delegate.h - the cloud manager gives a satellite authority over a virtual account (protocol.md section 8). */
#ifndef AUTHORITY_DELEGATE_H
#define AUTHORITY_DELEGATE_H

#include "crypt/key.h"
#include "lic/tx.h"
#include "sync/manifest.h"

#define DELEGATE_FILE_MAX (1 << 20) /* bytes of a registration file */

/* A verified registration file. */
struct delegate_request {
	struct manifest manifest;
	struct key *key; /* of the satellite's sub-CA; owned */
	unsigned char digest[SHA256_SIZE];
};
void delegate_request_fini(struct delegate_request *r);

/* Verifies a registration file: bytes, signature by the key of its csr.pem. Outside the writer. */
int delegate_read(struct tx *tx, const void *p, size_t n, struct delegate_request *out, struct err *e);

/* In the writer: the authorization file, added to *answer, by tx->actor, an administrator. The same request gets the
 * same answer. E_ACCOUNT_UNKNOWN, E_VIRTUAL_ACCOUNT_UNKNOWN, E_SERVED_ELSEWHERE, E_SATELLITE_KEY_CHANGED,
 * E_VIRTUAL_ACCOUNT_IN_USE. */
int delegate_authorize(struct tx *tx, const struct delegate_request *r, struct buf *answer, struct err *e);

struct delegate_known {
	int64_t answered_at;  /* when this request was answered; 0: not yet */
	int64_t orders_since; /* orders that came later, which that answer lacks */
	bool first;           /* the satellite was given nothing else yet */
};
int delegate_known(struct tx *tx, const struct delegate_request *r, struct delegate_known *out, struct err *e);

/* Takes a satellite's authority away: its virtual accounts are served here again. E_SATELLITE_UNKNOWN. */
int delegate_remove(struct tx *tx, const char *uuid, struct err *e);

#endif
