#include "ctl/ctl.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"

#define LABEL_WIDTH 20
#define HINT_INDENT 2

/* ---- output ---- */

static void __attribute__((format(printf, 2, 0))) say(struct ctl *c, const char *fmt, va_list ap)
{
	AUTO_BUF clean = BUF_INIT;
	AUTO_FREE char *text = NULL;

	if (vasprintf(&text, fmt, ap) < 0)
		abort();
	text_clean(text, &clean);
	if (clean.n)
		text_wrap(clean.data, c->width, 0, 0, &c->out);
}

void ctl_say(struct ctl *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(c, fmt, ap);
	va_end(ap);
}

const char *ctl_program(struct ctl *c)
{
	AUTO_BUF line = BUF_INIT;

	buf_adds(&line, "satellitectl");
	if (c->socket_given) {
		buf_adds(&line, " -s ");
		text_shell(c->socket, &line);
	}
	return str_copy(c->program, sizeof(c->program), line.data);
}

/* An argument as the shell takes it, on one line. */
static void add_shell(const char *arg, struct buf *out)
{
	AUTO_BUF quoted = BUF_INIT;

	text_shell(arg, &quoted);
	text_clean(quoted.data, out);
}

/* A word of a command, cleaned, behind a space; an option begins another line if it and its value would not fit. */
static void add_word(struct ctl *c, const char *word, size_t ahead, size_t *at)
{
	AUTO_BUF clean = BUF_INIT;
	size_t columns;

	text_clean(word, &clean);
	columns = clean.n ? text_width(clean.data) : 0;
	if (*at + 1 + columns + ahead + strlen(" \\") > c->width && *at > HINT_INDENT + 2) {
		buf_printf(&c->out, " \\\n%*s", HINT_INDENT + 2, "");
		*at = HINT_INDENT + 2;
	} else {
		buf_addc(&c->out, ' ');
		*at += 1;
	}
	buf_add(&c->out, clean.data, clean.n);
	*at += columns;
}

/* Writes words that end with '\n' each. */
static void add_command(struct ctl *c, char *words)
{
	size_t at = 1;
	char *next;

	buf_addc(&c->out, ' ');
	for (char *word = words; *word; word = next) {
		char *end = strchr(word, '\n');
		size_t ahead = 0;

		*end = '\0';
		next = end + 1;
		if (word[0] == '-' && *next && *next != '-')
			ahead = 1 + strcspn(next, "\n");
		add_word(c, word, ahead, &at);
	}
	buf_addc(&c->out, '\n');
}

void ctl_hint_of(struct ctl *c, const char *words, ...)
{
	AUTO_BUF line = BUF_INIT;
	va_list ap;

	buf_adds(&line, "satellitectl\n");
	if (c->socket_given) {
		buf_adds(&line, "-s\n");
		add_shell(c->socket, &line);
		buf_addc(&line, '\n');
	}
	va_start(ap, words);
	for (const char *p = words; *p; p++) {
		const char *arg;

		if (p[0] != '{' || p[1] != '}') {
			buf_addc(&line, *p == ' ' ? '\n' : *p);
			continue;
		}
		arg = va_arg(ap, const char *);
		if (arg == NULL)
			abort(); /* fewer arguments than {} */
		add_shell(arg, &line);
		p++;
	}
	va_end(ap);
	buf_addc(&line, '\n');
	add_command(c, line.data);
}

void ctl_json(struct ctl *c, const json_t *answer)
{
	json_write(answer, &c->out);
	buf_addc(&c->out, '\n');
}

void ctl_done(struct ctl *c, const json_t *answer, const char *fmt, ...)
{
	va_list ap;

	if (c->json) {
		ctl_json(c, answer);
		return;
	}
	va_start(ap, fmt);
	say(c, fmt, ap);
	va_end(ap);
}

void ctl_pair(struct ctl *c, const char *label, const char *value)
{
	table_pair(&c->out, c->width, LABEL_WIDTH, label, value);
}

