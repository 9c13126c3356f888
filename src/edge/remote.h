/* remote.h - product instances and reservations of satellites, as the cloud manager's lists show them. */
#ifndef EDGE_REMOTE_H
#define EDGE_REMOTE_H

#include "edge/api.h"

/* Adds those of a virtual account that a satellite serves to a list of devices, of reservations. */
int remote_devices(struct req *r, const struct virtual_account_row *va, const struct api_page *page, int64_t *total,
		   json_t *list, struct err *e);
int remote_reservations(struct req *r, const struct virtual_account_row *va, const struct api_page *page, int64_t *total,
			json_t *list, struct err *e);

/* The device, the reservation with this identifier: 1, 0 if it is of no satellite, -1. */
int remote_device(struct req *r, const char *uuid, json_t **out, struct err *e);
int remote_reservation(struct req *r, const char *uuid, json_t **out, struct err *e);

/* An order to remove a product instance; NULL: null. */
json_t *remote_removal(const struct removal_row *row);

#endif
