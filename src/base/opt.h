/* opt.h - options: one table gives the configuration file's parser, `-o key=value`, `-t` and the manual.
 *
 * A configuration file has lines `key = value`, `#` comments and blank lines. An unknown key, a key given
 * twice and a value out of range are errors that name file, line and key. */
#ifndef BASE_OPT_H
#define BASE_OPT_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

enum opt_type {
	OPT_TEXT, /* char * in the struct, owned; min and max are lengths in bytes */
	OPT_INT,  /* int64_t; min and max are values */
	OPT_BOOL, /* int64_t 0 or 1; yes/no, true/false, on/off, 1/0 */
};

enum {
	OPT_RELOAD = 1, /* a reload (SIGHUP) takes it over; the others need a restart */
	OPT_SECRET = 2, /* printed as `********` */
};

struct opt {
	const char *name;
	enum opt_type type;
	size_t offset;     /* of the member in the options struct */
	const char *value; /* default, in the form of the file */
	int64_t min, max;
	unsigned flags;
	const char *doc; /* one sentence for the manual and for -t */
	/* Of texts that are more than a length: NULL if the value is one of them, else what it must be, as it ends the
	 * sentence `log_level is 'x'; it must be …`. May be NULL. */
	const char *(*check)(const char *value);
};

/* Tables end with a row whose name is NULL. All functions work on a zeroed struct of the caller. */

/* Sets every option to its default. Aborts if a default does not fit its own row. */
void opt_defaults(const struct opt *table, void *into);

/* Sets one option from text. where names the place for the error (`satellited.conf:12`, `-o`). */
int opt_set(const struct opt *table, void *into, const char *name, const char *value, const char *where, struct err *e);

/* Reads a file of at most 1 MiB over what is in the struct. */
int opt_read(const struct opt *table, void *into, const char *path, struct err *e);

/* Parses text as a file of this name; what opt_read does after reading. Fuzzed. */
int opt_parse(const struct opt *table, void *into, const char *text, size_t n, const char *name, struct err *e);

/* `# doc` and `key = value` of every option as a file that could be read back, secrets masked. */
void opt_print(const struct opt *table, const void *from, struct buf *out);

/* Copies what a reload may change; names in *kept (added, comma-separated) what differs but needs a restart. */
void opt_reload(const struct opt *table, void *running, const void *fresh, struct buf *kept);

/* Frees the texts. */
void opt_fini(const struct opt *table, void *into);

#endif
