/* cmd_sync.c - synchronization by file: the satellite's side. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "ctl/ctl.h"

#define SYNC_WARN_MS (30 * DAY_MS) /* protocol.md section 6 */

int64_t sync_file_size(const char *file)
{
	struct stat st;

	return stat(file, &st) ? 0 : st.st_size;
}

void sync_tell_file(struct ctl *c, const char *file, const char *account)
{
	AUTO_JSON *answer = json_object();

	if (!c->json)
		return;
	json_set_text(answer, "file", file);
	json_set_int(answer, "bytes", sync_file_size(file));
	if (account)
		json_set_text(answer, "account", account);
	json_set_text(answer, "status", "SUCCESS");
	json_set_text(answer, "statusMessage", "");
	ctl_json(c, answer);
}

void sync_say_command(struct ctl *c, const char *before, const char *file, const char *after)
{
	AUTO_BUF line = BUF_INIT;

	text_shell(file, &line);
	buf_printf(&c->out, "  %s", before);
	text_clean(line.data, &c->out);
	buf_printf(&c->out, "%s\n", after);
}

/* What was written, and whether that was made before. */
static void say_exported(struct ctl *c, const char *file, const char *account)
{
	const char *sequence = client_header(c->client, "X-Sync-Sequence"), *mode = client_header(c->client, "X-Sync-Mode");
	const char *kind = client_header(c->client, "X-Sync-Kind"), *again = client_header(c->client, "X-Sync-Again");
	const char *records = client_header(c->client, "X-Sync-Records");
	bool request = kind && strcmp(kind, "request") == 0;
	char bytes[CTL_COUNT_SIZE], count[CTL_COUNT_SIZE];
	int64_t n = 0;

	if (records)
		str_int(records, 0, INT64_MAX, &n);
	ctl_count(sync_file_size(file), "byte", "bytes", bytes);
	if (request)
		ctl_say(c, "%s is written (%s): request %s of account “%s” with %s, %s. It holds no secret.", file, bytes,
			sequence ? sequence : "", account,
			mode && strcmp(mode, "full") == 0 ? "everything" : "what changed since the last answer",
			ctl_count(n, "record", "records", count));
	else
		ctl_say(c, "%s is written (%s): the registration file of account “%s”. It holds no secret.", file, bytes,
			account);
	if (again && strcmp(again, "yes") == 0)
		ctl_say(c, "It was made before and still waits for its answer; --new makes one of the present state.");
	ctl_say(c, "Next: carry it to the cloud manager and run there:");
	sync_say_command(c,
			 request ? "satellitectl -s MANAGER-SOCKET satellite answer "
				 : "satellitectl -s MANAGER-SOCKET satellite authorize ",
			 file, " OUT");
}

int cmd_sync_export(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_JSON *ask = json_object();
	AUTO_FREE char *account = NULL;
	AUTO_FREE char *path = NULL;

	if (ctl_one_account(c, a, &account, e))
		return -1;
	json_set_text(ask, "mode", args_flag(a, "full") ? "full" : "standard");
	json_set_bool(ask, "new", args_flag(a, "new"));
	json_set_bool(ask, "registration", args_flag(a, "registration"));
	path = client_path("/accounts/{}/sync/request-file", account);
	if (client_fetch(c->client, "POST", path, ask, NULL, a->pos[0], e))
		return -1;
	sync_tell_file(c, a->pos[0], account);
	if (!c->json)
		say_exported(c, a->pos[0], account);
	return 0;
}

int sync_check_file(const char *file, struct err *e)
{
	int64_t size;
	int fd;

	if (file_open(file, &fd, &size, e))
		return -1;
	close(fd);
	if (size == 0)
		return err_set(e, E_SYNC_NOT_A_BUNDLE, "%s is empty. Nothing was changed. Copy it again in binary mode.",
			       file);
	return 0;
}

static void show_licenses(struct ctl *c, const json_t *rows)
{
	const json_t *row;
	size_t i;

	json_array_foreach (rows, i, row) {
		int64_t before = ctl_get_int(row, "before"), after = ctl_get_int(row, "after");
		char was[TEXT_INT_SIZE], is[TEXT_INT_SIZE], by[TEXT_INT_SIZE];

		ctl_say(c, "%s: %s -> %s (%s%s)", ctl_get(row, "license"), text_int(before, was), text_int(after, is),
			after > before ? "+" : "-", text_int(after > before ? after - before : before - after, by));
	}
	if (i == 0)
		ctl_say(c, "No license changes.");
}

