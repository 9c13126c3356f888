/* show.h - what the parts of `show license` share. Only for files of this folder. */
#ifndef AGENT_SHOW_H
#define AGENT_SHOW_H

#include "agent/reserve.h"
#include "agent/state.h"

#define SHOW_TIME_SIZE 64

/* `Jan 26 15:11:23 2018 IST`, in the zone of the process whatever its locale. Returns out. */
char *show_time(int64_t at, char out[SHOW_TIME_SIZE]);

/* The label, the time, and a line end. */
void show_line_at(struct buf *out, const char *label, int64_t at);

/* The section `License Reservation` of `show license all`, if there is something to say. */
void reservation_all(const struct agent *a, int64_t now, struct buf *out);

/* `reservation` of --json. */
void reservation_describe(const struct agent *a, int64_t now, json_t *obj);

#endif