void ctl_pair_int(struct ctl *c, const char *label, const json_t *value)
{
	char text[TEXT_INT_SIZE];

	if (json_is_integer(value))
		ctl_pair(c, label, text_int(json_integer_value(value), text));
}

char *ctl_away(int64_t at, char out[CTL_AWAY_SIZE])
{
	char span[CLOCK_TEXT_SIZE];
	int64_t away = at - clock_now();

	clock_span(away, span);
	snprintf(out, CTL_AWAY_SIZE, away < 0 ? "%s ago" : "in %s", span);
	return out;
}

void ctl_pair_when(struct ctl *c, const char *label, int64_t at)
{
	char when[CLOCK_TEXT_SIZE], away[CTL_AWAY_SIZE];
	AUTO_FREE char *both = NULL;

	if (at == 0)
		return;
	both = mem_printf("%s (%s)", clock_text(at, when), ctl_away(at, away));
	ctl_pair(c, label, both);
}

char *ctl_count(int64_t n, const char *one, const char *many, char out[CTL_COUNT_SIZE])
{
	char number[TEXT_INT_SIZE];

	snprintf(out, CTL_COUNT_SIZE, "%s %s", text_int(n, number), n == 1 ? one : many);
	return out;
}

/* ---- reading answers ---- */

const char *ctl_get(const json_t *obj, const char *name)
{
	const char *s = json_string_value(json_object_get(obj, name));

	return s ? s : "";
}

bool ctl_has_int(const json_t *obj, const char *name)
{
	const json_t *v = json_object_get(obj, name);
	int64_t n;

	return json_is_integer(v) || (json_is_string(v) && str_int(json_string_value(v), INT64_MIN, INT64_MAX, &n) == 0);
}

int64_t ctl_get_int(const json_t *obj, const char *name)
{
	const json_t *v = json_object_get(obj, name);
	int64_t n = 0;

	if (json_is_integer(v))
		return json_integer_value(v);
	if (json_is_string(v) && str_int(json_string_value(v), INT64_MIN, INT64_MAX, &n))
		return 0;
	return n;
}

int64_t ctl_get_time(const json_t *obj, const char *name)
{
	const json_t *v = json_object_get(obj, name);
	int64_t at = 0;

	if (json_is_integer(v))
		return json_integer_value(v);
	if (json_is_string(v) && text_iso(json_string_value(v), &at))
		return 0;
	return at;
}

bool ctl_get_bool(const json_t *obj, const char *name)
{
	const char *s = ctl_get(obj, name);

	return json_is_true(json_object_get(obj, name)) || strcasecmp(s, "true") == 0 || strcasecmp(s, "Allowed") == 0;
}

const json_t *ctl_rows(const json_t *answer, const char *key)
{
	const json_t *rows = json_object_get(answer, key);

	return json_is_array(rows) ? rows : NULL;
}

void ctl_put_text(json_t *body, const char *name, const struct ctl_args *a, const char *opt)
{
	const char *s = args_text(a, opt);

	if (s)
		json_set_text(body, name, s);
}

size_t ctl_find_id(const json_t *rows, const char *typed, char **id)
{
	size_t i, n = strlen(typed), found = 0;
	const json_t *row;

	*id = NULL;
	if (n > strlen("…") && strcmp(typed + n - strlen("…"), "…") == 0)
		n -= strlen("…");
	json_array_foreach ((json_t *)rows, i, row) {
		if (n < CTL_ID_SHOWN || strncasecmp(ctl_get(row, "id"), typed, n) != 0)
			continue;
		mem_freep(id);
		*id = found++ ? NULL : mem_strdup(ctl_get(row, "id"));
	}
	return found;
}

void ctl_add_roles(const json_t *owner, struct buf *out)
{
	const json_t *row;
	size_t i;

	json_array_foreach ((json_t *)ctl_rows(owner, "roles"), i, row) {
		const char *account = ctl_get(row, "account"), *va = ctl_get(row, "virtualAccount");

		buf_printf(out, "%s%s%s%s%s%s", i ? ", " : "", ctl_get(row, "role"), *account ? " in " : "", account,
			   *va ? " / " : "", va);
	}
}

