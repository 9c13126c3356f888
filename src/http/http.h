/* http.h - a request, the table of routes, and the answers.
 *
 * Life of a request: a thread of libmicrohttpd's pool reads it; the router decides 404, 405, 411, 413, 415,
 * who it is and whether he may; then, of the route's four steps, those that are set run in this order:
 *
 *   read    pool thread, read-only database     decode, verify, look up; a reply ends the request
 *   slow    helper thread, reads and writes in  what lasts for seconds or minutes; a reply ends the request and
 *           turns (lic/work.h)                  undoes nothing: each write turn is on disk when it is over
 *   write   writer thread, inside a savepoint   change; a reply that is an error undoes the change
 *   finish  pool thread, after the commit       sign, make the reply
 *
 * From the end of read to the beginning of finish the connection is suspended; no answer leaves before its commit. A
 * step returns NULL to go on; the last must return a reply. Only the functions below make replies, so a step can
 * neither forget to answer nor answer twice. Before them all, while a large file arrives, early may refuse the rest of it:
 * whoever may send without signing in shows first that he is to be listened to. That a client went away while the connection was suspended is noticed
 * afterwards only: then finish may be left out.
 *
 * Helpers are few. Requests that find none free wait in a short queue; when that is full they are E_BUSY. Those whose
 * slow step is brief have a queue and a helper of their own: they do not wait for the others. A slow step
 * asks work_check() in its loops: it fails when the server stops, and the stop waits for it.
 *
 * A request must have come in whole within the server's request_deadline_s. One with a BODY_FILE may take longer as
 * long as another 64 KiB of it come within each such time, and two hours at most. */
#ifndef HTTP_HTTP_H
#define HTTP_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "json/json.h"
#include "lic/access.h"
#include "lic/tx.h"
#include "lic/work.h"

struct reply;
struct req;
struct server;
typedef struct reply *(*step_fn)(struct req *r);

enum {
	DOOR_PRODUCT = 1, /* the products' HTTPS listener */
	DOOR_ADMIN = 2,   /* administration and REST, HTTPS */
	DOOR_CONTROL = 4, /* the Unix socket; its login is the peer's uid */
	DOOR_PLAIN = 8,   /* products over plain HTTP, only if switched on */
	DOOR_ANY = 15,
};

/* Where a caller must have the route's right. Wherever it is not the whole of a place, what the route shows and does is
 * only what access_covers() says of each part. */
enum scope {
	OF_SERVER,      /* the whole server */
	ANYWHERE,       /* some part of it */
	OF_ACCOUNT,     /* the whole account that the first {x} names */
	IN_ACCOUNT,     /* some part of it */
	OF_PLACE,       /* the virtual account that the first two {x} name */
	OF_INSTANCE,    /* the virtual account of the product instance that the first {x} names */
	OF_RESERVATION, /* that of the reservation that the first {x} names */
};

/* RFC 6265bis section 4.1.3.2: only over HTTPS, only for this host. Its value is the secret of a browser's session. */
#define SESSION_COOKIE "__Host-session"

#define EARLY_BYTES ((size_t)256 << 10)

enum body_kind {
	BODY_NONE,    /* an empty body, whatever its type */
	BODY_JSON,    /* a JSON object in r->json; empty and `null` are {} */
	BODY_FORM,    /* JSON as above, or application/x-www-form-urlencoded read into the same r->json as strings */
	BODY_RAW,     /* bytes in r->body */
	BODY_MESSAGE, /* bytes in r->body, Content-Type must be application/json */
	BODY_XML,     /* bytes in r->body, Content-Type must be text/xml or application/soap+xml */
	BODY_FILE,    /* bytes in a nameless file in the site's spool_dir, open as r->body_fd; any size, any type */
};

struct route {
	const char *method;  /* `GET`; HEAD is answered from it */
	const char *pattern; /* `/accounts/{account}/licenses`; no trailing slash */
	unsigned doors;
	enum right right; /* RIGHT_OPEN: nobody has to say who he is */
	enum scope scope; /* of no meaning with RIGHT_OPEN and RIGHT_SIGNED */
	enum body_kind body;
	size_t max_body; /* bytes; 0 with BODY_NONE */
	step_fn read, write, finish;
	step_fn slow; /* between read and write; these are last here, since few routes have them */
	/* BODY_FILE: once, in a pool thread with a read-only database, when the first EARLY_BYTES of a longer body are in
	 * r->body_fd, which stands at its beginning. A reply refuses: the rest is not kept. It may make r->body_max smaller. */
	step_fn early;
	/* How errors look here, if not as reply_error makes them: those of the request too. */
	struct reply *(*refuse)(struct req *r, const struct err *e);
	bool brief; /* the slow step lasts for moments only, as the check of a password */
	/* Who asks from this machine itself, not through a proxy and without showing any secret, needs no right. */
	bool near;
};

