/* api_forecast.c - licenses over time: when they will be short, what a change would do to that, and how many were in
 * use on each day. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "edge/api.h"
#include "edge/list.h"
#include "edge/routes.h"
#include "lic/account.h"
#include "lic/forecast.h"
#include "lic/history.h"
#include "lic/license.h"

#define LICENSES_MAX 1000 /* named in one request */
#define USAGE_DAYS 90     /* if no first day is asked for */

/* ---- forecasts ---- */

static json_t *gaps_json(const struct gap *gap)
{
	json_t *list = json_array();

	for (; gap; gap = gap->next) {
		json_t *v = json_object();

		json_set_time(v, "from", gap->from);
		json_set_time(v, "until", gap->until);
		json_set_int(v, "missing", gap->missing);
		json_set_int(v, "worst", gap->worst);
		json_array_append_new(list, v);
	}
	return list;
}

static void set_side(json_t *v, const struct forecast_side *s)
{
	json_set_time(v, "firstShortage", s->gaps ? s->gaps->from : 0);
	json_set_time(v, "until", s->gaps ? s->gaps->until : 0);
	json_set_int(v, "missing", s->gaps ? s->gaps->missing : 0);
	json_set_text(v, "cause", s->cause);
	json_set_text(v, "causeText", s->text);
	json_set_int(v, "needed", s->needed);
	json_object_set_new(v, "shortages", gaps_json(s->gaps));
}

static const char *basis(const struct forecast *f)
{
	if (f->likely.gaps == NULL)
		return "";
	return f->certain.gaps && f->certain.gaps->from == f->likely.gaps->from ? "CERTAIN" : "TREND";
}

static json_t *forecast_json(const struct forecast *f, int64_t now)
{
	json_t *v = json_object(), *certain = json_object();

	json_set_text(v, "status",
		      f->likely.gaps == NULL        ? "ENOUGH"
		      : f->likely.gaps->from == now ? "SHORT"
						    : "SHORT_LATER");
	json_set_int(v, "quantity", f->pool.quantity);
	json_set_int(v, "inUse", f->pool.in_use);
	json_set_int(v, "reserved", f->pool.reserved);
	json_set_int(v, "borrowed", f->pool.borrowed);
	json_set_int(v, "lent", f->pool.lent);
	json_set_int(v, "available", f->pool.balance);
	set_side(v, &f->likely);
	json_set_text(v, "basis", basis(f));
	set_side(certain, &f->certain);
	json_object_set_new(v, "certain", certain);
	return v;
}

static json_t *row_json(const struct forecast_row *row, int64_t now, bool what_if)
{
	double year = row->trend.growth * 365;
	json_t *v = json_object();

	json_set_text(v, "license", row->kind->display_name);
	json_set_text(v, "entitlementTag", row->kind->tag);
	json_set_text(v, "virtualAccount", row->virtual_account->name);
	json_set_int(v, "growthPerYear", (int64_t)(year < 0 ? year - 0.5 : year + 0.5));
	json_set_int(v, "historyDays", row->trend.days);
	json_object_set_new(v, "forecast", forecast_json(&row->now, now));
	json_object_set_new(v, "whatIf", what_if ? forecast_json(&row->what_if, now) : json_null());
	json_set_bool(v, "changed", row->changed);
	return v;
}

/* What a body may say. */
struct asked {
	struct forecast_ask ask;
	const json_t *licenses, *add, *move, *use;
	struct forecast_change *changes;
	size_t changes_n;
};

static int read_licenses(struct req *r, const json_t *list, const char *const **out, size_t *n, struct err *e)
{
	const char **names = arena_alloc(r->tx.arena, (json_array_size(list) + 1) * sizeof(*names));
	const json_t *name;
	size_t i;

	*n = json_array_size(list);
	*out = names;
	json_array_foreach ((json_t *)list, i, name) {
		if (!json_is_string(name))
			return err_field(e, E_INVALID_REQUEST, "licenses",
					 "The member 'licenses' must be an array of names.");
		names[i] = json_string_value(name);
	}
	return 0;
}