/* ---- asking ---- */

int ctl_post(struct ctl *c, const char *path, const json_t *body, json_t **out, struct err *e)
{
	return client_call(c->client, "POST", path, body, out, e);
}

int ctl_get_call(struct ctl *c, const char *path, json_t **out, struct err *e)
{
	return client_call(c->client, "GET", path, NULL, out, e);
}

bool ctl_is_manager(struct ctl *c)
{
	AUTO_JSON *answer = NULL;
	struct err e = ERR_INIT;

	if (c->client == NULL || ctl_get_call(c, "/status", &answer, &e))
		return false;
	return strcmp(ctl_get(answer, "role"), "manager") == 0;
}

int ctl_accounts(struct ctl *c, json_t **out, struct err *e)
{
	return ctl_post(c, "/upstream_satellites/accounts", NULL, out, e);
}

int ctl_one_account(struct ctl *c, const struct ctl_args *a, char **name, struct err *e)
{
	AUTO_JSON *answer = NULL;
	AUTO_BUF names = BUF_INIT;
	const json_t *rows, *row;
	size_t i;

	*name = mem_strdup(args_text(a, "account"));
	if (*name)
		return 0;
	if (ctl_accounts(c, &answer, e))
		return -1;
	rows = ctl_rows(answer, "accounts");
	if (json_array_size(rows) == 1) {
		*name = mem_strdup(ctl_get(json_array_get(rows, 0), "name"));
		return 0;
	}
	if (json_array_size(rows) == 0)
		return err_set(e, E_ACCOUNT_UNKNOWN, "There is no account yet. Add one: %s account add NAME.",
			       ctl_program(c));
	json_array_foreach (rows, i, row)
		buf_printf(&names, "%s“%s”", i ? ", " : "", ctl_get(row, "name"));
	return err_field(e, E_USAGE, "account", "There are %zu accounts: %s. Say which with --account.",
			 json_array_size(rows), names.data);
}

static void join(json_t *rows, const json_t *more, const char *account)
{
	json_t *row;
	size_t i;

	json_array_foreach (more, i, row) {
		if (json_is_object(row) && json_object_get(row, "account") == NULL)
			json_set_text(row, "account", account);
		json_array_append(rows, row);
	}
}

