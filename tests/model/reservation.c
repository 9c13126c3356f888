/* reservation.c - license reservations in the model: of each one the sets that its product may hold. */
#include <string.h>

#include "tests/model/model.h"

bool model_live(const struct model *m, int reserver)
{
	enum model_state state = m->reservations[reserver].state;

	return state != MODEL_NONE && state != MODEL_ENDED;
}

bool model_needs_cuwl(int reserver)
{
	return reserver % 3 == 2;
}

const struct model_product *model_registered(const struct model *m, int reserver)
{
	int product = RESERVERS_FROM + reserver;
	const struct model_product *p = product < PRODUCTS_MAX ? &m->products[product] : NULL;

	return p && p->there && m->now < p->registration_expires_at ? p : NULL;
}

int64_t model_blocked(const struct model *m, int reserver, int va, int lot)
{
	const struct model_reservation *r = &m->reservations[reserver];
	int64_t most = 0;

	if (!model_live(m, reserver) || r->va != va)
		return 0;
	for (int i = 0; i < r->sets_n; i++)
		if (r->sets[i].of[lot] > most)
			most = r->sets[i].of[lot];
	return most;
}

int64_t model_reserved(const struct model *m, int va, int lot)
{
	int64_t sum = 0;

	for (int i = 0; i < RESERVERS_MAX; i++)
		sum += model_blocked(m, i, va, lot);
	return sum;
}

/* ---- which lots ---- */

static bool ends_sooner(const struct model *m, int a, int b)
{
	int64_t x = m->lots[a].end_at, y = m->lots[b].end_at;

	if (x == y)
		return a < b;
	return x && (y == 0 || x < y);
}

/* Is there one more license of the lot that this device can have? of_held: that it has already. */
static bool has_more(const struct model *m, int reserver, int va, int lot, const struct model_set *taken, bool of_held)
{
	const struct model_reservation *r = &m->reservations[reserver];
	int64_t others = model_reserved(m, va, lot) - model_blocked(m, reserver, va, lot);

	if (of_held && (r->state != MODEL_RESERVED || taken->of[lot] >= r->sets[0].of[lot]))
		return false;
	return m->lots[lot].share[va] - others > taken->of[lot];
}

/* The lot that gives the next license; -1 if none does. */
static int next_lot(const struct model *m, int reserver, int va, int kind, bool shortest_first,
		    const struct model_set *taken, bool of_held)
{
	int best = -1;

	for (int i = 0; i < m->lots_n; i++) {
		if (m->lots[i].kind != kind || !model_valid(m, &m->lots[i]) ||
		    !has_more(m, reserver, va, i, taken, of_held))
			continue;
		if (best < 0 || ends_sooner(m, i, best) == shortest_first)
			best = i;
	}
	return best;
}

/* One license more is reserved: an own one that nobody uses, and nobody is short by it. */
static bool reserve_one(struct model_pool pools[KINDS], int kind)
{
	struct model_pool before[KINDS];

	model_settle(pools);
	memcpy(before, pools, sizeof(before));
	if (pools[kind].quantity - pools[kind].reserved - pools[kind].in_use < 1)
		return false;
	pools[kind].reserved++;
	model_settle(pools);
	return !model_shorter(before, pools);
}

static enum err_code choose(const struct model *m, int reserver, int va, const struct model_wishes *wishes,
			    struct model_set *out)
{
	struct model_pool pools[KINDS];

	memset(out, 0, sizeof(*out));
	model_count(m, va, pools);
	for (int kind = 0; kind < KINDS; kind++) {
		if (wishes->of[kind] && kind == RESTRICTED && !m->export_permitted)
			return E_EXPORT_NOT_ALLOWED;
		for (int64_t n = 0; n < wishes->of[kind]; n++) {
			int lot = next_lot(m, reserver, va, kind, wishes->shortest_first, out, true);

			if (lot < 0)
				lot = next_lot(m, reserver, va, kind, wishes->shortest_first, out, false);
			if (lot < 0)
				return E_NOT_ENOUGH;
			out->of[lot]++;
			if (out->of[lot] > model_blocked(m, reserver, va, lot) && !reserve_one(pools, kind))
				return E_NOT_ENOUGH;
		}
	}
	return model_needs_cuwl(reserver) && wishes->of[CUWL] == 0 ? E_RESERVATION_MINIMUM : E_NONE;
}

static bool wishes_nothing(const struct model_wishes *wishes)
{
	for (int kind = 0; kind < KINDS; kind++)
		if (wishes->of[kind])
			return false;
	return true;
}

/* ---- what an administrator does ---- */

static void issue(struct model_reservation *r, const struct model_set *set, enum model_state state)
{
	r->sets[r->sets_n++] = *set;
	r->issued++;
	r->state = state;
}

static enum err_code begin(struct model *m, int reserver, int va, int nonce)
{
	struct model_reservation *r = &m->reservations[reserver];

