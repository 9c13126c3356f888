/* scenario_check.c - what a story looks at: product instances, licenses, tokens, certificates, events. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "lic/account.h"
#include "db/q_event.h"
#include "lic/event.h"
#include "lic/explain.h"
#include "lic/instance.h"
#include "lic/license.h"
#include "lic/pool.h"
#include "lic/token.h"
#include "tests/lib/scenario.h"

static int differs(struct world *w, const char *what, const char *is, const char *want)
{
	if (want == NULL || strcmp(is, want) == 0)
		return 0;
	return world_fail(w, "%s is '%s', not '%s'", what, is, want);
}

static int number_differs(struct world *w, const char *what, int64_t is, const char *want)
{
	int64_t n;

	if (want == NULL)
		return 0;
	if (str_int(want, INT64_MIN, INT64_MAX, &n))
		return world_fail(w, "%s=%s is no number", what, want);
	return is == n ? 0 : world_fail(w, "%s is %" PRId64 ", not %s", what, is, want);
}

static int broken(struct world *w, const struct err *e)
{
	return world_fail(w, "cannot be read: %s: %s", err_name(e->code), e->text);
}

/* `expect ucm1 status=Authorized va=Branch export=yes identifier=same|new hostname=… expires-in=365d` */
static int run_expect(struct world *w, struct words *in, struct result *out)
{
	const char *status = words_value(in, "status"), *va_name = words_value(in, "va"),
		   *export = words_value(in, "export");
	const char *identifier = words_value(in, "identifier"), *hostname = words_value(in, "hostname");
	const char *name = words_next(in), *piid, *before, *is;
	struct server *s = product_registration(w, name ? name : "", &piid, &before);
	struct tx tx;
	struct virtual_account_row va;
	struct instance_row row;
	struct err e = ERR_INIT;

	if (s == NULL)
		return -1;
	tx = server_reader(s, &w->arena);
	if (q_instance_by_uuid(tx.db, tx.arena, piid, &row, &e) != 1)
		return differs(w, "status", "Unknown", status ? status : "known") ? -1 : result_code(out, "OK");
	if (instance_status(&tx, &row, &is, &e) ||
	    q_virtual_account_by_id(tx.db, tx.arena, row.virtual_account_id, &va, &e) != 1)
		return broken(w, &e);
	if (differs(w, "status", is, status) || differs(w, "virtual account", va.name, va_name) ||
	    differs(w, "export", row.export_allowed ? "yes" : "no", export) ||
	    differs(w, "identifier", *before && strcmp(piid, before) ? "new" : "same", identifier) ||
	    differs(w, "host name", row.hostname ? row.hostname : "", hostname))
		return -1;
	return result_code(out, "OK");
}

/* `instances Default=3`: registered ones in a virtual account. */
static int run_instances(struct world *w, struct words *in, struct result *out)
{
	struct server *s = world_server(w, in, SATELLITE);
	const char *account = words_value(in, "account");
	struct virtual_account_row va;
	struct account_row row;
	struct err e = ERR_INIT;
	int64_t want, is = 0;
	char *word = words_next(in);
	struct tx tx;

	if (s == NULL || word == NULL || !line_count(word, &want))
		return world_fail(w, "instances VIRTUAL-ACCOUNT=COUNT");
	tx = server_reader(s, &w->arena);
	if (account_find(&tx, account ? account : ACCOUNT, &row, &e) || virtual_account_find(&tx, &row, word, &va, &e) ||
	    q_instance_count(tx.db, va.id, &is, &e))
		return broken(w, &e);
	if (is != want)
		return world_fail(w, "%s has %" PRId64 " product instances, not %" PRId64, word, is, want);
	return result_code(out, "OK");
}

static int find_pool(struct tx *tx, const char *account, const char *va_name, const char *license, struct pool *out,
		     int64_t *pending, struct err *e)
{
	struct virtual_account_row va;
	struct entitlement_row ent;
	struct account_row row;
	struct family family;

	if (account_find(tx, account ? account : ACCOUNT, &row, e) ||
	    virtual_account_find(tx, &row, va_name ? va_name : DEFAULT_VIRTUAL_ACCOUNT, &va, e) ||
	    entitlement_find(tx, license, &ent, e) || family_read(tx, va.id, ent.id, ent.family, &family, e) ||
	    pool_pending(tx, va.id, ent.id, pending, e))
		return -1;
	*out = *family_pool(&family, ent.id);
	return 0;
}

