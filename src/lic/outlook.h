/* outlook.h - the pools of one family in the time to come: arithmetic alone.
 *
 * Lots start and end at their moments; use stays as it is, or grows with the days. At each of these moments the family
 * borrows anew, so that a shortage is found where it appears, whatever tier causes it. */
#ifndef LIC_OUTLOOK_H
#define LIC_OUTLOOK_H

#include "base/arena.h"
#include "lic/pool.h"

/* Lots that start (numbers above 0) or end (below 0). */
struct outlook_step {
	int64_t at;
	size_t pool; /* its index in the family */
	int64_t quantity, reserved;
};

struct outlook {
	struct family now;          /* settled */
	struct outlook_step *steps; /* after `at`, in the order of time */
	size_t steps_n;
	double *growth; /* licenses a day, of each pool, not below 0 */
	int64_t at, until;
};

/* A time in which a pool is short. */
struct gap {
	struct gap *next; /* a later one */
	int64_t from;
	int64_t until;          /* the first moment after it; 0 = it lasts as long as one looks */
	int64_t missing, worst; /* at `from`, and at most */
};

struct shortage {
	struct gap *gaps;           /* NULL = never short */
	struct family before, then; /* the family before and at the first gap's begin; equal if that is now */
	int64_t needed;             /* licenses of this kind, bought today, that leave it no gap */
};

/* The shortages of each pool of the family, an array from the arena. With grow use grows, else it stays. What is needed
 * counts what is needed of the higher tiers as bought, and that they lend what they do not use. */
struct shortage *outlook_shortages(struct arena *a, const struct outlook *o, bool grow);

/* How many licenses of a pool end at this very moment, and how many start. */
int64_t outlook_ending(const struct outlook *o, size_t pool, int64_t at);
int64_t outlook_starting(const struct outlook *o, size_t pool, int64_t at);

#endif
