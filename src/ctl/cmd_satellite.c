/* cmd_satellite.c - the cloud manager's side of synchronization: satellites, their files and codes. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "ctl/ctl.h"

/* ---- files ---- */

/* The same file gets the same answer: what that lacks, the next file has. */
static void say_answered_before(struct ctl *c, const char *out, const json_t *known)
{
	int64_t orders = ctl_get_int(known, "ordersSince");
	char when[CLOCK_TEXT_SIZE], count[CTL_COUNT_SIZE];

	ctl_say(c, "This file was answered on %s; %s holds that answer again.",
		clock_text(ctl_get_time(known, "answeredAt"), when), out);
	if (orders)
		ctl_say(c,
			"%s not in it. To bring %s too: import it at the satellite, export there once more, and authorize that file.",
			ctl_count(orders, "later order is", "later orders are", count), orders == 1 ? "it" : "them");
}

static void say_import(struct ctl *c, const char *out, const char *account, bool first)
{
	AUTO_BUF behind = BUF_INIT;

	buf_adds(&behind, " --account ");
	text_shell(account, &behind);
	ctl_say(c, "Next: take %s back to the satellite and run there:", out);
	sync_say_command(c, "satellitectl sync import ", out, behind.data);
	if (first)
		ctl_say(c,
			"The first import there also takes --root-fingerprint F, the licensing root's SHA-256 as this manager's status shows "
			"it. Tell it by another way than the file.");
}

int cmd_satellite_authorize(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_JSON *known = NULL;

	if (strcmp(a->pos[0], a->pos[1]) == 0)
		return err_set(e, E_USAGE, "OUT must be another file than REGISTRATION-FILE.");
	if (sync_check_file(a->pos[0], e) ||
	    client_upload(c->client, "/satellites/authorize/check", a->pos[0], &known, e) ||
	    client_fetch(c->client, "POST", "/satellites/authorize", NULL, a->pos[0], a->pos[1], e))
		return -1;
	sync_tell_file(c, a->pos[1], NULL);
	if (c->json)
		return 0;
	if (ctl_get_time(known, "answeredAt"))
		say_answered_before(c, a->pos[1], known);
	else
		ctl_say(c, "%s is written: the satellite of %s is authorized.", a->pos[1], a->pos[0]);
	say_import(c, a->pos[1], ctl_get(known, "satelliteAccount"), json_is_true(json_object_get(known, "first")));
	return 0;
}

/* A header of the answer, "" if it has none. */
static const char *header(struct ctl *c, const char *name)
{
	const char *value = client_header(c->client, name);

	return value ? value : "";
}

static void say_answered(struct ctl *c, const char *request, const char *out)
{
	bool resync = strcmp(header(c, "X-Sync-Kind"), "resync") == 0;
	bool again = strcmp(header(c, "X-Sync-Again"), "yes") == 0;
	bool full = strcmp(header(c, "X-Sync-Mode"), "full") == 0;
	char count[CTL_COUNT_SIZE];
	int64_t n = 0;

	str_int(header(c, "X-Sync-Records"), 0, INT64_MAX, &n);
	if (again)
		ctl_say(c, "%s was answered before; %s holds that answer again. Nothing is changed.", request, out);
	else if (resync)
		ctl_say(c,
			"%s is written: request %s does not follow from what is known here, so it asks the satellite for everything. "
			"Nothing else is changed.",
			out, header(c, "X-Sync-Sequence"));
	else
		ctl_say(c, "%s is written: it answers request %s, which had %s, %s.", out, header(c, "X-Sync-Sequence"),
			full ? "everything" : "what changed", ctl_count(n, "record", "records", count));
	ctl_say(c, "Next: take %s back to the satellite and run there:", out);
	sync_say_command(c, "satellitectl sync import ", out, "");
	if (resync)
		ctl_say(c, "Its next request has everything; bring that one here.");
}

int cmd_satellite_answer(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	if (strcmp(a->pos[0], a->pos[1]) == 0)
		return err_set(e, E_USAGE, "OUT must be another file than REQUEST-FILE.");
	if (sync_check_file(a->pos[0], e) ||
	    client_fetch(c->client, "POST", "/satellites/answer", NULL, a->pos[0], a->pos[1], e))
		return -1;
	sync_tell_file(c, a->pos[1], NULL);
	if (!c->json)
		say_answered(c, a->pos[0], a->pos[1]);
	return 0;
}

/* ---- satellites ---- */

