/* command.h - what the commands of a product administrator share. Only for files of this folder. */
#ifndef AGENT_COMMAND_H
#define AGENT_COMMAND_H

#include "agent/state.h"

/* A command that runs. Arguments are the words behind the command's own. */
struct call {
	struct agent *a;
	char **arg;
	size_t n;
	int64_t now;
	struct buf *out;
	json_t *json; /* members of what is shown */
	struct err *e;
};

/* `License authorization: AUTHORIZED`; under a reservation with the licenses that are in use beyond it. */
void print_authorization(struct call *c);
void print_reserved(struct call *c);

int do_reservation_enable(struct call *c);
int do_reservation_disable(struct call *c);
int do_reservation_request(struct call *c);
int do_reservation_cancel(struct call *c);
int do_reservation_install(struct call *c);
int do_reservation_install_file(struct call *c);
int do_reservation_return(struct call *c);
int do_reservation_return_authorization(struct call *c);

#endif
