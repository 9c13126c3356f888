/* event_verify.c - whether the chain of events is whole, and if not, what became of the first that does not fit. */
#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "db/q_event.h"
#include "lic/event.h"
#include "lic/work.h"

#define TURN 20000        /* events of a turn */
#define REMOVED_MAX 50000 /* that are looked for where the rest was renumbered */
#define DO "Stop the server, compare with the newest good backup, and restore that if this cannot be explained."

struct walk {
	struct event_chain *chain;
	struct arena *arena;
	int64_t left;
	bool more;            /* the walk ended before the chain did */
	struct event_row odd; /* the first that does not fit */
	bool broken;
};

static struct event_row keep(struct arena *a, const struct event_row *row)
{
	struct event_row copy = *row;

	copy.kind = arena_strdup(a, row->kind);
	copy.actor_kind = arena_strdup(a, row->actor_kind);
	copy.actor = arena_strdup(a, row->actor);
	copy.address = arena_strdup(a, row->address);
	copy.account = arena_strdup(a, row->account);
	copy.subject = arena_strdup(a, row->subject);
	copy.detail = arena_strdup(a, row->detail);
	copy.hash = arena_dup(a, row->hash, row->hash_n);
	return copy;
}

/* Would it fit behind an event with the hash `before`, were its number id? */
static bool fits(const void *before, const struct event_row *row, int64_t id)
{
	struct event_row at = *row;
	unsigned char hash[SHA256_SIZE];

	at.id = id;
	event_hash(before, &at, hash);
	return row->hash_n == SHA256_SIZE && digest_equal(hash, row->hash, SHA256_SIZE);
}

static int check_one(void *arg, const struct event_row *row, struct err *e)
{
	struct walk *w = arg;

	(void)e;
	w->more = w->left-- == 0;
	if (w->more)
		return 1;
	w->broken = row->id != w->chain->count + 1 || !fits(w->chain->head, row, row->id);
	if (w->broken) {
		w->odd = keep(w->arena, row);
		return 1;
	}
	memcpy(w->chain->head, row->hash, SHA256_SIZE);
	w->chain->count++;
	return 0;
}

/* ---- what became of it ---- */

struct search {
	struct arena *arena;
	const struct event_row *odd;
	unsigned char before[SHA256_SIZE]; /* hash that stands in the row before */
	int64_t found;                     /* the number that it was written under */
	struct event_row next;             /* the row behind it */
	int64_t sealed;                    /* how many the server has written */
};

static int search_one(void *arg, const struct event_row *row, struct err *e)
{
	struct search *s = arg;

	(void)e;
	if (row->id != s->odd->id && fits(s->before, s->odd, row->id)) {
		s->found = row->id;
		return 1;
	}
	memset(s->before, 0, SHA256_SIZE);
	if (row->hash_n == SHA256_SIZE)
		memcpy(s->before, row->hash, SHA256_SIZE);
	return 0;
}

static int take_next(void *arg, const struct event_row *row, struct err *e)
{
	struct search *s = arg;

	(void)e;
	s->next = keep(s->arena, row);
	return 1;
}

/* Behind it the chain goes on as if so many events had stood before it: 0 if it does not. */
static int64_t find_removed(const struct event_row *odd, const struct event_row *next)
{
	for (int64_t d = 1; odd->hash_n == SHA256_SIZE && d <= REMOVED_MAX; d++)
		if (fits(odd->hash, next, next->id + d))
			return d;
	return 0;
}

static int tell(const struct walk *w, const struct search *s, struct err *e)
{
	const struct event_row *odd = &w->odd, *next = &s->next;
	int64_t removed = next->id ? find_removed(odd, next) : 0;

	if (next->id && next->hash_n == SHA256_SIZE && fits(next->hash, odd, next->id))
		return err_set(e, E_CHAIN_BROKEN, "Event %" PRId64 " was exchanged with event %" PRId64 ". " DO, odd->id,
			       next->id);
	if (s->found)
		return err_set(e, E_CHAIN_BROKEN,
			       "Event %" PRId64 " (%s) is not the one that was written there: it is event %" PRId64
			       ", copied or moved. " DO,
			       odd->id, odd->kind, s->found);
	if (next->id && fits(w->chain->head, next, odd->id))
		return err_set(e, E_CHAIN_BROKEN, "Event %" PRId64 " (%s) was added, and those behind it renumbered. " DO,
			       odd->id, odd->kind);
	if (removed)
		return err_set(e, E_CHAIN_BROKEN,
			       "Event %" PRId64 " (%s) was event %" PRId64 ": %" PRId64
			       " before it %s removed, and those behind renumbered. " DO,
			       odd->id, odd->kind, odd->id + removed, removed, removed == 1 ? "was" : "were");
	if (odd->id > s->sealed)
		return err_set(e, E_CHAIN_BROKEN, "Event %" PRId64 " (%s) was added: this server wrote %" PRId64 ". " DO,
			       odd->id, odd->kind, s->sealed);
	return err_set(e, E_CHAIN_BROKEN, "Event %" PRId64 " (%s) was altered: it does not fit its hash. " DO, odd->id,
		       odd->kind);
}

static int explain(struct tx *tx, const struct walk *w, struct err *e)
{
	struct search s = { .arena = tx->arena, .odd = &w->odd };
	int64_t id = w->odd.id, count = w->chain->count;

	if (id < 1)
		return err_set(e, E_CHAIN_BROKEN, "Event %" PRId64 " (%s) was added: events are numbered from 1. " DO, id,
			       w->odd.kind);
	if (id == count + 2)
		return err_set(e, E_CHAIN_BROKEN, "Event %" PRId64 " is missing: somebody removed it. " DO, count + 1);
	if (id > count + 2)
		return err_set(e, E_CHAIN_BROKEN,
			       "Event %" PRId64 " and those up to %" PRId64 " are missing: somebody removed them. " DO,
			       count + 1, id - 1);
	if (q_event_walk(tx->db, 0, search_one, &s, e) || q_event_walk(tx->db, id, take_next, &s, e) ||
	    event_sealed_count(tx, &s.sealed, e))
		return -1;
	return tell(w, &s, e);
}

/* ---- the walk ---- */

static int walk_on(struct tx *tx, struct event_chain *c, int64_t limit, bool *more, struct err *e)
{
	struct walk w = { .chain = c, .arena = tx->arena, .left = limit };

	if (q_event_walk(tx->db, c->count ? c->count : INT64_MIN, check_one, &w, e))
		return -1;
	*more = w.more;
	if (w.broken)
		return explain(tx, &w, e);
	return w.more ? 0 : event_check_head(tx, c, e);
}

int event_verify(struct tx *tx, struct event_chain *out, struct err *e)
{
	bool more;

	memset(out, 0, sizeof(*out));
	return walk_on(tx, out, INT64_MAX, &more, e);
}

struct turns {
	struct event_chain *chain;
	bool more;
};

static int turn(struct tx *tx, void *arg, struct err *e)
{
	struct turns *t = arg;

	return walk_on(tx, t->chain, TURN, &t->more, e);
}

int event_verify_slowly(struct work *w, struct event_chain *out, struct err *e)
{
	struct turns t = { .chain = out, .more = true };

	memset(out, 0, sizeof(*out));
	while (t.more)
		if (work_check(w, e) || w->read(w, turn, &t, e))
			return -1;
	return 0;
}
