/* inside.h - what the files of src/http share. Nobody else includes it. */
#ifndef HTTP_INSIDE_H
#define HTTP_INSIDE_H

#include <gnutls/gnutls.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>

#include "http/router.h"
#include "http/server.h"
#include "http/url.h"

struct reader;
struct conn;
struct call;

struct listener {
	struct server *server;
	char *name; /* for the log */
	unsigned door;
	struct tls *tls;
	int fd;
	int port;
	char *path; /* the Unix socket that we made and unlink; else NULL */
	struct MHD_Daemon *daemon;
};

/* A connection whose request was refused while its body was still coming. Closed at once, the kernel would answer
 * the rest of the body with a reset, and the client would lose the answer with it. */
#define LINGER_MAX 64
struct lingering {
	int fd;
	int64_t until; /* clock_mono() */
};

#define HELPERS_MAX 16

/* Calls that wait, the first first. */
struct lane {
	struct call *first, **tail;
	int n;
};

struct server {
	struct server_config config;
	char *database;
	struct router *router;
	struct listener *listeners;
	int n;
	char *own_user; /* name of the daemon's user, for those who come over the control socket */
	uid_t own_uid;
	uint64_t id_base;

	/* Protects the five lists; held for moments, never while calling out. */
	pthread_mutex_t lock;
	struct conn *conns;
	struct reader *readers;
	struct lingering linger[LINGER_MAX];
	int lingering;
	struct lane slow, brief; /* wait for a helper */
	bool helpers_stop;
	pthread_cond_t helpers_wake;

	pthread_t helpers[HELPERS_MAX + 1]; /* the first for brief steps only */
	int helpers_n;

	pthread_t reaper;
	int reaper_wake; /* eventfd; -1: there is no reaper */
	_Atomic bool reaper_stop;

	_Atomic bool closing;  /* answers say Connection: close */
	_Atomic bool stopping; /* the writer gets no more jobs */
	_Atomic int pushing;   /* threads that may be touching the writer */

	struct counts counts;
	_Atomic int64_t started, completed; /* requests whose first line came; that are over */
	_Atomic int64_t busy;               /* those read whole and not over */
	_Atomic int connections;
	_Atomic int64_t log_window; /* second << 8 | lines in it */
};

/* ---- conn.c: what is known of a connection, and the end of slow ones ---- */

enum phase {
	PHASE_HEAD, /* between requests, or reading a request's head */
	PHASE_BODY, /* the first line is there, the rest is being read */
	PHASE_FILE, /* a body that may be large is being read */
	PHASE_BUSY, /* read whole; being answered */
};

struct conn {
	struct conn *prev, *next;
	struct listener *listener;
	int fd;
	_Atomic int phase;
	_Atomic int64_t since; /* clock_mono() at which the phase began, or the present piece of a file */
	_Atomic int64_t until; /* PHASE_FILE: when it ends whatever comes */
	size_t piece;          /* bytes of the present piece */
	_Atomic bool shaken;   /* its TLS handshake is over, or it has none */
	bool linger;           /* the client may still be sending when it is closed */
	bool trusted;          /* on the control socket: root or our own user */
	char user[132];        /* on the control socket */
	char address[64];      /* "" on the control socket */
};

/* NOTIFY_CONNECTION; cls is the listener. */
void conn_notify(void *cls, struct MHD_Connection *con, void **context, enum MHD_ConnectionNotificationCode code);
void conn_phase(struct conn *c, enum phase phase);
/* PHASE_FILE begins; n more bytes of a body came, which counts in that phase only. */
void conn_file(struct conn *c);
void conn_file_came(struct conn *c, size_t n);
int conn_reaper_start(struct server *s, struct err *e);
void conn_reaper_stop(struct server *s);

/* ---- reader.c: one read-only database connection per pool thread ---- */

/* The calling thread's own. Opened at first use; closed by reader_close_all when the threads are gone. */
int reader_get(struct server *s, struct db **out, struct err *e);
void reader_close_all(struct server *s);

/* ---- helper.c: threads for slow steps ---- */

