/* test_ctl.c - satellitectl: its arguments, its texts and tables, and what its lists say. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "ctl/ctl.h"
#include "tests/lib/clock_fake.h"

/* ---- arguments ---- */

static struct ctl_args args;
static struct err err;

static int parse(char *const argv[])
{
	int argc = 0;

	while (argv[argc])
		argc++;
	err = ERR_INIT;
	return args_parse(ctl_commands, argc, argv, &args, &err);
}

/* Words with static life: the parser borrows them. */
#define W(s) ((char *)(uintptr_t)(s))
#define PARSE(...) parse((char *[]){ W("satellitectl"), __VA_ARGS__, NULL })

static void ck_usage(const char *part)
{
	ck_assert_int_eq(err.code, E_USAGE);
	ck_assert_msg(strstr(err.text, part) != NULL, "“%s” does not hold “%s”", err.text, part);
}

START_TEST(test_options_anywhere)
{
	ck_assert_int_eq(PARSE(W("-s"), W("/x"), W("token"), W("create"), W("--account=A B"), W("--days"), W("30"),
			       W("--virtual-account"), W("V"), W("--json"), W("--uses=10")),
			 0);
	ck_assert_str_eq(args.socket, "/x");
	ck_assert(args.json);
	ck_assert_str_eq(args.cmd->noun, "token");
	ck_assert_str_eq(args.cmd->verb, "create");
	ck_assert_str_eq(args_text(&args, "account"), "A B");
	ck_assert_int_eq(args_int(&args, "days"), 30);
	ck_assert_int_eq(args_int(&args, "uses"), 10);
	ck_assert(!args_flag(&args, "export-controlled"));
	ck_assert_ptr_null(args_text(&args, "description"));

	ck_assert_int_eq(PARSE(W("virtual-account"), W("add"), W("--account"), W("A"), W("Branch"), W("-s/y")), 0);
	ck_assert_uint_eq(args.pos_n, 1);
	ck_assert_str_eq(args.pos[0], "Branch");
	ck_assert_str_eq(args.socket, "/y");
}
END_TEST

START_TEST(test_end_of_options)
{
	ck_assert_int_eq(PARSE(W("account"), W("add"), W("--"), W("--json")), 0);
	ck_assert_str_eq(args.pos[0], "--json");
	ck_assert(!args.json);
	ck_assert_int_eq(PARSE(W("account"), W("add"), W("-")), 0);
	ck_assert_str_eq(args.pos[0], "-");
}
END_TEST

START_TEST(test_json_behind_what_is_wrong)
{
	ck_assert_int_eq(PARSE(W("license"), W("list"), W("--bogus"), W("--json")), -1);
	ck_assert(args.json);
	ck_assert_int_eq(PARSE(W("license"), W("foo"), W("--"), W("--json")), -1);
	ck_assert(!args.json);
}
END_TEST

START_TEST(test_many_positions)
{
	ck_assert_int_eq(PARSE(W("token"), W("revoke"), W("a"), W("b"), W("c")), 0);
	ck_assert_uint_eq(args.pos_n, 3);
	ck_assert_int_eq(PARSE(W("token"), W("revoke")), -1);
	ck_usage("TOKEN is missing");
	ck_assert_int_eq(PARSE(W("satellite"), W("authorize"), W("a")), -1);
	ck_usage("OUT is missing");
	ck_assert_int_eq(PARSE(W("sync"), W("export"), W("a"), W("b")), -1);
	ck_usage("“b” is one argument too many");
	ck_assert_int_eq(PARSE(W("status"), W("now")), -1);
	ck_usage("“now”");
	ck_assert_int_eq(PARSE(W("account"), W("add"), W("")), -1);
	ck_usage("is empty");
	ck_assert_int_eq(PARSE(W("account"), W("add"), W("\xff")), -1);
	ck_usage("not UTF-8");
}
END_TEST

START_TEST(test_too_many_positions)
{
	char *argv[CTL_POS_MAX + 5] = { W("satellitectl"), W("token"), W("revoke") };

	for (size_t i = 0; i < CTL_POS_MAX; i++)
		argv[3 + i] = W("t");
	ck_assert_int_eq(parse(argv), 0);
	argv[3 + CTL_POS_MAX] = argv[3];
	ck_assert_int_eq(parse(argv), -1);
	ck_usage("more than 256");
}
END_TEST

