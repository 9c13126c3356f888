/* running.h - what is being synchronized just now. At most one synchronization of an account runs in the process, whether
 * over the network or by a file; others see how far it is, and may cancel it. */
#ifndef SYNC_RUNNING_H
#define SYNC_RUNNING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/rand.h"

enum running_what {
	RUNNING_EXPORT,   /* a file is made */
	RUNNING_IMPORT,   /* a file is taken */
	RUNNING_EXCHANGE, /* over the network */
	RUNNING_REGISTER, /* over the network, with a registration code */
	RUNNING_DELETE,   /* the account is being deleted: nothing else may begin */
};

enum running_stage {
	STAGE_PREPARE, /* the file is made */
	STAGE_CONNECT,
	STAGE_SEND,
	STAGE_WAIT, /* the manager works on it */
	STAGE_RECEIVE,
	STAGE_CHECK, /* signature and digests */
	STAGE_APPLY,
};

struct running; /* one synchronization that runs */

/* What others see of it. */
struct running_view {
	enum running_what what;
	enum running_stage stage;
	int64_t since;              /* ms UTC */
	int64_t bytes, bytes_total; /* sent or received in this stage; total 0 = not known */
	char by[132];
	bool cancelled; /* somebody said so; it ends soon */
	char cancelled_by[132];
};

/* Begins one; the caller ends it. account_uuid is the account's, account its name for people. E_SYNC_RUNNING says what
 * runs already, since when and for whom. Any thread. */
int sync_running_begin(const char *account_uuid, const char *account, enum running_what what, int64_t now, const char *by,
		       struct running **out, struct err *e);
void sync_running_end(struct running *r); /* NULL is allowed */

/* How far it is. */
void sync_running_stage(struct running *r, enum running_stage stage);
void sync_running_bytes(struct running *r, int64_t bytes, int64_t total);

/* Was it cancelled? For work.stopping. *by (may be NULL) gets who did. */
bool sync_running_cancelled(struct running *r, char by[132]);

/* Cancels what runs for an account: true, or false if nothing does. It ends at its next step; what is applied already
 * stays. */
bool sync_running_cancel(const char *account_uuid, const char *by);

/* What runs for an account; false if nothing does. */
bool sync_running_view(const char *account_uuid, struct running_view *out);

/* `PREPARE` …, for REST; `EXCHANGE` … */
const char *running_stage_name(enum running_stage stage);
const char *running_what_name(enum running_what what);

#endif
