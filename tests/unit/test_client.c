/* test_client.c - lic/client and lic/grant: who may make which API client, their secrets and their end. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "db/q_event.h"
#include "lic/account.h"
#include "lic/client.h"
#include "lic/grant.h"
#include "lic/session.h"
#include "lic/site.h"

#define START (INT64_C(1795000000) * SECOND_MS)

static char folder[64], path[96];
static struct db *db;
static struct arena arena;
static struct site site;
static struct actor actor;
static struct tx tx;
static struct err e;
static struct account_row a, b;
static const struct caller root = { .local = true };

static void drop_log(enum log_level level, const char *line)
{
	(void)level;
	(void)line;
}

static struct account_row account(const char *name)
{
	struct account_new in = { .name = name };
	struct account_row row;

	ck_assert_msg(account_add(&tx, &in, &row, &e) == 0, "%s", e.text);
	return row;
}

static void set_up(void)
{
	log_set_sink(drop_log);
	arena_init(&arena);
	strncpy(folder, "/tmp/test_client.XXXXXX", sizeof(folder) - 1);
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/test.db", folder);
	if (db_open(path, DB_WRITER, &db, &e) || db_migrate(db, &e) || db_begin(db, &e))
		ck_abort_msg("%s", e.text);
	site.role = SITE_MANAGER;
	actor = (struct actor){ .kind = ACTOR_LOCAL, .name = "root" };
	tx = (struct tx){ .db = db, .now = START, .site = &site, .actor = &actor, .arena = &arena };
	a = account("A");
	b = account("B");
}

static void tear_down(void)
{
	AUTO_FREE char *clean = mem_printf("rm -rf %s", folder);

	db_rollback(db);
	db_close(db);
	arena_fini(&arena);
	ck_assert_int_eq(system(clean), 0);
}

/* ---- helpers ---- */

static int make(const struct caller *by, const char *name, const struct grant *grants, size_t n, struct client_row *out,
		char secret[CLIENT_SECRET + 1])
{
	struct client_new in = { name, grants, n };

	e = (struct err)ERR_INIT;
	return client_add(&tx, by, &in, out, secret, &e);
}

static struct client_row made(const char *name, enum role role, int64_t where, char secret[CLIENT_SECRET + 1])
{
	struct grant g = { role, where, 0 };
	struct client_row row;

	ck_assert_msg(make(&root, name, &g, 1, &row, secret) == 0, "%s", e.text);
	return row;
}

/* What a client, or a person with the same role, is when it asks. */
static struct caller caller_of(enum role role, int64_t where, int64_t virtual_account)
{
	struct grant *g = arena_alloc(&arena, sizeof(*g));

	*g = (struct grant){ role, where, virtual_account };
	return (struct caller){ .person = 1, .own = { g, 1 } };
}

static bool good(const struct client_row *client, const char *secret)
{
	struct client_secret_row used;
	struct client_row row;
	int rc;

	e = (struct err)ERR_INIT;
	rc = client_check(&tx, client->client_id, secret, &row, &used, &e);
	ck_assert(rc == 0 || e.code == E_INVALID_CLIENT);
	return rc == 0;
}

struct tally {
	const char *kind;
	int64_t n;
};

static int count_one(void *arg, const struct event_row *row, struct err *ignored)
{
	struct tally *tally = arg;

	(void)ignored;
	tally->n += strcmp(row->kind, tally->kind) == 0;
	return 0;
}

static int64_t events(const char *kind)
{
	struct tally tally = { kind, 0 };

	ck_assert_int_eq(q_event_walk(db, 0, count_one, &tally, &e), 0);
	return tally.n;
}

/* ---- who gives what ---- */

