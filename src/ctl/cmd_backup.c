/* cmd_backup.c - backups of the server's database. */
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/mem.h"
#include "ctl/ctl.h"

static const struct table_col cols[] = {
	{ "Name", 0, 0, 0 },  { "Made", 0, 0, 2 }, { "Size", TABLE_RIGHT, 0, 0 }, { "Schema", TABLE_RIGHT, 0, 3 },
	{ "State", 0, 8, 0 },
};

int cmd_backup_make(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_JSON *answer = NULL;
	const json_t *made, *one;
	char size[TEXT_SIZE_SIZE];
	size_t i;

	(void)a;
	if (client_work(c->client, "POST", "/backups", NULL, &answer, e))
		return -1;
	made = json_object_get(answer, "backup");
	ctl_done(c, answer, "%s is made and checked: %s.", ctl_get(made, "name"),
		 text_size(ctl_get_int(made, "size"), size));
	if (c->json)
		return 0;
	json_array_foreach (ctl_rows(answer, "removed"), i, one)
		if (json_is_string(one))
			ctl_say(c, "%s is removed: it was one too many.", json_string_value(one));
	ctl_say(c, "The seal key is not in it. Keep a copy of it elsewhere: see satellited(8).");
	return 0;
}

static void show_list(struct ctl *c, const json_t *answer)
{
	char count[CTL_COUNT_SIZE], size[TEXT_SIZE_SIZE], when[CLOCK_TEXT_SIZE];
	int64_t next = ctl_get_time(answer, "nextBackupDate");
	AUTO_TABLE t;
	const json_t *row;
	size_t i;

	table_init(&t, cols, sizeof(cols) / sizeof(*cols));
	json_array_foreach (ctl_rows(answer, "backups"), i, row) {
		table_text(&t, ctl_get(row, "name"));
		table_when(&t, ctl_get_time(row, "createdDate"));
		table_text(&t, text_size(ctl_get_int(row, "size"), size));
		table_int(&t, ctl_get_int(row, "schemaVersion"));
		table_text(&t, ctl_get_bool(row, "ok") ? "good" : ctl_get(row, "fault"));
		if (!ctl_get_bool(row, "ok"))
			table_mood(&t, TABLE_BAD);
	}
	if (i == 0) {
		ctl_say(c, "There is no backup in %s yet. Make one:", ctl_get(answer, "folder"));
		ctl_hint(c, "backup make");
	} else {
		ctl_say(c, "%s in %s.", ctl_count((int64_t)i, "backup", "backups", count), ctl_get(answer, "folder"));
		table_print(&t, c->width, c->color, &c->out);
	}
	if (next)
		ctl_say(c, "The next is made on %s; %lld are kept.", clock_text(next, when),
			(long long)ctl_get_int(answer, "keep"));
	else
		ctl_say(c, "None is made by itself: set backup_at in the configuration for one a day.");
}

int cmd_backup_list(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_JSON *answer = NULL;

	if (client_work(c->client, "GET", args_flag(a, "check") ? "/backups?check=true" : "/backups", NULL, &answer, e))
		return -1;
	if (c->json)
		ctl_json(c, answer);
	else
		show_list(c, answer);
	return 0;
}

int cmd_backup_fetch(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_FREE char *path = client_path("/backups/{}", a->pos[0]);
	AUTO_JSON *answer = json_object();
	char size[TEXT_SIZE_SIZE];
	struct stat st = { 0 };

	if (client_fetch(c->client, "GET", path, NULL, NULL, a->pos[1], e))
		return -1;
	stat(a->pos[1], &st);
	json_set_text(answer, "name", a->pos[0]);
	json_set_text(answer, "file", a->pos[1]);
	json_set_int(answer, "size", st.st_size);
	json_set_text(answer, "status", "SUCCESS");
	json_set_text(answer, "statusMessage", "");
	ctl_done(c, answer, "%s is written: %s. It is a copy of everything, so nobody else may read it.", a->pos[1],
		 text_size(st.st_size, size));
	return 0;
}

int cmd_backup_remove(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_FREE char *path = client_path("/backups/{}/remove", a->pos[0]);
	AUTO_JSON *answer = NULL;

	if (ctl_post(c, path, NULL, &answer, e))
		return -1;
	ctl_done(c, answer, "%s is removed.", a->pos[0]);
	return 0;
}
