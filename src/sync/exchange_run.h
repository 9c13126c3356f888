/* exchange_run.h - a synchronization over the network from its begin to its end (protocol.md section 8). */
#ifndef SYNC_EXCHANGE_RUN_H
#define SYNC_EXCHANGE_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "lic/work.h"
#include "sync/running.h"

#define EXCHANGE_CODE_SIZE 129
#define EXCHANGE_FINGERPRINT_SIZE 129

struct exchange_order {
	int64_t account_id;
	char account[NAME_KEY_SIZE];
	bool full;      /* everything, not only what changed */
	bool scheduled; /* by itself: failures put the next attempt off */
	/* registration; "": an exchange */
	char code[EXCHANGE_CODE_SIZE];
	char fingerprint[EXCHANGE_FINGERPRINT_SIZE]; /* of the licensing root, "" if it is known */
};

/* Makes the request, sends it, checks and applies the answer. If the manager asks for everything, or answers a request
 * that had waited since an earlier attempt, a second request follows at once. How it ended goes into the history, the
 * account's last failure and its next time. run is the caller's, who ends it; the work asks it whether it was cancelled.
 * E_NOT_REGISTERED, E_SYNC_NOT_CONFIGURED, errors of client.h and exchange.h. */
int exchange_run(struct work *w, struct running *run, const struct exchange_order *order, struct err *e);

#endif
