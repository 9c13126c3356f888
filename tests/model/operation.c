/* operation.c - operations on licenses and products, on both sides. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "lic/account.h"
#include "lic/instance.h"
#include "lic/license.h"
#include "lic/lot.h"
#include "lic/reservation.h"
#include "lic/usage.h"
#include "tests/model/run.h"

void differs(struct run *r, const char *fmt, ...)
{
	va_list list;

	if (*r->why)
		return;
	va_start(list, fmt);
	vsnprintf(r->why, sizeof(r->why), fmt, list);
	va_end(list);
}

int judge(struct run *r, const char *what, enum err_code right, int rc, const struct err *e)
{
	enum err_code got = rc ? e->code : E_NONE;

	if (got != right)
		differs(r, "%s: the server says %s, right is %s (%s)", what, got ? err_name(got) : "OK",
			right ? err_name(right) : "OK", rc ? e->text : "");
	return rc;
}

int64_t some_term(unsigned n)
{
	static const int64_t spans[] = { 1, DAY_MS, 10 * DAY_MS, 45 * DAY_MS, 90 * DAY_MS, 365 * DAY_MS };

	return spans[n % 6] * (1 + n / 6 % 2);
}

struct udi device_udi(struct run *r, int product)
{
	static const char *const pids[] = { "UCM", "C9300", "UCM_SME" };
	int reserver = product - RESERVERS_FROM;

	return (struct udi){ .pid = pids[reserver < 0 ? 0 : reserver % 3],
			     .serial = arena_printf(&r->arena, "D%d", product),
			     .uuid = arena_printf(&r->arena, "%032x", (unsigned)product + 1),
			     .software_tag = "" };
}

int do_order(struct run *r, struct tx *tx, const struct op *op, struct err *e)
{
	static const char *const types[] = { "PERPETUAL", "TERM", "PERPETUAL", "DEMO", "TERM" };
	struct model_lot lot = { .kind = (int)(op->a % KINDS), .type = types[op->b % 5] };
	int va = (int)(op->c % VIRTUAL_ACCOUNTS);
	struct order_new in = { .license = r->kinds[lot.kind].tag, .license_type = lot.type, .quantity = 1 + op->d % 8 };
	struct lot_row out;

	if (r->model.lots_n == LOTS_MAX)
		return 0;
	in.start_at = op->d % 3 ? 0 : tx->now + some_term(op->a);
	if (strcmp(lot.type, "PERPETUAL") != 0)
		in.end_at = (in.start_at ? in.start_at : tx->now) + some_term(op->c);
	if (order_add(tx, &r->account, &r->vas[va], &in, &out, e))
		return -1;
	lot.start_at = out.start_at;
	lot.end_at = in.end_at;
	lot.share[va] = in.quantity;
	str_copy(r->lot_uuids[r->model.lots_n], UUID_SIZE, out.uuid);
	r->lot_ids[r->model.lots_n] = out.id;
	r->model.lots[r->model.lots_n++] = lot;
	return 0;
}

int do_add(struct run *r, struct tx *tx, const struct op *op, struct err *e)
{
	int i = (int)(op->a % PRODUCTS_MAX);
	struct model_product *p = &r->model.products[i];
	struct instance_row row = { .state = "REGISTERED",
				    .virtual_account_id = r->vas[op->b % VIRTUAL_ACCOUNTS].id,
				    .udi = device_udi(r, i),
				    .export_allowed = op->c % 2,
				    .registered_at = tx->now,
				    .registration_expires_at = tx->now + REGISTRATION_MS };
	enum err_code right = E_NONE;
	char uuid[UUID_SIZE];

	if (p->there)
		return 0;
	if (i >= RESERVERS_FROM && model_live(&r->model, i - RESERVERS_FROM) &&
	    r->model.reservations[i - RESERVERS_FROM].issued)
		right = E_RESERVATION_IN_USE;
	if (judge(r, "registration", right, reservation_refuse_registration(tx, &row.udi, e), e))
		return -1;
	row.uuid = rand_uuid(uuid);
	if (q_instance_add(tx->db, &row, e) || instance_event(tx, "instance.register", &row, NULL, e))
		return -1;
	r->ids[i] = row.id;
	str_copy(r->product_uuids[i], UUID_SIZE, row.uuid);
	*p = (struct model_product){ .there = true,
				     .export_allowed = row.export_allowed,
				     .va = (int)(op->b % VIRTUAL_ACCOUNTS),
				     .registration_expires_at = row.registration_expires_at };
	return 0;
}

/* A product that is there, if there is one; registered: with a registration that is good. */
static unsigned some_product(const struct run *r, unsigned which, bool registered)
{
	unsigned fit[PRODUCTS_MAX], n = 0;

	for (unsigned i = 0; i < PRODUCTS_MAX; i++) {
		const struct model_product *p = &r->model.products[i];

		if (p->there && (!registered || r->model.now < p->registration_expires_at))
			fit[n++] = i;
	}
	return n ? fit[which % n] : which;
}

