/* The commands of a product administrator (product-agent(1)). */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "agent/state.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"

#define LINE_MAX_N 16384
#define WORDS_MAX 64

/* The words of a line; they lie in text. */
struct words {
	char *text; /* owned */
	char *word[WORDS_MAX];
	size_t n;
};

static int bad_line(struct err *e, const char *why)
{
	return err_set(e, E_USAGE, "The command cannot be read: %s.", why);
}

/* Copies one word from *from to *to, without its quotes. In quotes a backslash keeps the next quote or backslash. */
static int split_word(const char **from, char **to, struct err *e)
{
	bool quoted = false;
	const char *p = *from;
	char *q = *to;

	for (; *p && (quoted || !isspace((unsigned char)*p)); p++) {
		if (*p == '"') {
			quoted = !quoted;
			continue;
		}
		if (quoted && *p == '\\' && (p[1] == '"' || p[1] == '\\'))
			p++;
		if (iscntrl((unsigned char)*p) && *p != '\t')
			return bad_line(e, "it contains a control character");
		*q++ = *p;
	}
	if (quoted)
		return bad_line(e, "a double quote is not closed");
	*q++ = '\0';
	*from = p;
	*to = q;
	return 0;
}

static int split(const char *line, struct words *w, struct err *e)
{
	size_t n = strlen(line);
	char *to;

	if (n > LINE_MAX_N)
		return err_set(e, E_USAGE, "The command has %zu bytes; at most %d are taken.", n, LINE_MAX_N);
	if (!str_utf8(line, n))
		return bad_line(e, "it is not UTF-8");
	to = w->text = mem_alloc(n + 2);
	for (;;) {
		while (isspace((unsigned char)*line))
			line++;
		if (*line == '\0')
			return 0;
		if (w->n == WORDS_MAX)
			return err_set(e, E_USAGE, "The command has more than %d words.", WORDS_MAX);
		w->word[w->n++] = to;
		if (split_word(&line, &to, e))
			return -1;
	}
}

/* Arguments are the words behind the command's own. */
struct call {
	struct agent *a;
	char **arg;
	size_t n;
	int64_t now;
	struct buf *out;
	struct err *e;
};

static int do_gateway(struct call *c)
{
	if (agent_transport_set(c->a, c->arg[0], c->e))
		return -1;
	buf_printf(c->out, "The product will use %s\n", c->a->url);
	return 0;
}

static void print_authorization(struct call *c)
{
	buf_printf(c->out, "License authorization: %s\n", agent_authorization_name(agent_authorization(c->a, c->now)));
}

static int do_register(struct call *c)
{
	bool force = c->n == 2;

	if (force && strcasecmp(c->arg[1], "force"))
		return err_set(c->e, E_USAGE,
			       "'%.64s' is not known here. Use: license smart register idtoken TOKEN [force]", c->arg[1]);
	if (agent_register(c->a, c->arg[0], force, c->now, c->e))
		return -1;
	buf_printf(c->out, "Registered with smart account '%s', virtual account '%s'.\n", c->a->smart_account,
		   c->a->virtual_account);
	print_authorization(c);
	return 0;
}

static int do_deregister(struct call *c)
{
	if (agent_deregister(c->a, c->now, c->e))
		return -1;
	buf_adds(c->out, "Deregistered. The product is no longer registered and its licenses are given back.\n");
	return 0;
}

static int do_renew_auth(struct call *c)
{
	if (agent_authorize(c->a, c->now, c->e))
		return -1;
	print_authorization(c);
	return 0;
}

static int do_renew_id(struct call *c)
{
	char until[CLOCK_TEXT_SIZE];

	if (agent_renew(c->a, c->now, c->e))
		return -1;
	buf_printf(c->out, "The registration is renewed until %s.\n", clock_text(c->a->expires_at, until));
	return 0;
}

/* `NAME=COUNT`, cut in place. */
static int assignment(char *word, struct agent_usage *u, struct err *e)
{
	char *equals = strrchr(word, '=');

	if (equals == NULL || equals == word)
		return err_set(e, E_USAGE, "'%.128s' is not LICENSE=COUNT, as in Enhanced=5.", word);
	*equals = '\0';
	u->license = word;
	if (str_int(equals + 1, 0, INT32_MAX, &u->count))
		return err_set(e, E_USAGE, "The count of %.128s is '%.32s'; it must be a whole number from 0 to %d.", word,
			       equals + 1, INT32_MAX);
	return 0;
}

