#include "db/q_webhook.h"

#include "db/rows.h"

static void read_webhook(struct rows *r, struct arena *a, void *out)
{
	struct webhook_row *row = out;

	row->id = rows_int(r, 0);
	row->uuid = rows_keep_text(r, a, 1);
	row->account = rows_int(r, 2);
	row->url = rows_keep_text(r, a, 3);
	row->severity = rows_keep_text(r, a, 4);
	row->ca = rows_keep_text(r, a, 5);
	row->secret_box = rows_keep_blob(r, a, 6, &row->secret_box_n);
	row->enabled = rows_int(r, 7) != 0;
	row->created_at = rows_int(r, 8);
	row->created_by = rows_keep_text(r, a, 9);
	row->delivered_at = rows_int(r, 10);
	row->failures = rows_int(r, 11);
	row->failed_at = rows_int(r, 12);
	row->last_error = rows_keep_text(r, a, 13);
	row->retry_at = rows_int(r, 14);
	row->account_name = rows_keep_text(r, a, 15);
}

int q_webhook_add(struct db *d, const struct webhook_row *row, struct err *e)
{
	return db_exec(d, e, Q_WEBHOOK_ADD, "szsssbis", row->uuid, row->account, row->url, row->severity, row->ca,
		       row->secret_box, row->secret_box_n, row->created_at, row->created_by);
}

int q_webhook_by_uuid(struct db *d, struct arena *a, const char *uuid, struct webhook_row *out, struct err *e)
{
	return rows_first(db_query(d, e, Q_WEBHOOK_BY_UUID, "s", uuid), a, read_webhook, out, e);
}

int q_webhook_of(struct db *d, struct arena *a, int64_t account, struct webhook_row **out, size_t *n, struct err *e)
{
	struct rows *r =
		account ? db_query(d, e, Q_WEBHOOK_OF_ACCOUNT, "i", account) : db_query(d, e, Q_WEBHOOK_OF_SERVER, "");

	return rows_all(r, a, read_webhook, sizeof(**out), out, n, e);
}

int q_webhook_list(struct db *d, struct arena *a, struct webhook_row **out, size_t *n, struct err *e)
{
	return rows_all(db_query(d, e, Q_WEBHOOK_LIST, ""), a, read_webhook, sizeof(**out), out, n, e);
}

int q_webhook_set(struct db *d, const struct webhook_row *row, struct err *e)
{
	return db_exec(d, e, Q_WEBHOOK_SET, "isssbi", row->id, row->url, row->severity, row->ca, row->secret_box,
		       row->secret_box_n, (int64_t)row->enabled);
}

int q_webhook_remove(struct db *d, int64_t id, struct err *e)
{
	return q_webhook_forget_all(d, id, e) || db_exec(d, e, Q_WEBHOOK_REMOVE, "i", id) ? -1 : 0;
}

static int changed(struct db *d, int rc)
{
	return rc ? -1 : db_changes(d) > 0;
}

int q_webhook_delivered(struct db *d, const struct webhook_row *row, int64_t now, struct err *e)
{
	return changed(d, db_exec(d, e, Q_WEBHOOK_DELIVERED, "isi", row->id, row->url, now));
}

int q_webhook_failed(struct db *d, const struct webhook_row *row, int64_t now, const char *why, int64_t retry_at,
		     struct err *e)
{
	return changed(d, db_exec(d, e, Q_WEBHOOK_FAILED, "isisi", row->id, row->url, now, why, retry_at));
}

static void read_known(struct rows *r, struct arena *a, void *out)
{
	struct webhook_alert_row *row = out;

	row->alert = rows_keep_text(r, a, 0);
	row->raised_at = rows_int(r, 1);
	row->body = rows_keep_text(r, a, 2);
}

int q_webhook_known(struct db *d, struct arena *a, int64_t id, struct webhook_alert_row **out, size_t *n, struct err *e)
{
	return rows_all(db_query(d, e, Q_WEBHOOK_KNOWN, "i", id), a, read_known, sizeof(**out), out, n, e);
}

int q_webhook_know(struct db *d, int64_t id, const struct webhook_alert_row *row, struct err *e)
{
	return db_exec(d, e, Q_WEBHOOK_KNOW, "isis", id, row->alert, row->raised_at, row->body);
}

int q_webhook_forget(struct db *d, int64_t id, const char *alert, struct err *e)
{
	return db_exec(d, e, Q_WEBHOOK_FORGET, "is", id, alert);
}

int q_webhook_forget_all(struct db *d, int64_t id, struct err *e)
{
	return db_exec(d, e, Q_WEBHOOK_FORGET_ALL, "i", id);
}
