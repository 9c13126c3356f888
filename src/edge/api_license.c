/* api_license.c - licenses: what there is, what is in use, what runs out; transfers. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "edge/api.h"
#include "edge/list.h"
#include "edge/routes.h"
#include "lic/account.h"
#include "lic/license.h"
#include "lic/pool.h"

static const char *type_name(const char *type)
{
	return strcmp(type, "PERPETUAL") == 0 ? "Perpetual" : strcmp(type, "TERM") == 0 ? "Term" : "Demo";
}

json_t *api_lot(const struct lot_row *lot, int64_t now)
{
	bool pending = lot->start_at > now, ended = lot->end_at && lot->end_at <= now;
	json_t *v = json_object();

	json_set_text(v, "licenseType", lot->license_type);
	json_set_int(v, "quantity", lot->quantity);
	json_set_time(v, "startDate", lot->start_at);
	json_set_time(v, "endDate", lot->end_at);
	json_set_text(v, "subscriptionId", lot->subscription_id);
	json_set_text(v, "status", ended ? "EXPIRED" : pending ? "PENDING" : "ACTIVE");
	return v;
}

static int details_json(struct req *r, int64_t va, int64_t entitlement, json_t **out, const char **type, struct err *e)
{
	struct lot_row *lots;
	size_t n;

	if (q_share_list(r->tx.db, r->tx.arena, va, entitlement, &lots, &n, e))
		return -1;
	*out = json_array();
	*type = "";
	for (size_t i = 0; i < n; i++) {
		json_array_append_new(*out, api_lot(&lots[i], r->tx.now));
		if (i == 0)
			*type = type_name(lots[i].license_type);
		else if (strcmp(*type, type_name(lots[i].license_type)) != 0)
			*type = "Mixed";
	}
	return 0;
}

/* What is on its way to other virtual accounts and still counts here. */
static int leaving_json(struct req *r, int64_t va, int64_t entitlement, json_t **out, struct err *e)
{
	struct leaving_row *rows;
	size_t n;

	if (q_move_leaving_kind(r->tx.db, r->tx.arena, va, entitlement, &rows, &n, e))
		return -1;
	*out = json_array();
	for (size_t i = 0; i < n; i++) {
		json_t *v = json_object();

		json_set_text(v, "targetVirtualAccount", rows[i].to);
		json_set_int(v, "quantity", rows[i].quantity);
		json_array_append_new(*out, v);
	}
	return 0;
}

/* From which other kinds licenses are borrowed: `licenseName` is lent in place of `substitutedLicense`. */
static json_t *substitutions_json(const struct family *f, const struct entitlement_row *all, size_t all_n,
				  const struct entitlement_row *ent)
{
	json_t *list = json_array();

	for (size_t i = 0; i < f->loans_n; i++) {
		const struct loan *loan = &f->loans[i];
		const struct entitlement_row *lender = entitlement_in(all, all_n, f->pools[loan->from].entitlement);
		json_t *v;

		if (f->pools[loan->to].entitlement != ent->id || lender == NULL)
			continue;
		v = json_object();
		json_set_text(v, "licenseName", lender->display_name);
		json_set_text(v, "substitutedLicense", ent->display_name);
		json_set_int(v, "substitutedQuantity", loan->quantity);
		json_set_text(v, "substitutionType", "Upgrade");
		json_array_append_new(list, v);
	}
	return list;
}

static int license_json(struct req *r, const struct virtual_account_row *va, const struct family *family,
			const struct entitlement_row *all, size_t all_n, const struct entitlement_row *ent, int64_t pending,
			json_t **out, struct err *e)
{
	const struct pool *pool = family_pool(family, ent->id);
	const char *type;
	json_t *details, *leaving, *v;

	if (details_json(r, va->id, ent->id, &details, &type, e))
		return -1;
	if (leaving_json(r, va->id, ent->id, &leaving, e)) {
		json_decref(details);
		return -1;
	}
	v = json_object();
	json_set_text(v, "license", ent->display_name);
	json_set_text(v, "shortName", ent->name);
	json_set_text(v, "entitlementTag", ent->tag);
	json_set_text(v, "virtualAccount", va->name);
	json_set_int(v, "quantity", pool->quantity);
	json_set_int(v, "inUse", pool->in_use);
	json_set_int(v, "available", pool->balance);
	json_set_int(v, "reserved", pool->reserved);
	json_set_int(v, "borrowed", pool->borrowed);
	json_set_int(v, "lent", pool->lent);
	json_set_int(v, "pendingQuantity", pending);
	json_set_text(v, "status",
		      va->unseen         ? API_SERVED_ELSEWHERE
		      : pool_short(pool) ? "Out Of Compliance"
					 : "In Compliance");
	json_set_text(v, "servedBy", va->satellite_name);
	json_set_text(v, "billingType", "PREPAID");
	json_set_bool(v, "isPortable", false);
	json_set_text(v, "licenseType", type);
	json_set_bool(v, "exportRestricted", ent->restricted);
	json_object_set_new(v, "leaving", leaving);
	json_object_set_new(v, "licenseDetails", details);
	json_object_set_new(v, "licenseSubstitutions", substitutions_json(family, all, all_n, ent));
	*out = v;
	return 0;
}

