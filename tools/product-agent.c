/* product-agent - a product instance as its administrator knows it; see product-agent(1). */
#include <curl/curl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "agent_tool.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "json/json.h"
#include "xml/callhome.h"

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "0"
#endif

#define PEM_MAX (1 << 20)
#define LINE_SIZE 16400
#define LOCK_WAIT_MS (15 * SECOND_MS)
#define LOCK_STEP_NS 100000000L

static const char usage_text[] = "Usage: product-agent --state DIR [options] COMMAND ...\n"
				 "       product-agent --state DIR [options] -     commands from stdin, one a line\n"
				 "       product-agent --state DIR [options]       the same; a prompt on a terminal\n"
				 "       product-agent --state DIR [options] run   stay, and do what is due\n"
				 "\n"
				 "  --state DIR       folder of the product's state; made if there is none\n"
				 "  --product NAME    UCM or SME\n"
				 "  --serial TEXT     serial number of the UDI\n"
				 "  --uuid UUID       UUID of the UDI\n"
				 "  --hostname NAME   host name sent at registration\n"
				 "  --ip ADDRESS      IP address sent at registration\n"
				 "  --ca-file FILE    CA of the server's TLS certificate, PEM\n"
				 "  --root-file FILE  licensing root, PEM\n"
				 "  --json            print one JSON object for each command\n"
				 "  --version, --help\n"
				 "\n"
				 "What the options say is remembered in DIR. Each command is one argument:\n"
				 "  product-agent --state DIR --ca-file ca.pem --root-file root.pem \\\n"
				 "      'license smart transport gateway HOST:PORT' \\\n"
				 "      'license smart register idtoken TOKEN'\n"
				 "  product-agent --state DIR 'show license summary'\n"
				 "  product-agent --state DIR help\n";

/* Lines on stderr, broken between words if that is a terminal; those that are indented are commands to copy and stay
 * whole. Frees text. */
static void tell(char *text)
{
	struct winsize size = { 0 };
	size_t column = 0, blank = 0;

	if (!isatty(STDERR_FILENO) || ioctl(STDERR_FILENO, TIOCGWINSZ, &size) || size.ws_col < 40)
		size.ws_col = 0;
	for (const char *p = text; *p;) {
		size_t n = strcspn(p, " \n"), gap = strspn(p + n, " ");

		if (column && size.ws_col && column + blank + n > size.ws_col) {
			fputs("\n  ", stderr);
			column = 2;
			blank = 0;
		}
		fprintf(stderr, "%*s%.*s", (int)blank, "", (int)n, p);
		column += blank + n;
		blank = gap;
		p += n + gap;
		if (*p == '\n') {
			putc(*p++, stderr);
			column = blank = 0;
		}
	}
	putc('\n', stderr);
	free(text);
}

int tool_report(const struct tool *t, const struct err *e, bool printed)
{
	if (t->json && !printed) {
		AUTO_JSON *obj = json_object();
		json_t *error = json_object();
		AUTO_BUF out = BUF_INIT;

		json_set_text(obj, "status", "ERROR");
		json_set_int(error, "code", err_number(e->code));
		json_set_text(error, "name", err_name(e->code));
		json_set_text(error, "text", e->text);
		json_object_set_new(obj, "error", error);
		json_write(obj, &out);
		puts(out.data);
	}
	tell(mem_printf("error: %s: %s", err_name(e->code), e->text));
	if (e->code == E_USAGE)
		return EXIT_USAGE;
	return e->code == E_CONNECT_FAILED ? EXIT_CANNOT_CONNECT : EXIT_REFUSED;
}

int tool_open(const struct tool *t, struct agent **out, struct err *e)
{
	const struct timespec step = { .tv_nsec = LOCK_STEP_NS };
	int64_t end = clock_mono() + LOCK_WAIT_MS;

	for (;;) {
		if (agent_open(t->state, &t->options, clock_now(), out, e) == 0)
			return 0;
		if (e->code != E_BUSY || clock_mono() > end || nanosleep(&step, NULL))
			return -1; /* a signal ends the wait */
	}
}

int tool_command(const struct tool *t, struct agent *a, const char *line)
{
	AUTO_BUF out = BUF_INIT;
	struct err e = ERR_INIT;
	int rc = t->json ? agent_command_json(a, line, &out, &e) : agent_command(a, line, &out, &e);

	if (out.n)
		fwrite(out.data, 1, out.n, stdout);
	fflush(stdout);
	if (*agent_warning(a))
		tell(mem_printf("warning: %s", agent_warning(a)));
	return rc ? tool_report(t, &e, true) : EXIT_DONE;
}

bool tool_is_exit(const char *line)
{
	size_t n;

	line += strspn(line, " \t");
	n = strcspn(line, " \t\r\n");
	return n == 4 && line[n + strspn(line + n, " \t\r\n")] == '\0' &&
	       (strncasecmp(line, "exit", 4) == 0 || strncasecmp(line, "quit", 4) == 0);
}

