#include "http/body.h"

#include <string.h>
#include <strings.h>

enum media { MEDIA_NONE, MEDIA_JSON, MEDIA_FORM, MEDIA_XML, MEDIA_OTHER };

/* The media type without its parameters. */
static enum media media_of(const char *type)
{
	size_t n;

	if (type == NULL)
		return MEDIA_NONE;
	type += strspn(type, " \t");
	n = strcspn(type, "; \t");
	if (n == 16 && strncasecmp(type, "application/json", n) == 0)
		return MEDIA_JSON;
	if (n > 5 && strncasecmp(type + n - 5, "+json", 5) == 0)
		return MEDIA_JSON;
	if (n == 33 && strncasecmp(type, "application/x-www-form-urlencoded", n) == 0)
		return MEDIA_FORM;
	if ((n == 8 && strncasecmp(type, "text/xml", n) == 0) ||
	    (n == 20 && strncasecmp(type, "application/soap+xml", n) == 0) ||
	    (n == 15 && strncasecmp(type, "application/xml", n) == 0))
		return MEDIA_XML;
	return n ? MEDIA_OTHER : MEDIA_NONE;
}

int body_check_type(enum body_kind kind, const char *type, struct err *e)
{
	enum media m = media_of(type);

	switch (kind) {
	case BODY_NONE:
	case BODY_RAW:
	case BODY_FILE:
		return 0;
	case BODY_JSON:
		if (m == MEDIA_JSON || m == MEDIA_NONE)
			return 0;
		break;
	case BODY_FORM:
		if (m != MEDIA_OTHER && m != MEDIA_XML)
			return 0;
		return err_set(e, E_UNSUPPORTED_MEDIA_TYPE,
			       "The Content-Type is '%.64s'; this address takes application/json or "
			       "application/x-www-form-urlencoded.",
			       type);
	case BODY_MESSAGE:
		if (m == MEDIA_JSON)
			return 0;
		break;
	case BODY_XML:
		if (m == MEDIA_XML)
			return 0;
		return err_set(e, E_UNSUPPORTED_MEDIA_TYPE,
			       "The Content-Type is '%.64s'; this address takes text/xml or application/soap+xml.",
			       type ? type : "");
	}
	return err_set(e, E_UNSUPPORTED_MEDIA_TYPE,
		       "The Content-Type is '%.64s'; this address takes application/json. Send the header 'Content-Type: "
		       "application/json'.",
		       type ? type : "");
}

static void trim(const char **body, size_t *n)
{
	while (*n && strchr(" \t\r\n", **body) && **body) {
		(*body)++;
		(*n)--;
	}
	while (*n && strchr(" \t\r\n", (*body)[*n - 1]) && (*body)[*n - 1])
		(*n)--;
}

bool body_is_nothing(const char *body, size_t n)
{
	trim(&body, &n);
	return n == 0 || (n == 4 && memcmp(body, "null", 4) == 0) || (n == 2 && memcmp(body, "{}", 2) == 0);
}

static int from_args(const struct url_arg *args, json_t **out, struct err *e)
{
	AUTO_JSON *v = json_object();

	for (; args; args = args->next) {
		if (json_object_get(v, args->name))
			return err_field(e, E_BAD_REQUEST, args->name, "The form has the member '%.64s' twice.",
					 args->name);
		json_set_text(v, args->name, args->value);
	}
	*out = v;
	v = NULL;
	return 0;
}

static int from_json(const char *body, size_t n, json_t **out, struct err *e)
{
	if (body_is_nothing(body, n)) {
		*out = json_object();
		return 0;
	}
	if (json_read(body, n, E_BAD_REQUEST, out, e))
		return -1;
	if (json_is_object(*out))
		return 0;
	json_decref(*out);
	*out = NULL;
	return err_set(e, E_BAD_REQUEST, "The body must be a JSON object.");
}

int body_decode(enum body_kind kind, const char *type, const char *body, size_t n, const struct url_arg *query,
		struct arena *a, json_t **out, struct err *e)
{
	enum media m = media_of(type);
	const char *text = body;
	size_t text_n = n;
	struct url_arg *args;

	*out = NULL;
	if (kind == BODY_JSON)
		return from_json(body, n, out, e);
	trim(&text, &text_n);
	if (text_n == 0)
		return from_args(query, out, e);
	if (m == MEDIA_JSON)
		return from_json(body, n, out, e);
	if (m == MEDIA_NONE && (*text == '{' || *text == '[' || body_is_nothing(text, text_n)))
		return from_json(body, n, out, e);
	if (url_args(a, text, text_n, &args, e))
		return -1;
	return from_args(args, out, e);
}
