#include "lic/outage.h"

#include <stdlib.h>
#include <string.h>

#include "db/q_event.h"
#include "lic/event.h"

static int tell(struct tx *tx, int64_t id, struct told_event *out, struct err *e)
{
	struct event_row row;
	int rc = q_event_by_id(tx->db, tx->arena, id, &row, e);

	*out = (struct told_event){ .kind = "", .text = "", .actor = "" };
	if (rc <= 0)
		return rc;
	*out = (struct told_event){ .id = row.id, .at = row.at, .kind = row.kind, .actor = row.actor };
	return event_text(tx, &row, &out->text, e);
}

static int newest_first(const void *a, const void *b)
{
	const struct compliance_row *x = a, *y = b;

	return x->id < y->id ? 1 : x->id > y->id ? -1 : 0;
}

static int read_rows(struct tx *tx, const struct virtual_account_row *vas, size_t vas_n, int64_t entitlement, int64_t limit,
		     struct compliance_row **out, size_t *n, struct err *e)
{
	struct compliance_row *rows;
	size_t one;

	*n = 0;
	*out = arena_alloc(tx->arena, (vas_n * (size_t)limit + 1) * sizeof(**out));
	for (size_t i = 0; i < vas_n; i++) {
		if (q_compliance_list(tx->db, tx->arena, vas[i].id, entitlement, limit, &rows, &one, e))
			return -1;
		memcpy(*out + *n, rows, one * sizeof(*rows));
		*n += one;
	}
	qsort(*out, *n, sizeof(**out), newest_first);
	*n = *n < (size_t)limit ? *n : (size_t)limit;
	return 0;
}

int outage_list(struct tx *tx, int64_t account, const struct virtual_account_row *vas, size_t vas_n, int64_t entitlement,
		int64_t limit, struct outage **out, size_t *n, struct err *e)
{
	struct compliance_row *rows;
	int rc = vas_n ? read_rows(tx, vas, vas_n, entitlement, limit, &rows, n, e)
		       : q_compliance_account(tx->db, tx->arena, account, entitlement, limit, &rows, n, e);

	if (rc)
		return -1;
	*out = arena_alloc(tx->arena, (*n + 1) * sizeof(**out));
	for (size_t i = 0; i < *n; i++) {
		struct outage *o = &(*out)[i];

		*o = (struct outage){ .virtual_account = rows[i].virtual_account_id,
				      .out_at = rows[i].out_at,
				      .in_at = rows[i].in_at,
				      .shortage = rows[i].shortage };
		if (tell(tx, rows[i].out_event, &o->by, e) || tell(tx, rows[i].in_event, &o->ended_by, e))
			return -1;
	}
	return 0;
}
