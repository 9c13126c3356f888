/* devices.h - lists of product instances: those that are registered here, those with a reservation, those at satellites. */
#ifndef EDGE_DEVICES_H
#define EDGE_DEVICES_H

#include "edge/list.h"

/* What a list of devices is narrowed to, and its order. NULL: not. */
struct device_filter {
	const char *search;          /* beginning of the host name, the serial number or the identifier */
	const char *status, *type;   /* `Authorized`; `productType` */
	const char *license, *sort;  /* name, display name or tag of a license in use; `name`, else by registration */
	struct entitlement_row used; /* of license */
	bool by_name;
};

/* Answers with the devices of these virtual accounts, which last as long as the request. */
struct reply *devices_reply(struct req *r, struct virtual_account_row *vas, size_t n);

/* Adds v, if it fits the filter, as the element at this place; else it is passed. Takes over v. */
void devices_add(struct list *l, const struct list_at *at, json_t *v);

/* Is an element made only to see whether it is listed? Otherwise list_takes() tells at once. */
bool devices_filtered(const struct list *l);

/* A product instance that is registered here (api_instance.c). */
int device_json(struct req *r, const struct instance_row *row, const char *virtual_account, json_t **out, struct err *e);

#endif
