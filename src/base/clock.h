/* clock.h - the only source of time.
 *
 * clock_real.c is linked into the programs, tests/lib/clock_fake.c into the
 * tests: there is no time travel in production code, and no other call that
 * asks for the time (tools/check-source bans them). */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

#define SECOND_MS INT64_C(1000)
#define MINUTE_MS (60 * SECOND_MS)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)

/* Milliseconds since 1970-01-01T00:00:00Z. */
int64_t clock_now(void);

/* Milliseconds of a clock that never jumps; only differences mean something. */
int64_t clock_mono(void);
/* The same in microseconds, for what is measured. */
int64_t clock_mono_us(void);

#define CLOCK_ISO_SIZE 25

/* `2026-11-24T06:25:10Z` (RFC 3339, UTC, whole seconds) into out; returns out. */
char *clock_iso(int64_t at, char out[CLOCK_ISO_SIZE]);

#define CLOCK_TEXT_SIZE 48

/* For people, in the zone of the process: `24 Nov 2026, 07:25:10 CET`. Returns out. */
char *clock_text(int64_t at, char out[CLOCK_TEXT_SIZE]);

/* `1 h 29 min`, `3 days`, `12 s`: the size of a time span in words. Returns out. */
char *clock_span(int64_t ms, char out[CLOCK_TEXT_SIZE]);

#endif
