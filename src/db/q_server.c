#include "db/q.h"
#include "db/rows.h"

static void read_text(struct rows *r, struct arena *a, void *out)
{
	*(const char **)out = rows_keep_text(r, a, 0);
}

int q_setting_get(struct db *d, struct arena *a, const char *name, const char **value, struct err *e)
{
	return rows_first(db_query(d, e, Q_SETTING_GET, "s", name), a, read_text, value, e);
}

int q_setting_set(struct db *d, const char *name, const char *value, struct err *e)
{
	return db_exec(d, e, Q_SETTING_SET, "ss", name, value);
}

static void read_authority(struct rows *r, struct arena *a, void *out)
{
	struct authority_row *row = out;

	row->key_box = rows_keep_blob(r, a, 0, &row->key_box_n);
	row->certificate = rows_keep_blob(r, a, 1, &row->certificate_n);
	row->updated_at = rows_int(r, 2);
}

int q_authority_get(struct db *d, struct arena *a, const char *purpose, struct authority_row *out, struct err *e)
{
	return rows_first(db_query(d, e, Q_AUTHORITY_GET, "s", purpose), a, read_authority, out, e);
}

int q_authority_set(struct db *d, const char *purpose, const struct authority_row *row, struct err *e)
{
	return db_exec(d, e, Q_AUTHORITY_SET, "sbbi", purpose, row->key_box, row->key_box_n, row->certificate,
		       row->certificate_n, row->updated_at);
}

int q_authority_delete(struct db *d, const char *purpose, struct err *e)
{
	return db_exec(d, e, Q_AUTHORITY_DELETE, "s", purpose);
}

int q_forget(struct db *d, int64_t now, int64_t limit, struct err *e)
{
	static const struct {
		enum query oldest, forget;
	} all[] = {
		{ Q_ANSWERED_OLDEST, Q_ANSWERED_FORGET },
		{ Q_SESSION_OLDEST, Q_SESSION_FORGET },
		{ Q_CERTIFICATE_OLDEST, Q_CERTIFICATE_FORGET },
		{ Q_INSTANCE_OLDEST, Q_INSTANCE_FORGET },
		{ Q_CODE_OLDEST, Q_CODE_FORGET },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		int64_t oldest = INT64_MAX;

		if (db_value(d, e, &oldest, all[i].oldest, "") < 0 ||
		    (oldest <= now && db_exec(d, e, all[i].forget, "ii", now, limit)))
			return -1;
	}
	return 0;
}
