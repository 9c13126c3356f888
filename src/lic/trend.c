#include "lic/trend.h"

#include <math.h>
#include <stdlib.h>

/* What arithmetic in binary loses of a whole number of licenses. */
#define ROUNDING 1e-6

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

void trend_fit(struct arena *a, const int64_t *in_use, size_t n, struct trend *out)
{
	double *slopes;
	size_t k = 0;

	if (n > TREND_DAYS) {
		in_use += n - TREND_DAYS;
		n = TREND_DAYS;
	}
	*out = (struct trend){ .days = (int64_t)n };
	if (n < TREND_DAYS_MIN)
		return;
	slopes = arena_alloc(a, n * (n - 1) / 2 * sizeof(*slopes));
	for (size_t i = 0; i < n; i++)
		for (size_t j = i + 1; j < n; j++)
			slopes[k++] = ((double)in_use[j] - (double)in_use[i]) / (double)(j - i);
	qsort(slopes, k, sizeof(*slopes), by_size);
	out->growth = k % 2 ? slopes[k / 2] : (slopes[k / 2 - 1] + slopes[k / 2]) / 2;
}

int64_t trend_after(int64_t today, double growth, int64_t days)
{
	double then = (double)today + floor(growth * (double)days + ROUNDING);

	if (!(then > 0))
		return 0;
	return then < (double)TREND_MOST ? (int64_t)then : TREND_MOST;
}
