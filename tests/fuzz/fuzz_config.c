/* fuzz_config.c - configuration files. The first byte: 0 a satellite's, 1 a cloud manager's. */
#include "base/mem.h"
#include "settings.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n)
{
	const struct opt *table;
	struct settings s = { 0 }, again = { 0 };
	AUTO_FREE char *p = NULL;
	AUTO_BUF text = BUF_INIT;
	AUTO_BUF second = BUF_INIT;
	AUTO_BUF kept = BUF_INIT;
	struct err e = ERR_INIT;

	if (n == 0)
		return 0;
	p = fuzz_copy(data + 1, --n);
	table = settings_table(data[0] & 1 ? SITE_MANAGER : SITE_SATELLITE);
	opt_defaults(table, &s);
	opt_defaults(table, &again);
	if (opt_parse(table, &s, p, n, "fuzz.conf", &e)) {
		MUST_EXPLAIN(e);
	} else {
		/* What -t prints is a file that means the same. */
		opt_print(table, &s, &text);
		MUST(opt_parse(table, &again, text.data, text.n, "again.conf", &e) == 0);
		opt_print(table, &again, &second);
		MUST(strcmp(text.data, second.data) == 0);
		opt_reload(table, &again, &s, &kept);
		MUST(kept.n == 0);
		if (settings_complete(&s, &e))
			MUST_EXPLAIN(e);
	}
	opt_fini(table, &s);
	opt_fini(table, &again);
	return 0;
}
