/* scenario-runner.c - runs stories: `scenario-runner FILE.t…`.
 *
 * A story is a text file, one step a line, `#` comments. Its first line may be `bare`: then the satellite has no
 * authority yet. A step is a verb with words and options and, behind `->`, what must come of it:
 *
 *   register ucm1 token=T1 -> OK virtual-account=Default
 *   report ucm1 Enhanced=5 -> AUTHORIZED Enhanced:InCompliance:5
 *   advance 90d -1ms
 *
 * Behind the arrow stand the code, then facts (`name=value`, each must be among what came), rows (`Name:Status` or
 * `Name:Status:Count`, all of them in their order) and `says=TEXT`, which the message must contain. No arrow means
 * OK. The verbs are in tests/lib/scenario_*.c. Whenever a refusal or a repeated answer is expected, nothing of any
 * database may change but the memory of answered messages. `-> ANY` takes whatever comes, and holds refusals to the same.
 * At the end of each story the event chains are verified. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "json/json.h"
#include "tests/lib/scenario.h"

#define STORY_MAX (1 << 20)
#define ANY "ANY"

struct story {
	const char *file;
	int line;
	int steps;
	struct world world;
};

static void drop_log(enum log_level level, const char *line)
{
	(void)level;
	(void)line;
}

static int fault(const struct story *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static int fault(const struct story *s, const char *fmt, ...)
{
	va_list ap;

	printf("# %s:%d: ", s->file, s->line);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	return -1;
}

/* ---- what came against what was expected ---- */

static bool is_success(const char *code)
{
	return strcmp(code, "OK") == 0 || strcmp(code, "AUTHORIZED") == 0 || strcmp(code, "OUT_OF_COMPLIANCE") == 0;
}

static bool is_row(const char *word)
{
	return strchr(word, ':') != NULL && strchr(word, '=') == NULL;
}

static bool row_fits(const char *row, const char *word)
{
	size_t n = strlen(word);

	return strncmp(row, word, n) == 0 && (row[n] == '\0' || row[n] == ':');
}

static int check_facts(const struct story *s, struct words *want, const struct result *r)
{
	const char *word;
	size_t at = 0, rows = 0;

	while ((word = words_next(want)) != NULL) {
		bool found = false;

		if (is_row(word)) {
			while (at < r->rows_n && !is_row(r->rows[at]))
				at++;
			if (at == r->rows_n || !row_fits(r->rows[at], word))
				return fault(s, "expected %s, got %s", word,
					     at < r->rows_n ? r->rows[at] : "no further row");
			at++;
			rows++;
			continue;
		}
		for (size_t i = 0; i < r->rows_n && !found; i++)
			found = strcmp(r->rows[i], word) == 0;
		if (found)
			continue;
		fault(s, "expected %s, got", word);
		for (size_t i = 0; i < r->rows_n; i++)
			printf("#   %s\n", r->rows[i]);
		return -1;
	}
	for (size_t i = at; rows && i < r->rows_n; i++)
		if (is_row(r->rows[i]))
			return fault(s, "got %s too", r->rows[i]);
	return 0;
}

static int check_result(const struct story *s, struct line *l, const struct result *r)
{
	const char *says = words_value(&l->out, "says"), *code = l->arrow ? words_next(&l->out) : "OK";

	if (!l->arrow && is_success(r->code))
		return 0;
	if (strcmp(code, ANY) == 0)
		return 0;
	if (strcmp(code, r->code) != 0)
		return fault(s, "expected %s, got %s%s%s", code, r->code, *r->text ? ": " : "", r->text);
	if (says && strstr(r->text, says) == NULL)
		return fault(s, "expected a message with '%s', got '%s'", says, r->text);
	return check_facts(s, &l->out, r);
}

/* ---- steps ---- */

/* Of this result nothing may be left in the databases. */
static bool leaves_nothing(const char *code)
{
	return !is_success(code) && strcmp(code, "OK_TRY_AGAIN") != 0;
}

