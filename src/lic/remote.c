#include "lic/remote.h"

#include "base/rand.h"
#include "json/json.h"
#include "lic/account.h"
#include "lic/event.h"
#include "lic/instance.h"

int remote_instance_find(struct tx *tx, const char *piid, struct remote_instance_row *out, struct virtual_account_row *va,
			 struct err *e)
{
	struct instance_row own;
	int rc = q_instance_by_uuid(tx->db, tx->arena, piid, &own, e);

	/* What a satellite tells must not stand before a product instance that is registered here. */
	if (rc)
		return rc < 0 ? -1 : 0;
	rc = q_remote_instance_find(tx->db, tx->arena, piid, out, e);
	if (rc == 1 && q_virtual_account_by_id(tx->db, tx->arena, out->virtual_account_id, va, e) != 1)
		return -1;
	return rc;
}

const char *remote_instance_status(const struct tx *tx, const struct remote_instance_row *row)
{
	if (row->expires_at <= tx->now)
		return "Registration Expired";
	return row->authorized ? "Authorized" : "Registered";
}

int remote_instance_remove(struct tx *tx, const struct remote_instance_row *row, const char *reason,
			   struct removal_row *out, struct err *e)
{
	struct virtual_account_row va;
	struct account_row account;
	char uuid[UUID_SIZE];
	json_t *detail;
	int rc = q_removal_get(tx->db, tx->arena, row->virtual_account_id, row->uuid, out, e);

	if (rc)
		return rc < 0 ? -1 : 0;
	*out = (struct removal_row){ .uuid = arena_strdup(tx->arena, rand_uuid(uuid)),
				     .virtual_account_id = row->virtual_account_id,
				     .instance = row->uuid,
				     .reason = reason ? reason : "",
				     .created_at = tx->now,
				     .created_by = tx->actor->name };
	if (q_removal_add(tx->db, out, e) ||
	    q_virtual_account_by_id(tx->db, tx->arena, row->virtual_account_id, &va, e) != 1 ||
	    q_account_by_id(tx->db, tx->arena, va.account_id, &account, e) != 1)
		return -1;
	detail = json_object();
	json_set_text(detail, "hostName", row->hostname);
	json_set_text(detail, "udi", instance_udi_text(tx->arena, &row->udi));
	json_set_text(detail, "virtualAccount", va.name);
	json_set_text(detail, "satellite", va.satellite_name);
	json_set_text(detail, "reason", out->reason);
	return event_add(tx, "instance.order-removal", account.name, row->uuid, detail, e);
}

int remote_reservation_find(struct tx *tx, const char *uuid, struct remote_reservation_row *out,
			    struct virtual_account_row *va, struct err *e)
{
	struct reservation_row own;
	int rc = q_reservation_by_uuid(tx->db, tx->arena, uuid, &own, e);

	if (rc)
		return rc < 0 ? -1 : 0;
	rc = q_remote_reservation_find(tx->db, tx->arena, uuid, out, e);
	if (rc == 1 && q_virtual_account_by_id(tx->db, tx->arena, out->virtual_account_id, va, e) != 1)
		return -1;
	return rc;
}

int remote_refuse_change(struct tx *tx, const char *uuid, struct err *e)
{
	struct remote_reservation_row reservation;
	struct remote_instance_row instance;
	struct virtual_account_row va;
	int rc = remote_instance_find(tx, uuid, &instance, &va, e);

	if (rc == 0)
		rc = remote_reservation_find(tx, uuid, &reservation, &va, e);
	return rc == 1 ? virtual_account_served_here(&va, e) : rc;
}
