/* alert_instance.c - alerts about product instances that are silent. */
#include <inttypes.h>

#include "lic/alert_inside.h"
#include "lic/instance.h"

/* From when on an instance is awaited: its last authorization, or its registration if that is later. */
static int64_t since_of(const struct instance_row *row)
{
	return row->authorized_at > row->registered_at ? row->authorized_at : row->registered_at;
}

static const char *last_heard(struct arena *a, const struct instance_row *row)
{
	const char *name = instance_udi_text(a, &row->udi);
	char when[CLOCK_TEXT_SIZE];

	if (row->hostname && *row->hostname)
		name = arena_printf(a, "%s (%s)", row->hostname, name);
	clock_text(since_of(row), when);
	if (row->authorized_at < row->registered_at)
		return arena_printf(a, "%s registered on %s and has not asked for its authorization since", name, when);
	return arena_printf(a, "%s has not renewed its authorization since %s", name, when);
}

static int add_one(struct alert_gather *g, enum alert_kind kind, const struct instance_row *row, struct err *e)
{
	struct alert a = { .kind = kind, .major = kind == ALERT_FAILED_TO_CONNECT };
	int64_t since = since_of(row);
	struct arena *arena = g->tx->arena;
	char until[CLOCK_TEXT_SIZE];
	struct alert_place place;
	int rc = alert_place(g, row->virtual_account_id, &place, e);

	if (rc <= 0)
		return rc;
	a.source = instance_udi_text(arena, &row->udi);
	a.due_at = since + AUTHORIZATION_MS;
	a.raised_at = kind == ALERT_FAILED_TO_CONNECT ? a.due_at : since + ALERT_RENEW_MS;
	clock_text(a.due_at, until);
	if (kind == ALERT_FAILED_TO_CONNECT)
		a.message =
			arena_printf(arena,
				     "%s. Its authorization ended on %s, and its licenses are back in '%s' of '%s'. Repair "
				     "its connection, or remove it if it is gone.",
				     last_heard(arena, row), until, place.va.name, place.account.name);
	else
		a.message =
			arena_printf(arena,
				     "%s. On %s its licenses go back to '%s' of '%s'. See that it runs and reaches this "
				     "server.",
				     last_heard(arena, row), until, place.va.name, place.account.name);
	return alert_add(g, &a, row->uuid, &place, e);
}

/* Many of one virtual account: a person reads one sentence, not hundreds. */
static int add_many(struct alert_gather *g, enum alert_kind kind, const struct late_row *row, struct err *e)
{
	struct alert a = { .kind = kind, .major = kind == ALERT_FAILED_TO_CONNECT, .count = row->count };
	struct alert_place place;
	int rc = alert_place(g, row->virtual_account_id, &place, e);

	if (rc <= 0)
		return rc;
	a.source = place.va.name;
	a.raised_at = row->newest + (kind == ALERT_FAILED_TO_CONNECT ? AUTHORIZATION_MS : ALERT_RENEW_MS);
	if (kind == ALERT_FAILED_TO_CONNECT)
		a.message =
			arena_printf(g->tx->arena,
				     "%" PRId64 " product instances in '%s' of '%s' have not renewed their authorization "
				     "for 90 days or more; their licenses are back in the pool. Repair their connection, "
				     "or remove those that are gone.",
				     row->count, place.va.name, place.account.name);
	else
		a.message =
			arena_printf(g->tx->arena,
				     "%" PRId64 " product instances in '%s' of '%s' have not renewed their authorization "
				     "for 30 days or more; at 90 days their licenses go back to the pool. See that they "
				     "run and reach this server.",
				     row->count, place.va.name, place.account.name);
	a.due_at = kind == ALERT_FAILED_TO_CONNECT ? a.raised_at : row->oldest + AUTHORIZATION_MS;
	return alert_add(g, &a, place.va.uuid, &place, e);
}

static int gather(struct alert_gather *g, enum alert_kind kind, int64_t after, int64_t until, struct err *e)
{
	struct late_range range = { .after = after, .until = until, .holds_until = until + AUTHORIZATION_MS };
	struct instance_row *one = NULL;
	struct late_row *many;
	struct tx *tx = g->tx;
	size_t one_n = 0, many_n;
	bool few = false;

	if (q_alert_late_count(tx->db, tx->arena, &range, &many, &many_n, e))
		return -1;
	for (size_t i = 0; i < many_n; i++) {
		few |= many[i].count <= ALERT_ONE_BY_ONE;
		if (many[i].count > ALERT_ONE_BY_ONE && add_many(g, kind, &many[i], e))
			return -1;
	}
	if (few && q_alert_late_list(tx->db, tx->arena, &range, ALERT_ONE_BY_ONE, &one, &one_n, e))
		return -1;
	for (size_t i = 0; i < one_n; i++)
		if (add_one(g, kind, &one[i], e))
			return -1;
	return 0;
}

int alert_gather_instances(struct alert_gather *g, struct err *e)
{
	int64_t renew = g->tx->now - ALERT_RENEW_MS, connect = g->tx->now - AUTHORIZATION_MS;

	return gather(g, ALERT_FAILED_TO_RENEW, connect, renew, e) || gather(g, ALERT_FAILED_TO_CONNECT, 0, connect, e) ? -1
															: 0;
}
