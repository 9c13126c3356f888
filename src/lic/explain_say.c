/* explain_say.c - the sentences of an explanation. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "lic/explain.h"
#include "lic/instance.h"
#include "lic/site.h"

#define LOTS_NAMED 10 /* of those that count, and of those that start later */
#define ENDED_NAMED 3 /* the newest */
#define PLACES_NAMED 3

struct say {
	struct tx *tx;
	struct explanation *x;
	const struct pool *pool;
	struct buf b; /* the sentence in the making */
};

static void keep(struct say *s)
{
	struct explanation *x = s->x;

	if (s->b.n && x->sentences_n < EXPLAIN_SENTENCES)
		x->sentences[x->sentences_n++] = arena_strdup(s->tx->arena, s->b.data);
	buf_clear(&s->b);
}

static const char *be(int64_t n)
{
	return n == 1 ? "is" : "are";
}

static const char *plural(int64_t n)
{
	return n == 1 ? "" : "s";
}

/* `24 Nov 2026, 07:25:10 UTC (in 3 days)` */
static void add_when(struct say *s, int64_t at)
{
	char when[CLOCK_TEXT_SIZE], span[CLOCK_TEXT_SIZE];
	int64_t away = at - s->tx->now;

	clock_text(at, when);
	clock_span(away, span);
	if (away > -SECOND_MS && away < SECOND_MS)
		buf_printf(&s->b, "%s (now)", when);
	else
		buf_printf(&s->b, away > 0 ? "%s (in %s)" : "%s (%s ago)", when, span);
}

/* ---- where it stands ---- */

static void say_status(struct say *s)
{
	const struct pool *p = s->pool;
	const char *name = s->x->kind.display_name, *va = s->x->va.name;

	if (s->x->va.unseen) {
		buf_printf(&s->b, "%" PRId64 " of %s %s owned in '%s'.", p->quantity, name, be(p->quantity), va);
		keep(s);
		buf_printf(
			&s->b,
			"The satellite '%s' serves this virtual account: it knows who uses how many, and whether they are "
			"enough.",
			s->x->va.satellite_name);
		keep(s);
		return;
	}
	if (pool_short(p))
		buf_printf(&s->b, "%s is out of compliance in '%s': %" PRId64 " %s missing.", name, va, -p->balance,
			   be(-p->balance));
	else if (p->quantity == 0 && p->in_use == 0)
		buf_printf(&s->b, "%s is in compliance in '%s': none is owned and none is in use.", name, va);
	else if (p->balance == 0)
		buf_printf(&s->b, "%s is in compliance in '%s': none is left over.", name, va);
	else
		buf_printf(&s->b, "%s is in compliance in '%s': %" PRId64 " %s left over.", name, va, p->balance,
			   be(p->balance));
	keep(s);
}

static void say_numbers(struct say *s)
{
	const struct pool *p = s->pool;

	if (s->x->va.unseen || (p->quantity == 0 && p->in_use == 0 && p->reserved == 0 && p->lent == 0))
		return;
	buf_printf(&s->b, "%" PRId64 " %s owned and %" PRId64 " %s in use", p->quantity, be(p->quantity), p->in_use,
		   be(p->in_use));
	if (p->reserved)
		buf_printf(&s->b, ", %" PRId64 " %s reserved", p->reserved, be(p->reserved));
	if (p->borrowed)
		buf_printf(&s->b, ", %" PRId64 " %s borrowed", p->borrowed, be(p->borrowed));
	if (p->lent)
		buf_printf(&s->b, ", %" PRId64 " %s lent", p->lent, be(p->lent));
	buf_adds(&s->b, ".");
	keep(s);
}

/* ---- lots ---- */

enum lot_state { COUNTS, LATER, ENDED };

static enum lot_state lot_state(const struct lot_row *lot, int64_t now)
{
	if (lot->end_at && lot->end_at <= now)
		return ENDED;
	return lot->start_at > now ? LATER : COUNTS;
}

/* `3 term licenses (subscription Sub-1)` */
static void add_lot(struct say *s, const struct lot_row *lot)
{
	const char *type = strcmp(lot->license_type, "PERPETUAL") == 0 ? "perpetual"
			 : strcmp(lot->license_type, "TERM") == 0      ? "term"
								       : "demo";

	buf_printf(&s->b, "%" PRId64 " %s license%s", lot->quantity, type, plural(lot->quantity));
	if (*lot->subscription_id)
		buf_printf(&s->b, " (subscription %s)", lot->subscription_id);
}

