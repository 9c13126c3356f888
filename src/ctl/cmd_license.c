/* cmd_license.c - licenses: how many, in use by whom, and moving them. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/mem.h"
#include "ctl/ctl.h"

#define NAMED_MAX 3 /* licenses that the first sentence names */

static int list_licenses(struct ctl *c, const char *account, const char *va, json_t **out, struct err *e)
{
	return ctl_post_list(c, "/accounts/{}/licenses", account, va, out, e);
}

static bool out_of_compliance(const json_t *row)
{
	const char *s = ctl_get(row, "status");

	return strcasecmp(s, "Out Of Compliance") == 0 || strcasecmp(s, "OUT_OF_COMPLIANCE") == 0;
}

static bool elsewhere(const json_t *row)
{
	return strcasecmp(ctl_get(row, "status"), "Served Elsewhere") == 0;
}

/* What is free, negative if the license is short. Clients read `available`, which some servers do not let fall
 * below 0: then the numbers beside it tell. */
static int64_t balance(const json_t *row)
{
	int64_t rest = ctl_get_int(row, "quantity") - ctl_get_int(row, "reserved") - ctl_get_int(row, "inUse");
	int64_t available = ctl_has_int(row, "available") ? ctl_get_int(row, "available") : rest;

	return out_of_compliance(row) && available >= 0 && rest < 0 ? rest : available;
}

static bool many_virtual(const json_t *rows)
{
	const char *first = ctl_get(json_array_get(rows, 0), "virtualAccount");
	const json_t *row;
	size_t i;

	json_array_foreach (rows, i, row)
		if (strcmp(ctl_get(row, "virtualAccount"), first))
			return true;
	return false;
}

/* `UC Manager Basic License (12.x) is 1 short in Branch` */
static void add_short(struct buf *b, const json_t *row, bool where)
{
	int64_t free_n = balance(row);
	char number[TEXT_INT_SIZE];

	if (free_n < 0)
		buf_printf(b, "%s is %s short", ctl_get(row, "license"), text_int(-free_n, number));
	else
		buf_printf(b, "%s", ctl_get(row, "license"));
	if (where)
		buf_printf(b, " in %s", ctl_get(row, "virtualAccount"));
}

static void say_compliance(struct ctl *c, const json_t *rows)
{
	AUTO_BUF named = BUF_INIT;
	char all[CTL_COUNT_SIZE], number[TEXT_INT_SIZE];
	bool where = many_virtual(rows);
	int64_t out_n = 0, here_n = 0;
	const json_t *row;
	size_t i;

	json_array_foreach (rows, i, row) {
		here_n += !elsewhere(row);
		if (!out_of_compliance(row))
			continue;
		if (out_n < NAMED_MAX) {
			buf_adds(&named, out_n ? "; " : "");
			add_short(&named, row, where);
		}
		out_n++;
	}
	if (out_n > NAMED_MAX)
		buf_printf(&named, "; and %s more", text_int(out_n - NAMED_MAX, number));
	ctl_count(here_n, "license", "licenses", all);
	if (out_n)
		ctl_say(c, "%s of %s %s out of compliance: %s.", text_int(out_n, number), all, out_n == 1 ? "is" : "are",
			named.data);
	else if (here_n)
		ctl_say(c, "%s%s%s%s in compliance.", here_n == 1 ? "" : "All ", here_n == 1 ? "The only license" : all,
			here_n == (int64_t)i ? "" : " whose use is known", here_n == 1 ? " is" : " are");
	if (here_n < (int64_t)i)
		ctl_say(c, "How much is in use of what a satellite serves is known from its first synchronization on.");
}

