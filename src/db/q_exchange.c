#include "crypt/digest.h"
#include "db/q.h"
#include "db/rows.h"

int q_exchange_add(struct db *d, const struct exchange_row *row, struct err *e)
{
	return db_exec(d, e, Q_EXCHANGE_ADD, "issiibbiiis", row->account_id, row->kind, row->mode, row->sequence,
		       row->change_number, row->request_sha256, (size_t)SHA256_SIZE, row->file, row->file_n, row->bytes,
		       row->records, row->created_at, row->created_by);
}

static void read_exchange(struct rows *r, struct arena *a, void *out)
{
	struct exchange_row *row = out;

	row->id = rows_int(r, 0);
	row->kind = rows_keep_text(r, a, 1);
	row->mode = rows_keep_text(r, a, 2);
	row->sequence = rows_int(r, 3);
	row->change_number = rows_int(r, 4);
	row->request_sha256 = rows_keep_blob(r, a, 5, &row->request_sha256_n);
	row->file = rows_keep_blob(r, a, 6, &row->file_n);
	row->bytes = rows_int(r, 7);
	row->records = rows_int(r, 8);
	row->created_at = rows_int(r, 9);
	row->answered_at = rows_int(r, 10);
}

int q_exchange_last(struct db *d, struct arena *a, int64_t account, struct exchange_row *out, struct err *e)
{
	return rows_first(db_query(d, e, Q_EXCHANGE_LAST, "i", account), a, read_exchange, out, e);
}

int q_exchange_last_request(struct db *d, struct arena *a, int64_t account, struct exchange_row *out, struct err *e)
{
	return rows_first(db_query(d, e, Q_EXCHANGE_LAST_REQUEST, "i", account), a, read_exchange, out, e);
}

int q_exchange_by_request(struct db *d, struct arena *a, int64_t account, const void *request_sha256,
			  struct exchange_row *out, struct err *e)
{
	return rows_first(db_query(d, e, Q_EXCHANGE_BY_REQUEST, "ib", account, request_sha256, (size_t)SHA256_SIZE), a,
			  read_exchange, out, e);
}

int q_exchange_applied(struct db *d, int64_t account, int64_t *id, struct err *e)
{
	*id = 0;
	return db_value(d, e, id, Q_EXCHANGE_APPLIED, "i", account) < 0 ? -1 : 0;
}

int q_exchange_waits(struct db *d, const void *request_sha256, int64_t *out, struct err *e)
{
	*out = 0;
	return db_value(d, e, out, Q_EXCHANGE_WAITS, "b", request_sha256, (size_t)SHA256_SIZE) < 0 ? -1 : 0;
}

int q_exchange_answered(struct db *d, int64_t id, int64_t now, const char *by, const char *answer, struct err *e)
{
	return db_exec(d, e, Q_EXCHANGE_ANSWERED, "iiss", id, now, by, answer);
}

int q_exchange_forget(struct db *d, int64_t account, int64_t keep, struct err *e)
{
	return db_exec(d, e, Q_EXCHANGE_FORGET, "ii", account, keep);
}

static void read_state(struct rows *r, struct arena *a, void *out)
{
	struct account_exchange *state = out;

	(void)a;
	state->sequence = rows_int(r, 0);
	state->base = rows_int(r, 1);
	state->base_change = rows_int(r, 2);
	state->full = rows_int(r, 3) != 0;
	state->share_hostname = rows_int(r, 4) != 0;
	state->share_ip_address = rows_int(r, 5) != 0;
	state->share_mac_address = rows_int(r, 6) != 0;
	state->share_product_version = rows_int(r, 7) != 0;
	state->share_sequence = rows_int(r, 8);
}

int q_account_exchange(struct db *d, int64_t account, struct account_exchange *out, struct err *e)
{
	return rows_first(db_query(d, e, Q_ACCOUNT_EXCHANGE, "i", account), NULL, read_state, out, e);
}

int q_account_exchange_set(struct db *d, int64_t account, const struct account_exchange *in, struct err *e)
{
	return db_exec(d, e, Q_ACCOUNT_EXCHANGE_SET, "iiiii", account, in->sequence, in->base, in->base_change,
		       (int64_t)in->full);
}

int q_account_share(struct db *d, int64_t account, const struct account_exchange *in, struct err *e)
{
	return db_exec(d, e, Q_ACCOUNT_SHARE, "iiiii", account, (int64_t)in->share_hostname, (int64_t)in->share_ip_address,
		       (int64_t)in->share_mac_address, (int64_t)in->share_product_version);
}

