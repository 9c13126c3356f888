/* cmd_connection.c - how a satellite reaches its cloud manager over the network, what it tells, and what came of it. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "ctl/ctl.h"

#define CA_MAX 65536
#define PASSWORD_FILE_MAX 1024
#define HISTORY_LIMIT 50

/* ---- settings ---- */

/* `none` takes away what is set. */
static void put(json_t *body, const char *name, const struct ctl_args *a, const char *opt)
{
	const char *text = args_text(a, opt);

	if (text)
		json_set_text(body, name, strcmp(text, "none") == 0 ? "" : text);
}

static int put_ca(json_t *body, const struct ctl_args *a, struct err *e)
{
	const char *file = args_text(a, "ca");
	AUTO_BUF pem = BUF_INIT;

	buf_adds(&pem, "");
	if (file == NULL)
		return 0;
	if (strcmp(file, "system") != 0) {
		if (file_read(file, CA_MAX, &pem, e))
			return -1;
		/* An empty text would mean the system's CAs, and what is no text would not be sent at all. */
		if (!str_utf8(pem.data, pem.n) || strstr(pem.data, "-----BEGIN CERTIFICATE-----") == NULL)
			return err_set(e, E_CERTIFICATE_INVALID,
				       "%s holds no certificate in PEM form (-----BEGIN CERTIFICATE-----).", file);
	}
	json_set_text(body, "managerCa", pem.data);
	return 0;
}

/* The first line. */
static int put_password(json_t *body, const struct ctl_args *a, struct err *e)
{
	const char *file = args_text(a, "proxy-password-file");
	struct buf text = BUF_INIT;
	int rc = file ? file_read(file, PASSWORD_FILE_MAX, &text, e) : 0;

	if (file && rc == 0) {
		buf_adds(&text, "");
		text.data[strcspn(text.data, "\r\n")] = '\0';
		if (*text.data == '\0')
			rc = err_set(e, E_BAD_REQUEST, "%s has no password in its first line.", file);
		else if (!str_utf8(text.data, strlen(text.data)))
			rc = err_set(e, E_BAD_REQUEST, "The first line of %s is no text in UTF-8.", file);
		json_set_text(body, "proxyPassword", text.data);
	}
	buf_cleanse(&text);
	return rc;
}

static void show_cas(struct ctl *c, const json_t *answer)
{
	const json_t *rows = ctl_rows(answer, "managerCas"), *row;
	char when[CLOCK_TEXT_SIZE];
	size_t i;

	json_array_foreach (rows, i, row) {
		AUTO_FREE char *text = mem_printf("%s, until %s", ctl_get(row, "subject"),
						  clock_text(ctl_get_time(row, "expiresAt"), when));

		ctl_pair(c, i ? "" : "Trusted CA", text);
	}
	if (i == 0)
		ctl_pair(c, "Trusted CA", "those of the system");
}

static void show_switches(struct ctl *c, const json_t *answer)
{
	static const char *const names[][2] = { { "shareHostname", "Host names" },
						{ "shareIpAddress", "IP addresses" },
						{ "shareMacAddress", "MAC addresses" },
						{ "shareProductVersion", "Product versions" } };

	for (size_t i = 0; i < 4; i++)
		ctl_pair(c, names[i][1], ctl_get_bool(answer, names[i][0]) ? "told to the cloud manager" : "kept here");
}

static void show_settings(struct ctl *c, const json_t *answer)
{
	const char *url = ctl_get(answer, "managerUrl"), *proxy = ctl_get(answer, "proxyUrl");
	const char *user = ctl_get(answer, "proxyUser");
	AUTO_FREE char *schedule = mem_printf("%s: %s", ctl_get(answer, "schedule"), ctl_get(answer, "scheduleText"));
	AUTO_FREE char *with_password =
		mem_printf("%s, %s", user,
			   ctl_get_bool(answer, "proxyPasswordSet") ? "with a password" : "without a password");

	ctl_pair(c, "Account", ctl_get(answer, "account"));
	ctl_pair(c, "Cloud manager", *url ? url : "not set: it synchronizes by files");
	if (*url)
		show_cas(c, answer);
	ctl_pair(c, "Proxy", *proxy ? proxy : "none");
	if (*user)
		ctl_pair(c, "Proxy user", with_password);
	ctl_pair(c, "Schedule", schedule);
	ctl_pair_when(c, "Next", ctl_get_time(answer, "nextAttemptAt"));
	show_switches(c, answer);
}

