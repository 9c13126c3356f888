/* cmd_forecast.c - when licenses will be short, and what if. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "ctl/ctl.h"

#define QUANTITY_MAX 2147483647
#define BAR_CELLS 48

/* ---- asking ---- */

/* `L=N:REST`; *rest is NULL without a colon. The text is cut in place. */
static int cut(const char *opt, char *text, const char *form, int64_t least, int64_t *n, char **rest, struct err *e)
{
	char *number = strchr(text, '=');

	if (number == NULL || number == text)
		return err_field(e, E_USAGE, opt, "--%s takes %s, not “%s”.", opt, form, text);
	*number++ = '\0';
	*rest = strchr(number, ':');
	if (*rest)
		*(*rest)++ = '\0';
	if (str_int(number, least, QUANTITY_MAX, n))
		return err_field(e, E_USAGE, opt, "--%s takes %s, where N is a number from %d; “%s” is none.", opt, form,
				 (int)least, number);
	if (*rest && **rest == '\0')
		return err_field(e, E_USAGE, opt, "--%s takes %s; nothing stands behind the last colon.", opt, form);
	return 0;
}

static int put_place(json_t *list, const char *opt, char *text, int64_t least, struct err *e)
{
	json_t *one;
	int64_t n;
	char *va;

	if (cut(opt, text, "L=N[:V]", least, &n, &va, e))
		return -1;
	one = json_object();
	json_set_text(one, "license", text);
	json_set_int(one, "quantity", n);
	if (va)
		json_set_text(one, "virtualAccount", va);
	json_array_append_new(list, one);
	return 0;
}

static int put_move(json_t *list, char *text, struct err *e)
{
	char *from, *to;
	json_t *one;
	int64_t n;

	if (cut("move", text, "L=N:FROM:TO", 1, &n, &from, e))
		return -1;
	to = from ? strchr(from, ':') : NULL;
	if (to == NULL || to == from || to[1] == '\0')
		return err_field(e, E_USAGE, "move", "--move takes L=N:FROM:TO, two virtual accounts behind the number.");
	*to++ = '\0';
	if (strchr(to, ':'))
		return err_field(e, E_USAGE, "move",
				 "--move takes L=N:FROM:TO; names that have a colon in them cannot be told apart here.");
	one = json_object();
	json_set_text(one, "license", text);
	json_set_int(one, "quantity", n);
	json_set_text(one, "from", from);
	json_set_text(one, "to", to);
	json_array_append_new(list, one);
	return 0;
}

static int put_changes(json_t *body, const struct ctl_args *a, const char *opt, struct err *e)
{
	json_t *list = json_array();
	const char *value;
	int rc = 0;

	for (size_t i = 0; rc == 0 && (value = args_each(a, opt, i)) != NULL; i++) {
		AUTO_FREE char *text = mem_strdup(value);

		rc = strcmp(opt, "move") == 0 ? put_move(list, text, e)
					      : put_place(list, opt, text, strcmp(opt, "use") == 0 ? 0 : 1, e);
	}
	if (json_array_size(list))
		json_object_set(body, opt, list);
	json_decref(list);
	return rc;
}

/* The body, but for the virtual account. */
static int read_question(const struct ctl_args *a, json_t *body, struct err *e)
{
	if (a->pos_n)
		json_object_set_new(body, "licenses", json_pack("[s]", a->pos[0]));
	if (args_text(a, "days"))
		json_set_int(body, "days", args_int(a, "days"));
	return put_changes(body, a, "add", e) || put_changes(body, a, "move", e) || put_changes(body, a, "use", e) ? -1 : 0;
}

static int ask(struct ctl *c, const char *account, const char *va, json_t **out, struct err *e)
{
	AUTO_FREE char *path = client_path("/accounts/{}/licenses/forecast", account);
	AUTO_JSON *body = json_object();

	if (va)
		json_object_set_new(body, "virtualAccounts", json_pack("[s]", va));
	if (read_question(c->args, body, e))
		return -1;
	return ctl_post(c, path, body, out, e);
}

/* ---- showing ---- */

struct view {
	struct ctl *c;
	int64_t now, horizon;
	bool what_if, where; /* with changes; in several virtual accounts */
	bool accounts;       /* of several accounts */
	bool named;          /* one license was asked for */
};

