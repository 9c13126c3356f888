/* message.h - the messages between a product and its server (protocol.md sections 4 and 5): built and signed,
 * verified and read. Knows nothing of state or transport; several threads can use it at the same time. */
#ifndef AGENT_MESSAGE_H
#define AGENT_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "crypt/cert.h"
#include "crypt/key.h"
#include "json/json.h"

#define MESSAGE_NONCE_SIZE 21 /* unsigned 64-bit decimal with NUL */
#define MESSAGE_VERSION "1.3"
#define AGENT_VERSION "1.3.4"

/* Who sends. All borrowed. */
struct message_sender {
	const char *udi_pid, *udi_serial_number, *uuid;
	const char *product_instance_identifier; /* "" before registration */
	const char *id_cert_serial_number;       /* decimal, "" before registration */
};

/* A random nonce without leading zeros. Returns out. */
char *message_nonce(char out[MESSAGE_NONCE_SIZE]);

/* Adds the whole request to out. data: the members of request_data without timestamp and nonce, which are added
 * to a copy. k signs the bytes of `request`; NULL leaves it unsigned (HELLO). timestamp in ms UTC. */
int message_build(const struct message_sender *from, const char *type, const char *nonce, int64_t timestamp,
		  const json_t *data, const struct key *k, struct buf *out, struct err *e);

/* Who answers a registered product (section 2, roles). */
enum message_server {
	MESSAGE_SATELLITE, /* the signer is issued by the sub-CA that issued the product's ID certificate */
	MESSAGE_MANAGER,   /* the signer is issued by the root itself */
};

/* What the answer must be. All borrowed. */
struct message_expect {
	const char *type, *nonce;
	const char *product_instance_identifier; /* not looked at for REGISTRATION */
	const struct cert *root;
	const struct cert *issuer;  /* of the present ID certificate; NULL: REGISTRATION of a product without one */
	enum message_server server; /* with issuer */
	const struct key *key;      /* the product's; REGISTRATION and RENEW_REGISTRATION: the new certificate is for it */
	int64_t now;
};

enum message_status { MESSAGE_OK, MESSAGE_TRY_AGAIN, MESSAGE_FAILED };

struct message_answer {
	enum message_status status;
	int64_t retry_after_s;             /* with MESSAGE_TRY_AGAIN */
	enum err_code code;                /* with MESSAGE_FAILED; E_SERVER_FAILED if the server's code is unknown here */
	const char *status_code, *message; /* borrowed from tree */
	int64_t server_at;                 /* the server's clock; 0 if it did not say */
	json_t *data;                      /* response_data, owned */
	json_t *tree;                      /* owned */

	/* With MESSAGE_OK to REGISTRATION and RENEW_REGISTRATION, verified; owned. */
	struct cert *id, *issuer;
	enum message_server server;
};

void message_answer_fini(struct message_answer *a);

/* Reads an answer. It is taken only if it is signed by the right role, the chain ends at the root, and nonce, type
 * and identifier are those of the request; the new ID certificate of REGISTRATION and RENEW_REGISTRATION is for
 * the product's key, carries the identifier and chains to the root too. Everything else is E_ANSWER_INVALID: "no
 * answer" (section 5). On success the caller calls message_answer_fini(). */
int message_verify(const char *body, size_t n, const struct message_expect *x, struct message_answer *out, struct err *e);

#endif