START_TEST(test_unknown_words)
{
	ck_assert_int_eq(PARSE(W("tokne"), W("list")), -1);
	ck_usage("Did you mean token?");
	ck_assert_int_eq(PARSE(W("xyzzy")), -1);
	ck_usage("There is no command “xyzzy”.");
	ck_assert_ptr_null(strstr(err.text, "mean"));
	ck_assert_int_eq(PARSE(W("token"), W("lst")), -1);
	ck_usage("Did you mean list?");
	ck_assert_str_eq(args.noun, "token");
	ck_assert_int_eq(PARSE(W("token")), -1);
	ck_usage("create, list, revoke");
	ck_assert_int_eq(PARSE(W("token"), W("list"), W("--acount"), W("A")), -1);
	ck_usage("Did you mean --account?");
	ck_assert_ptr_nonnull(args.cmd);
	ck_assert_int_eq(PARSE(W("token"), W("list"), W("-x")), -1);
	ck_usage("no option -x");
	ck_assert_int_eq(PARSE(W("--account"), W("A"), W("token"), W("list")), -1);
	ck_usage("behind its noun");
	ck_assert_int_eq(parse((char *[]){ W("satellitectl"), NULL }), -1);
	ck_usage("Say what to do");
}
END_TEST

#define TRANSFER W("license"), W("transfer"), W("--account=A"), W("--from=V"), W("--to=W"), W("--license=L")

START_TEST(test_values)
{
	ck_assert_int_eq(PARSE(TRANSFER, W("--quantity=0")), -1);
	ck_usage("from 1 to 2,147,483,647, not “0”");
	ck_assert_str_eq(err.field, "quantity");
	ck_assert_int_eq(PARSE(TRANSFER, W("--quantity=2147483648")), -1);
	ck_assert_int_eq(PARSE(TRANSFER, W("--quantity=2147483647")), 0);
	ck_assert_int_eq(PARSE(TRANSFER, W("--quantity"), W("-1")), -1);
	ck_usage("not “-1”");
	ck_assert_int_eq(PARSE(TRANSFER, W("--quantity=1x")), -1);
	ck_assert_int_eq(PARSE(TRANSFER, W("--quantity=99999999999999999999")), -1);
	ck_assert_int_eq(PARSE(TRANSFER, W("--quantity=")), -1);
	ck_usage("empty");
	ck_assert_int_eq(PARSE(TRANSFER), -1);
	ck_usage("--quantity N is missing");
	ck_assert_int_eq(PARSE(TRANSFER, W("--quantity")), -1);
	ck_usage("needs a value");
	ck_assert_int_eq(PARSE(TRANSFER, W("--quantity"), W("--force")), -1);
	ck_usage("“--force” follows");
	ck_assert_int_eq(PARSE(TRANSFER, W("--quantity=1"), W("--force=yes")), -1);
	ck_usage("takes no value");
	ck_assert_int_eq(PARSE(TRANSFER, W("--quantity=1"), W("--quantity=1")), -1);
	ck_usage("given twice");
	ck_assert_int_eq(PARSE(TRANSFER, W("--quantity=1"), W("--from=\xc3")), -1);
	ck_assert_int_eq(PARSE(W("token"), W("list"), W("--account=\xc3")), -1);
	ck_usage("not UTF-8");
}
END_TEST

START_TEST(test_choice)
{
	AUTO_JSON *body = json_object();

	ck_assert_int_eq(PARSE(TRANSFER, W("--quantity=1"), W("--type=term")), 0);
	ctl_put_text(body, "licenseType", &args, "type");
	ck_assert_str_eq(ctl_get(body, "licenseType"), "TERM");
	ck_assert_int_eq(PARSE(TRANSFER, W("--quantity=1"), W("--type"), W("DEM")), -1);
	ck_usage("PERPETUAL|TERM|DEMO, not “DEM”");
	ck_assert_int_eq(PARSE(W("webhook"), W("update"), W("1"), W("--state=ON")), 0);
	ck_assert_str_eq(args_text(&args, "state"), "on");
	ck_assert_int_eq(PARSE(W("certificate"), W("request"), W("--key"), W("rsa-2048")), 0);
	ck_assert_str_eq(args_text(&args, "key"), "rsa-2048");
	ck_assert_int_eq(PARSE(TRANSFER, W("--quantity=1"), W("--type"), W("TERM|DEMO")), -1);
}
END_TEST

#define FORECAST W("license"), W("forecast")

