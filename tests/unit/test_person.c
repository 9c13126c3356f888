/* test_person.c - people: the guard against guessing, the rules for passwords, sessions and their ends. Time stands still
 * until a test moves it. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "crypt/seal.h"
#include "edge/guard.h"
#include "lic/access.h"
#include "lic/account.h"
#include "lic/person.h"
#include "lic/session.h"
#include "lic/site.h"
#include "tests/lib/clock_fake.h"
#include "tests/lib/light.h"
#include "tests/lib/scenario.h"

static struct err e;

static void must(int rc)
{
	if (rc)
		ck_abort_msg("%s: %s", err_name(e.code), e.text);
}

/* ---- the guard ---- */

/* Seconds until this is tried again; 0: it was tried now. */
static int try_now(const char *address, const char *user, const char *last_from, bool wrong)
{
	struct guard_try try;

	if (guard_begin(&try, address, user, last_from, &e)) {
		ck_assert_int_eq(e.code, E_RATE_LIMITED);
		ck_assert_int_gt(e.retry_s, 0);
		return e.retry_s;
	}
	guard_end(&try, wrong);
	return 0;
}

static int guess(const char *address, const char *user)
{
	return try_now(address, user, "", true);
}

START_TEST(waits_grow)
{
	static const int waits[] = { 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900 };
	int64_t forgotten = 0;

	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(guess("192.0.2.1", "a"), 0);
	for (size_t i = 0; i < 12; i++) {
		/* What is forgotten meanwhile makes the later waits shorter: only those before it are told here. */
		if (forgotten >= GUARD_FORGET_MS)
			break;
		ck_assert_int_eq(guess("192.0.2.1", "a"), waits[i]);
		clock_fake_advance(waits[i] * SECOND_MS - 1);
		ck_assert_int_eq(guess("192.0.2.1", "a"), 1);
		ck_assert_int_eq(try_now("192.0.2.1", "b", "", false), 1);
		clock_fake_advance(1);
		ck_assert_int_eq(guess("192.0.2.1", "a"), 0);
		forgotten += waits[i] * SECOND_MS;
	}
	ck_assert_int_ge(forgotten, GUARD_FORGET_MS);
}
END_TEST

/* However long somebody guesses, he is looked at about once in 15 minutes. */
START_TEST(a_day_of_guesses)
{
	int tried = 0;

	for (int i = 0; i < 86400; i++) {
		tried += guess("192.0.2.2", "a") == 0;
		clock_fake_advance(SECOND_MS);
	}
	ck_assert_int_ge(tried, 96);
	ck_assert_int_le(tried, 96 + 20);
}
END_TEST

START_TEST(wrong_ones_are_forgotten)
{
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(guess("192.0.2.3", "forgotten"), 0);
	clock_fake_advance(GUARD_FORGET_MS - 1);
	ck_assert_int_eq(guess("192.0.2.3", "forgotten"), 0);
	ck_assert_int_eq(guess("192.0.2.3", "forgotten"), 1);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(guess("192.0.2.4", "forgotten too"), 0);
	clock_fake_advance(GUARD_FORGET_MS);
	ck_assert_int_eq(guess("192.0.2.4", "forgotten too"), 0);
	ck_assert_int_eq(guess("192.0.2.4", "forgotten too"), 0);
	ck_assert_int_eq(guess("192.0.2.4", "forgotten too"), 1);
}
END_TEST

START_TEST(right_ones_do_not_count)
{
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(guess("192.0.2.5", "guessed"), 0);
	for (int i = 0; i < 1000; i++)
		ck_assert_int_eq(try_now("192.0.2.5", "right", "", false), 0);
	ck_assert_int_eq(guess("192.0.2.5", "guessed"), 0);
	/* A right one of another user does not help whoever guesses. */
	ck_assert_int_eq(try_now("192.0.2.5", "right", "", false), 1);
}
END_TEST

