/* api_report.c - reports: the lists, handed out with what they are, of when and for whom.
 *
 * A report has exactly the rows that the list has, since the list's own handler makes it. */
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "edge/api.h"
#include "edge/list.h"
#include "edge/routes.h"
#include "lic/account.h"
#include "lic/site.h"

struct report {
	struct list_report list; /* first */
	const char *path;        /* of the list, behind the account */
	const struct route *of;  /* the table that has it */
	const char *title;
	const char *none; /* `product instance is registered` */
	bool period;      /* of a time; others are of the moment */
};

static int describe(struct list *l, json_t *members, struct err *e);

static const struct report reports[] = {
	{ { "report-licenses", describe }, "/licenses", license_routes, "Licenses", "license is owned or in use", false },
	{ { "report-subscriptions", describe },
	  "/license-subscriptions",
	  license_routes,
	  "License subscriptions",
	  "license has an end or a subscription",
	  false },
	{ { "report-product-instances", describe },
	  "/devices",
	  instance_routes,
	  "Product instances",
	  "product instance is registered",
	  false },
	{ { "report-usage", describe }, "/licenses/usage", forecast_routes, "License usage", "license was in use", true },
};

static const char *query_text(struct req *r, const char *name)
{
	const char *text = req_query(r, name);

	return text && *text ? text : NULL;
}

/* `No license was in use in 'Branch' of 'Acme' from 2026-11-01 to 2026-11-24.` */
static const char *say_none(struct req *r, const struct report *rp)
{
	const char *va = query_text(r, "virtualAccount"), *from = query_text(r, "from"), *to = query_text(r, "to");
	char now[CLOCK_TEXT_SIZE];

	return arena_printf(r->tx.arena, "No %s in %s%s%s'%.128s'%s%s%s%s%s%s; as known on %s.", rp->none, va ? "'" : "",
			    va ? va : "any virtual account of ", va ? "' of " : "", r->param[0], from ? " from " : "",
			    from ? from : "", to ? " until " : "", to ? to : "",
			    rp->period && !from && !to ? " in the last 90 days" : "",
			    query_text(r, "license") ? ", of the licenses asked for" : "", clock_text(r->tx.now, now));
}

static int describe(struct list *l, json_t *members, struct err *e)
{
	struct req *r = l->r;
	const struct report *rp = (const struct report *)r->report;
	json_t *v = json_object();

	(void)e;
	json_set_text(v, "title", rp->title);
	json_set_text(v, "server", r->tx.site->name);
	json_set_text(v, "account", r->param[0]);
	json_set_text(v, "virtualAccount", query_text(r, "virtualAccount"));
	json_set_text(v, "from", query_text(r, "from"));
	json_set_text(v, "to", query_text(r, "to"));
	json_set_time(v, "createdDate", r->tx.now);
	json_set_text(v, "createdBy", r->actor.name);
	json_set_text(v, "note", l->seen == 0 && !l->resumed ? say_none(r, rp) : NULL);
	json_object_set_new(members, "report", v);
	return 0;
}

/* ---- of which account ---- */

/* Whether there is a foreign one of this name is not told. */
static int named_account(struct req *r, const char *name, struct account_row *out, struct err *e)
{
	struct err unknown = ERR_INIT;
	int rc = account_find(&r->tx, name, out, &unknown);

	if (rc == 0 && access_touches(&r->caller, r->route->right, out->id))
		return 0;
	if (rc && (unknown.code != E_ACCOUNT_UNKNOWN || api_may(r, 0, 0))) {
		*e = unknown;
		return -1;
	}
	return err_set(e, E_FORBIDDEN, "Your role does not reach the account '%.128s': it takes the right '%s'.", name,
		       right_text(r->route->right));
}

