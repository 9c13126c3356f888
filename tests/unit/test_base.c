/* test_base.c - src/base: buffers, texts, errors, times, files. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/rand.h"
#include "base/str.h"

START_TEST(buf_grows_and_ends_with_nul)
{
	struct buf b = BUF_INIT;
	char *out;
	size_t n;

	for (int i = 0; i < 1000; i++)
		buf_printf(&b, "%d,", i);
	ck_assert_uint_eq(b.n, 10 * 2 + 90 * 3 + 900 * 4);
	ck_assert_int_eq(b.data[b.n], '\0');
	out = buf_steal(&b, &n);
	ck_assert_uint_eq(strlen(out), n);
	ck_assert_ptr_null(b.data);
	free(out);
	out = buf_steal(&b, &n);
	ck_assert_str_eq(out, "");
	free(out);
}
END_TEST

START_TEST(arena_aligns_and_keeps)
{
	struct arena a;
	char *first, *text, *large;

	arena_init(&a);
	first = arena_strdup(&a, "first");
	for (int i = 0; i < 5000; i++)
		ck_assert_uint_eq((size_t)arena_alloc(&a, (size_t)(i % 40)) % 16, 0);
	large = arena_alloc(&a, 100000);
	memset(large, 1, 100000);
	text = arena_printf(&a, "%s-%d", "x", 7);
	ck_assert_str_eq(first, "first");
	ck_assert_str_eq(text, "x-7");
	ck_assert_ptr_null(arena_strdup(&a, NULL));
	arena_fini(&a);
	ck_assert_ptr_null(a.head);
}
END_TEST

START_TEST(hex_both_ways)
{
	unsigned char b[3];
	char text[7];

	ck_assert_str_eq(str_hex(text, "\x00\xab\xff", 3), "00abff");
	ck_assert_int_eq(str_unhex(b, 3, "00:AB:fF"), 0);
	ck_assert_mem_eq(b, "\x00\xab\xff", 3);
	ck_assert_int_eq(str_unhex(b, 3, "00abf"), -1);
	ck_assert_int_eq(str_unhex(b, 3, "00abff0"), -1);
	ck_assert_int_eq(str_unhex(b, 3, "00abfg"), -1);
	ck_assert_int_eq(str_unhex(b, 3, ":00abff"), -1);
	ck_assert_int_eq(str_unhex(b, 3, ""), -1);
}
END_TEST

START_TEST(integers_whole_and_in_range)
{
	int64_t v = 0;

	ck_assert_int_eq(str_int("-9223372036854775808", INT64_MIN, INT64_MAX, &v), 0);
	ck_assert_int_eq(v, INT64_MIN);
	ck_assert_int_eq(str_int("9223372036854775808", INT64_MIN, INT64_MAX, &v), -1);
	ck_assert_int_eq(str_int("12 ", 0, 99, &v), -1);
	ck_assert_int_eq(str_int(" 12", 0, 99, &v), -1);
	ck_assert_int_eq(str_int("+12", 0, 99, &v), -1);
	ck_assert_int_eq(str_int("", 0, 99, &v), -1);
	ck_assert_int_eq(str_int("-", -9, 99, &v), -1);
	ck_assert_int_eq(str_int("100", 0, 99, &v), -1);
	ck_assert_int_eq(str_int("99", 0, 99, &v), 0);
	ck_assert_int_eq(v, 99);
}
END_TEST

START_TEST(utf8_is_checked)
{
	static const char *const bad[] = {
		"\x80",  "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80",
		"a\xc3", "\xff"
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(!str_utf8(bad[i], strlen(bad[i])), "%zu", i);
	ck_assert(!str_utf8("a\0b", 3));
	ck_assert(str_utf8("grün \xf0\x9f\x9a\x80", strlen("grün \xf0\x9f\x9a\x80")));
}
END_TEST

START_TEST(half_characters_are_dropped)
{
	static const char *const pairs[][2] = { { "", "" },
						{ "grün", "grün" },
						{ "gr\xc3", "gr" },
						{ "gr\xc3' is", "gr' is" },
						{ "\xe2\x82", "" },
						{ "a\xf0\x9f\x9a\x80\xf0\x9f", "a\xf0\x9f\x9a\x80" },
						{ "\x80\xff\xc0\xaf!", "!" } };
	struct err e;
	char text[32];

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		strcpy(text, pairs[i][0]);
		ck_assert_str_eq(str_repair(text), pairs[i][1]);
	}
	err_set(&e, E_INTERNAL, "The token '%.2s' is not valid.", "xä");
	ck_assert_str_eq(e.text, "The token 'x' is not valid.");
}
END_TEST

START_TEST(names_fold_without_case)
{
	char a[NAME_KEY_SIZE], b[NAME_KEY_SIZE], name[600];

	ck_assert_int_eq(str_fold(a, "WORLD Wide ÄÖ Σ"), 0);
	ck_assert_int_eq(str_fold(b, "world wide äö σ"), 0);
	ck_assert_str_eq(a, b);
	ck_assert(!str_name_ok(""));
	ck_assert(!str_name_ok("a\nb"));
	ck_assert(!str_name_ok("a\x7f"));
	ck_assert(!str_name_ok("\xc3"));
	memset(name, 'x', sizeof(name));
	name[128] = '\0';
	ck_assert(str_name_ok(name));
	name[128] = 'x';
	name[129] = '\0';
	ck_assert(!str_name_ok(name));
	/* 128 characters of 4 bytes are the longest key there is. */
	for (int i = 0; i < 128; i++)
		memcpy(name + 4 * i, "\xf0\x9f\x9a\x80", 4);
	name[512] = '\0';
	ck_assert_int_eq(str_fold(a, name), 0);
	ck_assert_uint_eq(strlen(a), 512);
}
END_TEST

