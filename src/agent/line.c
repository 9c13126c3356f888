#include "agent/line.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/str.h"

#define LINE_MAX_N 16384
#define SPACES " \t\r\n\v\f"

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

int line_split(const char *line, struct words *w, struct err *e)
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

/* Where the line goes on behind the command's own words; NULL if it does not begin with them. */
static const char *behind(const char *line, const char *own)
{
	while (*own) {
		size_t n = strcspn(own, " ");

		line += strspn(line, SPACES);
		if (strncasecmp(line, own, n) || (line[n] && strchr(SPACES, line[n]) == NULL))
			return NULL;
		line += n;
		own += n + (own[n] == ' ');
	}
	return line + strspn(line, SPACES);
}

/* Words and the n bytes of the argument, as line_split() leaves them for a line of this size. */
static void put_raw(struct words *w, size_t line_n, const char *own, const char *rest, size_t n)
{
	size_t head = strlen(own) + 1;
	char *at;

	w->text = mem_alloc(line_n + 2);
	memcpy(w->text, own, head);
	memcpy(w->text + head, rest, n);
	for (at = w->text; at; at = strchr(at, ' ')) {
		if (at > w->text)
			*at++ = '\0';
		w->word[w->n++] = at;
	}
	if (n)
		w->word[w->n++] = w->text + head;
}

bool line_split_raw(const char *line, const char *own, struct words *w)
{
	size_t line_n = strlen(line), n;
	const char *rest = line_n <= LINE_MAX_N ? behind(line, own) : NULL;

	if (rest == NULL)
		return false;
	n = strlen(rest);
	while (n && strchr(SPACES, rest[n - 1]))
		n--;
	if (n > 1 && *rest == '"' && rest[n - 1] == '"') {
		rest++;
		n -= 2;
	}
	put_raw(w, line_n, own, rest, n);
	return true;
}

void words_fini(struct words *w, size_t line_n)
{
	if (w->text)
		mem_cleanse(w->text, line_n);
	free(w->text);
}
