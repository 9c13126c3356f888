/* test_answer.c - src/authority: what is done with a request; src/db: sets of identifiers. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "authority/answer.h"
#include "db/idset.h"

static char reason[MANIFEST_REASON_SIZE];

/* A digest that a number stands for. */
static const unsigned char *digest(int n)
{
	static unsigned char all[16][SHA256_SIZE];

	memset(all[n], n, SHA256_SIZE);
	return all[n];
}

static struct manifest request(int64_t sequence, int64_t base, enum manifest_mode mode, int previous)
{
	struct manifest m = { .kind = MANIFEST_REQUEST, .sequence = sequence, .base_sequence = base, .mode = mode };

	memcpy(m.previous_sha256, digest(previous), SHA256_SIZE);
	return m;
}

/* The last one that was applied had this sequence and digest. */
static struct answer_known after(int64_t last, int last_digest, bool base_applied)
{
	struct answer_known k = { .any = true, .last = last, .base_applied = base_applied };

	memcpy(k.digest, digest(last_digest), SHA256_SIZE);
	return k;
}

static enum answer_decision decide(struct manifest m, int own, struct answer_known k)
{
	return answer_decide(&m, digest(own), &k, reason);
}

START_TEST(the_first_is_taken)
{
	struct answer_known none = { 0 };

	ck_assert_int_eq(decide(request(1, 0, MANIFEST_STANDARD, 0), 1, none), ANSWER_APPLY);
	ck_assert_int_eq(decide(request(7, 0, MANIFEST_FULL, 0), 1, none), ANSWER_APPLY);
	ck_assert_int_eq(decide(request(7, 6, MANIFEST_FULL, 5), 1, none), ANSWER_APPLY);
	ck_assert_int_eq(decide(request(7, 6, MANIFEST_STANDARD, 5), 1, none), ANSWER_RESYNC);
}
END_TEST

START_TEST(what_follows_is_taken)
{
	/* On the last one, and on an older one after a lost answer. */
	ck_assert_int_eq(decide(request(5, 4, MANIFEST_STANDARD, 4), 5, after(4, 4, true)), ANSWER_APPLY);
	ck_assert_int_eq(decide(request(5, 3, MANIFEST_STANDARD, 4), 5, after(4, 4, true)), ANSWER_APPLY);
	/* It may say nothing of its predecessor; and numbers may be left out. */
	ck_assert_int_eq(decide(request(9, 3, MANIFEST_STANDARD, 0), 5, after(4, 4, true)), ANSWER_APPLY);
	ck_assert_str_eq(reason, "");
}
END_TEST

START_TEST(what_does_not_follow_begins_anew)
{
	ck_assert_int_eq(decide(request(5, 3, MANIFEST_STANDARD, 7), 5, after(4, 4, true)), ANSWER_RESYNC);
	ck_assert(strstr(reason, "does not know its request 4"));
	ck_assert_int_eq(decide(request(5, 3, MANIFEST_STANDARD, 4), 5, after(4, 4, false)), ANSWER_RESYNC);
	ck_assert(strstr(reason, "its request 3, which is not known"));
	ck_assert_int_eq(decide(request(5, 0, MANIFEST_STANDARD, 0), 5, after(4, 4, false)), ANSWER_RESYNC);
	ck_assert(strstr(reason, "begins anew"));
	/* With the last one as its base nothing can have come between, whatever was made and never sent. */
	ck_assert_int_eq(decide(request(6, 4, MANIFEST_STANDARD, 7), 5, after(4, 4, true)), ANSWER_APPLY);
}
END_TEST

START_TEST(sequences_only_go_on)
{
	for (int mode = MANIFEST_STANDARD; mode <= MANIFEST_FULL; mode++) {
		ck_assert_int_eq(decide(request(4, 3, mode, 3), 5, after(4, 4, true)), ANSWER_RESYNC);
		ck_assert_int_eq(decide(request(3, 2, mode, 2), 5, after(4, 4, true)), ANSWER_RESYNC);
		ck_assert(strstr(reason, "the last one was 4"));
	}
	/* Everything, with a higher sequence, whatever its base. */
	ck_assert_int_eq(decide(request(5, 3, MANIFEST_FULL, 9), 5, after(4, 4, false)), ANSWER_APPLY);
	ck_assert_int_eq(decide(request(5, 0, MANIFEST_FULL, 0), 5, after(4, 4, false)), ANSWER_APPLY);
}
END_TEST

START_TEST(the_same_gets_the_same)
{
	struct answer_known k = after(4, 4, true);
	struct manifest m = request(4, 3, MANIFEST_STANDARD, 3);

	/* Applied, and the program ended. */
	k.response = true;
	ck_assert_int_eq(decide(m, 4, k), ANSWER_FINISH);
	k.response_made = k.response_kept = true;
	ck_assert_int_eq(decide(m, 4, k), ANSWER_AGAIN);
	/* The answer is no longer kept; or a later one was applied before it was made. */
	k.response_kept = false;
	ck_assert_int_eq(decide(m, 4, k), ANSWER_RESYNC);
	k = after(5, 5, true);
	k.response = true;
	ck_assert_int_eq(decide(m, 4, k), ANSWER_RESYNC);
	k.resync_kept = true;
	ck_assert_int_eq(decide(m, 4, k), ANSWER_AGAIN);
}
END_TEST

/* ---- sets ---- */

START_TEST(sets_know_what_is_in_them)
{
	static const char one[] = "11111111-2222-4333-8444-555555555555", two[] = "11111111-2222-4333-8444-555555555556";
	char dir[] = "/tmp/idset-XXXXXX";
	struct err e = ERR_INIT;
	struct idset *s;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(idset_open(dir, &s, &e), 0);
	ck_assert_int_eq(rmdir(dir), 0); /* its file has no name */
	ck_assert_int_eq(idset_has(s, 'a', one, &e), 0);
	ck_assert_int_eq(idset_add(s, 'a', one, &e), 1);
	ck_assert_int_eq(idset_add(s, 'a', one, &e), 0);
	ck_assert_int_eq(idset_has(s, 'a', one, &e), 1);
	ck_assert_int_eq(idset_has(s, 'b', one, &e), 0);
	ck_assert_int_eq(idset_has(s, 'a', two, &e), 0);
	ck_assert_int_eq(idset_add(s, 'a', "no uuid", &e), -1);
	idset_close(s);
	ck_assert_int_eq(idset_open("/nonexistent", &s, &e), -1);
	ck_assert_int_eq(e.code, E_FILE_ERROR);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("answer");
	SRunner *r = srunner_create(s);
	TCase *t = tcase_create("decide");
	int failed;

	tcase_add_test(t, the_first_is_taken);
	tcase_add_test(t, what_follows_is_taken);
	tcase_add_test(t, what_does_not_follow_begins_anew);
	tcase_add_test(t, sequences_only_go_on);
	tcase_add_test(t, the_same_gets_the_same);
	suite_add_tcase(s, t);
	t = tcase_create("sets");
	tcase_add_test(t, sets_know_what_is_in_them);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
