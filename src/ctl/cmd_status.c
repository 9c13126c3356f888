/* cmd_status.c - status and verify. */
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
