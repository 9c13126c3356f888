#include "json/json.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/rand.h"
#include "base/str.h"
#include "json/fast.h"

void json_init(void)
{
	size_t seed;

	rand_bytes(&seed, sizeof(seed));
	json_object_seed(seed | 1);
}

/* The library has no limit of ours, and recursion on the way out: count before it sees the text. */
static int depth_ok(const char *p, size_t n)
{
	int depth = 0;
	bool in_string = false;

	for (size_t i = 0; i < n; i++) {
		char c = p[i];

		if (in_string) {
			if (c == '\\')
				i++;
			else if (c == '"')
				in_string = false;
		} else if (c == '"') {
			in_string = true;
		} else if (c == '{' || c == '[') {
			if (++depth > JSON_DEPTH_MAX)
				return 0;
		} else if (c == '}' || c == ']') {
			depth--;
		}
	}
	return 1;
}

int json_read(const char *bytes, size_t n, enum err_code code, json_t **out, struct err *e)
{
	json_error_t why;

	*out = json_fast(bytes, n);
	if (*out)
		return 0;
	if (!depth_ok(bytes, n))
		return err_set(e, code, "The JSON is nested deeper than %d levels.", JSON_DEPTH_MAX);
	*out = json_loadb(bytes ? bytes : "", n, JSON_REJECT_DUPLICATES, &why);
	if (*out == NULL)
		return err_set(e, code, "This is not JSON: %s (line %d, column %d).", why.text, why.line, why.column);
	return 0;
}

static const char *kind_name(enum json_kind kind)
{
	static const char *const names[] = { "a string", "an integer", "true or false", "an object",
					     "an array", "a value",    "a number" };

	return names[kind];
}

static int number(const json_t *v, int64_t *out)
{
	const char *text = json_string_value(v);
	char *end;
	double d;

	if (json_is_integer(v)) {
		*out = json_integer_value(v);
		return 0;
	}
	if (text && str_int(text, INT64_MIN, INT64_MAX, out) == 0)
		return 0;
	if (text) {
		/* decimal only: strtod also takes white space, hexadecimal and words */
		if (*text == '\0' || text[strspn(text, "-.0123456789eE")])
			return -1;
		d = strtod(text, &end);
		if (end == text || *end)
			return -1;
	} else if (json_is_real(v)) {
		d = json_real_value(v);
	} else {
		return -1;
	}
	if (!(fabs(d) < 9e15) || d != floor(d))
		return -1;
	*out = (int64_t)d;
	return 0;
}

static int decode_one(const json_t *v, const struct json_spec *s, void *to)
{
	switch (s->kind) {
	case JSON_K_TEXT:
		if (!json_is_string(v))
			return -1;
		*(const char **)to = json_string_value(v);
		return 0;
	case JSON_K_INT:
		if (!json_is_integer(v))
			return -1;
		*(int64_t *)to = json_integer_value(v);
		return 0;
	case JSON_K_NUMBER:
		return number(v, to);
	case JSON_K_BOOL:
		if (!json_is_boolean(v))
			return -1;
		*(bool *)to = json_is_true(v);
		return 0;
	case JSON_K_OBJECT:
		if (!json_is_object(v))
			return -1;
		break;
	case JSON_K_ARRAY:
		if (!json_is_array(v))
			return -1;
		break;
	case JSON_K_ANY:
		break;
	}
	*(const json_t **)to = v;
	return 0;
}

/* Is the value within the row's limits? *size gets what was measured. */
static bool in_range(const json_t *v, const struct json_spec *s, const void *value, int64_t *size)
{
	if (s->min == 0 && s->max == 0)
		return true;
	switch (s->kind) {
	case JSON_K_TEXT:
		*size = (int64_t)json_string_length(v);
		break;
	case JSON_K_INT:
	case JSON_K_NUMBER:
		*size = *(const int64_t *)value;
		break;
	case JSON_K_ARRAY:
		*size = (int64_t)json_array_size(v);
		break;
	case JSON_K_BOOL:
	case JSON_K_OBJECT:
	case JSON_K_ANY:
		return true;
	}
	return *size >= s->min && *size <= s->max;
}

int json_decode(const json_t *obj, const struct json_spec *spec, const char *prefix, enum err_code code, void *into,
		struct err *e)
{
	char name[96];

