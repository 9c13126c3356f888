/* pem.h - PEM blocks (RFC 7468), without headers inside. */
#ifndef CRYPT_PEM_H
#define CRYPT_PEM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/* Adds `-----BEGIN label-----`, the bytes in lines of 64 characters, and the end line. */
void pem_write(const char *label, const void *der, size_t n, struct buf *out);

/* Adds the bytes of the next block to der and moves *text and *n behind it. 1 if there was one, 0 if nothing but
 * text (explanatory) or, if explained is not set, white space is left, -1 if what comes next is no such block,
 * is cut or damaged. Explanatory text cannot have lines that start with '-'. */
int pem_next(const char **text, size_t *n, const char *label, bool explained, struct buf *der);

#endif
