/* test_db.c - src/db: every statement against the schema, the schema's own rules, migrations, the writer. */
#include <check.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <semaphore.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "db/q.h"
#include "db/q_event.h"
#include "db/sqlite.h"
#include "db/writer.h"
#include "tests/lib/clock_fake.h"

static char folder[64], path[96];
static struct db *db;
static struct arena arena;

static void drop_log(enum log_level level, const char *line)
{
	(void)level;
	(void)line;
}

static void make_folder(void)
{
	log_set_sink(drop_log);
	arena_init(&arena);
	strncpy(folder, "/tmp/test_db.XXXXXX", sizeof(folder) - 1);
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/test.db", folder);
}

static void remove_folder(void)
{
	static const char *const names[] = { "test.db", "test.db-wal", "test.db-shm", "copy.db" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		AUTO_FREE char *name = mem_printf("%s/%s", folder, names[i]);

		unlink(name);
	}
	ck_assert_int_eq(rmdir(folder), 0);
	arena_fini(&arena);
}

static void open_fresh(void)
{
	struct err e = ERR_INIT;

	make_folder();
	if (db_open(path, DB_WRITER, &db, &e) || db_migrate(db, &e))
		ck_abort_msg("%s", e.text);
}

static void close_fresh(void)
{
	db_close(db);
	db = NULL;
	remove_folder();
}

static sqlite3_stmt *prepare(const char *sql)
{
	sqlite3_stmt *s = NULL;

	if (sqlite3_prepare_v2(db->handle, sql, -1, &s, NULL) != SQLITE_OK)
		ck_abort_msg("%s: %s", sql, sqlite3_errmsg(db->handle));
	return s;
}

/* The first number that a statement made of a format gives. */
static int64_t number(const char *fmt, const char *name)
{
	AUTO_FREE char *sql = mem_printf("%s%s", fmt, name);
	sqlite3_stmt *s = prepare(sql);
	int64_t v;

	ck_assert_int_eq(sqlite3_step(s), SQLITE_ROW);
	v = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	return v;
}

/* ---- statements ---- */

