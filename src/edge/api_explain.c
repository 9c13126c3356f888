/* api_explain.c - why a license is in or out of compliance, and when it was out. */
#include "edge/api.h"
#include "edge/routes.h"
#include "lic/account.h"
#include "lic/explain.h"
#include "lic/license.h"
#include "lic/outage.h"

#define HISTORY_LIMIT 50
#define HISTORY_MAX 1000
#define NAMES_MAX 100 /* virtual accounts in one question */

struct question {
	const char *license;
	struct account_row account;
	struct entitlement_row kind;
	struct virtual_account_row *vas; /* those that the body names */
	size_t vas_n;
};

/* The body's `license` and `virtualAccounts`. */
static int read_question(struct req *r, struct question *q, struct err *e)
{
	static const struct json_spec spec[] = {
		{ "license", JSON_K_TEXT, 0, offsetof(struct question, license), 1, 255 },
		{ 0 },
	};
	const json_t *names = json_object_get(r->json, "virtualAccounts");

	*q = (struct question){ 0 };
	if (json_decode(r->json, spec, NULL, E_INVALID_REQUEST, q, e) || api_account(r, &q->account, e) ||
	    entitlement_find(&r->tx, q->license, &q->kind, e))
		return -1;
	if (names == NULL || json_is_null(names) || (json_is_array(names) && json_array_size(names) == 0))
		return 0;
	if (json_array_size(names) > NAMES_MAX)
		return err_field(e, E_INVALID_REQUEST, "virtualAccounts",
				 "%zu virtual accounts are named; name at most %d, or none for all.",
				 json_array_size(names), NAMES_MAX);
	return api_virtual_accounts(r, &q->account, &q->vas, &q->vas_n, e);
}

/* ---- explain ---- */

static json_t *lots_json(const struct explanation *x, int64_t now)
{
	json_t *list = json_array();

	for (size_t i = 0; i < x->lots_n; i++) {
		json_t *v = api_lot(&x->lots[i], now);

		json_set_int(v, "reserved", x->lots[i].reserved);
		json_array_append_new(list, v);
	}
	return list;
}

static json_t *users_json(const struct explanation *x)
{
	json_t *list = json_array();

	for (size_t i = 0; i < x->users_n; i++) {
		const struct user_row *u = &x->users[i];
		json_t *v = json_object();

		json_set_text(v, "productInstanceIdentifier", u->uuid);
		json_set_text(v, "hostName", u->hostname);
		json_set_text(v, "udiPid", u->udi.pid);
		json_set_text(v, "udiSerialNumber", u->udi.serial);
		json_set_int(v, "quantity", u->quantity);
		json_array_append_new(list, v);
	}
	return list;
}

static void numbers_json(json_t *v, const struct virtual_account_row *va, const struct pool *p)
{
	json_set_int(v, "quantity", p->quantity);
	json_set_int(v, "inUse", p->in_use);
	json_set_int(v, "reserved", p->reserved);
	json_set_int(v, "borrowed", p->borrowed);
	json_set_int(v, "lent", p->lent);
	json_set_int(v, "available", p->balance);
	json_set_text(v, "status",
		      va->unseen      ? API_SERVED_ELSEWHERE
		      : pool_short(p) ? "Out Of Compliance"
				      : "In Compliance");
}

static json_t *family_json(const struct explanation *x)
{
	json_t *list = json_array();

	for (size_t i = 0; i < x->family.n; i++) {
		json_t *v = json_object();

		json_set_text(v, "license", x->kinds[i]->display_name);
		json_set_text(v, "shortName", x->kinds[i]->name);
		json_set_text(v, "entitlementTag", x->kinds[i]->tag);
		numbers_json(v, &x->va, &x->family.pools[i]);
		json_array_append_new(list, v);
	}
	return list;
}

/* What is borrowed, or lent: the other license and how many. */
static json_t *loans_json(const struct explanation *x, bool lent)
{
	json_t *list = json_array();

	for (size_t i = 0; i < x->family.loans_n; i++) {
		const struct loan *l = &x->family.loans[i];
		size_t here = lent ? l->from : l->to, other = lent ? l->to : l->from;
		json_t *v;

		if (here != x->self)
			continue;
		v = json_object();
		json_set_text(v, "license", x->kinds[other]->display_name);
		json_set_int(v, "quantity", l->quantity);
		json_array_append_new(list, v);
	}
	return list;
}

static json_t *event_json(const struct told_event *event)
{
	json_t *v;

	if (event->id == 0)
		return json_null();
	v = json_object();
	json_set_int(v, "id", event->id);
	json_set_time(v, "at", event->at);
	json_set_text(v, "kind", event->kind);
	json_set_text(v, "text", event->text);
	json_set_text(v, "actor", event->actor);
	return v;
}

static json_t *outage_json(const struct outage *o)
{
	json_t *v;

	if (o == NULL)
		return json_null();
	v = json_object();
	json_set_time(v, "outAt", o->out_at);
	json_set_time(v, "inAt", o->in_at);
	json_set_int(v, "worstShortage", o->shortage);
	json_object_set_new(v, "outEvent", event_json(&o->by));
	json_object_set_new(v, "inEvent", event_json(&o->ended_by));
	return v;
}

