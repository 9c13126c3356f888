/* The commands of a product administrator (product-agent(1)). */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "agent/command.h"
#include "agent/line.h"
#include "agent/reserve.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"

#define USES_SHOWN 4 /* commands that an error spells out */

static int unknown_word(struct call *c, const char *word, const char *use)
{
	return err_set(c->e, E_USAGE, "'%.64s' is not known here. Use: %s", word, use);
}

static int set_road(struct call *c, enum agent_road road, const char *use)
{
	bool callhome = c->n == 2;

	if (callhome && strcasecmp(c->arg[1], "callhome"))
		return unknown_word(c, c->arg[1], use);
	if (agent_transport_set(c->a, road, c->arg[0], callhome, c->e))
		return -1;
	buf_printf(c->out, "The product will use %s%s\n", c->a->url, road == AGENT_DIRECT ? " directly" : "");
	return 0;
}

static int do_gateway(struct call *c)
{
	return set_road(c, AGENT_GATEWAY, "license smart transport gateway HOST:PORT [callhome]");
}

static int do_direct(struct call *c)
{
	return set_road(c, AGENT_DIRECT, "license smart transport direct HOST:PORT [callhome]");
}

#define PROXY_USE "license smart transport proxy HOST:PORT [user NAME password PASSWORD]"

static int do_proxy(struct call *c)
{
	bool login = c->n == 5;

	if (c->n == 1 && strcasecmp(c->arg[0], "off") == 0) {
		if (agent_proxy_set(c->a, NULL, NULL, NULL, c->e))
			return -1;
		buf_adds(c->out, "The product will use no proxy.\n");
		return 0;
	}
	if (c->n != 1 && !login)
		return err_set(c->e, E_USAGE, "Use: " PROXY_USE);
	if (login && strcasecmp(c->arg[1], "user"))
		return unknown_word(c, c->arg[1], PROXY_USE);
	if (login && strcasecmp(c->arg[3], "password"))
		return unknown_word(c, c->arg[3], PROXY_USE);
	if (agent_proxy_set(c->a, c->arg[0], login ? c->arg[2] : NULL, login ? c->arg[4] : NULL, c->e))
		return -1;
	buf_printf(c->out, "The product will use the proxy %s%s%s\n", c->a->proxy, login ? " as " : "",
		   login ? c->a->proxy_user : "");
	return 0;
}

static int do_no_proxy(struct call *c)
{
	static char off[] = "off";
	char *arg = off;
	struct call other = *c;

	other.arg = &arg;
	other.n = 1;
	return do_proxy(&other);
}

static int do_privacy(struct call *c)
{
	static const struct {
		const char *word;
		unsigned hide;
		const char *text;
	} kinds[] = {
		{ "all", AGENT_HIDE_HOST | AGENT_HIDE_VERSION, "host name, IP address, MAC address and product version" },
		{ "hostname", AGENT_HIDE_HOST, "host name, IP address and MAC address" },
		{ "version", AGENT_HIDE_VERSION, "product version" },
		{ "none", 0, "nothing" },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcasecmp(c->arg[0], kinds[i].word))
			continue;
		if (agent_privacy_set(c->a, kinds[i].hide, c->e))
			return -1;
		buf_printf(c->out, "Kept private from the next registration on: %s.\n", kinds[i].text);
		return 0;
	}
	return unknown_word(c, c->arg[0], "license smart privacy all|hostname|version|none");
}

static int do_clock_accept(struct call *c)
{
	char text[CLOCK_TEXT_SIZE];

	if (agent_clock_accept(c->a, c->now, c->e))
		return -1;
	buf_printf(c->out, "The clock is taken as right: %s.\n", clock_text(c->now, text));
	return 0;
}

static int do_set_cluster(struct call *c)
{
	bool on = strcasecmp(c->arg[0], "mixed-mode") == 0;

	if (!on && strcasecmp(c->arg[0], "non-secure-mode"))
		return unknown_word(c, c->arg[0], "utils ctl set-cluster mixed-mode|non-secure-mode");
	if (agent_mixed_mode_set(c->a, on, c->now, c->e))
		return -1;
	buf_printf(c->out, "The cluster is set to %s.\n", on ? "mixed mode" : "non-secure mode");
	return 0;
}

static void print_alert(const struct agent *a, enum agent_alert which, int64_t now, struct buf *out)
{
	buf_printf(out, "Alert %s: ", agent_alert_name(which));
	agent_alert_text(a, which, now, out);
	buf_addc(out, '\n');
}