START_TEST(test_several)
{
	ck_assert_int_eq(PARSE(FORECAST, W("--add=A=1"), W("--use"), W("U=0"), W("--add"), W("B=2:V"), W("L")), 0);
	ck_assert_str_eq(args_each(&args, "add", 0), "A=1");
	ck_assert_str_eq(args_each(&args, "add", 1), "B=2:V");
	ck_assert_ptr_null(args_each(&args, "add", 2));
	ck_assert_str_eq(args_each(&args, "use", 0), "U=0");
	ck_assert_ptr_null(args_each(&args, "move", 0));
	ck_assert_str_eq(args.pos[0], "L");
	ck_assert_int_eq(PARSE(FORECAST, W("--add=")), -1);
	ck_usage("empty");
	ck_assert_int_eq(PARSE(FORECAST, W("--days=1"), W("--days=2")), -1);
	ck_usage("given twice");
}
END_TEST

#define ORDER W("order"), W("add"), W("--account=A"), W("--virtual-account=V"), W("--license=L"), W("--quantity=1")

START_TEST(test_dates)
{
	ck_assert_int_eq(PARSE(ORDER, W("--end=2028-02-29")), 0);
	ck_assert_int_eq(PARSE(ORDER, W("--end=2027-02-29")), -1);
	ck_usage("2027-02-29");
	ck_assert_int_eq(PARSE(ORDER, W("--end=2027-2-3")), -1);
	ck_assert_int_eq(PARSE(ORDER, W("--end=2027-12-31T00:00:00Z")), -1);
	ck_assert_int_eq(PARSE(ORDER, W("--end=tomorrow")), -1);
	ck_assert_int_eq(PARSE(ORDER, W("--end=2027-13-01")), -1);
}
END_TEST

START_TEST(test_digest)
{
	char good[] = "--root-fingerprint=9A:3f000000000000000000000000000000000000000000000000000000000000";
	char shorter[] = "--root-fingerprint=9a3f00000000000000000000000000000000000000000000000000000000000";

	ck_assert_int_eq(PARSE(W("sync"), W("import"), W("f"), good), 0);
	ck_assert_int_eq(PARSE(W("sync"), W("import"), W("f"), shorter), -1);
	ck_usage("64 hex digits");
}
END_TEST

START_TEST(test_help_and_version)
{
	ck_assert_int_eq(PARSE(W("-V")), 0);
	ck_assert(args.version);
	ck_assert_int_eq(PARSE(W("token"), W("create"), W("--help")), 0);
	ck_assert(args.help);
	ck_assert_str_eq(args.cmd->verb, "create");
	ck_assert_int_eq(PARSE(W("token"), W("-h")), 0);
	ck_assert_ptr_null(args.cmd);
	ck_assert_str_eq(args.noun, "token");
	ck_assert_int_eq(PARSE(W("-s"), W("")), -1);
	ck_usage("-s is empty");
	ck_assert_int_eq(PARSE(W("-s")), -1);
}
END_TEST

/* Every row can be parsed, explained and completed; no line of help is wider than asked. */
START_TEST(test_table_of_commands)
{
	for (const struct ctl_cmd *c = ctl_commands; c->noun; c++) {
		AUTO_BUF help = BUF_INIT;
		size_t n = 0;

		while (c->opts[n].name)
			n++;
		ck_assert_uint_le(n, CTL_OPTS_MAX);
		ck_assert_ptr_nonnull(c->run);
		ck_assert_uint_ne(c->where, 0);
		help_command(c, 80, &help);
		for (char *line = strtok(help.data, "\n"); line; line = strtok(NULL, "\n"))
			ck_assert_msg(text_width(line) <= 80, "%s", line);
	}
}
END_TEST

/* ---- texts and tables ---- */

START_TEST(test_numbers)
{
	char s[TEXT_INT_SIZE];

	ck_assert_str_eq(text_int(0, s), "0");
	ck_assert_str_eq(text_int(999, s), "999");
	ck_assert_str_eq(text_int(1000, s), "1,000");
	ck_assert_str_eq(text_int(1234567, s), "1,234,567");
	ck_assert_str_eq(text_int(-1, s), "−1");
	ck_assert_str_eq(text_int(-1000, s), "−1,000");
	ck_assert_str_eq(text_int(INT64_MIN, s), "−9,223,372,036,854,775,808");
}
END_TEST

