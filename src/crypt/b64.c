#include "crypt/b64.h"

#include <stdint.h>

static const char digits[64] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void b64_encode(const void *p, size_t n, struct buf *out)
{
	const unsigned char *b = p;
	char *to = buf_room(out, (n + 2) / 3 * 4);
	char *at = to;

	for (; n >= 3; n -= 3, b += 3) {
		*at++ = digits[b[0] >> 2];
		*at++ = digits[(b[0] & 3) << 4 | b[1] >> 4];
		*at++ = digits[(b[1] & 15) << 2 | b[2] >> 6];
		*at++ = digits[b[2] & 63];
	}
	if (n) {
		unsigned second = n == 2 ? b[1] : 0;

		*at++ = digits[b[0] >> 2];
		*at++ = digits[(b[0] & 3) << 4 | second >> 4];
		*at++ = n == 2 ? digits[(second & 15) << 2] : '=';
		*at++ = '=';
	}
	*at = '\0';
	out->n += (size_t)(at - to);
}

/* 0x40 and above: no digit. */
static unsigned value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (unsigned)(c - 'A');
	if (c >= 'a' && c <= 'z')
		return (unsigned)(c - 'a' + 26);
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0' + 52);
	if (c == '+')
		return 62;
	return c == '/' ? 63 : 0x40;
}

/* Four digits, of which the last pad are '='. The bits that padding leaves over must be 0. */
static int quad(const char *s, size_t pad, unsigned char out[3])
{
	uint32_t v = 0;

	for (size_t i = 0; i < 4; i++) {
		unsigned d = i >= 4 - pad ? 0 : value(s[i]);

		if (d > 63)
			return -1;
		v = v << 6 | d;
	}
	out[0] = (unsigned char)(v >> 16);
	out[1] = (unsigned char)(v >> 8);
	out[2] = (unsigned char)v;
	return (pad > 0 && out[2]) || (pad > 1 && out[1]) ? -1 : 0;
}

int b64_decode(const char *text, size_t n, struct buf *out)
{
	size_t pad = 0;
	char *to, *at;

	if (n % 4)
		return -1;
	if (n && text[n - 1] == '=')
		pad = text[n - 2] == '=' ? 2 : 1;
	to = at = buf_room(out, n / 4 * 3);
	for (size_t i = 0; i < n; i += 4) {
		if (quad(text + i, i + 4 == n ? pad : 0, (unsigned char *)at)) {
			*to = '\0';
			return -1;
		}
		at += 3;
	}
	out->n += (size_t)(at - to) - pad;
	out->data[out->n] = '\0';
	return 0;
}
