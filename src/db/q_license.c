#include "db/q.h"
#include "db/rows.h"

static void read_entitlement_at(struct rows *r, struct arena *a, int c, struct entitlement_row *row)
{
	row->id = rows_int(r, c);
	row->uuid = rows_keep_text(r, a, c + 1);
	row->tag = rows_keep_text(r, a, c + 2);
	row->name = rows_keep_text(r, a, c + 3);
	row->display_name = rows_keep_text(r, a, c + 4);
	row->description = rows_keep_text(r, a, c + 5);
	row->version = rows_keep_text(r, a, c + 6);
	row->family = rows_keep_text(r, a, c + 7);
	row->tier = rows_null(r, c + 8) ? -1 : rows_int(r, c + 8);
	row->restricted = rows_int(r, c + 9) != 0;
}

static void read_entitlement(struct rows *r, struct arena *a, void *out)
{
	read_entitlement_at(r, a, 0, out);
}

int q_entitlement_set(struct db *d, const struct entitlement_row *row, const char *name_key, struct err *e)
{
	if (row->tier < 0)
		return db_exec(d, e, Q_ENTITLEMENT_SET, "ssssssssni", row->uuid, row->tag, row->name, name_key,
			       row->display_name, row->description, row->version, row->family, (int64_t)row->restricted);
	return db_exec(d, e, Q_ENTITLEMENT_SET, "ssssssssii", row->uuid, row->tag, row->name, name_key, row->display_name,
		       row->description, row->version, row->family, row->tier, (int64_t)row->restricted);
}

int q_entitlement_by_uuid(struct db *d, struct arena *a, const char *uuid, struct entitlement_row *out, struct err *e)
{
	return rows_first(db_query(d, e, Q_ENTITLEMENT_BY_UUID, "s", uuid), a, read_entitlement, out, e);
}

int q_entitlement_by_tag(struct db *d, struct arena *a, const char *tag, struct entitlement_row *out, struct err *e)
{
	return rows_first(db_query(d, e, Q_ENTITLEMENT_BY_TAG, "s", tag), a, read_entitlement, out, e);
}

int q_entitlement_by_name(struct db *d, struct arena *a, const char *name_key, struct entitlement_row *out, struct err *e)
{
	return rows_first(db_query(d, e, Q_ENTITLEMENT_BY_NAME, "s", name_key), a, read_entitlement, out, e);
}

int q_entitlement_list(struct db *d, struct arena *a, struct entitlement_row **out, size_t *n, struct err *e)
{
	return rows_all(db_query(d, e, Q_ENTITLEMENT_LIST, ""), a, read_entitlement, sizeof(**out), out, n, e);
}

int q_day_kinds(struct db *d, struct arena *a, int64_t virtual_account, struct entitlement_row **out, size_t *n,
		struct err *e)
{
	return rows_all(db_query(d, e, Q_DAY_KINDS, "i", virtual_account), a, read_entitlement, sizeof(**out), out, n, e);
}

int q_lot_add(struct db *d, struct lot_row *row, struct err *e)
{
	if (db_exec(d, e, Q_LOT_ADD, "siiisizsi", row->uuid, row->account_id, row->entitlement_id, row->quantity,
		    row->license_type, row->start_at, row->end_at, row->subscription_id, row->created_at))
		return -1;
	row->id = db_last_id(d);
	return 0;
}

static void read_lot(struct rows *r, struct arena *a, void *out)
{
	struct lot_row *row = out;

	row->id = rows_int(r, 0);
	row->uuid = rows_keep_text(r, a, 1);
	row->account_id = rows_int(r, 2);
	row->entitlement_id = rows_int(r, 3);
	row->quantity = rows_int(r, 4);
	row->license_type = rows_keep_text(r, a, 5);
	row->start_at = rows_int(r, 6);
	row->end_at = rows_int(r, 7);
	row->subscription_id = rows_keep_text(r, a, 8);
	row->created_at = rows_int(r, 9);
	row->tag = rows_keep_text(r, a, 10);
}

int q_lot_by_uuid(struct db *d, struct arena *a, const char *uuid, struct lot_row *out, struct err *e)
{
	return rows_first(db_query(d, e, Q_LOT_BY_UUID, "s", uuid), a, read_lot, out, e);
}

int q_lot_list(struct db *d, struct arena *a, int64_t account, struct lot_row **out, size_t *n, struct err *e)
{
	return rows_all(db_query(d, e, Q_LOT_LIST, "i", account), a, read_lot, sizeof(**out), out, n, e);
}

