/* compare.c - what the server says, and what the model does. */
#include <inttypes.h>
#include <string.h>

#include "db/sqlite.h"
#include "lic/alert.h"
#include "lic/pool.h"
#include "lic/reservation.h"
#include "tests/model/run.h"

static void compare_number(struct run *r, int va, int kind, const char *what, int64_t got, int64_t right)
{
	if (got != right)
		differs(r, "%s in virtual account %d: %s is %" PRId64 ", right is %" PRId64, model_kind_names[kind], va,
			what, got, right);
}

static int compare_pool(struct run *r, struct tx *tx, int va, int kind, const struct pool *got,
			const struct model_pool *right, bool history, struct err *e)
{
	struct compliance_row open;
	int is_open = !history ? 0 : q_compliance_open(tx->db, tx->arena, r->vas[va].id, r->kinds[kind].id, &open, e);

	if (is_open < 0)
		return -1;
	compare_number(r, va, kind, "quantity", got->quantity, right->quantity);
	compare_number(r, va, kind, "reserved", got->reserved, right->reserved);
	compare_number(r, va, kind, "in use", got->in_use, right->in_use);
	compare_number(r, va, kind, "borrowed", got->borrowed, right->borrowed);
	compare_number(r, va, kind, "lent", got->lent, right->lent);
	compare_number(r, va, kind, "balance", got->balance, right->balance);
	if (history)
		compare_number(r, va, kind, "out of compliance by its history", is_open, right->balance < 0);
	if (got->in_use < 0 || got->borrowed < 0 || got->lent < 0)
		differs(r, "%s in virtual account %d has a negative count", model_kind_names[kind], va);
	return 0;
}

static int compare_pools(struct run *r, struct tx *tx, bool history, struct err *e)
{
	for (int va = 0; va < VIRTUAL_ACCOUNTS; va++) {
		struct model_pool right[KINDS];
		int64_t borrowed = 0, lent = 0;
		struct pools pools;

		model_pools(&r->model, va, right);
		pools_init(&pools, tx, r->vas[va].id);
		for (int kind = 0; kind < KINDS; kind++) {
			const struct pool *got;

			if (pools_get(&pools, r->kinds[kind].id, r->kinds[kind].family, &got, e) ||
			    compare_pool(r, tx, va, kind, got, &right[kind], history, e))
				return -1;
			borrowed += got->borrowed;
			lent += got->lent;
		}
		if (borrowed != lent)
			differs(r, "virtual account %d borrows %" PRId64 " and lends %" PRId64, va, borrowed, lent);
	}
	return 0;
}

/* ---- shares ---- */

struct shares {
	int64_t quantity[LOTS_MAX][VIRTUAL_ACCOUNTS], reserved[LOTS_MAX][VIRTUAL_ACCOUNTS], lot[LOTS_MAX];
};

/* -1 if it is none of the sequence. */
static int index_of(const int64_t *ids, int n, int64_t id)
{
	for (int i = 0; i < n; i++)
		if (ids[i] == id)
			return i;
	return -1;
}

static int read_shares(struct run *r, struct tx *tx, struct shares *out, struct err *e)
{
	static const char sql[] =
		"SELECT s.lot_id, s.virtual_account_id, s.quantity, s.reserved, l.quantity FROM lot_share s "
		"JOIN license_lot l ON l.id = s.lot_id";
	int64_t vas[VIRTUAL_ACCOUNTS];
	sqlite3_stmt *s;
	int rc;

	for (int va = 0; va < VIRTUAL_ACCOUNTS; va++)
		vas[va] = r->vas[va].id;
	if (sqlite3_prepare_v2(tx->db->handle, sql, -1, &s, NULL) != SQLITE_OK)
		return err_set(e, E_DATABASE_ERROR, "%s", sqlite3_errmsg(tx->db->handle));
	while ((rc = sqlite3_step(s)) == SQLITE_ROW) {
		int lot = index_of(r->lot_ids, r->model.lots_n, sqlite3_column_int64(s, 0));
		int va = index_of(vas, VIRTUAL_ACCOUNTS, sqlite3_column_int64(s, 1));

		if (lot < 0 || va < 0) {
			differs(r, "there is a share of a lot that nobody ordered");
			continue;
		}
		out->quantity[lot][va] = sqlite3_column_int64(s, 2);
		out->reserved[lot][va] = sqlite3_column_int64(s, 3);
		out->lot[lot] = sqlite3_column_int64(s, 4);
	}
	sqlite3_finalize(s);
	return rc == SQLITE_DONE ? 0 : err_set(e, E_DATABASE_ERROR, "%s", sqlite3_errmsg(tx->db->handle));
}

static int compare_shares(struct run *r, struct tx *tx, struct err *e)
{
	struct shares *got = arena_alloc(tx->arena, sizeof(*got));
	const struct model *m = &r->model;

	memset(got, 0, sizeof(*got));
	if (read_shares(r, tx, got, e))
		return -1;
	for (int lot = 0; lot < m->lots_n; lot++) {
		int64_t sum = 0;

		for (int va = 0; va < VIRTUAL_ACCOUNTS; va++) {
			int64_t reserved = model_reserved(m, va, lot);

			sum += got->quantity[lot][va];
			if (got->quantity[lot][va] != m->lots[lot].share[va] || got->reserved[lot][va] != reserved)
				differs(r,
					"lot %d in virtual account %d has %" PRId64 " and %" PRId64
					" reserved, right is %" PRId64 " and %" PRId64,
					lot, va, got->quantity[lot][va], got->reserved[lot][va], m->lots[lot].share[va],
					reserved);
		}
		if (sum != got->lot[lot])
			differs(r, "lot %d has %" PRId64 ", its shares %" PRId64, lot, got->lot[lot], sum);
	}
	return 0;
}