START_TEST(test_iso)
{
	int64_t at;

	ck_assert_int_eq(text_iso("2026-01-01T00:00:00Z", &at), 0);
	ck_assert_int_eq(at, CLOCK_FAKE_START);
	ck_assert_int_eq(text_iso("2026-01-01T00:00:01.25Z", &at), 0);
	ck_assert_int_eq(at, CLOCK_FAKE_START + 1250);
	ck_assert_int_eq(text_iso("2026-01-01", &at), 0);
	ck_assert_int_eq(at, CLOCK_FAKE_START);
	ck_assert_int_eq(text_iso("2026-01-01T00:00:00+00:00", &at), 0);
	ck_assert_int_eq(text_iso("2026-01-01T00:00:00", &at), -1);
	ck_assert_int_eq(text_iso("2026-01-01T24:00:00Z", &at), -1);
	ck_assert_int_eq(text_iso("2026-01-01T00:00:00.Z", &at), -1);
	ck_assert_int_eq(text_iso("2026-02-30", &at), -1);
	ck_assert_int_eq(text_iso("2026-00-01", &at), -1);
	ck_assert_int_eq(text_iso("2026-01-00", &at), -1);
	ck_assert_int_eq(text_iso("2026", &at), -1);
	ck_assert_int_eq(text_iso("", &at), -1);
}
END_TEST

START_TEST(test_when)
{
	char s[TEXT_WHEN_SIZE];

	ck_assert_str_eq(text_when(0, s), "–");
	ck_assert_str_eq(text_when(CLOCK_FAKE_START + 5 * DAY_MS + HOUR_MS, s), "6 Jan 01:00");
	ck_assert_str_eq(text_when(CLOCK_FAKE_START + 365 * DAY_MS, s), "1 Jan 2027");
}
END_TEST

static const char *made(struct buf *b)
{
	return b->data ? b->data : "";
}

START_TEST(test_width_and_cut)
{
	AUTO_BUF b = BUF_INIT;

	ck_assert_uint_eq(text_width("Zürich"), 6);
	ck_assert_uint_eq(text_width("東京"), 4);
	ck_assert_uint_eq(text_width("e\u0301"), 1);
	text_cut("Zürich", 6, &b);
	ck_assert_str_eq(made(&b), "Zürich");
	buf_clear(&b);
	text_cut("Zürich", 3, &b);
	ck_assert_str_eq(made(&b), "Zü…");
	buf_clear(&b);
	text_cut("東京都", 4, &b); /* a wide character is not halved */
	ck_assert_str_eq(made(&b), "東…");
	buf_clear(&b);
	text_cut("ab", 1, &b);
	ck_assert_str_eq(made(&b), "…");
	buf_clear(&b);
	text_cut("ab", 0, &b);
	ck_assert_uint_eq(b.n, 0);
}
END_TEST

START_TEST(test_clean)
{
	AUTO_BUF b = BUF_INIT;

	text_clean("a\033[31mb\n\tc\xff\xc3 ü\xc2\x85", &b);
	ck_assert_str_eq(made(&b), "a?[31mb??c?? ü?");
}
END_TEST

START_TEST(test_wrap)
{
	AUTO_BUF b = BUF_INIT;

	text_wrap("one two  three", 9, 2, 4, &b);
	ck_assert_str_eq(made(&b), "one two\n    three\n");
	buf_clear(&b);
	text_wrap("averyverylongword x", 5, 0, 0, &b);
	ck_assert_str_eq(made(&b), "averyverylongword\nx\n");
	buf_clear(&b);
	text_wrap("", 5, 0, 0, &b);
	ck_assert_str_eq(made(&b), "\n");
}
END_TEST

