/* request.h - writes the parts of a request file. */
#ifndef SYNC_REQUEST_H
#define SYNC_REQUEST_H

#include "db/q.h"
#include "lic/work.h"
#include "sync/bundle.h"

/* In a read turn of w: adds all parts of a request to the bundle: what changed after the number `after` of sync_change (0:
 * everything; then nothing is said to be removed), told as the account's switches allow. *records counts them. */
int request_write(struct work *w, struct tx *tx, int64_t account, int64_t after, const struct account_exchange *told,
		  struct bundle_writer *out, int64_t *records, struct err *e);

#endif
