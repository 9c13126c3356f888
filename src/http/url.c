#include "http/url.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"

char *url_decode(struct arena *a, const char *s, size_t n, int plus, struct err *e)
{
	char *out = arena_alloc(a, n + 1), *to = out;

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c == '%') {
			char digits[3] = { 0 };

			memcpy(digits, s + i + 1, n - i - 1 < 2 ? n - i - 1 : 2);
			if (str_unhex(&c, 1, digits)) {
				err_set(e, E_BAD_REQUEST,
					"The address or form has a %% that is not followed by two hex digits.");
				return NULL;
			}
			i += 2;
		} else if (c == '+' && plus) {
			c = ' ';
		}
		*to++ = (char)c;
	}
	if (!str_utf8(out, (size_t)(to - out))) {
		err_set(e, E_BAD_REQUEST, "The address or form has bytes that are not UTF-8 text, or a NUL.");
		return NULL;
	}
	return out;
}

/* The path of a target: what clients behind a proxy send in absolute form begins after the host. */
static const char *path_begin(const char *target)
{
	const char *host;

	if (*target == '/')
		return target;
	if (strncasecmp(target, "http://", 7) == 0)
		host = target + 7;
	else if (strncasecmp(target, "https://", 8) == 0)
		host = target + 8;
	else
		return NULL;
	return host + strcspn(host, "/?");
}

int url_path(struct arena *a, const char *target, struct url_path *out, const char **query, struct err *e)
{
	const char *p = path_begin(target), *end;

	out->n = 0;
	*query = NULL;
	if (p == NULL)
		return err_set(e, E_BAD_REQUEST, "The address of a request begins with '/'.");
	end = p + strcspn(p, "?");
	if (*end)
		*query = end + 1;
	while (p < end) {
		size_t n = strcspn(p, "/?");
		char *segment;

		if (n) {
			segment = url_decode(a, p, n, 0, e);
			if (segment == NULL)
				return -1;
			if (out->n < URL_SEGMENTS)
				out->segment[out->n] = segment;
			if (out->n <= URL_SEGMENTS)
				out->n++;
		}
		p += n + 1;
	}
	return 0;
}

int url_args(struct arena *a, const char *s, size_t n, struct url_arg **out, struct err *e)
{
	struct url_arg **tail = out;
	const char *end = s + n;
	int count = 0;

	*out = NULL;
	while (s < end) {
		const char *piece = memchr(s, '&', (size_t)(end - s)), *equals;
		struct url_arg *arg;

		if (piece == NULL)
			piece = end;
		if (piece > s) {
			if (++count > URL_ARGS)
				return err_set(e, E_BAD_REQUEST, "The address or form has more than %d members.", URL_ARGS);
			arg = arena_alloc(a, sizeof(*arg));
			equals = memchr(s, '=', (size_t)(piece - s));
			arg->name = url_decode(a, s, (size_t)((equals ? equals : piece) - s), 1, e);
			arg->value = equals ? url_decode(a, equals + 1, (size_t)(piece - equals - 1), 1, e) : "";
			if (arg->name == NULL || arg->value == NULL)
				return -1;
			*tail = arg;
			tail = &arg->next;
		}
		s = piece + 1;
	}
	return 0;
}

const char *url_arg(const struct url_arg *args, const char *name)
{
	for (; args; args = args->next)
		if (strcmp(args->name, name) == 0)
			return args->value;
	return NULL;
}
