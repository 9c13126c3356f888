/* forecast_plan.h - the changes of a what-if, checked and made into lots that come, go and move. */
#ifndef LIC_FORECAST_PLAN_H
#define LIC_FORECAST_PLAN_H

#include "lic/forecast.h"

/* One side of a change: licenses that a virtual account gets (above 0) or gives, or a figure in use. */
struct plan_entry {
	const struct virtual_account_row *virtual_account;
	struct entitlement_row kind;
	bool is_use;
	int64_t in_use;
	struct lot_row lot; /* quantity counts; id tells lots apart, bought ones are below 0 */
};

struct plan {
	struct plan_entry *entries;
	size_t n;
};

/* Errors as forecast_read. */
int plan_make(struct tx *tx, const struct account_row *account, const struct forecast_ask *ask, struct plan *out,
	      struct err *e);

/* The lots of a kind in a virtual account as they would be, the soonest to end first. plan NULL: as they are. */
int plan_lots(struct tx *tx, const struct plan *plan, int64_t virtual_account, int64_t entitlement, struct lot_row **out,
	      size_t *n, struct err *e);

/* What would be in use, if the plan says so. */
int64_t plan_in_use(const struct plan *plan, int64_t virtual_account, int64_t entitlement, int64_t in_use);

#endif
