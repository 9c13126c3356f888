/* record.h - the records of synchronization files (protocol.md section 8, man/satellite-sync.7).
 *
 * One JSON object a line. Texts of a decoded record are borrowed from the JSON object and live as long as it;
 * texts to encode are borrowed from the caller. Unknown members are ignored. Every decode function returns
 * E_SYNC_DAMAGED with the member in e->field. */
#ifndef SYNC_RECORD_H
#define SYNC_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/rand.h"
#include "json/json.h"

#define RECORD_RESERVED_MAX 512 /* licenses of one reservation */
#define RECORD_TEXT_MAX 1024    /* bytes of what products tell of themselves */
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

/* removals.ndjson: product instances that the manager wants removed. */
struct record_removal {
	const char *id;   /* UUID of the order to remove */
	const char *piid; /* product instance identifier */
	const char *reason;
};

/* virtual_accounts.ndjson: the local virtual accounts. */
struct record_virtual_account {
	const char *id; /* UUID */
	const char *name;
	const char *description; /* "" if none */
	bool is_default;
};

/* product_instances.ndjson: what is registered. */
struct record_instance {
	const char *id;              /* product instance identifier */
	const char *virtual_account; /* id of a virtual account */
	const char *udi_pid, *udi_serial_number;
	const char *uuid; /* of the UDI: 32 hex digits; "" if none */
	const char *software_tag_identifier;
	const char *product_version, *hostname, *ip_address, *mac_address; /* NULL: not told */
	bool export_controlled;                                            /* may use export-controlled functionality */
	bool authorized;                                                   /* what it uses counts at present */
	int64_t registered_at, expires_at;
};

/* usage.ndjson: all that the instances of product_instances.ndjson use, in their order. */
struct record_usage {
	const char *id; /* record_usage_id() */
	const char *piid;
	const char *tag;
	int64_t count; /* granted */
};

/* reservations.ndjson: those that block licenses. */
struct record_reservation {
	const char *id; /* UUID: the product instance identifier in its codes */
	const char *virtual_account;
	const char *state; /* `IN_PROGRESS`, `RESERVED` or `UPDATE_IN_TRANSIT` */
	const char *udi_pid, *udi_serial_number, *uuid;
	int64_t created_at;
	const json_t *licenses; /* array; each element is a struct record_reserved */
};

struct record_reserved {
	const char *lot;  /* id of a lot of the last answer */
	int64_t quantity; /* `count` in the file: blocked */
};

/* removed.ndjson: what is no longer there. */
struct record_removed {
	const char *id;   /* of what it was */
	const char *kind; /* `virtual_account`, `product_instance` or `reservation` */
};

int record_account_decode(const json_t *v, struct record_account *out, struct err *e);
int record_entitlement_decode(const json_t *v, struct record_entitlement *out, struct err *e);
int record_lot_decode(const json_t *v, struct record_lot *out, struct err *e);
int record_removal_decode(const json_t *v, struct record_removal *out, struct err *e);
int record_virtual_account_decode(const json_t *v, struct record_virtual_account *out, struct err *e);
int record_instance_decode(const json_t *v, struct record_instance *out, struct err *e);
int record_usage_decode(const json_t *v, struct record_usage *out, struct err *e);
int record_reservation_decode(const json_t *v, struct record_reservation *out, struct err *e);
int record_reserved_decode(const json_t *v, struct record_reserved *out, struct err *e);
int record_removed_decode(const json_t *v, struct record_removed *out, struct err *e);

/* The id of what an instance uses of a tag, the same in every file: a UUID (version 8, RFC 9562) from the SHA-256 of both. */
const char *record_usage_id(const char *piid, const char *tag, char out[UUID_SIZE]);

/* A new object, the caller's to json_decref(). NULL stands for "" where that means none. */
json_t *record_account_encode(const struct record_account *r);
json_t *record_entitlement_encode(const struct record_entitlement *r);
json_t *record_lot_encode(const struct record_lot *r);
json_t *record_removal_encode(const struct record_removal *r);
json_t *record_virtual_account_encode(const struct record_virtual_account *r);
json_t *record_instance_encode(const struct record_instance *r);
json_t *record_usage_encode(const struct record_usage *r);
json_t *record_reservation_encode(const struct record_reservation *r, json_t *licenses); /* takes over licenses */
json_t *record_reserved_encode(const struct record_reserved *r);
json_t *record_removed_encode(const struct record_removed *r);

#endif
