#include "bench_net.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"

#define PRIORITY "NORMAL:-VERS-ALL:+VERS-TLS1.3:-GROUP-ALL:+GROUP-X25519:+GROUP-SECP256R1"
#define ANSWER_MAX (256 * 1024)
#define DRAIN_NS INT64_C(5000000000) /* for the last answers */
#define CONNECT_NS INT64_C(20000000000)
#define LOST_MAX 1000 /* then something is wrong with the server, not with one connection */

enum state { IDLE, CONNECTING, SENDING, READING };

struct conn {
	gnutls_session_t tls;
	int fd;
	uint32_t events;
	enum state state;
	bool assigned; /* has a request */
	size_t request, sent;
	int64_t begun;
	struct buf in;
	size_t head_n, body_n; /* of the answer, once its head is there */
	bool good;             /* status 200 */
};

struct run {
	const struct bench_load *load;
	struct bench_result *out;
	struct addrinfo *address;
	gnutls_certificate_credentials_t credentials;
	gnutls_priority_t priority;
	struct conn *conns;
	int epoll;
	size_t next;
	int busy; /* connections that wait for something */
	int64_t start, deadline, last;
	uint32_t *latencies; /* microseconds */
	size_t latencies_n, latencies_size;
};

static int64_t clock_ns(clockid_t which)
{
	struct timespec t;

	clock_gettime(which, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static int64_t mono_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

int bench_target_parse(const char *url, struct bench_target *out, struct err *e)
{
	const char *host, *end;

	if (!str_prefix(url, "https://"))
		return err_set(e, E_USAGE, "'%s' is not https://ADDRESS:PORT.", url);
	host = url + strlen("https://");
	end = strrchr(host, ':');
	if (end == NULL || end == host || (size_t)(end - host) >= sizeof(out->host) || strlen(end + 1) >= sizeof(out->port))
		return err_set(e, E_USAGE, "'%s' is not https://ADDRESS:PORT.", url);
	memcpy(out->host, host, (size_t)(end - host));
	out->host[end - host] = '\0';
	str_copy(out->port, sizeof(out->port), end + 1);
	out->port[strcspn(out->port, "/")] = '\0';
	return 0;
}

void bench_request(const struct bench_target *t, const char *path, const char *body, size_t n, bool close, struct buf *out)
{
	buf_printf(out, "%s %s HTTP/1.1\r\nHost: %s:%s\r\n%s", body ? "POST" : "GET", path, t->host, t->port,
		   close ? "Connection: close\r\n" : "");
	if (body)
		buf_printf(out, "Content-Type: application/json\r\nContent-Length: %zu\r\n", n);
	buf_adds(out, "\r\n");
	if (body)
		buf_add(out, body, n);
}

/* ---- one connection ---- */

static void watch(struct run *r, struct conn *c, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = c };

	if (c->events == events)
		return;
	epoll_ctl(r->epoll, c->events ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, c->fd, &event);
	c->events = events;
}

static void hang_up(struct run *r, struct conn *c, bool polite)
{
	if (c->fd < 0)
		return;
	if (polite)
		gnutls_bye(c->tls, GNUTLS_SHUT_WR);
	gnutls_deinit(c->tls);
	close(c->fd);
	if (c->state != IDLE)
		r->busy--;
	c->fd = -1;
	c->events = 0;
	c->state = IDLE;
}

static int dial(struct run *r, struct conn *c)
{
	int on = 1;

	c->fd = socket(r->address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (c->fd < 0)
		return -1;
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (connect(c->fd, r->address->ai_addr, r->address->ai_addrlen) && errno != EINPROGRESS) {
		close(c->fd);
		c->fd = -1;
		return -1;
	}
	gnutls_init(&c->tls, GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL | GNUTLS_NO_TICKETS);
	gnutls_priority_set(c->tls, r->priority);
	gnutls_credentials_set(c->tls, GNUTLS_CRD_CERTIFICATE, r->credentials);
	gnutls_transport_set_int(c->tls, c->fd);
	c->state = CONNECTING;
	r->busy++;
	watch(r, c, EPOLLIN | EPOLLOUT);
	return 0;
}

/* The next request for a connection that has none. false: there is no more. */
static bool assign(struct run *r, struct conn *c)
{
	const struct bench_load *l = r->load;

	c->assigned = false;
	if (mono_ns() >= r->deadline || (r->next >= l->n && !l->repeat))
		return false;
	c->request = r->next++;
	if (l->repeat)
		c->request %= l->n;
	c->sent = 0;
	buf_clear(&c->in);
	c->head_n = 0;
	c->begun = mono_ns();
	c->assigned = true;
	return true;
}

static void latency(struct run *r, int64_t ns)
{
	if (r->latencies_n == r->latencies_size) {
		r->latencies_size = r->latencies_size ? r->latencies_size * 2 : 65536;
		r->latencies = mem_grow(r->latencies, r->latencies_size * sizeof(*r->latencies));
	}
	r->latencies[r->latencies_n++] = (uint32_t)(ns / 1000);
}

/* Is the answer whole? 1 yes, 0 not yet, -1 it is none. */
static int answer_whole(struct conn *c)
{
	static const char length_name[] = "content-length:";
	char *end, *at;

	if (c->head_n == 0) {
		end = c->in.n ? memmem(c->in.data, c->in.n, "\r\n\r\n", 4) : NULL;
		if (end == NULL)
			return c->in.n > ANSWER_MAX ? -1 : 0;
		c->head_n = (size_t)(end - c->in.data) + 4;
		*end = '\0';
		at = strcasestr(c->in.data, length_name);
		if (at == NULL)
			return -1;
		c->body_n = strtoul(at + strlen(length_name), NULL, 10);
		c->good = str_prefix(c->in.data, "HTTP/1.1 200");
		if (c->body_n > ANSWER_MAX)
			return -1;
	}
	return c->in.n >= c->head_n + c->body_n;
}

static void judge(struct run *r, struct conn *c)
{
	const struct bench_load *l = r->load;
	const char *body = c->in.data + c->head_n;
	bool good = c->good && (l->wanted == NULL || memmem(body, c->body_n, l->wanted, strlen(l->wanted)));

	r->last = mono_ns();
	if (good && l->take && l->take(l->arg, c->request, body, c->body_n))
		good = false;
	if (good) {
		r->out->answered++;
		latency(r, r->last - c->begun);
		return;
	}
	if (r->out->refused++ == 0) {
		/* What is different in an answer stands near its end. */
		const char *from = c->body_n > 360 ? body + c->body_n - 360 : body;

		snprintf(r->out->first_refusal, sizeof(r->out->first_refusal), "%.12s … %.*s", c->in.data,
			 (int)(body + c->body_n - from), from);
	}
}

/* Goes on as far as it can: 0 wait for what watch() was told, 1 over (no request left), -1 the connection is lost. */
static int advance(struct run *r, struct conn *c)
{
	for (;;) {
		ssize_t n;
		int rc;

		switch (c->state) {
		case IDLE:
			return 1;
		case CONNECTING:
			rc = gnutls_handshake(c->tls);
			if (rc == GNUTLS_E_AGAIN || rc == GNUTLS_E_INTERRUPTED) {
				watch(r, c, gnutls_record_get_direction(c->tls) ? EPOLLOUT : EPOLLIN);
				return 0;
			}
			if (rc < 0)
				return gnutls_error_is_fatal(rc) ? -1 : 0;
			if (!c->assigned) { /* made ahead of the clock */
				c->state = IDLE;
				r->busy--;
				return 0;
			}
			c->state = SENDING;
			break;
		case SENDING: {
			const struct buf *b = &r->load->requests[c->request];

			n = gnutls_record_send(c->tls, b->data + c->sent, b->n - c->sent);
			if (n == GNUTLS_E_AGAIN || n == GNUTLS_E_INTERRUPTED) {
				watch(r, c, EPOLLOUT);
				return 0;
			}
			if (n < 0)
				return -1;
			c->sent += (size_t)n;
			if (c->sent < b->n)
				break;
			c->state = READING;
			watch(r, c, EPOLLIN);
			return 0; /* the answer cannot be there yet */
		}
		case READING: {
			char *to = buf_room(&c->in, 16384);

			n = gnutls_record_recv(c->tls, to, 16384);
			if (n == GNUTLS_E_AGAIN || n == GNUTLS_E_INTERRUPTED) {
				watch(r, c, EPOLLIN);
				return 0;
			}
			if (n <= 0)
				return -1;
			c->in.n += (size_t)n;
			rc = answer_whole(c);
			if (rc < 0)
				return -1;
			if (rc == 0)
				break;
			judge(r, c);
			if (r->load->reconnect)
				return 1;
			if (!assign(r, c)) {
				c->state = IDLE;
				r->busy--;
				return 1;
			}
			c->state = SENDING;
			break;
		}
		}
	}
}

/* A connection did what it could: with new connections for each request, the next one. */
static int after(struct run *r, struct conn *c, int rc, struct err *e)
{
	if (rc == 0)
		return 0;
	if (rc < 0) {
		r->out->lost++;
		hang_up(r, c, false);
		if (r->out->lost > LOST_MAX)
			return err_set(e, E_CONNECT_FAILED, "More than %d connections to %s:%s ended without an answer.",
				       LOST_MAX, r->load->target->host, r->load->target->port);
	} else if (r->load->reconnect) {
		hang_up(r, c, true);
	} else {
		return 0;
	}
	if (!assign(r, c))
		return 0;
	if (dial(r, c))
		return err_set(e, E_CONNECT_FAILED, "Cannot connect to %s:%s: %s.", r->load->target->host,
			       r->load->target->port, strerror(errno));
	return 0;
}

static int serve(struct run *r, int64_t until, struct err *e)
{
	struct epoll_event events[64];

	while (r->busy > 0 && mono_ns() < until) {
		int n = epoll_wait(r->epoll, events, 64, 200);

		for (int i = 0; i < n; i++) {
			struct conn *c = events[i].data.ptr;

			if (after(r, c, advance(r, c), e))
				return -1;
		}
	}
	return 0;
}

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static double percentile(const struct run *r, double part)
{
	return r->latencies_n ? r->latencies[(size_t)((double)(r->latencies_n - 1) * part)] / 1000.0 : 0;
}

static int connect_all(struct run *r, struct err *e)
{
	for (int i = 0; i < r->load->connections; i++)
		if (dial(r, &r->conns[i]))
			return err_set(e, E_CONNECT_FAILED, "Cannot connect to %s:%s: %s.", r->load->target->host,
				       r->load->target->port, strerror(errno));
	if (serve(r, mono_ns() + CONNECT_NS, e))
		return -1;
	if (r->busy || r->out->lost)
		return err_set(e, E_CONNECT_FAILED, "%s:%s does not take %d connections.", r->load->target->host,
			       r->load->target->port, r->load->connections);
	return 0;
}

static int begin(struct run *r, struct err *e)
{
	for (int i = 0; i < r->load->connections; i++) {
		struct conn *c = &r->conns[i];

		if (!assign(r, c))
			break;
		if (r->load->reconnect) {
			if (dial(r, c))
				return err_set(e, E_CONNECT_FAILED, "Cannot connect: %s.", strerror(errno));
			continue;
		}
		c->state = SENDING;
		r->busy++;
		if (after(r, c, advance(r, c), e))
			return -1;
	}
	return 0;
}

static int run_clocked(struct run *r, struct err *e)
{
	int64_t cpu;

	if (!r->load->reconnect && connect_all(r, e))
		return -1;
	cpu = clock_ns(CLOCK_THREAD_CPUTIME_ID);
	r->start = r->last = mono_ns();
	r->deadline = r->start + (int64_t)(r->load->seconds * 1e9);
	if (begin(r, e) || serve(r, r->deadline + DRAIN_NS, e))
		return -1;
	r->out->client_cpu_s = (double)(clock_ns(CLOCK_THREAD_CPUTIME_ID) - cpu) / 1e9;
	r->out->lost += r->busy; /* never answered */
	r->out->seconds = (double)(r->last - r->start) / 1e9;
	if (r->out->seconds > 0)
		r->out->rate = (double)r->out->answered / r->out->seconds;
	qsort(r->latencies, r->latencies_n, sizeof(*r->latencies), compare);
	r->out->p50_ms = percentile(r, 0.50);
	r->out->p99_ms = percentile(r, 0.99);
	r->out->max_ms = percentile(r, 1.0);
	return 0;
}

int bench_run(const struct bench_load *load, struct bench_result *out, struct err *e)
{
	const struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM };
	struct run r = { .load = load, .out = out, .deadline = INT64_MAX };
	int rc;

	memset(out, 0, sizeof(*out));
	rc = getaddrinfo(load->target->host, load->target->port, &hints, &r.address);
	if (rc)
		return err_set(e, E_CONNECT_FAILED, "%s is not a numeric address: %s.", load->target->host,
			       gai_strerror(rc));
	gnutls_certificate_allocate_credentials(&r.credentials);
	gnutls_priority_init(&r.priority, PRIORITY, NULL);
	r.epoll = epoll_create1(EPOLL_CLOEXEC);
	r.conns = mem_alloc((size_t)load->connections * sizeof(*r.conns));
	for (int i = 0; i < load->connections; i++)
		r.conns[i].fd = -1;
	rc = run_clocked(&r, e);
	for (int i = 0; i < load->connections; i++) {
		hang_up(&r, &r.conns[i], true);
		buf_fini(&r.conns[i].in);
	}
	free(r.conns);
	free(r.latencies);
	close(r.epoll);
	gnutls_priority_deinit(r.priority);
	gnutls_certificate_free_credentials(r.credentials);
	freeaddrinfo(r.address);
	return rc;
}
