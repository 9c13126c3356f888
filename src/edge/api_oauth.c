/* api_oauth.c - access tokens for programs (RFC 6749, grants client_credentials and password) and their end (RFC 7009).
 *
 * What a request asks for may stand in a JSON body, in a form or, without a body, in the query; the API client's id and
 * secret also in HTTP Basic (section 2.3.1). Errors have the form of section 5.2. */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "crypt/b64.h"
#include "edge/api.h"
#include "edge/guard.h"
#include "edge/routes.h"
#include "edge/signin.h"
#include "http/url.h"
#include "lic/client.h"
#include "lic/grant.h"
#include "lic/person.h"
#include "lic/session.h"

#define OAUTH_BODY_MAX (16 << 10)
#define BASIC_MAX 4096 /* characters of the header */

/* ---- errors ---- */

static const struct {
	enum err_code code;
	int status;
	const char *name;
} refusals[] = {
	{ E_INVALID_CLIENT, 401, "invalid_client" },
	{ E_WRONG_PASSWORD, 400, "invalid_grant" },
	{ E_USER_DISABLED, 400, "invalid_grant" },
	{ E_PASSWORD_EXPIRED, 400, "invalid_grant" },
	{ E_UNAUTHORIZED_CLIENT, 400, "unauthorized_client" },
	{ E_UNSUPPORTED_GRANT_TYPE, 400, "unsupported_grant_type" },
	{ E_INVALID_SCOPE, 400, "invalid_scope" },
	{ E_INVALID_REQUEST, 400, "invalid_request" },
	{ E_BAD_REQUEST, 400, "invalid_request" },
	{ E_TOO_LARGE, 413, "invalid_request" },
	{ E_UNSUPPORTED_MEDIA_TYPE, 415, "invalid_request" },
	{ E_RATE_LIMITED, 429, "temporarily_unavailable" },
	{ E_BUSY, 503, "temporarily_unavailable" },
	{ E_STOPPING, 503, "temporarily_unavailable" },
};

/* Section 5.2: %x20-21 / %x23-5B / %x5D-7E. */
static const char *description(struct req *r, const struct err *e)
{
	char *text = arena_strdup(r->tx.arena, e->text[0] ? e->text : err_default(e->code)), *to = text;

	for (const char *from = text; *from; from++) {
		unsigned char c = (unsigned char)*from;

		if (c >= 0x20 && c < 0x7f)
			*to++ = c == '"' || c == '\\' ? '\'' : (char)c;
		else if ((c & 0xc0) != 0x80)
			*to++ = '?';
	}
	*to = '\0';
	return text;
}

static struct reply *answer(struct req *r, int status, json_t *v)
{
	struct reply *p = reply_json(r, status, v);

	reply_header(p, "Cache-Control", "no-store");
	reply_header(p, "Pragma", "no-cache");
	return p;
}

static struct reply *refuse(struct req *r, const struct err *e)
{
	const char *name = "server_error";
	int status = err_http(e->code == E_NONE ? E_INTERNAL : e->code);
	json_t *v = json_object();
	struct reply *p;

	for (size_t i = 0; i < sizeof(refusals) / sizeof(*refusals); i++) {
		if (refusals[i].code == e->code) {
			name = refusals[i].name;
			status = refusals[i].status;
		}
	}
	json_set_text(v, "error", name);
	json_set_text(v, "error_description", description(r, e));
	p = answer(r, status, v);
	if (status == 401)
		reply_header(p, "WWW-Authenticate", "Basic realm=\"access tokens\", charset=\"UTF-8\"");
	return p;
}

/* ---- what is asked ---- */

struct ask {
	const char *grant_type, *id, *secret, *username, *password, *scope;
	bool basic;               /* id and secret came by HTTP Basic */
	struct client_row client; /* id 0: none */
	struct client_secret_row used;
	struct person_row person;
};

static const struct json_spec members[] = {
	{ "grant_type", JSON_K_TEXT, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct ask, grant_type), 0, 64 },
	{ "client_id", JSON_K_TEXT, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct ask, id), 0, 512 },
	{ "client_secret", JSON_K_TEXT, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct ask, secret), 0, 512 },
	{ "username", JSON_K_TEXT, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct ask, username), 0, 512 },
	{ "password", JSON_K_TEXT, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct ask, password), 0, PASSWORD_MAX },
	{ "scope", JSON_K_TEXT, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct ask, scope), 0, 1024 },
	{ 0 },
};

/* "Parameters sent without a value must be treated as if they were omitted" (section 3.2). */
static void drop_empty(struct ask *a)
{
	const char **all[] = { &a->grant_type, &a->id, &a->secret, &a->username, &a->password, &a->scope };

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		if (*all[i] && **all[i] == '\0')
			*all[i] = NULL;
}