static const json_t *side(const json_t *row, bool what_if)
{
	return json_object_get(row, what_if ? "whatIf" : "forecast");
}

static bool is_short(const json_t *forecast)
{
	return strcmp(ctl_get(forecast, "status"), "ENOUGH") != 0;
}

/* `now`, `24 Nov 2027`, `–`. */
static void cell_first(struct table *t, const json_t *forecast)
{
	if (strcmp(ctl_get(forecast, "status"), "SHORT") == 0)
		table_text(t, "now");
	else
		table_when(t, ctl_get_time(forecast, "firstShortage"));
	table_mood(t, strcmp(ctl_get(forecast, "status"), "SHORT") == 0 ? TABLE_BAD
		      : is_short(forecast)                              ? TABLE_WARN
									: TABLE_PLAIN);
}

static const struct table_col plain_cols[] = {
	{ "License", 0, 22, 0 },
	{ "Virtual account", TABLE_MAYBE, 8, 0 },
	{ "Account", TABLE_MAYBE, 8, 0 },
	{ "In use", TABLE_RIGHT, 0, 0 },
	{ "Of", TABLE_RIGHT, 0, 0 },
	{ "First shortage", 0, 0, 0 },
	{ "Missing", TABLE_RIGHT | TABLE_MAYBE, 0, 1 },
	{ "Needed", TABLE_RIGHT | TABLE_MAYBE, 0, 0 },
};

static const struct table_col what_if_cols[] = {
	{ "License", 0, 18, 0 }, { "Virtual account", TABLE_MAYBE, 8, 0 }, { "First shortage", 0, 0, 0 },
	{ "what if", 0, 0, 0 },  { "Needed", TABLE_RIGHT, 0, 0 },          { "what if", TABLE_RIGHT, 0, 0 },
};

static void add_plain(struct table *t, const struct view *v, const json_t *row)
{
	const json_t *now = side(row, false);

	table_text(t, ctl_get(row, "license"));
	table_text(t, v->where ? ctl_get(row, "virtualAccount") : "");
	table_text(t, v->accounts ? ctl_get(row, "account") : "");
	table_int(t, ctl_get_int(now, "inUse"));
	table_int(t, ctl_get_int(now, "quantity"));
	cell_first(t, now);
	table_int(t, ctl_get_int(now, "missing"));
	table_int(t, ctl_get_int(now, "needed"));
}

static void add_what_if(struct table *t, const struct view *v, const json_t *row)
{
	const json_t *now = side(row, false), *then = side(row, true);

	table_text(t, ctl_get(row, "license"));
	table_text(t, v->where ? ctl_get(row, "virtualAccount") : "");
	cell_first(t, now);
	cell_first(t, then);
	table_int(t, ctl_get_int(now, "needed"));
	table_int(t, ctl_get_int(then, "needed"));
}

static void show_table(const struct view *v, const json_t *rows)
{
	AUTO_TABLE t;
	const json_t *row;
	size_t i;

	if (v->what_if)
		table_init(&t, what_if_cols, sizeof(what_if_cols) / sizeof(*what_if_cols));
	else
		table_init(&t, plain_cols, sizeof(plain_cols) / sizeof(*plain_cols));
	json_array_foreach (rows, i, row) {
		if (v->what_if)
			add_what_if(&t, v, row);
		else
			add_plain(&t, v, row);
	}
	table_print(&t, v->c->width, v->c->color, &v->c->out);
}

/* Is it short at any moment of [from, until)? */
static bool short_within(const json_t *gaps, int64_t from, int64_t until)
{
	const json_t *gap;
	size_t i;

	json_array_foreach (gaps, i, gap) {
		int64_t end = ctl_get_time(gap, "until");

		if (ctl_get_time(gap, "from") < until && (end == 0 || end > from))
			return true;
	}
	return false;
}

