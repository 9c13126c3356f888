#include "edge/house.h"

#include "authority/root.h"
#include "base/embed.h"
#include "db/q.h"
#include "lic/license.h"
#include "lic/pool.h"

#define FORGET_ROWS 128 /* a batch forgets at most as many of each kind */
#define SWEEP_ROWS 256

int house_start(struct tx *tx, const char *catalogue, size_t n, struct err *e)
{
	const struct embed_file *f = embed_find("etc/entitlements.json");

	if (wall_load(tx, &tx->site->wall, e))
		return -1;
	tx->now = wall_now(&tx->site->wall);
	if (tx->site->role == SITE_MANAGER &&
	    (authority_ensure(tx, e) ||
	     catalogue_load(tx, catalogue ? catalogue : (const char *)f->data, catalogue ? n : f->n, e)))
		return -1;
	return site_load(tx, e);
}

int house_batch(struct tx *tx, struct err *e)
{
	if (wall_note(tx, &tx->site->wall, e) || pool_sweep(tx, SWEEP_ROWS, e))
		return -1;
	return q_forget(tx->db, tx->now, FORGET_ROWS, e);
}
