#include "lic/usage.h"

#include <string.h>

#include "lic/event.h"
#include "lic/export.h"
#include "lic/instance.h"
#include "lic/pool.h"

/* One asked tag with what the catalogue and the present state say of it. */
struct line {
	struct entitlement_row ent; /* id 0 = unknown tag */
	int64_t before;             /* granted before and counted in the pool */
	int64_t before_any;         /* granted before, counted or not */
	int64_t granted;
};

/* Export control (section 6): a product that may not gets nothing of a restricted tag; where the account's
 * permission was withdrawn later, it keeps what it had but gets no more. */
static int64_t grant(const struct instance_row *instance, bool account_permits, const struct line *l, int64_t asked)
{
	if (!l->ent.restricted || (instance->export_allowed && account_permits))
		return asked;
	if (!instance->export_allowed)
		return 0;
	return asked < l->before_any ? asked : l->before_any;
}

static struct usage_row *find_row(struct usage_row *rows, size_t n, int64_t entitlement)
{
	for (size_t i = 0; i < n; i++)
		if (rows[i].entitlement_id == entitlement)
			return &rows[i];
	return NULL;
}

/* Stores one line and moves the pool by the difference. Returns 1 if anything but the time changed. */
static int store_line(struct tx *tx, const struct instance_row *instance, struct line *l, struct usage_row *old,
		      int64_t asked, struct err *e)
{
	bool changed = old == NULL || old->asked != asked || old->granted != l->granted || l->before != l->granted;

	if (!changed || (old == NULL && asked == 0))
		return 0;
	if (q_pool_change(tx->db, instance->virtual_account_id, l->ent.id, l->granted - l->before, e))
		return -1;
	if (asked == 0)
		return q_usage_drop(tx->db, instance->id, l->ent.id, e) ? -1 : 1;
	return q_usage_set(tx->db, instance->id, l->ent.id, asked, l->granted, e) ? -1 : 1;
}

/* Tags that were used and are no longer asked are released. */
static int drop_others(struct tx *tx, const struct instance_row *instance, bool holding, struct usage_row *rows, size_t n,
		       const struct line *lines, size_t lines_n, struct err *e)
{
	int dropped = 0;

	for (size_t i = 0; i < n; i++) {
		bool asked = false;

		for (size_t k = 0; k < lines_n && !asked; k++)
			asked = lines[k].ent.id == rows[i].entitlement_id;
		if (asked)
			continue;
		if ((holding &&
		     q_pool_change(tx->db, instance->virtual_account_id, rows[i].entitlement_id, -rows[i].granted, e)) ||
		    q_usage_drop(tx->db, instance->id, rows[i].entitlement_id, e))
			return -1;
		dropped = 1;
	}
	return dropped;
}

/* The unknown tags are few and rare: written anew when they differ. */
static int store_unknown(struct tx *tx, const struct instance_row *instance, const struct usage_asked *asked,
			 const struct line *lines, size_t n, struct err *e)
{
	struct usage_row *old;
	size_t old_n, same = 0, now_n = 0;

	if (q_usage_unknown_list(tx->db, tx->arena, instance->id, &old, &old_n, e))
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (lines[i].ent.id || asked[i].count == 0)
			continue;
		now_n++;
		for (size_t k = 0; k < old_n; k++)
			same += strcmp(old[k].tag, asked[i].tag) == 0 && old[k].asked == asked[i].count;
	}
	if (same == now_n && now_n == old_n)
		return 0;
	if (q_usage_unknown_drop_all(tx->db, instance->id, e))
		return -1;
	for (size_t i = 0; i < n; i++)
		if (lines[i].ent.id == 0 && asked[i].count > 0 &&
		    q_usage_unknown_set(tx->db, instance->id, asked[i].tag, asked[i].count, e))
			return -1;
	return 1;
}

static int answer_line(struct pools *pools, const struct line *l, const struct usage_asked *asked, struct usage_answer *out,
		       bool *out_of_compliance, struct err *e)
{
	const struct pool *pool;

	out->tag = asked->tag;
	out->count = l->granted;
	if (l->ent.id == 0) {
		out->display_name = out->description = out->version = "";
		out->status = "InvalidTag";
		return 0;
	}
	out->display_name = l->ent.display_name;
	out->description = l->ent.description;
	out->version = l->ent.version;
	out->status = "InCompliance";
	if (l->granted < asked->count)
		out->status = "NotAuthorized";
	if (l->granted == 0)
		return 0;
	if (pools_get(pools, l->ent.id, l->ent.family, &pool, e))
		return -1;
	if (pool_short(pool) && l->granted == asked->count) {
		out->status = "OutOfCompliance";
		*out_of_compliance = true;
	}
	return 0;
}

