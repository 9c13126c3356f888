#include "http/server.h"

#include <errno.h>
#include <pwd.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/rand.h"
#include "base/str.h"
#include "http/inside.h"

#define CONTROL_THREADS 2
#define LOG_LINES 20 /* a second */

/* While stopping, requests that are being answered get five seconds, those still being sent one. Counted in
 * steps and not by the clock, which stands still in tests. */
#define STEP_US 2000
#define STEPS_BUSY 2500
#define STEPS_READING 500

int server_push(struct server *s, struct job *j, struct err *e)
{
	int rc;

	s->pushing++;
	if (s->stopping)
		rc = err_set(e, E_STOPPING, NULL);
	else
		rc = writer_push(s->config.writer, j, e);
	s->pushing--;
	return rc;
}

bool server_may_log(struct server *s)
{
	int64_t second = clock_mono() / SECOND_MS, old = s->log_window, new;

	do {
		if (old >> 8 != second)
			new = second << 8 | 1;
		else if ((old & 255) < LOG_LINES)
			new = old + 1;
		else
			return false;
	} while (!atomic_compare_exchange_weak(&s->log_window, &old, new));
	return true;
}

static void library_log(void *cls, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));

/* What the library says of clients that vanish, send nonsense or fail a handshake is no news; the rest is. */
static void library_log(void *cls, const char *fmt, va_list ap)
{
	static const char *const serious[] = {
		"Failed to create",
		"Failed to signal",
		"Failed to add",
		"Failed to remove FD",
		"Hit process or system",
		"Server reached connection limit",
		"Call to epoll",
		"Fatal",
		"Internal",
		"MHD_stop_daemon",
		"Out of memory",
		"Attempted",
		"WARNING",
		"GnuTLS failed",
		"Setting priorities",
		"Invalid option",
		"Cannot",
		"Error accepting",
	};
	const struct listener *l = cls;
	enum log_level level = LOG_LEVEL_DEBUG;
	char text[512];
	size_t n;

	vsnprintf(text, sizeof(text), fmt, ap);
	n = strcspn(text, "\n");
	text[n] = '\0';
	for (size_t i = 0; i < sizeof(serious) / sizeof(*serious); i++)
		if (str_prefix(text, serious[i]))
			level = LOG_LEVEL_WARNING;
	if (level == LOG_LEVEL_DEBUG || server_may_log(l->server))
		log_msg(level, "http", "listener %s: libmicrohttpd: %s", l->name, text);
}

static int start_daemon(struct listener *l, struct err *e)
{
	const struct server_config *c = &l->server->config;
	unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC | MHD_USE_ERROR_LOG | MHD_ALLOW_SUSPEND_RESUME;
	int threads = l->door == DOOR_CONTROL || c->threads < CONTROL_THREADS ? CONTROL_THREADS : c->threads;
	struct MHD_OptionItem tls[] = {
		{ MHD_OPTION_HTTPS_CERT_CALLBACK2, 0, tls_callback() },
		{ MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)TLS_PRIORITY },
		{ MHD_OPTION_END, 0, NULL },
	};
	struct MHD_OptionItem *more = tls;

	if (l->tls)
		flags |= MHD_USE_TLS;
	else
		more += 2;
	l->daemon =
		MHD_start_daemon(flags, 0, NULL, NULL, call_handle, l, MHD_OPTION_EXTERNAL_LOGGER, library_log, (void *)l,
				 MHD_OPTION_LISTEN_SOCKET, l->fd, MHD_OPTION_THREAD_POOL_SIZE, (unsigned)threads,
				 MHD_OPTION_CONNECTION_LIMIT, (unsigned)c->connection_limit, MHD_OPTION_CONNECTION_TIMEOUT,
				 (unsigned)c->connection_timeout_s, MHD_OPTION_URI_LOG_CALLBACK, call_begin, (void *)l,
				 MHD_OPTION_NOTIFY_COMPLETED, call_end, (void *)l, MHD_OPTION_NOTIFY_CONNECTION,
				 conn_notify, (void *)l, MHD_OPTION_ARRAY, more, MHD_OPTION_END);
	if (l->daemon == NULL)
		return err_set(e, E_INTERNAL, "Cannot serve %s: %s.", l->name, strerror(errno));
	return 0;
}

