/* test_forecast.c - src/lic: trends, the pools of a family in the time to come, and the days that forecasts rest on. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "db/q.h"
#include "lic/account.h"
#include "lic/compliance.h"
#include "lic/history.h"
#include "lic/license.h"
#include "lic/outlook.h"
#include "lic/trend.h"
#include "tests/lib/scenario.h"

#define MOST ((int64_t)INT32_MAX)

static struct arena arena;

static struct trend fit(const int64_t *in_use, size_t n)
{
	struct trend t;

	trend_fit(&arena, in_use, n, &t);
	return t;
}

#define FIT(days) fit(days, sizeof(days) / sizeof(*(days)))

/* start, start + step … */
static struct trend fit_line(int64_t start, int64_t step, size_t n)
{
	int64_t days[400];

	for (size_t i = 0; i < n; i++)
		days[i] = start + step * (int64_t)i;
	return fit(days, n);
}

START_TEST(little_history_is_flat)
{
	const int64_t one[] = { 7 };

	ck_assert_int_eq(fit(NULL, 0).days, 0);
	ck_assert_double_eq(fit(NULL, 0).growth, 0);
	ck_assert_int_eq(FIT(one).days, 1);
	ck_assert_double_eq(FIT(one).growth, 0);
	ck_assert_double_eq(fit_line(0, 100, TREND_DAYS_MIN - 1).growth, 0);
	ck_assert_double_eq(fit_line(0, 100, TREND_DAYS_MIN).growth, 100);
}
END_TEST

START_TEST(lines_have_their_slope)
{
	ck_assert_double_eq(fit_line(0, 0, 90).growth, 0);
	ck_assert_double_eq(fit_line(5, 1, 90).growth, 1);
	ck_assert_double_eq(fit_line(500, -2, 90).growth, -2);
	ck_assert_double_eq(fit_line(0, MOST, 90).growth, (double)MOST);
	ck_assert_double_eq(fit_line(90 * MOST, -MOST, 90).growth, -(double)MOST);
}
END_TEST

START_TEST(old_days_do_not_count)
{
	int64_t days[300];

	for (size_t i = 0; i < 300; i++)
		days[i] = i < 210 ? (int64_t)i * 50 : 10500;
	ck_assert_double_eq(FIT(days).growth, 0);
	ck_assert_int_eq(FIT(days).days, TREND_DAYS);
}
END_TEST

START_TEST(steps_are_no_trend_and_stairs_are)
{
	int64_t days[90];

	for (size_t i = 0; i < 90; i++)
		days[i] = i < 70 ? 10 : 500;
	ck_assert_double_eq(FIT(days).growth, 0);
	/* a week of tests in the middle */
	for (size_t i = 0; i < 90; i++)
		days[i] = i >= 40 && i < 47 ? 900 : 10;
	ck_assert_double_eq(FIT(days).growth, 0);
	/* one more each three, each ten days */
	for (size_t i = 0; i < 90; i++)
		days[i] = (int64_t)i / 3;
	ck_assert_double_eq_tol(FIT(days).growth, 1.0 / 3, 0.01);
	for (size_t i = 0; i < 90; i++)
		days[i] = (int64_t)i / 10;
	ck_assert_double_eq_tol(FIT(days).growth, 0.1, 0.01);
	/* a third of the days lost */
	for (size_t i = 0; i < 90; i++)
		days[i] = i % 4 == 0 ? 0 : 100 + (int64_t)i;
	ck_assert_double_eq_tol(FIT(days).growth, 1, 0.05);
}
END_TEST

START_TEST(what_comes_stays_within_bounds)
{
	ck_assert_int_eq(trend_after(10, 0, 730), 10);
	ck_assert_int_eq(trend_after(10, 1, 0), 10);
	ck_assert_int_eq(trend_after(10, 1, 7), 17);
	ck_assert_int_eq(trend_after(10, 1.0 / 3, 2), 10);
	ck_assert_int_eq(trend_after(10, 1.0 / 3, 3), 11);
	ck_assert_int_eq(trend_after(10, 0.1, 29), 12);
	ck_assert_int_eq(trend_after(10, 0.1, 30), 13);
	ck_assert_int_eq(trend_after(10, -1, 9), 1);
	ck_assert_int_eq(trend_after(10, -1, 10), 0);
	ck_assert_int_eq(trend_after(10, -1, 3650), 0);
	ck_assert_int_eq(trend_after(0, 0, 1), 0);
	ck_assert_int_eq(trend_after(INT64_MAX, 0, 1), TREND_MOST);
	ck_assert_int_eq(trend_after(MOST, 1e300, 3650), TREND_MOST);
	ck_assert_int_eq(trend_after(MOST, -1e300, 3650), 0);
}
END_TEST

/* ---- the time to come ---- */

static struct pool pools[3];
static struct loan loans[6];
static double growth[3];
static struct outlook_step steps[4];

