/* backup.c - whole copies of the database while it is used. */
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "db/sqlite.h"

#define STEPS_BETWEEN 10000 /* of the library's machine: a millisecond or so */

struct watch {
	bool (*stop)(void *arg);
	void *arg;
};

static int progress(void *arg)
{
	const struct watch *w = arg;

	return w->stop && w->stop(w->arg);
}

static int run(struct db *d, struct watch *w, int (*fn)(struct db *d, const char *to, struct err *e), const char *to,
	       struct err *e)
{
	int rc;

	sqlite3_progress_handler(d->handle, STEPS_BETWEEN, progress, w);
	rc = fn(d, to, e);
	if (rc && (sqlite3_errcode(d->handle) & 0xff) == SQLITE_INTERRUPT)
		err_set(e, E_CANCELLED, NULL);
	return rc;
}

/* A connection of its own: the transaction that it reads in lasts, and keeps nobody waiting. */
static int copy(struct db *d, const char *to, struct err *e)
{
	return db_run_text(d, "PRAGMA query_only=OFF;", e) ? -1 : db_backup(d, to, e);
}

static int check(struct db *d, const char *to, struct err *e)
{
	(void)to;
	return db_check(d, e);
}

int db_copy(const char *path, const char *to, bool (*stop)(void *arg), void *arg, struct err *e)
{
	struct watch watch = { .stop = stop, .arg = arg };
	struct db *d;
	int rc;

	if (db_open(path, DB_READER, &d, e))
		return -1;
	rc = run(d, &watch, copy, to, e);
	db_close(d);
	if (rc || db_open(to, DB_READER, &d, e))
		return -1;
	rc = run(d, &watch, check, to, e);
	db_close(d);
	return rc;
}
