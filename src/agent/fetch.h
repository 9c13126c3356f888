/* fetch.h - a small file from an SFTP server, by libcurl. */
#ifndef AGENT_FETCH_H
#define AGENT_FETCH_H

#include <stddef.h>

#include "agent/agent.h"
#include "base/buf.h"
#include "base/err.h"

struct fetch {
	const char *url; /* sftp://[USER@]HOST[:PORT]/PATH */
	const char *dir; /* of ssh_key and known_hosts, before those of the home folder */
	agent_ask ask;   /* for user, password, and a host key that is not known; NULL: nobody is there */
	void *ask_arg;
};

/* Adds the file's content of at most max bytes. The host's key must be in a known_hosts file, or the person says that
 * it is right, and then it is added to that of dir. Login by key (agent, dir/ssh_key, ~/.ssh), then by password.
 * E_USAGE (not such a URL, a password in it), E_CONNECT_FAILED, E_ANSWER_INVALID (the host is not who it must be),
 * E_LOGIN_REQUIRED, E_FILE_ERROR, E_CODE_TOO_LONG. */
int fetch_sftp(const struct fetch *f, size_t max, struct buf *out, struct err *e);

#endif