int compare(struct run *r, struct tx *tx, bool history, struct err *e)
{
	return compare_pools(r, tx, history, e) || compare_shares(r, tx, e) ? -1 : 0;
}

/* ---- alerts ---- */

/* How many alerts of a kind about these licenses in a virtual account the list has. */
static int count_alerts(const struct alert *list, size_t n, enum alert_kind kind, const char *source, const char *va)
{
	int count = 0;

	for (size_t i = 0; i < n; i++)
		count += list[i].kind == kind && strcmp(list[i].source, source) == 0 && list[i].virtual_account &&
			 strcmp(list[i].virtual_account, va) == 0;
	return count;
}

/* Is this lot the first of those of its kind with its end? There is one alert for all of them. */
static bool is_first(const struct model *m, int lot, int va, bool reserved)
{
	for (int i = 0; i < lot; i++)
		if (m->lots[i].kind == m->lots[lot].kind && m->lots[i].end_at == m->lots[lot].end_at &&
		    (reserved ? model_reserved(m, va, i) : m->lots[i].share[va]))
			return false;
	return true;
}

struct ends {
	int expiring, expired, reserved;
};

static struct ends count_ends(const struct model *m, int va, int kind)
{
	struct ends ends = { 0 };

	for (int i = 0; i < m->lots_n; i++) {
		int64_t end = m->lots[i].end_at, left = end - m->now;

		if (m->lots[i].kind != kind || end == 0)
			continue;
		if (m->lots[i].share[va] && is_first(m, i, va, false)) {
			ends.expiring += left > 0 && left <= 90 * DAY_MS;
			ends.expired += left <= 0 && left > -30 * DAY_MS;
		}
		ends.reserved += left <= 0 && model_reserved(m, va, i) && is_first(m, i, va, true);
	}
	return ends;
}

static int compare_alerts(struct run *r, struct tx *tx, struct err *e)
{
	struct model_pool right[KINDS];
	struct alert *list;
	size_t n;

	if (alert_list(tx, 0, &list, &n, e))
		return -1;
	for (int va = 0; va < VIRTUAL_ACCOUNTS; va++) {
		const char *name = r->vas[va].name;

		model_pools(&r->model, va, right);
		for (int kind = 0; kind < KINDS; kind++) {
			const char *source = r->kinds[kind].display_name;
			struct ends ends = count_ends(&r->model, va, kind);

			compare_number(r, va, kind, "the number of alerts that it is short",
				       count_alerts(list, n, ALERT_INSUFFICIENT_LICENSES, source, name),
				       right[kind].balance < 0);
			compare_number(r, va, kind, "the number of alerts that licenses expire",
				       count_alerts(list, n, ALERT_LICENSES_EXPIRING, source, name), ends.expiring);
			compare_number(r, va, kind, "the number of alerts that licenses expired",
				       count_alerts(list, n, ALERT_LICENSES_EXPIRED, source, name), ends.expired);
			compare_number(r, va, kind, "the number of alerts that reserved licenses expired",
				       count_alerts(list, n, ALERT_RESERVED_EXPIRED, source, name), ends.reserved);
		}
	}
	return 0;
}

/* Export control: who asks for what he may not have is told of. */
static int compare_restricted(struct run *r, struct tx *tx, struct err *e)
{
	for (int i = 0; i < PRODUCTS_MAX; i++) {
		const struct model_product *p = &r->model.products[i];
		bool right = p->asked[RESTRICTED] && !(p->export_allowed && r->model.export_permitted);
		int got = p->there ? alert_open(tx, ALERT_RESTRICTED_LICENSE, r->product_uuids[i], e) : 0;

		if (got < 0)
			return -1;
		if (got != (p->there && right))
			differs(r, "product %d: an alert about a restricted license is %d, right is %d", i, got, right);
	}
	return 0;
}

/* ---- reservations ---- */

static int compare_reservations(struct run *r, struct tx *tx, struct err *e)
{
	static const char *const states[] = { "", RESERVATION_IN_PROGRESS, RESERVATION_RESERVED, RESERVATION_IN_TRANSIT };

	for (int i = 0; i < RESERVERS_MAX; i++) {
		const struct model_reservation *right = &r->model.reservations[i];
		struct udi udi = device_udi(r, RESERVERS_FROM + i);
		struct reservation_row row;
		int rc = q_reservation_live(tx->db, tx->arena, &udi, &row, e);

		if (rc < 0)
			return -1;
		if (rc != model_live(&r->model, i))
			differs(r, "reservation of device %d: live is %d", i, rc);
		else if (rc && (strcmp(row.state, states[right->state]) != 0 ||
				row.virtual_account_id != r->vas[right->va].id || row.cancelling != right->cancelling))
			differs(r, "reservation of device %d: it is %s, right is %s", i, row.state, states[right->state]);
	}
	return 0;
}

int compare_seen(struct run *r, struct tx *tx, struct err *e)
{
	return compare_alerts(r, tx, e) || compare_restricted(r, tx, e) || compare_reservations(r, tx, e) ? -1 : 0;
}
