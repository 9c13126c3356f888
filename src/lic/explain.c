#include "lic/explain.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lic/access.h"
#include "lic/account.h"
#include "lic/license.h"

static int read_family(struct tx *tx, struct explanation *x, struct err *e)
{
	struct entitlement_row *all;
	size_t n;

	if (family_read(tx, x->va.id, x->kind.id, x->kind.family, &x->family, e) ||
	    q_entitlement_list(tx->db, tx->arena, &all, &n, e))
		return -1;
	x->kinds = arena_alloc(tx->arena, (x->family.n + 1) * sizeof(const struct entitlement_row *));
	for (size_t i = 0; i < x->family.n; i++) {
		x->kinds[i] = entitlement_in(all, n, x->family.pools[i].entitlement);
		if (x->kinds[i] == NULL)
			return err_set(e, E_DATABASE_CORRUPT,
				       "The catalogue lacks a license that a pool has. Restore the "
				       "newest backup.");
		if (x->kinds[i]->id == x->kind.id)
			x->self = i;
	}
	return 0;
}

static int read_users(struct tx *tx, struct explanation *x, struct err *e)
{
	int rc = x->va.satellite_id ? q_remote_usage_users(tx->db, tx->arena, x->va.id, x->kind.id, EXPLAIN_USERS,
							   &x->users, &x->users_n, e)
				    : q_pool_users(tx->db, tx->arena, x->va.id, x->kind.id, tx->now, EXPLAIN_USERS,
						   &x->users, &x->users_n, e);

	if (rc)
		return -1;
	x->others = x->family.pools[x->self].in_use;
	for (size_t i = 0; i < x->users_n; i++)
		x->others -= x->users[i].quantity;
	return 0;
}

/* Whose the reserved ones are, and who may not use what is export-controlled. */
static int read_claims(struct tx *tx, struct explanation *x, struct err *e)
{
	x->reserved_others = x->family.pools[x->self].reserved;
	if (x->reserved_others &&
	    (x->va.satellite_id ? q_remote_reserved : q_pool_reserved)(tx->db, tx->arena, x->va.id, x->kind.id, tx->now,
								       EXPLAIN_USERS, &x->reservations, &x->reservations_n,
								       e))
		return -1;
	for (size_t i = 0; i < x->reservations_n; i++)
		x->reserved_others -= x->reservations[i].quantity;
	if (!x->kind.restricted)
		return 0;
	return q_pool_refused(tx->db, tx->arena, x->va.id, x->kind.id, tx->now, EXPLAIN_USERS + 1, &x->refused,
			      &x->refused_n, e);
}

/* ---- what comes ---- */

/* All lots that bear on the explained pool: its own and those of the kinds that lend to it. */
struct ahead {
	struct explanation *x;
	struct lot_row **lots; /* by kind, up to x->self */
	size_t *n;
	struct arena *arena;
};

static int read_ahead(struct tx *tx, struct explanation *x, struct ahead *out, struct err *e)
{
	size_t kinds = x->self + 1;

	*out = (struct ahead){ .x = x,
			       .arena = tx->arena,
			       .lots = arena_alloc(tx->arena, kinds * sizeof(struct lot_row *)),
			       .n = arena_alloc(tx->arena, kinds * sizeof(size_t)) };
	for (size_t i = 0; i < kinds; i++)
		if (q_share_list(tx->db, tx->arena, x->va.id, x->kinds[i]->id, &out->lots[i], &out->n[i], e))
			return -1;
	x->lots = out->lots[x->self];
	x->lots_n = out->n[x->self];
	return 0;
}

/* The first start or end after a moment, 0 if there is none. */
static int64_t next_boundary(const struct ahead *a, int64_t after)
{
	int64_t best = 0;

	for (size_t i = 0; i <= a->x->self; i++)
		for (size_t k = 0; k < a->n[i]; k++) {
			const struct lot_row *lot = &a->lots[i][k];

			if (lot->start_at > after && (best == 0 || lot->start_at < best))
				best = lot->start_at;
			if (lot->end_at > after && (best == 0 || lot->end_at < best))
				best = lot->end_at;
		}
	return best;
}

