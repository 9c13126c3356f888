/* cmd_status.c - status, verify and events. */
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "ctl/ctl.h"

static void say_authority(struct ctl *c, const json_t *answer)
{
	const json_t *authority = json_object_get(answer, "authority");

	if (json_is_object(authority) && !ctl_get_bool(authority, "ready") && ctl_get_time(authority, "validUntil") == 0)
		ctl_say(c,
			"It has no authority yet, so no product can register: a registration file goes to the cloud manager and "
			"comes back as an authorization file.");
}

static void say_clock(struct ctl *c, const json_t *clock)
{
	char shown[CLOCK_TEXT_SIZE], believed[CLOCK_TEXT_SIZE];

	if (clock == NULL || !ctl_get_bool(clock, "frozen"))
		return;
	ctl_say(c,
		"Its clock jumped: it shows %s, by its own count it is %s. Nothing expires and no certificate is issued until "
		"the clock is set right. If it is right now:",
		clock_text(ctl_get_time(clock, "shown"), shown), clock_text(ctl_get_time(clock, "believed"), believed));
	ctl_hint(c, "clock accept");
}

/* What is to be done for which account. */
static void say_accounts(struct ctl *c, const json_t *accounts)
{
	const json_t *row;
	size_t i;

	json_array_foreach (accounts, i, row)
		sync_say_due(c, row);
}

static void say_state(struct ctl *c, const json_t *answer, const json_t *accounts)
{
	bool manager = strcmp(ctl_get(answer, "role"), "manager") == 0;
	int64_t out = ctl_get_int(answer, "licensesOutOfCompliance");
	int64_t elsewhere = ctl_get_int(answer, "licensesServedElsewhere");
	char instances[CTL_COUNT_SIZE], licenses[CTL_COUNT_SIZE], in[CTL_COUNT_SIZE];

	ctl_count(ctl_get_int(answer, "productInstances"), "product instance", "product instances", instances);
	ctl_count(ctl_get_int(answer, "accounts"), "account", "accounts", in);
	ctl_count(out, "license is", "licenses are", licenses);
	if (out) {
		ctl_say(c, "%s “%s” is running, but %s out of compliance. %s in %s. Which:",
			manager ? "Cloud manager" : "Satellite", ctl_get(answer, "name"), licenses, instances, in);
		ctl_hint(c, "license list");
	} else
		ctl_say(c, "%s “%s” is running; no license%s is out of compliance. %s in %s.",
			manager ? "Cloud manager" : "Satellite", ctl_get(answer, "name"),
			elsewhere ? " whose use is known" : "", instances, in);
	if (elsewhere)
		ctl_say(c,
			"%s served by satellites that did not synchronize yet: how much of them is in use is not known here.",
			ctl_count(elsewhere, "license is", "licenses are", licenses));
	say_authority(c, answer);
	say_accounts(c, accounts);
	say_clock(c, json_object_get(answer, "clock"));
}

static void say_alerts(struct ctl *c, const json_t *alerts)
{
	const json_t *first = json_object_get(alerts, "mostUrgent");

	if (!json_is_object(alerts))
		return;
	alert_say_counts(c, ctl_get_int(alerts, "major"), ctl_get_int(alerts, "minor"),
			 ctl_get_int(alerts, "acknowledged"));
	if (!json_is_object(first))
		return;
	ctl_say(c, "The most urgent: %s. %s", ctl_get(first, "messageType"), ctl_get(first, "message"));
	ctl_hint(c, "alert list");
}

/* The earliest of all accounts; of several, with the name of that one. */
static void pair_earliest(struct ctl *c, const char *label, int64_t at, const json_t *accounts, const char *member)
{
	char when[CLOCK_TEXT_SIZE], away[CTL_AWAY_SIZE];
	const char *name = "";
	const json_t *row;
	size_t i;

	json_array_foreach (accounts, i, row)
		if (ctl_get_time(row, member) == at)
			name = ctl_get(row, "account");
	if (at && i > 1 && *name) {
		AUTO_FREE char *text = mem_printf("%s (%s, “%s”)", clock_text(at, when), ctl_away(at, away), name);

		ctl_pair(c, label, text);
	} else {
		ctl_pair_when(c, label, at);
	}
}

