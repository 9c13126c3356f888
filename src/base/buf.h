/* buf.h - a growing byte buffer, always followed by a NUL once something was added. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stddef.h>

struct buf {
	char *data; /* owned; NULL while empty */
	size_t n;   /* bytes in use, without the NUL */
	size_t size;
};

#define BUF_INIT ((struct buf){ 0 })
#define AUTO_BUF __attribute__((cleanup(buf_fini))) struct buf

void buf_add(struct buf *b, const void *p, size_t n);
void buf_adds(struct buf *b, const char *s);
void buf_addc(struct buf *b, char c);
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Room for n more bytes; returns where they go. The caller adds them to b->n. */
char *buf_room(struct buf *b, size_t n);

/* Hands the memory over (the caller frees it) and empties the buffer. Never NULL. */
char *buf_steal(struct buf *b, size_t *n);

void buf_clear(struct buf *b); /* keeps the memory */
void buf_fini(struct buf *b);
void buf_cleanse(struct buf *b); /* overwrites, then buf_fini() */

#endif
