#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lic/alert_inside.h"
#include "lic/event.h"

/* ---- gathering ---- */

int alert_place(struct alert_gather *g, int64_t virtual_account, struct alert_place *out, struct err *e)
{
	struct tx *tx = g->tx;

	if (q_virtual_account_by_id(tx->db, tx->arena, virtual_account, &out->va, e) != 1)
		return -1;
	if (g->account && out->va.account_id != g->account)
		return 0;
	return q_account_by_id(tx->db, tx->arena, out->va.account_id, &out->account, e) == 1 ? 1 : -1;
}

static void more_room(struct alert_gather *g)
{
	struct alert *list;

	if (g->n < g->room)
		return;
	g->room = g->room ? 2 * g->room : 16;
	list = arena_alloc(g->tx->arena, g->room * sizeof(*list));
	if (g->n)
		memcpy(list, g->list, g->n * sizeof(*list));
	g->list = list;
}

/* Adds an alert whose identifier is there. */
static int add(struct alert_gather *g, const struct alert *alert, const struct alert_place *place, struct err *e)
{
	struct alert_ack_row ack;
	struct alert *a;
	int rc = q_alert_ack_get(g->tx->db, g->tx->arena, alert->id, &ack, e);

	if (rc < 0)
		return -1;
	more_room(g);
	a = &g->list[g->n++];
	*a = *alert;
	if (place) {
		a->account = place->account.name;
		a->account_id = place->account.id;
		a->virtual_account = place->va.name;
		a->virtual_account_id = place->va.id;
	}
	if (a->count == 0)
		a->count = 1;
	/* What was acknowledged when it was newer is so still: of a group the newest may have gone. */
	if (rc == 1 && ack.raised_at >= a->raised_at && ack.at > g->tx->now - ALERT_ACK_KEPT_MS) {
		a->acknowledged_at = ack.at;
		a->acknowledged_by = ack.by;
		a->note = ack.note;
	}
	return 0;
}

int alert_add(struct alert_gather *g, const struct alert *alert, const char *subject, const struct alert_place *place,
	      struct err *e)
{
	struct alert a = *alert;
	char id[ALERT_ID_SIZE];

	a.id = arena_strdup(g->tx->arena, alert_id(a.kind, subject, id));
	return add(g, &a, place, e);
}

/* ---- what happened ---- */

/* ALERT__MAX: of a later version. */
static enum alert_kind kind_of(const char *key)
{
	enum alert_kind kind = 0;

	while (kind < ALERT__MAX && strcmp(alert_key(kind), key) != 0)
		kind++;
	return kind;
}

static bool is_major(enum alert_kind kind)
{
	return strcmp(alert_severity(kind), "MAJOR") == 0;
}

static int add_fact(struct alert_gather *g, const struct alert_fact_row *row, struct err *e)
{
	struct alert a = { .kind = kind_of(row->kind),
			   .id = row->id,
			   .source = row->source,
			   .message = row->message,
			   .raised_at = row->raised_at,
			   .due_at = row->raised_at };
	struct alert_place place = { .va.name = NULL };
	int rc = 1;

	if (a.kind == ALERT__MAX || (g->account && row->account_id != g->account))
		return 0;
	a.major = is_major(a.kind);
	if (row->virtual_account_id)
		rc = alert_place(g, row->virtual_account_id, &place, e);
	else if (row->account_id)
		rc = q_account_by_id(g->tx->db, g->tx->arena, row->account_id, &place.account, e) == 1 ? 1 : -1;
	if (rc <= 0)
		return rc;
	if (add(g, &a, row->account_id ? &place : NULL, e))
		return -1;
	/* A refused license stays refused; other things are over once somebody has seen them. */
	if (a.kind != ALERT_RESTRICTED_LICENSE && g->list[g->n - 1].acknowledged_at &&
	    g->list[g->n - 1].acknowledged_at <= g->tx->now - ALERT_FACT_KEPT_MS)
		g->n--;
	return 0;
}

