/* event_find.c - events looked for.
 *
 * Kind, account and actor have indexes that end with the id, so each gives candidates in the order of the chain; whichever
 * has the fewest leads, and the rest is compared row by row. Times follow the ids: they are found by bisection. */
#include "lic/event_find.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#define LOOK_LED 2500   /* events that a page looks at one by one, each by its id */
#define LOOK_ALONG 8000 /* and along the chain */
#define WEIGHT_MAX 2048 /* entries of an index that are counted to choose */
#define CHUNK_MIN 32    /* ids that are read of each key at once */
#define KINDS_MAX 512
#define JUMPS_MAX 64
#define BACK_MS HOUR_MS /* that a clock which is believed may go back by (lic/wall.h) */

struct finder {
	struct tx *tx;
	const struct event_filter *f;
	const struct event_page *page;
	int64_t from, to; /* ids that are left */
	bool down;
	size_t left;  /* events that may still be looked at */
	int64_t seen; /* the last that was */
	bool more;    /* one was found that is not on the page */
	struct event_found *out;
	int64_t *ids; /* WEIGHT_MAX at least */
};

/* An index with the texts to be looked for in it. */
struct leader {
	enum event_index index;
	const char **keys;
	size_t n;
	size_t weight;
};

/* ---- one event ---- */

bool event_in_places(const struct event_filter *f, const struct event_row *row)
{
	for (size_t i = 0; i < f->places_n; i++)
		if (strcmp(f->places[i].account, row->account) == 0 && row->at >= f->places[i].since)
			return true;
	return !f->only_places;
}

static bool is_prefix(const char *kind)
{
	size_t n = strlen(kind);

	return n && kind[n - 1] == '.';
}

static bool is_kind(const char *wanted, const char *kind)
{
	return is_prefix(wanted) ? strncmp(kind, wanted, strlen(wanted)) == 0 : strcmp(kind, wanted) == 0;
}

static bool is(const char *wanted, const char *text)
{
	return wanted == NULL || strcmp(wanted, text) == 0;
}

static bool fits(const struct event_filter *f, const struct event_row *row)
{
	return (f->kind == NULL || is_kind(f->kind, row->kind)) && is(f->account, row->account) &&
	       is(f->actor, row->actor) && is(f->actor_kind, row->actor_kind) && is(f->subject, row->subject) &&
	       (f->from == 0 || row->at >= f->from) && (f->to == 0 || row->at < f->to) && event_in_places(f, row) &&
	       (f->text == NULL || strcasestr(row->detail, f->text) || strcasestr(row->subject, f->text) ||
		strcasestr(row->kind, f->text) || strcasestr(row->actor, f->text));
}

static struct event_row keep(struct arena *a, const struct event_row *row)
{
	return (struct event_row){
		.id = row->id,
		.at = row->at,
		.kind = arena_strdup(a, row->kind),
		.actor_kind = arena_strdup(a, row->actor_kind),
		.actor = arena_strdup(a, row->actor),
		.address = arena_strdup(a, row->address),
		.account = arena_strdup(a, row->account),
		.subject = arena_strdup(a, row->subject),
		.detail = arena_strdup(a, row->detail),
	};
}

static int look(void *arg, const struct event_row *row, struct err *e)
{
	struct finder *d = arg;

	(void)e;
	if (fits(d->f, row)) {
		d->more = d->out->n == d->page->limit;
		if (d->more)
			return 1;
		d->out->rows[d->out->n++] = keep(d->tx->arena, row);
	}
	d->seen = row->id;
	d->left--;
	return d->left == 0;
}

/* ---- times ---- */

/* The first of the ids from one to another at or after which it was that late; the one behind them if none is. Where the
 * clock went back a little there are several such places: it is one of them. */
static int bisect(struct tx *tx, int64_t from, int64_t to, int64_t at, int64_t *out, struct err *e)
{
	int64_t end = to + 1;

	while (from < end) {
		int64_t middle = from + (end - from) / 2, then = 0;

		if (q_event_at(tx->db, middle, &then, e) < 0)
			return -1;
		if (then >= at)
			end = middle;
		else
			from = middle + 1;
	}
	*out = from;
	return 0;
}

