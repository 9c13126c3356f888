/* keep.h - request files that wait for their answer, in the folder `sync` of the state folder.
 *
 * They are named after the digest of their manifest, so that a database that was set back to a backup can never take one
 * for another. A file that is not there (it is not in a backup of the database) is made anew. */
#ifndef SYNC_KEEP_H
#define SYNC_KEEP_H

#include "crypt/digest.h"
#include "lic/work.h"

/* A file that is being written. */
struct keep {
	int fd;
	char *part; /* its name until it is whole; NULL = none */
};
int keep_begin(const struct site *site, struct keep *k, struct err *e);

/* Everything that was written to it is on disk, and it has its name. E_DISK_FULL, E_FILE_ERROR. */
int keep_commit(const struct site *site, struct keep *k, const unsigned char digest[SHA256_SIZE], struct err *e);

/* Closes it; what was not committed is gone. */
void keep_end(struct keep *k);

/* Opens one for reading: 1, 0 if it is not there, -1. */
int keep_open(const struct site *site, const unsigned char digest[SHA256_SIZE], int *fd, struct err *e);

void keep_remove(const struct site *site, const unsigned char digest[SHA256_SIZE]);

/* Calls fn with the digest of each file that is older than an hour (others may be on their way into the database), and
 * removes those for which it returns 0; -1 ends the walk. Files that another process has left unfinished are removed. */
typedef int (*keep_fn)(void *ctx, const unsigned char digest[SHA256_SIZE], struct err *e);
int keep_sweep(const struct site *site, keep_fn fn, void *ctx, struct err *e);

#endif