START_TEST(copies_do_not_split_characters)
{
	char out[4];

	ck_assert_str_eq(str_copy(out, sizeof(out), "abä"), "ab");
	ck_assert_str_eq(str_copy(out, sizeof(out), "aä"), "aä");
}
END_TEST

START_TEST(uuids)
{
	char plain[33], uuid[UUID_SIZE];

	ck_assert_int_eq(str_uuid_plain(plain, "6FE83ADD-C802-40bc-92dc-071ac7a37624"), 0);
	ck_assert_str_eq(plain, "6fe83addc80240bc92dc071ac7a37624");
	ck_assert_int_eq(str_uuid_plain(plain, "6fe83addc80240bc92dc071ac7a3762"), -1);
	ck_assert_int_eq(str_uuid_plain(plain, "6fe83addc80240bc92dc071ac7a376245"), -1);
	ck_assert_int_eq(str_uuid_plain(plain, "xfe83addc80240bc92dc071ac7a37624"), -1);
	rand_uuid(uuid);
	ck_assert_int_eq(str_uuid_plain(plain, uuid), 0);
	ck_assert_int_eq(uuid[14], '4');
	ck_assert_ptr_nonnull(strchr("89ab", uuid[19]));
}
END_TEST

START_TEST(errors_have_names_and_numbers)
{
	struct err e;

	ck_assert_int_eq(err_set(&e, E_TOKEN_EXPIRED, NULL), -1);
	ck_assert_str_eq(e.text, err_default(E_TOKEN_EXPIRED));
	ck_assert_str_eq(e.field, "");
	ck_assert_int_eq(err_field(&e, E_INVALID_REQUEST, "a.b", "%s is %d", "x", 3), -1);
	ck_assert_str_eq(e.text, "x is 3");
	ck_assert_str_eq(e.field, "a.b");
	for (int i = 1; i < E__MAX; i++) {
		ck_assert_int_eq(err_by_name(err_name((enum err_code)i)), i);
		ck_assert_int_ge(err_http((enum err_code)i), 400);
		ck_assert_uint_gt(strlen(err_default((enum err_code)i)), 10);
		for (int k = 1; k < i; k++)
			ck_assert_int_ne(err_number((enum err_code)i), err_number((enum err_code)k));
	}
	ck_assert_int_eq(err_by_name("NO_SUCH_NAME"), E_NONE);
}
END_TEST

