#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "http/body.h"
#include "http/router.h"

static struct arena a;
static struct err e;

static void setup(void)
{
	arena_init(&a);
	e = ERR_INIT;
}

static void teardown(void)
{
	arena_fini(&a);
}

/* ---- url ---- */

static struct url_path path;
static const char *query;

static int parse(const char *target)
{
	e = ERR_INIT;
	return url_path(&a, target, &path, &query, &e);
}

START_TEST(path_is_split_before_it_is_decoded)
{
	ck_assert_int_eq(parse("/a%2Fb/%2e%2E/WORLD%20WIDE%20INC/x+y"), 0);
	ck_assert_int_eq(path.n, 4);
	ck_assert_str_eq(path.segment[0], "a/b");
	ck_assert_str_eq(path.segment[1], "..");
	ck_assert_str_eq(path.segment[2], "WORLD WIDE INC");
	ck_assert_str_eq(path.segment[3], "x+y");
	ck_assert_ptr_null(query);
}
END_TEST

START_TEST(path_empty_segments_vanish)
{
	ck_assert_int_eq(parse("//a///b/"), 0);
	ck_assert_int_eq(path.n, 2);
	ck_assert_str_eq(path.segment[1], "b");
	ck_assert_int_eq(parse("/"), 0);
	ck_assert_int_eq(path.n, 0);
	ck_assert_int_eq(parse("////?"), 0);
	ck_assert_int_eq(path.n, 0);
	ck_assert_str_eq(query, "");
}
END_TEST

START_TEST(path_query_is_not_part_of_it)
{
	ck_assert_int_eq(parse("/a?x=/b/%zz"), 0);
	ck_assert_int_eq(path.n, 1);
	ck_assert_str_eq(query, "x=/b/%zz");
	ck_assert_int_eq(parse("/a%3Fb?c?d"), 0);
	ck_assert_str_eq(path.segment[0], "a?b");
	ck_assert_str_eq(query, "c?d");
}
END_TEST

START_TEST(path_absolute_form)
{
	ck_assert_int_eq(parse("http://host:80/a/b?c"), 0);
	ck_assert_int_eq(path.n, 2);
	ck_assert_int_eq(parse("HTTPS://[::1]/a"), 0);
	ck_assert_int_eq(path.n, 1);
	ck_assert_int_eq(parse("https://host"), 0);
	ck_assert_int_eq(path.n, 0);
	ck_assert_int_eq(parse("http://host?q"), 0);
	ck_assert_int_eq(path.n, 0);
	ck_assert_str_eq(query, "q");
}
END_TEST

START_TEST(path_refusals)
{
	static const char *const bad[] = {
		"",    "a",    "*",      "ftp://h/a", "?a",      "/%",         "/%4",   "/%zz",     "/%4g",
		"/a%", "/%00", "/a%00b", "/%ff",      "/%c0%af", "/%ed%a0%80", "/\xff", "/%C3/%A4", "/%f4%90%80%80",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		ck_assert_msg(parse(bad[i]) == -1, "'%s' was taken", bad[i]);
		ck_assert_int_eq(e.code, E_BAD_REQUEST);
	}
	ck_assert_int_eq(parse("/%C3%A4/\xc3\xa4"), 0);
	ck_assert_str_eq(path.segment[0], path.segment[1]);
}
END_TEST

START_TEST(path_with_too_many_segments)
{
	AUTO_BUF b = BUF_INIT;

	for (int i = 0; i < URL_SEGMENTS; i++)
		buf_adds(&b, "/s");
	ck_assert_int_eq(parse(b.data), 0);
	ck_assert_int_eq(path.n, URL_SEGMENTS);
	buf_adds(&b, "/s");
	ck_assert_int_eq(parse(b.data), 0);
	ck_assert_int_eq(path.n, URL_SEGMENTS + 1);
	buf_adds(&b, "/s/s");
	ck_assert_int_eq(parse(b.data), 0);
	ck_assert_int_eq(path.n, URL_SEGMENTS + 1);
	buf_adds(&b, "/%zz");
	ck_assert_int_eq(parse(b.data), -1);
}
END_TEST

static struct url_arg *args(const char *text)
{
	struct url_arg *list = NULL;

	e = ERR_INIT;
	ck_assert_int_eq(url_args(&a, text, strlen(text), &list, &e), 0);
	return list;
}

