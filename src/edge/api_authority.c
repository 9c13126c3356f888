/* api_authority.c - the cloud manager's own: orders, permissions. */
#include <string.h>

#include "edge/api.h"
#include "edge/routes.h"
#include "lic/account.h"
#include "lic/license.h"
#include "lic/lot.h"

struct order_body {
	const char *account, *virtual_account, *start, *end;
	struct order_new order;
};

static json_t *order_json(const struct lot_row *lot, const struct account_row *account, const char *virtual_account,
			  const struct entitlement_row *ent)
{
	json_t *v = json_object();

	json_set_text(v, "id", lot->uuid);
	json_set_text(v, "account", account->name);
	json_set_text(v, "virtualAccount", virtual_account);
	json_set_text(v, "license", ent->display_name);
	json_set_text(v, "shortName", ent->name);
	json_set_text(v, "entitlementTag", ent->tag);
	json_set_int(v, "quantity", lot->quantity);
	json_set_text(v, "licenseType", lot->license_type);
	json_set_time(v, "startDate", lot->start_at);
	json_set_time(v, "endDate", lot->end_at);
	json_set_text(v, "subscriptionId", lot->subscription_id);
	json_set_time(v, "createdDate", lot->created_at);
	return v;
}

static struct reply *add_order(struct req *r)
{
	static const struct json_spec spec[] = {
		{ "account", JSON_K_TEXT, 0, offsetof(struct order_body, account), 1, 512 },
		{ "virtualAccount", JSON_K_TEXT, 0, offsetof(struct order_body, virtual_account), 1, 512 },
		{ "license", JSON_K_TEXT, 0, offsetof(struct order_body, order.license), 1, 255 },
		{ "quantity", JSON_K_NUMBER, 0, offsetof(struct order_body, order.quantity), 1, LICENSE_QUANTITY_MAX },
		{ "licenseType", JSON_K_TEXT, JSON_F_OPTIONAL | JSON_F_NULL,
		  offsetof(struct order_body, order.license_type), 1, 32 },
		{ "startDate", JSON_K_TEXT, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct order_body, start), 0, 40 },
		{ "endDate", JSON_K_TEXT, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct order_body, end), 0, 40 },
		{ "subscriptionId", JSON_K_TEXT, JSON_F_OPTIONAL | JSON_F_NULL,
		  offsetof(struct order_body, order.subscription_id), 0, 128 },
		{ 0 },
	};
	struct order_body in = { .order.license_type = "PERPETUAL" };
	struct virtual_account_row va;
	struct entitlement_row ent;
	struct account_row account;
	struct lot_row lot;
	struct err e = ERR_INIT;
	json_t *v;

	if (json_decode(r->json, spec, NULL, E_INVALID_REQUEST, &in, &e) ||
	    api_time(in.start, "startDate", &in.order.start_at, &e) || api_time(in.end, "endDate", &in.order.end_at, &e) ||
	    account_find(&r->tx, in.account, &account, &e) ||
	    virtual_account_find(&r->tx, &account, in.virtual_account, &va, &e) ||
	    entitlement_find(&r->tx, in.order.license, &ent, &e) || order_add(&r->tx, &account, &va, &in.order, &lot, &e))
		return reply_error(r, &e);
	v = json_object();
	json_object_set_new(v, "order", order_json(&lot, &account, va.name, &ent));
	return api_ok(r, v);
}

static int add_orders(struct req *r, const struct account_row *account, json_t *list, struct err *e)
{
	struct entitlement_row *all;
	struct lot_row *lots;
	size_t all_n, n;

	if (q_entitlement_list(r->tx.db, r->tx.arena, &all, &all_n, e) ||
	    q_lot_list(r->tx.db, r->tx.arena, account->id, &lots, &n, e))
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct virtual_account_row va = { .name = NULL };

		/* A lot that was split over virtual accounts has no single one. */
		if (lot_place(&r->tx, &lots[i], &va, e) < 0)
			return -1;
		for (size_t k = 0; k < all_n; k++)
			if (all[k].id == lots[i].entitlement_id)
				json_array_append_new(list, order_json(&lots[i], account, va.name, &all[k]));
	}
	return 0;
}