START_TEST(test_words)
{
	char s[TEXT_STATUS_SIZE], label[TEXT_LABEL_SIZE];
	AUTO_BUF b = BUF_INIT;

	ck_assert_str_eq(text_status("OUT_OF_COMPLIANCE", s), "Out of compliance");
	ck_assert_str_eq(text_status("In Compliance", s), "In compliance");
	ck_assert_str_eq(text_status("", s), "");
	ck_assert_str_eq(text_label("authorityValidUntil", label), "Authority valid until");
	text_shell("a/b-c.reg", &b);
	buf_addc(&b, ' ');
	text_shell("it's $HOME", &b);
	buf_addc(&b, ' ');
	text_shell("", &b);
	ck_assert_str_eq(made(&b), "a/b-c.reg 'it'\\''s $HOME' ''");
	ck_assert_uint_eq(str_distance("token", "token"), 0);
	ck_assert_uint_eq(str_distance("tokne", "token"), 1);
	ck_assert_uint_eq(str_distance("", "abc"), 3);
	ck_assert_uint_gt(str_distance("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "a"), 1000);
}
END_TEST

static const struct table_col cols[] = {
	{ "Name", 0, 6, 0 },
	{ "Count", TABLE_RIGHT, 0, 0 },
	{ "Long heading", TABLE_MAYBE, 8, 1 },
	{ "Note", TABLE_MAYBE, 0, 2 },
};

static void fill(struct table *t, const char *name, int64_t n, const char *third, const char *note)
{
	table_text(t, name);
	table_int(t, n);
	table_text(t, third);
	table_text(t, note);
}

START_TEST(test_table_fits)
{
	AUTO_TABLE t;
	AUTO_BUF b = BUF_INIT;

	table_init(&t, cols, 4);
	fill(&t, "alpha", 1234, "", "");
	fill(&t, "b", -1, NULL, "–");
	table_print(&t, 80, false, &b);
	ck_assert_str_eq(made(&b), "Name   Count\nalpha  1,234\nb         −1\n");
}
END_TEST

START_TEST(test_table_heading_on_two_lines)
{
	AUTO_TABLE t;
	AUTO_BUF b = BUF_INIT;

	table_init(&t, cols, 4);
	fill(&t, "alpha", 1, "x", "y");
	table_print(&t, 27, false, &b);
	ck_assert_str_eq(made(&b), "              Long\nName   Count  heading  Note\nalpha      1  x        y\n");
}
END_TEST

START_TEST(test_table_cuts_then_drops)
{
	AUTO_TABLE t;
	AUTO_BUF b = BUF_INIT;

	table_init(&t, cols, 4);
	fill(&t, "alphabetical", 1, "in the middle", "a note");
	table_print(&t, 31, false, &b);
	ck_assert_str_eq(made(&b), "               Long\nName    Count  heading   Note\nalpha…      1  in the …  a note\n");
	buf_clear(&b);
	table_print(&t, 24, false, &b); /* the note goes, the name gets room again */
	ck_assert_str_eq(made(&b), "                Long\nName     Count  heading\nalphab…      1  in the …\n"
				   "No room here for: Note.\nA wider terminal or\n--json shows all.\n");
	buf_clear(&b);
	table_print(&t, 5, false, &b); /* what must stay stays */
	ck_assert_ptr_nonnull(strstr(made(&b), "alpha…      1\n"));
}
END_TEST

START_TEST(test_table_color_says_nothing_alone)
{
	AUTO_TABLE t;
	AUTO_BUF b = BUF_INIT;

	table_init(&t, cols, 2);
	table_text(&t, "evil\033[2J");
	table_int(&t, -1);
	table_mood(&t, TABLE_BAD);
	table_print(&t, 80, false, &b);
	ck_assert_ptr_null(strchr(made(&b), '\033'));
	buf_clear(&b);
	table_print(&t, 80, true, &b);
	ck_assert_ptr_nonnull(strstr(made(&b), "evil?[2J"));
	ck_assert_ptr_nonnull(strstr(made(&b), "\033[31m−1\033[0m"));
}
END_TEST

/* ---- what lists say ---- */

static json_t *license(const char *name, const char *va, int64_t quantity, int64_t in_use)
{
	return json_pack("{s:s,s:s,s:I,s:I,s:I,s:i,s:s}", "license", name, "virtualAccount", va, "quantity", quantity,
			 "inUse", in_use, "available", quantity - in_use, "reserved", 0, "status",
			 quantity < in_use ? "Out Of Compliance" : "In Compliance");
}

static void ck_width(const struct ctl *c)
{
	AUTO_FREE char *text = mem_strdup(c->out.data);

	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		ck_assert_msg(text_width(line) <= c->width, "%s", line);
}

START_TEST(test_license_sentence)
{
	struct ctl c = { .width = 80 };
	AUTO_JSON *answer = json_pack("{s:[oo]}", "licenses", license("UC Manager Basic License (12.x)", "Default", 5, 6),
				      license("UC Manager Enhanced License (12.x)", "Default", 1234567, 4));

	license_show(&c, answer);
	ck_assert_ptr_nonnull(
		strstr(c.out.data, "1 of 2 licenses is out of compliance: UC Manager Basic License (12.x) is 1\nshort."));
	ck_assert_ptr_nonnull(strstr(c.out.data, "1,234,567"));
	ck_assert_ptr_nonnull(strstr(c.out.data, "−1  Out of compliance"));
	ck_width(&c);
	buf_fini(&c.out);
}
END_TEST

START_TEST(test_license_sentence_over_virtual_accounts)
{
	struct ctl c = { .width = 80 };
	AUTO_JSON *answer = json_pack("{s:[oooooo]}", "licenses", license("A", "V", 0, 1), license("B", "W", 0, 2000),
				      license("C", "V", 0, 3), license("D", "V", 0, 4), license("E", "V", 0, 5),
				      license("F", "V", 9, 5));

	license_show(&c, answer);
	ck_assert_ptr_nonnull(strstr(c.out.data,
				     "5 of 6 licenses are out of compliance: A is 1 short in V; B is 2,000 short in W;\n"
				     "C is 3 short in V; and 2 more."));
	ck_width(&c);
	buf_fini(&c.out);
}
END_TEST

/* One license in two virtual accounts: a line with their sum; what is lent and borrowed fits a terminal of 80. */
START_TEST(test_license_totals)
{
	struct ctl c = { .width = 80 };
	AUTO_JSON *answer = json_pack("{s:[ooo],s:[{s:s,s:i,s:i,s:i,s:i,s:i,s:i,s:s},{s:s,s:i,s:i}]}", "licenses",
				      license("UC Manager Basic License (12.x)", "Default", 5, 9),
				      license("UC Manager Basic License (12.x)", "Branch office", 1234, 4),
				      license("UC Manager CUWL License (12.X)", "Branch office", 9, 4), "totals", "license",
				      "UC Manager Basic License (12.x)", "virtualAccounts", 2, "quantity", 1239, "inUse",
				      13, "available", 1228, "borrowed", 2, "lent", 1, "status", "Out Of Compliance",
				      "license", "UC Manager CUWL License (12.X)", "virtualAccounts", 1, "quantity", 77);

	json_set_int(json_array_get(json_object_get(answer, "licenses"), 0), "borrowed", 2);
	json_set_int(json_array_get(json_object_get(answer, "licenses"), 2), "lent", 2);
	for (size_t i = 0; i < 3; i++)
		json_set_text(json_array_get(json_object_get(answer, "licenses"), i), "shortName",
			      i == 2 ? "CUWL" : "Basic");
	json_set_text(json_array_get(json_object_get(answer, "totals"), 0), "shortName", "Basic");
	license_show(&c, answer);
	ck_assert_ptr_nonnull(strstr(c.out.data, "  all "));
	ck_assert_ptr_nonnull(strstr(c.out.data, "Borrowed  Lent  Balance"));
	ck_assert_ptr_nonnull(strstr(c.out.data, "Out of compliance"));
	ck_assert_ptr_nonnull(strstr(c.out.data, "1,239"));
	ck_assert_ptr_null(strstr(c.out.data, "77"));
	ck_width(&c);
	buf_fini(&c.out);
}
END_TEST

/* What does not fit goes before the status does. */
START_TEST(test_license_status_stays)
{
	struct ctl c = { .width = 80 };
	AUTO_JSON *answer = json_pack("{s:[oo]}", "licenses", license("TelePresenceRoom", "Default", 5, 9),
				      license("TelePresenceRoom", "Branch office", 1234, 4));
	json_t *row = json_array_get(json_object_get(answer, "licenses"), 0);

	json_set_int(row, "borrowed", 2);
	json_set_int(row, "lent", 2);
	json_set_int(row, "reserved", 2);
	json_object_set_new(row, "licenseDetails",
			    json_pack("[{s:s,s:s}]", "licenseType", "TERM", "endDate", "2999-12-31T00:00:00Z"));
	license_show(&c, answer);
	ck_assert_ptr_nonnull(strstr(c.out.data, "TelePresenceRoom"));
	ck_assert_ptr_nonnull(strstr(c.out.data, "−4  Out of compliance"));
	ck_assert_ptr_nonnull(strstr(c.out.data, "No room here for: "));
	ck_width(&c);
	buf_fini(&c.out);
}
END_TEST

#define UUID "3f2a91bc-0000-4000-8000-000000000001"

static json_t *event(const char *kind, const char *subject, json_t *detail)
{
	return json_pack("{s:i,s:s,s:s,s:s,s:s,s:s,s:s,s:o}", "id", 1234, "at", "2026-11-24T10:00:00Z", "kind", kind,
			 "subject", subject, "actor", "UCM, SN 93745b24", "account", "Acme", "address", "127.0.0.1",
			 "detail", detail);
}

START_TEST(test_event_change)
{
	struct ctl c = { .width = 80 };
	AUTO_JSON *answer =
		json_pack("{s:i,s:[oooo]}", "totalRecords", 4, "events",
			  event("usage.change", UUID,
				json_pack("{s:s,s:{s:i},s:{s:i}}", "hostName", "vm", "before", "B", 2, "after", "B", 7)),
			  event("compliance.out", "UC Manager Basic License (12.x)",
				json_pack("{s:i,s:i}", "quantity", 5, "inUse", 6)),
			  event("compliance.in", "UC Manager Basic License (12.x)",
				json_pack("{s:i,s:i}", "quantity", 8, "inUse", 6)),
			  event("license.end", "regid.2016-07.com.cisco.UCM_Basic,12.0_66d0",
				json_pack("{s:i}", "quantity", 4)));

	event_show_list(&c, answer);
	ck_assert_ptr_nonnull(strstr(c.out.data, "vm (3f2a91bc…)"));
	ck_assert_ptr_nonnull(strstr(c.out.data, "B 2→7"));
	ck_assert_ptr_nonnull(strstr(c.out.data, "1 short"));
	ck_assert_ptr_nonnull(strstr(c.out.data, "2 left over"));
	ck_assert_ptr_nonnull(strstr(c.out.data, "UCM_Basic"));
	ck_assert_ptr_nonnull(strstr(c.out.data, "4 ended"));
	ck_width(&c);
	buf_fini(&c.out);
}
END_TEST

START_TEST(test_license_explained)
{
	struct ctl c = { .width = 80 };
	AUTO_JSON *answer =
		json_pack("{s:[{s:[s,s,s]},{s:[s]}]}", "explanations", "sentences",
			  "Basic is out of compliance in 'Default': 1 is missing.",
			  "7 are in use: 7 by evil\033[2J, whose sentence is so long that it needs a second line.",
			  "Third.", "sentences", "Basic is in compliance in 'Branch': none is left over.");

	license_explain_show(&c, answer);
	ck_assert_str_eq(c.out.data, "Basic is out of compliance in 'Default': 1 is missing.\n\n"
				     "- 7 are in use: 7 by evil?[2J, whose sentence is so long that it needs a second\n"
				     "  line.\n- Third.\n\nBasic is in compliance in 'Branch': none is left over.\n");
	ck_width(&c);
	buf_fini(&c.out);
}
END_TEST

START_TEST(test_license_clamped)
{
	struct ctl c = { .width = 80 };
	AUTO_JSON *row = license("A", "V", 5, 7);
	AUTO_JSON *answer = NULL;

	json_set_int(row, "available", 0);
	answer = json_pack("{s:[O]}", "licenses", row);
	license_show(&c, answer);
	ck_assert_ptr_nonnull(strstr(c.out.data, "A is 2 short"));
	buf_fini(&c.out);
}
END_TEST

/* A command that is too wide goes on behind a backslash, an option with its value. */
START_TEST(test_hint_wraps)
{
	struct ctl c = { .width = 60, .socket = "/var/lib/somewhere/control.sock", .socket_given = true };

	ctl_hint(&c, "license transfer --from {} --to {} --license {}", "Default", "Branch office", "Basic");
	ck_assert_str_eq(c.out.data, "  satellitectl -s /var/lib/somewhere/control.sock license \\\n"
				     "    transfer --from Default --to 'Branch office' \\\n"
				     "    --license Basic\n");
	buf_fini(&c.out);
}
END_TEST

START_TEST(test_pair_too_wide)
{
	struct ctl c = { .width = 40 };

	ctl_pair(&c, "Software tag", "regid.2018-12.com.cisco.UCM,12.5_66d0");
	ck_assert_str_eq(c.out.data, "Software tag\n    regid.2018-12.com.cisco.UCM,12.5_66d0\n");
	buf_fini(&c.out);
}
END_TEST

/* Lots that start later count in nothing that the list shows. */
START_TEST(test_license_later)
{
	struct ctl c = { .width = 80 };
	AUTO_JSON *answer = json_pack("{s:[o]}", "licenses", license("A", "V", 0, 0));

	json_object_set_new(json_array_get(json_object_get(answer, "licenses"), 0), "licenseDetails",
			    json_pack("[{s:s,s:s,s:s}]", "licenseType", "TERM", "startDate", "2998-01-01T00:00:00Z",
				      "endDate", "2999-12-31T00:00:00Z"));
	license_show(&c, answer);
	ck_assert_ptr_null(strstr(c.out.data, "2999"));
	ck_assert_ptr_null(strstr(c.out.data, "Term"));
	buf_fini(&c.out);
}
END_TEST

START_TEST(test_empty_lists)
{
	struct ctl c = { .width = 80 };
	AUTO_JSON *answer = json_object();

	license_show(&c, answer);
	ck_assert_ptr_nonnull(strstr(c.out.data, "  satellitectl sync status\n"));
	buf_clear(&c.out);
	c.socket = "/a b";
	c.socket_given = true;
	token_show(&c, answer);
	ck_assert_ptr_nonnull(strstr(c.out.data, "  satellitectl -s '/a b' token create --account A"));
	buf_clear(&c.out);
	instance_show_list(&c, answer);
	ck_assert_ptr_nonnull(strstr(c.out.data, "license smart register idtoken TOKEN"));
	buf_fini(&c.out);
}
END_TEST

START_TEST(test_tokens_usable)
{
	struct ctl c = { .width = 80 };
	AUTO_JSON *answer =
		json_pack("{s:[{s:s,s:s,s:i,s:i},{s:s,s:s,s:i,s:i},{s:s,s:s,s:s,s:i},{s:s,s:s,s:s,s:s}]}", "tokens",
			  "token", "AAAAAAAAAAAAAAAAAAAA", "expirationDate", "2026-02-01T00:00:00Z", "usesRemaining", 1,
			  "numberOfUses", 1, "token", "BBBBBBBBBBBBBBBBBBBB", "expirationDate", "2025-12-31T23:59:59Z",
			  "usesRemaining", 1, "numberOfUses", 1, "token", "CCCCCCCCCCCCCCCCCCCC", "expirationDate",
			  "2026-02-01T00:00:00Z", "usesRemaining", "0", "numberOfUses", 1, "token", "DDDDDDDDDDDDDDDDDDDD",
			  "expirationDate", "2026-02-01T00:00:00Z", "usesRemaining", "1", "status", "REVOKED");

	token_show(&c, answer);
	ck_assert_ptr_nonnull(strstr(c.out.data, "1 of 4 tokens can be used."));
	ck_assert_ptr_nonnull(strstr(c.out.data, "AAAAAAAAAAAA…"));
	ck_assert_ptr_null(strstr(c.out.data, "AAAAAAAAAAAAA"));
	buf_fini(&c.out);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ctl");
	TCase *t = tcase_create("args");
	SRunner *r;
	int failed;

	text_init();
	setenv("TZ", "UTC", 1);
	tcase_add_test(t, test_options_anywhere);
	tcase_add_test(t, test_end_of_options);
	tcase_add_test(t, test_json_behind_what_is_wrong);
	tcase_add_test(t, test_many_positions);
	tcase_add_test(t, test_too_many_positions);
	tcase_add_test(t, test_unknown_words);
	tcase_add_test(t, test_values);
	tcase_add_test(t, test_choice);
	tcase_add_test(t, test_several);
	tcase_add_test(t, test_dates);
	tcase_add_test(t, test_digest);
	tcase_add_test(t, test_help_and_version);
	tcase_add_test(t, test_table_of_commands);
	suite_add_tcase(s, t);
	t = tcase_create("text");
	tcase_add_test(t, test_numbers);
	tcase_add_test(t, test_iso);
	tcase_add_test(t, test_when);
	tcase_add_test(t, test_width_and_cut);
	tcase_add_test(t, test_clean);
	tcase_add_test(t, test_wrap);
	tcase_add_test(t, test_words);
	tcase_add_test(t, test_table_fits);
	tcase_add_test(t, test_table_heading_on_two_lines);
	tcase_add_test(t, test_table_cuts_then_drops);
	tcase_add_test(t, test_table_color_says_nothing_alone);
	tcase_add_test(t, test_license_sentence);
	tcase_add_test(t, test_license_sentence_over_virtual_accounts);
	tcase_add_test(t, test_license_totals);
	tcase_add_test(t, test_license_status_stays);
	tcase_add_test(t, test_event_change);
	tcase_add_test(t, test_hint_wraps);
	tcase_add_test(t, test_pair_too_wide);
	tcase_add_test(t, test_license_later);
	tcase_add_test(t, test_license_explained);
	tcase_add_test(t, test_license_clamped);
	tcase_add_test(t, test_empty_lists);
	tcase_add_test(t, test_tokens_usable);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
