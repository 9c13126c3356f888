#include "sync/scheduler.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "sync/exchange.h"
#include "sync/setting.h"

#define LOOK_MS 10000
#define JOBS_MAX 8 /* exchanges at a time */

static const struct actor schedule_actor = { .kind = ACTOR_SYSTEM, .name = "schedule" };

/* One exchange that runs. */
struct exchange_job {
	struct exchange_job *next;
	struct scheduler *scheduler;
	struct exchange_order order;
	struct actor actor;
	struct running *run;
	pthread_t thread;
	bool over; /* the thread has nothing more to do; under the scheduler's lock */
};

struct scheduler {
	struct site *site;
	struct writer *writer;
	char *database;
	pthread_t thread;
	int wake; /* eventfd */
	struct db *reader;
	bool told_frozen; /* the thread's: it was said that the clock keeps accounts waiting */

	pthread_mutex_t lock; /* protects what follows */
	struct exchange_job *jobs;
	int jobs_n;
	_Atomic bool stopping;
};

void scheduler_wake(struct scheduler *s)
{
	eventfd_write(s->wake, 1);
}

/* ---- an exchange in its thread ---- */

static bool job_stopping(struct work *w)
{
	const struct exchange_job *j = w->own;

	return j->scheduler->stopping || sync_running_cancelled(j->run, NULL);
}

static void run_exchange(struct exchange_job *j, struct db *reader)
{
	struct work_desk desk;
	struct arena arena;
	struct err e = ERR_INIT;

	arena_init(&arena);
	work_init(&desk, j->scheduler->site, &j->actor, &arena, reader, j->scheduler->writer);
	desk.work.stopping = job_stopping;
	desk.work.own = j;
	exchange_run(&desk.work, j->run, &j->order, &e); /* has told what there is to tell */
	arena_fini(&arena);
}

static void *run_job(void *arg)
{
	struct exchange_job *j = arg;
	struct scheduler *s = j->scheduler;
	struct db *reader;
	struct err e = ERR_INIT;

	if (db_open(s->database, DB_READER, &reader, &e)) {
		log_error("sync", "'%s' is not synchronized: %s", j->order.account, e.text);
	} else {
		run_exchange(j, reader);
		db_close(reader);
	}
	mem_cleanse(j->order.code, sizeof(j->order.code));
	sync_running_end(j->run);
	pthread_mutex_lock(&s->lock);
	j->over = true;
	pthread_mutex_unlock(&s->lock);
	scheduler_wake(s);
	return NULL;
}

/* Waits for those that are over, or for all. */
static void reap(struct scheduler *s, bool all)
{
	struct exchange_job **at = &s->jobs;

	pthread_mutex_lock(&s->lock);
	while (*at) {
		struct exchange_job *j = *at;

		if (!j->over && !all) {
			at = &j->next;
			continue;
		}
		*at = j->next;
		s->jobs_n--;
		pthread_mutex_unlock(&s->lock);
		pthread_join(j->thread, NULL);
		free(j);
		pthread_mutex_lock(&s->lock);
		at = &s->jobs;
	}
	pthread_mutex_unlock(&s->lock);
}

/* Under the lock. */
static int start_job(struct scheduler *s, struct exchange_job *j, struct err *e)
{
	int rc;

	if (s->stopping)
		return err_set(e, E_STOPPING, NULL);
	if (s->jobs_n == JOBS_MAX)
		return err_set(e, E_BUSY, "%d accounts are being synchronized already. Try again in a moment.", JOBS_MAX);
	rc = pthread_create(&j->thread, NULL, run_job, j);
	if (rc)
		return err_set(e, E_INTERNAL, "A thread cannot be started: %s.", strerror(rc));
	j->next = s->jobs;
	s->jobs = j;
	s->jobs_n++;
	return 0;
}

int scheduler_order(struct scheduler *s, const struct exchange_order *order, const char *account_uuid,
		    const struct actor *by, struct err *e)
{
	struct exchange_job *j;
	int rc;

	if (s == NULL)
		return err_set(e, E_STOPPING, NULL);
	if (wall_check(&s->site->wall, e))
		return -1;
	j = mem_alloc(sizeof(*j));
	*j = (struct exchange_job){ .scheduler = s, .order = *order, .actor = *by };
	rc = sync_running_begin(account_uuid, order->account, *order->code ? RUNNING_REGISTER : RUNNING_EXCHANGE,
				wall_now(&s->site->wall), by->name, &j->run, e);
	if (rc == 0) {
		pthread_mutex_lock(&s->lock);
		rc = start_job(s, j, e);
		pthread_mutex_unlock(&s->lock);
	}
	if (rc) {
		sync_running_end(j->run);
		mem_cleanse(j->order.code, sizeof(j->order.code));
		free(j);
	}
	return rc;
}

/* ---- what is due ---- */

struct due {
	int64_t account, at;
};

