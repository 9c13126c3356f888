/* scenario_life.c - what happens to product instances and licenses in the long run: moved by administrators, lots that
 * become smaller, alerts of what happened. */
#include <string.h>

#include "base/str.h"
#include "crypt/key.h"
#include "lic/account.h"
#include "lic/alert.h"
#include "lic/identity.h"
#include "lic/instance.h"
#include "lic/license.h"
#include "lic/lot.h"
#include "tests/lib/scenario.h"

static int result_of(struct result *out, int rc, const struct err *e)
{
	return rc ? result_refused(out, e) : result_code(out, "OK");
}

/* ---- product instances ---- */

struct move {
	const char *piid, *account, *to;
	bool force;
};

static int move_job(struct tx *tx, void *arg, struct err *e)
{
	const struct move *m = arg;
	struct virtual_account_row to;
	struct account_row account;
	struct instance_row row;

	if (instance_find(tx, m->piid, &row, e) || account_find(tx, m->account, &account, e) ||
	    virtual_account_find(tx, &account, m->to, &to, e))
		return -1;
	return instance_transfer(tx, &row, &to, m->force, e);
}

/* `transfer-instance ucm1 to=Branch [account=…] [force]` */
static int run_transfer_instance(struct world *w, struct words *in, struct result *out)
{
	const char *account = words_value(in, "account"), *name, *before;
	struct move m = { .account = account ? account : ACCOUNT,
			  .to = words_value(in, "to"),
			  .force = words_flag(in, "force") };
	struct server *s;
	struct err e = ERR_INIT;

	name = words_next(in);
	s = product_registration(w, name ? name : "", &m.piid, &before);
	if (s == NULL || m.to == NULL)
		return world_fail(w, "transfer-instance PRODUCT to=…");
	return result_of(out, server_write(s, &story_administrator, &w->arena, move_job, &m, &e), &e);
}

/* ---- licenses ---- */

struct lot_change {
	const char *account, *license, *type;
	struct order_change in;
};

static int change_job(struct tx *tx, void *arg, struct err *e)
{
	struct lot_change *c = arg;
	struct account_row account;
	struct entitlement_row ent;
	struct lot_row *lots, lot;
	size_t n;

	if (account_find(tx, c->account, &account, e) || entitlement_find(tx, c->license, &ent, e) ||
	    q_lot_list(tx->db, tx->arena, account.id, &lots, &n, e))
		return -1;
	for (size_t i = 0; i < n; i++)
		if (lots[i].entitlement_id == ent.id && strcmp(lots[i].license_type, c->type) == 0)
			return order_change(tx, lots[i].uuid, &c->in, &lot, e);
	return order_change(tx, "none", &c->in, &lot, e);
}

/* `order-change Enhanced=3 [type=TERM] [end=30d] [at=…] [unsynced]`: the quantity of the first lot of that kind becomes
 * 3; `Enhanced` alone leaves it. The satellite gets it by a synchronization at once. */
static int run_order_change(struct world *w, struct words *in, struct result *out)
{
	const char *type = words_value(in, "type"), *end = words_value(in, "end");
	struct lot_change c = { .account = ACCOUNT, .type = type ? type : "PERPETUAL", .in.quantity = ORDER_UNCHANGED };
	bool unsynced = words_flag(in, "unsynced");
	struct server *s = world_server(w, in, MANAGER);
	char *word = words_next(in);
	struct err e = ERR_INIT;
	int64_t ms;
	int rc;

	if (s == NULL || word == NULL || (end && !line_span(end, &ms)))
		return world_fail(w, "order-change LICENSE=COUNT end=…");
	if (end)
		c.in.end_at = clock_now() + ms;
	if (strchr(word, '=') && !line_count(word, &c.in.quantity))
		return world_fail(w, "'%s' is not LICENSE=COUNT", word);
	c.license = word;
	rc = server_write(s, &story_administrator, &w->arena, change_job, &c, &e);
	if (rc == 0 && !unsynced)
		rc = sync_now(w, w->servers->next, &e);
	return result_of(out, rc, &e);
}

