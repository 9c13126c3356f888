/* exchange.h - a satellite's side of the synchronization files (protocol.md section 8).
 *
 * sync_export() writes the file that goes to the cloud manager; sync_import_* reads what comes back. Reading is
 * in two steps: everything is verified outside the writer, then applied in one transaction. */
#ifndef SYNC_EXCHANGE_H
#define SYNC_EXCHANGE_H

#include "db/q.h"
#include "json/json.h"
#include "lic/identity.h"
#include "lic/tx.h"

#define SYNC_IMPORT_MAX (16 << 20) /* bytes of a file that is imported */

/* In the writer: adds the registration file of an account to *file. Until it is answered the same bytes are given
 * again. Makes the sub-CA's key the first time. */
int sync_export(struct tx *tx, const struct account_row *account, struct buf *file, struct err *e);

struct sync_import;

/* Verifies an authorization file for an account. fingerprint is the root's (hex, colons and case ignored) or NULL if
 * the root is known already, by an earlier import or by the configuration. The bytes must stay until the apply.
 * E_SYNC_*: what is wrong with the file; nothing is ever changed here. */
int sync_import_open(struct tx *tx, const struct account_row *account, const void *p, size_t n, const char *fingerprint,
		     struct sync_import **out, struct err *e);
void sync_import_free(struct sync_import *s);

/* In the writer: applies it. *summary (the caller's) tells what changed; *identity (the caller's) is what the site is
 * from now on: to be set once the transaction is on disk. */
int sync_import_apply(struct tx *tx, struct sync_import *s, json_t **summary, struct identity **identity, struct err *e);

#endif
