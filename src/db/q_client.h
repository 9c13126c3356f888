/* q_client.h - API clients and their secrets; as q.h. Their roles and sessions are in q_person.h. */
#ifndef DB_Q_CLIENT_H
#define DB_Q_CLIENT_H

#include "db/q.h"

struct client_row {
	int64_t id;
	const char *client_id;
	int64_t account; /* in which all its roles are; 0: not so */
	const char *name;
	int64_t created_at;
	const char *created_by;
	int64_t used_at;
	const char *used_from;
	int64_t revoked_at;
	const char *revoked_by;
};
/* Sets row->id. */
int q_client_add(struct db *d, struct client_row *row, const char *name_key, struct err *e);
int q_client_by_client_id(struct db *d, struct arena *a, const char *client_id, struct client_row *out, struct err *e);
/* Of a name in an account; account 0: among those that are not of one account. */
int q_client_by_key(struct db *d, struct arena *a, const char *name_key, int64_t account, struct client_row *out,
		    struct err *e);
/* Of a name, wherever it is; at most 100. */
int q_clients_by_key(struct db *d, struct arena *a, const char *name_key, struct client_row **out, size_t *n,
		     struct err *e);
/* Those of an account; all with 0. */
int q_client_list(struct db *d, struct arena *a, int64_t account, struct client_row **out, size_t *n, struct err *e);
int q_client_revoke(struct db *d, int64_t id, int64_t now, const char *by, struct err *e);
/* With secrets, roles and sessions. */
int q_client_remove(struct db *d, int64_t id, struct err *e);
/* Those of an account, with secrets and sessions; its roles are removed elsewhere. */
int q_client_drop_account(struct db *d, int64_t account, struct err *e);

struct client_secret_row {
	const void *hash;
	size_t hash_n;
	int64_t created_at;
	const char *created_by;
	int64_t used_at;
	int64_t expires_at; /* 0: the present one */
};
int q_client_secret_add(struct db *d, int64_t client, const void *hash, size_t hash_n, int64_t now, const char *by,
			struct err *e);
int q_client_secret_list(struct db *d, struct arena *a, int64_t client, struct client_secret_row **out, size_t *n,
			 struct err *e);
/* The present one is good until then, those before it no more. */
int q_client_secret_expire(struct db *d, int64_t client, int64_t until, struct err *e);
int q_client_secret_drop(struct db *d, int64_t client, struct err *e);
/* A client signed in with this secret. */
int q_client_used(struct db *d, int64_t client, const void *hash, size_t hash_n, int64_t now, const char *address,
		  struct err *e);

#endif
