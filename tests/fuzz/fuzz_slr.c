/* fuzz_slr.c - codes of license reservation. The first byte: 0 a reservation request, 1 an authorization code, 2 a
 * confirmation code, 3 a return code. What is read is written again and read as the same. */
#include "base/arena.h"
#include "base/mem.h"
#include "crypt/slr.h"
#include "tests/fuzz/fuzz.h"

static void read_request(const char *p, size_t n, struct arena *a)
{
	struct slr_request r, again;
	AUTO_BUF text = BUF_INIT;
	struct err e = ERR_INIT;

	if (slr_request_read(p, n, a, &r, &e)) {
		MUST_EXPLAIN(e);
		return;
	}
	MUST(slr_udi_check(&r.udi, &e) == 0);
	slr_request_write(&r, &text);
	MUST(slr_request_read(text.data, text.n, a, &again, &e) == 0);
	MUST(strcmp(again.udi.pid, r.udi.pid) == 0 && strcmp(again.udi.serial, r.udi.serial) == 0);
	MUST(strcmp(again.udi.uuid, r.udi.uuid) == 0 && strcmp(again.nonce, r.nonce) == 0);
}

/* The one text of a code is what was given, but for white space of a paste. */
static void must_be_given(const char *p, size_t n, const struct buf *text)
{
	size_t at = 0;

	while (n && strchr(" \t\r\n", *p))
		p++, n--;
	for (size_t i = 0; i < n; i++) {
		if (p[i] == '\r' || p[i] == '\n')
			continue;
		if (at == text->n) {
			MUST(strchr(" \t", p[i]));
			continue;
		}
		MUST(text->data[at++] == p[i]);
	}
	MUST(at == text->n);
}

static void read_code(const char *p, size_t n, struct arena *a)
{
	char confirmation[SLR_CONFIRMATION_SIZE], back[SLR_RETURN_SIZE], again[SLR_RETURN_SIZE];
	AUTO_BUF text = BUF_INIT;
	struct err e = ERR_INIT;
	struct slr_code c;

	if (slr_read(p, n, a, &c, &e)) {
		MUST_EXPLAIN(e);
		return;
	}
	MUST(c.n >= 1 && c.n <= SLR_ENTITLEMENTS_MAX);
	slr_write(&c, &text);
	must_be_given(p, n, &text);
	slr_confirmation(&c, confirmation);
	MUST(slr_confirmation_read(confirmation, strlen(confirmation), again, &e) == 0 && strcmp(confirmation, again) == 0);
	slr_return(&c, back);
	MUST(slr_return_read(back, strlen(back), again, &e) == 0 && strcmp(back, again) == 0);
}

static void read_short(const char *p, size_t n, int (*read)(const char *, size_t, char *, struct err *), size_t length)
{
	char out[SLR_RETURN_SIZE], again[SLR_RETURN_SIZE];
	struct err e = ERR_INIT;

	if (read(p, n, out, &e)) {
		MUST_EXPLAIN(e);
		return;
	}
	MUST(strlen(out) == length && read(out, length, again, &e) == 0 && strcmp(out, again) == 0);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n)
{
	AUTO_FREE char *p = NULL;
	struct arena a;

	if (n == 0)
		return 0;
	p = fuzz_copy(data + 1, --n);
	arena_init(&a);
	switch (data[0] & 3) {
	case 0:
		read_request(p, n, &a);
		break;
	case 1:
		read_code(p, n, &a);
		break;
	case 2:
		read_short(p, n, slr_confirmation_read, SLR_CONFIRMATION_SIZE - 1);
		break;
	default:
		read_short(p, n, slr_return_read, SLR_RETURN_SIZE - 1);
		break;
	}
	arena_fini(&a);
	return 0;
}
