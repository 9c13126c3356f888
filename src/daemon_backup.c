#include "daemon_backup.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/log.h"
#include "lic/backup.h"

#define AGAIN_MS HOUR_MS

static const struct actor schedule_actor = { .kind = ACTOR_SYSTEM, .name = "schedule" };

static bool stopping(struct work *w)
{
	const struct backup_clock *c = w->own;

	return c->stop;
}

static int note_failure(struct tx *tx, void *arg, struct err *e)
{
	return backup_failed(tx, arg, e);
}

static void make(struct backup_clock *c, struct arena *arena)
{
	struct err e = ERR_INIT, ignored = ERR_INIT;
	const char *const *removed;
	struct work_desk desk;
	struct backup made;
	size_t n;

	/* It reads over a connection of its own. */
	work_init(&desk, c->site, &schedule_actor, arena, NULL, c->writer);
	desk.work.stopping = stopping;
	desk.work.own = c;
	if (backup_make(&desk.work, &made, &removed, &n, &e) == 0) {
		log_info("backup", "made %s, %" PRId64 " bytes", made.name, made.size);
		c->failed_at = 0;
		return;
	}
	if (e.code == E_CANCELLED)
		return;
	log_error("backup", "the backup of today could not be made: %s", e.text);
	c->failed_at = clock_mono();
	desk.work.write(&desk.work, note_failure, &e, &ignored);
}

static void *run(void *arg)
{
	struct backup_clock *c = arg;
	struct arena arena;

	arena_init(&arena);
	make(c, &arena);
	arena_fini(&arena);
	c->running = false;
	return NULL;
}

static bool due(const struct backup_clock *c)
{
	int64_t now = wall_now(&c->site->wall), next;
	struct arena arena;

	if (c->failed_at && clock_mono() - c->failed_at < AGAIN_MS)
		return false;
	arena_init(&arena);
	next = backup_next(c->site, &arena, now);
	arena_fini(&arena);
	return next && next <= now;
}

void backup_clock_look(struct backup_clock *c)
{
	if (c->running)
		return;
	if (c->began)
		pthread_join(c->thread, NULL);
	c->began = false;
	if (!due(c))
		return;
	c->running = true;
	c->began = pthread_create(&c->thread, NULL, run, c) == 0;
	if (!c->began) {
		log_error("backup", "there is no thread for the backup of today");
		c->running = false;
	}
}

void backup_clock_stop(struct backup_clock *c)
{
	c->stop = true;
	if (c->began)
		pthread_join(c->thread, NULL);
	c->began = false;
}
