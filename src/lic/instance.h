/* instance.h - product instances: registration, renewal, deregistration, and their certificates
 * (protocol.md sections 2, 4 and 6). */
#ifndef LIC_INSTANCE_H
#define LIC_INSTANCE_H

#include "base/clock.h"
#include "base/rand.h"
#include "db/q.h"
#include "json/json.h"
#include "lic/identity.h"
#include "lic/tx.h"

#define AUTHORIZATION_MS (90 * DAY_MS)       /* expires without contact */
#define AUTHORIZATION_RENEW_MS (30 * DAY_MS) /* the product renews it */
#define REGISTRATION_MS (365 * DAY_MS)
#define REGISTRATION_RENEW_MS (180 * DAY_MS)

/* An ID certificate ready to be stored, made before the transaction where possible: issuing is the dearest part. */
struct id_certificate {
	char piid[UUID_SIZE]; /* the product instance identifier it is for */
	struct cert *cert;    /* owned */
};

/* Issues one for a product's key; valid from now, at most one year and never longer than its issuer. */
int id_certificate_issue(const struct identity *issuer, const struct key *key, const char *pid, const char *piid,
			 int64_t now, struct id_certificate *out, struct err *e);
void id_certificate_fini(struct id_certificate *c);

struct registration {
	struct udi udi;
	const char *token;
	bool force;
	const struct key *key;
	unsigned char key_id[SHA256_SIZE];
	const char *product_version, *hostname, *ip_address, *mac_address, *host_identifier, *suvi, *udi_vid; /* or NULL */
};

/* What REGISTRATION and RENEW_REGISTRATION answer. Lives in the tx's arena. */
struct registered {
	const char *piid;
	const void *der; /* the ID certificate */
	size_t der_n;
	const char *account, *virtual_account;
	bool export_allowed;
	int64_t registered_at, renew_at, expires_at;
};

/* Before the transaction: the identifier a registration would most likely get. Reads only. */
int instance_likely_piid(struct tx *tx, const struct udi *udi, char out[UUID_SIZE], struct err *e);

/* Registers, moves (Reregister), takes over, or repeats the present certificate, as section 4 says. ready is the
 * certificate made before; it is made anew here if it does not fit after all.
 * E_INVALID_TOKEN, E_TOKEN_*, E_ACCOUNT_INACTIVE, E_SERVED_ELSEWHERE, E_SYNC_EXPIRED, E_ALREADY_REGISTERED,
 * E_RESERVATION_IN_USE. */
int instance_register(struct tx *tx, const struct identity *issuer, const struct registration *in,
		      struct id_certificate *ready, struct registered *out, struct err *e);

/* A new certificate for an instance; key is its new or present key. The predecessor (presented) stays good until the
 * successor is first used. */
int instance_renew(struct tx *tx, const struct identity *issuer, const struct instance_row *instance,
		   const struct certificate_row *presented, const struct key *key, struct id_certificate *ready,
		   struct registered *out, struct err *e);

/* Licenses go back at once, the certificates are void. state: DEREGISTERED or REMOVED. */
int instance_end(struct tx *tx, const struct instance_row *instance, const char *state, struct err *e);

/* A certificate was used: if it is an unused successor, its predecessor is now superseded. */
int instance_certificate_used(struct tx *tx, const struct certificate_row *c, struct err *e);

/* May the instance's account and virtual account be served here now? E_ACCOUNT_INACTIVE, E_SERVED_ELSEWHERE, and with
 * needs_authority E_SYNC_EXPIRED. *account and *va are filled. */
int instance_account_check(struct tx *tx, int64_t virtual_account, bool needs_authority, struct account_row *account,
			   struct virtual_account_row *va, struct err *e);

/* A registered one by its identifier. E_INSTANCE_UNKNOWN. */
int instance_find(struct tx *tx, const char *piid, struct instance_row *out, struct err *e);

/* Moves it to another virtual account of its account, for an administrator; what it uses goes along. Identifier and
 * certificates stay: the product is told by the next answer to REGISTRATION or RENEW_REGISTRATION. One whose
 * authorization has lapsed takes no licenses along and is never short. E_NOT_ENOUGH with the numbers if the target
 * would be short, or shorter; not with force. E_INVALID_REQUEST, E_CONFLICT (registration expired),
 * E_SERVED_ELSEWHERE. */
int instance_transfer(struct tx *tx, const struct instance_row *instance, const struct virtual_account_row *to, bool force,
		      struct err *e);

/* Removes by identifier, for an administrator. E_INSTANCE_UNKNOWN. */
int instance_remove(struct tx *tx, const char *piid, struct err *e);

/* "Registered", "Authorized", "Out Of Compliance", "Authorization Expired", "Registration Expired", "Deregistered",
 * "Removed", "Replaced": follows from now. */
int instance_status(struct tx *tx, const struct instance_row *instance, const char **out, struct err *e);

/* An event about an instance; its account and UDI are filled in. Takes over detail. */
int instance_event(struct tx *tx, const char *kind, const struct instance_row *instance, json_t *detail, struct err *e);

/* `UDI: PID:UCM,SN:37624,UUID:6fe8…` as administrators know it; from the arena. */
const char *instance_udi_text(struct arena *a, const struct udi *udi);

/* Its host name if it told one, else its UDI. */
const char *instance_name(struct arena *a, const struct instance_row *instance);

/* The same with what tells products of one host name apart: `vm (PID UCM, SN 37624)`. */
const char *instance_full_name(struct arena *a, const struct instance_row *instance);

#endif
