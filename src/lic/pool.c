#include "lic/pool.h"

#include "lic/usage.h"

int pool_read(struct tx *tx, int64_t virtual_account, int64_t entitlement, struct pool *out, struct err *e)
{
	*out = (struct pool){ 0 };
	if (q_pool_quantity(tx->db, virtual_account, entitlement, tx->now, &out->quantity, e) ||
	    q_pool_in_use(tx->db, virtual_account, entitlement, tx->now, &out->in_use, e))
		return -1;
	out->balance = out->quantity - out->reserved - out->in_use;
	return 0;
}

int pool_pending(struct tx *tx, int64_t virtual_account, int64_t entitlement, int64_t *out, struct err *e)
{
	return q_pool_pending(tx->db, virtual_account, entitlement, tx->now, out, e);
}

bool pool_short(const struct pool *p)
{
	return p->balance < 0;
}

int pool_sweep(struct tx *tx, int64_t limit, struct err *e)
{
	struct lapsed_row *rows;
	size_t n;

	if (q_instance_lapsed(tx->db, tx->arena, tx->now, limit, &rows, &n, e))
		return -1;
	for (size_t i = 0; i < n; i++)
		if (usage_release(tx, rows[i].id, rows[i].virtual_account_id, e) ||
		    q_instance_release(tx->db, rows[i].id, e))
			return -1;
	return 0;
}
