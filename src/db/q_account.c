#include "db/q.h"
#include "db/q_client.h"
#include "db/rows.h"

static void read_account(struct rows *r, struct arena *a, void *out)
{
	struct account_row *row = out;

	row->id = rows_int(r, 0);
	row->uuid = rows_keep_text(r, a, 1);
	row->name = rows_keep_text(r, a, 2);
	row->domain = rows_keep_text(r, a, 3);
	row->status = rows_keep_text(r, a, 4);
	row->export_permitted = rows_int(r, 5) != 0;
	row->reservation_permitted = rows_int(r, 6) != 0;
	row->smart_account = rows_keep_text(r, a, 7);
	row->virtual_account = rows_keep_text(r, a, 8);
	row->created_at = rows_int(r, 9);
	row->last_sync_at = rows_int(r, 10);
	row->authority_valid_until = rows_int(r, 11);
	row->upstream_uuid = rows_keep_text(r, a, 12);
	row->deactivated = (unsigned)rows_int(r, 13);
}

int q_account_add(struct db *d, const struct account_row *row, const char *name_key, struct err *e)
{
	return db_exec(d, e, Q_ACCOUNT_ADD, "sssssiissi", row->uuid, row->name, name_key, row->domain, row->status,
		       (int64_t)row->export_permitted, (int64_t)row->reservation_permitted, row->smart_account,
		       row->virtual_account, row->created_at);
}

int q_account_by_key(struct db *d, struct arena *a, const char *name_key, struct account_row *out, struct err *e)
{
	return rows_first(db_query(d, e, Q_ACCOUNT_BY_KEY, "s", name_key), a, read_account, out, e);
}

int q_account_by_id(struct db *d, struct arena *a, int64_t id, struct account_row *out, struct err *e)
{
	return rows_first(db_query(d, e, Q_ACCOUNT_BY_ID, "i", id), a, read_account, out, e);
}

int q_account_list(struct db *d, struct arena *a, struct account_row **out, size_t *n, struct err *e)
{
	return rows_all(db_query(d, e, Q_ACCOUNT_LIST, ""), a, read_account, sizeof(**out), out, n, e);
}

int q_account_set_status(struct db *d, const struct account_row *row, struct err *e)
{
	return db_exec(d, e, Q_ACCOUNT_SET_STATUS, "isi", row->id, row->status, (int64_t)row->deactivated);
}

int q_account_set_sync_due(struct db *d, int64_t id, int64_t at, struct err *e)
{
	return db_exec(d, e, Q_ACCOUNT_SYNC_DUE, "iz", id, at);
}

int q_account_sync_due(struct db *d, int64_t id, int64_t *at, struct err *e)
{
	return db_value(d, e, at, Q_ACCOUNT_SYNC_DUE_GET, "i", id) < 0 ? -1 : 0;
}

int q_account_synchronized(struct db *d, const struct account_row *row, struct err *e)
{
	return db_exec(d, e, Q_ACCOUNT_SYNCHRONIZED, "issiiiiisss", row->id, row->status, row->domain,
		       (int64_t)row->export_permitted, (int64_t)row->reservation_permitted, row->last_sync_at,
		       row->authority_valid_until, (int64_t)row->deactivated, row->smart_account, row->virtual_account,
		       row->upstream_uuid);
}

static void read_virtual_account(struct rows *r, struct arena *a, void *out)
{
	struct virtual_account_row *row = out;

	row->id = rows_int(r, 0);
	row->uuid = rows_keep_text(r, a, 1);
	row->account_id = rows_int(r, 2);
	row->name = rows_keep_text(r, a, 3);
	row->description = rows_keep_text(r, a, 4);
	row->is_default = rows_int(r, 5) != 0;
	row->satellite_id = rows_int(r, 6);
	row->satellite_name = rows_keep_text(r, a, 7);
	row->unseen = rows_int(r, 8) != 0;
}

int q_account_holds(struct db *d, int64_t id, int64_t *count, struct err *e)
{
	return db_value(d, e, count, Q_ACCOUNT_HOLDS, "i", id) < 0 ? -1 : 0;
}

static void read_state(struct rows *r, struct arena *a, void *out)
{
	struct account_state *s = out;

	s->instances = rows_int(r, 0);
	s->reservations = rows_int(r, 1);
	s->lots = rows_int(r, 2);
	s->satellites = rows_int(r, 3);
	s->satellite = rows_keep_text(r, a, 4);
	s->virtual_accounts = rows_int(r, 5);
	s->tokens = rows_int(r, 6);
}

