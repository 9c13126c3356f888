/* forecast_cause.c - why a pool becomes short, in words. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "lic/forecast_cause.h"
#include "lic/license.h"

struct cause {
	struct arena *arena;
	const struct outlook *o;
	const struct shortage *s;
	size_t pool;
	const struct pool *before, *then;
	int64_t at;
};

static const char *date(struct arena *a, int64_t at)
{
	char text[CLOCK_TEXT_SIZE];

	clock_text(at, text);
	text[strcspn(text, ",")] = '\0';
	return arena_strdup(a, text);
}

/* `1 license`, `2 licenses`; and the end of a verb with so many. */
static const char *licenses(struct arena *a, int64_t n)
{
	return arena_printf(a, "%" PRId64 " license%s", n, n == 1 ? "" : "s");
}

static const char *verb(int64_t n)
{
	return n == 1 ? "s" : "";
}

/* `, 4 reserved, 3 borrowed`: what else makes up the balance. */
static const char *rest(const struct cause *c)
{
	char reserved[48] = "", borrowed[48] = "", lent[48] = "";

	if (c->then->reserved)
		snprintf(reserved, sizeof(reserved), ", %" PRId64 " reserved", c->then->reserved);
	if (c->then->borrowed)
		snprintf(borrowed, sizeof(borrowed), ", %" PRId64 " borrowed", c->then->borrowed);
	if (c->then->lent)
		snprintf(lent, sizeof(lent), ", %" PRId64 " lent", c->then->lent);
	return arena_printf(c->arena, "%s%s%s", reserved, borrowed, lent);
}

/* `72 in use`, or what it will be. */
static const char *in_use(const struct cause *c)
{
	int64_t today = c->o->now.pools[c->pool].in_use;

	if (c->then->in_use == today)
		return arena_printf(c->arena, "%" PRId64 " in use", today);
	return arena_printf(c->arena, "%" PRId64 " in use by then, %" PRId64 " now", c->then->in_use, today);
}

static const char *lots_text(const struct cause *c)
{
	int64_t ending = outlook_ending(c->o, c->pool, c->at), starting = outlook_starting(c->o, c->pool, c->at);
	char start[48] = "";

	if (starting)
		snprintf(start, sizeof(start), " and %" PRId64 " start%s", starting, verb(starting));
	return arena_printf(c->arena, "%" PRId64 " of %s end%s on %s%s; %s%s", ending,
			    licenses(c->arena, c->before->quantity), verb(ending), date(c->arena, c->at), start, in_use(c),
			    rest(c));
}

static int64_t loan(const struct family *f, size_t from, size_t to)
{
	for (size_t i = 0; i < f->loans_n; i++)
		if (f->loans[i].from == from && f->loans[i].to == to)
			return f->loans[i].quantity;
	return 0;
}

/* The nearest lender that lends less than before; the pool itself if there is none. */
static size_t lender(const struct cause *c)
{
	for (size_t i = c->pool; i-- > 0;)
		if (loan(&c->s->then, i, c->pool) < loan(&c->s->before, i, c->pool))
			return i;
	return c->pool;
}

static const char *borrowed_text(const struct cause *c, const char *why)
{
	return arena_printf(c->arena, "%" PRId64 " can be borrowed from %s on, %" PRId64 " %s borrowed before: %s; %s, %s",
			    c->then->borrowed, date(c->arena, c->at), c->before->borrowed,
			    c->before->borrowed == 1 ? "was" : "were", why, in_use(c),
			    licenses(c->arena, c->then->quantity));
}

/* Fewer can be borrowed: why the lender lends less. */
static const char *lender_cause(const struct cause *c, size_t from, const char *name, const char **text)
{
	int64_t ending = outlook_ending(c->o, from, c->at);

	if (ending) {
		*text = borrowed_text(c, arena_printf(c->arena, "%" PRId64 " of %" PRId64 " of %s end%s", ending,
						      c->s->before.pools[from].quantity, name, verb(ending)));
		return "LENDER_LOTS_END";
	}
	if (from != c->pool && c->s->then.pools[from].in_use > c->s->before.pools[from].in_use) {
		*text = borrowed_text(c, arena_printf(c->arena, "%s needs more itself", name));
		return "LENDER_USE_GROWS";
	}
	*text = borrowed_text(c, "a higher tier borrows them");
	return "LENT_ELSEWHERE";
}

static const char *name_of(const struct entitlement_row *kinds, size_t n, int64_t id)
{
	const struct entitlement_row *kind = entitlement_in(kinds, n, id);

	return kind ? kind->display_name : "";
}

const char *forecast_cause(struct arena *a, const struct outlook *o, const struct shortage *s, size_t pool,
			   const struct entitlement_row *kinds, size_t n, const char **text)
{
	struct cause c = { .arena = a, .o = o, .s = s, .pool = pool };
	size_t from;

	*text = "";
	if (s->gaps == NULL)
		return "";
	c.at = s->gaps->from;
	c.before = &s->before.pools[pool];
	c.then = &s->then.pools[pool];
	if (c.at == o->at) {
		*text = arena_printf(a, "%" PRId64 " in use, %s%s", c.then->in_use, licenses(a, c.then->quantity),
				     rest(&c));
		return "NOW";
	}
	if (outlook_ending(o, pool, c.at)) {
		*text = lots_text(&c);
		return "LOTS_END";
	}
	from = lender(&c);
	if (from != pool && outlook_ending(o, from, c.at))
		return lender_cause(&c, from, name_of(kinds, n, o->now.pools[from].entitlement), text);
	if (c.then->in_use > c.before->in_use) {
		*text = arena_printf(a, "%" PRId64 " in use on %s, %" PRId64 " now; %s%s", c.then->in_use, date(a, c.at),
				     o->now.pools[pool].in_use, licenses(a, c.then->quantity), rest(&c));
		return "USE_GROWS";
	}
	return lender_cause(&c, from, name_of(kinds, n, o->now.pools[from].entitlement), text);
}