int cmd_status(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_JSON *answer = NULL;
	AUTO_JSON *sync = NULL;
	struct err ignored = ERR_INIT;
	AUTO_BUF root = BUF_INIT;
	const json_t *authority, *accounts = NULL;

	(void)a;
	if (ctl_get_call(c, "/status", &answer, e))
		return -1;
	if (c->json) {
		ctl_json(c, answer);
		return 0;
	}
	if (strcmp(ctl_get(answer, "role"), "manager") != 0 && ctl_get_call(c, "/sync/status", &sync, &ignored) == 0)
		accounts = ctl_rows(sync, "accounts");
	say_state(c, answer, accounts);
	say_alerts(c, json_object_get(answer, "alerts"));
	buf_addc(&c->out, '\n');
	authority = json_object_get(answer, "authority");
	ctl_pair(c, "Products", ctl_get(answer, "productUrl"));
	ctl_pair(c, "Administration", ctl_get(answer, "administrationUrl"));
	pair_earliest(c, "Last synchronized", ctl_get_time(authority, "lastSyncAt"), accounts, "lastSyncAt");
	pair_earliest(c, "Authority until", ctl_get_time(authority, "validUntil"), accounts, "authorityValidUntil");
	for (const char *p = ctl_get(authority, "rootFingerprint"); *p; p++)
		if (*p != ':') /* as in certificate show: 64 digits fit a line, behind a short label */
			buf_addc(&root, *p);
	table_pair(&c->out, c->width, 16, "Licensing root", root.data);
	ctl_pair_when(c, "Started", ctl_get_time(answer, "startedAt"));
	ctl_pair(c, "Version", ctl_get(answer, "version"));
	ctl_pair(c, "UUID", ctl_get(answer, "uuid"));
	ctl_pair(c, "Database", ctl_get(answer, "database"));
	ctl_pair(c, "Control socket", c->socket);
	return 0;
}

int cmd_clock_accept(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_JSON *answer = NULL;

	(void)a;
	if (ctl_post(c, "/clock/accept", NULL, &answer, e))
		return -1;
	ctl_done(c, answer, "%s",
		 json_is_false(json_object_get(answer, "accepted"))
			 ? "The clock was already believed; nothing was changed."
			 : "The server goes by its clock again. What expired by it is expired now.");
	return 0;
}

int cmd_verify(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_JSON *answer = NULL;
	char events[CTL_COUNT_SIZE];

	(void)a;
	if (ctl_post(c, "/verify", NULL, &answer, e))
		return -1;
	ctl_count(ctl_get_int(answer, "events"), "event", "events", events);
	ctl_done(c, answer, "The event log is whole (%s): nothing was altered, removed or reordered. Head: %s", events,
		 ctl_get(answer, "head"));
	return 0;
}

static const struct table_col event_cols[] = {
	{ "ID", TABLE_RIGHT, 0, 0 },
	{ "Time", 0, 0, 0 },
	{ "What", 0, 0, 0 },
	{ "Object", TABLE_MAYBE, 12, 0 },
	{ "Change", TABLE_MAYBE, 12, 1 },
	{ "By", TABLE_MAYBE, 10, 2 },
	{ "Account", TABLE_MAYBE, 10, 3 },
	{ "From", TABLE_MAYBE, 0, 4 },
};

/* `UCM_Enhanced` of a tag `regid.2016-07.com.cisco.UCM_Enhanced,12.0_66d0…`; else the text itself. */
static void add_short_tag(const char *tag, struct buf *out)
{
	size_t n = strcspn(tag, ","), from = n;

	while (from && tag[from - 1] != '.')
		from--;
	if (tag[n] == '\0' || strncmp(tag, "regid.", 6) != 0)
		buf_adds(out, tag);
	else
		buf_add(out, tag + from, n - from);
}

#define UUID_SHOWN 8 /* digits that tell product instances apart */