static const struct table_col satellite_cols[] = {
	{ "Satellite", 0, 10, 0 },
	{ "UUID", 0, 0, 3 },
	{ "State", TABLE_MAYBE, 8, 0 },
	{ "Virtual account", TABLE_MAYBE, 8, 2 },
	{ "Account", TABLE_MAYBE, 8, 4 },
	{ "Last sync", 0, 0, 0 },
	{ "Request", TABLE_RIGHT | TABLE_MAYBE, 0, 5 },
	{ "Instances", TABLE_RIGHT | TABLE_MAYBE, 0, 6 },
	{ "Authority until", TABLE_MAYBE, 0, 1 },
	{ "Authorized", TABLE_MAYBE, 0, 7 },
	{ "By", TABLE_MAYBE, 6, 8 },
};

int cmd_satellite_list(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_TABLE t;
	AUTO_JSON *answer = NULL;
	char status[TEXT_STATUS_SIZE], count[CTL_COUNT_SIZE];
	const json_t *row;
	size_t i;

	(void)a;
	table_init(&t, satellite_cols, sizeof(satellite_cols) / sizeof(*satellite_cols));
	if (ctl_get_call(c, "/satellites", &answer, e))
		return -1;
	if (c->json) {
		ctl_json(c, answer);
		return 0;
	}
	json_array_foreach (ctl_rows(answer, "satellites"), i, row) {
		table_text(&t, ctl_get(row, "name"));
		table_text(&t, ctl_get(row, "uuid"));
		table_text(&t, text_status(ctl_get(row, "state"), status));
		table_text(&t, ctl_get(row, "virtualAccount"));
		table_text(&t, ctl_get(row, "account"));
		table_when(&t, ctl_get_time(row, "lastSyncAt"));
		table_int(&t, ctl_get_int(row, "sequence"));
		table_int(&t, ctl_get_int(row, "productInstances"));
		table_when(&t, ctl_get_time(row, "authorityValidUntil"));
		table_when(&t, ctl_get_time(row, "authorizedAt"));
		table_text(&t, ctl_get(row, "authorizedBy"));
	}
	if (i == 0) {
		ctl_say(c, "No satellite is authorized yet. Take a satellite's registration file and run:");
		ctl_hint(c, "satellite authorize REGISTRATION-FILE OUT");
		return 0;
	}
	ctl_say(c, "%s.", ctl_count((int64_t)i, "satellite", "satellites", count));
	table_print(&t, c->width, c->color, &c->out);
	return 0;
}

/* The UUID of what was typed: itself, or that of the only satellite of this name. */
static int find_satellite(struct ctl *c, const char *typed, char **uuid, struct err *e)
{
	AUTO_JSON *answer = NULL;
	const char *found = NULL;
	const json_t *row;
	char plain[33];
	size_t i;

	if (str_uuid_plain(plain, typed) == 0) {
		*uuid = mem_strdup(typed);
		return 0;
	}
	if (ctl_get_call(c, "/satellites", &answer, e))
		return -1;
	json_array_foreach (ctl_rows(answer, "satellites"), i, row) {
		const char *one = ctl_get(row, "uuid");

		if (strcasecmp(ctl_get(row, "name"), typed) != 0)
			continue;
		if (found && strcmp(found, one) != 0)
			return err_set(e, E_SATELLITE_UNKNOWN,
				       "Several satellites have the name “%s”. Name one by its UUID: %s satellite list",
				       typed, ctl_program(c));
		found = one;
	}
	if (found == NULL)
		return err_set(e, E_SATELLITE_UNKNOWN,
			       "No satellite has the name or UUID “%s”. This shows them all: %s satellite list", typed,
			       ctl_program(c));
	*uuid = mem_strdup(found);
	return 0;
}

static void show_sync(struct ctl *c, const json_t *v)
{
	bool full = strcmp(ctl_get(v, "mode"), "full") == 0;
	char line[160];

	if (ctl_get_time(v, "lastSyncAt") == 0) {
		ctl_pair(c, "Last sync", "none yet");
		return;
	}
	ctl_pair_when(c, "Last sync", ctl_get_time(v, "lastSyncAt"));
	snprintf(line, sizeof(line), "%" PRId64 ", %s", ctl_get_int(v, "sequence"),
		 full ? "with everything" : "with what changed");
	ctl_pair(c, "Request", line);
	ctl_pair_when(c, "  Made there", ctl_get_time(v, "requestCreatedAt"));
	if (!full)
		ctl_pair_when(c, "Last full one", ctl_get_time(v, "fullSyncAt"));
	ctl_pair_int(c, "Instances", json_object_get(v, "productInstances"));
	ctl_pair_int(c, "Reservations", json_object_get(v, "reservations"));
}

