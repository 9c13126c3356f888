/* license.h - the catalogue, orders (lots) and where licenses lie. */
#ifndef LIC_LICENSE_H
#define LIC_LICENSE_H

#include "db/q.h"
#include "lic/tx.h"

/* Reads the catalogue (etc/entitlements.json) into the database: new and changed kinds; none are deleted. */
int catalogue_load(struct tx *tx, const char *json, size_t n, struct err *e);
/* Could it be loaded? E_CONFIG_INVALID says why not. */
int catalogue_check(const char *json, size_t n, struct err *e);

/* What a product identifier stands for: from the embedded catalogue. Unknown ones give the identifier itself. */
struct product_kind {
	const char *pid, *software_tag, *name, *type;
};
void catalogue_product(const char *pid, struct product_kind *out);

/* Number i (from 0) of the licenses that a product needs at least in a reservation. false: no more. */
bool catalogue_minimum(const char *pid, size_t i, const char **name, int64_t *count);

/* By catalogue name, display name or tag. E_ENTITLEMENT_UNKNOWN names it. */
int entitlement_find(struct tx *tx, const char *name, struct entitlement_row *out, struct err *e);

/* The one with this id of a list; NULL if it is not there. */
const struct entitlement_row *entitlement_in(const struct entitlement_row *list, size_t n, int64_t id);

#define LICENSE_QUANTITY_MAX INT64_C(2147483647)

struct order_new {
	const char *license;         /* as entitlement_find */
	int64_t quantity;            /* 1 to LICENSE_QUANTITY_MAX */
	const char *license_type;    /* PERPETUAL, TERM or DEMO */
	int64_t start_at;            /* 0 = now */
	int64_t end_at;              /* exclusive; 0 with PERPETUAL only */
	const char *subscription_id; /* or NULL */
};

/* Manager: a new lot in a virtual account. */
int order_add(struct tx *tx, const struct account_row *account, const struct virtual_account_row *va,
	      const struct order_new *in, struct lot_row *out, struct err *e);

/* Which lots a transfer takes first: by their end; those that count today always before those that start later. */
#define LONGEST_TERM_FIRST "LONGEST_TERM_FIRST"
#define SHORTEST_TERM_FIRST "SHORTEST_TERM_FIRST"

struct license_transfer {
	const char *license;
	const char *license_type; /* PERPETUAL, TERM or DEMO; NULL = any */
	const char *precedence;   /* NULL = LONGEST_TERM_FIRST */
	bool pending;             /* only of lots that start later */
	int64_t quantity;
	bool force; /* also when the giving side is short afterwards */
};

/* Moves licenses between virtual accounts of one account: whole lots or parts, each with its term and subscription.
 * What is reserved never moves. What a satellite serves is left later: *move is the move that was begun (move.h), its id is
 * 0 if the licenses moved at once. E_NOT_ENOUGH with the numbers of both sides. */
int license_transfer(struct tx *tx, const struct account_row *account, const struct virtual_account_row *from,
		     const struct virtual_account_row *to, const struct license_transfer *in, struct move_row *move,
		     struct err *e);

#endif
