/* rows.h - inside src/db only: from a result to rows in an arena. */
#ifndef DB_ROWS_H
#define DB_ROWS_H

#include "base/arena.h"
#include "db/db.h"

/* The present row's text and blob, copied. */
const char *rows_keep_text(struct rows *r, struct arena *a, int column);
const void *rows_keep_blob(struct rows *r, struct arena *a, int column, size_t *n);

typedef void (*row_reader)(struct rows *r, struct arena *a, void *out);

/* The first row of a query that was started (NULL passes its failure on): 1, 0 or -1. */
int rows_first(struct rows *r, struct arena *a, row_reader read, void *out, struct err *e);

/* All rows as an array of structs of size bytes. */
int rows_all(struct rows *r, struct arena *a, row_reader read, size_t size, void *out, size_t *n, struct err *e);

#endif