/* One kind over all virtual accounts that were asked for. */
struct total {
	struct pool sum; /* balance is the sum of the balances */
	int64_t surplus, shortage, pending, places;
	int64_t places_elsewhere, quantity_elsewhere; /* of what satellites serve */
};

struct licenses {
	struct list_places places;
	struct entitlement_row *all; /* the catalogue */
	size_t all_n;
	struct total *totals; /* of all */
};

static struct licenses *licenses_of(struct list *l)
{
	return ((const struct list_places *)l->ctx)->ctx;
}

static void add_total(struct licenses *l, const struct virtual_account_row *va, const struct entitlement_row *ent,
		      const struct pool *p, int64_t pending)
{
	struct total *t = &l->totals[entitlement_in(l->all, l->all_n, ent->id) - l->all];

	t->sum.quantity += p->quantity;
	t->sum.reserved += p->reserved;
	t->sum.in_use += p->in_use;
	t->sum.borrowed += p->borrowed;
	t->sum.lent += p->lent;
	t->sum.balance += p->balance;
	t->pending += pending;
	t->places++;
	if (va->unseen) {
		t->places_elsewhere++;
		t->quantity_elsewhere += p->quantity;
		return;
	}
	t->surplus += p->balance > 0 ? p->balance : 0;
	t->shortage += pool_short(p) ? -p->balance : 0;
}

static json_t *totals_json(const struct licenses *l)
{
	json_t *list = json_array();

	for (size_t i = 0; i < l->all_n; i++) {
		const struct total *t = &l->totals[i];
		json_t *v;

		if (t->places == 0)
			continue;
		v = json_object();
		json_set_text(v, "license", l->all[i].display_name);
		json_set_text(v, "shortName", l->all[i].name);
		json_set_text(v, "entitlementTag", l->all[i].tag);
		json_set_int(v, "virtualAccounts", t->places);
		json_set_int(v, "quantity", t->sum.quantity);
		json_set_int(v, "inUse", t->sum.in_use);
		json_set_int(v, "available", t->sum.balance);
		json_set_int(v, "surplus", t->surplus);
		json_set_int(v, "shortage", t->shortage);
		json_set_int(v, "reserved", t->sum.reserved);
		json_set_int(v, "borrowed", t->sum.borrowed);
		json_set_int(v, "lent", t->sum.lent);
		json_set_int(v, "pendingQuantity", t->pending);
		json_set_int(v, "servedElsewhere", t->quantity_elsewhere);
		json_set_text(v, "status",
			      t->places == t->places_elsewhere ? API_SERVED_ELSEWHERE
			      : t->shortage                    ? "Out Of Compliance"
							       : "In Compliance");
		json_array_append_new(list, v);
	}
	return list;
}

/* A virtual account has few kinds: it is made whole, from the one behind number `id` on. */
static int add_licenses(struct list *l, const struct virtual_account_row *va, struct err *e)
{
	const struct licenses *x = licenses_of(l);
	struct tx *tx = &l->r->tx;
	struct entitlement_row *kinds;
	struct pools pools;
	size_t n;

	pools_init(&pools, tx, va->id);
	if (q_pool_kinds(tx->db, tx->arena, va->id, &kinds, &n, e))
		return -1;
	for (size_t i = (size_t)l->at.id; i < n; i++) {
		const struct list_at at = { .place = va->id, .id = (int64_t)i + 1 };
		const struct family *family;
		int64_t pending;
		json_t *one;

		if (list_full(l))
			return 1;
		if (!list_takes(l, &at))
			continue;
		if (pools_family(&pools, kinds[i].id, kinds[i].family, &family, e) ||
		    pool_pending(tx, va->id, kinds[i].id, &pending, e) ||
		    license_json(l->r, va, family, x->all, x->all_n, &kinds[i], pending, &one, e))
			return -1;
		list_add(l, one);
	}
	return 0;
}

