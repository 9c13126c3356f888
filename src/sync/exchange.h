/* exchange.h - a satellite's side of synchronization (protocol.md section 8).
 *
 * sync_export() makes the file that goes to the cloud manager, sync_import_*() take what comes back, whether a courier
 * carries them or the network does. They are work (lic/work.h): files may be large. Everything of an answer is verified before
 * anything is written, and applied in one transaction. */
#ifndef SYNC_EXCHANGE_H
#define SYNC_EXCHANGE_H

#include "crypt/digest.h"
#include "db/q.h"
#include "json/json.h"
#include "lic/work.h"
#include "sync/manifest.h"

#define SYNC_FILE_MAX (INT64_C(4) << 30) /* bytes of a file that is imported or answered */

/* ---- what goes to the manager ---- */

struct sync_ask {
	bool full;         /* a new request with everything; a standard one has what changed since the last answer */
	bool fresh;        /* a new request although one waits for its answer */
	bool registration; /* a registration file although the account has authority (after its removal at the manager) */
};

struct sync_file {
	enum manifest_kind kind; /* registration or request */
	enum manifest_mode mode;
	int64_t sequence;
	int64_t bytes, records;
	int64_t created_at;
	unsigned char digest[SHA256_SIZE]; /* of its manifest.json */
	bool again;                        /* made before, and given once more */
	int fd;                            /* open for reading from its beginning; the caller's to close */
};

/* The file that the account has to send: the one that waits for its answer again (the same bytes), else a new one.
 * E_ACCOUNT_UNKNOWN, E_DISK_FULL, E_FILE_ERROR, E_CANCELLED; nothing is changed then, but that a number of the sequence may stay
 * unused. */
int sync_export(struct work *w, const char *account, const struct sync_ask *ask, struct sync_file *out, struct err *e);

/* Removes files of requests that no longer wait for an answer, and parts of files from an end without notice. At the
 * start, and after answers. */
int sync_sweep(struct work *w, struct err *e);

/* ---- what comes back ---- */

struct sync_import;

/* Verifies an authorization, response or resync file for an account. fd is read from where it stands. fingerprint is
 * the root's (hex, colons and case ignored) or NULL if the root is known already, by an earlier import or by the
 * configuration. E_SYNC_*: what is wrong with the file; nothing is ever changed here. */
int sync_import_open(struct work *w, const char *account, int fd, const char *fingerprint, struct sync_import **out,
		     struct err *e);
void sync_import_free(struct sync_import *s);
const struct manifest *sync_import_manifest(const struct sync_import *s);

/* Applies it in one transaction. dry_run: only finds what would change, and changes nothing. *summary is the caller's:
 *   account, kind, sequence, dryRun, authorityValidUntil, nextSequence and reason (resync),
 *   licenses[]     license, before, after: quantities that change
 *   compliance[]   license, virtualAccount, before, after: statuses that change
 *   removed[]      product instances that the manager removed
 *   account changes: status, exportControlPermitted, reservationPermitted as {before, after} where they change */
int sync_import_apply(struct work *w, struct sync_import *s, bool dry_run, json_t **summary, struct err *e);

#endif
