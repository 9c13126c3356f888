/* cmd_explain.c - why a license is in or out of compliance, when it was out, and what runs out. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "ctl/ctl.h"

#define HISTORY_LIMIT 50

static int ask(struct ctl *c, const char *pattern, const char *account, const char *va, json_t **out, struct err *e)
{
	AUTO_FREE char *path = client_path(pattern, account);
	AUTO_JSON *body = json_object();

	if (c->args->pos_n)
		json_set_text(body, "license", c->args->pos[0]);
	if (va)
		json_object_set_new(body, "virtualAccounts", json_pack("[s]", va));
	return ctl_post(c, path, body, out, e);
}

static int explain(struct ctl *c, const char *account, const char *va, json_t **out, struct err *e)
{
	return ask(c, "/accounts/{}/licenses/explain", account, va, out, e);
}

/* The command that brings a short license back at no cost, if another virtual account has enough left over. */
static void show_transfer(struct ctl *c, const json_t *row)
{
	const char *account = c->args ? args_text(c->args, "account") : NULL;
	int64_t missing = ctl_get_int(row, "missing");
	AUTO_FREE char *quantity = mem_printf("%lld", (long long)missing);
	const json_t *place = NULL, *one;
	size_t i;

	json_array_foreach (ctl_rows(row, "elsewhere"), i, one)
		if (place == NULL && ctl_get_int(one, "available") >= missing)
			place = one;
	if (missing == 0 || place == NULL)
		return;
	ctl_say(c, "This transfers what is missing:");
	ctl_hint(c, "license transfer --account {} --from {} --to {} --license {} --quantity {}",
		 account ? account : ctl_get(row, "account"), ctl_get(place, "virtualAccount"),
		 ctl_get(row, "virtualAccount"), ctl_get(place, "license"), quantity);
}

/* The first sentence, then each other as an item of a list. */
static void show_one(struct ctl *c, const json_t *row, bool accounts)
{
	const json_t *sentences = ctl_rows(row, "sentences"), *one;
	size_t i;

	if (accounts)
		ctl_say(c, "Account: %s", ctl_get(row, "account"));
	json_array_foreach (sentences, i, one) {
		AUTO_BUF clean = BUF_INIT;

		text_clean(json_is_string(one) ? json_string_value(one) : "", &clean);
		if (i == 0) {
			ctl_say(c, "%s", clean.data);
			buf_adds(&c->out, json_array_size(sentences) > 1 ? "\n" : "");
			continue;
		}
		buf_adds(&c->out, "- ");
		text_wrap(clean.data, c->width, 2, 2, &c->out);
	}
	show_transfer(c, row);
}

void license_explain_show(struct ctl *c, const json_t *answer)
{
	const json_t *rows = ctl_rows(answer, "explanations"), *row;
	bool accounts = ctl_many_accounts(rows);
	size_t i;

	json_array_foreach (rows, i, row) {
		buf_adds(&c->out, i ? "\n" : "");
		show_one(c, row, accounts);
	}
	if (i == 0)
		ctl_say(c, "There is no account here yet.");
}

int cmd_license_explain(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	return ctl_show_list(c, a, "explanations", explain, license_explain_show, e);
}

/* ---- history ---- */

static int history(struct ctl *c, const char *account, const char *va, json_t **out, struct err *e)
{
	AUTO_FREE char *path = client_path("/accounts/{}/licenses/history", account);
	AUTO_JSON *body = json_object();

	json_set_text(body, "license", c->args->pos[0]);
	if (va)
		json_object_set_new(body, "virtualAccounts", json_pack("[s]", va));
	json_set_int(body, "limit", args_text(c->args, "limit") ? args_int(c->args, "limit") : HISTORY_LIMIT);
	return ctl_post(c, path, body, out, e);
}

static void show_event(struct ctl *c, const char *label, const json_t *event)
{
	AUTO_FREE char *text = mem_printf("%s (event %lld, %s)", ctl_get(event, "text"),
					  (long long)ctl_get_int(event, "id"), ctl_get(event, "kind"));

	if (json_is_object(event))
		ctl_pair(c, label, text);
}