static void print_alerts(const struct agent *a, unsigned which, int64_t now, struct buf *out)
{
	if (which & AGENT_ALERT_EXPORT)
		print_alert(a, AGENT_ALERT_EXPORT, now, out);
	if (which & AGENT_ALERT_CLOCK)
		print_alert(a, AGENT_ALERT_CLOCK, now, out);
}

static int do_show_ctl(struct call *c)
{
	buf_printf(c->out, "Cluster Security Mode: %s\n", agent_mixed_mode(c->a) ? "mixed" : "non-secure");
	print_alerts(c->a, agent_alerts(c->a, c->now) & AGENT_ALERT_EXPORT, c->now, c->out);
	json_set_text(c->json, "clusterSecurityMode", agent_mixed_mode(c->a) ? "mixed" : "non-secure");
	return 0;
}

void print_authorization(struct call *c)
{
	buf_printf(c->out, "License authorization: %s\n", agent_authorization_name(agent_authorization(c->a, c->now)));
}

static int do_register(struct call *c)
{
	bool force = c->n == 2;

	if (force && strcasecmp(c->arg[1], "force"))
		return unknown_word(c, c->arg[1], "license smart register idtoken TOKEN [force]");
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
	if (*agent_warning(c->a))
		buf_adds(c->out, "Deregistered here. The server does not know it yet.\n");
	else
		buf_adds(c->out, "Deregistered. The product is no longer registered and its licenses are given back.\n");
	return 0;
}

static const char *granted_name(const struct granted *g)
{
	return g->display_name && *g->display_name ? g->display_name : g->tag;
}

/* What was asked for and not granted, which leaves the product authorized. */
static void print_refused(struct call *c)
{
	const struct agent *a = c->a;
	enum agent_authorization state = agent_authorization(a, c->now);

	if (state != AGENT_AUTHORIZED && state != AGENT_OUT_OF_COMPLIANCE)
		return;
	for (size_t i = 0; i < a->granted_n; i++) {
		const struct granted *g = &a->granted[i];
		int64_t asked = agent_usage_count(a, g->tag);

		if (asked == 0 || g->status == NULL)
			continue;
		if (strcmp(g->status, "NotAuthorized") == 0)
			buf_printf(c->out,
				   "%s: %" PRId64 " asked, %" PRId64
				   " granted (export-controlled; this product may not use it).\n",
				   granted_name(g), asked, g->count);
		else if (strcmp(g->status, "InvalidTag") == 0)
			buf_printf(c->out, "%s: %" PRId64 " asked, 0 granted (the server does not know this license).\n",
				   granted_name(g), asked);
	}
}

/* Which licenses there are too few of. */
static void print_short(struct call *c)
{
	const struct agent *a = c->a;
	size_t n = 0;

	if (agent_authorization(a, c->now) != AGENT_OUT_OF_COMPLIANCE)
		return;
	for (size_t i = 0; i < a->granted_n; i++) {
		const struct granted *g = &a->granted[i];

		if (g->status && strcmp(g->status, "OutOfCompliance") == 0 && agent_usage_count(a, g->tag))
			buf_printf(c->out, "%s%s", n++ ? ", " : "Too few licenses: ", granted_name(g));
	}
	buf_adds(c->out, n ? "\n" : "");
}

static int do_renew_auth(struct call *c)
{
	if (agent_authorize(c->a, c->now, c->e))
		return -1;
	print_authorization(c);
	print_short(c);
	print_refused(c);
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

	if (c->a->code)
		print_reserved(c);
	if (!agent_is_registered(c->a, c->now))
		return;
	if (agent_authorize(c->a, c->now, &why) == 0) {
		print_authorization(c);
		print_short(c);
		print_refused(c);
	} else if (c->a->gone) {
		buf_printf(c->out, "Not reported: %s\nRegister again: license smart register idtoken TOKEN\n", why.text);
	} else {
		buf_printf(c->out, "Not reported yet, the product goes on trying: %s\n", why.text);
	}
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
	if (strcmp(c->arg[0], "tech") == 0 || agent_show(c->a, c->arg[0], c->now, c->out))
		return err_set(c->e, E_USAGE,
			       "There is no 'show license %.32s'. Use all, summary, status, usage, udi or tech support.",
			       c->arg[0]);
	state_describe(c->a, c->arg[0], c->now, c->json);
	return 0;
}

