#include "edge/reserved.h"

#include <string.h>

#include "crypt/slr.h"
#include "edge/devices.h"
#include "lic/license.h"

static json_t *sudi_json(const struct udi *udi)
{
	json_t *v = json_object();

	json_set_text(v, "suvi", NULL);
	json_set_text(v, "uuid", *udi->uuid ? udi->uuid : NULL);
	json_set_text(v, "hostIdentifier", NULL);
	json_set_text(v, "udiPid", udi->pid);
	json_set_text(v, "udiSerialNumber", udi->serial);
	json_set_text(v, "udiVid", NULL);
	json_set_text(v, "macAddress", NULL);
	return v;
}

/* What it blocks of each kind now: what ended counts no more. */
static int usage_json(struct req *r, const struct reservation_row *row, json_t **out, struct err *e)
{
	struct reservation_line *lines;
	json_t *last = NULL;
	int64_t kind = 0;
	size_t n;

	if (q_reservation_lines(r->tx.db, r->tx.arena, row->id, &lines, &n, e))
		return -1;
	*out = json_array();
	for (size_t i = 0; i < n; i++) {
		int64_t count = lines[i].end_at && lines[i].end_at <= r->tx.now ? 0 : lines[i].blocked;

		if (last == NULL || kind != lines[i].entitlement_id) {
			last = json_object();
			json_set_text(last, "license", lines[i].display_name);
			json_set_int(last, "quantity", 0);
			json_set_int(last, "requested", 0);
			json_set_text(last, "entitlementTag", lines[i].tag);
			json_array_append_new(*out, last);
			kind = lines[i].entitlement_id;
		}
		json_set_int(last, "quantity", json_integer_value(json_object_get(last, "quantity")) + count);
		json_set_int(last, "requested", json_integer_value(json_object_get(last, "requested")) + lines[i].wanted);
	}
	return 0;
}

static int reserved_device_json(struct req *r, const struct reservation_row *row, const char *virtual_account, json_t **out,
				struct err *e)
{
	const char *name = reservation_udi_text(r->tx.arena, &row->udi);
	struct product_kind kind;
	json_t *v, *usage;

	if (usage_json(r, row, &usage, e))
		return -1;
	catalogue_product(row->udi.pid, &kind);
	v = json_object();
	json_set_text(v, "instanceName", name);
	json_set_text(v, "displayName", name);
	json_set_text(v, "hostName", NULL);
	json_set_text(v, "ipAddress", NULL);
	json_set_text(v, "productInstanceIdentifier", row->uuid);
	json_set_text(v, "productTagName", row->udi.software_tag);
	json_set_text(v, "productName", kind.name);
	json_set_text(v, "productType", kind.type);
	json_set_text(v, "productVersion", NULL);
	json_set_text(v, "virtualAccount", virtual_account);
	json_set_text(v, "status", reservation_status(row));
	json_set_text(v, "exportControlled", "Not Allowed");
	json_set_time(v, "registrationDate", row->created_at);
	json_set_time(v, "registrationExpires", 0);
	json_set_time(v, "lastContactDate", 0);
	json_set_time(v, "authorizationDate", row->issued_at);
	json_set_time(v, "authorizationExpires", 0);
	json_object_set_new(v, "licenseUsage", usage);
	json_object_set_new(v, "sudi", sudi_json(&row->udi));
	json_set_text(v, "reservationState", row->state);
	*out = v;
	return 0;
}

int reserved_devices(struct list *l, const struct virtual_account_row *va, struct err *e)
{
	struct tx *tx = &l->r->tx;
	struct reservation_row *rows;
	size_t n;

	if (q_reservation_list(tx->db, tx->arena, va->id, l->at.id, LIST_CHUNK, &rows, &n, e))
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct list_at at = l->at;
		json_t *one;

		at.id = rows[i].id;
		if (rows[i].issued_at == 0) {
			l->at = at;
			continue;
		}
		if (list_full(l))
			return 1;
		if (!devices_filtered(l) && !list_takes(l, &at))
			continue;
		if (reserved_device_json(l->r, &rows[i], va->name, &one, e))
			return -1;
		devices_add(l, &at, one);
	}
	return n == LIST_CHUNK;
}

int reserved_reservations(struct list *l, const struct virtual_account_row *va, struct err *e)
{
	struct tx *tx = &l->r->tx;
	struct reservation_row *rows;
	size_t n;

	if (q_reservation_list(tx->db, tx->arena, va->id, l->at.id, LIST_CHUNK, &rows, &n, e))
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct list_at at = l->at;
		json_t *one;

		at.id = rows[i].id;
		if (list_full(l))
			return 1;
		if (!list_takes(l, &at))
			continue;
		if (reserved_json(l->r, &rows[i], &one, e))
			return -1;
		list_add(l, one);
	}
	return n == LIST_CHUNK;
}

