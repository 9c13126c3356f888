/* dev_message.h - one message of a product and its answer (protocol.md sections 4 and 5), without any carriage.
 *
 * Three steps, so that the carriage can run them in the threads they belong to:
 *   dev_message_read    parse, who sends it, its signature; most of what can be refused is refused here
 *   dev_message_write   in the writer: retries and replays, clock, certificate state, account, data
 *   dev_message_finish  sign the answer
 * Order of checks (section 4): parse, UNSUPPORTED_REQUEST, identity, signature, retry and replay, CLOCK_SKEW,
 * certificate state, account, SYNC_EXPIRED, data; INVALID_CSR precedes the signature. */
#ifndef EDGE_DEV_MESSAGE_H
#define EDGE_DEV_MESSAGE_H

#include <stdbool.h>

#include "base/buf.h"
#include "lic/tx.h"

#define DEV_MESSAGE_MAX (1 << 20) /* bytes of a message */

struct dev_message; /* lives in the arena of the tx it was read with */

enum dev_read {
	DEV_UNREADABLE, /* HTTP 400: not a message of section 4; e says why */
	DEV_NOT_READY,  /* HTTP 503: this satellite has no authority and could not sign an answer */
	DEV_ANSWERED,   /* nothing to write: finish it */
	DEV_WRITE,      /* write, then finish */
};

/* Reads a message of n bytes, which must stay. HELLO is limited by tx->actor's address. plain: it came over plain
 * HTTP, where a REGISTRATION, which carries a token, is HTTPS_REQUIRED unless the site allows it (section 3). */
enum dev_read dev_message_read(struct tx *tx, const char *bytes, size_t n, bool plain, struct dev_message **out,
			       struct err *e);

/* Decides, inside a savepoint of its own, as the writer gives to each job. 0, also when the answer is FAILED (its record
 * is kept); -1 if the database failed: nothing may be kept. */
int dev_message_write(struct tx *tx, struct dev_message *m, struct err *e);

/* Makes the whole signed answer. failed: the commit did not succeed (NULL if it did): OK_TRY_AGAIN. tx needs no
 * database here. */
int dev_message_finish(struct tx *tx, struct dev_message *m, const struct err *failed, struct buf *out, struct err *e);

/* Releases keys; must be called once for each message that was read. */
void dev_message_drop(struct dev_message *m);

/* For the log: the request type and the outcome, `AUTHORIZATION OK`. */
const char *dev_message_outcome(const struct dev_message *m, char out[96]);

#endif
