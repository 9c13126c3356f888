/* mem.h - allocation that never fails.
 *
 * The program aborts when memory is out: a server that cannot allocate cannot
 * keep a promise either, systemd starts it again, and no acknowledged change
 * lives in memory only. Everything of a size that comes from outside is
 * bounded before it is allocated. */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

/* Zeroed memory of n bytes; the caller frees it with free(). */
void *mem_alloc(size_t n);

/* As realloc(3). */
void *mem_grow(void *p, size_t n);

/* Copies of a string (NULL gives NULL) and of n bytes, the latter followed by a NUL. */
char *mem_strdup(const char *s);
char *mem_dup(const void *p, size_t n);

/* A formatted string; the caller frees it. */
char *mem_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Overwrites a secret; never optimised away. */
void mem_cleanse(void *p, size_t n);

/* For `__attribute__((cleanup(mem_freep)))` on a char pointer. */
void mem_freep(void *pp);
#define AUTO_FREE __attribute__((cleanup(mem_freep)))

#endif
