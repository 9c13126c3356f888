/* forecast.h - when licenses will be short, why, and how many more it takes; and what a change would do to that.
 *
 * Each forecast has two sides. The certain one: lots start and end when they do, and use stays as it is at this moment.
 * The likely one: use also grows as it did in the last 90 days (trend.h); where it falls it is taken as flat, because
 * what was given back may be taken again. Nothing is changed by any of it. */
#ifndef LIC_FORECAST_H
#define LIC_FORECAST_H

#include <stdbool.h>

#include "db/q.h"
#include "lic/outlook.h"
#include "lic/trend.h"
#include "lic/tx.h"

#define FORECAST_DAYS 730 /* two years, unless asked otherwise */
#define FORECAST_DAYS_MAX 3650
#define FORECAST_CHANGES_MAX 100

/* What if … */
enum forecast_what {
	FORECAST_ADD,  /* n licenses more, from now on, without an end */
	FORECAST_MOVE, /* n licenses from a virtual account to another, in the order of license_transfer */
	FORECAST_USE,  /* n in use instead of as many as are */
};

struct forecast_change {
	enum forecast_what what;
	const char *license; /* as entitlement_find */
	int64_t n;
	const char *virtual_account; /* FORECAST_MOVE: that gives. NULL: the only one asked for, else the default one */
	const char *to;              /* FORECAST_MOVE: that gets */
};

struct forecast_ask {
	const struct virtual_account_row *virtual_accounts;
	size_t virtual_accounts_n;
	const char *const *licenses; /* only these; all if there are none */
	size_t licenses_n;
	int64_t days; /* 1 to FORECAST_DAYS_MAX */
	const struct forecast_change *changes;
	size_t changes_n;
};

struct forecast_side {
	const struct gap *gaps; /* NULL = there are enough as far as one looks */
	const char *cause; /* of the first: NOW, LOTS_END, USE_GROWS, LENDER_LOTS_END, LENDER_USE_GROWS, LENT_ELSEWHERE */
	const char *text;  /* the same in words; "" without a gap */
	int64_t needed;    /* bought today there is no gap */
};

struct forecast {
	struct pool pool; /* at this moment */
	struct forecast_side certain, likely;
};

struct forecast_row {
	const struct virtual_account_row *virtual_account;
	const struct entitlement_row *kind;
	struct trend trend;
	struct forecast now, what_if; /* what_if only if changes were asked for */
	bool changed;                 /* they differ */
};

/* One row a pool: those asked for, and others that the changes would change. None of what a satellite serves: its use is
 * known there; changes there are E_SERVED_ELSEWHERE. E_NOT_ENOUGH if more is moved than there
 * is; E_INVALID_REQUEST, E_ENTITLEMENT_UNKNOWN, E_VIRTUAL_ACCOUNT_UNKNOWN. */
int forecast_read(struct tx *tx, const struct account_row *account, const struct forecast_ask *ask,
		  struct forecast_row **out, size_t *n, struct err *e);

#endif