/* How the explained pool stands at a later moment, if what is used stays the same. */
static int64_t balance_at(const struct ahead *a, int64_t at)
{
	struct family f = family_copy(a->arena, &a->x->family);

	for (size_t i = 0; i <= a->x->self; i++) {
		f.pools[i].quantity = f.pools[i].reserved = 0;
		for (size_t k = 0; k < a->n[i]; k++) {
			const struct lot_row *lot = &a->lots[i][k];

			if (lot->start_at > at || (lot->end_at && lot->end_at <= at))
				continue;
			f.pools[i].quantity += lot->quantity;
			f.pools[i].reserved += lot->reserved;
		}
	}
	pools_settle(&f);
	return f.pools[a->x->self].balance;
}

static void add_changes(const struct ahead *a, int64_t at, int64_t balance, bool only_own)
{
	struct explanation *x = a->x;

	for (size_t i = only_own ? x->self : 0; i <= x->self; i++)
		for (size_t k = 0; k < a->n[i] && x->changes_n < EXPLAIN_CHANGES; k++) {
			const struct lot_row *lot = &a->lots[i][k];

			if (lot->start_at == at || lot->end_at == at)
				x->changes[x->changes_n++] = (struct explain_change){ .at = at,
										      .balance = balance,
										      .kind = x->kinds[i],
										      .lot = lot,
										      .ends = lot->end_at == at };
		}
}

/* Starts and ends of its own lots, and those of lenders that change how it stands. */
static void look_ahead(const struct ahead *a, int64_t now)
{
	struct explanation *x = a->x;
	int64_t at = now, before = x->family.pools[x->self].balance;
	int looked = 0;

	x->changes = arena_alloc(a->arena, EXPLAIN_CHANGES * sizeof(*x->changes));
	while (x->changes_n < EXPLAIN_CHANGES && looked++ < EXPLAIN_LOOKED && (at = next_boundary(a, at)) != 0) {
		int64_t balance = balance_at(a, at);

		add_changes(a, at, balance, balance == before);
		before = balance;
	}
}

/* ---- since when ---- */

/* The last start or end up to a moment, 0 if there is none. */
static int64_t last_boundary(const struct ahead *a, int64_t until)
{
	int64_t best = 0;

	for (size_t i = 0; i <= a->x->self; i++)
		for (size_t k = 0; k < a->n[i]; k++) {
			const struct lot_row *lot = &a->lots[i][k];

			if (lot->start_at <= until && lot->start_at > best)
				best = lot->start_at;
			if (lot->end_at <= until && lot->end_at > best)
				best = lot->end_at;
		}
	return best;
}

static const char *lot_text(const struct ahead *a, int64_t at, bool ended)
{
	for (size_t i = a->x->self + 1; i-- > 0;)
		for (size_t k = 0; k < a->n[i]; k++) {
			const struct lot_row *lot = &a->lots[i][k];

			if ((ended ? lot->end_at : lot->start_at) == at)
				return arena_printf(a->arena, "%" PRId64 " %s license%s of %s %s", lot->quantity,
						    lot->license_type, lot->quantity == 1 ? "" : "s",
						    a->x->kinds[i]->display_name, ended ? "ended" : "started");
		}
	return "";
}

/* What time alone did is written down a little later (compliance_advance). Until then the lots tell when the pool went
 * out or came back, as long as they alone did it; an instance that lapsed is the other way to come back. */
