/* args.h - the command table of satellitectl and the parser of its arguments. */
#ifndef CTL_ARGS_H
#define CTL_ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

struct ctl;
struct ctl_args;
typedef int (*ctl_fn)(struct ctl *c, const struct ctl_args *a, struct err *e);

enum ctl_type {
	CTL_FLAG,   /* takes no value */
	CTL_TEXT,   /* not empty */
	CTL_FILE,   /* the same, completed as a file name */
	CTL_EACH,   /* not empty, and may be given several times */
	CTL_INT,    /* a whole number within [min, max] */
	CTL_DATE,   /* YYYY-MM-DD */
	CTL_CHOICE, /* one of the words of arg, which are divided by `|`; without case, given on as the table spells it */
	CTL_DIGEST, /* SHA-256 in hex, colons and case ignored */
};

struct ctl_opt {
	const char *name; /* without `--`; NULL ends the table */
	enum ctl_type type;
	const char *arg; /* how usage calls the value */
	bool required;
	int64_t min, max;
	const char *doc;
};

enum {
	CTL_SATELLITE = 1, /* answered by a satellite */
	CTL_MANAGER = 2,   /* answered by a cloud manager */
	CTL_LOCAL = 4,     /* asks no server */
};

struct ctl_cmd {
	const char *noun; /* NULL ends the table; commands of a noun stand together */
	const char *verb; /* NULL: the noun alone */
	const char *pos;  /* `NAME`, `FILE OUT`, `[NOUN] [VERB]`, `TOKEN…` (one or more), `[A B]…` (none or more), `` */
	const struct ctl_opt *opts;
	unsigned where;
	const char *doc; /* one sentence */
	ctl_fn run;
};

#define CTL_OPTS_MAX 12
#define CTL_WORD_SIZE 24
#define CTL_POS_MAX 256

struct ctl_args {
	const struct ctl_cmd *cmd; /* NULL if none was found */
	const char *noun;          /* as typed; NULL if there was none */
	const char *socket;        /* -s; NULL if not given */
	bool json, help, version;
	const char *pos[CTL_POS_MAX];
	size_t pos_n;
	const char *text[CTL_OPTS_MAX]; /* by the place of the option in the command's table */
	int64_t number[CTL_OPTS_MAX];
	char word[CTL_OPTS_MAX][CTL_WORD_SIZE];     /* texts of choices */
	const char *each[CTL_POS_MAX];              /* values of options that may be given several times */
	const struct ctl_opt *each_of[CTL_POS_MAX]; /* and whose they are */
	size_t each_n;
};

/* Reads argv[1…] by the table. Texts are borrowed from argv; those of choices
 * are in out, which is not to be copied. On E_USAGE out->cmd and out->noun say
 * how far it got, so that the caller can show the right usage, and out->json how to report it. With help or version set nothing is missing. */
int args_parse(const struct ctl_cmd *table, int argc, char *const argv[], struct ctl_args *out, struct err *e);

/* The value of an option, NULL, 0 or false if it was not given. The name must be in the command's table. */
const char *args_text(const struct ctl_args *a, const char *name);
int64_t args_int(const struct ctl_args *a, const char *name);
bool args_flag(const struct ctl_args *a, const char *name);

/* Value number i, from 0, of an option that may be given several times; NULL behind the last. */
const char *args_each(const struct ctl_args *a, const char *name, size_t i);

/* The word of the list nearest to what was typed, NULL if none is near. next(ctx, i) gives word i, NULL at the end. */
const char *args_nearest(const char *typed, const char *(*next)(const void *ctx, size_t i), const void *ctx);

#endif
