#include "crypt/pem.h"

#include <string.h>

#include "crypt/b64.h"

#define LINE_BYTES 48

void pem_write(const char *label, const void *der, size_t n, struct buf *out)
{
	const unsigned char *b = der;

	buf_printf(out, "-----BEGIN %s-----\n", label);
	while (n) {
		size_t line = n < LINE_BYTES ? n : LINE_BYTES;

		b64_encode(b, line, out);
		buf_addc(out, '\n');
		b += line;
		n -= line;
	}
	buf_printf(out, "-----END %s-----\n", label);
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* `-----WORD label-----` at *text, followed by white space or the end. */
static int boundary(const char **text, size_t *n, const char *word, const char *label)
{
	const char *const pieces[] = { "-----", word, " ", label, "-----" };
	const char *p = *text;
	size_t left = *n;

	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		size_t len = strlen(pieces[i]);

		if (left < len || memcmp(p, pieces[i], len) != 0)
			return -1;
		p += len;
		left -= len;
	}
	if (left && !is_space(*p))
		return -1;
	*text = p;
	*n = left;
	return 0;
}

static int skip_to_block(const char **text, size_t *n, bool explained)
{
	bool line_start = true;

	for (; *n; ++*text, --*n) {
		char c = **text;

		if (line_start && c == '-')
			return 1;
		if (!is_space(c) && !explained)
			return -1;
		line_start = c == '\n' || (line_start && is_space(c));
	}
	return 0;
}

int pem_next(const char **text, size_t *n, const char *label, bool explained, struct buf *der)
{
	int found = skip_to_block(text, n, explained);
	AUTO_BUF body = BUF_INIT;
	char *to;

	if (found != 1)
		return found;
	if (boundary(text, n, "BEGIN", label))
		return -1;
	to = buf_room(&body, *n);
	for (; *n && **text != '-'; ++*text, --*n)
		if (!is_space(**text))
			to[body.n++] = **text;
	if (boundary(text, n, "END", label) || body.n == 0 || b64_decode(body.data, body.n, der))
		return -1;
	return 1;
}
