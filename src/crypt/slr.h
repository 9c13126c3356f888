/* slr.h - the codes of Specific License Reservation (protocol.md section 7), for both sides.
 *
 *   product                              server
 *   reservation request  ------------->
 *                        <-------------  authorization code (signed)
 *   confirmation, return ------------->
 *
 * People carry them: readers take white space around a code and line ends inside it, as a paste brings them, and say
 * what of a code is missing or altered. All of it is bounded. */
#ifndef CRYPT_SLR_H
#define CRYPT_SLR_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "crypt/cert.h"

#define SLR_CODE_MAX 8192 /* bytes of an authorization code */
#define SLR_ENTITLEMENTS_MAX 64
#define SLR_NAME_MAX 128 /* characters of pid and serial number */
#define SLR_TEXT_MAX 255 /* bytes of tags and texts */
#define SLR_COUNT_MAX INT32_MAX

/* ---- who a code is for ---- */

/* pid and serial: 1 to SLR_NAME_MAX of the printable ASCII characters but `,:<>&"'` and space. */
struct slr_udi {
	const char *pid, *serial;
	const char *uuid; /* lower-case with dashes; "" if the product has none */
};

/* `P:UCM,S:cc920,U:e53fc968-0253-4d61-a355-ba908a6cc920`; without a uuid the part `,U:…` is left out. */
void slr_udi_write(const struct slr_udi *udi, struct buf *out);

/* Can a code name this product? E_INVALID_REQUEST names the part that it cannot. */
int slr_udi_check(const struct slr_udi *udi, struct err *e);

/* ---- reservation request ---- */

/* Two forms: that of UCM is the product's name itself; the other carries a nonce, and a CRC that only writers mind:
 * `CB-ZC9300-24UX:FCW2134L0RN-AK9A6sMTr-86`. */
struct slr_request {
	struct slr_udi udi;
	const char *nonce; /* 1 to 32 of [0-9A-Za-z]; "" in UCM's form, which needs a uuid */
};

void slr_request_write(const struct slr_request *r, struct buf *out);

/* Texts are in the arena. E_CODE_INVALID. */
int slr_request_read(const char *text, size_t n, struct arena *a, struct slr_request *out, struct err *e);

/* ---- authorization code ---- */

struct slr_entitlement {
	const char *tag;
	int64_t count;            /* 1 to SLR_COUNT_MAX */
	int64_t start_at, end_at; /* whole seconds; end exclusive; 0 = none */
	const char *license_type; /* PERPETUAL, TERM or DEMO */
	const char *display_name, *description, *subscription_id;
};

struct slr_code {
	const char *piid;  /* UUID, lower-case */
	int64_t timestamp; /* ms; a product refuses codes older than any it ever installed */
	const struct slr_entitlement *entitlements;
	size_t n;
	struct slr_udi udi;
	const char *signature; /* detached CMS, DER */
	size_t signature_n;
};

/* What is signed: `<authorizationCode>…</authorizationCode><udi>…</udi>`, without space between. */
void slr_signed_bytes(const struct slr_code *c, struct buf *out);

/* Signs c; chain is what stands between signer and root. The signature is in the arena. E_INVALID_REQUEST if something
 * in c cannot stand in a code, E_CODE_TOO_LONG if the code would be longer than SLR_CODE_MAX. */
int slr_sign(struct slr_code *c, const struct cert *signer, const struct key *k, struct cert *const *chain, size_t chain_n,
	     int64_t at, struct arena *a, struct err *e);

/* The whole code, one line. */
void slr_write(const struct slr_code *c, struct buf *out);

/* Takes it apart, in the one form that slr_write() makes. E_CODE_INVALID: this is no authorization code, or a part of
 * one; E_CODE_ALTERED: something in it is not as it was issued. The signature is not judged here. */
int slr_read(const char *text, size_t n, struct arena *a, struct slr_code *out, struct err *e);

/* Is it signed by a licensing server: the manager's signer, or that of a satellite below this root, at the time at?
 * E_CODE_UNTRUSTED. */
int slr_verify(const struct slr_code *c, const struct cert *root, int64_t at, struct err *e);

/* ---- confirmation and return ---- */

#define SLR_CONFIRMATION_SIZE 9 /* `1fc54c75` */
#define SLR_RETURN_SIZE 56      /* eight groups of six of [0-9A-Za-z], joined by `-` */

/* They say which code a product holds; whoever holds the code can compute them. Return out. */
char *slr_confirmation(const struct slr_code *c, char out[SLR_CONFIRMATION_SIZE]);
char *slr_return(const struct slr_code *c, char out[SLR_RETURN_SIZE]);

/* What a person typed, brought to the form above. E_CODE_INVALID says what about it cannot be right. */
int slr_confirmation_read(const char *text, size_t n, char out[SLR_CONFIRMATION_SIZE], struct err *e);
int slr_return_read(const char *text, size_t n, char out[SLR_RETURN_SIZE], struct err *e);

#endif
