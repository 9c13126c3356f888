/* server.h - listeners on libmicrohttpd. */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include <stdbool.h>

#include "base/histogram.h"
#include "db/writer.h"
#include "http/http.h"

struct server;
struct tls; /* the present TLS certificate; can be replaced while serving */

/* PEM: chain (leaf first) and private key. E_CERTIFICATE_INVALID unless the chain is in order and the key fits. */
int tls_new(const char *chain_pem, const char *key_pem, struct tls **out, struct err *e);
/* Takes effect with the next handshake; on failure the old one stays. */
int tls_replace(struct tls *t, const char *chain_pem, const char *key_pem, struct err *e);
void tls_free(struct tls *t);

struct listener_config {
	const char *name;   /* `products`, for the log */
	const char *listen; /* `127.0.0.1:8442`, `[::]:443`, or a path for the Unix socket */
	int fd;             /* an inherited socket (systemd), or -1 */
	unsigned door;      /* DOOR_*; the manager's one listener has two */
	struct tls *tls;    /* NULL for the Unix socket */
	unsigned mode;      /* of the Unix socket, e.g. 0660 */
};

struct server_config {
	struct site *site;
	struct writer *writer;
	const char *database;              /* for the readers' connections */
	const struct route *const *tables; /* NULL-terminated list of tables, each ended by a row without method */
	int threads;                       /* of each listener's pool; at least 2 */
	int helpers;                       /* threads for the slow steps of all routes; at least 1 */
	int connection_limit;
	int connection_timeout_s; /* idle */
	int request_deadline_s;   /* from a request's first byte to its last; of a BODY_FILE, for each 64 KiB */
	/* Whose is the secret of a session of this kind (lic/session.h)? Fills r->actor and r->caller; -1 and E_LOGIN_REQUIRED
	 * if nobody's. May he what r->route does with r->param? E_FORBIDDEN. Both with r->tx.db: when the head has come, in a
	 * pool thread, and again right before the write step in the writer and before the slow step; so that nothing is
	 * changed by somebody who may no more. login NULL: nobody can sign in. */
	int (*login)(struct req *r, const char *kind, const char *secret, struct err *e);
	int (*authorize)(struct req *r, struct err *e);
	/* A session was used, after some time: in the writer, soon. */
	int (*seen)(struct tx *tx, int64_t session, struct err *e);
};

/* Could this be listened on, as far as can be told without doing it? The name of an address is resolved; the folder of
 * a socket must exist. E_CONFIG_INVALID. */
int server_listen_check(const char *listen, struct err *e);

/* Texts are copied, but for the routes. A listener that cannot be had is E_CONFIG_INVALID and says why; then nothing
 * is left open. */
int server_start(const struct server_config *c, const struct listener_config *listeners, int n, struct server **out,
		 struct err *e);

/* Port of listener i (when 0 was asked for); 0 for the socket. */
int server_port(struct server *s, int i);

/* Stops listening and answers what was begun: slow steps are told to end and waited for without a limit, those that
 * wait for a helper are E_STOPPING; then requests that were read whole get 5 s, others 1 s. The writer must still run. When it returns the writer is not used any more, so that it can be stopped: requests that come later
 * over open connections are answered 503 and closed. */
void server_quiesce(struct server *s);
/* Ends it, after the writer has stopped: it must have told all its jobs that they are done. NULL is allowed. The
 * certificates (tls_free) may go after this. */
void server_free(struct server *s);

/* ---- counters, for /metrics ---- */

/* Routes of a kind, by what they serve. */
enum count_class {
	COUNT_PRODUCT,
	COUNT_CALLHOME,
	COUNT_CRL,
	COUNT_API,
	COUNT_OAUTH,
	COUNT_SYNC,
	COUNT_HEALTH,
	COUNT_METRICS,
	COUNT_OTHER,
	COUNT_CLASSES
};
enum count_method { COUNT_GET, COUNT_HEAD, COUNT_POST, COUNT_OTHER_METHOD, COUNT_METHODS };
#define COUNT_STATUS 600

/* Each number alone is right; those of one moment need not fit together exactly. */
struct counts {
	/* Requests that are over, by HTTP status; 0: it got no answer. */
	_Atomic int64_t requests[COUNT_CLASSES][COUNT_METHODS][COUNT_STATUS];
	/* From the first line to the end of the answer, in µs. */
	struct histogram seconds[COUNT_CLASSES];
	_Atomic int64_t connected;        /* connections that were taken */
	_Atomic int64_t handshake_failed; /* those that ended before their TLS handshake did */
};

const char *count_class_name(enum count_class c);
const char *count_method_name(enum count_method m);
const struct counts *server_counts(struct server *s);
struct server_stats {
	int64_t requests; /* that are over */
	int64_t connections;
};
void server_stats(struct server *s, struct server_stats *out);
struct writer *server_writer(struct server *s);

#endif
