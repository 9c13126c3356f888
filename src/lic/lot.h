/* lot.h - lots that become smaller or larger: at the manager by a change of the order, on a satellite by a
 * synchronization. */
#ifndef LIC_LOT_H
#define LIC_LOT_H

#include "db/q.h"
#include "lic/tx.h"

#define ORDER_UNCHANGED (-1)

struct order_change {
	int64_t quantity; /* from now on; ORDER_UNCHANGED */
	int64_t end_at;   /* exclusive; 0 = as it is */
};

/* Manager: changes a lot, named by its UUID. What is added lies in the virtual account of all the others, or of the last
 * that there were, else in the default one. E_ORDER_UNKNOWN, E_INVALID_REQUEST. *out as it is now, with its tag, and where licenses
 * were added. */
int order_change(struct tx *tx, const char *uuid, const struct order_change *in, struct lot_row *out, struct err *e);

/* The virtual account that has all licenses of a lot, or had the last of them: 1, 0 if several have some, -1. */
int lot_place(struct tx *tx, const struct lot_row *lot, struct virtual_account_row *out, struct err *e);

/* Takes licenses of a lot away (protocol.md section 1): from the default virtual account first, then from the others in
 * the order of least use; everywhere what is not reserved before what is. Others than the default are alerted. The lot's
 * own quantity is the caller's. lot: id, uuid, tag. */
int lot_shrink(struct tx *tx, const struct account_row *account, const struct lot_row *lot, int64_t by, struct err *e);

/* A virtual account has got licenses of this kind: the alert that it lost some is over. */
int lot_restored(struct tx *tx, int64_t virtual_account, const struct entitlement_row *ent, struct err *e);

#endif
