/* pool.h - how many licenses of a kind a virtual account has and uses (protocol.md section 6).
 *
 * Right at every moment: quantity follows from the lots and the time; in use is a counter, kept in the
 * transaction of each change, less what has lapsed since. */
#ifndef LIC_POOL_H
#define LIC_POOL_H

#include <stdbool.h>

#include "db/q.h"
#include "lic/tx.h"

struct pool {
	int64_t quantity; /* of lots that have started and not ended */
	int64_t reserved;
	int64_t in_use;
	int64_t balance; /* quantity - reserved - in use */
};

int pool_read(struct tx *tx, int64_t virtual_account, int64_t entitlement, struct pool *out, struct err *e);

/* Of lots that start later. */
int pool_pending(struct tx *tx, int64_t virtual_account, int64_t entitlement, int64_t *out, struct err *e);

/* A tag short by any number is out of compliance for every product that uses it in this virtual account. */
bool pool_short(const struct pool *p);

/* Takes instances whose rights have run out (authorization 90 days, registration one year) out of the counters, at
 * most limit of them. Nothing depends on when it runs: pool_read leaves them out either way. */
int pool_sweep(struct tx *tx, int64_t limit, struct err *e);

#endif
