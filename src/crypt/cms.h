/* cms.h - detached CMS SignedData (RFC 5652) with signed attributes, DER. */
#ifndef CRYPT_CMS_H
#define CRYPT_CMS_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "crypt/cert.h"

/* Signs content. The signature carries signer and chain (chain_n certificates), and signingTime at.
 * Adds the DER to out. `openssl cms -verify -binary -inform DER` accepts it. */
int cms_sign(const void *content, size_t n, const struct cert *signer, const struct key *k, struct cert *const *chain,
	     size_t chain_n, int64_t at, struct buf *out, struct err *e);

struct cms_verified {
	struct cert *signer;       /* owned by the caller: the certificate that made the signature */
	struct cert *intermediate; /* owned, or NULL if the signer was issued by the root itself (or is self-signed) */
	int64_t signed_at;         /* signingTime */
};

void cms_verified_fini(struct cms_verified *v);

/* Verifies a detached signature over content: exactly one signer, with signed attributes, SHA-256 or better,
 * whose certificate is inside, is CA:FALSE with EKU emailProtection, and chains, with the certificates inside,
 * to root at the time at. Which CA issued it is for the caller to check (protocol.md section 2, roles):
 * out->intermediate tells. root NULL: the signer must be self-signed (registration files).
 * E_SYNC_UNTRUSTED with the reason. */
int cms_verify(const void *content, size_t n, const void *sig, size_t sig_n, const struct cert *root, int64_t at,
	       struct cms_verified *out, struct err *e);

#endif
