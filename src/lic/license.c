#include "lic/license.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/rand.h"
#include "lic/account.h"
#include "lic/event.h"
#include "lic/lot.h"
#include "lic/move.h"
#include "lic/pool.h"

static int check_order(const struct order_new *in, int64_t start_at, struct err *e)
{
	bool perpetual = strcmp(in->license_type, "PERPETUAL") == 0;

	if (!perpetual && strcmp(in->license_type, "TERM") != 0 && strcmp(in->license_type, "DEMO") != 0)
		return err_field(e, E_INVALID_REQUEST, "licenseType",
				 "A license type is PERPETUAL, TERM or DEMO, not '%.32s'.", in->license_type);
	if (in->quantity < 1 || in->quantity > LICENSE_QUANTITY_MAX)
		return err_field(e, E_INVALID_REQUEST, "quantity",
				 "The quantity is %" PRId64 "; it must be from 1 to %" PRId64 ".", in->quantity,
				 LICENSE_QUANTITY_MAX);
	if (perpetual && in->end_at)
		return err_field(e, E_INVALID_REQUEST, "endDate", "A perpetual license has no end; make it TERM or DEMO.");
	if (!perpetual && in->end_at == 0)
		return err_field(e, E_INVALID_REQUEST, "endDate", "A %s license needs the date on which it ends.",
				 in->license_type);
	if (!perpetual && in->end_at <= start_at)
		return err_field(e, E_INVALID_REQUEST, "endDate", "The license would end before it starts.");
	return 0;
}

int order_add(struct tx *tx, const struct account_row *account, const struct virtual_account_row *va,
	      const struct order_new *in, struct lot_row *out, struct err *e)
{
	int64_t start_at = in->start_at ? in->start_at : tx->now;
	char uuid[UUID_SIZE], share[UUID_SIZE];
	struct entitlement_row ent;
	json_t *detail;

	if (check_order(in, start_at, e) || entitlement_find(tx, in->license, &ent, e))
		return -1;
	*out = (struct lot_row){ .uuid = arena_strdup(tx->arena, rand_uuid(uuid)),
				 .account_id = account->id,
				 .entitlement_id = ent.id,
				 .tag = ent.tag,
				 .quantity = in->quantity,
				 .license_type = in->license_type,
				 .start_at = start_at,
				 .end_at = in->end_at,
				 .subscription_id = in->subscription_id ? in->subscription_id : "",
				 .created_at = tx->now };
	if (q_lot_add(tx->db, out, e) || q_share_add(tx->db, rand_uuid(share), out->id, va->id, in->quantity, e) ||
	    lot_restored(tx, va->id, &ent, e))
		return -1;
	detail = json_object();
	json_set_text(detail, "virtualAccount", va->name);
	json_set_text(detail, "tag", ent.tag);
	json_set_int(detail, "quantity", in->quantity);
	json_set_text(detail, "licenseType", in->license_type);
	json_set_time(detail, "startDate", start_at);
	json_set_time(detail, "endDate", in->end_at);
	return event_add(tx, "order.create", account->name, ent.display_name, detail, e);
}

/* ---- transfers ---- */

static const char *known_word(const char *word, const char *const known[])
{
	for (size_t i = 0; known[i]; i++)
		if (strcasecmp(word, known[i]) == 0)
			return known[i];
	return NULL;
}

static int check_transfer(const struct virtual_account_row *from, const struct virtual_account_row *to,
			  struct license_transfer *in, struct err *e)
{
	static const char *const types[] = { "PERPETUAL", "TERM", "DEMO", NULL };
	static const char *const orders[] = { LONGEST_TERM_FIRST, SHORTEST_TERM_FIRST, NULL };
	const char *type = in->license_type ? known_word(in->license_type, types) : NULL;
	const char *order = in->precedence ? known_word(in->precedence, orders) : LONGEST_TERM_FIRST;

