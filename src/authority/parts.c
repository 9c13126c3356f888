#include "authority/parts.h"

#include <string.h>

#include "lic/license.h"
#include "sync/record.h"

#define SME_PID "UCM_SME"

/* Takes over the record. */
static int put(const struct parts *p, json_t *record, struct err *e)
{
	int rc = bundle_part_record(p->writer, record, e);

	json_decref(record);
	return rc;
}

int parts_account(const struct parts *p, struct err *e)
{
	struct record_account r = { .id = p->va->uuid,
				    .smart_account = p->account->name,
				    .virtual_account = p->va->name,
				    .domain = p->account->domain,
				    .export_control_permitted = p->account->export_permitted,
				    .reservation_permitted = p->account->reservation_permitted,
				    .status = p->account->status };

	if (bundle_part_begin(p->writer, "account.ndjson", e) || put(p, record_account_encode(&r), e))
		return -1;
	return bundle_part_end(p->writer, e);
}

/* What a reservation of SME needs at least of a license; 0 = nothing. */
static int64_t minimum(const char *license)
{
	const char *name;
	int64_t count;

	for (size_t i = 0; catalogue_minimum(SME_PID, i, &name, &count); i++)
		if (strcmp(name, license) == 0)
			return count;
	return 0;
}

int parts_entitlements(const struct parts *p, struct err *e)
{
	struct entitlement_row *rows;
	size_t n;

	if (q_entitlement_list(p->tx->db, p->tx->arena, &rows, &n, e) ||
	    bundle_part_begin(p->writer, "entitlements.ndjson", e))
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct record_entitlement r = { .id = rows[i].uuid,
						.tag = rows[i].tag,
						.name = rows[i].name,
						.display_name = rows[i].display_name,
						.description = rows[i].description,
						.version = rows[i].version,
						.family = rows[i].family,
						.tier = rows[i].tier,
						.restricted = rows[i].restricted };

		r.minimum = minimum(rows[i].name);
		if (put(p, record_entitlement_encode(&r), e))
			return -1;
	}
	return bundle_part_end(p->writer, e);
}

int parts_lots(const struct parts *p, struct err *e)
{
	struct lot_row *rows;
	size_t n;

	if (q_share_export(p->tx->db, p->tx->arena, p->va->id, &rows, &n, e) ||
	    bundle_part_begin(p->writer, "license_lots.ndjson", e))
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct record_lot r = { .id = rows[i].uuid,
					.tag = rows[i].tag,
					.license_type = rows[i].license_type,
					.start_at = rows[i].start_at,
					.end_at = rows[i].end_at,
					.subscription_id = rows[i].subscription_id };
		int64_t leaving = 0;

		if (q_move_leaving(p->tx->db, p->va->id, rows[i].id, true, &leaving, e))
			return -1;
		r.quantity = rows[i].quantity > leaving ? rows[i].quantity - leaving : 0;
		if (put(p, record_lot_encode(&r), e))
			return -1;
	}
	return bundle_part_end(p->writer, e);
}

int parts_removals(const struct parts *p, struct err *e)
{
	struct removal_row *rows;
	size_t n;

	if (q_removal_list(p->tx->db, p->tx->arena, p->va->id, &rows, &n, e) ||
	    bundle_part_begin(p->writer, "removals.ndjson", e))
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct record_removal r = { .id = rows[i].uuid, .piid = rows[i].instance, .reason = rows[i].reason };

		if (rows[i].told_in && put(p, record_removal_encode(&r), e))
			return -1;
	}
	return bundle_part_end(p->writer, e);
}

int parts_chain(const struct parts *p, struct err *e)
{
	AUTO_BUF pem = BUF_INIT;

	cert_write_pem(p->sub_ca, &pem);
	cert_write_pem(p->root, &pem);
	if (bundle_part_begin(p->writer, "chain.pem", e) || bundle_part_raw(p->writer, pem.data, pem.n, e))
		return -1;
	return bundle_part_end(p->writer, e);
}
