/* scenario_line.h - one line of a story, cut into words.
 *
 *   verb words… option=value… -> EXPECTED words…     # comment
 *
 * Words are separated by blanks; single or double quotes keep blanks together and are removed. Each word has to be
 * understood by somebody: what nobody took is an error, so that a misspelt option cannot pass unseen. */
#ifndef TESTS_SCENARIO_LINE_H
#define TESTS_SCENARIO_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINE_WORDS 64

struct words {
	char *word[LINE_WORDS];
	bool taken[LINE_WORDS];
	size_t n;
};

struct line {
	char *text;           /* owned; the words lie in it */
	struct words in, out; /* before and behind the arrow */
	bool arrow;
};

/* 0 filled, 1 nothing on this line, -1 and *why. line_fini in every case. */
int line_read(struct line *l, const char *text, const char **why);
void line_fini(struct line *l);

/* The next word that nobody took, taken now; NULL at the end. */
char *words_next(struct words *w);

/* Takes `name=value` and gives the value, or NULL; takes the bare word and tells whether it was there. */
char *words_value(struct words *w, const char *name);
bool words_flag(struct words *w, const char *name);

/* The first word that nobody took, NULL if all were. */
const char *words_left(const struct words *w);

/* `30d`, `-1ms`, `90min`, `2h`, `59s` in ms. */
bool line_span(const char *word, int64_t *ms);

/* `NAME=COUNT` cut in place at the last equals sign. */
bool line_count(char *word, int64_t *count);

#endif
