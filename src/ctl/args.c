#include "ctl/args.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/str.h"
#include "ctl/text.h"

const char *args_nearest(const char *typed, const char *(*next)(const void *ctx, size_t i), const void *ctx)
{
	unsigned limit = strlen(typed) < 5 ? 1 : strlen(typed) < 9 ? 2 : 3, best = limit + 1;
	const char *found = NULL, *word;

	for (size_t i = 0; (word = next(ctx, i)); i++) {
		unsigned d = str_distance(typed, word);

		if (strlen(typed) >= 3 && str_prefix(word, typed))
			d = 1;
		if (d < best) {
			best = d;
			found = word;
		}
	}
	return found;
}

static const char *next_noun(const void *ctx, size_t i)
{
	const struct ctl_cmd *table = ctx;

	return table[i].noun;
}

struct verbs {
	const struct ctl_cmd *table;
	const char *noun;
};

static const char *next_verb(const void *ctx, size_t i)
{
	const struct verbs *v = ctx;

	for (const struct ctl_cmd *c = v->table; c->noun; c++)
		if (strcmp(c->noun, v->noun) == 0 && c->verb && i-- == 0)
			return c->verb;
	return NULL;
}

static const char *next_opt(const void *ctx, size_t i)
{
	const struct ctl_opt *opts = ctx;

	return opts[i].name;
}

/* `; did you mean “token”?` or nothing more than the full stop. */
static const char *meant(struct buf *b, const char *prefix, const char *word)
{
	if (word == NULL)
		return ".";
	buf_printf(b, ". Did you mean %s%s?", prefix, word);
	return b->data;
}

static int unknown_verb(const struct ctl_cmd *table, const char *noun, const char *verb, struct err *e)
{
	struct verbs v = { table, noun };
	AUTO_BUF list = BUF_INIT;
	AUTO_BUF hint = BUF_INIT;
	const char *word;

	for (size_t i = 0; (word = next_verb(&v, i)); i++)
		buf_printf(&list, "%s%s", i ? ", " : "", word);
	if (verb == NULL)
		return err_field(e, E_USAGE, noun, "“%s” needs a word that says what to do: %s.", noun, list.data);
	return err_field(e, E_USAGE, noun, "“%s” cannot “%s”, only %s%s", noun, verb, list.data,
			 meant(&hint, "", args_nearest(verb, next_verb, &v)));
}

/* Finds the command of noun and, if the noun has verbs, verb. *used = words that it took. */
static int find_command(const struct ctl_cmd *table, const char *noun, const char *verb, struct ctl_args *out,
			struct err *e)
{
	AUTO_BUF hint = BUF_INIT;
	bool known = false;

	for (const struct ctl_cmd *c = table; c->noun; c++) {
		if (strcmp(c->noun, noun))
			continue;
		known = true;
		if (c->verb == NULL || (verb && strcmp(c->verb, verb) == 0)) {
			out->cmd = c;
			return 0;
		}
	}
	if (known)
		return unknown_verb(table, noun, verb, e);
	return err_field(e, E_USAGE, noun, "There is no command “%s”%s", noun,
			 meant(&hint, "", args_nearest(noun, next_noun, table)));
}

/* Is s one of the words divided by `|`? Returns its place in words, its length in *n; NULL if not. */
static const char *find_choice(const char *words, const char *s, size_t *n)
{
	for (;; words += *n + 1) {
		*n = strcspn(words, "|");
		if (*n == strlen(s) && strncasecmp(words, s, *n) == 0)
			return words;
		if (words[*n] == '\0')
			return NULL;
	}
}

static int bad_number(const struct ctl_opt *o, const char *value, struct err *e)
{
	char min[TEXT_INT_SIZE], max[TEXT_INT_SIZE];

	text_int(o->min, min);
	if (o->max == INT64_MAX)
		return err_field(e, E_USAGE, o->name, "--%s takes a whole number from %s, not “%s”.", o->name, min, value);
	return err_field(e, E_USAGE, o->name, "--%s takes a whole number from %s to %s, not “%s”.", o->name, min,
			 text_int(o->max, max), value);
}

/* The table has the words behind one another; who asks for the text gets one of them alone. */
static int check_choice(const struct ctl_opt *o, const char *value, char word[static CTL_WORD_SIZE], const char **text,
			struct err *e)
{
	size_t n;
	const char *found = find_choice(o->arg, value, &n);

	if (found == NULL || n >= CTL_WORD_SIZE)
		return err_field(e, E_USAGE, o->name, "--%s takes %s, not “%s”.", o->name, o->arg, value);
	memcpy(word, found, n);
	word[n] = '\0';
	*text = word;
	return 0;
}

