/* listen.c - the sockets of the listeners. */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/mem.h"
#include "http/inside.h"

#define BACKLOG 4096

static int fail(const struct listener_config *c, int fd, const char *what, struct err *e)
{
	err_set(e, E_CONFIG_INVALID, "Cannot listen on %s: %s: %s.", c->listen, what, strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

/* A socket that somebody left behind is removed; one that somebody answers on, or another file, is not. */
static int clear_path(const struct listener_config *c, const struct sockaddr_un *sa, struct err *e)
{
	struct stat st;
	int fd, rc;

	if (lstat(c->listen, &st))
		return errno == ENOENT ? 0 : fail(c, -1, "cannot look at the path", e);
	if (!S_ISSOCK(st.st_mode))
		return err_set(e, E_CONFIG_INVALID,
			       "Cannot listen on %s: there is a file of this name that is not a socket.", c->listen);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return fail(c, -1, "cannot make a socket", e);
	rc = connect(fd, (const struct sockaddr *)sa, sizeof(*sa));
	if (rc && errno == ECONNREFUSED) {
		close(fd);
		return unlink(c->listen) && errno != ENOENT ? fail(c, -1, "cannot remove the old socket", e) : 0;
	}
	if (rc && errno != EAGAIN) /* a full backlog is somebody, too */
		return fail(c, fd, "there is a socket that cannot be tried", e);
	close(fd);
	return err_set(e, E_CONFIG_INVALID, "Cannot listen on %s: another process answers there. Stop it first.",
		       c->listen);
}

static int open_unix(const struct listener_config *c, struct listener *out, struct err *e)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(c->listen) >= sizeof(sa.sun_path))
		return err_set(e, E_CONFIG_INVALID, "Cannot listen on %s: the path has more than %zu bytes.", c->listen,
			       sizeof(sa.sun_path) - 1);
	strncpy(sa.sun_path, c->listen, sizeof(sa.sun_path) - 1);
	if (clear_path(c, &sa, e))
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return fail(c, -1, "cannot make a socket", e);
	if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)))
		return fail(c, fd, "cannot bind", e);
	out->path = mem_strdup(c->listen);
	/* Nobody can connect before listen(), so nobody can before the mode is right. */
	if (chmod(c->listen, c->mode) || listen(fd, BACKLOG))
		return fail(c, fd, "cannot set it up", e);
	out->fd = fd;
	return 0;
}

/* `host:port` and `[host]:port`, taken apart in place. */
static int split(char *text, char **host, char **port)
{
	char *colon = strrchr(text, ':');
	size_t n;

	if (colon == NULL)
		return -1;
	*colon = '\0';
	*port = colon + 1;
	*host = text;
	n = strlen(text);
	if (*text == '[') {
		if (n < 3 || text[n - 1] != ']')
			return -1;
		text[n - 1] = '\0';
		*host = text + 1;
		return 0;
	}
	/* Of an IPv6 address without brackets, where its port begins is a guess. */
	return n == 0 || strchr(text, ':') ? -1 : 0;
}

static int local_port(int fd)
{
	struct sockaddr_storage sa;
	struct sockaddr_in v4;
	socklen_t n = sizeof(sa);

	if (getsockname(fd, (struct sockaddr *)&sa, &n) || (sa.ss_family != AF_INET && sa.ss_family != AF_INET6))
		return 0;
	memcpy(&v4, &sa, sizeof(v4)); /* the port is at the same place in both */
	return ntohs(v4.sin_port);
}

static int bind_tcp(const struct listener_config *c, const struct addrinfo *ai, struct err *e)
{
	int fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on = 1, off = 0;

	if (fd < 0)
		return fail(c, -1, "cannot make a socket", e);
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
	    (ai->ai_family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off))))
		return fail(c, fd, "cannot set an option", e);
	if (bind(fd, ai->ai_addr, ai->ai_addrlen))
		return fail(c, fd, "cannot bind", e);
	if (listen(fd, BACKLOG))
		return fail(c, fd, "cannot listen", e);
	return fd;
}

static int resolve(const char *listen, struct addrinfo **ai, struct err *e)
{
	const struct addrinfo hints = { .ai_flags = AI_PASSIVE | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM };
	AUTO_FREE char *text = mem_strdup(listen);
	char *host, *port;
	int rc;

	if (split(text, &host, &port))
		return err_set(
			e, E_CONFIG_INVALID,
			"'%s' is not an address to listen on. Write 192.0.2.1:8443 or [2001:db8::1]:8443, [::]:8443 for all "
			"addresses, or the path of a socket.",
			listen);
	rc = getaddrinfo(host, port, &hints, ai);
	return rc ? err_set(e, E_CONFIG_INVALID, "Cannot listen on %s: %s.", listen, gai_strerror(rc)) : 0;
}

static int check_folder(const char *path, struct err *e)
{
	const char *slash = strrchr(path, '/');
	AUTO_FREE char *dir = mem_dup(path, slash == path ? 1 : (size_t)(slash - path));
	struct stat st;

	if (stat(dir, &st) == 0)
		return S_ISDIR(st.st_mode)
			     ? 0
			     : err_set(e, E_CONFIG_INVALID, "Cannot listen on %s: %s is not a folder.", path, dir);
	if (errno != ENOENT)
		return err_set(e, E_CONFIG_INVALID, "Cannot listen on %s: %s: %s.", path, dir, strerror(errno));
	return err_set(e, E_CONFIG_INVALID, "Cannot listen on %s: the folder %s does not exist%s", path, dir,
		       strcmp(dir, "/run/license-satellite") == 0 ? ": systemd-tmpfiles --create makes it."
								  : ". Make it first.");
}

int server_listen_check(const char *listen, struct err *e)
{
	struct addrinfo *ai = NULL;

	if (strchr(listen, '/'))
		return check_folder(listen, e);
	if (resolve(listen, &ai, e))
		return -1;
	freeaddrinfo(ai);
	return 0;
}

static int open_tcp(const struct listener_config *c, struct listener *out, struct err *e)
{
	struct addrinfo *ai = NULL;

	if (resolve(c->listen, &ai, e))
		return -1;
	out->fd = bind_tcp(c, ai, e);
	freeaddrinfo(ai);
	return out->fd < 0 ? -1 : 0;
}

/* A socket that systemd made: it must be one that accepts. */
static int take_inherited(const struct listener_config *c, struct listener *out, struct err *e)
{
	int accepting = 0, flags;
	socklen_t n = sizeof(accepting);

	if (getsockopt(c->fd, SOL_SOCKET, SO_ACCEPTCONN, &accepting, &n) || !accepting)
		return err_set(e, E_CONFIG_INVALID, "The inherited descriptor %d for %s is not a listening socket.", c->fd,
			       c->name);
	flags = fcntl(c->fd, F_GETFL);
	if (flags < 0 || fcntl(c->fd, F_SETFL, flags | O_NONBLOCK) || fcntl(c->fd, F_SETFD, FD_CLOEXEC))
		return fail(c, -1, "cannot set an option", e);
	out->fd = c->fd;
	return 0;
}

int listen_open(const struct listener_config *c, struct listener *out, struct err *e)
{
	int rc;

	out->fd = -1;
	if (c->fd >= 0)
		rc = take_inherited(c, out, e);
	else if (strchr(c->listen, '/'))
		rc = open_unix(c, out, e);
	else
		rc = open_tcp(c, out, e);
	if (rc)
		return -1;
	out->port = local_port(out->fd);
	return 0;
}

void listen_close(struct listener *l)
{
	if (l->path)
		unlink(l->path);
	free(l->path);
	l->path = NULL;
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
}
