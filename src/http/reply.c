#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "base/str.h"
#include "http/inside.h"

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
