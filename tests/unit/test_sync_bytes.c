/* test_sync_bytes.c - a real request before the manager, a real response and a resync before the satellite: cut anywhere, or
 * with a bit changed anywhere, each is refused with its reason, and nothing is changed on either side. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "tests/lib/bundle_kit.h"
#include "tests/lib/forge.h"
#include "tests/lib/light.h"

#define LOOK_EVERY 512 /* files between two looks into the databases */

static struct world world;
static struct state before, after;

static void open_world(void)
{
	forge_story(&world);
	forge_step(&world, "answer STD AS", NULL);
}

static void close_world(void)
{
	world_close(&world);
}

static void nothing_changed(const char *what, size_t at)
{
	const char *table;

	ck_assert_int_eq(state_take(&world, &after), 0);
	table = state_difference(&before, &after);
	ck_assert_msg(table == NULL, "%s, byte %zu: the table %s is another", what, at, table);
	arena_fini(&world.arena);
}

static void refused(const char *what, size_t at, const char *to, const struct buf *file, bool cut)
{
	struct err e = ERR_INIT;

	ck_assert_msg(forge_give(&world, to, file, &e) == -1, "%s, byte %zu: was taken", what, at);
	if (cut)
		ck_assert_msg(e.code == (at ? E_SYNC_DAMAGED : E_SYNC_NOT_A_BUNDLE), "%s, cut at %zu: %s: %s", what, at,
			      err_name(e.code), e.text);
	else
		ck_assert_msg(e.code == E_SYNC_DAMAGED || e.code == E_SYNC_NOT_A_BUNDLE, "%s, byte %zu: %s: %s", what, at,
			      err_name(e.code), e.text);
	ck_assert_msg(strlen(e.text) > 20, "%s, byte %zu: %s", what, at, e.text);
	if (at % LOOK_EVERY == 0)
		nothing_changed(what, at);
	arena_fini(&world.arena);
}

static void try_all(const char *what, const char *to, const struct buf *good)
{
	AUTO_BUF file = BUF_INIT;

	ck_assert_int_eq(state_take(&world, &before), 0);
	for (size_t i = 0; i < good->n; i += test_step(97)) {
		buf_clear(&file);
		buf_add(&file, good->data, i);
		refused(what, i, to, &file, true);
	}
	buf_clear(&file);
	buf_add(&file, good->data, good->n);
	for (size_t i = 0; i < good->n; i += test_step(97)) {
		char was = file.data[i];

		file.data[i] ^= (char)(1 << (i % 8));
		refused(what, i, to, &file, false);
		file.data[i] = was;
	}
	buf_addc(&file, 'x');
	refused(what, good->n, to, &file, false);
	nothing_changed(what, good->n);
}

START_TEST(test_request)
{
	try_all("request", MANAGER, forge_file(&world, "FULL"));
	forge_step(&world, "answer FULL AF", NULL);
	forge_step(&world, "answer FULL AF", "SAME");
}
END_TEST

START_TEST(test_response)
{
	try_all("response", ACCOUNT, forge_file(&world, "AS"));
	forge_step(&world, "import AS", NULL);
	/* Once more is out of order. */
	ck_assert_int_eq(state_take(&world, &before), 0);
	forge_step(&world, "import AS", "SYNC_OUT_OF_ORDER");
	nothing_changed("response", 0);
}
END_TEST

/* The manager asks for everything, in answer to STD. */
static void make_resync(struct buf *out)
{
	struct bundle_signer by = forge_signer(world_find_server(&world, MANAGER));
	struct bundle_writer *w = bundle_writer_new(world.dir);
	struct manifest m = { .kind = MANIFEST_RESYNC, .mode = MANIFEST_FULL, .created_at = clock_now(), .reason = "test" };
	const struct buf *request = forge_file(&world, "STD");
	struct cms_verified verified = { 0 };
	struct bundle *b = NULL;

	OK(bundle_open_bytes(request->data, request->n, KIT_LIMIT, world.dir, &b, &e));
	OK(bundle_verify(b, world.root, clock_now(), &verified, &e));
	bundle_digest(b, m.request_sha256);
	m.sequence = m.in_reply_to = bundle_manifest(b)->sequence;
	m.next_sequence = m.sequence + 100;
	str_copy(m.satellite, sizeof(m.satellite), bundle_manifest(b)->satellite);
	str_copy(m.account, sizeof(m.account), bundle_manifest(b)->account);
	OK(bundle_writer_finish(w, &m, &by, clock_now(), -1, out, NULL, &e));
	cms_verified_fini(&verified);
	bundle_close(b);
	bundle_writer_free(w);
}

START_TEST(test_resync)
{
	struct err e = ERR_INIT;
	AUTO_BUF file = BUF_INIT;

	make_resync(&file);
	try_all("resync", ACCOUNT, &file);
	ck_assert_msg(forge_give(&world, ACCOUNT, &file, &e) == 0, "%s", e.text);
	forge_step(&world, "export NEXT", NULL);
	forge_step(&world, "answer NEXT AN", NULL);
	forge_step(&world, "import AN", NULL);
}
END_TEST

static void drop_log(enum log_level level, const char *line)
{
	(void)level;
	(void)line;
}

int main(void)
{
	Suite *s = suite_create("sync-bytes");
	TCase *t = tcase_create("sync-bytes");
	SRunner *r;
	int failed;

	setenv("TZ", "UTC", 1);
	tzset();
	json_init();
	log_set_sink(drop_log);
	tcase_set_timeout(t, 600);
	tcase_add_checked_fixture(t, open_world, close_world);
	tcase_add_test(t, test_request);
	tcase_add_test(t, test_response);
	tcase_add_test(t, test_resync);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
