/* model-test.c - random sequences of operations against the server's rules and against the model, compared after each.
 *
 * usage: model-test [--operations N] [--seed S] [--length N]
 *
 * A sequence that differs is made as short as it still differs, and printed. The same seed gives the same sequences. */
#include <getopt.h>
#include <stdarg.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/rand.h"
#include "base/str.h"
#include "edge/house.h"
#include "lic/account.h"
#include "lic/instance.h"
#include "lic/license.h"
#include "lic/lot.h"
#include "lic/pool.h"
#include "lic/usage.h"
#include "tests/lib/clock_fake.h"
#include "tests/lib/scenario.h"
#include "tests/model/model.h"

enum op_kind { ADVANCE, ORDER, ADD, END, REPORT, TRANSFER, MOVE, CHANGE, OPS };

/* An operation names nothing: what it does follows from these numbers and the state, so that it still means something
 * when others before it are left out. */
struct op {
	enum op_kind kind;
	unsigned a, b, c, d;
	unsigned counts[KINDS];
};

static const char *const op_names[OPS] = { "advance", "order", "add", "end", "report", "transfer", "move", "change" };

struct run {
	struct server server;
	struct model model;
	struct account_row account;
	struct virtual_account_row vas[VIRTUAL_ACCOUNTS];
	struct entitlement_row kinds[KINDS];
	int64_t ids[PRODUCTS_MAX]; /* of the rows of products */
	char lot_uuids[LOTS_MAX][UUID_SIZE];
	struct arena kept, arena; /* of the sequence, of the present operation */
	char why[512];            /* what differs; empty = nothing */
};

static const struct actor system_actor = { .kind = ACTOR_SYSTEM, .name = "system" };

/* ---- random operations ---- */

