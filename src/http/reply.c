#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "base/str.h"
#include "http/admit.h"
#include "base/mem.h"
#include "lic/site.h"

#define RETRY_BUSY_S "2"
#define RETRY_LIMITED_S "30"

static struct reply *reply_new(struct req *r, int status, const char *type, struct MHD_Response *response)
{
	struct call *c = r->http;
	struct reply *p = arena_alloc(r->tx.arena, sizeof(*p));

	if (response == NULL)
		abort(); /* out of memory */
	p->response = response;
	p->status = status;
	p->next = c->replies;
	c->replies = p;
	if (type)
		reply_header(p, "Content-Type", type);
	return p;
}

struct reply *reply_bytes(struct req *r, int status, const char *type, struct buf *body)
{
	size_t n;
	char *data = buf_steal(body, &n);

	return reply_new(r, status, type, MHD_create_response_from_buffer(n, data, MHD_RESPMEM_MUST_FREE));
}

struct reply *reply_file(struct req *r, int status, const char *type, int fd, uint64_t size)
{
	return reply_new(r, status, type, MHD_create_response_from_fd64(size, fd));
}

/* ---- answers in pieces ---- */

#define STREAM_BLOCK ((size_t)32 << 10)

struct stream {
	struct call *c;
	stream_fn next;
	void *ctx;
	struct arena arena; /* of one piece */
	struct buf piece;
	size_t sent; /* of the piece */
	bool over;
};

/* With a database in which one moment is seen. What a piece needs is forgotten with it, who asks too; what the list says
 * is of the time when it began, and whether he may have it of now. */
static int stream_piece(struct stream *s, bool again, struct err *e)
{
	struct req *r = &s->c->r;
	struct arena *arena = r->tx.arena;
	int64_t began = r->tx.now;
	int rc = 0;

	r->tx.arena = &s->arena;
	if (again) {
		r->tx.now = wall_now(&r->tx.site->wall);
		rc = admit_again(s->c, e);
		r->tx.now = began;
	}
	if (rc == 0)
		rc = s->next(r, s->ctx, &s->piece, e);
	r->tx.arena = arena;
	if (again && s->c->secret)
		memset(&r->caller, 0, sizeof(r->caller));
	arena_fini(&s->arena);
	s->over = rc == 0;
	return rc < 0 ? -1 : 0;
}

/* The answer is under way: the request has no read of its own any more. */
static int stream_more(struct stream *s, struct err *e)
{
	struct call *c = s->c;
	int rc = -1;

	buf_clear(&s->piece);
	s->sent = 0;
	if (c->server->stopping)
		return err_set(e, E_STOPPING, NULL);
	if (reader_get(c->server, &c->r.tx.db, e) == 0 && db_begin_read(c->r.tx.db, e) == 0) {
		rc = stream_piece(s, true, e);
		db_end_read(c->r.tx.db);
	}
	c->r.tx.db = NULL;
	return rc;
}

static ssize_t stream_read(void *cls, uint64_t at, char *to, size_t max)
{
	struct stream *s = cls;
	struct err e = ERR_INIT;
	size_t n;

	(void)at;
	if (s->sent == s->piece.n && !s->over && stream_more(s, &e)) {
		if (server_may_log(s->c->server))
			log_warning("http", "request %s: the answer broke off: %s: %s", s->c->r.id, err_name(e.code),
				    e.text);
		return MHD_CONTENT_READER_END_WITH_ERROR;
	}
	n = s->piece.n - s->sent;
	/* Nothing yet: the others of this thread first. */
	if (n == 0)
		return s->over ? MHD_CONTENT_READER_END_OF_STREAM : 0;
	n = n < max ? n : max;
	memcpy(to, s->piece.data + s->sent, n);
	s->sent += n;
	return (ssize_t)n;
}

/* The call may be gone by now. */
static void stream_free(void *cls)
{
	struct stream *s = cls;

	buf_fini(&s->piece);
	free(s);
}

struct reply *reply_stream(struct req *r, int status, const char *type, stream_fn next, void *ctx)
{
	struct stream *s = mem_alloc(sizeof(*s));
	struct call *c = r->http;
	struct err e = ERR_INIT;
	struct reply *p;

