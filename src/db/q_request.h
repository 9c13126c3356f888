/* q_request.h - accounts that somebody asked for; as q.h. */
#ifndef DB_Q_ACCOUNT_REQUEST_H
#define DB_Q_ACCOUNT_REQUEST_H

#include "db/q.h"

struct account_request_row {
	int64_t id;
	const char *uuid, *state, *name, *domain, *smart_account, *virtual_account, *message;
	int64_t person, client; /* who asked; both 0: on the server itself, or who asked is no longer there */
	int64_t created_at;
	const char *created_by;
	int64_t decided_at; /* 0 = it waits */
	const char *decided_by, *reason;
};
int q_account_request_add(struct db *d, const struct account_request_row *row, const char *name_key, struct err *e);
int q_account_request_by_uuid(struct db *d, struct arena *a, const char *uuid, struct account_request_row *out,
			      struct err *e);

/* The newest first; of one person or one API client, of all if both are 0. */
int q_account_request_list(struct db *d, struct arena *a, int64_t person, int64_t client, struct account_request_row **out,
			   size_t *n, struct err *e);

/* Stores state, decided_at, decided_by and reason of the row. */
int q_account_request_decide(struct db *d, const struct account_request_row *row, struct err *e);

/* Of those that are decided only the newest are kept. */
int q_account_request_forget(struct db *d, int64_t keep, struct err *e);

#endif
