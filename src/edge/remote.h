/* remote.h - product instances and reservations of satellites, as the cloud manager's lists show them. */
#ifndef EDGE_REMOTE_H
#define EDGE_REMOTE_H

#include "edge/list.h"

/* Adds those of a virtual account that a satellite serves to a list of devices, of reservations; behind l->at, as `next`
 * of a list does. */
int remote_devices(struct list *l, const struct virtual_account_row *va, struct err *e);
int remote_reservations(struct list *l, const struct virtual_account_row *va, struct err *e);

/* The device, the reservation with this identifier: 1, 0 if it is of no satellite, -1. */
int remote_device(struct req *r, const char *uuid, json_t **out, struct err *e);
int remote_reservation(struct req *r, const char *uuid, json_t **out, struct err *e);

/* An order to remove a product instance; NULL: null. */
json_t *remote_removal(const struct removal_row *row);

#endif
