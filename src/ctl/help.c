/* help.c - usage texts, made from the command table. */
#include <stdio.h>
#include <string.h>

#include "ctl/ctl.h"

static void add_name(const struct ctl_cmd *cmd, struct buf *out)
{
	buf_printf(out, "%s%s%s", cmd->noun, cmd->verb ? " " : "", cmd->verb ? cmd->verb : "");
}

/* `--days N`, the pieces joined by U+00A0 so that wrapping does not part them. */
static void add_option(const struct ctl_opt *o, struct buf *out)
{
	buf_printf(out, "%s--%s", o->required ? " " : " [", o->name);
	if (o->type != CTL_FLAG)
		buf_printf(out, "\u00a0%s", o->arg);
	buf_adds(out, o->required ? "" : "]");
	if (o->type == CTL_EACH)
		buf_adds(out, "…");
}

/* Wraps and turns the no-break spaces into plain ones. */
static void add_wrapped(const char *text, size_t width, size_t first, size_t indent, struct buf *out)
{
	AUTO_BUF lines = BUF_INIT;

	text_wrap(text, width, first, indent, &lines);
	for (size_t i = 0; i < lines.n; i++) {
		if (strncmp(lines.data + i, "\u00a0", 2) == 0) {
			buf_addc(out, ' ');
			i++;
		} else {
			buf_addc(out, lines.data[i]);
		}
	}
}

static void add_usage(const struct ctl_cmd *cmd, size_t width, struct buf *out)
{
	static const char start[] = "usage: satellitectl ";
	AUTO_BUF line = BUF_INIT;

	add_name(cmd, &line);
	if (*cmd->pos)
		buf_printf(&line, " %s", cmd->pos);
	for (const struct ctl_opt *o = cmd->opts; o->name; o++)
		if (o->required)
			add_option(o, &line);
	for (const struct ctl_opt *o = cmd->opts; o->name; o++)
		if (!o->required)
			add_option(o, &line);
	buf_adds(out, start);
	add_wrapped(line.data, width, strlen(start), 8, out);
}

static const char *where(const struct ctl_cmd *cmd)
{
	if (cmd->where == CTL_SATELLITE)
		return " (satellite)";
	if (cmd->where == CTL_MANAGER)
		return " (cloud manager)";
	return "";
}

static size_t label_width(const struct ctl_opt *opts)
{
	size_t widest = 0;

	for (const struct ctl_opt *o = opts; o->name; o++) {
		size_t n = strlen(o->name) + (o->type == CTL_FLAG ? 0 : 1 + strlen(o->arg));

		widest = n > widest ? n : widest;
	}
	return widest + 6;
}

void help_command(const struct ctl_cmd *cmd, size_t width, struct buf *out)
{
	size_t indent = label_width(cmd->opts);

	if (indent > 30)
		indent = 30;
	add_usage(cmd, width, out);
	buf_addc(out, '\n');
	text_wrap(cmd->doc, width, 0, 0, out);
	if (cmd->opts->name)
		buf_addc(out, '\n');
	for (const struct ctl_opt *o = cmd->opts; o->name; o++) {
		char label[96];
		size_t n;

		snprintf(label, sizeof(label), "  --%s%s%s", o->name, o->type == CTL_FLAG ? "" : " ",
			 o->type == CTL_FLAG ? "" : o->arg);
		n = text_width(label);
		buf_printf(out, "%s%*s", label, n + 2 <= indent ? (int)(indent - n) : 2, "");
		text_wrap(o->doc, width, n + 2 <= indent ? indent : n + 2, indent, out);
	}
}

static void add_summary(const struct ctl_cmd *cmd, size_t width, struct buf *out)
{
	AUTO_BUF line = BUF_INIT;
	AUTO_BUF doc = BUF_INIT;
	size_t n;

	buf_adds(&line, "  ");
	add_name(cmd, &line);
	if (*cmd->pos)
		buf_printf(&line, " %s", cmd->pos);
	n = text_width(line.data);
	buf_printf(&doc, "%s%s", cmd->doc, where(cmd));
	if (n + 2 > 34) {
		buf_printf(out, "%s\n%*s", line.data, 34, "");
	} else {
		buf_printf(out, "%s%*s", line.data, (int)(34 - n), "");
	}
	text_wrap(doc.data, width, 34, 34, out);
}