int q_lot_update(struct db *d, const struct lot_row *row, struct err *e)
{
	return db_exec(d, e, Q_LOT_UPDATE, "iisizs", row->id, row->quantity, row->license_type, row->start_at, row->end_at,
		       row->subscription_id);
}

int q_share_add(struct db *d, const char *uuid, int64_t lot, int64_t virtual_account, int64_t quantity, struct err *e)
{
	return db_exec(d, e, Q_SHARE_ADD, "siii", uuid, lot, virtual_account, quantity);
}

int q_share_take(struct db *d, int64_t lot, int64_t virtual_account, int64_t quantity, struct err *e)
{
	return db_exec(d, e, Q_SHARE_TAKE, "iii", lot, virtual_account, quantity);
}

static void read_share(struct rows *r, struct arena *a, void *out)
{
	struct share_row *row = out;

	row->virtual_account_id = rows_int(r, 0);
	row->quantity = rows_int(r, 1);
	row->uuid = rows_keep_text(r, a, 2);
	row->reserved = rows_int(r, 3);
	row->is_default = rows_int(r, 4) != 0;
}

int q_share_of_lot(struct db *d, struct arena *a, int64_t lot, struct share_row **out, size_t *n, struct err *e)
{
	return rows_all(db_query(d, e, Q_SHARE_OF_LOT, "i", lot), a, read_share, sizeof(**out), out, n, e);
}

int q_share_home(struct db *d, int64_t lot, int64_t *virtual_account, struct err *e)
{
	return db_value(d, e, virtual_account, Q_SHARE_HOME, "i", lot);
}

/* What the lists of lots begin with. */
static void read_term(struct rows *r, struct arena *a, struct lot_row *row)
{
	row->id = rows_int(r, 0);
	row->license_type = rows_keep_text(r, a, 1);
	row->quantity = rows_int(r, 2);
	row->start_at = rows_int(r, 3);
	row->end_at = rows_int(r, 4);
	row->subscription_id = rows_keep_text(r, a, 5);
	row->uuid = rows_keep_text(r, a, 6);
}

static void read_shared_lot(struct rows *r, struct arena *a, void *out)
{
	struct lot_row *row = out;

	read_term(r, a, row);
	row->entitlement_id = rows_int(r, 7);
	row->reserved = rows_int(r, 8);
}

int q_share_list(struct db *d, struct arena *a, int64_t virtual_account, int64_t entitlement, struct lot_row **out,
		 size_t *n, struct err *e)
{
	return rows_all(db_query(d, e, Q_SHARE_LIST, "ii", virtual_account, entitlement), a, read_shared_lot, sizeof(**out),
			out, n, e);
}

static void read_subscription(struct rows *r, struct arena *a, void *out)
{
	struct lot_row *row = out;

	read_shared_lot(r, a, out);
	row->tag = rows_keep_text(r, a, 9);
	row->display_name = rows_keep_text(r, a, 10);
}

int q_share_subscriptions(struct db *d, struct arena *a, int64_t virtual_account, int64_t after, int64_t id, int64_t limit,
			  struct lot_row **out, size_t *n, struct err *e)
{
	return rows_all(db_query(d, e, Q_SHARE_SUBSCRIPTIONS, "iiii", virtual_account, after, id, limit), a,
			read_subscription, sizeof(**out), out, n, e);
}

int q_share_subscriptions_count(struct db *d, int64_t virtual_account, int64_t *count, struct err *e)
{
	return db_value(d, e, count, Q_SHARE_SUBSCRIPTIONS_COUNT, "i", virtual_account) < 0 ? -1 : 0;
}

static void read_exported_lot(struct rows *r, struct arena *a, void *out)
{
	struct lot_row *row = out;

	row->uuid = rows_keep_text(r, a, 0);
	row->tag = rows_keep_text(r, a, 1);
	row->quantity = rows_int(r, 2);
	row->license_type = rows_keep_text(r, a, 3);
	row->start_at = rows_int(r, 4);
	row->end_at = rows_int(r, 5);
	row->subscription_id = rows_keep_text(r, a, 6);
	row->id = rows_int(r, 7);
}

int q_share_export(struct db *d, struct arena *a, int64_t virtual_account, struct lot_row **out, size_t *n, struct err *e)
{
	return rows_all(db_query(d, e, Q_SHARE_EXPORT, "i", virtual_account), a, read_exported_lot, sizeof(**out), out, n,
			e);
}

