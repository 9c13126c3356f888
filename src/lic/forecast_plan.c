#include "lic/forecast_plan.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lic/account.h"
#include "lic/license.h"

struct maker {
	struct tx *tx;
	const struct account_row *account;
	const struct forecast_ask *ask;
	struct plan *plan;
	size_t room;
};

static bool concerns(const struct plan_entry *p, int64_t virtual_account, int64_t entitlement)
{
	return p->virtual_account->id == virtual_account && p->kind.id == entitlement;
}

static int by_end(const void *a, const void *b)
{
	const struct lot_row *x = a, *y = b;

	if ((x->end_at == 0) != (y->end_at == 0))
		return x->end_at == 0 ? 1 : -1;
	if (x->end_at != y->end_at)
		return x->end_at < y->end_at ? -1 : 1;
	return (x->id > y->id) - (x->id < y->id);
}

static void add_lot(struct lot_row *lots, size_t *n, const struct lot_row *lot)
{
	for (size_t i = 0; i < *n; i++) {
		if (lots[i].id == lot->id) {
			lots[i].quantity += lot->quantity;
			return;
		}
	}
	lots[(*n)++] = *lot;
}

int plan_lots(struct tx *tx, const struct plan *plan, int64_t virtual_account, int64_t entitlement, struct lot_row **out,
	      size_t *n, struct err *e)
{
	struct lot_row *lots;

	if (q_share_list(tx->db, tx->arena, virtual_account, entitlement, out, n, e))
		return -1;
	if (plan == NULL)
		return 0;
	lots = arena_alloc(tx->arena, (*n + plan->n + 1) * sizeof(*lots));
	if (*n)
		memcpy(lots, *out, *n * sizeof(*lots));
	for (size_t i = 0; i < plan->n; i++)
		if (!plan->entries[i].is_use && concerns(&plan->entries[i], virtual_account, entitlement))
			add_lot(lots, n, &plan->entries[i].lot);
	qsort(lots, *n, sizeof(*lots), by_end);
	*out = lots;
	return 0;
}

int64_t plan_in_use(const struct plan *plan, int64_t virtual_account, int64_t entitlement, int64_t in_use)
{
	for (size_t i = 0; plan && i < plan->n; i++)
		if (plan->entries[i].is_use && concerns(&plan->entries[i], virtual_account, entitlement))
			in_use = plan->entries[i].in_use;
	return in_use;
}

static struct plan_entry *new_entry(struct maker *m, const struct virtual_account_row *va,
				    const struct entitlement_row *kind)
{
	struct plan *p = m->plan;

	if (p->n == m->room) {
		struct plan_entry *old = p->entries;

		m->room = 2 * m->room + 16;
		p->entries = arena_alloc(m->tx->arena, m->room * sizeof(*old));
		if (p->n)
			memcpy(p->entries, old, p->n * sizeof(*old));
	}
	p->entries[p->n] = (struct plan_entry){ .virtual_account = va, .kind = *kind };
	return &p->entries[p->n++];
}

static int64_t movable(const struct lot_row *lot, int64_t now)
{
	if (lot->end_at && lot->end_at <= now)
		return 0;
	return lot->quantity > lot->reserved ? lot->quantity - lot->reserved : 0;
}

/* Lots that count today go before those that start later, in each of both the longest-lived first, as in
 * license_transfer. Returns how many are left to move. */
static int64_t move_lots(struct maker *m, const struct entitlement_row *kind, const struct virtual_account_row *from,
			 const struct virtual_account_row *to, struct lot_row *lots, size_t n, bool later, int64_t left)
{
	for (size_t i = n; i-- > 0 && left;) {
		int64_t take = movable(&lots[i], m->tx->now);

		take = take < left ? take : left;
		if (take == 0 || (lots[i].start_at > m->tx->now) != later)
			continue;
		lots[i].reserved = 0;
		lots[i].quantity = -take;
		new_entry(m, from, kind)->lot = lots[i];
		lots[i].quantity = take;
		new_entry(m, to, kind)->lot = lots[i];
		left -= take;
	}
	return left;
}

