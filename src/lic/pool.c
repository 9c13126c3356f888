#include "lic/pool.h"

#include <string.h>

/* What a pool may lend or needs: own licenses that are not reserved, less its own demand. Reservations beyond the
 * licenses are a shortage of their own, which nothing is borrowed for. */
static int64_t own_rest(const struct pool *p)
{
	int64_t unreserved = p->quantity > p->reserved ? p->quantity - p->reserved : 0;

	return unreserved - p->in_use;
}

static void borrow(struct family *f, size_t to)
{
	struct pool *p = &f->pools[to];

	for (size_t from = to; from-- > 0;) {
		struct pool *lender = &f->pools[from];
		int64_t need = -own_rest(p) - p->borrowed, left = own_rest(lender) - lender->lent;
		int64_t take = need < left ? need : left;

		if (need <= 0)
			return;
		if (take <= 0 || lender->tier == p->tier)
			continue;
		lender->lent += take;
		p->borrowed += take;
		f->loans[f->loans_n++] = (struct loan){ .from = from, .to = to, .quantity = take };
	}
}

void pools_settle(struct family *f)
{
	f->loans_n = 0;
	for (size_t i = 0; i < f->n; i++)
		f->pools[i].borrowed = f->pools[i].lent = 0;
	for (size_t i = 0; i < f->n; i++)
		borrow(f, i);
	for (size_t i = 0; i < f->n; i++) {
		struct pool *p = &f->pools[i];

		p->balance = p->quantity - p->reserved - p->in_use + p->borrowed - p->lent;
	}
}

/* Each pair of pools has one loan at most. */
static struct loan *room_for_loans(struct arena *a, size_t n)
{
	return arena_alloc(a, (n * (n + 1) / 2) * sizeof(struct loan));
}

int family_read(struct tx *tx, int64_t virtual_account, int64_t entitlement, const char *name, struct family *out,
		struct err *e)
{
	struct pool_row *rows;
	size_t n;

	if (q_pool_family(tx->db, tx->arena, virtual_account, entitlement, name, tx->now, &rows, &n, e))
		return -1;
	out->n = n;
	out->pools = arena_alloc(tx->arena, (n + 1) * sizeof(*out->pools));
	out->loans = room_for_loans(tx->arena, n);
	for (size_t i = 0; i < n; i++)
		out->pools[i] = (struct pool){ .entitlement = rows[i].entitlement_id,
					       .tier = rows[i].tier,
					       .quantity = rows[i].quantity,
					       .reserved = rows[i].reserved,
					       .in_use = rows[i].in_use };
	pools_settle(out);
	return 0;
}

bool pools_same_family(const struct touched_row *a, const struct touched_row *b)
{
	return a->virtual_account_id == b->virtual_account_id && *a->kind.family &&
	       strcmp(a->kind.family, b->kind.family) == 0;
}

int family_at(struct tx *tx, int64_t virtual_account, const struct family *now, int64_t entitlement, const char *name,
	      int64_t at, struct family *out, struct err *e)
{
	struct pool_row *rows;
	struct pool *pool;
	size_t n;

	if (q_pool_owned(tx->db, tx->arena, virtual_account, entitlement, name, at, &rows, &n, e))
		return -1;
	*out = family_copy(tx->arena, now);
	for (size_t i = 0; i < n; i++) {
		pool = family_pool(out, rows[i].entitlement_id);
		if (pool == NULL)
			continue;
		pool->quantity = rows[i].quantity;
		pool->reserved = rows[i].reserved;
	}
	pools_settle(out);
	return 0;
}

struct family family_copy(struct arena *a, const struct family *f)
{
	struct family copy = *f;

	copy.pools = arena_alloc(a, (f->n + 1) * sizeof(*copy.pools));
	memcpy(copy.pools, f->pools, f->n * sizeof(*copy.pools));
	copy.loans = room_for_loans(a, f->n);
	memcpy(copy.loans, f->loans, f->loans_n * sizeof(*copy.loans));
	return copy;
}

bool family_shorter(const struct family *before, const struct family *after)
{
	for (size_t i = 0; i < after->n; i++)
		if (pool_short(&after->pools[i]) && after->pools[i].balance < before->pools[i].balance)
			return true;
	return false;
}

struct pool *family_pool(const struct family *f, int64_t entitlement)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->pools[i].entitlement == entitlement)
			return &f->pools[i];
	return NULL;
}

struct pools_part {
	struct pools_part *next;
	struct family family;
};

void pools_init(struct pools *p, struct tx *tx, int64_t virtual_account)
{
	*p = (struct pools){ .tx = tx, .virtual_account = virtual_account };
}

int pools_family(struct pools *p, int64_t entitlement, const char *name, const struct family **out, struct err *e)
{
	struct pools_part *part = p->parts;

	while (part && family_pool(&part->family, entitlement) == NULL)
		part = part->next;
	if (part == NULL) {
		part = arena_alloc(p->tx->arena, sizeof(*part));
		if (family_read(p->tx, p->virtual_account, entitlement, name, &part->family, e))
			return -1;
		part->next = p->parts;
		p->parts = part;
	}
	*out = &part->family;
	return 0;
}

int pools_get(struct pools *p, int64_t entitlement, const char *family, const struct pool **out, struct err *e)
{
	const struct family *f;

	if (pools_family(p, entitlement, family, &f, e))
		return -1;
	*out = family_pool(f, entitlement);
	return 0;
}

int pool_pending(struct tx *tx, int64_t virtual_account, int64_t entitlement, int64_t *out, struct err *e)
{
	return q_pool_pending(tx->db, virtual_account, entitlement, tx->now, out, e);
}

bool pool_short(const struct pool *p)
{
	return p->balance < 0;
}