static void add_bar(const struct view *v, const char *label, const json_t *forecast)
{
	const json_t *likely = ctl_rows(forecast, "shortages");
	const json_t *certain = ctl_rows(json_object_get(forecast, "certain"), "shortages");
	char end[TEXT_WHEN_SIZE];

	buf_printf(&v->c->out, "  %-8s ", label);
	for (int64_t i = 0; i < BAR_CELLS; i++) {
		int64_t from = v->now + (v->horizon - v->now) * i / BAR_CELLS;
		int64_t until = v->now + (v->horizon - v->now) * (i + 1) / BAR_CELLS;

		buf_adds(&v->c->out, short_within(certain, from, until)  ? "█"
				     : short_within(likely, from, until) ? "▒"
									 : "·");
	}
	buf_printf(&v->c->out, " %s\n", text_when(v->horizon, end));
}

static void say_indented(const struct view *v, const char *text)
{
	buf_adds(&v->c->out, "  ");
	text_wrap(text, v->c->width, 2, 2, &v->c->out);
}

/* `14 in use, 10 licenses, 4 borrowed; enough until 24 Nov 2028` */
static void add_enough(const struct view *v, const json_t *forecast, struct buf *b)
{
	static const char *const others[] = { "reserved", "borrowed", "lent" };
	char number[TEXT_INT_SIZE], all[CTL_COUNT_SIZE];

	buf_printf(b, "%s in use, ", text_int(ctl_get_int(forecast, "inUse"), number));
	buf_adds(b, ctl_count(ctl_get_int(forecast, "quantity"), "license", "licenses", all));
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		if (ctl_get_int(forecast, others[i]))
			buf_printf(b, ", %s %s", text_int(ctl_get_int(forecast, others[i]), number), others[i]);
	buf_printf(b, "; enough until %s.", text_when(v->horizon, number));
}

/* Why, and whether it is certain. */
static void say_cause(const struct view *v, const char *label, const json_t *forecast)
{
	const json_t *certain = json_object_get(forecast, "certain");
	int64_t trend = ctl_get_int(forecast, "needed") - ctl_get_int(certain, "needed");
	bool by_trend = strcmp(ctl_get(forecast, "basis"), "TREND") == 0;
	char number[TEXT_INT_SIZE];
	AUTO_BUF b = BUF_INIT;

	buf_adds(&b, label);
	if (!is_short(forecast)) {
		add_enough(v, forecast, &b);
	} else {
		buf_printf(&b, "%s; %s missing.", ctl_get(forecast, "causeText"),
			   text_int(ctl_get_int(forecast, "missing"), number));
		if (by_trend && ctl_get_time(certain, "firstShortage"))
			buf_printf(&b, " That is the trend. Certain at today's use: %s.", ctl_get(certain, "causeText"));
		else if (by_trend)
			buf_adds(&b, " That is the trend; at today's use there are enough.");
		else if (trend)
			buf_printf(&b, " Of those needed %s are for the trend.", text_int(trend, number));
	}
	say_indented(v, b.data);
}

static void say_trend(const struct view *v, const json_t *row)
{
	int64_t growth = ctl_get_int(row, "growthPerYear");
	char number[TEXT_INT_SIZE], days[CTL_COUNT_SIZE];
	AUTO_BUF b = BUF_INIT;

	if (growth == 0)
		return;
	buf_printf(&b, "By the last %s use %s by %s a year%s.",
		   ctl_count(ctl_get_int(row, "historyDays"), "day", "days", days), growth > 0 ? "grows" : "falls",
		   text_int(growth > 0 ? growth : -growth, number), growth > 0 ? "" : "; here it is taken as flat");
	say_indented(v, b.data);
}

/* Returns true if it has drawn a bar. */
static bool show_pool(const struct view *v, const json_t *row)
{
	const json_t *now = side(row, false), *then = side(row, true);
	bool changed = v->what_if && ctl_get_bool(row, "changed"), bars = is_short(now) || (changed && is_short(then));

	if (!bars && !changed && !v->named)
		return false;
	buf_addc(&v->c->out, '\n');
	if (v->accounts)
		ctl_say(v->c, "%s in %s, account %s", ctl_get(row, "license"), ctl_get(row, "virtualAccount"),
			ctl_get(row, "account"));
	else if (v->where)
		ctl_say(v->c, "%s in %s", ctl_get(row, "license"), ctl_get(row, "virtualAccount"));
	else
		ctl_say(v->c, "%s", ctl_get(row, "license"));
	if (bars)
		add_bar(v, changed ? "as is" : "from now", now);
	if (bars && changed)
		add_bar(v, "what if", then);
	say_cause(v, changed ? "As is: " : "", now);
	if (changed)
		say_cause(v, "What if: ", then);
	say_trend(v, row);
	return bars;
}

