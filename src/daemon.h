/* daemon.h - the program satellited, and with another role cloud-managerd: start, reload, stop. */
#ifndef DAEMON_H
#define DAEMON_H

#include "lic/site.h"

struct daemon_kind {
	enum site_role role;
	const char *program;     /* `satellited` */
	const char *config_file; /* read when no -c is given, if it is there */
};

/* Runs until it is told to stop. Returns the exit status: 0, 1 could not start or failed, 2 usage. */
int daemon_main(const struct daemon_kind *kind, int argc, char **argv);

#endif
