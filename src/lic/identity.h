/* identity.h - who this server is towards products: the CA that issues ID certificates and the signer of
 * answers (protocol.md section 2). A satellite has none until its authorization file was imported. */
#ifndef LIC_IDENTITY_H
#define LIC_IDENTITY_H

#include "crypt/cert.h"
#include "lic/tx.h"

/* Rows of the table authority. */
#define AUTHORITY_ROOT "root"
#define AUTHORITY_MANAGER_SIGNER "manager-signer"
#define AUTHORITY_ISSUING_CA "issuing-ca"
#define AUTHORITY_SUB_CA "sub-ca"
#define AUTHORITY_SATELLITE_SIGNER "satellite-signer"
#define AUTHORITY_TLS_CA "tls-ca"
#define AUTHORITY_TLS_SERVER "tls-server"
#define AUTHORITY_TLS_INSTALLED "tls-installed" /* installed_tls.h */
#define AUTHORITY_TLS_REQUEST "tls-request"     /* its key only */

/* Immutable once made; shared by counting. */
struct identity {
	struct cert *root;
	struct cert *ca; /* issues ID certificates: issuing CA or sub-CA */
	struct key *ca_key;
	struct cert *signer;
	struct key *signer_key;
	char *credential; /* PEM: signer, then every intermediate below the root */
	char *ca_chain;   /* PEM: issuer of ID certificates first, without the root */
	_Atomic int users;
};

/* Reads it from the database: 1, 0 if this server has none yet, -1. */
int identity_read(struct tx *tx, struct identity **out, struct err *e);
void identity_put(struct identity *i);

/* One key and certificate of the server. cert or key NULL: not wanted; they are NULL where there is none.
 * 1 found, 0 none, -1 failure. */
int authority_read(struct tx *tx, const char *purpose, struct cert **cert, struct key **key, struct err *e);

/* Stores them; key NULL keeps none. The private key is sealed. */
int authority_store(struct tx *tx, const char *purpose, const struct cert *cert, const struct key *key, struct err *e);

#endif
