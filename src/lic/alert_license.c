/* alert_license.c - alerts about licenses: short, ending, ended. */
#include <inttypes.h>
#include <string.h>

#include "lic/alert_inside.h"
#include "lic/compliance.h"
#include "lic/license.h"
#include "lic/pool.h"

/* ---- Insufficient Licenses ---- */

/* When the pool went short: as it is written down, or as it will be, by the lot that ended last. */
static int short_since(struct tx *tx, int64_t va, const struct entitlement_row *kind, int64_t *out, struct err *e)
{
	struct compliance_row open;
	int rc = q_compliance_open(tx->db, tx->arena, va, kind->id, &open, e);

	if (rc == 1)
		*out = open.out_at;
	return rc ? (rc < 0 ? -1 : 0) : q_alert_family_end(tx->db, va, kind, tx->now, out, e);
}

/* `5 owned, 1 borrowed` */
static const char *where_from(struct arena *a, const struct pool *p)
{
	const char *text = arena_printf(a, "%" PRId64 " owned", p->quantity);

	if (p->borrowed)
		text = arena_printf(a, "%s, %" PRId64 " borrowed", text, p->borrowed);
	if (p->reserved)
		text = arena_printf(a, "%s, %" PRId64 " reserved", text, p->reserved);
	if (p->lent)
		text = arena_printf(a, "%s, %" PRId64 " lent", text, p->lent);
	return text;
}

static int add_short(struct alert_gather *g, const struct alert_place *place, const struct entitlement_row *kind,
		     const struct pool *p, struct err *e)
{
	struct arena *arena = g->tx->arena;
	struct alert a = { .kind = ALERT_INSUFFICIENT_LICENSES, .major = true, .source = kind->display_name };

	if (short_since(g->tx, place->va.id, kind, &a.raised_at, e))
		return -1;
	a.due_at = a.raised_at;
	a.message = arena_printf(arena,
				 "%s is short by %" PRId64 " in '%s' of '%s': %" PRId64
				 " in use, %s. Every product there that uses it is "
				 "out of compliance. Buy or transfer %" PRId64 " more, or release as many.",
				 kind->display_name, -p->balance, place->va.name, place->account.name, p->in_use,
				 where_from(arena, p), -p->balance);
	return alert_add(g, &a, arena_printf(arena, "%s %s", place->va.uuid, kind->tag), place, e);
}

static int add_family(struct alert_gather *g, const struct touched_row *row, const struct entitlement_row *all, size_t n,
		      struct err *e)
{
	struct alert_place place;
	struct family f;
	int rc = alert_place(g, row->virtual_account_id, &place, e);

	/* Before its first synchronization, only the satellite knows whether what it serves is short. */
	if (rc <= 0 || place.va.unseen)
		return rc < 0 ? -1 : 0;
	if (family_read(g->tx, row->virtual_account_id, row->kind.id, row->kind.family, &f, e))
		return -1;
	for (size_t i = 0; i < f.n; i++) {
		const struct entitlement_row *kind = entitlement_in(all, n, f.pools[i].entitlement);

		if (kind && pool_short(&f.pools[i]) && add_short(g, &place, kind, &f.pools[i], e))
			return -1;
	}
	return 0;
}

static int gather_short(struct alert_gather *g, const struct entitlement_row *all, size_t all_n, struct err *e)
{
	struct tx *tx = g->tx;
	struct touched_row *rows;
	int64_t seen = 0;
	size_t n;

	if (compliance_seen(tx, &seen, e) || q_alert_short(tx->db, tx->arena, seen, tx->now, &rows, &n, e))
		return -1;
	for (size_t i = 0; i < n; i++)
		if ((i == 0 || !pools_same_family(&rows[i - 1], &rows[i])) && add_family(g, &rows[i], all, all_n, e))
			return -1;
	return 0;
}

/* ---- Licenses Expiring ---- */

/* The last of 90, 60, 30, 14, 7, 3, 1 days before the end that has begun. */
static int64_t step(int64_t left)
{
	static const int64_t days[] = { 1, 3, 7, 14, 30, 60 };

	for (size_t i = 0; i < sizeof(days) / sizeof(days[0]); i++)
		if (left <= days[i] * DAY_MS)
			return days[i] * DAY_MS;
	return 90 * DAY_MS;
}

/* What the pools lack at that moment that they do not lack now: `2 of Basic`; "" if nothing. From the arena. */
static const char *will_lack(struct arena *arena, const struct family *now, const struct family *then,
			     const struct entitlement_row *all, size_t n)
{
	const char *text = "";

	for (size_t i = 0; i < then->n; i++) {
		const struct entitlement_row *kind = entitlement_in(all, n, then->pools[i].entitlement);

		if (kind == NULL || !pool_short(&then->pools[i]) || then->pools[i].balance >= now->pools[i].balance)
			continue;
		text = arena_printf(arena, "%s%s%" PRId64 " of %s", text, *text ? ", " : "", -then->pools[i].balance,
				    kind->display_name);
	}
	return text;
}