/* Takes the value of option number i, which is o. */
static int take_option(const struct ctl_opt *o, size_t i, const char *value, struct ctl_args *out, struct err *e)
{
	unsigned char digest[32];

	if (!str_utf8(value, strlen(value)))
		return err_field(e, E_USAGE, o->name, "The value of --%s is not UTF-8 text.", o->name);
	if (*value == '\0')
		return err_field(e, E_USAGE, o->name, "--%s is empty; it takes %s.", o->name, o->arg);
	out->text[i] = value;
	switch (o->type) {
	case CTL_FLAG:
	case CTL_TEXT:
	case CTL_FILE:
	case CTL_EACH:
		return 0;
	case CTL_INT:
		return str_int(value, o->min, o->max, &out->number[i]) ? bad_number(o, value, e) : 0;
	case CTL_DATE:
		if (strlen(value) != 10 || text_iso(value, &out->number[i]))
			return err_field(e, E_USAGE, o->name, "--%s takes a date as 2026-12-31, not “%s”.", o->name, value);
		return 0;
	case CTL_CHOICE:
		return check_choice(o, value, out->word[i], &out->text[i], e);
	case CTL_DIGEST:
		if (str_unhex(digest, sizeof(digest), value))
			return err_field(
				e, E_USAGE, o->name,
				"--%s takes the 64 hex digits of a SHA-256 (colons and case do not matter), not “%s”.",
				o->name, value);
		return 0;
	}
	return 0;
}

struct parser {
	const struct ctl_cmd *table;
	int argc;
	char *const *argv;
	int at;
	bool words_only; /* behind `--` */
	struct ctl_args *out;
};

/* The value behind `--name` or `-s`: of `--name=value`, else the next argument. */
static int take_value(struct parser *p, const char *name, const char *inside, const char **value, struct err *e)
{
	const char *next = p->at < p->argc ? p->argv[p->at] : NULL;

	if (inside) {
		*value = inside;
		return 0;
	}
	if (next == NULL)
		return err_field(e, E_USAGE, name, "%s needs a value behind it.", name);
	if (str_prefix(next, "--"))
		return err_field(e, E_USAGE, name, "%s needs a value, but “%s” follows. If that is the value, write %s=%s.",
				 name, next, name, next);
	*value = next;
	p->at++;
	return 0;
}

/* -s, --socket, --json, --help, --version stand anywhere. 1 if arg was one of them. */
static int global_option(struct parser *p, const char *arg, struct err *e)
{
	struct ctl_args *out = p->out;

	if (strcmp(arg, "--json") == 0) {
		out->json = true;
	} else if (strcmp(arg, "--help") == 0 || strcmp(arg, "-h") == 0) {
		out->help = true;
	} else if (strcmp(arg, "--version") == 0 || strcmp(arg, "-V") == 0) {
		out->version = true;
	} else if (str_prefix(arg, "--socket=")) {
		out->socket = arg + strlen("--socket=");
	} else if (str_prefix(arg, "-s") || strcmp(arg, "--socket") == 0) {
		const char *inside = arg[1] == 's' && arg[2] ? arg + 2 : NULL;

		if (take_value(p, arg[1] == 's' ? "-s" : "--socket", inside, &out->socket, e))
			return -1;
	} else {
		return 0;
	}
	if (out->socket && *out->socket == '\0')
		return err_field(e, E_USAGE, "socket", "-s is empty; it takes the path of a control socket.");
	return 1;
}

static int command_option(struct parser *p, const char *arg, struct err *e)
{
	struct ctl_args *out = p->out;
	const char *inside = strchr(arg, '='), *value = "";
	AUTO_FREE char *name = inside ? mem_dup(arg, (size_t)(inside - arg)) : mem_strdup(arg);
	AUTO_BUF hint = BUF_INIT;
	const struct ctl_opt *o;

	if (out->cmd == NULL)
		return err_field(e, E_USAGE, name,
				 "There is no option %s for all commands; those of a command stand behind its %s.", name,
				 out->noun ? "verb" : "noun and verb");
	for (o = out->cmd->opts; o->name; o++)
		if (str_prefix(name, "--") && strcmp(o->name, name + 2) == 0)
			break;
	if (o->name == NULL)
		return err_field(e, E_USAGE, name, "“%s%s%s” has no option %s%s", out->cmd->noun, out->cmd->verb ? " " : "",
				 out->cmd->verb ? out->cmd->verb : "", name,
				 meant(&hint, "--", args_nearest(name + strspn(name, "-"), next_opt, out->cmd->opts)));
	if (out->text[o - out->cmd->opts] && o->type != CTL_EACH)
		return err_field(e, E_USAGE, o->name, "--%s is given twice.", o->name);
	if (o->type == CTL_FLAG) {
		out->text[o - out->cmd->opts] = "yes";
		return inside ? err_field(e, E_USAGE, o->name, "--%s takes no value.", o->name) : 0;
	}
	if (take_value(p, name, inside ? inside + 1 : NULL, &value, e))
		return -1;
	if (o->type == CTL_EACH && out->each_n == CTL_POS_MAX)
		return err_field(e, E_USAGE, o->name, "--%s is given too often.", o->name);
	if (take_option(o, (size_t)(o - out->cmd->opts), value, out, e))
		return -1;
	if (o->type == CTL_EACH) {
		out->each_of[out->each_n] = o;
		out->each[out->each_n++] = value;
	}
	return 0;
}