static void read_pool(struct rows *r, struct arena *a, void *out)
{
	struct pool_row *row = out;

	(void)a;
	row->entitlement_id = rows_int(r, 0);
	row->tier = rows_int(r, 1);
	row->in_use = rows_int(r, 2);
	row->quantity = rows_int(r, 3);
	row->reserved = rows_int(r, 4);
}

/* Takes what has lapsed but was not swept yet out of in_use. */
static int leave_out_lapsed(struct db *d, int64_t virtual_account, int64_t now, struct pool_row *rows, size_t n,
			    struct err *e)
{
	int64_t any = 0, lapsed = 0;

	if (db_value(d, e, &any, Q_LAPSED_ANY, "i", now) < 0)
		return -1;
	for (size_t i = 0; any && i < n; i++) {
		if (db_value(d, e, &lapsed, Q_POOL_LAPSED, "iii", virtual_account, rows[i].entitlement_id, now) < 0)
			return -1;
		rows[i].in_use -= lapsed;
	}
	return 0;
}

int q_pool_owned(struct db *d, struct arena *a, int64_t virtual_account, int64_t entitlement, const char *family,
		 int64_t at, struct pool_row **out, size_t *n, struct err *e)
{
	struct rows *r = *family ? db_query(d, e, Q_POOL_FAMILY, "isi", virtual_account, family, at)
				 : db_query(d, e, Q_POOL_ALONE, "iii", virtual_account, entitlement, at);

	return rows_all(r, a, read_pool, sizeof(**out), out, n, e);
}

int q_pool_family(struct db *d, struct arena *a, int64_t virtual_account, int64_t entitlement, const char *family,
		  int64_t now, struct pool_row **out, size_t *n, struct err *e)
{
	return q_pool_owned(d, a, virtual_account, entitlement, family, now, out, n, e) ||
			       leave_out_lapsed(d, virtual_account, now, *out, *n, e)
		     ? -1
		     : 0;
}

static void read_id(struct rows *r, struct arena *a, void *out)
{
	(void)a;
	*(int64_t *)out = rows_int(r, 0);
}

int q_pool_places(struct db *d, struct arena *a, int64_t account, int64_t entitlement, int64_t **out, size_t *n,
		  struct err *e)
{
	return rows_all(db_query(d, e, Q_POOL_PLACES, "ii", account, entitlement), a, read_id, sizeof(**out), out, n, e);
}

static void read_user(struct rows *r, struct arena *a, void *out)
{
	struct user_row *row = out;

	row->uuid = rows_keep_text(r, a, 0);
	row->hostname = rows_keep_text(r, a, 1);
	row->udi.pid = rows_keep_text(r, a, 2);
	row->udi.serial = rows_keep_text(r, a, 3);
	row->udi.uuid = rows_keep_text(r, a, 4);
	row->udi.software_tag = rows_keep_text(r, a, 5);
	row->quantity = rows_int(r, 6);
}

int q_pool_users(struct db *d, struct arena *a, int64_t virtual_account, int64_t entitlement, int64_t now, int64_t limit,
		 struct user_row **out, size_t *n, struct err *e)
{
	return rows_all(db_query(d, e, Q_POOL_USERS, "iiii", virtual_account, entitlement, now, limit), a, read_user,
			sizeof(**out), out, n, e);
}

int q_pool_refused(struct db *d, struct arena *a, int64_t virtual_account, int64_t entitlement, int64_t now, int64_t limit,
		   struct user_row **out, size_t *n, struct err *e)
{
	return rows_all(db_query(d, e, Q_POOL_REFUSED, "iiii", virtual_account, entitlement, now, limit), a, read_user,
			sizeof(**out), out, n, e);
}

int q_pool_reserved(struct db *d, struct arena *a, int64_t virtual_account, int64_t entitlement, int64_t now, int64_t limit,
		    struct user_row **out, size_t *n, struct err *e)
{
	return rows_all(db_query(d, e, Q_POOL_RESERVED, "iiii", virtual_account, entitlement, now, limit), a, read_user,
			sizeof(**out), out, n, e);
}

int q_pool_pending(struct db *d, int64_t virtual_account, int64_t entitlement, int64_t now, int64_t *out, struct err *e)
{
	return db_value(d, e, out, Q_POOL_PENDING, "iii", virtual_account, entitlement, now) < 0 ? -1 : 0;
}

