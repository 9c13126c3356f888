#include "lic/forecast.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "lic/forecast_cause.h"
#include "lic/forecast_plan.h"
#include "lic/history.h"
#include "lic/license.h"

struct work {
	struct tx *tx;
	const struct forecast_ask *ask;
	struct plan plan;
	struct entitlement_row *kinds; /* the catalogue */
	size_t kinds_n;
	int64_t *wanted; /* ids of ask->licenses */
	struct forecast_row *rows;
	size_t rows_n, rows_room;
};

/* One family in one virtual account, before and after. */
struct sides {
	struct outlook o;
	struct shortage *certain, *likely;
};

struct view {
	const struct virtual_account_row *va;
	const char *family; /* "" = the first kind stands alone */
	struct family pools;
	struct trend *trends;
	struct sides now, what_if;
};

/* ---- one family ---- */

static int by_time(const void *a, const void *b)
{
	const struct outlook_step *x = a, *y = b;

	return (x->at > y->at) - (x->at < y->at);
}

static void add_step(struct outlook *o, int64_t at, size_t pool, const struct lot_row *lot, int sign)
{
	o->steps[o->steps_n++] = (struct outlook_step){
		.at = at, .pool = pool, .quantity = sign * lot->quantity, .reserved = sign * lot->reserved
	};
}

static void add_lots(struct arena *a, struct outlook *o, size_t pool, const struct lot_row *lots, size_t n)
{
	struct outlook_step *old = o->steps;
	struct pool *p = &o->now.pools[pool];

	o->steps = arena_alloc(a, (o->steps_n + 2 * n + 1) * sizeof(*old));
	if (o->steps_n)
		memcpy(o->steps, old, o->steps_n * sizeof(*old));
	for (size_t i = 0; i < n; i++) {
		if ((lots[i].quantity == 0 && lots[i].reserved == 0) || (lots[i].end_at && lots[i].end_at <= o->at))
			continue;
		if (lots[i].start_at > o->at) {
			add_step(o, lots[i].start_at, pool, &lots[i], 1);
		} else {
			p->quantity += lots[i].quantity;
			p->reserved += lots[i].reserved;
		}
		if (lots[i].end_at)
			add_step(o, lots[i].end_at, pool, &lots[i], -1);
	}
}

static int look_ahead(struct work *w, const struct view *v, const struct plan *plan, struct sides *out, struct err *e)
{
	struct arena *a = w->tx->arena;
	struct outlook *o = &out->o;

	*o = (struct outlook){ .at = w->tx->now, .until = w->tx->now + w->ask->days * DAY_MS };
	o->now = family_copy(a, &v->pools);
	o->growth = arena_alloc(a, (v->pools.n + 1) * sizeof(*o->growth));
	for (size_t i = 0; i < v->pools.n; i++) {
		struct pool *p = &o->now.pools[i];
		struct lot_row *lots;
		size_t n;

		p->quantity = p->reserved = 0;
		p->in_use = plan_in_use(plan, v->va->id, p->entitlement, p->in_use);
		o->growth[i] = v->trends[i].growth > 0 ? v->trends[i].growth : 0;
		if (plan_lots(w->tx, plan, v->va->id, p->entitlement, &lots, &n, e))
			return -1;
		add_lots(a, o, i, lots, n);
	}
	if (o->steps_n)
		qsort(o->steps, o->steps_n, sizeof(*o->steps), by_time);
	pools_settle(&o->now);
	out->certain = outlook_shortages(a, o, false);
	out->likely = outlook_shortages(a, o, true);
	return 0;
}

static int view_read(struct work *w, const struct virtual_account_row *va, const struct entitlement_row *kind,
		     struct view *out, struct err *e)
{
	int64_t from = history_day(w->tx->now) - TREND_DAYS + 1;

	*out = (struct view){ .va = va, .family = kind->family };
	if (family_read(w->tx, va->id, kind->id, kind->family, &out->pools, e))
		return -1;
	out->trends = arena_alloc(w->tx->arena, (out->pools.n + 1) * sizeof(*out->trends));
	for (size_t i = 0; i < out->pools.n; i++) {
		struct history h;

		if (history_read(w->tx, va->id, out->pools.pools[i].entitlement, from, &h, e))
			return -1;
		trend_fit(w->tx->arena, h.in_use, h.n, &out->trends[i]);
	}
	if (look_ahead(w, out, NULL, &out->now, e))
		return -1;
	return w->plan.n ? look_ahead(w, out, &w->plan, &out->what_if, e) : 0;
}

/* ---- rows ---- */

static void side_fill(struct work *w, const struct sides *s, const struct shortage *all, size_t pool,
		      struct forecast_side *out)
{
	out->gaps = all[pool].gaps;
	out->needed = all[pool].needed;
	out->cause = forecast_cause(w->tx->arena, &s->o, &all[pool], pool, w->kinds, w->kinds_n, &out->text);
}

static void forecast_fill(struct work *w, const struct sides *s, size_t pool, struct forecast *out)
{
	out->pool = s->o.now.pools[pool];
	side_fill(w, s, s->certain, pool, &out->certain);
	side_fill(w, s, s->likely, pool, &out->likely);
}

static bool side_differs(const struct forecast_side *a, const struct forecast_side *b)
{
	const struct gap *x = a->gaps, *y = b->gaps;

	for (; x && y; x = x->next, y = y->next)
		if (x->from != y->from || x->until != y->until || x->missing != y->missing || x->worst != y->worst)
			return true;
	return x != y || a->needed != b->needed;
}