/* What has licenses that count, are used or are reserved is in the list of its virtual account, and that has a place in
 * explanations. */
static int unlisted(struct world *w, struct tx *tx, const char *account, const char *va_name, const char *license,
		    const struct pool *p)
{
	struct virtual_account_row va;
	struct entitlement_row *kinds;
	struct account_row row;
	struct err e = ERR_INIT;
	int64_t *places;
	size_t kinds_n, places_n, i, k;

	if (p->quantity == 0 && p->in_use == 0 && p->reserved == 0)
		return 0;
	if (account_find(tx, account ? account : ACCOUNT, &row, &e) ||
	    virtual_account_find(tx, &row, va_name ? va_name : DEFAULT_VIRTUAL_ACCOUNT, &va, &e) ||
	    q_pool_kinds(tx->db, tx->arena, va.id, &kinds, &kinds_n, &e) ||
	    q_pool_places(tx->db, tx->arena, row.id, p->entitlement, &places, &places_n, &e))
		return broken(w, &e);
	for (i = 0; i < kinds_n && kinds[i].id != p->entitlement; i++)
		;
	for (k = 0; k < places_n && places[k] != va.id; k++)
		;
	return i == kinds_n || k == places_n ? world_fail(w, "%s is missing in the lists", license) : 0;
}

/* `license Enhanced [va=Branch] [at=manager] quantity=5 in-use=7 available=0 borrowed=2 lent=0 reserved=0 pending=0
 * status="In Compliance"` */
static int run_license(struct world *w, struct words *in, struct result *out)
{
	struct server *s = world_server(w, in, SATELLITE);
	const char *account = words_value(in, "account"), *va = words_value(in, "va"), *status = words_value(in, "status");
	const char *quantity = words_value(in, "quantity"), *in_use = words_value(in, "in-use");
	const char *available = words_value(in, "available"), *pending = words_value(in, "pending"), *license;
	const char *borrowed = words_value(in, "borrowed"), *lent = words_value(in, "lent");
	const char *reserved = words_value(in, "reserved");
	struct err e = ERR_INIT;
	struct pool pool;
	int64_t later = 0;
	struct tx tx;

	license = words_next(in);
	if (s == NULL || license == NULL)
		return world_fail(w, "which license, where?");
	tx = server_reader(s, &w->arena);
	if (find_pool(&tx, account, va, license, &pool, &later, &e))
		return broken(w, &e);
	if (number_differs(w, "quantity", pool.quantity, quantity) || number_differs(w, "in use", pool.in_use, in_use) ||
	    number_differs(w, "available", pool.balance, available) || number_differs(w, "pending", later, pending) ||
	    number_differs(w, "borrowed", pool.borrowed, borrowed) || number_differs(w, "lent", pool.lent, lent) ||
	    number_differs(w, "reserved", pool.reserved, reserved) ||
	    differs(w, "status", pool_short(&pool) ? "Out Of Compliance" : "In Compliance", status) ||
	    unlisted(w, &tx, account, va, license, &pool))
		return -1;
	return result_code(out, "OK");
}

/* `token-is T1 ACTIVE uses=1 terms=NAME`: who accepted the terms of export control by making it just now, or none */
static int run_token_is(struct world *w, struct words *in, struct result *out)
{
	struct server *s = world_server(w, in, SATELLITE);
	const char *uses = words_value(in, "uses"), *terms = words_value(in, "terms");
	const char *name = words_next(in), *status = words_next(in);
	struct token_row row;
	struct err e = ERR_INIT;
	struct tx tx;

	if (s == NULL || name == NULL)
		return world_fail(w, "which token?");
	tx = server_reader(s, &w->arena);
	if (token_find(&tx, world_token(w, name), &row, &e) != 1)
		return world_fail(w, "there is no token '%s'", name);
	if (row.terms_accepted_at && row.terms_accepted_at != row.created_at)
		return world_fail(w, "the terms were not accepted when the token was made");
	if (differs(w, "who accepted the terms", row.terms_accepted_at ? row.created_by : "none", terms) ||
	    differs(w, "status", token_status(&row, tx.now), status) || number_differs(w, "uses", row.uses, uses))
		return -1;
	return result_code(out, "OK");
}

