/* house.h - what satellite and manager do besides answering: at their start, and in every batch of the writer. The
 * programs and the scenario tests share it. */
#ifndef EDGE_HOUSE_H
#define EDGE_HOUSE_H

#include "lic/site.h"

/* In the writer's start-up transaction: the manager's keys and catalogue (NULL: the embedded one), the clock, the
 * site's identity. */
int house_start(struct tx *tx, const char *catalogue, size_t n, struct err *e);

/* First in every batch: the clock, what has become due, what may be forgotten. */
int house_batch(struct tx *tx, struct err *e);

/* At the end of every change, in its savepoint: what it did to compliance. */
int house_after(struct tx *tx, struct err *e);

/* Last in every transaction, that of the start too: the head of the event chain. */
int house_commit(struct tx *tx, struct err *e);

#endif