/* What follows from what was changed. */
static void say_next(struct ctl *c, const json_t *body, const json_t *answer)
{
	const char *account = ctl_get(answer, "account");

	if (json_object_get(body, "proxyPassword") == NULL && *ctl_get(answer, "proxyUser") &&
	    !ctl_get_bool(answer, "proxyPasswordSet"))
		ctl_warn("The proxy's password is not set. It goes with proxy and user: give it with "
			 "--proxy-password-file.");
	if (*ctl_get(answer, "managerUrl") == '\0')
		return;
	if (ctl_get_bool(answer, "registered")) {
		ctl_say(c, "Try it:");
		ctl_hint(c, "sync now --account {}", account);
	} else {
		ctl_say(c, "Next, register with a code that the cloud manager's administrator makes:");
		ctl_hint(c, "sync register --account {} --code CODE --root-fingerprint F", account);
	}
}

int cmd_sync_configure(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_JSON *body = json_object();
	AUTO_JSON *answer = NULL;
	AUTO_FREE char *account = NULL;
	AUTO_FREE char *path = NULL;
	bool change;

	put(body, "managerUrl", a, "url");
	put(body, "proxyUrl", a, "proxy");
	put(body, "proxyUser", a, "proxy-user");
	put(body, "schedule", a, "schedule");
	if (put_ca(body, a, e) || put_password(body, a, e) || ctl_one_account(c, a, &account, e))
		return -1;
	change = json_object_size(body) > 0;
	path = client_path("/accounts/{}/sync/settings", account);
	if (change ? ctl_post(c, path, body, &answer, e) : ctl_get_call(c, path, &answer, e))
		return -1;
	if (c->json) {
		ctl_json(c, answer);
		return 0;
	}
	show_settings(c, answer);
	if (change)
		say_next(c, body, answer);
	return 0;
}

/* ---- privacy ---- */

/* `hostname off ip-address off` */
static int put_switches(json_t *body, const struct ctl_args *a, struct err *e)
{
	static const char *const names[][2] = { { "hostname", "shareHostname" },
						{ "ip-address", "shareIpAddress" },
						{ "mac-address", "shareMacAddress" },
						{ "product-version", "shareProductVersion" } };

	for (size_t i = 0; i < a->pos_n; i += 2) {
		const char *value = i + 1 < a->pos_n ? a->pos[i + 1] : "";
		const char *member = NULL;

		for (size_t k = 0; k < 4; k++)
			if (strcmp(a->pos[i], names[k][0]) == 0)
				member = names[k][1];
		if (member == NULL)
			return err_set(e, E_USAGE,
				       "“%s” is no switch; they are hostname, ip-address, mac-address and product-version.",
				       a->pos[i]);
		if (strcmp(value, "on") != 0 && strcmp(value, "off") != 0)
			return err_set(e, E_USAGE, "Write on or off behind %s.", a->pos[i]);
		json_set_bool(body, member, strcmp(value, "on") == 0);
	}
	return 0;
}

