#include "http/admit.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/str.h"
#include "crypt/digest.h"
#include "http/body.h"
#include "lic/session.h"
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
		h->authorizations++;
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
	/* One that a proxy checked must not be another than the one that counts here. */
	if (h->authorizations > 1)
		return err_set(e, E_BAD_REQUEST, "The request has more than one Authorization header.");
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
	c->r.route = router_find(c->server->router, c->method, c->listener->door, &path, c->r.param, allow, e);
	if (c->r.route == NULL)
		return -1;
	c->r.body_max = c->r.route->max_body;
	return query ? url_args(&c->arena, query, strlen(query), &c->query, e) : 0;
}

#define CSRF_HEADER "X-CSRF-Token"
#define CSRF_MEMBER "csrf_token"

static bool changes(const struct call *c)
{
	return strcmp(c->method, "GET") != 0 && strcmp(c->method, "HEAD") != 0;
}

/* A browser sends its cookie with whatever a page of somebody else makes it send. Newer ones say where the page is from,
 * and none lets that page read the token (OWASP CSRF prevention). */
int req_check_origin(struct req *r, struct err *e)
{
	const char *origin = req_header(r, "Origin"), *host = req_header(r, "Host");
	const char *site = req_header(r, "Sec-Fetch-Site");

	if (site && strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0)
		return err_set(e, E_CSRF, NULL);
	if (origin && (host == NULL || strncmp(origin, "https://", 8) != 0 || strcasecmp(origin + 8, host) != 0))
		return err_set(e, E_CSRF, NULL);
	return 0;
}

static bool csrf_fits(const struct call *c, const char *token)
{
	size_t n = strlen(c->r.caller.csrf);

	return token && n && strlen(token) == n && digest_equal(token, c->r.caller.csrf, n);
}

/* What changes something by cookie needs the token: in a header, or in the form when it has come. */
static int check_csrf(struct call *c, struct err *e)
{
	const char *token = req_header(&c->r, CSRF_HEADER);

	if (!c->r.caller.browser || !changes(c))
		return 0;
	if (req_check_origin(&c->r, e))
		return -1;
	if (token == NULL && c->r.route->body == BODY_FORM) {
		c->csrf_in_form = true;
		return 0;
	}
	return csrf_fits(c, token) ? 0 : err_set(e, E_CSRF, NULL);
}

int admit_form(struct call *c, struct err *e)
{
	if (!c->csrf_in_form)
		return 0;
	if (!csrf_fits(c, json_string_value(json_object_get(c->r.json, CSRF_MEMBER))))
		return err_set(e, E_CSRF, NULL);
	json_object_del(c->r.json, CSRF_MEMBER);
	return 0;
}

struct cookie {
	const char *value;
	int n;
};

static enum MHD_Result note_cookie(void *cls, enum MHD_ValueKind kind, const char *key, const char *value)
{
	struct cookie *c = cls;

	(void)kind;
	if (strcmp(key, SESSION_COOKIE) == 0) {
		c->value = value;
		c->n++;
	}
	return MHD_YES;
}

/* By its exact name: browsers that keep others from setting `__Host-` may let them set `__host-`, and the library's own
 * search is without case. Of two, one is not from here. */
const char *req_session_cookie(struct req *r)
{
	const struct call *c = r->http;
	struct cookie found = { 0 };

	MHD_get_connection_values(c->con, MHD_COOKIE_KIND, note_cookie, &found);
	return found.n == 1 ? found.value : NULL;
}

/* The secret that the caller shows: an access token (RFC 6750 section 2.1), or a browser's cookie. */
static void read_secret(struct call *c)
{
	const char *value = c->head.authorization;

	if (value) {
		if (strncasecmp(value, "Bearer ", 7) == 0)
			c->secret = value + 7 + strspn(value + 7, " ");
		c->secret_kind = SESSION_TOKEN;
		return;
	}
	c->secret = req_session_cookie(&c->r);
	c->secret_kind = SESSION_BROWSER;
}

