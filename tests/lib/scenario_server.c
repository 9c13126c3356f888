#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "edge/dev_message.h"
#include "edge/house.h"
#include "tests/lib/scenario.h"

#define HELLO_PER_MINUTE 6

static const struct actor system_actor = { .kind = ACTOR_SYSTEM, .name = "system" };
static const struct actor product_actor = { .kind = ACTOR_PRODUCT, .address = "192.0.2.7" };

static int run_start(struct server *s, struct err *e)
{
	struct arena arena;
	struct tx tx = {
		.db = s->db, .now = wall_now(&s->site.wall), .site = &s->site, .actor = &system_actor, .arena = &arena
	};
	int rc;

	if (db_begin(s->db, e))
		return -1;
	arena_init(&arena);
	rc = house_start(&tx, NULL, 0, e) || house_commit(&tx, e) ? -1 : 0;
	arena_fini(&arena);
	if (rc == 0)
		rc = db_commit(s->db, e);
	if (rc)
		db_rollback(s->db);
	return rc;
}

int server_open(struct server *s, enum site_role role, const char *name, const char *dir, struct err *e)
{
	AUTO_FREE char *seal = NULL;

	memset(s, 0, sizeof(*s));
	site_init(&s->site);
	str_copy(s->name, sizeof(s->name), name);
	s->dir = mem_printf("%s/%s", dir, name);
	s->database = mem_printf("%s/%s.db", s->dir, name);
	seal = mem_printf("%s/seal.key", s->dir);
	s->site.role = role;
	s->site.name = s->name;
	s->site.database = s->database;
	s->site.spool_dir = s->dir;
	s->site.product_url = s->site.admin_url = "https://server.example";
	s->site.version = "scenario";
	s->site.started_at = clock_now();
	s->site.hello_per_minute = HELLO_PER_MINUTE;
	if (file_mkdir(s->dir, 0700, e) || seal_key_load(seal, 1, &s->site.seal, e) ||
	    db_open(s->database, DB_WRITER, &s->db, e) || db_migrate(s->db, e) || run_start(s, e))
		return -1;
	return db_open(s->database, DB_READER, &s->reader, e);
}

void server_close(struct server *s)
{
	db_close(s->reader);
	db_close(s->db);
	site_fini(&s->site);
	free(s->dir);
	free(s->database);
	s->reader = s->db = NULL;
	s->dir = s->database = NULL;
}

struct tx server_reader(struct server *s, struct arena *arena)
{
	return (struct tx){ .db = s->reader,
			    .now = wall_now(&s->site.wall),
			    .site = &s->site,
			    .actor = &story_administrator,
			    .arena = arena };
}

static int run_job(struct tx *tx, server_job job, void *arg, struct err *e)
{
	struct tx after = *tx;
	int rc;

	after.actor = &system_actor;
	if (job == NULL)
		return 0;
	if (db_save(tx->db, e))
		return -1;
	rc = job(tx, arg, e);
	if (rc == 0)
		return house_after(&after, e) ? -1 : db_keep(tx->db, e);
	db_undo(tx->db);
	return 1;
}

int server_write(struct server *s, const struct actor *actor, struct arena *arena, server_job job, void *arg, struct err *e)
{
	struct tx hook = {
		.db = s->db, .now = wall_now(&s->site.wall), .site = &s->site, .actor = &system_actor, .arena = arena
	};
	struct tx tx = hook;
	int rc;

	tx.actor = actor;
	if (db_begin(s->db, e))
		return -1;
	rc = house_batch(&hook, e);
	if (rc == 0)
		rc = run_job(&tx, job, arg, e);
	if (rc >= 0 && house_commit(&hook, e))
		rc = -1;
	/* A refused job is undone alone; the batch is committed. */
	if (rc >= 0) {
		struct err why = ERR_INIT;

		if (db_commit(s->db, &why)) {
			*e = why;
			rc = -1;
		}
	}
	if (rc < 0)
		db_rollback(s->db);
	return rc ? -1 : 0;
}

static int work_read(struct work *w, work_fn fn, void *arg, struct err *e)
{
	struct server_desk *d = (struct server_desk *)w;
	struct tx tx = server_reader(d->server, w->arena);
	int rc;

	if (db_begin_read(d->server->reader, e))
		return -1;
	rc = fn(&tx, arg, e);
	db_end_read(d->server->reader);
	return rc;
}

static int work_write(struct work *w, work_fn fn, void *arg, struct err *e)
{
	struct server_desk *d = (struct server_desk *)w;

	return server_write(d->server, w->actor, w->arena, fn, arg, e);
}

struct work *server_work(struct server_desk *d, struct server *s, struct arena *arena)
{
	*d = (struct server_desk){ .work = { .site = &s->site,
					     .actor = &story_administrator,
					     .arena = arena,
					     .read = work_read,
					     .write = work_write },
				   .server = s };
	return &d->work;
}

static int write_message(struct tx *tx, void *arg, struct err *e)
{
	return dev_message_write(tx, arg, e);
}

int server_message(struct server *s, const char *bytes, size_t n, bool plain, struct buf *answer, bool *readable,
		   struct err *e)
{
	struct arena arena;
	struct tx tx;
	struct dev_message *m = NULL;
	struct actor actor = product_actor;
	struct err failed = ERR_INIT;
	enum dev_read what;
	int rc = 0;

	if (s->peer)
		str_copy(actor.address, sizeof(actor.address), s->peer);
	arena_init(&arena);
	tx = server_reader(s, &arena);
	tx.actor = &actor;
	what = dev_message_read(&tx, bytes, n, plain, &m, e);
	*readable = what == DEV_ANSWERED || what == DEV_WRITE;
	if (what == DEV_WRITE && server_write(s, &actor, &arena, write_message, m, &failed) == 0)
		failed = ERR_INIT;
	tx.db = NULL;
	if (*readable)
		rc = dev_message_finish(&tx, m, failed.code ? &failed : NULL, answer, e);
	dev_message_drop(m);
	arena_fini(&arena);
	return rc;
}
