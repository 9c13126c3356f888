/* tx.h - what every rule gets: a database at one moment, the time, and who asks.
 *
 * A rule has the form `int module_verb(struct tx *, input…, output…, struct err *)`. It never sees HTTP. In
 * the writer a tx stands inside a savepoint that is undone when the rule fails; on a reader it only reads. */
#ifndef LIC_TX_H
#define LIC_TX_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "db/db.h"

struct caller;
struct site;

enum actor_kind { ACTOR_SYSTEM, ACTOR_PRODUCT, ACTOR_USER, ACTOR_LOCAL, ACTOR_CLIENT };

/* Who asks; written into events. */
struct actor {
	enum actor_kind kind;
	char name[132];   /* person, local user, product or API client; "" for the system */
	char address[64]; /* peer address; "" if none */
};

struct tx {
	struct db *db;
	int64_t now;       /* ms UTC, the same through the whole operation */
	struct site *site; /* what stays the same: role, names, keys (site.h) */
	const struct actor *actor;
	const struct caller *caller; /* what he may (access_sees); NULL: everything */
	struct arena *arena;         /* results live here */
};

#endif
