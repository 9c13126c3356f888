#include "sync/lots.h"

#include <inttypes.h>
#include <string.h>

#include "base/rand.h"
#include "lic/lot.h"
#include "sync/record.h"

struct state {
	struct tx *tx;
	const struct account_row *account;
	struct virtual_account_row default_va;
	json_t *seen;   /* lot uuid -> true */
	json_t *before; /* display name -> licenses, of all lots */
	json_t *after;
};

static void add_count(json_t *counts, const char *name, int64_t n)
{
	json_set_int(counts, name, json_integer_value(json_object_get(counts, name)) + n);
}

static int grow(struct state *s, int64_t lot, const struct entitlement_row *ent, int64_t by, struct err *e)
{
	int64_t to = s->default_va.id;
	char uuid[UUID_SIZE];

	return q_share_add(s->tx->db, rand_uuid(uuid), lot, to, by, e) || lot_restored(s->tx, to, ent, e) ? -1 : 0;
}

static int set_lot(struct state *s, const struct lot_row *old, struct lot_row *lot, const struct entitlement_row *ent,
		   struct err *e)
{
	if (old == NULL)
		return q_lot_add(s->tx->db, lot, e) || grow(s, lot->id, ent, lot->quantity, e) ? -1 : 0;
	lot->id = old->id;
	if (lot->quantity > old->quantity && grow(s, lot->id, ent, lot->quantity - old->quantity, e))
		return -1;
	if (lot->quantity < old->quantity && lot_shrink(s->tx, s->account, lot, old->quantity - lot->quantity, e))
		return -1;
	return q_lot_update(s->tx->db, lot, e);
}

static int apply_one(void *ctx, const json_t *v, int64_t line, struct err *e)
{
	struct state *s = ctx;
	struct entitlement_row ent;
	struct record_lot r;
	struct lot_row old, lot;
	int rc;

	if (record_lot_decode(v, &r, e))
		return -1;
	if (json_object_get(s->seen, r.id))
		return err_field(e, E_SYNC_DAMAGED, "id", "Line %" PRId64 " names the lot %s a second time.", line, r.id);
	json_object_set_new(s->seen, r.id, json_true());
	rc = q_entitlement_by_tag(s->tx->db, s->tx->arena, r.tag, &ent, e);
	if (rc == 0)
		return err_field(e, E_SYNC_DAMAGED, "tag",
				 "Line %" PRId64 " has a tag that the file's catalogue lacks: %.128s.", line, r.tag);
	if (rc < 0)
		return -1;
	rc = q_lot_by_uuid(s->tx->db, s->tx->arena, r.id, &old, e);
	if (rc < 0)
		return -1;
	if (rc == 1 && (old.account_id != s->account->id || old.entitlement_id != ent.id))
		return err_field(e, E_SYNC_DAMAGED, "id",
				 "Line %" PRId64 ": the lot %s belongs to another account or license.", line, r.id);
	lot = (struct lot_row){ .uuid = r.id,
				.account_id = s->account->id,
				.entitlement_id = ent.id,
				.tag = r.tag,
				.quantity = r.quantity,
				.license_type = r.license_type,
				.start_at = r.start_at,
				.end_at = r.end_at,
				.subscription_id = r.subscription_id,
				.created_at = s->tx->now };
	add_count(s->after, ent.display_name, r.quantity);
	return set_lot(s, rc == 1 ? &old : NULL, &lot, &ent, e);
}

/* Lots that the file no longer names. */
static int drop_others(struct state *s, struct lot_row *lots, size_t n, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		int64_t had = lots[i].quantity;

		if (had == 0 || json_object_get(s->seen, lots[i].uuid))
			continue;
		lots[i].quantity = 0;
		if (lot_shrink(s->tx, s->account, &lots[i], had, e) || q_lot_update(s->tx->db, &lots[i], e))
			return -1;
	}
	return 0;
}

static int count_before(struct state *s, const struct lot_row *lots, size_t n, struct err *e)
{
	struct entitlement_row *all;
	size_t all_n;

	if (q_entitlement_list(s->tx->db, s->tx->arena, &all, &all_n, e))
		return -1;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < all_n; k++)
			if (all[k].id == lots[i].entitlement_id)
				add_count(s->before, all[k].display_name, lots[i].quantity);
	return 0;
}

static json_t *list_changes(struct state *s)
{
	json_t *out = json_array(), *v;
	const char *name;

	json_object_foreach (s->before, name, v) {
		if (json_object_get(s->after, name) == NULL)
			json_set_int(s->after, name, 0);
	}
	json_object_foreach (s->after, name, v) {
		json_t *was = json_object_get(s->before, name), *row;

		if (json_integer_value(was) == json_integer_value(v))
			continue;
		row = json_object();
		json_set_text(row, "license", name);
		json_set_int(row, "before", json_integer_value(was));
		json_set_int(row, "after", json_integer_value(v));
		json_array_append_new(out, row);
	}
	return out;
}

int lots_apply(struct tx *tx, const struct account_row *account, struct bundle *bundle, json_t **changes, struct err *e)
{
	struct state s = {
		.tx = tx, .account = account, .seen = json_object(), .before = json_object(), .after = json_object()
	};
	struct lot_row *lots;
	size_t n;
	int rc = -1;

	if (q_virtual_account_default(tx->db, tx->arena, account->id, &s.default_va, e) == 1 &&
	    q_lot_list(tx->db, tx->arena, account->id, &lots, &n, e) == 0 && count_before(&s, lots, n, e) == 0 &&
	    bundle_part_each(bundle, "license_lots.ndjson", apply_one, &s, e) == 0)
		rc = drop_others(&s, lots, n, e);
	if (rc == 0)
		*changes = list_changes(&s);
	json_decref(s.seen);
	json_decref(s.before);
	json_decref(s.after);
	return rc;
}
