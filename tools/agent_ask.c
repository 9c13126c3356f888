/* What only the person at the terminal can say: a password, whether a host key is right. */
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "agent_tool.h"
#include "base/mem.h"

#define ANSWER_SIZE 512

/* Whole lines, interrupt characters as text: a signal must not leave the terminal without echo. */
static void set_terminal(const struct termios *was, bool hidden)
{
	struct termios now = *was;

	now.c_lflag |= ICANON | ECHO;
	now.c_iflag |= ICRNL;
	if (hidden)
		now.c_lflag &= (tcflag_t) ~(ECHO | ISIG);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &now);
}

int tool_ask(void *arg, const char *question, bool hidden, struct buf *answer)
{
	char line[ANSWER_SIZE];
	struct termios was;
	ssize_t n;
	int rc = -1;

	(void)arg;
	if (tcgetattr(STDIN_FILENO, &was))
		return -1;
	set_terminal(&was, hidden); /* first: it drops what was typed before the question */
	fputs(question, stderr);
	fflush(stderr);
	n = read(STDIN_FILENO, line, sizeof(line));
	tcsetattr(STDIN_FILENO, TCSANOW, &was);
	if (hidden)
		fputc('\n', stderr);
	if (n > 0 && line[n - 1] == '\n') {
		rc = 0;
		for (ssize_t i = 0; i < n - 1; i++)
			if ((unsigned char)line[i] < ' ')
				rc = -1; /* Ctrl-C */
		if (rc == 0)
			buf_add(answer, line, (size_t)n - 1);
	}
	mem_cleanse(line, sizeof(line));
	return rc;
}