static int make_move(struct maker *m, const struct forecast_change *c, const struct entitlement_row *kind,
		     const struct virtual_account_row *from, const struct virtual_account_row *to, struct err *e)
{
	int64_t there = 0, left = c->n;
	struct lot_row *lots;
	size_t n;

	if (from->id == to->id)
		return err_field(e, E_INVALID_REQUEST, "to", "The licenses are in '%s' already.", to->name);
	if (plan_lots(m->tx, m->plan, from->id, kind->id, &lots, &n, e))
		return -1;
	for (size_t i = 0; i < n; i++)
		there += movable(&lots[i], m->tx->now);
	if (there < c->n)
		return err_field(e, E_NOT_ENOUGH, "quantity",
				 "%" PRId64 " of %s cannot be moved out of '%s': only %" PRId64
				 " are there and not reserved.",
				 c->n, kind->display_name, from->name, there);
	left = move_lots(m, kind, from, to, lots, n, false, left);
	move_lots(m, kind, from, to, lots, n, true, left);
	return 0;
}

/* The virtual account of a change that names none. */
static int usual_place(struct maker *m, const struct virtual_account_row **out, struct err *e)
{
	struct virtual_account_row *all;
	size_t n;

	if (m->ask->virtual_accounts_n == 1) {
		*out = m->ask->virtual_accounts;
		return 0;
	}
	if (q_virtual_account_list(m->tx->db, m->tx->arena, m->account->id, &all, &n, e))
		return -1;
	for (size_t i = 0; i < n; i++)
		if (all[i].is_default)
			*out = &all[i];
	return 0;
}

static int place(struct maker *m, const char *name, const struct virtual_account_row **out, struct err *e)
{
	struct virtual_account_row *va;

	*out = NULL;
	if (name == NULL && usual_place(m, out, e))
		return -1;
	if (name == NULL && *out == NULL)
		return err_field(e, E_INVALID_REQUEST, "virtualAccount", "Say in which virtual account.");
	if (name == NULL)
		return 0;
	va = arena_alloc(m->tx->arena, sizeof(*va));
	*out = va;
	return virtual_account_find(m->tx, m->account, name, va, e);
}

/* Where use is known. */
static int place_here(struct maker *m, const char *name, const struct virtual_account_row **out, struct err *e)
{
	return place(m, name, out, e) || ((*out)->unseen && virtual_account_served_here(*out, e)) ? -1 : 0;
}

static int make_one(struct maker *m, const struct forecast_change *c, struct err *e)
{
	const struct virtual_account_row *at, *to;
	int64_t least = c->what == FORECAST_USE ? 0 : 1;
	struct entitlement_row kind;
	struct plan_entry *entry;

	if (c->n < least || c->n > LICENSE_QUANTITY_MAX)
		return err_field(e, E_INVALID_REQUEST, "quantity",
				 "The quantity is %" PRId64 "; it must be from %" PRId64 " to %" PRId64 ".", c->n, least,
				 LICENSE_QUANTITY_MAX);
	if (entitlement_find(m->tx, c->license, &kind, e) || place_here(m, c->virtual_account, &at, e))
		return -1;
	if (c->what == FORECAST_MOVE)
		return place_here(m, c->to, &to, e) ? -1 : make_move(m, c, &kind, at, to, e);
	entry = new_entry(m, at, &kind);
	entry->is_use = c->what == FORECAST_USE;
	if (entry->is_use)
		entry->in_use = c->n;
	else
		entry->lot = (struct lot_row){ .id = -(int64_t)m->plan->n, .quantity = c->n, .start_at = m->tx->now };
	return 0;
}

int plan_make(struct tx *tx, const struct account_row *account, const struct forecast_ask *ask, struct plan *out,
	      struct err *e)
{
	struct maker m = { .tx = tx, .account = account, .ask = ask, .plan = out };

	*out = (struct plan){ .n = 0 };
	if (ask->changes_n > FORECAST_CHANGES_MAX)
		return err_set(e, E_INVALID_REQUEST, "There are %zu changes; one forecast takes at most %d.",
			       ask->changes_n, FORECAST_CHANGES_MAX);
	for (size_t i = 0; i < ask->changes_n; i++)
		if (make_one(&m, &ask->changes[i], e))
			return -1;
	return 0;
}