START_TEST(args_are_decoded)
{
	struct url_arg *l = args("a=1+2%2B&&b&=c&d==&a=3&%C3%A4=%26%3D");

	ck_assert_str_eq(url_arg(l, "a"), "1 2+");
	ck_assert_str_eq(url_arg(l, "b"), "");
	ck_assert_str_eq(url_arg(l, ""), "c");
	ck_assert_str_eq(url_arg(l, "d"), "=");
	ck_assert_str_eq(url_arg(l, "\xc3\xa4"), "&=");
	ck_assert_ptr_null(url_arg(l, "1"));
	ck_assert_ptr_null(args(""));
	ck_assert_ptr_null(args("&&&"));
	ck_assert_ptr_null(url_arg(NULL, "a"));
}
END_TEST

START_TEST(args_refusals)
{
	static const char *const bad[] = { "a=%", "%=a", "a=%0", "a=%00", "a=%ff", "%80", "a=1&b=%xx" };
	struct url_arg *l;
	AUTO_BUF b = BUF_INIT;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		e = ERR_INIT;
		ck_assert_msg(url_args(&a, bad[i], strlen(bad[i]), &l, &e) == -1, "'%s' was taken", bad[i]);
		ck_assert_int_eq(e.code, E_BAD_REQUEST);
	}
	ck_assert_int_eq(url_args(&a, "a=\0", 3, &l, &e), -1);
	ck_assert_int_eq(url_args(&a, "a=%41", 4, &l, &e), -1); /* cut inside the escape */
	for (int i = 0; i < URL_ARGS; i++)
		buf_adds(&b, "a&");
	ck_assert_int_eq(url_args(&a, b.data, b.n, &l, &e), 0);
	buf_adds(&b, "a");
	ck_assert_int_eq(url_args(&a, b.data, b.n, &l, &e), -1);
}
END_TEST

/* ---- router ---- */

static struct reply *step(struct req *r)
{
	(void)r;
	return NULL;
}

#define ROW(method, pattern, doors)                                                           \
	{                                                                                     \
		method, pattern, doors, RIGHT_OPEN, OF_SERVER, BODY_NONE, 0, step, NULL, NULL \
	}
#define END                                                                          \
	{                                                                            \
		NULL, NULL, 0, RIGHT_OPEN, OF_SERVER, BODY_NONE, 0, NULL, NULL, NULL \
	}

static const struct route first[] = {
	ROW("GET", "/", DOOR_ADMIN),
	ROW("POST", "/SmartTransport", DOOR_PRODUCT),
	ROW("GET", "/healthz", DOOR_ANY),
	ROW("POST", "/oauth/token", DOOR_ADMIN),
	END,
};

static const struct route second[] = {
	ROW("GET", "/api/v1/accounts/{account}/virtual-accounts", DOOR_ADMIN),
	ROW("POST", "/api/v1/accounts/{account}/virtual-accounts", DOOR_ADMIN),
	ROW("POST", "/api/v1/accounts/{account}/tokens/revoke", DOOR_ADMIN),
	ROW("POST", "/api/v1/accounts/{account}/{x}/{y}", DOOR_ADMIN),
	ROW("DELETE", "/api/v1/accounts/{account}/tokens/{y}", DOOR_ADMIN),
	ROW("GET", "/api/v1/same", DOOR_ADMIN),
	ROW("GET", "/api/v1/same", DOOR_CONTROL),
	ROW("GET", "/{a}/{b}/{c}/{d}", DOOR_ADMIN),
	END,
};

static const struct route *const tables[] = { first, second, NULL };
static struct router *router;
static const char *param[REQ_PARAMS];
static char allow[ROUTER_ALLOW_SIZE];

static void setup_router(void)
{
	setup();
	ck_assert_int_eq(router_new(tables, &router, &e), 0);
}

static void teardown_router(void)
{
	router_free(router);
	teardown();
}

static const struct route *find(const char *method, unsigned door, const char *target)
{
	ck_assert_int_eq(parse(target), 0);
	memset(param, 0, sizeof(param));
	e = ERR_INIT;
	return router_find(router, method, door, &path, param, allow, &e);
}

START_TEST(finds)
{
	ck_assert_ptr_eq(find("GET", DOOR_ADMIN, "/"), &first[0]);
	ck_assert_ptr_eq(find("POST", DOOR_PRODUCT, "/SmartTransport/"), &first[1]);
	ck_assert_ptr_eq(find("HEAD", DOOR_CONTROL, "//healthz?x"), &first[2]);
	ck_assert_ptr_eq(find("POST", DOOR_ADMIN, "/api/v1/accounts/A%2FB/virtual-accounts"), &second[1]);
	ck_assert_str_eq(param[0], "A/B");
	ck_assert_ptr_null(param[1]);
}
END_TEST

