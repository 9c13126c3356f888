#include "edge/remote.h"

#include "base/rand.h"
#include "base/str.h"
#include "edge/devices.h"
#include "edge/reserved.h"
#include "lic/instance.h"
#include "lic/license.h"
#include "lic/remote.h"
#include "lic/reservation.h"

static json_t *sudi_json(const struct udi *udi, const char *mac_address)
{
	json_t *v = json_object();

	json_set_text(v, "suvi", NULL);
	json_set_text(v, "uuid", *udi->uuid ? udi->uuid : NULL);
	json_set_text(v, "hostIdentifier", NULL);
	json_set_text(v, "udiPid", udi->pid);
	json_set_text(v, "udiSerialNumber", udi->serial);
	json_set_text(v, "udiVid", NULL);
	json_set_text(v, "macAddress", mac_address);
	return v;
}

json_t *remote_removal(const struct removal_row *row)
{
	json_t *v;

	if (row == NULL)
		return json_null();
	v = json_object();
	json_set_text(v, "id", row->uuid);
	json_set_text(v, "productInstanceIdentifier", row->instance);
	json_set_text(v, "reason", row->reason);
	json_set_time(v, "createdDate", row->created_at);
	json_set_text(v, "createdBy", row->created_by);
	json_set_int(v, "toldWithRequest", row->told_in);
	return v;
}

static int usage_json(struct req *r, const struct remote_instance_row *row, json_t **out, struct err *e)
{
	struct remote_usage_row *rows;
	size_t n;

	if (q_remote_usage_list(r->tx.db, r->tx.arena, row->id, &rows, &n, e))
		return -1;
	*out = json_array();
	for (size_t i = 0; i < n; i++) {
		json_t *v = json_object();

		json_set_text(v, "license", rows[i].display_name);
		json_set_int(v, "quantity", rows[i].quantity);
		json_set_int(v, "requested", rows[i].quantity);
		json_set_text(v, "entitlementTag", rows[i].tag);
		json_array_append_new(*out, v);
	}
	return 0;
}

/* What only the satellite knows is null. */
static int remote_device_json(struct req *r, const struct remote_instance_row *row, const struct virtual_account_row *va,
			      json_t **out, struct err *e)
{
	const char *name = row->hostname ? row->hostname : instance_udi_text(r->tx.arena, &row->udi);
	struct removal_row removal;
	struct product_kind kind;
	json_t *v, *usage;
	int removing = q_removal_get(r->tx.db, r->tx.arena, va->id, row->uuid, &removal, e);

	if (removing < 0 || usage_json(r, row, &usage, e))
		return -1;
	catalogue_product(row->udi.pid, &kind);
	v = json_object();
	json_set_text(v, "instanceName", name);
	json_set_text(v, "displayName", name);
	json_set_text(v, "hostName", row->hostname);
	json_set_text(v, "ipAddress", row->ip_address);
	json_set_text(v, "productInstanceIdentifier", row->uuid);
	json_set_text(v, "productTagName", row->udi.software_tag);
	json_set_text(v, "productName", kind.name);
	json_set_text(v, "productType", kind.type);
	json_set_text(v, "productVersion", row->product_version);
	json_set_text(v, "virtualAccount", va->name);
	json_set_text(v, "status", remote_instance_status(&r->tx, row));
	json_set_text(v, "exportControlled", row->export_allowed ? "Allowed" : "Not Allowed");
	json_set_time(v, "registrationDate", row->registered_at);
	json_set_time(v, "registrationExpires", row->expires_at);
	json_set_time(v, "lastContactDate", 0);
	json_set_time(v, "authorizationDate", 0);
	json_set_time(v, "authorizationExpires", 0);
	json_object_set_new(v, "licenseUsage", usage);
	json_object_set_new(v, "sudi", sudi_json(&row->udi, row->mac_address));
	json_set_text(v, "servedBy", va->satellite_name);
	json_set_text(v, "localVirtualAccount", row->place_name);
	json_object_set_new(v, "removal", remote_removal(removing ? &removal : NULL));
	*out = v;
	return 0;
}

int remote_devices(struct list *l, const struct virtual_account_row *va, struct err *e)
{
	struct remote_instance_row *rows;
	struct tx *tx = &l->r->tx;
	size_t n;

	if (va->satellite_id == 0)
		return 0;
	if (q_remote_instance_list(tx->db, tx->arena, va->id, l->at.text, LIST_CHUNK, &rows, &n, e))
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct list_at at = l->at;
		json_t *one;

		str_copy(at.text, sizeof(at.text), rows[i].uuid);
		if (list_full(l))
			return 1;
		if (!devices_filtered(l) && !list_takes(l, &at))
			continue;
		if (remote_device_json(l->r, &rows[i], va, &one, e))
			return -1;
		devices_add(l, &at, one);
	}
	return n == LIST_CHUNK;
}

