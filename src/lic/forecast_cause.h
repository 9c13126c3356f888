/* forecast_cause.h - why a pool becomes short, in words. */
#ifndef LIC_FORECAST_CAUSE_H
#define LIC_FORECAST_CAUSE_H

#include "lic/forecast.h"

/* The cause of the first gap of a pool of the family as forecast_side has it; "" if it has none. *text: the same in
 * words, from the arena. kinds: the catalogue. */
const char *forecast_cause(struct arena *a, const struct outlook *o, const struct shortage *s, size_t pool,
			   const struct entitlement_row *kinds, size_t n, const char **text);

#endif
