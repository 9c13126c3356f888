#include "base/str.h"

#include <ctype.h>
#include <errno.h>
#include <locale.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <wctype.h>

char *str_hex(char *out, const void *p, size_t n)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *b = p;

	for (size_t i = 0; i < n; i++) {
		out[2 * i] = digits[b[i] >> 4];
		out[2 * i + 1] = digits[b[i] & 15];
	}
	out[2 * n] = '\0';
	return out;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int str_unhex(void *out, size_t n, const char *s)
{
	unsigned char *b = out;

	for (size_t i = 0; i < n; i++) {
		int high, low;

		if (i > 0 && *s == ':')
			s++;
		high = hex_value(s[0]);
		low = high < 0 ? -1 : hex_value(s[1]);
		if (low < 0)
			return -1;
		b[i] = (unsigned char)(high << 4 | low);
		s += 2;
	}
	return *s ? -1 : 0;
}

int str_int(const char *s, int64_t min, int64_t max, int64_t *out)
{
	char *end;
	long long v;

	if (!isdigit((unsigned char)s[*s == '-']))
		return -1;
	errno = 0;
	v = strtoll(s, &end, 10);
	if (errno || *end || v < min || v > max)
		return -1;
	*out = v;
	return 0;
}

bool str_prefix(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

char *str_copy(char *out, size_t size, const char *s)
{
	size_t n = strlen(s);

	if (n >= size) {
		n = size - 1;
		while (n && ((unsigned char)s[n] & 0xc0) == 0x80)
			n--;
	}
	memcpy(out, s, n);
	out[n] = '\0';
	return out;
}

/* One character at s, of at most n bytes: its length, 0 if it is not valid. RFC 3629 table 3-7. */
static size_t utf8_next(const unsigned char *s, size_t n, uint32_t *cp)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t len;
	uint32_t c;

	if (n == 0)
		return 0;
	if (s[0] < 0x80) {
		*cp = s[0];
		return 1;
	}
	if ((s[0] & 0xe0) == 0xc0) {
		len = 2;
		c = s[0] & 0x1f;
	} else if ((s[0] & 0xf0) == 0xe0) {
		len = 3;
		c = s[0] & 0x0f;
	} else if ((s[0] & 0xf8) == 0xf0) {
		len = 4;
		c = s[0] & 0x07;
	} else {
		return 0;
	}
	if (len > n)
		return 0;
	for (size_t i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	if (c < least[len] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*cp = c;
	return len;
}

bool str_utf8(const char *s, size_t n)
{
	uint32_t cp;

	for (size_t i = 0, len; i < n; i += len) {
		len = utf8_next((const unsigned char *)s + i, n - i, &cp);
		if (len == 0 || cp == 0)
			return false;
	}
	return true;
}

bool str_invisible(uint32_t cp)
{
	return cp == 0x61c || cp == 0x200b || cp == 0x200e || cp == 0x200f || (cp >= 0x2028 && cp <= 0x202e) ||
	       (cp >= 0x2060 && cp <= 0x206f) || cp == 0xfeff || (cp >= 0xe0000 && cp <= 0xe007f);
}

char *str_repair(char *s)
{
	size_t n = strlen(s), to = 0;
	uint32_t cp;

	for (size_t i = 0, len; i < n; i += len ? len : 1) {
		len = utf8_next((const unsigned char *)s + i, n - i, &cp);
		memmove(s + to, s + i, len);
		to += len;
	}
	s[to] = '\0';
	return s;
}

static locale_t unicode;

static void unicode_init(void)
{
	unicode = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	if (unicode == (locale_t)0)
		abort(); /* C.UTF-8 is part of the C library since glibc 2.35 */
}

static size_t utf8_put(char *out, uint32_t c)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

int str_fold(char out[NAME_KEY_SIZE], const char *s)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	size_t n = strlen(s), at = 0, chars = 0;
	uint32_t cp;

	pthread_once(&once, unicode_init);
	for (size_t i = 0, len; i < n; i += len) {
		len = utf8_next((const unsigned char *)s + i, n - i, &cp);
		if (len == 0 || ++chars > NAME_MAX_CHARS || str_invisible(cp) || !iswprint_l((wint_t)cp, unicode))
			return -1;
		at += utf8_put(out + at, (uint32_t)towlower_l((wint_t)cp, unicode));
	}
	out[at] = '\0';
	return chars ? 0 : -1;
}

bool str_name_ok(const char *s)
{
	char key[NAME_KEY_SIZE];

	return str_fold(key, s) == 0;
}

size_t str_control(const char *s)
{
	const unsigned char *c = (const unsigned char *)s;

	if (c[0] == 0xc2 && c[1] >= 0x80 && c[1] <= 0x9f)
		return 2;
	return (c[0] && c[0] < 0x20) || c[0] == 0x7f;
}

int str_uuid_plain(char out[33], const char *s)
{
	size_t n = 0;

	for (; *s; s++) {
		if (*s == '-')
			continue;
		if (n == 32 || hex_value(*s) < 0)
			return -1;
		out[n++] = (char)tolower((unsigned char)*s);
	}
	out[n] = '\0';
	return n == 32 ? 0 : -1;
}

#define WORD_MAX 31

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

static bool same_letter(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

unsigned str_distance(const char *a, const char *b)
{
	unsigned d[WORD_MAX + 1][WORD_MAX + 1];
	size_t an = strlen(a), bn = strlen(b);

	if (an > WORD_MAX || bn > WORD_MAX)
		return UINT32_MAX;
	for (size_t i = 0; i <= an; i++)
		d[i][0] = (unsigned)i;
	for (size_t j = 0; j <= bn; j++)
		d[0][j] = (unsigned)j;
	for (size_t i = 1; i <= an; i++) {
		for (size_t j = 1; j <= bn; j++) {
			d[i][j] = least(d[i - 1][j], d[i][j - 1]) + 1;
			d[i][j] = least(d[i][j], d[i - 1][j - 1] + !same_letter(a[i - 1], b[j - 1]));
			if (i > 1 && j > 1 && same_letter(a[i - 1], b[j - 2]) && same_letter(a[i - 2], b[j - 1]))
				d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
		}
	}
	return d[an][bn];
}
