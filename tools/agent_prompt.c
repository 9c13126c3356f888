/* The prompt of a product's administrator, with line editing. */
#include <fcntl.h>
#include <histedit.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent_tool.h"
#include "base/mem.h"

#define HISTORY_LINES 500

struct prompt {
	EditLine *el;
	History *history;
	char *path; /* of the history; owned */
};

static char *prompt_text(EditLine *el)
{
	static char text[] = "admin:";

	(void)el;
	return text;
}

static size_t common(const char *words, size_t n)
{
	for (const char *at = words; *at; at += strcspn(at, "\n") + 1) {
		size_t same = 0;

		while (same < n && at[same] == words[same])
			same++;
		n = same;
	}
	return n;
}

/* Tab: completes as far as the choices agree; shows them when they do not. */
static unsigned char complete(EditLine *el, int key)
{
	const LineInfo *info = el_line(el);
	AUTO_FREE char *line = mem_dup(info->buffer, (size_t)(info->cursor - info->buffer));
	AUTO_BUF words = BUF_INIT;
	const char *typed = strrchr(line, ' ');
	size_t have, n;

	(void)key;
	typed = typed ? typed + 1 : line;
	have = strlen(typed);
	buf_adds(&words, "");
	agent_complete(line, &words);
	if (words.n == 0)
		return CC_REFRESH_BEEP;
	n = common(words.data, strcspn(words.data, "\n"));
	if (n > have) {
		AUTO_FREE char *rest = mem_dup(words.data + have, n - have);

		el_insertstr(el, rest);
	}
	if (strchr(words.data, '\n') == words.data + words.n - 1) {
		el_insertstr(el, " ");
		return CC_REFRESH;
	}
	if (n > have)
		return CC_REFRESH;
	printf("\n%s", words.data);
	fflush(stdout);
	return CC_REDISPLAY;
}

static void read_history(struct prompt *p)
{
	HistEvent event;

	p->history = history_init();
	if (p->history == NULL)
		return;
	history(p->history, &event, H_SETSIZE, HISTORY_LINES);
	history(p->history, &event, H_SETUNIQUE, 1);
	history(p->history, &event, H_LOAD, p->path);
	el_set(p->el, EL_HIST, history, p->history);
}

/* What could hold a token or a password is never kept. */
static void remember(struct prompt *p, const char *line)
{
	HistEvent event;

	if (p->history == NULL || agent_line_secret(line))
		return;
	history(p->history, &event, H_ENTER, line);
	if (history(p->history, &event, H_SAVE, p->path) >= 0)
		chmod(p->path, 0600);
}

static int open_prompt(struct prompt *p, const struct tool *t)
{
	setlocale(LC_CTYPE, "");
	umask(077);
	p->el = el_init("product-agent", stdin, stdout, stderr);
	if (p->el == NULL)
		return -1;
	p->path = mem_printf("%s/history", t->state);
	el_set(p->el, EL_PROMPT, prompt_text);
	el_set(p->el, EL_EDITOR, "emacs");
	el_set(p->el, EL_SIGNAL, 1);
	read_history(p);
	/* The narrow el_set() would copy the two texts and never free them. */
	el_wset(p->el, EL_ADDFN, L"complete", L"Completes a command", complete);
	el_set(p->el, EL_BIND, "^I", "complete", NULL);
	return 0;
}

static void close_prompt(struct prompt *p)
{
	if (p->history)
		history_end(p->history);
	el_end(p->el);
	free(p->path);
}

/* The state is open only for a command, so that `run` can work beside. */
static void run_line(const struct tool *t, const char *line)
{
	struct agent *a = NULL;
	struct err e = ERR_INIT;

	if (tool_open(t, &a, &e))
		tool_report(t, &e, false);
	else
		tool_command(t, a, line);
	agent_close(a);
}

int tool_prompt(const struct tool *t)
{
	struct prompt p = { 0 };
	const char *line;
	int n;

	if (open_prompt(&p, t)) {
		fprintf(stderr, "error: INTERNAL: The terminal cannot be used.\n");
		return EXIT_REFUSED;
	}
	while ((line = el_gets(p.el, &n)) != NULL && n > 0) {
		AUTO_FREE char *copy = mem_dup(line, strcspn(line, "\r\n"));

		if (copy[strspn(copy, " \t")] == '\0')
			continue;
		if (tool_is_exit(copy))
			break;
		run_line(t, copy);
		remember(&p, copy);
		mem_cleanse(copy, strlen(copy));
	}
	if (line == NULL)
		putchar('\n');
	close_prompt(&p);
	return EXIT_DONE;
}