/* Two tiers, the second borrows from the first. */
static struct outlook family(int64_t high, int64_t high_use, int64_t low, int64_t low_use)
{
	struct outlook o = { .now = { .pools = pools, .loans = loans, .n = 2 },
			     .steps = steps,
			     .growth = growth,
			     .at = 1000 * DAY_MS + 5,
			     .until = 1730 * DAY_MS + 5 };

	memset(growth, 0, sizeof(growth));
	pools[0] = (struct pool){ .entitlement = 1, .tier = 0, .quantity = high, .in_use = high_use };
	pools[1] = (struct pool){ .entitlement = 2, .tier = 1, .quantity = low, .in_use = low_use };
	pools_settle(&o.now);
	return o;
}

static void add_step(struct outlook *o, int64_t days, int64_t ms, size_t pool, int64_t quantity)
{
	steps[o->steps_n++] = (struct outlook_step){ .at = o->at + days * DAY_MS + ms, .pool = pool, .quantity = quantity };
}

START_TEST(enough_is_no_gap)
{
	struct outlook o = family(5, 5, 0, 0);
	struct shortage *s = outlook_shortages(&arena, &o, true);

	ck_assert_ptr_null(s[0].gaps);
	ck_assert_ptr_null(s[1].gaps);
	ck_assert_int_eq(s[0].needed + s[1].needed, 0);
}
END_TEST

START_TEST(gaps_have_their_moments)
{
	struct outlook o = family(0, 0, 10, 8);
	struct shortage *s;

	add_step(&o, 3, 1, 1, -5);
	add_step(&o, 4, 0, 1, -5);
	add_step(&o, 9, -1, 1, 8);
	add_step(&o, 20, 0, 1, -1);
	s = outlook_shortages(&arena, &o, false);
	ck_assert_int_eq(s[1].gaps->from, steps[0].at);
	ck_assert_int_eq(s[1].gaps->missing, 3);
	ck_assert_int_eq(s[1].gaps->worst, 8);
	ck_assert_int_eq(s[1].gaps->until, steps[2].at);
	ck_assert_int_eq(s[1].gaps->next->from, steps[3].at);
	ck_assert_int_eq(s[1].gaps->next->until, 0);
	ck_assert_int_eq(s[1].needed, 8);
	ck_assert_int_eq(s[1].before.pools[1].quantity, 10);
	ck_assert_int_eq(s[1].then.pools[1].quantity, 5);
	ck_assert_int_eq(outlook_ending(&o, 1, steps[0].at), 5);
	ck_assert_int_eq(outlook_ending(&o, 1, steps[0].at + 1), 0);
	ck_assert_int_eq(outlook_starting(&o, 1, steps[2].at), 8);
	/* The horizon is the last moment that counts. */
	o.until = steps[0].at;
	ck_assert_ptr_nonnull(outlook_shortages(&arena, &o, false)[1].gaps);
	o.until--;
	ck_assert_ptr_null(outlook_shortages(&arena, &o, false)[1].gaps);
}
END_TEST

START_TEST(growth_counts_whole_days)
{
	struct outlook o = family(0, 0, 10, 8);
	struct shortage *s;

	growth[1] = 1;
	ck_assert_ptr_null(outlook_shortages(&arena, &o, false)[1].gaps);
	s = outlook_shortages(&arena, &o, true);
	ck_assert_int_eq(s[1].gaps->from, o.at + 3 * DAY_MS);
	ck_assert_int_eq(s[1].gaps->missing, 1);
	ck_assert_int_eq(s[1].gaps->worst, 728);
	ck_assert_int_eq(s[1].needed, 728);
}
END_TEST

START_TEST(a_lender_that_grows_lends_less)
{
	struct outlook o = family(20, 10, 5, 10);
	struct shortage *s;

	growth[0] = 0.5;
	o.until = o.at + 40 * DAY_MS;
	s = outlook_shortages(&arena, &o, true);
	ck_assert_int_eq(s[1].gaps->from, o.at + 12 * DAY_MS);
	ck_assert_int_eq(s[0].gaps->from, o.at + 22 * DAY_MS);
	/* 30 in use at the end: 10 more of the higher one; they cover it alone, so the lower one needs its own 5. */
	ck_assert_int_eq(s[0].needed, 10);
	ck_assert_int_eq(s[1].needed, 5);
}
END_TEST

/* What is bought for the higher tier is lent while it is not used: the lower one then needs less. */
START_TEST(higher_tiers_are_bought_first)
{
	struct outlook o = family(10, 10, 0, 3);
	struct shortage *s;

	add_step(&o, 10, 0, 0, -4);
	add_step(&o, 10, 0, 1, 3);
	s = outlook_shortages(&arena, &o, false);
	ck_assert_int_eq(s[0].gaps->from, steps[0].at);
	ck_assert_int_eq(s[0].needed, 4);
	ck_assert_int_eq(s[1].gaps->from, o.at);
	ck_assert_int_eq(s[1].gaps->until, steps[1].at);
	ck_assert_int_eq(s[1].needed, 0);
}
END_TEST

