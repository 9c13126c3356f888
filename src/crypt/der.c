#include "crypt/der.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void der_fini(struct der *d)
{
	free(d->data);
	*d = DER_INIT;
}

const unsigned char *der_bytes(const struct der *d)
{
	return d->data + d->at;
}

size_t der_n(const struct der *d)
{
	return d->size - d->at;
}

static void room(struct der *d, size_t n)
{
	size_t used = der_n(d), size = d->size ? d->size : 1024;
	unsigned char *data;

	if (d->at >= n)
		return;
	while (size - used < n)
		size *= 2;
	data = mem_alloc(size);
	if (used)
		memcpy(data + size - used, der_bytes(d), used);
	free(d->data);
	d->data = data;
	d->size = size;
	d->at = size - used;
}

void der_add(struct der *d, const void *p, size_t n)
{
	room(d, n);
	d->at -= n;
	if (n)
		memcpy(d->data + d->at, p, n);
}

size_t der_mark(const struct der *d)
{
	return der_n(d);
}

void der_wrap(struct der *d, unsigned char tag, size_t mark)
{
	size_t n = der_n(d) - mark;
	unsigned char head[2 + sizeof(size_t)];
	size_t at = sizeof(head);

	if (n < 0x80) {
		head[--at] = (unsigned char)n;
	} else {
		size_t digits = 0;

		for (; n; n >>= 8, digits++)
			head[--at] = (unsigned char)n;
		head[--at] = (unsigned char)(0x80 | digits);
	}
	head[--at] = tag;
	der_add(d, head + at, sizeof(head) - at);
}

void der_put(struct der *d, unsigned char tag, const void *p, size_t n)
{
	size_t mark = der_mark(d);

	der_add(d, p, n);
	der_wrap(d, tag, mark);
}

void der_put_unsigned(struct der *d, const unsigned char *p, size_t n)
{
	size_t mark = der_mark(d);

	while (n && *p == 0) {
		p++;
		n--;
	}
	der_add(d, p, n);
	if (n == 0 || *p & 0x80)
		der_add(d, "", 1);
	der_wrap(d, DER_INTEGER, mark);
}

void der_put_int(struct der *d, int64_t v)
{
	unsigned char b[8];

	for (int i = 0; i < 8; i++)
		b[i] = (unsigned char)((uint64_t)v >> (56 - 8 * i));
	der_put_unsigned(d, b, sizeof(b));
}

void der_put_bits(struct der *d, const void *p, size_t n)
{
	size_t mark = der_mark(d);

	der_add(d, p, n);
	der_add(d, "", 1);
	der_wrap(d, DER_BIT_STRING, mark);
}

/* Length of the header of the next element, 0 if there is none in DER; *n gets the length of its content. */
static size_t header(const struct der_in *in, unsigned char tag, size_t *n)
{
	size_t digits, len = 0;

	if (in->n < 2 || in->p[0] != tag)
		return 0;
	if (in->p[1] < 0x80) {
		*n = in->p[1];
		return *n <= in->n - 2 ? 2 : 0;
	}
	digits = in->p[1] & 0x7f;
	if (digits == 0 || digits > 4 || in->n - 2 < digits || in->p[2] == 0)
		return 0;
	for (size_t i = 0; i < digits; i++)
		len = len << 8 | in->p[2 + i];
	if (len < 0x80 || len > in->n - 2 - digits)
		return 0;
	*n = len;
	return 2 + digits;
}

int der_get(struct der_in *in, unsigned char tag, struct der_in *content)
{
	size_t n = 0, head = header(in, tag, &n);
	struct der_in c = { in->p + head, n };

	if (head == 0)
		return -1;
	in->p += head + n;
	in->n -= head + n;
	*content = c;
	return 0;
}

int der_get_whole(struct der_in *in, unsigned char tag, struct der_in *element)
{
	struct der_in all = *in, content;

	if (der_get(in, tag, &content))
		return -1;
	*element = (struct der_in){ all.p, all.n - in->n };
	return 0;
}

bool der_is_null(struct der_in in)
{
	return in.n == 2 && in.p[0] == DER_NULL && in.p[1] == 0;
}