/* `certificates ucm1 SUPERSEDED CURRENT`: of its present registration, oldest first. */
static int run_certificates(struct world *w, struct words *in, struct result *out)
{
	const char *name = words_next(in), *piid, *before, *state;
	struct server *s = product_registration(w, name ? name : "", &piid, &before);
	struct certificate_row *rows;
	struct instance_row row;
	struct err e = ERR_INIT;
	struct tx tx;
	size_t n, i = 0;

	if (s == NULL)
		return -1;
	tx = server_reader(s, &w->arena);
	if (q_instance_by_uuid(tx.db, tx.arena, piid, &row, &e) != 1 ||
	    q_certificate_list(tx.db, tx.arena, row.id, &rows, &n, &e))
		return world_fail(w, "the product instance is not known: %s", e.text);
	while ((state = words_next(in)) != NULL) {
		if (i == n)
			return world_fail(w, "there are only %zu certificates", n);
		if (differs(w, "certificate", rows[i++].state, state))
			return -1;
	}
	return i == n ? result_code(out, "OK") : world_fail(w, "there are %zu certificates", n);
}

struct kind_count {
	const char *kind;
	int64_t n;
};

static int has_kind(void *arg, const struct event_row *row, struct err *e)
{
	struct kind_count *count = arg;

	(void)e;
	count->n += strcmp(row->kind, count->kind) == 0;
	return 0;
}

/* `events instance.register=1 usage.change=0`: how many of a kind there are at all. */
static int run_events(struct world *w, struct words *in, struct result *out)
{
	struct server *s = world_server(w, in, SATELLITE);
	char *word;

	if (s == NULL)
		return -1;
	while ((word = words_next(in)) != NULL) {
		struct tx tx = server_reader(s, &w->arena);
		struct kind_count count = { .kind = word };
		struct err e = ERR_INIT;
		int64_t want;

		if (!line_count(word, &want))
			return world_fail(w, "'%s' is not KIND=COUNT", word);
		if (q_event_walk(tx.db, 0, has_kind, &count, &e))
			return broken(w, &e);
		if (count.n != want)
			return world_fail(w, "there are %" PRId64 " events %s, not %" PRId64, count.n, word, want);
	}
	return result_code(out, "OK");
}

struct event_search {
	int64_t id;
	char kind[64];
};

static int has_id(void *arg, const struct event_row *row, struct err *e)
{
	struct event_search *s = arg;

	(void)e;
	if (row->id == s->id)
		str_copy(s->kind, sizeof(s->kind), row->kind);
	return 0;
}

/* Does the event with this number have this kind? NULL = it does not matter. */
static int event_differs(struct world *w, struct tx *tx, int64_t id, const char *what, const char *kind)
{
	struct event_search search = { .id = id, .kind = "none" };
	struct err e = ERR_INIT;

	if (kind == NULL)
		return 0;
	if (q_event_walk(tx->db, 0, has_id, &search, &e))
		return broken(w, &e);
	return differs(w, what, search.kind, kind);
}

/* `history Basic [va=Branch] count=2 open=yes out-for=10d lasted=5d shortage=2 by=usage.change ended-by=license.start`:
 * how often a pool was out of compliance, and its last time. */