static bool differs(const struct forecast *a, const struct forecast *b)
{
	const struct pool *x = &a->pool, *y = &b->pool;

	return x->quantity != y->quantity || x->in_use != y->in_use || x->borrowed != y->borrowed || x->lent != y->lent ||
	       x->balance != y->balance || side_differs(&a->certain, &b->certain) || side_differs(&a->likely, &b->likely);
}

static bool is_wanted(const struct work *w, const struct virtual_account_row *va, int64_t entitlement)
{
	bool there = w->ask->licenses_n == 0, here = false;

	for (size_t i = 0; i < w->ask->licenses_n; i++)
		there = there || w->wanted[i] == entitlement;
	for (size_t i = 0; i < w->ask->virtual_accounts_n; i++)
		here = here || w->ask->virtual_accounts[i].id == va->id;
	return there && here;
}

static void add_row(struct work *w, const struct forecast_row *row)
{
	if (w->rows_n == w->rows_room) {
		struct forecast_row *old = w->rows;

		w->rows_room = 2 * w->rows_room + 16;
		w->rows = arena_alloc(w->tx->arena, w->rows_room * sizeof(*old));
		if (w->rows_n)
			memcpy(w->rows, old, w->rows_n * sizeof(*old));
	}
	w->rows[w->rows_n++] = *row;
}

static void add_pool(struct work *w, const struct view *v, const struct entitlement_row *kind)
{
	struct forecast_row row = { .virtual_account = v->va, .kind = kind };
	size_t i = 0;

	while (v->pools.pools[i].entitlement != kind->id)
		i++;
	row.trend = v->trends[i];
	forecast_fill(w, &v->now, i, &row.now);
	if (w->plan.n) {
		forecast_fill(w, &v->what_if, i, &row.what_if);
		row.changed = differs(&row.now, &row.what_if);
	}
	if (row.changed || is_wanted(w, v->va, kind->id))
		add_row(w, &row);
}

/* ---- one virtual account ---- */

static bool in_plan(const struct plan *p, int64_t virtual_account, int64_t entitlement)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->entries[i].virtual_account->id == virtual_account &&
		    (entitlement == 0 || p->entries[i].kind.id == entitlement))
			return true;
	return false;
}

/* Is there anything to say of this kind here: it is owned or used, asked for by name, or in the plan. */
static bool is_here(const struct work *w, const struct virtual_account_row *va, const struct entitlement_row *kind,
		    const struct entitlement_row *held, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (held[i].id == kind->id)
			return true;
	return in_plan(&w->plan, va->id, kind->id);
}

static const struct view *find_view(const struct view *views, size_t n, const struct entitlement_row *kind)
{
	for (size_t i = 0; i < n; i++)
		if (family_pool(&views[i].pools, kind->id))
			return &views[i];
	return NULL;
}

static int add_virtual_account(struct work *w, const struct virtual_account_row *va, struct err *e)
{
	struct view *views = arena_alloc(w->tx->arena, (w->kinds_n + 1) * sizeof(*views));
	struct entitlement_row *held;
	size_t held_n, n = 0;

	if (q_pool_kinds(w->tx->db, w->tx->arena, va->id, &held, &held_n, e))
		return -1;
	for (size_t i = 0; i < w->kinds_n; i++) {
		const struct entitlement_row *kind = &w->kinds[i];
		const struct view *v;

		if (!is_here(w, va, kind, held, held_n) || (w->plan.n == 0 && !is_wanted(w, va, kind->id)))
			continue;
		v = find_view(views, n, kind);
		if (v == NULL) {
			if (view_read(w, va, kind, &views[n], e))
				return -1;
			v = &views[n++];
		}
		add_pool(w, v, kind);
	}
	return 0;
}

/* ---- all ---- */

static int find_wanted(struct work *w, struct err *e)
{
	w->wanted = arena_alloc(w->tx->arena, (w->ask->licenses_n + 1) * sizeof(*w->wanted));
	for (size_t i = 0; i < w->ask->licenses_n; i++) {
		struct entitlement_row kind;

		if (entitlement_find(w->tx, w->ask->licenses[i], &kind, e))
			return -1;
		w->wanted[i] = kind.id;
	}
	return 0;
}

static bool done_before(const struct work *w, size_t entry)
{
	int64_t id = w->plan.entries[entry].virtual_account->id;

	for (size_t i = 0; i < w->ask->virtual_accounts_n; i++)
		if (w->ask->virtual_accounts[i].id == id)
			return true;
	for (size_t i = 0; i < entry; i++)
		if (w->plan.entries[i].virtual_account->id == id)
			return true;
	return false;
}

int forecast_read(struct tx *tx, const struct account_row *account, const struct forecast_ask *ask,
		  struct forecast_row **out, size_t *n, struct err *e)
{
	struct work w = { .tx = tx, .ask = ask };

	if (ask->days < 1 || ask->days > FORECAST_DAYS_MAX)
		return err_field(e, E_INVALID_REQUEST, "days", "The days to look ahead must be from 1 to %d.",
				 FORECAST_DAYS_MAX);
	if (q_entitlement_list(tx->db, tx->arena, &w.kinds, &w.kinds_n, e) || find_wanted(&w, e) ||
	    plan_make(tx, account, ask, &w.plan, e))
		return -1;
	for (size_t i = 0; i < ask->virtual_accounts_n; i++)
		if (!ask->virtual_accounts[i].unseen && add_virtual_account(&w, &ask->virtual_accounts[i], e))
			return -1;
	for (size_t i = 0; i < w.plan.n; i++)
		if (!done_before(&w, i) && add_virtual_account(&w, w.plan.entries[i].virtual_account, e))
			return -1;
	*out = w.rows;
	*n = w.rows_n;
	return 0;
}
