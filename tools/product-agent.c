/* product-agent - a product instance as its administrator knows it; see product-agent(1). */
#include <curl/curl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/agent.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "json/json.h"

#ifndef VERSION
#define VERSION "0.1"
#endif

#define PEM_MAX (1 << 20)
#define LINE_SIZE 16400

enum { EXIT_DONE, EXIT_REFUSED, EXIT_USAGE, EXIT_CANNOT_CONNECT };

static const char usage_text[] =
	"Usage: product-agent --state DIR [options] COMMAND ...\n"
	"       product-agent --state DIR [options] -        (commands from standard input, one a line)\n"
	"\n"
	"  --state DIR       folder of the product's state; made if there is none\n"
	"  --product NAME    UCM or SME\n"
	"  --serial TEXT     serial number of the UDI\n"
	"  --uuid UUID       UUID of the UDI\n"
	"  --hostname NAME   host name sent at registration\n"
	"  --ip ADDRESS      IP address sent at registration\n"
	"  --ca-file FILE    CA of the server's TLS certificate, PEM\n"
	"  --root-file FILE  licensing root, PEM\n"
	"  --version, --help\n"
	"\n"
	"What the options say is remembered in DIR. Each command is one argument, for example:\n"
	"  product-agent --state DIR --ca-file ca.pem --root-file root.pem \\\n"
	"      'license smart transport gateway HOST:PORT' 'license smart register idtoken TOKEN'\n"
	"  product-agent --state DIR 'show license summary'\n"
	"  product-agent --state DIR help\n";

static int report(const struct err *e)
{
	fprintf(stderr, "error: %s: %s\n", err_name(e->code), e->text);
	if (e->code == E_USAGE)
		return EXIT_USAGE;
	return e->code == E_CONNECT_FAILED ? EXIT_CANNOT_CONNECT : EXIT_REFUSED;
}

static int run(struct agent *a, const char *line)
{
	AUTO_BUF out = BUF_INIT;
	struct err e = ERR_INIT;
	int rc = agent_command(a, line, &out, &e);

	if (out.n)
		fwrite(out.data, 1, out.n, stdout);
	fflush(stdout);
	return rc ? report(&e) : EXIT_DONE;
}

/* Stops at the first command that is refused, as the arguments do. */
static int run_input(struct agent *a)
{
	char line[LINE_SIZE];
	int rc = EXIT_DONE;

	if (isatty(STDIN_FILENO))
		fprintf(stderr, "Type commands, one a line; 'help' lists them, Ctrl-D ends.\n");
	while (rc == EXIT_DONE && fgets(line, sizeof(line), stdin))
		if (line[strspn(line, " \t\r\n")])
			rc = run(a, line);
	mem_cleanse(line, sizeof(line));
	return rc;
}

static int run_all(struct agent *a, char **command)
{
	int rc = EXIT_DONE;

	for (; *command && rc == EXIT_DONE; command++)
		rc = strcmp(*command, "-") ? run(a, *command) : run_input(a);
	return rc;
}

struct settings {
	const char *state, *ca_file, *root_file;
	struct agent_options agent;
};

static const struct option options[] = {
	{ "state", required_argument, NULL, 's' },
	{ "product", required_argument, NULL, 'p' },
	{ "serial", required_argument, NULL, 'n' },
	{ "uuid", required_argument, NULL, 'u' },
	{ "hostname", required_argument, NULL, 'o' },
	{ "ip", required_argument, NULL, 'i' },
	{ "ca-file", required_argument, NULL, 'c' },
	{ "root-file", required_argument, NULL, 'r' },
	{ "version", no_argument, NULL, 'V' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

/* -1 to go on, else the exit status. */
static int parse(int argc, char **argv, struct settings *s)
{
	int c;

	while ((c = getopt_long(argc, argv, "V", options, NULL)) != -1) {
		if (c == 's')
			s->state = optarg;
		else if (c == 'p')
			s->agent.product = optarg;
		else if (c == 'n')
			s->agent.serial = optarg;
		else if (c == 'u')
			s->agent.uuid = optarg;
		else if (c == 'o')
			s->agent.hostname = optarg;
		else if (c == 'i')
			s->agent.ip = optarg;
		else if (c == 'c')
			s->ca_file = optarg;
		else if (c == 'r')
			s->root_file = optarg;
		else if (c == 'V')
			return printf("product-agent %s\n", VERSION) < 0;
		else if (c == 'h')
			return fputs(usage_text, stdout) < 0;
		else
			return EXIT_USAGE;
	}
	if (s->state && optind < argc)
		return -1;
	fprintf(stderr, "error: USAGE: %s\n\n%s", s->state ? "No command is given." : "--state DIR is missing.",
		usage_text);
	return EXIT_USAGE;
}

int main(int argc, char **argv)
{
	struct settings s = { 0 };
	struct agent *a = NULL;
	struct err e = ERR_INIT;
	AUTO_BUF ca = BUF_INIT;
	AUTO_BUF root = BUF_INIT;
	int rc = parse(argc, argv, &s);

	if (rc >= 0)
		return rc;
	json_init();
	curl_global_init(CURL_GLOBAL_DEFAULT);
	if ((s.ca_file && file_read(s.ca_file, PEM_MAX, &ca, &e)) ||
	    (s.root_file && file_read(s.root_file, PEM_MAX, &root, &e)))
		return report(&e);
	s.agent.ca_pem = s.ca_file ? ca.data : NULL;
	s.agent.root_pem = s.root_file ? root.data : NULL;
	rc = agent_open(s.state, &s.agent, clock_now(), &a, &e) ? report(&e) : run_all(a, argv + optind);
	agent_close(a);
	curl_global_cleanup();
	return rc;
}