/* Stops at the first command that is refused, as the arguments do. Lines that begin with # are for people. */
static int run_input(const struct tool *t, struct agent *a)
{
	char line[LINE_SIZE];
	int rc = EXIT_DONE;

	while (rc == EXIT_DONE && fgets(line, sizeof(line), stdin) && !tool_is_exit(line))
		if (strchr("#\r\n", line[strspn(line, " \t")]) == NULL)
			rc = tool_command(t, a, line);
	mem_cleanse(line, sizeof(line));
	return rc;
}

static int run_all(const struct tool *t, char **command)
{
	struct agent *a = NULL;
	struct err e = ERR_INIT;
	int rc = EXIT_DONE;

	if (tool_open(t, &a, &e))
		return tool_report(t, &e, false);
	if (*command == NULL)
		rc = run_input(t, a);
	for (; *command && rc == EXIT_DONE && !tool_is_exit(*command); command++)
		rc = strcmp(*command, "-") ? tool_command(t, a, *command) : run_input(t, a);
	agent_close(a);
	return rc;
}

/* Is there a command at all? Without one no state should be made. */
static bool has_input(char **command)
{
	int c;

	if (*command)
		return true;
	c = fgetc(stdin);
	return c != EOF && ungetc(c, stdin) != EOF;
}

static int run(const struct tool *t, char **command)
{
	if (*command && strcmp(*command, "run") == 0 && command[1] == NULL)
		return tool_run(t);
	if (*command == NULL && isatty(STDIN_FILENO))
		return tool_prompt(t);
	if (!has_input(command)) {
		fprintf(stderr, "error: USAGE: There is no command, neither as an argument nor on standard input.\n");
		return EXIT_USAGE;
	}
	return run_all(t, command);
}

struct settings {
	const char *ca_file, *root_file;
	struct tool tool;
};

static const struct option options[] = {
	{ "state", required_argument, NULL, 's' },    { "product", required_argument, NULL, 'p' },
	{ "serial", required_argument, NULL, 'n' },   { "uuid", required_argument, NULL, 'u' },
	{ "hostname", required_argument, NULL, 'o' }, { "ip", required_argument, NULL, 'i' },
	{ "ca-file", required_argument, NULL, 'c' },  { "root-file", required_argument, NULL, 'r' },
	{ "json", no_argument, NULL, 'j' },           { "version", no_argument, NULL, 'V' },
	{ "help", no_argument, NULL, 'h' },           { 0 },
};

/* -1 to go on, else the exit status. */
static int parse(int argc, char **argv, struct settings *s)
{
	int c;

	while ((c = getopt_long(argc, argv, "V", options, NULL)) != -1) {
		if (c == 's')
			s->tool.state = optarg;
		else if (c == 'p')
			s->tool.options.product = optarg;
		else if (c == 'n')
			s->tool.options.serial = optarg;
		else if (c == 'u')
			s->tool.options.uuid = optarg;
		else if (c == 'o')
			s->tool.options.hostname = optarg;
		else if (c == 'i')
			s->tool.options.ip = optarg;
		else if (c == 'c')
			s->ca_file = optarg;
		else if (c == 'r')
			s->root_file = optarg;
		else if (c == 'j')
			s->tool.json = true;
		else if (c == 'V')
			return printf("product-agent %s\n", PACKAGE_VERSION) < 0;
		else if (c == 'h')
			return fputs(usage_text, stdout) < 0;
		else
			return EXIT_USAGE;
	}
	if (s->tool.state)
		return -1;
	fprintf(stderr, "error: USAGE: --state DIR is missing.\n\n%s", usage_text);
	return EXIT_USAGE;
}

int main(int argc, char **argv)
{
	struct settings s = { 0 };
	struct err e = ERR_INIT;
	AUTO_BUF ca = BUF_INIT;
	AUTO_BUF root = BUF_INIT;
	int rc = parse(argc, argv, &s);

	if (rc >= 0)
		return rc;
	json_init();
	callhome_init();
	curl_global_init(CURL_GLOBAL_DEFAULT);
	if ((s.ca_file && file_read(s.ca_file, PEM_MAX, &ca, &e)) ||
	    (s.root_file && file_read(s.root_file, PEM_MAX, &root, &e)))
		return tool_report(&s.tool, &e, false);
	s.tool.options.ca_pem = s.ca_file ? ca.data : NULL;
	s.tool.options.root_pem = s.root_file ? root.data : NULL;
	s.tool.options.ask = isatty(STDIN_FILENO) ? tool_ask : NULL;
	rc = run(&s.tool, argv + optind);
	curl_global_cleanup();
	callhome_end();
	return rc;
}