START_TEST(test_who_gives)
{
	static const enum role roles[] = { ROLE_ACCOUNT_ADMINISTRATOR, ROLE_ACCOUNT_USER, ROLE_AUDITOR, ROLE_COURIER };
	struct caller administrator = caller_of(ROLE_ACCOUNT_ADMINISTRATOR, a.id, 0);
	struct caller others[] = {
		caller_of(ROLE_ACCOUNT_USER, a.id, 0),          caller_of(ROLE_AUDITOR, 0, 0),
		caller_of(ROLE_SYSTEM_OPERATOR, 0, 0),          caller_of(ROLE_COURIER, a.id, 0),
		caller_of(ROLE_ACCOUNT_ADMINISTRATOR, b.id, 0), caller_of(ROLE_VIRTUAL_ACCOUNT_ADMINISTRATOR, a.id, 1)
	};
	struct caller system = caller_of(ROLE_SYSTEM_ADMINISTRATOR, 0, 0);
	struct caller narrowed = system;

	narrowed.client = 1;
	narrowed.limit = administrator.own;
	for (size_t i = 0; i < sizeof(roles) / sizeof(*roles); i++) {
		struct grant here = { roles[i], a.id, 0 }, there = { roles[i], b.id, 0 }, all = { roles[i], 0, 0 };

		ck_assert_int_eq(grant_allowed(&administrator, RIGHT_CLIENT_WRITE, &here, &e), 0);
		ck_assert_int_eq(grant_allowed(&administrator, RIGHT_CLIENT_WRITE, &there, &e), -1);
		ck_assert_int_eq(e.code, E_FORBIDDEN);
		ck_assert_int_eq(grant_allowed(&administrator, RIGHT_CLIENT_WRITE, &all, &e), -1);
		ck_assert_int_eq(grant_allowed(&system, RIGHT_CLIENT_WRITE, &all, &e), 0);
		ck_assert_int_eq(grant_allowed(&root, RIGHT_CLIENT_WRITE, &there, &e), 0);
		ck_assert_int_eq(grant_allowed(&narrowed, RIGHT_CLIENT_WRITE, &here, &e), 0);
		ck_assert_int_eq(grant_allowed(&narrowed, RIGHT_CLIENT_WRITE, &there, &e), -1);
		for (size_t k = 0; k < sizeof(others) / sizeof(*others); k++)
			ck_assert_int_eq(grant_allowed(&others[k], RIGHT_CLIENT_WRITE, &here, &e), -1);
	}
	for (int role = 0; role < ROLE_COUNT; role++)
		ck_assert_int_eq(grant_allowed(&administrator, RIGHT_CLIENT_WRITE, &(struct grant){ (enum role)role, 0, 0 },
					       &e),
				 -1);
}
END_TEST

START_TEST(test_places)
{
	static const struct {
		const char *role, *account, *virtual_account, *field;
	} wrong[] = {
		{ "king", NULL, NULL, "role" },
		{ "", NULL, NULL, "role" },
		{ "system-administrator", "A", NULL, "account" },
		{ "system-operator", "A", "Default", "account" },
		{ "account-user", NULL, NULL, "account" },
		{ "account-user", "A", "Default", "virtualAccount" },
		{ "virtual-account-user", "A", NULL, "virtualAccount" },
		{ "virtual-account-user", NULL, NULL, "account" },
		{ "virtual-account-user", NULL, "Default", "account" },
		{ "courier", NULL, NULL, "account" },
		{ "auditor", "A", "Default", "virtualAccount" },
	};
	struct grant g;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		ck_assert_int_eq(grant_read(&tx, wrong[i].role, wrong[i].account, wrong[i].virtual_account, &g, &e), -1);
		ck_assert_int_eq(e.code, E_INVALID_REQUEST);
		ck_assert_str_eq(e.field, wrong[i].field);
	}
	ck_assert_int_eq(grant_read(&tx, "account-user", "X", NULL, &g, &e), -1);
	ck_assert_int_eq(e.code, E_ACCOUNT_UNKNOWN);
	ck_assert_int_eq(grant_read(&tx, "virtual-account-user", "a", "X", &g, &e), -1);
	ck_assert_int_eq(e.code, E_VIRTUAL_ACCOUNT_UNKNOWN);
	ck_assert_int_eq(grant_read(&tx, "virtual-account-user", "a", "dEFAULT", &g, &e), 0);
	ck_assert(g.account == a.id && g.virtual_account != 0);
	ck_assert_int_eq(grant_read(&tx, "auditor", NULL, NULL, &g, &e), 0);
	ck_assert(g.account == 0 && g.virtual_account == 0);
}
END_TEST

