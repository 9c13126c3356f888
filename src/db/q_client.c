#include "db/q_client.h"

#include "db/rows.h"

static void read_client(struct rows *r, struct arena *a, void *out)
{
	struct client_row *row = out;

	row->id = rows_int(r, 0);
	row->client_id = rows_keep_text(r, a, 1);
	row->account = rows_int(r, 2);
	row->name = rows_keep_text(r, a, 3);
	row->created_at = rows_int(r, 4);
	row->created_by = rows_keep_text(r, a, 5);
	row->used_at = rows_int(r, 6);
	row->used_from = rows_keep_text(r, a, 7);
	row->revoked_at = rows_int(r, 8);
	row->revoked_by = rows_keep_text(r, a, 9);
}

int q_client_add(struct db *d, struct client_row *row, const char *name_key, struct err *e)
{
	if (db_exec(d, e, Q_CLIENT_ADD, "sissis", row->client_id, row->account, row->name, name_key, row->created_at,
		    row->created_by))
		return -1;
	row->id = db_last_id(d);
	return 0;
}

int q_client_by_client_id(struct db *d, struct arena *a, const char *client_id, struct client_row *out, struct err *e)
{
	return rows_first(db_query(d, e, Q_CLIENT_BY_CLIENT_ID, "s", client_id), a, read_client, out, e);
}

int q_client_by_key(struct db *d, struct arena *a, const char *name_key, int64_t account, struct client_row *out,
		    struct err *e)
{
	return rows_first(db_query(d, e, Q_CLIENT_BY_KEY_IN, "si", name_key, account), a, read_client, out, e);
}

int q_clients_by_key(struct db *d, struct arena *a, const char *name_key, struct client_row **out, size_t *n, struct err *e)
{
	return rows_all(db_query(d, e, Q_CLIENT_BY_KEY, "s", name_key), a, read_client, sizeof(**out), out, n, e);
}

int q_client_list(struct db *d, struct arena *a, int64_t account, struct client_row **out, size_t *n, struct err *e)
{
	struct rows *rows =
		account ? db_query(d, e, Q_CLIENT_LIST_OF_ACCOUNT, "i", account) : db_query(d, e, Q_CLIENT_LIST, "");

	return rows_all(rows, a, read_client, sizeof(**out), out, n, e);
}

int q_client_revoke(struct db *d, int64_t id, int64_t now, const char *by, struct err *e)
{
	return db_exec(d, e, Q_SESSION_END_CLIENT, "i", id) || db_exec(d, e, Q_CLIENT_REVOKE, "iis", id, now, by) ? -1 : 0;
}

int q_client_remove(struct db *d, int64_t id, struct err *e)
{
	return db_exec(d, e, Q_SESSION_END_CLIENT, "i", id) || db_exec(d, e, Q_GRANT_DROP_CLIENT, "i", id) ||
			       db_exec(d, e, Q_CLIENT_SECRET_DROP, "i", id) || db_exec(d, e, Q_CLIENT_REMOVE, "i", id)
		     ? -1
		     : 0;
}

int q_client_drop_account(struct db *d, int64_t account, struct err *e)
{
	return db_exec(d, e, Q_CLIENT_DROP_ACCOUNT_SESSIONS, "i", account) ||
			       db_exec(d, e, Q_CLIENT_DROP_ACCOUNT_SECRETS, "i", account) ||
			       db_exec(d, e, Q_CLIENT_DROP_ACCOUNT, "i", account)
		     ? -1
		     : 0;
}

/* ---- secrets ---- */

static void read_secret(struct rows *r, struct arena *a, void *out)
{
	struct client_secret_row *row = out;

	row->hash = rows_keep_blob(r, a, 0, &row->hash_n);
	row->created_at = rows_int(r, 1);
	row->created_by = rows_keep_text(r, a, 2);
	row->used_at = rows_int(r, 3);
	row->expires_at = rows_int(r, 4);
}

int q_client_secret_add(struct db *d, int64_t client, const void *hash, size_t hash_n, int64_t now, const char *by,
			struct err *e)
{
	return db_exec(d, e, Q_CLIENT_SECRET_ADD, "biis", hash, hash_n, client, now, by);
}

int q_client_secret_list(struct db *d, struct arena *a, int64_t client, struct client_secret_row **out, size_t *n,
			 struct err *e)
{
	return rows_all(db_query(d, e, Q_CLIENT_SECRET_LIST, "i", client), a, read_secret, sizeof(**out), out, n, e);
}

int q_client_secret_expire(struct db *d, int64_t client, int64_t until, struct err *e)
{
	return db_exec(d, e, Q_CLIENT_SECRET_DROP_OLD, "i", client) ||
			       db_exec(d, e, Q_CLIENT_SECRET_EXPIRE, "ii", client, until)
		     ? -1
		     : 0;
}

int q_client_secret_drop(struct db *d, int64_t client, struct err *e)
{
	return db_exec(d, e, Q_CLIENT_SECRET_DROP, "i", client);
}

int q_client_used(struct db *d, int64_t client, const void *hash, size_t hash_n, int64_t now, const char *address,
		  struct err *e)
{
	return db_exec(d, e, Q_CLIENT_USED, "iis", client, now, address) ||
			       db_exec(d, e, Q_CLIENT_SECRET_USED, "bi", hash, hash_n, now)
		     ? -1
		     : 0;
}
