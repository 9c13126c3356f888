#include "base/str.h"
#include "crypt/digest.h"
#include "db/q.h"
#include "db/rows.h"

/* ---- up to where a satellite is known ---- */

static void read_state(struct rows *r, struct arena *a, void *out)
{
	struct remote_state_row *row = out;

	row->virtual_account_id = rows_int(r, 0);
	row->satellite_account = rows_keep_text(r, a, 1);
	row->sequence = rows_int(r, 2);
	row->request_sha256 = rows_keep_blob(r, a, 3, &row->request_sha256_n);
	row->mode = rows_keep_text(r, a, 4);
	row->created_at = rows_int(r, 5);
	row->received_at = rows_int(r, 6);
	row->full_at = rows_int(r, 7);
	row->full_sequence = rows_int(r, 8);
	row->virtual_accounts = rows_int(r, 9);
	row->instances = rows_int(r, 10);
	row->reservations = rows_int(r, 11);
}

int q_remote_state_get(struct db *d, struct arena *a, int64_t virtual_account, struct remote_state_row *out, struct err *e)
{
	return rows_first(db_query(d, e, Q_REMOTE_STATE_GET, "i", virtual_account), a, read_state, out, e);
}

int q_remote_state_set(struct db *d, const struct remote_state_row *row, struct err *e)
{
	return db_exec(d, e, Q_REMOTE_STATE_SET, "isibsiiiiiii", row->virtual_account_id, row->satellite_account,
		       row->sequence, row->request_sha256, row->request_sha256_n, row->mode, row->created_at,
		       row->received_at, row->full_at, row->full_sequence, row->virtual_accounts, row->instances,
		       row->reservations);
}

static void read_served(struct rows *r, struct arena *a, void *out)
{
	struct served_row *row = out;

	row->virtual_account_id = rows_int(r, 0);
	row->satellite_account = rows_keep_text(r, a, 1);
	row->authority_valid_until = rows_int(r, 2);
	row->authorized_at = rows_int(r, 3);
	row->synced_at = rows_int(r, 4);
}

int q_remote_served(struct db *d, struct arena *a, int64_t satellite, struct served_row **out, size_t *n, struct err *e)
{
	return rows_all(db_query(d, e, Q_REMOTE_SERVED, "i", satellite), a, read_served, sizeof(**out), out, n, e);
}

