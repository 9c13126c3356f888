#include "lic/backup.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "crypt/digest.h"
#include "lic/event.h"
#include "lic/site.h"

#define TEMPORARY ".backup." /* a file that is being made; left only by a process that was killed */
#define STAMP_LEN 16         /* 20261124T182722Z */
#define HEADER_SIZE 100
#define PIECE (256 << 10)
#define TRIES 100 /* names of one second */

/* ---- names ---- */

static const char *prefix(const struct site *s)
{
	return s->role == SITE_MANAGER ? "manager-" : "satellite-";
}

static void make_name(const struct site *s, int64_t at, int try, char out[BACKUP_NAME_SIZE])
{
	char iso[CLOCK_ISO_SIZE], stamp[STAMP_LEN + 1], more[16] = "";
	size_t n = 0;

	clock_iso(at, iso);
	for (const char *p = iso; *p && n < STAMP_LEN; p++)
		if (*p != '-' && *p != ':')
			stamp[n++] = *p;
	stamp[n] = '\0';
	if (try)
		snprintf(more, sizeof(more), "-%d", try + 1);
	snprintf(out, BACKUP_NAME_SIZE, "%s%s%s.db", prefix(s), stamp, more);
}

/* Exactly a name that make_name() makes, so that no other file is ever touched; its time. */
static bool parse_name(const struct site *s, const char *name, int64_t *at)
{
	size_t n = strlen(prefix(s));
	const char *stamp = name + n, *rest;
	struct tm tm = { 0 };

	if (strlen(name) >= BACKUP_NAME_SIZE || strncmp(name, prefix(s), n) != 0 || strlen(stamp) < STAMP_LEN)
		return false;
	for (int i = 0; i < STAMP_LEN; i++)
		if (i == 8 ? stamp[i] != 'T' : i == 15 ? stamp[i] != 'Z' : !isdigit((unsigned char)stamp[i]))
			return false;
	if (sscanf(stamp, "%4d%2d%2dT%2d%2d%2dZ", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour, &tm.tm_min,
		   &tm.tm_sec) != 6)
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon--;
	*at = (int64_t)timegm(&tm) * SECOND_MS;
	rest = stamp + STAMP_LEN;
	if (*rest == '-') {
		size_t digits = strspn(++rest, "0123456789");

		if (digits == 0 || digits > 3)
			return false;
		rest += digits;
	}
	return strcmp(rest, ".db") == 0;
}

static char *path_of(const struct site *s, const char *name, const char *end)
{
	return mem_printf("%s/%s%s", s->backup_dir, name, end);
}

/* ---- what is there ---- */

