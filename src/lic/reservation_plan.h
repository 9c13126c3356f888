/* reservation_plan.h - which licenses of which lots a reservation takes. Inside src/lic only. */
#ifndef LIC_RESERVATION_PLAN_H
#define LIC_RESERVATION_PLAN_H

#include "lic/reservation.h"

struct plan_kind {
	struct entitlement_row ent;
	const struct reservation_wish *wish;
	struct reservation_lot *lots; /* with wanted */
	size_t lots_n;
};

struct plan {
	struct plan_kind *kinds;
	size_t n;
};

/* Chooses lots for each wish: for an update (row->id) first of what is held, then of what is free. Nothing is written.
 * E_NOT_ENOUGH with the numbers, E_RESERVATION_MINIMUM, E_EXPORT_NOT_ALLOWED, E_ENTITLEMENT_UNKNOWN. */
int reservation_plan(struct tx *tx, const struct account_row *account, const struct virtual_account_row *va,
		     const struct reservation_row *row, const struct reservation_wish *wishes, size_t n, struct plan *out,
		     struct err *e);

/* Writes it as the wanted set. */
int reservation_plan_store(struct tx *tx, const struct reservation_row *row, const struct plan *p, struct err *e);

#endif
