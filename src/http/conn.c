/* conn.c - connections, and the thread that ends those that drip.
 *
 * The library's own timeout counts silence only: a client that sends a byte a second is never silent
 * (pitfalls: libmicrohttpd 2). So a thread looks at all connections once a second and shuts those down whose
 * request is not complete in time; a file as body may take its time as long as it moves. The same thread keeps refused uploads open until the client saw the answer. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "http/inside.h"

#define LOOK_EVERY_MS 1000
#define LINGER_MS 3000
#define FILE_MAX_MS (2 * HOUR_MS)
#define FILE_PIECE ((size_t)64 << 10)

static void set_address(struct conn *c, const struct sockaddr *sa)
{
	if (sa == NULL)
		return;
	if (sa->sa_family == AF_INET) {
		struct sockaddr_in v4;

		memcpy(&v4, sa, sizeof(v4));
		inet_ntop(AF_INET, &v4.sin_addr, c->address, sizeof(c->address));
	} else if (sa->sa_family == AF_INET6) {
		struct sockaddr_in6 v6;

		memcpy(&v6, sa, sizeof(v6));
		/* IPv4 on a dual-stack socket is shown, and rate-limited, as what it is. */
		if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr))
			inet_ntop(AF_INET, &v6.sin6_addr.s6_addr[12], c->address, sizeof(c->address));
		else
			inet_ntop(AF_INET6, &v6.sin6_addr, c->address, sizeof(c->address));
	}
}

/* Who is at the other end of the control socket. Names are not looked up here: that may take long. */
static void set_peer(struct conn *c)
{
	const struct server *s = c->listener->server;
	struct ucred peer;
	socklen_t n = sizeof(peer);

	if (getsockopt(c->fd, SOL_SOCKET, SO_PEERCRED, &peer, &n)) {
		str_copy(c->user, sizeof(c->user), "unknown");
		return;
	}
	c->trusted = peer.uid == 0 || peer.uid == s->own_uid;
	if (peer.uid == s->own_uid)
		str_copy(c->user, sizeof(c->user), s->own_user);
	else if (peer.uid == 0)
		str_copy(c->user, sizeof(c->user), "root");
	else
		snprintf(c->user, sizeof(c->user), "uid %u", (unsigned)peer.uid);
}

static struct conn *conn_new(struct listener *l, struct MHD_Connection *con)
{
	const union MHD_ConnectionInfo *info;
	struct conn *c = mem_alloc(sizeof(*c));

	c->listener = l;
	c->since = clock_mono();
	c->shaken = l->tls == NULL;
	info = MHD_get_connection_info(con, MHD_CONNECTION_INFO_CONNECTION_FD);
	c->fd = info ? info->connect_fd : -1;
	if (l->door == DOOR_CONTROL) {
		set_peer(c);
	} else {
		info = MHD_get_connection_info(con, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
		set_address(c, info ? info->client_addr : NULL);
	}
	if (l->tls) {
		info = MHD_get_connection_info(con, MHD_CONNECTION_INFO_GNUTLS_SESSION);
		if (info && info->tls_session)
			tls_session_begin(l->tls, info->tls_session, c);
	}
	return c;
}

/* A second descriptor keeps the socket when the library closes its own: no reset is sent. Its own end was sent
 * already. With too many of them the answer is left to luck. */
static void linger_begin(struct server *s, int fd)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	if (copy < 0)
		return;
	shutdown(copy, SHUT_WR);
	pthread_mutex_lock(&s->lock);
	if (s->lingering < LINGER_MAX) {
		s->linger[s->lingering++] = (struct lingering){ .fd = copy, .until = clock_mono() + LINGER_MS };
		copy = -1;
	}
	pthread_mutex_unlock(&s->lock);
	if (copy >= 0)
		close(copy);
	else
		eventfd_write(s->reaper_wake, 1);
}

void conn_notify(void *cls, struct MHD_Connection *con, void **context, enum MHD_ConnectionNotificationCode code)
{
	struct listener *l = cls;
	struct server *s = l->server;
	struct conn *c;

	switch (code) {
	case MHD_CONNECTION_NOTIFY_STARTED:
		*context = c = conn_new(l, con);
		s->connections++;
		atomic_fetch_add_explicit(&s->counts.connected, 1, memory_order_relaxed);
		pthread_mutex_lock(&s->lock);
		c->next = s->conns;
		if (c->next)
			c->next->prev = c;
		s->conns = c;
		pthread_mutex_unlock(&s->lock);
		break;
	case MHD_CONNECTION_NOTIFY_CLOSED:
		/* The library closes the descriptor after this: the reaper can never meet a reused one. */
		c = *context;
		if (c == NULL)
			break;
		pthread_mutex_lock(&s->lock);
		if (c->next)
			c->next->prev = c->prev;
		if (c->prev)
			c->prev->next = c->next;
		else
			s->conns = c->next;
		pthread_mutex_unlock(&s->lock);
		s->connections--;
		if (!c->shaken)
			atomic_fetch_add_explicit(&s->counts.handshake_failed, 1, memory_order_relaxed);
		if (c->linger)
			linger_begin(s, c->fd);
		free(c);
		*context = NULL;
		break;
	}
}

