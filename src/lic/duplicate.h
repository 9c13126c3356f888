/* duplicate.h - two products with the identity of one: a cloned virtual machine (satellite-protocol(7), Duplicates).
 *
 * Both hold the same key and certificate, so a single message tells nothing. What they do in turn does:
 *
 * - certificate: one of them has renewed, and the other still speaks under the certificate from before that, an hour
 *   or more after it was superseded; later the first one speaks again under the newer one. A product that was set back
 *   to a backup does the first, but not the second.
 * - usage: messages come from two addresses in turn, each within two refreshes of the usage, and each address insists
 *   on its own usage although the other has replaced it meanwhile; twice in a row. A product that has a new address, or
 *   two ways out, carries its usage along.
 * - key: another key asks to register the UDI and is refused, and an hour or more later the registered product is
 *   still there. A machine that was built anew, and has forgotten force, has no such other one.
 *
 * An hour is what a product's clock may be wrong, and a message may be late. Nothing is written for a message that
 * shows no sign. */
#ifndef LIC_DUPLICATE_H
#define LIC_DUPLICATE_H

#include "db/q.h"
#include "lic/tx.h"
#include "lic/usage.h"

/* Usage was accepted from an instance. */
int duplicate_reported(struct tx *tx, const struct instance_row *instance, const struct usage_asked *asked, size_t n,
		       struct err *e);

/* A message was accepted under this certificate; sent_at is the product's time. */
int duplicate_accepted(struct tx *tx, const struct instance_row *instance, const struct certificate_row *c, int64_t sent_at,
		       struct err *e);

/* A message, well signed, was refused because its certificate is superseded. The first such message counts: it may be
 * tried again and again. */
int duplicate_superseded(struct tx *tx, const struct instance_row *instance, const struct certificate_row *c,
			 int64_t sent_at, struct err *e);

/* A registration was refused as ALREADY_REGISTERED; key_id is that of its key. */
int duplicate_refused(struct tx *tx, const struct udi *udi, const void *key_id, struct err *e);

/* The product has asked for its present certificate once more, so what was said under the one before is settled. */
int duplicate_settled(struct tx *tx, const struct instance_row *instance, struct err *e);

/* The instance has registered anew, or is gone: what was noted is forgotten, and the alert is over. */
int duplicate_forget(struct tx *tx, const struct instance_row *instance, struct err *e);

#endif
