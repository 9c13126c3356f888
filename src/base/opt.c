#include "base/opt.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"

#define FILE_MAX ((size_t)1 << 20)
#define MASK "********"

static char **text_at(const struct opt *o, const void *from)
{
	return (char **)((char *)(uintptr_t)from + o->offset);
}

static int64_t *int_at(const struct opt *o, const void *from)
{
	return (int64_t *)(void *)((char *)(uintptr_t)from + o->offset);
}

static const struct opt *find(const struct opt *table, const char *name)
{
	for (; table->name; table++)
		if (strcmp(table->name, name) == 0)
			return table;
	return NULL;
}

/* A secret's value must not reach a log through an error text. */
static const char *shown(const struct opt *o, const char *value)
{
	return o->flags & OPT_SECRET ? MASK : value;
}

static int parse_bool(const char *value, int64_t *out)
{
	static const char *const words[] = { "no", "yes", "false", "true", "off", "on", "0", "1" };

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (strcasecmp(value, words[i]) == 0) {
			*out = (int64_t)(i & 1);
			return 0;
		}
	}
	return -1;
}

static int set_text(const struct opt *o, void *into, const char *value, const char *where, struct err *e)
{
	size_t n = strlen(value);
	char **to = text_at(o, into);
	const char *must;

	if (!str_utf8(value, n))
		return err_field(e, E_CONFIG_INVALID, o->name, "%s: the value of %s is not UTF-8 text.", where, o->name);
	for (size_t i = 0; i < n; i++)
		if (iscntrl((unsigned char)value[i]))
			return err_field(e, E_CONFIG_INVALID, o->name, "%s: the value of %s has a control character in it.",
					 where, o->name);
	if (n < (size_t)o->min || n > (size_t)o->max)
		return err_field(e, E_CONFIG_INVALID, o->name,
				 "%s: the value of %s is %zu bytes long; it must be from %" PRId64 " to %" PRId64 ".",
				 where, o->name, n, o->min, o->max);
	must = o->check ? o->check(value) : NULL;
	if (must)
		return err_field(e, E_CONFIG_INVALID, o->name, "%s: %s is '%.64s'; it must be %s.", where, o->name,
				 shown(o, value), must);
	free(*to);
	*to = mem_strdup(value);
	return 0;
}

static int set_value(const struct opt *o, void *into, const char *value, const char *where, struct err *e)
{
	switch (o->type) {
	case OPT_TEXT:
		return set_text(o, into, value, where, e);
	case OPT_INT:
		if (str_int(value, o->min, o->max, int_at(o, into)) == 0)
			return 0;
		return err_field(e, E_CONFIG_INVALID, o->name,
				 "%s: %s is '%.64s'; it must be a whole number from %" PRId64 " to %" PRId64 ".", where,
				 o->name, shown(o, value), o->min, o->max);
	case OPT_BOOL:
		if (parse_bool(value, int_at(o, into)) == 0)
			return 0;
		return err_field(e, E_CONFIG_INVALID, o->name, "%s: %s is '%.64s'; it must be yes or no.", where, o->name,
				 shown(o, value));
	}
	abort();
}

int opt_set(const struct opt *table, void *into, const char *name, const char *value, const char *where, struct err *e)
{
	const struct opt *o = find(table, name);
	AUTO_FREE char *trimmed = NULL;
	size_t n;

	if (o == NULL)
		return err_field(e, E_CONFIG_INVALID, name, "%s: there is no option '%.64s'.", where, name);
	while (isspace((unsigned char)*value))
		value++;
	n = strlen(value);
	while (n && isspace((unsigned char)value[n - 1]))
		n--;
	trimmed = mem_dup(value, n);
	return set_value(o, into, trimmed, where, e);
}

void opt_defaults(const struct opt *table, void *into)
{
	struct err e = ERR_INIT;

	for (const struct opt *o = table; o->name; o++)
		if (o->value && opt_set(table, into, o->name, o->value, "default", &e))
			abort(); /* the table contradicts itself */
}

struct parser {
	const struct opt *table;
	void *into;
	const char *name; /* of the file */
	int *seen;        /* line on which each row was given, 0 = not yet */
};

