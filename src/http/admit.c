#include "http/admit.h"

#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "http/body.h"
#include "lic/site.h"

size_t admit_max(const struct call *c)
{
	return c->r.route->body == BODY_NONE ? NOTHING_MAX : c->r.body_max;
}

void admit_tx(struct call *c)
{
	c->r.tx.site = c->server->config.site;
	c->r.tx.now = wall_now(&c->r.tx.site->wall);
	c->r.tx.actor = &c->r.actor;
	c->r.tx.arena = &c->arena;
}

static enum MHD_Result note_header(void *cls, enum MHD_ValueKind kind, const char *key, const char *value)
{
	struct head *h = cls;

	(void)kind;
	if (key[strcspn(key, " \t")])
		h->odd_name = true;
	if (strcasecmp(key, "Content-Length") == 0) {
		h->length = value;
		h->lengths++;
	} else if (strcasecmp(key, "Transfer-Encoding") == 0) {
		h->encoding = value;
		h->encodings++;
	} else if (strcasecmp(key, "Content-Type") == 0) {
		h->type = value;
	} else if (strcasecmp(key, "Authorization") == 0) {
		h->authorization = value;
	} else if (strcasecmp(key, "Expect") == 0) {
		h->expect = value;
	}
	return MHD_YES;
}

/* How the body is delimited. Where two readers of the same bytes could see different requests, it is refused
 * and the connection closed (RFC 9112 section 6.3, request smuggling). */
static int read_framing(struct call *c, struct err *e)
{
	struct head *h = &c->head;
	int64_t n;

	MHD_get_connection_values(c->con, MHD_HEADER_KIND, note_header, h);
	/* `Content-Length : 5` is a length to some readers and nothing to the library (RFC 9112 section 5.1). */
	if (h->odd_name)
		return err_set(e, E_BAD_REQUEST, "A header's name has white space in it.");
	if (h->encodings) {
		c->chunked = true;
		if (h->lengths || h->encodings > 1 || strcasecmp(h->encoding, "chunked") != 0)
			return err_set(
				e, E_BAD_REQUEST,
				"The request's length is not clear: send either Content-Length or Transfer-Encoding: chunked.");
	}
	if (h->lengths) {
		if (h->lengths > 1 || str_int(h->length, 0, INT64_MAX, &n))
			return err_set(e, E_BAD_REQUEST, "The Content-Length is not one whole number.");
		c->announced = (size_t)n;
	}
	c->framed = true;
	return 0;
}

static int find_route(struct call *c, char allow[ROUTER_ALLOW_SIZE], struct err *e)
{
	struct url_path path;
	const char *query;

	if (url_path(&c->arena, c->target, &path, &query, e))
		return -1;
	if (query && url_args(&c->arena, query, strlen(query), &c->query, e))
		return -1;
	c->r.route = router_find(c->server->router, c->method, c->listener->door, &path, c->r.param, allow, e);
	if (c->r.route)
		c->r.body_max = c->r.route->max_body;
	return c->r.route ? 0 : -1;
}

static int login(struct call *c, struct err *e)
{
	const char *value = c->head.authorization;
	bool system = false;
	int rc;

	if (value == NULL || strncasecmp(value, "Bearer ", 7) != 0 || c->server->config.login == NULL)
		return err_set(e, E_LOGIN_REQUIRED, NULL);
	value += 7;
	value += strspn(value, " ");
	if (reader_get(c->server, &c->r.tx.db, e))
		return -1;
	rc = c->server->config.login(&c->r.tx, value, &c->r.actor, &system, e);
	c->r.tx.db = NULL;
	if (rc && e->code == E_NONE)
		err_set(e, E_LOGIN_REQUIRED, NULL);
	if (rc)
		return -1;
	str_copy(c->r.actor.address, sizeof(c->r.actor.address), c->conn->address);
	if (c->r.route->access == ACCESS_SYSTEM && !system)
		return err_set(e, E_FORBIDDEN, NULL);
	return 0;
}

/* Who asks, as far as the door tells; then whether the route lets him. */
static int check_access(struct call *c, struct err *e)
{
	struct actor *a = &c->r.actor;

	str_copy(a->address, sizeof(a->address), c->conn->address);
	if (c->listener->door == DOOR_CONTROL) {
		a->kind = ACTOR_LOCAL;
		str_copy(a->name, sizeof(a->name), c->conn->user);
		if (c->r.route->access == ACCESS_OPEN || c->conn->trusted)
			return 0;
		return err_set(e, E_FORBIDDEN,
			       "Only root and the server's own user may do this over the control socket; you are %s.",
			       a->name);
	}
	a->kind = c->listener->door & (DOOR_PRODUCT | DOOR_PLAIN) ? ACTOR_PRODUCT : ACTOR_USER;
	return c->r.route->access == ACCESS_OPEN ? 0 : login(c, e);
}

static int check_body(struct call *c, struct err *e)
{
	const struct route *route = c->r.route;
	bool has_body = c->chunked || c->announced;

	if (c->announced > admit_max(c)) {
		if (route->body == BODY_NONE)
			return err_set(e, E_TOO_LARGE, "This address takes no body; the request has one of %zu bytes.",
				       c->announced);
		return err_set(e, E_TOO_LARGE, "The body has %zu bytes; this address takes at most %zu.", c->announced,
			       route->max_body);
	}
	if (!has_body && c->head.lengths == 0 &&
	    (route->body == BODY_RAW || route->body == BODY_FILE || route->body == BODY_MESSAGE || route->body == BODY_XML))
		return err_set(e, E_LENGTH_REQUIRED, NULL);
	return has_body || route->body == BODY_MESSAGE || route->body == BODY_XML
		     ? body_check_type(route->body, c->head.type, e)
		     : 0;
}

int admit(struct call *c, struct reply **reply)
{
	char allow[ROUTER_ALLOW_SIZE] = "";
	struct err e = ERR_INIT;

	admit_tx(c);
	if (read_framing(c, &e) || find_route(c, allow, &e) || check_access(c, &e) || check_body(c, &e)) {
		*reply = reply_error(&c->r, &e);
		if (e.code == E_METHOD_NOT_ALLOWED)
			reply_header(*reply, "Allow", allow);
		return -1;
	}
	return 0;
}
