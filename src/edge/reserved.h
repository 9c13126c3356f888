/* reserved.h - products that hold a reservation, as the lists of product instances and of reservations show them. */
#ifndef EDGE_RESERVED_H
#define EDGE_RESERVED_H

#include "edge/list.h"
#include "lic/reservation.h"

/* Adds the products of a virtual account that were issued a code to a list of devices, and all with a reservation to a
 * list of reservations; behind l->at, as `next` of a list does. */
int reserved_devices(struct list *l, const struct virtual_account_row *va, struct err *e);
int reserved_reservations(struct list *l, const struct virtual_account_row *va, struct err *e);

/* The device with this identifier: 1, 0 if it is of no live reservation, -1. */
int reserved_device(struct req *r, const char *uuid, json_t **out, struct err *e);

/* What a reservation blocks of one lot; the caller's. */
json_t *reserved_line_json(const struct reservation_line *line, int64_t now);

/* A reservation with its licenses. */
int reserved_json(struct req *r, const struct reservation_row *row, json_t **out, struct err *e);

/* Takes the return code of a product that must be in this virtual account. result gets a `statusMessage` if a newer code
 * is still out. */
int reserved_return(struct req *r, const struct virtual_account_row *va, const struct udi *udi, const char *code,
		    json_t *result, struct err *e);

#endif
