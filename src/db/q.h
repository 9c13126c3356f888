/* q.h - the statements as typed functions: rows in, rows out, nothing decided.
 *
 * Finders return 1 (found, row filled), 0 (none) or -1 (failure). Texts and blobs of rows live in the arena
 * that the caller gives. Times are ms UTC, 0 where the column is NULL. */
#ifndef DB_Q_H
#define DB_Q_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "db/db.h"

struct id_row {
	int64_t id;
};

/* ---- settings and keys of the server (q_server.c) ---- */

int q_setting_get(struct db *d, struct arena *a, const char *name, const char **value, struct err *e);
int q_setting_set(struct db *d, const char *name, const char *value, struct err *e);

struct authority_row {
	const void *key_box; /* sealed PEM; NULL if only the certificate is held */
	size_t key_box_n;
	const void *certificate; /* DER; NULL if not there yet */
	size_t certificate_n;
	int64_t updated_at;
};
int q_authority_get(struct db *d, struct arena *a, const char *purpose, struct authority_row *out, struct err *e);
int q_authority_set(struct db *d, const char *purpose, const struct authority_row *row, struct err *e);
int q_authority_delete(struct db *d, const char *purpose, struct err *e);

/* ---- accounts (q_account.c) ---- */

struct account_row {
	int64_t id;
	const char *uuid, *name, *domain, *status;
	bool export_permitted, reservation_permitted;
	const char *smart_account, *virtual_account; /* satellite: its names at the manager */
	int64_t created_at, last_sync_at;
	int64_t authority_valid_until; /* 0 = no limit */
	const char *upstream_uuid;     /* satellite: of its virtual account at the manager; "" before the authorization */
	unsigned deactivated;          /* ACCOUNT_OFF_* (lic/account.h); 0 unless it is INACTIVE */
};
int q_account_add(struct db *d, const struct account_row *row, const char *name_key, struct err *e);
int q_account_by_key(struct db *d, struct arena *a, const char *name_key, struct account_row *out, struct err *e);
int q_account_by_id(struct db *d, struct arena *a, int64_t id, struct account_row *out, struct err *e);
int q_account_list(struct db *d, struct arena *a, struct account_row **out, size_t *n, struct err *e);
/* Stores status and deactivated of the row. */
int q_account_set_status(struct db *d, const struct account_row *row, struct err *e);
/* How much of it others refer to: lots, product instances ever, delegations. */
int q_account_holds(struct db *d, int64_t id, int64_t *count, struct err *e);
/* What it has now. */
struct account_state {
	int64_t instances;     /* registered here */
	int64_t reservations;  /* that have not ended */
	int64_t lots;          /* that give licenses now or later */
	int64_t satellites;    /* manager: that serve a part of it */
	const char *satellite; /* the name of one of them */
	int64_t virtual_accounts, tokens;
};
int q_account_state(struct db *d, struct arena *a, int64_t id, int64_t now, struct account_state *out, struct err *e);
/* Satellite: how many others have authority from the manager. */
int q_account_others(struct db *d, int64_t id, int64_t *count, struct err *e);
/* Deletes up to limit of its product instances that are no longer registered; *n of them. */
int q_account_forget_instances(struct db *d, struct arena *a, int64_t id, int64_t limit, size_t *n, struct err *e);
/* Deletes it with everything of it but product instances, of which it must have none. */
int q_account_delete(struct db *d, int64_t id, struct err *e);
/* Stores what a synchronization tells: status, deactivated, domain, the two permissions, last_sync_at,
 * authority_valid_until, and names and UUID at the manager. */
int q_account_synchronized(struct db *d, const struct account_row *row, struct err *e);
/* When the next scheduled synchronization is due; 0 = none is scheduled. */
int q_account_set_sync_due(struct db *d, int64_t id, int64_t at, struct err *e);
int q_account_sync_due(struct db *d, int64_t id, int64_t *at, struct err *e);

struct virtual_account_row {
	int64_t id, account_id;
	const char *uuid, *name, *description;
	bool is_default;
	int64_t satellite_id;       /* 0 = served here */
	const char *satellite_name; /* NULL if served here */
	bool unseen;                /* its satellite has not told yet what is in use */
};
int q_virtual_account_add(struct db *d, const struct virtual_account_row *row, const char *name_key, int64_t now,
			  struct err *e);
int q_virtual_account_by_key(struct db *d, struct arena *a, int64_t account, const char *name_key,
			     struct virtual_account_row *out, struct err *e);
int q_virtual_account_by_id(struct db *d, struct arena *a, int64_t id, struct virtual_account_row *out, struct err *e);
int q_virtual_account_default(struct db *d, struct arena *a, int64_t account, struct virtual_account_row *out,
			      struct err *e);
int q_virtual_account_list(struct db *d, struct arena *a, int64_t account, struct virtual_account_row **out, size_t *n,
			   struct err *e);
int q_virtual_account_served_by(struct db *d, int64_t id, int64_t satellite, struct err *e);
int q_virtual_account_instances(struct db *d, int64_t id, int64_t *count, struct err *e);
int q_virtual_account_licenses(struct db *d, int64_t id, int64_t *count, struct err *e);
/* Deletes it; what refers to it (ended instances, tokens, which are revoked) goes to another. */
int q_virtual_account_delete(struct db *d, int64_t id, int64_t heir, int64_t now, const char *by, struct err *e);

/* Stores name and description of the row. */
int q_virtual_account_update(struct db *d, const struct virtual_account_row *row, const char *name_key, struct err *e);

struct tag_row {
	const char *tag, *key; /* key: without case */
};
int q_virtual_account_tags(struct db *d, struct arena *a, int64_t id, struct tag_row **out, size_t *n, struct err *e);
int q_virtual_account_set_tags(struct db *d, int64_t id, const struct tag_row *tags, size_t n, struct err *e);

/* ---- tokens (q_token.c) ---- */

struct token_row {
	int64_t id, virtual_account_id;
	const void *value_box;
	size_t value_box_n;
	const char *description, *created_by;
	bool export_controlled;
	int64_t created_at, expires_at, last_used_at, revoked_at;
	int64_t terms_accepted_at; /* by created_by; 0 = not export-controlled */
	int64_t uses_max;          /* 0 = any number */
	int64_t uses;
};
int q_token_add(struct db *d, const struct token_row *row, const void *hash, size_t hash_n, struct err *e);
int q_token_by_hash(struct db *d, struct arena *a, const void *hash, size_t hash_n, struct token_row *out, struct err *e);
/* Usable ones first, then newest first. */
int q_token_list(struct db *d, struct arena *a, int64_t virtual_account, int64_t now, struct token_row **out, size_t *n,
		 struct err *e);
int q_token_use(struct db *d, int64_t id, int64_t now, struct err *e);
int q_token_revoke(struct db *d, int64_t id, int64_t now, const char *by, struct err *e);