#define REQ_PARAMS 4

struct req {
	struct tx
		tx; /* database, time, site, actor, arena: valid in read and write (in slow and finish all but the database) */
	const struct route *route;
	unsigned door;
	char id[17];                   /* of the request, in the log and in error answers */
	const char *param[REQ_PARAMS]; /* the {x} of the pattern in order, decoded, never NULL up to their number */
	const char *body;              /* followed by a NUL; empty with BODY_FILE */
	size_t body_n;                 /* bytes of body, or of the file */
	size_t body_max;               /* a body with more is refused: the route's */
	int body_fd;                   /* BODY_FILE: at its beginning, closed when the request ends; else -1 */
	json_t *json;                  /* BODY_JSON, BODY_FORM; never NULL there */
	struct actor actor;
	struct caller caller; /* what he may; nothing with RIGHT_OPEN */
	bool not_slow;        /* read may set it, where there is a write: slow is left out */
	struct work *work;    /* in slow; else NULL. Its arena is that of the request */
	/* In finish: why nothing of the write was kept although its step made no error reply (disk full, database
	 * busy); code E_NONE if it is on disk. A write step may set it itself and return NULL: its changes are undone.
	 * A route without finish never sees it: it answers reply_error. */
	struct err commit_error;
	const struct list_report *report; /* edge/list.h: what a list is handed out as; NULL: as itself */
	void *state;                      /* a route's own, from step to step; from the arena */
	void (*drop)(void *state);        /* called when the request ends, if set */
	void *http;                       /* server.c's own */
};

/* A query argument, decoded; NULL if absent. */
const char *req_query(struct req *r, const char *name);

/* The server that the request came to, for its counters (http/server.h). */
struct server *req_server(struct req *r);

/* Query argument number i (from 0): its name, and its value in *value; NULL behind the last. */
const char *req_query_at(struct req *r, size_t i, const char **value);

/* A request header; NULL if absent. */
const char *req_header(struct req *r, const char *name);

/* The secret in the session's cookie; NULL without exactly one. */
const char *req_session_cookie(struct req *r);

/* E_CSRF if a browser says that a page of somebody else made the request. Asked already where a cookie signs in. */
int req_check_origin(struct req *r, struct err *e);

/* ---- replies: each consumes what it is given ---- */

/* Compact JSON; takes over the reference. */
struct reply *reply_json(struct req *r, int status, json_t *v);

/* {"status":"ERROR","statusMessage":…,"error":{"code","name","field"}} with the code's HTTP status;
 * Retry-After with 503 and 429. Where the route has refuse, that makes the answer. */
struct reply *reply_error(struct req *r, const struct err *e);

/* Bytes; empties the buffer. */
struct reply *reply_bytes(struct req *r, int status, const char *type, struct buf *body);

/* The first size bytes of a file, whatever its size, without reading it into memory; takes over the descriptor, which
 * must be open for reading and allow it at any place. Also over HEAD. A file that became shorter breaks the answer off,
 * at the latest after the idle timeout. */
struct reply *reply_file(struct req *r, int status, const char *type, int fd, uint64_t size);

/* An answer whose bytes are made piece by piece in the pool thread, each when the client has taken what was before: no
 * more than a piece is ever in memory, and no read is open while the client takes it. `next` adds the next piece to out
 * (a few hundred KiB at most; none is allowed): 1: there is more, 0: that was the last one, -1 and e: the answer breaks off, so that the client sees that it is not whole. It finds r->tx.db in a read transaction
 * of its own, r->tx.arena empty each time, and r->caller as it is now: a session that ended ends the answer. What `ctx`
 * points to must last as long as the request; memory from the arena of the step does.
 * The first piece is made at once: if it fails the answer is reply_error, if it is all it has a Content-Length. */
typedef int (*stream_fn)(struct req *r, void *ctx, struct buf *out, struct err *e);
struct reply *reply_stream(struct req *r, int status, const char *type, stream_fn next, void *ctx);

/* A text for people or programs. */
struct reply *reply_text(struct req *r, int status, const char *type, const char *text);

/* Adds a header to a reply. */
void reply_header(struct reply *p, const char *name, const char *value);

#endif
