/* satellitectl.c - administration of a license server from the shell. */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/str.h"
#include "ctl/ctl.h"

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "0"
#endif

enum { EXIT_DONE, EXIT_REFUSED, EXIT_USAGE, EXIT_UNREACHABLE };

/* A terminal's own width; 80 for files and pipes, unless COLUMNS asks for another. */
static size_t terminal_width(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;
	int64_t n;

	if (columns && str_int(columns, 40, 1000, &n) == 0)
		return (size_t)n;
	if (isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40)
		return size.ws_col;
	return 80;
}

static bool terminal_color(void)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && !(no && *no) && term && strcmp(term, "dumb") != 0;
}

/* With --json a refusal is an object on stdout too: the server's, or one of the same form. */
static void print_error_object(struct ctl *c, const char *name, const struct err *e)
{
	const json_t *from_server = c->client ? client_error_answer(c->client) : NULL;
	AUTO_JSON *answer = NULL;
	json_t *error;

	if (from_server) {
		ctl_json(c, from_server);
		return;
	}
	answer = json_object();
	error = json_object();
	json_set_text(answer, "status", "ERROR");
	json_set_text(answer, "statusMessage", e->text);
	json_set_int(error, "code", err_number(e->code));
	json_set_text(error, "name", name);
	if (e->field[0])
		json_set_text(error, "field", e->field);
	json_object_set_new(answer, "error", error);
	ctl_json(c, answer);
}

static int report(struct ctl *c, const struct ctl_args *a, const struct err *e)
{
	AUTO_BUF text = BUF_INIT;
	const char *name = err_name(e->code);

	if (c->client && *client_error_name(c->client))
		name = client_error_name(c->client);
	else if (*c->refused)
		name = c->refused;
	text_clean(e->text, &text);
	ctl_error(name, text.n ? text.data : "");
	if (c->json && c->out.n == 0)
		print_error_object(c, name, e);
	if (e->code == E_USAGE) {
		AUTO_BUF usage = BUF_INIT;

		help_brief(a->cmd, a->noun, c->width, &usage);
		fputs(usage.data, stderr);
		return EXIT_USAGE;
	}
	return e->code == E_CONNECT_FAILED ? EXIT_UNREACHABLE : EXIT_REFUSED;
}

static int run(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	if (a->version) {
		buf_printf(&c->out, "satellitectl (license-satellite) %s\n", PACKAGE_VERSION);
		return 0;
	}
	if (a->help) {
		if (a->cmd)
			help_command(a->cmd, c->width, &c->out);
		else
			help_noun(a->noun, c->width, &c->out);
		return 0;
	}
	if (!(a->cmd->where & CTL_LOCAL) && client_open(c->socket, &c->client, e))
		return -1;
	if (a->cmd->run(c, a, e) == 0)
		return 0;
	ctl_explain(c, a, e);
	return -1;
}

static int flush(const struct buf *out, int status)
{
	if (out->n)
		fwrite(out->data, 1, out->n, stdout);
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	fprintf(stderr, "error: FILE_ERROR: Cannot write to standard output: %m.\n");
	return status == EXIT_DONE ? EXIT_REFUSED : status;
}

int main(int argc, char *argv[])
{
	const char *from_environment = getenv("SATELLITE_SOCKET");
	struct ctl c = { .socket = CLIENT_SOCKET_DEFAULT, .width = terminal_width(), .color = terminal_color() };
	struct ctl_args args;
	struct err e = ERR_INIT;
	int status = EXIT_DONE;

	text_init();
	json_init();
	curl_global_init(CURL_GLOBAL_DEFAULT);
	if (from_environment && *from_environment)
		c.socket = from_environment;
	if (args_parse(ctl_commands, argc, argv, &args, &e)) {
		c.json = args.json;
		status = report(&c, &args, &e);
	} else {
		if (args.socket)
			c.socket = args.socket;
		c.socket_given = args.socket != NULL;
		c.json = args.json;
		if (run(&c, &args, &e))
			status = report(&c, &args, &e);
	}
	status = flush(&c.out, status);
	client_close(c.client);
	buf_fini(&c.out);
	curl_global_cleanup();
	return status;
}
