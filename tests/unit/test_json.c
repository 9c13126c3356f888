/* test_json.c - src/json: what is refused, what decode names, what is written. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "json/json.h"

static int read_text(const char *text, size_t n, struct err *e)
{
	json_t *v = NULL;
	int rc = json_read(text, n, E_BAD_REQUEST, &v, e);

	json_decref(v);
	return rc;
}

START_TEST(what_is_refused)
{
	static const struct {
		const char *text;
		size_t n;
	} bad[] = {
		{ "", 0 },
		{ "{", 1 },
		{ "{} x", 4 },
		{ "{\"a\":1,\"a\":2}", 13 },
		{ "{\"a\":\"\\u0000\"}", 14 },
		{ "{\"a\":\"\xff\"}", 9 },
		{ "{\"a\":NaN}", 9 },
		{ "\xef\xbb\xbf{}", 5 },
		{ "{\"a\":9223372036854775808}", 25 },
		{ "{\"a\"\0:1}", 8 },
		{ "[1,]", 4 },
		{ "'a'", 3 },
		{ "{\"a\":01}", 8 },
		{ "{\"a\":\"\\ud800\"}", 14 },
	};
	struct err e;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_msg(read_text(bad[i].text, bad[i].n, &e) == -1, "%zu: %s", i, bad[i].text);
		ck_assert_int_eq(e.code, E_BAD_REQUEST);
	}
	ck_assert_int_eq(read_text("{\"a\":-9223372036854775808,\"b\":\"ü\"}",
				   strlen("{\"a\":-9223372036854775808,\"b\":\"ü\"}"), &e),
			 0);
}
END_TEST

START_TEST(depth_is_limited)
{
	char text[200];
	struct err e;

	for (int depth = 31; depth <= 33; depth++) {
		memset(text, '[', (size_t)depth);
		memset(text + depth, ']', (size_t)depth);
		ck_assert_int_eq(read_text(text, 2 * (size_t)depth, &e), depth > 32 ? -1 : 0);
	}
	/* Brackets in strings do not count. */
	memset(text, '[', 100);
	text[0] = '[';
	text[1] = '"';
	text[98] = '"';
	text[99] = ']';
	ck_assert_int_eq(read_text(text, 100, &e), 0);
}
END_TEST

struct decoded {
	const char *text;
	int64_t number, whole;
	bool flag;
	const json_t *object, *list;
};

static const struct json_spec spec[] = {
	{ "text", JSON_K_TEXT, 0, offsetof(struct decoded, text), 1, 5 },
	{ "number", JSON_K_NUMBER, JSON_F_OPTIONAL, offsetof(struct decoded, number), 1, 400 },
	{ "whole", JSON_K_INT, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct decoded, whole), 0, 10 },
	{ "flag", JSON_K_BOOL, JSON_F_OPTIONAL, offsetof(struct decoded, flag), 0, 0 },
	{ "object", JSON_K_OBJECT, JSON_F_OPTIONAL, offsetof(struct decoded, object), 0, 0 },
	{ "list", JSON_K_ARRAY, JSON_F_OPTIONAL, offsetof(struct decoded, list), 0, 2 },
	{ 0 },
};

static int decode(const char *text, struct decoded *out, struct err *e)
{
	json_t *v = NULL;
	int rc;

	*out = (struct decoded){ .number = 30, .whole = 7 };
	ck_assert_int_eq(json_read(text, strlen(text), E_BAD_REQUEST, &v, e), 0);
	rc = json_decode(v, spec, "in.", E_INVALID_REQUEST, out, e);
	json_decref(v);
	return rc;
}

START_TEST(decode_takes_what_fits)
{
	struct decoded d;
	struct err e;

	ck_assert_int_eq(decode("{\"text\":\"abc\",\"other\":[1]}", &d, &e), 0);
	ck_assert_int_eq(d.number, 30);
	ck_assert_int_eq(decode("{\"text\":\"abc\",\"number\":\"365\",\"whole\":null,\"flag\":true}", &d, &e), 0);
	ck_assert_int_eq(d.number, 365);
	ck_assert_int_eq(d.whole, 7);
	ck_assert(d.flag);
	ck_assert_int_eq(decode("{\"text\":\"abc\",\"number\":365.0}", &d, &e), 0);
	ck_assert_int_eq(d.number, 365);
	ck_assert_int_eq(decode("{\"text\":\"abc\",\"number\":\"365.0\"}", &d, &e), 0);
	ck_assert_int_eq(d.number, 365);
}
END_TEST