/* ---- alerts of what happened ---- */

static bool find_kind(const char *name, enum alert_kind *out)
{
	for (int i = 0; i < ALERT__MAX; i++) {
		if (strcmp(alert_name((enum alert_kind)i), name) == 0) {
			*out = (enum alert_kind)i;
			return true;
		}
	}
	return false;
}

/* The subject of alerts about licenses: of the virtual account's, by kind. */
static const char *license_subject(struct world *w, struct tx *tx, const char *va_name, const char *license)
{
	struct virtual_account_row va;
	struct entitlement_row ent;
	struct account_row account;
	struct err e = ERR_INIT;

	if (account_find(tx, ACCOUNT, &account, &e) || virtual_account_find(tx, &account, va_name, &va, &e) ||
	    entitlement_find(tx, license, &ent, &e)) {
		world_fail(w, "%s", e.text);
		return NULL;
	}
	return arena_printf(tx->arena, "%s/%lld", va.uuid, (long long)ent.id);
}

/* `raised "Duplicate Product Instance" of=ucm1 [no] [contains=TEXT]`; of licenses `license=Enhanced va=Branch`. */
static int run_raised(struct world *w, struct words *in, struct result *out)
{
	const char *of = words_value(in, "of"), *license = words_value(in, "license"), *va = words_value(in, "va");
	const char *contains = words_value(in, "contains"), *subject = NULL, *before;
	struct server *s = world_server(w, in, SATELLITE);
	bool none = words_flag(in, "no");
	const char *name = words_next(in);
	struct alert_fact_row row;
	char id[ALERT_ID_SIZE];
	enum alert_kind kind;
	struct err e = ERR_INIT;
	struct tx tx;
	int rc;

	if (s == NULL || name == NULL || !find_kind(name, &kind))
		return world_fail(w, "there is no alert '%s'", name ? name : "");
	if (of)
		s = product_registration(w, of, &subject, &before);
	if (s == NULL)
		return -1;
	tx = server_reader(s, &w->arena);
	if (license)
		subject = license_subject(w, &tx, va ? va : DEFAULT_VIRTUAL_ACCOUNT, license);
	if (subject == NULL)
		return w->why[0] ? -1 : world_fail(w, "raised about what?");
	rc = q_alert_fact_by_id(tx.db, tx.arena, alert_id(kind, subject, id), &row, &e);
	if (rc < 0)
		return world_fail(w, "cannot be read: %s", e.text);
	if ((rc == 0) != none)
		return world_fail(w, rc ? "it is raised: %s" : "it is not raised", rc ? row.message : "");
	if (contains && strstr(row.message, contains) == NULL)
		return world_fail(w, "its message does not contain '%s': %s", contains, row.message);
	return result_code(out, "OK");
}

/* ---- a satellite that has lost its key ---- */

static int new_key_job(struct tx *tx, void *arg, struct err *e)
{
	struct key *key;
	int rc;

	(void)arg;
	if (key_generate(tx->site->authority_key, &key, e))
		return -1;
	rc = authority_store(tx, AUTHORITY_SUB_CA, NULL, key, e);
	key_free(key);
	return rc;
}

/* `new-key satellite`: it keeps its UUID, but the key that asks for authority is another one. */
static int run_new_key(struct world *w, struct words *in, struct result *out)
{
	const char *name = words_next(in);
	struct server *s = world_find_server(w, name ? name : "");
	struct err e = ERR_INIT;

	if (s == NULL)
		return -1;
	return result_of(out, server_write(s, &story_administrator, &w->arena, new_key_job, NULL, &e), &e);
}

const struct verb life_verbs[] = {
	{ "transfer-instance", run_transfer_instance, false },
	{ "order-change", run_order_change, false },
	{ "raised", run_raised, true },
	{ "new-key", run_new_key, false },
	{ NULL, NULL, false },
};
