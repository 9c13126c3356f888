/* history.h - what was done to synchronize, and how it ended, for people who ask later. */
#ifndef SYNC_HISTORY_H
#define SYNC_HISTORY_H

#include "db/q.h"
#include "json/json.h"
#include "lic/work.h"

#define HISTORY_KEPT 500 /* of each account */

/* Adds a row, in a write turn of its own: the row has what, way, mode, sequence, sent, received and, for what went well, a
 * message (NULL = ""). began is clock_mono() at its begin. failed NULL: it went well. Also when the work was cancelled.
 * What cannot be stored is logged: a synchronization does not fail for it. */
void sync_history_add(struct work *w, int64_t account_id, struct sync_history_row *row, int64_t began,
		      const struct err *failed);

/* The same inside a write turn. */
int sync_history_put(struct tx *tx, int64_t account_id, const struct sync_history_row *row, int64_t began,
		     const struct err *failed, struct err *e);

/* Did it change licenses or product instances? */
bool sync_history_changed(const json_t *summary);

/* What an import changed, in words, of its summary (exchange.h): at most 400 bytes. From the arena. */
const char *sync_history_text(struct arena *a, const json_t *summary);

#endif
