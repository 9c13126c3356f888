#include "sync/keep.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/rand.h"
#include "base/str.h"
#include "lic/site.h"

#define FOLDER "sync"
#define SUFFIX ".sync"
#define PART ".part."
#define MARK_N 8 /* random bytes */

static char own_mark[sizeof(PART) + 2 * (size_t)MARK_N];

static void make_mark(void)
{
	str_copy(own_mark, sizeof(own_mark), PART);
	rand_hex(own_mark + strlen(PART), MARK_N);
}

/* Begins the names of files that this process is writing. A process's number is none: the first one of a container always
 * has the same. */
static const char *mark(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, make_mark);
	return own_mark;
}

static char *folder(const struct site *site)
{
	return mem_printf("%s/" FOLDER, site->spool_dir);
}

static char *path_of(const struct site *site, const unsigned char digest[SHA256_SIZE])
{
	char hex[2 * SHA256_SIZE + 1];

	return mem_printf("%s/" FOLDER "/%s" SUFFIX, site->spool_dir, str_hex(hex, digest, SHA256_SIZE));
}

static int failed(const char *what, const char *path, struct err *e)
{
	if (errno == ENOSPC || errno == EDQUOT)
		return err_set(e, E_DISK_FULL, NULL);
	return err_set(e, E_FILE_ERROR, "Cannot %s %s: %s.", what, path, strerror(errno));
}

int keep_begin(const struct site *site, struct keep *k, struct err *e)
{
	AUTO_FREE char *dir = folder(site);

	*k = (struct keep){ .fd = -1 };
	if (file_mkdir(dir, 0700, e))
		return -1;
	k->part = mem_printf("%s/%s.XXXXXX", dir, mark());
	k->fd = mkostemp(k->part, O_CLOEXEC);
	if (k->fd >= 0)
		return 0;
	failed("make a file in", dir, e);
	free(k->part);
	k->part = NULL;
	return -1;
}

void keep_end(struct keep *k)
{
	if (k->part)
		unlink(k->part);
	free(k->part);
	if (k->fd >= 0)
		close(k->fd);
	*k = (struct keep){ .fd = -1 };
}

static int sync_folder(const char *dir, struct err *e)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = fd < 0 || fsync(fd) ? failed("write to disk the folder", dir, e) : 0;

	if (fd >= 0)
		close(fd);
	return rc;
}

int keep_commit(const struct site *site, struct keep *k, const unsigned char digest[SHA256_SIZE], struct err *e)
{
	AUTO_FREE char *path = path_of(site, digest);
	AUTO_FREE char *dir = folder(site);

	if (fsync(k->fd))
		return failed("write to disk", path, e);
	if (rename(k->part, path))
		return failed("make", path, e);
	free(k->part);
	k->part = NULL;
	return sync_folder(dir, e);
}

int keep_open(const struct site *site, const unsigned char digest[SHA256_SIZE], int *fd, struct err *e)
{
	AUTO_FREE char *path = path_of(site, digest);

	*fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (*fd >= 0)
		return 1;
	return errno == ENOENT ? 0 : failed("open", path, e);
}

void keep_remove(const struct site *site, const unsigned char digest[SHA256_SIZE])
{
	AUTO_FREE char *path = path_of(site, digest);

	unlink(path);
}

/* Is it the name of such a file? */
static bool digest_of(const char *name, unsigned char digest[SHA256_SIZE])
{
	size_t n = strlen(name);
	char hex[2 * SHA256_SIZE + 1];

	if (n != 2 * SHA256_SIZE + strlen(SUFFIX) || strcmp(name + 2 * SHA256_SIZE, SUFFIX) != 0)
		return false;
	str_copy(hex, sizeof(hex), name);
	return str_unhex(digest, SHA256_SIZE, hex) == 0;
}

/* Is it a file that another process did not finish? */
static bool left_over(const char *name)
{
	return str_prefix(name, PART) && !str_prefix(name, mark());
}

static bool is_young(int dir, const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) || clock_now() - (int64_t)st.st_mtime * 1000 < HOUR_MS;
}

int keep_sweep(const struct site *site, keep_fn fn, void *ctx, struct err *e)
{
	AUTO_FREE char *dir = folder(site);
	DIR *d = opendir(dir);
	int rc = 0;

	if (d == NULL)
		return errno == ENOENT ? 0 : failed("read the folder", dir, e);
	for (const struct dirent *entry = readdir(d); entry && rc >= 0; entry = readdir(d)) {
		unsigned char digest[SHA256_SIZE];

		if (left_over(entry->d_name))
			unlinkat(dirfd(d), entry->d_name, 0);
		if (!digest_of(entry->d_name, digest) || is_young(dirfd(d), entry->d_name))
			continue;
		rc = fn(ctx, digest, e);
		if (rc == 0)
			keep_remove(site, digest);
	}
	closedir(d);
	return rc < 0 ? -1 : 0;
}
