/* alert_sync.c - alerts about authority: synchronizations that are due, files that are under way. */
#include <string.h>

#include "lic/account.h"
#include "lic/alert_inside.h"
#include "lic/site.h"

#define LAST_DAYS_MS (7 * DAY_MS) /* of the authority: MAJOR */

static int add(struct alert_gather *g, const struct account_row *account, struct alert *a, struct err *e)
{
	struct alert_place place = { .account = *account };

	a->source = account->name;
	return alert_add(g, a, account->uuid, &place, e);
}

static int add_deadline(struct alert_gather *g, const struct account_row *row, struct err *e)
{
	int64_t now = g->tx->now, until = row->authority_valid_until, from = row->last_sync_at + ALERT_SYNC_MS;
	struct alert a = { .kind = ALERT_SYNC_DEADLINE, .raised_at = from, .due_at = until };
	char last[CLOCK_TEXT_SIZE], end[CLOCK_TEXT_SIZE], left[CLOCK_TEXT_SIZE];

	if (now < from)
		return 0;
	if (now >= until - LAST_DAYS_MS) {
		a.major = true;
		a.raised_at = until - LAST_DAYS_MS > from ? until - LAST_DAYS_MS : from;
	}
	a.message =
		arena_printf(g->tx->arena,
			     "'%s' was last synchronized on %s. Synchronize it by %s (in %s): from then on registrations, "
			     "authorizations and renewals are refused.",
			     row->name, clock_text(row->last_sync_at, last), clock_text(until, end),
			     clock_span(until - now, left));
	return add(g, row, &a, e);
}

static int add_expired(struct alert_gather *g, const struct account_row *row, struct err *e)
{
	struct alert a = { .kind = ALERT_SATELLITE_EXPIRED,
			   .major = true,
			   .raised_at = row->authority_valid_until,
			   .due_at = row->authority_valid_until };
	char end[CLOCK_TEXT_SIZE];

	a.message =
		arena_printf(g->tx->arena,
			     "The authority of this satellite for '%s' ended on %s: registrations, authorizations and "
			     "renewals are refused, and products live on to their own end. Synchronize it with the cloud "
			     "manager.",
			     row->name, clock_text(row->authority_valid_until, end));
	return add(g, row, &a, e);
}

/* Why the attempts since then failed, as far as there were any. */
static int add_cause(struct alert_gather *g, const struct account_row *row, int64_t due, struct alert *a, struct err *e)
{
	struct sync_setting_row s;
	char when[CLOCK_TEXT_SIZE];
	int rc = q_sync_setting_get(g->tx->db, g->tx->arena, row->id, &s, e);

	if (rc == 1 && s.last_failure_at >= due)
		a->message = arena_printf(g->tx->arena, "%s The last attempt failed on %s: %s", a->message,
					  clock_text(s.last_failure_at, when), s.last_failure_text);
	return rc < 0 ? -1 : 0;
}

static int add_overdue(struct alert_gather *g, const struct account_row *row, struct err *e)
{
	struct alert a = { .kind = ALERT_SYNC_OVERDUE };
	char when[CLOCK_TEXT_SIZE], last[CLOCK_TEXT_SIZE];
	int64_t due = 0;

	if (q_account_sync_due(g->tx->db, row->id, &due, e))
		return -1;
	if (due == 0 || row->last_sync_at >= due || g->tx->now < due + ALERT_SYNC_OVERDUE_MS)
		return 0;
	a.raised_at = a.due_at = due + ALERT_SYNC_OVERDUE_MS;
	a.message = arena_printf(g->tx->arena,
				 "A synchronization of '%s' was due on %s and did not happen; the last one was on %s. See "
				 "whether the cloud manager can be reached, and synchronize now.",
				 row->name, clock_text(due, when), clock_text(row->last_sync_at, last));
	return add_cause(g, row, due, &a, e) ? -1 : add(g, row, &a, e);
}

/* The registration file was made, and no answer imported. */
static int add_pending(struct alert_gather *g, const struct account_row *row, struct err *e)
{
	struct alert a = { .kind = ALERT_AUTHORIZATION_PENDING };
	char when[CLOCK_TEXT_SIZE];
	struct exchange_row last;
	int rc = q_exchange_last(g->tx->db, g->tx->arena, row->id, &last, e);

	if (rc <= 0 || last.answered_at || strcmp(last.kind, "registration") != 0)
		return rc < 0 ? -1 : 0;
	a.raised_at = last.created_at;
	a.message =
		arena_printf(g->tx->arena,
			     "The registration file of '%s' was made on %s, and no authorization file has been imported "
			     "since. Carry it to the cloud manager and import its answer; until then no product can "
			     "register.",
			     row->name, clock_text(last.created_at, when));
	return add(g, row, &a, e);
}

