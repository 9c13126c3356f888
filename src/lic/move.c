#include "lic/move.h"

#include <inttypes.h>
#include <string.h>

#include "base/rand.h"
#include "json/json.h"
#include "lic/event.h"
#include "lic/license.h"
#include "lic/lot.h"

/* Who and what a move is about, for its events. */
struct names {
	struct account_row account;
	struct virtual_account_row from, to;
	const struct entitlement_row *kind;
};

static int names_read(struct tx *tx, const struct move_row *m, struct names *out, struct err *e)
{
	struct entitlement_row *all;
	size_t n;

	if (q_virtual_account_by_id(tx->db, tx->arena, m->from_id, &out->from, e) != 1 ||
	    q_virtual_account_by_id(tx->db, tx->arena, m->to_id, &out->to, e) != 1 ||
	    q_account_by_id(tx->db, tx->arena, out->from.account_id, &out->account, e) != 1 ||
	    q_entitlement_list(tx->db, tx->arena, &all, &n, e))
		return -1;
	out->kind = entitlement_in(all, n, m->entitlement_id);
	return out->kind ? 0 : err_set(e, E_DATABASE_CORRUPT, "A move of licenses names no license of the catalogue.");
}

static int note(struct tx *tx, const char *event, const struct names *n, const struct move_row *m, int64_t quantity,
		struct err *e)
{
	json_t *detail = json_object();

	json_set_text(detail, "move", m->uuid);
	json_set_text(detail, "tag", n->kind->tag);
	json_set_int(detail, "quantity", quantity);
	json_set_int(detail, "asked", m->quantity);
	json_set_text(detail, "from", n->from.name);
	json_set_text(detail, "to", n->to.name);
	return event_add(tx, event, n->account.name, n->kind->display_name, detail, e);
}

int move_begin(struct tx *tx, const struct virtual_account_row *from, const struct virtual_account_row *to,
	       const struct entitlement_row *kind, const struct move_lot_row *lots, size_t n, struct move_row *out,
	       struct err *e)
{
	struct names names = { .from = *from, .to = *to, .kind = kind };
	char uuid[UUID_SIZE];

	*out = (struct move_row){ .uuid = arena_strdup(tx->arena, rand_uuid(uuid)),
				  .from_id = from->id,
				  .to_id = to->id,
				  .entitlement_id = kind->id,
				  .state = MOVE_WAITING,
				  .created_at = tx->now,
				  .created_by = tx->actor->name };
	for (size_t i = 0; i < n; i++)
		out->quantity += lots[i].quantity;
	if (q_account_by_id(tx->db, tx->arena, from->account_id, &names.account, e) != 1 || q_move_add(tx->db, out, e))
		return -1;
	for (size_t i = 0; i < n; i++)
		if (lots[i].quantity && q_move_add_lot(tx->db, out->id, lots[i].lot_id, lots[i].quantity, e))
			return -1;
	return note(tx, "license.move", &names, out, out->quantity, e);
}

static int end(struct tx *tx, struct move_row *m, const char *state, int64_t moved, struct err *e)
{
	m->state = state;
	m->moved = moved;
	m->ended_at = tx->now;
	m->ended_by = tx->actor->name;
	return q_move_end(tx->db, m, e);
}

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Shares change now. */
static int arrive(struct tx *tx, struct move_row *m, struct err *e)
{
	struct move_lot_row *lots;
	struct names names;
	int64_t moved = 0;
	size_t n;

	if (names_read(tx, m, &names, e) || q_move_lots(tx->db, tx->arena, m->id, &lots, &n, e))
		return -1;
	for (size_t i = 0; i < n; i++) {
		int64_t quantity = least(lots[i].quantity, lots[i].owned);
		char uuid[UUID_SIZE];

		if (quantity <= 0)
			continue;
		if (q_share_take(tx->db, lots[i].lot_id, m->from_id, quantity, e) ||
		    q_share_add(tx->db, rand_uuid(uuid), lots[i].lot_id, m->to_id, quantity, e))
			return -1;
		moved += quantity;
	}
	if (moved && lot_restored(tx, m->to_id, names.kind, e))
		return -1;
	return end(tx, m, MOVE_DONE, moved, e) || note(tx, "license.move-done", &names, m, moved, e) ? -1 : 0;
}

