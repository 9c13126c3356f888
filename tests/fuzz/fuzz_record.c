/* fuzz_record.c - anything as a record of a synchronization file. The first byte chooses the kind of record: 0 account,
 * 1 entitlement, 2 license lot, 3 removal, 4 virtual account, 5 product instance, 6 usage, 7 reservation, 8 license of
 * one, 9 removed. What is read can be written, is the same then, and has nothing that a terminal would obey. */
#include "base/buf.h"
#include "base/str.h"
#include "sync/record.h"
#include "tests/fuzz/fuzz.h"
#include "tests/lib/record_again.h"

#define LINE_MAX 65536

static json_t *again_reservation(const json_t *v, struct err *e)
{
	struct record_reservation r;
	json_t *licenses, *one;
	const json_t *from;
	size_t i;

	if (record_reservation_decode(v, &r, e))
		return NULL;
	licenses = json_array();
	MUST(json_array_size(r.licenses) <= RECORD_RESERVED_MAX);
	json_array_foreach (r.licenses, i, from) {
		one = again_reserved(from, e);
		if (one == NULL) {
			json_decref(licenses);
			return NULL;
		}
		json_array_append_new(licenses, one);
	}
	return record_reservation_encode(&r, licenses);
}

static const again_fn kinds[] = { again_account,         again_entitlement, again_lot,   again_removal,
				  again_virtual_account, again_instance,    again_usage, again_reservation,
				  again_reserved,        again_removed };

static void check_texts(const json_t *v)
{
	const char *name, *text;
	json_t *one;

	json_object_foreach ((json_t *)v, name, one)
		for (text = json_string_value(one); text && *text; text++)
			MUST(str_control(text) == 0);
}

static void check(again_fn again, const char *p, size_t n)
{
	AUTO_JSON *v = NULL;
	AUTO_JSON *first = NULL;
	AUTO_JSON *second = NULL;
	AUTO_JSON *read = NULL;
	AUTO_BUF text = BUF_INIT;
	AUTO_BUF same = BUF_INIT;
	struct err e = ERR_INIT;

	if (json_read(p, n, E_SYNC_DAMAGED, &v, &e)) {
		MUST_EXPLAIN(e);
		return;
	}
	first = again(v, &e);
	if (first == NULL) {
		MUST_EXPLAIN(e);
		MUST(e.code == E_SYNC_DAMAGED);
		return;
	}
	check_texts(first);
	json_write(first, &text);
	MUST(json_read(text.data, text.n, E_SYNC_DAMAGED, &read, &e) == 0);
	second = again(read, &e);
	MUST(second);
	json_write(second, &same);
	MUST(text.n == same.n && memcmp(text.data, same.data, text.n) == 0);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n)
{
	size_t kind = n ? data[0] & 15 : 15;
	char *copy;

	if (kind >= sizeof(kinds) / sizeof(*kinds) || n > LINE_MAX)
		return 0;
	copy = fuzz_copy(data + 1, n - 1);
	check(kinds[kind], copy, n - 1);
	free(copy);
	return 0;
}
