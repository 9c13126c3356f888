#include "db/q.h"
#include "db/rows.h"

static void read_reservation(struct rows *r, struct arena *a, void *out)
{
	struct reservation_row *row = out;

	row->id = rows_int(r, 0);
	row->uuid = rows_keep_text(r, a, 1);
	row->virtual_account_id = rows_int(r, 2);
	row->state = rows_keep_text(r, a, 3);
	row->udi.pid = rows_keep_text(r, a, 4);
	row->udi.serial = rows_keep_text(r, a, 5);
	row->udi.uuid = rows_keep_text(r, a, 6);
	row->udi.software_tag = rows_keep_text(r, a, 7);
	row->nonce = rows_keep_text(r, a, 8);
	row->created_at = rows_int(r, 9);
	row->created_by = rows_keep_text(r, a, 10);
	row->changed_at = rows_int(r, 11);
	row->held_at = rows_int(r, 12);
	row->issued_at = rows_int(r, 13);
	row->cancelling = rows_int(r, 14) != 0;
	row->ended_at = rows_int(r, 15);
	row->ended_by = rows_keep_text(r, a, 16);
	row->reason = rows_keep_text(r, a, 17);
}

int q_reservation_add(struct db *d, struct reservation_row *row, struct err *e)
{
	if (db_exec(d, e, Q_RESERVATION_ADD, "sisssssis", row->uuid, row->virtual_account_id, row->udi.pid, row->udi.serial,
		    row->udi.uuid, row->udi.software_tag, row->nonce, row->created_at, row->created_by))
		return -1;
	row->id = db_last_id(d);
	return 0;
}

int q_reservation_by_uuid(struct db *d, struct arena *a, const char *uuid, struct reservation_row *out, struct err *e)
{
	return rows_first(db_query(d, e, Q_RESERVATION_BY_UUID, "s", uuid), a, read_reservation, out, e);
}

int q_reservation_by_id(struct db *d, struct arena *a, int64_t id, struct reservation_row *out, struct err *e)
{
	return rows_first(db_query(d, e, Q_RESERVATION_BY_ID, "i", id), a, read_reservation, out, e);
}

int q_reservation_live(struct db *d, struct arena *a, const struct udi *udi, struct reservation_row *out, struct err *e)
{
	return rows_first(db_query(d, e, Q_RESERVATION_LIVE, "sss", udi->serial, udi->pid, udi->uuid), a, read_reservation,
			  out, e);
}

int q_reservation_by_serial(struct db *d, struct arena *a, const char *serial, struct reservation_row **out, size_t *n,
			    struct err *e)
{
	return rows_all(db_query(d, e, Q_RESERVATION_BY_SERIAL, "s", serial), a, read_reservation, sizeof(**out), out, n,
			e);
}

int q_reservation_by_nonce(struct db *d, struct arena *a, const struct udi *udi, const char *nonce,
			   struct reservation_row *out, struct err *e)
{
	return rows_first(db_query(d, e, Q_RESERVATION_BY_NONCE, "sss", udi->serial, udi->pid, nonce), a, read_reservation,
			  out, e);
}

int q_reservation_list(struct db *d, struct arena *a, int64_t virtual_account, int64_t after, int64_t limit,
		       struct reservation_row **out, size_t *n, struct err *e)
{
	return rows_all(db_query(d, e, Q_RESERVATION_LIST, "iii", virtual_account, after, limit), a, read_reservation,
			sizeof(**out), out, n, e);
}

int q_reservation_count_issued(struct db *d, int64_t virtual_account, int64_t *count, struct err *e)
{
	return db_value(d, e, count, Q_RESERVATION_COUNT_ISSUED, "i", virtual_account) < 0 ? -1 : 0;
}

int q_reservation_count(struct db *d, int64_t virtual_account, int64_t *count, struct err *e)
{
	return db_value(d, e, count, Q_RESERVATION_COUNT, "i", virtual_account) < 0 ? -1 : 0;
}

int q_reservation_last_issued(struct db *d, const struct udi *udi, int64_t *at, struct err *e)
{
	return db_value(d, e, at, Q_RESERVATION_LAST_ISSUED, "sss", udi->serial, udi->pid, udi->uuid) < 0 ? -1 : 0;
}

int q_reservation_set_state(struct db *d, const struct reservation_row *row, struct err *e)
{
	return db_exec(d, e, Q_RESERVATION_SET_STATE, "isiiii", row->id, row->state, row->changed_at, row->held_at,
		       row->issued_at, (int64_t)row->cancelling);
}

int q_reservation_end(struct db *d, const struct reservation_row *row, struct err *e)
{
	if (db_exec(d, e, Q_RESERVATION_LINES_DROP, "i", row->id))
		return -1;
	return db_exec(d, e, Q_RESERVATION_END, "isiss", row->id, row->state, row->ended_at, row->ended_by, row->reason);
}

int q_reservation_registered(struct db *d, const struct udi *udi, int64_t now, int64_t *instance, struct err *e)
{
	return db_value(d, e, instance, Q_RESERVATION_REGISTERED, "sssi", udi->serial, udi->pid, udi->uuid, now);
}

