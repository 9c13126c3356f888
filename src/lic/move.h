/* move.h - licenses that move out of a virtual account which a satellite serves (protocol.md section 1).
 *
 * They are taken first and given then: the next answer to the satellite leaves them out, and when a request shows that it
 * has that answer, they arrive. Until then they count where they were. */
#ifndef LIC_MOVE_H
#define LIC_MOVE_H

#include "db/q.h"
#include "lic/tx.h"

#define MOVE_WAITING "WAITING"     /* in no answer yet; can be cancelled */
#define MOVE_TAKING "TAKING"       /* left out of an answer */
#define MOVE_DONE "DONE"           /* arrived, or what was left of them */
#define MOVE_CANCELLED "CANCELLED" /* by an administrator */

/* A new one; lots with the quantity of each (lot_id and quantity are read). *out as stored. */
int move_begin(struct tx *tx, const struct virtual_account_row *from, const struct virtual_account_row *to,
	       const struct entitlement_row *kind, const struct move_lot_row *lots, size_t n, struct move_row *out,
	       struct err *e);

/* Puts what waits into the answer to a request: of each lot what is still there and not reserved. */
int move_take(struct tx *tx, const struct virtual_account_row *from, int64_t sequence, struct err *e);

/* The satellite has the answer to the request `base`: what that left out arrives. */
int move_confirm(struct tx *tx, const struct virtual_account_row *from, int64_t base, struct err *e);

/* The satellite no longer serves the virtual account: everything on its way out of it arrives. */
int move_finish(struct tx *tx, const struct virtual_account_row *from, struct err *e);

/* E_MOVE_UNKNOWN, E_CONFLICT if an answer has taken them already. */
int move_cancel(struct tx *tx, const struct account_row *account, const char *uuid, struct err *e);

#endif
