#include <check.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/opt.h"

struct options {
	char *name, *secret, *path, *pair;
	int64_t threads, pin, trace;
};

static const char *even_length(const char *value)
{
	return strlen(value) % 2 ? "as long as an even number" : NULL;
}

#define ROW(member) offsetof(struct options, member)

static const struct opt table[] = {
	{ "name", OPT_TEXT, ROW(name), "satellite", 1, 16, OPT_RELOAD, "What this server is called.", NULL },
	{ "secret", OPT_TEXT, ROW(secret), "", 0, 64, OPT_SECRET, "A password.", NULL },
	{ "path", OPT_TEXT, ROW(path), NULL, 1, 32, 0, "A file.", NULL },
	{ "pair", OPT_TEXT, ROW(pair), "ab", 0, 32, 0, "A text of even length.", even_length },
	{ "threads", OPT_INT, ROW(threads), "2", 2, 64, 0, "Threads that serve.", NULL },
	{ "pin", OPT_INT, ROW(pin), "-5", -10, 9999, OPT_SECRET | OPT_RELOAD, "A number that nobody should see.", NULL },
	{ "trace", OPT_BOOL, ROW(trace), "no", 0, 1, OPT_RELOAD, "Say more.", NULL },
	{ .name = NULL },
};

static struct options o;
static struct err e;

static void setup(void)
{
	memset(&o, 0, sizeof(o));
	e = ERR_INIT;
	opt_defaults(table, &o);
}

static void teardown(void)
{
	opt_fini(table, &o);
	ck_assert_ptr_null(o.name);
}

static int parse(const char *text)
{
	e = ERR_INIT;
	return opt_parse(table, &o, text, strlen(text), "f.conf", &e);
}

/* The parse must fail, and the text must say so. */
static void refused(const char *text, const char *says)
{
	ck_assert_int_eq(parse(text), -1);
	ck_assert_int_eq(e.code, E_CONFIG_INVALID);
	ck_assert_msg(strstr(e.text, says) != NULL, "'%s' does not say '%s'", e.text, says);
}

START_TEST(defaults)
{
	ck_assert_str_eq(o.name, "satellite");
	ck_assert_str_eq(o.secret, "");
	ck_assert_ptr_null(o.path);
	ck_assert_int_eq(o.threads, 2);
	ck_assert_int_eq(o.pin, -5);
	ck_assert_int_eq(o.trace, 0);
}
END_TEST

START_TEST(default_out_of_range_aborts)
{
	static const struct opt wrong[] = {
		{ "threads", OPT_INT, ROW(threads), "1", 2, 64, 0, "", NULL },
		{ .name = NULL },
	};

	opt_defaults(wrong, &o);
}
END_TEST

START_TEST(reads_a_file)
{
	ck_assert_int_eq(parse("# comment\n\n  \t\nname = a b # c\nsecret=x=y\r\n\tthreads\t=\t64  \ntrace=YES"), 0);
	ck_assert_str_eq(o.name, "a b # c");
	ck_assert_str_eq(o.secret, "x=y");
	ck_assert_int_eq(o.threads, 64);
	ck_assert_int_eq(o.trace, 1);
	ck_assert_int_eq(parse(""), 0);
	ck_assert_int_eq(parse("#"), 0);
}
END_TEST

START_TEST(names_file_line_and_key)
{
	refused("\nname = x\ncolour = red\n", "f.conf:3: there is no option 'colour'");
	ck_assert_str_eq(e.field, "colour");
	refused("name = x\n\nname = y\n", "f.conf:3: name is given twice; line 1");
	refused("just words\n", "f.conf:1: 'just words' is not of the form");
	refused(" = 5\n", "there is no option ''");
	refused("threads = 2\nthreads = 2\n", "given twice");
	refused("Name = x\n", "there is no option 'Name'");
}
END_TEST

START_TEST(checks_values)
{
	refused("threads = 1", "'1'; it must be a whole number from 2 to 64");
	refused("threads = 65", "from 2 to 64");
	refused("threads =", "whole number");
	refused("threads = 3x", "whole number");
	refused("threads = 0x10", "whole number");
	refused("threads = 99999999999999999999", "whole number");
	refused("trace = maybe", "must be yes or no");
	refused("\npair = abc", "f.conf:2: pair is 'abc'; it must be as long as an even number.");
	refused("name =", "0 bytes long; it must be from 1 to 16");
	refused("name = 12345678901234567", "17 bytes long");
	refused("name = a\tb", "control character");
	refused("name = \xff\xfe", "not UTF-8");
	ck_assert_int_eq(parse("name = 1234567890123456"), 0);
	ck_assert_int_eq(parse("threads = 2\npin = -10\npath = /x"), 0);
	ck_assert_int_eq(o.pin, -10);
	ck_assert_int_eq(opt_parse(table, &o, "name = a\0b", 10, "f", &e), -1);
	ck_assert(strstr(e.text, "f:1: the line has a NUL") != NULL);
}
END_TEST

