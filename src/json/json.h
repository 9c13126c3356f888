/* json.h - JSON from outside, decoded by tables, and JSON to outside.
 *
 * The only place that includes jansson; everybody else includes this file. */
#ifndef JSON_JSON_H
#define JSON_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

#define JSON_DEPTH_MAX 32

/* Reads one JSON object or array: UTF-8, no NUL, no member twice, at most 32 deep, integers within int64,
 * nothing behind it. code is the error's; its text says where it stops being JSON.
 * *out is owned by the caller (json_decref). */
int json_read(const char *bytes, size_t n, enum err_code code, json_t **out, struct err *e);

enum json_kind {
	JSON_K_TEXT,   /* const char *, borrowed from the object; min and max are bytes */
	JSON_K_INT,    /* int64_t */
	JSON_K_BOOL,   /* bool */
	JSON_K_OBJECT, /* const json_t *, borrowed */
	JSON_K_ARRAY,  /* const json_t *, borrowed; min and max are numbers of elements */
	JSON_K_ANY,    /* const json_t *, borrowed */
	JSON_K_NUMBER, /* int64_t; an integer, a whole float (365.0) or either as a string ("365"), as REST clients send it */
};

enum {
	JSON_F_OPTIONAL = 1, /* may be absent: the member of the struct keeps what it had */
	JSON_F_NULL = 2,     /* may be null: the same */
};

struct json_spec {
	const char *name; /* NULL ends the table */
	enum json_kind kind;
	unsigned flags;
	size_t offset;
	int64_t min, max; /* both 0: no limit */
};

/* Decodes the members that the table names from an object, ignoring others. The error names the member as
 * prefix + name (prefix NULL or e.g. "header."). */
int json_decode(const json_t *obj, const struct json_spec *spec, const char *prefix, enum err_code code, void *into,
		struct err *e);

/* Adds the compact text of v (no space, members in the order they were set). */
void json_write(const json_t *v, struct buf *out);

/* Adds text as a JSON string with its quotes, escaped as json_write would. */
void json_write_string(const char *text, size_t n, struct buf *out);

/* An object or array that is released when the name goes out of scope. */
#define AUTO_JSON __attribute__((cleanup(json_decrefp))) json_t

/* Sets a member; a NULL text becomes null. */
void json_set_text(json_t *obj, const char *name, const char *text);
void json_set_int(json_t *obj, const char *name, int64_t v);
void json_set_bool(json_t *obj, const char *name, bool v);
void json_set_time(json_t *obj, const char *name, int64_t at); /* ISO 8601 UTC; null if at is 0 */

/* Before threads start: seeds the hash tables from the kernel. */
void json_init(void);

#endif
