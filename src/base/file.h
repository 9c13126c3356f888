/* file.h - small files, read and written whole. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stddef.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

/* Adds the content of a file of at most max bytes to out. E_FILE_ERROR names the file and the reason. */
int file_read(const char *path, size_t max, struct buf *out, struct err *e);

/* Writes the file so that after a crash there is the old or the new content, never a part: a temporary
 * file beside it, fsync, rename, fsync of the folder. */
int file_write(const char *path, mode_t mode, const void *data, size_t n, struct err *e);

/* Makes the file unless it is there and locks it until the descriptor *fd is closed or the process ends.
 * E_CONFIG_INVALID if another process has it locked. */
int file_lock(const char *path, int *fd, struct err *e);

/* Makes a folder of this mode unless it is there. */
int file_mkdir(const char *path, mode_t mode, struct err *e);

#endif
