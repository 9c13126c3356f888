/* seal.h - secrets in the database: AES-256-GCM under the server's seal key, and passwords by scrypt. */
#ifndef CRYPT_SEAL_H
#define CRYPT_SEAL_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

#define SEAL_KEY_SIZE 32

struct seal_key {
	unsigned char bytes[SEAL_KEY_SIZE];
};

/* Reads the key file, or makes it (0600, 64 hex digits and a newline) if there is none and create is set. */
int seal_key_load(const char *path, int create, struct seal_key *out, struct err *e);

/* Adds version byte, nonce, ciphertext and tag. context binds the box to its place ("token", "authority"):
 * it must be the same when opening. */
void seal_close(const struct seal_key *k, const char *context, const void *p, size_t n, struct buf *out);

/* Adds the plain text. E_DATABASE_CORRUPT if it was altered or the key is another. */
int seal_open(const struct seal_key *k, const char *context, const void *box, size_t n, struct buf *out, struct err *e);

/* `scrypt$15$8$1$<salt base64>$<hash base64>`; takes about 100 ms and 32 MiB. Adds to out. */
int password_hash(const char *password, struct buf *out, struct err *e);

/* 0 if it is the password, else -1. The time does not tell where it differs. */
int password_check(const char *password, const char *hash);

#endif