static bool is_noun(const char *noun)
{
	for (const struct ctl_cmd *cmd = ctl_commands; cmd->noun; cmd++)
		if (strcmp(cmd->noun, noun) == 0)
			return true;
	return false;
}

void help_noun(const char *noun, size_t width, struct buf *out)
{
	bool all = noun == NULL || !is_noun(noun);

	if (all)
		buf_adds(out, "usage: satellitectl [-s SOCKET] [--json] NOUN VERB …\n\n");
	for (const struct ctl_cmd *cmd = ctl_commands; cmd->noun; cmd++)
		if (all || strcmp(cmd->noun, noun) == 0)
			add_summary(cmd, width, out);
	buf_addc(out, '\n');
	if (all) {
		text_wrap(
			"-s SOCKET, --socket SOCKET: control socket of the server; else $SATELLITE_SOCKET, else "
			"/run/license-satellite/control.sock. --json: one JSON object instead of text. -V, --version. -h, --help.",
			width, 0, 0, out);
		text_wrap("Exit status: 0 done, 1 refused, 2 usage, 3 cannot connect.", width, 0, 0, out);
	}
	text_wrap("Options of a command: satellitectl help NOUN VERB.", width, 0, 0, out);
}

void help_brief(const struct ctl_cmd *cmd, const char *noun, size_t width, struct buf *out)
{
	if (cmd) {
		add_usage(cmd, width, out);
		buf_adds(out, "satellitectl help ");
		add_name(cmd, out);
		buf_adds(out, " explains it.\n");
	} else if (noun && is_noun(noun)) {
		help_noun(noun, width, out);
	} else {
		buf_adds(out,
			 "usage: satellitectl [-s SOCKET] [--json] NOUN VERB …\nsatellitectl help lists the commands.\n");
	}
}

/* One line a command for the shell completion: `token create --account= --export-controlled`; file options as
 * `--out=FILE`, choices as `--type=PERPETUAL|TERM|DEMO`. */
static void list_words(struct buf *out)
{
	for (const struct ctl_cmd *cmd = ctl_commands; cmd->noun; cmd++) {
		buf_printf(out, "%s %s", cmd->noun, cmd->verb ? cmd->verb : "-");
		for (const struct ctl_opt *o = cmd->opts; o->name; o++)
			buf_printf(out, " --%s%s%s", o->name, o->type == CTL_FLAG ? "" : "=",
				   o->type == CTL_FILE     ? "FILE"
				   : o->type == CTL_CHOICE ? o->arg
							   : "");
		buf_addc(out, '\n');
	}
}

static const struct ctl_cmd *find(const char *noun, const char *verb)
{
	for (const struct ctl_cmd *cmd = ctl_commands; cmd->noun; cmd++) {
		if (strcmp(cmd->noun, noun))
			continue;
		if (cmd->verb == NULL || (verb && strcmp(cmd->verb, verb) == 0))
			return cmd;
	}
	return NULL;
}

static const char *next_noun(const void *ctx, size_t i)
{
	(void)ctx;
	return ctl_commands[i].noun;
}

static void fill(struct ctl *c, const char *noun, const char *verb)
{
	const struct ctl_cmd *cmd = noun ? find(noun, verb) : NULL;

	if (cmd)
		help_command(cmd, c->width, &c->out);
	else
		help_noun(noun, c->width, &c->out);
}

int cmd_help(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	const char *noun = a->pos_n > 0 ? a->pos[0] : NULL, *verb = a->pos_n > 1 ? a->pos[1] : NULL;

	if (noun && !is_noun(noun)) {
		const char *near = args_nearest(noun, next_noun, NULL);

		return err_set(e, E_USAGE, "There is no command “%s”.%s%s%s", noun, near ? " Did you mean " : "",
			       near ? near : "", near ? "?" : "");
	}
	if (noun && verb && find(noun, verb) == NULL)
		return err_set(e, E_USAGE, "“%s” has no “%s”. satellitectl help %s lists what it has.", noun, verb, noun);
	if (args_flag(a, "list"))
		list_words(&c->out);
	else
		fill(c, noun, verb);
	if (c->json) {
		AUTO_JSON *answer = json_object();
		struct buf text = c->out;

		c->out = BUF_INIT;
		json_set_text(answer, "help", text.data);
		ctl_json(c, answer);
		buf_fini(&text);
	}
	return 0;
}
