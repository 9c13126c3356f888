/* history.h - how many licenses were in use on each day (UTC), per pool, for forecasts and reports.
 *
 * The figure of a day is the most that was in use at any moment of it, what the day began with included. It is noted
 * where a pool changed, in the transaction of the change; a day without a change is as its eve ended. */
#ifndef LIC_HISTORY_H
#define LIC_HISTORY_H

#include "base/clock.h"
#include "lic/tx.h"

#define HISTORY_DAYS 731 /* kept */

/* Days since 1970-01-01. */
int64_t history_day(int64_t at);

/* So many are in use now. Costs no write unless it is more than the day has. */
int history_note(struct tx *tx, int64_t virtual_account, int64_t entitlement, int64_t in_use, struct err *e);

/* Before anything changes at tx->now: if that is in another day than the last call's, the day begins with what is in
 * use, and days that are too old are forgotten. */
int history_begin_day(struct tx *tx, struct err *e);

/* One figure a day, from `first` to today, without a gap. */
struct history {
	int64_t first;   /* later than asked if nothing is known of the days before */
	int64_t *in_use; /* from the arena */
	size_t n;
};

/* From the day `from` on; n is 0 if nothing is known. */
int history_read(struct tx *tx, int64_t virtual_account, int64_t entitlement, int64_t from, struct history *out,
		 struct err *e);

#endif