/* A secret in a query beside a body would not be read, and stay in the logs of others. */
static int check_places(struct req *r, struct err *e)
{
	for (const struct json_spec *m = members; m->name && r->body_n; m++)
		if (req_query(r, m->name))
			return err_field(e, E_INVALID_REQUEST, m->name,
					 "There is a body, and '%s' in the query too. Send everything in the body.",
					 m->name);
	return 0;
}

/* `id:secret` in base64, each of them percent-encoded as in a form (section 2.3.1). */
static int read_pair(struct req *r, struct ask *a, const char *text, struct err *e)
{
	AUTO_BUF plain = BUF_INIT;
	const char *colon, *id, *secret;

	if (strlen(text) > BASIC_MAX || b64_decode(text, strlen(text), &plain) || plain.n == 0)
		return err_set(e, E_INVALID_REQUEST,
			       "What follows 'Basic' in the Authorization header must be the base64 of "
			       "client id, colon, secret.");
	colon = memchr(plain.data, ':', plain.n);
	if (colon == NULL)
		return err_set(e, E_INVALID_REQUEST, "There is no colon between client id and secret in HTTP Basic.");
	id = url_decode(r->tx.arena, plain.data, (size_t)(colon - plain.data), 1, e);
	secret = id ? url_decode(r->tx.arena, colon + 1, plain.n - (size_t)(colon + 1 - plain.data), 1, e) : NULL;
	mem_cleanse(plain.data, plain.n);
	if (secret == NULL)
		return err_set(e, E_INVALID_REQUEST,
			       "Client id and secret in HTTP Basic must be percent-encoded UTF-8 without NUL.");
	if (a->secret || (a->id && strcmp(a->id, id) != 0))
		return err_set(e, E_INVALID_REQUEST,
			       "Client id and secret came by HTTP Basic and as parameters. Send them in one way.");
	a->basic = true;
	a->id = id;
	a->secret = secret;
	return 0;
}

static int read_basic(struct req *r, struct ask *a, struct err *e)
{
	const char *value = req_header(r, "Authorization");

	/* An old access token, as some programs send with every request, is of no meaning here. */
	if (value == NULL || strncasecmp(value, "Basic", 5) != 0 || (value[5] && value[5] != ' '))
		return 0;
	value += 5;
	return read_pair(r, a, value + strspn(value, " "), e);
}

static int check_form(const struct ask *a, struct err *e)
{
	bool by_client, by_person;

	if (a->grant_type == NULL)
		return err_field(e, E_INVALID_REQUEST, "grant_type",
				 "The parameter 'grant_type' is missing: client_credentials or password.");
	by_client = strcmp(a->grant_type, "client_credentials") == 0;
	by_person = strcmp(a->grant_type, "password") == 0;
	if (!by_client && !by_person)
		return err_set(e, E_UNSUPPORTED_GRANT_TYPE, NULL);
	if ((by_client || a->id || a->secret) && !(a->id && a->secret))
		return err_set(e, E_INVALID_CLIENT,
			       "%s missing. Send client_id and client_secret, as parameters or by HTTP Basic.",
			       a->id       ? "The client_secret is"
			       : a->secret ? "The client_id is"
					   : "Client id and secret are");
	if (by_person && !(a->username && a->password))
		return err_field(e, E_INVALID_REQUEST, a->username ? "password" : "username",
				 "The grant type password needs the parameters 'username' and 'password'; '%s' is missing.",
				 a->username ? "password" : "username");
	return 0;
}

static int read_ask(struct req *r, struct ask *a, struct err *e)
{
	if (json_decode(r->json, members, NULL, E_INVALID_REQUEST, a, e) || check_places(r, e))
		return -1;
	drop_empty(a);
	return read_basic(r, a, e) || check_form(a, e) ? -1 : 0;
}

/* ---- who asks ---- */

/* Every role that scope names must be one of his. */
static int check_scope(struct req *r, const struct ask *a, struct err *e)
{
	AUTO_BUF have = BUF_INIT;
	struct grant_row *rows;
	const char *at = a->scope;
	size_t n;

	if (a->person.id ? q_grants_of_person(r->tx.db, r->tx.arena, a->person.id, &rows, &n, e)
			 : q_grants_of_client(r->tx.db, r->tx.arena, a->client.id, &rows, &n, e))
		return -1;
	if (n == 0 && a->person.id == 0)
		return err_set(e, E_UNAUTHORIZED_CLIENT, NULL);
	for (size_t i = 0; i < n; i++)
		buf_printf(&have, "%s%s", i ? ", " : "", rows[i].role);
	while (at && *at) {
		size_t word = strcspn(at, " ");
		bool found = false;

		for (size_t i = 0; i < n; i++)
			found |= strlen(rows[i].role) == word && strncmp(rows[i].role, at, word) == 0;
		if (!found)
			return err_set(e, E_INVALID_SCOPE,
				       "The scope names a role that is not held here. The roles are: %s; divide them by "
				       "single spaces, or leave scope out to have all.",
				       have.n ? have.data : "none");
		at += word + (at[word] == ' ');
	}
	return 0;
}

