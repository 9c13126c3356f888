/* model.h - the rules of licenses once more: slow, obvious, without a database. What the server says is compared with
 * it. One account, a few virtual accounts, small numbers; borrowing is done license by license. */
#ifndef TESTS_MODEL_H
#define TESTS_MODEL_H

#include <stdbool.h>
#include <stdint.h>

enum { CUWL, ENHANCED_PLUS, ENHANCED, BASIC, ESSENTIAL, ROOM, RESTRICTED, KINDS };
#define TIERS 5 /* the first kinds are one family, the highest tier first */
#define VIRTUAL_ACCOUNTS 3
#define LOTS_MAX 400
#define PRODUCTS_MAX 24

extern const char *const model_kind_names[KINDS];

struct model_lot {
	int kind;
	const char *type;
	int64_t start_at, end_at; /* end_at 0 = never */
	int64_t share[VIRTUAL_ACCOUNTS];
};

struct model_product {
	bool there, export_allowed;
	int va;
	int64_t granted[KINDS];
	int64_t authorized_at, registration_expires_at; /* authorized_at 0 = never */
};

struct model {
	int64_t now;
	struct model_lot lots[LOTS_MAX];
	int lots_n;
	struct model_product products[PRODUCTS_MAX];
};

struct model_pool {
	int64_t quantity, reserved, in_use, borrowed, lent, balance;
};

/* All pools of a virtual account. */
void model_pools(const struct model *m, int va, struct model_pool out[KINDS]);

/* Does the product hold the licenses that it was granted? */
bool model_holds(const struct model *m, const struct model_product *p);

/* A report of a product: what it is granted of each kind. */
void model_report(struct model *m, int product, const int64_t asked[KINDS]);

/* Would a pool of the virtual account be short by more than it is, were there so many fewer of a kind? */
bool model_leaves_short(const struct model *m, int va, int kind, int64_t fewer);

/* Moves licenses, those that end last first; false and nothing changed if it is refused. */
bool model_transfer(struct model *m, int kind, int from, int to, int64_t quantity, bool force);

/* Moves a product; false and nothing changed if it is refused. */
bool model_move(struct model *m, int product, int to, bool force);

/* Another quantity (-1 = the same) and end (0 = the same) of a lot; false and nothing changed if it is refused. */
bool model_change(struct model *m, int lot, int64_t quantity, int64_t end_at);

/* The next moment after now at which time alone changes something; 0 if there is none. */
int64_t model_next_moment(const struct model *m);

#endif
