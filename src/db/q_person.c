#include "db/q_person.h"

#include "db/rows.h"

static void read_person(struct rows *r, struct arena *a, void *out)
{
	struct person_row *row = out;

	row->id = rows_int(r, 0);
	row->name = rows_keep_text(r, a, 1);
	row->full_name = rows_keep_text(r, a, 2);
	row->status = rows_keep_text(r, a, 3);
	row->password_hash = rows_keep_text(r, a, 4);
	row->password_at = rows_int(r, 5);
	row->must_change = rows_int(r, 6);
	row->signed_in_at = rows_int(r, 7);
	row->signed_in_from = rows_keep_text(r, a, 8);
	row->created_at = rows_int(r, 9);
	row->created_by = rows_keep_text(r, a, 10);
}

int q_person_add(struct db *d, const struct person_row *row, const char *name_key, struct err *e)
{
	return db_exec(d, e, Q_PERSON_ADD, "ssssiis", row->name, name_key, row->full_name, row->password_hash,
		       row->created_at, (int64_t)row->must_change, row->created_by);
}

int q_person_by_key(struct db *d, struct arena *a, const char *name_key, struct person_row *out, struct err *e)
{
	return rows_first(db_query(d, e, Q_PERSON_BY_KEY, "s", name_key), a, read_person, out, e);
}

int q_person_list(struct db *d, struct arena *a, struct person_row **out, size_t *n, struct err *e)
{
	return rows_all(db_query(d, e, Q_PERSON_LIST, ""), a, read_person, sizeof(**out), out, n, e);
}

int q_person_password(struct db *d, int64_t id, const char *password_hash, int64_t now, bool must_change, int64_t keep,
		      struct err *e)
{
	return db_exec(d, e, Q_SESSION_END_PERSON, "i", id) || db_exec(d, e, Q_PERSON_KEEP_PASSWORD, "ii", id, now) ||
			       db_exec(d, e, Q_PERSON_TRIM_PASSWORDS, "ii", id, keep) ||
			       db_exec(d, e, Q_PERSON_SET_PASSWORD, "isii", id, password_hash, now, (int64_t)must_change)
		     ? -1
		     : 0;
}

static void read_hash(struct rows *r, struct arena *a, void *out)
{
	const char **hash = out;

	*hash = rows_keep_text(r, a, 0);
}

int q_person_former_passwords(struct db *d, struct arena *a, int64_t id, const char ***out, size_t *n, struct err *e)
{
	return rows_all(db_query(d, e, Q_PERSON_FORMER_PASSWORDS, "i", id), a, read_hash, sizeof(**out), out, n, e);
}

int q_person_status(struct db *d, int64_t id, const char *status, struct err *e)
{
	return db_exec(d, e, Q_SESSION_END_PERSON, "i", id) || db_exec(d, e, Q_PERSON_SET_STATUS, "is", id, status) ? -1
														    : 0;
}

int q_person_signed_in(struct db *d, int64_t id, int64_t now, const char *address, struct err *e)
{
	return db_exec(d, e, Q_PERSON_SIGNED_IN, "iis", id, now, address);
}

int q_person_remove(struct db *d, int64_t id, struct err *e)
{
	return db_exec(d, e, Q_SESSION_END_PERSON, "i", id) || db_exec(d, e, Q_GRANT_DROP_PERSON, "i", id) ||
			       db_exec(d, e, Q_PERSON_DROP_PASSWORDS, "i", id) || db_exec(d, e, Q_PERSON_REMOVE, "i", id)
		     ? -1
		     : 0;
}

/* ---- roles ---- */

static int changed(struct db *d, int rc)
{
	return rc ? -1 : db_changes(d) > 0;
}

int q_grant_add(struct db *d, int64_t person, int64_t client, const struct grant_row *row, int64_t now, const char *by,
		struct err *e)
{
	return changed(d, db_exec(d, e, Q_GRANT_ADD, "iisiiis", person, client, row->role, row->account,
				  row->virtual_account, now, by));
}

int q_grant_remove(struct db *d, int64_t person, int64_t client, const struct grant_row *row, struct err *e)
{
	return changed(d, db_exec(d, e, person ? Q_GRANT_REMOVE_PERSON : Q_GRANT_REMOVE_CLIENT, "isii",
				  person ? person : client, row->role, row->account, row->virtual_account));
}

static void read_grant(struct rows *r, struct arena *a, void *out)
{
	struct grant_row *row = out;

	row->role = rows_keep_text(r, a, 0);
	row->account = rows_int(r, 1);
	row->virtual_account = rows_int(r, 2);
}

