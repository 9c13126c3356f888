/* pool.h - how many licenses of a kind a virtual account has, uses, borrows and lends (protocol.md section 6).
 *
 * Right at every moment: quantity follows from the lots and the time, in use is a counter, kept in the transaction of
 * each change, less what has lapsed since, and what is borrowed follows from both.
 *
 * Kinds of one family borrow along its tiers, within one virtual account: demands are met from the highest tier down,
 * own licenses first, then from the nearest higher tier that has some left after its own demand and reservations. A
 * lender is never made short; reservations borrow nothing. */
#ifndef LIC_POOL_H
#define LIC_POOL_H

#include <stdbool.h>

#include "db/q.h"
#include "lic/tx.h"

struct pool {
	int64_t entitlement;
	int64_t tier;     /* 0 is the highest; those of equal tier lend nothing to each other */
	int64_t quantity; /* of lots that have started and not ended */
	int64_t reserved;
	int64_t in_use;

	/* what pools_settle finds */
	int64_t borrowed, lent;
	int64_t balance; /* quantity - reserved - in use + borrowed - lent; below 0 = short by as many */
};

struct loan {
	size_t from, to; /* indexes of pools */
	int64_t quantity;
};

/* One family in one virtual account, or a kind that stands alone. From the arena. */
struct family {
	struct pool *pools; /* by tier, the highest first */
	struct loan *loans;
	size_t n, loans_n;
};

/* Arithmetic alone: from quantity, reserved and in use of all pools of a family to the loans and balances. */
void pools_settle(struct family *f);

/* A kind of license with its family ("" = it stands alone), settled. */
int family_read(struct tx *tx, int64_t virtual_account, int64_t entitlement, const char *name, struct family *out,
		struct err *e);
struct pool *family_pool(const struct family *f, int64_t entitlement);

/* Are two pools, neighbours in a list by virtual account and family, of one family? */
bool pools_same_family(const struct touched_row *a, const struct touched_row *b);

/* What it would be at another moment: by the lots of then, with what is in use now. */
int family_at(struct tx *tx, int64_t virtual_account, const struct family *now, int64_t entitlement, const char *name,
	      int64_t at, struct family *out, struct err *e);

/* A copy to try changes on, and whether any of its pools is short by more than before. */
struct family family_copy(struct arena *a, const struct family *f);
bool family_shorter(const struct family *before, const struct family *after);

/* The families of one virtual account, each read once, when it is first asked for. */
struct pools {
	struct tx *tx;
	int64_t virtual_account;
	struct pools_part *parts;
};

void pools_init(struct pools *p, struct tx *tx, int64_t virtual_account);
int pools_family(struct pools *p, int64_t entitlement, const char *name, const struct family **out, struct err *e);
int pools_get(struct pools *p, int64_t entitlement, const char *family, const struct pool **out, struct err *e);

/* Of lots that start later. */
int pool_pending(struct tx *tx, int64_t virtual_account, int64_t entitlement, int64_t *out, struct err *e);

/* A tag short by any number is out of compliance for every product that uses it in this virtual account. */
bool pool_short(const struct pool *p);

#endif
