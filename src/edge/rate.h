/* rate.h - how often an address may do something that costs us work before we know who it is. */
#ifndef EDGE_RATE_H
#define EDGE_RATE_H

#include <stdbool.h>
#include <stdint.h>

/* May this address do what ("hello") once more, at per_minute a minute (a burst of as many)? Addresses that share a
 * slot of the fixed table share its allowance. */
bool rate_allow(const char *what, const char *address, int64_t per_minute);

#endif