	if (nonce >= 0 && (m->nonces[reserver] & 1U << nonce))
		return E_CODE_USED;
	if (nonce >= 0)
		m->nonces[reserver] |= 1U << nonce;
	*r = (struct model_reservation){ .state = MODEL_IN_PROGRESS, .va = va, .ordinal = r->ordinal + 1 };
	return E_NONE;
}

enum err_code model_reserve(struct model *m, int reserver, int va, int nonce, const struct model_wishes *wishes)
{
	struct model_reservation *r = &m->reservations[reserver];
	struct model_set set;
	enum err_code rc = E_NONE;

	if (!m->reservation_permitted)
		return E_RESERVATION_NOT_PERMITTED;
	if (model_live(m, reserver) && (r->state != MODEL_IN_PROGRESS || r->va != va))
		return E_RESERVATION_IN_USE;
	if (!model_live(m, reserver))
		rc = begin(m, reserver, va, nonce);
	if (rc)
		return rc;
	if (model_registered(m, reserver))
		return E_ALREADY_REGISTERED;
	if (wishes_nothing(wishes))
		return E_NONE;
	rc = choose(m, reserver, va, wishes, &set);
	if (rc == E_NONE)
		issue(r, &set, MODEL_RESERVED);
	return rc;
}

enum err_code model_update(struct model *m, int reserver, const struct model_wishes *wishes)
{
	struct model_reservation *r = &m->reservations[reserver];
	struct model_set set;
	enum err_code rc;

	if (!m->reservation_permitted)
		return E_RESERVATION_NOT_PERMITTED;
	if (r->state != MODEL_RESERVED)
		return E_RESERVATION_STATE;
	if (wishes_nothing(wishes))
		return E_INVALID_REQUEST;
	rc = choose(m, reserver, r->va, wishes, &set);
	if (rc == E_NONE) {
		r->confirmed = false;
		issue(r, &set, MODEL_IN_TRANSIT);
	}
	return rc;
}

enum err_code model_cancel(struct model *m, int reserver)
{
	struct model_reservation *r = &m->reservations[reserver];

	if (r->state == MODEL_IN_PROGRESS) {
		r->state = MODEL_ENDED;
		return E_NONE;
	}
	if (r->state != MODEL_IN_TRANSIT || r->cancelling || r->sets_n == 1)
		return E_RESERVATION_STATE;
	r->cancelling = true;
	issue(r, &r->sets[0], MODEL_IN_TRANSIT);
	return E_NONE;
}

enum err_code model_remove(struct model *m, int reserver, bool reason)
{
	if (!reason)
		return E_INVALID_REQUEST;
	if (!model_live(m, reserver))
		return E_RESERVATION_STATE;
	m->reservations[reserver].state = MODEL_ENDED;
	return E_NONE;
}

/* ---- what a product answers ---- */

static bool is_own(const struct model *m, int reserver, const struct model_code *code)
{
	return code->reserver == reserver && code->ordinal == m->reservations[reserver].ordinal;
}

/* A code that is not one of the live reservation. */
static enum err_code strange(const struct model *m, int reserver, const struct model_code *code)
{
	if (code->reserver >= 0)
		return code->reserver == reserver ? E_CODE_USED : E_CODE_WRONG_PRODUCT;
	return m->reservations[reserver].issued ? E_CODE_ALTERED : E_RESERVATION_STATE;
}

enum err_code model_confirm(struct model *m, int reserver, const struct model_code *code)
{
	struct model_reservation *r = &m->reservations[reserver];

	if (!model_live(m, reserver))
		return E_RESERVATION_STATE;
	if (!is_own(m, reserver, code))
		return strange(m, reserver, code);
	if (code->number != r->issued - 1)
		return E_CODE_OLD;
	if (r->confirmed)
		return E_CODE_USED;
	r->sets[0] = r->sets[r->sets_n - 1];
	r->sets_n = 1;
	r->confirmed = r->held_confirmed = true;
	r->cancelling = false;
	r->state = MODEL_RESERVED;
	return E_NONE;
}

enum err_code model_return(struct model *m, int reserver, const struct model_code *code)
{
	struct model_reservation *r = &m->reservations[reserver];
	int older;

	if (!model_live(m, reserver) && code->reserver < 0)
		return E_RESERVATION_UNKNOWN;
	if (!model_live(m, reserver) || !is_own(m, reserver, code))
		return strange(m, reserver, code);
	older = r->issued - r->sets_n;
	if (code->number < older)
		return r->held_confirmed ? E_CODE_OLD : E_CODE_USED;
	if (code->number == r->issued - 1) {
		r->state = MODEL_ENDED;
		return E_NONE;
	}
	/* The product may still install the codes issued since. */
	r->sets_n -= code->number - older + 1;
	memmove(r->sets, &r->sets[code->number - older + 1], (size_t)r->sets_n * sizeof(r->sets[0]));
	r->held_confirmed = false;
	return E_NONE;
}