/* One address alone can never slow a user elsewhere, two can; but not where he signed in last. */
START_TEST(a_user_elsewhere)
{
	for (int i = 0; i < 86400; i += 7) {
		guess("192.0.2.6", "victim");
		clock_fake_advance(7 * SECOND_MS);
		ck_assert_int_eq(try_now("192.0.2.7", "victim", "", false), 0);
	}
	for (int i = 0; i < 3; i++)
		guess("192.0.2.8", "victim");
	for (int i = 0; i < 3; i++)
		guess("192.0.2.9", "victim");
	ck_assert_int_ge(try_now("192.0.2.7", "victim", "", false), 1);
	ck_assert_int_ge(try_now("192.0.2.7", "victim", "192.0.2.70", false), 1);
	ck_assert_int_eq(try_now("192.0.2.7", "victim", "192.0.2.7", false), 0);
	ck_assert_int_eq(try_now("192.0.2.7", "another", "", false), 0);
	ck_assert_int_eq(try_now("2001:db8::1", "victim", "2001:db8::2", false), 0);
}
END_TEST

START_TEST(networks_of_ipv6)
{
	char address[64];

	for (int i = 0; i < 5; i++) {
		snprintf(address, sizeof(address), "2001:db8:1:2::%x", i);
		ck_assert_int_eq(guess(address, "a"), 0);
	}
	ck_assert_int_eq(guess("2001:db8:1:2:ffff::1", "a"), 1);
	ck_assert_int_eq(guess("2001:db8:1:3::1", "b"), 0);
	for (int i = 0; i < 5; i++)
		guess("::ffff:192.0.2.10", "c");
	ck_assert_int_eq(guess("192.0.2.10", "c"), 1);
	ck_assert_int_eq(guess("::ffff:192.0.2.11", "d"), 0);
}
END_TEST

/* Those that are under way count against those that come meanwhile. */
START_TEST(guesses_at_once)
{
	struct guard_try tries[GUARD_AT_ONCE + 1];

	for (int i = 0; i < GUARD_AT_ONCE; i++)
		must(guard_begin(&tries[i], "192.0.2.12", "a", "", &e));
	ck_assert_int_eq(guard_begin(&tries[GUARD_AT_ONCE], "192.0.2.12", "a", "", &e), -1);
	for (int i = 0; i < GUARD_AT_ONCE; i++)
		ck_assert_int_eq(guard_end(&tries[i], true), i + 1 == GUARD_FREE);
	ck_assert_int_eq(guess("192.0.2.12", "a"), 900);
	clock_fake_advance(900 * SECOND_MS);
	must(guard_begin(&tries[0], "192.0.2.12", "a", "", &e));
	ck_assert_int_eq(guard_begin(&tries[1], "192.0.2.12", "a", "", &e), -1);
	guard_end(&tries[0], false);
	ck_assert_int_eq(guess("192.0.2.12", "a"), 0);
}
END_TEST

/* A flood of addresses does not wash away what waits. */
START_TEST(a_flood)
{
	char address[64], user[64];

	for (int i = 0; i < 9; i++) {
		guess("192.0.2.13", "a");
		clock_fake_advance(i < 5 ? 0 : 20 * SECOND_MS);
	}
	for (int i = 0; i < 6; i++)
		guess("192.0.2.13", "a");
	for (int i = 0; i < (test_light() ? 2000 : 100000); i++) {
		snprintf(address, sizeof(address), "10.%d.%d.%d", i >> 16 & 255, i >> 8 & 255, i & 255);
		snprintf(user, sizeof(user), "u%d", i);
		ck_assert_int_eq(guess(address, user), 0);
	}
	ck_assert_int_ge(guess("192.0.2.13", "a"), 1);
}
END_TEST

/* ---- passwords ---- */

static void ck_password(const char *password, const char *name, bool good)
{
	int rc = password_fit(password, name, &e);

	ck_assert_msg((rc == 0) == good, "'%s' of %s: %s", password, name, rc ? e.text : "taken");
	if (rc)
		ck_assert_str_eq(e.field, "password");
}

