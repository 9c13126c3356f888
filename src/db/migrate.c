/* migrate.c - the schema, brought up to date by the embedded files schema/NNNN-name.sql. */
#include <inttypes.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/embed.h"
#include "base/log.h"
#include "base/mem.h"
#include "db/sqlite.h"

#define APPLICATION_ID 0x4c534154 /* "LSAT" */

static int pragma_value(struct db *d, const char *sql, int64_t *out, struct err *e)
{
	sqlite3_stmt *s = NULL;

	if (sqlite3_prepare_v2(d->handle, sql, -1, &s, NULL) != SQLITE_OK)
		return db_fail(d, e, sql);
	if (sqlite3_step(s) != SQLITE_ROW) {
		db_fail(d, e, sql);
		sqlite3_finalize(s);
		return -1;
	}
	*out = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	return 0;
}

/* `schema/0012-words.sql` is version 12. */
static int64_t version_of(const struct embed_file *f)
{
	return strtol(f->name + strlen("schema/"), NULL, 10);
}

static int copy_first(struct db *d, int64_t version, struct err *e)
{
	AUTO_FREE char *to = mem_printf("%s.before-%04" PRId64, d->path, version + 1);

	unlink(to); /* of an attempt that was cut off: the database itself is still at the old version */
	if (db_backup(d, to, e))
		return -1;
	log_info("db", "copied the database to %s before changing its schema", to);
	return 0;
}

static int apply(struct db *d, const struct embed_file *f, struct err *e)
{
	AUTO_FREE char *mark =
		mem_printf("PRAGMA application_id=%d;PRAGMA user_version=%" PRId64 ";", APPLICATION_ID, version_of(f));

	if (db_run_text(d, "BEGIN IMMEDIATE", e))
		return -1;
	if (db_run_text(d, (const char *)f->data, e) || db_run_text(d, mark, e) || db_run_text(d, "COMMIT", e)) {
		struct err ignored;

		if (db_in_transaction(d))
			db_run_text(d, "ROLLBACK", &ignored);
		return -1;
	}
	log_info("db", "schema is at %s", f->name);
	return 0;
}

int db_migrate(struct db *d, struct err *e)
{
	const struct embed_file *f = NULL, *last = NULL;
	int64_t version, application;
	bool copied = false;

	if (pragma_value(d, "PRAGMA user_version", &version, e) ||
	    pragma_value(d, "PRAGMA application_id", &application, e))
		return -1;
	if (application != 0 && application != APPLICATION_ID)
		return err_set(e, E_DATABASE_ERROR, "%s is the database of another program.", d->path);
	while ((f = embed_next("schema/", f)) != NULL)
		last = f;
	if (last == NULL || version > version_of(last))
		return err_set(e, E_DATABASE_NEWER,
			       "%s has schema %" PRId64 "; this program knows schemas up to %" PRId64
			       ". Start the newer program, or restore the copy made before the upgrade.",
			       d->path, version, last ? version_of(last) : 0);
	for (f = embed_next("schema/", NULL); f; f = embed_next("schema/", f)) {
		if (version_of(f) <= version)
			continue;
		if (version > 0 && !copied && copy_first(d, version, e))
			return -1;
		copied = true;
		if (apply(d, f, e))
			return -1;
	}
	return 0;
}
