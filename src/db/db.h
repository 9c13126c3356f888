/* db.h - one connection to the database with its prepared statements.
 *
 * The statements are those of query/ *.sql; tools/mkstmt makes the enum of their names and the table of
 * their texts. Nothing above src/db knows SQLite. A connection belongs to one thread at a time. */
#ifndef DB_DB_H
#define DB_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "db/stmt.h" /* generated: enum query { Q_TOKEN_BY_HASH, …, Q__MAX } */

struct db;
struct rows; /* a running query */

enum db_mode {
	DB_WRITER, /* the one connection that writes and checkpoints */
	DB_READER, /* read-only */
};

/* Opens the file (a writer makes it, mode 0600). E_DATABASE_ERROR, E_DATABASE_CORRUPT, E_DATABASE_NEWER. */
int db_open(const char *path, enum db_mode mode, struct db **out, struct err *e);
void db_close(struct db *d);

/* Brings the schema up to date; a copy (`PATH.before-NNNN`) is made first when there is data. Writer only. */
int db_migrate(struct db *d, struct err *e);

/* Binding, one letter a parameter: i int64_t · s const char * (NULL = null) · b const void *, size_t (NULL = null) ·
 * z int64_t, 0 = null · n null (no argument). */

/* Runs a statement that gives no rows: 0 or -1. db_changes tells how many rows it changed. */
int db_exec(struct db *d, struct err *e, enum query q, const char *types, ...);

/* Starts a query. NULL and e on failure. Only one use of the same statement at a time on a connection. */
struct rows *db_query(struct db *d, struct err *e, enum query q, const char *types, ...);

/* Next row: 1, at the end: 0, failure: -1. After 0 or -1 the query is over and rows must not be used. */
int rows_next(struct rows *r, struct err *e);
/* Ends a query before its last row. NULL is allowed. */
void rows_end(struct rows *r);

/* Columns of the present row, from 0. Pointers live until the next rows_* call. NULL text and blobs are NULL. */
int64_t rows_int(struct rows *r, int column);
bool rows_null(struct rows *r, int column);
const char *rows_text(struct rows *r, int column);
const void *rows_blob(struct rows *r, int column, size_t *n);

/* The single integer of a query's first row into *out (unchanged if there is no row): 1 found, 0 no row, -1 failure. */
int db_value(struct db *d, struct err *e, int64_t *out, enum query q, const char *types, ...);

/* The rowid of the last insert; the rows changed by the last db_exec. */
int64_t db_last_id(struct db *d);
int64_t db_changes(struct db *d);

/* Transactions and savepoints. Used by the writer and by tx.h; db_rollback and db_undo never fail. */
int db_begin(struct db *d, struct err *e);
int db_commit(struct db *d, struct err *e);
void db_rollback(struct db *d);
int db_begin_read(struct db *d, struct err *e); /* a reader's queries until db_end_read see one moment */
void db_end_read(struct db *d);
int db_save(struct db *d, struct err *e); /* opens a nested savepoint */
int db_keep(struct db *d, struct err *e); /* closes it, keeping the changes */
void db_undo(struct db *d);               /* closes it, undoing them */
void db_back(struct db *d);               /* undoes the changes of the innermost savepoint, which stays open */
bool db_in_transaction(struct db *d);

/* Pages in the write-ahead log since the last checkpoint, and a checkpoint that waits for nobody. */
int db_wal_pages(struct db *d);
void db_checkpoint(struct db *d);

/* A consistent copy into a new file. */
int db_backup(struct db *d, const char *to, struct err *e);

/* The same over a connection of its own while others write, into a file that is empty or not there; the copy is checked
 * too. Lasts; stop (may be NULL) is asked now and then: E_CANCELLED. Not synchronized to disk. */
int db_copy(const char *path, const char *to, bool (*stop)(void *arg), void *arg, struct err *e);

/* `PRAGMA integrity_check` and foreign keys: 0, or -1 and the first finding. */
int db_check(struct db *d, struct err *e);
/* The same, which may last for a large database; given up when stop says so, asked now and then: E_CANCELLED. */
int db_check_until(struct db *d, bool (*stop)(void *arg), void *arg, struct err *e);

#endif