/* ---- names and homes ---- */

START_TEST(test_names)
{
	struct grant in_a = { ROLE_AUDITOR, a.id, 0 }, in_b = { ROLE_AUDITOR, b.id, 0 }, all = { ROLE_AUDITOR, 0, 0 };
	struct grant both[] = { in_a, in_b }, many[CLIENT_ROLES_MAX + 1];
	struct client_row row, found;
	char secret[CLIENT_SECRET + 1];

	ck_assert_int_eq(make(&root, "Probe", &in_a, 1, &row, secret), 0);
	ck_assert_int_eq(row.account, a.id);
	ck_assert_int_eq(make(&root, "PROBE", &in_a, 1, &row, secret), -1);
	ck_assert_int_eq(e.code, E_CLIENT_EXISTS);
	/* elsewhere the same name is another client, and nobody learns of it */
	ck_assert_int_eq(make(&root, "probe", &in_b, 1, &row, secret), 0);
	ck_assert_int_eq(client_find(&tx, 0, "probe", &found, &e), -1);
	ck_assert_int_eq(e.code, E_CONFLICT);
	ck_assert_int_eq(client_find(&tx, b.id, "pRobe", &found, &e), 0);
	ck_assert_int_eq(found.id, row.id);
	ck_assert_int_eq(client_find(&tx, a.id, row.client_id, &found, &e), -1);
	ck_assert_int_eq(e.code, E_CLIENT_UNKNOWN);
	ck_assert_int_eq(client_find(&tx, 0, row.client_id, &found, &e), 0);
	/* of no single account */
	ck_assert_int_eq(make(&root, "probe", both, 2, &row, secret), 0);
	ck_assert_int_eq(row.account, 0);
	ck_assert_int_eq(client_find(&tx, 0, "probe", &found, &e), 0);
	ck_assert_int_eq(found.id, row.id);
	ck_assert_int_eq(make(&root, "wide", &all, 1, &row, secret), 0);
	ck_assert_int_eq(row.account, 0);
	/* how many roles */
	for (size_t i = 0; i <= CLIENT_ROLES_MAX; i++)
		many[i] = in_a;
	ck_assert_int_eq(make(&root, "none", many, 0, &row, secret), -1);
	ck_assert_int_eq(make(&root, "many", many, CLIENT_ROLES_MAX + 1, &row, secret), -1);
	ck_assert_str_eq(e.field, "roles");
	ck_assert_int_eq(make(&root, "many", many, CLIENT_ROLES_MAX, &row, secret), 0);
	ck_assert_int_eq(make(&root, "", &in_a, 1, &row, secret), -1);
	ck_assert_int_eq(make(&root, "a\nb", &in_a, 1, &row, secret), -1);
	ck_assert_int_eq(e.code, E_NAME_INVALID);
	ck_assert_int_eq(client_find(&tx, 0, "a\nb", &found, &e), -1);
}
END_TEST

/* ---- secrets ---- */

START_TEST(test_overlap)
{
	char first[CLIENT_SECRET + 1], second[CLIENT_SECRET + 1], third[CLIENT_SECRET + 1];
	struct client_row client = made("c", ROLE_AUDITOR, a.id, first);
	struct client_secret_row *rows;
	size_t n;

	ck_assert_uint_eq(strlen(first), CLIENT_SECRET);
	ck_assert_uint_eq(strlen(client.client_id), CLIENT_SECRET);
	ck_assert(good(&client, first) && !good(&client, "") && !good(&client, client.client_id));
	ck_assert_int_eq(client_rotate(&tx, &client, 24, second, &e), 0);
	ck_assert(strcmp(first, second) != 0);
	ck_assert(good(&client, first) && good(&client, second));
	tx.now = START + 24 * HOUR_MS - 1;
	ck_assert(good(&client, first) && good(&client, second));
	tx.now = START + 24 * HOUR_MS;
	ck_assert(!good(&client, first) && good(&client, second));
	/* a third ends what is before the second */
	tx.now = START + HOUR_MS;
	ck_assert(good(&client, first));
	ck_assert_int_eq(client_rotate(&tx, &client, CLIENT_OVERLAP_MAX_H, third, &e), 0);
	ck_assert(!good(&client, first) && good(&client, second) && good(&client, third));
	ck_assert_int_eq(q_client_secret_list(db, &arena, client.id, &rows, &n, &e), 0);
	ck_assert_uint_eq(n, 2);
	ck_assert_int_eq(rows[0].expires_at, 0);
	ck_assert_int_eq(rows[1].expires_at, tx.now + CLIENT_OVERLAP_MAX_H * HOUR_MS);
	ck_assert_int_eq(client_rotate(&tx, &client, CLIENT_OVERLAP_MAX_H + 1, first, &e), -1);
	ck_assert_str_eq(e.field, "overlapHours");
	ck_assert_int_eq(client_rotate(&tx, &client, -1, first, &e), -1);
	ck_assert_int_eq(events("client.rotate"), 2);
}
END_TEST

