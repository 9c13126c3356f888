/* api_account.c - accounts. */
#include <string.h>

#include "edge/api.h"
#include "edge/routes.h"
#include "lic/account.h"
#include "lic/site.h"
#include "sync/running.h"

static int account_json(struct req *r, const struct account_row *row, json_t **out, struct err *e)
{
	bool satellite = r->tx.site->role == SITE_SATELLITE;
	struct virtual_account_row *vas;
	json_t *v, *names;
	size_t n;

	if (api_all_virtual_accounts(r, row, &vas, &n, e))
		return -1;
	v = json_object();
	json_set_text(v, "name", row->name);
	json_set_text(v, "domain", row->domain);
	json_set_text(v, "account_id", row->uuid);
	json_set_text(v, "cslu_tenant_url",
		      arena_printf(r->tx.arena, "%s/cslu/v1/pi/%s-1", r->tx.site->product_url,
				   api_percent(r->tx.arena, row->name)));
	json_set_text(v, "cssm_smart_account_id", "");
	json_set_text(v, "cssm_smart_account_name", satellite ? row->smart_account : row->name);
	json_set_text(v, "cssm_virtual_account_name", row->virtual_account);
	json_set_text(v, "accountStatus", row->status);
	json_set_bool(v, "exportControlPermitted", row->export_permitted);
	json_set_bool(v, "reservationPermitted", row->reservation_permitted);
	json_set_time(v, "lastSyncDate", row->last_sync_at);
	json_set_time(v, "authorityValidUntil", row->authority_valid_until);
	names = json_array();
	/* A courier needs none. */
	for (size_t i = 0; i < n; i++)
		if (api_may_also(r, RIGHT_PLACE_READ, row->id, vas[i].id))
			json_array_append_new(names, json_string(vas[i].name));
	json_object_set_new(v, "virtual_accounts", names);
	*out = v;
	return 0;
}

static struct reply *list_accounts(struct req *r)
{
	return api_accounts(r, account_json);
}

static struct reply *add_account(struct req *r)
{
	static const struct json_spec spec[] = {
		{ "name", JSON_K_TEXT, 0, offsetof(struct account_new, name), 1, 512 },
		{ "domain", JSON_K_TEXT, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct account_new, domain), 0, 255 },
		{ "smartAccount", JSON_K_TEXT, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct account_new, smart_account),
		  1, 512 },
		{ "virtualAccount", JSON_K_TEXT, JSON_F_OPTIONAL | JSON_F_NULL,
		  offsetof(struct account_new, virtual_account), 1, 512 },
		{ "exportControlled", JSON_K_BOOL, JSON_F_OPTIONAL, offsetof(struct account_new, export_permitted), 0, 0 },
		{ "reservation", JSON_K_BOOL, JSON_F_OPTIONAL, offsetof(struct account_new, reservation_permitted), 0, 0 },
		{ 0 },
	};
	struct account_new in = { 0 };
	struct account_row row;
	struct err e = ERR_INIT;
	json_t *v, *one;

	if (json_decode(r->json, spec, NULL, E_INVALID_REQUEST, &in, &e) || account_add(&r->tx, &in, &row, &e) ||
	    account_json(r, &row, &one, &e))
		return reply_error(r, &e);
	v = json_object();
	json_object_set_new(v, "account", one);
	return api_ok(r, v);
}

static struct reply *set_active(struct req *r, bool active)
{
	struct err e = ERR_INIT;

	if (account_set_active(&r->tx, r->param[0], active, &e))
		return reply_error(r, &e);
	return api_ok(r, json_object());
}

static struct reply *activate(struct req *r)
{
	return set_active(r, true);
}

static struct reply *deactivate(struct req *r)
{
	return set_active(r, false);
}

/* ---- one account with everything ---- */

static int count_visible(struct req *r, const struct account_row *account, int64_t *instances, int64_t *reservations,
			 struct err *e)
{
	struct virtual_account_row *vas;
	size_t n;

	*instances = *reservations = 0;
	if (api_all_virtual_accounts(r, account, &vas, &n, e))
		return -1;
	for (size_t i = 0; i < n; i++) {
		int64_t count;

		if (q_instance_count(r->tx.db, vas[i].id, &count, e))
			return -1;
		*instances += count;
		if (q_reservation_count(r->tx.db, vas[i].id, &count, e))
			return -1;
		*reservations += count;
	}
	return 0;
}

/* What only those are told who see all of it. */
static int whole_json(struct req *r, const struct account_row *account, json_t *v, struct err *e)
{
	const char *next, *kept;
	struct account_state s;

	if (q_account_state(r->tx.db, r->tx.arena, account->id, r->tx.now, &s, e) ||
	    account_next_step(&r->tx, account, &next, e) || account_kept_by(&r->tx, account, &kept, e))
		return -1;
	json_set_int(v, "lots", s.lots);
	json_set_int(v, "tokens", s.tokens);
	json_set_int(v, "satellites", s.satellites);
	json_set_text(v, "nextStep", next);
	json_set_text(v, "keptBy", kept);
	return 0;
}

