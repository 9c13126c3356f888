#include "db/idset.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"

#define KEY_SIZE 17 /* the kind, and 16 bytes of UUID */

struct idset {
	sqlite3 *handle;
	sqlite3_stmt *add, *has;
};

static int fail(struct idset *s, struct err *e)
{
	if (sqlite3_errcode(s->handle) == SQLITE_FULL)
		return err_set(e, E_DISK_FULL, NULL);
	return err_set(e, E_DATABASE_ERROR, "A temporary file cannot be used (%s).", sqlite3_errmsg(s->handle));
}

/* Nothing in it outlives the program, so nothing is made safe. */
static int set_up(struct idset *s, struct err *e)
{
	static const char setup[] = "PRAGMA journal_mode=OFF;PRAGMA synchronous=OFF;PRAGMA locking_mode=EXCLUSIVE;"
				    "PRAGMA cache_size=-4000;PRAGMA mmap_size=0;BEGIN EXCLUSIVE;"
				    "CREATE TABLE id (id BLOB NOT NULL PRIMARY KEY) WITHOUT ROWID;";

	if (sqlite3_exec(s->handle, setup, NULL, NULL, NULL) != SQLITE_OK ||
	    sqlite3_prepare_v2(s->handle, "INSERT OR IGNORE INTO id VALUES (?1)", -1, &s->add, NULL) != SQLITE_OK ||
	    sqlite3_prepare_v2(s->handle, "SELECT 1 FROM id WHERE id = ?1", -1, &s->has, NULL) != SQLITE_OK)
		return fail(s, e);
	return 0;
}

int idset_open(const char *dir, struct idset **out, struct err *e)
{
	AUTO_FREE char *path = mem_printf("%s/.idset.XXXXXX", dir);
	struct idset *s = mem_alloc(sizeof(*s));
	int fd = mkstemp(path), rc;

	if (fd < 0) {
		free(s);
		return err_set(e, errno == ENOSPC ? E_DISK_FULL : E_FILE_ERROR, "Cannot make a temporary file in %s: %s.",
			       dir, strerror(errno));
	}
	close(fd);
	rc = sqlite3_open_v2(path, &s->handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) == SQLITE_OK
		   ? set_up(s, e)
		   : fail(s, e);
	unlink(path);
	if (rc) {
		idset_close(s);
		return -1;
	}
	*out = s;
	return 0;
}

void idset_close(struct idset *s)
{
	if (s == NULL)
		return;
	sqlite3_finalize(s->add);
	sqlite3_finalize(s->has);
	sqlite3_close(s->handle);
	free(s);
}

static int step(struct idset *s, sqlite3_stmt *stmt, char kind, const char *uuid, struct err *e)
{
	unsigned char key[KEY_SIZE] = { (unsigned char)kind };
	char plain[33];
	int rc;

	if (str_uuid_plain(plain, uuid) || str_unhex(key + 1, KEY_SIZE - 1, plain))
		return err_set(e, E_INTERNAL, "'%.64s' is no UUID.", uuid);
	sqlite3_bind_blob(stmt, 1, key, KEY_SIZE, SQLITE_STATIC);
	rc = sqlite3_step(stmt);
	sqlite3_reset(stmt);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		return fail(s, e);
	return rc == SQLITE_ROW;
}

int idset_add(struct idset *s, char kind, const char *uuid, struct err *e)
{
	return step(s, s->add, kind, uuid, e) ? -1 : sqlite3_changes(s->handle);
}

int idset_has(struct idset *s, char kind, const char *uuid, struct err *e)
{
	return step(s, s->has, kind, uuid, e);
}
