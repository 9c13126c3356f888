/* work.h - what takes longer than a step of the writer or of a request may: seconds to minutes, in a thread of its own.
 *
 * A work reads and writes in turns. Each turn is a function over a tx as every rule has it; between turns no transaction
 * is open, so a long work never keeps others waiting for longer than one of its turns in the writer takes. */
#ifndef LIC_WORK_H
#define LIC_WORK_H

#include <stdbool.h>

#include "db/writer.h"
#include "lic/tx.h"

/* Results that outlive the turn lie in tx->arena, which lives as long as the work. */
typedef int (*work_fn)(struct tx *tx, void *arg, struct err *e);

struct work {
	struct site *site;
	const struct actor *actor;
	struct arena *arena;

	/* All queries of a read turn see one moment. It may last: the log of changes grows meanwhile. */
	int (*read)(struct work *w, work_fn fn, void *arg, struct err *e);

	/* In the writer, as a job of its own: on disk when it returns 0, undone when the function returned -1 or the commit
	 * failed. Short, since all others wait. */
	int (*write)(struct work *w, work_fn fn, void *arg, struct err *e);

	/* Should it end as soon as it can (the program stops, somebody cancelled it)? NULL: never. */
	bool (*stopping)(struct work *w);
	void *own; /* whoever asks stopping */
};

/* -1 and E_CANCELLED if it should end; for loops that last. */
int work_check(struct work *w, struct err *e);

/* The ordinary kind: over a reader's connection of the calling thread and the program's writer. */
struct work_desk {
	struct work work;
	struct db *reader;
	struct writer *writer;
};
void work_init(struct work_desk *d, struct site *site, const struct actor *actor, struct arena *arena, struct db *reader,
	       struct writer *writer);

#endif
