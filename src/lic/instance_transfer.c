#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lic/account.h"
#include "lic/event.h"
#include "lic/instance.h"
#include "lic/pool.h"
#include "lic/usage.h"

/* The highest tier first: it is served first. */
static int compare_tiers(const void *a, const void *b)
{
	const struct usage_row *x = a, *y = b;
	int by_family = strcmp(x->family, y->family);

	return by_family ? by_family : (x->tier > y->tier) - (x->tier < y->tier);
}

/* Would anything be short, or shorter than before, with so many more in use? */
static bool too_many(struct arena *a, const struct family *before, const struct family *now, int64_t entitlement,
		     int64_t more)
{
	struct family after = family_copy(a, now);

	family_pool(&after, entitlement)->in_use += more;
	pools_settle(&after);
	return family_shorter(before, &after);
}

static int64_t free_for(struct arena *a, const struct family *before, const struct family *now, int64_t entitlement,
			int64_t wanted)
{
	int64_t low = 0, high = wanted - 1;

	while (low < high) {
		int64_t middle = high - (high - low) / 2;

		if (too_many(a, before, now, entitlement, middle))
			high = middle - 1;
		else
			low = middle;
	}
	return low;
}

static int refuse(struct tx *tx, const struct instance_row *instance, const struct usage_row *row,
		  const struct virtual_account_row *to, const struct family *before, const struct family *now,
		  struct err *e)
{
	const struct pool *pool = family_pool(before, row->entitlement_id);
	int64_t free = free_for(tx->arena, before, now, row->entitlement_id, row->granted);

	return err_field(e, E_NOT_ENOUGH, "targetVirtualAccount",
			 "%s uses %" PRId64 " of %s; in '%s' %" PRId64
			 " %s free for it, with what can be borrowed there: %" PRId64 " owned, %" PRId64 " in use, %" PRId64
			 " reserved. Move licenses there first. With force it is done all the same.",
			 instance_name(tx->arena, instance), row->granted, row->display_name, to->name, free,
			 free == 1 ? "is" : "are", pool->quantity, pool->in_use, pool->reserved);
}

struct part {
	struct part *next;
	struct family before, now;
};

/* Puts the instance's usage into copies of the target's families, one kind after the other. */
static int check_room(struct tx *tx, const struct instance_row *instance, struct usage_row *rows, size_t n,
		      const struct virtual_account_row *to, struct err *e)
{
	struct part *parts = NULL, *p;
	struct pools pools;

	pools_init(&pools, tx, to->id);
	qsort(rows, n, sizeof(*rows), compare_tiers);
	for (size_t i = 0; i < n; i++) {
		const struct family *f;

		if (rows[i].granted == 0)
			continue;
		for (p = parts; p && family_pool(&p->now, rows[i].entitlement_id) == NULL;)
			p = p->next;
		if (p == NULL) {
			if (pools_family(&pools, rows[i].entitlement_id, rows[i].family, &f, e))
				return -1;
			p = arena_alloc(tx->arena, sizeof(*p));
			*p = (struct part){ .next = parts, .before = *f, .now = family_copy(tx->arena, f) };
			parts = p;
		}
		if (too_many(tx->arena, &p->before, &p->now, rows[i].entitlement_id, rows[i].granted))
			return refuse(tx, instance, &rows[i], to, &p->before, &p->now, e);
		family_pool(&p->now, rows[i].entitlement_id)->in_use += rows[i].granted;
	}
	return 0;
}

static int check_instance(struct tx *tx, const struct instance_row *instance, const struct virtual_account_row *from,
			  const struct virtual_account_row *to, struct err *e)
{
	char when[CLOCK_TEXT_SIZE];

	if (strcmp(instance->state, "REGISTERED") != 0)
		return err_set(e, E_INSTANCE_UNKNOWN, "%s is not registered any more: it was removed or deregistered.",
			       instance_name(tx->arena, instance));
	if (instance->registration_expires_at <= tx->now)
		return err_set(
			e, E_CONFLICT,
			"The registration of %s expired on %s. Its next registration decides where it is; remove it here.",
			instance_name(tx->arena, instance), clock_text(instance->registration_expires_at, when));
	if (from->id == to->id)
		return err_field(e, E_INVALID_REQUEST, "targetVirtualAccount", "%s is in '%s' already.",
				 instance_name(tx->arena, instance), to->name);
	if (from->account_id != to->account_id)
		return err_field(e, E_INVALID_REQUEST, "targetVirtualAccount",
				 "%s belongs to another account than '%s'. Register it with a token of that account.",
				 instance_name(tx->arena, instance), to->name);
	return virtual_account_served_here(from, e) || virtual_account_served_here(to, e) ? -1 : 0;
}

static int transfer_event(struct tx *tx, const struct instance_row *moved, const char *from, const char *to,
			  const struct usage_row *rows, size_t n, bool force, struct err *e)
{
	json_t *detail = json_object(), *licenses = json_object();

	for (size_t i = 0; i < n; i++)
		if (rows[i].granted)
			json_set_int(licenses, rows[i].tag, rows[i].granted);
	json_set_text(detail, "before", from);
	json_set_text(detail, "after", to);
	json_object_set_new(detail, "licenses", licenses);
	json_set_bool(detail, "force", force);
	return instance_event(tx, "instance.transfer", moved, detail, e);
}

int instance_transfer(struct tx *tx, const struct instance_row *instance, const struct virtual_account_row *to, bool force,
		      struct err *e)
{
	/* What has lapsed counts nowhere now, and in the new place from its next authorization on. */
	bool counts = instance->holding && instance->holds_until > tx->now;
	struct instance_row moved = *instance;
	struct virtual_account_row from;
	struct usage_row *rows;
	size_t n;

	if (q_virtual_account_by_id(tx->db, tx->arena, instance->virtual_account_id, &from, e) != 1 ||
	    check_instance(tx, instance, &from, to, e) || q_usage_list(tx->db, tx->arena, instance->id, &rows, &n, e) ||
	    (counts && !force && check_room(tx, instance, rows, n, to, e)))
		return -1;
	if (instance->holding && (usage_release(tx, instance->id, from.id, e) || usage_hold(tx, instance->id, to->id, e)))
		return -1;
	if (q_instance_moved(tx->db, instance->id, to->id, e) ||
	    q_alert_fact_move(tx->db, instance->uuid, to->id, e)) /* what was raised about it goes along */
		return -1;
	moved.virtual_account_id = to->id;
	return transfer_event(tx, &moved, from.name, to->name, rows, n, force, e);
}

int instance_find(struct tx *tx, const char *piid, struct instance_row *out, struct err *e)
{
	int rc = q_instance_by_uuid(tx->db, tx->arena, piid, out, e);

	if (rc < 0)
		return -1;
	if (rc == 0 || strcmp(out->state, "REGISTERED") != 0)
		return err_set(e, E_INSTANCE_UNKNOWN, "There is no product instance '%.64s' here%s.", piid,
			       rc ? ": it was removed or deregistered already" : "");
	return 0;
}
