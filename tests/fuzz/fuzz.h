/* fuzz.h - what the fuzzers share. Each is an entry of libFuzzer (tests/fuzz/run) and, with replay.c, a test of
 * `make check` that reads its corpus.
 *
 * The first byte of an input chooses where it goes in; its lowest bits count, so that the digits 0 to 3 do. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n);

/* What must be so whatever the input is. */
#define MUST(condition)           \
	do {                      \
		if (!(condition)) \
			abort();  \
	} while (0)

/* Every refusal has its code and its reason. */
#define MUST_EXPLAIN(e) MUST((e).code != E_NONE && (e).text[0])

/* A copy that ends where the input ends, so that a byte too far is seen. */
static inline char *fuzz_copy(const unsigned char *data, size_t n)
{
	char *p = malloc(n ? n : 1);

	MUST(p);
	if (n)
		memcpy(p, data, n);
	return p;
}

#endif