static int check_client(struct req *r, struct ask *a, struct err *e)
{
	return a->id ? client_check(&r->tx, a->id, a->secret, &a->client, &a->used, e) : 0;
}

/* Who shows wrong secrets waits; who shows a right one never does. */
static void count_wrong(struct req *r, const struct ask *a, struct err *e)
{
	if (guard_wrong_secret(r->actor.address, e) == 1)
		log_warning("sign-in", "%d wrong client secrets came from %s, the last for '%.64s': it waits from now on",
			    GUARD_FREE, r->actor.address, a->client.id ? a->client.name : "(no API client)");
}

static struct reply *sign_in_read(struct req *r)
{
	struct ask *a = arena_alloc(r->tx.arena, sizeof(*a));
	struct err e = ERR_INIT;

	r->state = a;
	if (read_ask(r, a, &e))
		return reply_error(r, &e);
	if (check_client(r, a, &e)) {
		if (e.code == E_INVALID_CLIENT)
			count_wrong(r, a, &e);
		return reply_error(r, &e);
	}
	r->not_slow = strcmp(a->grant_type, "password") != 0;
	return NULL;
}

static struct reply *sign_in_slow(struct req *r)
{
	struct ask *a = r->state;
	struct err e = ERR_INIT;

	return sign_in_check(r, a->username, a->password, &a->person, &e) ? reply_error(r, &e) : NULL;
}

/* ---- the token ---- */

static struct reply *sign_in_write(struct req *r)
{
	struct ask *a = r->state;
	char token[SESSION_SECRET + 1];
	struct err e = ERR_INIT;
	json_t *v;
	int rc;

	/* It may have been revoked meanwhile. */
	if (check_client(r, a, &e) || check_scope(r, a, &e))
		return reply_error(r, &e);
	r->actor.kind = a->person.id ? ACTOR_USER : ACTOR_CLIENT;
	str_copy(r->actor.name, sizeof(r->actor.name), a->person.id ? a->person.name : a->client.name);
	rc = a->client.id ? client_used(&r->tx, &a->client, &a->used, &e) : 0;
	if (rc == 0 && a->person.id)
		rc = person_sign_in(&r->tx, &a->person, SESSION_TOKEN, a->client.id, "", token, &e);
	else if (rc == 0)
		rc = session_begin(&r->tx, SESSION_TOKEN, 0, a->client.id, "", token, &e);
	if (rc || session_narrow(&r->tx, token, a->scope ? a->scope : "", &e))
		return reply_error(r, &e);
	v = json_object();
	json_set_text(v, "access_token", token);
	json_set_text(v, "token_type", "Bearer");
	json_set_int(v, "expires_in", ACCESS_TOKEN_S);
	mem_cleanse(token, sizeof(token));
	return answer(r, 200, v);
}

/* ---- its end ---- */

struct end {
	const char *token;
};

static struct reply *revoke_read(struct req *r)
{
	static const struct json_spec spec[] = {
		{ "token", JSON_K_TEXT, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct end, token), 0, 1024 },
		{ 0 },
	};
	struct end *end = arena_alloc(r->tx.arena, sizeof(*end));
	struct caller caller;
	struct err e = ERR_INIT;
	int rc;

	r->state = end;
	if (json_decode(r->json, spec, NULL, E_INVALID_REQUEST, end, &e))
		return reply_error(r, &e);
	if (end->token == NULL || *end->token == '\0') {
		err_field(&e, E_INVALID_REQUEST, "token",
			  "The parameter 'token' is missing: the access token that is to end.");
		return reply_error(r, &e);
	}
	rc = session_find(&r->tx, SESSION_TOKEN, end->token, &r->actor, &caller, &e);
	if (rc < 0)
		return reply_error(r, &e);
	return rc ? NULL : answer(r, 200, json_object());
}

static struct reply *revoke_write(struct req *r)
{
	struct end *end = r->state;
	struct err e = ERR_INIT;

	if (session_end_by_secret(&r->tx, SESSION_TOKEN, end->token, &e))
		return reply_error(r, &e);
	return answer(r, 200, json_object());
}

const struct route oauth_routes[] = {
	{ "POST", "/oauth/token", DOOR_ADMIN, RIGHT_OPEN, OF_SERVER, BODY_FORM, OAUTH_BODY_MAX, sign_in_read, sign_in_write,
	  NULL, sign_in_slow, .refuse = refuse, .brief = true },
	{ "POST", "/oauth/revoke", DOOR_ADMIN, RIGHT_OPEN, OF_SERVER, BODY_FORM, OAUTH_BODY_MAX, revoke_read, revoke_write,
	  NULL, .refuse = refuse },
	{ 0 },
};
