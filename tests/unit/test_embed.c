/* Files that are part of the program: found by name, walked in order, whole. */
#include "base/embed.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

START_TEST(found_by_exact_name)
{
	const struct embed_file *f = embed_find("schema/0001-init.sql");

	ck_assert_ptr_nonnull(f);
	ck_assert_str_eq(f->name, "schema/0001-init.sql");
	ck_assert_uint_gt(f->n, 0);
	ck_assert_uint_eq(f->data[f->n], 0);
	ck_assert_uint_eq(strlen((const char *)f->data), f->n);
	ck_assert_ptr_null(embed_find("schema/0001-init.sq"));
	ck_assert_ptr_null(embed_find("schema/0001-init.sqlx"));
	ck_assert_ptr_null(embed_find("schema/"));
	ck_assert_ptr_null(embed_find(""));
	ck_assert_ptr_null(embed_find("~"));
}
END_TEST

START_TEST(walk_is_sorted_and_complete)
{
	const struct embed_file *f = NULL, *last = NULL;
	int all = 0, schema = 0;

	while ((f = embed_next("", f))) {
		if (last)
			ck_assert_int_lt(strcmp(last->name, f->name), 0);
		ck_assert_ptr_eq(embed_find(f->name), f);
		last = f;
		all++;
	}
	for (f = NULL; (f = embed_next("schema/", f)); schema++)
		ck_assert_int_eq(strncmp(f->name, "schema/", 7), 0);
	ck_assert_int_gt(schema, 0);
	ck_assert_int_ge(all, schema);
	ck_assert_ptr_null(embed_next("schemb", NULL));
	ck_assert_ptr_null(embed_next("~", NULL));
}
END_TEST

/* What is embedded is what is in the source, byte by byte. */
START_TEST(bytes_are_those_of_the_file)
{
	const struct embed_file *f = embed_find("schema/0001-init.sql");
	const char *top = getenv("top_srcdir");
	char path[4096];
	unsigned char *bytes;
	FILE *in;

	if (top == NULL)
		return;
	snprintf(path, sizeof(path), "%s/%s", top, f->name);
	in = fopen(path, "rb");
	ck_assert_ptr_nonnull(in);
	bytes = malloc(f->n + 1);
	ck_assert_ptr_nonnull(bytes);
	ck_assert_uint_eq(fread(bytes, 1, f->n + 1, in), f->n);
	ck_assert_mem_eq(bytes, f->data, f->n);
	free(bytes);
	fclose(in);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("embed");
	TCase *tc = tcase_create("embed");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, found_by_exact_name);
	tcase_add_test(tc, walk_is_sorted_and_complete);
	tcase_add_test(tc, bytes_are_those_of_the_file);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