/* ---- product instances (q_instance.c) ---- */

struct udi {
	const char *pid, *serial, *uuid, *software_tag; /* uuid: 32 hex digits or "" */
};

struct instance_row {
	int64_t id, virtual_account_id, token_id;
	const char *uuid, *state;
	struct udi udi;
	const char *product_version, *hostname, *ip_address, *mac_address, *host_identifier, *suvi,
		*udi_vid; /* NULL = not told */
	bool export_allowed;
	int64_t registered_at, registration_expires_at, last_contact_at;
	int64_t authorized_at, authorization_expires_at; /* 0 = never */
	bool holding;
	int64_t holds_until;
	const char *report_address; /* of its last AUTHORIZATION; NULL = none yet */
	int64_t report_digest;
	int64_t rival_at; /* 0 = none */
};
/* Adds a REGISTERED instance; sets row->id. */
int q_instance_add(struct db *d, struct instance_row *row, struct err *e);
int q_instance_by_udi(struct db *d, struct arena *a, const struct udi *udi, struct instance_row *out, struct err *e);
int q_instance_by_id(struct db *d, struct arena *a, int64_t id, struct instance_row *out, struct err *e);
int q_instance_by_uuid(struct db *d, struct arena *a, const char *uuid, struct instance_row *out, struct err *e);
/* REGISTERED instances of a virtual account with id > after, by id, at most limit. */
int q_instance_list(struct db *d, struct arena *a, int64_t virtual_account, int64_t after, int64_t limit,
		    struct instance_row **out, size_t *n, struct err *e);
/* Those whose host name, or serial number, begins so, by it, behind `after` and id (0: from the first). */
int q_instance_list_by_name(struct db *d, struct arena *a, int64_t virtual_account, const char *beginning,
			    const char *after, int64_t id, int64_t limit, struct instance_row **out, size_t *n,
			    struct err *e);
int q_instance_list_by_serial(struct db *d, struct arena *a, int64_t virtual_account, const char *beginning,
			      const char *after, int64_t id, int64_t limit, struct instance_row **out, size_t *n,
			      struct err *e);
/* The same by identifier, behind `after` ("": from the first). */
int q_instance_list_by_uuid(struct db *d, struct arena *a, int64_t virtual_account, const char *beginning,
			    const char *after, int64_t limit, struct instance_row **out, size_t *n, struct err *e);
/* Those that use exactly so many of a license, by id; and the next smaller number that is in use: 1, 0, -1. */
int q_instance_list_by_use(struct db *d, struct arena *a, int64_t virtual_account, int64_t entitlement, int64_t use,
			   int64_t id, int64_t limit, struct instance_row **out, size_t *n, struct err *e);
int q_instance_next_use(struct db *d, int64_t virtual_account, int64_t entitlement, int64_t *use, struct err *e);
int q_instance_count(struct db *d, int64_t virtual_account, int64_t *count, struct err *e);
int q_instance_renewed(struct db *d, int64_t id, int64_t expires_at, int64_t now, struct err *e);
/* Stores virtual account, token, what the product told of itself, export_allowed, registered_at (also as last
 * contact), registration_expires_at and holds_until. */
int q_instance_reregistered(struct db *d, const struct instance_row *row, struct err *e);
int q_instance_authorized(struct db *d, int64_t id, int64_t now, int64_t expires_at, int64_t holds_until, struct err *e);
int q_instance_end(struct db *d, int64_t id, const char *state, int64_t now, struct err *e);
/* holding = 0: its usage no longer counts. */
int q_instance_release(struct db *d, int64_t id, struct err *e);
int q_instance_reported(struct db *d, int64_t id, const char *address, int64_t digest, struct err *e);
int q_instance_moved(struct db *d, int64_t id, int64_t virtual_account, struct err *e);

/* Signs that two products have one identity. */
struct duplicate_row {
	const char *other_address; /* NULL = none yet */
	int64_t other_digest, other_at, returns;
	const char *rival_address, *rival_sign;
};
/* 1, 0 (all zero), -1. */
int q_duplicate_get(struct db *d, struct arena *a, int64_t instance, struct duplicate_row *out, struct err *e);
/* Stores other_* and returns. */
int q_duplicate_other(struct db *d, int64_t instance, const struct duplicate_row *row, struct err *e);
int q_duplicate_rival(struct db *d, int64_t instance, int64_t at, const char *address, const char *sign, struct err *e);
int q_duplicate_forget_rival(struct db *d, int64_t instance, struct err *e);
int q_duplicate_drop(struct db *d, int64_t instance, struct err *e);

/* Instances of an account that use an export-controlled license, only those registered without permission if the
 * account has it; and those with an alert about it. */
int q_instance_restricted(struct db *d, struct arena *a, int64_t account, bool permitted, struct id_row **out, size_t *n,
			  struct err *e);

struct lapsed_row {
	int64_t id, virtual_account_id;
};
int q_instance_next_lapse(struct db *d, int64_t *out, struct err *e); /* 1, 0, -1 */
int q_instance_lapsed(struct db *d, struct arena *a, int64_t now, int64_t limit, struct lapsed_row **out, size_t *n,
		      struct err *e);

struct certificate_row {
	int64_t id, instance_id;
	const char *serial, *state;
	const void *key_id;
	size_t key_id_n;
	const void *der;
	size_t der_n;
	int64_t spki_at, spki_n; /* where in der the public key stands */
	int64_t issued_at, not_after, ended_at;
};
int q_certificate_add(struct db *d, const struct certificate_row *row, struct err *e);
int q_certificate_by_serial(struct db *d, struct arena *a, const char *serial, struct certificate_row *out, struct err *e);
int q_certificate_list(struct db *d, struct arena *a, int64_t instance, struct certificate_row **out, size_t *n,
		       struct err *e);
/* Makes one the current certificate and supersedes all others of the instance. */
int q_certificate_current(struct db *d, int64_t id, int64_t instance, int64_t now, struct err *e);
int q_certificate_end_successors(struct db *d, int64_t instance, int64_t now, struct err *e);
int q_certificate_revoke_all(struct db *d, int64_t instance, int64_t now, struct err *e);
/* Serial numbers and ended_at of those that ended before their time and are not past it. */
int q_certificate_ended(struct db *d, struct arena *a, int64_t now, struct certificate_row **out, size_t *n, struct err *e);

/* Retries and replays. */
/* *response is NULL unless it is the message that the key sent last. */
int q_answered_find(struct db *d, struct arena *a, const void *key_id, int64_t nonce, int64_t now,
		    const void **request_sha256, const char **response, struct err *e);
/* Becomes the last of its key. */
int q_answered_add(struct db *d, const void *key_id, int64_t nonce, const void *request_sha256, const char *response,
		   int64_t expires_at, struct err *e);

/* Forgets what has passed, at most limit rows of each kind: answered messages, access tokens, ended certificates. */
int q_forget(struct db *d, int64_t now, int64_t limit, struct err *e);