/* What all answers say alike: of when a forecast is, and how far it looks. */
static void keep_times(json_t *all, const json_t *one)
{
	static const char *const names[] = { "time", "horizon" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (json_object_get(one, names[i]))
			json_object_set(all, names[i], json_object_get(one, names[i]));
}

static int list_all(struct ctl *c, const char *va, const char *key, ctl_list_fn list, json_t **out, struct err *e)
{
	AUTO_JSON *accounts = NULL;
	AUTO_JSON *rows = json_array();
	AUTO_JSON *totals = json_array();
	AUTO_JSON *all = json_object();
	const json_t *account;
	size_t i, answered = 0;
	int64_t sum = 0;

	if (ctl_accounts(c, &accounts, e))
		return -1;
	json_array_foreach (ctl_rows(accounts, "accounts"), i, account) {
		AUTO_JSON *one = NULL;
		const json_t *more;

		if (list(c, ctl_get(account, "name"), va, &one, e)) {
			if (va && e->code == E_VIRTUAL_ACCOUNT_UNKNOWN)
				continue;
			return -1;
		}
		answered++;
		more = ctl_rows(one, key);
		sum += ctl_has_int(one, "totalRecords") ? ctl_get_int(one, "totalRecords") : (int64_t)json_array_size(more);
		join(rows, more, ctl_get(account, "name"));
		join(totals, ctl_rows(one, "totals"), ctl_get(account, "name"));
		keep_times(all, one);
	}
	if (va && answered == 0)
		return err_set(e, E_VIRTUAL_ACCOUNT_UNKNOWN, "No account has a virtual account “%s”.", va);
	*out = json_incref(all);
	json_object_set(*out, key, rows);
	if (json_array_size(totals))
		json_object_set(*out, "totals", totals);
	json_set_text(*out, "status", "SUCCESS");
	json_set_text(*out, "statusMessage", "");
	json_set_int(*out, "totalRecords", sum);
	return 0;
}

int ctl_list_of(struct ctl *c, const char *account, const char *va, const char *key, ctl_list_fn list, json_t **out,
		struct err *e)
{
	if (account)
		return list(c, account, va, out, e);
	return list_all(c, va, key, list, out, e);
}

int ctl_list(struct ctl *c, const struct ctl_args *a, const char *key, ctl_list_fn list, json_t **out, struct err *e)
{
	c->args = a;
	return ctl_list_of(c, args_text(a, "account"), args_text(a, "virtual-account"), key, list, out, e);
}

static int show_answer(struct ctl *c, const json_t *answer, const char *key, ctl_show_fn show)
{
	if (c->json)
		ctl_json(c, answer);
	else
		show(c, key ? json_object_get(answer, key) : answer);
	return 0;
}

int ctl_get_show(struct ctl *c, const char *path, const char *key, ctl_show_fn show, struct err *e)
{
	AUTO_JSON *answer = NULL;

	return ctl_get_call(c, path, &answer, e) ? -1 : show_answer(c, answer, key, show);
}

int ctl_show_list(struct ctl *c, const struct ctl_args *a, const char *key, ctl_list_fn list, ctl_show_fn show,
		  struct err *e)
{
	AUTO_JSON *answer = NULL;

	return ctl_list(c, a, key, list, &answer, e) ? -1 : show_answer(c, answer, NULL, show);
}

#define LIST_PAGE 5000 /* one answer of all could be larger than what is taken */

int ctl_post_pages(struct ctl *c, const char *path, json_t *body, const char *key, json_t **out, struct err *e)
{
	AUTO_JSON *whole = NULL;

	json_set_int(body, "limit", LIST_PAGE);
	for (;;) {
		AUTO_JSON *page = NULL;
		const char *next;

		if (ctl_post(c, path, body, &page, e))
			return -1;
		next = ctl_get(page, "nextCursor");
		if (*next)
			json_set_text(body, "cursor", next);
		if (whole)
			json_array_extend(json_object_get(whole, key), json_object_get(page, key));
		else
			whole = json_incref(page);
		if (*next == '\0')
			break;
	}
	json_object_set_new(whole, "nextCursor", json_null());
	*out = json_incref(whole);
	return 0;
}

int ctl_post_list(struct ctl *c, const char *pattern, const char *account, const char *va, json_t **out, struct err *e)
{
	AUTO_FREE char *path = client_path(pattern, account);
	AUTO_JSON *body = json_object();

	if (va)
		json_object_set_new(body, "virtualAccounts", json_pack("[s]", va));
	json_set_int(body, "limit", -1);
	json_set_int(body, "offset", 0);
	return ctl_post(c, path, body, out, e);
}

bool ctl_many_accounts(const json_t *rows)
{
	const char *first = ctl_get(json_array_get(rows, 0), "account");
	const json_t *row;
	size_t i;

	json_array_foreach (rows, i, row)
		if (strcmp(ctl_get(row, "account"), first))
			return true;
	return false;
}

int ctl_each(struct ctl *c, const json_t *answer, const char *key, struct err *e)
{
	const json_t *row;
	bool failed = false;
	size_t i;

	json_array_foreach (ctl_rows(answer, key), i, row) {
		struct err one = ERR_INIT;
		char name[64];
		AUTO_BUF clean = BUF_INIT;

		if (strcmp(ctl_get(row, "status"), "ERROR"))
			continue;
		client_refused(row, name, failed ? &one : e);
		if (failed) {
			text_clean(one.text, &clean);
			ctl_error(name, clean.n ? clean.data : "");
		} else {
			str_copy(c->refused, sizeof(c->refused), name);
		}
		failed = true;
	}
	return failed ? -1 : 0;
}

/* ---- errors ---- */

static void to_stderr(const char *line)
{
	AUTO_BUF lines = BUF_INIT;
	struct winsize size;

	if (isatty(STDERR_FILENO) && ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40)
		text_wrap(line, size.ws_col, 0, 2, &lines);
	else
		buf_printf(&lines, "%s\n", line);
	fputs(lines.data, stderr);
}

void ctl_error(const char *name, const char *text)
{
	AUTO_FREE char *line = mem_printf("error: %s: %s", name, text);

	to_stderr(line);
}

void ctl_warn(const char *text)
{
	AUTO_BUF clean = BUF_INIT;
	AUTO_FREE char *line = NULL;

	text_clean(text, &clean);
	line = mem_printf("warning: %s", clean.n ? clean.data : "");
	to_stderr(line);
}

/* The option that a member of a body stands for: `expiresAfterDays` is --days, `virtualAccount` --virtual-account. */
static const char *option_of(const struct ctl_cmd *cmd, const char *member)
{
	static const struct {
		const char *member, *option;
	} others[] = {
		{ "expiresAfterDays", "days" },   { "numberofUses", "uses" }, { "licenseType", "type" },
		{ "startDate", "start" },         { "endDate", "end" },       { "subscriptionId", "subscription" },
		{ "targetVirtualAccount", "to" },
	};
	AUTO_BUF name = BUF_INIT;

	for (const char *p = member; *p; p++) {
		if (*p >= 'A' && *p <= 'Z')
			buf_addc(&name, '-');
		buf_addc(&name, *p >= 'A' && *p <= 'Z' ? (char)(*p - 'A' + 'a') : *p);
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		if (strcmp(others[i].member, member) == 0) {
			buf_clear(&name);
			buf_adds(&name, others[i].option);
		}
	}
	for (const struct ctl_opt *o = cmd->opts; o->name; o++)
		if (name.n && strcmp(o->name, name.data) == 0)
			return o->name;
	return NULL;
}

static void name_option(const struct ctl_cmd *cmd, struct err *e)
{
	const char *option = e->field[0] ? option_of(cmd, e->field) : NULL;
	AUTO_FREE char *member = mem_printf("The member '%s'", e->field);
	AUTO_FREE char *text = NULL;

	if (option == NULL || !str_prefix(e->text, member))
		return;
	text = mem_printf("--%s%s", option, e->text + strlen(member));
	str_copy(e->text, sizeof(e->text), text);
}

/* `With force` of the REST call is --force here. */
static void name_force(struct err *e)
{
	static const char word[] = "With force ";
	char *found = strstr(e->text, word);
	AUTO_FREE char *text = NULL;

	if (found == NULL)
		return;
	text = mem_printf("%.*s%s%s", (int)(found - e->text), e->text, "With --force ", found + strlen(word));
	str_copy(e->text, sizeof(e->text), text);
}

void ctl_explain(struct ctl *c, const struct ctl_args *a, struct err *e)
{
	const char *verb = a->cmd->verb ? a->cmd->verb : "";

	name_option(a->cmd, e);
	name_force(e);
	if (e->code != E_NOT_FOUND || (a->cmd->where != CTL_SATELLITE && a->cmd->where != CTL_MANAGER))
		return;
	if (ctl_is_manager(c) && a->cmd->where == CTL_SATELLITE)
		err_set(e, E_NOT_FOUND,
			"“%s %s” is a command of a satellite; %s is a cloud manager. Name the satellite's socket with -s.",
			a->cmd->noun, verb, c->socket);
	else if (!ctl_is_manager(c) && a->cmd->where == CTL_MANAGER)
		err_set(e, E_NOT_FOUND,
			"“%s %s” is a command of the cloud manager; %s is a satellite. Name the manager's socket with -s.",
			a->cmd->noun, verb, c->socket);
}
