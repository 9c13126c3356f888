#include "lic/reservation_plan.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lic/license.h"
#include "lic/pool.h"

static int64_t smaller(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* ---- lots ---- */

/* What this reservation can have of a lot: what others have not reserved. */
static int64_t open_of(const struct reservation_lot *lot)
{
	int64_t others = lot->reserved - lot->blocked, left = lot->quantity - others;

	return left > 0 ? left : 0;
}

/* Lot number i of the order that is wished; the list has the soonest to end first. */
static struct reservation_lot *in_order(const struct plan_kind *k, size_t i)
{
	return &k->lots[k->wish->shortest_first ? i : k->lots_n - 1 - i];
}

/* Returns how many could not be found. */
static int64_t choose(struct plan_kind *k)
{
	int64_t left = k->wish->quantity;

	for (size_t i = 0; i < k->lots_n && left; i++) {
		struct reservation_lot *lot = in_order(k, i);

		lot->wanted = smaller(left, smaller(lot->held, open_of(lot)));
		left -= lot->wanted;
	}
	for (size_t i = 0; i < k->lots_n && left; i++) {
		struct reservation_lot *lot = in_order(k, i);
		int64_t more = smaller(left, open_of(lot) - lot->wanted);

		lot->wanted += more;
		left -= more;
	}
	return left;
}

/* How many more licenses the plan blocks than are blocked now. */
static int64_t added(const struct plan_kind *k)
{
	int64_t sum = 0;

	for (size_t i = 0; i < k->lots_n; i++)
		if (k->lots[i].wanted > k->lots[i].blocked)
			sum += k->lots[i].wanted - k->lots[i].blocked;
	return sum;
}

/* ---- pools ---- */

/* The families of the plan's kinds, each with what the kinds before took of it. */
struct working {
	struct pools pools;
	struct {
		const struct family *base;
		struct family now;
	} part[RESERVATION_KINDS_MAX];
	size_t n;
};

static int working_family(struct working *w, const struct entitlement_row *ent, struct family **out, struct err *e)
{
	const struct family *base;

	if (pools_family(&w->pools, ent->id, ent->family, &base, e))
		return -1;
	for (size_t i = 0; i < w->n; i++) {
		if (w->part[i].base == base) {
			*out = &w->part[i].now;
			return 0;
		}
	}
	w->part[w->n].base = base;
	w->part[w->n].now = family_copy(w->pools.tx->arena, base);
	*out = &w->part[w->n++].now;
	return 0;
}

/* Reserves n in the copy, if there are own licenses for it and nobody is short by it. */
static bool try_reserve(struct arena *a, const struct family *before, int64_t entitlement, int64_t n, struct family *after)
{
	struct pool *pool;

	*after = family_copy(a, before);
	pool = family_pool(after, entitlement);
	if (n > 0 && pool->quantity - pool->reserved - pool->in_use < n)
		return false;
	pool->reserved += n;
	pools_settle(after);
	return !family_shorter(before, after);
}

/* The most that could be reserved in addition, up to limit. */
static int64_t most(struct arena *a, const struct family *f, int64_t entitlement, int64_t limit)
{
	int64_t low = 0, high = limit;
	struct family ignored;

	while (low < high) {
		int64_t middle = high - (high - low) / 2;

		if (try_reserve(a, f, entitlement, middle, &ignored))
			low = middle;
		else
			high = middle - 1;
	}
	return low;
}

static int refuse(struct tx *tx, const struct plan_kind *k, const struct family *f, const struct virtual_account_row *va,
		  struct err *e)
{
	const struct pool *pool = family_pool(f, k->ent.id);
	int64_t has = 0, open = 0, free;
	char lent[64] = "", borrowed[96] = "";

	for (size_t i = 0; i < k->lots_n; i++) {
		has += k->lots[i].blocked;
		open += open_of(&k->lots[i]) - smaller(open_of(&k->lots[i]), k->lots[i].blocked);
	}
	free = has + most(tx->arena, f, k->ent.id, smaller(open, k->wish->quantity));
	if (pool->lent)
		snprintf(lent, sizeof(lent), ", %" PRId64 " lent", pool->lent);
	if (pool->borrowed)
		snprintf(borrowed, sizeof(borrowed), ", %" PRId64 " borrowed; nothing is borrowed for a reservation",
			 pool->borrowed);
	return err_field(e, E_NOT_ENOUGH, "quantity",
			 "%" PRId64 " of %s asked, %" PRId64 " can be reserved in '%s': %" PRId64 " owned, %" PRId64
			 " in use, %" PRId64 " reserved%s%s.%s",
			 k->wish->quantity, k->ent.display_name, free, va->name, pool->quantity, pool->in_use,
			 pool->reserved, lent, borrowed, has ? " What this product has counts among them." : "");
}

/* ---- the whole ---- */

static int check_wish(const struct account_row *account, const struct plan *p, const struct plan_kind *k, struct err *e)
{
	if (k->wish->quantity < 1 || k->wish->quantity > LICENSE_QUANTITY_MAX)
		return err_field(e, E_INVALID_REQUEST, "quantity",
				 "The quantity of %s is %" PRId64 "; it must be from 1 to %" PRId64 ".",
				 k->ent.display_name, k->wish->quantity, LICENSE_QUANTITY_MAX);
	for (const struct plan_kind *other = p->kinds; other < k; other++)
		if (other->ent.id == k->ent.id)
			return err_field(e, E_INVALID_REQUEST, "licenses", "The license %s is named twice.",
					 k->ent.display_name);
	if (k->ent.restricted && !account->export_permitted)
		return err_set(e, E_EXPORT_NOT_ALLOWED,
			       "%s is export-controlled, and the account '%s' has no permission for that.",
			       k->ent.display_name, account->name);
	return 0;
}

static int check_minimum(struct tx *tx, const struct udi *udi, const struct plan *p, struct err *e)
{
	const char *name;
	int64_t least, has;

	for (size_t i = 0; catalogue_minimum(udi->pid, i, &name, &least); i++) {
		struct entitlement_row ent;

		if (entitlement_find(tx, name, &ent, e))
			return -1;
		has = 0;
		for (size_t k = 0; k < p->n; k++)
			if (p->kinds[k].ent.id == ent.id)
				has = p->kinds[k].wish->quantity;
		if (has < least)
			return err_field(e, E_RESERVATION_MINIMUM, "licenses",
					 "%s needs at least %" PRId64 " of %s in its reservation; asked are %" PRId64 ".",
					 udi->pid, least, ent.display_name, has);
	}
	return 0;
}

static int plan_one(struct tx *tx, struct working *w, const struct virtual_account_row *va,
		    const struct reservation_row *row, struct plan_kind *k, struct err *e)
{
	struct family *now, after;

	if (q_reservation_lots(tx->db, tx->arena, va->id, k->ent.id, row->id, tx->now, &k->lots, &k->lots_n, e) ||
	    working_family(w, &k->ent, &now, e))
		return -1;
	if (choose(k) || !try_reserve(tx->arena, now, k->ent.id, added(k), &after))
		return refuse(tx, k, now, va, e);
	*now = after;
	return 0;
}

int reservation_plan(struct tx *tx, const struct account_row *account, const struct virtual_account_row *va,
		     const struct reservation_row *row, const struct reservation_wish *wishes, size_t n, struct plan *out,
		     struct err *e)
{
	struct working *w = arena_alloc(tx->arena, sizeof(*w));

	if (n > RESERVATION_KINDS_MAX)
		return err_field(e, E_INVALID_REQUEST, "licenses", "A reservation has at most %d kinds of licenses.",
				 RESERVATION_KINDS_MAX);
	pools_init(&w->pools, tx, va->id);
	*out = (struct plan){ .kinds = arena_alloc(tx->arena, (n + 1) * sizeof(*out->kinds)), .n = n };
	for (size_t i = 0; i < n; i++) {
		struct plan_kind *k = &out->kinds[i];

		k->wish = &wishes[i];
		if (entitlement_find(tx, wishes[i].license, &k->ent, e) || check_wish(account, out, k, e) ||
		    plan_one(tx, w, va, row, k, e))
			return -1;
	}
	return check_minimum(tx, &row->udi, out, e);
}

int reservation_plan_store(struct tx *tx, const struct reservation_row *row, const struct plan *p, struct err *e)
{
	if (q_reservation_lines_clear(tx->db, row->id, e))
		return -1;
	for (size_t i = 0; i < p->n; i++) {
		const struct plan_kind *k = &p->kinds[i];

		for (size_t j = 0; j < k->lots_n; j++)
			if (k->lots[j].wanted &&
			    q_reservation_line_set(tx->db, row->id, k->lots[j].share_id, k->lots[j].wanted, e))
				return -1;
	}
	return 0;
}