static void say_lot(struct say *s, const struct lot_row *lot, enum lot_state state)
{
	const char *verb = lot->quantity == 1 ? "s" : "";

	add_lot(s, lot);
	if (state == ENDED) {
		buf_adds(&s->b, " ended on ");
		add_when(s, lot->end_at);
		buf_printf(&s->b, " and no longer count%s.", verb);
		keep(s);
		return;
	}
	buf_printf(&s->b, state == LATER ? " start%s on " : " count%s since ", verb);
	add_when(s, lot->start_at);
	if (lot->end_at) {
		buf_printf(&s->b, " and end%s on ", verb);
		add_when(s, lot->end_at);
	} else if (state == COUNTS) {
		buf_adds(&s->b, ", without an end");
	}
	if (state == LATER)
		buf_printf(&s->b, "; until then %s not count", lot->quantity == 1 ? "it does" : "they do");
	if (lot->reserved)
		buf_printf(&s->b, "; %" PRId64 " of them %s reserved", lot->reserved, be(lot->reserved));
	buf_adds(&s->b, ".");
	keep(s);
}

static void say_lots_of(struct say *s, enum lot_state state, size_t named)
{
	const struct explanation *x = s->x;
	int64_t rest = 0, lots;
	size_t n = 0;

	for (size_t k = 0; k < x->lots_n; k++) {
		/* Those that ended last come last in the list of what ends soonest. */
		size_t i = state == ENDED ? x->lots_n - 1 - k : k;

		/* What is reserved of an empty lot has a sentence of its own. */
		if (x->lots[i].quantity == 0 || lot_state(&x->lots[i], s->tx->now) != state)
			continue;
		if (n++ < named)
			say_lot(s, &x->lots[i], state);
		else
			rest += x->lots[i].quantity;
	}
	if (n <= named)
		return;
	lots = (int64_t)(n - named);
	buf_printf(&s->b, "%" PRId64 " more %s in %" PRId64 " other lot%s that ", rest, be(rest), lots, plural(lots));
	if (state == ENDED)
		buf_adds(&s->b, "ended before.");
	else
		buf_printf(&s->b, "%s%s %s.", state == LATER ? "start" : "count", lots == 1 ? "s" : "",
			   state == LATER ? "later" : "today");
	keep(s);
}

static void say_lots(struct say *s)
{
	say_lots_of(s, COUNTS, LOTS_NAMED);
	say_lots_of(s, LATER, LOTS_NAMED);
	say_lots_of(s, ENDED, ENDED_NAMED);
}

/* `2 by vm (PID UCM, SN 4711), 1 by PID UCM, SN 4712` */
static void add_products(struct say *s, const struct user_row *rows, size_t n, const char *word)
{
	for (size_t i = 0; i < n; i++) {
		const struct user_row *u = &rows[i];

		buf_printf(&s->b, "%s%" PRId64 " %s ", i ? ", " : "", u->quantity, word);
		if (u->hostname && *u->hostname)
			buf_printf(&s->b, "%s (PID %s, SN %s)", u->hostname, u->udi.pid, u->udi.serial);
		else
			buf_printf(&s->b, "PID %s, SN %s", u->udi.pid, u->udi.serial);
	}
}

static void say_reserved(struct say *s)
{
	const struct explanation *x = s->x;
	const struct pool *p = s->pool;

	if (p->reserved == 0)
		return;
	buf_printf(&s->b, "%" PRId64 " %s reserved: ", p->reserved, be(p->reserved));
	add_products(s, x->reservations, x->reservations_n, "for");
	if (x->reserved_others)
		buf_printf(&s->b, "%s%" PRId64 " for others", x->reservations_n ? ", " : "", x->reserved_others);
	buf_adds(&s->b, p->reserved == 1 ? "; no other product can use it" : "; no other product can use them");
	if (p->reserved > p->quantity)
		buf_printf(&s->b, ". That is %" PRId64 " more than owned; for reservations nothing is borrowed",
			   p->reserved - p->quantity);
	buf_adds(&s->b, ".");
	keep(s);
}

/* ---- users ---- */

static void say_users(struct say *s)
{
	const struct explanation *x = s->x;

	if (s->pool->in_use == 0)
		return;
	buf_printf(&s->b, "%" PRId64 " %s in use: ", s->pool->in_use, be(s->pool->in_use));
	add_products(s, x->users, x->users_n, "by");
	if (x->others)
		buf_printf(&s->b, "%s%" PRId64 " by others", x->users_n ? ", " : "", x->others);
	buf_adds(&s->b, ".");
	keep(s);
}