int q_remote_forget(struct db *d, int64_t virtual_account, struct err *e)
{
	static const enum query all[] = {
		Q_REMOTE_FORGET_LINES,     Q_REMOTE_FORGET_RESERVATIONS, Q_REMOTE_FORGET_USAGE,
		Q_REMOTE_FORGET_INSTANCES, Q_REMOTE_FORGET_PLACES,       Q_REMOTE_FORGET_POOLS,
		Q_REMOTE_FORGET_ANSWERS,   Q_REMOTE_FORGET_REMOVALS,     Q_REMOTE_FORGET_STATE,
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (db_exec(d, e, all[i], "i", virtual_account))
			return -1;
	return 0;
}

/* ---- local virtual accounts ---- */

static void read_place(struct rows *r, struct arena *a, void *out)
{
	struct remote_place_row *row = out;

	row->id = rows_int(r, 0);
	row->uuid = rows_keep_text(r, a, 1);
	row->name = rows_keep_text(r, a, 2);
	row->description = rows_keep_text(r, a, 3);
	row->is_default = rows_int(r, 4) != 0;
}

int q_remote_place_get(struct db *d, struct arena *a, int64_t virtual_account, const char *uuid,
		       struct remote_place_row *out, struct err *e)
{
	return rows_first(db_query(d, e, Q_REMOTE_PLACE_GET, "is", virtual_account, uuid), a, read_place, out, e);
}

int q_remote_place_list(struct db *d, struct arena *a, int64_t virtual_account, const char *after, int64_t limit,
			struct remote_place_row **out, size_t *n, struct err *e)
{
	return rows_all(db_query(d, e, Q_REMOTE_PLACE_LIST, "isi", virtual_account, after, limit), a, read_place,
			sizeof(**out), out, n, e);
}

int q_remote_place_set(struct db *d, int64_t virtual_account, const struct remote_place_row *row, struct err *e)
{
	char key[NAME_KEY_SIZE];

	if (str_fold(key, row->name))
		return err_set(e, E_INTERNAL, NULL);
	return db_exec(d, e, Q_REMOTE_PLACE_SET, "isssis", virtual_account, row->uuid, row->name, row->description,
		       (int64_t)row->is_default, key);
}

int q_remote_place_twice(struct db *d, struct arena *a, int64_t virtual_account, struct remote_place_row *out,
			 struct err *e)
{
	return rows_first(db_query(d, e, Q_REMOTE_PLACE_TWICE, "i", virtual_account), a, read_place, out, e);
}

int q_remote_place_defaults(struct db *d, int64_t virtual_account, int64_t *out, struct err *e)
{
	return db_value(d, e, out, Q_REMOTE_PLACE_DEFAULTS, "i", virtual_account) < 0 ? -1 : 0;
}

int q_remote_place_holds(struct db *d, int64_t id, int64_t *out, struct err *e)
{
	return db_value(d, e, out, Q_REMOTE_PLACE_HOLDS, "i", id) < 0 ? -1 : 0;
}

int q_remote_place_drop(struct db *d, int64_t id, struct err *e)
{
	return db_exec(d, e, Q_REMOTE_PLACE_DROP, "i", id);
}

/* ---- product instances ---- */

static void read_instance(struct rows *r, struct arena *a, void *out)
{
	struct remote_instance_row *row = out;

	row->id = rows_int(r, 0);
	row->virtual_account_id = rows_int(r, 1);
	row->place_id = rows_int(r, 2);
	row->place = rows_keep_text(r, a, 3);
	row->place_name = rows_keep_text(r, a, 4);
	row->uuid = rows_keep_text(r, a, 5);
	row->udi.pid = rows_keep_text(r, a, 6);
	row->udi.serial = rows_keep_text(r, a, 7);
	row->udi.uuid = rows_keep_text(r, a, 8);
	row->udi.software_tag = rows_keep_text(r, a, 9);
	row->product_version = rows_keep_text(r, a, 10);
	row->hostname = rows_keep_text(r, a, 11);
	row->ip_address = rows_keep_text(r, a, 12);
	row->mac_address = rows_keep_text(r, a, 13);
	row->export_allowed = rows_int(r, 14) != 0;
	row->authorized = rows_int(r, 15) != 0;
	row->registered_at = rows_int(r, 16);
	row->expires_at = rows_int(r, 17);
}

int q_remote_instance_get(struct db *d, struct arena *a, int64_t virtual_account, const char *uuid,
			  struct remote_instance_row *out, struct err *e)
{
	return rows_first(db_query(d, e, Q_REMOTE_INSTANCE_GET, "is", virtual_account, uuid), a, read_instance, out, e);
}

int q_remote_instance_find(struct db *d, struct arena *a, const char *uuid, struct remote_instance_row *out, struct err *e)
{
	return rows_first(db_query(d, e, Q_REMOTE_INSTANCE_FIND, "s", uuid), a, read_instance, out, e);
}

int q_remote_instance_by_udi(struct db *d, struct arena *a, int64_t virtual_account, const struct udi *udi,
			     struct remote_instance_row *out, struct err *e)
{
	return rows_first(db_query(d, e, Q_REMOTE_INSTANCE_BY_UDI, "issss", virtual_account, udi->serial, udi->pid,
				   udi->uuid, udi->software_tag),
			  a, read_instance, out, e);
}

int q_remote_instance_list(struct db *d, struct arena *a, int64_t virtual_account, const char *after, int64_t limit,
			   struct remote_instance_row **out, size_t *n, struct err *e)
{
	return rows_all(db_query(d, e, Q_REMOTE_INSTANCE_LIST, "isi", virtual_account, after, limit), a, read_instance,
			sizeof(**out), out, n, e);
}

int q_remote_instance_set(struct db *d, const struct remote_instance_row *row, struct err *e)
{
	return db_exec(d, e, Q_REMOTE_INSTANCE_SET, "iisssssssssiiii", row->virtual_account_id, row->place_id, row->uuid,
		       row->udi.pid, row->udi.serial, row->udi.uuid, row->udi.software_tag, row->product_version,
		       row->hostname, row->ip_address, row->mac_address, (int64_t)row->export_allowed,
		       (int64_t)row->authorized, row->registered_at, row->expires_at);
}

int q_remote_instance_drop(struct db *d, int64_t id, struct err *e)
{
	return db_exec(d, e, Q_REMOTE_USAGE_DROP, "i", id) || db_exec(d, e, Q_REMOTE_INSTANCE_DROP, "i", id) ? -1 : 0;
}

/* ---- usage ---- */

static void read_usage(struct rows *r, struct arena *a, void *out)
{
	struct remote_usage_row *row = out;

	row->entitlement_id = rows_int(r, 0);
	row->quantity = rows_int(r, 1);
	row->tag = rows_keep_text(r, a, 2);
	row->display_name = rows_keep_text(r, a, 3);
}

int q_remote_usage_list(struct db *d, struct arena *a, int64_t instance, struct remote_usage_row **out, size_t *n,
			struct err *e)
{
	return rows_all(db_query(d, e, Q_REMOTE_USAGE_LIST, "i", instance), a, read_usage, sizeof(**out), out, n, e);
}

int q_remote_usage_set(struct db *d, int64_t virtual_account, int64_t instance, int64_t entitlement, int64_t quantity,
		       struct err *e)
{
	return db_exec(d, e, Q_REMOTE_USAGE_SET, "iiii", instance, entitlement, quantity, virtual_account);
}

int q_remote_usage_drop(struct db *d, int64_t instance, struct err *e)
{
	return db_exec(d, e, Q_REMOTE_USAGE_DROP, "i", instance);
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

int q_remote_usage_users(struct db *d, struct arena *a, int64_t virtual_account, int64_t entitlement, int64_t limit,
			 struct user_row **out, size_t *n, struct err *e)
{
	return rows_all(db_query(d, e, Q_REMOTE_USAGE_USERS, "iii", virtual_account, entitlement, limit), a, read_user,
			sizeof(**out), out, n, e);
}

int q_remote_reserved(struct db *d, struct arena *a, int64_t virtual_account, int64_t entitlement, int64_t now,
		      int64_t limit, struct user_row **out, size_t *n, struct err *e)
{
	return rows_all(db_query(d, e, Q_REMOTE_RESERVED, "iiii", virtual_account, entitlement, now, limit), a, read_user,
			sizeof(**out), out, n, e);
}

/* ---- reservations ---- */

static void read_reservation(struct rows *r, struct arena *a, void *out)
{
	struct remote_reservation_row *row = out;

	row->id = rows_int(r, 0);
	row->virtual_account_id = rows_int(r, 1);
	row->place_id = rows_int(r, 2);
	row->place = rows_keep_text(r, a, 3);
	row->place_name = rows_keep_text(r, a, 4);
	row->uuid = rows_keep_text(r, a, 5);
	row->state = rows_keep_text(r, a, 6);
	row->udi.pid = rows_keep_text(r, a, 7);
	row->udi.serial = rows_keep_text(r, a, 8);
	row->udi.uuid = rows_keep_text(r, a, 9);
	row->udi.software_tag = "";
	row->created_at = rows_int(r, 10);
}

int q_remote_reservation_get(struct db *d, struct arena *a, int64_t virtual_account, const char *uuid,
			     struct remote_reservation_row *out, struct err *e)
{
	return rows_first(db_query(d, e, Q_REMOTE_RESERVATION_GET, "is", virtual_account, uuid), a, read_reservation, out,
			  e);
}

int q_remote_reservation_find(struct db *d, struct arena *a, const char *uuid, struct remote_reservation_row *out,
			      struct err *e)
{
	return rows_first(db_query(d, e, Q_REMOTE_RESERVATION_FIND, "s", uuid), a, read_reservation, out, e);
}

int q_remote_reservation_list(struct db *d, struct arena *a, int64_t virtual_account, const char *after, int64_t limit,
			      struct remote_reservation_row **out, size_t *n, struct err *e)
{
	return rows_all(db_query(d, e, Q_REMOTE_RESERVATION_LIST, "isi", virtual_account, after, limit), a,
			read_reservation, sizeof(**out), out, n, e);
}

int q_remote_reservation_set(struct db *d, const struct remote_reservation_row *row, struct err *e)
{
	return db_exec(d, e, Q_REMOTE_RESERVATION_SET, "iisssssi", row->virtual_account_id, row->place_id, row->uuid,
		       row->state, row->udi.pid, row->udi.serial, row->udi.uuid, row->created_at);
}

int q_remote_reservation_drop(struct db *d, int64_t id, struct err *e)
{
	return db_exec(d, e, Q_REMOTE_LINES_DROP, "i", id) || db_exec(d, e, Q_REMOTE_RESERVATION_DROP, "i", id) ? -1 : 0;
}

static void read_line(struct rows *r, struct arena *a, void *out)
{
	struct remote_line_row *row = out;

	row->share_id = rows_int(r, 0);
	row->blocked = rows_int(r, 1);
	row->share = rows_keep_text(r, a, 2);
	row->entitlement_id = rows_int(r, 3);
	row->tag = rows_keep_text(r, a, 4);
	row->display_name = rows_keep_text(r, a, 5);
	row->license_type = rows_keep_text(r, a, 6);
	row->start_at = rows_int(r, 7);
	row->end_at = rows_int(r, 8);
	row->subscription_id = rows_keep_text(r, a, 9);
}

int q_remote_lines(struct db *d, struct arena *a, int64_t reservation, struct remote_line_row **out, size_t *n,
		   struct err *e)
{
	return rows_all(db_query(d, e, Q_REMOTE_LINES, "i", reservation), a, read_line, sizeof(**out), out, n, e);
}

int q_remote_lines_drop(struct db *d, int64_t reservation, struct err *e)
{
	return db_exec(d, e, Q_REMOTE_LINES_DROP, "i", reservation);
}

int q_remote_line_set(struct db *d, int64_t reservation, int64_t share, int64_t blocked, struct err *e)
{
	return db_exec(d, e, Q_REMOTE_LINE_SET, "iii", reservation, share, blocked);
}

int q_remote_share(struct db *d, int64_t virtual_account, const char *uuid, int64_t *id, struct err *e)
{
	return db_value(d, e, id, Q_REMOTE_SHARE, "is", virtual_account, uuid);
}

/* ---- answers ---- */

static void read_answer(struct rows *r, struct arena *a, void *out)
{
	struct sync_answer_row *row = out;

	row->id = rows_int(r, 0);
	row->sequence = rows_int(r, 1);
	row->kind = rows_keep_text(r, a, 2);
	row->received_at = rows_int(r, 3);
	row->answered_at = rows_int(r, 4);
	row->answer = rows_keep_blob(r, a, 5, &row->answer_n);
}

int q_sync_answer_find(struct db *d, struct arena *a, int64_t virtual_account, const void *request_sha256, const char *kind,
		       struct sync_answer_row *out, struct err *e)
{
	return rows_first(db_query(d, e, Q_SYNC_ANSWER_FIND, "ibs", virtual_account, request_sha256, (size_t)SHA256_SIZE,
				   kind),
			  a, read_answer, out, e);
}

static void read_answer_size(struct rows *r, struct arena *a, void *out)
{
	struct sync_answer_row *row = out;

	row->id = rows_int(r, 0);
	row->sequence = rows_int(r, 1);
	row->kind = rows_keep_text(r, a, 2);
	row->received_at = rows_int(r, 3);
	row->answered_at = rows_int(r, 4);
	row->answer_n = (size_t)rows_int(r, 5);
}

int q_sync_answer_list(struct db *d, struct arena *a, int64_t virtual_account, int64_t limit, struct sync_answer_row **out,
		       size_t *n, struct err *e)
{
	return rows_all(db_query(d, e, Q_SYNC_ANSWER_LIST, "ii", virtual_account, limit), a, read_answer_size,
			sizeof(**out), out, n, e);
}

int q_sync_answer_applied(struct db *d, int64_t virtual_account, int64_t sequence, int64_t *out, struct err *e)
{
	return db_value(d, e, out, Q_SYNC_ANSWER_APPLIED, "ii", virtual_account, sequence) < 0 ? -1 : 0;
}

int q_sync_answer_add(struct db *d, int64_t virtual_account, int64_t sequence, const void *request_sha256, const char *kind,
		      int64_t now, struct err *e)
{
	return db_exec(d, e, Q_SYNC_ANSWER_ADD, "iibsi", virtual_account, sequence, request_sha256, (size_t)SHA256_SIZE,
		       kind, now);
}

int q_sync_answer_set(struct db *d, int64_t virtual_account, const void *request_sha256, const char *kind,
		      const void *answer, size_t n, int64_t now, struct err *e)
{
	return db_exec(d, e, Q_SYNC_ANSWER_SET, "ibsbi", virtual_account, request_sha256, (size_t)SHA256_SIZE, kind, answer,
		       n, now);
}

int q_sync_answer_tidy(struct db *d, int64_t virtual_account, int64_t answers, int64_t rows, struct err *e)
{
	return db_exec(d, e, Q_SYNC_ANSWER_TIDY, "ii", virtual_account, answers) ||
			       db_exec(d, e, Q_SYNC_ANSWER_FORGET, "ii", virtual_account, rows)
		     ? -1
		     : 0;
}

/* ---- satellites ---- */

int q_satellite_renamed(struct db *d, int64_t id, const char *name, struct err *e)
{
	return db_exec(d, e, Q_SATELLITE_RENAMED, "is", id, name);
}

int q_satellite_renewed(struct db *d, int64_t id, const void *sub_ca, size_t n, struct err *e)
{
	return db_exec(d, e, Q_SATELLITE_RENEWED, "ib", id, sub_ca, n);
}

int q_delegation_extended(struct db *d, int64_t virtual_account, int64_t until, struct err *e)
{
	return db_exec(d, e, Q_DELEGATION_EXTENDED, "ii", virtual_account, until);
}

static void read_silent(struct rows *r, struct arena *a, void *out)
{
	struct waiting_row *row = out;

	row->uuid = rows_keep_text(r, a, 0);
	row->name = rows_keep_text(r, a, 1);
	row->virtual_account_id = rows_int(r, 2);
	row->created_at = rows_int(r, 3);
	row->authority_valid_until = rows_int(r, 4);
}

int q_remote_silent(struct db *d, struct arena *a, int64_t since, struct waiting_row **out, size_t *n, struct err *e)
{
	return rows_all(db_query(d, e, Q_REMOTE_SILENT, "i", since), a, read_silent, sizeof(**out), out, n, e);
}

/* ---- licenses that leave ---- */

int q_move_add(struct db *d, struct move_row *row, struct err *e)
{
	if (db_exec(d, e, Q_MOVE_ADD, "siiiiis", row->uuid, row->from_id, row->to_id, row->entitlement_id, row->quantity,
		    row->created_at, row->created_by))
		return -1;
	row->id = db_last_id(d);
	return 0;
}

int q_move_add_lot(struct db *d, int64_t move, int64_t lot, int64_t quantity, struct err *e)
{
	return db_exec(d, e, Q_MOVE_ADD_LOT, "iii", move, lot, quantity);
}

static void read_move(struct rows *r, struct arena *a, void *out)
{
	struct move_row *row = out;

	row->id = rows_int(r, 0);
	row->uuid = rows_keep_text(r, a, 1);
	row->from_id = rows_int(r, 2);
	row->to_id = rows_int(r, 3);
	row->entitlement_id = rows_int(r, 4);
	row->quantity = rows_int(r, 5);
	row->moved = rows_int(r, 6);
	row->state = rows_keep_text(r, a, 7);
	row->taken_in = rows_int(r, 8);
	row->created_at = rows_int(r, 9);
	row->created_by = rows_keep_text(r, a, 10);
	row->ended_at = rows_int(r, 11);
	row->ended_by = rows_keep_text(r, a, 12);
}

int q_move_by_uuid(struct db *d, struct arena *a, const char *uuid, struct move_row *out, struct err *e)
{
	return rows_first(db_query(d, e, Q_MOVE_BY_UUID, "s", uuid), a, read_move, out, e);
}

int q_move_list(struct db *d, struct arena *a, int64_t account, int64_t limit, struct move_row **out, size_t *n,
		struct err *e)
{
	return rows_all(db_query(d, e, Q_MOVE_LIST, "ii", account, limit), a, read_move, sizeof(**out), out, n, e);
}

int q_move_open(struct db *d, struct arena *a, int64_t from, struct move_row **out, size_t *n, struct err *e)
{
	return rows_all(db_query(d, e, Q_MOVE_OPEN, "i", from), a, read_move, sizeof(**out), out, n, e);
}

static void read_move_lot(struct rows *r, struct arena *a, void *out)
{
	struct move_lot_row *row = out;

	(void)a;
	row->lot_id = rows_int(r, 0);
	row->quantity = rows_int(r, 1);
	row->owned = rows_int(r, 2);
	row->reserved = rows_int(r, 3);
	row->start_at = rows_int(r, 4);
}

int q_move_lots(struct db *d, struct arena *a, int64_t move, struct move_lot_row **out, size_t *n, struct err *e)
{
	return rows_all(db_query(d, e, Q_MOVE_LOTS, "i", move), a, read_move_lot, sizeof(**out), out, n, e);
}

int q_move_leaving(struct db *d, int64_t from, int64_t lot, bool taken, int64_t *out, struct err *e)
{
	return db_value(d, e, out, Q_MOVE_LEAVING, "iii", from, lot, (int64_t)taken) < 0 ? -1 : 0;
}

static void read_leaving(struct rows *r, struct arena *a, void *out)
{
	struct leaving_row *row = out;

	row->to = rows_keep_text(r, a, 0);
	row->quantity = rows_int(r, 1);
}

int q_move_leaving_kind(struct db *d, struct arena *a, int64_t from, int64_t entitlement, struct leaving_row **out,
			size_t *n, struct err *e)
{
	return rows_all(db_query(d, e, Q_MOVE_LEAVING_KIND, "ii", from, entitlement), a, read_leaving, sizeof(**out), out,
			n, e);
}

int q_move_taking(struct db *d, int64_t id, int64_t sequence, struct err *e)
{
	return db_exec(d, e, Q_MOVE_TAKING, "ii", id, sequence);
}

int q_move_lot_set(struct db *d, int64_t move, int64_t lot, int64_t quantity, struct err *e)
{
	return db_exec(d, e, Q_MOVE_LOT_SET, "iii", move, lot, quantity);
}

int q_move_end(struct db *d, const struct move_row *row, struct err *e)
{
	return db_exec(d, e, Q_MOVE_END, "isiis", row->id, row->state, row->moved, row->ended_at, row->ended_by);
}

/* ---- product instances to be removed ---- */

int q_removal_add(struct db *d, const struct removal_row *row, struct err *e)
{
	return db_exec(d, e, Q_REMOVAL_ADD, "sissis", row->uuid, row->virtual_account_id, row->instance, row->reason,
		       row->created_at, row->created_by);
}

static void read_removal(struct rows *r, struct arena *a, void *out)
{
	struct removal_row *row = out;

	row->id = rows_int(r, 0);
	row->uuid = rows_keep_text(r, a, 1);
	row->virtual_account_id = rows_int(r, 2);
	row->instance = rows_keep_text(r, a, 3);
	row->reason = rows_keep_text(r, a, 4);
	row->told_in = rows_int(r, 5);
	row->created_at = rows_int(r, 6);
	row->created_by = rows_keep_text(r, a, 7);
}

int q_removal_get(struct db *d, struct arena *a, int64_t virtual_account, const char *instance, struct removal_row *out,
		  struct err *e)
{
	return rows_first(db_query(d, e, Q_REMOVAL_GET, "is", virtual_account, instance), a, read_removal, out, e);
}

int q_removal_list(struct db *d, struct arena *a, int64_t virtual_account, struct removal_row **out, size_t *n,
		   struct err *e)
{
	return rows_all(db_query(d, e, Q_REMOVAL_LIST, "i", virtual_account), a, read_removal, sizeof(**out), out, n, e);
}

int q_removal_told(struct db *d, int64_t virtual_account, int64_t sequence, struct err *e)
{
	return db_exec(d, e, Q_REMOVAL_TOLD, "ii", virtual_account, sequence);
}

int q_removal_drop(struct db *d, int64_t id, struct err *e)
{
	return db_exec(d, e, Q_REMOVAL_DROP, "i", id);
}

/* ---- codes for the registration over the network ---- */

int q_code_add(struct db *d, const struct code_row *row, const void *hash, struct err *e)
{
	return db_exec(d, e, Q_CODE_ADD, "sibisi", row->uuid, row->virtual_account_id, hash, (size_t)SHA256_SIZE,
		       row->created_at, row->created_by, row->expires_at);
}

static void read_code(struct rows *r, struct arena *a, void *out)
{
	struct code_row *row = out;

	row->id = rows_int(r, 0);
	row->uuid = rows_keep_text(r, a, 1);
	row->virtual_account_id = rows_int(r, 2);
	row->created_at = rows_int(r, 3);
	row->created_by = rows_keep_text(r, a, 4);
	row->expires_at = rows_int(r, 5);
	row->request_sha256 = rows_keep_blob(r, a, 6, &row->request_sha256_n);
	row->used_at = rows_int(r, 7);
	row->used_by = rows_keep_text(r, a, 8);
	row->revoked_at = rows_int(r, 9);
	row->revoked_by = rows_keep_text(r, a, 10);
}

int q_code_by_hash(struct db *d, struct arena *a, const void *hash, struct code_row *out, struct err *e)
{
	return rows_first(db_query(d, e, Q_CODE_BY_HASH, "b", hash, (size_t)SHA256_SIZE), a, read_code, out, e);
}

int q_code_by_uuid(struct db *d, struct arena *a, const char *uuid, struct code_row *out, struct err *e)
{
	return rows_first(db_query(d, e, Q_CODE_BY_UUID, "s", uuid), a, read_code, out, e);
}

int q_code_list(struct db *d, struct arena *a, int64_t account, int64_t limit, struct code_row **out, size_t *n,
		struct err *e)
{
	return rows_all(db_query(d, e, Q_CODE_LIST, "ii", account, limit), a, read_code, sizeof(**out), out, n, e);
}

int q_code_used(struct db *d, int64_t id, const void *request_sha256, int64_t now, const char *by, struct err *e)
{
	return db_exec(d, e, Q_CODE_USED, "ibis", id, request_sha256, (size_t)SHA256_SIZE, now, by);
}

int q_code_revoked(struct db *d, int64_t id, int64_t now, const char *by, struct err *e)
{
	return db_exec(d, e, Q_CODE_REVOKED, "iis", id, now, by);
}