START_TEST(a_refused_value_changes_nothing)
{
	ck_assert_int_eq(parse("name = good\nthreads = 7"), 0);
	refused("name = 12345678901234567", "17");
	refused("threads = 1", "2 to 64");
	ck_assert_str_eq(o.name, "good");
	ck_assert_int_eq(o.threads, 7);
}
END_TEST

START_TEST(bools)
{
	static const char *const yes[] = { "yes", "true", "on", "1", "On" }, *const no[] = { "no", "FALSE", "off", "0" };

	for (size_t i = 0; i < sizeof(yes) / sizeof(*yes); i++) {
		o.trace = 0;
		ck_assert_int_eq(opt_set(table, &o, "trace", yes[i], "-o", &e), 0);
		ck_assert_int_eq(o.trace, 1);
	}
	for (size_t i = 0; i < sizeof(no) / sizeof(*no); i++) {
		o.trace = 1;
		ck_assert_int_eq(opt_set(table, &o, "trace", no[i], "-o", &e), 0);
		ck_assert_int_eq(o.trace, 0);
	}
	ck_assert_int_eq(opt_set(table, &o, "trace", "2", "-o", &e), -1);
	ck_assert(strstr(e.text, "-o: trace is '2'") == e.text);
}
END_TEST

START_TEST(secrets_stay_secret)
{
	AUTO_BUF b = BUF_INIT;

	ck_assert_int_eq(parse("secret = hunter2hunter2\npin = 4711"), 0);
	opt_print(table, &o, &b);
	ck_assert_ptr_null(strstr(b.data, "hunter2"));
	ck_assert_ptr_null(strstr(b.data, "4711"));
	ck_assert_ptr_nonnull(strstr(b.data, "# A password.\nsecret = ********\n"));
	ck_assert_int_eq(opt_set(table, &o, "pin", "123456", "-o", &e), -1);
	ck_assert_ptr_null(strstr(e.text, "123456"));
}
END_TEST

START_TEST(print_reads_back)
{
	AUTO_BUF first = BUF_INIT, second = BUF_INIT;
	struct options again = { 0 };

	ck_assert_int_eq(parse("name = a # b\nthreads = 33\ntrace = on"), 0);
	opt_set(table, &o, "pin", "0", "-o", &e);
	opt_print(table, &o, &first);
	ck_assert_ptr_nonnull(strstr(first.data, "\n#path =\n"));
	/* A masked number is no number: the one line that a person must fill in again. */
	*strstr(first.data, "pin =") = '#';
	opt_defaults(table, &again);
	ck_assert_int_eq(opt_parse(table, &again, first.data, first.n, "printed", &e), 0);
	opt_print(table, &again, &second);
	*strstr(second.data, "pin =") = '#';
	ck_assert_str_eq(first.data, second.data);
	opt_fini(table, &again);
}
END_TEST

START_TEST(reload)
{
	AUTO_BUF kept = BUF_INIT;
	struct options fresh = { 0 };
	const char *text = "name = other\npath = /p\nthreads = 9\ntrace = yes\npin = 3\n";

	opt_defaults(table, &fresh);
	ck_assert_int_eq(opt_parse(table, &fresh, text, strlen(text), "f", &e), 0);
	opt_reload(table, &o, &fresh, &kept);
	ck_assert_str_eq(o.name, "other");
	ck_assert_int_eq(o.trace, 1);
	ck_assert_int_eq(o.pin, 3);
	ck_assert_int_eq(o.threads, 2);
	ck_assert_ptr_null(o.path);
	ck_assert_str_eq(kept.data, "path, threads");
	ck_assert_str_eq(fresh.name, "other");
	ck_assert_ptr_ne(fresh.name, o.name);
	opt_fini(table, &fresh);
}
END_TEST

START_TEST(file)
{
	char path[] = "/tmp/test_opt.XXXXXX";
	int fd = mkstemp(path);

	ck_assert_int_eq(opt_read(table, &o, path, &e), 0);
	ck_assert_int_eq(write(fd, "threads = 12\n", 13), 13);
	ck_assert_int_eq(opt_read(table, &o, path, &e), 0);
	ck_assert_int_eq(o.threads, 12);
	ck_assert_int_eq(ftruncate(fd, 1048577), 0);
	ck_assert_int_eq(opt_read(table, &o, path, &e), -1);
	ck_assert_int_eq(e.code, E_TOO_LARGE);
	close(fd);
	unlink(path);
	ck_assert_int_eq(opt_read(table, &o, path, &e), -1);
	ck_assert_int_eq(e.code, E_FILE_ERROR);
	ck_assert_ptr_nonnull(strstr(e.text, path));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("opt");
	TCase *t = tcase_create("opt");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, defaults);
	tcase_add_test(t, reads_a_file);
	tcase_add_test(t, names_file_line_and_key);
	tcase_add_test(t, checks_values);
	tcase_add_test(t, a_refused_value_changes_nothing);
	tcase_add_test(t, bools);
	tcase_add_test(t, secrets_stay_secret);
	tcase_add_test(t, print_reads_back);
	tcase_add_test(t, reload);
	tcase_add_test(t, file);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	if (srunner_fork_status(r) == CK_FORK)
		tcase_add_test_raise_signal(t, default_out_of_range_aborts, SIGABRT);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