int q_sync_change(struct db *d, int64_t *number, struct err *e)
{
	return db_value(d, e, number, Q_SYNC_CHANGE_GET, "") == 1 ? 0 : -1;
}

int q_sync_change_next(struct db *d, struct err *e)
{
	return db_exec(d, e, Q_SYNC_CHANGE_NEXT, "");
}

int q_sync_removed_forget(struct db *d, int64_t account, int64_t number, struct err *e)
{
	return db_exec(d, e, Q_SYNC_REMOVED_FORGET, "ii", account, number);
}

/* ---- what requests tell ---- */

typedef void (*row_fill)(struct rows *r, struct request_row *row);

static int walk(struct rows *r, row_fill fill, request_fn fn, void *ctx, struct err *e)
{
	int rc = r ? rows_next(r, e) : -1;

	while (rc == 1) {
		struct request_row row = { 0 };

		fill(r, &row);
		if (fn(ctx, &row, e)) {
			rows_end(r);
			return -1;
		}
		rc = rows_next(r, e);
	}
	return rc;
}

static void fill_virtual_account(struct rows *r, struct request_row *row)
{
	row->uuid = rows_text(r, 0);
	row->name = rows_text(r, 1);
	row->description = rows_text(r, 2);
	row->is_default = rows_int(r, 3) != 0;
}

int q_request_virtual_accounts(struct db *d, int64_t account, int64_t after, request_fn fn, void *ctx, struct err *e)
{
	return walk(db_query(d, e, Q_REQUEST_VIRTUAL_ACCOUNTS, "ii", account, after), fill_virtual_account, fn, ctx, e);
}

static void fill_instance(struct rows *r, struct request_row *row)
{
	row->uuid = rows_text(r, 0);
	row->virtual_account = rows_text(r, 1);
	row->udi_pid = rows_text(r, 2);
	row->udi_serial = rows_text(r, 3);
	row->udi_uuid = rows_text(r, 4);
	row->software_tag = rows_text(r, 5);
	row->product_version = rows_text(r, 6);
	row->hostname = rows_text(r, 7);
	row->ip_address = rows_text(r, 8);
	row->mac_address = rows_text(r, 9);
	row->export_allowed = rows_int(r, 10) != 0;
	row->holding = rows_int(r, 11) != 0;
	row->registered_at = rows_int(r, 12);
	row->expires_at = rows_int(r, 13);
}

int q_request_instances(struct db *d, int64_t account, int64_t after, request_fn fn, void *ctx, struct err *e)
{
	return walk(db_query(d, e, Q_REQUEST_INSTANCES, "ii", account, after), fill_instance, fn, ctx, e);
}

static void fill_usage(struct rows *r, struct request_row *row)
{
	row->uuid = rows_text(r, 0);
	row->tag = rows_text(r, 1);
	row->count = rows_int(r, 2);
}

int q_request_usage(struct db *d, int64_t account, int64_t after, request_fn fn, void *ctx, struct err *e)
{
	return walk(db_query(d, e, Q_REQUEST_USAGE, "ii", account, after), fill_usage, fn, ctx, e);
}

static void fill_reservation(struct rows *r, struct request_row *row)
{
	row->id = rows_int(r, 0);
	row->uuid = rows_text(r, 1);
	row->virtual_account = rows_text(r, 2);
	row->state = rows_text(r, 3);
	row->udi_pid = rows_text(r, 4);
	row->udi_serial = rows_text(r, 5);
	row->udi_uuid = rows_text(r, 6);
	row->created_at = rows_int(r, 7);
}

int q_request_reservations(struct db *d, int64_t account, int64_t after, request_fn fn, void *ctx, struct err *e)
{
	return walk(db_query(d, e, Q_REQUEST_RESERVATIONS, "ii", account, after), fill_reservation, fn, ctx, e);
}

static void fill_reserved(struct rows *r, struct request_row *row)
{
	row->uuid = rows_text(r, 0);
	row->count = rows_int(r, 1);
}

int q_request_reserved(struct db *d, int64_t reservation, request_fn fn, void *ctx, struct err *e)
{
	return walk(db_query(d, e, Q_REQUEST_RESERVED, "i", reservation), fill_reserved, fn, ctx, e);
}

static void fill_removed(struct rows *r, struct request_row *row)
{
	row->uuid = rows_text(r, 0);
	row->kind = rows_text(r, 1);
}

int q_request_removed(struct db *d, int64_t account, int64_t after, request_fn fn, void *ctx, struct err *e)
{
	return walk(db_query(d, e, Q_REQUEST_REMOVED, "ii", account, after), fill_removed, fn, ctx, e);
}
