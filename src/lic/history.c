#include "lic/history.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "db/q.h"

#define BEGUN "history_day" /* the setting: the day that has begun */
#define FORGET_ROWS 10000   /* at most in a day; after a long rest it takes several */

int64_t history_day(int64_t at)
{
	return at / DAY_MS;
}

int history_note(struct tx *tx, int64_t virtual_account, int64_t entitlement, int64_t in_use, struct err *e)
{
	return q_day_note(tx->db, virtual_account, entitlement, history_day(tx->now), in_use, e);
}

int history_begin_day(struct tx *tx, struct err *e)
{
	int64_t day = history_day(tx->now), begun;
	const char *text = NULL;
	char now[24];
	int rc = q_setting_get(tx->db, tx->arena, BEGUN, &text, e);

	if (rc < 0)
		return -1;
	begun = rc == 1 ? strtoll(text, NULL, 10) : 0;
	if (day == begun)
		return 0;
	/* It is earlier only if the clock was set back. */
	if (day > begun && (q_day_begin(tx->db, day, e) || q_day_forget(tx->db, day - HISTORY_DAYS + 1, FORGET_ROWS, e)))
		return -1;
	snprintf(now, sizeof(now), "%" PRId64, day);
	return q_setting_set(tx->db, BEGUN, now, e);
}

/* From the day after the last noted one until today the pool is as its counter says, less what lapsed in these days
 * and was not swept: readers do not wait for the writer. */
static int fill_end(struct tx *tx, int64_t virtual_account, int64_t entitlement, int64_t *in_use, int64_t first,
		    int64_t last, struct err *e)
{
	struct unswept_row *lapsed;
	int64_t counter;
	size_t n;

	if (first > last)
		return 0;
	if (q_pool_counter(tx->db, virtual_account, entitlement, &counter, e) ||
	    q_pool_unswept(tx->db, tx->arena, virtual_account, entitlement, tx->now, &lapsed, &n, e))
		return -1;
	for (int64_t day = first; day <= last; day++) {
		int64_t left = counter;

		for (size_t i = 0; i < n; i++)
			if (lapsed[i].at < day * DAY_MS)
				left -= lapsed[i].granted;
		in_use[day - first] = left > 0 ? left : 0;
	}
	return 0;
}

int history_read(struct tx *tx, int64_t virtual_account, int64_t entitlement, int64_t from, struct history *out,
		 struct err *e)
{
	int64_t today = history_day(tx->now), day;
	struct day_row *rows;
	size_t n, i = 0;

	*out = (struct history){ .first = from };
	if (q_day_list(tx->db, tx->arena, virtual_account, entitlement, from, &rows, &n, e))
		return -1;
	if (n == 0 || from > today || rows[0].day > today)
		return 0;
	out->first = day = rows[0].day > from ? rows[0].day : from;
	out->n = (size_t)(today - day + 1);
	out->in_use = arena_alloc(tx->arena, out->n * sizeof(*out->in_use));
	for (; day <= today; day++) {
		while (i + 1 < n && rows[i + 1].day <= day)
			i++;
		if (i + 1 == n && day > rows[i].day)
			return fill_end(tx, virtual_account, entitlement, out->in_use + (day - out->first), day, today, e);
		out->in_use[day - out->first] = rows[i].in_use;
	}
	return 0;
}