/* The row of a product that is there: 1, 0, -1. */
static int find_product(struct run *r, struct tx *tx, unsigned which, int *out, struct instance_row *row, struct err *e)
{
	*out = (int)(which % PRODUCTS_MAX);
	if (!r->model.products[*out].there)
		return 0;
	return q_instance_by_id(tx->db, tx->arena, r->ids[*out], row, e);
}

int do_end(struct run *r, struct tx *tx, const struct op *op, struct err *e)
{
	struct instance_row row;
	int product, rc = find_product(r, tx, some_product(r, op->a, false), &product, &row, e);

	if (rc <= 0)
		return rc;
	r->model.products[product] = (struct model_product){ 0 };
	return instance_end(tx, &row, op->b % 2 ? "DEREGISTERED" : "REMOVED", e);
}

static void compare_answer(struct run *r, int product, const int64_t asked[KINDS], const struct usage_answer *got,
			   bool out_of_compliance)
{
	const struct model_product *p = &r->model.products[product];
	struct model_pool pools[KINDS];
	bool out = false;

	model_pools(&r->model, p->va, pools);
	for (int k = 0; k < KINDS; k++) {
		const char *status = p->granted[k] < asked[k]                  ? "NotAuthorized"
				   : p->granted[k] > 0 && pools[k].balance < 0 ? "OutOfCompliance"
									       : "InCompliance";

		out = out || strcmp(status, "OutOfCompliance") == 0;
		if (got[k].count != p->granted[k] || strcmp(got[k].status, status) != 0)
			differs(r, "product %d, %s: answered %" PRId64 " %s, right is %" PRId64 " %s", product,
				model_kind_names[k], got[k].count, got[k].status, p->granted[k], status);
	}
	if (out != out_of_compliance)
		differs(r, "product %d: out of compliance is %d, right is %d", product, out_of_compliance, out);
}

int do_report(struct run *r, struct tx *tx, const struct op *op, struct err *e)
{
	struct usage_asked asked[KINDS];
	struct usage_answer answer[KINDS];
	int64_t counts[KINDS];
	struct instance_row row;
	bool out;
	int product, rc = find_product(r, tx, some_product(r, op->a, op->b % 8 > 0), &product, &row, e);

	if (rc <= 0 || row.registration_expires_at <= tx->now)
		return rc < 0 ? -1 : 0;
	for (int i = 0; i < KINDS; i++) {
		counts[i] = op->c % 3 ? op->counts[i] % 3 : op->counts[i];
		asked[i] = (struct usage_asked){ .tag = r->kinds[i].tag, .count = counts[i] };
	}
	model_report(&r->model, product, counts);
	if (usage_replace(tx, &row, r->model.export_permitted, asked, KINDS, answer, &out, e))
		return -1;
	compare_answer(r, product, counts, answer, out);
	return 0;
}

