/* cmd_event.c - the audit trail: listed, shown, exported. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "ctl/ctl.h"

#define LISTED 50

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

static void say_rest(struct ctl *c, int64_t last)
{
	const struct ctl_args *a = c->args;
	bool oldest = a && (args_flag(a, "oldest-first") || args_int(a, "after"));

	ctl_say(c, "%s ones: the same command with --%s %" PRId64, oldest ? "Later" : "Older", oldest ? "after" : "before",
		last);
}

void event_show_list(struct ctl *c, const json_t *answer)
{
	AUTO_TABLE t;
	const json_t *rows = ctl_rows(answer, "events"), *row;
	const struct ctl_args *a = c->args;
	bool oldest = a && (args_flag(a, "oldest-first") || args_int(a, "after"));
	char shown[CTL_COUNT_SIZE], all[TEXT_INT_SIZE];
	int64_t total = ctl_get_int(answer, "totalRecords");
	size_t i;

	table_init(&t, event_cols, sizeof(event_cols) / sizeof(*event_cols));
	json_array_foreach (rows, i, row) {
		AUTO_FREE char *id = mem_printf("%" PRId64, ctl_get_int(row, "id"));
		AUTO_BUF object = BUF_INIT;
		AUTO_BUF change = BUF_INIT;

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
		ctl_say(c, "%s of %s, %s first.", shown, text_int(total, all), oldest ? "oldest" : "newest");
	else
		ctl_say(c, "%s, %s first.", shown, oldest ? "oldest" : "newest");
	table_print(&t, c->width, c->color, &c->out);
	if (*ctl_get(answer, "nextCursor"))
		say_rest(c, ctl_get_int(json_array_get(rows, i - 1), "id"));
}

/* ---- asking ---- */

/* How an option is called in a query. */
static const struct {
	const char *option, *pattern;
} filters[] = {
	{ "kind", "&kind={}" },      { "account", "&account={}" }, { "by", "&actor={}" },  { "by-kind", "&actorKind={}" },
	{ "object", "&subject={}" }, { "text", "&text={}" },       { "from", "&from={}" }, { "to", "&to={}" },
};

static bool add_filters(const struct ctl_args *a, struct buf *path)
{
	size_t before = path->n;

	for (size_t i = 0; i < sizeof(filters) / sizeof(*filters); i++) {
		const char *value = args_text(a, filters[i].option);

		if (value) {
			AUTO_FREE char *part = client_path(filters[i].pattern, value);

			buf_adds(path, part);
		}
	}
	return path->n > before;
}

/* One page after the other until there are enough: a page that looks for something rare may have none of it. */
static int collect(struct ctl *c, const char *query, int64_t wanted, json_t **out, struct err *e)
{
	AUTO_JSON *rows = json_array();
	AUTO_FREE char *next = mem_strdup("");

	*out = NULL;
	do {
		AUTO_FREE char *path =
			mem_printf("/events?limit=%" PRId64 "%s%s%s", wanted - (int64_t)json_array_size(rows), query,
				   *next ? "&cursor=" : "", next);

		json_decref(*out);
		*out = NULL;
		if (ctl_get_call(c, path, out, e))
			return -1;
		json_array_extend(rows, json_object_get(*out, "events"));
		free(next);
		next = mem_strdup(ctl_get(*out, "nextCursor"));
	} while (*next && (int64_t)json_array_size(rows) < wanted);
	json_object_set(*out, "events", rows);
	return 0;
}

/* Order and place of the list, and its filters. */
static int make_query(const struct ctl_args *a, bool list, struct buf *query, bool *filtered, struct err *e)
{
	int64_t before = list ? args_int(a, "before") : 0, after = list ? args_int(a, "after") : 0;
	bool oldest = args_flag(a, "oldest-first") || after;

	if (before && oldest)
		return err_set(e, E_USAGE, "--before goes with the newest first, --after with the oldest first.");
	buf_printf(query, "&order=%s", oldest ? "oldest" : "newest");
	if (before)
		buf_printf(query, "&before=%" PRId64, before);
	if (after)
		buf_printf(query, "&after=%" PRId64, after);
	*filtered = add_filters(a, query);
	return 0;
}

static void say_none(struct ctl *c, bool filtered, int64_t cursor)
{
	if (filtered)
		ctl_say(c, "No event matches.");
	else if (cursor)
		ctl_say(c, "There are no events beyond %" PRId64 ".", cursor);
	else
		ctl_say(c,
			"Nothing has happened yet. Every change of an account, token, license or product leaves an event here.");
}

int cmd_event_list(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_JSON *answer = NULL;
	AUTO_BUF query = BUF_INIT;
	bool filtered;

	if (make_query(a, true, &query, &filtered, e) ||
	    collect(c, query.data, args_text(a, "limit") ? args_int(a, "limit") : LISTED, &answer, e))
		return -1;
	c->args = a;
	if (c->json)
		ctl_json(c, answer);
	else if (json_array_size(ctl_rows(answer, "events")) == 0)
		say_none(c, filtered, args_int(a, "before") ? args_int(a, "before") : args_int(a, "after"));
	else
		event_show_list(c, answer);
	return 0;
}

int cmd_event_export(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	const char *format = args_text(a, "format");
	AUTO_BUF path = BUF_INIT;
	bool filtered;

	buf_printf(&path, "/events?format=%s", format ? format : "jsonl");
	if (make_query(a, false, &path, &filtered, e) ||
	    client_fetch(c->client, "GET", path.data, NULL, NULL, a->pos[0], e))
		return -1;
	if (c->json) {
		AUTO_JSON *done = json_pack("{s:s,s:s,s:s}", "file", a->pos[0], "status", "SUCCESS", "statusMessage", "");

		ctl_json(c, done);
	} else {
		ctl_say(c, "The events are in %s.", a->pos[0]);
	}
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
	AUTO_JSON *row = NULL;
	int64_t id;

	if (str_int(a->pos[0], 1, INT64_MAX - 1, &id))
		return err_set(e, E_USAGE, "ID is the number of an event, as the list shows it; “%s” is none.", a->pos[0]);
	path = client_path("/events/{}", a->pos[0]);
	if (ctl_get_call(c, path, &row, e))
		return -1;
	if (c->json) {
		ctl_json(c, row);
		return 0;
	}
	ctl_say(c, "Event %" PRId64 ": %s.", id, ctl_get(row, "text"));
	ctl_pair(c, "Kind", ctl_get(row, "kind"));
	ctl_pair_when(c, "Time", ctl_get_time(row, "at"));
	ctl_pair(c, "Object", ctl_get(row, "subject"));
	ctl_pair(c, "Account", ctl_get(row, "account"));
	ctl_pair(c, "By", *ctl_get(row, "actor") ? ctl_get(row, "actor") : ctl_get(row, "actorKind"));
	ctl_pair(c, "From", ctl_get(row, "address"));
	show_detail(c, json_object_get(row, "detail"), "");
	return 0;
}
