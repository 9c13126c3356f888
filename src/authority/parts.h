/* parts.h - inside src/authority only: the parts that authorizations and responses have. */
#ifndef AUTHORITY_PARTS_H
#define AUTHORITY_PARTS_H

#include "base/clock.h"
#include "crypt/cert.h"
#include "db/q.h"
#include "lic/tx.h"
#include "sync/bundle.h"

#define PARTS_AUTHORITY_MS (90 * DAY_MS) /* of the delegated authority, from each answered sync */

struct parts {
	struct tx *tx;
	const struct account_row *account;
	const struct virtual_account_row *va;
	const struct cert *sub_ca, *root;
	struct bundle_writer *writer;
};

int parts_account(const struct parts *p, struct err *e);
int parts_entitlements(const struct parts *p, struct err *e);
/* Its share of each lot, less what the satellite has to give up for a move. */
int parts_lots(const struct parts *p, struct err *e);
/* Orders that were put into this answer or an earlier one (q_removal_told). */
int parts_removals(const struct parts *p, struct err *e);
int parts_chain(const struct parts *p, struct err *e);

#endif