int remote_device(struct req *r, const char *uuid, json_t **out, struct err *e)
{
	struct remote_instance_row row;
	struct virtual_account_row va;
	struct account_row account;
	int rc = remote_instance_find(&r->tx, uuid, &row, &va, e);

	if (rc != 1)
		return rc;
	if (q_account_by_id(r->tx.db, r->tx.arena, va.account_id, &account, e) != 1 ||
	    remote_device_json(r, &row, &va, out, e))
		return -1;
	json_set_text(*out, "account", account.name);
	json_object_set_new(*out, "certificates", json_array());
	return 1;
}

/* ---- reservations ---- */

/* A satellite tells only what is blocked. */
static json_t *line_json(const struct remote_line_row *line, int64_t now)
{
	const struct reservation_line told = { .tag = line->tag,
					       .display_name = line->display_name,
					       .held = line->blocked,
					       .wanted = line->blocked,
					       .blocked = line->blocked,
					       .license_type = line->license_type,
					       .subscription_id = line->subscription_id,
					       .start_at = line->start_at,
					       .end_at = line->end_at };

	return reserved_line_json(&told, now);
}

static int reservation_json(struct req *r, const struct remote_reservation_row *row, const struct virtual_account_row *va,
			    json_t **out, struct err *e)
{
	struct remote_line_row *lines;
	struct account_row account;
	struct product_kind kind;
	json_t *v, *licenses;
	size_t n;

	if (q_account_by_id(r->tx.db, r->tx.arena, va->account_id, &account, e) != 1 ||
	    q_remote_lines(r->tx.db, r->tx.arena, row->id, &lines, &n, e))
		return -1;
	catalogue_product(row->udi.pid, &kind);
	licenses = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(licenses, line_json(&lines[i], r->tx.now));
	v = json_object();
	json_set_text(v, "reservationId", row->uuid);
	json_set_text(v, "state", row->state);
	json_set_bool(v, "cancelling", false);
	json_set_text(v, "udi", reservation_udi_text(r->tx.arena, &row->udi));
	json_set_text(v, "account", account.name);
	json_set_text(v, "virtualAccount", va->name);
	json_set_text(v, "productTagName", kind.software_tag);
	json_set_text(v, "productName", kind.name);
	json_set_time(v, "createdDate", row->created_at);
	json_set_text(v, "createdBy", "");
	json_set_time(v, "stateDate", 0);
	json_set_time(v, "issuedDate", 0);
	json_set_time(v, "confirmedDate", 0);
	json_set_time(v, "endedDate", 0);
	json_set_text(v, "reason", "");
	json_set_text(v, "nextStep",
		      arena_printf(r->tx.arena, "It was made at the satellite '%s'; what comes next is done there.",
				   va->satellite_name));
	json_object_set_new(v, "licenses", licenses);
	json_object_set_new(v, "sudi", sudi_json(&row->udi, NULL));
	json_set_text(v, "servedBy", va->satellite_name);
	json_set_text(v, "localVirtualAccount", row->place_name);
	*out = v;
	return 0;
}

int remote_reservations(struct list *l, const struct virtual_account_row *va, struct err *e)
{
	struct remote_reservation_row *rows;
	struct tx *tx = &l->r->tx;
	size_t n;

	if (q_remote_reservation_list(tx->db, tx->arena, va->id, l->at.text, LIST_CHUNK, &rows, &n, e))
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct list_at at = l->at;
		json_t *one;

		str_copy(at.text, sizeof(at.text), rows[i].uuid);
		if (list_full(l))
			return 1;
		if (!list_takes(l, &at))
			continue;
		if (reservation_json(l->r, &rows[i], va, &one, e))
			return -1;
		list_add(l, one);
	}
	return n == LIST_CHUNK;
}

int remote_reservation(struct req *r, const char *uuid, json_t **out, struct err *e)
{
	struct remote_reservation_row row;
	struct virtual_account_row va;
	int rc = remote_reservation_find(&r->tx, uuid, &row, &va, e);

	if (rc == 1 && reservation_json(r, &row, &va, out, e))
		return -1;
	return rc;
}
