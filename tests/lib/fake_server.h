/* fake_server.h - a license server in one struct, for tests of the product's side: it checks requests as
 * protocol.md section 4 says, answers as section 5 says, or wrongly on demand. Time is clock_now(). */
#ifndef TESTS_FAKE_SERVER_H
#define TESTS_FAKE_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "crypt/cert.h"
#include "crypt/key.h"

enum fake_flaw {
	FLAW_NONE,
	FLAW_UNSIGNED,
	FLAW_SIGNATURE, /* a flipped byte in the signature */
	FLAW_CONTENT,   /* changed after it was signed */
	FLAW_NO_CREDENTIAL,
	FLAW_PRODUCT_SIGNS,   /* the product's own ID certificate */
	FLAW_CA_SIGNS,        /* the sub-CA itself */
	FLAW_OTHER_SATELLITE, /* the signer of another satellite under the same root */
	FLAW_MANAGER_SIGNS,   /* the root's signer, though a satellite serves */
	FLAW_SATELLITE_SIGNS, /* a satellite's signer, though the manager serves */
	FLAW_OTHER_ROOT,      /* same names, other keys */
	FLAW_EXPIRED_SIGNER,
	FLAW_NONCE, /* in the response */
	FLAW_HEADER_NONCE,
	FLAW_TYPE,
	FLAW_IDENTIFIER,
	FLAW_STATUS, /* neither OK nor FAILED */
	FLAW_DATA,   /* response_data is not JSON */
	FLAW_NOT_JSON,
	FLAW_CUT,
	FLAW_ID_OTHER_KEY,  /* ID certificate for another key */
	FLAW_ID_OTHER_NAME, /* … for another identifier */
	FLAW_ID_OTHER_CA,   /* … issued by another satellite, its chain given */
	FLAW_ID_SIGNER,     /* … with the profile of a signer */
	FLAW_ID_MISSING,
	FLAW__MAX
};

/* A CA of the fake world with its signer. */
struct fake_ca {
	struct key *key, *signer_key;
	struct cert *cert, *signer;
};

struct fake_server {
	struct fake_ca root; /* its signer is the manager's */
	struct fake_ca issuing, satellite, stranger, false_root, false_satellite;
	struct cert *expired_signer, *product_signer; /* both of satellite.signer_key */

	/* how it behaves */
	bool manager;     /* serves as the manager: issuing CA, root's signer */
	bool down;        /* nobody there */
	bool lose_answer; /* takes the message, then the line breaks; once */
	const char *fail; /* FAILED with this code, once unless fail_always */
	bool fail_always;
	bool refuse_authorization; /* AUTHORIZATION is FAILED, ACCOUNT_INACTIVE, once */
	int64_t try_again_s;       /* OK_TRY_AGAIN, once */
	enum fake_flaw flaw;
	int64_t clock_offset;           /* of its clock against clock_now() */
	const char *entitlement_status; /* NULL: InCompliance */
	bool export_allowed;

	/* what it knows */
	struct key *product_key;
	char identifier[40];
	char serial[CERT_SERIAL_TEXT],
		previous[CERT_SERIAL_TEXT]; /* of the certificate, and of its predecessor while that is good */
	struct cert *id;
	int registrations; /* token uses */

	/* what it saw */
	int messages, calls, replays;
	char type[32], error[256]; /* error: the request was not as it must be */
	char url[256];
	struct buf request;                     /* the last body */
	struct buf request_data;                /* its request_data */
	struct buf last_request, last_response; /* accepted last: sent again gets the same */
};

void fake_server_init(struct fake_server *s);
void fake_server_fini(struct fake_server *s);

/* The root as PEM; owned by the caller. */
char *fake_server_root(const struct fake_server *s);

/* An agent_exchange. */
int fake_server_exchange(void *arg, const char *url, const char *body, size_t n, struct buf *answer, struct err *e);

#endif
