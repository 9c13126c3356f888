#include "db/rows.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

const char *rows_keep_text(struct rows *r, struct arena *a, int column)
{
	return arena_strdup(a, rows_text(r, column));
}

const void *rows_keep_blob(struct rows *r, struct arena *a, int column, size_t *n)
{
	const void *p = rows_blob(r, column, n);

	return arena_dup(a, p, *n);
}

int rows_first(struct rows *r, struct arena *a, row_reader read, void *out, struct err *e)
{
	int rc;

	if (r == NULL)
		return -1;
	rc = rows_next(r, e);
	if (rc == 1) {
		read(r, a, out);
		rows_end(r);
	}
	return rc;
}

int rows_all(struct rows *r, struct arena *a, row_reader read, size_t size, void *out, size_t *n, struct err *e)
{
	struct buf list = BUF_INIT;
	int rc;

	if (r == NULL)
		return -1;
	while ((rc = rows_next(r, e)) == 1) {
		void *row = buf_room(&list, size);

		memset(row, 0, size);
		read(r, a, row);
		list.n += size;
	}
	*n = list.n / size;
	*(void **)out = arena_alloc(a, list.n ? list.n : 1);
	if (list.n)
		memcpy(*(void **)out, list.data, list.n);
	buf_fini(&list);
	return rc;
}
