/* str.h - texts. */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 2n lower-case hex digits and a NUL into out. Returns out. */
char *str_hex(char *out, const void *p, size_t n);

/* Exactly n bytes from hex digits of either case; colons between pairs are skipped. -1 if s is anything else. */
int str_unhex(void *out, size_t n, const char *s);

/* A whole decimal number within [min, max], nothing around it. -1 if s is not one. */
int str_int(const char *s, int64_t min, int64_t max, int64_t *out);

bool str_prefix(const char *s, const char *prefix);

/* Copies at most size - 1 bytes, never splitting a UTF-8 character. Returns out. */
char *str_copy(char *out, size_t size, const char *s);

/* Valid UTF-8 (RFC 3629) of n bytes without NUL. */
bool str_utf8(const char *s, size_t n);

/* A character that shows nothing but turns the order of others or hides: two names that look the same would differ. */
bool str_invisible(uint32_t cp);

/* Drops the bytes that are not UTF-8, such as half a character where a text was cut. Returns s. */
char *str_repair(char *s);

/* A name of an account, virtual account or person: 1 to 128 characters of printable UTF-8 (protocol.md section 1). */
bool str_name_ok(const char *s);

#define NAME_MAX_CHARS 128
#define NAME_KEY_SIZE (NAME_MAX_CHARS * 4 + 1)

/* The form in which names are compared without case: each character in lower case. -1 if s is not a name. */
int str_fold(char out[NAME_KEY_SIZE], const char *s);

/* Bytes of the control character at s, which is UTF-8: of ASCII (1) or U+0080 to U+009F (2), which terminals obey as well; 0 if
 * it is none. */
size_t str_control(const char *s);

/* The UUID without dashes in lower case, at most 32 characters of hex digits, as products send it; -1 if it is none. */
int str_uuid_plain(char out[33], const char *s);

/* Edits (insert, drop, change, swap neighbours) from a to b, without case; words over 31 bytes are far from all. */
unsigned str_distance(const char *a, const char *b);

#endif
