/* operation_reservation.c - operations on license reservations, on both sides. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "lic/reservation.h"
#include "tests/model/run.h"

#define NONCES 6
#define ENTRIES_THAT_FIT 12 /* in a code, surely */

#define STATE(name) (1U << MODEL_##name)

/* One of those in such a state, mostly; else any. */
static int some_reserver(const struct run *r, const struct op *op, unsigned states)
{
	int fit[RESERVERS_MAX], n = 0;

	for (int i = 0; i < RESERVERS_MAX; i++)
		if (states & 1U << r->model.reservations[i].state)
			fit[n++] = i;
	return n && op->c % 8 ? fit[op->a % (unsigned)n] : (int)(op->a % RESERVERS_MAX);
}

static struct udi udi_of(struct run *r, int reserver)
{
	struct udi udi = device_udi(r, RESERVERS_FROM + reserver);

	if (reserver % 3 == 1) /* its request code does not tell the UUID */
		udi.uuid = "";
	return udi;
}

/* ---- wishes ---- */

/* What is free of a kind, or what of it is wished. */
static int64_t at_most(const struct model_pool *pool, int64_t wish)
{
	int64_t free = pool->quantity - pool->reserved - pool->in_use;

	return free < 0 ? 0 : wish < free ? wish : free;
}

/* One more than is free of a kind that is in use: only a higher tier could give it. */
static void wish_borrowed(const struct model_pool pools[KINDS], unsigned which, struct model_wishes *w)
{
	for (unsigned i = 0; i < TIERS; i++) {
		unsigned kind = (which + i) % TIERS;
		int64_t free = pools[kind].quantity - pools[kind].reserved - pools[kind].in_use;

		if (free < 0 || pools[kind].in_use == 0)
			continue;
		w->of[kind] = free + 1;
		return;
	}
}

/* What no tier lends or needs, and here and there one of what it lends: another tier may be able to lend instead. */
static void wish_lent(const struct model_pool pools[KINDS], unsigned which, struct model_wishes *w)
{
	for (int kind = 0; kind < TIERS; kind++)
		if (pools[kind].balance >= 0)
			w->of[kind] = at_most(&pools[kind], pools[kind].balance + (which >> kind & 1));
}

/* Few kinds, few of each: mostly what is free in the virtual account, and what the product needs at least. */
static struct model_wishes wishes_of(const struct run *r, const struct op *op, int reserver, int va)
{
	struct model_wishes w = { .shortest_first = op->c % 2 };
	struct model_pool pools[KINDS];
	int64_t sum = 0;

	model_pools(&r->model, va, pools);
	if (op->d % 8 == 1)
		wish_borrowed(pools, op->b, &w);
	else if (op->d % 8 == 2)
		wish_lent(pools, op->b, &w);
	else
		for (int kind = 0; kind < KINDS; kind++)
			w.of[kind] = op->d % 8 ? at_most(&pools[kind], op->counts[kind]) : op->counts[kind] / 4;
	for (int kind = 0; kind < KINDS; kind++)
		sum += w.of[kind];
	for (int kind = 0; kind < KINDS && sum == 0 && op->d % 16; kind++)
		sum += w.of[kind] = at_most(&pools[kind], 2);
	if (model_needs_cuwl(reserver) && w.of[CUWL] == 0)
		w.of[CUWL] = op->b % 4 > 0;
	return w;
}

static size_t list_wishes(struct run *r, const struct model_wishes *w, struct reservation_wish out[KINDS])
{
	size_t n = 0;

	for (int kind = 0; kind < KINDS; kind++)
		if (w->of[kind])
			out[n++] = (struct reservation_wish){ .license = r->kinds[kind].tag,
							      .quantity = w->of[kind],
							      .shortest_first = w->shortest_first };
	return n;
}

/* ---- codes ---- */

/* As codes say it: in whole seconds, and after the start. */
static int64_t end_in_code(const struct model_lot *lot)
{
	int64_t end = lot->end_at / SECOND_MS, start = lot->start_at / SECOND_MS;

	return (lot->end_at && end == start ? end + 1 : end) * SECOND_MS;
}

/* Licenses of a kind with an end, in the newest set of a reservation. */
static int64_t set_sum(const struct run *r, const struct model_set *set, const struct slr_entitlement *entry)
{
	int64_t sum = 0;

	for (int i = 0; i < r->model.lots_n; i++)
		if (strcmp(r->kinds[r->model.lots[i].kind].tag, entry->tag) == 0 &&
		    end_in_code(&r->model.lots[i]) == entry->end_at)
			sum += set->of[i];
	return sum;
}

