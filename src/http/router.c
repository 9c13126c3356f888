#include "http/router.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct entry {
	const struct route *route;
	char *text;                        /* the pattern, cut into segments in place */
	const char *segment[URL_SEGMENTS]; /* NULL for a {x} */
	int n;
};

struct router {
	struct entry *entries; /* by number of segments, literals before {x} */
	size_t n;
	size_t first[URL_SEGMENTS + 2]; /* first entry of so many segments */
};

static int compile(const struct route *route, struct entry *to, struct err *e)
{
	char *p, *rest;
	int params = 0;

	if (route->pattern == NULL || route->pattern[0] != '/' || route->doors == 0)
		return err_set(e, E_INTERNAL, "The route %s has no pattern or no door.", route->method);
	to->route = route;
	to->text = mem_strdup(route->pattern);
	for (rest = to->text; (p = strsep(&rest, "/")) != NULL;) {
		if (*p == '\0')
			continue;
		if (to->n == URL_SEGMENTS || (*p == '{' && params++ == REQ_PARAMS))
			return err_set(e, E_INTERNAL, "The route %s %s is too long.", route->method, route->pattern);
		to->segment[to->n++] = *p == '{' ? NULL : p;
	}
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->n != y->n)
		return x->n - y->n;
	for (int i = 0; i < x->n; i++) {
		int order;

		if (x->segment[i] == NULL && y->segment[i] == NULL)
			continue;
		if (x->segment[i] == NULL || y->segment[i] == NULL)
			return x->segment[i] == NULL ? 1 : -1;
		order = strcmp(x->segment[i], y->segment[i]);
		if (order)
			return order;
	}
	return strcmp(x->route->method, y->route->method);
}

static int check_unique(const struct router *r, struct err *e)
{
	for (size_t i = 0; i < r->n; i++)
		for (size_t j = i + 1; j < r->n && compare(&r->entries[i], &r->entries[j]) == 0; j++)
			if (r->entries[i].route->doors & r->entries[j].route->doors)
				return err_set(e, E_INTERNAL, "The route %s %s is there twice.",
					       r->entries[i].route->method, r->entries[i].route->pattern);
	return 0;
}

int router_new(const struct route *const *tables, struct router **out, struct err *e)
{
	struct router *r = mem_alloc(sizeof(*r));
	size_t n = 0;

	for (const struct route *const *t = tables; *t; t++)
		for (const struct route *route = *t; route->method; route++)
			n++;
	r->entries = mem_alloc((n + 1) * sizeof(*r->entries));
	for (const struct route *const *t = tables; *t; t++) {
		for (const struct route *route = *t; route->method; route++) {
			if (compile(route, &r->entries[r->n++], e))
				goto fail;
		}
	}
	qsort(r->entries, r->n, sizeof(*r->entries), compare);
	if (check_unique(r, e))
		goto fail;
	for (int length = 0, i = 0; length <= URL_SEGMENTS + 1; length++) {
		while ((size_t)i < r->n && r->entries[i].n < length)
			i++;
		r->first[length] = (size_t)i;
	}
	*out = r;
	return 0;
fail:
	router_free(r);
	return -1;
}

void router_free(struct router *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < r->n; i++)
		free(r->entries[i].text);
	free(r->entries);
	free(r);
}

static bool fits(const struct entry *t, const char *const *segment)
{
	for (int i = 0; i < t->n; i++)
		if (t->segment[i] && strcmp(t->segment[i], segment[i]) != 0)
			return false;
	return true;
}

/* Segments that are only another spelling of the same prefix. */
static int prefix_length(const struct url_path *path)
{
	const char *const *s = path->segment;

	if (path->n < 3 || strcmp(s[0], "backend") != 0)
		return 0;
	if (strcmp(s[1], "api") == 0 && strcmp(s[2], "v1") == 0)
		return 1;
	return path->n == 3 && strcmp(s[1], "oauth") == 0;
}

static void add_allowed(char allow[ROUTER_ALLOW_SIZE], const char *method)
{
	size_t n = strlen(allow), m = strlen(method);

	for (const char *p = allow; (p = strstr(p, method)) != NULL; p += m)
		if ((p == allow || p[-1] == ' ') && (p[m] == ',' || p[m] == '\0'))
			return;
	snprintf(allow + n, ROUTER_ALLOW_SIZE - n, "%s%s", n ? ", " : "", method);
}

const struct route *router_find(const struct router *r, const char *method, unsigned door, const struct url_path *path,
				const char *param[REQ_PARAMS], char allow[ROUTER_ALLOW_SIZE], struct err *e)
{
	const char *wanted = strcmp(method, "HEAD") == 0 ? "GET" : method;
	int skip = prefix_length(path), n = path->n - skip;
	const char *const *segment = path->segment + skip;

	allow[0] = '\0';
	if (path->n > URL_SEGMENTS) {
		err_set(e, E_NOT_FOUND, NULL);
		return NULL;
	}
	for (size_t i = r->first[n]; i < r->first[n + 1]; i++) {
		const struct entry *t = &r->entries[i];
		int params = 0;

		if (!(t->route->doors & door) || !fits(t, segment))
			continue;
		if (strcmp(t->route->method, wanted) != 0) {
			add_allowed(allow, t->route->method);
			if (strcmp(t->route->method, "GET") == 0)
				add_allowed(allow, "HEAD");
			continue;
		}
		for (int k = 0; k < t->n; k++)
			if (t->segment[k] == NULL)
				param[params++] = segment[k];
		return t->route;
	}
	if (allow[0])
		err_set(e, E_METHOD_NOT_ALLOWED, "This address does not take %.16s; it takes %s.", method, allow);
	else
		err_set(e, E_NOT_FOUND, NULL);
	return NULL;
}
