/* test_access.c - roles in places: what they cover, what they touch, and what a person may through an API client. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "lic/access.h"

#define ACCOUNT 1
#define OTHER 2
#define PLACE 11
#define BESIDE 12

static struct grant rows[4], limits[4];

static struct caller person(enum role role, int64_t account, int64_t virtual_account)
{
	rows[0] = (struct grant){ role, account, virtual_account };
	return (struct caller){ .person = 1, .own = { rows, 1 } };
}

START_TEST(test_nobody)
{
	struct caller c = { .person = 0 };

	for (int right = RIGHT_SIGNED; right < RIGHT_COUNT; right++) {
		ck_assert(!access_covers(&c, (enum right)right, 0, 0));
		ck_assert(!access_covers(&c, (enum right)right, ACCOUNT, PLACE));
		ck_assert(!access_touches(&c, (enum right)right, 0));
	}
	ck_assert(access_covers(&c, RIGHT_OPEN, 0, 0));
	c.person = 1;
	ck_assert(access_covers(&c, RIGHT_SIGNED, 0, 0));
	ck_assert(!access_covers(&c, RIGHT_SERVER_READ, ACCOUNT, PLACE));
}
END_TEST

START_TEST(test_local)
{
	struct caller c = { .local = true };

	for (int right = 0; right < RIGHT_COUNT; right++) {
		ck_assert(access_covers(&c, (enum right)right, 0, 0));
		ck_assert(access_touches(&c, (enum right)right, 0));
	}
}
END_TEST

/* On the server: everywhere. */
START_TEST(test_of_the_server)
{
	struct caller c = person(ROLE_AUDITOR, 0, 0);

	ck_assert(access_covers(&c, RIGHT_LICENSE_READ, 0, 0));
	ck_assert(access_covers(&c, RIGHT_LICENSE_READ, ACCOUNT, 0));
	ck_assert(access_covers(&c, RIGHT_LICENSE_READ, OTHER, BESIDE));
	ck_assert(access_touches(&c, RIGHT_LICENSE_READ, OTHER));
	ck_assert(!access_covers(&c, RIGHT_LICENSE_WRITE, ACCOUNT, PLACE));
	ck_assert(!access_touches(&c, RIGHT_LICENSE_WRITE, 0));
}
END_TEST

START_TEST(test_of_an_account)
{
	struct caller c = person(ROLE_ACCOUNT_USER, ACCOUNT, 0);

	ck_assert(!access_covers(&c, RIGHT_TOKEN_WRITE, 0, 0));
	ck_assert(access_covers(&c, RIGHT_TOKEN_WRITE, ACCOUNT, 0));
	ck_assert(access_covers(&c, RIGHT_TOKEN_WRITE, ACCOUNT, BESIDE));
	ck_assert(!access_covers(&c, RIGHT_TOKEN_WRITE, OTHER, 0));
	ck_assert(access_touches(&c, RIGHT_TOKEN_WRITE, 0));
	ck_assert(!access_touches(&c, RIGHT_TOKEN_WRITE, OTHER));
	ck_assert(!access_touches(&c, RIGHT_PLACE_WRITE, 0));
}
END_TEST

START_TEST(test_of_a_virtual_account)
{
	struct caller c = person(ROLE_VIRTUAL_ACCOUNT_ADMINISTRATOR, ACCOUNT, PLACE);

	ck_assert(access_covers(&c, RIGHT_ROLE_WRITE, ACCOUNT, PLACE));
	ck_assert(!access_covers(&c, RIGHT_ROLE_WRITE, ACCOUNT, BESIDE));
	ck_assert(!access_covers(&c, RIGHT_ROLE_WRITE, ACCOUNT, 0));
	ck_assert(!access_covers(&c, RIGHT_ROLE_WRITE, 0, 0));
	/* An account's number with another account's virtual account covers nothing. */
	ck_assert(!access_covers(&c, RIGHT_ROLE_WRITE, OTHER, PLACE));
	ck_assert(access_touches(&c, RIGHT_ROLE_WRITE, ACCOUNT));
	ck_assert(!access_touches(&c, RIGHT_ROLE_WRITE, OTHER));
}
END_TEST

/* Each right is from one role in one place: two roles do not add up. */
START_TEST(test_several_roles)
{
	struct caller c = { .person = 1, .own = { rows, 2 } };

	rows[0] = (struct grant){ ROLE_AUDITOR, ACCOUNT, 0 };
	rows[1] = (struct grant){ ROLE_VIRTUAL_ACCOUNT_USER, OTHER, BESIDE };
	ck_assert(access_covers(&c, RIGHT_TOKEN_READ, ACCOUNT, PLACE));
	ck_assert(!access_covers(&c, RIGHT_TOKEN_WRITE, ACCOUNT, PLACE));
	ck_assert(access_covers(&c, RIGHT_TOKEN_WRITE, OTHER, BESIDE));
	ck_assert(!access_covers(&c, RIGHT_TOKEN_WRITE, OTHER, PLACE));
}
END_TEST