static void mend_outage(const struct ahead *a, int64_t now)
{
	struct explanation *x = a->x;
	int64_t balance = x->family.pools[x->self].balance, at = now + 1, before;
	bool out = x->outage && x->outage->in_at == 0, is_short = balance < 0;
	int looked = 0;
	struct outage *o;

	if (out == is_short)
		return;
	do {
		at = last_boundary(a, at - 1);
		before = at ? balance_at(a, at - 1) : 0;
	} while (at && (before < 0) == is_short && ++looked < EXPLAIN_LOOKED);
	if ((at == 0 || looked == EXPLAIN_LOOKED) && is_short)
		return;
	o = arena_alloc(a->arena, sizeof(*o));
	if (is_short) {
		*o = (struct outage){ .virtual_account = x->va.id, .out_at = at, .shortage = -balance };
		o->by = (struct told_event){ .at = at, .kind = "license.end", .text = lot_text(a, at, true), .actor = "" };
	} else {
		*o = *x->outage;
		o->in_at = at > o->out_at ? at : now;
		o->ended_by = (struct told_event){ .at = o->in_at, .kind = "license.start", .actor = "" };
		o->ended_by.text = at > o->out_at ? lot_text(a, at, false) : "rights ran out and licenses went back";
	}
	x->outage = o;
}

static int read_outage(struct tx *tx, const struct ahead *a, struct err *e)
{
	struct explanation *x = a->x;
	struct outage *outages;
	size_t n;

	if (outage_list(tx, x->account->id, &x->va, 1, x->kind.id, 1, &outages, &n, e))
		return -1;
	x->outage = n ? &outages[0] : NULL;
	mend_outage(a, tx->now);
	return 0;
}

/* Puts the newest outage of a virtual account into a list that may lack it, or not know yet that it is over. */
static void merge_outage(struct outage *list, size_t *n, const struct outage *newest)
{
	size_t i;

	for (i = 0; i < *n; i++)
		if (list[i].virtual_account == newest->virtual_account && list[i].out_at == newest->out_at) {
			list[i] = *newest;
			return;
		}
	for (i = 0; i < *n && list[i].out_at > newest->out_at;)
		i++;
	memmove(&list[i + 1], &list[i], (*n - i) * sizeof(*list));
	list[i] = *newest;
	(*n)++;
}

int explain_history(struct tx *tx, const struct account_row *account, const struct virtual_account_row *vas, size_t vas_n,
		    const struct entitlement_row *kind, int64_t limit, struct outage **out, size_t *n, struct err *e)
{
	struct virtual_account_row *where = NULL;
	size_t where_n = vas_n;
	struct outage *listed;

	if (outage_list(tx, account->id, vas, vas_n, kind->id, limit, &listed, n, e) ||
	    (vas_n == 0 && explain_where(tx, account, kind, &where, &where_n, e)))
		return -1;
	*out = arena_alloc(tx->arena, (*n + where_n + 1) * sizeof(**out));
	if (*n)
		memcpy(*out, listed, *n * sizeof(**out));
	for (size_t i = 0; i < where_n; i++) {
		struct explanation x = { .account = account, .va = vas_n ? vas[i] : where[i], .kind = *kind };
		struct ahead ahead;

		if (read_family(tx, &x, e) || read_ahead(tx, &x, &ahead, e) || read_outage(tx, &ahead, e))
			return -1;
		if (x.outage)
			merge_outage(*out, n, x.outage);
	}
	*n = *n < (size_t)limit ? *n : (size_t)limit;
	return 0;
}

/* ---- where help could come from ---- */

bool explain_higher_helps(const struct explanation *x)
{
	const struct pool *pool = &x->family.pools[x->self];
	bool higher = false;

	if (pool->reserved > pool->quantity)
		return false;
	for (size_t i = 0; i < x->self; i++) {
		if (pool_short(&x->family.pools[i]))
			return false;
		higher = higher || x->family.pools[i].tier != pool->tier;
	}
	return higher;
}

static int by_free(const void *a, const void *b)
{
	const struct explain_place *x = a, *y = b;

	return x->free < y->free ? 1 : x->free > y->free ? -1 : 0;
}

