/* scenario_product.h - products whose messages a story sends one by one. */
#ifndef TESTS_SCENARIO_PRODUCT_H
#define TESTS_SCENARIO_PRODUCT_H

#include "tests/lib/scenario.h"

#define HELD_MAX 24

/* An ID certificate that a product got. */
struct held {
	char serial[CERT_SERIAL_TEXT], piid[UUID_SIZE];
	struct key *key;
	struct cert *issuer;
	enum message_server kind;
};

struct product {
	struct product *next;
	char name[64], pid[64], serial[64], uuid[33], software_tag[256];
	enum key_kind kind;
	struct key *key;
	struct server *server;
	int64_t skew;     /* of its clock */
	char address[64]; /* where its messages come from; "" = from where all do */
	char piid[UUID_SIZE], before_piid[UUID_SIZE];
	struct held held[HELD_MAX];
	size_t held_n, current; /* current: 1 is the first; 0 = none */
	struct key *sent_key;   /* that the last REGISTRATION or RENEW_REGISTRATION wants certified */
};

struct product *product_find_named(struct world *w, const char *name);

/* One message: what the options of its line say of it. */
struct outgoing {
	struct product *p;
	struct server *server;
	const char *type;
	json_t *data;           /* owned */
	const struct key *sign; /* NULL: not signed */
	struct message_sender from;
	const char *nonce, *as, *peer;
	int64_t timestamp;
	bool flip, lost, plain;
	bool stranger;           /* signed by another product's key */
	const struct held *held; /* whose issuer answers; NULL: the server's */
};

/* Reads the options that all messages have. */
int outgoing_options(struct world *w, struct words *in, struct outgoing *o);

/* Sends it, verifies the answer as a product does and takes what it says. Ends o. */
int outgoing_send(struct world *w, struct outgoing *o, struct result *out);
void outgoing_fini(struct outgoing *o);

/* Sends the bytes of an earlier message once more, from an address (NULL: the product's). SAME if the answer is that of
 * the last time. */
int outgoing_again(struct world *w, struct product *p, struct server *server, struct named_bytes *sent, const char *from,
		   struct result *out);

#endif
