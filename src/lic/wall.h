/* wall.h - the time that rights are judged by: the wall clock, unless it jumps (protocol.md section 6).
 *
 * The wall clock is believed as long as it goes along with the monotonic clock to within an hour; small corrections
 * (NTP) are followed. When it jumps by more, or stands behind the last seen time at the start, the server goes on by
 * the monotonic clock from the last time it believed: nothing expires and nothing is revived by the jump, and no
 * long-lived thing is issued. It ends by itself when the wall clock is right again, or by `satellitectl clock accept`. */
#ifndef LIC_WALL_H
#define LIC_WALL_H

#include <stdbool.h>
#include <stdint.h>

#include "lic/tx.h"

struct wall {
	_Atomic int64_t offset;    /* believed time = monotonic clock + offset */
	_Atomic int64_t frozen_at; /* believed time at which the wall clock was disbelieved; 0 = it is believed */
	int64_t saved_at;          /* the last seen time in the database; the writer's */
	bool told;                 /* the jump is in the events; the writer's */
};

#define WALL_JUMP_MS INT64_C(3600000)  /* more is a jump */
#define WALL_BEHIND_MS INT64_C(300000) /* at the start: further behind the last seen time is one too */
#define WALL_SAVE_MS INT64_C(60000)    /* the last seen time is stored this often */

/* At the start: reads the last seen time. In the writer's start-up transaction. */
int wall_load(struct tx *tx, struct wall *w, struct err *e);

/* The time now, ms UTC. Any thread. */
int64_t wall_now(struct wall *w);

/* Is the wall clock disbelieved? *believed and *shown (may be NULL) get both times. */
bool wall_frozen(struct wall *w, int64_t *believed, int64_t *shown);

/* E_CLOCK_JUMPED with both times while it is: for what must not be issued then. */
int wall_check(struct wall *w, struct err *e);

/* In the writer, in every batch: stores the last seen time now and then, and the jump and its end as events. */
int wall_note(struct tx *tx, struct wall *w, struct err *e);

/* An administrator says that the wall clock is right. */
int wall_accept(struct tx *tx, struct wall *w, struct err *e);

#endif
