/* api_oauth.c - sign-in for programs (RFC 6749, grant password). */
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "edge/api.h"
#include "edge/rate.h"
#include "edge/routes.h"
#include "lic/person.h"
#include "lic/session.h"

#define SIGN_INS_PER_MINUTE 10

struct sign_in {
	const char *grant_type, *username, *password;
	struct person_row person;
};

/* RFC 6749 section 5.2 */
static struct reply *oauth_error(struct req *r, int status, const char *code, const char *text)
{
	json_t *v = json_object();

	json_set_text(v, "error", code);
	json_set_text(v, "error_description", text);
	return reply_json(r, status, v);
}

static struct reply *sign_in_read(struct req *r)
{
	static const struct json_spec spec[] = {
		{ "grant_type", JSON_K_TEXT, 0, offsetof(struct sign_in, grant_type), 1, 64 },
		{ "username", JSON_K_TEXT, 0, offsetof(struct sign_in, username), 1, 512 },
		{ "password", JSON_K_TEXT, 0, offsetof(struct sign_in, password), 1, PASSWORD_MAX },
		{ 0 },
	};
	struct sign_in *s = arena_alloc(r->tx.arena, sizeof(*s));
	struct err e = ERR_INIT;

	r->state = s;
	if (!rate_allow("sign-in", r->actor.address, SIGN_INS_PER_MINUTE)) {
		err_set(&e, E_RATE_LIMITED, "More than %d sign-ins in a minute from this address. Try again in a minute.",
			SIGN_INS_PER_MINUTE);
		return reply_error(r, &e);
	}
	if (json_decode(r->json, spec, NULL, E_INVALID_REQUEST, s, &e))
		return oauth_error(r, 400, "invalid_request", e.text);
	if (strcmp(s->grant_type, "password") != 0)
		return oauth_error(r, 400, "unsupported_grant_type", "The grant type is 'password'.");
	if (person_check(&r->tx, s->username, s->password, &s->person, &e)) {
		if (e.code != E_WRONG_PASSWORD)
			return reply_error(r, &e);
		return oauth_error(r, 400, "invalid_grant", e.text);
	}
	return NULL;
}

static struct reply *sign_in_write(struct req *r)
{
	struct sign_in *s = r->state;
	struct err e = ERR_INIT;
	char token[65];
	json_t *v;

	r->actor.kind = ACTOR_USER;
	str_copy(r->actor.name, sizeof(r->actor.name), s->person.name);
	if (person_sign_in(&r->tx, &s->person, SESSION_TOKEN, 0, "", token, &e))
		return reply_error(r, &e);
	v = json_object();
	json_set_text(v, "access_token", token);
	json_set_text(v, "token_type", "Bearer");
	json_set_int(v, "expires_in", ACCESS_TOKEN_S);
	mem_cleanse(token, sizeof(token));
	return reply_json(r, 200, v);
}

const struct route oauth_routes[] = {
	{ "POST", "/oauth/token", DOOR_ADMIN, RIGHT_OPEN, OF_SERVER, BODY_FORM, API_BODY_MAX, sign_in_read, sign_in_write,
	  NULL },
	{ 0 },
};
