#include "lic/outage.h"

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

int outage_list(struct tx *tx, int64_t account, int64_t virtual_account, int64_t entitlement, int64_t limit,
		struct outage **out, size_t *n, struct err *e)
{
	struct compliance_row *rows;
	int rc = virtual_account ? q_compliance_list(tx->db, tx->arena, virtual_account, entitlement, limit, &rows, n, e)
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