	if (!json_is_object(obj))
		return err_set(e, code, "%s must be an object.", prefix && *prefix ? prefix : "The JSON");
	for (; spec->name; spec++) {
		const json_t *v = json_object_get(obj, spec->name);
		void *to = (char *)into + spec->offset;
		int64_t size = 0;

		if ((v == NULL && spec->flags & JSON_F_OPTIONAL) || (json_is_null(v) && spec->flags & JSON_F_NULL))
			continue;
		snprintf(name, sizeof(name), "%s%s", prefix ? prefix : "", spec->name);
		if (v == NULL)
			return err_field(e, code, name, "The member '%s' is missing.", name);
		if (decode_one(v, spec, to))
			return err_field(e, code, name, "The member '%s' must be %s.", name, kind_name(spec->kind));
		if (!in_range(v, spec, to, &size)) {
			const char *what = spec->kind == JSON_K_TEXT  ? " bytes long"
					 : spec->kind == JSON_K_ARRAY ? " elements long"
								      : "";

			return err_field(e, code, name,
					 "The member '%s' is %" PRId64 "%s; it must be from %" PRId64 " to %" PRId64 ".",
					 name, size, what, spec->min, spec->max);
		}
	}
	return 0;
}

static int append(const char *p, size_t n, void *out)
{
	buf_add(out, p, n);
	return 0;
}

void json_write(const json_t *v, struct buf *out)
{
	if (json_dump_callback(v, append, out, JSON_COMPACT | JSON_ENCODE_ANY))
		abort(); /* only invalid UTF-8 could fail, and jansson refuses to store it */
}

/* What stands for a character in a string: 0 itself, a letter behind a backslash, or `u` and four digits. */
static const char escapes[256] = {
	['\0'] = 'u', [0x01] = 'u', [0x02] = 'u', [0x03] = 'u', [0x04] = 'u', [0x05] = 'u',  [0x06] = 'u',
	[0x07] = 'u', ['\b'] = 'u', ['\t'] = 't', ['\n'] = 'n', [0x0b] = 'u', ['\f'] = 'u',  ['\r'] = 'r',
	[0x0e] = 'u', [0x0f] = 'u', [0x10] = 'u', [0x11] = 'u', [0x12] = 'u', [0x13] = 'u',  [0x14] = 'u',
	[0x15] = 'u', [0x16] = 'u', [0x17] = 'u', [0x18] = 'u', [0x19] = 'u', [0x1a] = 'u',  [0x1b] = 'u',
	[0x1c] = 'u', [0x1d] = 'u', [0x1e] = 'u', [0x1f] = 'u', ['"'] = '"',  ['\\'] = '\\',
};

#define ESCAPED_MAX 6 /* bytes that one becomes */
#define ESCAPE_PIECE 512

/* In pieces, each with room for the worst case, so that no byte is asked for room of its own: answers to products are
 * escaped three times over. */
static char *escape_piece(const char *text, size_t n, char *to)
{
	static const char hex[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)text[i];

		if (escapes[c] == 0) {
			*to++ = (char)c;
			continue;
		}
		*to++ = '\\';
		*to++ = escapes[c];
		if (escapes[c] == 'u') {
			*to++ = '0';
			*to++ = '0';
			*to++ = hex[c >> 4];
			*to++ = hex[c & 15];
		}
	}
	return to;
}

void json_write_string(const char *text, size_t n, struct buf *out)
{
	buf_addc(out, '"');
	while (n) {
		size_t piece = n < ESCAPE_PIECE ? n : ESCAPE_PIECE;
		char *room = buf_room(out, piece * ESCAPED_MAX);

		out->n += (size_t)(escape_piece(text, piece, room) - room);
		text += piece;
		n -= piece;
	}
	buf_addc(out, '"');
}

void json_set_text(json_t *obj, const char *name, const char *text)
{
	json_object_set_new(obj, name, text ? json_string(text) : json_null());
}

void json_set_int(json_t *obj, const char *name, int64_t v)
{
	json_object_set_new(obj, name, json_integer(v));
}

void json_set_bool(json_t *obj, const char *name, bool v)
{
	json_object_set_new(obj, name, json_boolean(v));
}

void json_set_time(json_t *obj, const char *name, int64_t at)
{
	char iso[CLOCK_ISO_SIZE];

	json_set_text(obj, name, at ? clock_iso(at, iso) : NULL);
}
