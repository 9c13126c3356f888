#include "base/histogram.h"

const int64_t histogram_us[] = { 100,    250,    500,    1000,    2500,    5000,    10000,    25000,    50000,
				 100000, 250000, 500000, 1000000, 2500000, 5000000, 10000000, INT64_MAX };

void histogram_add(struct histogram *h, int64_t value)
{
	size_t i = 0;

	while (value > h->bounds[i])
		i++;
	atomic_fetch_add_explicit(&h->count[i], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&h->sum, value, memory_order_relaxed);
}