/* The code's entries are the licenses of the newest set. */
static void compare_code(struct run *r, int reserver, const struct slr_code *c)
{
	const struct model_reservation *right = &r->model.reservations[reserver];
	const struct model_set *set = &right->sets[right->sets_n - 1];
	int64_t in_set = 0, in_code = 0;

	for (int i = 0; i < r->model.lots_n; i++)
		in_set += set->of[i];
	for (size_t i = 0; i < c->n; i++) {
		const struct slr_entitlement *entry = &c->entitlements[i];
		int64_t sum = 0;

		in_code += entry->count;
		for (size_t k = 0; k < c->n; k++)
			if (strcmp(c->entitlements[k].tag, entry->tag) == 0 && c->entitlements[k].end_at == entry->end_at)
				sum += c->entitlements[k].count;
		if (sum != set_sum(r, set, entry))
			differs(r, "the code of device %d has %" PRId64 " of %s that end at %" PRId64 ", right is %" PRId64,
				reserver, sum, entry->tag, entry->end_at, set_sum(r, set, entry));
	}
	if (in_code != in_set)
		differs(r, "the code of device %d has %" PRId64 " licenses, right is %" PRId64, reserver, in_code, in_set);
}

/* Notes the code that the server issued, if any. */
static int keep(struct run *r, struct tx *tx, int reserver, const struct reservation_row *row, const char *text,
		struct err *e)
{
	const struct model_reservation *right = &r->model.reservations[reserver];
	struct kept_code *kept = &r->codes[r->codes_n];
	struct slr_code c;

	str_copy(r->reservation_uuids[reserver], UUID_SIZE, row->uuid);
	if (*r->why || text == NULL)
		return 0;
	if (slr_read(text, strlen(text), tx->arena, &c, e))
		return -1;
	compare_code(r, reserver, &c);
	kept->code = (struct model_code){ reserver, right->ordinal, right->issued - 1 };
	slr_confirmation(&c, kept->confirmation);
	slr_return(&c, kept->back);
	r->codes_n++;
	return 0;
}

/* Of many lots: their entries may be more than a code holds. */
static bool is_long(const struct model_reservation *r)
{
	int lots = 0;

	for (int i = 0; i < LOTS_MAX; i++)
		lots += r->sets_n && r->sets[r->sets_n - 1].of[i] > 0;
	return lots > ENTRIES_THAT_FIT;
}

static int judge_issue(struct run *r, const char *what, int reserver, enum err_code right, int rc, const struct err *e)
{
	if (rc && e->code == E_CODE_TOO_LONG && right == E_NONE && is_long(&r->model.reservations[reserver]))
		return rc;
	return judge(r, what, right, rc, e);
}

/* ---- making ---- */

int do_reserve(struct run *r, struct tx *tx, const struct op *op, struct err *e)
{
	int reserver = some_reserver(r, op, STATE(NONE) | STATE(IN_PROGRESS) | STATE(ENDED)), rc;
	const struct model_reservation *draft = &r->model.reservations[reserver];
	int va = draft->state == MODEL_IN_PROGRESS && op->d % 4 ? draft->va : (int)(op->b % VIRTUAL_ACCOUNTS);
	int nonce = reserver % 3 == 1 ? (int)(op->d % NONCES) : -1;
	struct udi udi = udi_of(r, reserver);
	struct slr_request request = { .udi = { udi.pid, udi.serial, reservation_uuid_text(tx->arena, udi.uuid) },
				       .nonce = nonce < 0 ? "" : arena_printf(tx->arena, "n%d", nonce) };
	struct model_wishes wishes = wishes_of(r, op, reserver, va);
	struct reservation_wish list[KINDS];
	struct reservation_row row;
	AUTO_BUF text = BUF_INIT;
	enum err_code right;
	const char *code;

	if (r->codes_n == CODES_MAX)
		return 0;
	if (op->c % 8 == 0) /* without licenses for now */
		memset(wishes.of, 0, sizeof(wishes.of));
	right = model_reserve(&r->model, reserver, va, nonce, &wishes);
	slr_request_write(&request, &text);
	rc = reservation_create(tx, &r->vas[va], text.data, list, list_wishes(r, &wishes, list), &row, &code, e);
	if (judge_issue(r, "reserve", reserver, right, rc, e))
		return -1;
	return keep(r, tx, reserver, &row, code, e);
}

/* By identifier what has ended is found too, by the product only what lives. */
static int find(struct run *r, struct tx *tx, const struct op *op, int reserver, enum err_code *right,
		struct reservation_row *row, struct err *e)
{
	struct udi udi = udi_of(r, reserver);
	bool by_uuid = op->d % 4 == 0 && r->model.reservations[reserver].state != MODEL_NONE;

	*right = by_uuid || model_live(&r->model, reserver) ? E_NONE : E_RESERVATION_UNKNOWN;
	if (by_uuid)
		return reservation_find(tx, r->reservation_uuids[reserver], row, e);
	return reservation_by_udi(tx, &udi, row, e);
}

