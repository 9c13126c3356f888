/* bench_fleet.h - products by the thousand: keys, identities, signed requests. */
#ifndef BENCH_FLEET_H
#define BENCH_FLEET_H

#include "bench_net.h"
#include "crypt/key.h"

/* Keys with their signing requests. Several products may share one: who a product is, its UDI says. */
struct bench_keys {
	struct key **key;
	char **csr;
	size_t n;
};

/* Makes n keys, in two threads. file (may be NULL) keeps them for the next time: making RSA keys takes seconds. */
int bench_keys_make(enum key_kind kind, size_t n, const char *file, struct bench_keys *out, struct err *e);
void bench_keys_free(struct bench_keys *k);

struct bench_product {
	char serial[24], uuid[33];
	size_t key;
	char piid[40], cert_serial[64]; /* once it is registered */
};

struct bench_fleet {
	const struct bench_keys *keys;
	struct bench_product *products;
	size_t n;
};

/* n products that nobody has seen yet, sharing the keys evenly. */
void bench_fleet_make(const struct bench_keys *keys, size_t n, struct bench_fleet *out);
void bench_fleet_free(struct bench_fleet *f);

enum bench_what {
	BENCH_REGISTER,
	BENCH_AUTHORIZE,         /* the same usage each time */
	BENCH_AUTHORIZE_CHANGED, /* two of the tags have another count than in the product's last message */
};

/* Makes count whole requests, in two threads: of product i, i + 1, … around the fleet, from first on. close as in
 * bench_request. Freed with bench_requests_free. */
struct buf *bench_requests_make(const struct bench_fleet *f, enum bench_what what, const char *token,
				const struct bench_target *t, bool close, size_t first, size_t count);
void bench_requests_free(struct buf *requests, size_t count);

/* Registers all products and reports their usage once. connections at a time. */
int bench_fleet_register(struct bench_fleet *f, const char *token, const struct bench_target *t, int connections,
			 struct err *e);

/* What an OK answer contains. */
extern const char bench_answer_ok[];

#endif