/* What there will be missing, as far as it is known here. */
static const char *say_lack(struct arena *arena, const struct virtual_account_row *va, const char *lack)
{
	if (va->unseen)
		return arena_printf(arena,
				    "The satellite '%s' serves that virtual account and tells whether any will be missing.",
				    va->satellite_name);
	if (*lack)
		return arena_printf(arena,
				    "With what is in use now there will be missing: %s. Renew or replace them by then.",
				    lack);
	return "With what is in use now nothing will be missing.";
}

static int add_expiring(struct alert_gather *g, const struct lot_end_row *row, const struct entitlement_row *all, size_t n,
			struct err *e)
{
	int64_t left = row->end_at - g->tx->now, before = step(left);
	struct alert a = { .kind = ALERT_LICENSES_EXPIRING, .source = row->kind.display_name, .due_at = row->end_at };
	char when[CLOCK_TEXT_SIZE], span[CLOCK_TEXT_SIZE];
	struct arena *arena = g->tx->arena;
	struct alert_place place;
	struct family now, then;
	const char *lack;
	int rc = alert_place(g, row->virtual_account_id, &place, e);

	if (rc <= 0)
		return rc;
	if (family_read(g->tx, place.va.id, row->kind.id, row->kind.family, &now, e) ||
	    family_at(g->tx, place.va.id, &now, row->kind.id, row->kind.family, row->end_at, &then, e))
		return -1;
	lack = place.va.unseen ? "" : will_lack(arena, &now, &then, all, n);
	a.major = *lack || before <= 30 * DAY_MS;
	a.raised_at = row->end_at - before > row->created_at ? row->end_at - before : row->created_at;
	a.message =
		arena_printf(arena, "%" PRId64 " of %s in '%s' of '%s' %s on %s, in %s. %s", row->quantity,
			     row->kind.display_name, place.va.name, place.account.name, row->quantity == 1 ? "ends" : "end",
			     clock_text(row->end_at, when), clock_span(left, span), say_lack(arena, &place.va, lack));
	return alert_add(g, &a, arena_printf(arena, "%s %s %" PRId64, place.va.uuid, row->kind.tag, row->end_at), &place,
			 e);
}

/* ---- Licenses Expired, Reserved License Expired ---- */

static int add_expired(struct alert_gather *g, const struct lot_end_row *row, bool reserved, struct err *e)
{
	struct alert a = { .kind = reserved ? ALERT_RESERVED_EXPIRED : ALERT_LICENSES_EXPIRED,
			   .major = true,
			   .source = row->kind.display_name,
			   .raised_at = row->end_at,
			   .due_at = row->end_at };
	bool one = (reserved ? row->reserved : row->quantity) == 1;
	struct arena *arena = g->tx->arena;
	char when[CLOCK_TEXT_SIZE];
	struct alert_place place;
	int rc = alert_place(g, row->virtual_account_id, &place, e);

	if (rc <= 0)
		return rc;
	clock_text(row->end_at, when);
	if (reserved)
		a.message = arena_printf(arena,
					 "%" PRId64 " of %s in '%s' of '%s' %s reserved, but ended on %s. Renew %s and "
					 "update the reservations, or return what is reserved.",
					 row->reserved, row->kind.display_name, place.va.name, place.account.name,
					 one ? "is" : "are", when, one ? "it" : "them");
	else
		a.message =
			arena_printf(arena,
				     "%" PRId64 " of %s in '%s' of '%s' ended on %s and no longer count%s. Renew what is "
				     "needed; what is short now has an alert of its own.",
				     row->quantity, row->kind.display_name, place.va.name, place.account.name, when,
				     one ? "s" : "");
	return alert_add(g, &a, arena_printf(arena, "%s %s %" PRId64, place.va.uuid, row->kind.tag, row->end_at), &place,
			 e);
}

static int gather_ends(struct alert_gather *g, const struct entitlement_row *all, size_t all_n, struct err *e)
{
	struct lot_end_row *soon, *past, *reserved;
	size_t soon_n, past_n, reserved_n;
	struct tx *tx = g->tx;

	if (q_alert_ends(tx->db, tx->arena, tx->now, tx->now + step(INT64_MAX), &soon, &soon_n, e) ||
	    q_alert_ends(tx->db, tx->arena, tx->now - ALERT_EXPIRED_MS, tx->now, &past, &past_n, e) ||
	    q_alert_reserved_ends(tx->db, tx->arena, tx->now, &reserved, &reserved_n, e))
		return -1;
	for (size_t i = 0; i < soon_n; i++)
		if (add_expiring(g, &soon[i], all, all_n, e))
			return -1;
	for (size_t i = 0; i < past_n; i++)
		if (add_expired(g, &past[i], false, e))
			return -1;
	for (size_t i = 0; i < reserved_n; i++)
		if (add_expired(g, &reserved[i], true, e))
			return -1;
	return 0;
}

int alert_gather_licenses(struct alert_gather *g, struct err *e)
{
	struct entitlement_row *all;
	size_t n;

	if (q_entitlement_list(g->tx->db, g->tx->arena, &all, &n, e))
		return -1;
	return gather_short(g, all, n, e) || gather_ends(g, all, n, e) ? -1 : 0;
}