static int run_history(struct world *w, struct words *in, struct result *out)
{
	struct server *s = world_server(w, in, SATELLITE);
	const char *account = words_value(in, "account"), *va_name = words_value(in, "va"), *license;
	const char *count = words_value(in, "count"), *open = words_value(in, "open"), *by = words_value(in, "by");
	const char *shortage = words_value(in, "shortage"), *ended_by = words_value(in, "ended-by");
	const char *out_for = words_value(in, "out-for"), *lasted = words_value(in, "lasted");
	struct virtual_account_row va;
	struct compliance_row *rows;
	struct entitlement_row ent;
	struct account_row row;
	struct err e = ERR_INIT;
	struct tx tx;
	int64_t ms;
	size_t n;

	license = words_next(in);
	if (s == NULL || license == NULL)
		return world_fail(w, "the history of which license, where?");
	tx = server_reader(s, &w->arena);
	if (account_find(&tx, account ? account : ACCOUNT, &row, &e) ||
	    virtual_account_find(&tx, &row, va_name ? va_name : DEFAULT_VIRTUAL_ACCOUNT, &va, &e) ||
	    entitlement_find(&tx, license, &ent, &e) ||
	    q_compliance_list(tx.db, tx.arena, va.id, ent.id, 1000, &rows, &n, &e))
		return broken(w, &e);
	if (number_differs(w, "count", (int64_t)n, count))
		return -1;
	if (n == 0)
		return result_code(out, "OK");
	if (differs(w, "open", rows[0].in_at ? "no" : "yes", open) ||
	    number_differs(w, "shortage", rows[0].shortage, shortage) ||
	    event_differs(w, &tx, rows[0].out_event, "what put it out", by) ||
	    event_differs(w, &tx, rows[0].in_event, "what brought it back", ended_by))
		return -1;
	if (out_for && (!line_span(out_for, &ms) || tx.now - rows[0].out_at != ms))
		return world_fail(w, "it went out %" PRId64 " ms ago", tx.now - rows[0].out_at);
	if (lasted && (!line_span(lasted, &ms) || rows[0].in_at - rows[0].out_at != ms))
		return world_fail(w, "it was out for %" PRId64 " ms", rows[0].in_at - rows[0].out_at);
	return result_code(out, "OK");
}

/* `outages Basic [va=Branch] count=2 open=yes shortage=2`: what `license history` tells, also what is not noted yet;
 * without va of all virtual accounts. */
static int run_outages(struct world *w, struct words *in, struct result *out)
{
	struct server *s = world_server(w, in, SATELLITE);
	const char *va_name = words_value(in, "va"), *count = words_value(in, "count"), *open = words_value(in, "open"),
		   *shortage = words_value(in, "shortage"), *license = words_next(in);
	struct virtual_account_row va;
	struct entitlement_row ent;
	struct account_row account;
	struct err e = ERR_INIT;
	struct outage *rows;
	struct tx tx;
	size_t n;

	if (s == NULL || license == NULL)
		return world_fail(w, "the outages of which license, where?");
	tx = server_reader(s, &w->arena);
	if (account_find(&tx, ACCOUNT, &account, &e) ||
	    (va_name && virtual_account_find(&tx, &account, va_name, &va, &e)) ||
	    entitlement_find(&tx, license, &ent, &e) ||
	    explain_history(&tx, &account, &va, va_name != NULL, &ent, 1000, &rows, &n, &e))
		return broken(w, &e);
	if (number_differs(w, "count", (int64_t)n, count) ||
	    (n && (differs(w, "open", rows[0].in_at ? "no" : "yes", open) ||
		   number_differs(w, "shortage", rows[0].shortage, shortage))))
		return -1;
	return result_code(out, "OK");
}

static bool one_says(const struct explanation *x, const char *text)
{
	for (size_t i = 0; i < x->sentences_n; i++)
		if (strstr(x->sentences[i], text))
			return true;
	return false;
}

/* All sentences, so that whoever wrote the wrong one sees the right one. */
static int not_said(struct world *w, const struct explanation *x, const char *text, const char *what)
{
	AUTO_BUF all = BUF_INIT;

	for (size_t i = 0; i < x->sentences_n; i++)
		buf_printf(&all, "\n#   %s", x->sentences[i]);
	return world_fail(w, "%s '%s':%s", what, text, all.data);
}

/* `explain Basic [va=Branch] [at=manager] says="out of compliance" says="2 are borrowed" silent="stands alone"`: each
 * text must be in one of the sentences, silent ones in none. */
