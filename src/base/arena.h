/* arena.h - memory that lives as long as one request.
 *
 * Decoded data, rows and texts of a request are allocated here and go away
 * together. Not thread-safe: an arena belongs to its request, which is in one
 * thread at a time. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

struct arena_block;

struct arena {
	struct arena_block *head;
};

void arena_init(struct arena *a);

/* Frees all that was allocated; the arena can be used again. */
void arena_fini(struct arena *a);

/* Zeroed memory of n bytes, aligned for any type. */
void *arena_alloc(struct arena *a, size_t n);

/* Copies; NULL gives NULL. arena_dup adds a NUL. */
char *arena_strdup(struct arena *a, const char *s);
void *arena_dup(struct arena *a, const void *p, size_t n);

/* A formatted string. */
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
