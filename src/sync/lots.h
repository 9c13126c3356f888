/* lots.h - the license_lots part of an answer against the lots of an account.
 *
 * The part names every lot that the account owns; a lot it does not name becomes 0. What grows is given to the default
 * local virtual account; what shrinks is taken from there first, then from the others in the order of least use
 * (protocol.md section 1). Most lots stay as they are: they are compared before the transaction, which then has only
 * the differences to write. */
#ifndef SYNC_LOTS_H
#define SYNC_LOTS_H

#include "base/buf.h"
#include "db/q.h"
#include "json/json.h"
#include "lic/work.h"
#include "sync/bundle.h"

struct lots {
	struct buf changes; /* struct lot_change; its texts lie in the work's arena */
	json_t *before;     /* tag -> licenses, of all lots */
	json_t *after;
	int64_t records;
};
#define LOTS_INIT ((struct lots){ .changes = BUF_INIT })
void lots_fini(struct lots *l);

/* In a read turn. E_SYNC_DAMAGED names line and member. */
int lots_compare(struct work *w, struct tx *tx, int64_t account, struct bundle *bundle, struct lots *out, struct err *e);

/* In the writer, when the entitlements of the answer are known and nothing was imported since. */
int lots_apply(struct tx *tx, const struct account_row *account, const struct lots *l, struct err *e);

/* What changes, as an array of {license, before, after}; the caller's. The entitlements must be known. */
int lots_changes(struct tx *tx, const struct lots *l, json_t **out, struct err *e);

#endif
