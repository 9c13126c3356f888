#include "tests/lib/clock_fake.h"

static _Atomic int64_t now = CLOCK_FAKE_START;
static _Atomic int64_t mono = 1000;

int64_t clock_now(void)
{
	return now;
}

int64_t clock_mono(void)
{
	return mono;
}

int64_t clock_mono_us(void)
{
	return mono * 1000;
}

void clock_fake_set(int64_t at)
{
	now = at;
}

void clock_fake_advance(int64_t ms)
{
	now += ms;
	mono += ms;
}
