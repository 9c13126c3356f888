/* test_list.c - cursors, and lists as CSV. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "edge/list.h"

static const char tag[] = "/api/v1/accounts/{account}/devices\ndevices\nDemo";

static void ck_same(const struct list_at *a, const struct list_at *b)
{
	ck_assert_int_eq(a->place, b->place);
	ck_assert_int_eq(a->part, b->part);
	ck_assert_int_eq(a->number, b->number);
	ck_assert_int_eq(a->id, b->id);
	ck_assert_str_eq(a->text, b->text);
}

START_TEST(cursor_there_and_back)
{
	static const struct list_at places[] = {
		{ 0 },
		{ .place = 1, .part = 4, .text = "0f8fad5b-d9cb-469f-a165-70867728950e" },
		{ .place = INT64_MAX, .part = 2, .number = INT64_MIN, .id = INT64_MAX, .text = "a b  c\n\xc3\xa9 " },
	};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		AUTO_BUF text = BUF_INIT;
		struct list_at at;

		list_cursor_write(&places[i], tag, &text);
		ck_assert_uint_eq(strspn(text.data, "0123456789abcdef"), text.n);
		ck_assert_int_eq(list_cursor_read(text.data, tag, &at), 0);
		ck_same(&at, &places[i]);
		ck_assert_int_eq(list_cursor_read(text.data, "another", &at), -1);
	}
}
END_TEST

START_TEST(cursor_of_longest_text)
{
	AUTO_BUF text = BUF_INIT;
	struct list_at in = { .place = INT64_MIN, .part = INT64_MIN, .number = INT64_MIN, .id = INT64_MIN }, at;

	memset(in.text, 'x', sizeof(in.text) - 1);
	list_cursor_write(&in, tag, &text);
	ck_assert_int_eq(list_cursor_read(text.data, tag, &at), 0);
	ck_same(&at, &in);
}
END_TEST

/* Every byte changed to every other, every beginning, and more behind it: none is taken. */
START_TEST(cursor_garbage)
{
	const struct list_at in = { .place = 3, .part = 1, .number = -7, .id = 123456, .text = "ucm-1.example.com" };
	static const char *const wrong[] = { "", "0", "zz", "0000000000000000", "00000000000000000020", "-1", "null", "%" };
	AUTO_BUF text = BUF_INIT;
	struct list_at at;

	list_cursor_write(&in, tag, &text);
	for (size_t i = 0; i < text.n; i++) {
		char was = text.data[i];

		for (int c = 1; c < 256; c++) {
			text.data[i] = (char)c;
			ck_assert_int_eq(list_cursor_read(text.data, tag, &at), (char)c == was ? 0 : -1);
		}
		text.data[i] = '\0';
		ck_assert_int_eq(list_cursor_read(text.data, tag, &at), -1);
		text.data[i] = was;
	}
	buf_adds(&text, "00");
	ck_assert_int_eq(list_cursor_read(text.data, tag, &at), -1);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ck_assert_int_eq(list_cursor_read(wrong[i], tag, &at), -1);
	for (size_t i = 0; i < 4000; i++)
		buf_addc(&text, '0');
	ck_assert_int_eq(list_cursor_read(text.data, tag, &at), -1);
}
END_TEST

static void ck_row(const char *columns, const char *json, const char *want)
{
	AUTO_JSON *v = json_loads(json, 0, NULL);
	AUTO_BUF out = BUF_INIT;

	ck_assert_ptr_nonnull(v);
	list_csv_row(columns, v, &out);
	ck_assert_str_eq(out.data, want);
}

START_TEST(csv_head)
{
	AUTO_BUF out = BUF_INIT;

	list_csv_head("name sudi.udiPid  licenseUsage[license=quantity] x", &out);
	ck_assert_str_eq(out.data, "name,sudi.udiPid,licenseUsage,x\r\n");
}
END_TEST

START_TEST(csv_values)
{
	ck_row("a b c d e", "{\"a\":\"x\",\"b\":-5,\"c\":true,\"d\":null}", "x,-5,true,,\r\n");
	ck_row("a.b.c a.b.x a.q.c", "{\"a\":{\"b\":{\"c\":\"deep\"}}}", "deep,,\r\n");
	ck_row("u[license=quantity] t n",
	       "{\"u\":[{\"license\":\"Enhanced\",\"quantity\":5},{\"license\":\"Basic\",\"quantity\":2}],"
	       "\"t\":[\"x\",\"y\"],\"n\":[]}",
	       "Enhanced=5; Basic=2,x; y,\r\n");
}
END_TEST

START_TEST(csv_quoting)
{
	ck_row("a b", "{\"a\":\"x,y\",\"b\":\"say \\\"hi\\\"\"}", "\"x,y\",\"say \"\"hi\"\"\"\r\n");
	ck_row("a b", "{\"a\":\"two\\nlines\",\"b\":\"\\u00e9 \\u4e2d\"}", "\"two\nlines\",\xc3\xa9 \xe4\xb8\xad\r\n");
	ck_row("a b", "{\"a\":\"\",\"b\":\" x \"}", ", x \r\n");
}
END_TEST

/* What a program for tables would compute. */
START_TEST(csv_formulas)
{
	ck_row("a", "{\"a\":\"=1+1\"}", "'=1+1\r\n");
	ck_row("a", "{\"a\":\"=cmd|' /C calc'!A0,\\\"\"}", "\"'=cmd|' /C calc'!A0,\"\"\"\r\n");
	ck_row("a b c d", "{\"a\":\"+x\",\"b\":\"-x\",\"c\":\"@x\",\"d\":\"\\tx\"}", "'+x,'-x,'@x,'\tx\r\n");
	ck_row("a", "{\"a\":\"\\rx\"}", "\"'\rx\"\r\n");
	ck_row("a b c", "{\"a\":\"x=1\",\"b\":-1,\"c\":-0.5}", "x=1,-1,-0.5\r\n");
	ck_row("u[l=q] t", "{\"u\":[{\"l\":\"=x\",\"q\":1}],\"t\":[\"@y\"]}", "'=x=1,'@y\r\n");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("list");
	TCase *t = tcase_create("list");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_add_test(t, cursor_there_and_back);
	tcase_add_test(t, cursor_of_longest_text);
	tcase_add_test(t, cursor_garbage);
	tcase_add_test(t, csv_head);
	tcase_add_test(t, csv_values);
	tcase_add_test(t, csv_quoting);
	tcase_add_test(t, csv_formulas);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