static json_t *changes_json(const struct explanation *x)
{
	json_t *list = json_array();

	for (size_t i = 0; i < x->changes_n; i++) {
		const struct explain_change *c = &x->changes[i];
		json_t *v = json_object();

		json_set_time(v, "at", c->at);
		json_set_text(v, "change", c->ends ? "END" : "START");
		json_set_text(v, "license", c->kind->display_name);
		json_set_text(v, "licenseType", c->lot->license_type);
		json_set_int(v, "quantity", c->lot->quantity);
		json_set_text(v, "subscriptionId", c->lot->subscription_id);
		json_set_int(v, "available", c->balance);
		json_array_append_new(list, v);
	}
	return list;
}

static json_t *places_json(const struct explanation *x)
{
	json_t *list = json_array();

	for (size_t i = 0; i < x->places_n; i++) {
		json_t *v = json_object();

		json_set_text(v, "virtualAccount", x->places[i].virtual_account);
		json_set_text(v, "license", x->places[i].kind->display_name);
		json_set_int(v, "available", x->places[i].free);
		json_array_append_new(list, v);
	}
	return list;
}

static json_t *explanation_json(const struct explanation *x, int64_t now)
{
	const struct pool *p = &x->family.pools[x->self];
	json_t *v = json_object(), *sentences = json_array();

	for (size_t i = 0; i < x->sentences_n; i++)
		json_array_append_new(sentences, json_string(x->sentences[i]));
	json_set_text(v, "license", x->kind.display_name);
	json_set_text(v, "shortName", x->kind.name);
	json_set_text(v, "entitlementTag", x->kind.tag);
	json_set_text(v, "virtualAccount", x->va.name);
	json_set_text(v, "servedBy", x->va.satellite_name);
	numbers_json(v, &x->va, p);
	json_set_int(v, "pendingQuantity", x->pending);
	json_set_int(v, "missing", pool_short(p) ? -p->balance : 0);
	json_object_set_new(v, "lots", lots_json(x, now));
	json_object_set_new(v, "users", users_json(x));
	json_set_int(v, "inUseByOthers", x->others);
	json_object_set_new(v, "borrowedFrom", loans_json(x, false));
	json_object_set_new(v, "lentTo", loans_json(x, true));
	json_object_set_new(v, "family", family_json(x));
	json_object_set_new(v, "outage", outage_json(x->outage));
	json_object_set_new(v, "elsewhere", places_json(x));
	json_object_set_new(v, "changes", changes_json(x));
	json_object_set_new(v, "sentences", sentences);
	return v;
}

static struct reply *explain(struct req *r)
{
	struct err e = ERR_INIT;
	struct question q;
	json_t *list;
	int rc = 0;

	if (read_question(r, &q, &e))
		return reply_error(r, &e);
	if (q.vas_n == 0 && explain_where(&r->tx, &q.account, &q.kind, &q.vas, &q.vas_n, &e))
		return reply_error(r, &e);
	list = json_array();
	for (size_t i = 0; i < q.vas_n && rc == 0; i++) {
		struct explanation x;

		rc = explain_pool(&r->tx, &q.account, &q.vas[i], &q.kind, &x, &e);
		if (rc == 0)
			json_array_append_new(list, explanation_json(&x, r->tx.now));
	}
	return api_list(r, rc, &e, "explanations", list);
}

/* ---- history ---- */

static int history_limit(struct req *r, int64_t *out, struct err *e)
{
	static const struct json_spec spec[] = {
		{ "limit", JSON_K_NUMBER, JSON_F_OPTIONAL | JSON_F_NULL, 0, 1, HISTORY_MAX },
		{ 0 },
	};

	*out = HISTORY_LIMIT;
	return json_decode(r->json, spec, NULL, E_INVALID_REQUEST, out, e);
}

/* Who does not see the whole account asks for what he sees. */
static int name_places(struct req *r, struct question *q, struct err *e)
{
	if (q->vas_n || api_may(r, q->account.id, 0))
		return 0;
	return api_all_virtual_accounts(r, &q->account, &q->vas, &q->vas_n, e);
}

static struct reply *history(struct req *r)
{
	struct virtual_account_row va;
	struct err e = ERR_INIT;
	struct outage *rows;
	struct question q;
	json_t *list, *v;
	int64_t limit;
	size_t n;
	int rc = 0;

	if (read_question(r, &q, &e) || history_limit(r, &limit, &e) || name_places(r, &q, &e))
		return reply_error(r, &e);
	if (q.vas_n == 0 && !api_may(r, q.account.id, 0))
		return api_list(r, 0, &e, "outages", json_array());
	if (explain_history(&r->tx, &q.account, q.vas, q.vas_n, &q.kind, limit, &rows, &n, &e))
		return reply_error(r, &e);
	list = json_array();
	for (size_t i = 0; i < n && rc == 0; i++) {
		if (q_virtual_account_by_id(r->tx.db, r->tx.arena, rows[i].virtual_account, &va, &e) != 1) {
			rc = -1;
			continue;
		}
		v = outage_json(&rows[i]);
		json_set_text(v, "license", q.kind.display_name);
		json_set_text(v, "virtualAccount", va.name);
		json_array_append_new(list, v);
	}
	return api_list(r, rc, &e, "outages", list);
}

#define DOORS (DOOR_ADMIN | DOOR_CONTROL)

const struct route explain_routes[] = {
	{ "POST", "/api/v1/accounts/{account}/licenses/explain", DOORS, RIGHT_LICENSE_READ, IN_ACCOUNT, BODY_JSON,
	  API_BODY_MAX, explain, NULL, NULL },
	{ "POST", "/api/v1/accounts/{account}/licenses/history", DOORS, RIGHT_LICENSE_READ, IN_ACCOUNT, BODY_JSON,
	  API_BODY_MAX, history, NULL, NULL },
	{ 0 },
};
