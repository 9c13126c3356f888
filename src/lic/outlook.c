#include "lic/outlook.h"

#include <string.h>

#include "base/clock.h"
#include "lic/trend.h"

struct walk {
	const struct outlook *o;
	struct family f; /* settled at `at` */
	int64_t at, days;
	size_t step;
	bool grow;
};

static bool grows(const struct outlook *o)
{
	for (size_t i = 0; i < o->now.n; i++)
		if (o->growth[i] > 0)
			return true;
	return false;
}

static void walk_begin(struct walk *w, struct arena *a, const struct outlook *o, bool grow)
{
	*w = (struct walk){ .o = o, .f = family_copy(a, &o->now), .at = o->at, .grow = grow && grows(o) };
}

/* To the next moment at which anything changes. */
static bool walk_next(struct walk *w)
{
	const struct outlook *o = w->o;
	int64_t day = o->at + (w->days + 1) * DAY_MS, next = w->grow ? day : INT64_MAX;

	if (w->step < o->steps_n && o->steps[w->step].at < next)
		next = o->steps[w->step].at;
	if (next > o->until)
		return false;
	for (; w->step < o->steps_n && o->steps[w->step].at == next; w->step++) {
		w->f.pools[o->steps[w->step].pool].quantity += o->steps[w->step].quantity;
		w->f.pools[o->steps[w->step].pool].reserved += o->steps[w->step].reserved;
	}
	if (w->grow && next == day) {
		w->days++;
		for (size_t i = 0; i < w->f.n; i++)
			w->f.pools[i].in_use = trend_after(o->now.pools[i].in_use, o->growth[i], w->days);
	}
	w->at = next;
	pools_settle(&w->f);
	return true;
}

/* One pool at one moment. last is its last gap, NULL if it had none. */
static struct gap *look(struct arena *a, const struct walk *w, const struct family *before, size_t i, struct shortage *s,
			struct gap *last)
{
	int64_t missing = -w->f.pools[i].balance;
	bool open = last && last->until == 0;
	struct gap *gap;

	if (missing <= 0) {
		if (open)
			last->until = w->at;
		return last;
	}
	if (open) {
		last->worst = missing > last->worst ? missing : last->worst;
		return last;
	}
	gap = arena_alloc(a, sizeof(*gap));
	*gap = (struct gap){ .from = w->at, .missing = missing, .worst = missing };
	if (last) {
		last->next = gap;
		return gap;
	}
	s->gaps = gap;
	s->before = family_copy(a, before);
	s->then = family_copy(a, &w->f);
	return gap;
}

static void find_gaps(struct arena *a, const struct outlook *o, bool grow, struct shortage *out)
{
	struct gap **last = arena_alloc(a, (o->now.n + 1) * sizeof(struct gap *));
	struct family before = family_copy(a, &o->now);
	struct walk w;

	walk_begin(&w, a, o, grow);
	do {
		for (size_t i = 0; i < w.f.n; i++)
			last[i] = look(a, &w, &before, i, &out[i], last[i]);
		memcpy(before.pools, w.f.pools, w.f.n * sizeof(*w.f.pools));
		memcpy(before.loans, w.f.loans, w.f.loans_n * sizeof(*w.f.loans));
		before.loans_n = w.f.loans_n;
	} while (walk_next(&w));
}

static int64_t worst(const struct outlook *o, struct arena *a, bool grow, size_t pool)
{
	struct walk w;
	int64_t most = 0;

	walk_begin(&w, a, o, grow);
	do {
		if (-w.f.pools[pool].balance > most)
			most = -w.f.pools[pool].balance;
	} while (walk_next(&w));
	return most;
}

/* From the highest tier down: nothing that is bought for a lower one changes what a higher one lacks. */
static void find_needed(struct arena *a, const struct outlook *o, bool grow, struct shortage *out)
{
	struct outlook with = *o;

	with.now = family_copy(a, &o->now);
	for (size_t i = 0; i < o->now.n; i++) {
		if (out[i].gaps == NULL)
			continue;
		out[i].needed = worst(&with, a, grow, i);
		with.now.pools[i].quantity += out[i].needed;
		pools_settle(&with.now);
	}
}

struct shortage *outlook_shortages(struct arena *a, const struct outlook *o, bool grow)
{
	struct shortage *out = arena_alloc(a, (o->now.n + 1) * sizeof(*out));

	find_gaps(a, o, grow, out);
	find_needed(a, o, grow, out);
	return out;
}

int64_t outlook_ending(const struct outlook *o, size_t pool, int64_t at)
{
	int64_t sum = 0;

	for (size_t i = 0; i < o->steps_n; i++)
		if (o->steps[i].at == at && o->steps[i].pool == pool && o->steps[i].quantity < 0)
			sum -= o->steps[i].quantity;
	return sum;
}

int64_t outlook_starting(const struct outlook *o, size_t pool, int64_t at)
{
	int64_t sum = 0;

	for (size_t i = 0; i < o->steps_n; i++)
		if (o->steps[i].at == at && o->steps[i].pool == pool && o->steps[i].quantity > 0)
			sum += o->steps[i].quantity;
	return sum;
}
