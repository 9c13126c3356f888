#include <string.h>

#include "authority/inside.h"

struct head {
	uint32_t what, n;
};

void changes_open(struct changes *c, const char *dir)
{
	spool_open(&c->spool, dir);
	c->line = BUF_INIT;
}

void changes_close(struct changes *c)
{
	spool_close(&c->spool);
	buf_fini(&c->line);
}

int changes_add(struct changes *c, enum change what, const json_t *record, struct err *e)
{
	struct head head = { .what = what };

	buf_clear(&c->line);
	json_write(record, &c->line);
	head.n = (uint32_t)c->line.n;
	return spool_add(&c->spool, &head, sizeof(head), e) || spool_add(&c->spool, c->line.data, c->line.n, e) ? -1 : 0;
}

int changes_end(struct changes *c, struct err *e)
{
	return spool_end(&c->spool, e);
}

/* Exactly n bytes at *at, which moves on. */
static int get(struct changes *c, int64_t *at, void *p, size_t n, struct err *e)
{
	char *to = p;

	while (n) {
		ssize_t got = spool_read(&c->spool, *at, to, n, e);

		if (got <= 0)
			return got < 0 ? -1 : err_set(e, E_FILE_ERROR, "A temporary file became shorter.");
		to += got;
		n -= (size_t)got;
		*at += got;
	}
	return 0;
}

int changes_each(struct changes *c, change_fn fn, void *ctx, struct err *e)
{
	int64_t at = 0;

	while (at < c->spool.bytes) {
		AUTO_JSON *record = NULL;
		struct head head;

		if (get(c, &at, &head, sizeof(head), e))
			return -1;
		buf_clear(&c->line);
		if (get(c, &at, buf_room(&c->line, head.n), head.n, e))
			return -1;
		c->line.n = head.n;
		if (json_read(c->line.data, c->line.n, E_INTERNAL, &record, e) ||
		    fn(ctx, (enum change)head.what, record, e))
			return -1;
	}
	return 0;
}
