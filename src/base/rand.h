/* rand.h - randomness from the kernel. */
#ifndef BASE_RAND_H
#define BASE_RAND_H

#include <stddef.h>

/* Fills p with n random bytes; aborts if the kernel refuses. */
void rand_bytes(void *p, size_t n);

#define UUID_SIZE 37

/* The UUID of this version (RFC 9562) that 16 bytes give, lower-case. Returns out. */
char *uuid_of(const unsigned char from[16], int version, char out[UUID_SIZE]);

/* A random UUID (RFC 9562 version 4), lower-case. Returns out. */
char *rand_uuid(char out[UUID_SIZE]);

/* 2n hex digits and a NUL into out, of n random bytes. Returns out. */
char *rand_hex(char *out, size_t n);

#endif
