/* by_file.h - synchronization by files that are carried by hand: what exchange.h does, one at a time with all other
 * synchronizations of the account, cancelled like them, and noted in the history. */
#ifndef SYNC_BY_FILE_H
#define SYNC_BY_FILE_H

#include "sync/exchange.h"

/* sync_export(). E_SYNC_RUNNING. */
int by_file_export(struct work *w, const char *account, const struct sync_ask *ask, struct sync_file *out, struct err *e);

/* sync_import_open() and sync_import_apply(). E_SYNC_RUNNING. A dry run changes nothing, and is neither noted nor kept
 * waiting by others. */
int by_file_import(struct work *w, const char *account, int fd, const char *fingerprint, bool dry_run, json_t **summary,
		   struct err *e);

#endif
