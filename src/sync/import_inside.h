/* import_inside.h - between import.c, which verifies, and import_apply.c. */
#ifndef SYNC_IMPORT_INSIDE_H
#define SYNC_IMPORT_INSIDE_H

#include "sync/exchange.h"
#include "sync/lots.h"

struct bundle;
struct cert;

struct sync_import {
	struct bundle *bundle;
	struct cert *root, *sub_ca; /* sub_ca: not with a resync */
	struct account_row account; /* in the work's arena */
	struct lots lots;
};

/* Is it the answer to what this account of this satellite asked, and not older than what was applied? *x is what it answers. */
int import_check_address(struct tx *tx, const struct account_row *account, const struct manifest *m, struct exchange_row *x,
			 struct err *e);

#endif