int q_pool_change(struct db *d, int64_t virtual_account, int64_t entitlement, int64_t delta, struct err *e)
{
	if (delta == 0)
		return 0;
	/* An insert would meet the column's check before the conflict is seen. */
	if (delta < 0)
		return db_exec(d, e, Q_POOL_TAKE, "iii", virtual_account, entitlement, -delta);
	return db_exec(d, e, Q_POOL_ADD, "iii", virtual_account, entitlement, delta);
}

int q_pool_kinds(struct db *d, struct arena *a, int64_t virtual_account, struct entitlement_row **out, size_t *n,
		 struct err *e)
{
	return rows_all(db_query(d, e, Q_POOL_KINDS, "i", virtual_account), a, read_entitlement, sizeof(**out), out, n, e);
}

static void read_touched(struct rows *r, struct arena *a, void *out)
{
	struct touched_row *row = out;

	row->virtual_account_id = rows_int(r, 0);
	read_entitlement_at(r, a, 1, &row->kind);
}

int q_touched_list(struct db *d, struct arena *a, struct touched_row **out, size_t *n, struct err *e)
{
	return rows_all(db_query(d, e, Q_TOUCHED_LIST, ""), a, read_touched, sizeof(**out), out, n, e);
}

int q_alert_short(struct db *d, struct arena *a, int64_t settled, int64_t now, struct touched_row **out, size_t *n,
		  struct err *e)
{
	return rows_all(db_query(d, e, Q_ALERT_SHORT, "ii", settled, now), a, read_touched, sizeof(**out), out, n, e);
}

int q_alert_family_end(struct db *d, int64_t virtual_account, const struct entitlement_row *kind, int64_t now, int64_t *out,
		       struct err *e)
{
	return db_value(d, e, out, Q_ALERT_FAMILY_END, "iisi", virtual_account, kind->id, kind->family, now) < 0 ? -1 : 0;
}

static void read_end(struct rows *r, struct arena *a, void *out)
{
	struct lot_end_row *row = out;

	row->virtual_account_id = rows_int(r, 0);
	row->end_at = rows_int(r, 1);
	row->quantity = rows_int(r, 2);
	row->reserved = rows_int(r, 3);
	row->created_at = rows_int(r, 4);
	read_entitlement_at(r, a, 5, &row->kind);
}

int q_alert_ends(struct db *d, struct arena *a, int64_t after, int64_t until, struct lot_end_row **out, size_t *n,
		 struct err *e)
{
	return rows_all(db_query(d, e, Q_ALERT_ENDS, "ii", after, until), a, read_end, sizeof(**out), out, n, e);
}

int q_alert_reserved_ends(struct db *d, struct arena *a, int64_t until, struct lot_end_row **out, size_t *n, struct err *e)
{
	return rows_all(db_query(d, e, Q_ALERT_RESERVED_ENDS, "i", until), a, read_end, sizeof(**out), out, n, e);
}

int q_touched_clear(struct db *d, struct err *e)
{
	return db_exec(d, e, Q_TOUCHED_CLEAR, "");
}

int q_touch_all(struct db *d, struct err *e)
{
	return db_exec(d, e, Q_TOUCH_ALL, "");
}

int q_touch_lots(struct db *d, int64_t at, struct err *e)
{
	return db_exec(d, e, Q_TOUCH_LOTS, "i", at);
}

int q_lot_boundary(struct db *d, int64_t after, int64_t *out, struct err *e)
{
	return db_value(d, e, out, Q_LOT_BOUNDARY, "i", after);
}

static void read_lot_at(struct rows *r, struct arena *a, void *out)
{
	struct lot_row *row = out;

	read_term(r, a, row);
	row->account_id = rows_int(r, 7);
	row->tag = rows_keep_text(r, a, 8);
}

int q_lot_at(struct db *d, struct arena *a, int64_t at, struct lot_row **out, size_t *n, struct err *e)
{
	return rows_all(db_query(d, e, Q_LOT_AT, "i", at), a, read_lot_at, sizeof(**out), out, n, e);
}

static void read_compliance(struct rows *r, struct arena *a, void *out)
{
	struct compliance_row *row = out;

	(void)a;
	row->id = rows_int(r, 0);
	row->virtual_account_id = rows_int(r, 1);
	row->entitlement_id = rows_int(r, 2);
	row->out_at = rows_int(r, 3);
	row->out_event = rows_int(r, 4);
	row->shortage = rows_int(r, 5);
	row->in_at = rows_int(r, 6);
	row->in_event = rows_int(r, 7);
}

int q_compliance_open(struct db *d, struct arena *a, int64_t virtual_account, int64_t entitlement,
		      struct compliance_row *out, struct err *e)
{
	return rows_first(db_query(d, e, Q_COMPLIANCE_OPEN, "ii", virtual_account, entitlement), a, read_compliance, out,
			  e);
}

