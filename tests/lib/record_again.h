/* record_again.h - again_KIND(): a record read and written again, for each kind that needs no more than that; for the
 * unit tests and the fuzzer. */
#ifndef TESTS_LIB_RECORD_AGAIN_H
#define TESTS_LIB_RECORD_AGAIN_H

#include "sync/record.h"

/* Decodes, and encodes again; NULL if it is refused. */
typedef json_t *(*again_fn)(const json_t *v, struct err *e);

#define AGAIN(what)                                                 \
	static json_t *again_##what(const json_t *v, struct err *e) \
	{                                                           \
		struct record_##what r;                             \
                                                                    \
		if (record_##what##_decode(v, &r, e))               \
			return NULL;                                \
		return record_##what##_encode(&r);                  \
	}

AGAIN(account)
AGAIN(entitlement)
AGAIN(lot)
AGAIN(removal)
AGAIN(virtual_account)
AGAIN(instance)
AGAIN(usage)
AGAIN(reserved)
AGAIN(removed)

#undef AGAIN

#endif