static void say_refused(struct say *s)
{
	const struct explanation *x = s->x;
	size_t n = x->refused_n < EXPLAIN_USERS ? x->refused_n : EXPLAIN_USERS;

	if (n == 0)
		return;
	buf_adds(&s->b, "It is export-controlled, and not granted to products that may not use it: asked for are ");
	add_products(s, x->refused, n, "by");
	buf_adds(&s->b, x->refused_n > n ? ", and more by others." : ".");
	keep(s);
}

/* ---- the family ---- */

static const char *other_name(const struct say *s, size_t i)
{
	return s->x->kinds[i]->display_name;
}

static void say_order(struct say *s)
{
	const struct explanation *x = s->x;

	if (x->family.n < 2) {
		buf_adds(&s->b, "It stands alone: it borrows from no other license and lends to none.");
		keep(s);
		return;
	}
	buf_adds(&s->b, "Its family, the highest first: ");
	for (size_t i = 0; i < x->family.n; i++)
		buf_printf(&s->b, "%s%s", i ? ", " : "", x->kinds[i]->name);
	buf_adds(&s->b,
		 ". What a license lacks is borrowed from the nearest higher one that has some left after its own use.");
	keep(s);
}

static void say_loans(struct say *s)
{
	const struct explanation *x = s->x;

	for (size_t i = 0; i < x->family.loans_n; i++) {
		const struct loan *l = &x->family.loans[i];
		size_t other = l->to == x->self ? l->from : l->to;
		const struct pool *p = &x->family.pools[other];

		if (l->to == x->self)
			buf_printf(&s->b,
				   "%" PRId64 " %s borrowed from %s, of which %" PRId64 " %s owned and %" PRId64
				   " %s in use.",
				   l->quantity, be(l->quantity), other_name(s, other), p->quantity, be(p->quantity),
				   p->in_use, be(p->in_use));
		else if (l->from == x->self)
			buf_printf(&s->b,
				   "%" PRId64 " %s lent to %s, of which %" PRId64 " %s owned and %" PRId64 " %s in use.",
				   l->quantity, be(l->quantity), other_name(s, other), p->quantity, be(p->quantity),
				   p->in_use, be(p->in_use));
		keep(s);
	}
}

/* Why the higher ones give no more. */
static void say_lenders(struct say *s)
{
	const struct explanation *x = s->x;
	size_t higher = 0;

	for (size_t i = x->self; i-- > 0;) {
		const struct pool *p = &x->family.pools[i];

		if (p->tier == s->pool->tier)
			continue;
		higher++;
		if (p->quantity == 0) {
			buf_printf(&s->b, "%s has none to lend: none is owned", other_name(s, i));
		} else {
			buf_printf(&s->b, "%s has none left to lend: %" PRId64 " %s owned, %" PRId64 " %s in use",
				   other_name(s, i), p->quantity, be(p->quantity), p->in_use, be(p->in_use));
			if (p->reserved)
				buf_printf(&s->b, ", %" PRId64 " %s reserved", p->reserved, be(p->reserved));
			if (p->lent)
				buf_printf(&s->b, ", %" PRId64 " %s lent", p->lent, be(p->lent));
		}
		buf_adds(&s->b, ".");
		keep(s);
	}
	if (higher == 0 && x->family.n > 1) {
		buf_adds(&s->b, "It is the highest of its family: there is none to borrow from.");
		keep(s);
	}
}

static void say_family(struct say *s)
{
	const struct pool *p = s->pool;
	int64_t unreserved = p->quantity > p->reserved ? p->quantity - p->reserved : 0;

	if (p->borrowed || p->lent || pool_short(p))
		say_order(s);
	say_loans(s);
	/* Reservations beyond what is owned borrow nothing: then the lenders do not matter. */
	if (p->in_use > p->borrowed + unreserved)
		say_lenders(s);
}

/* ---- since when, and what helps ---- */

static void say_outage(struct say *s)
{
	const struct outage *o = s->x->outage;
	char span[CLOCK_TEXT_SIZE], when[CLOCK_TEXT_SIZE];

	if (o == NULL)
		return;
	if (o->in_at == 0) {
		buf_adds(&s->b, "Out of compliance since ");
		add_when(s, o->out_at);
		buf_printf(&s->b, ", at worst %" PRId64 " short. What did it: %s", o->shortage, o->by.text);
		if (o->by.id)
			buf_printf(&s->b, " (event %" PRId64 ", %s)", o->by.id, o->by.kind);
		buf_adds(&s->b, ".");
	} else {
		clock_text(o->out_at, when);
		clock_span(o->in_at - o->out_at, span);
		buf_printf(&s->b, "It was last out of compliance from %s for %s, at worst %" PRId64 " short: %s; until %s.",
			   when, span, o->shortage, o->by.text, o->ended_by.text);
	}
	keep(s);
}