static int add_group(struct alert_gather *g, const struct alert_group_row *row, struct err *e)
{
	enum alert_kind kind = kind_of(row->kind);
	struct alert_place place;
	struct alert a = { .kind = kind, .raised_at = row->newest, .due_at = row->newest, .count = row->count };
	int rc = kind == ALERT__MAX ? 0 : alert_place(g, row->virtual_account_id, &place, e);

	if (rc <= 0)
		return rc;
	a.major = is_major(kind);
	a.source = place.va.name;
	a.message = arena_printf(g->tx->arena,
				 "%" PRId64 " alerts '%s' are open in '%s' of '%s'. The events (alert.raise) name each.",
				 row->count, alert_name(kind), place.va.name, place.account.name);
	return alert_add(g, &a, place.va.uuid, &place, e);
}

static int gather_facts(struct alert_gather *g, struct err *e)
{
	struct alert_group_row *groups;
	struct alert_fact_row *facts;
	size_t facts_n, groups_n;
	struct tx *tx = g->tx;

	if (q_alert_fact_list(tx->db, tx->arena, ALERT_ONE_BY_ONE, &facts, &facts_n, e) ||
	    q_alert_fact_groups(tx->db, tx->arena, ALERT_ONE_BY_ONE, &groups, &groups_n, e))
		return -1;
	for (size_t i = 0; i < facts_n; i++)
		if (add_fact(g, &facts[i], e))
			return -1;
	for (size_t i = 0; i < groups_n; i++)
		if (add_group(g, &groups[i], e))
			return -1;
	return 0;
}

/* ---- the list ---- */

static int by_number(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

/* What only happened; all else lasts until it is seen to. */
static bool happened(enum alert_kind kind)
{
	return kind == ALERT_TAKEN_OVER || kind == ALERT_RESERVATION_RETURNED || kind == ALERT_RESERVATION_REMOVED ||
	       kind == ALERT_SATELLITE_REMOVED || kind == ALERT_LICENSES_REDUCED || kind == ALERT_LICENSES_EXPIRED;
}

static int by_urgency(const void *x, const void *y)
{
	const struct alert *a = x, *b = y;
	int rc = by_number(a->acknowledged_at != 0, b->acknowledged_at != 0);

	if (rc == 0)
		rc = by_number(b->major, a->major);
	if (rc == 0)
		rc = by_number(happened(a->kind), happened(b->kind));
	if (rc == 0) /* those without a date last */
		rc = by_number(a->due_at ? a->due_at : INT64_MAX, b->due_at ? b->due_at : INT64_MAX);
	if (rc == 0)
		rc = by_number(b->raised_at, a->raised_at);
	return rc ? rc : strcmp(a->id, b->id);
}

int alert_list(struct tx *tx, int64_t account, struct alert **out, size_t *n, struct err *e)
{
	struct alert_gather g = { .tx = tx, .account = account };

	if (gather_facts(&g, e) || alert_gather_licenses(&g, e) || alert_gather_instances(&g, e) ||
	    alert_gather_sync(&g, e))
		return -1;
	if (account == 0 && (alert_gather_certificates(&g, e) || alert_gather_clock(&g, e)))
		return -1;
	if (g.n)
		qsort(g.list, g.n, sizeof(*g.list), by_urgency);
	*out = g.list;
	*n = g.n;
	return 0;
}

int alert_acknowledge(struct tx *tx, const struct alert *alert, const char *note, struct err *e)
{
	struct alert_ack_row row = { .raised_at = alert->raised_at, .at = tx->now, .by = tx->actor->name, .note = note };
	json_t *detail;

	if (row.note == NULL)
		row.note = alert->note ? alert->note : "";
	if (strlen(row.note) > ALERT_NOTE_MAX)
		return err_field(e, E_INVALID_REQUEST, "note", "The note has %zu bytes; at most %d are kept.",
				 strlen(row.note), ALERT_NOTE_MAX);
	if (q_alert_ack_set(tx->db, alert->id, &row, e) ||
	    q_alert_forget(tx->db, tx->now - ALERT_FACT_KEPT_MS, tx->now - ALERT_ACK_KEPT_MS, e))
		return -1;
	detail = json_object();
	json_set_text(detail, "messageType", alert_name(alert->kind));
	json_set_text(detail, "source", alert->source);
	json_set_text(detail, "virtualAccount", alert->virtual_account);
	json_set_text(detail, "note", row.note);
	return event_add(tx, "alert.acknowledge", alert->account ? alert->account : "", alert->id, detail, e);
}