/* The type of all lots that count, or Mixed; the next end of one. Lots that start later are no part of the numbers. */
static const char *lots(const json_t *row, int64_t *ends, char type[TEXT_STATUS_SIZE])
{
	const json_t *lot;
	bool mixed = false;
	size_t i, n = 0;

	*ends = 0;
	*type = '\0';
	json_array_foreach (ctl_rows(row, "licenseDetails"), i, lot) {
		int64_t end = ctl_get_time(lot, "endDate");
		char one[TEXT_STATUS_SIZE];

		if (ctl_get_time(lot, "startDate") > clock_now())
			continue;
		if (end > clock_now() && (*ends == 0 || end < *ends))
			*ends = end;
		text_status(ctl_get(lot, "licenseType"), one);
		mixed = mixed || (n++ > 0 && strcmp(one, type) != 0);
		memcpy(type, one, sizeof(one));
	}
	return mixed ? "Mixed" : type;
}

static const struct table_col license_cols[] = {
	{ "License", 0, 16, 0 }, /* its short name, which commands take: whole */
	{ "Virtual account", TABLE_MAYBE, 8, 0 },
	{ "Account", TABLE_MAYBE, 8, 2 },
	{ "Quantity", TABLE_RIGHT, 0, 0 },
	{ "In use", TABLE_RIGHT, 0, 0 },
	{ "Reserved", TABLE_RIGHT | TABLE_MAYBE, 0, 5 },
	{ "Borrowed", TABLE_RIGHT | TABLE_MAYBE, 0, 6 },
	{ "Lent", TABLE_RIGHT | TABLE_MAYBE, 0, 7 },
	{ "Balance", TABLE_RIGHT, 0, 0 },
	{ "Status", 0, 17, 1 }, /* the last to go: the balance and the first sentence say it too */
	{ "Ends", TABLE_MAYBE, 0, 3 },
	{ "Type", TABLE_MAYBE, 0, 4 },
};

/* As commands take it, and short. */
static const char *name_of(const json_t *row)
{
	const char *name = ctl_get(row, "shortName");

	return *name ? name : ctl_get(row, "license");
}

/* Use, and what follows from it; of what a satellite serves that is not known here. */
static void add_figures(struct table *t, const json_t *row, int64_t left)
{
	static const char *const names[] = { "inUse", "reserved", "borrowed", "lent" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (elsewhere(row))
			table_text(t, i ? "" : "–");
		else
			table_int(t, ctl_get_int(row, names[i]));
	}
	if (elsewhere(row)) {
		table_text(t, "–");
		return;
	}
	table_int(t, left);
	table_mood(t, left < 0 ? TABLE_BAD : TABLE_PLAIN);
}

/* The sum of a license that lies in several virtual accounts. */
static void add_total(struct table *t, const json_t *row, bool accounts)
{
	char status[TEXT_STATUS_SIZE];
	bool bad = out_of_compliance(row);

	table_text(t, name_of(row));
	table_text(t, "all");
	table_text(t, accounts ? ctl_get(row, "account") : "");
	table_int(t, ctl_get_int(row, "quantity"));
	add_figures(t, row, ctl_get_int(row, "available"));
	table_text(t, text_status(ctl_get(row, "status"), status));
	table_mood(t, bad ? TABLE_BAD : TABLE_PLAIN);
	table_when(t, 0);
	table_text(t, "");
}

static void add_license(struct table *t, const json_t *row, bool where, bool accounts)
{
	char status[TEXT_STATUS_SIZE], type[TEXT_STATUS_SIZE];
	int64_t ends;
	const char *kind = lots(row, &ends, type);
	bool bad = out_of_compliance(row);
	AUTO_BUF by = BUF_INIT;

	table_text(t, name_of(row));
	table_text(t, where ? ctl_get(row, "virtualAccount") : "");
	table_text(t, accounts ? ctl_get(row, "account") : "");
	table_int(t, ctl_get_int(row, "quantity"));
	add_figures(t, row, balance(row));
	if (elsewhere(row))
		buf_printf(&by, "Served by %s", ctl_get(row, "servedBy"));
	table_text(t, by.n ? by.data : text_status(ctl_get(row, "status"), status));
	table_mood(t, bad ? TABLE_BAD : TABLE_PLAIN);
	table_when(t, ends);
	table_text(t, kind);
}

