/* access.h - who may do what, and where. The one place that decides it.
 *
 * A role is granted for a place: the whole server, an account, or a virtual account. right.def says which rights each
 * role has. A person signs in, or an API client gets a token, and becomes a caller; a person who signs in through an
 * API client may do only what both may. */
#ifndef LIC_ACCESS_H
#define LIC_ACCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "lic/tx.h"

enum right {
	RIGHT_OPEN,   /* nobody has to say who he is */
	RIGHT_SIGNED, /* anybody who is signed in, for what is his own */
#define RIGHT(name, text, ...) RIGHT_##name,
#include "lic/right.def"
#undef RIGHT
	RIGHT_COUNT
};

#define PLACE_SERVER 1u
#define PLACE_ACCOUNT 2u
#define PLACE_VIRTUAL 4u

enum role {
#define ROLE(name, text, places, what) ROLE_##name,
#include "lic/role.def"
#undef ROLE
	ROLE_COUNT
};

/* A role in a place. */
struct grant {
	enum role role;
	int64_t account;         /* 0: the whole server */
	int64_t virtual_account; /* 0: the whole account */
};

struct grants {
	struct grant *rows;
	size_t n;
};

/* Who asks, beyond his name in events (struct actor). */
struct caller {
	bool local;               /* root or the server's own user on the control socket: everything */
	int64_t person, client;   /* 0: none */
	int64_t session;          /* its row; 0 on the control socket */
	bool browser;             /* by cookie: what changes something needs csrf */
	char csrf[65];            /* what such requests must bring, 64 hex digits */
	struct grants own, limit; /* limit: of the client through which a person signed in */
	int64_t used_at;          /* of the session, as it is stored */
};

/* `license.write`; "open" and "signed-in" of the first two */
const char *right_text(enum right right);

/* `account-administrator` */
const char *role_text(enum role role);
const char *role_purpose(enum role role);
/* PLACE_* where it can be given */
unsigned role_places(enum role role);
/* E_INVALID_REQUEST, naming field and listing the roles. */
int role_by_text(const char *text, const char *field, enum role *out, struct err *e);
bool role_has(enum role role, enum right right);

/* May the caller do this in all of a place? account 0: the whole server; virtual_account 0: the whole account. */
bool access_covers(const struct caller *c, enum right right, int64_t account, int64_t virtual_account);

/* May he do it in some part of it? account 0: anywhere. What he sees then is only that part. */
bool access_touches(const struct caller *c, enum right right, int64_t account);

/* For rules that look beyond the place they work in: may who asks be told of this one? */
bool access_sees(const struct tx *tx, enum right right, int64_t account, int64_t virtual_account);

/* `in 'Branch'`, or `elsewhere on this server` to those who may not know where. */
const char *access_place(const struct tx *tx, int64_t account, int64_t virtual_account, const char *name);

#endif
