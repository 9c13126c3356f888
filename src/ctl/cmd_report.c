/* cmd_report.c - reports, to a file or to standard output. */
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "ctl/ctl.h"

/* Adds `&name=value`, percent-encoded. */
static void add(struct buf *path, const char *name, const char *value)
{
	AUTO_FREE char *pair = value ? client_path("{}", value) : NULL;

	if (pair)
		buf_printf(path, "&%s=%s", name, pair);
}

static void make_path(const struct ctl_args *a, const char *format, struct buf *path)
{
	bool usage = strcmp(a->cmd->verb, "usage") == 0;

	buf_printf(path, "/reports/%s?format=%s", a->cmd->verb, format);
	add(path, "account", args_text(a, "account"));
	add(path, "virtualAccount", args_text(a, "virtual-account"));
	if (usage) {
		add(path, "license", args_text(a, "license"));
		add(path, "from", args_text(a, "from"));
		add(path, "to", args_text(a, "to"));
	}
}

/* Why there is nothing in it; the table cannot say so. */
static int say_empty(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	AUTO_BUF path = BUF_INIT;
	AUTO_JSON *answer = NULL;
	const char *note;

	make_path(a, "json", &path);
	buf_adds(&path, "&limit=1");
	if (ctl_get_call(c, path.data, &answer, e))
		return -1;
	note = ctl_get(json_object_get(answer, "report"), "note");
	if (*note)
		ctl_warn(note);
	return 0;
}

/* The whole of it, and the only form that is an answer like others. */
static int as_json(struct ctl *c, const struct ctl_args *a, const char *file, struct err *e)
{
	AUTO_BUF path = BUF_INIT;
	AUTO_BUF text = BUF_INIT;
	AUTO_JSON *answer = NULL;

	make_path(a, "json", &path);
	if (client_work(c->client, "GET", path.data, NULL, &answer, e))
		return -1;
	if (file == NULL) {
		ctl_json(c, answer);
		return 0;
	}
	json_write(answer, &text);
	buf_addc(&text, '\n');
	return file_write(file, 0600, text.data, text.n, e);
}

static int to_file(struct ctl *c, const struct ctl_args *a, const char *format, const char *file, struct err *e)
{
	AUTO_BUF path = BUF_INIT;
	AUTO_JSON *answer = json_object();

	make_path(a, format, &path);
	if (strcmp(format, "json") == 0 ? as_json(c, a, file, e)
					: client_fetch(c->client, "GET", path.data, NULL, NULL, file, e))
		return -1;
	json_set_text(answer, "report", a->cmd->verb);
	json_set_text(answer, "file", file);
	json_set_text(answer, "status", "SUCCESS");
	json_set_text(answer, "statusMessage", "");
	ctl_done(c, answer, "%s holds the report.", file);
	return say_empty(c, a, e);
}

int cmd_report(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	const char *file = args_text(a, "out"), *format = args_text(a, "format"), *end;
	AUTO_BUF path = BUF_INIT;
	AUTO_BUF text = BUF_INIT;

	if (format == NULL)
		format = c->json && file == NULL ? "json" : "csv";
	if (file)
		return to_file(c, a, format, file, e);
	if (c->json || strcmp(format, "json") == 0)
		return as_json(c, a, NULL, e);
	make_path(a, format, &path);
	if (client_text(c->client, path.data, &text, e))
		return -1;
	buf_add(&c->out, text.data, text.n);
	end = memchr(text.data ? text.data : "", '\n', text.n);
	/* Nothing but the names of the columns. */
	return text.n == 0 || end + 1 == text.data + text.n ? say_empty(c, a, e) : 0;
}