/* Is there a session of this token? */
static bool signed_in(const char *token, struct caller *out)
{
	struct actor who = actor;
	int rc = session_find(&tx, SESSION_TOKEN, token, &who, out, &e);

	ck_assert_int_ge(rc, 0);
	ck_assert(rc == 0 || who.kind == ACTOR_CLIENT);
	return rc == 1;
}

static void sign_in(const struct client_row *client, const char *secret, const char *scope, char token[SESSION_SECRET + 1])
{
	struct client_secret_row used;
	struct client_row row;

	ck_assert_int_eq(client_check(&tx, client->client_id, secret, &row, &used, &e), 0);
	ck_assert_int_eq(client_used(&tx, &row, &used, &e), 0);
	ck_assert_int_eq(session_begin(&tx, SESSION_TOKEN, 0, row.id, "", token, &e), 0);
	ck_assert_int_eq(session_narrow(&tx, token, scope, &e), 0);
}

START_TEST(test_ends)
{
	char secret[CLIENT_SECRET + 1], next[CLIENT_SECRET + 1], token[SESSION_SECRET + 1], other[SESSION_SECRET + 1];
	struct client_row client = made("c", ROLE_AUDITOR, a.id, secret), found;
	struct caller caller;

	sign_in(&client, secret, "", token);
	sign_in(&client, secret, "", other);
	ck_assert_int_eq(events("client.sign-in"), 1);
	ck_assert(signed_in(token, &caller) && access_covers(&caller, RIGHT_LICENSE_READ, a.id, 0));
	ck_assert(!access_covers(&caller, RIGHT_LICENSE_READ, b.id, 0) &&
		  !access_covers(&caller, RIGHT_LICENSE_WRITE, a.id, 0));
	/* its own hour */
	tx.now = START + ACCESS_TOKEN_S * SECOND_MS - 1;
	ck_assert(signed_in(token, &caller));
	tx.now++;
	ck_assert(!signed_in(token, &caller));
	tx.now = START;
	/* by itself */
	ck_assert_int_eq(session_end_by_secret(&tx, SESSION_TOKEN, other, &e), 0);
	ck_assert_int_eq(session_end_by_secret(&tx, SESSION_TOKEN, other, &e), 0);
	ck_assert_int_eq(session_end_by_secret(&tx, SESSION_BROWSER, token, &e), 0);
	ck_assert(!signed_in(other, &caller) && signed_in(token, &caller));
	/* an exchange with an overlap leaves it, one at once does not */
	ck_assert_int_eq(client_rotate(&tx, &client, 1, next, &e), 0);
	ck_assert(signed_in(token, &caller));
	ck_assert_int_eq(client_rotate(&tx, &client, 0, secret, &e), 0);
	ck_assert(!signed_in(token, &caller) && !good(&client, next) && good(&client, secret));
	/* the end of the client */
	sign_in(&client, secret, "", token);
	ck_assert_int_eq(client_remove(&tx, &client, &e), -1);
	ck_assert_int_eq(e.code, E_CONFLICT);
	ck_assert_int_eq(client_revoke(&tx, &client, &e), 0);
	ck_assert(!signed_in(token, &caller) && !good(&client, secret));
	ck_assert_int_eq(client_find(&tx, 0, "c", &client, &e), 0);
	ck_assert_str_eq(client_status(&client, 1), CLIENT_REVOKED);
	ck_assert_int_eq(client_revoke(&tx, &client, &e), 0);
	ck_assert_int_eq(events("client.revoke"), 1);
	ck_assert_int_eq(client_rotate(&tx, &client, 0, next, &e), -1);
	ck_assert_int_eq(client_remove(&tx, &client, &e), 0);
	ck_assert_int_eq(client_find(&tx, 0, "c", &found, &e), -1);
	ck_assert(!good(&client, secret));
}
END_TEST