/* ---- licenses (q_license.c) ---- */

struct entitlement_row {
	int64_t id;
	const char *uuid, *tag, *name, *display_name, *description, *version, *family;
	int64_t tier; /* 0 = highest, -1 = stands alone */
	bool restricted;
};
int q_entitlement_set(struct db *d, const struct entitlement_row *row, const char *name_key, struct err *e);
int q_entitlement_by_tag(struct db *d, struct arena *a, const char *tag, struct entitlement_row *out, struct err *e);
int q_entitlement_by_uuid(struct db *d, struct arena *a, const char *uuid, struct entitlement_row *out, struct err *e);
int q_entitlement_by_name(struct db *d, struct arena *a, const char *name_key, struct entitlement_row *out, struct err *e);
int q_entitlement_list(struct db *d, struct arena *a, struct entitlement_row **out, size_t *n, struct err *e);

struct lot_row {
	int64_t id, account_id, entitlement_id, quantity;
	const char *uuid, *license_type, *subscription_id;
	const char *tag;          /* not from q_share_list */
	const char *display_name; /* only from q_share_subscriptions */
	const char *added_to;     /* only from order_change: the virtual account of what was added; NULL = nothing was */
	int64_t start_at, end_at; /* end_at 0 = never */
	int64_t created_at;
	int64_t reserved; /* only from q_share_list, q_share_subscriptions: of the share */
};
int q_lot_add(struct db *d, struct lot_row *row, struct err *e); /* sets row->id */
int q_lot_by_uuid(struct db *d, struct arena *a, const char *uuid, struct lot_row *out, struct err *e);
int q_lot_list(struct db *d, struct arena *a, int64_t account, struct lot_row **out, size_t *n, struct err *e);
int q_lot_update(struct db *d, const struct lot_row *row, struct err *e);

struct share_row {
	int64_t virtual_account_id, quantity, reserved;
	const char *uuid;
	bool is_default; /* lies in the default virtual account */
};
/* Adds quantity to a virtual account's share of a lot, making the share if there is none. */
int q_share_add(struct db *d, const char *uuid, int64_t lot, int64_t virtual_account, int64_t quantity, struct err *e);
int q_share_take(struct db *d, int64_t lot, int64_t virtual_account, int64_t quantity, struct err *e);
/* The order in which a shrinking lot is taken: default first, then least used. */
int q_share_of_lot(struct db *d, struct arena *a, int64_t lot, struct share_row **out, size_t *n, struct err *e);
/* The virtual account of its newest share, empty or not: 1, 0 none, -1. */
int q_share_home(struct db *d, int64_t lot, int64_t *virtual_account, struct err *e);
/* Lots of one kind with the virtual account's share as quantity, soonest to end first. */
int q_share_list(struct db *d, struct arena *a, int64_t virtual_account, int64_t entitlement, struct lot_row **out,
		 size_t *n, struct err *e);
/* Of all kinds, those lots that end or belong to a subscription, soonest to end first, behind the lot that ends at
 * `after` (INT64_MAX: never) and has this id. */
int q_share_subscriptions(struct db *d, struct arena *a, int64_t virtual_account, int64_t after, int64_t id, int64_t limit,
			  struct lot_row **out, size_t *n, struct err *e);
int q_share_subscriptions_count(struct db *d, int64_t virtual_account, int64_t *count, struct err *e);
/* All shares of a virtual account: uuid of the share, tag, quantity, type, times, subscription. */
int q_share_export(struct db *d, struct arena *a, int64_t virtual_account, struct lot_row **out, size_t *n, struct err *e);

struct pool_row {
	int64_t entitlement_id, tier;
	int64_t quantity, reserved; /* of lots that are valid now */
	int64_t in_use;             /* by instances whose rights have not lapsed now */
};
/* A kind of license and those of its family ("" = it stands alone) in a virtual account, the highest tier first. */
int q_pool_family(struct db *d, struct arena *a, int64_t virtual_account, int64_t entitlement, const char *family,
		  int64_t now, struct pool_row **out, size_t *n, struct err *e);
/* The same with the lots of any moment; in_use is what is counted, lapsed or not. */
int q_pool_owned(struct db *d, struct arena *a, int64_t virtual_account, int64_t entitlement, const char *family,
		 int64_t at, struct pool_row **out, size_t *n, struct err *e);
/* Ids of the virtual accounts of an account that own or use a kind. */
int q_pool_places(struct db *d, struct arena *a, int64_t account, int64_t entitlement, int64_t **out, size_t *n,
		  struct err *e);

struct user_row {
	const char *uuid, *hostname; /* hostname NULL = not told */
	struct udi udi;
	int64_t quantity;
};
/* The largest users of a pool with what they are granted, those with the most first, at most limit. */
int q_pool_users(struct db *d, struct arena *a, int64_t virtual_account, int64_t entitlement, int64_t now, int64_t limit,
		 struct user_row **out, size_t *n, struct err *e);
/* Those that ask for the kind and get none, with what they ask for. */
int q_pool_refused(struct db *d, struct arena *a, int64_t virtual_account, int64_t entitlement, int64_t now, int64_t limit,
		   struct user_row **out, size_t *n, struct err *e);
/* The products of the largest reservations, with how many of the lots that count now they block; no host names. */
int q_pool_reserved(struct db *d, struct arena *a, int64_t virtual_account, int64_t entitlement, int64_t now, int64_t limit,
		    struct user_row **out, size_t *n, struct err *e);
int q_pool_pending(struct db *d, int64_t virtual_account, int64_t entitlement, int64_t now, int64_t *out, struct err *e);
/* Changes the counter by delta. */
int q_pool_change(struct db *d, int64_t virtual_account, int64_t entitlement, int64_t delta, struct err *e);
/* Kinds of licenses that a virtual account owns or uses. */
int q_pool_kinds(struct db *d, struct arena *a, int64_t virtual_account, struct entitlement_row **out, size_t *n,
		 struct err *e);

struct touched_row {
	int64_t virtual_account_id;
	struct entitlement_row kind;
};
/* Pools that changed since q_touched_clear, by virtual account and family. The database notes them by itself. */
int q_touched_list(struct db *d, struct arena *a, struct touched_row **out, size_t *n, struct err *e);
int q_touched_clear(struct db *d, struct err *e);
int q_touch_all(struct db *d, struct err *e);
/* Pools of lots that start or end at this very moment. */
int q_touch_lots(struct db *d, int64_t at, struct err *e);

struct compliance_row {
	int64_t id, virtual_account_id, entitlement_id;
	int64_t out_at, out_event, shortage;
	int64_t in_at, in_event; /* 0 = short to this day */
};
int q_compliance_open(struct db *d, struct arena *a, int64_t virtual_account, int64_t entitlement,
		      struct compliance_row *out, struct err *e);
