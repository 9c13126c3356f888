#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

int file_read(const char *path, size_t max, struct buf *out, struct err *e)
{
	size_t start = out->n;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return err_set(e, E_FILE_ERROR, "Cannot open %s: %s.", path, strerror(errno));
	for (;;) {
		char *to = buf_room(out, 16384);
		ssize_t got = read(fd, to, 16384);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			err_set(e, E_FILE_ERROR, "Cannot read %s: %s.", path, strerror(errno));
			close(fd);
			return -1;
		}
		out->n += (size_t)got;
		out->data[out->n] = '\0';
		if (got == 0)
			break;
		if (out->n - start > max) {
			close(fd);
			return err_set(e, E_TOO_LARGE, "%s is larger than %zu bytes.", path, max);
		}
	}
	close(fd);
	return 0;
}

static int write_all(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t put = write(fd, p, n);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return -1;
		p += put;
		n -= (size_t)put;
	}
	return 0;
}

/* The rename is durable only when the folder is. */
static int sync_folder(const char *path)
{
	AUTO_FREE char *copy = mem_strdup(path);
	int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc;

	if (fd < 0)
		return -1;
	rc = fsync(fd);
	close(fd);
	return rc;
}

int file_write(const char *path, mode_t mode, const void *data, size_t n, struct err *e)
{
	AUTO_FREE char *tmp = mem_printf("%s.XXXXXX", path);
	int fd = mkostemp(tmp, O_CLOEXEC);

	if (fd < 0)
		return err_set(e, E_FILE_ERROR, "Cannot write %s: %s.", path, strerror(errno));
	if (fchmod(fd, mode) || write_all(fd, data, n) || fsync(fd)) {
		err_set(e, errno == ENOSPC ? E_DISK_FULL : E_FILE_ERROR, "Cannot write %s: %s.", path, strerror(errno));
		close(fd);
		unlink(tmp);
		return -1;
	}
	if (close(fd) || rename(tmp, path) || sync_folder(path)) {
		err_set(e, E_FILE_ERROR, "Cannot write %s: %s.", path, strerror(errno));
		unlink(tmp);
		return -1;
	}
	return 0;
}

int file_lock(const char *path, int *fd, struct err *e)
{
	*fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (*fd >= 0 && flock(*fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	if (*fd >= 0 && errno == EWOULDBLOCK)
		err_set(e, E_CONFIG_INVALID, "%s is locked: another process uses what it stands for. Stop it first.", path);
	else
		err_set(e, E_FILE_ERROR, "Cannot lock %s: %s.", path, strerror(errno));
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	return -1;
}

int file_mkdir(const char *path, mode_t mode, struct err *e)
{
	if (mkdir(path, mode) && errno != EEXIST)
		return err_set(e, E_FILE_ERROR, "Cannot make the folder %s: %s.", path, strerror(errno));
	return 0;
}
