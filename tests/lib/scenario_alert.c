/* scenario_alert.c - alerts, and many products at once. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/rand.h"
#include "base/str.h"
#include "lic/account.h"
#include "lic/alert.h"
#include "lic/instance.h"
#include "lic/license.h"
#include "lic/usage.h"
#include "tests/lib/scenario.h"

static int result_of(struct result *out, int rc, const struct err *e)
{
	return rc ? result_refused(out, e) : result_code(out, "OK");
}

/* ---- looking ---- */

struct wanted {
	const char *key, *source, *account, *va; /* NULL = any */
};

static bool is_wanted(const struct alert *a, const struct wanted *w)
{
	return (w->key == NULL || strcmp(alert_key(a->kind), w->key) == 0) &&
	       (w->source == NULL || strstr(a->source, w->source)) &&
	       (w->va == NULL || (a->virtual_account && strcmp(a->virtual_account, w->va) == 0));
}

static void read_wanted(struct world *w, struct words *in, struct wanted *out)
{
	const char *key;

	out->source = words_value(in, "source");
	out->account = words_value(in, "account");
	out->va = words_value(in, "va");
	key = words_next(in);
	out->key = key && strcmp(key, "any") == 0 ? NULL : key;
	(void)w;
}

/* The first alert that is wanted: 1, 0 if there is none, -1. *n: how many there are. */
static int find_alert(struct world *w, struct server *s, const struct wanted *want, struct alert *out, size_t *n)
{
	struct tx tx = server_reader(s, &w->arena);
	struct account_row account = { .id = 0 };
	struct err e = ERR_INIT;
	struct alert *all;
	size_t all_n;

	*n = 0;
	if ((want->account && account_find(&tx, want->account, &account, &e)) ||
	    alert_list(&tx, account.id, &all, &all_n, &e))
		return world_fail(w, "alerts cannot be read: %s: %s", err_name(e.code), e.text);
	for (size_t i = 0; i < all_n; i++) {
		if (!is_wanted(&all[i], want))
			continue;
		if ((*n)++ == 0)
			*out = all[i];
	}
	return *n > 0;
}

static int check_text(struct world *w, const char *what, const char *is, const char *want)
{
	if (want == NULL || strcmp(is ? is : "", want) == 0)
		return 0;
	return world_fail(w, "%s is '%s', not '%s'", what, is ? is : "", want);
}

/* `30d`, `-2h`, `now` = not later than now, `none`. */
static int check_moment(struct world *w, const char *what, int64_t is, int64_t now, const char *want)
{
	int64_t ms;

	if (want == NULL || (strcmp(want, "none") == 0 && is == 0) || (strcmp(want, "now") == 0 && is && is <= now))
		return 0;
	if (line_span(want, &ms) && is && is - now == ms)
		return 0;
	return world_fail(w, "%s is %" PRId64 " ms from now, not %s", what, is ? is - now : 0, want);
}

static int check_number(struct world *w, const char *what, int64_t is, const char *want)
{
	int64_t n = 0;

	if (want == NULL || (str_int(want, 0, INT64_MAX, &n) == 0 && n == is))
		return 0;
	return world_fail(w, "%s is %" PRId64 ", not %s", what, is, want);
}

/* `alert licenses-expiring [at=manager] [account=…] [va=Branch] [source=Basic] severity=MAJOR due=30d|now|none raised=-2d
 * acknowledged=no|yes by=… note=… of=312 count=2 says="…"`: one of this kind is open. of: how many things it stands for;
 * count: how many alerts. */
static int run_alert(struct world *w, struct words *in, struct result *out)
{
	struct server *s = world_server(w, in, SATELLITE);
	const char *severity = words_value(in, "severity"), *due = words_value(in, "due"),
		   *raised = words_value(in, "raised"), *acknowledged = words_value(in, "acknowledged"),
		   *by = words_value(in, "by"), *note = words_value(in, "note"), *says = words_value(in, "says"),
		   *of = words_value(in, "of"), *count = words_value(in, "count");
	struct wanted want;
	struct alert a = { .kind = 0 };
	int64_t now;
	size_t n = 0;
	int rc;

	if (s == NULL)
		return -1;
	read_wanted(w, in, &want);
	now = wall_now(&s->site.wall);
	rc = find_alert(w, s, &want, &a, &n);
	if (rc == 0)
		return world_fail(w, "there is no alert %s", want.key ? want.key : "at all");
	if (rc < 0 || check_text(w, "severity", a.major ? "MAJOR" : "MINOR", severity) ||
	    check_moment(w, "due", a.due_at, now, due) || check_moment(w, "raised", a.raised_at, now, raised) ||
	    check_text(w, "acknowledged", a.acknowledged_at ? "yes" : "no", acknowledged) ||
	    check_text(w, "by", a.acknowledged_by, by) || check_text(w, "note", a.note, note) ||
	    check_number(w, "of", a.count, of) || check_number(w, "count", (int64_t)n, count))
		return -1;
	if (says && strstr(a.message, says) == NULL)
		return world_fail(w, "it says '%s'", a.message);
	return result_code(out, "OK");
}