START_TEST(passwords)
{
	static const char *const bad[] = { "",
					   "elevenchars",
					   "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9",
					   "aaaaaaaaaaaa",
					   "abcabcabcabc",
					   "111122223333",
					   "123456789012",
					   "098765432109",
					   "qwertyuiopasdf",
					   "poiuytrewq12",
					   "Password1234",
					   "P4ssw0rd!2026",
					   "passwordpassword",
					   "WelcomeAdmin1",
					   "letmeinletmein",
					   "summer-winter",
					   "anna.lindqvist",
					   "Anna.Lindqvist1!",
					   "annalindqvist.anna.lindqvist" };
	static const char *const good[] = {
		"twelve chars",
		"x7#kQ9!vT2mp",
		"pferd batterie",
		"first of chief",
		"a long enough password",
		"\xce\xb6\xcf\x89\xce\xae \xce\xba\xce\xb1\xce\xb9 \xce\xb5\xce\xbb\xce\xb5\xcf\x85",
		"anna.lindqvist and three cats"
	};
	AUTO_FREE char *longest = mem_alloc(PASSWORD_MAX + 2);

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		ck_password(bad[i], "Anna.Lindqvist", false);
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		ck_password(good[i], "Anna.Lindqvist", true);
	ck_password("sesame opens it", "se", true);
	for (int i = 0; i < PASSWORD_MAX; i++)
		longest[i] = "kq7z!mwx0p"[(i * i + i / 7) % 10];
	ck_password(longest, "a", true);
	longest[PASSWORD_MAX] = 'x';
	ck_password(longest, "a", false);
}
END_TEST

/* ---- sessions, and who may sign in ---- */

static char dir[] = "/tmp/test-person-XXXXXX";
static struct server server;
static struct arena arena;
static const struct actor boss = { .kind = ACTOR_USER, .name = "boss", .address = "192.0.2.1" };

static void setup(void)
{
	memcpy(dir, "/tmp/test-person-XXXXXX", sizeof(dir));
	clock_fake_set(CLOCK_FAKE_START);
	arena_init(&arena);
	ck_assert_ptr_nonnull(mkdtemp(dir));
	must(server_open(&server, SITE_MANAGER, "m", dir, &e));
	server.site.session_idle_ms = 30 * MINUTE_MS;
	server.site.session_max_ms = 12 * HOUR_MS;
}

static void teardown(void)
{
	server_close(&server);
	arena_fini(&arena);
	folder_remove(dir);
}

/* A tx that writes, at this moment. */
static struct tx writer(void)
{
	struct tx tx = server_reader(&server, &arena);

	tx.db = server.db;
	tx.actor = &boss;
	must(db_begin(tx.db, &e));
	return tx;
}

static struct person_row add(struct tx *tx, const char *name, enum role role)
{
	struct person_new in = { .name = name, .hash = "hash", .grant = { .role = role } };
	struct person_row row;

	must(person_add(tx, &in, &e));
	must(person_find(tx, name, &row, &e));
	return row;
}

static bool goes_on(const char *kind, const char *secret, int64_t ms)
{
	struct tx tx = server_reader(&server, &arena);
	struct actor who = { 0 };
	struct caller caller;
	int rc;

	clock_fake_set(CLOCK_FAKE_START + ms);
	tx.now = CLOCK_FAKE_START + ms;
	must(db_begin_read(tx.db, &e));
	rc = session_find(&tx, kind, secret, &who, &caller, &e);
	db_end_read(tx.db);
	ck_assert_int_ge(rc, 0);
	if (rc == 1 && session_is_stale(&caller, tx.now)) {
		tx = writer();
		tx.now = CLOCK_FAKE_START + ms;
		must(session_touch(&tx, caller.session, &e));
		must(db_commit(tx.db, &e));
	}
	return rc == 1;
}

