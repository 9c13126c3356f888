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

int q_account_delete(struct db *d, int64_t id, struct err *e)
{
	if (db_exec(d, e, Q_ACCOUNT_DROP_ALERTS, "i", id) || db_exec(d, e, Q_ACCOUNT_DROP_TOKENS, "i", id) ||
	    db_exec(d, e, Q_ACCOUNT_DROP_POOLS, "i", id) || db_exec(d, e, Q_ACCOUNT_DROP_DAYS, "i", id) ||
	    db_exec(d, e, Q_ACCOUNT_DROP_COMPLIANCE, "i", id) || db_exec(d, e, Q_ACCOUNT_DROP_EXCHANGES, "i", id) ||
	    db_exec(d, e, Q_ACCOUNT_DROP_HISTORY, "i", id) || db_exec(d, e, Q_ACCOUNT_DROP_CODES, "i", id) ||
	    db_exec(d, e, Q_GRANT_DROP_ACCOUNT, "i", id) || q_client_drop_account(d, id, e) || db_exec(d, e, Q_ACCOUNT_DROP_SYNC_SETTINGS, "i", id) ||
	    db_exec(d, e, Q_ACCOUNT_DROP_VIRTUAL_ACCOUNTS, "i", id) || db_exec(d, e, Q_ACCOUNT_DROP_REMOVED, "i", id))
		return -1;
	return db_exec(d, e, Q_ACCOUNT_DELETE, "i", id);
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
	    db_exec(d, e, Q_VIRTUAL_ACCOUNT_DROP_SHARES, "i", id))
		return -1;
	return db_exec(d, e, Q_VIRTUAL_ACCOUNT_DELETE, "i", id);
}
