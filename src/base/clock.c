#include "base/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

char *clock_iso(int64_t at, char out[CLOCK_ISO_SIZE])
{
	time_t s = (time_t)(at / SECOND_MS);
	struct tm tm;

	if (gmtime_r(&s, &tm) == NULL || strftime(out, CLOCK_ISO_SIZE, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		strcpy(out, "-");
	return out;
}

char *clock_text(int64_t at, char out[CLOCK_TEXT_SIZE])
{
	time_t s = (time_t)(at / SECOND_MS);
	struct tm tm;

	if (localtime_r(&s, &tm) == NULL || strftime(out, CLOCK_TEXT_SIZE, "%-d %b %Y, %H:%M:%S %Z", &tm) == 0)
		strcpy(out, "-");
	return out;
}

char *clock_span(int64_t ms, char out[CLOCK_TEXT_SIZE])
{
	int64_t s = (ms < 0 ? -ms : ms) / SECOND_MS;

	if (s < 60)
		snprintf(out, CLOCK_TEXT_SIZE, "%" PRId64 " s", s);
	else if (s < 3600)
		snprintf(out, CLOCK_TEXT_SIZE, "%" PRId64 " min", s / 60);
	else if (s < 2 * 86400)
		snprintf(out, CLOCK_TEXT_SIZE, "%" PRId64 " h %" PRId64 " min", s / 3600, s % 3600 / 60);
	else
		snprintf(out, CLOCK_TEXT_SIZE, "%" PRId64 " days", s / 86400);
	return out;
}