static void read_short(struct rows *r, struct arena *a, void *out)
{
	struct short_row *row = out;

	row->virtual_account = rows_keep_text(r, a, 0);
	row->display_name = rows_keep_text(r, a, 1);
}

int q_compliance_short(struct db *d, struct arena *a, int64_t account, struct short_row **out, size_t *n, struct err *e)
{
	return rows_all(db_query(d, e, Q_COMPLIANCE_SHORT, "i", account), a, read_short, sizeof(**out), out, n, e);
}

int q_compliance_add(struct db *d, const struct compliance_row *row, struct err *e)
{
	return db_exec(d, e, Q_COMPLIANCE_ADD, "iiiii", row->virtual_account_id, row->entitlement_id, row->out_at,
		       row->out_event, row->shortage);
}

int q_compliance_worse(struct db *d, int64_t id, int64_t shortage, struct err *e)
{
	return db_exec(d, e, Q_COMPLIANCE_WORSE, "ii", id, shortage);
}

int q_compliance_close(struct db *d, int64_t id, int64_t at, int64_t event, struct err *e)
{
	return db_exec(d, e, Q_COMPLIANCE_CLOSE, "iii", id, at, event);
}

int q_compliance_list(struct db *d, struct arena *a, int64_t virtual_account, int64_t entitlement, int64_t limit,
		      struct compliance_row **out, size_t *n, struct err *e)
{
	return rows_all(db_query(d, e, Q_COMPLIANCE_LIST, "iii", virtual_account, entitlement, limit), a, read_compliance,
			sizeof(**out), out, n, e);
}

int q_compliance_account(struct db *d, struct arena *a, int64_t account, int64_t entitlement, int64_t limit,
			 struct compliance_row **out, size_t *n, struct err *e)
{
	return rows_all(db_query(d, e, Q_COMPLIANCE_ACCOUNT, "iii", account, entitlement, limit), a, read_compliance,
			sizeof(**out), out, n, e);
}

static void read_usage(struct rows *r, struct arena *a, void *out)
{
	struct usage_row *row = out;

	row->entitlement_id = rows_int(r, 0);
	row->asked = rows_int(r, 1);
	row->granted = rows_int(r, 2);
	row->tag = rows_keep_text(r, a, 3);
	row->display_name = rows_keep_text(r, a, 4);
	row->family = rows_keep_text(r, a, 5);
	row->tier = rows_int(r, 6);
	row->restricted = rows_int(r, 7) != 0;
}

int q_usage_list(struct db *d, struct arena *a, int64_t instance, struct usage_row **out, size_t *n, struct err *e)
{
	return rows_all(db_query(d, e, Q_USAGE_LIST, "i", instance), a, read_usage, sizeof(**out), out, n, e);
}

int q_usage_set(struct db *d, int64_t instance, int64_t entitlement, int64_t asked, int64_t granted, struct err *e)
{
	return db_exec(d, e, Q_USAGE_SET, "iiii", instance, entitlement, asked, granted);
}

int q_usage_drop(struct db *d, int64_t instance, int64_t entitlement, struct err *e)
{
	return db_exec(d, e, Q_USAGE_DROP, "ii", instance, entitlement);
}

int q_usage_drop_all(struct db *d, int64_t instance, struct err *e)
{
	if (db_exec(d, e, Q_USAGE_DROP_ALL, "i", instance))
		return -1;
	return q_usage_unknown_drop_all(d, instance, e);
}

static void read_unknown(struct rows *r, struct arena *a, void *out)
{
	struct usage_row *row = out;

	row->tag = rows_keep_text(r, a, 0);
	row->asked = rows_int(r, 1);
}

int q_usage_unknown_list(struct db *d, struct arena *a, int64_t instance, struct usage_row **out, size_t *n, struct err *e)
{
	return rows_all(db_query(d, e, Q_USAGE_UNKNOWN_LIST, "i", instance), a, read_unknown, sizeof(**out), out, n, e);
}

int q_usage_unknown_set(struct db *d, int64_t instance, const char *tag, int64_t asked, struct err *e)
{
	return db_exec(d, e, Q_USAGE_UNKNOWN_SET, "isi", instance, tag, asked);
}

int q_usage_unknown_drop_all(struct db *d, int64_t instance, struct err *e)
{
	return db_exec(d, e, Q_USAGE_UNKNOWN_DROP_ALL, "i", instance);
}
