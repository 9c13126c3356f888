/* client.h - posts a file to the cloud manager over HTTPS and takes the file that it answers with (protocol.md section 8).
 *
 * TLS is always verified, redirects are never followed, and proxies of the environment are not used. Connecting may take
 * 30 s; sending and receiving may stand still for 2 minutes; between them the manager may work on a large file for 15
 * minutes without a word. It ends within about a second when the work is stopped or cancelled.
 *
 *   E_SYNC_UNREACHABLE  no whole answer of the manager: it or the proxy was not found, did not answer, was not trusted,
 *                       ended the connection; a server or gateway error
 *   E_SYNC_REFUSED      the manager says why it does not take the file
 *   E_SATELLITE_REMOVED, E_REGISTRATION_CODE_INVALID and the like: the same, where the name says what to do
 *   E_ANSWER_INVALID    something else answered: a page, a redirect, another server; too large an answer
 *   E_CANCELLED, E_DISK_FULL, E_FILE_ERROR
 *
 * Each text names what happened, where, why, and what to do. */
#ifndef SYNC_CLIENT_H
#define SYNC_CLIENT_H

#include <stdint.h>

#include "lic/work.h"
#include "sync/running.h"

/* Where the manager is and how to get there; texts are borrowed, "" = none. */
struct client_peer {
	const char *url; /* `https://HOST[:PORT]` */
	const char
		*ca_pem; /* who vouches for the certificates of the manager and of an https:// proxy; "" = the system's */
	const char *proxy, *proxy_user, *proxy_password;
};

struct client_file {
	const char *path;   /* `/sync/v1/exchange` */
	const char *bearer; /* for `Authorization: Bearer`; NULL = none */
	int fd;             /* from its beginning; the caller's */
	int64_t bytes;
	int64_t answer_max; /* a larger answer is E_ANSWER_INVALID */
};

/* Sends the file and puts the answer into a nameless file, open at its beginning and the caller's to close. run may be
 * NULL; else it is told how far it is. */
int sync_post(struct work *w, const struct client_peer *peer, const struct client_file *file, struct running *run,
	      int *answer, struct err *e);

#endif
