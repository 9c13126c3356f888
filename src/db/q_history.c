#include "db/q.h"
#include "db/rows.h"

int q_day_note(struct db *d, int64_t virtual_account, int64_t entitlement, int64_t day, int64_t in_use, struct err *e)
{
	return db_exec(d, e, Q_DAY_NOTE, "iiii", virtual_account, entitlement, day, in_use);
}

int q_day_begin(struct db *d, int64_t day, struct err *e)
{
	return db_exec(d, e, Q_DAY_BEGIN, "i", day);
}

int q_day_forget(struct db *d, int64_t first, int64_t limit, struct err *e)
{
	return db_exec(d, e, Q_DAY_FORGET, "ii", first, limit);
}

static void read_day(struct rows *r, struct arena *a, void *out)
{
	struct day_row *row = out;

	(void)a;
	row->day = rows_int(r, 0);
	row->in_use = rows_int(r, 1);
}

int q_day_list(struct db *d, struct arena *a, int64_t virtual_account, int64_t entitlement, int64_t first,
	       struct day_row **out, size_t *n, struct err *e)
{
	return rows_all(db_query(d, e, Q_DAY_LIST, "iii", virtual_account, entitlement, first), a, read_day, sizeof(**out),
			out, n, e);
}

int q_pool_counter(struct db *d, int64_t virtual_account, int64_t entitlement, int64_t *out, struct err *e)
{
	*out = 0;
	return db_value(d, e, out, Q_POOL_COUNTER, "ii", virtual_account, entitlement) < 0 ? -1 : 0;
}

static void read_unswept(struct rows *r, struct arena *a, void *out)
{
	struct unswept_row *row = out;

	(void)a;
	row->at = rows_int(r, 0);
	row->granted = rows_int(r, 1);
}

int q_pool_unswept(struct db *d, struct arena *a, int64_t virtual_account, int64_t entitlement, int64_t now,
		   struct unswept_row **out, size_t *n, struct err *e)
{
	return rows_all(db_query(d, e, Q_POOL_UNSWEPT, "iii", virtual_account, entitlement, now), a, read_unswept,
			sizeof(**out), out, n, e);
}
