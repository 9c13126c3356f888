/* embed.h - files that are part of the program: schema, catalogue, pages.
 *
 * tools/embed makes the table while building; names are paths from the top of the source tree
 * (`schema/0001-init.sql`), sorted by byte value. */
#ifndef BASE_EMBED_H
#define BASE_EMBED_H

#include <stddef.h>

struct embed_file {
	const char *name;
	const unsigned char *data; /* n bytes, followed by a NUL that n does not count */
	size_t n;
};

/* The file of exactly this name, NULL if there is none. */
const struct embed_file *embed_find(const char *name);

/* Walks over the files whose names begin with prefix (`schema/`), in the order of their names: at NULL gives the
 * first, otherwise the one after it; NULL at the end. */
const struct embed_file *embed_next(const char *prefix, const struct embed_file *at);

#endif
