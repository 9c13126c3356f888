/* model.h - the rules of licenses once more: slow, obvious, without a database. What the server says is compared with
 * it. One account, a few virtual accounts, small numbers; borrowing is done license by license. */
#ifndef TESTS_MODEL_H
#define TESTS_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum { CUWL, ENHANCED_PLUS, ENHANCED, BASIC, ESSENTIAL, ROOM, RESTRICTED, KINDS };
#define TIERS 5 /* the first kinds are one family, the highest tier first */
#define VIRTUAL_ACCOUNTS 3
#define LOTS_MAX 400
#define PRODUCTS_MAX 24
#define RESERVERS_MAX 16  /* devices that reserve; the first of them are the last products too */
#define RESERVERS_FROM 16 /* the product that is the first reserver */

extern const char *const model_kind_names[KINDS];

struct model_lot {
	int kind;
	const char *type;
	int64_t start_at, end_at; /* end_at 0 = never */
	int64_t share[VIRTUAL_ACCOUNTS];
	int got[VIRTUAL_ACCOUNTS]; /* the how manieth it was to get some, 0 = never */
};

struct model_product {
	bool there, export_allowed;
	int va;
	int64_t asked[KINDS], granted[KINDS];
	int64_t authorized_at, registration_expires_at; /* authorized_at 0 = never */
};

/* How many licenses of each lot. */
struct model_set {
	int16_t of[LOTS_MAX];
};

enum model_state { MODEL_NONE, MODEL_IN_PROGRESS, MODEL_RESERVED, MODEL_IN_TRANSIT, MODEL_ENDED };

/* The present reservation of a device, or the last one that it had. */
struct model_reservation {
	enum model_state state;
	int va;
	int ordinal; /* how many this device had before */
	int issued;  /* codes that were issued for it */
	/* What the product may hold: the set of the code that it holds for sure, and of those issued since. */
	struct model_set sets[3];
	int sets_n;
	bool confirmed, cancelling; /* the newest code; an update */
	bool held_confirmed;        /* the first of the sets; else an older code was returned, or there was none */
};

struct model {
	int64_t now;
	bool export_permitted, reservation_permitted;
	struct model_reservation reservations[RESERVERS_MAX];
	unsigned nonces[RESERVERS_MAX]; /* bits: that were used */
	struct model_lot lots[LOTS_MAX];
	int lots_n;
	struct model_product products[PRODUCTS_MAX];
};

struct model_pool {
	int64_t quantity, reserved, in_use, borrowed, lent, balance;
};

/* All pools of a virtual account: counted only, and with loans and balances. */
void model_count(const struct model *m, int va, struct model_pool out[KINDS]);
void model_settle(struct model_pool pools[KINDS]);
bool model_shorter(const struct model_pool before[KINDS], const struct model_pool after[KINDS]);
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

/* Does a lot count now? */
bool model_valid(const struct model *m, const struct model_lot *lot);

/* The next moment after now at which time alone changes something; 0 if there is none. */
int64_t model_next_moment(const struct model *m);

/* ---- reservations (reservation.c): E_NONE, or why it is refused ---- */

struct model_wishes {
	int64_t of[KINDS];
	bool shortest_first;
};

/* A code that was issued once, by what a product answered; reserver -1: that answers none. */
struct model_code {
	int reserver, ordinal, number;
};

/* Blocked in a virtual account of a lot: by one device, by all. */
int64_t model_blocked(const struct model *m, int reserver, int va, int lot);
int64_t model_reserved(const struct model *m, int va, int lot);

bool model_live(const struct model *m, int reserver);
/* The device's product that is registered; NULL if there is none. */
const struct model_product *model_registered(const struct model *m, int reserver);
bool model_needs_cuwl(int reserver);

/* Without wishes it is in progress; nonce -1: the request has none. */
enum err_code model_reserve(struct model *m, int reserver, int va, int nonce, const struct model_wishes *wishes);
enum err_code model_update(struct model *m, int reserver, const struct model_wishes *wishes);
enum err_code model_cancel(struct model *m, int reserver);
enum err_code model_confirm(struct model *m, int reserver, const struct model_code *code);
enum err_code model_return(struct model *m, int reserver, const struct model_code *code);
enum err_code model_remove(struct model *m, int reserver, bool reason);

#endif
