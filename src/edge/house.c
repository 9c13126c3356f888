#include "edge/house.h"

#include "authority/root.h"
#include "base/embed.h"
#include "db/q.h"
#include "lic/compliance.h"
#include "lic/event.h"
#include "lic/license.h"

#define FORGET_ROWS 128 /* a batch forgets at most as many of each kind */
#define ADVANCE_MAX 256 /* lots and instances that a batch, or a round at the start, brings up to date */

/* What became due while the server was off: perhaps for every product there is, so in rounds, each with memory of its
 * own. */
static int catch_up(struct tx *tx, struct err *e)
{
	struct tx round = *tx;
	struct arena arena;
	bool more = true;
	int rc = 0;

	while (more && rc == 0) {
		arena_init(&arena);
		round.arena = &arena;
		rc = compliance_advance(&round, ADVANCE_MAX, &more, e);
		arena_fini(&arena);
	}
	return rc;
}

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
	if (catch_up(tx, e) || compliance_review(tx, e))
		return -1;
	return site_load(tx, e);
}

int house_batch(struct tx *tx, struct err *e)
{
	bool more;

	if (wall_note(tx, &tx->site->wall, e) || compliance_advance(tx, ADVANCE_MAX, &more, e))
		return -1;
	return q_forget(tx->db, tx->now, FORGET_ROWS, e);
}

int house_after(struct tx *tx, struct err *e)
{
	return compliance_settle(tx, e);
}

int house_commit(struct tx *tx, struct err *e)
{
	return event_seal_head(tx, e);
}