int q_account_state(struct db *d, struct arena *a, int64_t id, int64_t now, struct account_state *out, struct err *e)
{
	return rows_first(db_query(d, e, Q_ACCOUNT_STATE, "ii", id, now), a, read_state, out, e) == 1 ? 0 : -1;
}

int q_account_others(struct db *d, int64_t id, int64_t *count, struct err *e)
{
	return db_value(d, e, count, Q_ACCOUNT_OTHERS, "i", id) < 0 ? -1 : 0;
}

static void read_id(struct rows *r, struct arena *a, void *out)
{
	(void)a;
	*(int64_t *)out = rows_int(r, 0);
}

static int each(struct db *d, const enum query *queries, size_t n, int64_t id, struct err *e)
{
	for (size_t i = 0; i < n; i++)
		if (db_exec(d, e, queries[i], "i", id))
			return -1;
	return 0;
}

int q_account_forget_instances(struct db *d, struct arena *a, int64_t id, int64_t limit, size_t *n, struct err *e)
{
	static const enum query all[] = { Q_DUPLICATE_DROP, Q_ACCOUNT_DROP_CERTIFICATES, Q_ACCOUNT_DROP_UNKNOWN,
					  Q_ACCOUNT_DROP_USAGE, Q_ACCOUNT_DROP_INSTANCE };
	int64_t *ids;

	if (rows_all(db_query(d, e, Q_ACCOUNT_GONE, "ii", id, limit), a, read_id, sizeof(*ids), &ids, n, e))
		return -1;
	for (size_t i = 0; i < *n; i++)
		if (each(d, all, sizeof(all) / sizeof(all[0]), ids[i], e))
			return -1;
	return 0;
}

int q_account_delete(struct db *d, int64_t id, struct err *e)
{
	static const enum query all[] = {
		Q_ACCOUNT_DROP_ALERTS,
		Q_ACCOUNT_DROP_RESERVATION_CODES,
		Q_ACCOUNT_DROP_RESERVATION_LINES,
		Q_ACCOUNT_DROP_RESERVATIONS,
		Q_ACCOUNT_DROP_TOKENS,
		Q_ACCOUNT_DROP_MOVED,
		Q_ACCOUNT_DROP_MOVES,
		Q_ACCOUNT_DROP_SHARES,
		Q_ACCOUNT_DROP_LOTS,
		Q_ACCOUNT_DROP_DELEGATIONS,
		Q_ACCOUNT_DROP_ANSWERS,
		Q_ACCOUNT_DROP_POOLS,
		Q_ACCOUNT_DROP_DAYS,
		Q_ACCOUNT_DROP_COMPLIANCE,
		Q_ACCOUNT_DROP_EXCHANGES,
		Q_ACCOUNT_DROP_HISTORY,
		Q_ACCOUNT_DROP_CODES,
		Q_ACCOUNT_DROP_SYNC_SETTINGS,
		Q_ACCOUNT_DROP_TAGS,
		Q_WEBHOOK_DROP_ACCOUNT_ALERTS,
		Q_WEBHOOK_DROP_ACCOUNT,
		Q_ACCOUNT_DROP_TOUCHED,
		Q_ACCOUNT_DROP_VIRTUAL_ACCOUNTS,
		Q_ACCOUNT_DROP_REMOVED,
		Q_ACCOUNT_DELETE,
	};

	/* Roles of its API clients are roles in it. */
	return db_exec(d, e, Q_GRANT_DROP_ACCOUNT, "i", id) || q_client_drop_account(d, id, e) ||
			       each(d, all, sizeof(all) / sizeof(all[0]), id, e)
		     ? -1
		     : 0;
}

int q_virtual_account_add(struct db *d, const struct virtual_account_row *row, const char *name_key, int64_t now,
			  struct err *e)
{
	return db_exec(d, e, Q_VIRTUAL_ACCOUNT_ADD, "sisssii", row->uuid, row->account_id, row->name, name_key,
		       row->description, (int64_t)row->is_default, now);
}

int q_virtual_account_by_key(struct db *d, struct arena *a, int64_t account, const char *name_key,
			     struct virtual_account_row *out, struct err *e)
{
	return rows_first(db_query(d, e, Q_VIRTUAL_ACCOUNT_BY_KEY, "is", account, name_key), a, read_virtual_account, out,
			  e);
}

int q_virtual_account_by_id(struct db *d, struct arena *a, int64_t id, struct virtual_account_row *out, struct err *e)
{
	return rows_first(db_query(d, e, Q_VIRTUAL_ACCOUNT_BY_ID, "i", id), a, read_virtual_account, out, e);
}