static void show_local(struct ctl *c, const json_t *rows)
{
	AUTO_BUF names = BUF_INIT;
	const json_t *row;
	size_t i;

	json_array_foreach (rows, i, row)
		buf_printf(&names, "%s%s", i ? ", " : "", ctl_get(row, "name"));
	ctl_pair(c, "Split there into", names.n ? names.data : "");
}

static void show_pending(struct ctl *c, const json_t *v)
{
	const json_t *row;
	size_t i, k;

	json_array_foreach (ctl_rows(v, "moves"), i, row)
		ctl_say(c, "%" PRId64 " of %s leave for “%s”: %s.", ctl_get_int(row, "quantity"), ctl_get(row, "license"),
			ctl_get(row, "targetVirtualAccount"),
			strcmp(ctl_get(row, "state"), "TAKING") == 0
				? "the satellite was told to give them up"
				: "the satellite learns it with its next synchronization");
	json_array_foreach (ctl_rows(v, "removals"), k, row)
		ctl_say(c, "Product instance %s is to be removed there%s%s.", ctl_get(row, "productInstanceIdentifier"),
			*ctl_get(row, "reason") ? ": " : "", ctl_get(row, "reason"));
}

static void show_answers(struct ctl *c, const json_t *rows)
{
	static const struct table_col cols[] = {
		{ "Request", TABLE_RIGHT, 0, 0 }, { "Answer", 0, 0, 0 }, { "Received", 0, 0, 0 },
		{ "Answered", 0, 0, 0 },          { "Kept", 0, 0, 0 },
	};
	AUTO_TABLE t;
	const json_t *row;
	size_t i;

	table_init(&t, cols, sizeof(cols) / sizeof(*cols));
	json_array_foreach (rows, i, row) {
		table_int(&t, ctl_get_int(row, "sequence"));
		table_text(&t, ctl_get(row, "kind"));
		table_when(&t, ctl_get_time(row, "receivedAt"));
		table_when(&t, ctl_get_time(row, "answeredAt"));
		table_text(&t, ctl_get_bool(row, "kept") ? "yes" : "no");
	}
	if (i) {
		buf_addc(&c->out, '\n');
		table_print(&t, c->width, c->color, &c->out);
	}
}

static void show_satellite(struct ctl *c, const json_t *s)
{
	const json_t *v;
	size_t i;

	ctl_pair(c, "Satellite", ctl_get(s, "name"));
	ctl_pair(c, "UUID", ctl_get(s, "uuid"));
	ctl_pair_when(c, "Authorized", ctl_get_time(s, "authorizedAt"));
	ctl_pair(c, "  By", ctl_get(s, "authorizedBy"));
	ctl_pair_when(c, "Removed", ctl_get_time(s, "removedAt"));
	ctl_pair(c, "  By", ctl_get(s, "removedBy"));
	ctl_pair_when(c, "Certificate until", ctl_get_time(s, "certificateValidUntil"));
	json_array_foreach (ctl_rows(s, "virtualAccounts"), i, v) {
		buf_addc(&c->out, '\n');
		ctl_pair(c, "Virtual account", ctl_get(v, "virtualAccount"));
		ctl_pair(c, "Account", ctl_get(v, "account"));
		ctl_pair(c, "Account there", ctl_get(v, "satelliteAccount"));
		ctl_pair_when(c, "Authority until", ctl_get_time(v, "authorityValidUntil"));
		show_sync(c, v);
		show_local(c, ctl_rows(v, "localVirtualAccounts"));
		show_pending(c, v);
		show_answers(c, ctl_rows(v, "answers"));
	}
}

int cmd_satellite_show(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_FREE char *uuid = NULL;
	AUTO_FREE char *path = NULL;

	if (find_satellite(c, a->pos[0], &uuid, e))
		return -1;
	path = client_path("/satellites/{}", uuid);
	return ctl_get_show(c, path, "satellite", show_satellite, e);
}

int cmd_satellite_remove(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_FREE char *uuid = NULL;
	AUTO_FREE char *path = NULL;
	AUTO_JSON *answer = NULL;

	if (find_satellite(c, a->pos[0], &uuid, e))
		return -1;
	path = client_path("/satellites/{}/remove", uuid);
	if (ctl_post(c, path, NULL, &answer, e))
		return -1;
	ctl_done(c, answer, "Satellite %s is removed. Its virtual account can be given to another.", a->pos[0]);
	return 0;
}

