/* histogram.h - how often something was how large, counted by any thread without a lock. */
#ifndef BASE_HISTOGRAM_H
#define BASE_HISTOGRAM_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#define HISTOGRAM_BUCKETS 18

/* Bucket i has what is at most bounds[i] and above the bound before it; the last has all else. */
struct histogram {
	const int64_t *bounds; /* rising, ended by INT64_MAX; fewer than HISTOGRAM_BUCKETS before it */
	_Atomic int64_t count[HISTOGRAM_BUCKETS];
	_Atomic int64_t sum;
};

/* 0.1 ms to 10 s, in µs. */
extern const int64_t histogram_us[];

void histogram_add(struct histogram *h, int64_t value);

#endif
