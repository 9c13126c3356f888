/* gunzip.h - one gzip member (RFC 1952), read as a stream, with nothing behind it.
 *
 * gzip's own checksum is over the content only (and libarchive does not compare it), and the same content has
 * many compressed forms, so that a changed bit may pass unseen. Our writer therefore puts a seal into the
 * header: an extra field with the SHA-256 of all that follows, which `tar xzf` skips. In a sealed file every
 * changed bit is noticed. A file that another program packed has no extra field; its content is as safe, since
 * the signed digests of the manifest cover it. */
#ifndef SYNC_GUNZIP_H
#define SYNC_GUNZIP_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "crypt/digest.h"

/* The header: ten fixed bytes, length of the extra field (38), `LS`, length (34), version (1), digest.
 * All of it but the digest is the same in every file. */
#define GZIP_HEADER_SIZE 10
#define GZIP_SEAL_AT 18
#define GZIP_SEALED_SIZE (GZIP_SEAL_AT + SHA256_SIZE)

/* Writes the header of a file whose bytes behind the header have this digest. */
void gzip_seal(unsigned char out[GZIP_SEALED_SIZE], const unsigned char rest[SHA256_SIZE]);

struct gunzip;

/* Reads from a descriptor (kept by the caller, read from where it stands) or, with fd -1, from n bytes
 * (borrowed). max limits both the packed and the unpacked bytes. Nothing is read yet. */
struct gunzip *gunzip_new(int fd, const void *bytes, size_t n, int64_t max);
void gunzip_free(struct gunzip *g);

/* The next unpacked bytes at *out, good until the next call. Returns how many; 0 when the member has ended, its
 * checksum and its seal fit and nothing follows; -1 on error, and then always.
 * E_SYNC_NOT_A_BUNDLE it is no gzip file; the text says what it looks like. E_SYNC_DAMAGED cut or changed.
 * E_SYNC_TOO_LARGE. E_FILE_ERROR. */
ssize_t gunzip_read(struct gunzip *g, const unsigned char **out, struct err *e);

/* Unpacked bytes so far. */
int64_t gunzip_position(const struct gunzip *g);

#endif
