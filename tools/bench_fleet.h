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
	unsigned usage;                 /* the first two tags' counts go up by 0, 1 or 2 with it */
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

enum bench_what { BENCH_REGISTER, BENCH_AUTHORIZE, BENCH_RENEW, BENCH_DEREGISTER };

/* One message that is to be sent. */
struct bench_errand {
	struct bench_product *product;
	enum bench_what what;
	unsigned usage; /* BENCH_AUTHORIZE: as in the product */
};

/* Makes the whole requests of n errands, in two threads. close as in bench_request. Freed with bench_requests_free. */
struct buf *bench_requests_make(const struct bench_keys *keys, const struct bench_errand *errands, size_t n,
				const char *token, const struct bench_target *t, bool close);
void bench_requests_free(struct buf *requests, size_t n);

/* The answers that give a product its identity: bench_keep, as `take` of a load, copies those, since reading them
 * takes time; bench_kept_adopt reads them when the clock has stopped. -1: an answer was none. */
struct bench_kept {
	const struct bench_errand *errands;
	struct buf *answers;
	size_t n;
	bool failed;
};

void bench_kept_init(struct bench_kept *k, const struct bench_errand *errands, size_t n);
int bench_keep(void *kept, size_t request, const char *body, size_t body_n);
int bench_kept_adopt(struct bench_kept *k);
void bench_kept_fini(struct bench_kept *k);

/* Registers all products, and reports their usage once if they are to have any. connections at a time. */
int bench_fleet_register(struct bench_fleet *f, bool report, const char *token, const struct bench_target *t,
			 int connections, struct err *e);

/* What an OK answer contains. */
extern const char bench_answer_ok[];

#endif
