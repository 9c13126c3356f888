/* csr.h - certificate signing requests (PKCS#10). Only the key of one is ever used. */
#ifndef CRYPT_CSR_H
#define CRYPT_CSR_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "crypt/key.h"

#define CSR_SIZE_MAX 16384

/* The public key of a PEM request of at most CSR_SIZE_MAX bytes. E_INVALID_CSR unless there is exactly one
 * PEM block, whole DER, a suitable key and the request's own signature is good (RSA PKCS#1 v1.5, RSA-PSS or
 * ECDSA with SHA-256, -384 or -512; SHA-1 and MD5 are refused). */
int csr_read(const char *pem, size_t n, struct key **out, struct err *e);

/* A PEM request with subject CN=name, signed by k. */
int csr_make(const struct key *k, const char *name, struct buf *out, struct err *e);

/* The same of a TLS server, with its DNS names and IP addresses (NULL-terminated, the first is the common name) as the
 * extension that CAs copy; organization may be NULL. */
int csr_make_server(const struct key *k, const char *organization, const char *const *names, struct buf *out,
		    struct err *e);

#endif