	if (in->quantity < 1 || in->quantity > LICENSE_QUANTITY_MAX)
		return err_field(e, E_INVALID_REQUEST, "quantity",
				 "The quantity is %" PRId64 "; it must be from 1 to %" PRId64 ".", in->quantity,
				 LICENSE_QUANTITY_MAX);
	if (in->license_type && type == NULL)
		return err_field(e, E_INVALID_REQUEST, "licenseType",
				 "A license type is PERPETUAL, TERM or DEMO, not '%.32s'.", in->license_type);
	if (order == NULL)
		return err_field(e, E_INVALID_REQUEST, "precedence",
				 "The precedence is LONGEST_TERM_FIRST or SHORTEST_TERM_FIRST, not '%.32s'.",
				 in->precedence);
	if (from->id == to->id)
		return err_field(e, E_INVALID_REQUEST, "targetVirtualAccount", "The licenses are in '%s' already.",
				 to->name);
	in->license_type = type;
	in->precedence = order;
	return 0;
}

/* How many licenses of a lot's share may be moved now: those that are reserved stay. */
static int64_t movable(const struct lot_row *lot, const struct license_transfer *in, int64_t now)
{
	if ((lot->end_at && lot->end_at <= now) || (in->pending && lot->start_at <= now))
		return 0;
	if (in->license_type && strcmp(in->license_type, lot->license_type) != 0)
		return 0;
	return lot->quantity > lot->reserved ? lot->quantity - lot->reserved : 0;
}

/* What a transfer takes of each lot. */
struct plan {
	struct lot_row *lots; /* soonest to end first */
	size_t n;
	int64_t *take;
	int64_t total;   /* of take */
	int64_t started; /* of these, what counts today */
	int64_t leaving; /* what counts today and is on its way to others */
};

static void plan_pass(struct plan *p, const struct license_transfer *in, bool later, int64_t now)
{
	bool longest = strcmp(in->precedence, LONGEST_TERM_FIRST) == 0;

	for (size_t k = 0; k < p->n && p->total < in->quantity; k++) {
		size_t i = longest ? p->n - 1 - k : k;
		int64_t can = movable(&p->lots[i], in, now), left = in->quantity - p->total;

		if ((p->lots[i].start_at > now) != later)
			continue;
		p->take[i] = can < left ? can : left;
		p->total += p->take[i];
		p->started += later ? 0 : p->take[i];
	}
}

/* What leaves already (move.h) is as good as reserved. */
static int keep_leaving(struct tx *tx, int64_t virtual_account, struct plan *p, struct err *e)
{
	for (size_t i = 0; i < p->n; i++) {
		int64_t leaving = 0;

		if (q_move_leaving(tx->db, virtual_account, p->lots[i].id, false, &leaving, e))
			return -1;
		p->lots[i].reserved += leaving;
		p->leaving += p->lots[i].start_at <= tx->now ? leaving : 0;
	}
	return 0;
}

/* Lots that count today go before those that start later: the receiver wants to use them. */
static int plan_read(struct tx *tx, int64_t virtual_account, int64_t entitlement, const struct license_transfer *in,
		     struct plan *out, struct err *e)
{
	*out = (struct plan){ 0 };
	if (q_share_list(tx->db, tx->arena, virtual_account, entitlement, &out->lots, &out->n, e) ||
	    keep_leaving(tx, virtual_account, out, e))
		return -1;
	out->take = arena_alloc(tx->arena, (out->n + 1) * sizeof(*out->take));
	plan_pass(out, in, false, tx->now);
	plan_pass(out, in, true, tx->now);
	return 0;
}

/* Would the family be short anywhere, or shorter than it is, with fewer licenses of one kind? */
static bool leaves_short(struct arena *a, const struct family *before, int64_t entitlement, int64_t fewer)
{
	struct family after = family_copy(a, before);

	family_pool(&after, entitlement)->quantity -= fewer;
	pools_settle(&after);
	return family_shorter(before, &after);
}

/* The most that may go without force. */
static int64_t free_count(struct tx *tx, const struct plan *p, const struct license_transfer *in,
			  const struct family *family, int64_t entitlement)
{
	int64_t later = 0, today = 0, low = 0, high;

	for (size_t i = 0; i < p->n; i++)
		*(p->lots[i].start_at > tx->now ? &later : &today) += movable(&p->lots[i], in, tx->now);
	for (high = today; low < high;) {
		int64_t middle = high - (high - low) / 2;

		if (leaves_short(tx->arena, family, entitlement, p->leaving + middle))
			high = middle - 1;
		else
			low = middle;
	}
	return low == today ? today + later : low;
}