static int count_licenses(struct list *l, const struct virtual_account_row *va, int64_t *out, struct err *e)
{
	struct entitlement_row *kinds;
	size_t n;

	if (q_pool_kinds(l->r->tx.db, l->r->tx.arena, va->id, &kinds, &n, e))
		return -1;
	*out = (int64_t)n;
	return 1;
}

static int sum_licenses(struct list *l, const struct virtual_account_row *va, struct err *e)
{
	struct tx *tx = &l->r->tx;
	struct entitlement_row *kinds;
	struct pools pools;
	size_t n;

	pools_init(&pools, tx, va->id);
	if (q_pool_kinds(tx->db, tx->arena, va->id, &kinds, &n, e))
		return -1;
	for (size_t i = 0; i < n; i++) {
		const struct family *family;
		int64_t pending;

		if (pools_family(&pools, kinds[i].id, kinds[i].family, &family, e) ||
		    pool_pending(tx, va->id, kinds[i].id, &pending, e))
			return -1;
		add_total(licenses_of(l), va, &kinds[i], family_pool(family, kinds[i].id), pending);
	}
	return 0;
}

/* The totals are of all that was asked for, not of the page; who pages on by cursor has seen them. */
static int add_totals(struct list *l, json_t *members, struct err *e)
{
	struct licenses *x = licenses_of(l);

	if (l->resumed)
		return 0;
	for (size_t i = 0; i < x->places.n; i++)
		if (sum_licenses(l, &x->places.vas[i], e))
			return -1;
	json_object_set_new(members, "totals", totals_json(x));
	return 0;
}

static struct reply *list_licenses(struct req *r)
{
	static const struct list_kind kind = {
		.name = "licenses",
		.file = "licenses",
		.columns =
			"license shortName entitlementTag virtualAccount quantity inUse available reserved borrowed lent "
			"pendingQuantity status licenseType billingType exportRestricted servedBy "
			"licenseSubstitutions[licenseName=substitutedQuantity] leaving[targetVirtualAccount=quantity]",
		.next = list_places_next,
		.count = list_places_count,
		.more = add_totals,
	};
	struct licenses *x = arena_alloc(r->tx.arena, sizeof(*x));
	struct account_row account;
	struct err e = ERR_INIT;

	x->places.next = add_licenses;
	x->places.count = count_licenses;
	x->places.ctx = x;
	if (api_account(r, &account, &e) || api_virtual_accounts(r, &account, &x->places.vas, &x->places.n, &e) ||
	    q_entitlement_list(r->tx.db, r->tx.arena, &x->all, &x->all_n, &e))
		return reply_error(r, &e);
	x->totals = arena_alloc(r->tx.arena, (x->all_n + 1) * sizeof(*x->totals));
	return list_reply(r, &kind, &x->places);
}

/* ---- subscriptions ---- */

/* Whole days that are left of a lot, 0 once it has ended. */
static int64_t days_left(const struct lot_row *lot, int64_t now)
{
	return lot->end_at > now ? (lot->end_at - now) / DAY_MS : 0;
}

#define SUBSCRIPTIONS 2000 /* rows read at a time: each reading sorts all of the virtual account */

static json_t *subscription_json(const struct lot_row *lot, const char *virtual_account, int64_t now)
{
	json_t *v = api_lot(lot, now);

	json_set_text(v, "license", lot->display_name);
	json_set_text(v, "entitlementTag", lot->tag);
	json_set_text(v, "virtualAccount", virtual_account);
	if (lot->end_at)
		json_set_int(v, "daysLeft", days_left(lot, now));
	else
		json_object_set_new(v, "daysLeft", json_null());
	return v;
}

/* The soonest to end first: number is when it ends, id that of the lot. */
static int add_subscriptions(struct list *l, const struct virtual_account_row *va, struct err *e)
{
	struct tx *tx = &l->r->tx;
	struct lot_row *lots;
	size_t n;

	if (q_share_subscriptions(tx->db, tx->arena, va->id, l->at.number, l->at.id, SUBSCRIPTIONS, &lots, &n, e))
		return -1;
	for (size_t i = 0; i < n; i++) {
		const struct list_at at = { .place = va->id,
					    .number = lots[i].end_at ? lots[i].end_at : INT64_MAX,
					    .id = lots[i].id };

		if (list_full(l))
			return 1;
		if (list_takes(l, &at))
			list_add(l, subscription_json(&lots[i], va->name, tx->now));
	}
	return n == SUBSCRIPTIONS;
}

