#include "db/writer.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

#define BATCH_MAX 256
#define BATCH_MS 20
#define CHECKPOINT_PAGES 1000 /* 4 MiB */

struct writer {
	/* Protects what follows up to `stopping`. Held for moments only, never during SQL. */
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct job *head, **tail;
	int queued, queue_limit;
	_Atomic bool stopping;

	pthread_t thread;
	struct db *db; /* the thread's after the start */
	struct writer_hooks hooks;
	_Atomic int64_t jobs, commits, failed_commits;
	struct histogram seconds, batch;
	_Atomic int64_t judged_at; /* clock_mono() of the last transaction's end */
	_Atomic int verdict;       /* its enum err_code */
};

static const int64_t batch_sizes[] = { 1, 2, 4, 8, 16, 32, 64, 128, 256, INT64_MAX };

struct batch {
	struct job *jobs[BATCH_MAX];
	int n;
};

static struct job *take(struct writer *w, bool wait)
{
	struct job *j;

	pthread_mutex_lock(&w->lock);
	while (wait && w->head == NULL && !w->stopping) {
		struct timespec until;

		/* The capped wait keeps simulated time in black-box tests from stopping the thread for good. */
		clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_sec += 1;
		pthread_cond_clockwait(&w->wake, &w->lock, CLOCK_MONOTONIC, &until);
	}
	j = w->head;
	if (j) {
		w->head = j->next;
		if (w->head == NULL)
			w->tail = &w->head;
		w->queued--;
	}
	pthread_mutex_unlock(&w->lock);
	return j;
}

/* One job in its own savepoint. -1: the transaction itself is lost. */
static int run_one(struct writer *w, struct job *j, int64_t now, struct err *e)
{
	if (db_save(w->db, e))
		return -1;
	if (j->run(j, w->db, now) == 0) {
		if (w->hooks.after_job && w->hooks.after_job(w->db, now, w->hooks.arg, e))
			return -1;
		return db_keep(w->db, e);
	}
	if (!db_in_transaction(w->db))
		return err_set(e, E_DISK_FULL, "The database gave the change up: the disk is full or failing.");
	db_undo(w->db);
	return 0;
}

static int run_batch(struct writer *w, struct batch *b, struct job *first, int64_t now, struct err *e)
{
	int64_t begun = clock_mono();
	struct job *j = first;
	int rc = 0;

	if (db_begin(w->db, e)) {
		/* Those behind it would each wait as long for a database that somebody holds. */
		for (; j; j = b->n < BATCH_MAX ? take(w, false) : NULL)
			b->jobs[b->n++] = j;
		return -1;
	}
	if (w->hooks.before_batch)
		rc = w->hooks.before_batch(w->db, now, w->hooks.arg, e);
	while (j) {
		b->jobs[b->n++] = j;
		if (rc == 0)
			rc = run_one(w, j, now, e);
		if (rc || b->n == BATCH_MAX || clock_mono() - begun >= BATCH_MS)
			break;
		j = take(w, false);
	}
	if (rc == 0 && w->hooks.before_commit)
		rc = w->hooks.before_commit(w->db, now, w->hooks.arg, e);
	if (rc == 0)
		rc = db_commit(w->db, e);
	if (rc)
		db_rollback(w->db);
	return rc;
}

static int64_t batch_time(const struct writer *w)
{
	return w->hooks.now ? w->hooks.now(w->hooks.arg) : clock_now();
}

static void *work(void *arg)
{
	struct writer *w = arg;
	struct job *first;

	while ((first = take(w, true)) != NULL || !w->stopping) {
		struct batch b = { .n = 0 };
		struct err e = ERR_INIT;
		int64_t begun;
		int rc;

		if (first == NULL)
			continue;
		begun = clock_mono_us();
		rc = run_batch(w, &b, first, batch_time(w), &e);
		histogram_add(&w->seconds, clock_mono_us() - begun);
		histogram_add(&w->batch, b.n);
		w->verdict = rc ? (int)e.code : (int)E_NONE;
		w->judged_at = clock_mono();
		w->jobs += b.n;
		w->commits += rc == 0;
		if (rc) {
			w->failed_commits++;
			log_error("db", "%d changes were not kept: %s", b.n, e.text);
		}
		for (int i = 0; i < b.n; i++)
			b.jobs[i]->done(b.jobs[i], rc ? &e : NULL);
		if (db_wal_pages(w->db) > CHECKPOINT_PAGES)
			db_checkpoint(w->db);
	}
	return NULL;
}