int do_update(struct run *r, struct tx *tx, const struct op *op, struct err *e)
{
	int reserver = some_reserver(r, op, STATE(RESERVED)), rc;
	struct model_wishes wishes = wishes_of(r, op, reserver, r->model.reservations[reserver].va);
	struct reservation_wish list[KINDS];
	struct reservation_row row;
	enum err_code right;
	const char *code;

	if (r->codes_n == CODES_MAX)
		return 0;
	rc = find(r, tx, op, reserver, &right, &row, e);
	if (right == E_NONE)
		right = model_update(&r->model, reserver, &wishes);
	if (rc == 0)
		rc = reservation_update(tx, &row, list, list_wishes(r, &wishes, list), &code, e);
	if (judge_issue(r, "update", reserver, right, rc, e))
		return -1;
	return keep(r, tx, reserver, &row, code, e);
}

int do_cancel(struct run *r, struct tx *tx, const struct op *op, struct err *e)
{
	struct reservation_row row;
	int reserver = some_reserver(r, op, STATE(IN_TRANSIT) | STATE(IN_PROGRESS)), rc;
	enum err_code right;
	const char *code;

	if (r->codes_n == CODES_MAX)
		return 0;
	rc = find(r, tx, op, reserver, &right, &row, e);
	if (right == E_NONE)
		right = model_cancel(&r->model, reserver);
	if (rc == 0)
		rc = reservation_cancel(tx, &row, &code, e);
	if (judge_issue(r, "cancel", reserver, right, rc, e))
		return -1;
	return keep(r, tx, reserver, &row, code, e);
}

/* ---- answers ---- */

static const char *text_of(const struct kept_code *kept, bool back)
{
	return back ? kept->back : kept->confirmation;
}

/* Of a code of this device, the newest mostly; of any; or one that no product ever printed. */
static const char *some_answer(struct run *r, const struct op *op, int reserver, bool back)
{
	const struct kept_code *kept = NULL;
	unsigned skip = op->b % 8 < 5 ? 0 : op->c % 4;
	char *text, *last;

	for (int i = r->codes_n; i-- > 0;)
		if (r->codes[i].code.reserver == reserver) {
			kept = &r->codes[i];
			if (skip-- == 0)
				break;
		}
	if (r->codes_n && (kept == NULL || op->b % 8 == 6))
		kept = &r->codes[op->c % (unsigned)r->codes_n];
	if (kept == NULL)
		return back ? "000000-000000-000000-000000-000000-000000-000000-000001" : "00000000";
	text = arena_strdup(&r->arena, text_of(kept, back));
	last = text + strlen(text) - 1; /* the first groups cannot be anything */
	if (op->b % 8 == 7)
		*last = *last == '1' ? '2' : '1';
	return text;
}

/* What the model says of an answer. False if several codes are answered by it, which short codes may be. */
static bool code_of(const struct run *r, const char *text, bool back, struct model_code *out)
{
	int found = 0;

	*out = (struct model_code){ .reserver = -1 };
	for (int i = 0; i < r->codes_n; i++)
		if (strcmp(text_of(&r->codes[i], back), text) == 0) {
			*out = r->codes[i].code;
			found++;
		}
	return found < 2;
}

int do_confirm(struct run *r, struct tx *tx, const struct op *op, struct err *e)
{
	int reserver = some_reserver(r, op, STATE(RESERVED) | STATE(IN_TRANSIT)), rc;
	const char *text = some_answer(r, op, reserver, false);
	struct reservation_row row;
	struct model_code code;
	enum err_code right;

	if (!code_of(r, text, false, &code))
		return 0;
	rc = find(r, tx, op, reserver, &right, &row, e);
	if (right == E_NONE)
		right = model_confirm(&r->model, reserver, &code);
	if (rc == 0)
		rc = reservation_confirm(tx, &row, text, e);
	return judge(r, "confirm", right, rc, e);
}

int do_return(struct run *r, struct tx *tx, const struct op *op, struct err *e)
{
	int reserver = some_reserver(r, op, STATE(RESERVED) | STATE(IN_TRANSIT));
	const char *text = some_answer(r, op, reserver, true);
	struct udi udi = udi_of(r, reserver);
	struct reservation_row row;
	struct model_code code;
	enum err_code right;

	if (!code_of(r, text, true, &code))
		return 0;
	right = model_return(&r->model, reserver, &code);
	return judge(r, "return", right, reservation_return(tx, &udi, text, &row, e), e);
}

int do_remove(struct run *r, struct tx *tx, const struct op *op, struct err *e)
{
	const char *reason = op->b % 4 ? "the product is dead" : "";
	struct reservation_row row;
	int reserver = (int)(op->a % RESERVERS_MAX), rc;
	enum err_code right;

	rc = find(r, tx, op, reserver, &right, &row, e);
	if (right == E_NONE)
		right = model_remove(&r->model, reserver, *reason != '\0');
	if (rc == 0)
		rc = reservation_remove(tx, &row, reason, e);
	return judge(r, "remove", right, rc, e);
}
