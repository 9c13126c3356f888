/* call.c - a request on its way: read, slow, write, finish.
 *
 * The library calls call_handle once when the head is there, once for each piece of the body, and once at the
 * end; after a suspension once more. An answer that is queued before the body was read costs the connection,
 * so refusals wait for the end of a body that is small, and good requests are never answered early. */
#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/rand.h"
#include "base/str.h"
#include "http/admit.h"
#include "http/body.h"
#include "lic/site.h"

/* A refused body up to this is read and dropped: cheaper than a new connection, and the client surely sees the
 * answer. A longer one is refused at once. */
#define DRAIN_MAX ((size_t)64 << 10)
/* A body without announced length, and one that the disk has no room for, can only be answered at its end; beyond this,
 * and what the route takes as a file, it is cut off. */
#define DRAIN_CHUNKED_MAX ((size_t)16 << 20)

#define PATH_SHOWN 200

static void set_id(struct call *c, int64_t number)
{
	uint64_t x = c->server->id_base + (uint64_t)number * UINT64_C(0x9e3779b97f4a7c15);
	unsigned char bytes[8];

	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	x ^= x >> 31;
	memcpy(bytes, &x, sizeof(bytes));
	str_hex(c->r.id, bytes, sizeof(bytes));
}

void *call_begin(void *cls, const char *target, struct MHD_Connection *con)
{
	struct listener *l = cls;
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(con, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct call *c = mem_alloc(sizeof(*c));

	c->server = l->server;
	c->listener = l;
	c->con = con;
	c->conn = info->socket_context;
	c->begun = clock_mono_us();
	c->r.http = c;
	c->r.door = l->door;
	c->r.body_fd = -1;
	c->target_n = strlen(target);
	c->target = mem_dup(target, c->target_n);
	c->path_n = strcspn(target, "?");
	arena_init(&c->arena);
	set_id(c, c->server->started++);
	conn_phase(c->conn, PHASE_BODY);
	return c;
}

/* Everything of the request was read, or will not be. */
static void set_busy(struct call *c)
{
	c->counted = true;
	c->server->busy++;
	conn_phase(c->conn, PHASE_BUSY);
}

/* The target may hold secrets; only its path is needed from here on. */
static void forget_target(struct call *c)
{
	mem_cleanse(c->target + c->path_n, c->target_n - c->path_n);
}

/* A place for a body that does not belong in memory. */
static int begin_file(struct call *c)
{
	struct err e = ERR_INIT;

	if (c->r.route->body != BODY_FILE)
		return 0;
	if (file_temporary(c->r.tx.site->spool_dir, &c->r.body_fd, &e)) {
		c->refusal = reply_error(&c->r, &e);
		return -1;
	}
	c->drain_max += c->r.route->max_body;
	conn_file(c->conn);
	return 0;
}

static enum MHD_Result begin_body(struct call *c, const char *method)
{
	str_copy(c->method, sizeof(c->method), method);
	c->stage = STAGE_BODY;
	c->drain_max = DRAIN_CHUNKED_MAX;
	if (admit(c, &c->refusal) == 0 && begin_file(c) == 0) {
		forget_target(c);
		return MHD_YES;
	}
	forget_target(c);
	/* A client that waits for `100 Continue` should not have to send the body at all. */
	if (c->framed && c->announced <= DRAIN_MAX && c->head.expect == NULL)
		return MHD_YES;
	set_busy(c);
	c->conn->linger = true;
	return reply_send(c, c->refusal);
}

static void drop_body(struct call *c)
{
	buf_cleanse(&c->body);
	if (c->r.body_fd >= 0)
		close(c->r.body_fd);
	c->r.body_fd = -1;
}

static int keep_body(struct call *c, const char *data, size_t n, struct err *e)
{
	if (c->received > admit_max(c))
		return err_set(e, E_TOO_LARGE, "The body is longer than the %zu bytes that this address takes.",
			       c->r.body_max);
	if (c->r.body_fd >= 0)
		return file_append(c->r.body_fd, data, n, e);
	buf_add(&c->body, data, n);
	return 0;
}

/* The beginning of a large file has come. */
static void judge_early(struct call *c)
{
	struct reply *p = NULL;
	struct err e = ERR_INIT;

	c->judged = true;
	c->r.tx.now = wall_now(&c->r.tx.site->wall);
	if (lseek(c->r.body_fd, 0, SEEK_SET) != 0) {
		err_set(&e, E_FILE_ERROR, "Cannot read a temporary file: %s.", strerror(errno));
	} else if (reader_get(c->server, &c->r.tx.db, &e) == 0 && db_begin_read(c->r.tx.db, &e) == 0) {
		p = c->r.route->early(&c->r);
		db_end_read(c->r.tx.db);
	}
	c->r.tx.db = NULL;
	if (p == NULL && e.code == E_NONE && lseek(c->r.body_fd, 0, SEEK_END) < 0)
		err_set(&e, E_FILE_ERROR, "Cannot write a temporary file: %s.", strerror(errno));
	if (e.code)
		p = reply_error(&c->r, &e);
	if (p) {
		drop_body(c);
		c->refusal = p;
	}
}

static enum MHD_Result take_body(struct call *c, const char *data, size_t n)
{
	struct err e = ERR_INIT;

	c->received += n;
	conn_file_came(c->conn, n);
	if (c->refusal)
		return c->received > c->drain_max ? MHD_NO : MHD_YES;
	if (keep_body(c, data, n, &e)) {
		drop_body(c);
		c->refusal = reply_error(&c->r, &e);
	} else if (c->r.route->early && !c->judged && c->received >= EARLY_BYTES) {
		judge_early(c);
	}
	return MHD_YES;
}

static int decode_body(struct call *c, struct err *e)
{
	struct req *r = &c->r;

	r->body = c->body.data ? c->body.data : "";
	r->body_n = c->body.n;
	switch (r->route->body) {
	case BODY_JSON:
	case BODY_FORM:
		return body_decode(r->route->body, c->head.type, r->body, r->body_n, c->query, &c->arena, &r->json, e);
	case BODY_NONE:
		if (body_is_nothing(r->body, r->body_n))
			return 0;
		return err_set(e, E_TOO_LARGE, "This address takes no body.");
	case BODY_RAW:
	case BODY_MESSAGE:
	case BODY_XML:
		return 0;
	case BODY_FILE:
		r->body_n = c->received;
		if (lseek(r->body_fd, 0, SEEK_SET) == 0)
			return 0;
		return err_set(e, E_FILE_ERROR, "Cannot read a temporary file: %s.", strerror(errno));
	}
	return 0;
}

static struct reply *finish(struct call *c)
{
	struct err e = ERR_INIT;
	struct reply *p = NULL;

	c->r.tx.db = NULL;
	if (c->r.route->finish)
		p = c->r.route->finish(&c->r);
	if (p)
		return p;
	err_set(&e, E_INTERNAL, "The route %s %s has no answer.", c->r.route->method, c->r.route->pattern);
	return reply_error(&c->r, &e);
}

/* The body is whole. NULL: the route goes on to slow or write. */
static struct reply *start(struct call *c)
{
	struct err e = ERR_INIT;
	struct reply *p;

	set_busy(c);
	if (c->refusal)
		return c->refusal;
	c->r.tx.now = wall_now(&c->r.tx.site->wall);
	if (decode_body(c, &e) || admit_form(c, &e))
		return reply_error(&c->r, &e);
	if (c->r.route->read) {
		if (reader_get(c->server, &c->r.tx.db, &e) || db_begin_read(c->r.tx.db, &e))
			return reply_error(&c->r, &e);
		/* While the body came, what he may can have been taken from him. */
		p = c->received && admit_again(c, &e) ? reply_error(&c->r, &e) : c->r.route->read(&c->r);
		db_end_read(c->r.tx.db);
		c->r.tx.db = NULL;
		if (p)
			return p;
	}
	return c->r.route->slow || c->r.route->write ? NULL : finish(c);
}

static struct call *call_of(struct job *j)
{
	return (struct call *)(void *)((char *)j - offsetof(struct call, job));
}

/* Writer thread. */
static int job_run(struct job *j, struct db *d, int64_t now)
{
	struct call *c = call_of(j);
	struct err e = ERR_INIT;

	c->r.tx.db = d;
	c->r.tx.now = now;
	c->reply = admit_again(c, &e) ? reply_error(&c->r, &e) : c->r.route->write(&c->r);
	c->r.tx.db = NULL;
	/* A step with a finish behind it may also say itself why nothing is to be kept. */
	if (c->r.commit_error.code)
		return -1;
	return c->reply && c->reply->error && c->reply->status >= 400 ? -1 : 0;
}

/* Writer thread. What the step answered was true of a batch that does not exist if the commit failed. The call
 * belongs to the pool again as soon as it is resumed. */
static void job_done(struct job *j, const struct err *failed)
{
	struct call *c = call_of(j);

	if (failed) {
		c->r.commit_error = *failed;
		c->reply = c->r.route->finish ? NULL : reply_error(&c->r, failed);
	}
	MHD_resume_connection(c->con);
}

/* The connection is suspended. The call may be back in the pool when this returns; a job that was not taken is still
 * ours. */
static void start_write(struct call *c)
{
	struct err e = ERR_INIT;

	c->job.run = job_run;
	c->job.done = job_done;
	if (server_push(c->server, &c->job, &e)) {
		c->reply = reply_error(&c->r, &e);
		MHD_resume_connection(c->con);
	}
}

/* Helper, or the thread that stops the server. */
void call_slow_done(struct call *c, struct reply *p)
{
	c->reply = p;
	if (p == NULL && c->r.route->write)
		start_write(c);
	else
		MHD_resume_connection(c->con);
}

/* Suspended before a helper or the writer can see the call, so that no resume can come too early. */
static void go_away(struct call *c)
{
	struct err e = ERR_INIT;

	c->stage = STAGE_AWAY;
	MHD_suspend_connection(c->con);
	if (c->r.route->slow == NULL || c->r.not_slow)
		start_write(c);
	else if (helpers_push(c->server, c, &e))
		call_slow_done(c, reply_error(&c->r, &e));
}

enum MHD_Result call_handle(void *cls, struct MHD_Connection *con, const char *url, const char *method, const char *version,
			    const char *data, size_t *data_n, void **context)
{
	struct call *c = *context;
	struct reply *p;

	if (c == NULL)
		return MHD_NO;
	(void)cls, (void)con, (void)url, (void)version;
	switch (c->stage) {
	case STAGE_HEAD:
		return begin_body(c, method);
	case STAGE_BODY:
		if (*data_n) {
			enum MHD_Result rc = take_body(c, data, *data_n);

			*data_n = 0;
			return rc;
		}
		p = start(c);
		if (p)
			return reply_send(c, p);
		go_away(c);
		return MHD_YES; /* c may be in other hands */
	case STAGE_AWAY:
		return reply_send(c, c->reply ? c->reply : finish(c));
	case STAGE_OVER:
		break;
	}
	return MHD_NO;
}

static void log_call(const struct call *c)
{
	int n = c->path_n < PATH_SHOWN ? (int)c->path_n : PATH_SHOWN;
	int64_t ms = (clock_mono_us() - c->begun) / 1000;

	if (c->status >= 500 && server_may_log(c->server))
		log_warning("http", "%s %.*s: %d in %" PRId64 " ms, request %s, listener %s, by %s", c->method, n,
			    c->target, c->status, ms, c->r.id, c->listener->name,
			    c->r.actor.name[0] ? c->r.actor.name : "-");
	else
		log_debug("http", "%s %.*s: %d in %" PRId64 " ms, request %s, listener %s, by %s", c->method, n, c->target,
			  c->status, ms, c->r.id, c->listener->name, c->r.actor.name[0] ? c->r.actor.name : "-");
}

void call_end(void *cls, struct MHD_Connection *con, void **context, enum MHD_RequestTerminationCode code)
{
	struct call *c = *context;
	struct server *s;

	(void)cls, (void)con, (void)code;
	if (c == NULL)
		return;
	*context = NULL;
	s = c->server;
	log_call(c);
	count_call(&s->counts, c);
	if (c->r.drop)
		c->r.drop(c->r.state);
	conn_phase(c->conn, PHASE_HEAD);
	json_decref(c->r.json);
	reply_free_all(c);
	drop_body(c);
	arena_fini(&c->arena);
	if (c->counted)
		s->busy--;
	s->completed++;
	forget_target(c);
	free(c->target);
	free(c);
}
