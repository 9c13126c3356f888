#include "db/db.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "db/sqlite.h"

/* Every answer of the library that is not success becomes one of our errors here. */
int db_fail(struct db *d, struct err *e, const char *what)
{
	int rc = sqlite3_extended_errcode(d->handle);
	const char *why = sqlite3_errmsg(d->handle);

	switch (rc & 0xff) {
	case SQLITE_FULL:
		return err_set(e, E_DISK_FULL, NULL);
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return err_set(e, E_DATABASE_BUSY, NULL);
	case SQLITE_INTERRUPT:
		return err_set(e, E_CANCELLED, NULL);
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return err_set(e, E_DATABASE_CORRUPT, "The database is damaged (%s). Restore the newest backup.", why);
	case SQLITE_CONSTRAINT:
		return err_set(e, E_CONFLICT, "The change contradicts what is stored (%s: %s).", what, why);
	case SQLITE_READONLY:
		return err_set(e, E_DATABASE_ERROR, "The database cannot be written (%s): is the disk read-only?", why);
	default:
		return err_set(e, E_DATABASE_ERROR, "The database cannot be used (%s: %s).", what, why);
	}
}

int db_run_text(struct db *d, const char *sql, struct err *e)
{
	if (sqlite3_exec(d->handle, sql, NULL, NULL, NULL) != SQLITE_OK)
		return db_fail(d, e, sql);
	return 0;
}

static int wal_hook(void *arg, sqlite3 *handle, const char *name, int pages)
{
	struct db *d = arg;

	(void)handle;
	(void)name;
	d->wal_pages = pages;
	return SQLITE_OK;
}

