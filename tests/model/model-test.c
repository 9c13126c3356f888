/* model-test.c - random sequences of operations against the server's rules and against the model, compared after each.
 *
 * usage: model-test [--operations N] [--seed S] [--length N] [--counts]
 *
 * A sequence that differs is made as short as it still differs, and printed. The same seed gives the same sequences.
 * --counts tells how often each operation did something, or nothing, or why it was refused. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "edge/house.h"
#include "lic/account.h"
#include "lic/license.h"
#include "tests/lib/clock_fake.h"
#include "db/q_event.h"
#include "tests/model/run.h"

static const char *const op_names[OPS] = { "advance",  "look",    "order",  "add",    "end",     "report",
					   "transfer", "move",    "change", "permit", "reserve", "update",
					   "cancel",   "confirm", "return", "remove" };

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
	static const enum op_kind often[] = {
		REPORT,  REPORT,  REPORT,  REPORT, REPORT, REPORT, ORDER,  ORDER,    ORDER,    ADD,      ADD,     ADD,
		RESERVE, RESERVE, RESERVE, UPDATE, UPDATE, UPDATE, CANCEL, CONFIRM,  CONFIRM,  RETURN,   MOVE,    MOVE,
		PERMIT,  REMOVE,  END,     END,    CHANGE, LOOK,   CHANGE, TRANSFER, TRANSFER, TRANSFER, ADVANCE, ADVANCE,
	};
	struct op op = { .kind = often[next(random) % (sizeof(often) / sizeof(often[0]))] };

	op.a = (unsigned)(next(random) % 1000);
	op.b = (unsigned)(next(random) % 1000);
	op.c = (unsigned)(next(random) % 1000);
	op.d = (unsigned)(next(random) % 1000);
	for (int i = 0; i < KINDS; i++)
		op.counts[i] = next(random) % 3 ? 0 : (unsigned)(next(random) % 9);
	return op;
}

/* ---- one sequence ---- */

static int64_t refused[OPS][E__MAX], done_something[OPS], done_nothing[OPS];

static const op_run op_runs[OPS] = { NULL,        NULL,       do_order,  do_add,    do_end,     do_report,
				     do_transfer, do_move,    do_change, do_permit, do_reserve, do_update,
				     do_cancel,   do_confirm, do_return, do_remove };

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

/* Makes the times of the last reports equal, for comparison: that a product was here again is no event. What it was
 * granted counting again, after it had lapsed, is one. */
static void forget_contact(struct model *before, const struct model *now)
{
	for (int i = 0; i < PRODUCTS_MAX; i++) {
		int64_t granted = 0;

		for (int kind = 0; kind < KINDS; kind++)
			granted += now->products[i].granted[kind];
		if (granted == 0 || model_holds(now, &before->products[i]))
			before->products[i].authorized_at = now->products[i].authorized_at;
	}
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
		refused[op->kind][e->code]++;
		db_undo(tx.db);
		r->model = before;
		if (events(&tx) != events_before)
			differs(r, "a refused %s left an event", op_names[op->kind]);
		return compare(r, &tx, true, e);
	}
	if (house_after(&after, e) || db_keep(tx.db, e))
		return -1;
	(memcmp(&before, &r->model, sizeof(before)) ? done_something : done_nothing)[op->kind]++;
	if (op->kind == REPORT)
		forget_contact(&before, &r->model);
	if (memcmp(&before, &r->model, sizeof(before)) != 0 && events(&tx) == events_before)
		differs(r, "%s changed something without an event", op_names[op->kind]);
	return compare(r, &after, true, e);
}

/* What a reader sees, without what is written in the present transaction. */
static int look(struct run *r, bool history, struct err *e)
{
	struct tx tx = server_reader(&r->server, &r->arena);

	return compare(r, &tx, history, e) || compare_seen(r, &tx, e) ? -1 : 0;
}

static int begin(struct run *r, struct err *e)
{
	struct tx tx = writer(r, &system_actor);

	if (db_begin(tx.db, e) || house_batch(&tx, e))
		return -1;
	r->model.now = tx.now;
	return compare(r, &tx, true, e);
}

static int commit(struct run *r, struct err *e)
{
	struct tx tx = writer(r, &system_actor);

	return house_commit(&tx, e) || db_commit(tx.db, e) ? -1 : 0;
}

/* To just before, at, or just after the next moment at which something happens by itself, or somewhere. */
static int advance(struct run *r, const struct op *op, struct err *e)
{
	int64_t next_at = model_next_moment(&r->model), by = some_term(op->a) / 12 + 1;

	if (next_at && op->b % 4)
		by = next_at - r->model.now + (op->b % 4 == 1 ? -1 : op->b % 4 == 2 ? 0 : 1);
	if (commit(r, e))
		return -1;
	clock_fake_advance(by);
	r->model.now = wall_now(&r->server.site.wall);
	/* Nothing has to run for it to be true; only that it went short is written down when the writer comes to it. */
	return look(r, false, e) || begin(r, e) ? -1 : 0;
}

static int look_now(struct run *r, struct err *e)
{
	return commit(r, e) || look(r, true, e) || begin(r, e) ? -1 : 0;
}

static int prepare(struct run *r, const char *dir, struct err *e)
{
	static const char *const names[VIRTUAL_ACCOUNTS] = { DEFAULT_VIRTUAL_ACCOUNT, "East", "West" };
	struct account_new account = {
		.name = "Acme", .domain = "acme.example", .export_permitted = true, .reservation_permitted = true
	};
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
	r->model.export_permitted = r->model.reservation_permitted = true;
	return compare(r, &tx, true, e);
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
		rc = ops[i].kind == ADVANCE ? advance(r, &ops[i], &e)
		   : ops[i].kind == LOOK    ? look_now(r, &e)
					    : step(r, &ops[i], &e);
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

/* Leaves out each piece of so many that it still differs without. */
static size_t without(struct op *ops, struct op *tried, size_t n, size_t piece)
{
	char why[512];

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
	return n;
}

/* Leaves out pieces, from halves to single operations, and again as long as that helps. */
static size_t shrink(struct op *ops, size_t n)
{
	struct op *tried = mem_alloc((n + 1) * sizeof(*tried));
	size_t before;

	do {
		before = n;
		for (size_t piece = n / 2; piece > 0; piece /= 2)
			n = without(ops, tried, n, piece);
	} while (n < before);
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

static void print_counts(void)
{
	for (int kind = ORDER; kind < OPS; kind++) {
		printf("  %-8s %7" PRId64 " done, %" PRId64 " nothing", op_names[kind], done_something[kind],
		       done_nothing[kind]);
		for (int code = 0; code < E__MAX; code++)
			if (refused[kind][code])
				printf(", %" PRId64 " %s", refused[kind][code], err_name((enum err_code)code));
		printf("\n");
	}
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
		{ "counts", no_argument, NULL, 'c' },
		{ 0 },
	};
	int64_t operations = 20000, seed = 1, length = 400, done = 0, sequences = 0;
	struct op *ops;
	char why[512];
	bool counts = false;
	int c, rc = 0;

	while (rc == 0 && (c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		counts = counts || c == 'c';
		rc = c == 'o' ? number("operations", optarg, 1, &operations)
		   : c == 's' ? number("seed", optarg, 0, &seed)
		   : c == 'l' ? number("length", optarg, 1, &length)
		   : c == 'c' ? 0
			      : -1;
	}
	if (rc || optind < argc) {
		fputs("usage: model-test [--operations N] [--seed S] [--length N] [--counts]\n", stderr);
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
	if (counts)
		print_counts();
	return rc;
}
