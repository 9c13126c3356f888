/* key.h - asymmetric keys: EC P-256 and P-384, RSA 2048 to 4096 with e = 65537 (protocol.md section 2). */
#ifndef CRYPT_KEY_H
#define CRYPT_KEY_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "crypt/digest.h"

struct key; /* a private or a public key; immutable, safe to use from several threads */

enum key_kind { KEY_EC_P256, KEY_EC_P384, KEY_RSA_2048, KEY_RSA_3072, KEY_RSA_4096 };

int key_generate(enum key_kind kind, struct key **out, struct err *e);
void key_free(struct key *k);
struct key *key_ref(struct key *k); /* another reference; each is freed */

/* PKCS#8 PEM without password. Reads never ask for a password. E_KEY_UNSUITABLE, E_CERTIFICATE_INVALID. */
int key_read_private(const char *pem, size_t n, struct key **out, struct err *e);
void key_write_private(const struct key *k, struct buf *out);

/* SubjectPublicKeyInfo DER; the whole input must be used; type and size are checked: E_KEY_UNSUITABLE. */
int key_read_public(const void *der, size_t n, struct key **out, struct err *e);
void key_write_public(const struct key *k, struct buf *out);

/* SHA-256 of the SubjectPublicKeyInfo DER: the identity of a key in the database. */
void key_id(const struct key *k, unsigned char out[SHA256_SIZE]);

/* `EC P-256`, `RSA 2048` */
const char *key_describe(const struct key *k, char out[32]);

/* Signature over bytes with SHA-256: RSASSA-PKCS1-v1_5 or ECDSA in DER (protocol.md section 4). Adds to out. */
int key_sign(const struct key *k, const void *p, size_t n, struct buf *out, struct err *e);

/* 0 if the signature is good, else -1 and E_INVALID_SIGNATURE. */
int key_verify(const struct key *k, const void *p, size_t n, const void *sig, size_t sig_n, struct err *e);

#endif