static void show_changes(struct ctl *c, const json_t *changes)
{
	static const struct {
		const char *member, *what;
	} rows[] = { { "status", "Account status" },
		     { "smartAccount", "Smart account" },
		     { "virtualAccount", "Virtual account at the manager" },
		     { "exportControlPermitted", "Export-controlled functionality permitted" },
		     { "reservationPermitted", "License reservation permitted" } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const json_t *v = json_object_get(changes, rows[i].member);

		if (v)
			ctl_say(c, "%s: %s -> %s", rows[i].what, ctl_get(v, "before"), ctl_get(v, "after"));
	}
}

static void show_compliance(struct ctl *c, const json_t *rows)
{
	char before[TEXT_STATUS_SIZE], after[TEXT_STATUS_SIZE];
	const json_t *row;
	size_t i;

	json_array_foreach (rows, i, row)
		ctl_say(c, "%s in “%s”: %s -> %s", ctl_get(row, "license"), ctl_get(row, "virtualAccount"),
			text_status(ctl_get(row, "before"), before), text_status(ctl_get(row, "after"), after));
}

static void show_removed(struct ctl *c, const json_t *rows)
{
	const json_t *row;
	size_t i;

	json_array_foreach (rows, i, row)
		ctl_say(c, "Product instance %s in “%s” is removed by the cloud manager%s%s.", ctl_get(row, "name"),
			ctl_get(row, "virtualAccount"), *ctl_get(row, "reason") ? ": " : "", ctl_get(row, "reason"));
}

void sync_show_import(struct ctl *c, const json_t *answer)
{
	ctl_pair_when(c, "Authority until", ctl_get_time(answer, "authorityValidUntil"));
	show_changes(c, json_object_get(answer, "accountChanges"));
	show_licenses(c, ctl_rows(answer, "licenses"));
	show_compliance(c, ctl_rows(answer, "compliance"));
	show_removed(c, ctl_rows(answer, "removed"));
}

static void say_resync(struct ctl *c, const json_t *answer, const char *account, bool dry_run)
{
	ctl_say(c, "The cloud manager asks for everything anew: %s", ctl_get(answer, "reason"));
	if (dry_run)
		return;
	ctl_say(c, "The next request of “%s” has everything. Export it and carry it there:", account);
	ctl_hint(c, "sync export FILE --account {}", account);
}

static void say_imported(struct ctl *c, const char *file, const json_t *answer, const char *account, bool dry_run)
{
	if (dry_run)
		ctl_say(c, "%s is good. Nothing is changed yet; for account “%s” it would change this:", file, account);
	else
		ctl_say(c, "%s is applied to account “%s”.", file, account);
	if (strcmp(ctl_get(answer, "kind"), "resync") == 0) {
		say_resync(c, answer, account, dry_run);
		return;
	}
	sync_show_import(c, answer);
	if (dry_run)
		return;
	ctl_say(c, "Its licenses:");
	ctl_hint(c, "license list --account {}", account);
}

int cmd_sync_import(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	const char *fingerprint = args_text(a, "root-fingerprint");
	bool dry_run = args_flag(a, "dry-run");
	AUTO_FREE char *account = NULL;
	AUTO_FREE char *base = NULL;
	AUTO_FREE char *path = NULL;
	AUTO_JSON *answer = NULL;
	unsigned char digest[32];
	char hex[65] = "";

	if (sync_check_file(a->pos[0], e) || ctl_one_account(c, a, &account, e))
		return -1;
	base = client_path("/accounts/{}/sync/response-file", account);
	if (fingerprint && str_unhex(digest, sizeof(digest), fingerprint) == 0)
		str_hex(hex, digest, sizeof(digest));
	path = mem_printf("%s?dry_run=%s%s%s", base, dry_run ? "yes" : "no", *hex ? "&root_fingerprint=" : "", hex);
	if (client_upload(c->client, path, a->pos[0], &answer, e))
		return -1;
	if (c->json)
		ctl_json(c, answer);
	else
		say_imported(c, a->pos[0], answer, account, dry_run);
	return 0;
}