/* What was set is kept whether or not it can be reported now: it is the product's usage. */
static void report_usage(struct call *c)
{
	struct err why = ERR_INIT;

	if (!agent_is_registered(c->a, c->now))
		return;
	if (agent_authorize(c->a, c->now, &why))
		buf_printf(c->out, "Not reported yet, the product goes on trying: %s\n", why.text);
	else
		print_authorization(c);
}

static int do_usage_set(struct call *c)
{
	struct agent_usage usage[WORDS_MAX];

	for (size_t i = 0; i < c->n; i++)
		if (assignment(c->arg[i], &usage[i], c->e))
			return -1;
	if (agent_usage_set(c->a, usage, c->n, c->now, c->e))
		return -1;
	buf_printf(c->out, "Usage of %zu %s set.\n", c->n, c->n == 1 ? "license" : "licenses");
	report_usage(c);
	return 0;
}

static int do_show(struct call *c)
{
	for (char *p = c->arg[0]; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	if (agent_show(c->a, c->arg[0], c->now, c->out))
		return err_set(c->e, E_USAGE, "There is no 'show license %.32s'. Use all, summary, status, usage or udi.",
			       c->arg[0]);
	return 0;
}

static int do_help(struct call *c);

static const struct command {
	const char *words; /* the command's own, lower-case, one space between */
	const char *arguments;
	size_t min, max;
	int (*run)(struct call *c);
	const char *help;
} commands[] = {
	{ "license smart transport gateway", "HOST:PORT", 1, 1, do_gateway, "use this license server" },
	{ "license smart register idtoken", "TOKEN [force]", 1, 2, do_register,
	  "register the product; force moves or takes over" },
	{ "license smart deregister", "", 0, 0, do_deregister, "end the registration and give the licenses back" },
	{ "license smart renew auth", "", 0, 0, do_renew_auth, "renew the authorization now" },
	{ "license smart renew id", "", 0, 0, do_renew_id, "renew the registration now" },
	{ "license usage set", "LICENSE=COUNT ...", 1, WORDS_MAX, do_usage_set,
	  "set how many licenses are in use; others stay" },
	{ "license usage update", "", 0, 0, do_renew_auth, "report usage now" },
	{ "show license", "all|summary|status|usage|udi", 1, 1, do_show, "show the state of licensing" },
	{ "help", "", 0, 0, do_help, "show this list" },
};
#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static int do_help(struct call *c)
{
	for (size_t i = 0; i < COMMANDS; i++)
		buf_printf(c->out, "%s%s%s\n    %s\n", commands[i].words, *commands[i].arguments ? " " : "",
			   commands[i].arguments, commands[i].help);
	return 0;
}

/* How many words the command's own are, 0 if the line does not begin with them. */
static size_t begins(const struct words *w, const char *own)
{
	size_t i = 0;

	while (*own) {
		size_t n = strcspn(own, " ");

		if (i == w->n || strlen(w->word[i]) != n || strncasecmp(w->word[i], own, n))
			return 0;
		i++;
		own += n + (own[n] == ' ');
	}
	return i;
}

static int run(struct agent *a, struct words *w, struct buf *out, struct err *e)
{
	for (size_t i = 0; i < COMMANDS; i++) {
		size_t own = begins(w, commands[i].words);
		struct call c = { .a = a, .arg = w->word + own, .n = w->n - own, .now = clock_now(), .out = out, .e = e };

		if (own == 0)
			continue;
		if (c.n < commands[i].min || c.n > commands[i].max)
			return err_set(e, E_USAGE, "Use: %s%s%s", commands[i].words, *commands[i].arguments ? " " : "",
				       commands[i].arguments);
		return commands[i].run(&c);
	}
	return err_set(e, E_USAGE, "There is no command '%.128s%s%.128s'. 'help' lists them.", w->word[0],
		       w->n > 1 ? " " : "", w->n > 1 ? w->word[1] : "");
}

int agent_command(struct agent *a, const char *line, struct buf *out, struct err *e)
{
	struct words w = { 0 };
	int rc = split(line, &w, e);

	if (rc == 0 && w.n == 0)
		rc = err_set(e, E_USAGE, "The command is empty. 'help' lists the commands.");
	if (rc == 0)
		rc = run(a, &w, out, e);
	if (w.text)
		mem_cleanse(w.text, strlen(line));
	free(w.text);
	return rc;
}
