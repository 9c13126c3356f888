/* digest.h - SHA-256 and comparison in constant time. */
#ifndef CRYPT_DIGEST_H
#define CRYPT_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

#define SHA256_SIZE 32

void digest_sha256(const void *p, size_t n, unsigned char out[SHA256_SIZE]);

/* HMAC with SHA-256 (RFC 2104). */
void digest_hmac_sha256(const void *key, size_t key_n, const void *p, size_t n, unsigned char out[SHA256_SIZE]);

/* In pieces. digest_end frees d; digest_drop frees without a result. */
struct digest;
struct digest *digest_begin(void);
void digest_add(struct digest *d, const void *p, size_t n);
void digest_end(struct digest *d, unsigned char out[SHA256_SIZE]);
void digest_drop(struct digest *d);

/* Equal, taking the same time wherever the first difference is. */
bool digest_equal(const void *a, const void *b, size_t n);

#endif
