/* api_server.c - the server itself: status, clock. */
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "crypt/cert.h"
#include "edge/api.h"
#include "edge/routes.h"
#include "lic/alert.h"
#include "lic/identity.h"
#include "lic/person.h"
#include "lic/pool.h"
#include "lic/site.h"

/* ---- status ---- */

struct counts {
	int64_t accounts, instances, pools_short;
	int64_t pools_elsewhere;           /* that satellites serve: they alone know whether these are short */
	int64_t valid_until, last_sync_at; /* the earliest of all accounts; 0 = none */
};

static int count_account(struct req *r, const struct account_row *account, struct counts *c, struct err *e)
{
	struct virtual_account_row *vas;
	struct entitlement_row *kinds;
	const struct pool *pool;
	struct pools pools;
	size_t n, kinds_n;

	if (api_all_virtual_accounts(r, account, &vas, &n, e))
		return -1;
	for (size_t i = 0; i < n; i++) {
		int64_t instances = 0;

		if (q_instance_count(r->tx.db, vas[i].id, &instances, e) ||
		    q_pool_kinds(r->tx.db, r->tx.arena, vas[i].id, &kinds, &kinds_n, e))
			return -1;
		c->instances += instances;
		pools_init(&pools, &r->tx, vas[i].id);
		for (size_t k = 0; k < kinds_n; k++) {
			if (pools_get(&pools, kinds[k].id, kinds[k].family, &pool, e))
				return -1;
			c->pools_elsewhere += vas[i].unseen;
			c->pools_short += !vas[i].unseen && pool_short(pool);
		}
	}
	if (account->authority_valid_until && (c->valid_until == 0 || account->authority_valid_until < c->valid_until))
		c->valid_until = account->authority_valid_until;
	if (account->last_sync_at && (c->last_sync_at == 0 || account->last_sync_at < c->last_sync_at))
		c->last_sync_at = account->last_sync_at;
	return 0;
}

static json_t *authority_json(struct req *r, const struct counts *c)
{
	struct identity *i = site_identity(r->tx.site);
	json_t *v = json_object();
	char text[96];

	json_set_bool(v, "ready", i != NULL);
	json_set_time(v, "validUntil", c->valid_until);
	json_set_time(v, "lastSyncAt", c->last_sync_at);
	json_set_text(v, "rootFingerprint", i ? cert_fingerprint_text(i->root, text) : NULL);
	identity_put(i);
	return v;
}

static json_t *clock_json(struct req *r)
{
	json_t *v = json_object();
	int64_t believed, shown;
	bool frozen = wall_frozen(&r->tx.site->wall, &believed, &shown);

	json_set_bool(v, "frozen", frozen);
	json_set_time(v, "believed", frozen ? believed : 0);
	json_set_time(v, "shown", frozen ? shown : 0);
	return v;
}

/* How many alerts of each severity nobody has acknowledged, how many somebody has, and the one to see to first. */
static int alerts_json(struct req *r, json_t **out, struct err *e)
{
	const struct alert *first = NULL;
	int64_t major = 0, minor = 0, seen = 0;
	struct alert *all;
	size_t n;

	if (alert_list(&r->tx, 0, &all, &n, e))
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (!api_sees_alert(r, &all[i]))
			continue;
		if (first == NULL)
			first = &all[i];
		seen += all[i].acknowledged_at != 0;
		major += all[i].acknowledged_at == 0 && all[i].major;
		minor += all[i].acknowledged_at == 0 && !all[i].major;
	}
	*out = json_object();
	json_set_int(*out, "major", major);
	json_set_int(*out, "minor", minor);
	json_set_int(*out, "acknowledged", seen);
	json_object_set_new(*out, "mostUrgent", major + minor ? alert_json(first) : json_null());
	return 0;
}

static struct reply *accept_clock(struct req *r)
{
	json_t *v = json_object();
	int64_t believed, shown;
	struct err e = ERR_INIT;

	json_set_bool(v, "accepted", wall_frozen(&r->tx.site->wall, &believed, &shown));
	if (wall_accept(&r->tx, &r->tx.site->wall, &e)) {
		json_decref(v);
		return reply_error(r, &e);
	}
	return api_ok(r, v);
}

static struct reply *show_status(struct req *r)
{
	const struct site *s = r->tx.site;
	struct counts c = { 0 };
	struct account_row *rows;
	struct err e = ERR_INIT;
	json_t *v, *alerts;
	size_t n;

	if (q_account_list(r->tx.db, r->tx.arena, &rows, &n, &e))
		return reply_error(r, &e);
	for (size_t i = 0; i < n; i++) {
		if (!access_touches(&r->caller, r->route->right, rows[i].id))
			continue;
		c.accounts++;
		if (count_account(r, &rows[i], &c, &e))
			return reply_error(r, &e);
	}
	if (alerts_json(r, &alerts, &e))
		return reply_error(r, &e);
	v = json_object();
	json_set_text(v, "role", site_role_name(s));
	json_set_text(v, "name", s->name);
	json_set_text(v, "version", s->version);
	json_set_text(v, "uuid", s->uuid);
	json_set_time(v, "time", r->tx.now);
	json_set_time(v, "startedAt", s->started_at);
	json_set_text(v, "database", s->database);
	json_set_text(v, "productUrl", s->product_url);
	json_set_text(v, "administrationUrl", s->admin_url);
	json_set_int(v, "accounts", c.accounts);
	json_set_int(v, "productInstances", c.instances);
	json_set_int(v, "licensesOutOfCompliance", c.pools_short);
	json_set_int(v, "licensesServedElsewhere", c.pools_elsewhere);
	json_object_set_new(v, "alerts", alerts);
	json_object_set_new(v, "authority", authority_json(r, &c));
	json_object_set_new(v, "clock", clock_json(r));
	return api_ok(r, v);
}

/* A person who opens the address in a browser should learn where he is and what to do. */
static struct reply *show_front(struct req *r)
{
	const struct site *s = r->tx.site;

	return reply_text(r, 200, "text/plain; charset=utf-8",
			  arena_printf(r->tx.arena,
				       "This is the license %s “%s”, version %s.\n\n"
				       "Products connect to    %s/SmartTransport\n"
				       "Trust chain (PEM)      %s/api/v1/certificates/chain\n"
				       "Sign in for REST       POST %s/oauth/token (grant_type=password)\n"
				       "Administration         satellitectl on this machine: satellitectl status\n\n"
				       "The manual is in satellite-api(7), satellited(8) and satellitectl(1).\n",
				       site_role_name(s), s->name, s->version, s->product_url, s->admin_url, s->admin_url));
}

#define DOORS (DOOR_ADMIN | DOOR_CONTROL)

const struct route server_routes[] = {
	{ "GET", "/", DOOR_ADMIN, RIGHT_OPEN, OF_SERVER, BODY_NONE, 0, show_front, NULL, NULL },
	{ "GET", "/api/v1/status", DOORS, RIGHT_SERVER_READ, ANYWHERE, BODY_NONE, 0, show_status, NULL, NULL },
	{ "POST", "/api/v1/clock/accept", DOORS, RIGHT_SERVER_WRITE, OF_SERVER, BODY_JSON, API_BODY_MAX, NULL, accept_clock,
	  NULL },
	{ 0 },
};