/* A line without its end, NUL-terminated. */
static int parse_line(struct parser *p, char *line, int number, struct err *e)
{
	AUTO_FREE char *where = mem_printf("%s:%d", p->name, number);
	const struct opt *o;
	char *equals, *end;

	while (isspace((unsigned char)*line))
		line++;
	if (*line == '\0' || *line == '#')
		return 0;
	equals = strchr(line, '=');
	if (equals == NULL)
		return err_set(e, E_CONFIG_INVALID, "%s: '%.64s' is not of the form key = value.", where, line);
	for (end = equals; end > line && isspace((unsigned char)end[-1]); end--)
		;
	*end = '\0';
	o = find(p->table, line);
	if (o && p->seen[o - p->table])
		return err_field(e, E_CONFIG_INVALID, line, "%s: %s is given twice; line %d has it already.", where, line,
				 p->seen[o - p->table]);
	if (o)
		p->seen[o - p->table] = number;
	return opt_set(p->table, p->into, line, equals + 1, where, e);
}

int opt_parse(const struct opt *table, void *into, const char *text, size_t n, const char *name, struct err *e)
{
	struct parser p = { .table = table, .into = into, .name = name };
	AUTO_FREE int *seen = NULL;
	size_t rows = 0;
	int number = 0;

	while (table[rows].name)
		rows++;
	seen = p.seen = mem_alloc((rows + 1) * sizeof(*seen));
	while (n) {
		const char *end = memchr(text, '\n', n);
		size_t length = end ? (size_t)(end - text) : n;
		AUTO_FREE char *line = mem_dup(text, length);

		number++;
		if (memchr(line, '\0', length))
			return err_set(e, E_CONFIG_INVALID, "%s:%d: the line has a NUL byte in it.", name, number);
		if (parse_line(&p, line, number, e))
			return -1;
		text += length + (end != NULL);
		n -= length + (end != NULL);
	}
	return 0;
}

int opt_read(const struct opt *table, void *into, const char *path, struct err *e)
{
	AUTO_BUF b = BUF_INIT;

	if (file_read(path, FILE_MAX, &b, e))
		return -1;
	return opt_parse(table, into, b.data ? b.data : "", b.n, path, e);
}

void opt_print(const struct opt *table, const void *from, struct buf *out)
{
	for (const struct opt *o = table; o->name; o++) {
		const char *text;

		buf_printf(out, "%s# %s\n", o == table ? "" : "\n", o->doc);
		switch (o->type) {
		case OPT_TEXT:
			text = *text_at(o, from);
			if (text == NULL)
				buf_printf(out, "#%s =\n", o->name); /* an empty value may be one that the row refuses */
			else
				buf_printf(out, "%s = %s\n", o->name, *text ? shown(o, text) : "");
			break;
		case OPT_INT:
			if (o->flags & OPT_SECRET)
				buf_printf(out, "%s = " MASK "\n", o->name);
			else
				buf_printf(out, "%s = %" PRId64 "\n", o->name, *int_at(o, from));
			break;
		case OPT_BOOL:
			buf_printf(out, "%s = %s\n", o->name, *int_at(o, from) ? "yes" : "no");
			break;
		}
	}
}

static bool same(const struct opt *o, const void *a, const void *b)
{
	const char *x, *y;

	if (o->type != OPT_TEXT)
		return *int_at(o, a) == *int_at(o, b);
	x = *text_at(o, a);
	y = *text_at(o, b);
	return x && y ? strcmp(x, y) == 0 : x == y;
}

void opt_reload(const struct opt *table, void *running, const void *fresh, struct buf *kept)
{
	for (const struct opt *o = table; o->name; o++) {
		if (same(o, running, fresh))
			continue;
		if (!(o->flags & OPT_RELOAD)) {
			buf_printf(kept, "%s%s", kept->n ? ", " : "", o->name);
		} else if (o->type == OPT_TEXT) {
			free(*text_at(o, running));
			*text_at(o, running) = mem_strdup(*text_at(o, fresh));
		} else {
			*int_at(o, running) = *int_at(o, fresh);
		}
	}
}

void opt_fini(const struct opt *table, void *into)
{
	for (const struct opt *o = table; o->name; o++) {
		char **text;

		if (o->type != OPT_TEXT)
			continue;
		text = text_at(o, into);
		if (*text && o->flags & OPT_SECRET)
			mem_cleanse(*text, strlen(*text));
		free(*text);
		*text = NULL;
	}
}