/* Start-up work in a transaction of its own. */
static int run_start_hook(struct writer *w, struct err *e)
{
	if (w->hooks.start == NULL)
		return 0;
	if (db_begin(w->db, e))
		return -1;
	if (w->hooks.start(w->db, batch_time(w), w->hooks.arg, e) || db_commit(w->db, e)) {
		db_rollback(w->db);
		return -1;
	}
	return 0;
}

int writer_start(const char *path, int queue_limit, const struct writer_hooks *hooks, struct writer **out, struct err *e)
{
	struct writer *w = mem_alloc(sizeof(*w));

	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->wake, NULL);
	w->tail = &w->head;
	w->queue_limit = queue_limit;
	w->seconds.bounds = histogram_us;
	w->batch.bounds = batch_sizes;
	if (hooks)
		w->hooks = *hooks;
	if (db_open(path, DB_WRITER, &w->db, e) || db_migrate(w->db, e) || run_start_hook(w, e))
		goto fail;
	if (pthread_create(&w->thread, NULL, work, w)) {
		err_set(e, E_INTERNAL, "Cannot start the writer thread.");
		goto fail;
	}
	w->judged_at = clock_mono();
	*out = w;
	return 0;
fail:
	db_close(w->db);
	free(w);
	return -1;
}

int writer_push(struct writer *w, struct job *j, struct err *e)
{
	int rc = 0;

	j->next = NULL;
	pthread_mutex_lock(&w->lock);
	if (w->stopping) {
		rc = err_set(e, E_STOPPING, NULL);
	} else if (w->queued >= w->queue_limit) {
		rc = err_set(e, E_BUSY, NULL);
	} else {
		*w->tail = j;
		w->tail = &j->next;
		if (w->queued++ == 0)
			pthread_cond_signal(&w->wake);
	}
	pthread_mutex_unlock(&w->lock);
	return rc;
}

struct call {
	struct job job;
	int (*run)(void *arg, struct db *d, int64_t now, struct err *e);
	void *arg;
	struct err err;
	int rc;
	bool over;
	pthread_mutex_t lock; /* protects over: the caller waits for it */
	pthread_cond_t wake;
};

static int call_run(struct job *j, struct db *d, int64_t now)
{
	struct call *c = (struct call *)j;

	c->rc = c->run(c->arg, d, now, &c->err);
	return c->rc;
}

static void call_done(struct job *j, const struct err *failed)
{
	struct call *c = (struct call *)j;

	pthread_mutex_lock(&c->lock);
	if (failed) {
		c->rc = -1;
		c->err = *failed;
	}
	c->over = true;
	pthread_cond_signal(&c->wake);
	pthread_mutex_unlock(&c->lock);
}

int writer_call(struct writer *w, int (*run)(void *arg, struct db *d, int64_t now, struct err *e), void *arg, struct err *e)
{
	struct call c = { .job = { .run = call_run, .done = call_done }, .run = run, .arg = arg };

	pthread_mutex_init(&c.lock, NULL);
	pthread_cond_init(&c.wake, NULL);
	if (writer_push(w, &c.job, e)) {
		pthread_cond_destroy(&c.wake);
		pthread_mutex_destroy(&c.lock);
		return -1;
	}
	pthread_mutex_lock(&c.lock);
	while (!c.over)
		pthread_cond_wait(&c.wake, &c.lock);
	pthread_mutex_unlock(&c.lock);
	pthread_cond_destroy(&c.wake);
	pthread_mutex_destroy(&c.lock);
	if (c.rc)
		*e = c.err;
	return c.rc;
}

void writer_stats(struct writer *w, struct writer_stats *out)
{
	out->jobs = w->jobs;
	out->commits = w->commits;
	out->failed_commits = w->failed_commits;
	out->seconds = &w->seconds;
	out->batch = &w->batch;
	pthread_mutex_lock(&w->lock);
	out->queued = w->queued;
	out->queue_limit = w->queue_limit;
	pthread_mutex_unlock(&w->lock);
}

void writer_health(struct writer *w, enum err_code *code, int64_t *age)
{
	*code = (enum err_code)w->verdict;
	*age = clock_mono() - w->judged_at;
}

void writer_stop(struct writer *w)
{
	if (w == NULL)
		return;
	pthread_mutex_lock(&w->lock);
	w->stopping = true;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	db_checkpoint(w->db);
	db_close(w->db);
	pthread_cond_destroy(&w->wake);
	pthread_mutex_destroy(&w->lock);
	free(w);
}