/* Pools of an account that are out of compliance, as it is written down. */
struct short_row {
	const char *virtual_account, *display_name;
};
int q_compliance_short(struct db *d, struct arena *a, int64_t account, struct short_row **out, size_t *n, struct err *e);
int q_compliance_add(struct db *d, const struct compliance_row *row, struct err *e);
int q_compliance_worse(struct db *d, int64_t id, int64_t shortage, struct err *e);
int q_compliance_close(struct db *d, int64_t id, int64_t at, int64_t event, struct err *e);
/* The newest first. */
int q_compliance_list(struct db *d, struct arena *a, int64_t virtual_account, int64_t entitlement, int64_t limit,
		      struct compliance_row **out, size_t *n, struct err *e);
/* Over all virtual accounts of an account. */
int q_compliance_account(struct db *d, struct arena *a, int64_t account, int64_t entitlement, int64_t limit,
			 struct compliance_row **out, size_t *n, struct err *e);

/* The first moment after `after` at which a lot starts or ends; 1, 0, -1. */
int q_lot_boundary(struct db *d, int64_t after, int64_t *out, struct err *e);
/* Lots that start or end at this moment. */
int q_lot_at(struct db *d, struct arena *a, int64_t at, struct lot_row **out, size_t *n, struct err *e);

struct usage_row {
	int64_t entitlement_id, asked, granted;
	const char *tag, *display_name, *family;
	int64_t tier;
	bool restricted;
};
int q_usage_list(struct db *d, struct arena *a, int64_t instance, struct usage_row **out, size_t *n, struct err *e);
int q_usage_set(struct db *d, int64_t instance, int64_t entitlement, int64_t asked, int64_t granted, struct err *e);
int q_usage_drop(struct db *d, int64_t instance, int64_t entitlement, struct err *e);
int q_usage_drop_all(struct db *d, int64_t instance, struct err *e); /* the unknown tags too */
int q_usage_unknown_list(struct db *d, struct arena *a, int64_t instance, struct usage_row **out, size_t *n, struct err *e);
int q_usage_unknown_set(struct db *d, int64_t instance, const char *tag, int64_t asked, struct err *e);
int q_usage_unknown_drop_all(struct db *d, int64_t instance, struct err *e);

/* ---- alerts (q_alert.c) ---- */

struct alert_fact_row {
	const char *id, *kind, *subject, *source, *message;
	int64_t account_id, virtual_account_id; /* 0 = none */
	int64_t raised_at;
};
/* Adds it; one that is there already gets the row's texts and raised_at. */
int q_alert_fact_set(struct db *d, const struct alert_fact_row *row, struct err *e);
int q_alert_fact_by_id(struct db *d, struct arena *a, const char *id, struct alert_fact_row *out, struct err *e);
int q_alert_fact_of(struct db *d, struct arena *a, const char *subject, struct alert_fact_row **out, size_t *n,
		    struct err *e);
/* What is about this subject concerns another virtual account now. */
int q_alert_fact_move(struct db *d, const char *subject, int64_t virtual_account, struct err *e);
int q_alert_fact_drop(struct db *d, const char *id, struct err *e);

/* Facts one by one, but for groups of more than `most` of one kind in one virtual account; and those groups. */
int q_alert_fact_list(struct db *d, struct arena *a, int64_t most, struct alert_fact_row **out, size_t *n, struct err *e);
struct alert_group_row {
	const char *kind;
	int64_t virtual_account_id, count, newest; /* raised_at of the newest */
};
int q_alert_fact_groups(struct db *d, struct arena *a, int64_t most, struct alert_group_row **out, size_t *n,
			struct err *e);

struct alert_ack_row {
	int64_t raised_at, at;
	const char *by, *note;
};
int q_alert_ack_set(struct db *d, const char *id, const struct alert_ack_row *row, struct err *e);
int q_alert_ack_get(struct db *d, struct arena *a, const char *id, struct alert_ack_row *out, struct err *e);
/* Facts acknowledged up to `facts`, acknowledgements given up to `acks`. */
int q_alert_forget(struct db *d, int64_t facts, int64_t acks, struct err *e);

/* Kinds that may be short now: they were at `settled`, or a lot has ended since. By virtual account and family. */
int q_alert_short(struct db *d, struct arena *a, int64_t settled, int64_t now, struct touched_row **out, size_t *n,
		  struct err *e);
/* When a lot of the kind's family ended last; 0 = never. */
int q_alert_family_end(struct db *d, int64_t virtual_account, const struct entitlement_row *kind, int64_t now, int64_t *out,
		       struct err *e);

struct lot_end_row {
	int64_t virtual_account_id, end_at, quantity, reserved;
	int64_t created_at; /* of the newest of these lots */
	struct entitlement_row kind;
};
/* Licenses that end after one moment up to another; and those ended that are still reserved. */
int q_alert_ends(struct db *d, struct arena *a, int64_t after, int64_t until, struct lot_end_row **out, size_t *n,
		 struct err *e);
int q_alert_reserved_ends(struct db *d, struct arena *a, int64_t until, struct lot_end_row **out, size_t *n, struct err *e);

/* Registered instances whose last authorization, or registration if that is later, lies after one moment and up to
 * another; holds_until: none of them holds licenses longer. */
struct late_range {
	int64_t after, until, holds_until;
};
struct late_row {
	int64_t virtual_account_id, count, oldest, newest;
};
int q_alert_late_count(struct db *d, struct arena *a, const struct late_range *in, struct late_row **out, size_t *n,
		       struct err *e);
/* Those of virtual accounts that have at most `most` of them. */
int q_alert_late_list(struct db *d, struct arena *a, const struct late_range *in, int64_t most, struct instance_row **out,
		      size_t *n, struct err *e);

struct waiting_row {
	const char *uuid, *name; /* of the satellite */
	int64_t virtual_account_id, created_at, authority_valid_until;
};
/* Authorizations that their satellites were not seen to have yet. */
int q_alert_authorizations(struct db *d, struct arena *a, struct waiting_row **out, size_t *n, struct err *e);

/* ---- license reservations (q_reservation.c) ---- */

struct reservation_row {
	int64_t id, virtual_account_id;
	const char *uuid, *state;
	struct udi udi;    /* software_tag "" if the catalogue does not know the product ID */
	const char *nonce; /* of the request code; "" if it has none */
	int64_t created_at, changed_at;
	const char *created_by;
	int64_t held_at,
		issued_at; /* timestamps of the oldest code that the product may hold, and of the newest; 0 = none */
	bool cancelling;   /* the update in transit is the old set again */
	int64_t ended_at;  /* 0 = live */
	const char *ended_by, *reason;
};
/* Adds one that is IN_PROGRESS; sets row->id. */
int q_reservation_add(struct db *d, struct reservation_row *row, struct err *e);
int q_reservation_by_uuid(struct db *d, struct arena *a, const char *uuid, struct reservation_row *out, struct err *e);
int q_reservation_by_id(struct db *d, struct arena *a, int64_t id, struct reservation_row *out, struct err *e);
/* The live one of a product; a UUID that one side does not tell is no difference, nor is the software tag. */
int q_reservation_live(struct db *d, struct arena *a, const struct udi *udi, struct reservation_row *out, struct err *e);
/* Live ones of a serial number, at most two. */
int q_reservation_by_serial(struct db *d, struct arena *a, const char *serial, struct reservation_row **out, size_t *n,
			    struct err *e);
