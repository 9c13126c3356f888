/* der.h - a small writer and a strict reader of DER (X.690).
 *
 * The writer fills its memory from the end to the front, so that the length of everything is known when its
 * header is written: what comes last is written first.
 *
 *	size_t mark = der_mark(d);
 *	der_put(d, DER_UTF8, text, n);
 *	der_put(d, DER_OID, oid, oid_n);
 *	der_wrap(d, DER_SEQUENCE, mark);	SEQUENCE { oid, text }
 *
 * The reader takes minimal definite lengths only and copies nothing. */
#ifndef CRYPT_DER_H
#define CRYPT_DER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	DER_BOOLEAN = 0x01,
	DER_INTEGER = 0x02,
	DER_BIT_STRING = 0x03,
	DER_OCTET_STRING = 0x04,
	DER_NULL = 0x05,
	DER_OID = 0x06,
	DER_UTF8 = 0x0c,
	DER_PRINTABLE = 0x13,
	DER_UTC_TIME = 0x17,
	DER_GENERALIZED_TIME = 0x18,
	DER_SEQUENCE = 0x30,
	DER_SET = 0x31,
	DER_CONTEXT = 0x80,             /* [n] primitive: DER_CONTEXT + n */
	DER_CONTEXT_CONSTRUCTED = 0xa0, /* [n] constructed */
};

struct der {
	unsigned char *data; /* owned; the bytes written are data + at to data + size */
	size_t size, at;
};

#define DER_INIT ((struct der){ 0 })
#define AUTO_DER __attribute__((cleanup(der_fini))) struct der

void der_fini(struct der *d);

const unsigned char *der_bytes(const struct der *d);
size_t der_n(const struct der *d);

/* Writes n bytes as they are, before what is there. */
void der_add(struct der *d, const void *p, size_t n);

/* A place to come back to: what is written from now on is wrapped by der_wrap(d, tag, mark). */
size_t der_mark(const struct der *d);
void der_wrap(struct der *d, unsigned char tag, size_t mark);

/* A whole element with n bytes of content. */
void der_put(struct der *d, unsigned char tag, const void *p, size_t n);

/* INTEGER of a big-endian number that is not negative, in its shortest form; of an int64 >= 0. */
void der_put_unsigned(struct der *d, const unsigned char *p, size_t n);
void der_put_int(struct der *d, int64_t v);

/* BIT STRING of whole bytes. */
void der_put_bits(struct der *d, const void *p, size_t n);

/* What is left to read. */
struct der_in {
	const unsigned char *p;
	size_t n;
};

/* The content of the next element, or the element with its header, and goes on behind it. -1, moving nothing,
 * unless there is an element of this tag, whole and in DER. */
int der_get(struct der_in *in, unsigned char tag, struct der_in *content);
int der_get_whole(struct der_in *in, unsigned char tag, struct der_in *element);

/* Exactly a NULL. */
bool der_is_null(struct der_in in);

#endif