START_TEST(sessions_end)
{
	char idle[65], busy[65], token[65], csrf[65];
	struct tx tx = writer();
	struct person_row row = add(&tx, "anna", ROLE_AUDITOR);

	must(person_sign_in(&tx, &row, SESSION_BROWSER, 0, "", idle, &e));
	must(person_sign_in(&tx, &row, SESSION_BROWSER, 0, "", busy, &e));
	must(person_sign_in(&tx, &row, SESSION_TOKEN, 0, "", token, &e));
	must(db_commit(tx.db, &e));
	session_csrf(idle, csrf);
	ck_assert_str_ne(idle, busy);
	ck_assert_str_ne(idle, csrf);
	ck_assert(!goes_on(SESSION_TOKEN, idle, 0));
	ck_assert(!goes_on(SESSION_BROWSER, token, 0));
	ck_assert(!goes_on(SESSION_BROWSER, csrf, 0));
	for (int64_t at = 0; at < 12 * HOUR_MS; at += 29 * MINUTE_MS)
		ck_assert(goes_on(SESSION_BROWSER, busy, at));
	ck_assert(goes_on(SESSION_BROWSER, busy, 12 * HOUR_MS - 1));
	ck_assert(!goes_on(SESSION_BROWSER, busy, 12 * HOUR_MS));
	ck_assert(goes_on(SESSION_BROWSER, idle, 30 * MINUTE_MS - 1)); /* which is a use */
	ck_assert(!goes_on(SESSION_BROWSER, idle, 60 * MINUTE_MS - 1));
	ck_assert(goes_on(SESSION_TOKEN, token, HOUR_MS - 1));
	ck_assert(!goes_on(SESSION_TOKEN, token, HOUR_MS));
}
END_TEST

START_TEST(passwords_expire)
{
	struct tx tx = writer();
	struct person_row row = add(&tx, "anna", ROLE_AUDITOR);

	tx.now = row.password_at + 90 * DAY_MS;
	must(person_may_sign_in(&tx, &row, &e));
	server.site.password_max_age_ms = 90 * DAY_MS;
	ck_assert_int_eq(person_may_sign_in(&tx, &row, &e), -1);
	ck_assert_int_eq(e.code, E_PASSWORD_EXPIRED);
	tx.now--;
	must(person_may_sign_in(&tx, &row, &e));
	row.must_change = true;
	ck_assert_int_eq(person_may_sign_in(&tx, &row, &e), -1);
	row.status = PERSON_DISABLED;
	ck_assert_int_eq(person_may_sign_in(&tx, &row, &e), -1);
	ck_assert_int_eq(e.code, E_USER_DISABLED);
	db_rollback(tx.db);
}
END_TEST

/* Between the check of a password and the session everything may have changed. */
START_TEST(changed_meanwhile)
{
	struct tx tx = writer();
	struct person_row row = add(&tx, "anna", ROLE_AUDITOR);
	char secret[65];

	must(person_set_password(&tx, &row, "other", false, &e));
	ck_assert_int_eq(person_sign_in(&tx, &row, SESSION_TOKEN, 0, "", secret, &e), -1);
	ck_assert_int_eq(e.code, E_WRONG_PASSWORD);
	ck_assert_int_eq(person_set_password(&tx, &row, "third", false, &e), -1);
	ck_assert_int_eq(e.code, E_CONFLICT);
	must(person_find(&tx, "anna", &row, &e));
	must(person_set_active(&tx, "anna", false, &e));
	ck_assert_int_eq(person_sign_in(&tx, &row, SESSION_TOKEN, 0, "", secret, &e), -1);
	must(person_remove(&tx, "anna", &e));
	ck_assert_int_eq(person_sign_in(&tx, &row, SESSION_TOKEN, 0, "", secret, &e), -1);
	/* A number that somebody had is nobody else's: what still holds it does not become his. */
	ck_assert_int_gt(add(&tx, "anna", ROLE_AUDITOR).id, row.id);
	db_rollback(tx.db);
}
END_TEST

