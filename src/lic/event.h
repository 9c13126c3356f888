/* event.h - the audit trail: append-only, hash-chained, in the transaction of the change itself.
 *
 * A heartbeat or an unchanged usage report is no event; a change of registration, pool, account, person or
 * setting is. */
#ifndef LIC_EVENT_H
#define LIC_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "crypt/digest.h"
#include "json/json.h"
#include "lic/tx.h"

struct event_row;

/* Adds an event at tx->now by tx->actor. kind is `noun.verb` (`token.create`); account is the account's name or
 * ""; subject is what it was done to; detail (taken over, may be NULL) holds before and after. */
int event_add(struct tx *tx, const char *kind, const char *account, const char *subject, json_t *detail, struct err *e);

/* What happened, in words and without a full stop: `ucm1 uses 7 instead of 5 of UC Manager Basic License (12.x)`. Names
 * the person who did it. */
int event_text(struct tx *tx, const struct event_row *row, const char **out, struct err *e);

/* Is it one of those that events have: system, product, user, local, client? */
bool event_is_actor_kind(const char *text);

struct event_chain {
	int64_t count;
	unsigned char head[SHA256_SIZE]; /* hash of the newest event, zeros if there is none */
};

/* Seals number and hash of the newest event, so that it is noticed when the newest are removed. At the end of every
 * transaction; where there is no new one, nothing is written. */
int event_seal_head(struct tx *tx, struct err *e);

/* Walks the whole chain to its sealed head. E_CHAIN_BROKEN names the first event that does not fit, says what became of
 * it as far as that can be told, and what to do. */
int event_verify(struct tx *tx, struct event_chain *out, struct err *e);

/* The same in turns of some thousand events, each of which sees the database as it is then: out->count grows. The last
 * one compares the head. */
struct work;
int event_verify_slowly(struct work *w, struct event_chain *out, struct err *e);

/* For event_verify.c: the hash of an event behind one with the hash `before`; does the sealed head fit the chain? */
void event_hash(const unsigned char before[SHA256_SIZE], const struct event_row *row, unsigned char out[SHA256_SIZE]);
int event_check_head(struct tx *tx, const struct event_chain *c, struct err *e);
/* How many events the server has written, as the setting with the head says. */
int event_sealed_count(struct tx *tx, int64_t *count, struct err *e);

#endif