/* `Enhanced in Site A: 5 leaving to Direct.` */
static void say_leaving(struct ctl *c, const json_t *rows)
{
	const json_t *row, *one;
	size_t i, k;

	json_array_foreach (rows, i, row)
		json_array_foreach (ctl_rows(row, "leaving"), k, one) {
			char number[TEXT_INT_SIZE];

			ctl_say(c, "%s in “%s”: %s leaving to “%s”, with the next synchronizations of “%s”.", name_of(row),
				ctl_get(row, "virtualAccount"), text_int(ctl_get_int(one, "quantity"), number),
				ctl_get(one, "targetVirtualAccount"), ctl_get(row, "servedBy"));
		}
}

void license_show(struct ctl *c, const json_t *answer)
{
	AUTO_TABLE t;
	const json_t *rows = ctl_rows(answer, "licenses"), *row;
	bool where = many_virtual(rows), accounts = ctl_many_accounts(rows);
	size_t i, k;

	table_init(&t, license_cols, sizeof(license_cols) / sizeof(*license_cols));
	json_array_foreach (rows, i, row)
		add_license(&t, row, where, accounts);
	json_array_foreach (ctl_rows(answer, "totals"), k, row)
		if (ctl_get_int(row, "virtualAccounts") > 1)
			add_total(&t, row, accounts);
	if (i == 0) {
		bool manager = ctl_is_manager(c);

		ctl_say(c, "%s",
			manager ? "There are no licenses here yet. Book some; this says how:"
				: "There are no licenses here yet. They arrive with the first synchronization. Where it stands:");
		ctl_hint(c, manager ? "help order add" : "sync status");
		return;
	}
	say_compliance(c, rows);
	say_leaving(c, rows);
	if (!where && *ctl_get(json_array_get(rows, 0), "virtualAccount"))
		ctl_say(c, "Virtual account: %s", ctl_get(json_array_get(rows, 0), "virtualAccount"));
	buf_addc(&c->out, '\n');
	table_print(&t, c->width, c->color, &c->out);
}

int cmd_license_list(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	return ctl_show_list(c, a, "licenses", list_licenses, license_show, e);
}

int cmd_license_transfer(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_FREE char *path = client_path("/accounts/{}/virtual-accounts/{}/licenses/transfer", args_text(a, "account"),
					   args_text(a, "from"));
	AUTO_JSON *body = json_object();
	AUTO_JSON *answer = NULL;
	json_t *one = json_object();
	const json_t *result;
	char number[TEXT_INT_SIZE];

	json_set_text(one, "license", args_text(a, "license"));
	ctl_put_text(one, "licenseType", a, "type");
	ctl_put_text(one, "precedence", a, "precedence");
	if (args_flag(a, "pending"))
		json_set_bool(one, "pending", true);
	json_set_int(one, "quantity", args_int(a, "quantity"));
	json_set_text(one, "targetVirtualAccount", args_text(a, "to"));
	json_object_set_new(body, "licenses", json_pack("[o]", one));
	if (args_flag(a, "force"))
		json_set_bool(body, "force", true);
	if (ctl_post(c, path, body, &answer, e))
		return -1;
	if (ctl_each(c, answer, "results", e)) {
		if (c->json)
			ctl_json(c, answer);
		return -1;
	}
	result = json_array_get(ctl_rows(answer, "results"), 0);
	if (*ctl_get(result, "move"))
		ctl_done(c, answer, "%s of “%s” are on their way from “%s” to “%s”. %s",
			 text_int(args_int(a, "quantity"), number), args_text(a, "license"), args_text(a, "from"),
			 args_text(a, "to"), ctl_get(result, "statusMessage"));
	else
		ctl_done(c, answer, "%s of “%s” transferred from “%s” to “%s”.", text_int(args_int(a, "quantity"), number),
			 args_text(a, "license"), args_text(a, "from"), args_text(a, "to"));
	return 0;
}