static void show_outage(struct ctl *c, const json_t *row, bool accounts)
{
	int64_t out_at = ctl_get_time(row, "outAt"), in_at = ctl_get_time(row, "inAt");
	char number[TEXT_INT_SIZE], span[CLOCK_TEXT_SIZE];

	if (in_at)
		ctl_say(c, "In “%s”: %s short at worst, for %s", ctl_get(row, "virtualAccount"),
			text_int(ctl_get_int(row, "worstShortage"), number), clock_span(in_at - out_at, span));
	else
		ctl_say(c, "In “%s”: %s short at worst, to this day", ctl_get(row, "virtualAccount"),
			text_int(ctl_get_int(row, "worstShortage"), number));
	if (accounts)
		ctl_pair(c, "Account", ctl_get(row, "account"));
	ctl_pair_when(c, "Out", out_at);
	show_event(c, "By", json_object_get(row, "outEvent"));
	ctl_pair_when(c, "In again", in_at);
	show_event(c, "By", json_object_get(row, "inEvent"));
}

int cmd_license_history(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_JSON *answer = NULL;
	const json_t *rows, *row;
	bool accounts;
	size_t i;

	if (ctl_list(c, a, "outages", history, &answer, e))
		return -1;
	if (c->json) {
		ctl_json(c, answer);
		return 0;
	}
	rows = ctl_rows(answer, "outages");
	accounts = ctl_many_accounts(rows);
	json_array_foreach (rows, i, row) {
		buf_adds(&c->out, i ? "\n" : "");
		show_outage(c, row, accounts);
	}
	if (i == 0)
		ctl_say(c, "“%s” has never been out of compliance here.", a->pos[0]);
	return 0;
}

/* ---- subscriptions ---- */

static int subscriptions(struct ctl *c, const char *account, const char *va, json_t **out, struct err *e)
{
	return ask(c, "/accounts/{}/license-subscriptions", account, va, out, e);
}

static const struct table_col subscription_cols[] = {
	{ "License", 0, 22, 0 },
	{ "Virtual account", 0, 8, 0 },
	{ "Account", TABLE_MAYBE, 8, 1 },
	{ "Quantity", TABLE_RIGHT, 0, 0 },
	{ "Type", 0, 0, 3 },
	{ "Starts", 0, 0, 4 },
	{ "Ends", 0, 0, 0 },
	{ "Days left", TABLE_RIGHT, 0, 0 },
	{ "Status", 0, 0, 2 },
	{ "Subscription", TABLE_MAYBE, 8, 0 },
};

static void add_subscription(struct table *t, const json_t *row, bool accounts)
{
	char type[TEXT_STATUS_SIZE], status[TEXT_STATUS_SIZE];
	int64_t left = ctl_get_int(row, "daysLeft");

	table_text(t, ctl_get(row, "license"));
	table_text(t, ctl_get(row, "virtualAccount"));
	table_text(t, accounts ? ctl_get(row, "account") : "");
	table_int(t, ctl_get_int(row, "quantity"));
	table_text(t, text_status(ctl_get(row, "licenseType"), type));
	table_when(t, ctl_get_time(row, "startDate"));
	table_when(t, ctl_get_time(row, "endDate"));
	if (ctl_has_int(row, "daysLeft"))
		table_int(t, left);
	else
		table_text(t, "–");
	table_text(t, text_status(ctl_get(row, "status"), status));
	table_text(t, ctl_get(row, "subscriptionId"));
}

int cmd_license_subscriptions(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_JSON *answer = NULL;
	const json_t *rows, *row;
	AUTO_TABLE t;
	size_t i;

	table_init(&t, subscription_cols, sizeof(subscription_cols) / sizeof(*subscription_cols));
	if (ctl_list(c, a, "licenseSubscriptions", subscriptions, &answer, e))
		return -1;
	if (c->json) {
		ctl_json(c, answer);
		return 0;
	}
	rows = ctl_rows(answer, "licenseSubscriptions");
	json_array_foreach (rows, i, row)
		add_subscription(&t, row, ctl_many_accounts(rows));
	if (i == 0)
		ctl_say(c, "There are no licenses here that end or belong to a subscription.");
	else
		table_print(&t, c->width, c->color, &c->out);
	return 0;
}