static uint64_t next(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static struct op random_op(uint64_t *random)
{
	static const enum op_kind often[] = { REPORT,  REPORT,  REPORT, REPORT, REPORT,   REPORT,   ORDER,
					      ORDER,   ADD,     ADD,    END,    TRANSFER, TRANSFER, TRANSFER,
					      ADVANCE, ADVANCE, MOVE,   MOVE,   CHANGE };
	struct op op = { .kind = often[next(random) % (sizeof(often) / sizeof(often[0]))] };

	op.a = (unsigned)(next(random) % 1000);
	op.b = (unsigned)(next(random) % 1000);
	op.c = (unsigned)(next(random) % 1000);
	op.d = (unsigned)(next(random) % 1000);
	for (int i = 0; i < KINDS; i++)
		op.counts[i] = next(random) % 3 ? 0 : (unsigned)(next(random) % 9);
	return op;
}

/* ---- both sides of an operation ---- */

static void differs(struct run *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void differs(struct run *r, const char *fmt, ...)
{
	va_list list;

	if (*r->why)
		return;
	va_start(list, fmt);
	vsnprintf(r->why, sizeof(r->why), fmt, list);
	va_end(list);
}

static int64_t term(unsigned n)
{
	static const int64_t spans[] = { 1, DAY_MS, 10 * DAY_MS, 45 * DAY_MS, 90 * DAY_MS, 365 * DAY_MS };

	return spans[n % 6] * (1 + n / 6 % 2);
}

static int do_order(struct run *r, struct tx *tx, const struct op *op, struct err *e)
{
	static const char *const types[] = { "PERPETUAL", "TERM", "TERM", "DEMO" };
	struct model_lot lot = { .kind = (int)(op->a % KINDS), .type = types[op->b % 4] };
	int va = (int)(op->c % VIRTUAL_ACCOUNTS);
	struct order_new in = { .license = r->kinds[lot.kind].tag, .license_type = lot.type, .quantity = 1 + op->d % 8 };
	struct lot_row out;

	if (r->model.lots_n == LOTS_MAX)
		return 0;
	in.start_at = op->d % 3 ? 0 : tx->now + term(op->a);
	if (op->b % 4)
		in.end_at = (in.start_at ? in.start_at : tx->now) + term(op->c);
	if (order_add(tx, &r->account, &r->vas[va], &in, &out, e))
		return -1;
	lot.start_at = out.start_at;
	lot.end_at = in.end_at;
	lot.share[va] = in.quantity;
	str_copy(r->lot_uuids[r->model.lots_n], UUID_SIZE, out.uuid);
	r->model.lots[r->model.lots_n++] = lot;
	return 0;
}

static int do_add(struct run *r, struct tx *tx, const struct op *op, struct err *e)
{
	int i = (int)(op->a % PRODUCTS_MAX);
	struct model_product *p = &r->model.products[i];
	struct instance_row row = { .state = "REGISTERED",
				    .virtual_account_id = r->vas[op->b % VIRTUAL_ACCOUNTS].id,
				    .udi = { .pid = "UCM", .uuid = "", .software_tag = "" },
				    .export_allowed = op->c % 2,
				    .registered_at = tx->now,
				    .registration_expires_at = tx->now + REGISTRATION_MS };
	char uuid[UUID_SIZE];

	if (p->there)
		return 0;
	row.uuid = rand_uuid(uuid);
	row.udi.serial = row.uuid;
	if (q_instance_add(tx->db, &row, e) || instance_event(tx, "instance.register", &row, NULL, e))
		return -1;
	r->ids[i] = row.id;
	*p = (struct model_product){ .there = true,
				     .export_allowed = row.export_allowed,
				     .va = (int)(op->b % VIRTUAL_ACCOUNTS),
				     .registration_expires_at = row.registration_expires_at };
	return 0;
}

/* The row of a product that is there: 1, 0, -1. */
static int find_product(struct run *r, struct tx *tx, unsigned which, int *out, struct instance_row *row, struct err *e)
{
	*out = (int)(which % PRODUCTS_MAX);
	if (!r->model.products[*out].there)
		return 0;
	return q_instance_by_id(tx->db, tx->arena, r->ids[*out], row, e);
}

static int do_end(struct run *r, struct tx *tx, const struct op *op, struct err *e)
{
	struct instance_row row;
	int product, rc = find_product(r, tx, op->a, &product, &row, e);

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

static int do_report(struct run *r, struct tx *tx, const struct op *op, struct err *e)
{
	struct usage_asked asked[KINDS];
	struct usage_answer answer[KINDS];
	int64_t counts[KINDS];
	struct instance_row row;
	bool out;
	int product, rc = find_product(r, tx, op->a, &product, &row, e);

	if (rc <= 0 || row.registration_expires_at <= tx->now)
		return rc < 0 ? -1 : 0;
	for (int i = 0; i < KINDS; i++) {
		counts[i] = op->counts[i];
		asked[i] = (struct usage_asked){ .tag = r->kinds[i].tag, .count = counts[i] };
	}
	model_report(&r->model, product, counts);
	if (usage_replace(tx, &row, true, asked, KINDS, answer, &out, e))
		return -1;
	compare_answer(r, product, counts, answer, out);
	return 0;
}

static int do_transfer(struct run *r, struct tx *tx, const struct op *op, struct err *e)
{
	int kind = (int)(op->a % KINDS), from = (int)(op->b % VIRTUAL_ACCOUNTS), to = (int)(op->c % VIRTUAL_ACCOUNTS);
	struct license_transfer in = { .license = r->kinds[kind].tag,
				       .quantity = op->d % 12,
				       .force = op->counts[0] == 0 && op->d % 4 == 0 };
	bool done = model_transfer(&r->model, kind, from, to, in.quantity, in.force);
	int rc = license_transfer(tx, &r->account, &r->vas[from], &r->vas[to], &in, e);

	if (done != (rc == 0))
		differs(r, "the transfer is %s, right is %s (%s)", rc ? "refused" : "done", done ? "done" : "refused",
			rc ? e->text : "");
	return rc;
}

static int do_move(struct run *r, struct tx *tx, const struct op *op, struct err *e)
{
	bool force = op->c % 4 == 0, done;
	int to = (int)(op->b % VIRTUAL_ACCOUNTS), product, rc;
	struct instance_row row;

	rc = find_product(r, tx, op->a, &product, &row, e);
	if (rc <= 0)
		return rc;
	done = model_move(&r->model, product, to, force);
	rc = instance_transfer(tx, &row, &r->vas[to], force, e);
	if (done != (rc == 0))
		differs(r, "the move is %s, right is %s (%s)", rc ? "refused" : "done", done ? "done" : "refused",
			rc ? e->text : "");
	return rc;
}

static int do_change(struct run *r, struct tx *tx, const struct op *op, struct err *e)
{
	struct order_change in = { .quantity = op->b % 3 ? (int64_t)(op->d % 12) : ORDER_UNCHANGED };
	struct lot_row out;
	bool done;
	int lot, rc;

	if (r->model.lots_n == 0)
		return 0;
	lot = (int)(op->a % (unsigned)r->model.lots_n);
	if (op->c % 3 == 0 && r->model.lots[lot].end_at)
		in.end_at = tx->now + term(op->c) - (op->d % 5 ? 0 : 100 * DAY_MS);
	done = model_change(&r->model, lot, in.quantity, in.end_at);
	rc = order_change(tx, r->lot_uuids[lot], &in, &out, e);
	if (done != (rc == 0))
		differs(r, "the change of an order is %s, right is %s (%s)", rc ? "refused" : "done",
			done ? "done" : "refused", rc ? e->text : "");
	return rc;
}

/* ---- comparison ---- */

static void compare_number(struct run *r, int va, int kind, const char *what, int64_t got, int64_t right)
{
	if (got != right)
		differs(r, "%s in virtual account %d: %s is %" PRId64 ", right is %" PRId64, model_kind_names[kind], va,
			what, got, right);
}

static int compare_pool(struct run *r, struct tx *tx, int va, int kind, const struct pool *got,
			const struct model_pool *right, struct err *e)
{
	struct compliance_row open;
	int is_open = q_compliance_open(tx->db, tx->arena, r->vas[va].id, r->kinds[kind].id, &open, e);

	if (is_open < 0)
		return -1;
	compare_number(r, va, kind, "quantity", got->quantity, right->quantity);
	compare_number(r, va, kind, "reserved", got->reserved, right->reserved);
	compare_number(r, va, kind, "in use", got->in_use, right->in_use);
	compare_number(r, va, kind, "borrowed", got->borrowed, right->borrowed);
	compare_number(r, va, kind, "lent", got->lent, right->lent);
	compare_number(r, va, kind, "balance", got->balance, right->balance);
	compare_number(r, va, kind, "out of compliance by its history", is_open, right->balance < 0);
	if (got->in_use < 0 || got->borrowed < 0 || got->lent < 0)
		differs(r, "%s in virtual account %d has a negative count", model_kind_names[kind], va);
	return 0;
}

static int compare(struct run *r, struct tx *tx, struct err *e)
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
			    compare_pool(r, tx, va, kind, got, &right[kind], e))
				return -1;
			borrowed += got->borrowed;
			lent += got->lent;
		}
		if (borrowed != lent)
			differs(r, "virtual account %d borrows %" PRId64 " and lends %" PRId64, va, borrowed, lent);
	}
	return 0;
}