/* `vm (3f2a91bc…)` of a product instance, `UCM_Basic` of a tag; `event show` has them whole. */
static void add_object(const json_t *row, struct buf *out)
{
	const char *subject = ctl_get(row, "subject"), *host = ctl_get(json_object_get(row, "detail"), "hostName");

	if (strlen(subject) != 36 || strspn(subject, "0123456789abcdef-") != 36)
		add_short_tag(subject, out);
	else if (*host)
		buf_printf(out, "%s (%.*s…)", host, UUID_SHOWN, subject);
	else
		buf_printf(out, "%.*s…", UUID_SHOWN, subject);
}

/* Of two objects of numbers what differs: `UCM_Basic 2→0, UCM_Enhanced 5→7`. */
static void add_differences(const json_t *before, const json_t *after, struct buf *out)
{
	AUTO_JSON *names = json_object();
	const char *name;
	json_t *v;

	json_object_update(names, (json_t *)before);
	json_object_update(names, (json_t *)after);
	json_object_foreach (names, name, v) {
		int64_t was = ctl_get_int(before, name), is = ctl_get_int(after, name);

		if (was == is)
			continue;
		buf_adds(out, out->n ? ", " : "");
		add_short_tag(name, out);
		buf_printf(out, " %" PRId64 "→%" PRId64, was, is);
	}
}

/* `1 short`, `2 left over`: how a pool stood from then on. */
static void add_balance(const json_t *d, struct buf *out)
{
	int64_t balance = ctl_get_int(d, "quantity") - ctl_get_int(d, "reserved") - ctl_get_int(d, "inUse") +
			  ctl_get_int(d, "borrowed") - ctl_get_int(d, "lent");

	buf_printf(out, "%" PRId64 " %s", balance < 0 ? -balance : balance, balance < 0 ? "short" : "left over");
}

/* What an event changed, in a few words; nothing for most. */
static void add_change(const json_t *row, struct buf *out)
{
	static const struct {
		const char *kind, *word;
	} lots[] = {
		{ "license.end", "ended" },
		{ "license.start", "started" },
		{ "license.taken", "taken" },
		{ "order.create", "ordered" },
	};
	const json_t *d = json_object_get(row, "detail"), *before = json_object_get(d, "before"),
		     *after = json_object_get(d, "after");
	const char *kind = ctl_get(row, "kind");

	buf_adds(out, "");
	if (json_is_object(before) && json_is_object(after))
		add_differences(before, after, out);
	else if (json_is_integer(before) && json_is_integer(after) && !json_equal(before, after))
		buf_printf(out, "%" PRId64 "→%" PRId64, ctl_get_int(d, "before"), ctl_get_int(d, "after"));
	else if (json_is_string(before) && json_is_string(after))
		buf_printf(out, "%s→%s", ctl_get(d, "before"), ctl_get(d, "after"));
	else if (strncmp(kind, "compliance.", strlen("compliance.")) == 0)
		add_balance(d, out);
	else if (strcmp(kind, "license.transfer") == 0)
		buf_printf(out, "%" PRId64 " %s→%s", ctl_get_int(d, "quantity"), ctl_get(d, "from"), ctl_get(d, "to"));
	for (size_t i = 0; i < sizeof(lots) / sizeof(*lots); i++)
		if (strcmp(kind, lots[i].kind) == 0)
			buf_printf(out, "%" PRId64 " %s", ctl_get_int(d, "quantity"), lots[i].word);
}

static void show_older(struct ctl *c, int64_t oldest)
{
	AUTO_FREE char *id = mem_printf("%" PRId64, oldest);

	ctl_say(c, "Older ones:");
	ctl_hint(c, "event list --before {}", id);
}