/* The newest that was made with a request code, ended or not. */
int q_reservation_by_nonce(struct db *d, struct arena *a, const struct udi *udi, const char *nonce,
			   struct reservation_row *out, struct err *e);
/* Live ones of a virtual account with id > after, by id, at most limit. */
int q_reservation_list(struct db *d, struct arena *a, int64_t virtual_account, int64_t after, int64_t limit,
		       struct reservation_row **out, size_t *n, struct err *e);
int q_reservation_count_issued(struct db *d, int64_t virtual_account, int64_t *count, struct err *e);
int q_reservation_count(struct db *d, int64_t virtual_account, int64_t *count, struct err *e);
/* The newest timestamp that a product was ever given, 0 if none. */
int q_reservation_last_issued(struct db *d, const struct udi *udi, int64_t *at, struct err *e);
/* Stores state, changed_at, held_at, issued_at and cancelling. */
int q_reservation_set_state(struct db *d, const struct reservation_row *row, struct err *e);
/* Stores state, ended_at, ended_by and reason; nothing is blocked any more. */
int q_reservation_end(struct db *d, const struct reservation_row *row, struct err *e);
int q_reservation_move(struct db *d, int64_t virtual_account, int64_t heir, struct err *e);
/* A product instance that is registered with this UDI, whatever its software tag: 1, 0, -1. */
int q_reservation_registered(struct db *d, const struct udi *udi, int64_t now, int64_t *instance, struct err *e);

struct reservation_lot {
	int64_t share_id, quantity, reserved; /* of the share; reserved by all */
	int64_t held, blocked;                /* by this reservation */
	int64_t end_at;                       /* 0 = never */
	int64_t wanted;                       /* not from the database: for who chooses */
};
/* Lots of a kind that have started and not ended, the soonest to end first. reservation 0: a new one. */
int q_reservation_lots(struct db *d, struct arena *a, int64_t virtual_account, int64_t entitlement, int64_t reservation,
		       int64_t now, struct reservation_lot **out, size_t *n, struct err *e);

struct reservation_line {
	int64_t share_id, entitlement_id;
	int64_t held, wanted, blocked; /* confirmed last; in the newest code; of the lot's share */
	const char *tag, *display_name, *description, *license_type, *subscription_id;
	int64_t start_at, end_at; /* of the lot; end_at 0 = never */
};
/* By kind of license, the soonest to end first. */
int q_reservation_lines(struct db *d, struct arena *a, int64_t reservation, struct reservation_line **out, size_t *n,
			struct err *e);
/* A new set: clear, then set each line. Blocked is what each line has at its largest. */
int q_reservation_lines_clear(struct db *d, int64_t reservation, struct err *e);
int q_reservation_line_set(struct db *d, int64_t reservation, int64_t share, int64_t wanted, struct err *e);
/* The set that is held becomes the wanted one; and the other way round, when nothing else is blocked any more. */
int q_reservation_lines_undo(struct db *d, int64_t reservation, struct err *e);
int q_reservation_lines_settle(struct db *d, int64_t reservation, struct err *e);
/* Nothing is held; what the newest code names is blocked. */
int q_reservation_lines_newest(struct db *d, int64_t reservation, struct err *e);

struct reservation_code {
	int64_t id, reservation_id, issued_at, confirmed_at; /* confirmed_at 0 = not */
	const char *issued_by, *code, *confirmation, *return_code;
};
int q_reservation_code_add(struct db *d, const struct reservation_code *row, struct err *e);
/* The newest first. */
int q_reservation_codes(struct db *d, struct arena *a, int64_t reservation, struct reservation_code **out, size_t *n,
			struct err *e);
int q_reservation_code_by_return(struct db *d, struct arena *a, const char *return_code, struct reservation_code *out,
				 struct err *e);
int q_reservation_code_by_confirmation(struct db *d, struct arena *a, const char *confirmation,
				       struct reservation_code *out, struct err *e);
int q_reservation_code_confirmed(struct db *d, int64_t id, int64_t now, struct err *e);

/* ---- usage history (q_history.c) ---- */

struct day_row {
	int64_t day, in_use;
};
/* Notes that a pool has so many in use on a day: kept if it is more than the day had, or began with. */
int q_day_note(struct db *d, int64_t virtual_account, int64_t entitlement, int64_t day, int64_t in_use, struct err *e);
/* A day begins: where more was in use at times on the last noted day than at its end, the day after it is noted. */
int q_day_begin(struct db *d, int64_t day, struct err *e);
/* Forgets at most limit rows of days before `first`, except those that first begins with. */
int q_day_forget(struct db *d, int64_t first, int64_t limit, struct err *e);
/* Noted days from `first` on, and the last one before it if it is not noted itself. */
int q_day_list(struct db *d, struct arena *a, int64_t virtual_account, int64_t entitlement, int64_t first,
	       struct day_row **out, size_t *n, struct err *e);
/* Kinds of licenses whose days are known in a virtual account. */
int q_day_kinds(struct db *d, struct arena *a, int64_t virtual_account, struct entitlement_row **out, size_t *n,
		struct err *e);
/* The pool's counter, 0 if there is none; it counts what has lapsed until that is swept. */
int q_pool_counter(struct db *d, int64_t virtual_account, int64_t entitlement, int64_t *out, struct err *e);
/* What lapsed and is not swept: since when, and how many. */
struct unswept_row {
	int64_t at, granted;
};
int q_pool_unswept(struct db *d, struct arena *a, int64_t virtual_account, int64_t entitlement, int64_t now,
		   struct unswept_row **out, size_t *n, struct err *e);

/* ---- satellites and synchronization (q_sync.c) ---- */

struct satellite_row {
	int64_t id;
	const char *uuid, *name, *status, *authorized_by;
	const void *key_id, *sub_ca;
	size_t key_id_n, sub_ca_n;
	int64_t authorized_at;
	int64_t removed_at;                    /* not from the list; 0 = it was not */
	const char *removed_by;                /* not from the list */
	const char *account, *virtual_account; /* only from the list: what it serves; NULL = nothing */
	int64_t authority_valid_until;
	int64_t last_sync_at, sequence, instances; /* 0: it has not synchronized it yet; all these only from the list */
};
int q_satellite_set(struct db *d, const struct satellite_row *row, struct err *e);
int q_satellite_by_uuid(struct db *d, struct arena *a, const char *uuid, struct satellite_row *out, struct err *e);
int q_satellite_list(struct db *d, struct arena *a, struct satellite_row **out, size_t *n, struct err *e);
/* REMOVED; the virtual accounts it served come back. */
int q_satellite_remove(struct db *d, int64_t id, int64_t now, const char *by, struct err *e);