static int gather_account(struct alert_gather *g, const struct account_row *row, struct err *e)
{
	if (strcmp(row->status, ACCOUNT_PENDING) == 0)
		return add_pending(g, row, e);
	if (strcmp(row->status, ACCOUNT_ACTIVE) != 0 || row->authority_valid_until == 0)
		return 0;
	if (row->authority_valid_until <= g->tx->now)
		return add_expired(g, row, e);
	return add_deadline(g, row, e) || add_overdue(g, row, e) ? -1 : 0;
}

/* ---- the manager's side ---- */

static int add_ready(struct alert_gather *g, const struct waiting_row *row, struct err *e)
{
	struct alert a = { .kind = ALERT_AUTHORIZATION_READY,
			   .source = row->name,
			   .raised_at = row->created_at,
			   .due_at = row->authority_valid_until };
	char when[CLOCK_TEXT_SIZE];
	struct alert_place place;
	int rc = alert_place(g, row->virtual_account_id, &place, e);

	if (rc <= 0)
		return rc;
	a.message =
		arena_printf(g->tx->arena,
			     "The authorization file of satellite '%s' for '%s' of '%s' was made on %s, and the satellite "
			     "has not synchronized since. Carry the file there and import it.",
			     row->name, place.va.name, place.account.name, clock_text(row->created_at, when));
	return alert_add(g, &a, arena_printf(g->tx->arena, "%s %s", row->uuid, place.va.uuid), &place, e);
}

static int gather_ready(struct alert_gather *g, struct err *e)
{
	struct waiting_row *rows;
	size_t n;

	if (q_alert_authorizations(g->tx->db, g->tx->arena, &rows, &n, e))
		return -1;
	for (size_t i = 0; i < n; i++)
		if (add_ready(g, &rows[i], e))
			return -1;
	return 0;
}

/* The satellite warns its own administrators of the same. */
static int add_silent(struct alert_gather *g, const struct waiting_row *row, struct err *e)
{
	int64_t now = g->tx->now, until = row->authority_valid_until, from = row->created_at + ALERT_SYNC_MS;
	struct alert a = { .kind = ALERT_SYNC_DEADLINE, .source = row->name, .raised_at = from, .due_at = until };
	char last[CLOCK_TEXT_SIZE], end[CLOCK_TEXT_SIZE], left[CLOCK_TEXT_SIZE];
	struct arena *arena = g->tx->arena;
	struct alert_place place;
	int rc = alert_place(g, row->virtual_account_id, &place, e);

	if (rc <= 0)
		return rc;
	clock_text(row->created_at, last);
	clock_text(until, end);
	if (now >= until) {
		a.kind = ALERT_SATELLITE_EXPIRED;
		a.raised_at = until;
		a.major = true;
		a.message =
			arena_printf(arena,
				     "Satellite '%s' last synchronized '%s' of '%s' on %s, and its authority ended on %s: "
				     "registrations, authorizations and renewals are refused there. Have it synchronized.",
				     row->name, place.va.name, place.account.name, last, end);
	} else {
		if (now >= until - LAST_DAYS_MS) {
			a.major = true;
			a.raised_at = until - LAST_DAYS_MS > from ? until - LAST_DAYS_MS : from;
		}
		a.message = arena_printf(
			arena,
			"Satellite '%s' last synchronized '%s' of '%s' on %s. What is shown here is of that time. "
			"Have it synchronized by %s (in %s): from then on registrations, authorizations and "
			"renewals are refused there.",
			row->name, place.va.name, place.account.name, last, end, clock_span(until - now, left));
	}
	return alert_add(g, &a, arena_printf(arena, "%s %s", row->uuid, place.va.uuid), &place, e);
}

static int gather_silent(struct alert_gather *g, struct err *e)
{
	struct waiting_row *rows;
	size_t n;

	if (q_remote_silent(g->tx->db, g->tx->arena, g->tx->now - ALERT_SYNC_MS, &rows, &n, e))
		return -1;
	for (size_t i = 0; i < n; i++)
		if (add_silent(g, &rows[i], e))
			return -1;
	return 0;
}

int alert_gather_sync(struct alert_gather *g, struct err *e)
{
	struct account_row *rows;
	size_t n;

	if (g->tx->site->role == SITE_MANAGER)
		return gather_ready(g, e) || gather_silent(g, e) ? -1 : 0;
	if (q_account_list(g->tx->db, g->tx->arena, &rows, &n, e))
		return -1;
	for (size_t i = 0; i < n; i++)
		if ((g->account == 0 || rows[i].id == g->account) && gather_account(g, &rows[i], e))
			return -1;
	return 0;
}