static int run_verb(struct story *s, struct line *l, const struct verb *v)
{
	const char *expected = l->arrow ? l->out.word[0] : "OK", *left, *table;
	bool still = leaves_nothing(expected);
	static struct state before, after;
	struct result r = { .code = "" };

	if (v->checks && l->arrow)
		return fault(s, "'%s' compares by itself and has no arrow", v->name);
	if (still && state_take(&s->world, &before))
		return fault(s, "%s", s->world.why);
	if (v->run(&s->world, &l->in, &r))
		return fault(s, "%s", s->world.why);
	left = words_left(&l->in);
	if (left)
		return fault(s, "'%s' has no use for '%s'", v->name, left);
	if (check_result(s, l, &r))
		return -1;
	still = still && leaves_nothing(r.code);
	if (still && state_take(&s->world, &after))
		return fault(s, "%s", s->world.why);
	table = still ? state_difference(&before, &after) : NULL;
	if (table)
		return fault(s, "%s should have changed nothing, but the table %s is another", r.code, table);
	return state_check(&s->world) ? fault(s, "%s", s->world.why) : 0;
}

static int run_line(struct story *s, const char *text)
{
	const struct verb *v;
	struct line l;
	const char *why;
	int rc = line_read(&l, text, &why);

	if (rc < 0)
		rc = fault(s, "%s", why);
	else if (rc == 0) {
		const char *name = words_next(&l.in);

		v = world_verb(name);
		rc = v ? run_verb(s, &l, v) : fault(s, "there is no verb '%s'", name);
		s->steps++;
		arena_fini(&s->world.arena);
	} else {
		rc = 0;
	}
	line_fini(&l);
	return rc;
}

static int run_story(struct story *s, char *text)
{
	char *save = NULL, *line;
	bool bare = strncmp(text, "bare\n", 5) == 0 || strstr(text, "\nbare\n") != NULL;
	int rc = 0;

	if (world_open(&s->world, bare))
		rc = fault(s, "%s", s->world.why);
	/* strtok_r would skip blank lines and lose count. */
	for (line = text; rc == 0 && line; line = save) {
		save = strchr(line, '\n');
		if (save)
			*save++ = '\0';
		s->line++;
		if (strcmp(line, "bare") != 0)
			rc = run_line(s, line);
	}
	if (rc == 0 && s->steps == 0)
		rc = fault(s, "the story is empty");
	if (rc == 0 && state_check_all(&s->world))
		rc = fault(s, "at the end: %s", s->world.why);
	world_close(&s->world);
	return rc;
}

static int64_t milliseconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool run_file(const char *file, int number)
{
	struct story *s = mem_alloc(sizeof(*s));
	int64_t began = milliseconds();
	struct buf text = BUF_INIT;
	struct err e = ERR_INIT;
	int rc;

	s->file = file;
	buf_adds(&text, ""); /* an empty file is an empty text */
	rc = file_read(file, STORY_MAX, &text, &e) ? fault(s, "%s", e.text) : run_story(s, text.data);
	printf("%s %d - %s (%d steps, %lld ms)\n", rc ? "not ok" : "ok", number, file, s->steps,
	       (long long)(milliseconds() - began));
	fflush(stdout);
	buf_fini(&text);
	free(s);
	return rc == 0;
}

int main(int argc, char **argv)
{
	int failed = 0;

	if (argc < 2) {
		fprintf(stderr, "usage: scenario-runner FILE.t...\n");
		return 2;
	}
	setenv("TZ", "UTC", 1); /* of days in messages */
	tzset();
	json_init();
	log_set_sink(drop_log);
	printf("1..%d\n", argc - 1);
	for (int i = 1; i < argc; i++)
		failed += !run_file(argv[i], i);
	printf("scenario: %d passed, %d failed, 0 skipped\n", argc - 1 - failed, failed);
	return failed != 0;
}