void conn_phase(struct conn *c, enum phase phase)
{
	c->since = clock_mono();
	c->phase = phase;
}

void conn_file(struct conn *c)
{
	c->piece = 0;
	c->until = clock_mono() + FILE_MAX_MS;
	conn_phase(c, PHASE_FILE);
}

void conn_file_came(struct conn *c, size_t n)
{
	if (c->phase != PHASE_FILE)
		return;
	c->piece += n;
	if (c->piece < FILE_PIECE)
		return;
	c->piece = 0;
	c->since = clock_mono();
}

/* A silent connection is the library's to close, after the idle timeout. One that is still reading a head
 * later than that has been sending, since at the latest then. */
static bool overdue(const struct server *s, const struct conn *c, int64_t now)
{
	int64_t deadline = s->config.request_deadline_s * SECOND_MS, idle = s->config.connection_timeout_s * SECOND_MS;

	switch ((enum phase)c->phase) {
	case PHASE_HEAD:
		return idle && now - c->since > idle + deadline;
	case PHASE_BODY:
		return now - c->since > deadline;
	case PHASE_FILE:
		return now - c->since > deadline || now > c->until;
	case PHASE_BUSY:
		return false;
	}
	return false;
}

static void shut_overdue(struct server *s)
{
	int64_t now = clock_mono();

	if (s->config.request_deadline_s <= 0)
		return;
	pthread_mutex_lock(&s->lock);
	for (struct conn *c = s->conns; c; c = c->next)
		if (overdue(s, c, now))
			shutdown(c->fd, SHUT_RDWR);
	pthread_mutex_unlock(&s->lock);
}

/* Reads what a refused client still sends. Over when it has seen the end, and at the latest after LINGER_MS. */
static bool linger_over(const struct lingering *l, int64_t now)
{
	static char waste[65536]; /* one thread's */
	ssize_t n = recv(l->fd, waste, sizeof(waste), MSG_DONTWAIT);

	return n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR) || now > l->until;
}

static void linger_read(struct server *s)
{
	int64_t now = clock_mono();

	pthread_mutex_lock(&s->lock);
	for (int i = 0; i < s->lingering;) {
		if (linger_over(&s->linger[i], now)) {
			close(s->linger[i].fd);
			s->linger[i] = s->linger[--s->lingering];
		} else {
			i++;
		}
	}
	pthread_mutex_unlock(&s->lock);
}

/* Waits for a wake-up, for a client that lingers, or a second. */
static void reaper_wait(struct server *s)
{
	struct pollfd fds[1 + LINGER_MAX] = { { .fd = s->reaper_wake, .events = POLLIN } };
	eventfd_t count;
	nfds_t n = 1;

	pthread_mutex_lock(&s->lock);
	for (int i = 0; i < s->lingering; i++)
		fds[n++] = (struct pollfd){ .fd = s->linger[i].fd, .events = POLLIN };
	pthread_mutex_unlock(&s->lock);
	if (poll(fds, n, LOOK_EVERY_MS) > 0 && fds[0].revents)
		eventfd_read(s->reaper_wake, &count);
}

static void *reap(void *arg)
{
	struct server *s = arg;
	int64_t looked = clock_mono();

	while (!s->reaper_stop) {
		reaper_wait(s);
		linger_read(s);
		if (clock_mono() - looked < LOOK_EVERY_MS)
			continue;
		looked = clock_mono();
		shut_overdue(s);
	}
	return NULL;
}

int conn_reaper_start(struct server *s, struct err *e)
{
	s->reaper_wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (s->reaper_wake < 0)
		return err_set(e, E_INTERNAL, "Cannot make an event descriptor: %s.", strerror(errno));
	if (pthread_create(&s->reaper, NULL, reap, s)) {
		close(s->reaper_wake);
		s->reaper_wake = -1;
		return err_set(e, E_INTERNAL, "Cannot start a thread.");
	}
	return 0;
}

void conn_reaper_stop(struct server *s)
{
	if (s->reaper_wake < 0)
		return;
	s->reaper_stop = true;
	eventfd_write(s->reaper_wake, 1);
	pthread_join(s->reaper, NULL);
	close(s->reaper_wake);
	s->reaper_wake = -1;
	while (s->lingering)
		close(s->linger[--s->lingering].fd);
}
