/* scheduler.h - the thread that synchronizes accounts with their cloud managers by itself, and when it is told to.
 *
 * It looks every few seconds which accounts are due; each exchange runs in a thread of its own, so that a manager that
 * does not answer keeps no other account waiting. What was missed while the satellite was off is made up for at its start.
 * Times are those of the site's clock; while that is disbelieved nothing runs. Products are never kept waiting. */
#ifndef SYNC_SCHEDULER_H
#define SYNC_SCHEDULER_H

#include "db/writer.h"
#include "lic/site.h"
#include "sync/exchange_run.h"

struct scheduler;

/* Starts the thread; the site refers to it until scheduler_free(). database is the path, for connections of its own. */
int scheduler_start(struct site *site, struct writer *writer, const char *database, struct scheduler **out, struct err *e);

/* Cancels what runs and waits for its end; orders are E_STOPPING from then on. Before the writer stops. NULL is allowed. */
void scheduler_stop(struct scheduler *s);

/* After scheduler_stop(), when no thread of the server is left that may be giving an order. NULL is allowed. */
void scheduler_free(struct scheduler *s);

/* Looks at once. */
void scheduler_wake(struct scheduler *s);

/* Starts a synchronization now and returns; how far it is tells running.h, how it ended the history. account_uuid is
 * that of the order's account. E_SYNC_RUNNING, E_CLOCK_JUMPED, E_BUSY, E_STOPPING; s NULL is E_STOPPING. */
int scheduler_order(struct scheduler *s, const struct exchange_order *order, const char *account_uuid,
		    const struct actor *by, struct err *e);

#endif
