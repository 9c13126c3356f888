#include "lic/license.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/rand.h"
#include "lic/account.h"
#include "lic/event.h"
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
	if (q_lot_add(tx->db, out, e) || q_share_add(tx->db, rand_uuid(share), out->id, va->id, in->quantity, e))
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

/* How many licenses of a lot's share may be moved now: those that are reserved stay. */
static int64_t movable(const struct lot_row *lot, const struct license_transfer *in, int64_t now)
{
	if (lot->end_at && lot->end_at <= now)
		return 0;
	if (in->license_type && strcmp(in->license_type, lot->license_type) != 0)
		return 0;
	return lot->quantity > lot->reserved ? lot->quantity - lot->reserved : 0;
}

/* How many of the licenses that n would take count today: those of lots that have started. */
static int64_t started(const struct lot_row *lots, size_t n, const struct license_transfer *in, int64_t quantity,
		       int64_t now)
{
	int64_t sum = 0;

	while (n-- > 0 && quantity) {
		int64_t take = movable(&lots[n], in, now);

		take = take < quantity ? take : quantity;
		quantity -= take;
		if (lots[n].start_at <= now)
			sum += take;
	}
	return sum;
}

/* Would the family be short anywhere, or shorter than it is, with fewer licenses of one kind? */
static bool leaves_short(struct arena *a, const struct family *before, int64_t entitlement, int64_t fewer)
{
	struct family after = family_copy(a, before);

	family_pool(&after, entitlement)->quantity -= fewer;
	pools_settle(&after);
	return family_shorter(before, &after);
}

static int refuse(struct tx *tx, const struct license_transfer *in, const struct entitlement_row *ent,
		  const struct virtual_account_row *from, const struct family *family, int64_t owned, struct err *e)
{
	const struct pool *pool = family_pool(family, ent->id);
	int64_t low = 0, high = owned; /* the most that may go */
	char lent[80] = "";

	while (low < high) {
		int64_t middle = high - (high - low) / 2;

		if (leaves_short(tx->arena, family, ent->id, middle))
			high = middle - 1;
		else
			low = middle;
	}
	if (pool->lent)
		snprintf(lent, sizeof(lent), ", %" PRId64 " lent", pool->lent);
	return err_field(e, E_NOT_ENOUGH, "quantity",
			 "%" PRId64 " of %s asked, %" PRId64 " free in '%s': %" PRId64 " owned%s%s, %" PRId64
			 " in use, %" PRId64 " reserved%s.%s",
			 in->quantity, ent->display_name, low, from->name, owned, in->license_type ? " of type " : "",
			 in->license_type ? in->license_type : "", pool->in_use, pool->reserved, lent,
			 owned >= in->quantity ? " With force it is done all the same." : "");
}

int license_transfer(struct tx *tx, const struct account_row *account, const struct virtual_account_row *from,
		     const struct virtual_account_row *to, const struct license_transfer *in, struct err *e)
{
	struct entitlement_row ent;
	int64_t owned = 0, left = in->quantity;
	struct lot_row *lots;
	struct family family;
	json_t *detail;
	size_t n;

	if (in->quantity < 1 || in->quantity > LICENSE_QUANTITY_MAX)
		return err_field(e, E_INVALID_REQUEST, "quantity",
				 "The quantity is %" PRId64 "; it must be from 1 to %" PRId64 ".", in->quantity,
				 LICENSE_QUANTITY_MAX);
	if (from->id == to->id)
		return err_field(e, E_INVALID_REQUEST, "targetVirtualAccount", "The licenses are in '%s' already.",
				 to->name);
	if (virtual_account_served_here(from, e) || virtual_account_served_here(to, e) ||
	    entitlement_find(tx, in->license, &ent, e) || q_share_list(tx->db, tx->arena, from->id, ent.id, &lots, &n, e) ||
	    family_read(tx, from->id, ent.id, ent.family, &family, e))
		return -1;
	for (size_t i = 0; i < n; i++)
		owned += movable(&lots[i], in, tx->now);
	if (owned < in->quantity ||
	    (!in->force && leaves_short(tx->arena, &family, ent.id, started(lots, n, in, in->quantity, tx->now))))
		return refuse(tx, in, &ent, from, &family, owned, e);
	/* Soonest to end first in the list, so from its end: the receiver gets what lasts. */
	for (size_t i = n; i-- > 0 && left;) {
		int64_t take = movable(&lots[i], in, tx->now);
		char uuid[UUID_SIZE];

		take = take < left ? take : left;
		if (take == 0)
			continue;
		if (q_share_take(tx->db, lots[i].id, from->id, take, e) ||
		    q_share_add(tx->db, rand_uuid(uuid), lots[i].id, to->id, take, e))
			return -1;
		left -= take;
	}
	detail = json_object();
	json_set_text(detail, "tag", ent.tag);
	json_set_int(detail, "quantity", in->quantity);
	json_set_text(detail, "from", from->name);
	json_set_text(detail, "to", to->name);
	json_set_bool(detail, "force", in->force);
	return event_add(tx, "license.transfer", account->name, ent.display_name, detail, e);
}
