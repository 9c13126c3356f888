/* bench_day.h - a day in the life of many products.
 *
 * Products talk to their server when something is due: usage every 24 hours, the authorization every 30 days (the
 * same message again), the registration every 180 days. Some come and some go. One day of that is planned as a list
 * of errands in random order, always the same one for the same day. */
#ifndef BENCH_DAY_H
#define BENCH_DAY_H

#include "bench_fleet.h"

enum bench_day_kind {
	DAY_UNCHANGED,
	DAY_CHANGED,
	DAY_AUTHORIZATION,
	DAY_RENEWAL,
	DAY_REGISTRATION,
	DAY_DEREGISTRATION,
	DAY_KINDS
};

struct bench_day {
	struct bench_fleet fleet; /* registered beforehand */
	struct bench_fleet fresh; /* who registers today */
	struct bench_errand *errands;
	size_t n;
	size_t count[DAY_KINDS]; /* of errands */
	int64_t day;
};

/* What a kind is called in a table, and in JSON. */
extern const char *const bench_day_titles[DAY_KINDS], *const bench_day_names[DAY_KINDS];

/* Plans the next day: each product one usage report, of which 3 in 100 are changed, and what else is due; 2 in 1000
 * give their licenses back instead, and as many new ones register. */
void bench_day_plan(struct bench_day *d);

/* The day is over: who came takes the place of who went. */
void bench_day_end(struct bench_day *d);

void bench_day_free(struct bench_day *d);

#endif
