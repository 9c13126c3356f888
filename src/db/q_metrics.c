#include "db/q_metrics.h"

#include "db/rows.h"

static void read_state(struct rows *r, struct arena *a, void *out)
{
	struct state_row *row = out;

	row->state = rows_keep_text(r, a, 0);
	row->n = rows_int(r, 1);
}

int q_metrics_instances(struct db *d, struct arena *a, struct state_row **out, size_t *n, struct err *e)
{
	return rows_all(db_query(d, e, Q_METRICS_INSTANCES, ""), a, read_state, sizeof(**out), out, n, e);
}

static void read_pools(struct rows *r, struct arena *a, void *out)
{
	struct pools_row *row = out;

	(void)a;
	row->all = rows_int(r, 0);
	row->out_of_compliance = rows_int(r, 1);
	row->elsewhere = rows_int(r, 2);
}

int q_metrics_pools(struct db *d, struct pools_row *out, struct err *e)
{
	return rows_first(db_query(d, e, Q_METRICS_POOLS, ""), NULL, read_pools, out, e) < 0 ? -1 : 0;
}

int q_metrics_sessions(struct db *d, int64_t now, int64_t *n, struct err *e)
{
	return db_value(d, e, n, Q_METRICS_SESSIONS, "i", now) < 0 ? -1 : 0;
}
