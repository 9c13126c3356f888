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

/* The names for "no room": of the disk, the user's quota, the process's limit. */
static enum err_code code_of(int error)
{
	return error == ENOSPC || error == EDQUOT || error == EFBIG ? E_DISK_FULL : E_FILE_ERROR;
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

static int cannot_write(const char *path, struct err *e)
{
	return err_set(e, code_of(errno), "Cannot write %s: %s.", path, strerror(errno));
}

int file_new_begin(struct file_new *f, const char *path, mode_t mode, struct err *e)
{
	struct stat st;

	*f = FILE_NEW_INIT;
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return err_set(e, E_FILE_ERROR, "Cannot write %s: it is %s and no file.", path,
			       S_ISDIR(st.st_mode) ? "a folder" : "a device or pipe");
	f->path = mem_strdup(path);
	f->temporary = mem_printf("%s.XXXXXX", path);
	f->fd = mkostemp(f->temporary, O_CLOEXEC);
	if (f->fd >= 0 && fchmod(f->fd, mode) == 0)
		return 0;
	cannot_write(path, e);
	file_new_drop(f);
	return -1;
}

int file_new_add(struct file_new *f, const void *data, size_t n, struct err *e)
{
	return write_all(f->fd, data, n) ? cannot_write(f->path, e) : 0;
}

int file_new_keep(struct file_new *f, struct err *e)
{
	int fd = f->fd;

	if (fsync(fd))
		return cannot_write(f->path, e);
	f->fd = -1;
	if (close(fd) || rename(f->temporary, f->path)) {
		cannot_write(f->path, e);
		unlink(f->temporary);
		return -1;
	}
	return sync_folder(f->path) ? cannot_write(f->path, e) : 0;
}

void file_new_drop(struct file_new *f)
{
	if (f->fd >= 0) {
		close(f->fd);
		unlink(f->temporary);
	}
	free(f->path);
	free(f->temporary);
	*f = FILE_NEW_INIT;
}

int file_write(const char *path, mode_t mode, const void *data, size_t n, struct err *e)
{
	struct file_new f;
	int rc;

	if (file_new_begin(&f, path, mode, e))
		return -1;
	rc = file_new_add(&f, data, n, e);
	if (rc == 0)
		rc = file_new_keep(&f, e);
	file_new_drop(&f);
	return rc;
}

int file_open(const char *path, int *fd, int64_t *size, struct err *e)
{
	struct stat st;

	/* Opening a pipe would wait for its other end. */
	*fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (*fd >= 0 && fstat(*fd, &st) == 0 && S_ISREG(st.st_mode)) {
		*size = st.st_size;
		return 0;
	}
	if (*fd < 0)
		return err_set(e, E_FILE_ERROR, "Cannot open %s: %s.", path, strerror(errno));
	close(*fd);
	*fd = -1;
	return err_set(e, E_FILE_ERROR, "Cannot read %s: it is %s and no file.", path,
		       S_ISDIR(st.st_mode) ? "a folder" : "a device or pipe");
}

int file_temporary(const char *dir, int *fd, struct err *e)
{
	AUTO_FREE char *name = NULL;

	*fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (*fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR)) {
		name = mem_printf("%s/.spool.XXXXXX", dir);
		*fd = mkostemp(name, O_CLOEXEC);
		if (*fd >= 0)
			unlink(name);
	}
	if (*fd < 0)
		return err_set(e, code_of(errno), "Cannot make a temporary file in %s: %s.", dir, strerror(errno));
	return 0;
}

int file_append(int fd, const void *data, size_t n, struct err *e)
{
	if (write_all(fd, data, n) == 0)
		return 0;
	if (code_of(errno) == E_DISK_FULL)
		return err_set(e, E_DISK_FULL, NULL);
	return err_set(e, E_FILE_ERROR, "Cannot write a temporary file: %s.", strerror(errno));
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
