/* test_exposition.c - src/edge/exposition, src/base/histogram: the text that Prometheus reads. */
#include <check.h>
#include <stdlib.h>

#include "edge/exposition.h"

static const int64_t bounds[] = { 1, 10, INT64_MAX };

START_TEST(labels_are_escaped)
{
	AUTO_BUF labels = BUF_INIT;
	AUTO_BUF out = BUF_INIT;

	exposition_labels(&labels, "a", "x\"y\\z\nü", "b", "", NULL);
	ck_assert_str_eq(labels.data, "a=\"x\\\"y\\\\z\\nü\",b=\"\"");
	exposition_begin(&out, "n_total", "counter", "What it is.");
	exposition_int(&out, "n_total", labels.data, -5);
	exposition_real(&out, "n_total", "", 0.5);
	ck_assert_str_eq(out.data, "# HELP n_total What it is.\n# TYPE n_total counter\n"
				   "n_total{a=\"x\\\"y\\\\z\\nü\",b=\"\"} -5\nn_total 0.5\n");
	exposition_labels(&labels, NULL);
	ck_assert_str_eq(labels.data, "");
}
END_TEST

START_TEST(buckets_are_cumulative)
{
	struct histogram h = { .bounds = bounds };
	AUTO_BUF out = BUF_INIT;
	static const int64_t values[] = { 0, 1, 2, 10, 11, 1000 };

	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++)
		histogram_add(&h, values[i]);
	exposition_histogram(&out, "h", "", &h, 0.5);
	ck_assert_str_eq(out.data, "h_bucket{le=\"0.5\"} 2\nh_bucket{le=\"5\"} 4\nh_bucket{le=\"+Inf\"} 6\n"
				   "h_sum 512\nh_count 6\n");
	buf_clear(&out);
	exposition_histogram(&out, "h", "a=\"b\"", &h, 1);
	ck_assert_str_eq(out.data, "h_bucket{a=\"b\",le=\"1\"} 2\nh_bucket{a=\"b\",le=\"10\"} 4\n"
				   "h_bucket{a=\"b\",le=\"+Inf\"} 6\nh_sum{a=\"b\"} 1024\nh_count{a=\"b\"} 6\n");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("exposition");
	TCase *tc = tcase_create("exposition");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, labels_are_escaped);
	tcase_add_test(tc, buckets_are_cumulative);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
