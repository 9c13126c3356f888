#include "edge/rate.h"

#include <pthread.h>
#include <string.h>

#include "base/clock.h"

#define SLOTS 4096
#define FNV_START 2166136261u

static struct slot {
	int64_t filled_at; /* monotonic ms */
	int64_t milli;     /* thousandths of an allowance left */
	bool used;
} slots[SLOTS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* protects slots; held for moments */

static unsigned hash(unsigned h, const char *s)
{
	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * 16777619u;
	return h;
}

bool rate_allow(const char *what, const char *address, int64_t per_minute)
{
	struct slot *s = &slots[hash(hash(FNV_START, what), address) % SLOTS];
	int64_t now = clock_mono(), full = per_minute * 1000;
	bool allowed;

	pthread_mutex_lock(&lock);
	if (!s->used) {
		s->used = true;
		s->milli = full;
	} else {
		int64_t passed = now - s->filled_at;

		/* A minute fills it; more than that would only overflow. */
		s->milli += (passed < MINUTE_MS ? passed : MINUTE_MS) * per_minute * 1000 / MINUTE_MS;
		if (s->milli > full)
			s->milli = full;
	}
	s->filled_at = now;
	allowed = s->milli >= 1000;
	if (allowed)
		s->milli -= 1000;
	pthread_mutex_unlock(&lock);
	return allowed;
}