/* The only one that the caller sees. */
static int only_account(struct req *r, struct account_row *out, struct err *e)
{
	struct account_row *rows;
	size_t n, seen = 0;

	if (q_account_list(r->tx.db, r->tx.arena, &rows, &n, e))
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (!access_touches(&r->caller, r->route->right, rows[i].id))
			continue;
		*out = rows[i];
		seen++;
	}
	if (seen == 1)
		return 0;
	return err_field(e, E_INVALID_REQUEST, "account",
			 seen ? "There are %zu accounts: say of which one, with 'account'."
			      : "There are %zu accounts that you see. Ask for an account first.",
			 seen);
}

/* What the list takes in its body. */
static int make_body(struct req *r, const struct report *rp, struct err *e)
{
	const char *va = query_text(r, "virtualAccount"), *license = query_text(r, "license");
	json_t *one;

	if (!rp->period && (query_text(r, "from") || query_text(r, "to")))
		return err_field(
			e, E_INVALID_REQUEST, query_text(r, "from") ? "from" : "to",
			"This report says how it is now; only that of usage is of a time. Leave 'from' and 'to' out.");
	json_decref(r->json);
	r->json = json_object();
	if (va) {
		one = json_array();
		json_array_append_new(one, json_string(va));
		json_object_set_new(r->json, "virtualAccounts", one);
	}
	if (license) {
		one = json_array();
		json_array_append_new(one, json_string(license));
		json_object_set_new(r->json, "licenses", one);
	}
	if (rp->period) {
		json_set_text(r->json, "from", query_text(r, "from"));
		json_set_text(r->json, "to", query_text(r, "to"));
	}
	return 0;
}

static const struct route *list_route(const struct report *rp)
{
	const struct route *row = rp->of;
	const char *account = "/api/v1/accounts/{account}";

	while (row->method && (strcmp(row->method, "POST") != 0 || strncmp(row->pattern, account, strlen(account)) != 0 ||
			       strcmp(row->pattern + strlen(account), rp->path) != 0))
		row++;
	return row;
}

static struct reply *make(struct req *r, const struct report *rp)
{
	const char *name = query_text(r, "account");
	struct account_row account;
	struct err e = ERR_INIT;
	struct reply *p;
	char now[CLOCK_ISO_SIZE];

	if ((name ? named_account(r, name, &account, &e) : only_account(r, &account, &e)) || make_body(r, rp, &e))
		return reply_error(r, &e);
	r->param[0] = account.name;
	r->report = &rp->list;
	p = list_route(rp)->read(r);
	/* For tables, which have no place for it. */
	reply_header(p, "X-Report-Title", rp->title);
	reply_header(p, "X-Report-Account", api_percent(r->tx.arena, account.name));
	reply_header(p, "X-Report-Created", clock_iso(r->tx.now, now));
	reply_header(p, "X-Report-By", api_percent(r->tx.arena, r->actor.name));
	return p;
}

static struct reply *report_licenses(struct req *r)
{
	return make(r, &reports[0]);
}

static struct reply *report_subscriptions(struct req *r)
{
	return make(r, &reports[1]);
}

static struct reply *report_instances(struct req *r)
{
	return make(r, &reports[2]);
}

static struct reply *report_usage(struct req *r)
{
	return make(r, &reports[3]);
}

#define DOORS (DOOR_ADMIN | DOOR_CONTROL)
#define REPORTS "/api/v1/reports"

const struct route report_routes[] = {
	{ "GET", REPORTS "/licenses", DOORS, RIGHT_REPORT_READ, ANYWHERE, BODY_NONE, 0, report_licenses, NULL, NULL, NULL,
	  NULL },
	{ "GET", REPORTS "/subscriptions", DOORS, RIGHT_REPORT_READ, ANYWHERE, BODY_NONE, 0, report_subscriptions, NULL,
	  NULL, NULL, NULL },
	{ "GET", REPORTS "/product-instances", DOORS, RIGHT_REPORT_READ, ANYWHERE, BODY_NONE, 0, report_instances, NULL,
	  NULL, NULL, NULL },
	{ "GET", REPORTS "/usage", DOORS, RIGHT_REPORT_READ, ANYWHERE, BODY_NONE, 0, report_usage, NULL, NULL, NULL, NULL },
	{ 0 },
};