/* ---- one sequence ---- */

typedef int (*op_run)(struct run *r, struct tx *tx, const struct op *op, struct err *e);
static const op_run op_runs[OPS] = { NULL, do_order, do_add, do_end, do_report, do_transfer, do_move, do_change };

static struct tx writer(struct run *r, const struct actor *actor)
{
	return (struct tx){ .db = r->server.db,
			    .now = wall_now(&r->server.site.wall),
			    .site = &r->server.site,
			    .actor = actor,
			    .arena = &r->arena };
}

static int64_t events(struct tx *tx)
{
	struct event_row last = { 0 };
	struct err e;

	return q_event_last(tx->db, tx->arena, &last, &e) < 0 ? -1 : last.id;
}

/* In a savepoint, as the writer does it: a refusal changes nothing, not even the model. */
static int step(struct run *r, const struct op *op, struct err *e)
{
	struct tx tx = writer(r, &story_administrator), after = writer(r, &system_actor);
	struct model before = r->model;
	int64_t events_before = events(&tx);
	int rc;

	r->model.now = tx.now;
	before.now = tx.now;
	if (db_save(tx.db, e))
		return -1;
	rc = op_runs[op->kind](r, &tx, op, e);
	if (rc) {
		db_undo(tx.db);
		r->model = before;
		if (events(&tx) != events_before)
			differs(r, "a refused %s left an event", op_names[op->kind]);
		return compare(r, &tx, e);
	}
	if (house_after(&after, e) || db_keep(tx.db, e))
		return -1;
	if (op->kind != REPORT && memcmp(&before, &r->model, sizeof(before)) != 0 && events(&tx) == events_before)
		differs(r, "%s changed something without an event", op_names[op->kind]);
	return compare(r, &after, e);
}