int q_virtual_account_default(struct db *d, struct arena *a, int64_t account, struct virtual_account_row *out,
			      struct err *e)
{
	return rows_first(db_query(d, e, Q_VIRTUAL_ACCOUNT_DEFAULT, "i", account), a, read_virtual_account, out, e);
}

int q_virtual_account_list(struct db *d, struct arena *a, int64_t account, struct virtual_account_row **out, size_t *n,
			   struct err *e)
{
	return rows_all(db_query(d, e, Q_VIRTUAL_ACCOUNT_LIST, "i", account), a, read_virtual_account, sizeof(**out), out,
			n, e);
}

int q_virtual_account_served_by(struct db *d, int64_t id, int64_t satellite, struct err *e)
{
	return db_exec(d, e, Q_VIRTUAL_ACCOUNT_SERVED_BY, "ii", id, satellite);
}

int q_virtual_account_instances(struct db *d, int64_t id, int64_t *count, struct err *e)
{
	return db_value(d, e, count, Q_VIRTUAL_ACCOUNT_INSTANCES, "i", id) < 0 ? -1 : 0;
}

int q_virtual_account_licenses(struct db *d, int64_t id, int64_t *count, struct err *e)
{
	return db_value(d, e, count, Q_VIRTUAL_ACCOUNT_LICENSES, "i", id) < 0 ? -1 : 0;
}

int q_virtual_account_delete(struct db *d, int64_t id, int64_t heir, int64_t now, const char *by, struct err *e)
{
	if (db_exec(d, e, Q_VIRTUAL_ACCOUNT_MOVE_INSTANCES, "ii", id, heir) || q_reservation_move(d, id, heir, e) ||
	    db_exec(d, e, Q_VIRTUAL_ACCOUNT_MOVE_TOKENS, "iiis", id, heir, now, by) ||
	    db_exec(d, e, Q_VIRTUAL_ACCOUNT_DROP_POOLS, "i", id) || db_exec(d, e, Q_VIRTUAL_ACCOUNT_DROP_DAYS, "i", id) ||
	    db_exec(d, e, Q_VIRTUAL_ACCOUNT_DROP_COMPLIANCE, "i", id) ||
	    db_exec(d, e, Q_VIRTUAL_ACCOUNT_LEAVE_ALERTS, "i", id) ||
	    db_exec(d, e, Q_VIRTUAL_ACCOUNT_DROP_MOVED, "i", id) || db_exec(d, e, Q_VIRTUAL_ACCOUNT_DROP_MOVES, "i", id) ||
	    db_exec(d, e, Q_VIRTUAL_ACCOUNT_DROP_CODES, "i", id) || db_exec(d, e, Q_GRANT_DROP_VIRTUAL_ACCOUNT, "i", id) ||
	    db_exec(d, e, Q_VIRTUAL_ACCOUNT_DROP_SHARES, "i", id) || db_exec(d, e, Q_VIRTUAL_ACCOUNT_DROP_TAGS, "i", id))
		return -1;
	return db_exec(d, e, Q_VIRTUAL_ACCOUNT_DELETE, "i", id);
}

int q_virtual_account_update(struct db *d, const struct virtual_account_row *row, const char *name_key, struct err *e)
{
	return db_exec(d, e, Q_VIRTUAL_ACCOUNT_UPDATE, "isss", row->id, row->name, name_key, row->description);
}

static void read_tag(struct rows *r, struct arena *a, void *out)
{
	struct tag_row *row = out;

	row->tag = rows_keep_text(r, a, 0);
	row->key = rows_keep_text(r, a, 1);
}

int q_virtual_account_tags(struct db *d, struct arena *a, int64_t id, struct tag_row **out, size_t *n, struct err *e)
{
	return rows_all(db_query(d, e, Q_VIRTUAL_ACCOUNT_TAGS, "i", id), a, read_tag, sizeof(**out), out, n, e);
}

int q_virtual_account_set_tags(struct db *d, int64_t id, const struct tag_row *tags, size_t n, struct err *e)
{
	if (db_exec(d, e, Q_VIRTUAL_ACCOUNT_DROP_TAGS, "i", id))
		return -1;
	for (size_t i = 0; i < n; i++)
		if (db_exec(d, e, Q_VIRTUAL_ACCOUNT_TAG_ADD, "iss", id, tags[i].key, tags[i].tag))
			return -1;
	return 0;
}
