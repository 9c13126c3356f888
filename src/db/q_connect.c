#include "db/q.h"
#include "db/rows.h"

static void read_setting(struct rows *r, struct arena *a, void *out)
{
	struct sync_setting_row *row = out;

	row->account_id = rows_int(r, 0);
	row->account_uuid = rows_keep_text(r, a, 1);
	row->account = rows_keep_text(r, a, 2);
	row->account_status = rows_keep_text(r, a, 3);
	row->manager_url = rows_keep_text(r, a, 4);
	row->manager_ca = rows_keep_text(r, a, 5);
	row->proxy_url = rows_keep_text(r, a, 6);
	row->proxy_user = rows_keep_text(r, a, 7);
	row->proxy_password_box = rows_keep_blob(r, a, 8, &row->proxy_password_box_n);
	row->schedule = rows_keep_text(r, a, 9);
	row->minute = rows_int(r, 10);
	row->day = rows_int(r, 11);
	row->failures = rows_int(r, 12);
	row->retry_at = rows_int(r, 13);
	row->last_attempt_at = rows_int(r, 14);
	row->last_failure_at = rows_int(r, 15);
	row->last_failure_code = rows_keep_text(r, a, 16);
	row->last_failure_text = rows_keep_text(r, a, 17);
	row->due_at = rows_int(r, 18);
	row->share_hostname = rows_int(r, 19) != 0;
	row->share_ip_address = rows_int(r, 20) != 0;
	row->share_mac_address = rows_int(r, 21) != 0;
	row->share_product_version = rows_int(r, 22) != 0;
}

int q_sync_setting_get(struct db *d, struct arena *a, int64_t account, struct sync_setting_row *out, struct err *e)
{
	return rows_first(db_query(d, e, Q_SYNC_SETTING_GET, "i", account), a, read_setting, out, e);
}

int q_sync_setting_list(struct db *d, struct arena *a, struct sync_setting_row **out, size_t *n, struct err *e)
{
	return rows_all(db_query(d, e, Q_SYNC_SETTING_LIST, ""), a, read_setting, sizeof(**out), out, n, e);
}

int q_sync_setting_set(struct db *d, const struct sync_setting_row *row, struct err *e)
{
	return db_exec(d, e, Q_SYNC_SETTING_SET, "issssbsii", row->account_id, row->manager_url, row->manager_ca,
		       row->proxy_url, row->proxy_user, row->proxy_password_box, row->proxy_password_box_n, row->schedule,
		       row->minute, row->day);
}

int q_sync_setting_attempt(struct db *d, int64_t account, int64_t now, struct err *e)
{
	return db_exec(d, e, Q_SYNC_SETTING_ATTEMPT, "ii", account, now);
}

int q_sync_setting_succeeded(struct db *d, int64_t account, struct err *e)
{
	return db_exec(d, e, Q_SYNC_SETTING_SUCCEEDED, "i", account);
}

int q_sync_setting_failed(struct db *d, const struct sync_setting_row *row, struct err *e)
{
	return db_exec(d, e, Q_SYNC_SETTING_FAILED, "iiziss", row->account_id, row->failures, row->retry_at,
		       row->last_failure_at, row->last_failure_code, row->last_failure_text);
}

int q_sync_history_add(struct db *d, const struct sync_history_row *row, int64_t keep, struct err *e)
{
	if (db_exec(d, e, Q_SYNC_HISTORY_ADD, "iiissssiiiss", row->account_id, row->at, row->duration, row->by, row->way,
		    row->what, row->mode, row->sequence, row->sent, row->received, row->outcome, row->message))
		return -1;
	return db_exec(d, e, Q_SYNC_HISTORY_FORGET, "ii", row->account_id, keep);
}

static void read_history(struct rows *r, struct arena *a, void *out)
{
	struct sync_history_row *row = out;

	row->id = rows_int(r, 0);
	row->at = rows_int(r, 1);
	row->duration = rows_int(r, 2);
	row->by = rows_keep_text(r, a, 3);
	row->way = rows_keep_text(r, a, 4);
	row->what = rows_keep_text(r, a, 5);
	row->mode = rows_keep_text(r, a, 6);
	row->sequence = rows_int(r, 7);
	row->sent = rows_int(r, 8);
	row->received = rows_int(r, 9);
	row->outcome = rows_keep_text(r, a, 10);
	row->message = rows_keep_text(r, a, 11);
}

int q_sync_history_list(struct db *d, struct arena *a, int64_t account, int64_t before, int64_t limit,
			struct sync_history_row **out, size_t *n, struct err *e)
{
	return rows_all(db_query(d, e, Q_SYNC_HISTORY_LIST, "iii", account, before, limit), a, read_history, sizeof(**out),
			out, n, e);
}

int q_sync_history_success(struct db *d, struct arena *a, int64_t account, struct sync_history_row *out, struct err *e)
{
	return rows_first(db_query(d, e, Q_SYNC_HISTORY_SUCCESS, "i", account), a, read_history, out, e);
}
