/* run.h - one sequence of operations: the server's side, the model's, and what differs. */
#ifndef TESTS_RUN_H
#define TESTS_RUN_H

#include "base/rand.h"
#include "crypt/slr.h"
#include "tests/lib/scenario.h"
#include "tests/model/model.h"

enum op_kind {
	ADVANCE,
	LOOK,
	ORDER,
	ADD,
	END,
	REPORT,
	TRANSFER,
	MOVE,
	CHANGE,
	PERMIT,
	RESERVE,
	UPDATE,
	CANCEL,
	CONFIRM,
	RETURN,
	REMOVE,
	OPS
};

/* An operation names nothing: what it does follows from these numbers and the state, so that it still means something
 * when others before it are left out. */
struct op {
	enum op_kind kind;
	unsigned a, b, c, d;
	unsigned counts[KINDS];
};

/* What a product answers when it has this code. */
struct kept_code {
	struct model_code code;
	char confirmation[SLR_CONFIRMATION_SIZE], back[SLR_RETURN_SIZE];
};

#define CODES_MAX 4000

struct run {
	struct server server;
	struct model model;
	struct account_row account;
	struct virtual_account_row vas[VIRTUAL_ACCOUNTS];
	struct entitlement_row kinds[KINDS];
	int64_t ids[PRODUCTS_MAX]; /* of the rows of products */
	char product_uuids[PRODUCTS_MAX][UUID_SIZE];
	int64_t lot_ids[LOTS_MAX];
	char lot_uuids[LOTS_MAX][UUID_SIZE];
	char reservation_uuids[RESERVERS_MAX][UUID_SIZE]; /* of the newest of each */
	struct kept_code codes[CODES_MAX];
	int codes_n;
	struct arena kept, arena; /* of the sequence, of the present operation */
	char why[512];            /* what differs; empty = nothing */
};

void differs(struct run *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Some span of time: a millisecond to two years. */
int64_t some_term(unsigned n);

/* What a device is called. In the arena of the operation; uuid: without dashes. */
struct udi device_udi(struct run *r, int product);

/* An operation on both sides: 0, or -1 and e if the server refused it, which undoes it on both. */
typedef int (*op_run)(struct run *r, struct tx *tx, const struct op *op, struct err *e);

int do_order(struct run *r, struct tx *tx, const struct op *op, struct err *e);
int do_add(struct run *r, struct tx *tx, const struct op *op, struct err *e);
int do_end(struct run *r, struct tx *tx, const struct op *op, struct err *e);
int do_report(struct run *r, struct tx *tx, const struct op *op, struct err *e);
int do_transfer(struct run *r, struct tx *tx, const struct op *op, struct err *e);
int do_move(struct run *r, struct tx *tx, const struct op *op, struct err *e);
int do_change(struct run *r, struct tx *tx, const struct op *op, struct err *e);
int do_permit(struct run *r, struct tx *tx, const struct op *op, struct err *e);

/* operation_reservation.c */
int do_reserve(struct run *r, struct tx *tx, const struct op *op, struct err *e);
int do_update(struct run *r, struct tx *tx, const struct op *op, struct err *e);
int do_cancel(struct run *r, struct tx *tx, const struct op *op, struct err *e);
int do_confirm(struct run *r, struct tx *tx, const struct op *op, struct err *e);
int do_return(struct run *r, struct tx *tx, const struct op *op, struct err *e);
int do_remove(struct run *r, struct tx *tx, const struct op *op, struct err *e);

/* Notes it if the server's result rc is not what the model says. Returns rc. */
int judge(struct run *r, const char *what, enum err_code right, int rc, const struct err *e);

/* ---- comparison (compare.c): -1 and e if something could not be read; what differs is noted ---- */

/* Pools and shares, and with history whether a pool that is short is written down as such. */
int compare(struct run *r, struct tx *tx, bool history, struct err *e);

/* What administrators see: the alerts about licenses, states of reservations. */
int compare_seen(struct run *r, struct tx *tx, struct err *e);

#endif
