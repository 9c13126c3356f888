#include "lic/work.h"

#include "lic/site.h"

int work_check(struct work *w, struct err *e)
{
	if (w->stopping && w->stopping(w))
		return err_set(e, E_CANCELLED, NULL);
	return 0;
}

static struct tx make_tx(struct work *w, struct db *db, int64_t now)
{
	return (struct tx){ .db = db, .now = now, .site = w->site, .actor = w->actor, .arena = w->arena };
}

static int desk_read(struct work *w, work_fn fn, void *arg, struct err *e)
{
	struct work_desk *d = (struct work_desk *)w;
	struct tx tx = make_tx(w, d->reader, wall_now(&w->site->wall));
	int rc;

	if (db_begin_read(d->reader, e))
		return -1;
	rc = fn(&tx, arg, e);
	db_end_read(d->reader);
	return rc;
}

struct turn {
	struct work *work;
	work_fn fn;
	void *arg;
};

static int run_turn(void *arg, struct db *db, int64_t now, struct err *e)
{
	struct turn *t = arg;
	struct tx tx = make_tx(t->work, db, now);

	return t->fn(&tx, t->arg, e);
}

static int desk_write(struct work *w, work_fn fn, void *arg, struct err *e)
{
	struct work_desk *d = (struct work_desk *)w;
	struct turn t = { .work = w, .fn = fn, .arg = arg };

	return writer_call(d->writer, run_turn, &t, e);
}

void work_init(struct work_desk *d, struct site *site, const struct actor *actor, struct arena *arena, struct db *reader,
	       struct writer *writer)
{
	*d = (struct work_desk){
		.work = { .site = site, .actor = actor, .arena = arena, .read = desk_read, .write = desk_write },
		.reader = reader,
		.writer = writer,
	};
}
