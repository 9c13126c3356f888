/* bench_net.h - a load of prepared HTTPS requests on one server, from one thread.
 *
 * The client has to be cheaper than what it measures: requests are whole and signed before the clock starts, an
 * answer is only searched for a text. The server's certificate is not verified. */
#ifndef BENCH_NET_H
#define BENCH_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

struct bench_target {
	char host[64], port[8]; /* numeric address */
};

/* Takes `https://ADDRESS:PORT` apart. E_USAGE. */
int bench_target_parse(const char *url, struct bench_target *out, struct err *e);

/* Adds a POST of a JSON body, or a GET if body is NULL. close: the answer ends the connection. */
void bench_request(const struct bench_target *t, const char *path, const char *body, size_t n, bool close, struct buf *out);

struct bench_load {
	const struct bench_target *target;
	int connections;
	bool reconnect; /* a new connection for each request */
	const struct buf *requests;
	size_t n;    /* of requests; each is sent once, in order */
	bool repeat; /* or again from the first when all were sent */
	double seconds;
	const char *wanted; /* every good answer's body contains it; NULL: any */

	/* Called with each good answer's body if set; not for what is measured. -1 counts the answer as refused. */
	int (*take)(void *arg, size_t request, const char *body, size_t body_n);
	void *arg;
};

struct bench_result {
	int64_t answered; /* good answers */
	int64_t refused;  /* other answers */
	int64_t lost;     /* connections that failed or ended early */
	double seconds;   /* from the first request to the last answer */
	double rate;      /* good answers a second */
	double p50_ms, p99_ms, max_ms;
	double client_cpu_s; /* this thread's */
	char first_refusal[512];
};

/* Runs until the time is over or the requests are used up. With kept connections all of them are made before the
 * clock starts. E_CONNECT_FAILED if there is nobody. */
int bench_run(const struct bench_load *load, struct bench_result *out, struct err *e);

#endif