/* Of each lot what is still there, less what is reserved or leaves with an earlier move. */
static int take(struct tx *tx, struct move_row *m, int64_t sequence, struct err *e)
{
	struct move_lot_row *lots;
	int64_t total = 0;
	size_t n;

	if (q_move_lots(tx->db, tx->arena, m->id, &lots, &n, e))
		return -1;
	for (size_t i = 0; i < n; i++) {
		int64_t earlier = 0, quantity;

		if (q_move_leaving(tx->db, m->from_id, lots[i].lot_id, true, &earlier, e))
			return -1;
		quantity = least(lots[i].quantity, lots[i].owned - lots[i].reserved - earlier);
		if (quantity < 0)
			quantity = 0;
		if (quantity != lots[i].quantity && q_move_lot_set(tx->db, m->id, lots[i].lot_id, quantity, e))
			return -1;
		total += quantity;
	}
	return total ? q_move_taking(tx->db, m->id, sequence, e) : arrive(tx, m, e);
}

/* Does `one` with every move out of a virtual account that is in this state; state NULL: in any. */
static int each_open(struct tx *tx, const struct virtual_account_row *from, const char *state, int64_t number,
		     int (*one)(struct tx *, struct move_row *, int64_t, struct err *), struct err *e)
{
	struct move_row *rows;
	size_t n;

	if (q_move_open(tx->db, tx->arena, from->id, &rows, &n, e))
		return -1;
	for (size_t i = 0; i < n; i++)
		if ((state == NULL || strcmp(rows[i].state, state) == 0) && one(tx, &rows[i], number, e))
			return -1;
	return 0;
}

static int arrive_taken(struct tx *tx, struct move_row *m, int64_t base, struct err *e)
{
	return m->taken_in <= base ? arrive(tx, m, e) : 0;
}

static int arrive_any(struct tx *tx, struct move_row *m, int64_t unused, struct err *e)
{
	(void)unused;
	return arrive(tx, m, e);
}

int move_take(struct tx *tx, const struct virtual_account_row *from, int64_t sequence, struct err *e)
{
	return each_open(tx, from, MOVE_WAITING, sequence, take, e);
}

int move_confirm(struct tx *tx, const struct virtual_account_row *from, int64_t base, struct err *e)
{
	return each_open(tx, from, MOVE_TAKING, base, arrive_taken, e);
}

int move_finish(struct tx *tx, const struct virtual_account_row *from, struct err *e)
{
	return each_open(tx, from, NULL, 0, arrive_any, e);
}

int move_cancel(struct tx *tx, const struct account_row *account, const char *uuid, struct err *e)
{
	struct move_row m;
	struct names names;
	int rc = q_move_by_uuid(tx->db, tx->arena, uuid, &m, e);

	if (rc == 1 && names_read(tx, &m, &names, e))
		return -1;
	if (rc == 0 || (rc == 1 && names.account.id != account->id))
		return err_set(e, E_MOVE_UNKNOWN, "There is no move of licenses '%.64s' in '%s'.", uuid, account->name);
	if (rc < 0)
		return -1;
	if (m.ended_at)
		return err_set(e, E_MOVE_UNKNOWN, "This move of licenses has ended: %s.",
			       strcmp(m.state, MOVE_DONE) == 0 ? "they have arrived" : "it was cancelled");
	if (strcmp(m.state, MOVE_WAITING) != 0)
		return err_set(e, E_CONFLICT,
			       "The satellite '%s' was told by the answer to its request %" PRId64
			       " to give these licenses up, so they "
			       "arrive in '%s' with its next synchronization. Transfer them back then.",
			       names.from.satellite_name ? names.from.satellite_name : "", m.taken_in, names.to.name);
	return end(tx, &m, MOVE_CANCELLED, 0, e) || note(tx, "license.move-cancel", &names, &m, m.quantity, e) ? -1 : 0;
}