static void find_own_user(struct server *s)
{
	struct passwd pw, *found = NULL;
	char space[4096];

	s->own_uid = geteuid();
	getpwuid_r(s->own_uid, &pw, space, sizeof(space), &found);
	s->own_user = found ? mem_strdup(found->pw_name) : mem_printf("uid %u", (unsigned)s->own_uid);
}

static struct server *server_new(const struct server_config *c, int n)
{
	struct server *s = mem_alloc(sizeof(*s));

	s->config = *c;
	count_init(&s->counts);
	s->database = mem_strdup(c->database);
	s->listeners = mem_alloc((size_t)n * sizeof(*s->listeners) + 1);
	s->reaper_wake = -1;
	for (int i = 0; i < n; i++)
		s->listeners[i].fd = -1;
	s->n = n;
	rand_bytes(&s->id_base, sizeof(s->id_base));
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->helpers_wake, NULL);
	find_own_user(s);
	return s;
}

int server_start(const struct server_config *c, const struct listener_config *listeners, int n, struct server **out,
		 struct err *e)
{
	struct server *s = server_new(c, n);

	if (router_new(c->tables, &s->router, e) || conn_reaper_start(s, e) || helpers_start(s, e))
		goto fail;
	for (int i = 0; i < n; i++) {
		struct listener *l = &s->listeners[i];

		l->server = s;
		l->name = mem_strdup(listeners[i].name);
		l->door = listeners[i].door;
		l->tls = listeners[i].tls;
		if (listen_open(&listeners[i], l, e))
			goto fail;
	}
	for (int i = 0; i < n; i++)
		if (start_daemon(&s->listeners[i], e))
			goto fail;
	for (int i = 0; i < n; i++) {
		if (s->listeners[i].port)
			log_info("http", "%s: listening on %s, port %d", s->listeners[i].name, listeners[i].listen,
				 s->listeners[i].port);
		else
			log_info("http", "%s: listening on %s", s->listeners[i].name, listeners[i].listen);
	}
	*out = s;
	return 0;
fail:
	server_free(s);
	return -1;
}

int server_port(struct server *s, int i)
{
	return s->listeners[i].port;
}

/* Gives requests that have begun the time to end. */
static void wait_idle(struct server *s)
{
	for (int i = 0; i < STEPS_BUSY; i++) {
		bool reading = s->started - s->completed > s->busy;

		if (s->busy == 0 && (!reading || i >= STEPS_READING))
			return;
		usleep(STEP_US);
	}
	log_warning("http", "stopping although %d requests are not answered yet", (int)s->busy);
}

void server_quiesce(struct server *s)
{
	if (s->stopping)
		return;
	s->closing = true;
	for (int i = 0; i < s->n; i++)
		if (s->listeners[i].daemon)
			MHD_quiesce_daemon(s->listeners[i].daemon);
	helpers_stop(s);
	wait_idle(s);
	s->stopping = true;
	/* After this the writer may go: nobody is about to use it, and nobody will. */
	while (s->pushing)
		sched_yield();
}

void server_free(struct server *s)
{
	if (s == NULL)
		return;
	server_quiesce(s);
	wait_idle(s);
	/* None of the pool's threads is left after this, and no connection. */
	for (int i = 0; i < s->n; i++) {
		if (s->listeners[i].daemon)
			MHD_stop_daemon(s->listeners[i].daemon);
		listen_close(&s->listeners[i]);
		free(s->listeners[i].name);
	}
	conn_reaper_stop(s);
	reader_close_all(s);
	router_free(s->router);
	pthread_cond_destroy(&s->helpers_wake);
	pthread_mutex_destroy(&s->lock);
	free(s->listeners);
	free(s->database);
	free(s->own_user);
	free(s);
}

const struct counts *server_counts(struct server *s)
{
	return &s->counts;
}

void server_stats(struct server *s, struct server_stats *out)
{
	out->requests = s->completed;
	out->connections = s->connections;
}

struct writer *server_writer(struct server *s)
{
	return s->config.writer;
}
