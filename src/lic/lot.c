#include "lic/lot.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/rand.h"
#include "lic/alert.h"
#include "lic/event.h"
#include "lic/license.h"

/* What the alert is about: these licenses in this virtual account. */
static const char *reduced_subject(struct tx *tx, const struct virtual_account_row *va, int64_t entitlement)
{
	return arena_printf(tx->arena, "%s/%" PRId64, va->uuid, entitlement);
}

int lot_restored(struct tx *tx, int64_t virtual_account, const struct entitlement_row *ent, struct err *e)
{
	struct virtual_account_row va;

	if (q_virtual_account_by_id(tx->db, tx->arena, virtual_account, &va, e) != 1)
		return -1;
	return alert_clear(tx, ALERT_LICENSES_REDUCED, reduced_subject(tx, &va, ent->id), e);
}

struct taken {
	const struct share_row *share;
	int64_t free, reserved; /* how many of them */
};

static int taken_event(struct tx *tx, const struct account_row *account, const struct virtual_account_row *va,
		       const struct lot_row *lot, const struct entitlement_row *ent, const struct taken *t, struct err *e)
{
	json_t *detail = json_object();

	json_set_text(detail, "tag", ent->tag);
	json_set_text(detail, "lot", lot->uuid);
	json_set_text(detail, "virtualAccount", va->name);
	json_set_int(detail, "quantity", t->free + t->reserved);
	json_set_int(detail, "reserved", t->reserved);
	return event_add(tx, "license.taken", account->name, ent->display_name, detail, e);
}

static int tell_taken(struct tx *tx, const struct account_row *account, const struct lot_row *lot, const struct taken *t,
		      struct err *e)
{
	struct virtual_account_row va;
	struct entitlement_row ent;
	char when[CLOCK_TEXT_SIZE], reserved[96] = "";

	/* The default virtual account gives without a word, unless what is reserved is hit. */
	if (t->free + t->reserved == 0 || (t->share->is_default && t->reserved == 0))
		return 0;
	if (q_virtual_account_by_id(tx->db, tx->arena, t->share->virtual_account_id, &va, e) != 1 ||
	    q_entitlement_by_tag(tx->db, tx->arena, lot->tag, &ent, e) != 1 ||
	    taken_event(tx, account, &va, lot, &ent, t, e))
		return -1;
	if (va.satellite_id) /* the satellite that serves it tells */
		return 0;
	if (t->reserved)
		snprintf(reserved, sizeof(reserved), " %" PRId64 " of them %s reserved for products, which hold codes.",
			 t->reserved, t->reserved == 1 ? "is" : "are");
	return alert_raise(
		tx, ALERT_LICENSES_REDUCED, account, &va, reduced_subject(tx, &va, ent.id), ent.display_name,
		arena_printf(
			tx->arena,
			"%" PRId64
			" of %s %s taken from '%s' on %s: the lot that %s came from is smaller now, and there were "
			"no others left to take.%s Buy licenses, or transfer some to '%s' from another virtual account.",
			t->free + t->reserved, ent.display_name, t->free + t->reserved == 1 ? "was" : "were", va.name,
			clock_text(tx->now, when), t->free + t->reserved == 1 ? "it" : "they", reserved, va.name),
		e);
}

int lot_shrink(struct tx *tx, const struct account_row *account, const struct lot_row *lot, int64_t by, struct err *e)
{
	struct share_row *shares;
	struct taken *taken;
	size_t n;

	if (q_share_of_lot(tx->db, tx->arena, lot->id, &shares, &n, e))
		return -1;
	taken = arena_alloc(tx->arena, (n + 1) * sizeof(*taken));
	for (size_t i = 0; i < n; i++) {
		int64_t rest = shares[i].quantity - shares[i].reserved;

		taken[i] = (struct taken){ .share = &shares[i], .free = rest < 0 ? 0 : rest < by ? rest : by };
		by -= taken[i].free;
	}
	for (size_t i = 0; i < n && by; i++) {
		int64_t rest = shares[i].quantity - taken[i].free;

		taken[i].reserved = rest < by ? rest : by;
		by -= taken[i].reserved;
	}
	if (by)
		return err_set(e, E_DATABASE_CORRUPT, "The shares of lot %s do not add up. Restore the newest backup.",
			       lot->uuid);
	for (size_t i = 0; i < n; i++)
		if (q_share_take(tx->db, lot->id, shares[i].virtual_account_id, taken[i].free + taken[i].reserved, e) ||
		    tell_taken(tx, account, lot, &taken[i], e))
			return -1;
	return 0;
}

