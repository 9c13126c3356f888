/* test_keep.c - request files that wait for their answer, and what an end without notice leaves of them. */
#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "lic/site.h"
#include "sync/keep.h"
#include "tests/lib/clock_fake.h"

static char folder[] = "/tmp/test_keep.XXXXXX";
static const unsigned char one[SHA256_SIZE] = { 1 }, two[SHA256_SIZE] = { 2 };
static struct site site = { .spool_dir = folder };

/* Only the first is still waited for. */
static int waits(void *ctx, const unsigned char digest[SHA256_SIZE], struct err *e)
{
	(void)ctx;
	(void)e;
	return memcmp(digest, one, SHA256_SIZE) == 0;
}

/* How many files lie there, hidden ones among them. */
static int files(void)
{
	AUTO_FREE char *path = mem_printf("%s/sync", folder);
	DIR *d = opendir(path);
	int n = 0;

	ck_assert_ptr_nonnull(d);
	for (const struct dirent *entry = readdir(d); entry; entry = readdir(d))
		n += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
	closedir(d);
	return n;
}

static void sweep(void)
{
	struct err e = ERR_INIT;

	if (keep_sweep(&site, waits, NULL, &e))
		ck_abort_msg("%s", e.text);
}

static void commit(const unsigned char digest[SHA256_SIZE])
{
	struct keep k;
	struct err e = ERR_INIT;

	if (keep_begin(&site, &k, &e) || keep_commit(&site, &k, digest, &e))
		ck_abort_msg("%s", e.text);
	keep_end(&k);
}

static bool is_kept(const unsigned char digest[SHA256_SIZE])
{
	struct err e = ERR_INIT;
	int fd, rc = keep_open(&site, digest, &fd, &e);

	if (rc == 1)
		close(fd);
	ck_assert_int_ge(rc, 0);
	return rc == 1;
}

/* What this process writes stays; a file that an earlier one left goes, and be it that it had the same number, as the first
 * process of a container always has. */
START_TEST(test_unfinished)
{
	AUTO_FREE char *same = mem_printf("%s/sync/.part.%d.abcdef", folder, (int)getpid());
	AUTO_FREE char *other = mem_printf("%s/sync/.part.1234567.abcdef", folder);
	AUTO_FREE char *longer = mem_printf("%s/sync/.part.0123456789abcdef.abcdef", folder);
	struct keep k;
	struct err e = ERR_INIT;

	ck_assert_int_eq(keep_begin(&site, &k, &e), 0);
	ck_assert_int_eq(files(), 1);
	ck_assert_int_eq(file_write(same, 0600, "x", 1, &e), 0);
	ck_assert_int_eq(file_write(other, 0600, "x", 1, &e), 0);
	ck_assert_int_eq(file_write(longer, 0600, "x", 1, &e), 0);
	sweep();
	ck_assert_int_eq(files(), 1);
	ck_assert_int_eq(keep_commit(&site, &k, one, &e), 0);
	keep_end(&k);
	ck_assert(is_kept(one));
	keep_remove(&site, one);
	ck_assert_int_eq(files(), 0);
}
END_TEST

START_TEST(test_no_longer_waited_for)
{
	struct keep k;
	struct err e = ERR_INIT;

	clock_fake_set((int64_t)time(NULL) * 1000); /* which the files have, too */
	commit(one);
	commit(two);
	ck_assert_int_eq(keep_begin(&site, &k, &e), 0);
	keep_end(&k);
	sweep();
	ck_assert_msg(is_kept(two), "it may be on its way into the database");
	clock_fake_advance(HOUR_MS + 60000);
	sweep();
	ck_assert(is_kept(one));
	ck_assert(!is_kept(two));
	keep_remove(&site, one);
	ck_assert_int_eq(files(), 0);
}
END_TEST

int main(void)
{
	AUTO_FREE char *clean = NULL;
	Suite *s = suite_create("keep");
	TCase *t = tcase_create("keep");
	SRunner *r;
	int failed;

	if (mkdtemp(folder) == NULL)
		return 1;
	tcase_add_test(t, test_unfinished);
	tcase_add_test(t, test_no_longer_waited_for);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	clean = mem_printf("rm -rf %s", folder);
	return failed || system(clean) ? 1 : 0;
}