/* Those that have some of one kind left over, behind those that are there, the largest first. */
static int read_places_of(struct tx *tx, struct explanation *x, const struct entitlement_row *kind, struct err *e)
{
	struct explain_place *places;
	size_t n, found = 0;
	int64_t *ids;

	if (q_pool_places(tx->db, tx->arena, x->account->id, kind->id, &ids, &n, e))
		return -1;
	n = n < EXPLAIN_PLACES ? n : EXPLAIN_PLACES;
	places = arena_alloc(tx->arena, (x->places_n + n + 1) * sizeof(*places));
	if (x->places_n)
		memcpy(places, x->places, x->places_n * sizeof(*places));
	x->places = places;
	places += x->places_n;
	for (size_t i = 0; i < n; i++) {
		struct virtual_account_row va;
		const struct pool *pool;
		struct family family;

		if (ids[i] == x->va.id || !access_sees(tx, RIGHT_LICENSE_READ, x->account->id, ids[i]))
			continue;
		if (q_virtual_account_by_id(tx->db, tx->arena, ids[i], &va, e) != 1 ||
		    family_read(tx, va.id, kind->id, kind->family, &family, e))
			return -1;
		pool = family_pool(&family, kind->id);
		if (va.satellite_id == 0 && pool->balance > 0)
			places[found++] =
				(struct explain_place){ .virtual_account = va.name, .kind = kind, .free = pool->balance };
	}
	qsort(places, found, sizeof(*places), by_free);
	x->places_n += found;
	return 0;
}

/* Of its own kind first, then of the higher ones that would be lent to it, the nearest first. */
static int read_places(struct tx *tx, struct explanation *x, struct err *e)
{
	if (read_places_of(tx, x, x->kinds[x->self], e))
		return -1;
	for (size_t i = x->self; i-- > 0 && explain_higher_helps(x);)
		if (x->family.pools[i].tier != x->family.pools[x->self].tier && read_places_of(tx, x, x->kinds[i], e))
			return -1;
	return 0;
}

int explain_pool(struct tx *tx, const struct account_row *account, const struct virtual_account_row *va,
		 const struct entitlement_row *kind, struct explanation *out, struct err *e)
{
	struct explanation *x = out;
	struct ahead ahead;

	*x = (struct explanation){ .account = account, .va = *va, .kind = *kind };
	if (read_family(tx, x, e) || read_ahead(tx, x, &ahead, e) || read_users(tx, x, e) || read_claims(tx, x, e) ||
	    pool_pending(tx, va->id, kind->id, &x->pending, e) || read_outage(tx, &ahead, e))
		return -1;
	look_ahead(&ahead, tx->now);
	if (pool_short(&x->family.pools[x->self]) && read_places(tx, x, e))
		return -1;
	explain_say(tx, x);
	return 0;
}

/* Where to look if nobody owns or uses the kind: the default one, or the first that who asks may see. */
static int any_place(struct tx *tx, const struct account_row *account, struct virtual_account_row *out, size_t *n,
		     struct err *e)
{
	struct virtual_account_row *all, *best = NULL;
	size_t all_n;

	if (q_virtual_account_list(tx->db, tx->arena, account->id, &all, &all_n, e))
		return -1;
	for (size_t i = 0; i < all_n; i++)
		if (access_sees(tx, RIGHT_LICENSE_READ, account->id, all[i].id) && (best == NULL || all[i].is_default))
			best = &all[i];
	*n = best != NULL;
	if (best)
		*out = *best;
	return 0;
}

int explain_where(struct tx *tx, const struct account_row *account, const struct entitlement_row *kind,
		  struct virtual_account_row **out, size_t *n, struct err *e)
{
	size_t ids_n;
	int64_t *ids;

	*n = 0;
	if (q_pool_places(tx->db, tx->arena, account->id, kind->id, &ids, &ids_n, e))
		return -1;
	*out = arena_alloc(tx->arena, (ids_n + 1) * sizeof(**out));
	for (size_t i = 0; i < ids_n; i++) {
		if (!access_sees(tx, RIGHT_LICENSE_READ, account->id, ids[i]))
			continue;
		if (q_virtual_account_by_id(tx->db, tx->arena, ids[i], &(*out)[(*n)++], e) != 1)
			return -1;
	}
	return *n ? 0 : any_place(tx, account, *out, n, e);
}