struct delegation_row {
	int64_t satellite_id, virtual_account_id;
	const char *satellite_account, *created_by;
	const void *request_sha256, *answer;
	size_t answer_n;
	int64_t authority_valid_until, created_at;
};
int q_delegation_add(struct db *d, const struct delegation_row *row, struct err *e);
/* The satellite has what it was given for this virtual account. */
int q_delegation_synced(struct db *d, int64_t satellite, int64_t virtual_account, int64_t now, struct err *e);
/* When the request was answered, and how many lots of its virtual account came later. */
struct delegation_since {
	int64_t answered_at, lots;
};
int q_delegation_since(struct db *d, struct arena *a, const void *request_sha256, struct delegation_since *out,
		       struct err *e);
/* *out: 1 if the satellite was given anything by another request, else 0. */
int q_delegation_before(struct db *d, const char *satellite, const void *request_sha256, int64_t *out, struct err *e);
int q_delegation_by_request(struct db *d, struct arena *a, const void *request_sha256, const void **answer, size_t *n,
			    struct err *e);

/* Under which local account a satellite serves a virtual account: 1, 0, -1. */
int q_delegation_account(struct db *d, struct arena *a, int64_t virtual_account, int64_t satellite, const char **name,
			 struct err *e);

/* ---- a satellite's exchanges with its manager (q_exchange.c) ---- */

struct exchange_row {
	int64_t id, account_id, sequence, created_at, answered_at;
	int64_t change_number; /* it has every change up to this one */
	int64_t bytes, records;
	const char *kind, *mode, *created_by;
	const void *request_sha256, *file; /* file: of a registration that is not answered */
	size_t request_sha256_n, file_n;
};
int q_exchange_add(struct db *d, const struct exchange_row *row, struct err *e);
int q_exchange_last(struct db *d, struct arena *a, int64_t account, struct exchange_row *out, struct err *e);
int q_exchange_last_request(struct db *d, struct arena *a, int64_t account, struct exchange_row *out, struct err *e);
int q_exchange_by_request(struct db *d, struct arena *a, int64_t account, const void *request_sha256,
			  struct exchange_row *out, struct err *e);
/* The id of the newest that was answered, 0 if none was. */
int q_exchange_applied(struct db *d, int64_t account, int64_t *id, struct err *e);
/* *out: 1 if this request still waits for an answer, else 0. */
int q_exchange_waits(struct db *d, const void *request_sha256, int64_t *out, struct err *e);
int q_exchange_answered(struct db *d, int64_t id, int64_t now, const char *by, const char *answer, struct err *e);
/* Forgets all of an account but the newest `keep`. */
int q_exchange_forget(struct db *d, int64_t account, int64_t keep, struct err *e);

/* Where an account stands. */
struct account_exchange {
	int64_t sequence;    /* of the newest request; 0 = none */
	int64_t base;        /* of the newest that was answered; 0 = none */
	int64_t base_change; /* the manager knows changes up to this number */
	bool full;           /* the next request must have everything */
	bool share_hostname, share_ip_address, share_mac_address, share_product_version;
	int64_t share_sequence; /* of the newest request when one of them was last changed */
};
int q_account_exchange(struct db *d, int64_t account, struct account_exchange *out, struct err *e);
/* Stores the first four; and the other four, after which the next request must have everything. */
int q_account_exchange_set(struct db *d, int64_t account, const struct account_exchange *in, struct err *e);
int q_account_share(struct db *d, int64_t account, const struct account_exchange *in, struct err *e);

/* The number that changes get at present, and counting it on. */
int q_sync_change(struct db *d, int64_t *number, struct err *e);
int q_sync_change_next(struct db *d, struct err *e);
/* The manager knows what was removed up to this number. */
int q_sync_removed_forget(struct db *d, int64_t account, int64_t number, struct err *e);

/* What requests tell of an account: rows that changed after a number, one by one, in constant memory. Texts live until the
 * function returns; when it returns not 0, the walk ends with -1. */
struct request_row {
	const char *uuid, *virtual_account; /* UUIDs */
	const char *name, *description;     /* virtual accounts */
	bool is_default;
	const char *udi_pid, *udi_serial, *udi_uuid;                                      /* instances and reservations */
	const char *software_tag, *product_version, *hostname, *ip_address, *mac_address; /* instances; NULL = not known */
	bool export_allowed, holding;
	int64_t registered_at, expires_at;
	const char *tag; /* usage: with uuid, of the instance */
	int64_t count;   /* usage: granted; reserved: blocked */
	int64_t id;      /* reservations */
	const char *state;
	int64_t created_at;
	const char *kind; /* removed */
};
typedef int (*request_fn)(void *ctx, const struct request_row *row, struct err *e);
int q_request_virtual_accounts(struct db *d, int64_t account, int64_t after, request_fn fn, void *ctx, struct err *e);
int q_request_instances(struct db *d, int64_t account, int64_t after, request_fn fn, void *ctx, struct err *e);
int q_request_usage(struct db *d, int64_t account, int64_t after, request_fn fn, void *ctx, struct err *e);
int q_request_reservations(struct db *d, int64_t account, int64_t after, request_fn fn, void *ctx, struct err *e);
int q_request_reserved(struct db *d, int64_t reservation, request_fn fn, void *ctx, struct err *e); /* uuid: of the lot */
int q_request_removed(struct db *d, int64_t account, int64_t after, request_fn fn, void *ctx, struct err *e);

/* ---- what satellites told of the virtual accounts that they serve (q_remote.c) ---- */

/* Up to where a virtual account is known. */
struct remote_state_row {
	int64_t virtual_account_id;
	const char *satellite_account; /* the account's name at the satellite */
	int64_t sequence;              /* of the last request that was applied */
	const void *request_sha256;
	size_t request_sha256_n;
	const char *mode; /* `standard` or `full` */
	int64_t created_at, received_at;
	int64_t full_at, full_sequence; /* the last with everything */
	int64_t virtual_accounts, instances, reservations;
};
/* 0: its satellite has not synchronized it yet. */
int q_remote_state_get(struct db *d, struct arena *a, int64_t virtual_account, struct remote_state_row *out, struct err *e);
int q_remote_state_set(struct db *d, const struct remote_state_row *row, struct err *e);
/* All that is known of it goes, answers and orders to remove included. */
int q_remote_forget(struct db *d, int64_t virtual_account, struct err *e);

struct served_row {
	int64_t virtual_account_id;
	const char *satellite_account;
	int64_t authority_valid_until, authorized_at, synced_at;
};
/* The virtual accounts that a satellite serves. */
int q_remote_served(struct db *d, struct arena *a, int64_t satellite, struct served_row **out, size_t *n, struct err *e);

