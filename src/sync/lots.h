/* lots.h - applies the license_lots part of an answer to an account. */
#ifndef SYNC_LOTS_H
#define SYNC_LOTS_H

#include "db/q.h"
#include "json/json.h"
#include "lic/tx.h"
#include "sync/bundle.h"

/* The part names every lot that the account owns; a lot it does not name becomes 0. What grows is given to the default
 * local virtual account; what shrinks is taken from there first, then from the others in the order of least use
 * (protocol.md section 1). *changes (the caller's) is an array of {license, before, after}. */
int lots_apply(struct tx *tx, const struct account_row *account, struct bundle *bundle, json_t **changes, struct err *e);

#endif
