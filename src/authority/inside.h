/* inside.h - inside src/authority/answer*.c, compare.c and apply.c only. */
#ifndef AUTHORITY_INSIDE_H
#define AUTHORITY_INSIDE_H

#include "authority/answer.h"
#include "crypt/cms.h"
#include "db/q.h"
#include "sync/bundle.h"
#include "sync/spool.h"

/* A request file whose signature is good, and whose parts are what was signed. */
struct asked {
	struct bundle *bundle;
	const struct manifest *manifest;
	unsigned char digest[SHA256_SIZE];
	unsigned char signer_ca[SHA256_SIZE]; /* key of the CA that issued its signer; zeros: none did */
	struct key *key;                      /* of csr.pem */
	struct actor actor;                   /* the satellite */
};

/* Whose it is. */
struct asked_place {
	struct satellite_row satellite;
	struct served_row served;
	struct virtual_account_row va;
	struct account_row account;
	bool known; /* a request was applied before: state */
	struct remote_state_row state;
};

/* By its manifest: the satellite must be one that has authority, and its key the one that signed. Of what a turn of the
 * work found before, another request may have changed anything: every turn asks anew. */
int asked_place(struct tx *tx, const struct asked *a, struct asked_place *out, struct err *e);

/* ---- what is to be written (changes.c) ---- */

enum change {
	CHANGE_PLACE_NEW,
	CHANGE_PLACE,
	CHANGE_INSTANCE_NEW,
	CHANGE_INSTANCE,
	CHANGE_USAGE, /* {"id","use":[[entitlement,quantity]…]} */
	CHANGE_RESERVATION_NEW,
	CHANGE_RESERVATION,
	CHANGE_NO_RESERVATION, /* {"id"} */
	CHANGE_NO_INSTANCE,
	CHANGE_NO_PLACE,
};

struct changes {
	struct spool spool;
	struct buf line;
};
void changes_open(struct changes *c, const char *dir);
void changes_close(struct changes *c);
/* The record is borrowed. */
int changes_add(struct changes *c, enum change what, const json_t *record, struct err *e);
int changes_end(struct changes *c, struct err *e);
/* In their order; the record is released after the call. */
typedef int (*change_fn)(void *ctx, enum change what, const json_t *record, struct err *e);
int changes_each(struct changes *c, change_fn fn, void *ctx, struct err *e);

/* Checks every record of a request and finds what differs from what is known (compare.c). In a read turn. */
int compare_request(struct work *w, struct tx *tx, const struct asked *a, const struct asked_place *p, struct changes *out,
		    struct err *e);

/* Writes it (apply.c). In a write turn. *counts: what was changed. */
int apply_request(struct tx *tx, const struct asked *a, const struct asked_place *p, struct changes *changes,
		  struct answer_counts *counts, struct err *e);

/* ---- the answers (answer_write.c): files, open at their beginning ---- */

struct answer_file {
	int fd; /* -1 = none */
	int64_t bytes;
	int64_t authority_valid_until;
	struct cert *sub_ca; /* made anew; NULL = the present one */
};
void answer_file_fini(struct answer_file *f);

/* In a read turn. */
int answer_write_response(struct tx *tx, const struct asked *a, const struct asked_place *p, struct answer_file *out,
			  struct err *e);
int answer_write_resync(struct tx *tx, const struct asked *a, const struct asked_place *p, const char *reason,
			struct answer_file *out, struct err *e);
/* Of bytes that are kept. */
int answer_write_kept(struct tx *tx, const void *p, size_t n, struct answer_file *out, struct err *e);

#endif
