/* q_person.h - people, API clients, their roles and sessions; as q.h. */
#ifndef DB_Q_PERSON_H
#define DB_Q_PERSON_H

#include "db/q.h"

/* ---- people ---- */

struct person_row {
	int64_t id;
	const char *name, *full_name, *status, *password_hash;
	int64_t password_at;
	bool must_change;
	int64_t signed_in_at;
	const char *signed_in_from;
	int64_t created_at;
	const char *created_by;
};
int q_person_add(struct db *d, const struct person_row *row, const char *name_key, struct err *e);
int q_person_by_key(struct db *d, struct arena *a, const char *name_key, struct person_row *out, struct err *e);
int q_person_list(struct db *d, struct arena *a, struct person_row **out, size_t *n, struct err *e);
/* Ends the person's sessions. keep: so many former passwords stay known. */
int q_person_password(struct db *d, int64_t id, const char *password_hash, int64_t now, bool must_change, int64_t keep,
		      struct err *e);
/* Hashes, the newest first; without the present one. */
int q_person_former_passwords(struct db *d, struct arena *a, int64_t id, const char ***out, size_t *n, struct err *e);
/* ACTIVE or DISABLED; ends the person's sessions. */
int q_person_status(struct db *d, int64_t id, const char *status, struct err *e);
int q_person_signed_in(struct db *d, int64_t id, int64_t now, const char *address, struct err *e);
/* With roles, sessions and former passwords. */
int q_person_remove(struct db *d, int64_t id, struct err *e);

/* ---- roles: of a person or of an API client, the other is 0 ---- */

struct grant_row {
	const char *role;
	int64_t account, virtual_account; /* 0: the whole server; the whole account */
};
/* 1, or 0 if it was there already; -1. */
int q_grant_add(struct db *d, int64_t person, int64_t client, const struct grant_row *row, int64_t now, const char *by,
		struct err *e);
/* 1, or 0 if there is none; -1. */
int q_grant_remove(struct db *d, int64_t person, int64_t client, const struct grant_row *row, struct err *e);
int q_grants_of_person(struct db *d, struct arena *a, int64_t person, struct grant_row **out, size_t *n, struct err *e);
int q_grants_of_client(struct db *d, struct arena *a, int64_t client, struct grant_row **out, size_t *n, struct err *e);

struct place_grant_row {
	struct grant_row grant;
	const char *person, *virtual_account; /* names; virtual_account "" for the whole account */
	int64_t created_at;
	const char *created_by;
};
/* Those of people in an account and its virtual accounts. */
int q_grants_of_account(struct db *d, struct arena *a, int64_t account, struct place_grant_row **out, size_t *n,
			struct err *e);

/* ---- sessions ---- */

struct session_row {
	int64_t id;
	const char *kind; /* token, browser */
	int64_t person, client;
	const char *address, *agent;
	int64_t created_at, used_at;
	int64_t idle_ms; /* 0 = without such an end */
	int64_t ends_at;
	const char *person_name, *client_name; /* "" if there is none */
	const char *scope;                     /* only these roles, divided by spaces; "" = all */
};
int q_session_add(struct db *d, const struct session_row *row, const void *hash, size_t hash_n, struct err *e);
/* One that has not ended at now, of a person and a client that may sign in. */
int q_session_find(struct db *d, struct arena *a, const void *hash, size_t hash_n, const char *kind, int64_t now,
		   struct session_row *out, struct err *e);
int q_session_by_id(struct db *d, struct arena *a, int64_t id, struct session_row *out, struct err *e);
/* Those that go on at now; person 0: everybody's. */
int q_session_list(struct db *d, struct arena *a, int64_t person, int64_t now, struct session_row **out, size_t *n,
		   struct err *e);
int q_session_used(struct db *d, int64_t id, int64_t now, struct err *e);
int q_session_end(struct db *d, int64_t id, struct err *e);
int q_sessions_end_client(struct db *d, int64_t client, struct err *e);
/* Ends the oldest access tokens of a person, or of a client by itself, beyond so many. */
int q_session_keep_newest(struct db *d, int64_t person, int64_t client, int64_t keep, struct err *e);
int q_session_narrow(struct db *d, const void *hash, size_t hash_n, const char *scope, struct err *e);

#endif