	*s = (struct stream){ .c = c, .next = next, .ctx = ctx };
	arena_init(&s->arena);
	if (stream_piece(s, false, &e) == 0 && !s->over) {
		p = reply_new(r, status, type,
			      MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK, stream_read, s,
								stream_free));
		/* To HEAD the library would send the end of a body, which would be taken for the next answer. */
		if (strcmp(c->method, "HEAD") == 0)
			MHD_set_response_options(p->response, MHD_RF_HTTP_VERSION_1_0_ONLY, MHD_RO_END);
		return p;
	}
	p = e.code ? reply_error(r, &e) : reply_bytes(r, status, type, &s->piece);
	stream_free(s);
	return p;
}

struct reply *reply_text(struct req *r, int status, const char *type, const char *text)
{
	struct buf b = BUF_INIT;

	buf_adds(&b, text);
	return reply_bytes(r, status, type, &b);
}

struct reply *reply_json(struct req *r, int status, json_t *v)
{
	struct buf b = BUF_INIT;

	json_write(v, &b);
	json_decref(v);
	return reply_bytes(r, status, "application/json", &b);
}

/* An error text may have been cut in the middle of a character. */
static size_t text_length(const char *text)
{
	size_t n = strlen(text);

	for (int i = 0; i < 4 && n; i++, n--)
		if (str_utf8(text, n))
			return n;
	return 0;
}

static void write_error(const struct err *e, enum err_code code, struct buf *out)
{
	const char *text = e->text;
	size_t n = text_length(text), field_n = text_length(e->field);

	if (n == 0) {
		text = err_default(code);
		n = strlen(text);
	}
	buf_adds(out, "{\"status\":\"ERROR\",\"statusMessage\":");
	json_write_string(text, n, out);
	buf_printf(out, ",\"error\":{\"code\":%d,\"name\":\"%s\"", err_number(code), err_name(code));
	if (field_n) {
		buf_adds(out, ",\"field\":");
		json_write_string(e->field, field_n, out);
	}
	buf_adds(out, "}}");
}

static struct reply *plain_error(struct req *r, int status, enum err_code code, const struct err *e)
{
	struct buf b = BUF_INIT;

	write_error(e, code, &b);
	return reply_bytes(r, status, "application/json", &b);
}

struct reply *reply_error(struct req *r, const struct err *e)
{
	struct call *c = r->http;
	enum err_code code = e->code == E_NONE ? E_INTERNAL : e->code;
	int status = err_http(code);
	struct reply *p;

	if (status >= 500 && code != E_BUSY && code != E_STOPPING && server_may_log(c->server))
		log_warning("http", "request %s: %s: %s", r->id, err_name(code), e->text);
	p = r->route && r->route->refuse ? r->route->refuse(r, e) : plain_error(r, status, code, e);
	p->error = true;
	reply_header(p, "X-Request-Id", r->id);
	if (status == 503 || status == 429)
		reply_header(p, "Retry-After",
			     e->retry_s      ? arena_printf(r->tx.arena, "%d", e->retry_s)
			     : status == 503 ? RETRY_BUSY_S
					     : RETRY_LIMITED_S);
	return p;
}

void reply_header(struct reply *p, const char *name, const char *value)
{
	const char *old = MHD_get_response_header(p->response, name);

	if (old)
		MHD_del_response_header(p->response, name, old);
	if (strcasecmp(name, "Cache-Control") == 0)
		p->cache = true;
	if (MHD_add_response_header(p->response, name, value) != MHD_YES)
		log_error("http", "the header %s was left out: its value cannot be sent", name);
}

enum MHD_Result reply_send(struct call *c, struct reply *p)
{
	MHD_add_response_header(p->response, "X-Content-Type-Options", "nosniff");
	if (!p->cache)
		MHD_add_response_header(p->response, "Cache-Control", "no-store");
	if (c->listener->tls)
		MHD_add_response_header(p->response, "Strict-Transport-Security", "max-age=31536000");
	if (c->server->closing)
		MHD_add_response_header(p->response, "Connection", "close");
	c->stage = STAGE_OVER;
	c->status = p->status;
	return MHD_queue_response(c->con, (unsigned)p->status, p->response);
}

void reply_free_all(struct call *c)
{
	for (struct reply *p = c->replies; p; p = p->next)
		MHD_destroy_response(p->response);
	c->replies = NULL;
}