struct remote_place_row {
	int64_t id;
	const char *uuid, *name, *description;
	bool is_default;
};
int q_remote_place_get(struct db *d, struct arena *a, int64_t virtual_account, const char *uuid,
		       struct remote_place_row *out, struct err *e);
/* This list and those below: of a virtual account, by uuid, behind `after` ("" = from the first), at most limit. */
int q_remote_place_list(struct db *d, struct arena *a, int64_t virtual_account, const char *after, int64_t limit,
			struct remote_place_row **out, size_t *n, struct err *e);
int q_remote_place_set(struct db *d, int64_t virtual_account, const struct remote_place_row *row, struct err *e);
/* A name that two of them have, if there is one; only the name is set. And how many are the default one. */
int q_remote_place_twice(struct db *d, struct arena *a, int64_t virtual_account, struct remote_place_row *out,
			 struct err *e);
int q_remote_place_defaults(struct db *d, int64_t virtual_account, int64_t *out, struct err *e);
/* *out: 1 if a product instance or reservation is in it, else 0. */
int q_remote_place_holds(struct db *d, int64_t id, int64_t *out, struct err *e);
int q_remote_place_drop(struct db *d, int64_t id, struct err *e);

struct remote_instance_row {
	int64_t id, virtual_account_id, place_id;
	const char *place, *place_name; /* UUID and name of the local virtual account; not for set */
	const char *uuid;
	struct udi udi;
	const char *product_version, *hostname, *ip_address, *mac_address; /* NULL = not told */
	bool export_allowed, authorized;
	int64_t registered_at, expires_at;
};
int q_remote_instance_get(struct db *d, struct arena *a, int64_t virtual_account, const char *uuid,
			  struct remote_instance_row *out, struct err *e);
/* In whatever virtual account. */
int q_remote_instance_find(struct db *d, struct arena *a, const char *uuid, struct remote_instance_row *out, struct err *e);
int q_remote_instance_by_udi(struct db *d, struct arena *a, int64_t virtual_account, const struct udi *udi,
			     struct remote_instance_row *out, struct err *e);
int q_remote_instance_list(struct db *d, struct arena *a, int64_t virtual_account, const char *after, int64_t limit,
			   struct remote_instance_row **out, size_t *n, struct err *e);
int q_remote_instance_set(struct db *d, const struct remote_instance_row *row, struct err *e);
/* With its usage. */
int q_remote_instance_drop(struct db *d, int64_t id, struct err *e);

struct remote_usage_row {
	int64_t entitlement_id, quantity;
	const char *tag, *display_name;
};
int q_remote_usage_list(struct db *d, struct arena *a, int64_t instance, struct remote_usage_row **out, size_t *n,
			struct err *e);
int q_remote_usage_set(struct db *d, int64_t virtual_account, int64_t instance, int64_t entitlement, int64_t quantity,
		       struct err *e);
int q_remote_usage_drop(struct db *d, int64_t instance, struct err *e);
/* As q_pool_users and q_pool_reserved. */
int q_remote_reserved(struct db *d, struct arena *a, int64_t virtual_account, int64_t entitlement, int64_t now,
		      int64_t limit, struct user_row **out, size_t *n, struct err *e);
int q_remote_usage_users(struct db *d, struct arena *a, int64_t virtual_account, int64_t entitlement, int64_t limit,
			 struct user_row **out, size_t *n, struct err *e);

struct remote_reservation_row {
	int64_t id, virtual_account_id, place_id;
	const char *place, *place_name; /* not for set */
	const char *uuid, *state;
	struct udi udi; /* without software tag */
	int64_t created_at;
};
int q_remote_reservation_get(struct db *d, struct arena *a, int64_t virtual_account, const char *uuid,
			     struct remote_reservation_row *out, struct err *e);
int q_remote_reservation_find(struct db *d, struct arena *a, const char *uuid, struct remote_reservation_row *out,
			      struct err *e);
int q_remote_reservation_list(struct db *d, struct arena *a, int64_t virtual_account, const char *after, int64_t limit,
			      struct remote_reservation_row **out, size_t *n, struct err *e);
int q_remote_reservation_set(struct db *d, const struct remote_reservation_row *row, struct err *e);
/* With its lines. */
int q_remote_reservation_drop(struct db *d, int64_t id, struct err *e);

struct remote_line_row {
	int64_t share_id, blocked;
	const char *share; /* its UUID */
	int64_t entitlement_id;
	const char *tag, *display_name, *license_type, *subscription_id;
	int64_t start_at, end_at; /* end_at 0 = never */
};
int q_remote_lines(struct db *d, struct arena *a, int64_t reservation, struct remote_line_row **out, size_t *n,
		   struct err *e);
int q_remote_lines_drop(struct db *d, int64_t reservation, struct err *e);
int q_remote_line_set(struct db *d, int64_t reservation, int64_t share, int64_t blocked, struct err *e);
/* A share of a lot by the id that satellites know it by: 1, 0 if the virtual account has no such share, -1. */
int q_remote_share(struct db *d, int64_t virtual_account, const char *uuid, int64_t *id, struct err *e);

struct sync_answer_row {
	int64_t id, sequence, received_at;
	const char *kind;    /* `response` or `resync` */
	int64_t answered_at; /* 0 = not yet */
	const void *answer;  /* NULL = not made yet, or no longer kept; not from the list */
	size_t answer_n;
};
int q_sync_answer_find(struct db *d, struct arena *a, int64_t virtual_account, const void *request_sha256, const char *kind,
		       struct sync_answer_row *out, struct err *e);
/* The newest first. */
int q_sync_answer_list(struct db *d, struct arena *a, int64_t virtual_account, int64_t limit, struct sync_answer_row **out,
		       size_t *n, struct err *e);
/* *out: 1 if a request of this sequence was applied, else 0. */
int q_sync_answer_applied(struct db *d, int64_t virtual_account, int64_t sequence, int64_t *out, struct err *e);
int q_sync_answer_add(struct db *d, int64_t virtual_account, int64_t sequence, const void *request_sha256, const char *kind,
		      int64_t now, struct err *e);
int q_sync_answer_set(struct db *d, int64_t virtual_account, const void *request_sha256, const char *kind,
		      const void *answer, size_t n, int64_t now, struct err *e);
/* Keeps so many answers and rows, the newest. */
int q_sync_answer_tidy(struct db *d, int64_t virtual_account, int64_t answers, int64_t rows, struct err *e);

int q_satellite_renamed(struct db *d, int64_t id, const char *name, struct err *e);
int q_satellite_renewed(struct db *d, int64_t id, const void *sub_ca, size_t n, struct err *e);
/* The authority over a virtual account lasts longer now. */
int q_delegation_extended(struct db *d, int64_t virtual_account, int64_t until, struct err *e);

