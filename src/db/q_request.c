#include "db/q_request.h"

#include "db/rows.h"

static void read_request(struct rows *r, struct arena *a, void *out)
{
	struct account_request_row *row = out;

	row->id = rows_int(r, 0);
	row->uuid = rows_keep_text(r, a, 1);
	row->state = rows_keep_text(r, a, 2);
	row->name = rows_keep_text(r, a, 3);
	row->domain = rows_keep_text(r, a, 4);
	row->smart_account = rows_keep_text(r, a, 5);
	row->virtual_account = rows_keep_text(r, a, 6);
	row->message = rows_keep_text(r, a, 7);
	row->person = rows_int(r, 8);
	row->client = rows_int(r, 9);
	row->created_at = rows_int(r, 10);
	row->created_by = rows_keep_text(r, a, 11);
	row->decided_at = rows_int(r, 12);
	row->decided_by = rows_keep_text(r, a, 13);
	row->reason = rows_keep_text(r, a, 14);
}

int q_account_request_add(struct db *d, const struct account_request_row *row, const char *name_key, struct err *e)
{
	return db_exec(d, e, Q_ACCOUNT_REQUEST_ADD, "ssssssszzis", row->uuid, row->name, name_key, row->domain,
		       row->smart_account, row->virtual_account, row->message, row->person, row->client, row->created_at,
		       row->created_by);
}

int q_account_request_by_uuid(struct db *d, struct arena *a, const char *uuid, struct account_request_row *out,
			      struct err *e)
{
	return rows_first(db_query(d, e, Q_ACCOUNT_REQUEST_BY_UUID, "s", uuid), a, read_request, out, e);
}

int q_account_request_list(struct db *d, struct arena *a, int64_t person, int64_t client, struct account_request_row **out,
			   size_t *n, struct err *e)
{
	struct rows *r = person ? db_query(d, e, Q_ACCOUNT_REQUEST_LIST_PERSON, "i", person)
		       : client ? db_query(d, e, Q_ACCOUNT_REQUEST_LIST_CLIENT, "i", client)
				: db_query(d, e, Q_ACCOUNT_REQUEST_LIST, "");

	return rows_all(r, a, read_request, sizeof(**out), out, n, e);
}

int q_account_request_decide(struct db *d, const struct account_request_row *row, struct err *e)
{
	return db_exec(d, e, Q_ACCOUNT_REQUEST_DECIDE, "isiss", row->id, row->state, row->decided_at, row->decided_by,
		       row->reason);
}

int q_account_request_forget(struct db *d, int64_t keep, struct err *e)
{
	return db_exec(d, e, Q_ACCOUNT_REQUEST_FORGET, "i", keep);
}