START_TEST(literal_before_param)
{
	ck_assert_ptr_eq(find("POST", DOOR_ADMIN, "/api/v1/accounts/A/tokens/revoke"), &second[2]);
	ck_assert_ptr_eq(find("POST", DOOR_ADMIN, "/api/v1/accounts/A/tokens/T"), &second[3]);
	ck_assert_str_eq(param[0], "A");
	ck_assert_str_eq(param[1], "tokens");
	ck_assert_str_eq(param[2], "T");
	ck_assert_ptr_eq(find("DELETE", DOOR_ADMIN, "/api/v1/accounts/A/tokens/revoke"), &second[4]);
	ck_assert_str_eq(param[1], "revoke");
	ck_assert_ptr_eq(find("GET", DOOR_ADMIN, "/api/v1/accounts/x"), &second[7]);
	ck_assert_str_eq(param[3], "x");
}
END_TEST

START_TEST(both_prefixes)
{
	ck_assert_ptr_eq(find("GET", DOOR_ADMIN, "/backend//api/v1/accounts/A/virtual-accounts"), &second[0]);
	ck_assert_str_eq(param[0], "A");
	ck_assert_ptr_eq(find("POST", DOOR_ADMIN, "/backend/oauth/token"), &first[3]);
	ck_assert_ptr_null(find("POST", DOOR_ADMIN, "/backend/SmartTransport"));
	ck_assert_ptr_null(find("POST", DOOR_ANY, "/backend/oauth/token/x"));
	ck_assert_ptr_null(find("GET", DOOR_ADMIN, "/backend"));
	ck_assert_ptr_null(find("GET", DOOR_ADMIN, "/backend/healthz"));
	ck_assert_ptr_null(find("GET", DOOR_ADMIN, "/backend/backend/api/v1/same"));
}
END_TEST

START_TEST(doors)
{
	ck_assert_ptr_null(find("POST", DOOR_ADMIN, "/SmartTransport"));
	ck_assert_int_eq(e.code, E_NOT_FOUND);
	ck_assert_ptr_eq(find("POST", DOOR_ADMIN | DOOR_PRODUCT, "/SmartTransport"), &first[1]);
	ck_assert_ptr_eq(find("GET", DOOR_ADMIN, "/api/v1/same"), &second[5]);
	ck_assert_ptr_eq(find("GET", DOOR_CONTROL, "/api/v1/same"), &second[6]);
	ck_assert_ptr_null(find("POST", DOOR_PRODUCT, "/api/v1/same"));
	ck_assert_int_eq(e.code, E_NOT_FOUND);
}
END_TEST

START_TEST(not_found_and_not_allowed)
{
	AUTO_BUF b = BUF_INIT;

	ck_assert_ptr_null(find("GET", DOOR_ADMIN, "/nothing"));
	ck_assert_int_eq(e.code, E_NOT_FOUND);
	ck_assert_str_eq(allow, "");
	ck_assert_ptr_null(find("GET", DOOR_PRODUCT, "/"));
	ck_assert_int_eq(e.code, E_NOT_FOUND);
	ck_assert_ptr_null(find("PUT", DOOR_ADMIN, "/api/v1/accounts/A/virtual-accounts"));
	ck_assert_int_eq(e.code, E_METHOD_NOT_ALLOWED);
	ck_assert_str_eq(allow, "GET, HEAD, POST");
	ck_assert_ptr_null(find("get", DOOR_ADMIN, "/healthz"));
	ck_assert_str_eq(allow, "GET, HEAD");
	ck_assert_ptr_null(find("HEAD", DOOR_PRODUCT, "/SmartTransport"));
	ck_assert_str_eq(allow, "POST");
	ck_assert_ptr_null(find("GET", DOOR_ADMIN, "/api/v1/accounts/A/tokens/revoke"));
	ck_assert_str_eq(allow, "POST, DELETE");
	for (int i = 0; i < URL_SEGMENTS + 5; i++)
		buf_adds(&b, "/s");
	ck_assert_ptr_null(find("GET", DOOR_ADMIN, b.data));
	ck_assert_int_eq(e.code, E_NOT_FOUND);
	/* A prefix that is dropped does not make a path fit that is too long. */
	b.n = 0;
	buf_adds(&b, "/backend/api/v1");
	for (int i = 0; i < URL_SEGMENTS - 2; i++)
		buf_adds(&b, "/s");
	ck_assert_ptr_null(find("GET", DOOR_ADMIN, b.data));
}
END_TEST

