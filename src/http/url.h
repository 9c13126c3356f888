/* url.h - the raw request target, taken apart.
 *
 * The library's own decoded URL is not used: it turns %2F into a separator and %00 into an end. Here a target
 * is split first and each part decoded afterwards (RFC 3986 section 2.4), so that `a%2Fb` is one segment and
 * `..` is a name like any other. */
#ifndef HTTP_URL_H
#define HTTP_URL_H

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"

#define URL_SEGMENTS 16
#define URL_ARGS 256

struct url_path {
	const char *segment[URL_SEGMENTS]; /* decoded, from the arena */
	int n; /* URL_SEGMENTS + 1: more than any route has; only the first URL_SEGMENTS are stored */
};

struct url_arg {
	struct url_arg *next;
	const char *name, *value; /* decoded, from the arena; `name` without `=` has the value "" */
};

/* Decodes n bytes of a percent-encoded text; plus: `+` is a space, as in forms. NULL and E_BAD_REQUEST if an
 * escape is not two hex digits, or what comes out is not UTF-8 or contains NUL. */
char *url_decode(struct arena *a, const char *s, size_t n, int plus, struct err *e);

/* Splits a target in origin or absolute form (RFC 9112 section 3.2). Empty segments vanish, so `//` and a
 * trailing slash do not matter. *query is what follows the first `?` within target, NULL if there is none.
 * E_BAD_REQUEST as above and for other forms. */
int url_path(struct arena *a, const char *target, struct url_path *out, const char **query, struct err *e);

/* Reads `a=1&b=2` (application/x-www-form-urlencoded, also a query) into a list in the order given; empty
 * pieces vanish. E_BAD_REQUEST as above and for more than URL_ARGS of them. */
int url_args(struct arena *a, const char *s, size_t n, struct url_arg **out, struct err *e);

/* The value of the first argument of this name; NULL if there is none. */
const char *url_arg(const struct url_arg *args, const char *name);

#endif