static struct reply *show_account(struct req *r)
{
	struct account_row row;
	struct err e = ERR_INIT;
	int64_t instances, reservations;
	json_t *v, *one;

	if (api_account(r, &row, &e) || count_visible(r, &row, &instances, &reservations, &e) ||
	    account_json(r, &row, &one, &e))
		return reply_error(r, &e);
	json_set_time(one, "createdDate", row.created_at);
	json_set_bool(one, "deactivatedHere", row.deactivated & ACCOUNT_OFF_HERE);
	json_set_bool(one, "deactivatedByManager", row.deactivated & ACCOUNT_OFF_UPSTREAM);
	json_set_int(one, "productInstances", instances);
	json_set_int(one, "reservations", reservations);
	if (api_may(r, row.id, 0) && whole_json(r, &row, one, &e)) {
		json_decref(one);
		return reply_error(r, &e);
	}
	v = json_object();
	json_object_set_new(v, "account", one);
	return api_ok(r, v);
}

/* ---- its end ---- */

struct deletion {
	const char *confirm;
	struct account_row account;
	struct running *running; /* nothing is synchronized meanwhile */
	bool more;
};

static void drop_deletion(void *state)
{
	struct deletion *d = state;

	sync_running_end(d->running);
}

static struct reply *delete_read(struct req *r)
{
	static const struct json_spec spec[] = {
		{ "confirm", JSON_K_TEXT, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct deletion, confirm), 1, 512 },
		{ 0 },
	};
	struct deletion *d = arena_alloc(r->tx.arena, sizeof(*d));
	struct err e = ERR_INIT;

	*d = (struct deletion){ .more = true };
	if (json_decode(r->json, spec, NULL, E_INVALID_REQUEST, d, &e) ||
	    account_check_delete(&r->tx, r->param[0], d->confirm, &d->account, &e) ||
	    sync_running_begin(d->account.uuid, d->account.name, RUNNING_DELETE, r->tx.now, r->actor.name, &d->running, &e))
		return reply_error(r, &e);
	r->state = d;
	r->drop = drop_deletion;
	return NULL;
}

/* The one that was asked for, not another of its name that came after it. */
static int check_deletion(struct tx *tx, const struct deletion *d, struct account_row *out, struct err *e)
{
	if (account_check_delete(tx, d->account.name, d->confirm, out, e))
		return -1;
	return out->id == d->account.id
		     ? 0
		     : err_set(e, E_CONFLICT,
			       "The account '%s' was deleted by somebody else meanwhile, and there is another of this name.",
			       d->account.name);
}

static int forget_some(struct tx *tx, void *arg, struct err *e)
{
	struct deletion *d = arg;
	struct account_row account;

	return check_deletion(tx, d, &account, e) ? -1 : account_forget(tx, &account, &d->more, e);
}

/* Products that were there for years are many; others do not wait until all are forgotten. */
static struct reply *delete_slow(struct req *r)
{
	struct deletion *d = r->state;
	struct err e = ERR_INIT;

	while (d->more)
		if (work_check(r->work, &e) || r->work->write(r->work, forget_some, d, &e))
			return reply_error(r, &e);
	return NULL;
}

static struct reply *delete_write(struct req *r)
{
	struct deletion *d = r->state;
	struct account_row account;
	struct err e = ERR_INIT;
	const char *next;
	json_t *v;

	if (check_deletion(&r->tx, d, &account, &e) || account_delete(&r->tx, d->account.name, d->confirm, &next, &e))
		return reply_error(r, &e);
	v = json_object();
	json_set_text(v, "nextStep", next);
	return api_ok(r, v);
}

#define DOORS (DOOR_ADMIN | DOOR_CONTROL)

const struct route account_routes[] = {
	{ "POST", "/api/v1/upstream_satellites/accounts", DOORS, RIGHT_ACCOUNT_READ, ANYWHERE, BODY_JSON, API_BODY_MAX,
	  list_accounts, NULL, NULL },
	{ "POST", "/api/v1/accounts", DOORS, RIGHT_ACCOUNT_WRITE, OF_SERVER, BODY_JSON, API_BODY_MAX, NULL, add_account,
	  NULL },
	{ "POST", "/api/v1/accounts/{account}/activate", DOORS, RIGHT_ACCOUNT_WRITE, OF_SERVER, BODY_JSON, API_BODY_MAX,
	  NULL, activate, NULL },
	{ "POST", "/api/v1/accounts/{account}/deactivate", DOORS, RIGHT_ACCOUNT_WRITE, OF_SERVER, BODY_JSON, API_BODY_MAX,
	  NULL, deactivate, NULL },
	{ "POST", "/api/v1/accounts/{account}/delete", DOORS, RIGHT_ACCOUNT_WRITE, OF_SERVER, BODY_JSON, API_BODY_MAX,
	  delete_read, delete_write, NULL, delete_slow },
	{ "GET", "/api/v1/accounts/{account}", DOORS, RIGHT_ACCOUNT_READ, IN_ACCOUNT, BODY_NONE, 0, show_account, NULL,
	  NULL },
	{ 0 },
};