START_TEST(test_scope)
{
	struct grant grants[] = { { ROLE_AUDITOR, a.id, 0 }, { ROLE_ACCOUNT_USER, a.id, 0 } };
	char secret[CLIENT_SECRET + 1], token[SESSION_SECRET + 1];
	struct client_row client;
	struct caller caller;

	ck_assert_int_eq(make(&root, "c", grants, 2, &client, secret), 0);
	sign_in(&client, secret, "auditor", token);
	ck_assert(signed_in(token, &caller) && caller.own.n == 1 && caller.own.rows[0].role == ROLE_AUDITOR);
	sign_in(&client, secret, "account-user auditor", token);
	ck_assert(signed_in(token, &caller) && caller.own.n == 2);
	sign_in(&client, secret, "auditors account-use", token);
	ck_assert(signed_in(token, &caller) && caller.own.n == 0);
	ck_assert(!access_touches(&caller, RIGHT_LICENSE_READ, 0));
}
END_TEST

START_TEST(test_bounded)
{
	char secret[CLIENT_SECRET + 1], tokens[SESSION_TOKENS_MAX + 2][SESSION_SECRET + 1], bystander[SESSION_SECRET + 1];
	struct client_row client = made("c", ROLE_AUDITOR, a.id, secret), other;
	char others[CLIENT_SECRET + 1];
	struct caller caller;

	other = made("other", ROLE_AUDITOR, a.id, others);
	sign_in(&other, others, "", bystander);
	for (size_t i = 0; i < SESSION_TOKENS_MAX + 2; i++)
		sign_in(&client, secret, "", tokens[i]);
	ck_assert(!signed_in(tokens[0], &caller) && !signed_in(tokens[1], &caller));
	ck_assert(signed_in(tokens[2], &caller) && signed_in(tokens[SESSION_TOKENS_MAX + 1], &caller));
	ck_assert(signed_in(bystander, &caller));
}
END_TEST

START_TEST(test_account_goes)
{
	char secret[CLIENT_SECRET + 1], token[SESSION_SECRET + 1];
	struct client_row client = made("c", ROLE_AUDITOR, b.id, secret), found;
	struct grant both[] = { { ROLE_AUDITOR, a.id, 0 }, { ROLE_AUDITOR, b.id, 0 } };
	struct caller caller;
	struct grant_row *rows;
	size_t n;

	sign_in(&client, secret, "", token);
	ck_assert_int_eq(make(&root, "two", both, 2, &found, secret), 0);
	ck_assert_msg(q_account_delete(db, b.id, &e) == 0, "%s", e.text);
	ck_assert(!signed_in(token, &caller));
	ck_assert_int_eq(client_find(&tx, 0, "c", &client, &e), -1);
	ck_assert_int_eq(client_find(&tx, 0, "two", &found, &e), 0);
	ck_assert_int_eq(q_grants_of_client(db, &arena, found.id, &rows, &n, &e), 0);
	ck_assert_uint_eq(n, 1);
	ck_assert_str_eq(client_status(&found, 0), CLIENT_WITHOUT_ROLE);
	ck_assert_str_eq(client_status(&found, n), CLIENT_ACTIVE);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("client");
	TCase *t = tcase_create("client");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, test_who_gives);
	tcase_add_test(t, test_places);
	tcase_add_test(t, test_names);
	tcase_add_test(t, test_overlap);
	tcase_add_test(t, test_ends);
	tcase_add_test(t, test_scope);
	tcase_add_test(t, test_bounded);
	tcase_add_test(t, test_account_goes);
	suite_add_tcase(s, t);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