static void refused(const struct route *rows)
{
	const struct route *const wrong[] = { rows, NULL };
	struct router *r;

	e = ERR_INIT;
	ck_assert_int_eq(router_new(wrong, &r, &e), -1);
	ck_assert_int_eq(e.code, E_INTERNAL);
}

START_TEST(wrong_tables)
{
	static const struct route twice[] = { ROW("GET", "/a/{x}", DOOR_ADMIN), ROW("GET", "/a/{y}", DOOR_ANY), END };
	static const struct route params[] = { ROW("GET", "/{1}/{2}/{3}/{4}/{5}", DOOR_ADMIN), END };
	static const struct route slash[] = { ROW("GET", "a", DOOR_ADMIN), END };
	static const struct route door[] = { ROW("GET", "/a", 0), END };
	static const struct route longest[] = { ROW("GET", "/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16", DOOR_ADMIN), END };
	static const struct route longer[] = { ROW("GET", "/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17", DOOR_ADMIN), END };
	static const struct route empty[] = { END };
	const struct route *const fine[] = { longest, empty, NULL };
	struct router *r;

	refused(twice);
	refused(params);
	refused(slash);
	refused(door);
	refused(longer);
	ck_assert_int_eq(router_new(fine, &r, &e), 0);
	ck_assert_int_eq(parse("/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16"), 0);
	ck_assert_ptr_eq(router_find(r, "GET", DOOR_ADMIN, &path, param, allow, &e), &longest[0]);
	router_free(r);
	router_free(NULL);
}
END_TEST

/* ---- bodies ---- */

