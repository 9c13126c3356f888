#include "tests/model/model.h"

#include <stddef.h>

#include "base/clock.h"

const char *const model_kind_names[KINDS] = { "CUWL",      "EnhancedPlus",     "Enhanced", "Basic",
					      "Essential", "TelePresenceRoom", "DNA HSEC" };

bool model_valid(const struct model *m, const struct model_lot *l)
{
	return l->start_at <= m->now && (l->end_at == 0 || m->now < l->end_at);
}

bool model_holds(const struct model *m, const struct model_product *p)
{
	return p->there && p->authorized_at && m->now < p->authorized_at + 90 * DAY_MS &&
	       m->now < p->registration_expires_at;
}

static int64_t own(const struct model_pool *p)
{
	return p->quantity > p->reserved ? p->quantity - p->reserved : 0;
}

static int64_t left(const struct model_pool *p)
{
	return own(p) - p->in_use - p->lent;
}

/* One license from the nearest higher tier that has one left. */
static bool borrow_one(struct model_pool *pools, int kind)
{
	for (int lender = kind - 1; lender >= 0; lender--)
		if (left(&pools[lender]) > 0) {
			pools[lender].lent++;
			pools[kind].borrowed++;
			return true;
		}
	return false;
}

void model_settle(struct model_pool pools[KINDS])
{
	for (int kind = 0; kind < KINDS; kind++)
		pools[kind].borrowed = pools[kind].lent = 0;
	for (int kind = 0; kind < TIERS; kind++)
		while (pools[kind].in_use > own(&pools[kind]) + pools[kind].borrowed && borrow_one(pools, kind))
			;
	for (int kind = 0; kind < KINDS; kind++) {
		struct model_pool *p = &pools[kind];

		p->balance = p->quantity - p->reserved - p->in_use - p->lent + p->borrowed;
	}
}

bool model_shorter(const struct model_pool before[KINDS], const struct model_pool after[KINDS])
{
	for (int kind = 0; kind < KINDS; kind++)
		if (after[kind].balance < 0 && after[kind].balance < before[kind].balance)
			return true;
	return false;
}

void model_count(const struct model *m, int va, struct model_pool out[KINDS])
{
	for (int kind = 0; kind < KINDS; kind++)
		out[kind] = (struct model_pool){ 0 };
	for (int i = 0; i < m->lots_n; i++)
		if (model_valid(m, &m->lots[i])) {
			out[m->lots[i].kind].quantity += m->lots[i].share[va];
			out[m->lots[i].kind].reserved += model_reserved(m, va, i);
		}
	for (int i = 0; i < PRODUCTS_MAX; i++)
		for (int kind = 0; kind < KINDS; kind++)
			if (m->products[i].va == va && model_holds(m, &m->products[i]))
				out[kind].in_use += m->products[i].granted[kind];
}

void model_pools(const struct model *m, int va, struct model_pool out[KINDS])
{
	model_count(m, va, out);
	model_settle(out);
}

void model_report(struct model *m, int product, const int64_t asked[KINDS])
{
	struct model_product *p = &m->products[product];

	p->authorized_at = m->now;
	for (int kind = 0; kind < KINDS; kind++) {
		int64_t had = p->granted[kind];

		p->asked[kind] = p->granted[kind] = asked[kind];
		if (kind == RESTRICTED && !p->export_allowed)
			p->granted[kind] = 0;
		else if (kind == RESTRICTED && !m->export_permitted && asked[kind] > had)
			p->granted[kind] = had;
	}
}

bool model_leaves_short(const struct model *m, int va, int kind, int64_t fewer)
{
	struct model_pool before[KINDS], after[KINDS];

	model_count(m, va, before);
	model_settle(before);
	model_count(m, va, after);
	after[kind].quantity -= fewer;
	model_settle(after);
	return model_shorter(before, after);
}

/* The lot with a share that ends last, of those that count now, else of those that start later; -1 if there is none. */
static int longest(const struct model *m, int kind, int from, const int64_t *taken)
{
	int best = -1;

	for (int i = 0; i < m->lots_n; i++) {
		const struct model_lot *l = &m->lots[i], *b = best < 0 ? NULL : &m->lots[best];

		if (l->kind != kind || l->share[from] - model_reserved(m, from, i) - taken[i] <= 0 ||
		    (l->end_at && l->end_at <= m->now))
			continue;
		if (b && (l->start_at > m->now) != (b->start_at > m->now)) {
			best = l->start_at > m->now ? best : i;
			continue;
		}
		if (b == NULL || (b->end_at && (l->end_at == 0 || l->end_at >= b->end_at)) ||
		    (b->end_at == 0 && l->end_at == 0))
			best = i;
	}
	return best;
}

