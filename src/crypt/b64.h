/* b64.h - base64 (RFC 4648 section 4), strict. */
#ifndef CRYPT_B64_H
#define CRYPT_B64_H

#include <stddef.h>

#include "base/buf.h"

/* Adds the base64 text of n bytes, with padding, without line ends. */
void b64_encode(const void *p, size_t n, struct buf *out);

/* Adds the bytes. -1, adding nothing, unless text is canonical base64 with padding and nothing else. */
int b64_decode(const char *text, size_t n, struct buf *out);

#endif