static int changed_event(struct tx *tx, const struct instance_row *instance, const struct usage_row *before,
			 size_t before_n, const struct usage_answer *after, size_t after_n, struct err *e)
{
	json_t *detail = json_object(), *was = json_object(), *is = json_object();

	for (size_t i = 0; i < before_n; i++)
		json_set_int(was, before[i].tag, before[i].granted);
	for (size_t i = 0; i < after_n; i++)
		if (after[i].count)
			json_set_int(is, after[i].tag, after[i].count);
	json_object_set_new(detail, "before", was);
	json_object_set_new(detail, "after", is);
	return instance_event(tx, "usage.change", instance, detail, e);
}

int usage_replace(struct tx *tx, const struct instance_row *instance, bool account_permits_export,
		  const struct usage_asked *asked, size_t n, struct usage_answer *out, bool *out_of_compliance,
		  struct err *e)
{
	bool holding = instance->holding && instance->holds_until > tx->now, changed = false;
	struct line *lines = arena_alloc(tx->arena, (n + 1) * sizeof(*lines));
	int64_t expires_at = tx->now + AUTHORIZATION_MS;
	struct usage_row *old;
	struct pools pools;
	size_t old_n;
	int rc;

	/* Rights that lapsed but were not swept yet are still in the counter. */
	if (instance->holding && !holding && usage_release(tx, instance->id, instance->virtual_account_id, e))
		return -1;
	if (q_usage_list(tx->db, tx->arena, instance->id, &old, &old_n, e))
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct line *l = &lines[i];
		struct usage_row *row;

		rc = q_entitlement_by_tag(tx->db, tx->arena, asked[i].tag, &l->ent, e);
		if (rc < 0)
			return -1;
		if (rc == 0)
			continue;
		row = find_row(old, old_n, l->ent.id);
		l->before_any = row ? row->granted : 0;
		l->before = holding ? l->before_any : 0;
		l->granted = grant(instance, account_permits_export, l, asked[i].count);
		rc = store_line(tx, instance, l, row, asked[i].count, e);
		if (rc < 0)
			return -1;
		changed |= rc == 1;
	}
	rc = drop_others(tx, instance, holding, old, old_n, lines, n, e);
	if (rc < 0)
		return -1;
	changed |= rc == 1;
	rc = store_unknown(tx, instance, asked, lines, n, e);
	if (rc < 0)
		return -1;
	changed |= rc == 1;
	if (q_instance_authorized(tx->db, instance->id, tx->now, expires_at,
				  expires_at < instance->registration_expires_at ? expires_at
										 : instance->registration_expires_at,
				  e))
		return -1;
	*out_of_compliance = false;
	pools_init(&pools, tx, instance->virtual_account_id);
	for (size_t i = 0; i < n; i++)
		if (answer_line(&pools, &lines[i], &asked[i], &out[i], out_of_compliance, e))
			return -1;
	if (!changed)
		return 0;
	if (changed_event(tx, instance, old, holding ? old_n : 0, out, n, e))
		return -1;
	return export_review_instance(tx, instance, account_permits_export, e);
}

/* Adds sign times the granted usage of an instance to the pools of a virtual account. */
static int move_pools(struct tx *tx, int64_t instance, int64_t virtual_account, int sign, struct err *e)
{
	struct usage_row *rows;
	size_t n;

	if (q_usage_list(tx->db, tx->arena, instance, &rows, &n, e))
		return -1;
	for (size_t i = 0; i < n; i++)
		if (q_pool_change(tx->db, virtual_account, rows[i].entitlement_id, sign * rows[i].granted, e))
			return -1;
	return 0;
}

int usage_release(struct tx *tx, int64_t instance, int64_t virtual_account, struct err *e)
{
	return move_pools(tx, instance, virtual_account, -1, e);
}

int usage_hold(struct tx *tx, int64_t instance, int64_t virtual_account, struct err *e)
{
	return move_pools(tx, instance, virtual_account, 1, e);
}

int usage_out_of_compliance(struct tx *tx, const struct instance_row *instance, bool *out, struct err *e)
{
	struct usage_row *rows;
	const struct pool *pool;
	struct pools pools;
	size_t n;

	*out = false;
	if (!instance->holding || instance->holds_until <= tx->now)
		return 0;
	if (q_usage_list(tx->db, tx->arena, instance->id, &rows, &n, e))
		return -1;
	pools_init(&pools, tx, instance->virtual_account_id);
	for (size_t i = 0; i < n && !*out; i++) {
		/* A tag that is partly refused is NotAuthorized, which alone says nothing of compliance (section 5). */
		if (rows[i].granted == 0 || rows[i].granted < rows[i].asked)
			continue;
		if (pools_get(&pools, rows[i].entitlement_id, rows[i].family, &pool, e))
			return -1;
		*out = pool_short(pool);
	}
	return 0;
}
