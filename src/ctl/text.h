/* text.h - texts for a terminal: width, cutting, wrapping, numbers and times as people read them.
 *
 * Content style: true minus, thousands separators, times in the zone of the process. */
#ifndef CTL_TEXT_H
#define CTL_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* Makes the C library know the width of UTF-8 characters. Once, in main, before the others here. */
void text_init(void);

/* Columns that s takes on a terminal. */
size_t text_width(const char *s);

/* Adds s with every control character and every byte that is not UTF-8 as `?`: host names come from products,
 * and a terminal obeys escape sequences. */
void text_clean(const char *s, struct buf *out);

/* Adds s, cut to at most width columns; a cut text ends in `…`. */
void text_cut(const char *s, size_t width, struct buf *out);

/* Adds s broken between words into lines of width columns and a line end. first columns are taken on the first
 * line already; the others are indented. A word longer than a line stays whole, so that it can be copied. */
void text_wrap(const char *s, size_t width, size_t first, size_t indent, struct buf *out);

#define TEXT_INT_SIZE 40

/* `1,234,567`, `−1` (U+2212). Returns out. */
char *text_int(int64_t v, char out[TEXT_INT_SIZE]);

#define TEXT_SIZE_SIZE 32

/* Bytes as `84 KB`. Returns out. */
char *text_size(int64_t bytes, char out[TEXT_SIZE_SIZE]);

#define TEXT_STATUS_SIZE 64

/* `Out of compliance` from `OUT_OF_COMPLIANCE` or `Out Of Compliance`. Returns out. */
char *text_status(const char *s, char out[TEXT_STATUS_SIZE]);

#define TEXT_LABEL_SIZE 64

/* `Authority valid until` from `authorityValidUntil`. Returns out. */
char *text_label(const char *name, char out[TEXT_LABEL_SIZE]);

/* Adds s as one word of a shell command: as it is, or in single quotes. */
void text_shell(const char *s, struct buf *out);

/* Milliseconds UTC of `2026-11-24T06:25:10Z`, with or without a fraction, or of `2026-11-24` (its start).
 * -1 if s is neither or not in the calendar. */
int text_iso(const char *s, int64_t *at);

#define TEXT_WHEN_SIZE 32

/* For tables, local: `24 Nov 07:25` in the present year, else `24 Nov 2027`; `–` for 0. Returns out. */
char *text_when(int64_t at, char out[TEXT_WHEN_SIZE]);

#endif
