/* sqlite.h - inside src/db only: the connection's insides. */
#ifndef DB_SQLITE_H
#define DB_SQLITE_H

#include <sqlite3.h>

#include "db/db.h"

struct db {
	sqlite3 *handle;
	char *path;
	int wal_pages;
	sqlite3_stmt *statements[Q__MAX]; /* prepared at first use */
};

/* Turns the library's present error into ours and returns -1. */
int db_fail(struct db *d, struct err *e, const char *what);

/* Runs SQL that is not in the catalogue: pragmas and migrations. */
int db_run_text(struct db *d, const char *sql, struct err *e);

#endif