static int begin(struct run *r, struct err *e)
{
	struct tx tx = writer(r, &system_actor);

	if (db_begin(tx.db, e) || house_batch(&tx, e))
		return -1;
	r->model.now = tx.now;
	return compare(r, &tx, e);
}

static int commit(struct run *r, struct err *e)
{
	struct tx tx = writer(r, &system_actor);

	return house_commit(&tx, e) || db_commit(tx.db, e) ? -1 : 0;
}

/* To just before, at, or just after the next moment at which something happens by itself, or somewhere. */
static int advance(struct run *r, const struct op *op, struct err *e)
{
	int64_t next_at = model_next_moment(&r->model), by = term(op->a) / 3 + 1;

	if (next_at && op->b % 4)
		by = next_at - r->model.now + (op->b % 4 == 1 ? -1 : op->b % 4 == 2 ? 0 : 1);
	if (commit(r, e))
		return -1;
	clock_fake_advance(by);
	return begin(r, e);
}

static int prepare(struct run *r, const char *dir, struct err *e)
{
	static const char *const names[VIRTUAL_ACCOUNTS] = { DEFAULT_VIRTUAL_ACCOUNT, "East", "West" };
	struct account_new account = { .name = "Acme", .domain = "acme.example", .export_permitted = true };
	struct tx tx;

	clock_fake_set(CLOCK_FAKE_START);
	arena_init(&r->kept);
	arena_init(&r->arena);
	if (server_open(&r->server, SITE_MANAGER, "manager", dir, e))
		return -1;
	tx = writer(r, &story_administrator);
	tx.arena = &r->kept;
	if (db_begin(tx.db, e) || account_add(&tx, &account, &r->account, e))
		return -1;
	for (int i = 0; i < VIRTUAL_ACCOUNTS; i++)
		if ((i > 0 && virtual_account_add(&tx, &r->account, names[i], "", &r->vas[i], e)) ||
		    virtual_account_find(&tx, &r->account, names[i], &r->vas[i], e))
			return -1;
	for (int i = 0; i < KINDS; i++)
		if (entitlement_find(&tx, model_kind_names[i], &r->kinds[i], e))
			return -1;
	r->model.now = tx.now;
	return compare(r, &tx, e);
}

static void whole(struct run *r)
{
	struct world w = { .servers = &r->server };

	arena_init(&w.arena);
	if (state_check_all(&w))
		differs(r, "%s", w.why);
	arena_fini(&w.arena);
}

static void tell(const struct op *op)
{
	printf("  %-8s %u %u %u %u |", op_names[op->kind], op->a, op->b, op->c, op->d);
	for (int i = 0; i < KINDS; i++)
		printf(" %u", op->counts[i]);
	printf("\n");
}