int q_grants_of_person(struct db *d, struct arena *a, int64_t person, struct grant_row **out, size_t *n, struct err *e)
{
	return rows_all(db_query(d, e, Q_GRANT_OF_PERSON, "i", person), a, read_grant, sizeof(**out), out, n, e);
}

int q_grants_of_client(struct db *d, struct arena *a, int64_t client, struct grant_row **out, size_t *n, struct err *e)
{
	return rows_all(db_query(d, e, Q_GRANT_OF_CLIENT, "i", client), a, read_grant, sizeof(**out), out, n, e);
}

static void read_place_grant(struct rows *r, struct arena *a, void *out)
{
	struct place_grant_row *row = out;

	read_grant(r, a, &row->grant);
	row->person = rows_keep_text(r, a, 3);
	row->virtual_account = rows_keep_text(r, a, 4);
	row->created_at = rows_int(r, 5);
	row->created_by = rows_keep_text(r, a, 6);
}

int q_grants_of_account(struct db *d, struct arena *a, int64_t account, struct place_grant_row **out, size_t *n,
			struct err *e)
{
	return rows_all(db_query(d, e, Q_GRANT_OF_ACCOUNT, "i", account), a, read_place_grant, sizeof(**out), out, n, e);
}

/* ---- sessions ---- */

static void read_session(struct rows *r, struct arena *a, void *out)
{
	struct session_row *row = out;

	row->id = rows_int(r, 0);
	row->kind = rows_keep_text(r, a, 1);
	row->person = rows_int(r, 2);
	row->client = rows_int(r, 3);
	row->address = rows_keep_text(r, a, 4);
	row->agent = rows_keep_text(r, a, 5);
	row->created_at = rows_int(r, 6);
	row->used_at = rows_int(r, 7);
	row->idle_ms = rows_int(r, 8);
	row->ends_at = rows_int(r, 9);
	row->person_name = rows_keep_text(r, a, 10);
	row->client_name = rows_keep_text(r, a, 11);
	row->scope = rows_keep_text(r, a, 12);
}

int q_session_add(struct db *d, const struct session_row *row, const void *hash, size_t hash_n, struct err *e)
{
	return db_exec(d, e, Q_SESSION_ADD, "bsiissiii", hash, hash_n, row->kind, row->person, row->client, row->address,
		       row->agent, row->created_at, row->idle_ms, row->ends_at);
}

int q_session_find(struct db *d, struct arena *a, const void *hash, size_t hash_n, const char *kind, int64_t now,
		   struct session_row *out, struct err *e)
{
	return rows_first(db_query(d, e, Q_SESSION_FIND, "bsi", hash, hash_n, kind, now), a, read_session, out, e);
}

int q_session_by_id(struct db *d, struct arena *a, int64_t id, struct session_row *out, struct err *e)
{
	return rows_first(db_query(d, e, Q_SESSION_BY_ID, "i", id), a, read_session, out, e);
}

int q_session_list(struct db *d, struct arena *a, int64_t person, int64_t now, struct session_row **out, size_t *n,
		   struct err *e)
{
	struct rows *rows = person ? db_query(d, e, Q_SESSION_LIST_PERSON, "ii", now, person)
				   : db_query(d, e, Q_SESSION_LIST, "i", now);

	return rows_all(rows, a, read_session, sizeof(**out), out, n, e);
}

int q_session_used(struct db *d, int64_t id, int64_t now, struct err *e)
{
	return db_exec(d, e, Q_SESSION_USED, "ii", id, now);
}

int q_session_end(struct db *d, int64_t id, struct err *e)
{
	return db_exec(d, e, Q_SESSION_END, "i", id);
}

int q_sessions_end_client(struct db *d, int64_t client, struct err *e)
{
	return db_exec(d, e, Q_SESSION_END_CLIENT, "i", client);
}

int q_session_keep_newest(struct db *d, int64_t person, int64_t client, int64_t keep, struct err *e)
{
	return person ? db_exec(d, e, Q_SESSION_KEEP_OF_PERSON, "ii", person, keep)
		      : db_exec(d, e, Q_SESSION_KEEP_OF_CLIENT, "ii", client, keep);
}

int q_session_narrow(struct db *d, const void *hash, size_t hash_n, const char *scope, struct err *e)
{
	return db_exec(d, e, Q_SESSION_NARROW, "bs", hash, hash_n, scope);
}
