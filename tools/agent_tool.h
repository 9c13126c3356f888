/* agent_tool.h - what the parts of product-agent share. */
#ifndef TOOLS_AGENT_TOOL_H
#define TOOLS_AGENT_TOOL_H

#include <stdbool.h>

#include "agent/agent.h"

struct tool {
	const char *state;
	struct agent_options options;
	bool json;
};

enum { EXIT_DONE, EXIT_REFUSED, EXIT_USAGE, EXIT_CANNOT_CONNECT };

/* Opens the state, waiting some seconds for another process that has it. */
int tool_open(const struct tool *t, struct agent **out, struct err *e);

/* Prints an error, as JSON too if that is wanted; returns the exit status. */
int tool_report(const struct tool *t, const struct err *e, bool printed);

/* Runs a command and prints what it says; returns the exit status. */
int tool_command(const struct tool *t, struct agent *a, const char *line);

/* `admin:` on a terminal, until `exit` or Ctrl-D; returns the exit status. */
int tool_prompt(const struct tool *t);

/* Does by itself what is due, until SIGTERM or SIGINT; returns the exit status. */
int tool_run(const struct tool *t);

/* An agent_ask at the terminal of the standard input. */
int tool_ask(void *arg, const char *question, bool hidden, struct buf *answer);

/* `exit`, `quit`? */
bool tool_is_exit(const char *line);

#endif
