#include "db/q.h"
#include "db/rows.h"

int q_alert_fact_set(struct db *d, const struct alert_fact_row *row, struct err *e)
{
	if (db_exec(d, e, Q_ALERT_FACT_SET, "ssszzssi", row->id, row->kind, row->subject, row->account_id,
		    row->virtual_account_id, row->source, row->message, row->raised_at))
		return -1;
	return db_exec(d, e, Q_ALERT_ACK_DROP, "s", row->id);
}

static void read_fact(struct rows *r, struct arena *a, void *out)
{
	struct alert_fact_row *row = out;

	row->id = rows_keep_text(r, a, 0);
	row->kind = rows_keep_text(r, a, 1);
	row->subject = rows_keep_text(r, a, 2);
	row->account_id = rows_int(r, 3);
	row->virtual_account_id = rows_int(r, 4);
	row->source = rows_keep_text(r, a, 5);
	row->message = rows_keep_text(r, a, 6);
	row->raised_at = rows_int(r, 7);
}

int q_alert_fact_by_id(struct db *d, struct arena *a, const char *id, struct alert_fact_row *out, struct err *e)
{
	return rows_first(db_query(d, e, Q_ALERT_FACT_BY_ID, "s", id), a, read_fact, out, e);
}

int q_alert_fact_of(struct db *d, struct arena *a, const char *subject, struct alert_fact_row **out, size_t *n,
		    struct err *e)
{
	return rows_all(db_query(d, e, Q_ALERT_FACT_OF, "s", subject), a, read_fact, sizeof(**out), out, n, e);
}

int q_alert_fact_move(struct db *d, const char *subject, int64_t virtual_account, struct err *e)
{
	return db_exec(d, e, Q_ALERT_FACT_MOVE, "si", subject, virtual_account);
}

int q_alert_fact_drop(struct db *d, const char *id, struct err *e)
{
	if (db_exec(d, e, Q_ALERT_FACT_DROP, "s", id))
		return -1;
	return db_exec(d, e, Q_ALERT_ACK_DROP, "s", id);
}

int q_alert_fact_list(struct db *d, struct arena *a, int64_t most, struct alert_fact_row **out, size_t *n, struct err *e)
{
	return rows_all(db_query(d, e, Q_ALERT_FACT_LIST, "i", most), a, read_fact, sizeof(**out), out, n, e);
}

static void read_group(struct rows *r, struct arena *a, void *out)
{
	struct alert_group_row *row = out;

	row->kind = rows_keep_text(r, a, 0);
	row->virtual_account_id = rows_int(r, 1);
	row->count = rows_int(r, 2);
	row->newest = rows_int(r, 3);
}

int q_alert_fact_groups(struct db *d, struct arena *a, int64_t most, struct alert_group_row **out, size_t *n, struct err *e)
{
	return rows_all(db_query(d, e, Q_ALERT_FACT_GROUPS, "i", most), a, read_group, sizeof(**out), out, n, e);
}

int q_alert_ack_set(struct db *d, const char *id, const struct alert_ack_row *row, struct err *e)
{
	return db_exec(d, e, Q_ALERT_ACK_SET, "siiss", id, row->raised_at, row->at, row->by, row->note);
}

static void read_ack(struct rows *r, struct arena *a, void *out)
{
	struct alert_ack_row *row = out;

	row->raised_at = rows_int(r, 0);
	row->at = rows_int(r, 1);
	row->by = rows_keep_text(r, a, 2);
	row->note = rows_keep_text(r, a, 3);
}

int q_alert_ack_get(struct db *d, struct arena *a, const char *id, struct alert_ack_row *out, struct err *e)
{
	return rows_first(db_query(d, e, Q_ALERT_ACK_GET, "s", id), a, read_ack, out, e);
}

int q_alert_forget(struct db *d, int64_t facts, int64_t acks, struct err *e)
{
	if (db_exec(d, e, Q_ALERT_FACT_FORGET, "i", facts))
		return -1;
	return db_exec(d, e, Q_ALERT_ACK_FORGET, "i", acks);
}