/* What of the ids from one to another may be within the filter's times, joined with *low and *high. */
static int narrow_stretch(struct finder *d, int64_t from, int64_t to, int64_t *low, int64_t *high, struct err *e)
{
	int64_t first = from, behind = to + 1;

	if (d->f->from && bisect(d->tx, from, to, d->f->from - BACK_MS, &first, e))
		return -1;
	if (d->f->to && bisect(d->tx, from, to, d->f->to + BACK_MS, &behind, e))
		return -1;
	if (first >= behind)
		return 0;
	if (first < *low)
		*low = first;
	if (behind - 1 > *high)
		*high = behind - 1;
	return 0;
}

/* The clock goes back by much only where somebody accepted it. */
static int narrow(struct finder *d, struct err *e)
{
	int64_t begin = 1, low = INT64_MAX, high = 0;
	size_t n;

	if ((d->f->from == 0 && d->f->to == 0) || d->from > d->to)
		return 0;
	if (q_event_ids(d->tx->db, EVENT_BY_KIND, "clock.accept", 1, d->to, false, d->ids, JUMPS_MAX, &n, e))
		return -1;
	if (n == JUMPS_MAX)
		return 0;
	d->ids[n++] = d->to;
	for (size_t i = 0; i < n; i++) {
		if (narrow_stretch(d, begin, d->ids[i], &low, &high, e))
			return -1;
		begin = d->ids[i] + 1;
	}
	if (low > d->from)
		d->from = low;
	if (high < d->to)
		d->to = high;
	return 0;
}

/* ---- which index leads ---- */

static int kinds_of(struct finder *d, const char *prefix, struct leader *l, struct err *e)
{
	const char *kind = prefix;
	int rc;

	l->keys = arena_alloc(d->tx->arena, KINDS_MAX * sizeof(*l->keys));
	while ((rc = q_event_kind_after(d->tx->db, d->tx->arena, kind, &kind, e)) == 1 && is_kind(prefix, kind) &&
	       l->n < KINDS_MAX)
		l->keys[l->n++] = kind;
	return rc < 0 ? -1 : 0;
}

static int weigh(struct finder *d, struct leader *l, struct err *e)
{
	for (size_t i = 0; i < l->n && l->weight < WEIGHT_MAX; i++) {
		size_t n;

		if (q_event_ids(d->tx->db, l->index, l->keys[i], d->from, d->to, d->down, d->ids, WEIGHT_MAX, &n, e))
			return -1;
		l->weight += n;
	}
	return 0;
}

static void lead_by(struct finder *d, struct leader *all, size_t *n, enum event_index index, const char *key)
{
	if (key == NULL)
		return;
	all[*n] = (struct leader){ .index = index, .n = 1, .keys = arena_alloc(d->tx->arena, sizeof(key)) };
	all[(*n)++].keys[0] = key;
}

static void lead_by_places(struct finder *d, struct leader *l)
{
	*l = (struct leader){ .index = EVENT_BY_ACCOUNT, .n = d->f->places_n };
	l->keys = arena_alloc(d->tx->arena, (l->n + 1) * sizeof(*l->keys));
	for (size_t i = 0; i < l->n; i++)
		l->keys[i] = d->f->places[i].account;
}

/* Could a product have done it? Their names have this in them (edge/dev_message.c). */
static bool maybe_product(const struct event_filter *f)
{
	return f->actor_kind ? strcmp(f->actor_kind, "product") == 0 : strstr(f->actor, " SN ") != NULL;
}

