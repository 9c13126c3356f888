#include "crypt/digest.h"
#include "db/q.h"
#include "db/rows.h"

int q_satellite_set(struct db *d, const struct satellite_row *row, struct err *e)
{
	return db_exec(d, e, Q_SATELLITE_SET, "ssbbis", row->uuid, row->name, row->key_id, row->key_id_n, row->sub_ca,
		       row->sub_ca_n, row->authorized_at, row->authorized_by);
}

static void read_satellite(struct rows *r, struct arena *a, void *out)
{
	struct satellite_row *row = out;

	row->id = rows_int(r, 0);
	row->uuid = rows_keep_text(r, a, 1);
	row->name = rows_keep_text(r, a, 2);
	row->key_id = rows_keep_blob(r, a, 3, &row->key_id_n);
	row->sub_ca = rows_keep_blob(r, a, 4, &row->sub_ca_n);
	row->status = rows_keep_text(r, a, 5);
	row->authorized_at = rows_int(r, 6);
	row->authorized_by = rows_keep_text(r, a, 7);
	row->removed_at = rows_int(r, 8);
	row->removed_by = rows_keep_text(r, a, 9);
}

int q_satellite_by_uuid(struct db *d, struct arena *a, const char *uuid, struct satellite_row *out, struct err *e)
{
	return rows_first(db_query(d, e, Q_SATELLITE_BY_UUID, "s", uuid), a, read_satellite, out, e);
}

static void read_satellite_served(struct rows *r, struct arena *a, void *out)
{
	struct satellite_row *row = out;

	row->id = rows_int(r, 0);
	row->uuid = rows_keep_text(r, a, 1);
	row->name = rows_keep_text(r, a, 2);
	row->status = rows_keep_text(r, a, 3);
	row->authorized_at = rows_int(r, 4);
	row->authorized_by = rows_keep_text(r, a, 5);
	row->account = rows_keep_text(r, a, 6);
	row->virtual_account = rows_keep_text(r, a, 7);
	row->authority_valid_until = rows_int(r, 8);
	row->last_sync_at = rows_int(r, 9);
	row->sequence = rows_int(r, 10);
	row->instances = rows_int(r, 11);
}

int q_satellite_list(struct db *d, struct arena *a, struct satellite_row **out, size_t *n, struct err *e)
{
	return rows_all(db_query(d, e, Q_SATELLITE_LIST, ""), a, read_satellite_served, sizeof(**out), out, n, e);
}

int q_satellite_remove(struct db *d, int64_t id, int64_t now, const char *by, struct err *e)
{
	if (db_exec(d, e, Q_SATELLITE_UNSERVE, "i", id))
		return -1;
	return db_exec(d, e, Q_SATELLITE_REMOVE, "iis", id, now, by);
}

int q_delegation_add(struct db *d, const struct delegation_row *row, struct err *e)
{
	return db_exec(d, e, Q_DELEGATION_ADD, "iisbbiis", row->satellite_id, row->virtual_account_id,
		       row->satellite_account, row->request_sha256, (size_t)SHA256_SIZE, row->answer, row->answer_n,
		       row->authority_valid_until, row->created_at, row->created_by);
}

int q_delegation_synced(struct db *d, int64_t satellite, int64_t virtual_account, int64_t now, struct err *e)
{
	return db_exec(d, e, Q_DELEGATION_SYNCED, "iii", satellite, virtual_account, now);
}

static void read_waiting(struct rows *r, struct arena *a, void *out)
{
	struct waiting_row *row = out;

	row->uuid = rows_keep_text(r, a, 0);
	row->name = rows_keep_text(r, a, 1);
	row->virtual_account_id = rows_int(r, 2);
	row->created_at = rows_int(r, 3);
	row->authority_valid_until = rows_int(r, 4);
}

int q_alert_authorizations(struct db *d, struct arena *a, struct waiting_row **out, size_t *n, struct err *e)
{
	return rows_all(db_query(d, e, Q_ALERT_AUTHORIZATIONS, ""), a, read_waiting, sizeof(**out), out, n, e);
}

int q_delegation_by_request(struct db *d, struct arena *a, const void *request_sha256, const void **answer, size_t *n,
			    struct err *e)
{
	struct rows *r = db_query(d, e, Q_DELEGATION_BY_REQUEST, "b", request_sha256, (size_t)SHA256_SIZE);
	int rc = r ? rows_next(r, e) : -1;

	if (rc == 1) {
		*answer = rows_keep_blob(r, a, 0, n);
		rows_end(r);
	}
	return rc;
}

static void read_name(struct rows *r, struct arena *a, void *out)
{
	*(const char **)out = rows_keep_text(r, a, 0);
}

int q_delegation_account(struct db *d, struct arena *a, int64_t virtual_account, int64_t satellite, const char **name,
			 struct err *e)
{
	return rows_first(db_query(d, e, Q_DELEGATION_ACCOUNT, "ii", virtual_account, satellite), a, read_name, name, e);
}

static void read_since(struct rows *r, struct arena *a, void *out)
{
	struct delegation_since *since = out;

	(void)a;
	since->answered_at = rows_int(r, 0);
	since->lots = rows_int(r, 1);
}

int q_delegation_since(struct db *d, struct arena *a, const void *request_sha256, struct delegation_since *out,
		       struct err *e)
{
	return rows_first(db_query(d, e, Q_DELEGATION_SINCE, "b", request_sha256, (size_t)SHA256_SIZE), a, read_since, out,
			  e);
}

int q_delegation_before(struct db *d, const char *satellite, const void *request_sha256, int64_t *out, struct err *e)
{
	return db_value(d, e, out, Q_DELEGATION_BEFORE, "sb", satellite, request_sha256, (size_t)SHA256_SIZE) < 0 ? -1 : 0;
}
