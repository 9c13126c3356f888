/* cmd_session.c - who is signed in: browsers and access tokens. */
#include <string.h>

#include "base/mem.h"
#include "ctl/ctl.h"

static const struct table_col session_cols[] = {
	{ "ID", TABLE_RIGHT, 0, 0 }, { "User", 0, 10, 0 },     { "Kind", 0, 0, 0 }, { "From", TABLE_MAYBE, 0, 2 },
	{ "Since", 0, 0, 3 },        { "Last used", 0, 0, 0 }, { "Ends", 0, 0, 1 }, { "Program", TABLE_MAYBE, 10, 4 },
};

static void show_sessions(struct ctl *c, const json_t *answer)
{
	AUTO_TABLE t;
	char count[CTL_COUNT_SIZE];
	const json_t *row;
	size_t i;

	table_init(&t, session_cols, sizeof(session_cols) / sizeof(*session_cols));
	json_array_foreach ((json_t *)ctl_rows(answer, "sessions"), i, row) {
		const char *user = ctl_get(row, "user"), *client = ctl_get(row, "client");
		AUTO_FREE char *who = mem_printf("%s%s%s", user, *user && *client ? " by " : "", client);
		AUTO_FREE char *id = mem_printf("%lld", (long long)ctl_get_int(row, "id"));

		table_text(&t, id);
		table_text(&t, who);
		table_text(&t, ctl_get(row, "kind"));
		table_text(&t, ctl_get(row, "address"));
		table_when(&t, ctl_get_time(row, "createdDate"));
		table_when(&t, ctl_get_time(row, "lastUsedDate"));
		table_when(&t, ctl_get_time(row, "endsDate"));
		table_text(&t, ctl_get(row, "agent"));
	}
	if (i == 0) {
		ctl_say(c, "Nobody is signed in over HTTPS.");
		return;
	}
	ctl_say(c, "%s.", ctl_count((int64_t)i, "session", "sessions", count));
	table_print(&t, c->width, c->color, &c->out);
}

int cmd_session_list(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	const char *user = args_text(a, "user");
	AUTO_FREE char *path = user ? client_path("/sessions?user={}", user) : mem_strdup("/sessions");

	return ctl_get_show(c, path, NULL, show_sessions, e);
}

int cmd_session_end(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_FREE char *path = client_path("/sessions/{}/end", a->pos[0]);
	AUTO_JSON *answer = NULL;

	if (ctl_post(c, path, NULL, &answer, e))
		return -1;
	ctl_done(c, answer, "Session %s has ended.", a->pos[0]);
	return 0;
}
