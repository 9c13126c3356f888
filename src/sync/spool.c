#include "sync/spool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"

void spool_open(struct spool *s, const char *dir)
{
	*s = SPOOL_INIT;
	s->dir = mem_strdup(dir);
	s->digest = digest_begin();
}

static int flush(struct spool *s, struct err *e)
{
	const char *p = s->pending.data;
	size_t n = s->pending.n;

	if (s->fd < 0 && file_temporary(s->dir, &s->fd, e))
		return -1;
	while (n) {
		ssize_t put = write(s->fd, p, n);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0 && (errno == ENOSPC || errno == EDQUOT))
			return err_set(e, E_DISK_FULL, NULL);
		if (put < 0)
			return err_set(e, E_FILE_ERROR, "Cannot write a temporary file: %s.", strerror(errno));
		p += put;
		n -= (size_t)put;
	}
	buf_clear(&s->pending);
	return 0;
}

int spool_add(struct spool *s, const void *p, size_t n, struct err *e)
{
	buf_add(&s->pending, p, n);
	digest_add(s->digest, p, n);
	s->bytes += (int64_t)n;
	return s->pending.n <= SPOOL_MEMORY ? 0 : flush(s, e);
}

int spool_end(struct spool *s, struct err *e)
{
	if (s->fd >= 0) {
		if (flush(s, e))
			return -1;
		buf_fini(&s->pending);
	}
	digest_end(s->digest, s->sha256);
	s->digest = NULL;
	return 0;
}

int spool_to_file(struct spool *s, int *fd, struct err *e)
{
	if (flush(s, e))
		return -1;
	if (lseek(s->fd, 0, SEEK_SET) < 0)
		return err_set(e, E_FILE_ERROR, "Cannot read a temporary file: %s.", strerror(errno));
	*fd = s->fd;
	s->fd = -1;
	return 0;
}

ssize_t spool_read(const struct spool *s, int64_t offset, void *p, size_t n, struct err *e)
{
	ssize_t got;

	if (s->fd < 0) {
		n = s->bytes - offset < (int64_t)n ? (size_t)(s->bytes - offset) : n;
		if (n)
			memcpy(p, s->pending.data + offset, n);
		return (ssize_t)n;
	}
	do
		got = pread(s->fd, p, n, (off_t)offset);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return err_set(e, E_FILE_ERROR, "Cannot read a temporary file: %s.", strerror(errno));
	return got;
}

void spool_close(struct spool *s)
{
	if (s->fd >= 0)
		close(s->fd);
	if (s->digest)
		digest_drop(s->digest);
	buf_fini(&s->pending);
	free(s->dir);
	*s = SPOOL_INIT;
}
