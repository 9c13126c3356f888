/* installed_tls.h - a TLS certificate of the administrator's CA, kept in the database with its sealed key: it survives
 * restarts, upgrades and the restoring of a backup.
 *
 * A request (CSR) has a key that never leaves the server; the certificate that the CA makes of it is installed with its
 * chain and takes the key over. A successor for the same key needs no new request. */
#ifndef LIC_INSTALLED_TLS_H
#define LIC_INSTALLED_TLS_H

#include "base/buf.h"
#include "crypt/cert.h"
#include "json/json.h"
#include "lic/tx.h"

#define TLS_CHAIN_MAX 8

/* By the words of the configuration's authority_key (ec-p256, …). E_INVALID_REQUEST and the field. */
int installed_tls_key_kind(const char *word, const char *field, enum key_kind *out, struct err *e);

/* The key that waits for its certificate, if there is one of this kind: 1, 0, -1. */
int installed_tls_pending(struct tx *tx, enum key_kind kind, struct key **out, struct err *e);

struct tls_request {
	const char *const *names; /* NULL-terminated, at least one */
	const char *organization; /* or NULL */
	const struct key *key;    /* the pending one, or one that was just made */
	bool fresh;               /* the latter: it takes the place of the pending one */
};

/* Adds the PEM request. */
int installed_tls_request(struct tx *tx, const struct tls_request *in, struct buf *pem, struct err *e);

struct tls_install {
	const char *chain_pem; /* leaf first */
	const char *key_pem;   /* NULL: the pending request's, or that of the certificate installed now */
	bool force;            /* also if a name of the server is missing */
};

/* What was found good. */
struct tls_offer {
	struct cert *chain[TLS_CHAIN_MAX];
	size_t n;
	struct key *key;
	bool from_request;
	const char *missing; /* names of the server that it does not have, with force; "" else. From the arena */
};
#define TLS_OFFER_INIT ((struct tls_offer){ .n = 0 })
void tls_offer_fini(struct tls_offer *o);
void tls_offer_write(const struct tls_offer *o, struct buf *chain_pem, struct buf *key_pem);

/* Is it in order, complete, in force, for a server, named as this one, of a good kind, and does the key fit? Changes
 * nothing. E_CERTIFICATE_INVALID, E_CERTIFICATE_EXPIRED, E_KEY_UNSUITABLE. */
int installed_tls_check(struct tx *tx, const struct tls_install *in, struct tls_offer *out, struct err *e);

/* Keeps it; the pending request is over if it was its. */
int installed_tls_store(struct tx *tx, const struct tls_offer *o, struct err *e);

/* Chain and key as PEM, added: 1, or 0 if none is installed. */
int installed_tls_read(struct tx *tx, struct buf *chain_pem, struct buf *key_pem, struct err *e);

/* Forgets certificate and key, not a pending request. 1, or 0 if there was none. */
int installed_tls_remove(struct tx *tx, struct err *e);

#endif
