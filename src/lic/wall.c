#include "lic/wall.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "db/q.h"
#include "json/json.h"
#include "lic/event.h"

#define LAST_SEEN "last_seen_at"

static int save(struct tx *tx, struct wall *w, int64_t at, struct err *e)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, at);
	w->saved_at = at;
	return q_setting_set(tx->db, LAST_SEEN, text, e);
}

int wall_load(struct tx *tx, struct wall *w, struct err *e)
{
	int64_t shown = clock_now(), seen = 0;
	const char *text;
	int rc = q_setting_get(tx->db, tx->arena, LAST_SEEN, &text, e);

	if (rc < 0)
		return -1;
	if (rc == 1 && str_int(text, 0, INT64_MAX, &seen))
		return err_set(e, E_DATABASE_CORRUPT, "The setting '%s' is no time. Restore the newest backup.", LAST_SEEN);
	w->saved_at = seen;
	w->told = false;
	w->frozen_at = shown < seen - WALL_BEHIND_MS ? seen : 0;
	w->offset = (w->frozen_at ? seen : shown) - clock_mono();
	return 0;
}

int64_t wall_now(struct wall *w)
{
	int64_t mono = clock_mono(), shown = clock_now(), believed = mono + w->offset, apart = shown - believed;

	if (apart <= WALL_JUMP_MS && apart >= -WALL_JUMP_MS) {
		/* While it is disbelieved for being behind, an hour behind is still behind. */
		if (w->frozen_at && apart < -WALL_BEHIND_MS)
			return believed;
		w->offset = shown - mono;
		w->frozen_at = 0;
		return shown;
	}
	if (w->frozen_at == 0)
		w->frozen_at = believed;
	return believed;
}

bool wall_frozen(struct wall *w, int64_t *believed, int64_t *shown)
{
	int64_t now = wall_now(w);

	if (believed)
		*believed = now;
	if (shown)
		*shown = clock_now();
	return w->frozen_at != 0;
}

int wall_check(struct wall *w, struct err *e)
{
	char believed_text[CLOCK_TEXT_SIZE], shown_text[CLOCK_TEXT_SIZE];
	int64_t believed, shown;

	if (!wall_frozen(w, &believed, &shown))
		return 0;
	return err_set(
		e, E_CLOCK_JUMPED,
		"The clock of this server jumped: it shows %s, by its own count it is %s. Set it right, or, if it is "
		"right, run: satellitectl clock accept",
		clock_text(shown, shown_text), clock_text(believed, believed_text));
}

static json_t *both_times(int64_t believed, int64_t shown)
{
	json_t *v = json_object();

	json_set_time(v, "believed", believed);
	json_set_time(v, "shown", shown);
	return v;
}

int wall_note(struct tx *tx, struct wall *w, struct err *e)
{
	int64_t believed, shown;
	bool frozen = wall_frozen(w, &believed, &shown);

	if (frozen && !w->told) {
		w->told = true;
		log_warning("clock", "the wall clock jumped; expiry is frozen until it is right or accepted");
		return event_add(tx, "clock.jump", "", "", both_times(believed, shown), e);
	}
	if (frozen)
		return 0; /* the last seen time stands still */
	if (w->told) {
		w->told = false;
		if (event_add(tx, "clock.right", "", "", NULL, e))
			return -1;
	}
	return believed - w->saved_at >= WALL_SAVE_MS ? save(tx, w, believed, e) : 0;
}

int wall_accept(struct tx *tx, struct wall *w, struct err *e)
{
	int64_t believed, shown;

	if (!wall_frozen(w, &believed, &shown))
		return 0;
	if (event_add(tx, "clock.accept", "", "", both_times(believed, shown), e) || save(tx, w, shown, e))
		return -1;
	w->offset = shown - clock_mono();
	w->frozen_at = 0;
	w->told = false;
	return 0;
}