void event_show_list(struct ctl *c, const json_t *answer)
{
	AUTO_TABLE t;
	const json_t *rows = ctl_rows(answer, "events"), *row;
	char shown[CTL_COUNT_SIZE], all[TEXT_INT_SIZE];
	int64_t total = ctl_get_int(answer, "totalRecords"), oldest = 0;
	size_t i;

	table_init(&t, event_cols, sizeof(event_cols) / sizeof(*event_cols));
	json_array_foreach (rows, i, row) {
		AUTO_FREE char *id = mem_printf("%" PRId64, ctl_get_int(row, "id"));
		AUTO_BUF object = BUF_INIT;
		AUTO_BUF change = BUF_INIT;

		oldest = ctl_get_int(row, "id");
		table_text(&t, id);
		table_when(&t, ctl_get_time(row, "at"));
		table_text(&t, ctl_get(row, "kind"));
		add_object(row, &object);
		table_text(&t, object.data);
		add_change(row, &change);
		table_text(&t, change.data);
		table_text(&t, ctl_get(row, "actor"));
		table_text(&t, ctl_get(row, "account"));
		table_text(&t, ctl_get(row, "address"));
	}
	ctl_count((int64_t)i, "event", "events", shown);
	if (total > (int64_t)i)
		ctl_say(c, "%s of %s, newest first.", shown, text_int(total, all));
	else
		ctl_say(c, "%s, newest first.", shown);
	table_print(&t, c->width, c->color, &c->out);
	if (total > (int64_t)i && oldest > 1)
		show_older(c, oldest);
}

int cmd_event_list(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_JSON *answer = NULL;
	AUTO_BUF path = BUF_INIT;
	int64_t before = args_int(a, "before");

	buf_printf(&path, "/events?limit=%" PRId64, args_text(a, "limit") ? args_int(a, "limit") : 50);
	if (before)
		buf_printf(&path, "&before=%" PRId64, before);
	if (ctl_get_call(c, path.data, &answer, e))
		return -1;
	if (c->json)
		ctl_json(c, answer);
	else if (json_array_size(ctl_rows(answer, "events")) == 0 && before)
		ctl_say(c, "There are no events older than %" PRId64 ".", before);
	else if (json_array_size(ctl_rows(answer, "events")) == 0)
		ctl_say(c,
			"Nothing has happened yet. Every change of an account, token, license or product leaves an event here.");
	else
		event_show_list(c, answer);
	return 0;
}

/* Members of the detail under each other, those of an object indented below its name. */
static void show_detail(struct ctl *c, const json_t *detail, const char *indent)
{
	const char *name;
	json_t *v;

	json_object_foreach ((json_t *)detail, name, v) {
		AUTO_FREE char *label = mem_printf("%s%s", indent, name);
		AUTO_FREE char *deeper = mem_printf("%s  ", indent);
		AUTO_FREE char *text = json_is_string(v) ? mem_strdup(json_string_value(v))
							 : json_dumps(v, JSON_ENCODE_ANY | JSON_COMPACT);

		if (json_is_object(v)) {
			ctl_say(c, "%s", label);
			show_detail(c, v, deeper);
		} else {
			ctl_pair(c, label, text);
		}
	}
}

int cmd_event_show(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_FREE char *path = NULL;
	AUTO_JSON *answer = NULL;
	const json_t *row;
	int64_t id;

	if (str_int(a->pos[0], 1, INT64_MAX - 1, &id))
		return err_set(e, E_USAGE, "ID is the number of an event, as the list shows it; “%s” is none.", a->pos[0]);
	path = mem_printf("/events?limit=1&before=%" PRId64, id + 1);
	if (ctl_get_call(c, path, &answer, e))
		return -1;
	row = json_array_get(ctl_rows(answer, "events"), 0);
	if (ctl_get_int(row, "id") != id)
		return err_set(e, E_NOT_FOUND, "There is no event %" PRId64 "; the newest is %" PRId64 ".", id,
			       ctl_get_int(answer, "totalRecords"));
	if (c->json) {
		ctl_json(c, answer);
		return 0;
	}
	ctl_say(c, "Event %" PRId64 ": %s", id, ctl_get(row, "kind"));
	ctl_pair_when(c, "Time", ctl_get_time(row, "at"));
	ctl_pair(c, "Object", ctl_get(row, "subject"));
	ctl_pair(c, "Account", ctl_get(row, "account"));
	ctl_pair(c, "By", ctl_get(row, "actor"));
	ctl_pair(c, "From", ctl_get(row, "address"));
	show_detail(c, json_object_get(row, "detail"), "");
	return 0;
}
