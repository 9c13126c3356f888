/* outage.h - when a pool was out of compliance, and the events that made it so and ended it. */
#ifndef LIC_OUTAGE_H
#define LIC_OUTAGE_H

#include "db/q.h"
#include "lic/tx.h"

struct told_event {
	int64_t id, at;
	const char *kind, *text, *actor; /* text: as event_text */
};

struct outage {
	int64_t virtual_account;
	int64_t out_at, in_at; /* in_at 0 = out to this day */
	int64_t shortage;      /* at its worst */
	struct told_event by, ended_by;
};

/* Of one kind of license in some virtual accounts, or with n 0 in all of the account: the newest first. */
int outage_list(struct tx *tx, int64_t account, const struct virtual_account_row *vas, size_t vas_n, int64_t entitlement,
		int64_t limit, struct outage **out, size_t *n, struct err *e);

#endif
