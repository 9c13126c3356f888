/* err.h - errors as values.
 *
 * A function that can fail returns 0 or -1 and fills the caller's struct err,
 * its last argument. An error is logged or answered once, at the edge. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

enum err_code {
	E_NONE,
#define E(name, number, http, text) E_##name,
#include "base/err.def"
#undef E
	E__MAX
};

struct err {
	enum err_code code;
	char field[96]; /* the member, option or argument that is wrong; "" if none */
	int retry_s;    /* after how many seconds it makes sense to try again; 0 = not known */
	char text[512]; /* for a person: what happened, with values, and what to do */
};

#define ERR_INIT ((struct err){ 0 })

/* Fills e and returns -1. fmt NULL takes the registry's text. */
int err_set(struct err *e, enum err_code code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* As err_set, naming the member that is wrong. */
int err_field(struct err *e, enum err_code code, const char *field, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

const char *err_name(enum err_code code);    /* `TOKEN_EXPIRED` */
int err_number(enum err_code code);          /* stable for ever; 0 for E_NONE */
int err_http(enum err_code code);            /* HTTP status of a REST answer */
const char *err_default(enum err_code code); /* the registry's text */

/* The code of a name, E_NONE if there is none. */
enum err_code err_by_name(const char *name);

#endif