int helpers_start(struct server *s, struct err *e);
/* Takes no more, answers those that wait, and returns when no step runs any more. Does no harm twice. */
void helpers_stop(struct server *s);
/* Puts a call on the queue: a helper runs its slow step and passes it to call_slow_done(). E_BUSY, E_STOPPING: it was
 * not taken. */
int helpers_push(struct server *s, struct call *c, struct err *e);

/* ---- call.c: a request on its way ---- */

/* Callbacks of the library; cls is the listener. */
void *call_begin(void *cls, const char *target, struct MHD_Connection *con);
enum MHD_Result call_handle(void *cls, struct MHD_Connection *con, const char *url, const char *method, const char *version,
			    const char *data, size_t *data_n, void **context);
void call_end(void *cls, struct MHD_Connection *con, void **context, enum MHD_RequestTerminationCode code);

enum stage {
	STAGE_HEAD, /* the head was read; nothing decided yet */
	STAGE_BODY, /* the body is being read, for the route or into the void */
	STAGE_AWAY, /* with a helper or the writer; suspended */
	STAGE_OVER, /* answered */
};

/* The slow step is over, or refused; r.work is gone. The call goes on to the writer or, with an answer, to the pool. */
void call_slow_done(struct call *c, struct reply *p);

/* The head's members that decide. */
struct head {
	const char *length, *encoding, *type, *authorization, *expect;
	int lengths, encodings, authorizations;
	bool odd_name; /* a header's name has white space in it */
};

struct call {
	struct req r;
	struct job job;
	struct call *next; /* that waits for a helper */
	struct arena arena;
	struct server *server;
	struct listener *listener;
	struct conn *conn;
	struct MHD_Connection *con;
	char method[16];
	char *target; /* as it came, for as long as it is decoded */
	size_t target_n;
	size_t path_n; /* of target, without the query: what the log shows */
	struct head head;
	const char *secret, *secret_kind; /* of the session, in the head; NULL: none was shown */
	bool csrf_in_form;                /* it must be in the body */
	struct url_arg *query;
	enum stage stage;
	size_t announced; /* Content-Length */
	bool chunked;
	bool framed;  /* it is clear where the request ends */
	bool counted; /* in server.busy */
	struct buf body;
	size_t received;
	bool judged;           /* the early step was run */
	size_t drain_max;      /* a refused body that is longer is cut off */
	struct reply *refusal; /* decided before the body was read */
	struct reply *reply;   /* of the slow or the write step */
	struct reply *replies; /* all that were made; freed with the call */
	int status;
	int64_t begun; /* clock_mono_us() */
};

/* ---- reply.c ---- */

struct reply {
	struct reply *next;
	struct MHD_Response *response;
	int status;
	bool error;
	bool cache; /* has a Cache-Control of its own */
};

/* Sends it, with the headers that every answer has. */
enum MHD_Result reply_send(struct call *c, struct reply *p);
void reply_free_all(struct call *c);

/* ---- count.c ---- */

void count_init(struct counts *c);
/* A request is over. */
void count_call(struct counts *c, const struct call *call);

/* ---- listen.c ---- */

/* Makes the socket of a listener, or takes the inherited one: fd, port and path are set. E_CONFIG_INVALID. */
int listen_open(const struct listener_config *c, struct listener *out, struct err *e);
void listen_close(struct listener *l);

/* ---- tls.c ---- */

#define TLS_PRIORITY "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:%SERVER_PRECEDENCE"

/* Before the handshake of a new connection. */
void tls_session_begin(struct tls *t, gnutls_session_t session, struct conn *conn);
/* For MHD_OPTION_HTTPS_CERT_CALLBACK2. */
void *tls_callback(void);

/* ---- server.c ---- */

/* Gives a job to the writer unless the server is stopping: E_STOPPING, E_BUSY. */
int server_push(struct server *s, struct job *j, struct err *e);
/* At most 20 lines a second about failed requests: a full queue must not fill the log. */
bool server_may_log(struct server *s);

#endif