int cmd_sync_privacy(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_JSON *body = json_object();
	AUTO_JSON *answer = NULL;
	AUTO_FREE char *account = NULL;
	AUTO_FREE char *path = NULL;
	bool change;

	if (put_switches(body, a, e) || ctl_one_account(c, a, &account, e))
		return -1;
	change = json_object_size(body) > 0;
	path = client_path("/accounts/{}/sync/settings", account);
	if (change ? ctl_post(c, path, body, &answer, e) : ctl_get_call(c, path, &answer, e))
		return -1;
	if (c->json) {
		ctl_json(c, answer);
		return 0;
	}
	ctl_say(c,
		"What synchronizations of “%s” tell the cloud manager of product instances, beside what identifies them "
		"(PID, serial number, UUID) and what they use:",
		account);
	show_switches(c, answer);
	if (change)
		ctl_say(c, "The next synchronization tells everything anew, so that the cloud manager forgets what is kept "
			   "here.");
	return 0;
}

/* ---- history ---- */

static int history(struct ctl *c, const char *account, const char *va, json_t **out, struct err *e)
{
	AUTO_FREE char *base = client_path("/accounts/{}/sync/history", account);
	AUTO_FREE char *path = mem_printf("%s?limit=%d", base,
					  args_text(c->args, "limit") ? (int)args_int(c->args, "limit") : HISTORY_LIMIT);

	(void)va;
	return ctl_get_call(c, path, out, e);
}

static const struct table_col history_cols[] = {
	{ "When", 0, 0, 0 },
	{ "Account", TABLE_MAYBE, 8, 1 },
	{ "What", 0, 0, 0 },
	{ "Request", TABLE_RIGHT | TABLE_MAYBE, 0, 4 },
	{ "Sent", TABLE_RIGHT | TABLE_MAYBE, 0, 5 },
	{ "Received", TABLE_RIGHT | TABLE_MAYBE, 0, 6 },
	{ "By", 0, 6, 3 },
	{ "Result", 0, 0, 0 },
	{ "Message", 0, 16, 2 },
};

static void add_history(struct table *t, const json_t *row, bool accounts)
{
	const char *what = ctl_get(row, "what"), *outcome = ctl_get(row, "outcome");
	bool ok = strcmp(outcome, "OK") == 0, full = strcmp(ctl_get(row, "mode"), "full") == 0;
	bool file = strcmp(ctl_get(row, "way"), "file") == 0;
	AUTO_FREE char *text =
		mem_printf("%s%s%s", full && strcmp(what, "registration") != 0 ? "full " : "", what, file ? " file" : "");

	table_when(t, ctl_get_time(row, "at"));
	table_text(t, accounts ? ctl_get(row, "account") : "");
	table_text(t, text);
	table_int(t, ctl_get_int(row, "sequence"));
	table_int(t, ctl_get_int(row, "sent"));
	table_int(t, ctl_get_int(row, "received"));
	table_text(t, ctl_get(row, "by"));
	table_text(t, outcome);
	if (!ok)
		table_mood(t, TABLE_BAD);
	table_text(t, ctl_get(row, "message"));
}

/* Whole: the table has no room for it. */
static void say_last_failure(struct ctl *c, const json_t *rows)
{
	char when[CLOCK_TEXT_SIZE];
	const json_t *row;
	size_t i;

	json_array_foreach (rows, i, row) {
		if (strcmp(ctl_get(row, "outcome"), "OK") == 0)
			continue;
		buf_addc(&c->out, '\n');
		ctl_say(c, "The last one that failed, on %s: %s", clock_text(ctl_get_time(row, "at"), when),
			ctl_get(row, "message"));
		return;
	}
}

int cmd_sync_history(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_JSON *answer = NULL;
	const json_t *rows, *row;
	AUTO_TABLE t;
	size_t i;

	table_init(&t, history_cols, sizeof(history_cols) / sizeof(*history_cols));
	c->args = a;
	if (ctl_list_of(c, args_text(a, "account"), NULL, "history", history, &answer, e))
		return -1;
	if (c->json) {
		ctl_json(c, answer);
		return 0;
	}
	rows = ctl_rows(answer, "history");
	json_array_foreach (rows, i, row)
		add_history(&t, row, ctl_many_accounts(rows));
	if (i == 0) {
		ctl_say(c, "Nothing was synchronized yet.");
		return 0;
	}
	table_print(&t, c->width, c->color, &c->out);
	say_last_failure(c, rows);
	return 0;
}

