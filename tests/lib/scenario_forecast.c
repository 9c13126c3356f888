/* scenario_forecast.c - what a story says of the time to come, and of the days that were. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "lic/account.h"
#include "lic/forecast.h"
#include "lic/history.h"
#include "lic/license.h"
#include "tests/lib/scenario.h"

#define CHANGES_MAX 16

struct asked {
	struct account_row account;
	struct virtual_account_row va;
	struct entitlement_row kind;
};

static int broken(struct world *w, const struct err *e)
{
	return world_fail(w, "cannot be read: %s: %s", err_name(e->code), e->text);
}

static int find_asked(struct world *w, struct tx *tx, struct words *in, struct asked *out)
{
	const char *account = words_value(in, "account"), *va = words_value(in, "va"), *license = words_next(in);
	struct err e = ERR_INIT;

	if (license == NULL)
		return world_fail(w, "of which license?");
	if (account_find(tx, account ? account : ACCOUNT, &out->account, &e) ||
	    virtual_account_find(tx, &out->account, va ? va : DEFAULT_VIRTUAL_ACCOUNT, &out->va, &e) ||
	    entitlement_find(tx, license, &out->kind, &e))
		return broken(w, &e);
	return 0;
}

static int text_differs(struct world *w, const char *what, const char *is, const char *want)
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

/* A moment as `+30d` from now, or `none`. */
static int moment_differs(struct world *w, const char *what, int64_t is, const char *want, int64_t around)
{
	int64_t ms, now = server_reader(w->servers, &w->arena).now;

	if (want == NULL)
		return 0;
	if (strcmp(want, "none") == 0)
		return is == 0 ? 0 : world_fail(w, "%s is %+" PRId64 " ms, not none", what, is - now);
	if (!line_span(want, &ms))
		return world_fail(w, "%s=%s is no time from now", what, want);
	if (is == 0)
		return world_fail(w, "%s is none, not %s", what, want);
	if (llabs(is - now - ms) > around)
		return world_fail(w, "%s is %+" PRId64 " ms, %+" PRId64 " days, not %s", what, is - now,
				  (is - now) / DAY_MS, want);
	return 0;
}

struct wanted {
	const char *first_short, *missing, *until, *cause, *certain, *needed, *needed_certain, *growth, *history, *says;
	const char *changed, *quantity, *in_use;
	int64_t around, days;
};

static int wanted_read(struct world *w, struct words *in, struct wanted *out)
{
	const char *around = words_value(in, "around"), *days = words_value(in, "days");

	*out = (struct wanted){ .first_short = words_value(in, "first-short"),
				.missing = words_value(in, "missing"),
				.until = words_value(in, "until"),
				.cause = words_value(in, "cause"),
				.certain = words_value(in, "certain"),
				.needed = words_value(in, "needed"),
				.needed_certain = words_value(in, "needed-certain"),
				.growth = words_value(in, "growth"),
				.history = words_value(in, "history"),
				.says = words_value(in, "says"),
				.changed = words_value(in, "changed"),
				.quantity = words_value(in, "quantity"),
				.in_use = words_value(in, "in-use"),
				.days = FORECAST_DAYS };
	if (around && !line_span(around, &out->around))
		return world_fail(w, "around=%s is no time", around);
	if (days && str_int(days, 0, INT64_MAX, &out->days))
		return world_fail(w, "days=%s is no number", days);
	return 0;
}

static int compare(struct world *w, const struct forecast_row *row, const struct forecast *is, const struct wanted *want)
{
	const struct gap none = { .from = 0 }, *first = is->likely.gaps ? is->likely.gaps : &none;
	const struct gap *certain = is->certain.gaps ? is->certain.gaps : &none;
	int64_t growth = (int64_t)(row->trend.growth * 365 + (row->trend.growth < 0 ? -0.5 : 0.5));

	if (moment_differs(w, "first-short", first->from, want->first_short, want->around) ||
	    moment_differs(w, "certain", certain->from, want->certain, 0) ||
	    moment_differs(w, "until", first->until, want->until, want->around) ||
	    number_differs(w, "missing", first->missing, want->missing) ||
	    number_differs(w, "needed", is->likely.needed, want->needed) ||
	    number_differs(w, "needed-certain", is->certain.needed, want->needed_certain) ||
	    number_differs(w, "growth", growth, want->growth) ||
	    number_differs(w, "history", row->trend.days, want->history) ||
	    number_differs(w, "quantity", is->pool.quantity, want->quantity) ||
	    number_differs(w, "in use", is->pool.in_use, want->in_use) ||
	    text_differs(w, "cause", is->likely.cause, want->cause) ||
	    text_differs(w, "changed", row->changed ? "yes" : "no", want->changed))
		return -1;
	if (want->says && strstr(is->likely.text, want->says) == NULL)
		return world_fail(w, "it says '%s'", is->likely.text);
	return 0;
}