static const struct table_col sync_cols[] = {
	{ "Account", 0, 12, 0 },
	{ "State", TABLE_MAYBE, 21, 0 },
	{ "Smart account", TABLE_MAYBE, 10, 2 },
	{ "Virtual account", TABLE_MAYBE, 10, 1 },
	{ "Last sync", 0, 0, 0 },
	{ "Authority until", 0, 0, 0 },
	{ "Sequence", TABLE_RIGHT | TABLE_MAYBE, 0, 3 },
};

/* That the account waits for a file, or was never exported. False if it does not. Over the network nobody waits for files
 * but for the first. */
static bool sync_say_waiting(struct ctl *c, const json_t *row)
{
	bool request = strcmp(ctl_get(row, "exportedKind"), "request") == 0;
	bool connected = strcmp(ctl_get(row, "mode"), "CONNECTED") == 0;
	int64_t exported = ctl_get_time(row, "exportedAt");
	const char *name = ctl_get(row, "account");
	bool first = ctl_get_time(row, "lastSyncAt") == 0;
	char when[TEXT_WHEN_SIZE];

	if (connected && (!first || json_is_object(json_object_get(row, "running")))) {
		return false;
	} else if (connected) {
		ctl_say(c, "“%s” is not registered yet. With a code that the cloud manager's administrator makes:", name);
		ctl_hint(c, "sync register --account {} --code CODE --root-fingerprint F", name);
	} else if (exported) {
		ctl_say(c, "“%s” waits for %s %s file (exported %s).", name, first ? "its" : "a new",
			request ? "response" : "authorization", text_when(exported, when));
	} else if (first) {
		ctl_say(c,
			"“%s” is not synchronized yet. Export the registration file, or set the cloud manager's address:",
			name);
		ctl_hint(c, "sync export FILE --account {}", name);
		ctl_hint(c, "sync configure --account {} --url URL", name);
	}
	return exported || first;
}

bool sync_say_due(struct ctl *c, const json_t *row)
{
	int64_t last = ctl_get_time(row, "lastSyncAt"), until = ctl_get_time(row, "authorityValidUntil");
	const char *name = ctl_get(row, "account");
	char when[CLOCK_TEXT_SIZE], away[CTL_AWAY_SIZE];

	bool waits = sync_say_waiting(c, row);

	waits = connection_say(c, row) || waits;
	if (last == 0)
		return waits;
	if (until && until <= clock_now())
		ctl_say(c,
			"“%s” stands still: its authority ran out on %s, registrations and renewals are refused until it is "
			"synchronized.",
			name, clock_text(until, when));
	else if (clock_now() - last > SYNC_WARN_MS)
		ctl_say(c,
			"“%s” nears its synchronization deadline: the last synchronization was %s. Registrations and renewals "
			"stop on %s.",
			name, ctl_away(last, away),
			until ? clock_text(until, when) : "a date that the server does not say");
	else
		return waits;
	return true;
}

int cmd_sync_status(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_TABLE t;
	AUTO_JSON *answer = NULL;
	char status[TEXT_STATUS_SIZE];
	const json_t *rows, *row;
	bool due = false;
	size_t i;

	(void)a;
	table_init(&t, sync_cols, sizeof(sync_cols) / sizeof(*sync_cols));
	if (ctl_get_call(c, "/sync/status", &answer, e))
		return -1;
	if (c->json) {
		ctl_json(c, answer);
		return 0;
	}
	rows = ctl_rows(answer, "accounts");
	json_array_foreach (rows, i, row) {
		table_text(&t, ctl_get(row, "account"));
		table_text(&t, text_status(ctl_get(row, "state"), status));
		table_text(&t, ctl_get(row, "smartAccount"));
		table_text(&t, ctl_get(row, "virtualAccount"));
		table_when(&t, ctl_get_time(row, "lastSyncAt"));
		table_when(&t, ctl_get_time(row, "authorityValidUntil"));
		table_int(&t, ctl_get_int(row, "sequence"));
		due = sync_say_due(c, row) || due;
	}
	if (i == 0) {
		ctl_say(c, "There is no account to synchronize yet. Add one:");
		ctl_hint(c, "account add NAME --smart-account S --virtual-account V");
		return 0;
	}
	if (!due)
		ctl_say(c, "Everything is in time.");
	buf_addc(&c->out, '\n');
	table_print(&t, c->width, c->color, &c->out);
	json_array_foreach (rows, i, row)
		connection_show(c, row);
	return 0;
}