int admit_again(struct call *c, struct err *e)
{
	const struct server_config *config = &c->server->config;

	if (c->listener->door == DOOR_CONTROL || c->r.route->right == RIGHT_OPEN)
		return 0;
	if (c->secret == NULL || config->login == NULL)
		return err_set(e, E_LOGIN_REQUIRED, NULL);
	memset(&c->r.caller, 0, sizeof(c->r.caller));
	if (config->login(&c->r, c->secret_kind, c->secret, e))
		return -1;
	c->r.tx.caller = &c->r.caller;
	return config->authorize(&c->r, e);
}

/* ---- that a session was used ---- */

struct sighting {
	struct job job;
	struct server *server;
	int64_t session;
};

static struct sighting *sighting_of(struct job *j)
{
	return (struct sighting *)(void *)((char *)j - offsetof(struct sighting, job));
}

static int sighting_run(struct job *j, struct db *db, int64_t now)
{
	static const struct actor nobody = { .kind = ACTOR_SYSTEM };
	struct sighting *s = sighting_of(j);
	struct tx tx = { .db = db, .now = now, .site = s->server->config.site, .actor = &nobody };
	struct err e = ERR_INIT;

	return s->server->config.seen(&tx, s->session, &e);
}

static void sighting_done(struct job *j, const struct err *failed)
{
	(void)failed;
	free(sighting_of(j));
}

static void note_use(struct call *c)
{
	struct sighting *s;
	struct err ignored;

	if (c->server->config.seen == NULL || !session_is_stale(&c->r.caller, c->r.tx.now))
		return;
	s = mem_alloc(sizeof(*s));
	s->job.run = sighting_run;
	s->job.done = sighting_done;
	s->server = c->server;
	s->session = c->r.caller.session;
	if (server_push(c->server, &s->job, &ignored))
		free(s);
}

static int check_session(struct call *c, struct err *e)
{
	int rc;

	read_secret(c);
	if (c->secret == NULL)
		return err_set(e, E_LOGIN_REQUIRED, NULL);
	if (reader_get(c->server, &c->r.tx.db, e) || db_begin_read(c->r.tx.db, e)) {
		c->r.tx.db = NULL;
		return -1;
	}
	rc = admit_again(c, e);
	db_end_read(c->r.tx.db);
	c->r.tx.db = NULL;
	if (rc || check_csrf(c, e))
		return -1;
	note_use(c);
	return 0;
}

/* From this machine itself, by an address that nobody can forge over the network, and not passed on by a proxy that stands
 * here for somebody else. Whoever shows a secret is judged by that. */
static bool is_near(struct call *c)
{
	static const char *const passed_on[] = { "Forwarded", "Via",         "X-Forwarded-For",  "X-Forwarded-Host",
						 "X-Real-IP", "X-Client-IP", "X-Forwarded-Proto" };
	const char *address = c->conn->address;

	if (!c->r.route->near || c->head.authorization || req_header(&c->r, "Cookie"))
		return false;
	for (size_t i = 0; i < sizeof(passed_on) / sizeof(*passed_on); i++)
		if (req_header(&c->r, passed_on[i]))
			return false;
	return strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0;
}

/* Who asks, as far as the door tells; then whether the route lets him. */
static int check_access(struct call *c, struct err *e)
{
	struct actor *a = &c->r.actor;

	str_copy(a->address, sizeof(a->address), c->conn->address);
	if (c->listener->door == DOOR_CONTROL) {
		a->kind = ACTOR_LOCAL;
		str_copy(a->name, sizeof(a->name), c->conn->user);
		c->r.caller.local = c->conn->trusted;
		if (c->r.route->right == RIGHT_OPEN || c->conn->trusted)
			return 0;
		return err_set(e, E_FORBIDDEN,
			       "Only root and the server's own user may do this over the control socket; you are %s.",
			       a->name);
	}
	a->kind = c->listener->door & (DOOR_PRODUCT | DOOR_PLAIN) ? ACTOR_PRODUCT : ACTOR_USER;
	return c->r.route->right == RIGHT_OPEN || is_near(c) ? 0 : check_session(c, e);
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