/* ---- days ---- */

static void must(int rc, const struct err *e)
{
	if (rc)
		ck_abort_msg("%s", e->text);
}

/* A pool of which 9 were in use yesterday, and 4 are since then. */
static void falls_to_four(struct tx *tx, struct virtual_account_row *va, struct entitlement_row *kind)
{
	struct account_new in = { .name = "Acme" };
	struct err e = ERR_INIT;
	struct account_row account;

	must(account_add(tx, &in, &account, &e), &e);
	must(virtual_account_find(tx, &account, DEFAULT_VIRTUAL_ACCOUNT, va, &e), &e);
	must(entitlement_find(tx, "Basic", kind, &e), &e);
	must(history_begin_day(tx, &e), &e);
	must(history_note(tx, va->id, kind->id, 9, &e), &e);
	must(q_pool_change(tx->db, va->id, kind->id, 4, &e), &e);
}

/* A transaction that is given up takes the begin of its day along, and the next one begins it. */
START_TEST(a_day_begins_although_a_change_was_lost)
{
	char dir[] = "/tmp/test-forecast-XXXXXX";
	struct virtual_account_row va;
	struct entitlement_row kind;
	struct err e = ERR_INIT;
	struct server server;
	struct history days;
	struct tx tx;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	must(server_open(&server, SITE_MANAGER, "m", dir, &e), &e);
	tx = server_reader(&server, &arena);
	tx.db = server.db;
	must(db_begin(tx.db, &e), &e);
	falls_to_four(&tx, &va, &kind);
	must(db_commit(tx.db, &e), &e);
	tx.now += DAY_MS;
	must(db_begin(tx.db, &e), &e);
	must(history_begin_day(&tx, &e), &e);
	db_rollback(tx.db);
	must(db_begin(tx.db, &e), &e);
	must(history_begin_day(&tx, &e), &e);
	must(history_note(&tx, va.id, kind.id, 3, &e), &e);
	must(db_commit(tx.db, &e), &e);
	must(history_read(&tx, va.id, kind.id, history_day(tx.now) - 1, &days, &e), &e);
	ck_assert_int_eq(days.n, 2);
	ck_assert_int_eq(days.in_use[0], 9);
	ck_assert_int_eq(days.in_use[1], 4);
	server_close(&server);
	folder_remove(dir);
}
END_TEST

/* What its products used without having it, until they were forgotten, keeps no account. */
START_TEST(an_account_goes_with_its_days)
{
	char dir[] = "/tmp/test-forecast-XXXXXX";
	struct virtual_account_row va;
	struct entitlement_row kind;
	struct err e = ERR_INIT;
	struct server server;
	struct history days;
	const char *next;
	struct tx tx;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	must(server_open(&server, SITE_MANAGER, "m", dir, &e), &e);
	tx = server_reader(&server, &arena);
	tx.db = server.db;
	must(db_begin(tx.db, &e), &e);
	falls_to_four(&tx, &va, &kind);
	must(compliance_settle(&tx, &e), &e);
	must(q_pool_change(tx.db, va.id, kind.id, -4, &e), &e);
	must(compliance_settle(&tx, &e), &e);
	must(account_delete(&tx, "Acme", "Acme", &next, &e), &e);
	must(db_commit(tx.db, &e), &e);
	must(history_read(&tx, va.id, kind.id, history_day(tx.now), &days, &e), &e);
	ck_assert_int_eq(days.n, 0);
	server_close(&server);
	folder_remove(dir);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("forecast");
	TCase *t = tcase_create("trend");
	SRunner *r = srunner_create(s);
	int failed;

	arena_init(&arena);
	tcase_add_test(t, little_history_is_flat);
	tcase_add_test(t, lines_have_their_slope);
	tcase_add_test(t, old_days_do_not_count);
	tcase_add_test(t, steps_are_no_trend_and_stairs_are);
	tcase_add_test(t, what_comes_stays_within_bounds);
	suite_add_tcase(s, t);
	t = tcase_create("outlook");
	tcase_add_test(t, enough_is_no_gap);
	tcase_add_test(t, gaps_have_their_moments);
	tcase_add_test(t, growth_counts_whole_days);
	tcase_add_test(t, a_lender_that_grows_lends_less);
	tcase_add_test(t, higher_tiers_are_bought_first);
	suite_add_tcase(s, t);
	t = tcase_create("days");
	tcase_add_test(t, a_day_begins_although_a_change_was_lost);
	tcase_add_test(t, an_account_goes_with_its_days);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	arena_fini(&arena);
	return failed != 0;
}