/* Runs a sequence in a new database. True if everything was right; else why says what was not. */
static bool sequence(const struct op *ops, size_t n, char why[512])
{
	struct run *r = mem_alloc(sizeof(*r));
	char *dir = mem_printf("%s/model-XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	struct err e = ERR_INIT;
	size_t i = 0;
	int rc;

	if (mkdtemp(dir) == NULL)
		abort();
	memset(r, 0, sizeof(*r));
	rc = prepare(r, dir, &e);
	for (; rc == 0 && i < n && *r->why == '\0'; i++) {
		rc = ops[i].kind == ADVANCE ? advance(r, &ops[i], &e) : step(r, &ops[i], &e);
		arena_fini(&r->arena);
		arena_init(&r->arena);
	}
	if (rc == 0)
		rc = commit(r, &e);
	if (rc)
		differs(r, "failure: %s", e.text);
	else if (*r->why == '\0')
		whole(r);
	str_copy(why, 512, r->why);
	server_close(&r->server);
	arena_fini(&r->arena);
	arena_fini(&r->kept);
	folder_remove(dir);
	free(dir);
	free(r);
	return *why == '\0';
}

/* ---- shorter ---- */

/* Leaves out pieces, from halves to single operations, as long as it still differs. */
static size_t shrink(struct op *ops, size_t n)
{
	struct op *tried = mem_alloc((n + 1) * sizeof(*tried));
	char why[512];

	for (size_t piece = n / 2; piece > 0; piece /= 2)
		for (size_t at = 0; at + piece <= n;) {
			memcpy(tried, ops, at * sizeof(*ops));
			memcpy(tried + at, ops + at + piece, (n - at - piece) * sizeof(*ops));
			if (sequence(tried, n - piece, why)) {
				at += piece;
			} else {
				n -= piece;
				memcpy(ops, tried, n * sizeof(*ops));
			}
		}
	free(tried);
	return n;
}

static int found(struct op *ops, size_t n, uint64_t seed, const char *why)
{
	char again[512];

	printf("model-test: seed %" PRIu64 " differs: %s\n", seed, why);
	n = shrink(ops, n);
	sequence(ops, n, again);
	printf("the shortest sequence found, %zu operations: %s\n", n, again);
	for (size_t i = 0; i < n; i++)
		tell(&ops[i]);
	return 1;
}

static void drop_log(enum log_level level, const char *line)
{
	(void)level, (void)line;
}

static int number(const char *name, const char *text, int64_t low, int64_t *out)
{
	if (str_int(text, low, INT64_MAX, out) == 0)
		return 0;
	fprintf(stderr, "model-test: --%s must be a number from %" PRId64 " on, not '%s'\n", name, low, text);
	return -1;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "operations", required_argument, NULL, 'o' },
		{ "seed", required_argument, NULL, 's' },
		{ "length", required_argument, NULL, 'l' },
		{ 0 },
	};
	int64_t operations = 20000, seed = 1, length = 400, done = 0, sequences = 0;
	struct op *ops;
	char why[512];
	int c, rc = 0;

	while (rc == 0 && (c = getopt_long(argc, argv, "", options, NULL)) != -1)
		rc = c == 'o' ? number("operations", optarg, 1, &operations)
		   : c == 's' ? number("seed", optarg, 0, &seed)
		   : c == 'l' ? number("length", optarg, 1, &length)
			      : -1;
	if (rc || optind < argc) {
		fputs("usage: model-test [--operations N] [--seed S] [--length N]\n", stderr);
		return 2;
	}
	log_set_sink(drop_log);
	ops = mem_alloc((size_t)length * sizeof(*ops));
	for (; rc == 0 && done < operations; seed++, sequences++, done += length) {
		uint64_t random = (uint64_t)seed;

		for (int64_t i = 0; i < length; i++)
			ops[i] = random_op(&random);
		if (!sequence(ops, (size_t)length, why))
			rc = found(ops, (size_t)length, (uint64_t)seed, why);
	}
	free(ops);
	if (rc == 0)
		printf("model-test: %" PRId64 " operations in %" PRId64 " sequences, as the model says\n", done, sequences);
	return rc;
}