static int do_tech(struct call *c)
{
	agent_show(c->a, "tech", c->now, c->out);
	state_describe(c->a, "tech", c->now, c->json);
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
	{ "license smart transport gateway", "HOST:PORT [callhome]", 1, 2, do_gateway, "use this satellite" },
	{ "license smart transport direct", "HOST:PORT [callhome]", 1, 2, do_direct, "use this cloud manager itself" },
	{ "license smart transport proxy", "HOST:PORT [user NAME password PASSWORD]|off", 1, 5, do_proxy,
	  "reach it through this HTTP proxy" },
	{ "license smart transport no proxy", "", 0, 0, do_no_proxy, "reach it without a proxy" },
	{ "license smart privacy", "all|hostname|version|none", 1, 1, do_privacy,
	  "what the next registration does not tell the server" },
	{ "license smart register idtoken", "TOKEN [force]", 1, 2, do_register,
	  "register the product; force moves or takes over" },
	{ "license smart deregister", "", 0, 0, do_deregister, "end the registration and give the licenses back" },
	{ "license smart renew auth", "", 0, 0, do_renew_auth, "renew the authorization now" },
	{ "license smart renew id", "", 0, 0, do_renew_id, "renew the registration now" },
	{ "license smart reservation enable", "", 0, 0, do_reservation_enable, "use reserved licenses, without a server" },
	{ "license smart reservation request", "", 0, 0, do_reservation_request,
	  "show the request code, for the server's administrator" },
	{ "license smart reservation install", "\"CODE\"", 1, 1, do_reservation_install,
	  "install the authorization code that the server issued" },
	{ "license smart reservation install-file", "sftp://USER@HOST/PATH", 1, 1, do_reservation_install_file,
	  "the same from a file; a password is asked for" },
	{ "license smart reservation cancel", "", 0, 0, do_reservation_cancel, "withdraw the request" },
	{ "license smart reservation return", "", 0, 0, do_reservation_return,
	  "give the licenses back and show the return code" },
	{ "license smart reservation return-authorization", "\"CODE\"", 1, 1, do_reservation_return_authorization,
	  "give back a code that was never installed" },
	{ "license smart reservation disable", "", 0, 0, do_reservation_disable, "register with tokens again" },
	{ "license smart clock accept", "", 0, 0, do_clock_accept, "take the clock as right after it jumped" },
	{ "license usage set", "LICENSE=COUNT ...", 1, WORDS_MAX, do_usage_set,
	  "set how many licenses are in use; others stay" },
	{ "license usage update", "", 0, 0, do_renew_auth, "report usage now" },
	{ "show license tech support", "", 0, 0, do_tech, "show everything, for a support case" },
	{ "show license", "all|summary|status|usage|udi", 1, 1, do_show, "show the state of licensing" },
	{ "show ctl", "", 0, 0, do_show_ctl, "show the security mode of the cluster" },
	{ "utils ctl set-cluster", "mixed-mode|non-secure-mode", 1, 1, do_set_cluster,
	  "set the security mode of the cluster" },
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

static const struct command *find(const struct words *w, size_t *own)
{
	for (size_t i = 0; i < COMMANDS; i++) {
		*own = begins(w, commands[i].words);
		if (*own)
			return &commands[i];
	}
	return NULL;
}

/* The words that can stand at the end of what is typed so far, which ends in a space; one a line. */
static void next_words(const char *typed, struct buf *out)
{
	buf_adds(out, "");
	agent_complete(typed, out);
}

/* The nearest of the lines; NULL if none is near. Ends it with a NUL. */
static const char *nearest(char *lines, const char *word)
{
	unsigned best = strlen(word) < 5 ? 2 : strlen(word) < 9 ? 3 : 4, d;
	const char *found = NULL;
	char *save = NULL;

	for (char *line = strtok_r(lines, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		d = strlen(word) >= 3 && strncasecmp(line, word, strlen(word)) == 0 ? 1 : str_distance(word, line);
		if (d < best) {
			best = d;
			found = line;
		}
	}
	return found;
}

static bool is_line_of(const char *lines, const char *word)
{
	for (; *lines; lines += strcspn(lines, "\n") + 1)
		if (strcspn(lines, "\n") == strlen(word) && strncasecmp(lines, word, strlen(word)) == 0)
			return true;
	return false;
}

/* `license smart register idtoken TOKEN [force]` of all commands that begin so. */
static int not_complete(const char *typed, struct err *e)
{
	AUTO_BUF list = BUF_INIT;
	int n = (int)strlen(typed);
	size_t found = 0;

	buf_adds(&list, "");
	for (size_t i = 0; i < COMMANDS; i++) {
		if (strncasecmp(commands[i].words, typed, (size_t)n))
			continue;
		buf_printf(&list, "%s%s%s%s", found++ ? "; " : "", commands[i].words, *commands[i].arguments ? " " : "",
			   commands[i].arguments);
	}
	if (found <= USES_SHOWN)
		return err_set(e, E_USAGE, "“%.*s” is not complete. Use: %.400s", n - 1, typed, list.data);
	buf_clear(&list);
	next_words(typed, &list);
	for (size_t i = 0; i < list.n; i++)
		if (list.data[i] == '\n')
			list.data[i] = i + 1 < list.n ? '|' : '\0';
	return err_set(e, E_USAGE, "“%.*s” is not complete. Behind it comes %.200s; “help” lists the commands.", n - 1,
		       typed, list.data);
}

/* How far the line is a command, and what could stand where it is none. */
static int no_command(const struct words *w, struct err *e)
{
	AUTO_BUF typed = BUF_INIT;

	buf_adds(&typed, "");
	for (size_t i = 0; i < w->n; i++) {
		AUTO_BUF next = BUF_INIT;
		const char *near;

		next_words(typed.data, &next);
		if (is_line_of(next.data, w->word[i])) {
			buf_printf(&typed, "%s ", w->word[i]);
			continue;
		}
		near = nearest(next.data, w->word[i]);
		if (near)
			return err_set(e, E_USAGE, "There is no command “%s%.64s”. Did you mean “%s%s”?", typed.data,
				       w->word[i], typed.data, near);
		return err_set(e, E_USAGE, "There is no command “%s%.64s”. “help” lists them.", typed.data, w->word[i]);
	}
	return not_complete(typed.data, e);
}

/* Has the command one argument that is all the rest of the line? A code comes as it was pasted, with or without quotes
 * around it, and what is inside is not for us to unquote. */
static bool is_raw(const struct command *command)
{
	return *command->arguments == '"';
}

/* The line into words. */
static int split(const char *line, struct words *w, struct err *e)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (is_raw(&commands[i]) && line_split_raw(line, commands[i].words, w))
			return 0;
	return line_split(line, w, e);
}

static int run_words(struct agent *a, struct words *w, int64_t now, struct buf *out, json_t *json, struct err *e)
{
	size_t own;
	const struct command *command = find(w, &own);
	struct call c = { .a = a, .arg = w->word + own, .n = w->n - own, .now = now, .out = out, .json = json, .e = e };

	if (command == NULL)
		return no_command(w, e);
	json_set_text(json, "command", command->words);
	if (c.n < command->min || c.n > command->max)
		return err_set(e, E_USAGE, "Use: %s%s%s", command->words, *command->arguments ? " " : "",
			       command->arguments);
	return command->run(&c);
}

/* Alerts that were not there before are part of what a command prints. */
static int run_line(struct agent *a, const char *line, struct buf *out, json_t *json, struct err *e)
{
	struct words w = { 0 };
	int64_t now = clock_now();
	struct err why = ERR_INIT;
	bool changed = clock_see(a, now);
	unsigned before = a->export_alert_at ? AGENT_ALERT_EXPORT : 0u;
	int rc = split(line, &w, e);

	buf_clear(&a->warning);
	if (rc == 0 && w.n == 0)
		rc = err_set(e, E_USAGE, "The command is empty. 'help' lists the commands.");
	if (rc == 0)
		rc = run_words(a, &w, now, out, json, e);
	words_fini(&w, strlen(line));
	changed |= alerts_update(a, now);
	print_alerts(a, agent_alerts(a, now) & AGENT_ALERT_EXPORT & ~before, now, out);
	if (changed && state_save(a, &why) && rc == 0)
		return err_set(e, why.code, "%s", why.text);
	return rc;
}

int agent_command(struct agent *a, const char *line, struct buf *out, struct err *e)
{
	AUTO_JSON *json = json_object();

	return run_line(a, line, out, json, e);
}

static void add_alerts(const struct agent *a, json_t *obj)
{
	static const enum agent_alert all[] = { AGENT_ALERT_EXPORT, AGENT_ALERT_CLOCK };
	int64_t now = clock_now();
	json_t *list = json_array();

	for (size_t i = 0; i < 2; i++) {
		AUTO_BUF text = BUF_INIT;
		json_t *row;

		if (!(agent_alerts(a, now) & all[i]))
			continue;
		agent_alert_text(a, all[i], now, &text);
		row = json_object();
		json_set_text(row, "name", agent_alert_name(all[i]));
		json_set_text(row, "text", text.data);
		json_array_append_new(list, row);
	}
	json_object_set_new(obj, "alerts", list);
}

int agent_command_json(struct agent *a, const char *line, struct buf *out, struct err *e)
{
	AUTO_JSON *json = json_object();
	AUTO_BUF text = BUF_INIT;
	int rc;

	json_set_text(json, "command", NULL);
	json_set_text(json, "status", NULL);
	rc = run_line(a, line, &text, json, e);
	json_set_text(json, "status", rc ? "ERROR" : "SUCCESS");
	if (rc) {
		json_t *error = json_object();

		json_set_int(error, "code", err_number(e->code));
		json_set_text(error, "name", err_name(e->code));
		json_set_text(error, "text", e->text);
		json_object_set_new(json, "error", error);
	} else if (json_object_get(json, "registration") == NULL) {
		json_set_text(json, "registrationStatus", agent_registration_name(agent_registration(a, clock_now())));
		json_set_text(json, "authorizationStatus", agent_authorization_name(agent_authorization(a, clock_now())));
	}
	json_set_text(json, "output", text.n ? text.data : "");
	json_set_text(json, "warning", agent_warning(a));
	add_alerts(a, json);
	json_write(json, out);
	buf_addc(out, '\n');
	return rc;
}

/* ---- completion and history ---- */

/* Adds a word unless it is there already; only words that can be typed as they are. */
static void offer(struct buf *out, size_t start, const char *word, size_t n)
{
	for (const char *at = out->data ? out->data + start : ""; *at; at += strcspn(at, "\n") + 1)
		if (strcspn(at, "\n") == n && strncmp(at, word, n) == 0)
			return;
	buf_add(out, word, n);
	buf_addc(out, '\n');
}

/* The choices `all|hostname` of a command's first argument that begin with what is typed. */
static void offer_choices(const char *arguments, const char *typed, struct buf *out, size_t start)
{
	if (strpbrk(arguments, " [=") || strchr(arguments, '|') == NULL)
		return;
	while (*arguments) {
		size_t n = strcspn(arguments, "|");

		if (n >= strlen(typed) && strncasecmp(arguments, typed, strlen(typed)) == 0)
			offer(out, start, arguments, n);
		arguments += n + (arguments[n] == '|');
	}
}

static void complete_command(const struct command *command, const struct words *w, const char *typed, struct buf *out,
			     size_t start)
{
	const char *own = command->words;
	size_t n;

	for (size_t i = 0; i < w->n; i++) {
		n = strcspn(own, " ");
		if (n == 0 || strlen(w->word[i]) != n || strncasecmp(w->word[i], own, n))
			return;
		own += n + (own[n] == ' ');
	}
	n = strcspn(own, " ");
	if (n == 0)
		offer_choices(command->arguments, typed, out, start);
	else if (n >= strlen(typed) && strncasecmp(own, typed, strlen(typed)) == 0)
		offer(out, start, own, n);
}

void agent_complete(const char *line, struct buf *out)
{
	struct words w = { 0 };
	struct err e = ERR_INIT;
	size_t n = strlen(line), start = out->n;
	bool open = n && !isspace((unsigned char)line[n - 1]);
	const char *typed = "";

	if (line_split(line, &w, &e) == 0) {
		if (open && w.n)
			typed = w.word[--w.n];
		for (size_t i = 0; i < COMMANDS; i++)
			complete_command(&commands[i], &w, typed, out, start);
	}
	words_fini(&w, n);
}

/* `sftp://USER:PASSWORD@…` is refused, but typed all the same. */
static bool has_login(const char *line)
{
	const char *url = strstr(line, "://"), *at = url ? strrchr(url, '@') : NULL;

	return at && memchr(url + 1, ':', (size_t)(at - url - 1));
}

bool agent_line_secret(const char *line)
{
	return strcasestr(line, "idtoken") || strcasestr(line, "password") || strstr(line, "<specificPLR") ||
	       has_login(line);
}