static int count_subscriptions(struct list *l, const struct virtual_account_row *va, int64_t *out, struct err *e)
{
	return q_share_subscriptions_count(l->r->tx.db, va->id, out, e) ? -1 : 1;
}

static struct reply *list_subscriptions(struct req *r)
{
	static const struct list_kind kind = {
		.name = "licenseSubscriptions",
		.file = "license-subscriptions",
		.columns = "license entitlementTag virtualAccount licenseType quantity startDate endDate daysLeft "
			   "subscriptionId status",
		.next = list_places_next,
		.count = list_places_count,
	};

	return list_reply_places(r, &kind, add_subscriptions, count_subscriptions);
}

/* ---- transfers ---- */

struct transfer {
	struct account_row account;
	struct virtual_account_row from;
	bool force;
};

struct transfer_item {
	struct license_transfer lic;
	const char *target;
};

static int transfer_one(struct req *r, const json_t *item, json_t *result, void *ctx, struct err *e)
{
	static const struct json_spec spec[] = {
		{ "license", JSON_K_TEXT, 0, offsetof(struct transfer_item, lic.license), 1, 255 },
		{ "licenseType", JSON_K_TEXT, JSON_F_OPTIONAL | JSON_F_NULL,
		  offsetof(struct transfer_item, lic.license_type), 0, 32 },
		{ "precedence", JSON_K_TEXT, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct transfer_item, lic.precedence),
		  0, 32 },
		{ "pending", JSON_K_BOOL, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct transfer_item, lic.pending), 0,
		  0 },
		{ "quantity", JSON_K_NUMBER, 0, offsetof(struct transfer_item, lic.quantity), 1, LICENSE_QUANTITY_MAX },
		{ "targetVirtualAccount", JSON_K_TEXT, 0, offsetof(struct transfer_item, target), 1, 512 },
		{ 0 },
	};
	struct transfer *t = ctx;
	struct transfer_item in = { .lic.force = t->force };
	struct virtual_account_row to;
	struct move_row move;

	if (json_decode(item, spec, NULL, E_INVALID_REQUEST, &in, e))
		return -1;
	json_set_text(result, "license", in.lic.license);
	json_set_int(result, "quantity", in.lic.quantity);
	json_set_text(result, "targetVirtualAccount", in.target);
	if (in.lic.license_type && *in.lic.license_type == '\0')
		in.lic.license_type = NULL;
	if (in.lic.precedence && *in.lic.precedence == '\0')
		in.lic.precedence = NULL;
	if (api_target(r, &t->account, in.target, &to, e) ||
	    license_transfer(&r->tx, &t->account, &t->from, &to, &in.lic, &move, e))
		return -1;
	if (move.id == 0)
		return 0;
	json_set_text(result, "move", move.uuid);
	json_set_text(result, "statusMessage",
		      arena_printf(r->tx.arena,
				   "The satellite '%s' gives them up with its next synchronization; they arrive with the "
				   "one after that.",
				   t->from.satellite_name));
	return 0;
}

static struct reply *transfer_licenses(struct req *r)
{
	struct transfer t = { .force = json_is_true(json_object_get(r->json, "force")) };
	struct err e = ERR_INIT;

	if (api_virtual_account(r, &t.account, &t.from, &e))
		return reply_error(r, &e);
	return api_each(r, json_object_get(r->json, "licenses"), NULL, transfer_one, &t);
}

#define DOORS (DOOR_ADMIN | DOOR_CONTROL)

const struct route license_routes[] = {
	{ "POST", "/api/v1/accounts/{account}/licenses", DOORS, RIGHT_LICENSE_READ, IN_ACCOUNT, BODY_JSON, API_BODY_MAX,
	  list_licenses, NULL, NULL },
	{ "POST", "/api/v1/accounts/{account}/license-subscriptions", DOORS, RIGHT_LICENSE_READ, IN_ACCOUNT, BODY_JSON,
	  API_BODY_MAX, list_subscriptions, NULL, NULL },
	{ "POST", "/api/v1/accounts/{account}/virtual-accounts/{va}/licenses/transfer", DOORS, RIGHT_LICENSE_WRITE,
	  OF_PLACE, BODY_JSON, API_BODY_MAX, NULL, transfer_licenses, NULL },
	{ 0 },
};
