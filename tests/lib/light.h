/* light.h - tests that go through every byte take every n-th where time is dear (TEST_LIGHT, set under valgrind). */
#ifndef TESTS_LIGHT_H
#define TESTS_LIGHT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

static inline bool test_light(void)
{
	return getenv("TEST_LIGHT") != NULL;
}

/* 1, or n where time is dear. */
static inline size_t test_step(size_t n)
{
	return test_light() ? n : 1;
}

#endif
