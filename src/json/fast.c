#include "json/fast.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "json/json.h"

#define NEAR_SIZE 4096 /* strings are unescaped on the stack when the whole text is this short */
#define DIGITS_MAX 18  /* fits int64_t whatever they are */

struct reader {
	const unsigned char *p, *end;
	char *room; /* for one unescaped string: as long as the text */
	int depth;
};

static json_t *read_value(struct reader *r);

static void skip_space(struct reader *r)
{
	while (r->p < r->end && (*r->p == ' ' || *r->p == '\n' || *r->p == '\t' || *r->p == '\r'))
		r->p++;
}

/* ---- strings ---- */

/* Four hexadecimal digits; -1 if they are none. */
static int32_t read_hex4(const unsigned char *p)
{
	int32_t v = 0;

	for (int i = 0; i < 4; i++) {
		unsigned c = p[i];

		if (c >= '0' && c <= '9')
			v = v * 16 + (int32_t)(c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			v = v * 16 + (int32_t)((c | 0x20) - 'a' + 10);
		else
			return -1;
	}
	return v;
}

static size_t put_utf8(char *to, int32_t c)
{
	if (c < 0x80) {
		to[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		to[0] = (char)(0xc0 | c >> 6);
		to[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	to[0] = (char)(0xe0 | c >> 12);
	to[1] = (char)(0x80 | (c >> 6 & 0x3f));
	to[2] = (char)(0x80 | (c & 0x3f));
	return 3;
}

/* One escape behind its backslash into to, at most 3 bytes. 0: in doubt. */
static size_t read_escape(struct reader *r, char *to)
{
	static const char plain[] = "\"\"\\\\//b\bf\fn\nr\rt\t";
	unsigned char c = *r->p++; /* the closing quote is behind it: the end is not here */
	int32_t code;

	for (size_t i = 0; i < sizeof(plain) - 1; i += 2)
		if ((unsigned char)plain[i] == c) {
			*to = plain[i + 1];
			return 1;
		}
	if (c != 'u' || r->end - r->p < 4)
		return 0;
	code = read_hex4(r->p);
	if (code <= 0 || (code >= 0xd800 && code <= 0xdfff)) /* NUL, and halves of a pair */
		return 0;
	r->p += 4;
	return put_utf8(to, code);
}

/* A string behind its opening quote. *text is in the text itself if it has no escapes, else in r->room. */
static bool read_text(struct reader *r, const char **text, size_t *n)
{
	const unsigned char *start = r->p;
	char *to = r->room;

	for (; r->p < r->end; r->p++) {
		unsigned char c = *r->p;

		if (c == '"' || c == '\\')
			break;
		if (c < 0x20 || c > 0x7e)
			return false;
	}
	if (r->p == r->end)
		return false;
	if (*r->p == '"') {
		*text = (const char *)start;
		*n = (size_t)(r->p++ - start);
		return true;
	}
	memcpy(to, start, (size_t)(r->p - start));
	to += r->p - start;
	while (r->p < r->end && *r->p != '"') {
		unsigned char c = *r->p++;
		size_t took = 1;

		if (c < 0x20 || c > 0x7e)
			return false;
		if (c != '\\')
			*to = (char)c;
		else if (r->p == r->end || (took = read_escape(r, to)) == 0)
			return false;
		to += took;
	}
	if (r->p == r->end)
		return false;
	r->p++;
	*text = r->room;
	*n = (size_t)(to - r->room);
	return true;
}

static json_t *read_string(struct reader *r)
{
	const char *text;
	size_t n;

	r->p++;
	return read_text(r, &text, &n) ? json_stringn_nocheck(text, n) : NULL;
}

/* ---- the rest ---- */

static json_t *read_integer(struct reader *r)
{
	bool negative = *r->p == '-';
	const unsigned char *start = r->p += negative;
	int64_t v = 0;

	for (; r->p < r->end && *r->p >= '0' && *r->p <= '9'; r->p++) {
		if (r->p - start == DIGITS_MAX)
			return NULL;
		v = v * 10 + (*r->p - '0');
	}
	if (r->p == start || r->p == r->end || *r->p == '.' || (*r->p | 0x20) == 'e')
		return NULL;
	if (*start == '0' && (r->p - start > 1 || negative))
		return NULL;
	return json_integer(negative ? -v : v);
}

static json_t *read_word(struct reader *r)
{
	static const struct {
		const char *word;
		size_t n;
	} words[] = { { "null", 4 }, { "true", 4 }, { "false", 5 } };

	for (size_t i = 0; i < 3; i++)
		if ((size_t)(r->end - r->p) >= words[i].n && memcmp(r->p, words[i].word, words[i].n) == 0) {
			r->p += words[i].n;
			return i == 0 ? json_null() : json_boolean(i == 1);
		}
	return NULL;
}

/* Behind an element: 1 there is another, 0 the end, -1 in doubt. */
static int after_element(struct reader *r, unsigned char close)
{
	unsigned char c;

	skip_space(r);
	if (r->p == r->end)
		return -1;
	c = *r->p++;
	return c == close ? 0 : c == ',' ? 1 : -1;
}

static bool is_empty(struct reader *r, unsigned char close)
{
	skip_space(r);
	if (r->p == r->end || *r->p != close)
		return false;
	r->p++;
	return true;
}

static bool read_member(struct reader *r, json_t *obj)
{
	const char *name;
	json_t *v;
	size_t n;

	skip_space(r);
	if (r->p == r->end || *r->p++ != '"' || !read_text(r, &name, &n))
		return false;
	if (name == r->room) /* reading the value may use the room again */
		return false;
	skip_space(r);
	if (r->p == r->end || *r->p++ != ':' || json_object_getn(obj, name, n))
		return false;
	v = read_value(r);
	return v && json_object_setn_new_nocheck(obj, name, n, v) == 0;
}

static bool read_members(struct reader *r, json_t *obj)
{
	int more = 1;

	if (is_empty(r, '}'))
		return true;
	while (more == 1)
		more = read_member(r, obj) ? after_element(r, '}') : -1;
	return more == 0;
}

static bool read_elements(struct reader *r, json_t *list)
{
	int more = 1;

	if (is_empty(r, ']'))
		return true;
	while (more == 1) {
		json_t *v = read_value(r);

		more = v && json_array_append_new(list, v) == 0 ? after_element(r, ']') : -1;
	}
	return more == 0;
}

static json_t *read_container(struct reader *r)
{
	bool object = *r->p++ == '{';
	json_t *v = object ? json_object() : json_array();
	bool good = v && ++r->depth <= JSON_DEPTH_MAX && (object ? read_members(r, v) : read_elements(r, v));

	r->depth--;
	if (good)
		return v;
	json_decref(v);
	return NULL;
}

static json_t *read_value(struct reader *r)
{
	skip_space(r);
	if (r->p == r->end)
		return NULL;
	switch (*r->p) {
	case '{':
	case '[':
		return read_container(r);
	case '"':
		return read_string(r);
	case 'n':
	case 't':
	case 'f':
		return read_word(r);
	default:
		return read_integer(r);
	}
}

json_t *json_fast(const char *p, size_t n)
{
	char near[NEAR_SIZE];
	struct reader r = { .p = (const unsigned char *)p, .end = (const unsigned char *)p + n };
	json_t *v = NULL;

	if (n == 0)
		return NULL;
	r.room = n <= sizeof(near) ? near : mem_alloc(n);
	skip_space(&r);
	if (r.p < r.end && (*r.p == '{' || *r.p == '['))
		v = read_container(&r);
	skip_space(&r);
	if (v && r.p != r.end) {
		json_decref(v);
		v = NULL;
	}
	if (r.room != near)
		free(r.room);
	return v;
}