static int read_changes(struct req *r, struct asked *in, const json_t *list, enum forecast_what what, const char *name,
			struct err *e)
{
	static const struct json_spec place[] = {
		{ "license", JSON_K_TEXT, 0, offsetof(struct forecast_change, license), 1, 255 },
		{ "quantity", JSON_K_NUMBER, 0, offsetof(struct forecast_change, n), 0, LICENSE_QUANTITY_MAX },
		{ "virtualAccount", JSON_K_TEXT, JSON_F_OPTIONAL | JSON_F_NULL,
		  offsetof(struct forecast_change, virtual_account), 1, 512 },
		{ 0 },
	};
	static const struct json_spec move[] = {
		{ "license", JSON_K_TEXT, 0, offsetof(struct forecast_change, license), 1, 255 },
		{ "quantity", JSON_K_NUMBER, 0, offsetof(struct forecast_change, n), 1, LICENSE_QUANTITY_MAX },
		{ "from", JSON_K_TEXT, 0, offsetof(struct forecast_change, virtual_account), 1, 512 },
		{ "to", JSON_K_TEXT, 0, offsetof(struct forecast_change, to), 1, 512 },
		{ 0 },
	};
	const json_t *one;
	size_t i;

	json_array_foreach ((json_t *)list, i, one) {
		struct forecast_change *c = &in->changes[in->changes_n++];

		*c = (struct forecast_change){ .what = what };
		if (json_decode(one, what == FORECAST_MOVE ? move : place, arena_printf(r->tx.arena, "%s[%zu].", name, i),
				E_INVALID_REQUEST, c, e))
			return -1;
	}
	return 0;
}

static int read_asked(struct req *r, struct asked *in, struct err *e)
{
	static const struct json_spec spec[] = {
		{ "days", JSON_K_NUMBER, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct asked, ask.days), 1,
		  FORECAST_DAYS_MAX },
		{ "licenses", JSON_K_ARRAY, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct asked, licenses), 0,
		  LICENSES_MAX },
		{ "add", JSON_K_ARRAY, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct asked, add), 0,
		  FORECAST_CHANGES_MAX },
		{ "move", JSON_K_ARRAY, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct asked, move), 0,
		  FORECAST_CHANGES_MAX },
		{ "use", JSON_K_ARRAY, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct asked, use), 0,
		  FORECAST_CHANGES_MAX },
		{ 0 },
	};

	*in = (struct asked){ .ask.days = FORECAST_DAYS };
	if (r->json && json_decode(r->json, spec, NULL, E_INVALID_REQUEST, in, e))
		return -1;
	in->changes = arena_alloc(r->tx.arena, (3 * FORECAST_CHANGES_MAX + 1) * sizeof(*in->changes));
	if (read_licenses(r, in->licenses, &in->ask.licenses, &in->ask.licenses_n, e) ||
	    read_changes(r, in, in->add, FORECAST_ADD, "add", e) ||
	    read_changes(r, in, in->move, FORECAST_MOVE, "move", e) || read_changes(r, in, in->use, FORECAST_USE, "use", e))
		return -1;
	in->ask.changes = in->changes;
	in->ask.changes_n = in->changes_n;
	return 0;
}

/* A change that is tried tells of the virtual accounts it touches: who does not see the whole account names them, or asks
 * for one alone. */
static int check_changes(struct req *r, const struct account_row *account, const struct asked *in, struct err *e)
{
	struct virtual_account_row va;

	if (api_may(r, account->id, 0))
		return 0;
	for (size_t i = 0; i < in->changes_n; i++) {
		const struct forecast_change *c = &in->changes[i];

		if (c->virtual_account == NULL && in->ask.virtual_accounts_n != 1)
			return err_field(e, E_INVALID_REQUEST, "virtualAccount",
					 "Name the virtual account of each change: you do not see the whole account.");
		if ((c->virtual_account && api_target(r, account, c->virtual_account, &va, e)) ||
		    (c->to && api_target(r, account, c->to, &va, e)))
			return -1;
	}
	return 0;
}