static uint32_t big_endian(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* The header of a database file (sqlite.org/fileformat2.html). */
static void read_header(int fd, struct backup *b)
{
	unsigned char h[HEADER_SIZE];
	int64_t page;

	if (pread(fd, h, sizeof(h), 0) != (ssize_t)sizeof(h) || memcmp(h, "SQLite format 3", 16) != 0) {
		b->fault = "It is not a database.";
		return;
	}
	page = h[16] << 8 | h[17];
	page = page == 1 ? 65536 : page;
	b->schema = big_endian(h + 60);
	if (page * big_endian(h + 28) != b->size)
		b->fault = "It is cut, or something was added.";
}

static int digest_file(int fd, struct work *w, char out[65], struct err *e)
{
	unsigned char sum[SHA256_SIZE];
	struct digest *d = digest_begin();
	AUTO_FREE char *piece = mem_alloc(PIECE);
	off_t at = 0;
	ssize_t got;

	while ((got = pread(fd, piece, PIECE, at)) > 0) {
		digest_add(d, piece, (size_t)got);
		at += got;
		if (work_check(w, e)) {
			digest_drop(d);
			return -1;
		}
	}
	digest_end(d, sum);
	str_hex(out, sum, sizeof(sum));
	return got < 0 ? err_set(e, E_FILE_ERROR, "Cannot read the backup: %s.", strerror(errno)) : 0;
}

static void read_digest(const struct site *s, struct backup *b)
{
	AUTO_FREE char *path = path_of(s, b->name, ".sha256");
	AUTO_BUF text = BUF_INIT;
	struct err ignored = ERR_INIT;

	b->sha256[0] = '\0';
	if (file_read(path, 4096, &text, &ignored) == 0 && text.n >= 64 && strspn(text.data, "0123456789abcdef") == 64) {
		memcpy(b->sha256, text.data, 64);
		b->sha256[64] = '\0';
	}
	if (b->sha256[0] == '\0' && b->fault == NULL)
		b->fault = "Its digest is not beside it.";
}

static int look(const struct site *s, struct work *w, struct backup *b, struct err *e)
{
	AUTO_FREE char *path = path_of(s, b->name, "");
	char now[65];
	int fd, rc = 0;

	b->fault = NULL;
	b->schema = b->size = 0;
	if (file_open(path, &fd, &b->size, e))
		return -1;
	read_header(fd, b);
	read_digest(s, b);
	if (w && *b->sha256) {
		rc = digest_file(fd, w, now, e);
		if (rc == 0 && strcmp(now, b->sha256) != 0)
			b->fault = "It was altered or damaged: its SHA-256 is another.";
	}
	close(fd);
	return rc;
}

static int newest_first(const void *a, const void *b)
{
	const struct backup *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? 1 : -1;
	if (strlen(x->name) != strlen(y->name))
		return strlen(x->name) < strlen(y->name) ? 1 : -1;
	return strcmp(y->name, x->name);
}

/* The names and times only. */
static int list_names(const struct site *s, struct arena *a, struct backup **out, size_t *n, struct err *e)
{
	DIR *folder = opendir(s->backup_dir);
	size_t room = 0;
	struct dirent *entry;
	int64_t at;

	*out = NULL;
	*n = 0;
	if (folder == NULL)
		return errno == ENOENT
			     ? 0
			     : err_set(e, E_FILE_ERROR, "Cannot read the folder %s: %s.", s->backup_dir, strerror(errno));
	while ((entry = readdir(folder)) != NULL) {
		if (!parse_name(s, entry->d_name, &at))
			continue;
		if (*n == room) {
			struct backup *more = arena_alloc(a, (room = room ? 2 * room : 16) * sizeof(*more));

			if (*n)
				memcpy(more, *out, *n * sizeof(*more));
			*out = more;
		}
		str_copy((*out)[*n].name, BACKUP_NAME_SIZE, entry->d_name);
		(*out)[(*n)++].at = at;
	}
	closedir(folder);
	if (*n)
		qsort(*out, *n, sizeof(**out), newest_first);
	return 0;
}

int backup_list(const struct site *s, struct arena *a, struct work *w, struct backup **out, size_t *n, struct err *e)
{
	size_t all, kept = 0;

	if (list_names(s, a, out, &all, e))
		return -1;
	for (size_t i = 0; i < all; i++) {
		struct backup *b = &(*out)[kept];
		struct err gone = ERR_INIT;

		*b = (*out)[i];
		if (w && work_check(w, e))
			return -1;
		/* One that was removed meanwhile. */
		kept += look(s, w, b, &gone) == 0;
		if (gone.code == E_CANCELLED)
			return err_set(e, E_CANCELLED, NULL);
	}
	*n = kept;
	return 0;
}

static int unknown(const char *name, struct err *e)
{
	return err_set(e, E_BACKUP_UNKNOWN, "There is no backup '%.64s'. See: satellitectl backup list", name);
}

int backup_open(struct tx *tx, const char *name, int *fd, int64_t *size, char sha256[65], struct err *e)
{
	const struct site *s = tx->site;
	struct backup b = { .fault = NULL };
	AUTO_FREE char *path = NULL;

	if (!parse_name(s, name, &b.at))
		return unknown(name, e);
	path = path_of(s, name, "");
	if (access(path, F_OK))
		return unknown(name, e);
	str_copy(b.name, sizeof(b.name), name);
	read_digest(s, &b);
	memcpy(sha256, b.sha256, 65);
	return file_open(path, fd, size, e);
}

/* ---- making ---- */

/* What a process that was killed has left. */
static void clean_up(const struct site *s)
{
	DIR *folder = opendir(s->backup_dir);
	struct dirent *entry;

	while (folder && (entry = readdir(folder)) != NULL)
		if (str_prefix(entry->d_name, TEMPORARY))
			unlinkat(dirfd(folder), entry->d_name, 0);
	if (folder)
		closedir(folder);
}

/* Said before half of it is written; where the folder does not tell, writing will. */
static int check_room(const struct site *s, struct err *e)
{
	struct statvfs fs;
	struct stat st;
	uint64_t left;

	if (stat(s->database, &st) || statvfs(s->backup_dir, &fs))
		return 0;
	left = (uint64_t)fs.f_bavail * fs.f_frsize;
	if (left >= (uint64_t)st.st_size)
		return 0;
	return err_set(
		e, E_DISK_FULL,
		"The backup needs up to %" PRIu64 " MB; %s has %" PRIu64
		" MB free. Make room there, or lower backup_keep and remove the oldest backups. Nothing was changed.",
		((uint64_t)st.st_size >> 20) + 1, s->backup_dir, left >> 20);
}

static bool stopping(void *arg)
{
	struct work *w = arg;

	return w->stopping && w->stopping(w);
}

static int sync_file(int fd, const char *path, struct err *e)
{
	return fsync(fd) ? err_set(e, E_FILE_ERROR, "Cannot write %s: %s.", path, strerror(errno)) : 0;
}

/* A whole and checked copy under a temporary name, on disk, with its digest. */
static int copy(struct work *w, const char *temporary, struct backup *b, struct err *e)
{
	int fd, rc;

	if (db_copy(w->site->database, temporary, stopping, w, e) || file_open(temporary, &fd, &b->size, e))
		return -1;
	read_header(fd, b);
	if (b->fault)
		rc = err_set(e, E_FILE_ERROR, "The copy is not whole: %s", b->fault);
	else
		rc = sync_file(fd, temporary, e) || digest_file(fd, w, b->sha256, e) ? -1 : 0;
	close(fd);
	return rc;
}

/* Gives it its name, never over another file, and puts the digest beside it. */
static int publish(struct work *w, const char *temporary, struct backup *b, struct err *e)
{
	const struct site *s = w->site;
	AUTO_FREE char *digest = NULL, *path = NULL, *line = NULL;
	int rc = -1;

	for (int try = 0; try < TRIES && rc; try++) {
		make_name(s, b->at, try, b->name);
		free(path);
		path = path_of(s, b->name, "");
		rc = link(temporary, path);
		if (rc && errno != EEXIST)
			break;
	}
	if (rc)
		return err_set(e, E_FILE_ERROR, "Cannot make %s: %s.", path, strerror(errno));
	digest = path_of(s, b->name, ".sha256");
	line = mem_printf("%s  %s\n", b->sha256, b->name);
	if (file_write(digest, 0600, line, strlen(line), e)) {
		unlink(path);
		return -1;
	}
	return 0;
}

static void erase(const struct site *s, const char *name)
{
	AUTO_FREE char *path = path_of(s, name, ""), *digest = path_of(s, name, ".sha256");

	if (unlink(path) && errno != ENOENT)
		log_warning("backup", "%s cannot be removed: %s", path, strerror(errno));
	unlink(digest);
}

struct noted {
	const struct backup *made;
	const char *const *removed;
	size_t removed_n;
};

static int note_made(struct tx *tx, void *arg, struct err *e)
{
	const struct noted *n = arg;
	json_t *detail = json_object();

	json_set_int(detail, "size", n->made->size);
	json_set_text(detail, "sha256", n->made->sha256);
	if (event_add(tx, "backup.create", "", n->made->name, detail, e))
		return -1;
	for (size_t i = 0; i < n->removed_n; i++) {
		detail = json_object();
		json_set_text(detail, "reason", "backup_keep");
		if (event_add(tx, "backup.remove", "", n->removed[i], detail, e))
			return -1;
	}
	return 0;
}

/* The oldest that are too many now. */
static int too_many(struct work *w, const char *const **out, size_t *n, struct err *e)
{
	int64_t keep = w->site->backup_keep;
	struct backup *all;
	const char **names;
	size_t all_n;

	if (list_names(w->site, w->arena, &all, &all_n, e))
		return -1;
	*n = (int64_t)all_n > keep ? all_n - (size_t)keep : 0;
	names = arena_alloc(w->arena, (*n + 1) * sizeof(*names));
	for (size_t i = 0; i < *n; i++)
		names[i] = all[all_n - 1 - i].name;
	*out = names;
	return 0;
}

static int make(struct work *w, struct backup *b, struct noted *n, struct err *e)
{
	const struct site *s = w->site;
	AUTO_FREE char *temporary = NULL;
	int fd, rc;

	if (file_mkdir(s->backup_dir, 0700, e))
		return -1;
	clean_up(s);
	if (check_room(s, e))
		return -1;
	temporary = path_of(s, TEMPORARY "XXXXXX", "");
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return err_set(e, E_FILE_ERROR, "Cannot write into %s: %s.", s->backup_dir, strerror(errno));
	close(fd);
	rc = copy(w, temporary, b, e) || publish(w, temporary, b, e) ? -1 : 0;
	unlink(temporary);
	if (rc)
		return -1;
	if (too_many(w, &n->removed, &n->removed_n, e) || w->write(w, note_made, n, e)) {
		erase(s, b->name);
		return -1;
	}
	for (size_t i = 0; i < n->removed_n; i++)
		erase(s, n->removed[i]);
	return 0;
}

int backup_make(struct work *w, struct backup *out, const char *const **removed, size_t *removed_n, struct err *e)
{
	struct noted n = { .made = out };
	bool idle = false;
	int rc;

	*out = (struct backup){ .at = wall_now(&w->site->wall) };
	if (!atomic_compare_exchange_strong(&w->site->backup_running, &idle, true))
		return err_set(e, E_BACKUP_RUNNING, NULL);
	rc = make(w, out, &n, e);
	w->site->backup_running = false;
	*removed = n.removed;
	*removed_n = n.removed_n;
	return rc;
}

/* ---- the rest ---- */

int backup_fetched(struct tx *tx, const char *name, struct err *e)
{
	return event_add(tx, "backup.fetch", "", name, NULL, e);
}

int backup_failed(struct tx *tx, const struct err *why, struct err *e)
{
	json_t *detail = json_object();

	json_set_text(detail, "code", err_name(why->code));
	json_set_text(detail, "reason", str_repair(arena_strdup(tx->arena, why->text)));
	return event_add(tx, "backup.fail", "", tx->site->backup_dir, detail, e);
}

int backup_remove(struct tx *tx, const char *name, struct err *e)
{
	AUTO_FREE char *path = NULL, *digest = NULL;
	json_t *detail;
	int64_t at;

	if (!parse_name(tx->site, name, &at))
		return unknown(name, e);
	path = path_of(tx->site, name, "");
	if (access(path, F_OK))
		return unknown(name, e);
	detail = json_object();
	json_set_text(detail, "reason", "");
	if (event_add(tx, "backup.remove", "", name, detail, e))
		return -1;
	if (unlink(path))
		return err_set(e, E_FILE_ERROR, "Cannot remove %s: %s.", path, strerror(errno));
	digest = path_of(tx->site, name, ".sha256");
	unlink(digest);
	return 0;
}

int backup_minute(const char *text)
{
	int64_t hour, minute;
	char digits[3] = "";

	if (strlen(text) != 5 || text[2] != ':')
		return -1;
	memcpy(digits, text, 2);
	if (!isdigit((unsigned char)text[0]) || !isdigit((unsigned char)text[3]) || str_int(digits, 0, 23, &hour) ||
	    str_int(text + 3, 0, 59, &minute))
		return -1;
	return (int)(60 * hour + minute);
}

int64_t backup_next(const struct site *s, struct arena *a, int64_t now)
{
	int64_t at = s->backup_at, today;
	struct err ignored = ERR_INIT;
	struct backup *all;
	size_t n = 0;

	if (at < 0)
		return 0;
	today = now - now % DAY_MS + at * MINUTE_MS;
	if (list_names(s, a, &all, &n, &ignored) == 0 && n && all[0].at >= today)
		return today + DAY_MS;
	/* None since then; if the moment of today has not come, none since yesterday's. */
	if (now < today)
		return n && all[0].at >= today - DAY_MS ? today : now;
	return now;
}
