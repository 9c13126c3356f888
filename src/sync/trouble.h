/* trouble.h - what went wrong with an exchange, in words: what happened, where, why, what to do. */
#ifndef SYNC_TROUBLE_H
#define SYNC_TROUBLE_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "sync/running.h"

struct trouble {
	struct arena *arena;
	CURL *curl;
	const char *place; /* `manager.example.com:443` */
	const char *proxy; /* `proxy.example.net:3128`; NULL = directly */
	const char *user;  /* of the proxy; "" = none */
	const char *why;   /* of the library */
	bool own_ca;       /* a CA is configured */
	enum running_stage stage;
	int stalled_s;      /* nothing moved for so long; 0 = that was not it */
	const char *answer; /* its beginning, if it was no file; followed by a NUL */
	size_t answer_n;
};

/* The transfer failed. */
int trouble_transfer(const struct trouble *t, CURLcode rc, struct err *e);

/* There is an answer, and it is no file. */
int trouble_answer(const struct trouble *t, struct err *e);

#endif