/* Satellites that have not synchronized a virtual account since then; created_at: when they did last. */
int q_remote_silent(struct db *d, struct arena *a, int64_t since, struct waiting_row **out, size_t *n, struct err *e);

/* ---- licenses that leave what a satellite serves (q_remote.c) ---- */

struct move_row {
	int64_t id, from_id, to_id, entitlement_id;
	const char *uuid, *state;
	int64_t quantity, moved; /* asked; of these, arrived */
	int64_t taken_in;        /* 0 = in no answer yet */
	int64_t created_at, ended_at;
	const char *created_by, *ended_by;
};
int q_move_add(struct db *d, struct move_row *row, struct err *e); /* WAITING; sets row->id */
int q_move_add_lot(struct db *d, int64_t move, int64_t lot, int64_t quantity, struct err *e);
int q_move_by_uuid(struct db *d, struct arena *a, const char *uuid, struct move_row *out, struct err *e);
/* Of an account, the newest first. */
int q_move_list(struct db *d, struct arena *a, int64_t account, int64_t limit, struct move_row **out, size_t *n,
		struct err *e);
/* What leaves a virtual account and has not ended, the oldest first. */
int q_move_open(struct db *d, struct arena *a, int64_t from, struct move_row **out, size_t *n, struct err *e);

struct move_lot_row {
	int64_t lot_id, quantity;
	int64_t owned, reserved; /* of the giving share */
	int64_t start_at;        /* of the lot */
};
int q_move_lots(struct db *d, struct arena *a, int64_t move, struct move_lot_row **out, size_t *n, struct err *e);
/* How many of a lot leave a virtual account; taken: only those that an answer has taken. */
int q_move_leaving(struct db *d, int64_t from, int64_t lot, bool taken, int64_t *out, struct err *e);

struct leaving_row {
	const char *to; /* name of the virtual account */
	int64_t quantity;
};
int q_move_leaving_kind(struct db *d, struct arena *a, int64_t from, int64_t entitlement, struct leaving_row **out,
			size_t *n, struct err *e);
int q_move_taking(struct db *d, int64_t id, int64_t sequence, struct err *e);
int q_move_lot_set(struct db *d, int64_t move, int64_t lot, int64_t quantity, struct err *e);
/* Stores state, moved, ended_at and ended_by. */
int q_move_end(struct db *d, const struct move_row *row, struct err *e);

/* ---- product instances that satellites shall remove (q_remote.c) ---- */

struct removal_row {
	int64_t id, virtual_account_id;
	const char *uuid, *instance, *reason, *created_by;
	int64_t told_in; /* 0 = not yet */
	int64_t created_at;
};
int q_removal_add(struct db *d, const struct removal_row *row, struct err *e);
int q_removal_get(struct db *d, struct arena *a, int64_t virtual_account, const char *instance, struct removal_row *out,
		  struct err *e);
int q_removal_list(struct db *d, struct arena *a, int64_t virtual_account, struct removal_row **out, size_t *n,
		   struct err *e);
int q_removal_told(struct db *d, int64_t virtual_account, int64_t sequence, struct err *e);
int q_removal_drop(struct db *d, int64_t id, struct err *e);

/* ---- registration codes of satellites (q_remote.c) ---- */

struct code_row {
	int64_t id, virtual_account_id;
	const char *uuid, *created_by;
	int64_t created_at, expires_at;
	const void *request_sha256; /* of the registration file that used it */
	size_t request_sha256_n;
	int64_t used_at, revoked_at; /* 0 = not */
	const char *used_by, *revoked_by;
};
int q_code_add(struct db *d, const struct code_row *row, const void *hash, struct err *e);
int q_code_by_hash(struct db *d, struct arena *a, const void *hash, struct code_row *out, struct err *e);
int q_code_by_uuid(struct db *d, struct arena *a, const char *uuid, struct code_row *out, struct err *e);
/* Of an account, the newest first. */
int q_code_list(struct db *d, struct arena *a, int64_t account, int64_t limit, struct code_row **out, size_t *n,
		struct err *e);
int q_code_used(struct db *d, int64_t id, const void *request_sha256, int64_t now, const char *by, struct err *e);
int q_code_revoked(struct db *d, int64_t id, int64_t now, const char *by, struct err *e);
/* ---- connected synchronization (q_connect.c) ---- */

/* How an account reaches its cloud manager. */
struct sync_setting_row {
	int64_t account_id;
	const char *account_uuid, *account, *account_status;
	const char *manager_url, *manager_ca, *proxy_url, *proxy_user; /* "" = none */
	const void *proxy_password_box;                                /* NULL = none */
	size_t proxy_password_box_n;
	const char *schedule; /* `off`, `daily`, `weekly`, `monthly` */
	int64_t minute, day;
	int64_t failures, retry_at, last_attempt_at, last_failure_at;
	const char *last_failure_code, *last_failure_text; /* "" = never failed */
	int64_t due_at;                                    /* of the account: 0 = none is scheduled */
	bool share_hostname, share_ip_address, share_mac_address, share_product_version;
};
/* Of an account that never had any: what holds without. 0 only if there is no such account. */
int q_sync_setting_get(struct db *d, struct arena *a, int64_t account, struct sync_setting_row *out, struct err *e);
/* Those of all accounts that ever had any. */
int q_sync_setting_list(struct db *d, struct arena *a, struct sync_setting_row **out, size_t *n, struct err *e);
/* Stores addresses, login and schedule of the row; failures are over. */
int q_sync_setting_set(struct db *d, const struct sync_setting_row *row, struct err *e);
int q_sync_setting_attempt(struct db *d, int64_t account, int64_t now, struct err *e);
int q_sync_setting_succeeded(struct db *d, int64_t account, struct err *e);
/* Stores failures, retry_at and the last failure of the row. */
int q_sync_setting_failed(struct db *d, const struct sync_setting_row *row, struct err *e);

/* What was done to synchronize, and how it ended. */
struct sync_history_row {
	int64_t id, account_id, at, duration, sequence, sent, received;
	const char *by;
	const char *way;  /* `network`, `file` */
	const char *what; /* `exchange`, `registration`; of files also `request`, `authorization`, `response`, `resync` */
	const char *mode; /* `standard`, `full`, "" */
	const char *outcome; /* `OK` or the name of an error */
	const char *message;
};
/* Keeps the newest `keep` of the account. */
int q_sync_history_add(struct db *d, const struct sync_history_row *row, int64_t keep, struct err *e);
/* Newest first; before: only those below this id. */
int q_sync_history_list(struct db *d, struct arena *a, int64_t account, int64_t before, int64_t limit,
			struct sync_history_row **out, size_t *n, struct err *e);
/* The newest with which an answer was taken. */
int q_sync_history_success(struct db *d, struct arena *a, int64_t account, struct sync_history_row *out, struct err *e);

#endif