int reserved_device(struct req *r, const char *uuid, json_t **out, struct err *e)
{
	struct virtual_account_row va;
	struct reservation_row row;
	int rc = q_reservation_by_uuid(r->tx.db, r->tx.arena, uuid, &row, e);

	if (rc != 1 || row.ended_at || row.issued_at == 0)
		return rc < 0 ? -1 : 0;
	if (q_virtual_account_by_id(r->tx.db, r->tx.arena, row.virtual_account_id, &va, e) != 1 ||
	    reserved_device_json(r, &row, va.name, out, e))
		return -1;
	json_object_set_new(*out, "certificates", json_array());
	return 1;
}

json_t *reserved_line_json(const struct reservation_line *line, int64_t now)
{
	bool ended = line->end_at && line->end_at <= now;
	json_t *v = json_object();

	json_set_text(v, "license", line->display_name);
	json_set_text(v, "entitlementTag", line->tag);
	json_set_int(v, "quantity", line->wanted);
	json_set_int(v, "held", line->held);
	json_set_int(v, "blocked", ended ? 0 : line->blocked);
	json_set_text(v, "licenseType", line->license_type);
	json_set_time(v, "startDate", line->start_at);
	json_set_time(v, "endDate", line->end_at);
	json_set_text(v, "subscriptionId", line->subscription_id);
	json_set_text(v, "status", ended ? "EXPIRED" : "ACTIVE");
	return v;
}

int reserved_json(struct req *r, const struct reservation_row *row, json_t **out, struct err *e)
{
	struct virtual_account_row va;
	struct reservation_line *lines;
	struct product_kind kind;
	struct account_row account;
	json_t *v, *licenses;
	int64_t confirmed_at;
	size_t n;

	if (q_virtual_account_by_id(r->tx.db, r->tx.arena, row->virtual_account_id, &va, e) != 1 ||
	    q_account_by_id(r->tx.db, r->tx.arena, va.account_id, &account, e) != 1 ||
	    q_reservation_lines(r->tx.db, r->tx.arena, row->id, &lines, &n, e) ||
	    reservation_confirmed_at(&r->tx, row, &confirmed_at, e))
		return -1;
	catalogue_product(row->udi.pid, &kind);
	licenses = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(licenses, reserved_line_json(&lines[i], r->tx.now));
	v = json_object();
	json_set_text(v, "reservationId", row->uuid);
	json_set_text(v, "state", row->state);
	json_set_bool(v, "cancelling", row->cancelling);
	json_set_text(v, "udi", reservation_udi_text(r->tx.arena, &row->udi));
	json_set_text(v, "account", account.name);
	json_set_text(v, "virtualAccount", va.name);
	json_set_text(v, "productTagName", row->udi.software_tag);
	json_set_text(v, "productName", kind.name);
	json_set_time(v, "createdDate", row->created_at);
	json_set_text(v, "createdBy", row->created_by);
	json_set_time(v, "stateDate", row->changed_at);
	json_set_time(v, "issuedDate", row->issued_at);
	json_set_time(v, "confirmedDate", confirmed_at);
	json_set_time(v, "endedDate", row->ended_at);
	json_set_text(v, "reason", row->reason);
	json_set_text(v, "nextStep", reservation_next_step(&r->tx, row, confirmed_at != 0));
	json_object_set_new(v, "licenses", licenses);
	json_object_set_new(v, "sudi", sudi_json(&row->udi));
	*out = v;
	return 0;
}

int reserved_return(struct req *r, const struct virtual_account_row *va, const struct udi *udi, const char *code,
		    json_t *result, struct err *e)
{
	char text[SLR_RETURN_SIZE];
	struct reservation_row row;
	int rc =
		slr_return_read(code, strlen(code), text, e) ? -1 : q_reservation_live(r->tx.db, r->tx.arena, udi, &row, e);

	if (rc < 0)
		return -1;
	/* In the words of a product that has none at all. */
	if (rc == 1 && row.virtual_account_id != va->id)
		return err_set(e, E_RESERVATION_UNKNOWN,
			       "The product %s has no reservation here, and never had one with this code.",
			       reservation_udi_text(r->tx.arena, udi));
	if (reservation_return(&r->tx, udi, code, &row, e))
		return -1;
	if (row.ended_at == 0)
		json_set_text(result, "statusMessage", reservation_next_step(&r->tx, &row, false));
	return 0;
}