/* 1 and the one with the fewest entries; 0: no filter has an index. */
static int choose(struct finder *d, struct leader *out, struct err *e)
{
	const struct event_filter *f = d->f;
	struct leader all[4] = { 0 };
	size_t n = 0, best = 0;

	if (f->actor && !maybe_product(f))
		lead_by(d, all, &n, EVENT_BY_ACTOR, f->actor);
	if (f->kind && is_prefix(f->kind)) {
		all[n] = (struct leader){ .index = EVENT_BY_KIND };
		if (kinds_of(d, f->kind, &all[n++], e))
			return -1;
	} else {
		lead_by(d, all, &n, EVENT_BY_KIND, f->kind);
	}
	if (f->account == NULL && f->only_places)
		lead_by_places(d, &all[n++]);
	else
		lead_by(d, all, &n, EVENT_BY_ACCOUNT, f->account);
	for (size_t i = 0; i < n && n > 1; i++) {
		if (weigh(d, &all[i], e))
			return -1;
		if (all[i].weight < all[best].weight)
			best = i;
	}
	*out = all[best];
	return n > 0;
}

/* ---- following it ---- */

static int by_number(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* The next candidates of all keys in order. Of a key that has more than were read, only those up to its last one are
 * known: *edge is the last id that all of them are known to; left alone if they are known to the end. */
static int gather(struct finder *d, const struct leader *l, size_t chunk, size_t *n, int64_t *edge, struct err *e)
{
	*n = 0;
	for (size_t i = 0; i < l->n; i++) {
		int64_t *ids = d->ids + *n;
		size_t got;

		if (q_event_ids(d->tx->db, l->index, l->keys[i], d->from, d->to, d->down, ids, chunk, &got, e))
			return -1;
		*n += got;
		if (got == chunk && (d->down ? ids[got - 1] > *edge : ids[got - 1] < *edge))
			*edge = ids[got - 1];
	}
	qsort(d->ids, *n, sizeof(*d->ids), by_number);
	return 0;
}

static int look_at(struct finder *d, size_t n, int64_t edge, struct err *e)
{
	for (size_t i = 0; i < n && d->left && !d->more; i++) {
		int64_t id = d->ids[d->down ? n - 1 - i : i];

		if (d->down ? id < edge : id > edge)
			break;
		if (q_event_span(d->tx->db, id, id, false, look, d, e))
			return -1;
	}
	return 0;
}

static int follow(struct finder *d, const struct leader *l, struct err *e)
{
	size_t chunk = l->n ? WEIGHT_MAX / l->n : 0, n;

	if (chunk < CHUNK_MIN)
		chunk = CHUNK_MIN;
	if (chunk * l->n > WEIGHT_MAX)
		d->ids = arena_alloc(d->tx->arena, chunk * l->n * sizeof(*d->ids));
	while (d->from <= d->to && d->left && !d->more) {
		int64_t edge = d->down ? d->from : d->to;

		if (gather(d, l, chunk, &n, &edge, e) || look_at(d, n, edge, e))
			return -1;
		if (d->down)
			d->to = edge - 1;
		else
			d->from = edge + 1;
	}
	return 0;
}

int event_find(struct tx *tx, const struct event_filter *f, const struct event_page *page, struct event_found *out,
	       struct err *e)
{
	struct finder d = { .tx = tx, .f = f, .page = page, .down = !page->oldest_first, .out = out, .from = 1 };
	struct event_row last = { 0 };
	struct leader l;
	int rc;

	*out = (struct event_found){ .rows = arena_alloc(tx->arena, (page->limit + 1) * sizeof(*out->rows)) };
	d.ids = arena_alloc(tx->arena, WEIGHT_MAX * sizeof(*d.ids));
	if (q_event_last(tx->db, tx->arena, &last, e) < 0)
		return -1;
	d.to = last.id;
	/* Any number may come in a cursor. */
	if (page->after > 0 && d.down && page->after <= d.to)
		d.to = page->after - 1;
	if (page->after > 0 && !d.down)
		d.from = page->after < d.to ? page->after + 1 : d.to + 1;
	rc = narrow(&d, e) ? -1 : choose(&d, &l, e);
	if (rc < 0)
		return -1;
	d.left = rc ? LOOK_LED : LOOK_ALONG;
	if (rc ? follow(&d, &l, e) : q_event_span(tx->db, d.from, d.to, d.down, look, &d, e))
		return -1;
	if (d.more)
		out->next = out->rows[out->n - 1].id;
	else if (d.left == 0)
		out->next = d.seen;
	return 0;
}
