/* spool.h - bytes that wait, digested while they are written: in memory while they are few, then in a nameless
 * temporary file.
 *
 * Parts of synchronization files lie here, so that memory stays the same however many records they have.
 * The file has no name and goes away with its descriptor, also when the program is killed. */
#ifndef SYNC_SPOOL_H
#define SYNC_SPOOL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"
#include "crypt/digest.h"

#define SPOOL_MEMORY 65536 /* what is more goes to the file */

struct spool {
	char *dir; /* owned */
	int fd;    /* -1 while everything is in memory */
	int64_t bytes;
	struct buf pending; /* written so far, but not to the file */
	struct digest *digest;
	unsigned char sha256[SHA256_SIZE]; /* after spool_end() */
};

/* For a struct that spool_open() has not seen yet; spool_close() may follow. */
#define SPOOL_INIT ((struct spool){ .fd = -1 })

/* Makes an empty one. A file, if it needs one, is made in the folder dir (O_TMPFILE, or an unlinked file where the
 * file system has none). */
void spool_open(struct spool *s, const char *dir);

/* Appends n bytes. E_DISK_FULL, E_FILE_ERROR. */
int spool_add(struct spool *s, const void *p, size_t n, struct err *e);

/* Ends writing: everything is in its place, sha256 holds the digest. E_DISK_FULL, E_FILE_ERROR. */
int spool_end(struct spool *s, struct err *e);

/* Reads up to n bytes at offset of an ended spool. Returns how many, 0 at the end, -1 and E_FILE_ERROR. */
ssize_t spool_read(const struct spool *s, int64_t offset, void *p, size_t n, struct err *e);

/* Instead of spool_end(): everything as a nameless file, to be read from its beginning; the caller's to close. E_DISK_FULL,
 * E_FILE_ERROR. */
int spool_to_file(struct spool *s, int *fd, struct err *e);

void spool_close(struct spool *s);

#endif
