#include "bench_day.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define AUTHORIZATION_DAYS 30
#define RENEWAL_DAYS 180
#define CHANGED_PERCENT 3
#define TURNOVER_PERMILLE 2
#define SEED UINT64_C(0x9e3779b97f4a7c15)

const char *const bench_day_titles[DAY_KINDS] = {
	"usage reports, unchanged",
	"usage reports, 2 tags changed",
	"authorization renewals (every 30 days)",
	"registration renewals (180 days)",
	"registrations",
	"deregistrations",
};
const char *const bench_day_names[DAY_KINDS] = {
	"unchanged", "changed", "authorizationRenewals", "registrationRenewals", "registrations", "deregistrations",
};

/* splitmix64: the same days every time. */
static uint64_t next(uint64_t *state)
{
	uint64_t z = *state += SEED;

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static void add(struct bench_day *d, enum bench_day_kind kind, enum bench_what what, struct bench_product *p)
{
	d->errands[d->n++] = (struct bench_errand){ .product = p, .what = what, .usage = p->usage };
	d->count[kind]++;
}

static void add_product(struct bench_day *d, size_t i, uint64_t *random)
{
	struct bench_product *p = &d->fleet.products[i];
	bool changed = next(random) % 100 < CHANGED_PERCENT;
	size_t when = i + (size_t)d->day;

	if (changed)
		p->usage++;
	add(d, changed ? DAY_CHANGED : DAY_UNCHANGED, BENCH_AUTHORIZE, p);
	if (when % AUTHORIZATION_DAYS == 0)
		add(d, DAY_AUTHORIZATION, BENCH_AUTHORIZE, p);
	if (when % RENEWAL_DAYS == 0)
		add(d, DAY_RENEWAL, BENCH_RENEW, p);
}

static void shuffle(struct bench_day *d, uint64_t *random)
{
	for (size_t i = d->n; i > 1; i--) {
		size_t other = (size_t)(next(random) % i);
		struct bench_errand was = d->errands[i - 1];

		d->errands[i - 1] = d->errands[other];
		d->errands[other] = was;
	}
}

/* The places of those who go today follow each other around the fleet. */
static size_t leaving(const struct bench_day *d, size_t i)
{
	return (i + d->fleet.n - (size_t)d->day * d->fresh.n % d->fleet.n) % d->fleet.n;
}

void bench_day_plan(struct bench_day *d)
{
	size_t turnover = d->fleet.n * TURNOVER_PERMILLE / 1000;
	uint64_t random = SEED ^ (uint64_t)d->day;

	if (turnover == 0 && d->fleet.n > 1)
		turnover = 1;
	bench_fleet_free(&d->fresh);
	bench_fleet_make(d->fleet.keys, turnover, &d->fresh);
	free(d->errands);
	d->errands = mem_alloc((3 * d->fleet.n + turnover) * sizeof(*d->errands));
	d->n = 0;
	memset(d->count, 0, sizeof(d->count));
	for (size_t i = 0; i < d->fleet.n; i++)
		if (leaving(d, i) < turnover)
			add(d, DAY_DEREGISTRATION, BENCH_DEREGISTER, &d->fleet.products[i]);
		else
			add_product(d, i, &random);
	for (size_t i = 0; i < turnover; i++)
		add(d, DAY_REGISTRATION, BENCH_REGISTER, &d->fresh.products[i]);
	shuffle(d, &random);
}

void bench_day_end(struct bench_day *d)
{
	for (size_t i = 0; i < d->fleet.n; i++)
		if (leaving(d, i) < d->fresh.n)
			d->fleet.products[i] = d->fresh.products[leaving(d, i)];
	d->day++;
}

void bench_day_free(struct bench_day *d)
{
	bench_fleet_free(&d->fleet);
	bench_fleet_free(&d->fresh);
	free(d->errands);
	memset(d, 0, sizeof(*d));
}
