/* trend.h - how fast the use of a license grows, from the figures of its days.
 *
 * Theil-Sen: the median of the slopes between any two of the last 90 days. Up to 29 of 100 days may be anything
 * without moving it, so one big delivery, a migration or a week of tests is no trend, and growth that goes on is. */
#ifndef LIC_TREND_H
#define LIC_TREND_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

#define TREND_DAYS 90                     /* the last days that count */
#define TREND_DAYS_MIN 14                 /* with less history use is taken as flat */
#define TREND_MOST INT64_C(1000000000000) /* no forecast goes above it */

struct trend {
	int64_t days;  /* of history that it rests on */
	double growth; /* licenses a day, below 0 if use falls; 0 with too little history */
};

/* n figures, one a day, the newest last. */
void trend_fit(struct arena *a, const int64_t *in_use, size_t n, struct trend *out);

/* What will be in use after so many days: whole licenses, from 0 to TREND_MOST. */
int64_t trend_after(int64_t today, double growth, int64_t days);

#endif
