#include "sync/lots.h"

#include <inttypes.h>
#include <string.h>

#include "base/rand.h"
#include "lic/lot.h"
#include "sync/record.h"

#define CHECK_EVERY 1024 /* records between two looks at whether to go on */

struct lot_change {
	struct lot_row lot; /* as it will be; without ids */
	int64_t before;     /* its quantity; -1 = it is new */
};

void lots_fini(struct lots *l)
{
	buf_fini(&l->changes);
	json_decref(l->before);
	json_decref(l->after);
	*l = LOTS_INIT;
}

/* ---- comparing ---- */

struct comparing {
	struct work *work;
	struct tx *tx;
	int64_t account;
	json_t *seen; /* lot uuid -> true */
	struct lots *out;
};

static void add_count(json_t *counts, const char *tag, int64_t n)
{
	json_set_int(counts, tag, json_integer_value(json_object_get(counts, tag)) + n);
}

static void add_change(struct comparing *c, const struct lot_row *lot, int64_t before)
{
	struct arena *a = c->work->arena;
	struct lot_change change = { .lot = *lot, .before = before };

	change.lot.uuid = arena_strdup(a, lot->uuid);
	change.lot.tag = arena_strdup(a, lot->tag);
	change.lot.license_type = arena_strdup(a, lot->license_type);
	change.lot.subscription_id = arena_strdup(a, lot->subscription_id);
	buf_add(&c->out->changes, &change, sizeof(change));
}

static bool same(const struct lot_row *a, const struct lot_row *b)
{
	return a->quantity == b->quantity && a->start_at == b->start_at && a->end_at == b->end_at &&
	       strcmp(a->license_type, b->license_type) == 0 && strcmp(a->subscription_id, b->subscription_id) == 0;
}

static int compare_lot(struct comparing *c, const struct record_lot *r, struct arena *a, struct err *e)
{
	struct lot_row old, lot = { .uuid = r->id,
				    .tag = r->tag,
				    .quantity = r->quantity,
				    .license_type = r->license_type,
				    .start_at = r->start_at,
				    .end_at = r->end_at,
				    .subscription_id = r->subscription_id ? r->subscription_id : "" };
	int rc = q_lot_by_uuid(c->tx->db, a, r->id, &old, e);

	if (rc < 0)
		return -1;
	if (rc == 0) {
		add_change(c, &lot, -1);
		return 0;
	}
	if (old.account_id != c->account || strcmp(old.tag, r->tag) != 0)
		return err_field(e, E_SYNC_DAMAGED, "id", "The lot %s belongs to another account or license.", r->id);
	if (!same(&old, &lot))
		add_change(c, &lot, old.quantity);
	return 0;
}

static int compare_record(void *ctx, const json_t *v, int64_t line, struct err *e)
{
	struct comparing *c = ctx;
	struct record_lot r;
	struct arena arena;
	int rc;

	(void)line;
	if (record_lot_decode(v, &r, e))
		return -1;
	if (json_object_get(c->seen, r.id))
		return err_field(e, E_SYNC_DAMAGED, "id", "The lot %s is there twice.", r.id);
	json_object_set_new(c->seen, r.id, json_true());
	add_count(c->out->after, r.tag, r.quantity);
	arena_init(&arena);
	rc = compare_lot(c, &r, &arena, e);
	arena_fini(&arena);
	if (rc == 0 && ++c->out->records % CHECK_EVERY == 0)
		rc = work_check(c->work, e);
	return rc;
}

/* The account's lots: how many there were of each kind, and those that the part no longer names. */
static int compare_others(struct comparing *c, struct err *e)
{
	struct arena arena;
	struct lot_row *rows;
	size_t n;
	int rc;

	arena_init(&arena);
	rc = q_lot_list(c->tx->db, &arena, c->account, &rows, &n, e);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		int64_t had = rows[i].quantity;

		add_count(c->out->before, rows[i].tag, had);
		if (had == 0 || json_object_get(c->seen, rows[i].uuid))
			continue;
		rows[i].quantity = 0;
		add_change(c, &rows[i], had);
	}
	arena_fini(&arena);
	return rc;
}

