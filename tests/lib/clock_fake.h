/* clock_fake.h - a clock that stands still until a test moves it; any thread may look. */
#ifndef TESTS_CLOCK_FAKE_H
#define TESTS_CLOCK_FAKE_H

#include "base/clock.h"

/* Where the clock starts: 2026-01-01T00:00:00Z. */
#define CLOCK_FAKE_START INT64_C(1767225600000)

void clock_fake_set(int64_t at);
void clock_fake_advance(int64_t ms);

#endif