/* ---- status ---- */

static void say_failure(struct ctl *c, const json_t *row)
{
	const json_t *failure = json_object_get(row, "lastFailure");
	int64_t failed = ctl_get_time(failure, "at"), failures = ctl_get_int(row, "failures");
	int64_t next = ctl_get_time(row, "nextAttemptAt");
	char when[CLOCK_TEXT_SIZE], away[CTL_AWAY_SIZE], count[CTL_COUNT_SIZE];

	ctl_say(c, "The synchronization of “%s” failed %s: %s", ctl_get(row, "account"), ctl_away(failed, away),
		ctl_get(failure, "message"));
	if (failures > 1)
		ctl_say(c, "It failed %s in a row.", ctl_count(failures, "time", "times", count));
	if (ctl_get_time(row, "lastSyncAt") == 0)
		return; /* how to register is said already */
	if (strcmp(ctl_get(failure, "code"), "SATELLITE_REMOVED") == 0) {
		ctl_say(c, "Products are served meanwhile. To come back, with a code of its administrator:");
		ctl_hint(c, "sync register --account {} --code CODE", ctl_get(row, "account"));
		return;
	}
	if (next)
		ctl_say(c, "Products are served meanwhile. The next attempt is on %s; to try now:", clock_text(next, when));
	else
		ctl_say(c, "Products are served meanwhile. To try again:");
	ctl_hint(c, "sync now --account {}", ctl_get(row, "account"));
}

/* Did the newest one over the network go well? Times alone do not tell: they are whole seconds. */
static bool newest_went_well(const json_t *row)
{
	const json_t *newest = json_object_get(row, "newest");

	return strcmp(ctl_get(newest, "outcome"), "OK") == 0 && strcmp(ctl_get(newest, "way"), "network") == 0;
}

bool connection_say(struct ctl *c, const json_t *row)
{
	const json_t *running = json_object_get(row, "running"), *held = json_object_get(row, "held");
	int64_t failed = ctl_get_time(json_object_get(row, "lastFailure"), "at");
	char stage[CONNECTION_STAGE_SIZE];

	if (json_is_object(running)) {
		ctl_say(c, "“%s” is being synchronized: %s.", ctl_get(row, "account"), connection_stage(running, stage));
		return true;
	}
	if (json_is_object(held))
		ctl_say(c, "“%s” is not synchronized by itself: %s", ctl_get(row, "account"), ctl_get(held, "message"));
	if (failed == 0 || failed < ctl_get_time(row, "lastSyncAt") || newest_went_well(row))
		return json_is_object(held);
	say_failure(c, row);
	return true;
}

void connection_show(struct ctl *c, const json_t *row)
{
	const json_t *success = json_object_get(row, "lastSuccess");
	const char *url = ctl_get(row, "managerUrl"), *message = ctl_get(success, "message");
	char sent[CTL_COUNT_SIZE], received[CTL_COUNT_SIZE];

	buf_addc(&c->out, '\n');
	ctl_pair(c, "Account", ctl_get(row, "account"));
	ctl_pair(c, "Cloud manager", *url ? url : "by files");
	if (*url)
		ctl_pair(c, "Schedule", ctl_get(row, "scheduleText"));
	if (json_is_object(success)) {
		AUTO_FREE char *counts =
			mem_printf("%s sent, %s received",
				   ctl_count(ctl_get_int(success, "sent"), "record", "records", sent),
				   ctl_count(ctl_get_int(success, "received"), "record", "records", received));

		ctl_pair_when(c, "Last success", ctl_get_time(success, "at"));
		ctl_pair(c, "", counts);
		ctl_pair(c, "", message);
	}
	ctl_pair_when(c, "Next attempt", ctl_get_time(row, "nextAttemptAt"));
	ctl_pair_when(c, "Deadline", ctl_get_time(row, "authorityValidUntil"));
}
