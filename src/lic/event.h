/* event.h - the audit trail: append-only, hash-chained, in the transaction of the change itself.
 *
 * A heartbeat or an unchanged usage report is no event; a change of registration, pool, account, person or
 * setting is. */
#ifndef LIC_EVENT_H
#define LIC_EVENT_H

#include <stdint.h>

#include "crypt/digest.h"
#include "json/json.h"
#include "lic/tx.h"

/* Adds an event at tx->now by tx->actor. kind is `noun.verb` (`token.create`); account is the account's name or
 * ""; subject is what it was done to; detail (taken over, may be NULL) holds before and after. */
int event_add(struct tx *tx, const char *kind, const char *account, const char *subject, json_t *detail, struct err *e);

struct event_chain {
	int64_t count;
	unsigned char head[SHA256_SIZE]; /* hash of the newest event, zeros if there is none */
};

/* Walks the whole chain. E_CHAIN_BROKEN names the first event that does not fit. */
int event_verify(struct tx *tx, struct event_chain *out, struct err *e);

#endif
