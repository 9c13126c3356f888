/* fast.h - inside src/json only: reading plain JSON quickly.
 *
 * The messages of products are JSON three times inside each other, and their reading was a quarter of the work for
 * one. This reader takes what such messages are made of and makes the library's values of it. Whatever it has the
 * slightest doubt about (a fraction, a long number, wrong UTF-8, a member twice, anything wrong) it leaves to the
 * library, which then accepts or explains: so it can only be wrong in what it takes, and the fuzzer compares that with
 * what the library makes of the same bytes (tests/fuzz/fuzz_json.c). */
#ifndef JSON_FAST_H
#define JSON_FAST_H

#include <jansson.h>
#include <stddef.h>

/* A new reference, or NULL: ask the library. */
json_t *json_fast(const char *p, size_t n);

#endif
