/* daemon_tls.h - which TLS certificate is served: files of the configuration, the installed one, or the server's own. */
#ifndef DAEMON_TLS_H
#define DAEMON_TLS_H

#include <pthread.h>
#include <stdbool.h>

#include "base/buf.h"
#include "db/writer.h"
#include "http/server.h"
#include "settings.h"

struct daemon_tls {
	struct site *site;
	const struct settings *settings;
	struct tls *tls;      /* in service; NULL before daemon_tls_open() */
	pthread_mutex_t lock; /* for whoever changes it: what follows is one's at a time */
	struct buf chain, key;
	enum tls_source source;
};

/* Before all others. */
void daemon_tls_init(struct daemon_tls *t, struct site *site, const struct settings *settings);
void daemon_tls_fini(struct daemon_tls *t);

/* The files that the options name are read and tried. */
int daemon_tls_check(struct daemon_tls *t, struct err *e);

/* In the writer's start-up transaction. */
int daemon_tls_start(struct daemon_tls *t, struct db *db, int64_t now, struct err *e);

/* After it: into service. */
int daemon_tls_open(struct daemon_tls *t, struct err *e);

/* Puts a renewed certificate in service; the old one stays when something is wrong with the new. */
void daemon_tls_refresh(struct daemon_tls *t, struct writer *writer);

/* Do options name files? */
bool daemon_tls_configured(const struct daemon_tls *t);

/* The names as configured, or the host's; the caller's to free. */
char *daemon_server_names(const struct settings *s);

/* An error of what an option names: which option. Returns -1. */
int daemon_of_option(const char *option, struct err *e);

#endif