static int check_change(const struct lot_row *lot, const struct order_change *in, struct err *e)
{
	if (in->quantity != ORDER_UNCHANGED && (in->quantity < 0 || in->quantity > LICENSE_QUANTITY_MAX))
		return err_field(e, E_INVALID_REQUEST, "quantity",
				 "The quantity is %" PRId64 "; it must be from 0 to %" PRId64 ".", in->quantity,
				 LICENSE_QUANTITY_MAX);
	if (in->quantity == ORDER_UNCHANGED && in->end_at == 0)
		return err_set(e, E_INVALID_REQUEST, "Nothing is to be changed: give quantity, endDate or both.");
	if (in->end_at && lot->end_at == 0)
		return err_field(e, E_INVALID_REQUEST, "endDate", "A perpetual license has no end.");
	if (in->end_at && in->end_at <= lot->start_at)
		return err_field(e, E_INVALID_REQUEST, "endDate", "The license would end before it starts.");
	return 0;
}

int lot_place(struct tx *tx, const struct lot_row *lot, struct virtual_account_row *out, struct err *e)
{
	struct share_row *shares;
	int64_t id = 0;
	size_t n;
	int rc = 1;

	if (q_share_of_lot(tx->db, tx->arena, lot->id, &shares, &n, e))
		return -1;
	if (n == 1)
		id = shares[0].virtual_account_id;
	else
		rc = n ? 0 : q_share_home(tx->db, lot->id, &id, e);
	return rc == 1 ? q_virtual_account_by_id(tx->db, tx->arena, id, out, e) : rc;
}

/* Where licenses go that are added: to the virtual account that has the others, or had the last, else to the default. */
static int grow(struct tx *tx, const struct account_row *account, const struct lot_row *lot,
		const struct entitlement_row *ent, int64_t by, const char **where, struct err *e)
{
	struct virtual_account_row va;
	char uuid[UUID_SIZE];
	int rc = lot_place(tx, lot, &va, e);

	if (rc == 0)
		rc = q_virtual_account_default(tx->db, tx->arena, account->id, &va, e);
	if (rc != 1)
		return -1;
	*where = va.name;
	return q_share_add(tx->db, rand_uuid(uuid), lot->id, va.id, by, e) || lot_restored(tx, va.id, ent, e) ? -1 : 0;
}

int order_change(struct tx *tx, const char *uuid, const struct order_change *in, struct lot_row *out, struct err *e)
{
	struct account_row account;
	struct entitlement_row ent;
	struct lot_row before;
	json_t *detail;
	int rc = q_lot_by_uuid(tx->db, tx->arena, uuid, &before, e);

	if (rc == 0)
		return err_set(e, E_ORDER_UNKNOWN, "There is no order '%.64s' here.", uuid);
	if (rc < 0 || check_change(&before, in, e) ||
	    q_account_by_id(tx->db, tx->arena, before.account_id, &account, e) != 1 ||
	    q_entitlement_by_tag(tx->db, tx->arena, before.tag, &ent, e) != 1)
		return -1;
	*out = before;
	out->added_to = NULL;
	out->end_at = in->end_at ? in->end_at : before.end_at;
	out->quantity = in->quantity == ORDER_UNCHANGED ? before.quantity : in->quantity;
	if ((out->quantity > before.quantity &&
	     grow(tx, &account, &before, &ent, out->quantity - before.quantity, &out->added_to, e)) ||
	    (out->quantity < before.quantity && lot_shrink(tx, &account, &before, before.quantity - out->quantity, e)) ||
	    q_lot_update(tx->db, out, e))
		return -1;
	detail = json_object();
	json_set_text(detail, "lot", out->uuid);
	json_set_text(detail, "tag", ent.tag);
	json_set_int(detail, "before", before.quantity);
	json_set_int(detail, "after", out->quantity);
	json_set_time(detail, "endDateBefore", before.end_at);
	json_set_time(detail, "endDate", out->end_at);
	if (out->added_to)
		json_set_text(detail, "virtualAccount", out->added_to);
	return event_add(tx, "order.change", account.name, ent.display_name, detail, e);
}
