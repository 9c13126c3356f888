/* writer.h - the one thread that writes, with group commit.
 *
 * Jobs are put on a bounded queue. The thread takes what is there (at most 256 jobs or 20 ms), runs each in
 * a savepoint, commits once with synchronous=FULL, and only then tells the jobs that they are done. A job
 * that fails is undone alone; a commit that fails fails all. */
#ifndef DB_WRITER_H
#define DB_WRITER_H

#include <stdint.h>

#include "base/err.h"
#include "base/histogram.h"
#include "db/db.h"

struct job {
	struct job *next; /* the queue's */

	/* In the writer thread, inside a savepoint: 0 keeps the changes, -1 undoes them. now is the same for
	 * the whole batch (ms UTC). Must not answer anybody yet. */
	int (*run)(struct job *j, struct db *d, int64_t now);

	/* In the writer thread, after the commit. failed is NULL if the batch is on disk, else why nothing of
	 * it was kept. The job may be freed or handed on here; the writer does not touch it again. */
	void (*done)(struct job *j, const struct err *failed);
};

struct writer;

struct writer_stats {
	int64_t jobs, commits, failed_commits;
	int queued, queue_limit;
	const struct histogram *seconds, *batch; /* of transactions: how long each took, in µs, and how many jobs it had */
};

/* Opens the database, migrates it, runs `check` (may be NULL: a hook for start-up work in its own
 * transaction) and starts the thread. before_batch (may be NULL) runs first in every transaction; after_job (may be NULL)
 * at the end of every job that keeps its changes, in its savepoint; before_commit (may be NULL) last in every
 * transaction. If one of them fails, the transaction is given up. */
struct writer_hooks {
	int64_t (*now)(void *arg); /* the time of a batch, ms UTC; NULL: the wall clock */
	int (*start)(struct db *d, int64_t now, void *arg, struct err *e);
	int (*before_batch)(struct db *d, int64_t now, void *arg, struct err *e);
	int (*after_job)(struct db *d, int64_t now, void *arg, struct err *e);
	int (*before_commit)(struct db *d, int64_t now, void *arg, struct err *e);
	void *arg;
};
int writer_start(const char *path, int queue_limit, const struct writer_hooks *hooks, struct writer **out, struct err *e);

/* Puts a job on the queue. -1 (E_BUSY, E_STOPPING): it was not taken and done will not be called. */
int writer_push(struct writer *w, struct job *j, struct err *e);

/* Runs a function in the writer and waits for its commit; for threads that may block. */
int writer_call(struct writer *w, int (*run)(void *arg, struct db *d, int64_t now, struct err *e), void *arg,
		struct err *e);

void writer_stats(struct writer *w, struct writer_stats *out);

/* Can it write? E_NONE, or why the last transaction was not kept. Tells what was so at the last transaction; *age is how
 * long that is ago, ms. */
void writer_health(struct writer *w, enum err_code *code, int64_t *age);

/* Takes no more jobs, finishes those that are queued, checkpoints, closes. */
void writer_stop(struct writer *w);

#endif