/* `no-alert licenses-expiring|any [at=…] [source=…] [va=…]` */
static int run_no_alert(struct world *w, struct words *in, struct result *out)
{
	struct server *s = world_server(w, in, SATELLITE);
	struct wanted want;
	struct alert a = { .kind = 0 };
	size_t n;
	int rc;

	if (s == NULL)
		return -1;
	read_wanted(w, in, &want);
	rc = find_alert(w, s, &want, &a, &n);
	if (rc == 1)
		return world_fail(w, "there is an alert %s: %s", alert_key(a.kind), a.message);
	return rc ? -1 : result_code(out, "OK");
}

/* ---- doing ---- */

struct acknowledgement {
	struct alert alert;
	const char *note;
};

static int acknowledge_job(struct tx *tx, void *arg, struct err *e)
{
	struct acknowledgement *a = arg;

	return alert_acknowledge(tx, &a->alert, a->note, e);
}

/* `acknowledge licenses-expiring [source=…] [va=…] [note="…"]` */
static int run_acknowledge(struct world *w, struct words *in, struct result *out)
{
	struct server *s = world_server(w, in, SATELLITE);
	struct acknowledgement a = { .note = words_value(in, "note") };
	struct wanted want;
	struct err e = ERR_INIT;
	size_t n;
	int rc;

	if (s == NULL)
		return -1;
	read_wanted(w, in, &want);
	rc = find_alert(w, s, &want, &a.alert, &n);
	if (rc == 0)
		return world_fail(w, "there is no alert %s to acknowledge", want.key ? want.key : "at all");
	return rc < 0 ? -1 : result_of(out, server_write(s, &story_administrator, &w->arena, acknowledge_job, &a, &e), &e);
}

struct fact {
	enum alert_kind kind;
	const char *subject, *va;
	bool clear, once;
};

static int fact_job(struct tx *tx, void *arg, struct err *e)
{
	struct fact *f = arg;
	struct virtual_account_row va;
	struct account_row account;
	int rc;

	if (f->clear)
		return alert_clear(tx, f->kind, f->subject, e);
	rc = f->once ? alert_open(tx, f->kind, f->subject, e) : 0;
	if (rc)
		return rc < 0 ? -1 : 0;
	if (account_find(tx, ACCOUNT, &account, e) || virtual_account_find(tx, &account, f->va, &va, e))
		return -1;
	return alert_raise(tx, f->kind, &account, &va, f->subject, f->subject,
			   arena_printf(tx->arena, "It happened to %s.", f->subject), e);
}

static int run_fact(struct world *w, struct words *in, struct result *out, bool clear)
{
	struct server *s = world_server(w, in, SATELLITE);
	const char *va = words_value(in, "va"), *key;
	struct fact f = { .clear = clear, .once = words_flag(in, "once"), .va = va ? va : DEFAULT_VIRTUAL_ACCOUNT };
	struct err e = ERR_INIT;

	key = words_next(in);
	f.subject = words_next(in);
	while (f.kind < ALERT__MAX && key && strcmp(alert_key(f.kind), key) != 0)
		f.kind++;
	if (s == NULL || key == NULL || f.kind == ALERT__MAX || f.subject == NULL)
		return world_fail(w, "raise|clear KIND SUBJECT");
	return result_of(out, server_write(s, &story_administrator, &w->arena, fact_job, &f, &e), &e);
}

/* `raise duplicate SUBJECT [va=Branch] [once]`: as the rules do when something happened; once: unless it is open. */
static int run_raise(struct world *w, struct words *in, struct result *out)
{
	return run_fact(w, in, out, false);
}

static int run_clear(struct world *w, struct words *in, struct result *out)
{
	return run_fact(w, in, out, true);
}

struct due {
	int64_t at;
};

static int schedule_job(struct tx *tx, void *arg, struct err *e)
{
	struct due *d = arg;
	struct account_row account;

	if (account_find(tx, ACCOUNT, &account, e))
		return -1;
	return q_account_set_sync_due(tx->db, account.id, d->at, e);
}

/* `schedule-sync 7d|none`: when the next synchronization is due. */
static int run_schedule(struct world *w, struct words *in, struct result *out)
{
	struct server *s = world_server(w, in, SATELLITE);
	const char *word = words_next(in);
	struct due d = { .at = 0 };
	struct err e = ERR_INIT;
	int64_t ms;

	if (s == NULL || word == NULL)
		return world_fail(w, "schedule-sync SPAN|none");
	if (line_span(word, &ms))
		d.at = clock_now() + ms;
	return result_of(out, server_write(s, &story_administrator, &w->arena, schedule_job, &d, &e), &e);
}