static void harden(sqlite3 *h)
{
	sqlite3_db_config(h, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(h, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
	sqlite3_db_config(h, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
	sqlite3_db_config(h, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(h, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
	sqlite3_limit(h, SQLITE_LIMIT_LENGTH, 64 << 20);
	sqlite3_limit(h, SQLITE_LIMIT_SQL_LENGTH, 1 << 20);
}

static int set_up(struct db *d, enum db_mode mode, struct err *e)
{
	static const char common[] =
		"PRAGMA foreign_keys=ON;PRAGMA recursive_triggers=ON;PRAGMA trusted_schema=OFF;PRAGMA cell_size_check=ON;"
		"PRAGMA mmap_size=0;PRAGMA temp_store=MEMORY;PRAGMA cache_size=-8000;";

	sqlite3_busy_timeout(d->handle, 2000);
	if (db_run_text(d, common, e))
		return -1;
	if (mode == DB_READER)
		return db_run_text(d, "PRAGMA query_only=ON;", e);
	/* The writer checkpoints by itself, after the answers of a batch are out. */
	sqlite3_wal_autocheckpoint(d->handle, 0);
	sqlite3_wal_hook(d->handle, wal_hook, d);
	return db_run_text(d, "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;", e);
}

int db_open(const char *path, enum db_mode mode, struct db **out, struct err *e)
{
	int flags = SQLITE_OPEN_NOMUTEX | (mode == DB_READER ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE);
	struct db *d = mem_alloc(sizeof(*d));
	int fd = -1;

	d->path = mem_strdup(path);
	/* The file is made here so that it is never readable by others, not even for a moment. */
	if (mode == DB_WRITER)
		fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd >= 0)
		close(fd);
	if (sqlite3_open_v2(path, &d->handle, flags, NULL) != SQLITE_OK) {
		err_set(e, E_DATABASE_ERROR, "Cannot open the database %s: %s.", path,
			d->handle ? sqlite3_errmsg(d->handle) : "out of memory");
		db_close(d);
		return -1;
	}
	sqlite3_extended_result_codes(d->handle, 1);
	/* The library opens what it cannot write for reading, and BEGIN IMMEDIATE succeeds on it. */
	if (mode == DB_WRITER && sqlite3_db_readonly(d->handle, "main") == 1) {
		err_set(e, E_DATABASE_ERROR,
			"The database %s cannot be written: give it to the user that this program runs as.", path);
		db_close(d);
		return -1;
	}
	harden(d->handle);
	if (set_up(d, mode, e)) {
		db_close(d);
		return -1;
	}
	*out = d;
	return 0;
}

void db_close(struct db *d)
{
	if (d == NULL)
		return;
	for (int q = 0; q < Q__MAX; q++)
		sqlite3_finalize(d->statements[q]);
	sqlite3_close(d->handle);
	free(d->path);
	free(d);
}

static sqlite3_stmt *statement(struct db *d, struct err *e, enum query q)
{
	sqlite3_stmt *s = d->statements[q];

	if (s == NULL) {
		if (sqlite3_prepare_v3(d->handle, stmt_texts[q].sql, -1, SQLITE_PREPARE_PERSISTENT, &s, NULL) !=
		    SQLITE_OK) {
			db_fail(d, e, stmt_texts[q].name);
			return NULL;
		}
		d->statements[q] = s;
	} else if (sqlite3_stmt_busy(s)) {
		log_error("db", "statement %s used while it runs", stmt_texts[q].name);
		abort();
	}
	return s;
}

/* Texts and blobs are bound without a copy: they outlive the step, or the caller's loop over the rows. */
static void bind(sqlite3_stmt *s, const char *types, va_list ap)
{
	for (int i = 1; *types; types++, i++) {
		switch (*types) {
		case 'i':
			sqlite3_bind_int64(s, i, va_arg(ap, int64_t));
			break;
		case 'z': {
			int64_t v = va_arg(ap, int64_t);

			if (v)
				sqlite3_bind_int64(s, i, v);
			else
				sqlite3_bind_null(s, i);
			break;
		}
		case 's':
			sqlite3_bind_text(s, i, va_arg(ap, const char *), -1, SQLITE_STATIC);
			break;
		case 'b': {
			const void *p = va_arg(ap, const void *);
			size_t n = va_arg(ap, size_t);

			sqlite3_bind_blob64(s, i, p, n, SQLITE_STATIC);
			break;
		}
		case 'n':
			sqlite3_bind_null(s, i);
			break;
		default:
			abort();
		}
	}
}

static struct rows *start(struct db *d, struct err *e, enum query q, const char *types, va_list ap)
{
	sqlite3_stmt *s = statement(d, e, q);

	if (s == NULL)
		return NULL;
	if ((int)strlen(types) != sqlite3_bind_parameter_count(s)) {
		log_error("db", "statement %s takes %d parameters", stmt_texts[q].name, sqlite3_bind_parameter_count(s));
		abort();
	}
	bind(s, types, ap);
	return (struct rows *)s;
}

struct rows *db_query(struct db *d, struct err *e, enum query q, const char *types, ...)
{
	struct rows *r;
	va_list ap;

	va_start(ap, types);
	r = start(d, e, q, types, ap);
	va_end(ap);
	return r;
}

static void finish(sqlite3_stmt *s)
{
	sqlite3_reset(s);
	sqlite3_clear_bindings(s);
}

int rows_next(struct rows *r, struct err *e)
{
	sqlite3_stmt *s = (sqlite3_stmt *)r;
	int rc = sqlite3_step(s);

	if (rc == SQLITE_ROW)
		return 1;
	if (rc != SQLITE_DONE) {
		struct db view = { .handle = sqlite3_db_handle(s) };

		db_fail(&view, e, "query");
		finish(s);
		return -1;
	}
	finish(s);
	return 0;
}

void rows_end(struct rows *r)
{
	if (r)
		finish((sqlite3_stmt *)r);
}

int64_t rows_int(struct rows *r, int column)
{
	return sqlite3_column_int64((sqlite3_stmt *)r, column);
}

bool rows_null(struct rows *r, int column)
{
	return sqlite3_column_type((sqlite3_stmt *)r, column) == SQLITE_NULL;
}

const char *rows_text(struct rows *r, int column)
{
	return (const char *)sqlite3_column_text((sqlite3_stmt *)r, column);
}

const void *rows_blob(struct rows *r, int column, size_t *n)
{
	const void *p = sqlite3_column_blob((sqlite3_stmt *)r, column);

	*n = (size_t)sqlite3_column_bytes((sqlite3_stmt *)r, column);
	return p;
}

int db_exec(struct db *d, struct err *e, enum query q, const char *types, ...)
{
	struct rows *r;
	va_list ap;
	int rc;

	va_start(ap, types);
	r = start(d, e, q, types, ap);
	va_end(ap);
	if (r == NULL)
		return -1;
	rc = sqlite3_step((sqlite3_stmt *)r);
	if (rc != SQLITE_DONE && rc != SQLITE_ROW) {
		db_fail(d, e, stmt_texts[q].name);
		finish((sqlite3_stmt *)r);
		return -1;
	}
	finish((sqlite3_stmt *)r);
	return 0;
}

int db_value(struct db *d, struct err *e, int64_t *out, enum query q, const char *types, ...)
{
	struct rows *r;
	va_list ap;
	int rc;

	va_start(ap, types);
	r = start(d, e, q, types, ap);
	va_end(ap);
	if (r == NULL)
		return -1;
	rc = rows_next(r, e);
	if (rc == 1) {
		*out = rows_int(r, 0);
		rows_end(r);
	}
	return rc;
}

int64_t db_last_id(struct db *d)
{
	return sqlite3_last_insert_rowid(d->handle);
}

int64_t db_changes(struct db *d)
{
	return sqlite3_changes64(d->handle);
}

int db_begin(struct db *d, struct err *e)
{
	return db_exec(d, e, Q_BEGIN, "");
}

int db_commit(struct db *d, struct err *e)
{
	return db_exec(d, e, Q_COMMIT, "");
}

void db_rollback(struct db *d)
{
	struct err ignored;

	if (db_in_transaction(d))
		db_exec(d, &ignored, Q_ROLLBACK, "");
}

int db_begin_read(struct db *d, struct err *e)
{
	return db_exec(d, e, Q_BEGIN_READ, "");
}

void db_end_read(struct db *d)
{
	struct err ignored;

	if (db_in_transaction(d))
		db_exec(d, &ignored, Q_END_READ, "");
}

int db_save(struct db *d, struct err *e)
{
	return db_exec(d, e, Q_SAVE, "");
}

int db_keep(struct db *d, struct err *e)
{
	return db_exec(d, e, Q_KEEP, "");
}

void db_undo(struct db *d)
{
	struct err ignored;

	/* A full disk or an I/O error may have ended the whole transaction already. */
	if (db_in_transaction(d) && db_exec(d, &ignored, Q_UNDO, "") == 0)
		db_exec(d, &ignored, Q_KEEP, "");
}

void db_back(struct db *d)
{
	struct err ignored;

	if (db_in_transaction(d))
		db_exec(d, &ignored, Q_UNDO, "");
}

bool db_in_transaction(struct db *d)
{
	return !sqlite3_get_autocommit(d->handle);
}

int db_wal_pages(struct db *d)
{
	return d->wal_pages;
}

void db_checkpoint(struct db *d)
{
	if (sqlite3_wal_checkpoint_v2(d->handle, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL) == SQLITE_OK)
		d->wal_pages = 0;
}

int db_backup(struct db *d, const char *to, struct err *e)
{
	char *sql = sqlite3_mprintf("VACUUM INTO %Q", to);
	int rc;

	if (sql == NULL)
		abort();
	rc = db_run_text(d, sql, e);
	sqlite3_free(sql);
	return rc;
}

struct until {
	bool (*stop)(void *arg);
	void *arg;
};

static int ask_stop(void *arg)
{
	const struct until *u = arg;

	return u->stop(u->arg);
}

/* One pragma whose first row tells whether all is well. */
static int check_with(struct db *d, const char *pragma, const char *good, struct err *e)
{
	sqlite3_stmt *s = NULL;
	int rc;

	if (sqlite3_prepare_v2(d->handle, pragma, -1, &s, NULL) != SQLITE_OK)
		return db_fail(d, e, pragma);
	rc = sqlite3_step(s);
	if (rc == SQLITE_ROW && (good == NULL || strcmp((const char *)sqlite3_column_text(s, 0), good) != 0)) {
		err_set(e, E_DATABASE_CORRUPT, "The database is damaged: %s: %s. Restore the newest backup.", pragma,
			(const char *)sqlite3_column_text(s, 0));
		sqlite3_finalize(s);
		return -1;
	}
	sqlite3_finalize(s);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : db_fail(d, e, pragma);
}

int db_check(struct db *d, struct err *e)
{
	if (check_with(d, "PRAGMA integrity_check(1)", "ok", e))
		return -1;
	return check_with(d, "PRAGMA foreign_key_check", NULL, e);
}

int db_check_until(struct db *d, bool (*stop)(void *arg), void *arg, struct err *e)
{
	struct until u = { .stop = stop, .arg = arg };
	int rc;

	sqlite3_progress_handler(d->handle, 100000, ask_stop, &u);
	rc = db_check(d, e);
	sqlite3_progress_handler(d->handle, 0, NULL, NULL);
	return rc;
}