static int run_explain(struct world *w, struct words *in, struct result *out)
{
	struct server *s = world_server(w, in, SATELLITE);
	const char *account = words_value(in, "account"), *va_name = words_value(in, "va"), *license, *text;
	struct virtual_account_row va;
	struct entitlement_row ent;
	struct account_row row;
	struct err e = ERR_INIT;
	struct explanation x;
	struct tx tx;

	license = words_next(in);
	if (s == NULL || license == NULL)
		return world_fail(w, "explain which license, where?");
	tx = server_reader(s, &w->arena);
	if (account_find(&tx, account ? account : ACCOUNT, &row, &e) ||
	    virtual_account_find(&tx, &row, va_name ? va_name : DEFAULT_VIRTUAL_ACCOUNT, &va, &e) ||
	    entitlement_find(&tx, license, &ent, &e) || explain_pool(&tx, &row, &va, &ent, &x, &e))
		return broken(w, &e);
	while ((text = words_value(in, "says")) != NULL)
		if (!one_says(&x, text))
			return not_said(w, &x, text, "no sentence says");
	while ((text = words_value(in, "silent")) != NULL)
		if (one_says(&x, text))
			return not_said(w, &x, text, "a sentence says");
	return result_code(out, "OK");
}

/* `subscriptions Default count=2 first=Sub-1`: what ends or belongs to a subscription, the soonest to end first. */
static int run_subscriptions(struct world *w, struct words *in, struct result *out)
{
	struct server *s = world_server(w, in, SATELLITE);
	const char *account = words_value(in, "account"), *count = words_value(in, "count");
	const char *first = words_value(in, "first"), *name = words_next(in);
	struct virtual_account_row va;
	struct account_row row;
	struct err e = ERR_INIT;
	struct lot_row *lots;
	struct tx tx;
	size_t n;

	if (s == NULL || name == NULL)
		return world_fail(w, "the subscriptions of which virtual account?");
	tx = server_reader(s, &w->arena);
	if (account_find(&tx, account ? account : ACCOUNT, &row, &e) || virtual_account_find(&tx, &row, name, &va, &e) ||
	    q_share_subscriptions(tx.db, tx.arena, va.id, 0, 0, -1, &lots, &n, &e))
		return broken(w, &e);
	if (number_differs(w, "count", (int64_t)n, count) ||
	    differs(w, "the first", n ? lots[0].subscription_id : "", first))
		return -1;
	return result_code(out, "OK");
}

static int run_verify(struct world *w, struct words *in, struct result *out)
{
	(void)in;
	return state_check_all(w) ? -1 : result_code(out, "OK");
}

/* `account-is Acme status=ACTIVE export=yes authority-left=90d` */
static int run_account_is(struct world *w, struct words *in, struct result *out)
{
	struct server *s = world_server(w, in, SATELLITE);
	const char *status = words_value(in, "status"), *export = words_value(in, "export");
	const char *left = words_value(in, "authority-left"), *name = words_next(in);
	struct account_row row;
	struct err e = ERR_INIT;
	struct tx tx;
	int64_t ms;

	if (s == NULL || name == NULL)
		return world_fail(w, "which account?");
	tx = server_reader(s, &w->arena);
	if (account_find(&tx, name, &row, &e))
		return broken(w, &e);
	if (differs(w, "status", row.status, status) || differs(w, "export", row.export_permitted ? "yes" : "no", export))
		return -1;
	if (left && (!line_span(left, &ms) || row.authority_valid_until - tx.now != ms))
		return world_fail(w, "%" PRId64 " ms of authority are left", row.authority_valid_until - tx.now);
	return result_code(out, "OK");
}

const struct verb check_verbs[] = {
	{ "expect", run_expect, true },
	{ "instances", run_instances, true },
	{ "license", run_license, true },
	{ "token-is", run_token_is, true },
	{ "certificates", run_certificates, true },
	{ "events", run_events, true },
	{ "verify", run_verify, true },
	{ "account-is", run_account_is, true },
	{ "history", run_history, true },
	{ "outages", run_outages, true },
	{ "explain", run_explain, true },
	{ "subscriptions", run_subscriptions, true },
	{ NULL, NULL, false },
};