static int seen_job(struct tx *tx, void *arg, struct err *e)
{
	struct virtual_account_row va;
	struct satellite_row row;
	struct account_row account;

	if (account_find(tx, ACCOUNT, &account, e) || virtual_account_find(tx, &account, SITE_ACCOUNT, &va, e) ||
	    q_satellite_by_uuid(tx->db, tx->arena, arg, &row, e) != 1)
		return -1;
	return q_delegation_synced(tx->db, row.id, va.id, tx->now, e);
}

/* `seen satellite`: the manager sees that the satellite has its authorization. */
static int run_seen(struct world *w, struct words *in, struct result *out)
{
	const char *name = words_next(in);
	struct server *s = world_find_server(w, name ? name : "");
	struct err e = ERR_INIT;

	if (s == NULL)
		return -1;
	return result_of(out, server_write(w->servers, &story_administrator, &w->arena, seen_job, s->site.uuid, &e), &e);
}

/* ---- fleets: many products by the rules alone, without keys and messages ---- */

struct fleet {
	const char *name, *va;
	int64_t count, first, last; /* numbers from 0; last is beyond */
	const char *what;
	struct usage_asked asked[LINE_WORDS];
	size_t n;
};

static int fleet_add(struct tx *tx, struct fleet *f, struct err *e)
{
	struct virtual_account_row va;
	struct account_row account;

	if (account_find(tx, ACCOUNT, &account, e) || virtual_account_find(tx, &account, f->va, &va, e))
		return -1;
	for (int64_t i = 0; i < f->count; i++) {
		char uuid[UUID_SIZE];
		struct instance_row row = { .uuid = rand_uuid(uuid),
					    .virtual_account_id = va.id,
					    .udi = { "UCM", arena_printf(tx->arena, "%s-%" PRId64, f->name, i), "",
						     "regid.2009-07.com.example" },
					    .registered_at = tx->now,
					    .registration_expires_at = tx->now + REGISTRATION_MS };

		if (q_instance_add(tx->db, &row, e))
			return -1;
	}
	return 0;
}

static int fleet_one(struct tx *tx, struct fleet *f, const struct instance_row *row, struct err *e)
{
	struct usage_answer answers[LINE_WORDS];
	bool out_of_compliance;

	if (strcmp(f->what, "remove") == 0)
		return instance_end(tx, row, "REMOVED", e);
	if (strcmp(f->what, "renew") == 0)
		return q_instance_renewed(tx->db, row->id, tx->now + REGISTRATION_MS, tx->now, e);
	return usage_replace(tx, row, false, f->asked, f->n, answers, &out_of_compliance, e);
}

static int fleet_job(struct tx *tx, void *arg, struct err *e)
{
	struct fleet *f = arg;

	if (strcmp(f->what, "add") == 0)
		return fleet_add(tx, f, e);
	for (int64_t i = f->first; i < f->last; i++) {
		struct udi udi = { "UCM", arena_printf(tx->arena, "%s-%" PRId64, f->name, i), "",
				   "regid.2009-07.com.example" };
		struct instance_row row;
		int rc = q_instance_by_udi(tx->db, tx->arena, &udi, &row, e);

		if (rc < 0 || (rc == 1 && fleet_one(tx, f, &row, e)))
			return -1;
	}
	return 0;
}

/* `fleet phones add 1000 [va=Branch]`, then `fleet phones report|renew|remove FIRST LAST [Basic=2]`: of its products
 * with the numbers from FIRST up to, not including, LAST. */
static int run_fleet(struct world *w, struct words *in, struct result *out)
{
	struct server *s = world_server(w, in, SATELLITE);
	const char *va = words_value(in, "va");
	struct fleet f = { .va = va ? va : DEFAULT_VIRTUAL_ACCOUNT };
	struct err e = ERR_INIT;
	const char *a, *b = "0";
	char *word;

	f.name = words_next(in);
	f.what = words_next(in);
	a = words_next(in);
	if (f.what && strcmp(f.what, "add") != 0)
		b = words_next(in);
	if (s == NULL || a == NULL || b == NULL || str_int(a, 0, INT32_MAX, &f.first) || str_int(b, 0, INT32_MAX, &f.last))
		return world_fail(w, "fleet NAME add COUNT, fleet NAME report|renew|remove FIRST LAST");
	f.count = f.first;
	while ((word = words_next(in)) != NULL) {
		int64_t n;

		if (!line_count(word, &n))
			return world_fail(w, "'%s' is not LICENSE=COUNT", word);
		f.asked[f.n++] = (struct usage_asked){ .tag = world_tag(w, word), .count = n };
	}
	return result_of(out, server_write(s, &story_administrator, &w->arena, fleet_job, &f, &e), &e);
}

const struct verb alert_verbs[] = {
	{ "alert", run_alert, true },  { "no-alert", run_no_alert, true }, { "acknowledge", run_acknowledge, false },
	{ "raise", run_raise, false }, { "clear", run_clear, false },      { "schedule-sync", run_schedule, false },
	{ "seen", run_seen, false },   { "fleet", run_fleet, false },      { NULL, NULL, false },
};
