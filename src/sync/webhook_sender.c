#include "sync/webhook_sender.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "sync/webhook_send.h"

#define LOOK_MS 60000
#define ROUNDS_MAX 5 /* deliveries to one receiver before the others have their turn */

static const struct actor sender_actor = { .kind = ACTOR_SYSTEM, .name = "webhook" };

struct webhook_sender {
	struct site *site;
	struct writer *writer;
	struct db *reader;
	pthread_t thread;
	int wake; /* eventfd */
	_Atomic bool stopping;
};

void webhook_sender_wake(struct webhook_sender *s)
{
	if (s)
		eventfd_write(s->wake, 1);
}

static bool is_stopping(struct work *w)
{
	const struct webhook_sender *s = w->own;

	return s->stopping;
}

struct listing {
	struct webhook_row *rows;
	size_t n;
	int64_t now;
};

static int list_all(struct tx *tx, void *arg, struct err *e)
{
	struct listing *l = arg;

	l->now = tx->now;
	return q_webhook_list(tx->db, tx->arena, &l->rows, &l->n, e);
}

static void serve(struct webhook_sender *s, struct work *w, const struct webhook_row *row)
{
	bool more = true;
	struct err e = ERR_INIT;

	for (int i = 0; more && i < ROUNDS_MAX && !s->stopping; i++)
		if (webhook_deliver(w, row, &more, &e)) {
			log_warning("webhook", "%s: %s", row->uuid, e.text);
			return;
		}
}

static void look(struct webhook_sender *s)
{
	struct listing l = { .n = 0 };
	struct work_desk desk;
	struct arena arena;
	struct err e = ERR_INIT;

	arena_init(&arena);
	work_init(&desk, s->site, &sender_actor, &arena, s->reader, s->writer);
	desk.work.stopping = is_stopping;
	desk.work.own = s;
	if (desk.work.read(&desk.work, list_all, &l, &e))
		log_warning("webhook", "the alert subscriptions cannot be read: %s", e.text);
	for (size_t i = 0; i < l.n && !s->stopping; i++)
		if (l.rows[i].enabled && l.rows[i].retry_at <= l.now)
			serve(s, &desk.work, &l.rows[i]);
	arena_fini(&arena);
}

static void *run(void *arg)
{
	struct webhook_sender *s = arg;

	while (!s->stopping) {
		struct pollfd p = { .fd = s->wake, .events = POLLIN };
		eventfd_t ignored;

		look(s);
		if (poll(&p, 1, LOOK_MS) > 0)
			eventfd_read(s->wake, &ignored);
	}
	return NULL;
}

void webhook_sender_free(struct webhook_sender *s)
{
	if (s == NULL)
		return;
	s->site->webhook_sender = NULL;
	db_close(s->reader);
	close(s->wake);
	free(s);
}

int webhook_sender_start(struct site *site, struct writer *writer, const char *database, struct webhook_sender **out,
			 struct err *e)
{
	struct webhook_sender *s;
	struct db *reader;
	int rc;

	if (db_open(database, DB_READER, &reader, e))
		return -1;
	s = mem_alloc(sizeof(*s));
	*s = (struct webhook_sender){
		.site = site, .writer = writer, .reader = reader, .wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)
	};
	rc = s->wake < 0 ? errno : pthread_create(&s->thread, NULL, run, s);
	if (rc) {
		webhook_sender_free(s);
		return err_set(e, E_INTERNAL, "The thread for alert subscriptions cannot be started: %s.", strerror(rc));
	}
	site->webhook_sender = s;
	*out = s;
	return 0;
}

void webhook_sender_stop(struct webhook_sender *s)
{
	if (s == NULL)
		return;
	s->stopping = true;
	webhook_sender_wake(s);
	pthread_join(s->thread, NULL);
}
