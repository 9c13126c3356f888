/* fuzz_http_url.c - request targets and bodies. The first byte: a digit, of which bit 0 is the server and bits 1 and 2
 * the method; `F` the bytes are a form; `J` they are a JSON body; `C` they are
 * the cursor of a list, and a text in one. */
#include "base/mem.h"
#include "base/str.h"
#include "edge/list.h"
#include "edge/routes.h"
#include "http/body.h"
#include "http/router.h"
#include "http/url.h"
#include "tests/fuzz/fuzz.h"

static struct router *routers[2];

static void prepare(void)
{
	struct err e = ERR_INIT;

	if (routers[0])
		return;
	MUST(router_new(satellite_tables, &routers[0], &e) == 0);
	MUST(router_new(manager_tables, &routers[1], &e) == 0);
}

static void find(const struct router *r, const char *method, const struct url_path *path)
{
	for (unsigned door = DOOR_PRODUCT; door <= DOOR_CONTROL; door <<= 1) {
		const char *param[REQ_PARAMS] = { NULL };
		char allow[ROUTER_ALLOW_SIZE] = "";
		struct err e = ERR_INIT;
		const struct route *route = router_find(r, method, door, path, param, allow, &e);

		if (route == NULL) {
			MUST(e.code == E_NOT_FOUND || (e.code == E_METHOD_NOT_ALLOWED && allow[0]));
			MUST(e.text[0] && strlen(allow) < sizeof(allow));
			continue;
		}
		MUST((route->doors & door) && path->n <= URL_SEGMENTS);
		for (const char *p = strchr(route->pattern, '{'), *const *v = param; p; p = strchr(p + 1, '{'), v++)
			MUST(*v && str_utf8(*v, strlen(*v)));
	}
}

static struct url_arg *read_args(struct arena *a, const char *s, size_t n)
{
	struct url_arg *args = NULL;
	struct err e = ERR_INIT;
	int count = 0;

	if (url_args(a, s, n, &args, &e)) {
		MUST(e.code == E_BAD_REQUEST && e.text[0]);
		return NULL;
	}
	for (const struct url_arg *x = args; x; x = x->next, count++)
		MUST(x->name && x->value && str_utf8(x->value, strlen(x->value)) && url_arg(args, x->name));
	MUST(count <= URL_ARGS);
	return args;
}

static void read_target(const struct router *r, const char *method, const char *target)
{
	struct url_path path;
	struct arena a;
	const char *query = NULL;
	struct err e = ERR_INIT;

	arena_init(&a);
	if (url_path(&a, target, &path, &query, &e)) {
		MUST(e.code == E_BAD_REQUEST && e.text[0]);
	} else {
		MUST(path.n >= 0 && path.n <= URL_SEGMENTS + 1);
		for (int i = 0; i < path.n && i < URL_SEGMENTS; i++)
			MUST(str_utf8(path.segment[i], strlen(path.segment[i])));
		MUST(query == NULL || (query > target && query <= target + strlen(target)));
		find(r, method, &path);
		if (query)
			(void)read_args(&a, query, strlen(query));
	}
	arena_fini(&a);
}

static void read_body(enum body_kind kind, const char *type, const char *p, size_t n)
{
	AUTO_JSON *v = NULL;
	struct arena a;
	struct err e = ERR_INIT;

	arena_init(&a);
	(void)body_is_nothing(p, n);
	if (body_decode(kind, type, p, n, NULL, &a, &v, &e))
		MUST_EXPLAIN(e);
	else
		MUST(json_is_object(v));
	arena_fini(&a);
}

static void read_cursor(const char *p)
{
	struct list_at at = { .place = 1, .id = 2 }, back;
	AUTO_BUF text = BUF_INIT;

	if (list_cursor_read(p, "fuzz", &back) == 0) {
		list_cursor_write(&back, "fuzz", &text);
		MUST(strlen(p) == text.n);
		buf_clear(&text);
	}
	str_copy(at.text, sizeof(at.text), p);
	list_cursor_write(&at, "fuzz", &text);
	MUST(list_cursor_read(text.data, "fuzz", &back) == 0 && strcmp(back.text, at.text) == 0);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n)
{
	static const char *const methods[] = { "GET", "POST", "HEAD", "PUT" };
	AUTO_FREE char *p = NULL;

	prepare();
	if (n == 0)
		return 0;
	p = mem_dup(data + 1, n - 1); /* a NUL behind it, as behind targets and bodies */
	if (data[0] == 'F')
		read_body(BODY_FORM, "application/x-www-form-urlencoded", p, n - 1);
	else if (data[0] == 'J')
		read_body(BODY_JSON, "application/json", p, n - 1);
	else if (data[0] == 'C')
		read_cursor(p);
	else
		read_target(routers[data[0] & 1], methods[data[0] >> 1 & 3], p);
	return 0;
}
