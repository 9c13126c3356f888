/* reader.c - each pool thread reads over a connection of its own. */
#include <stdlib.h>

#include "base/mem.h"
#include "http/inside.h"

struct reader {
	struct reader *next;
	struct db *db;
};

int reader_get(struct server *s, struct db **out, struct err *e)
{
	/* A pool thread serves one server and ends before it does. */
	static _Thread_local struct server *owner;
	static _Thread_local struct db *mine;
	struct reader *r;

	if (owner == s) {
		*out = mine;
		return 0;
	}
	if (db_open(s->database, DB_READER, &mine, e))
		return -1;
	owner = s;
	r = mem_alloc(sizeof(*r));
	r->db = *out = mine;
	pthread_mutex_lock(&s->lock);
	r->next = s->readers;
	s->readers = r;
	pthread_mutex_unlock(&s->lock);
	return 0;
}

void reader_close_all(struct server *s)
{
	while (s->readers) {
		struct reader *r = s->readers;

		s->readers = r->next;
		db_close(r->db);
		free(r);
	}
}