/* What there is no forecast of, because a satellite serves it and knows how many are in use. */
static json_t *elsewhere_json(const struct virtual_account_row *vas, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++) {
		json_t *v;

		if (!vas[i].unseen)
			continue;
		v = json_object();
		json_set_text(v, "virtualAccount", vas[i].name);
		json_set_text(v, "servedBy", vas[i].satellite_name);
		json_array_append_new(list, v);
	}
	return list;
}

static struct reply *forecast(struct req *r)
{
	struct virtual_account_row *vas;
	struct account_row account;
	struct forecast_row *rows;
	struct err e = ERR_INIT;
	json_t *v, *list;
	struct asked in;
	size_t n;

	if (read_asked(r, &in, &e) || api_account(r, &account, &e) ||
	    api_virtual_accounts(r, &account, &vas, &in.ask.virtual_accounts_n, &e))
		return reply_error(r, &e);
	in.ask.virtual_accounts = vas;
	if (check_changes(r, &account, &in, &e) || forecast_read(&r->tx, &account, &in.ask, &rows, &n, &e))
		return reply_error(r, &e);
	v = json_object();
	list = json_array();
	json_set_time(v, "time", r->tx.now);
	json_set_time(v, "horizon", r->tx.now + in.ask.days * DAY_MS);
	json_set_int(v, "days", in.ask.days);
	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, row_json(&rows[i], r->tx.now, in.ask.changes_n > 0));
	json_object_set_new(v, "servedElsewhere", elsewhere_json(vas, in.ask.virtual_accounts_n));
	return list_reply_known(r, "forecasts", 0, &e, list, v);
}

/* ---- usage history ---- */

struct period {
	const char *from, *to;
	const json_t *licenses;
	const char *const *names; /* of licenses; all if there are none */
	size_t names_n;
	int64_t *ids;        /* the same */
	int64_t first, last; /* days */
};

static int period_days(struct req *r, struct period *p, struct err *e)
{
	int64_t today = history_day(r->tx.now), from = 0, to = 0;

	if (api_time(p->from, "from", &from, e) || api_time(p->to, "to", &to, e))
		return -1;
	p->last = to ? history_day(to) : today;
	p->first = from ? history_day(from) : p->last - USAGE_DAYS + 1;
	if (p->first > p->last)
		return err_field(e, E_INVALID_REQUEST, "from", "The first day is behind the last one.");
	if (p->first <= today - HISTORY_DAYS)
		p->first = today - HISTORY_DAYS + 1;
	if (p->last > today)
		p->last = today;
	return 0;
}

static json_t *points_json(const struct history *h, const struct period *p)
{
	json_t *list = json_array();

	for (size_t i = 0; i < h->n && h->first + (int64_t)i <= p->last; i++) {
		char day[CLOCK_ISO_SIZE];
		json_t *v = json_object();

		clock_iso((h->first + (int64_t)i) * DAY_MS, day);
		day[strcspn(day, "T")] = '\0';
		json_set_text(v, "day", day);
		json_set_int(v, "inUse", h->in_use[i]);
		json_array_append_new(list, v);
	}
	return list;
}

static bool is_named(const struct period *p, int64_t entitlement)
{
	for (size_t i = 0; i < p->names_n; i++)
		if (p->ids[i] == entitlement)
			return true;
	return p->names_n == 0;
}

static int find_named(struct req *r, struct period *p, struct err *e)
{
	p->ids = arena_alloc(r->tx.arena, (p->names_n + 1) * sizeof(*p->ids));
	for (size_t i = 0; i < p->names_n; i++) {
		struct entitlement_row kind;

		if (entitlement_find(&r->tx, p->names[i], &kind, e))
			return -1;
		p->ids[i] = kind.id;
	}
	return 0;
}

