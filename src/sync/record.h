/* record.h - the records that an authorization file carries (protocol.md section 8, man/satellite-sync.7).
 *
 * One JSON object a line. Texts of a decoded record are borrowed from the JSON object and live as long as it;
 * texts to encode are borrowed from the caller. Unknown members are ignored. Every decode function returns
 * E_SYNC_DAMAGED with the member in e->field. */
#ifndef SYNC_RECORD_H
#define SYNC_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "json/json.h"

#define RECORD_COUNT_MAX INT64_C(2147483647)
#define RECORD_TIER_MAX 63

/* account.ndjson: exactly one. */
struct record_account {
	const char *id; /* UUID of the virtual account at the manager, lower-case with dashes */
	const char *smart_account, *virtual_account;
	const char *domain; /* of the smart account; "" if none */
	bool export_control_permitted, reservation_permitted;
	const char *status; /* `ACTIVE` or `INACTIVE` */
};

/* entitlements.ndjson: what the tags mean. */
struct record_entitlement {
	const char *id;   /* UUID */
	const char *tag;  /* 1 to 255 printable ASCII characters without spaces */
	const char *name; /* short: `Enhanced` */
	const char *display_name;
	const char *description; /* "" if none */
	const char *version;     /* `12.0`; "" if none */
	const char *family;      /* tiers of one family lend to each other; "" if none */
	int64_t tier;            /* 0 = highest, -1 = none (null in the file) */
	bool restricted;         /* export-controlled */
	int64_t minimum;         /* what a reservation of SME needs at least; 0 = none (null in the file) */
};

/* license_lots.ndjson: what is owned. */
struct record_lot {
	const char *id; /* UUID */
	const char *tag;
	int64_t quantity;         /* `count` in the file */
	const char *license_type; /* `PERPETUAL`, `TERM` or `DEMO` */
	int64_t start_at;
	int64_t end_at;              /* exclusive; 0 = never (null in the file) */
	const char *subscription_id; /* "" if none */
};

int record_account_decode(const json_t *v, struct record_account *out, struct err *e);
int record_entitlement_decode(const json_t *v, struct record_entitlement *out, struct err *e);
int record_lot_decode(const json_t *v, struct record_lot *out, struct err *e);

/* A new object, the caller's to json_decref(). NULL stands for "" where that means none. */
json_t *record_account_encode(const struct record_account *r);
json_t *record_entitlement_encode(const struct record_entitlement *r);
json_t *record_lot_encode(const struct record_lot *r);

#endif
