/* schedule.h - when an account synchronizes by itself. Pure arithmetic in UTC; nothing here knows what time it is. */
#ifndef SYNC_SCHEDULE_H
#define SYNC_SCHEDULE_H

#include <stdint.h>

#include "base/err.h"

enum schedule_kind { SCHEDULE_OFF, SCHEDULE_DAILY, SCHEDULE_WEEKLY, SCHEDULE_MONTHLY };

struct schedule {
	enum schedule_kind kind;
	int minute; /* of the day, UTC: 0 to 1439 */
	int day;    /* weekly: 1 is Monday, 7 Sunday; monthly: 1 to 31, the last day of months that are shorter */
};

/* `off`, `daily`, `weekly`, `monthly`. */
const char *schedule_kind_name(enum schedule_kind kind);

/* Reads `off`, `daily@02:30`, `weekly:mon@02:30`, `monthly:31@02:30`, without case. E_INVALID_REQUEST, field `schedule`. */
int schedule_parse(const char *text, struct schedule *out, struct err *e);

/* Writes the same form. Returns out. */
#define SCHEDULE_TEXT_SIZE 32
char *schedule_format(const struct schedule *s, char out[SCHEDULE_TEXT_SIZE]);

/* `every Monday at 02:30 UTC, and up to 59 minutes later` in words, with the jitter that it has. Returns out. */
#define SCHEDULE_WORDS_SIZE 128
char *schedule_words(const struct schedule *s, int64_t jitter, char out[SCHEDULE_WORDS_SIZE]);

/* How much later than its schedule says an account synchronizes, in ms: whole minutes from 0 to 59, always the same for
 * it, so that not all satellites come in the same minute. */
int64_t schedule_jitter(const char *satellite_uuid, const char *account_uuid);

/* The first time after `after` at which it is due; 0 if it is off. */
int64_t schedule_next(const struct schedule *s, int64_t jitter, int64_t after);

/* What `due` has to be now: 0 = none. A time that has come stays until it was done, whatever happens meanwhile; one to
 * come that is no longer the next (another schedule, a clock that was set back) becomes the next. */
int64_t schedule_due(const struct schedule *s, int64_t jitter, int64_t due, int64_t now);

/* When it may be tried after `failures` in a row (at least 1), the last of them at `at`: 1, 2, 4 … minutes later, at most
 * 6 hours. */
#define SCHEDULE_BACKOFF_MAX_MS INT64_C(21600000)
int64_t schedule_retry(int64_t failures, int64_t at);

#endif