/* Where there are some, mostly. */
static void from_lot(const struct run *r, const struct op *op, int *kind, int *va)
{
	const struct model_lot *lot = r->model.lots_n ? &r->model.lots[op->a % (unsigned)r->model.lots_n] : NULL;

	*kind = lot ? lot->kind : (int)(op->a % KINDS);
	*va = (int)(op->b % VIRTUAL_ACCOUNTS);
	for (int i = 0; lot && op->b % 8 && lot->share[*va] == 0 && i < VIRTUAL_ACCOUNTS; i++)
		*va = (*va + 1) % VIRTUAL_ACCOUNTS;
}

int do_transfer(struct run *r, struct tx *tx, const struct op *op, struct err *e)
{
	int kind, from, to, rc;
	struct license_transfer in = { .quantity = op->d % 32 ? 1 + op->d % 5 : op->a % 20,
				       .force = op->counts[0] == 0 && op->d % 4 == 0 };
	bool done;

	from_lot(r, op, &kind, &from);
	to = op->c % 16 ? (from + 1 + (int)(op->c % 2)) % VIRTUAL_ACCOUNTS : from;
	in.license = r->kinds[kind].tag;
	done = model_transfer(&r->model, kind, from, to, in.quantity, in.force);
	rc = license_transfer(tx, &r->account, &r->vas[from], &r->vas[to], &in, &(struct move_row){ 0 }, e);
	if (done != (rc == 0))
		differs(r, "the transfer is %s, right is %s (%s)", rc ? "refused" : "done", done ? "done" : "refused",
			rc ? e->text : "");
	return rc;
}

int do_move(struct run *r, struct tx *tx, const struct op *op, struct err *e)
{
	bool force = op->c % 4 == 0, done;
	int to = (int)(op->b % VIRTUAL_ACCOUNTS), product, rc;
	struct instance_row row;

	rc = find_product(r, tx, some_product(r, op->a, op->d % 8 > 0), &product, &row, e);
	if (rc <= 0)
		return rc;
	done = model_move(&r->model, product, to, force);
	rc = instance_transfer(tx, &row, &r->vas[to], force, e);
	if (done != (rc == 0))
		differs(r, "the move is %s, right is %s (%s)", rc ? "refused" : "done", done ? "done" : "refused",
			rc ? e->text : "");
	return rc;
}

/* What is reserved of a lot, or one more or fewer. */
static int64_t about_reserved(const struct model *m, int lot, unsigned which)
{
	int64_t sum = (int64_t)(which % 3) - 1;

	for (int va = 0; va < VIRTUAL_ACCOUNTS; va++)
		sum += model_reserved(m, va, lot);
	return sum < 0 ? 0 : sum;
}

int do_change(struct run *r, struct tx *tx, const struct op *op, struct err *e)
{
	struct order_change in = { .quantity = op->b % 3 ? (int64_t)(op->d % 12) : ORDER_UNCHANGED };
	struct lot_row out;
	bool done;
	int lot, rc;

	if (r->model.lots_n == 0)
		return 0;
	lot = (int)(op->a % (unsigned)r->model.lots_n);
	if (op->b % 3 == 1)
		in.quantity = about_reserved(&r->model, lot, op->d);
	if (op->c % 3 == 0 && r->model.lots[lot].end_at)
		in.end_at = tx->now + some_term(op->c) - (op->d % 5 ? 0 : 100 * DAY_MS);
	done = model_change(&r->model, lot, in.quantity, in.end_at);
	rc = order_change(tx, r->lot_uuids[lot], &in, &out, e);
	if (done != (rc == 0))
		differs(r, "the change of an order is %s, right is %s (%s)", rc ? "refused" : "done",
			done ? "done" : "refused", rc ? e->text : "");
	return rc;
}

/* The account's permissions; more often given than withdrawn. */
int do_permit(struct run *r, struct tx *tx, const struct op *op, struct err *e)
{
	bool permit = op->b % 3 != 0;

	if (op->a % 2) {
		r->model.export_permitted = permit;
		return account_permit_export(tx, r->account.name, permit, e);
	}
	permit = op->b % 8 != 0;
	r->model.reservation_permitted = permit;
	return account_permit_reservation(tx, r->account.name, permit, e);
}