static struct reply *list_orders(struct req *r)
{
	const char *only = req_query(r, "account");
	json_t *list = json_array();
	struct account_row *rows, one;
	struct err e = ERR_INIT;
	size_t n = 0;
	int rc;

	if (only) {
		rc = api_account_named(r, only, &one, &e);
		rows = &one;
		n = 1;
	} else {
		rc = q_account_list(r->tx.db, r->tx.arena, &rows, &n, &e);
	}
	for (size_t i = 0; i < n && rc == 0; i++)
		if (api_may(r, rows[i].id, 0))
			rc = add_orders(r, &rows[i], list, &e);
	return api_list(r, rc, &e, "orders", list);
}

struct change_body {
	struct order_change order;
	const char *end;
};

static struct reply *change_order(struct req *r)
{
	static const struct json_spec spec[] = {
		{ "quantity", JSON_K_NUMBER, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct change_body, order.quantity), 0,
		  LICENSE_QUANTITY_MAX },
		{ "endDate", JSON_K_TEXT, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct change_body, end), 1, 40 },
		{ 0 },
	};
	struct change_body in = { .order.quantity = ORDER_UNCHANGED };
	struct virtual_account_row va = { .name = NULL };
	struct account_row account;
	struct entitlement_row ent;
	struct lot_row lot;
	struct err e = ERR_INIT;
	json_t *v;

	if (json_decode(r->json, spec, NULL, E_INVALID_REQUEST, &in, &e) ||
	    api_time(in.end, "endDate", &in.order.end_at, &e) || order_change(&r->tx, r->param[0], &in.order, &lot, &e) ||
	    q_account_by_id(r->tx.db, r->tx.arena, lot.account_id, &account, &e) != 1 ||
	    q_entitlement_by_tag(r->tx.db, r->tx.arena, lot.tag, &ent, &e) != 1 || lot_place(&r->tx, &lot, &va, &e) < 0)
		return reply_error(r, &e);
	v = json_object();
	json_object_set_new(v, "order", order_json(&lot, &account, va.name, &ent));
	json_set_text(v, "addedTo", lot.added_to);
	return api_ok(r, v);
}

struct permit_body {
	bool permitted;
};

static struct reply *permit(struct req *r, int (*rule)(struct tx *, const char *, bool, struct err *))
{
	static const struct json_spec spec[] = {
		{ "permitted", JSON_K_BOOL, 0, offsetof(struct permit_body, permitted), 0, 0 },
		{ 0 },
	};
	struct permit_body in = { 0 };
	struct err e = ERR_INIT;

	if (json_decode(r->json, spec, NULL, E_INVALID_REQUEST, &in, &e) || rule(&r->tx, r->param[0], in.permitted, &e))
		return reply_error(r, &e);
	return api_ok(r, json_object());
}

static struct reply *permit_export(struct req *r)
{
	return permit(r, account_permit_export);
}

static struct reply *permit_reservation(struct req *r)
{
	return permit(r, account_permit_reservation);
}

#define DOORS (DOOR_ADMIN | DOOR_CONTROL)

const struct route authority_routes[] = {
	{ "POST", "/api/v1/orders", DOORS, RIGHT_ORDER_WRITE, OF_SERVER, BODY_JSON, API_BODY_MAX, NULL, add_order, NULL },
	{ "GET", "/api/v1/orders", DOORS, RIGHT_ORDER_READ, ANYWHERE, BODY_NONE, 0, list_orders, NULL, NULL },
	{ "POST", "/api/v1/orders/{id}/change", DOORS, RIGHT_ORDER_WRITE, OF_SERVER, BODY_JSON, API_BODY_MAX, NULL,
	  change_order, NULL },
	{ "POST", "/api/v1/accounts/{account}/export-control", DOORS, RIGHT_ACCOUNT_WRITE, OF_SERVER, BODY_JSON,
	  API_BODY_MAX, NULL, permit_export, NULL },
	{ "POST", "/api/v1/accounts/{account}/reservation", DOORS, RIGHT_ACCOUNT_WRITE, OF_SERVER, BODY_JSON, API_BODY_MAX,
	  NULL, permit_reservation, NULL },
	{ 0 },
};
