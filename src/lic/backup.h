/* backup.h - copies of the database in the folder backup_dir, made while the server serves.
 *
 * Each is one file, `satellite-20261124T182722Z.db`, with its SHA-256 beside it as sha256sum(1) writes it. Whatever goes
 * wrong, a file of such a name is whole. The seal key is not in it: what is sealed opens with this server's key only. */
#ifndef LIC_BACKUP_H
#define LIC_BACKUP_H

#include <stdbool.h>
#include <stdint.h>

#include "lic/tx.h"
#include "lic/work.h"

#define BACKUP_NAME_SIZE 64

struct backup {
	char name[BACKUP_NAME_SIZE];
	int64_t at, size, schema; /* when it was made; bytes; version of its schema */
	char sha256[65];          /* hex; "" if the digest is not beside it */
	const char *fault;        /* what is wrong with it; NULL if nothing is seen */
};

/* Makes one, checks it, and removes those of the oldest that are more than backup_keep; their names in *removed. Others go
 * on reading and writing meanwhile. E_BACKUP_RUNNING, E_DISK_FULL, E_CANCELLED: nothing is left behind. */
int backup_make(struct work *w, struct backup *out, const char *const **removed, size_t *removed_n, struct err *e);

/* What is there, the newest first; from the arena. With w, each file is read and compared with its digest, which
 * lasts. */
int backup_list(const struct site *s, struct arena *a, struct work *w, struct backup **out, size_t *n, struct err *e);

/* Opens one for reading. E_BACKUP_UNKNOWN. */
int backup_open(struct tx *tx, const char *name, int *fd, int64_t *size, char sha256[65], struct err *e);

/* Notes that it was taken away. */
int backup_fetched(struct tx *tx, const char *name, struct err *e);

int backup_remove(struct tx *tx, const char *name, struct err *e);

/* When the next one is made by itself: 0 if none is, now if it is due. */
int64_t backup_next(const struct site *s, struct arena *a, int64_t now);

/* Notes that one that was due could not be made. */
int backup_failed(struct tx *tx, const struct err *why, struct err *e);

/* Minutes since midnight of `hh:mm`; -1 unless it is one. */
int backup_minute(const char *text);

#endif
