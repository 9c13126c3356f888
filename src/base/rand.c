#include "base/rand.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/str.h"

void rand_bytes(void *p, size_t n)
{
	unsigned char *at = p;

	while (n) {
		ssize_t got = getrandom(at, n, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			abort();
		at += got;
		n -= (size_t)got;
	}
}

char *uuid_of(const unsigned char from[16], int version, char out[UUID_SIZE])
{
	unsigned char b[16];

	memcpy(b, from, sizeof(b));
	b[6] = (unsigned char)((b[6] & 0x0f) | version << 4);
	b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
	snprintf(out, UUID_SIZE, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1], b[2],
		 b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
	return out;
}

char *rand_uuid(char out[UUID_SIZE])
{
	unsigned char b[16];

	rand_bytes(b, sizeof(b));
	return uuid_of(b, 4, out);
}

char *rand_hex(char *out, size_t n)
{
	unsigned char b[64];

	if (n > sizeof(b))
		abort();
	rand_bytes(b, n);
	return str_hex(out, b, n);
}
