#include "lic/compliance.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "db/q.h"
#include "db/q_event.h"
#include "lic/event.h"
#include "lic/history.h"
#include "lic/instance.h"
#include "lic/license.h"
#include "lic/pool.h"
#include "lic/usage.h"

#define SEEN "lots_seen_at" /* the setting: up to when lots' starts and ends were noted */

/* ---- history ---- */

/* Only where there is news is the catalogue read: pools are looked at with every change of usage. */
static int note(struct tx *tx, int64_t virtual_account, const struct pool *pool, int64_t cause, bool out, struct err *e)
{
	const struct entitlement_row *kind;
	struct virtual_account_row va;
	struct entitlement_row *all;
	struct account_row account;
	json_t *detail;
	size_t n;

	if (q_entitlement_list(tx->db, tx->arena, &all, &n, e))
		return -1;
	kind = entitlement_in(all, n, pool->entitlement);
	if (q_virtual_account_by_id(tx->db, tx->arena, virtual_account, &va, e) != 1 ||
	    q_account_by_id(tx->db, tx->arena, va.account_id, &account, e) != 1)
		return -1;
	detail = json_object();
	json_set_text(detail, "virtualAccount", va.name);
	json_set_text(detail, "tag", kind->tag);
	json_set_int(detail, "quantity", pool->quantity);
	json_set_int(detail, "reserved", pool->reserved);
	json_set_int(detail, "inUse", pool->in_use);
	json_set_int(detail, "borrowed", pool->borrowed);
	json_set_int(detail, "lent", pool->lent);
	json_set_int(detail, "event", cause);
	return event_add(tx, out ? "compliance.out" : "compliance.in", account.name, kind->display_name, detail, e);
}

static int settle_pool(struct tx *tx, int64_t virtual_account, const struct pool *pool, int64_t cause, struct err *e)
{
	struct compliance_row open;
	int rc = q_compliance_open(tx->db, tx->arena, virtual_account, pool->entitlement, &open, e);

	if (rc < 0)
		return -1;
	if (!pool_short(pool)) {
		if (rc == 0)
			return 0;
		return q_compliance_close(tx->db, open.id, tx->now, cause, e) ||
		       note(tx, virtual_account, pool, cause, false, e);
	}
	if (rc == 1)
		return -pool->balance > open.shortage ? q_compliance_worse(tx->db, open.id, -pool->balance, e) : 0;
	open = (struct compliance_row){ .virtual_account_id = virtual_account,
					.entitlement_id = pool->entitlement,
					.out_at = tx->now,
					.out_event = cause,
					.shortage = -pool->balance };
	return q_compliance_add(tx->db, &open, e) || note(tx, virtual_account, pool, cause, true, e);
}

static int settle_family(struct tx *tx, const struct touched_row *touched, int64_t cause, struct family *f, struct err *e)
{
	if (family_read(tx, touched->virtual_account_id, touched->kind.id, touched->kind.family, f, e))
		return -1;
	for (size_t i = 0; i < f->n; i++)
		if (settle_pool(tx, touched->virtual_account_id, &f->pools[i], cause, e))
			return -1;
	return 0;
}

/* The event that did it: the newest but for alerts, which only follow from one. */
static int find_cause(struct tx *tx, int64_t *id, struct err *e)
{
	struct event_row row = { 0 };
	int rc = q_event_last(tx->db, tx->arena, &row, e);

	*id = row.id;
	while (rc == 1 && *id > 0) {
		rc = q_event_by_id(tx->db, tx->arena, *id, &row, e);
		if (rc != 1 || !str_prefix(row.kind, "alert."))
			break;
		--*id;
	}
	return rc < 0 ? -1 : 0;
}

int compliance_settle(struct tx *tx, struct err *e)
{
	struct touched_row *rows;
	struct family family;
	int64_t cause;
	size_t n;

	if (q_touched_list(tx->db, tx->arena, &rows, &n, e))
		return -1;
	if (n == 0)
		return 0;
	if (find_cause(tx, &cause, e))
		return -1;
	for (size_t i = 0; i < n; i++) {
		bool next = i == 0 || !pools_same_family(&rows[i - 1], &rows[i]);

		if ((next && settle_family(tx, &rows[i], cause, &family, e)) ||
		    history_note(tx, rows[i].virtual_account_id, rows[i].kind.id,
				 family_pool(&family, rows[i].kind.id)->in_use, e))
			return -1;
	}
	return q_touched_clear(tx->db, e);
}

int compliance_review(struct tx *tx, struct err *e)
{
	return q_touch_all(tx->db, e) || compliance_settle(tx, e) ? -1 : 0;
}

/* ---- time ---- */