static void add_side(struct buf *b, const char *name, const struct pool *p)
{
	buf_printf(b, "'%s': %" PRId64 " owned, %" PRId64 " in use, %" PRId64 " reserved", name, p->quantity, p->in_use,
		   p->reserved);
	if (p->borrowed)
		buf_printf(b, ", %" PRId64 " borrowed", p->borrowed);
	if (p->lent)
		buf_printf(b, ", %" PRId64 " lent", p->lent);
	if (pool_short(p))
		buf_printf(b, ", %" PRId64 " missing", -p->balance);
}

struct sides {
	const struct virtual_account_row *from, *to;
	struct family giving, getting;
};

static int refuse(struct tx *tx, const struct license_transfer *in, const struct entitlement_row *ent,
		  const struct sides *s, const struct plan *p, struct err *e)
{
	AUTO_BUF b = BUF_INIT;

	buf_printf(&b, "%" PRId64 " of %s", in->quantity, ent->display_name);
	if (in->license_type)
		buf_printf(&b, " of type %s", in->license_type);
	buf_printf(&b, "%s asked, %" PRId64 " free in ", in->pending ? " that start later" : "",
		   free_count(tx, p, in, &s->giving, ent->id));
	add_side(&b, s->from->name, family_pool(&s->giving, ent->id));
	if (p->leaving)
		buf_printf(&b, ", %" PRId64 " leaving", p->leaving);
	buf_adds(&b, "; ");
	add_side(&b, s->to->name, family_pool(&s->getting, ent->id));
	buf_adds(&b, p->total >= in->quantity ? ". With force it is done all the same." : ".");
	return err_field(e, E_NOT_ENOUGH, "quantity", "%s", b.data);
}

static int move_shares(struct tx *tx, const struct sides *s, const struct plan *p, struct err *e)
{
	for (size_t i = 0; i < p->n; i++) {
		char uuid[UUID_SIZE];

		if (p->take[i] && (q_share_take(tx->db, p->lots[i].id, s->from->id, p->take[i], e) ||
				   q_share_add(tx->db, rand_uuid(uuid), p->lots[i].id, s->to->id, p->take[i], e)))
			return -1;
	}
	return 0;
}

/* Its satellite may have given them out: it gives them up first (move.h). */
static int ask_satellite(struct tx *tx, const struct sides *s, const struct entitlement_row *ent, const struct plan *p,
			 struct move_row *move, struct err *e)
{
	struct move_lot_row *lots = arena_alloc(tx->arena, (p->n + 1) * sizeof(*lots));

	for (size_t i = 0; i < p->n; i++)
		lots[i] = (struct move_lot_row){ .lot_id = p->lots[i].id, .quantity = p->take[i] };
	return move_begin(tx, s->from, s->to, ent, lots, p->n, move, e);
}

int license_transfer(struct tx *tx, const struct account_row *account, const struct virtual_account_row *from,
		     const struct virtual_account_row *to, const struct license_transfer *asked, struct move_row *move,
		     struct err *e)
{
	struct sides s = { .from = from, .to = to };
	struct license_transfer in = *asked;
	struct entitlement_row ent;
	struct plan plan;
	json_t *detail;

	*move = (struct move_row){ 0 };
	if (check_transfer(from, to, &in, e) || entitlement_find(tx, in.license, &ent, e) ||
	    plan_read(tx, from->id, ent.id, &in, &plan, e) || family_read(tx, from->id, ent.id, ent.family, &s.giving, e) ||
	    family_read(tx, to->id, ent.id, ent.family, &s.getting, e))
		return -1;
	if (plan.total < in.quantity ||
	    (!in.force && leaves_short(tx->arena, &s.giving, ent.id, plan.leaving + plan.started)))
		return refuse(tx, &in, &ent, &s, &plan, e);
	if (from->satellite_id)
		return ask_satellite(tx, &s, &ent, &plan, move, e);
	if (move_shares(tx, &s, &plan, e) || lot_restored(tx, to->id, &ent, e))
		return -1;
	detail = json_object();
	json_set_text(detail, "tag", ent.tag);
	json_set_int(detail, "quantity", in.quantity);
	json_set_int(detail, "pending", in.quantity - plan.started);
	json_set_text(detail, "licenseType", in.license_type);
	json_set_text(detail, "precedence", in.precedence);
	json_set_text(detail, "from", from->name);
	json_set_text(detail, "to", to->name);
	json_set_bool(detail, "force", in.force);
	return event_add(tx, "license.transfer", account->name, ent.display_name, detail, e);
}
