/* trouble.h - what went wrong on the way to the server, in words: where, why, and what to do. */
#ifndef AGENT_TROUBLE_H
#define AGENT_TROUBLE_H

#include <curl/curl.h>
#include <stdint.h>

#include "base/err.h"

/* An exchange that is over. All borrowed. */
struct trouble {
	CURL *curl; /* before it is reset */
	const char *url;
	const char *proxy, *user; /* NULL: none */
	const char *why;          /* in the library's words */
	const char *answer;       /* what came as body; "" if nothing */
};

/* Of an exchange without an answer: E_CONNECT_FAILED. */
int trouble_connection(const struct trouble *t, CURLcode rc, struct err *e);

/* Of an answer: 0 if it is that of a license server as far as HTTP can tell; E_BUSY, E_CONNECT_FAILED (a proxy that
 * does not let through) or E_ANSWER_INVALID. retry_after_s: what the answer asks for, 0 if nothing. */
int trouble_status(const struct trouble *t, int64_t retry_after_s, struct err *e);

#endif
