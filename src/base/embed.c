#include "base/embed.h"

#include <string.h>

#include "base/str.h"

/* Made by tools/embed. */
extern const struct embed_file embed_files[];
extern const size_t embed_files_n;

/* The first file whose name is not below this one; embed_files + embed_files_n if all are. */
static const struct embed_file *lower_bound(const char *name)
{
	size_t low = 0, high = embed_files_n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(embed_files[middle].name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return embed_files + low;
}

const struct embed_file *embed_find(const char *name)
{
	const struct embed_file *f = lower_bound(name);

	return f < embed_files + embed_files_n && strcmp(f->name, name) == 0 ? f : NULL;
}

const struct embed_file *embed_next(const char *prefix, const struct embed_file *at)
{
	const struct embed_file *f = at ? at + 1 : lower_bound(prefix);

	return f < embed_files + embed_files_n && str_prefix(f->name, prefix) ? f : NULL;
}