START_TEST(former_passwords)
{
	struct tx tx = writer();
	struct person_row row = add(&tx, "anna", ROLE_AUDITOR);
	struct person_secrets s;
	char hash[16];

	/* Within one moment, too. */
	for (int i = 0; i < 9; i++) {
		snprintf(hash, sizeof(hash), "h%d", i);
		must(person_find(&tx, "anna", &row, &e));
		must(person_set_password(&tx, &row, hash, false, &e));
	}
	must(person_secrets(&tx, "ANNA", &s, &e));
	ck_assert_uint_eq(s.n, PASSWORD_LAST);
	for (size_t i = 0; i < s.n; i++) {
		snprintf(hash, sizeof(hash), "h%zu", 8 - i);
		ck_assert_str_eq(s.hashes[i], hash);
	}
	db_rollback(tx.db);
}
END_TEST

/* Nobody can sign in without one of them: over HTTPS the last stays, whatever others there are. */
START_TEST(last_administrator)
{
	struct grant chief = { .role = ROLE_SYSTEM_ADMINISTRATOR };
	static const struct actor local = { .kind = ACTOR_LOCAL, .name = "root" };
	struct tx tx = writer();

	add(&tx, "anna", ROLE_SYSTEM_ADMINISTRATOR);
	add(&tx, "piet", ROLE_SYSTEM_ADMINISTRATOR);
	add(&tx, "rosa", ROLE_AUDITOR);
	must(person_set_active(&tx, "piet", false, &e));
	must(person_set_active(&tx, "piet", false, &e));
	ck_assert_int_eq(person_set_active(&tx, "anna", false, &e), -1);
	ck_assert_int_eq(e.code, E_CONFLICT);
	ck_assert_int_eq(person_remove(&tx, "anna", &e), -1);
	ck_assert_int_eq(person_withdraw(&tx, "anna", &chief, &e), -1);
	must(person_grant(&tx, "rosa", &chief, &e));
	must(person_withdraw(&tx, "anna", &chief, &e));
	ck_assert_int_eq(person_remove(&tx, "rosa", &e), -1);
	must(person_remove(&tx, "anna", &e));
	must(person_remove(&tx, "piet", &e));
	tx.actor = &local;
	must(person_remove(&tx, "rosa", &e));
	db_rollback(tx.db);
}
END_TEST

START_TEST(nobody_has_a_password)
{
	AUTO_BUF hash = BUF_INIT;
	struct person_row row = { .status = PERSON_ACTIVE };
	AUTO_FREE char *longer = mem_alloc(PASSWORD_MAX + 2);

	must(person_hash_password("four words of ours", "anna", NULL, &hash, &e));
	row.password_hash = hash.data;
	memset(longer, 'x', PASSWORD_MAX + 1);
	ck_assert(person_has_password(&row, "four words of ours"));
	ck_assert(!person_has_password(&row, "four words of our"));
	ck_assert(!person_has_password(&row, ""));
	ck_assert(!person_has_password(&row, longer));
	ck_assert(!person_has_password(NULL, "four words of ours"));
	ck_assert(!person_has_password(NULL, ""));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("person");
	TCase *guard = tcase_create("guard"), *rules = tcase_create("rules");
	SRunner *r;
	int failed;

	tcase_set_timeout(guard, 120);
	tcase_set_timeout(rules, 60);
	tcase_add_test(guard, waits_grow);
	tcase_add_test(guard, a_day_of_guesses);
	tcase_add_test(guard, wrong_ones_are_forgotten);
	tcase_add_test(guard, right_ones_do_not_count);
	tcase_add_test(guard, a_user_elsewhere);
	tcase_add_test(guard, networks_of_ipv6);
	tcase_add_test(guard, guesses_at_once);
	tcase_add_test(guard, a_flood);
	suite_add_tcase(s, guard);
	tcase_add_checked_fixture(rules, setup, teardown);
	tcase_add_test(rules, passwords);
	tcase_add_test(rules, sessions_end);
	tcase_add_test(rules, passwords_expire);
	tcase_add_test(rules, changed_meanwhile);
	tcase_add_test(rules, former_passwords);
	tcase_add_test(rules, last_administrator);
	tcase_add_test(rules, nobody_has_a_password);
	suite_add_tcase(s, rules);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