/* Transactions are no changes in SQLite's eyes. */
static bool is_transaction(const char *name)
{
	static const char *const names[] = { "begin", "commit", "rollback", "save", "keep", "undo" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static void check_readonly(const struct stmt_text *t)
{
	sqlite3_stmt *s = NULL;
	const char *rest = NULL;

	if (sqlite3_prepare_v3(db->handle, t->sql, -1, SQLITE_PREPARE_PERSISTENT, &s, &rest) != SQLITE_OK)
		ck_abort_msg("%s: %s", t->name, sqlite3_errmsg(db->handle));
	ck_assert_msg(s && strspn(rest, "; \n") == strlen(rest), "%s is not one statement", t->name);
	if (!is_transaction(t->name))
		ck_assert_msg(sqlite3_stmt_readonly(s) == !t->writes, "%s is marked %s", t->name, t->writes ? "rw" : "ro");
	sqlite3_finalize(s);
}

START_TEST(statements_write_or_not)
{
	for (int i = 0; i < Q__MAX; i++)
		check_readonly(&stmt_texts[i]);
}
END_TEST

static void check_plan(const struct stmt_text *t)
{
	AUTO_FREE char *sql = mem_printf("EXPLAIN QUERY PLAN %s", t->sql);
	bool scans = false;
	sqlite3_stmt *s;

	if (is_transaction(t->name))
		return;
	s = prepare(sql);
	while (sqlite3_step(s) == SQLITE_ROW) {
		const char *detail = (const char *)sqlite3_column_text(s, 3);

		if (strncmp(detail, "SCAN ", 5) != 0 || strcmp(detail, "SCAN CONSTANT ROW") == 0 ||
		    strncmp(detail, "SCAN (", 6) == 0)
			continue;
		scans = true;
		ck_assert_msg(t->scan_ok, "%s: %s", t->name, detail);
	}
	sqlite3_finalize(s);
	ck_assert_msg(scans || !t->scan_ok, "%s is marked scan-ok and scans nothing", t->name);
}

START_TEST(statements_scan_nothing)
{
	for (int i = 0; i < Q__MAX; i++)
		check_plan(&stmt_texts[i]);
}
END_TEST

START_TEST(statement_names_are_unique)
{
	for (int i = 0; i < Q__MAX; i++)
		for (int k = 0; k < i; k++)
			ck_assert_str_ne(stmt_texts[i].name, stmt_texts[k].name);
}
END_TEST

/* ---- the schema ---- */

START_TEST(tables_are_strict)
{
	sqlite3_stmt *s =
		prepare("SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite_%'");
	int n = 0;

	for (; sqlite3_step(s) == SQLITE_ROW; n++)
		ck_assert_msg(sqlite3_column_int(s, 1), "%s is not STRICT", sqlite3_column_text(s, 0));
	sqlite3_finalize(s);
	ck_assert_int_gt(n, 10);
}
END_TEST

/* Deleting a row of the parent looks for its children: not by walking over all of them. */
START_TEST(foreign_keys_are_indexed)
{
	sqlite3_stmt *s = prepare("SELECT m.name, f.\"from\", EXISTS (SELECT 1 FROM pragma_index_list(m.name) i "
				  "JOIN pragma_index_info(i.name) c ON c.seqno = 0 WHERE c.name = f.\"from\") "
				  "OR EXISTS (SELECT 1 FROM pragma_table_info(m.name) t WHERE t.pk = 1 "
				  "AND t.name = f.\"from\") "
				  "FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) f WHERE m.type = 'table'");
	int n = 0;

	for (; sqlite3_step(s) == SQLITE_ROW; n++)
		ck_assert_msg(sqlite3_column_int(s, 2), "%s.%s has no index", sqlite3_column_text(s, 0),
			      sqlite3_column_text(s, 1));
	sqlite3_finalize(s);
	ck_assert_int_gt(n, 10);
}
END_TEST

START_TEST(foreign_keys_are_checked)
{
	struct err e = ERR_INIT;

	ck_assert_int_eq(number("PRAGMA ", "foreign_keys"), 1);
	ck_assert_int_eq(q_usage_set(db, 77, 78, 1, 1, &e), -1);
	ck_assert_int_eq(e.code, E_CONFLICT);
}
END_TEST

START_TEST(events_are_append_only)
{
	struct event_row row = { .id = 1,
				 .at = 1,
				 .kind = "a",
				 .actor_kind = "system",
				 .actor = "",
				 .address = "",
				 .account = "",
				 .subject = "",
				 .detail = "{}",
				 .hash = "h",
				 .hash_n = 1 };
	struct err e = ERR_INIT;

	ck_assert_int_eq(q_event_add(db, &row, &e), 0);
	ck_assert_int_eq(q_event_add(db, &row, &e), -1);
	ck_assert_int_eq(e.code, E_CONFLICT);
	ck_assert_int_eq(db_run_text(db, "DELETE FROM event", &e), -1);
	ck_assert_int_eq(db_run_text(db, "UPDATE event SET at = 2", &e), -1);
	ck_assert_int_eq(number("SELECT at FROM ", "event"), 1);
}
END_TEST

/* ---- opening and migrating ---- */

START_TEST(file_is_private)
{
	struct stat st;

	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0600);
	ck_assert_int_eq(number("PRAGMA ", "synchronous"), 2);
}
END_TEST

START_TEST(migrating_twice_changes_nothing)
{
	struct err e = ERR_INIT;
	int64_t version = number("PRAGMA ", "user_version"), schema = number("PRAGMA ", "schema_version");

	ck_assert_int_ge(version, 1);
	ck_assert_int_eq(db_migrate(db, &e), 0);
	ck_assert_int_eq(number("PRAGMA ", "user_version"), version);
	ck_assert_int_eq(number("PRAGMA ", "schema_version"), schema);
}
END_TEST

START_TEST(newer_database_is_refused)
{
	struct err e = ERR_INIT;

	ck_assert_int_eq(db_run_text(db, "PRAGMA user_version = 9999", &e), 0);
	ck_assert_int_eq(db_migrate(db, &e), -1);
	ck_assert_int_eq(e.code, E_DATABASE_NEWER);
	ck_assert_ptr_nonnull(strstr(e.text, "9999"));
	ck_assert_int_eq(number("PRAGMA ", "user_version"), 9999);
}
END_TEST

START_TEST(foreign_database_is_refused)
{
	struct err e = ERR_INIT;

	make_folder();
	ck_assert_int_eq(db_open(path, DB_WRITER, &db, &e), 0);
	ck_assert_int_eq(db_run_text(db, "PRAGMA application_id = 42", &e), 0);
	ck_assert_int_eq(db_migrate(db, &e), -1);
	ck_assert_int_eq(e.code, E_DATABASE_ERROR);
	ck_assert_int_eq(number("SELECT count(*) FROM ", "sqlite_master"), 0);
	close_fresh();
}
END_TEST

START_TEST(what_is_no_database_is_refused)
{
	static const char text[] =
		"This file holds notes of somebody and is longer than the header of a database, which has a "
		"hundred bytes; so it is read as one and found to be none.";
	struct err e = ERR_INIT;
	int fd;

	make_folder();
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	ck_assert_int_eq(write(fd, text, sizeof(text)), (ssize_t)sizeof(text));
	close(fd);
	ck_assert_int_eq(db_open(path, DB_WRITER, &db, &e), -1);
	ck_assert_int_eq(e.code, E_DATABASE_CORRUPT);
	unlink(path);
	ck_assert_int_eq(db_open(path, DB_READER, &db, &e), -1);
	ck_assert_int_eq(e.code, E_DATABASE_ERROR);
	remove_folder();
}
END_TEST

START_TEST(readers_only_read)
{
	struct err e = ERR_INIT;
	const char *value;
	struct db *reader;

	ck_assert_int_eq(q_setting_set(db, "a", "1", &e), 0);
	ck_assert_int_eq(db_open(path, DB_READER, &reader, &e), 0);
	ck_assert_int_eq(q_setting_get(reader, &arena, "a", &value, &e), 1);
	ck_assert_str_eq(value, "1");
	ck_assert_int_eq(q_setting_set(reader, "a", "2", &e), -1);
	ck_assert_int_eq(e.code, E_DATABASE_ERROR);
	ck_assert_int_eq(q_setting_get(reader, &arena, "b", &value, &e), 0);
	db_close(reader);
}
END_TEST

START_TEST(copies_are_whole)
{
	AUTO_FREE char *to = mem_printf("%s/copy.db", folder);
	struct err e = ERR_INIT;
	const char *value;
	struct db *copy;

	ck_assert_int_eq(q_setting_set(db, "a", "1", &e), 0);
	ck_assert_int_eq(db_backup(db, to, &e), 0);
	ck_assert_int_eq(db_backup(db, to, &e), -1); /* never over something that is there */
	ck_assert_int_eq(db_open(to, DB_READER, &copy, &e), 0);
	ck_assert_int_eq(q_setting_get(copy, &arena, "a", &value, &e), 1);
	ck_assert_int_eq(db_check(copy, &e), 0);
	db_close(copy);
}
END_TEST

static bool always(void *arg)
{
	++*(int *)arg;
	return true;
}

/* While others write; and cancelled in the middle of a database that takes a while. */
START_TEST(copies_beside_a_writer)
{
	AUTO_FREE char *to = mem_printf("%s/beside.db", folder), *second = mem_printf("%s/second.db", folder);
	struct err e = ERR_INIT;
	const char *value;
	struct db *copy;
	char name[16];
	int asked = 0;

	ck_assert_int_eq(db_begin(db, &e), 0);
	for (int i = 0; i < 20000; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		ck_assert_int_eq(q_setting_set(db, name, "some text", &e), 0);
	}
	ck_assert_int_eq(db_commit(db, &e), 0);
	ck_assert_int_eq(db_begin(db, &e), 0);
	ck_assert_int_eq(q_setting_set(db, "n1", "not yet", &e), 0);
	ck_assert_int_eq(db_copy(path, to, NULL, NULL, &e), 0);
	ck_assert_int_eq(db_copy(path, second, always, &asked, &e), -1);
	ck_assert_int_eq(e.code, E_CANCELLED);
	ck_assert_int_ge(asked, 1);
	ck_assert_int_eq(db_commit(db, &e), 0);
	ck_assert_int_eq(db_open(to, DB_READER, &copy, &e), 0);
	ck_assert_int_eq(q_setting_get(copy, &arena, "n1", &value, &e), 1);
	ck_assert_str_eq(value, "some text");
	db_close(copy);
	unlink(to);
	unlink(second);
}
END_TEST

START_TEST(savepoints_undo_alone)
{
	struct err e = ERR_INIT;
	const char *value;

	ck_assert(!db_in_transaction(db));
	ck_assert_int_eq(db_begin(db, &e), 0);
	ck_assert_int_eq(q_setting_set(db, "kept", "1", &e), 0);
	ck_assert_int_eq(db_save(db, &e), 0);
	ck_assert_int_eq(q_setting_set(db, "undone", "1", &e), 0);
	ck_assert_int_eq(db_save(db, &e), 0);
	ck_assert_int_eq(q_setting_set(db, "inner", "1", &e), 0);
	ck_assert_int_eq(db_keep(db, &e), 0);
	db_undo(db);
	ck_assert(db_in_transaction(db));
	ck_assert_int_eq(db_commit(db, &e), 0);
	ck_assert_int_eq(q_setting_get(db, &arena, "kept", &value, &e), 1);
	ck_assert_int_eq(q_setting_get(db, &arena, "undone", &value, &e), 0);
	ck_assert_int_eq(q_setting_get(db, &arena, "inner", &value, &e), 0);
	db_rollback(db); /* without a transaction: nothing */
}
END_TEST

/* ---- the writer ---- */

struct step {
	struct job job;
	const char *name; /* the setting that it writes */
	bool fails;
	int64_t now;
	enum err_code failed;
	bool seen; /* by another connection, when it was told to be done */
	sem_t *gate, *entered;
	sem_t over;
};

static int run_step(struct job *j, struct db *d, int64_t now)
{
	struct step *s = (struct step *)j;
	struct err e;

	s->now = now;
	if (s->entered)
		sem_post(s->entered);
	if (s->gate)
		sem_wait(s->gate);
	return q_setting_set(d, s->name, "1", &e) || s->fails ? -1 : 0;
}

static bool is_set(const char *name)
{
	struct arena mine;
	struct err e = ERR_INIT;
	const char *value;
	struct db *reader;
	int rc = -1;

	arena_init(&mine);
	if (db_open(path, DB_READER, &reader, &e) == 0) {
		rc = q_setting_get(reader, &mine, name, &value, &e);
		db_close(reader);
	}
	arena_fini(&mine);
	return rc == 1;
}

static void step_done(struct job *j, const struct err *failed)
{
	struct step *s = (struct step *)j;

	s->failed = failed ? failed->code : E_NONE;
	s->seen = is_set(s->name);
	sem_post(&s->over);
}

static struct step *new_step(const char *name, bool fails)
{
	struct step *s = mem_alloc(sizeof(*s));

	s->job.run = run_step;
	s->job.done = step_done;
	s->name = name;
	s->fails = fails;
	sem_init(&s->over, 0, 0);
	return s;
}

static void push(struct writer *w, struct step *s)
{
	struct err e = ERR_INIT;

	if (writer_push(w, &s->job, &e))
		ck_abort_msg("%s", e.text);
}

static struct writer *start(int limit, const struct writer_hooks *hooks)
{
	struct err e = ERR_INIT;
	struct writer *w = NULL;

	if (writer_start(path, limit, hooks, &w, &e))
		ck_abort_msg("%s", e.text);
	return w;
}

/* A job that keeps the writer until the gate is opened; the writer is in it when this returns. */
static struct step *block(struct writer *w, sem_t *gate)
{
	struct step *s = new_step("first", false);
	sem_t entered;

	sem_init(gate, 0, 0);
	sem_init(&entered, 0, 0);
	s->gate = gate;
	s->entered = &entered;
	push(w, s);
	sem_wait(&entered);
	return s;
}

#define JOBS 8

START_TEST(jobs_are_committed_together)
{
	static const char *const names[JOBS] = { "a", "b", "c", "d", "e", "f", "g", "h" };
	struct writer *w = start(100, NULL);
	struct step *first, *steps[JOBS];
	struct writer_stats stats;
	sem_t gate;

	first = block(w, &gate);
	for (int i = 0; i < JOBS; i++) {
		steps[i] = new_step(names[i], i == 3);
		push(w, steps[i]);
	}
	ck_assert(!is_set("first"));
	writer_stats(w, &stats);
	ck_assert_int_eq(stats.queued, JOBS);
	ck_assert_int_eq(stats.queue_limit, 100);
	sem_post(&gate);
	for (int i = 0; i < JOBS; i++)
		sem_wait(&steps[i]->over);
	writer_stats(w, &stats);
	ck_assert_int_eq(stats.commits, 1);
	ck_assert_int_eq(stats.failed_commits, 0);
	ck_assert_int_eq(stats.jobs, JOBS + 1);
	for (int i = 0; i < JOBS; i++) {
		/* The one that failed is undone alone; the batch succeeded, and it is told so. */
		ck_assert_msg(steps[i]->seen == (i != 3), "%s", names[i]);
		ck_assert_int_eq(steps[i]->failed, E_NONE);
		ck_assert_int_eq(steps[i]->now, clock_now());
		free(steps[i]);
	}
	writer_stop(w);
	ck_assert(first->seen);
	free(first);
	ck_assert(is_set("h"));
}
END_TEST

START_TEST(the_queue_has_a_limit)
{
	struct writer *w = start(2, NULL);
	struct step *first, *a = new_step("a", false), *b = new_step("b", false), *c = new_step("c", false);
	struct err e = ERR_INIT;
	sem_t gate;

	first = block(w, &gate);
	push(w, a);
	push(w, b);
	ck_assert_int_eq(writer_push(w, &c->job, &e), -1);
	ck_assert_int_eq(e.code, E_BUSY);
	sem_post(&gate);
	sem_wait(&b->over);
	push(w, c);
	sem_wait(&c->over);
	writer_stop(w);
	ck_assert(is_set("a") && is_set("b") && is_set("c"));
	free(first);
	free(a);
	free(b);
	free(c);
}
END_TEST

static void *stop_it(void *w)
{
	writer_stop(w);
	return NULL;
}

START_TEST(stopping_finishes_what_is_queued)
{
	struct writer *w = start(100000, NULL);
	struct step *first, *last = new_step("last", false), *more[64] = { NULL };
	struct err e = ERR_INIT;
	pthread_t thread;
	sem_t gate;
	int n = 0, rc = 0;

	first = block(w, &gate);
	push(w, last);
	ck_assert_int_eq(pthread_create(&thread, NULL, stop_it, w), 0);
	/* Until the stop is known jobs are taken, and those are finished too. */
	while (rc == 0 && n < 64) {
		more[n] = new_step("more", false);
		rc = writer_push(w, &more[n]->job, &e);
		n++;
		usleep(1000);
	}
	ck_assert_int_eq(rc, -1);
	ck_assert_int_eq(e.code, E_STOPPING);
	sem_post(&gate);
	pthread_join(thread, NULL);
	ck_assert(first->seen && last->seen);
	for (int i = 0; i < n; i++) {
		ck_assert_msg(i == n - 1 || more[i]->seen, "job %d of %d", i, n);
		free(more[i]);
	}
	free(first);
	free(last);
}
END_TEST

struct hooked {
	int starts, batches;
	bool fail_start, fail_batch;
};

static int hooked_start(struct db *d, int64_t now, void *arg, struct err *e)
{
	struct hooked *h = arg;

	h->starts++;
	ck_assert(now == clock_now() && db_in_transaction(d));
	if (q_setting_set(d, "started", "1", e))
		return -1;
	return h->fail_start ? err_set(e, E_CONFIG_INVALID, NULL) : 0;
}

static int hooked_batch(struct db *d, int64_t now, void *arg, struct err *e)
{
	struct hooked *h = arg;

	(void)now;
	h->batches++;
	ck_assert(db_in_transaction(d));
	return h->fail_batch ? err_set(e, E_DATABASE_BUSY, NULL) : 0;
}

START_TEST(hooks_run_before)
{
	struct hooked h = { 0 };
	struct writer_hooks hooks = { .start = hooked_start, .before_batch = hooked_batch, .arg = &h };
	struct step *a = new_step("a", false), *b = new_step("b", false);
	struct writer *w = start(10, &hooks);
	struct writer_stats stats;

	ck_assert_int_eq(h.starts, 1);
	ck_assert(is_set("started"));
	h.fail_batch = true;
	push(w, a);
	sem_wait(&a->over);
	ck_assert_int_eq(a->failed, E_DATABASE_BUSY);
	ck_assert(!a->seen);
	h.fail_batch = false;
	push(w, b);
	sem_wait(&b->over);
	ck_assert_int_eq(b->failed, E_NONE);
	ck_assert(b->seen);
	ck_assert_int_eq(h.batches, 2);
	writer_stats(w, &stats);
	ck_assert_int_eq(stats.failed_commits, 1);
	writer_stop(w);
	free(a);
	free(b);
}
END_TEST

START_TEST(a_failed_start_leaves_nothing)
{
	struct hooked h = { .fail_start = true };
	struct writer_hooks hooks = { .start = hooked_start, .arg = &h };
	struct err e = ERR_INIT;
	struct writer *w = NULL;

	ck_assert_int_eq(writer_start(path, 10, &hooks, &w, &e), -1);
	ck_assert_int_eq(e.code, E_CONFIG_INVALID);
	ck_assert_ptr_null(w);
	ck_assert(!is_set("started"));
}
END_TEST

static int limit_pages(void *arg, struct db *d, int64_t now, struct err *e)
{
	AUTO_FREE char *sql = mem_printf("PRAGMA max_page_count = %d", *(int *)arg);

	(void)now;
	return db_run_text(d, sql, e);
}

static int fill(void *arg, struct db *d, int64_t now, struct err *e)
{
	AUTO_FREE char *value = mem_alloc(100001), *name = NULL;

	(void)now;
	memset(value, 'x', 100000);
	for (int i = 0; i < *(int *)arg; i++) {
		free(name);
		name = mem_printf("big-%d", i);
		if (q_setting_set(d, name, value, e))
			return -1;
	}
	return 0;
}

START_TEST(a_full_disk_is_told_and_ends)
{
	int pages = (int)number("PRAGMA ", "page_count") + 4, plenty = 1 << 30, many = 50, one = 1;
	struct writer *w = start(10, NULL);
	struct step *a = new_step("a", false), *b = new_step("b", false);
	struct err e = ERR_INIT;

	push(w, a);
	sem_wait(&a->over);
	ck_assert_int_eq(writer_call(w, limit_pages, &pages, &e), 0);
	ck_assert_int_eq(writer_call(w, fill, &many, &e), -1);
	ck_assert_int_eq(e.code, E_DISK_FULL);
	ck_assert(is_set("a") && !is_set("big-0"));
	/* Again, and still no harm done. */
	ck_assert_int_eq(writer_call(w, fill, &many, &e), -1);
	ck_assert_int_eq(e.code, E_DISK_FULL);
	ck_assert_int_eq(writer_call(w, limit_pages, &plenty, &e), 0);
	ck_assert_int_eq(writer_call(w, fill, &one, &e), 0);
	push(w, b);
	sem_wait(&b->over);
	ck_assert_int_eq(b->failed, E_NONE);
	ck_assert(is_set("a") && is_set("b") && is_set("big-0") && !is_set("big-1"));
	writer_stop(w);
	ck_assert_int_eq(db_check(db, &e), 0);
	free(a);
	free(b);
}
END_TEST

static int fail_call(void *arg, struct db *d, int64_t now, struct err *e)
{
	(void)arg;
	(void)now;
	return q_setting_set(d, "called", "1", e) ? -1 : err_set(e, E_NOT_ENOUGH, "not %d", 1);
}

START_TEST(a_call_brings_its_error_back)
{
	struct writer *w = start(10, NULL);
	struct err e = ERR_INIT;

	ck_assert_int_eq(writer_call(w, fail_call, NULL, &e), -1);
	ck_assert_int_eq(e.code, E_NOT_ENOUGH);
	ck_assert_str_eq(e.text, "not 1");
	ck_assert(!is_set("called"));
	writer_stop(w);
	writer_stop(NULL);
}
END_TEST

static TCase *fresh_case(Suite *s, const char *name)
{
	TCase *c = tcase_create(name);

	tcase_add_checked_fixture(c, open_fresh, close_fresh);
	tcase_set_timeout(c, 60);
	suite_add_tcase(s, c);
	return c;
}

int main(void)
{
	Suite *s = suite_create("db");
	TCase *c = fresh_case(s, "statements");
	SRunner *r;
	int failed;

	tcase_add_test(c, statements_write_or_not);
	tcase_add_test(c, statements_scan_nothing);
	tcase_add_test(c, statement_names_are_unique);
	c = fresh_case(s, "schema");
	tcase_add_test(c, tables_are_strict);
	tcase_add_test(c, foreign_keys_are_indexed);
	tcase_add_test(c, foreign_keys_are_checked);
	tcase_add_test(c, events_are_append_only);
	c = fresh_case(s, "open");
	tcase_add_test(c, file_is_private);
	tcase_add_test(c, migrating_twice_changes_nothing);
	tcase_add_test(c, newer_database_is_refused);
	tcase_add_test(c, readers_only_read);
	tcase_add_test(c, copies_are_whole);
	tcase_add_test(c, copies_beside_a_writer);
	tcase_add_test(c, savepoints_undo_alone);
	c = tcase_create("refused");
	tcase_add_test(c, foreign_database_is_refused);
	tcase_add_test(c, what_is_no_database_is_refused);
	suite_add_tcase(s, c);
	c = fresh_case(s, "writer");
	tcase_add_test(c, jobs_are_committed_together);
	tcase_add_test(c, the_queue_has_a_limit);
	tcase_add_test(c, stopping_finishes_what_is_queued);
	tcase_add_test(c, hooks_run_before);
	tcase_add_test(c, a_failed_start_leaves_nothing);
	tcase_add_test(c, a_full_disk_is_told_and_ends);
	tcase_add_test(c, a_call_brings_its_error_back);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
