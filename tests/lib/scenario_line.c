#include "tests/lib/scenario_line.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"

/* Copies one word to *to without its quotes. */
static const char *cut_word(const char *from, char **to, const char **why)
{
	char quote = '\0', *q = *to;

	for (; *from && (quote || (*from != ' ' && *from != '\t')); from++) {
		if (quote && *from == quote)
			quote = '\0';
		else if (!quote && (*from == '"' || *from == '\''))
			quote = *from;
		else
			*q++ = *from;
	}
	*q++ = '\0';
	*to = q;
	if (quote)
		*why = "a quote is not closed";
	return from;
}

int line_read(struct line *l, const char *text, const char **why)
{
	char *to;

	memset(l, 0, sizeof(*l));
	to = l->text = mem_alloc(strlen(text) * 2 + 2);
	*why = NULL;
	for (;;) {
		struct words *w = l->arrow ? &l->out : &l->in;

		text += strspn(text, " \t\r\n");
		if (*text == '\0' || *text == '#')
			break;
		if (w->n == LINE_WORDS) {
			*why = "the line has too many words";
			return -1;
		}
		w->word[w->n] = to;
		text = cut_word(text, &to, why);
		if (*why)
			return -1;
		if (!l->arrow && strcmp(w->word[w->n], "->") == 0)
			l->arrow = true;
		else
			w->n++;
	}
	if (l->arrow && l->out.n == 0)
		*why = "nothing stands behind the arrow";
	return *why ? -1 : l->in.n == 0;
}

void line_fini(struct line *l)
{
	free(l->text);
	memset(l, 0, sizeof(*l));
}

char *words_next(struct words *w)
{
	for (size_t i = 0; i < w->n; i++) {
		if (w->taken[i])
			continue;
		w->taken[i] = true;
		return w->word[i];
	}
	return NULL;
}

char *words_value(struct words *w, const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i < w->n; i++) {
		if (w->taken[i] || strncmp(w->word[i], name, n) != 0 || w->word[i][n] != '=')
			continue;
		w->taken[i] = true;
		return w->word[i] + n + 1;
	}
	return NULL;
}

bool words_flag(struct words *w, const char *name)
{
	for (size_t i = 0; i < w->n; i++) {
		if (w->taken[i] || strcmp(w->word[i], name) != 0)
			continue;
		w->taken[i] = true;
		return true;
	}
	return false;
}

const char *words_left(const struct words *w)
{
	for (size_t i = 0; i < w->n; i++)
		if (!w->taken[i])
			return w->word[i];
	return NULL;
}

bool line_span(const char *word, int64_t *ms)
{
	static const struct {
		const char *name;
		int64_t ms;
	} units[] = { { "ms", 1 }, { "s", SECOND_MS }, { "min", MINUTE_MS }, { "h", HOUR_MS }, { "d", DAY_MS } };
	char *end;
	long long v;

	errno = 0;
	v = strtoll(word, &end, 10);
	if (end == word || errno)
		return false;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(units[i].name, end) == 0) {
			*ms = v * units[i].ms;
			return true;
		}
	}
	return false;
}

bool line_count(char *word, int64_t *count)
{
	char *equals = strrchr(word, '=');

	if (equals == NULL || equals == word || str_int(equals + 1, INT64_MIN, INT64_MAX, count))
		return false;
	*equals = '\0';
	return true;
}
