/* table.h - tables for a terminal of a given width.
 *
 * A table that is too wide first has texts cut in columns that allow it, then loses its least important
 * columns; the line below it says which. */
#ifndef CTL_TABLE_H
#define CTL_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum {
	TABLE_RIGHT = 1, /* numbers */
	TABLE_MAYBE = 2, /* left out when every cell is empty, `0` or `–` */
};

struct table_col {
	const char *head;
	unsigned flags;
	size_t min;    /* texts may be cut down to this many columns; 0 never */
	unsigned drop; /* 0 stays; of the others the highest is left out first */
};

/* How a cell is shown on a terminal with colour; its words say the same. */
enum table_mood { TABLE_PLAIN, TABLE_BAD, TABLE_WARN };

struct table_cell;

struct table {
	const struct table_col *cols; /* borrowed */
	size_t cols_n;
	struct table_cell *cells; /* row by row */
	size_t cells_n, cells_size;
};

/* cols must outlive the table. */
void table_init(struct table *t, const struct table_col *cols, size_t cols_n);

/* Adds the next cell, row by row. The text is copied, cleaned of control characters; NULL is ``. */
void table_text(struct table *t, const char *text);
void table_int(struct table *t, int64_t v);
void table_when(struct table *t, int64_t at); /* ms UTC; 0 is `–` */

/* The mood of the cell added last. */
void table_mood(struct table *t, enum table_mood mood);

/* Adds heading, rows and the line about columns left out. */
void table_print(const struct table *t, size_t width, bool color, struct buf *out);

void table_fini(struct table *t);
#define AUTO_TABLE __attribute__((cleanup(table_fini))) struct table

/* `Label   value`, the value wrapped under itself. The label takes label_n columns. An empty value: nothing. */
void table_pair(struct buf *out, size_t width, size_t label_n, const char *label, const char *value);

#endif