/* `All 3 missing can be transferred from 'Branch', which has 4 left over; 2 of the 3 from 'Lab', which has 2 of …` */
static void say_places(struct say *s, int64_t missing)
{
	const struct explanation *x = s->x;
	size_t n = x->places_n < PLACES_NAMED ? x->places_n : PLACES_NAMED;

	for (size_t i = 0; i < n; i++) {
		const struct explain_place *place = &x->places[i];

		buf_adds(&s->b, i ? "; " : "");
		if (place->free < missing)
			buf_printf(&s->b, "%" PRId64 " of the %" PRId64 " missing", place->free, missing);
		else if (missing == 1)
			buf_adds(&s->b, i ? "the one" : "The one missing");
		else
			buf_printf(&s->b, "%s %" PRId64 "%s", i ? "all" : "All", missing, i ? "" : " missing");
		buf_printf(&s->b, "%s from '%s', which has %" PRId64, i ? "" : " can be transferred",
			   place->virtual_account, place->free);
		if (place->kind != x->kinds[x->self])
			buf_printf(&s->b, " of %s", place->kind->display_name);
		buf_adds(&s->b, " left over");
	}
	buf_adds(&s->b, n ? "." : "");
	keep(s);
}

static void say_remedy(struct say *s)
{
	const struct explanation *x = s->x;
	int64_t missing = -s->pool->balance;

	if (missing <= 0)
		return;
	buf_printf(&s->b, "%" PRId64 " more license%s %s it back%s", missing, plural(missing),
		   missing == 1 ? "brings" : "bring",
		   explain_higher_helps(s->x) ? ", of this kind or of a higher one of its family" : "");
	/* Less use does not make up for reservations beyond what is owned. */
	if (missing <= s->pool->in_use)
		buf_printf(&s->b, "; so does using %" PRId64 " fewer", missing);
	buf_adds(&s->b, ".");
	keep(s);
	say_places(s, missing);
	if (s->tx->site->role == SITE_SATELLITE)
		buf_printf(
			&s->b,
			"New ones come from the cloud manager, whose administrator books them for '%s' in the account '%s'; they "
			"arrive with the next synchronization.",
			x->account->virtual_account, x->account->smart_account);
	else
		buf_printf(&s->b, "An administrator of this cloud manager books new ones for '%s' in the account '%s'%s.",
			   x->va.name, x->account->name,
			   x->va.satellite_id ? "; they arrive at the satellite with its next synchronization" : "");
	keep(s);
}

/* ---- what comes ---- */

static void say_change(struct say *s, const struct explain_change *c, bool last)
{
	buf_adds(&s->b, "On ");
	add_when(s, c->at);
	buf_adds(&s->b, " ");
	add_lot(s, c->lot);
	if (c->kind != s->x->kinds[s->x->self])
		buf_printf(&s->b, " of %s", c->kind->display_name);
	buf_printf(&s->b, " %s%s", c->ends ? "end" : "start", c->lot->quantity == 1 ? "s" : "");
	if (!last || s->x->va.unseen)
		buf_adds(&s->b, ".");
	else if (c->balance < 0)
		buf_printf(&s->b, ": then %" PRId64 " %s missing, if as many are in use as today.", -c->balance,
			   be(-c->balance));
	else if (c->balance == 0)
		buf_adds(&s->b, ": then none is left over, if as many are in use as today.");
	else
		buf_printf(&s->b, ": then %" PRId64 " %s left over, if as many are in use as today.", c->balance,
			   be(c->balance));
	keep(s);
}

void explain_say(struct tx *tx, struct explanation *x)
{
	struct say s = { .tx = tx, .x = x, .pool = &x->family.pools[x->self] };

	x->sentences_n = 0;
	say_status(&s);
	say_numbers(&s);
	say_lots(&s);
	say_reserved(&s);
	say_users(&s);
	say_refused(&s);
	say_family(&s);
	say_outage(&s);
	say_remedy(&s);
	/* Of several lots at the same moment the last tells how it stands then. */
	for (size_t i = 0; i < x->changes_n; i++)
		say_change(&s, &x->changes[i], i + 1 == x->changes_n || x->changes[i + 1].at != x->changes[i].at);
	buf_fini(&s.b);
}