static void read_lot(struct rows *r, struct arena *a, void *out)
{
	struct reservation_lot *row = out;

	(void)a;
	row->share_id = rows_int(r, 0);
	row->quantity = rows_int(r, 1);
	row->reserved = rows_int(r, 2);
	row->held = rows_int(r, 3);
	row->blocked = rows_int(r, 4);
	row->end_at = rows_int(r, 5);
}

int q_reservation_lots(struct db *d, struct arena *a, int64_t virtual_account, int64_t entitlement, int64_t reservation,
		       int64_t now, struct reservation_lot **out, size_t *n, struct err *e)
{
	return rows_all(db_query(d, e, Q_RESERVATION_LOTS, "iiii", virtual_account, entitlement, reservation, now), a,
			read_lot, sizeof(**out), out, n, e);
}

static void read_line(struct rows *r, struct arena *a, void *out)
{
	struct reservation_line *row = out;

	row->share_id = rows_int(r, 0);
	row->held = rows_int(r, 1);
	row->wanted = rows_int(r, 2);
	row->blocked = rows_int(r, 3);
	row->entitlement_id = rows_int(r, 4);
	row->tag = rows_keep_text(r, a, 5);
	row->display_name = rows_keep_text(r, a, 6);
	row->description = rows_keep_text(r, a, 7);
	row->license_type = rows_keep_text(r, a, 8);
	row->start_at = rows_int(r, 9);
	row->end_at = rows_int(r, 10);
	row->subscription_id = rows_keep_text(r, a, 11);
}

int q_reservation_lines(struct db *d, struct arena *a, int64_t reservation, struct reservation_line **out, size_t *n,
			struct err *e)
{
	return rows_all(db_query(d, e, Q_RESERVATION_LINES, "i", reservation), a, read_line, sizeof(**out), out, n, e);
}

int q_reservation_lines_clear(struct db *d, int64_t reservation, struct err *e)
{
	return db_exec(d, e, Q_RESERVATION_LINES_CLEAR, "i", reservation);
}

int q_reservation_line_set(struct db *d, int64_t reservation, int64_t share, int64_t wanted, struct err *e)
{
	return db_exec(d, e, Q_RESERVATION_LINE_SET, "iii", reservation, share, wanted);
}

int q_reservation_lines_undo(struct db *d, int64_t reservation, struct err *e)
{
	return db_exec(d, e, Q_RESERVATION_LINES_UNDO, "i", reservation);
}

int q_reservation_lines_settle(struct db *d, int64_t reservation, struct err *e)
{
	if (db_exec(d, e, Q_RESERVATION_LINES_SETTLE, "i", reservation))
		return -1;
	return db_exec(d, e, Q_RESERVATION_LINES_TIDY, "i", reservation);
}

int q_reservation_lines_newest(struct db *d, int64_t reservation, struct err *e)
{
	if (db_exec(d, e, Q_RESERVATION_LINES_NEWEST, "i", reservation))
		return -1;
	return db_exec(d, e, Q_RESERVATION_LINES_TIDY, "i", reservation);
}

int q_reservation_move(struct db *d, int64_t virtual_account, int64_t heir, struct err *e)
{
	return db_exec(d, e, Q_RESERVATION_MOVE, "ii", virtual_account, heir);
}

static void read_code(struct rows *r, struct arena *a, void *out)
{
	struct reservation_code *row = out;

	row->id = rows_int(r, 0);
	row->reservation_id = rows_int(r, 1);
	row->issued_at = rows_int(r, 2);
	row->issued_by = rows_keep_text(r, a, 3);
	row->code = rows_keep_text(r, a, 4);
	row->confirmation = rows_keep_text(r, a, 5);
	row->return_code = rows_keep_text(r, a, 6);
	row->confirmed_at = rows_int(r, 7);
}

int q_reservation_code_add(struct db *d, const struct reservation_code *row, struct err *e)
{
	return db_exec(d, e, Q_RESERVATION_CODE_ADD, "iissss", row->reservation_id, row->issued_at, row->issued_by,
		       row->code, row->confirmation, row->return_code);
}

int q_reservation_codes(struct db *d, struct arena *a, int64_t reservation, struct reservation_code **out, size_t *n,
			struct err *e)
{
	return rows_all(db_query(d, e, Q_RESERVATION_CODES, "i", reservation), a, read_code, sizeof(**out), out, n, e);
}

int q_reservation_code_by_return(struct db *d, struct arena *a, const char *return_code, struct reservation_code *out,
				 struct err *e)
{
	return rows_first(db_query(d, e, Q_RESERVATION_CODE_BY_RETURN, "s", return_code), a, read_code, out, e);
}

int q_reservation_code_by_confirmation(struct db *d, struct arena *a, const char *confirmation,
				       struct reservation_code *out, struct err *e)
{
	return rows_first(db_query(d, e, Q_RESERVATION_CODE_BY_CONFIRMATION, "s", confirmation), a, read_code, out, e);
}

int q_reservation_code_confirmed(struct db *d, int64_t id, int64_t now, struct err *e)
{
	return db_exec(d, e, Q_RESERVATION_CODE_CONFIRMED, "ii", id, now);
}