/* Runs on a reader, and yet it is made sure that nothing changed. */
static int run(struct world *w, struct server *s, struct words *in, const struct forecast_change *changes, size_t n,
	       struct result *out)
{
	struct tx tx = server_reader(s, &w->arena);
	struct state before, after;
	struct forecast_row *rows;
	struct err e = ERR_INIT;
	struct wanted want;
	struct asked a;
	size_t rows_n, i = 0;

	if (wanted_read(w, in, &want) || find_asked(w, &tx, in, &a) || state_take(w, &before))
		return -1;
	if (forecast_read(&tx, &a.account,
			  &(struct forecast_ask){ .virtual_accounts = &a.va,
						  .virtual_accounts_n = 1,
						  .days = want.days,
						  .changes = changes,
						  .changes_n = n },
			  &rows, &rows_n, &e))
		return result_refused(out, &e);
	if (state_take(w, &after))
		return -1;
	if (state_difference(&before, &after))
		return world_fail(w, "a forecast changed the table %s", state_difference(&before, &after));
	while (i < rows_n && (rows[i].kind->id != a.kind.id || rows[i].virtual_account->id != a.va.id))
		i++;
	if (i == rows_n)
		return world_fail(w, "there is no such pool");
	return compare(w, &rows[i], n ? &rows[i].what_if : &rows[i].now, &want) ? -1 : result_code(out, "OK");
}

/* `forecast Basic [va=Branch] [at=manager] [days=730] first-short=+30d|none [around=1d] missing=2 until=+40d|none
 * cause=LOTS_END certain=+30d|none needed=2 needed-certain=2 growth=365 (a year) history=90 (days) says=TEXT
 * quantity=5 in-use=7` */
static int run_forecast(struct world *w, struct words *in, struct result *out)
{
	struct server *s = world_server(w, in, SATELLITE);

	return s ? run(w, s, in, NULL, 0, out) : -1;
}

/* `LICENSE:N[:V[:V2]]` */
static int read_change(struct world *w, enum forecast_what what, char *word, struct forecast_change *out)
{
	char *part[4] = { strtok(word, ":"), strtok(NULL, ":"), strtok(NULL, ":"), strtok(NULL, ":") };

	*out = (struct forecast_change){ .what = what, .license = part[0], .virtual_account = part[2], .to = part[3] };
	if (part[1] == NULL || str_int(part[1], INT64_MIN, INT64_MAX, &out->n))
		return world_fail(w, "a change is LICENSE:N[:VIRTUAL-ACCOUNT[:TO]]");
	return 0;
}

/* `what-if Basic add=CUWL:5 add=Basic:1:Branch move=Basic:3:Default:Branch use=Basic:7 changed=yes …`: as forecast,
 * after the changes, which are made nowhere. */
static int run_what_if(struct world *w, struct words *in, struct result *out)
{
	static const char *const names[] = { [FORECAST_ADD] = "add", [FORECAST_MOVE] = "move", [FORECAST_USE] = "use" };
	struct server *s = world_server(w, in, SATELLITE);
	struct forecast_change changes[CHANGES_MAX];
	size_t n = 0;
	char *word;

	for (size_t k = 0; s && k < sizeof(names) / sizeof(names[0]); k++)
		while ((word = words_value(in, names[k])) != NULL)
			if (n == CHANGES_MAX || read_change(w, (enum forecast_what)k, word, &changes[n++]))
				return -1;
	return s ? run(w, s, in, changes, n, out) : -1;
}

/* `used Basic [va=Branch] [at=manager] ago=3 is=5|unknown`: the figure of the day so many days ago. */
static int run_used(struct world *w, struct words *in, struct result *out)
{
	const char *ago = words_value(in, "ago"), *is = words_value(in, "is");
	struct server *s = world_server(w, in, SATELLITE);
	struct err e = ERR_INIT;
	struct history h;
	struct asked a;
	struct tx tx;
	int64_t days, day;

	if (s == NULL || is == NULL || ago == NULL || str_int(ago, 0, INT32_MAX, &days))
		return world_fail(w, "used LICENSE ago=DAYS is=COUNT");
	tx = server_reader(s, &w->arena);
	day = history_day(tx.now) - days;
	if (find_asked(w, &tx, in, &a))
		return -1;
	if (history_read(&tx, a.va.id, a.kind.id, day, &h, &e))
		return broken(w, &e);
	if (h.n == 0 || h.first > day)
		return text_differs(w, "in use on that day", "unknown", is) ? -1 : result_code(out, "OK");
	return number_differs(w, "in use on that day", h.in_use[0], is) ? -1 : result_code(out, "OK");
}

const struct verb forecast_verbs[] = {
	{ "forecast", run_forecast, true },
	{ "what-if", run_what_if, false },
	{ "used", run_used, true },
	{ NULL, NULL, false },
};
