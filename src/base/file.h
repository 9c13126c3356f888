/* file.h - files: small ones read and written whole, large ones piece by piece. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

/* Adds the content of a file of at most max bytes to out. E_FILE_ERROR names the file and the reason. */
int file_read(const char *path, size_t max, struct buf *out, struct err *e);

/* Writes the file so that after a crash there is the old or the new content, never a part: a temporary
 * file beside it, fsync, rename, fsync of the folder. */
int file_write(const char *path, mode_t mode, const void *data, size_t n, struct err *e);

/* The same for content that comes in pieces: begin, any number of adds, then keep, or drop to leave everything as it
 * was. begin refuses a path at which there is something else than a file. After a failed keep, drop. */
struct file_new {
	char *path, *temporary;
	int fd;
};
#define FILE_NEW_INIT ((struct file_new){ .fd = -1 })
int file_new_begin(struct file_new *f, const char *path, mode_t mode, struct err *e);
int file_new_add(struct file_new *f, const void *data, size_t n, struct err *e);
int file_new_keep(struct file_new *f, struct err *e);
/* Also after keep, and after a begin that failed. */
void file_new_drop(struct file_new *f);

/* Opens a file, not a folder, device or pipe, for reading. E_FILE_ERROR. */
int file_open(const char *path, int *fd, int64_t *size, struct err *e);

/* Opens an empty file without a name in the folder dir: it goes away with its descriptor, also when the program is
 * killed. E_DISK_FULL, E_FILE_ERROR. */
int file_temporary(const char *dir, int *fd, struct err *e);

/* Writes n bytes to a descriptor. E_DISK_FULL, also when the file or the quota is at its limit; E_FILE_ERROR. */
int file_append(int fd, const void *data, size_t n, struct err *e);

/* Makes the file unless it is there and locks it until the descriptor *fd is closed or the process ends.
 * E_CONFIG_INVALID if another process has it locked. */
int file_lock(const char *path, int *fd, struct err *e);

/* Makes a folder of this mode unless it is there. */
int file_mkdir(const char *path, mode_t mode, struct err *e);

#endif