/* Writes down who has some of a lot for the first time; returns the last of them. */
static int newest(struct model_lot *lot)
{
	int last = 0;

	for (int va = 0; va < VIRTUAL_ACCOUNTS; va++)
		if (lot->got[va] > lot->got[last])
			last = va;
	for (int va = 0, n = lot->got[last]; va < VIRTUAL_ACCOUNTS; va++)
		if (lot->share[va] && lot->got[va] == 0)
			lot->got[last = va] = ++n;
	return last;
}

bool model_transfer(struct model *m, int kind, int from, int to, int64_t quantity, bool force)
{
	int64_t taken[LOTS_MAX] = { 0 }, fewer = 0;

	if (from == to || quantity < 1)
		return false;
	for (int64_t n = 0; n < quantity; n++) {
		int lot = longest(m, kind, from, taken);

		if (lot < 0)
			return false;
		taken[lot]++;
		fewer += model_valid(m, &m->lots[lot]);
	}
	if (!force && model_leaves_short(m, from, kind, fewer))
		return false;
	for (int i = 0; i < m->lots_n; i++) {
		newest(&m->lots[i]);
		m->lots[i].share[from] -= taken[i];
		m->lots[i].share[to] += taken[i];
		newest(&m->lots[i]);
	}
	return true;
}

bool model_move(struct model *m, int product, int to, bool force)
{
	struct model_product *p = &m->products[product];
	struct model_pool before[KINDS], after[KINDS];
	int from = p->va;

	if (!p->there || p->registration_expires_at <= m->now || from == to)
		return false;
	model_pools(m, to, before);
	p->va = to;
	model_pools(m, to, after);
	if (force || !model_shorter(before, after))
		return true;
	p->va = from;
	return false;
}

/* Who gives the next license of a lot: the first virtual account, then the one that uses least; -1 if nobody has any.
 * What is reserved is left where it is until nothing else is left. */
static int giver(const struct model *m, int i, bool reserved_too)
{
	const struct model_lot *lot = &m->lots[i];
	struct model_pool pools[KINDS];
	int64_t least = 0;
	int best = -1;

	for (int va = 0; va < VIRTUAL_ACCOUNTS; va++) {
		int64_t can = lot->share[va] - (reserved_too ? 0 : model_reserved(m, va, i));

		model_count(m, va, pools);
		if (can <= 0)
			continue;
		if (va == 0)
			return 0;
		if ((best < 0 || pools[lot->kind].in_use < least)) {
			best = va;
			least = pools[lot->kind].in_use;
		}
	}
	return best;
}

bool model_change(struct model *m, int i, int64_t quantity, int64_t end_at)
{
	struct model_lot *lot = &m->lots[i];
	int64_t has = 0;
	int holders = 0, only = newest(lot);

	if ((quantity < 0 && end_at == 0) || (end_at && (lot->end_at == 0 || end_at <= lot->start_at)))
		return false;
	if (end_at)
		lot->end_at = end_at;
	for (int va = 0; va < VIRTUAL_ACCOUNTS; va++)
		if (lot->share[va]) {
			has += lot->share[va];
			only = va;
			holders++;
		}
	if (quantity < 0)
		return true;
	for (; has > quantity; has--) {
		int va = giver(m, i, false);

		lot->share[va < 0 ? giver(m, i, true) : va]--;
	}
	lot->share[holders > 1 ? 0 : only] += quantity - has;
	newest(lot);
	return true;
}

static void sooner(const struct model *m, int64_t at, int64_t *best)
{
	if (at > m->now && (*best == 0 || at < *best))
		*best = at;
}

int64_t model_next_moment(const struct model *m)
{
	int64_t best = 0;

	for (int i = 0; i < m->lots_n; i++) {
		sooner(m, m->lots[i].start_at, &best);
		sooner(m, m->lots[i].end_at, &best);
	}
	for (int i = 0; i < PRODUCTS_MAX; i++)
		if (m->products[i].there && m->products[i].authorized_at) {
			sooner(m, m->products[i].authorized_at + 90 * DAY_MS, &best);
			sooner(m, m->products[i].registration_expires_at, &best);
		}
	return best;
}
