/* compliance.h - which pools are short, since when and by what; and what time alone changes (protocol.md section 6).
 *
 * That a pool is short follows from its numbers at any moment. Here it is written down: each time a pool goes out of
 * compliance or comes back there is an event, and a row of its history that names the event that did it. */
#ifndef LIC_COMPLIANCE_H
#define LIC_COMPLIANCE_H

#include "lic/tx.h"

/* Looks at the pools that were touched in this transaction, and notes their use in the history. Runs at the end of
 * each change. */
int compliance_settle(struct tx *tx, struct err *e);

/* Does what has become due up to now, each at its own moment: lots that started or ended, and instances whose rights
 * have run out (authorization 90 days, registration one year), which give their licenses back. Nothing depends on
 * when it runs but when the events are written. It stops after about limit of them; *more tells that it did. */
int compliance_advance(struct tx *tx, int64_t limit, bool *more, struct err *e);

/* Up to which moment starts and ends of lots are written down; 0 = none yet. */
int compliance_seen(struct tx *tx, int64_t *at, struct err *e);

/* Looks at all pools again: at the start, and after the catalogue changed. */
int compliance_review(struct tx *tx, struct err *e);

#endif
