/* alert_inside.h - inside src/lic/alert*.c only: how a list of alerts is gathered. */
#ifndef LIC_ALERT_INSIDE_H
#define LIC_ALERT_INSIDE_H

#include "lic/alert.h"

struct alert_gather {
	struct tx *tx;
	int64_t account; /* 0 = all, and the server itself */
	struct alert *list;
	size_t n, room;
};

/* Where an alert belongs. */
struct alert_place {
	struct account_row account;
	struct virtual_account_row va;
};

/* A virtual account with its account: 1, 0 if it is not among those that are gathered, -1. */
int alert_place(struct alert_gather *g, int64_t virtual_account, struct alert_place *out, struct err *e);

/* Adds an alert; its identifier is made from kind and subject, and it is looked up whether it was acknowledged. place
 * and place->va.name may be NULL. */
int alert_add(struct alert_gather *g, const struct alert *alert, const char *subject, const struct alert_place *place,
	      struct err *e);

int alert_gather_licenses(struct alert_gather *g, struct err *e);     /* alert_license.c */
int alert_gather_instances(struct alert_gather *g, struct err *e);    /* alert_instance.c */
int alert_gather_sync(struct alert_gather *g, struct err *e);         /* alert_sync.c */
int alert_gather_certificates(struct alert_gather *g, struct err *e); /* alert_server.c */
int alert_gather_clock(struct alert_gather *g, struct err *e);        /* alert_server.c */

#endif
