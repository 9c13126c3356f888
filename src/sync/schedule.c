#include "sync/schedule.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "crypt/digest.h"

#define JITTER_MINUTES 60
#define MONDAY 3 /* 1970-01-01 was a Thursday: three days after a Monday */

static const char *const kind_names[] = { "off", "daily", "weekly", "monthly" };
static const char *const day_names[] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun" };
static const char *const day_words[] = { "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday" };

const char *schedule_kind_name(enum schedule_kind kind)
{
	return kind_names[kind];
}

/* ---- texts ---- */

static int bad(const char *text, struct err *e)
{
	return err_field(e, E_INVALID_REQUEST, "schedule",
			 "'%.60s' is no schedule. Write off, daily@02:30, weekly:mon@02:30 or monthly:1@02:30 (times are "
			 "UTC; a day that a month does not have is its last).",
			 text);
}

static int parse_time(const char *text, int *minute)
{
	char hours[3] = { 0 };
	int64_t h, m;

	if (strlen(text) != 5 || text[2] != ':')
		return -1;
	memcpy(hours, text, 2);
	if (str_int(hours, 0, 23, &h) || str_int(text + 3, 0, 59, &m))
		return -1;
	*minute = (int)(h * 60 + m);
	return 0;
}

static int parse_day(const char *text, enum schedule_kind kind, int *day)
{
	int64_t n;

	if (kind == SCHEDULE_MONTHLY) {
		if (str_int(text, 1, 31, &n))
			return -1;
		*day = (int)n;
		return 0;
	}
	for (int i = 0; i < 7; i++)
		if (strcasecmp(text, day_names[i]) == 0) {
			*day = i + 1;
			return 0;
		}
	return -1;
}

int schedule_parse(const char *text, struct schedule *out, struct err *e)
{
	AUTO_FREE char *copy = mem_strdup(text);
	char *at = strchr(copy, '@'), *day;

	*out = (struct schedule){ .kind = SCHEDULE_OFF, .day = 1 };
	if (strcasecmp(text, "off") == 0)
		return 0;
	if (at == NULL || parse_time(at + 1, &out->minute))
		return bad(text, e);
	*at = '\0';
	day = strchr(copy, ':');
	if (day)
		*day++ = '\0';
	for (int kind = SCHEDULE_DAILY; kind <= SCHEDULE_MONTHLY; kind++)
		if (strcasecmp(copy, kind_names[kind]) == 0)
			out->kind = (enum schedule_kind)kind;
	if (out->kind == SCHEDULE_OFF || (out->kind == SCHEDULE_DAILY) != (day == NULL) ||
	    (day && parse_day(day, out->kind, &out->day)))
		return bad(text, e);
	return 0;
}

char *schedule_format(const struct schedule *s, char out[SCHEDULE_TEXT_SIZE])
{
	int h = s->minute / 60, m = s->minute % 60;

	if (s->kind == SCHEDULE_WEEKLY)
		snprintf(out, SCHEDULE_TEXT_SIZE, "weekly:%s@%02d:%02d", day_names[(s->day - 1) % 7], h, m);
	else if (s->kind == SCHEDULE_MONTHLY)
		snprintf(out, SCHEDULE_TEXT_SIZE, "monthly:%d@%02d:%02d", s->day, h, m);
	else if (s->kind == SCHEDULE_DAILY)
		snprintf(out, SCHEDULE_TEXT_SIZE, "daily@%02d:%02d", h, m);
	else
		snprintf(out, SCHEDULE_TEXT_SIZE, "off");
	return out;
}

char *schedule_words(const struct schedule *s, int64_t jitter, char out[SCHEDULE_WORDS_SIZE])
{
	char when[64] = "every day", later[32] = "";

	if (s->kind == SCHEDULE_OFF)
		return str_copy(out, SCHEDULE_WORDS_SIZE, "only when it is started by hand");
	if (s->kind == SCHEDULE_WEEKLY)
		snprintf(when, sizeof(when), "every %s", day_words[(s->day - 1) % 7]);
	else if (s->kind == SCHEDULE_MONTHLY)
		snprintf(when, sizeof(when), "on day %d of every month%s", s->day, s->day > 28 ? " (or the last one)" : "");
	if (jitter)
		snprintf(later, sizeof(later), " plus %" PRId64 " min", jitter / MINUTE_MS);
	snprintf(out, SCHEDULE_WORDS_SIZE, "%s at %02d:%02d UTC%s", when, s->minute / 60, s->minute % 60, later);
	return out;
}

/* ---- times ---- */

int64_t schedule_jitter(const char *satellite_uuid, const char *account_uuid)
{
	AUTO_FREE char *both = mem_printf("%s %s", satellite_uuid, account_uuid);
	unsigned char digest[SHA256_SIZE];
	uint32_t n;

	digest_sha256(both, strlen(both), digest);
	n = (uint32_t)digest[0] << 24 | (uint32_t)digest[1] << 16 | (uint32_t)digest[2] << 8 | digest[3];
	return (int64_t)(n % JITTER_MINUTES) * MINUTE_MS;
}

/* Days since 1970-01-01, rounded down. */
static int64_t day_of(int64_t at)
{
	return at / DAY_MS - (at % DAY_MS < 0);
}

/* Days since 1970-01-01 of the first of a month. Months count on from January of the year 0 (proleptic Gregorian): a year
 * that begins in March has its leap day at its end. */
static int64_t first_of(int64_t month)
{
	int64_t shifted = month - 2, year = shifted / 12, m = shifted % 12;

	return 365 * year + year / 4 - year / 100 + year / 400 + (153 * m + 2) / 5 - 719468;
}

/* The month in which a day lies. */
static int64_t month_of(int64_t day)
{
	int64_t month = (day + 719528) * 4800 / 146097; /* at most one off */

	while (first_of(month) > day)
		month--;
	while (first_of(month + 1) <= day)
		month++;
	return month;
}

/* The day in that month, counted from 1970-01-01. */
static int64_t day_in(int64_t month, int day)
{
	int64_t length = first_of(month + 1) - first_of(month);

	return first_of(month) + (day < length ? day : length) - 1;
}

int64_t schedule_next(const struct schedule *s, int64_t jitter, int64_t after)
{
	int64_t in_day = s->minute * MINUTE_MS + jitter;
	int64_t day = day_of(after - in_day); /* the last day on which the moment has come */
	int64_t month;

	switch (s->kind) {
	case SCHEDULE_DAILY:
		day++;
		break;
	case SCHEDULE_WEEKLY:
		day++;
		day += (s->day - 1 - (day + MONDAY) % 7 + 7) % 7;
		break;
	case SCHEDULE_MONTHLY:
		month = month_of(day);
		day = day_in(day_in(month, s->day) > day ? month : month + 1, s->day);
		break;
	default:
		return 0;
	}
	return day * DAY_MS + in_day;
}

int64_t schedule_due(const struct schedule *s, int64_t jitter, int64_t due, int64_t now)
{
	if (s->kind == SCHEDULE_OFF)
		return 0;
	return due && due <= now ? due : schedule_next(s, jitter, now);
}

int64_t schedule_retry(int64_t failures, int64_t at)
{
	int64_t wait = MINUTE_MS;

	for (int64_t i = 1; i < failures && wait < SCHEDULE_BACKOFF_MAX_MS; i++)
		wait *= 2;
	return at + (wait < SCHEDULE_BACKOFF_MAX_MS ? wait : SCHEDULE_BACKOFF_MAX_MS);
}