static int lot_event(struct tx *tx, const struct lot_row *lot, bool ended, struct err *e)
{
	struct account_row account;
	json_t *detail;

	if (lot->quantity == 0)
		return 0;
	if (q_account_by_id(tx->db, tx->arena, lot->account_id, &account, e) != 1)
		return -1;
	detail = json_object();
	json_set_text(detail, "lot", lot->uuid);
	json_set_int(detail, "quantity", lot->quantity);
	json_set_text(detail, "licenseType", lot->license_type);
	json_set_text(detail, "subscriptionId", lot->subscription_id);
	return event_add(tx, ended ? "license.end" : "license.start", account.name, lot->tag, detail, e);
}

static int pass_lots(struct tx *tx, struct err *e)
{
	struct lot_row *lots;
	size_t n;

	if (q_lot_at(tx->db, tx->arena, tx->now, &lots, &n, e))
		return -1;
	for (size_t i = 0; i < n; i++)
		if (lot_event(tx, &lots[i], lots[i].end_at == tx->now, e))
			return -1;
	return q_touch_lots(tx->db, tx->now, e);
}

static int lapse(struct tx *tx, int64_t id, struct err *e)
{
	struct instance_row row;
	json_t *detail;

	if (q_instance_by_id(tx->db, tx->arena, id, &row, e) != 1 || usage_release(tx, row.id, row.virtual_account_id, e) ||
	    q_instance_release(tx->db, row.id, e))
		return -1;
	detail = json_object();
	json_set_text(detail, "expired", row.registration_expires_at <= tx->now ? "registration" : "authorization");
	json_set_time(detail, "lastContactDate", row.last_contact_at);
	return instance_event(tx, "instance.expire", &row, detail, e);
}

/* Gives back the licenses of those whose rights ended by now. Returns how many, -1 on failure. */
static int64_t pass_instances(struct tx *tx, int64_t limit, struct err *e)
{
	struct lapsed_row *rows;
	size_t n;

	if (q_instance_lapsed(tx->db, tx->arena, tx->now, limit, &rows, &n, e))
		return -1;
	for (size_t i = 0; i < n; i++)
		if (lapse(tx, rows[i].id, e))
			return -1;
	return (int64_t)n;
}

/* The next moment at which something is due after seen, up to now: 1, 0 if there is none, -1. */
static int next_moment(struct tx *tx, int64_t seen, int64_t *at, bool *lots, struct err *e)
{
	int64_t lot_at = 0, lapse_at = 0;
	int has_lot = q_lot_boundary(tx->db, seen, &lot_at, e), has_lapse;

	if (has_lot < 0)
		return -1;
	has_lapse = q_instance_next_lapse(tx->db, &lapse_at, e);
	if (has_lapse < 0)
		return -1;
	if (has_lot == 0 && has_lapse == 0)
		return 0;
	*lots = has_lot && (has_lapse == 0 || lot_at <= lapse_at);
	*at = *lots ? lot_at : lapse_at;
	return *at <= tx->now;
}

static int seen_get(struct tx *tx, int64_t *seen, struct err *e)
{
	const char *text = NULL;
	int rc = q_setting_get(tx->db, tx->arena, SEEN, &text, e);

	*seen = rc == 1 ? strtoll(text, NULL, 10) : 0;
	return rc;
}

int compliance_seen(struct tx *tx, int64_t *at, struct err *e)
{
	return seen_get(tx, at, e) < 0 ? -1 : 0;
}

static int seen_set(struct tx *tx, int64_t seen, struct err *e)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, seen);
	return q_setting_set(tx->db, SEEN, text, e);
}

int compliance_advance(struct tx *tx, int64_t limit, bool *more, struct err *e)
{
	int64_t seen, before, at = 0, done = 0;
	struct tx then = *tx;
	bool lots = false;
	int rc = seen_get(tx, &seen, e);

	*more = false;
	if (rc < 0)
		return -1;
	if (rc == 0 || seen > tx->now) /* the first time, or the clock was set back */
		return history_begin_day(tx, e) || seen_set(tx, tx->now, e) || compliance_review(tx, e);
	before = seen;
	while ((rc = next_moment(tx, seen, &at, &lots, e)) == 1 && done < limit) {
		int64_t n = 1;

		then.now = at;
		if (history_begin_day(&then, e))
			return -1;
		if (lots && pass_lots(&then, e))
			return -1;
		if (!lots)
			n = pass_instances(&then, limit - done, e);
		if (n < 0 || compliance_settle(&then, e))
			return -1;
		if (lots)
			seen = at;
		done += n;
	}
	*more = rc == 1;
	if (rc < 0 || (rc == 0 && history_begin_day(tx, e)))
		return -1;
	return seen == before ? 0 : seen_set(tx, seen, e);
}
