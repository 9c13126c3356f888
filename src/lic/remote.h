/* remote.h - at the cloud manager: product instances and reservations that satellites told of. They are seen here, and
 * changed there. */
#ifndef LIC_REMOTE_H
#define LIC_REMOTE_H

#include "db/q.h"
#include "lic/tx.h"

/* A product instance of a satellite by its identifier: 1, 0 also if one that is registered here has it, -1. *va: the
 * virtual account that the satellite serves. */
int remote_instance_find(struct tx *tx, const char *piid, struct remote_instance_row *out, struct virtual_account_row *va,
			 struct err *e);

/* The same of a reservation. */
int remote_reservation_find(struct tx *tx, const char *uuid, struct remote_reservation_row *out,
			    struct virtual_account_row *va, struct err *e);

/* "Authorized", "Registered" (what it uses does not count), "Registration Expired". */
const char *remote_instance_status(const struct tx *tx, const struct remote_instance_row *row);

/* Orders its removal, which goes with the next answer to the satellite; *out the order. Ordered before: the same again. */
int remote_instance_remove(struct tx *tx, const struct remote_instance_row *row, const char *reason,
			   struct removal_row *out, struct err *e);

/* If this is the identifier of a product instance, or of a reservation, of a satellite: E_SERVED_ELSEWHERE, which names
 * the satellite. */
int remote_refuse_change(struct tx *tx, const char *uuid, struct err *e);

#endif
