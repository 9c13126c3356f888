/* helper.c - threads that may block, for slow steps.
 *
 * One of them takes brief steps only, so that nobody who signs in waits for a synchronization; the others take what is
 * long first, so that no synchronization waits for all those who sign in. A call on the queue is suspended. Whoever takes it off the queue, a helper or the stop, passes it on; so it is resumed
 * exactly once. */
#include "http/admit.h"
#include "http/inside.h"
#include "lic/site.h"

#define QUEUE_MAX 32

static bool stopping(struct work *w)
{
	const struct server *s = w->own;

	return s->closing;
}

/* He may have waited long, or sent for long. */
static int may(struct call *c, struct db *reader, struct err *e)
{
	int rc;

	if (db_begin_read(reader, e))
		return -1;
	c->r.tx.db = reader;
	c->r.tx.now = wall_now(&c->server->config.site->wall);
	rc = admit_again(c, e);
	c->r.tx.db = NULL;
	db_end_read(reader);
	return rc;
}

static void run(struct server *s, struct call *c)
{
	struct err e = ERR_INIT;
	struct work_desk desk;
	struct reply *p;
	struct db *reader;

	if (reader_get(s, &reader, &e) || may(c, reader, &e)) {
		call_slow_done(c, reply_error(&c->r, &e));
		return;
	}
	work_init(&desk, s->config.site, &c->r.actor, &c->arena, reader, s->config.writer);
	desk.work.stopping = stopping;
	desk.work.own = s;
	c->r.work = &desk.work;
	c->r.tx.now = wall_now(&s->config.site->wall);
	p = c->r.route->slow(&c->r);
	c->r.work = NULL;
	call_slow_done(c, p);
}

static void put(struct lane *lane, struct call *c)
{
	if (lane->first == NULL)
		lane->tail = &lane->first;
	c->next = NULL;
	*lane->tail = c;
	lane->tail = &c->next;
	lane->n++;
}

/* The first that waits; with s->lock held. */
static struct call *take(struct lane *lane)
{
	struct call *c = lane->first;

	if (c) {
		lane->first = c->next;
		lane->n--;
	}
	return c;
}

static void serve(struct server *s, bool brief_only)
{
	pthread_mutex_lock(&s->lock);
	while (!s->helpers_stop) {
		struct call *c = brief_only ? NULL : take(&s->slow);

		if (c == NULL)
			c = take(&s->brief);
		if (c == NULL) {
			pthread_cond_wait(&s->helpers_wake, &s->lock);
			continue;
		}
		pthread_mutex_unlock(&s->lock);
		run(s, c);
		pthread_mutex_lock(&s->lock);
	}
	pthread_mutex_unlock(&s->lock);
}

static void *help(void *arg)
{
	serve(arg, false);
	return NULL;
}

static void *help_briefly(void *arg)
{
	serve(arg, true);
	return NULL;
}

int helpers_start(struct server *s, struct err *e)
{
	int n = s->config.helpers;

	n = n < 1 ? 1 : n > HELPERS_MAX ? HELPERS_MAX : n;
	for (; s->helpers_n < n + 1; s->helpers_n++)
		if (pthread_create(&s->helpers[s->helpers_n], NULL, s->helpers_n ? help : help_briefly, s))
			return err_set(e, E_INTERNAL, "Cannot start a thread.");
	return 0;
}

int helpers_push(struct server *s, struct call *c, struct err *e)
{
	struct lane *lane = c->r.route->brief ? &s->brief : &s->slow;
	int rc = 0;

	pthread_mutex_lock(&s->lock);
	if (s->helpers_stop) {
		rc = err_set(e, E_STOPPING, NULL);
	} else if (lane->n >= QUEUE_MAX) {
		rc = err_set(e, E_BUSY, "%d requests of this kind wait already. Try again in a moment.", QUEUE_MAX);
	} else {
		put(lane, c);
		/* All: the one that wakes first may be the one that does not take it. */
		pthread_cond_broadcast(&s->helpers_wake);
	}
	pthread_mutex_unlock(&s->lock);
	return rc;
}

/* Those that wait are told at once, however long the present steps last. */
static void refuse_waiting(struct server *s)
{
	for (;;) {
		struct err e = ERR_INIT;
		struct call *c;

		pthread_mutex_lock(&s->lock);
		c = take(&s->slow);
		if (c == NULL)
			c = take(&s->brief);
		pthread_mutex_unlock(&s->lock);
		if (c == NULL)
			return;
		err_set(&e, E_STOPPING, NULL);
		call_slow_done(c, reply_error(&c->r, &e));
	}
}

void helpers_stop(struct server *s)
{
	pthread_mutex_lock(&s->lock);
	s->helpers_stop = true;
	pthread_cond_broadcast(&s->helpers_wake);
	pthread_mutex_unlock(&s->lock);
	refuse_waiting(s);
	while (s->helpers_n)
		pthread_join(s->helpers[--s->helpers_n], NULL);
}
