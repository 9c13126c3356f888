/* fuzz_json.c - the JSON reader, its tables, and what is written of what was read. The first byte: 0 the bytes are
 * JSON, 1 they are the content of a string. */
#include "base/mem.h"
#include "base/str.h"
#include "json/fast.h"
#include "json/json.h"
#include "tests/fuzz/fuzz.h"

struct all {
	const char *text;
	int64_t integer, number;
	bool truth;
	const json_t *object, *array, *any;
};

static const struct json_spec spec[] = {
	{ "text", JSON_K_TEXT, JSON_F_OPTIONAL, offsetof(struct all, text), 1, 8 },
	{ "integer", JSON_K_INT, JSON_F_OPTIONAL, offsetof(struct all, integer), -5, 1000000 },
	{ "number", JSON_K_NUMBER, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct all, number), -5, 1000000 },
	{ "truth", JSON_K_BOOL, JSON_F_NULL | JSON_F_OPTIONAL, offsetof(struct all, truth), 0, 0 },
	{ "object", JSON_K_OBJECT, JSON_F_OPTIONAL, offsetof(struct all, object), 0, 0 },
	{ "array", JSON_K_ARRAY, JSON_F_OPTIONAL, offsetof(struct all, array), 0, 3 },
	{ "any", JSON_K_ANY, 0, offsetof(struct all, any), 0, 0 },
	{ 0 },
};

static void decode(const json_t *v)
{
	struct all all = { 0 };
	struct err e = ERR_INIT;

	if (json_decode(v, spec, "p.", E_INVALID_REQUEST, &all, &e)) {
		MUST_EXPLAIN(e);
		return;
	}
	MUST(all.text == NULL || (strlen(all.text) >= 1 && strlen(all.text) <= 8));
	MUST(all.integer >= -5 && all.integer <= 1000000 && all.number >= -5 && all.number <= 1000000);
	MUST(all.array == NULL || json_array_size(all.array) <= 3);
	MUST(all.any);
}

/* The fast reader takes nothing that the library does not take, and makes the same of it. */
static void read_fast(const char *p, size_t n)
{
	AUTO_JSON *fast = json_fast(p, n);
	AUTO_JSON *slow = NULL;
	AUTO_BUF a = BUF_INIT;
	AUTO_BUF b = BUF_INIT;

	if (fast == NULL)
		return;
	slow = json_loadb(p, n, JSON_REJECT_DUPLICATES, NULL);
	MUST(slow && json_equal(fast, slow));
	json_write(fast, &a);
	json_write(slow, &b);
	MUST(a.n == b.n && memcmp(a.data, b.data, a.n) == 0);
}

static void read_value(const char *p, size_t n)
{
	AUTO_JSON *v = NULL;
	AUTO_JSON *again = NULL;
	AUTO_BUF text = BUF_INIT;
	AUTO_BUF second = BUF_INIT;
	struct err e = ERR_INIT;

	read_fast(p, n);
	if (json_read(p, n, E_BAD_REQUEST, &v, &e)) {
		MUST(v == NULL && e.code == E_BAD_REQUEST && e.text[0]);
		return;
	}
	if (json_is_object(v))
		decode(v);
	json_write(v, &text); /* what is read can be written, and is the same then */
	MUST(json_read(text.data, text.n, E_BAD_REQUEST, &again, &e) == 0);
	json_write(again, &second);
	MUST(text.n == second.n && memcmp(text.data, second.data, text.n) == 0);
}

static void write_text(const char *p, size_t n)
{
	AUTO_BUF text = BUF_INIT;
	AUTO_JSON *v = NULL;
	const json_t *s;
	struct err e = ERR_INIT;

	if (!str_utf8(p, n))
		return; /* callers have texts of the reader only */
	buf_addc(&text, '[');
	json_write_string(p, n, &text);
	buf_addc(&text, ']');
	MUST(json_read(text.data, text.n, E_BAD_REQUEST, &v, &e) == 0);
	s = json_array_get(v, 0);
	MUST(json_string_length(s) == n && memcmp(json_string_value(s), p, n) == 0);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n)
{
	AUTO_FREE char *p = NULL;

	if (n == 0)
		return 0;
	p = fuzz_copy(data + 1, n - 1);
	if (data[0] & 1)
		write_text(p, n - 1);
	else
		read_value(p, n - 1);
	return 0;
}