int lots_compare(struct work *w, struct tx *tx, int64_t account, struct bundle *bundle, struct lots *out, struct err *e)
{
	struct comparing c = { .work = w, .tx = tx, .account = account, .seen = json_object(), .out = out };
	int rc;

	out->before = json_object();
	out->after = json_object();
	rc = bundle_part_each(bundle, "license_lots.ndjson", compare_record, &c, e) || compare_others(&c, e) ? -1 : 0;
	json_decref(c.seen);
	return rc;
}

/* ---- applying ---- */

static int grow(struct tx *tx, int64_t to, int64_t lot, const struct entitlement_row *ent, int64_t by, struct err *e)
{
	char uuid[UUID_SIZE];

	return q_share_add(tx->db, rand_uuid(uuid), lot, to, by, e) || lot_restored(tx, to, ent, e) ? -1 : 0;
}

static int apply_lot(struct tx *tx, const struct account_row *account, int64_t default_va, const struct lot_change *c,
		     struct err *e)
{
	struct lot_row lot = c->lot, old;
	struct entitlement_row ent;
	int rc = q_entitlement_by_tag(tx->db, tx->arena, lot.tag, &ent, e);

	if (rc == 0)
		return err_field(e, E_SYNC_DAMAGED, "tag",
				 "The lot %s has a tag that the file's catalogue lacks: %.128s. Nothing was changed.",
				 lot.uuid, lot.tag);
	if (rc < 0)
		return -1;
	lot.account_id = account->id;
	lot.entitlement_id = ent.id;
	lot.created_at = tx->now;
	if (c->before < 0)
		return q_lot_add(tx->db, &lot, e) || grow(tx, default_va, lot.id, &ent, lot.quantity, e) ? -1 : 0;
	if (q_lot_by_uuid(tx->db, tx->arena, lot.uuid, &old, e) != 1)
		return -1;
	lot.id = old.id;
	if (lot.quantity > c->before && grow(tx, default_va, lot.id, &ent, lot.quantity - c->before, e))
		return -1;
	if (lot.quantity < c->before && lot_shrink(tx, account, &lot, c->before - lot.quantity, e))
		return -1;
	return q_lot_update(tx->db, &lot, e);
}

int lots_apply(struct tx *tx, const struct account_row *account, const struct lots *l, struct err *e)
{
	const struct lot_change *changes = (const struct lot_change *)(const void *)l->changes.data;
	struct virtual_account_row va;
	struct tx one = *tx;
	struct arena arena; /* of one lot: there may be very many */
	int rc = 0;

	if (q_virtual_account_default(tx->db, tx->arena, account->id, &va, e) != 1)
		return -1;
	one.arena = &arena;
	for (size_t i = 0; rc == 0 && i < l->changes.n / sizeof(*changes); i++) {
		arena_init(&arena);
		rc = apply_lot(&one, account, va.id, &changes[i], e);
		arena_fini(&arena);
	}
	return rc;
}

int lots_changes(struct tx *tx, const struct lots *l, json_t **out, struct err *e)
{
	json_t *list = json_array(), *v;
	const char *tag;

	json_object_foreach (l->before, tag, v)
		if (json_object_get(l->after, tag) == NULL)
			json_set_int(l->after, tag, 0);
	json_object_foreach (l->after, tag, v) {
		int64_t before = json_integer_value(json_object_get(l->before, tag)), after = json_integer_value(v);
		struct entitlement_row ent;
		json_t *row;

		if (before == after)
			continue;
		if (q_entitlement_by_tag(tx->db, tx->arena, tag, &ent, e) != 1) {
			json_decref(list);
			return -1;
		}
		row = json_object();
		json_set_text(row, "license", ent.display_name);
		json_set_int(row, "before", before);
		json_set_int(row, "after", after);
		json_array_append_new(list, row);
	}
	*out = list;
	return 0;
}
