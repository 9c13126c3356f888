/* q_metrics.h - numbers of all that there is. */
#ifndef DB_Q_METRICS_H
#define DB_Q_METRICS_H

#include "base/arena.h"
#include "db/db.h"

struct state_row {
	const char *state;
	int64_t n;
};
int q_metrics_instances(struct db *d, struct arena *a, struct state_row **out, size_t *n, struct err *e);

struct pools_row {
	int64_t all, out_of_compliance, elsewhere;
};
int q_metrics_pools(struct db *d, struct pools_row *out, struct err *e);

/* Of people and API clients who are signed in. */
int q_metrics_sessions(struct db *d, int64_t now, int64_t *n, struct err *e);

#endif