static void say_all(const struct view *v, const json_t *rows)
{
	char all[CTL_COUNT_SIZE], number[TEXT_INT_SIZE], end[TEXT_WHEN_SIZE];
	int64_t before = 0, after = 0;
	const json_t *row;
	size_t i;

	json_array_foreach (rows, i, row) {
		before += is_short(side(row, false));
		after += v->what_if ? is_short(side(row, true)) : 0;
	}
	ctl_count((int64_t)i, "license", "licenses", all);
	text_when(v->horizon, end);
	if (before == 0)
		ctl_say(v->c, "No license is or will be short until %s.", end);
	else
		ctl_say(v->c, "%s of %s %s or will be short until %s.", text_int(before, number), all,
			before == 1 ? "is" : "are", end);
	if (v->what_if && after == before)
		ctl_say(v->c, "With the changes it would be as many. Nothing was changed.");
	else if (v->what_if)
		ctl_say(v->c, "With the changes it would be %s. Nothing was changed.",
			after ? text_int(after, number) : "none");
}

static bool many_virtual(const json_t *rows)
{
	const json_t *row;
	size_t i;

	json_array_foreach (rows, i, row)
		if (strcmp(ctl_get(row, "virtualAccount"), ctl_get(json_array_get(rows, 0), "virtualAccount")))
			return true;
	return false;
}

/* Whether there are any. */
static bool say_elsewhere(struct ctl *c, const json_t *answer)
{
	const json_t *row;
	size_t i;

	json_array_foreach (ctl_rows(answer, "servedElsewhere"), i, row)
		ctl_say(c, "There is no forecast of “%s” here: %s serves it and knows how many are in use. Ask there.",
			ctl_get(row, "virtualAccount"), ctl_get(row, "servedBy"));
	return i > 0;
}

static void show(struct ctl *c, const struct ctl_args *a, const json_t *answer)
{
	const json_t *rows = ctl_rows(answer, "forecasts"), *row;
	struct view v = { .c = c,
			  .now = ctl_get_time(answer, "time"),
			  .horizon = ctl_get_time(answer, "horizon"),
			  .what_if = a->each_n > 0,
			  .where = many_virtual(rows),
			  .accounts = ctl_many_accounts(rows),
			  .named = a->pos_n > 0 };
	bool any = false;
	size_t i;

	if (json_array_size(rows) == 0) {
		if (say_elsewhere(c, answer))
			return;
		if (v.named)
			ctl_say(c, "“%s” is neither owned nor in use here.", a->pos[0]);
		else
			ctl_say(c, "There are no licenses here to look ahead for.");
		return;
	}
	say_all(&v, rows);
	say_elsewhere(c, answer);
	if (!v.where && !v.accounts)
		ctl_say(c, "Virtual account: %s", ctl_get(json_array_get(rows, 0), "virtualAccount"));
	buf_addc(&c->out, '\n');
	show_table(&v, rows);
	json_array_foreach (rows, i, row)
		any = show_pool(&v, row) || any;
	if (any) {
		buf_addc(&c->out, '\n');
		ctl_say(c, "· enough, ▒ short if use grows on, █ short at today's use");
	}
}

/* What if is a question about one account; without changes all are looked at. */
static int forecast(struct ctl *c, const struct ctl_args *a, json_t **out, struct err *e)
{
	AUTO_FREE char *account = NULL;
	AUTO_JSON *checked = json_object();

	c->args = a;
	if (a->each_n == 0)
		return ctl_list(c, a, "forecasts", ask, out, e);
	if (read_question(a, checked, e) || ctl_one_account(c, a, &account, e))
		return -1;
	return ask(c, account, args_text(a, "virtual-account"), out, e);
}

int cmd_license_forecast(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_JSON *answer = NULL;

	if (forecast(c, a, &answer, e))
		return -1;
	if (c->json)
		ctl_json(c, answer);
	else
		show(c, a, answer);
	return 0;
}
