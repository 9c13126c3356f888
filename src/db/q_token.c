#include "db/q.h"
#include "db/rows.h"

static void read_token(struct rows *r, struct arena *a, void *out)
{
	struct token_row *row = out;

	row->id = rows_int(r, 0);
	row->virtual_account_id = rows_int(r, 1);
	row->value_box = rows_keep_blob(r, a, 2, &row->value_box_n);
	row->description = rows_keep_text(r, a, 3);
	row->export_controlled = rows_int(r, 4) != 0;
	row->created_at = rows_int(r, 5);
	row->created_by = rows_keep_text(r, a, 6);
	row->expires_at = rows_int(r, 7);
	row->uses_max = rows_int(r, 8);
	row->uses = rows_int(r, 9);
	row->last_used_at = rows_int(r, 10);
	row->revoked_at = rows_int(r, 11);
	row->terms_accepted_at = rows_int(r, 12);
}

int q_token_add(struct db *d, const struct token_row *row, const void *hash, size_t hash_n, struct err *e)
{
	return db_exec(d, e, Q_TOKEN_ADD, "ibbsizisiz", row->virtual_account_id, hash, hash_n, row->value_box,
		       row->value_box_n, row->description, (int64_t)row->export_controlled, row->terms_accepted_at,
		       row->created_at, row->created_by, row->expires_at, row->uses_max);
}

int q_token_by_hash(struct db *d, struct arena *a, const void *hash, size_t hash_n, struct token_row *out, struct err *e)
{
	return rows_first(db_query(d, e, Q_TOKEN_BY_HASH, "b", hash, hash_n), a, read_token, out, e);
}

int q_token_list(struct db *d, struct arena *a, int64_t virtual_account, int64_t now, struct token_row **out, size_t *n,
		 struct err *e)
{
	return rows_all(db_query(d, e, Q_TOKEN_LIST, "ii", virtual_account, now), a, read_token, sizeof(**out), out, n, e);
}

int q_token_use(struct db *d, int64_t id, int64_t now, struct err *e)
{
	return db_exec(d, e, Q_TOKEN_USE, "ii", id, now);
}

int q_token_revoke(struct db *d, int64_t id, int64_t now, const char *by, struct err *e)
{
	return db_exec(d, e, Q_TOKEN_REVOKE, "iis", id, now, by);
}
