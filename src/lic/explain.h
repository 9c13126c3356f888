/* explain.h - why a pool is in or out of compliance: every number with where it comes from, and sentences that say it.
 *
 * Reading costs the lots, their reservations and the loans of one family, the index entries of the largest users and
 * of the last outage, and one pool for each other virtual account that owns or uses the kind or a higher one; never a
 * walk over instances. */
#ifndef LIC_EXPLAIN_H
#define LIC_EXPLAIN_H

#include "db/q.h"
#include "lic/outage.h"
#include "lic/pool.h"
#include "lic/tx.h"

#define EXPLAIN_USERS 10     /* product instances that are named */
#define EXPLAIN_CHANGES 10   /* moments ahead */
#define EXPLAIN_LOOKED 1000  /* starts and ends that are looked at to find them */
#define EXPLAIN_PLACES 100   /* other virtual accounts that are looked at */
#define EXPLAIN_SENTENCES 96 /* at most */

/* A lot that starts or ends, and how the explained pool stands from then on if its use stays the same. */
struct explain_change {
	int64_t at, balance;
	const struct entitlement_row *kind;
	const struct lot_row *lot;
	bool ends;
};

/* Another virtual account of the account that could give licenses without being short: of this kind, or of a higher
 * one. */
struct explain_place {
	const char *virtual_account;
	const struct entitlement_row *kind;
	int64_t free;
};

struct explanation {
	const struct account_row *account;
	struct virtual_account_row va;
	struct entitlement_row kind;

	struct family family;
	const struct entitlement_row **kinds; /* of family.pools, in their order */
	size_t self;                          /* the explained pool among them */
	int64_t pending;

	struct lot_row *lots; /* all with a share here: those that count, start later, or ended; soonest to end first */
	size_t lots_n;
	struct user_row *users; /* the largest first */
	size_t users_n;
	int64_t others; /* licenses that all other product instances use */
	struct user_row *reservations;
	size_t reservations_n;
	int64_t reserved_others;  /* licenses that all other reservations block */
	struct user_row *refused; /* of an export-controlled kind: products that ask for it and get none */
	size_t refused_n;         /* above EXPLAIN_USERS: there are more */

	const struct outage *outage; /* the newest, NULL if there never was one */
	struct explain_change *changes;
	size_t changes_n;
	struct explain_place *places; /* only if the pool is short */
	size_t places_n;

	const char *sentences[EXPLAIN_SENTENCES]; /* the first says whether it is in compliance */
	size_t sentences_n;
};

/* The pool of a kind in a virtual account of an account, also where nothing is owned or used. Other virtual accounts are
 * named to who may see their licenses. */
int explain_pool(struct tx *tx, const struct account_row *account, const struct virtual_account_row *va,
		 const struct entitlement_row *kind, struct explanation *out, struct err *e);

/* As outage_list, with what the lots tell of outages that began or ended by time alone and are not written down yet. */
int explain_history(struct tx *tx, const struct account_row *account, const struct virtual_account_row *vas, size_t vas_n,
		    const struct entitlement_row *kind, int64_t limit, struct outage **out, size_t *n, struct err *e);

/* The virtual accounts of an account that own or use a kind, the default one if none does; of these, those whose licenses
 * who asks may see. */
int explain_where(struct tx *tx, const struct account_row *account, const struct entitlement_row *kind,
		  struct virtual_account_row **out, size_t *n, struct err *e);

/* Would licenses of a higher tier reach the explained pool? Not while one above it, which is served first, is short
 * too. */
bool explain_higher_helps(const struct explanation *x);

/* Fills the sentences from the rest (explain_say.c); explain_pool calls it. */
void explain_say(struct tx *tx, struct explanation *x);

#endif
