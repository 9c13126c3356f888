/* reservation.h - Specific License Reservation: licenses for products that never connect (protocol.md section 7).
 *
 *   IN_PROGRESS        a request code was entered; nothing is blocked and no code issued yet
 *   RESERVED           a code was issued; its licenses are blocked, installed or not
 *   UPDATE_IN_TRANSIT  another code was issued; until its confirmation code is entered, the product may hold either,
 *                      and of each lot the larger number is blocked
 *
 * A reservation blocks licenses of certain lots and ends with them: what the product holds of a term lot is no longer
 * valid from its end on, on both sides, without any message. Nothing is borrowed for a reservation, and a lender is
 * never made short by one. */
#ifndef LIC_RESERVATION_H
#define LIC_RESERVATION_H

#include "db/q.h"
#include "lic/tx.h"

#define RESERVATION_IN_PROGRESS "IN_PROGRESS"
#define RESERVATION_RESERVED "RESERVED"
#define RESERVATION_IN_TRANSIT "UPDATE_IN_TRANSIT"
#define RESERVATION_RETURNED "RETURNED"
#define RESERVATION_CANCELLED "CANCELLED"
#define RESERVATION_REMOVED "REMOVED"

#define RESERVATION_KINDS_MAX 32 /* kinds of licenses in one reservation */
#define RESERVATION_REASON_MAX 500

/* One kind of license that is asked for. */
struct reservation_wish {
	const char *license; /* as entitlement_find */
	int64_t quantity;
	bool shortest_first; /* from the lots that end soonest; else from those that last */
};

/* ---- finding (reservation_find.c) ---- */

/* By identifier, by a request code or `P:…,S:…[,U:…]` of the product, or by its serial number if that is enough: the
 * live one, by identifier also one that has ended. E_RESERVATION_UNKNOWN. */
int reservation_find(struct tx *tx, const char *name, struct reservation_row *out, struct err *e);

/* The live one of a product, without UUID if that is enough. E_RESERVATION_UNKNOWN names it, or both that it could be. */
int reservation_by_udi(struct tx *tx, const struct udi *udi, struct reservation_row *out, struct err *e);

/* The product that a name as in reservation_find() stands for, whether it has a reservation or had one. */
int reservation_product(struct tx *tx, const char *name, struct udi *out, struct err *e);

/* E_RESERVATION_IN_USE, and what to do, if the product of this UDI holds one and wants to register; if an administrator
 * wants to move or remove what has this identifier, or this UDI. */
int reservation_refuse_registration(struct tx *tx, const struct udi *udi, struct err *e);
int reservation_refuse_change(struct tx *tx, const char *uuid, struct err *e);
int reservation_refuse_change_of(struct tx *tx, const struct udi *udi, struct err *e);

/* "Reserved", "Reservation In Progress", "Reservation Update In Transit", "Reservation Returned", "… Cancelled",
 * "… Removed". */
const char *reservation_status(const struct reservation_row *row);

/* The same within a sentence: `in force`, `waiting for the confirmation of an update`. */
const char *reservation_words(const struct reservation_row *row);

/* Of the codes that were issued, the product may hold the newest alone. While an update is in transit: because an older
 * one was returned. */
bool reservation_newest_only(const struct reservation_row *row);

/* When the code that the product holds was confirmed; 0 = never. */
int reservation_confirmed_at(struct tx *tx, const struct reservation_row *row, int64_t *out, struct err *e);

/* What the next step is and who does it. */
const char *reservation_next_step(struct tx *tx, const struct reservation_row *row, bool confirmed);

/* The 32 hex digits of a UUID with dashes, "" for ""; and `P:UCM,S:cc920,U:…`. From the arena. */
const char *reservation_uuid_text(struct arena *a, const char *uuid);
const char *reservation_udi_text(struct arena *a, const struct udi *udi);

/* ---- making (reservation.c) ---- */

/* Reserves licenses of a virtual account for the product of a request code and issues the authorization code; n = 0
 * keeps the request as IN_PROGRESS, which a later call with licenses goes on with. *code is in the arena, NULL if none.
 * E_CODE_INVALID, E_CODE_USED, E_RESERVATION_NOT_PERMITTED, E_RESERVATION_IN_USE, E_ALREADY_REGISTERED, E_NOT_ENOUGH,
 * E_RESERVATION_MINIMUM, E_EXPORT_NOT_ALLOWED, E_CODE_TOO_LONG and those of instance_account_check. */
int reservation_create(struct tx *tx, const struct virtual_account_row *va, const char *request,
		       const struct reservation_wish *wishes, size_t n, struct reservation_row *out, const char **code,
		       struct err *e);

/* The whole new set of a product that is RESERVED: UPDATE_IN_TRANSIT, with its code. What it has is kept first. */
int reservation_update(struct tx *tx, struct reservation_row *row, const struct reservation_wish *wishes, size_t n,
		       const char **code, struct err *e);

/* IN_PROGRESS: it is over (*code NULL). UPDATE_IN_TRANSIT: the old set is issued again with a newer timestamp, and
 * stays in transit until that is confirmed. */
int reservation_cancel(struct tx *tx, struct reservation_row *row, const char **code, struct err *e);

/* ---- what a product answers (reservation_end.c) ---- */

/* Its confirmation code: the newest code is installed. E_CODE_INVALID, E_CODE_ALTERED, E_CODE_WRONG_PRODUCT, E_CODE_OLD,
 * E_CODE_USED. */
int reservation_confirm(struct tx *tx, struct reservation_row *row, const char *code, struct err *e);

/* Its return code: the licenses are free, the product is gone; also for a code that was never installed. The return code
 * of a code that is not the newest gives back no more than that one: what the newer ones name stays blocked, and the
 * reservation IN_TRANSIT (out->ended_at is 0), until the newest is confirmed or returned. The same errors. */
int reservation_return(struct tx *tx, const struct udi *udi, const char *code, struct reservation_row *out, struct err *e);

/* Without a return code: for a product that is dead. An administrator says why. */
int reservation_remove(struct tx *tx, struct reservation_row *row, const char *reason, struct err *e);

#endif