START_TEST(decode_names_what_does_not)
{
	static const struct {
		const char *text, *field, *words;
	} bad[] = {
		{ "{}", "in.text", "missing" },
		{ "{\"text\":null}", "in.text", "a string" },
		{ "{\"text\":1}", "in.text", "a string" },
		{ "{\"text\":\"\"}", "in.text", "from 1 to 5" },
		{ "{\"text\":\"abcdef\"}", "in.text", "6 bytes" },
		{ "{\"text\":\"a\",\"number\":0}", "in.number", "from 1 to 400" },
		{ "{\"text\":\"a\",\"number\":1.5}", "in.number", "a number" },
		{ "{\"text\":\"a\",\"number\":\"12x\"}", "in.number", "a number" },
		{ "{\"text\":\"a\",\"number\":\"nan\"}", "in.number", "a number" },
		{ "{\"text\":\"a\",\"number\":\"1e300\"}", "in.number", "a number" },
		{ "{\"text\":\"a\",\"number\":null}", "in.number", "a number" },
		{ "{\"text\":\"a\",\"whole\":1.0}", "in.whole", "an integer" },
		{ "{\"text\":\"a\",\"whole\":\"1\"}", "in.whole", "an integer" },
		{ "{\"text\":\"a\",\"whole\":-1}", "in.whole", "from 0 to 10" },
		{ "{\"text\":\"a\",\"flag\":\"true\"}", "in.flag", "true or false" },
		{ "{\"text\":\"a\",\"object\":[]}", "in.object", "an object" },
		{ "{\"text\":\"a\",\"list\":[1,2,3]}", "in.list", "3 elements" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct decoded d;
		struct err e = ERR_INIT;

		ck_assert_msg(decode(bad[i].text, &d, &e) == -1, "%s", bad[i].text);
		ck_assert_int_eq(e.code, E_INVALID_REQUEST);
		ck_assert_str_eq(e.field, bad[i].field);
		ck_assert_msg(strstr(e.text, bad[i].words) != NULL, "%s", e.text);
	}
}
END_TEST

START_TEST(strings_are_escaped_alike)
{
	char all[300];
	size_t n = 0;
	struct buf ours = BUF_INIT, theirs = BUF_INIT;
	json_t *v, *back = NULL;
	struct err e;

	for (int c = 1; c < 128; c++)
		all[n++] = (char)c;
	memcpy(all + n, "ü\xf0\x9f\x9a\x80", 6);
	n += 6;
	all[n] = '\0';
	json_write_string(all, n, &ours);
	buf_addc(&theirs, '[');
	buf_add(&theirs, ours.data, ours.n);
	buf_addc(&theirs, ']');
	ck_assert_int_eq(json_read(theirs.data, theirs.n, E_BAD_REQUEST, &back, &e), 0);
	ck_assert_str_eq(json_string_value(json_array_get(back, 0)), all);
	json_decref(back);
	buf_clear(&theirs);
	v = json_object();
	json_set_text(v, "b", NULL);
	json_set_int(v, "a", -5);
	json_set_bool(v, "c", true);
	json_set_time(v, "d", 0);
	json_set_time(v, "e", 1000);
	json_write(v, &theirs);
	ck_assert_str_eq(theirs.data, "{\"b\":null,\"a\":-5,\"c\":true,\"d\":null,\"e\":\"1970-01-01T00:00:01Z\"}");
	json_decref(v);
	buf_fini(&ours);
	buf_fini(&theirs);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("json");
	TCase *t = tcase_create("json");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_test(t, what_is_refused);
	tcase_add_test(t, depth_is_limited);
	tcase_add_test(t, decode_takes_what_fits);
	tcase_add_test(t, decode_names_what_does_not);
	tcase_add_test(t, strings_are_escaped_alike);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