static int store_due(void *arg, struct db *db, int64_t now, struct err *e)
{
	const struct due *d = arg;

	(void)now;
	return q_account_set_sync_due(db, d->account, d->at, e);
}

static void order_scheduled(struct scheduler *s, const struct sync_setting_row *row)
{
	struct exchange_order order = { .account_id = row->account_id, .scheduled = true };
	struct err e = ERR_INIT;

	str_copy(order.account, sizeof(order.account), row->account);
	if (scheduler_order(s, &order, row->account_uuid, &schedule_actor, &e) && e.code != E_SYNC_RUNNING)
		log_warning("sync", "'%s' is due and is not synchronized: %s", row->account, e.text);
}

/* Said once, not every few seconds. */
static bool frozen(struct scheduler *s, const char *account)
{
	struct err e = ERR_INIT;
	bool is = wall_check(&s->site->wall, &e) != 0;

	if (is && !s->told_frozen)
		log_warning("sync", "'%s' is due and waits: %s", account, e.text);
	s->told_frozen = is;
	return is;
}

static void consider(struct scheduler *s, const struct tx *tx, struct sync_setting_row *row)
{
	struct due d = { .account = row->account_id };
	struct schedule schedule;
	struct err e = ERR_INIT;

	setting_schedule(row, &schedule);
	if (setting_is_scheduled(row))
		d.at = schedule_due(&schedule, setting_jitter(tx, row), row->due_at, tx->now);
	if (d.at != row->due_at && !wall_frozen(&s->site->wall, NULL, NULL)) {
		if (writer_call(s->writer, store_due, &d, &e))
			log_warning("sync", "when '%s' is due cannot be stored: %s", row->account, e.text);
		row->due_at = d.at;
	}
	if (d.at && setting_next_attempt(tx, row) <= tx->now && !frozen(s, row->account))
		order_scheduled(s, row);
}

static void look(struct scheduler *s)
{
	struct arena arena;
	struct tx tx = {
		.db = s->reader, .now = wall_now(&s->site->wall), .site = s->site, .actor = &schedule_actor, .arena = &arena
	};
	struct sync_setting_row *rows;
	struct err e = ERR_INIT;
	size_t n = 0;

	arena_init(&arena);
	if (q_sync_setting_list(s->reader, &arena, &rows, &n, &e))
		log_warning("sync", "what is due cannot be read: %s", e.text);
	for (size_t i = 0; i < n && !s->stopping; i++)
		consider(s, &tx, &rows[i]);
	arena_fini(&arena);
}

static bool sweep_stopping(struct work *w)
{
	const struct scheduler *s = w->own;

	return s->stopping;
}

/* What an end without notice left. */
static void sweep(struct scheduler *s)
{
	struct work_desk desk;
	struct arena arena;
	struct err e = ERR_INIT;

	arena_init(&arena);
	work_init(&desk, s->site, &schedule_actor, &arena, s->reader, s->writer);
	desk.work.stopping = sweep_stopping;
	desk.work.own = s;
	if (sync_sweep(&desk.work, &e))
		log_warning("sync", "old request files cannot be removed: %s", e.text);
	arena_fini(&arena);
}

static void *run(void *arg)
{
	struct scheduler *s = arg;

	sweep(s);
	while (!s->stopping) {
		struct pollfd p = { .fd = s->wake, .events = POLLIN };
		eventfd_t ignored;

		look(s);
		if (poll(&p, 1, LOOK_MS) > 0)
			eventfd_read(s->wake, &ignored);
		reap(s, false);
	}
	return NULL;
}

/* ---- life ---- */

void scheduler_free(struct scheduler *s)
{
	if (s == NULL)
		return;
	s->site->scheduler = NULL;
	db_close(s->reader);
	close(s->wake);
	free(s->database);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

int scheduler_start(struct site *site, struct writer *writer, const char *database, struct scheduler **out, struct err *e)
{
	struct scheduler *s;
	struct db *reader;
	int rc;

	if (db_open(database, DB_READER, &reader, e))
		return -1;
	s = mem_alloc(sizeof(*s));
	*s = (struct scheduler){ .site = site,
				 .writer = writer,
				 .reader = reader,
				 .database = mem_strdup(database),
				 .wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) };
	pthread_mutex_init(&s->lock, NULL);
	rc = s->wake < 0 ? errno : pthread_create(&s->thread, NULL, run, s);
	if (rc) {
		scheduler_free(s);
		return err_set(e, E_INTERNAL, "The thread for synchronization cannot be started: %s.", strerror(rc));
	}
	site->scheduler = s;
	*out = s;
	return 0;
}

void scheduler_stop(struct scheduler *s)
{
	if (s == NULL)
		return;
	pthread_mutex_lock(&s->lock);
	s->stopping = true;
	pthread_mutex_unlock(&s->lock);
	scheduler_wake(s);
	pthread_join(s->thread, NULL);
	reap(s, true);
}