/* ---- codes to register over the network ---- */

/* The whole command for the satellite's administrator; without the fingerprint if it cannot be asked. */
static void say_register(struct ctl *c, const char *code)
{
	AUTO_JSON *status = NULL;
	AUTO_BUF root = BUF_INIT;
	struct err ignored;

	if (ctl_get_call(c, "/status", &status, &ignored) == 0)
		for (const char *p = ctl_get(json_object_get(status, "authority"), "rootFingerprint"); *p; p++)
			if (*p != ':')
				buf_addc(&root, *p);
	ctl_say(c, "Tell it, by a way that nobody else reads, to the satellite's administrator, who runs:");
	sync_say_command(c, "satellitectl sync register --code ", code, root.n ? " \\" : "");
	if (root.n)
		buf_printf(&c->out, "    --root-fingerprint \\\n    %s\n", root.data);
}

int cmd_satellite_code_create(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_FREE char *path = client_path("/accounts/{}/virtual-accounts/{}/registration-codes", args_text(a, "account"),
					   args_text(a, "virtual-account"));
	AUTO_JSON *answer = NULL;
	const json_t *code;

	if (ctl_post(c, path, NULL, &answer, e))
		return -1;
	if (c->json) {
		ctl_json(c, answer);
		return 0;
	}
	code = json_object_get(answer, "registrationCode");
	ctl_say(c, "One satellite can register with this code and get “%s”. It is shown this once:",
		ctl_get(code, "virtualAccount"));
	buf_printf(&c->out, "  %s\n", ctl_get(code, "code"));
	ctl_pair_when(c, "Until", ctl_get_time(code, "expiresDate"));
	ctl_pair(c, "Identifier", ctl_get(code, "id"));
	say_register(c, ctl_get(code, "code"));
	return 0;
}

int cmd_satellite_code_list(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	static const struct table_col cols[] = {
		{ "Identifier", 0, 0, 0 },   { "Virtual account", 0, 8, 1 },   { "State", 0, 0, 0 },
		{ "Expires", 0, 0, 0 },      { "Used by", TABLE_MAYBE, 8, 2 }, { "Created", 0, 0, 4 },
		{ "By", TABLE_MAYBE, 6, 3 },
	};
	AUTO_FREE char *account = NULL;
	AUTO_FREE char *path = NULL;
	AUTO_JSON *answer = NULL;
	AUTO_TABLE t;
	char status[TEXT_STATUS_SIZE], count[CTL_COUNT_SIZE];
	const json_t *row;
	size_t i;

	table_init(&t, cols, sizeof(cols) / sizeof(*cols));
	if (ctl_one_account(c, a, &account, e))
		return -1;
	path = client_path("/accounts/{}/registration-codes", account);
	if (ctl_get_call(c, path, &answer, e))
		return -1;
	if (c->json) {
		ctl_json(c, answer);
		return 0;
	}
	json_array_foreach (ctl_rows(answer, "registrationCodes"), i, row) {
		table_text(&t, ctl_get(row, "id"));
		table_text(&t, ctl_get(row, "virtualAccount"));
		table_text(&t, text_status(ctl_get(row, "state"), status));
		table_when(&t, ctl_get_time(row, "expiresDate"));
		table_text(&t, ctl_get(row, "usedBy"));
		table_when(&t, ctl_get_time(row, "createdDate"));
		table_text(&t, ctl_get(row, "createdBy"));
	}
	if (i == 0) {
		ctl_say(c, "“%s” has no registration codes. A satellite that reaches this manager registers with one:",
			account);
		ctl_hint(c, "satellite-code create --account {} --virtual-account V", account);
		return 0;
	}
	ctl_say(c, "%s.", ctl_count((int64_t)i, "registration code", "registration codes", count));
	table_print(&t, c->width, c->color, &c->out);
	return 0;
}

int cmd_satellite_code_revoke(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_FREE char *account = NULL;
	AUTO_FREE char *path = NULL;
	AUTO_JSON *answer = NULL;

	if (ctl_one_account(c, a, &account, e))
		return -1;
	path = client_path("/accounts/{}/registration-codes/{}/revoke", account, a->pos[0]);
	if (ctl_post(c, path, NULL, &answer, e))
		return -1;
	ctl_done(c, answer, "The registration code %s is revoked: no satellite can use it.", a->pos[0]);
	return 0;
}