static bool has_verbs(const struct ctl_cmd *table, const char *noun)
{
	struct verbs v = { table, noun };

	return next_verb(&v, 0) != NULL;
}

static int word(struct parser *p, const char *arg, struct err *e)
{
	struct ctl_args *out = p->out;

	if (!str_utf8(arg, strlen(arg)))
		return err_set(e, E_USAGE, "Argument %d is not UTF-8 text.", p->at - 1);
	if (out->noun == NULL) {
		out->noun = arg;
		return has_verbs(p->table, arg) ? 0 : find_command(p->table, arg, NULL, out, e);
	}
	if (out->cmd == NULL)
		return find_command(p->table, out->noun, arg, out, e);
	if (*arg == '\0')
		return err_set(e, E_USAGE, "Argument %d is empty.", p->at - 1);
	if (out->pos_n == CTL_POS_MAX)
		return err_set(e, E_USAGE, "There are more than %d arguments.", CTL_POS_MAX);
	out->pos[out->pos_n++] = arg;
	return 0;
}

/* Are the positional arguments as many as the table says? */
static int check_positions(const struct ctl_args *a, struct err *e)
{
	size_t i = 0;
	bool many = false, optional = false; /* between brackets */

	for (const char *p = a->cmd->pos; *p; i++) {
		size_t n = strcspn(p, " ");

		many = n > strlen("…") && strncmp(p + n - strlen("…"), "…", strlen("…")) == 0;
		optional = optional || *p == '[';
		if (i >= a->pos_n && !optional)
			return err_set(e, E_USAGE, "%.*s is missing.", (int)(many ? n - strlen("…") : n), p);
		optional = optional && memchr(p, ']', n) == NULL;
		p += n;
		p += strspn(p, " ");
	}
	if (a->pos_n > i && !many)
		return err_set(e, E_USAGE, "“%s” is one argument too many%s.", a->pos[i],
			       i ? "; put a name with spaces in quotes" : "");
	return 0;
}

static int check_required(const struct ctl_args *a, struct err *e)
{
	for (const struct ctl_opt *o = a->cmd->opts; o->name; o++)
		if (o->required && a->text[o - a->cmd->opts] == NULL)
			return err_field(e, E_USAGE, o->name, "--%s %s is missing.", o->name, o->arg);
	return 0;
}

static int parse_all(struct parser *p, struct err *e)
{
	while (p->at < p->argc) {
		const char *arg = p->argv[p->at++];
		int rc;

		if (p->words_only || arg[0] != '-' || arg[1] == '\0') {
			if (word(p, arg, e))
				return -1;
			continue;
		}
		if (strcmp(arg, "--") == 0) {
			p->words_only = true;
			continue;
		}
		rc = global_option(p, arg, e);
		if (rc < 0 || (rc == 0 && command_option(p, arg, e)))
			return -1;
	}
	return 0;
}

int args_parse(const struct ctl_cmd *table, int argc, char *const argv[], struct ctl_args *out, struct err *e)
{
	struct parser p = { .table = table, .argc = argc, .argv = argv, .at = 1, .out = out };

	*out = (struct ctl_args){ 0 };
	if (parse_all(&p, e)) {
		/* How to report it may stand behind what is wrong. */
		for (; p.at < argc && !p.words_only && strcmp(argv[p.at], "--") != 0; p.at++)
			out->json = out->json || strcmp(argv[p.at], "--json") == 0;
		return -1;
	}
	if (out->help || out->version)
		return 0;
	if (out->noun == NULL)
		return err_set(e, E_USAGE, "Say what to do: satellitectl NOUN VERB.");
	if (out->cmd == NULL)
		return unknown_verb(table, out->noun, NULL, e);
	if (check_positions(out, e))
		return -1;
	return check_required(out, e);
}

static size_t place(const struct ctl_args *a, const char *name)
{
	for (const struct ctl_opt *o = a->cmd->opts; o->name; o++)
		if (strcmp(o->name, name) == 0)
			return (size_t)(o - a->cmd->opts);
	abort(); /* the command asks for an option that its own row does not have */
}

const char *args_text(const struct ctl_args *a, const char *name)
{
	return a->text[place(a, name)];
}

int64_t args_int(const struct ctl_args *a, const char *name)
{
	return a->number[place(a, name)];
}

bool args_flag(const struct ctl_args *a, const char *name)
{
	return a->text[place(a, name)] != NULL;
}

const char *args_each(const struct ctl_args *a, const char *name, size_t i)
{
	const struct ctl_opt *o = &a->cmd->opts[place(a, name)];

	for (size_t k = 0; k < a->each_n; k++)
		if (a->each_of[k] == o && i-- == 0)
			return a->each[k];
	return NULL;
}