/* Who signs in through an API client may do what both may. */
START_TEST(test_through_a_client)
{
	struct caller c = person(ROLE_SYSTEM_ADMINISTRATOR, 0, 0);

	c.client = 1;
	ck_assert(!access_covers(&c, RIGHT_LICENSE_READ, ACCOUNT, 0));
	limits[0] = (struct grant){ ROLE_AUDITOR, ACCOUNT, 0 };
	c.limit = (struct grants){ limits, 1 };
	ck_assert(access_covers(&c, RIGHT_LICENSE_READ, ACCOUNT, PLACE));
	ck_assert(!access_covers(&c, RIGHT_LICENSE_READ, OTHER, 0));
	ck_assert(!access_covers(&c, RIGHT_LICENSE_READ, 0, 0));
	ck_assert(!access_covers(&c, RIGHT_LICENSE_WRITE, ACCOUNT, PLACE));
	ck_assert(!access_touches(&c, RIGHT_LICENSE_READ, OTHER));
	/* A client by itself has its own roles and no limit. */
	c = (struct caller){ .client = 1, .own = { limits, 1 } };
	ck_assert(access_covers(&c, RIGHT_LICENSE_READ, ACCOUNT, PLACE));
}
END_TEST

START_TEST(test_sees)
{
	struct caller c = person(ROLE_VIRTUAL_ACCOUNT_USER, ACCOUNT, PLACE);
	struct arena arena;
	struct tx tx = { .arena = &arena };

	arena_init(&arena);
	ck_assert_str_eq("in 'x'", access_place(&tx, OTHER, BESIDE, "x"));
	tx.caller = &c;
	ck_assert_str_eq("in 'x'", access_place(&tx, ACCOUNT, PLACE, "x"));
	ck_assert_str_eq("elsewhere on this server", access_place(&tx, ACCOUNT, BESIDE, "x"));
	ck_assert(access_sees(&tx, RIGHT_LICENSE_READ, ACCOUNT, PLACE));
	ck_assert(!access_sees(&tx, RIGHT_LICENSE_READ, ACCOUNT, BESIDE));
	arena_fini(&arena);
}
END_TEST

/* What right.def must never say, whoever edits it. */
START_TEST(test_the_table)
{
	for (int i = RIGHT_SIGNED + 1; i < RIGHT_COUNT; i++) {
		enum right right = (enum right)i;
		const char *text = right_text(right), *verb = strchr(text, '.') + 1;
		bool reads = strcmp(verb, "read") == 0 || strcmp(verb, "inspect") == 0 || strcmp(verb, "verify") == 0;

		ck_assert_msg(role_has(ROLE_SYSTEM_ADMINISTRATOR, right), "%s", text);
		ck_assert_msg(reads || !role_has(ROLE_AUDITOR, right), "an auditor changes nothing: %s", text);
		ck_assert_msg(right == RIGHT_ACCOUNT_READ || right == RIGHT_SYNC_READ || right == RIGHT_SYNC_CARRY ||
				      !role_has(ROLE_COURIER, right),
			      "a courier carries files: %s", text);
		/* Nobody has more in a part than the administrator of the whole. */
		ck_assert_msg(!role_has(ROLE_ACCOUNT_USER, right) || role_has(ROLE_ACCOUNT_ADMINISTRATOR, right), "%s",
			      text);
		ck_assert_msg(!role_has(ROLE_VIRTUAL_ACCOUNT_USER, right) ||
				      role_has(ROLE_VIRTUAL_ACCOUNT_ADMINISTRATOR, right),
			      "%s", text);
		ck_assert_msg(!role_has(ROLE_VIRTUAL_ACCOUNT_ADMINISTRATOR, right) ||
				      role_has(ROLE_ACCOUNT_ADMINISTRATOR, right),
			      "%s", text);
	}
	ck_assert(!role_has(ROLE_AUDITOR, RIGHT_BACKUP_READ));
	ck_assert(!role_has(ROLE_SYSTEM_OPERATOR, RIGHT_BACKUP_READ));
	ck_assert(!role_has(ROLE_SYSTEM_OPERATOR, RIGHT_PERSON_WRITE));
	for (int i = 0; i < ROLE_COUNT; i++)
		ck_assert(role_places((enum role)i) != 0);
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("access");
	Suite *s = suite_create("access");
	SRunner *runner;
	int failed;

	tcase_add_test(t, test_nobody);
	tcase_add_test(t, test_local);
	tcase_add_test(t, test_of_the_server);
	tcase_add_test(t, test_of_an_account);
	tcase_add_test(t, test_of_a_virtual_account);
	tcase_add_test(t, test_several_roles);
	tcase_add_test(t, test_through_a_client);
	tcase_add_test(t, test_sees);
	tcase_add_test(t, test_the_table);
	suite_add_tcase(s, t);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