static int add_usage(struct req *r, const struct virtual_account_row *va, const struct period *p, json_t *list,
		     struct err *e)
{
	struct entitlement_row *kinds;
	size_t n;

	if (q_day_kinds(r->tx.db, r->tx.arena, va->id, &kinds, &n, e))
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct history h;
		json_t *v;

		if (!is_named(p, kinds[i].id))
			continue;
		if (history_read(&r->tx, va->id, kinds[i].id, p->first, &h, e))
			return -1;
		v = json_object();
		json_set_text(v, "license", kinds[i].display_name);
		json_set_text(v, "entitlementTag", kinds[i].tag);
		json_set_text(v, "virtualAccount", va->name);
		json_object_set_new(v, "points", points_json(&h, p));
		json_array_append_new(list, v);
	}
	return 0;
}

static struct reply *usage_reply(struct req *r, const struct virtual_account_row *vas, size_t n, struct period *p)
{
	struct err e = ERR_INIT;
	json_t *list = json_array();
	int rc = period_days(r, p, &e) || find_named(r, p, &e) ? -1 : 0;

	for (size_t i = 0; i < n && rc == 0; i++)
		rc = add_usage(r, &vas[i], p, list, &e);
	return api_list(r, rc, &e, "usage", list);
}

static struct reply *show_usage(struct req *r)
{
	const char *va = req_query(r, "virtualAccount"), *license = req_query(r, "license");
	struct period p = { .from = req_query(r, "from"), .to = req_query(r, "to") };
	struct virtual_account_row *vas, one;
	struct account_row account;
	struct err e = ERR_INIT;
	size_t n = 1;

	if (api_account(r, &account, &e))
		return reply_error(r, &e);
	if (va ? api_target(r, &account, va, &one, &e) : api_all_virtual_accounts(r, &account, &vas, &n, &e))
		return reply_error(r, &e);
	p.names = &license;
	p.names_n = license != NULL;
	return usage_reply(r, va ? &one : vas, n, &p);
}

static struct reply *list_usage(struct req *r)
{
	static const struct json_spec spec[] = {
		{ "from", JSON_K_TEXT, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct period, from), 0, 40 },
		{ "to", JSON_K_TEXT, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct period, to), 0, 40 },
		{ "licenses", JSON_K_ARRAY, JSON_F_OPTIONAL | JSON_F_NULL, offsetof(struct period, licenses), 0,
		  LICENSES_MAX },
		{ 0 },
	};
	struct virtual_account_row *vas;
	struct period p = { .from = NULL };
	struct account_row account;
	struct err e = ERR_INIT;
	size_t n;

	if ((r->json && json_decode(r->json, spec, NULL, E_INVALID_REQUEST, &p, &e)) ||
	    read_licenses(r, p.licenses, &p.names, &p.names_n, &e) || api_account(r, &account, &e) ||
	    api_virtual_accounts(r, &account, &vas, &n, &e))
		return reply_error(r, &e);
	return usage_reply(r, vas, n, &p);
}

#define DOORS (DOOR_ADMIN | DOOR_CONTROL)
#define LICENSES "/api/v1/accounts/{account}/licenses"

const struct route forecast_routes[] = {
	{ "POST", LICENSES "/forecast", DOORS, RIGHT_LICENSE_READ, IN_ACCOUNT, BODY_JSON, API_BODY_MAX, forecast, NULL,
	  NULL },
	{ "GET", LICENSES "/usage", DOORS, RIGHT_LICENSE_READ, IN_ACCOUNT, BODY_NONE, 0, show_usage, NULL, NULL },
	{ "POST", LICENSES "/usage", DOORS, RIGHT_LICENSE_READ, IN_ACCOUNT, BODY_JSON, API_BODY_MAX, list_usage, NULL,
	  NULL },
	{ 0 },
};
