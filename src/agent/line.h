/* line.h - the words of a command line. Only for files of this folder. */
#ifndef AGENT_LINE_H
#define AGENT_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define WORDS_MAX 64

/* The words of a line; they lie in text. */
struct words {
	char *text; /* owned */
	char *word[WORDS_MAX];
	size_t n;
};

/* Words are divided by white space; one with spaces stands in double quotes, in which a backslash keeps the next quote
 * or backslash. E_USAGE. words_fini in every case. */
int line_split(const char *line, struct words *w, struct err *e);

/* A line that begins with the words own: these, and all the rest as one more word, as it is but for a pair of double
 * quotes around it. False if it does not begin so, or is too long. */
bool line_split_raw(const char *line, const char *own, struct words *w);

/* Overwrites and frees; line_n: bytes of the line. */
void words_fini(struct words *w, size_t line_n);

#endif