START_TEST(content_types)
{
	static const struct {
		enum body_kind kind;
		const char *type;
		int rc;
	} cases[] = {
		{ BODY_JSON, "application/json", 0 },
		{ BODY_JSON, " Application/JSON ; charset=utf-8", 0 },
		{ BODY_JSON, "application/problem+json", 0 },
		{ BODY_JSON, NULL, 0 },
		{ BODY_JSON, "", 0 },
		{ BODY_JSON, "application/x-www-form-urlencoded", -1 },
		{ BODY_JSON, "text/json2", -1 },
		{ BODY_JSON, "application/jsonx", -1 },
		{ BODY_JSON, "application/jso", -1 },
		{ BODY_FORM, "application/x-www-form-urlencoded;charset=UTF-8", 0 },
		{ BODY_FORM, "application/json", 0 },
		{ BODY_FORM, NULL, 0 },
		{ BODY_FORM, "multipart/form-data; boundary=x", -1 },
		{ BODY_MESSAGE, "application/json", 0 },
		{ BODY_MESSAGE, NULL, -1 },
		{ BODY_MESSAGE, "text/xml", -1 },
		{ BODY_RAW, NULL, 0 },
		{ BODY_RAW, "anything", 0 },
		{ BODY_NONE, "text/plain", 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		e = ERR_INIT;
		ck_assert_msg(body_check_type(cases[i].kind, cases[i].type, &e) == cases[i].rc, "case %zu", i);
		ck_assert_int_eq(e.code, cases[i].rc ? E_UNSUPPORTED_MEDIA_TYPE : E_NONE);
	}
}
END_TEST

/* Decodes and compares with the compact JSON; NULL: must be refused. */
static void decodes(enum body_kind kind, const char *type, const char *body, const char *queried, const char *json)
{
	AUTO_BUF out = BUF_INIT;
	json_t *v = NULL;
	int rc;

	e = ERR_INIT;
	rc = body_decode(kind, type, body, strlen(body), queried ? args(queried) : NULL, &a, &v, &e);
	if (json == NULL) {
		ck_assert_msg(rc == -1, "'%s' was taken", body);
		ck_assert_int_eq(e.code, E_BAD_REQUEST);
		ck_assert_ptr_null(v);
		return;
	}
	ck_assert_msg(rc == 0, "'%s': %s", body, e.text);
	json_write(v, &out);
	ck_assert_str_eq(out.data, json);
	json_decref(v);
}

START_TEST(json_bodies)
{
	const char *t = "application/json";

	decodes(BODY_JSON, t, "", NULL, "{}");
	decodes(BODY_JSON, t, " \r\n\t", NULL, "{}");
	decodes(BODY_JSON, t, "null", NULL, "{}");
	decodes(BODY_JSON, NULL, "\nnull ", "a=b", "{}");
	decodes(BODY_JSON, t, "{\"a\":[1,true,null]}", "x=y", "{\"a\":[1,true,null]}");
	decodes(BODY_JSON, t, "[]", NULL, NULL);
	decodes(BODY_JSON, t, "nul", NULL, NULL);
	decodes(BODY_JSON, t, "nullx", NULL, NULL);
	decodes(BODY_JSON, t, "1", NULL, NULL);
	decodes(BODY_JSON, t, "{\"a\":1,\"a\":1}", NULL, NULL);
	decodes(BODY_JSON, t, "{\"a\":\"\xff\"}", NULL, NULL);
	decodes(BODY_JSON, t, "{} {}", NULL, NULL);
	decodes(BODY_FORM, "application/json; x", "{\"n\":5}", "n=6", "{\"n\":5}");
}
END_TEST

START_TEST(form_bodies)
{
	const char *t = "application/x-www-form-urlencoded";

	decodes(BODY_FORM, t, "grant_type=password&username=J%C3%B6+B&password=%26%3D%2B", NULL,
		"{\"grant_type\":\"password\",\"username\":\"J\xc3\xb6 B\",\"password\":\"&=+\"}");
	decodes(BODY_FORM, t, "n=5\r\n", NULL, "{\"n\":\"5\"}");
	decodes(BODY_FORM, t, "null", NULL, "{\"null\":\"\"}");
	decodes(BODY_FORM, t, "a=1&b=2&a=1", NULL, NULL);
	ck_assert_str_eq(e.field, "a");
	decodes(BODY_FORM, t, "a=%zz", NULL, NULL);
	decodes(BODY_FORM, t, "a=%00", NULL, NULL);
	decodes(BODY_FORM, t, "a=\xff", NULL, NULL);
}
END_TEST

START_TEST(query_instead_of_a_body)
{
	decodes(BODY_FORM, NULL, "", "grant_type=client_credentials&client_id=x",
		"{\"grant_type\":\"client_credentials\",\"client_id\":\"x\"}");
	decodes(BODY_FORM, NULL, "", NULL, "{}");
	decodes(BODY_FORM, "application/json", "", "n=6", "{\"n\":\"6\"}");
	decodes(BODY_FORM, "application/x-www-form-urlencoded", "\r\n", "n=6", "{\"n\":\"6\"}");
	decodes(BODY_JSON, "application/json", "", "n=6", "{}");
	decodes(BODY_FORM, NULL, "", "a=1&a=2", NULL);
	decodes(BODY_FORM, NULL, "null", "a=1", "{}");
	decodes(BODY_FORM, NULL, "{\"a\":2}", "a=1", "{\"a\":2}");
	decodes(BODY_FORM, NULL, "a=2", "a=1", "{\"a\":\"2\"}");
	decodes(BODY_FORM, NULL, "[]", NULL, NULL);
}
END_TEST

START_TEST(nothing)
{
	ck_assert(body_is_nothing("", 0));
	ck_assert(body_is_nothing(" {}\n", 4));
	ck_assert(body_is_nothing("null", 4));
	ck_assert(!body_is_nothing("nul", 3));
	ck_assert(!body_is_nothing("{ }x", 4));
	ck_assert(!body_is_nothing("\0", 1));
	ck_assert(!body_is_nothing("0", 1));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("http");
	TCase *url = tcase_create("url"), *routes = tcase_create("router"), *bodies = tcase_create("body");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(url, setup, teardown);
	tcase_add_test(url, path_is_split_before_it_is_decoded);
	tcase_add_test(url, path_empty_segments_vanish);
	tcase_add_test(url, path_query_is_not_part_of_it);
	tcase_add_test(url, path_absolute_form);
	tcase_add_test(url, path_refusals);
	tcase_add_test(url, path_with_too_many_segments);
	tcase_add_test(url, args_are_decoded);
	tcase_add_test(url, args_refusals);
	tcase_add_checked_fixture(routes, setup_router, teardown_router);
	tcase_add_test(routes, finds);
	tcase_add_test(routes, literal_before_param);
	tcase_add_test(routes, both_prefixes);
	tcase_add_test(routes, doors);
	tcase_add_test(routes, not_found_and_not_allowed);
	tcase_add_test(routes, wrong_tables);
	tcase_add_checked_fixture(bodies, setup, teardown);
	tcase_add_test(bodies, content_types);
	tcase_add_test(bodies, json_bodies);
	tcase_add_test(bodies, form_bodies);
	tcase_add_test(bodies, query_instead_of_a_body);
	tcase_add_test(bodies, nothing);
	suite_add_tcase(s, url);
	suite_add_tcase(s, routes);
	suite_add_tcase(s, bodies);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
