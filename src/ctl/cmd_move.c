/* cmd_move.c - licenses that leave what satellites serve. */
#include <inttypes.h>
#include <string.h>

#include "base/mem.h"
#include "ctl/ctl.h"

static const struct table_col move_cols[] = {
	{ "Identifier", 0, 0, 0 }, { "License", 0, 10, 0 },     { "Quantity", TABLE_RIGHT, 0, 0 },
	{ "From", 0, 8, 0 },       { "To", 0, 8, 0 },           { "State", 0, 0, 0 },
	{ "Since", 0, 0, 2 },      { "By", TABLE_MAYBE, 6, 3 },
};

/* What the state means for who waits. */
static const char *state_of(const json_t *row)
{
	const char *state = ctl_get(row, "state");

	if (strcmp(state, "WAITING") == 0)
		return "Waiting";
	if (strcmp(state, "TAKING") == 0)
		return "Being given up";
	if (strcmp(state, "CANCELLED") == 0)
		return "Cancelled";
	return ctl_get_int(row, "moved") < ctl_get_int(row, "quantity") ? "Arrived in part" : "Arrived";
}

static void show_moves(struct ctl *c, const json_t *rows)
{
	char count[CTL_COUNT_SIZE];
	const json_t *row;
	int64_t open = 0;
	AUTO_TABLE t;
	size_t i;

	table_init(&t, move_cols, sizeof(move_cols) / sizeof(*move_cols));
	json_array_foreach (rows, i, row) {
		open += ctl_get_time(row, "endedDate") == 0;
		table_text(&t, ctl_get(row, "id"));
		table_text(&t, ctl_get(row, "shortName"));
		table_int(&t, ctl_get_int(row, "quantity"));
		table_text(&t, ctl_get(row, "virtualAccount"));
		table_text(&t, ctl_get(row, "targetVirtualAccount"));
		table_text(&t, state_of(row));
		table_when(&t, ctl_get_time(row, "createdDate"));
		table_text(&t, ctl_get(row, "createdBy"));
	}
	if (i == 0) {
		ctl_say(c, "No licenses leave, or have left, what a satellite serves.");
		return;
	}
	if (open)
		ctl_say(c,
			"%s under way: the satellite gives the licenses up with its next synchronization, and they arrive with the "
			"one after that.",
			ctl_count(open, "transfer is", "transfers are", count));
	else
		ctl_say(c, "No transfer is under way.");
	table_print(&t, c->width, c->color, &c->out);
}

int cmd_license_moves(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_FREE char *account = NULL;
	AUTO_FREE char *path = NULL;

	if (ctl_one_account(c, a, &account, e))
		return -1;
	path = client_path("/accounts/{}/license-moves", account);
	return ctl_get_show(c, path, "moves", show_moves, e);
}

int cmd_license_cancel_move(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_FREE char *account = NULL;
	AUTO_FREE char *path = NULL;
	AUTO_JSON *answer = NULL;
	const json_t *move;

	if (ctl_one_account(c, a, &account, e))
		return -1;
	path = client_path("/accounts/{}/license-moves/{}/cancel", account, a->pos[0]);
	if (ctl_post(c, path, NULL, &answer, e))
		return -1;
	move = json_object_get(answer, "move");
	ctl_done(c, answer, "Cancelled: %" PRId64 " of %s stay in “%s”.", ctl_get_int(move, "quantity"),
		 ctl_get(move, "license"), ctl_get(move, "virtualAccount"));
	return 0;
}