START_TEST(times_in_words)
{
	char out[CLOCK_TEXT_SIZE], iso[CLOCK_ISO_SIZE];

	ck_assert_str_eq(clock_iso(INT64_C(1795501510999), iso), "2026-11-24T06:25:10Z");
	ck_assert_str_eq(clock_iso(0, iso), "1970-01-01T00:00:00Z");
	setenv("TZ", "CET-1", 1);
	tzset();
	ck_assert_str_eq(clock_text(INT64_C(1795501510000), out), "24 Nov 2026, 07:25:10 CET");
	ck_assert_str_eq(clock_span(59999, out), "59 s");
	ck_assert_str_eq(clock_span(-60000, out), "1 min");
	ck_assert_str_eq(clock_span(89 * MINUTE_MS, out), "1 h 29 min");
	ck_assert_str_eq(clock_span(90 * DAY_MS, out), "90 days");
}
END_TEST

static char seen[2000];

static void sink(enum log_level level, const char *line)
{
	(void)level;
	str_copy(seen, sizeof(seen), line);
}

START_TEST(log_lines_cannot_be_forged)
{
	log_set_sink(sink);
	log_info("test", "a \"quoted\"\nlevel=error %s", "x\\y");
	log_set_sink(NULL);
	ck_assert_ptr_nonnull(strstr(seen, "msg=\"a \\\"quoted\\\" level=error x\\\\y\"\n"));
	ck_assert_ptr_eq(strchr(seen, '\n'), seen + strlen(seen) - 1);
}
END_TEST

START_TEST(files_are_written_whole)
{
	char dir[] = "/tmp/test-base-XXXXXX", path[64], missing[80];
	struct buf b = BUF_INIT;
	struct err e = ERR_INIT;
	struct stat st;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/f", dir);
	ck_assert_int_eq(file_write(path, 0600, "old", 3, &e), 0);
	ck_assert_int_eq(file_write(path, 0640, "new\0text", 8, &e), 0);
	ck_assert_int_eq(file_read(path, 8, &b, &e), 0);
	ck_assert_uint_eq(b.n, 8);
	ck_assert_mem_eq(b.data, "new\0text", 8);
	stat(path, &st);
	ck_assert_int_eq(st.st_mode & 0777, 0640);
	buf_clear(&b);
	ck_assert_int_eq(file_read(path, 7, &b, &e), -1);
	ck_assert_int_eq(e.code, E_TOO_LARGE);
	snprintf(missing, sizeof(missing), "%s/none/f", dir);
	ck_assert_int_eq(file_write(missing, 0600, "x", 1, &e), -1);
	ck_assert_int_eq(e.code, E_FILE_ERROR);
	ck_assert_int_eq(file_mkdir(dir, 0700, &e), 0);
	unlink(path);
	ck_assert_int_eq(rmdir(dir), 0); /* no temporary file stayed */
	buf_fini(&b);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("base");
	TCase *t = tcase_create("base");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_test(t, buf_grows_and_ends_with_nul);
	tcase_add_test(t, arena_aligns_and_keeps);
	tcase_add_test(t, hex_both_ways);
	tcase_add_test(t, integers_whole_and_in_range);
	tcase_add_test(t, utf8_is_checked);
	tcase_add_test(t, half_characters_are_dropped);
	tcase_add_test(t, names_fold_without_case);
	tcase_add_test(t, copies_do_not_split_characters);
	tcase_add_test(t, uuids);
	tcase_add_test(t, errors_have_names_and_numbers);
	tcase_add_test(t, times_in_words);
	tcase_add_test(t, log_lines_cannot_be_forged);
	tcase_add_test(t, files_are_written_whole);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
