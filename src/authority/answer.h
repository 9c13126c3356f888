/* answer.h - the cloud manager's side of synchronization: it answers a satellite's request (protocol.md section 8).
 *
 * The same file gets the same answer, however often it comes. A request is applied in one transaction, of which only what
 * differs from what is known is written; between any two steps the program may end, and the same file goes on from there. */
#ifndef AUTHORITY_ANSWER_H
#define AUTHORITY_ANSWER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/rand.h"
#include "base/str.h"
#include "crypt/digest.h"
#include "lic/work.h"
#include "sync/manifest.h"

#define ANSWER_FILE_MAX (INT64_C(4) << 30) /* bytes of a request file */

/* What a request changed here. */
struct answer_counts {
	int64_t virtual_accounts, instances, usages, reservations; /* new and changed ones */
	int64_t removed;                                           /* of all kinds */
};

struct answer {
	int fd; /* open for reading at its beginning; the caller's to close */
	int64_t bytes;
	enum manifest_kind kind;               /* MANIFEST_RESPONSE or MANIFEST_RESYNC */
	enum manifest_mode mode;               /* of the request */
	char satellite[NAME_KEY_SIZE];         /* its name */
	char satellite_account[NAME_KEY_SIZE]; /* its name there */
	char account[NAME_KEY_SIZE], virtual_account[NAME_KEY_SIZE];
	int64_t sequence;                  /* of the request */
	int64_t records;                   /* in it */
	bool again;                        /* it was answered before */
	char reason[MANIFEST_REASON_SIZE]; /* of a resync that is new; else "" */
	struct answer_counts changed;
};

/* Answers the request in fd, read from where it stands.
 *
 * E_SYNC_WRONG_KIND, E_SYNC_UNTRUSTED, E_SATELLITE_UNKNOWN, E_SATELLITE_REMOVED, E_SATELLITE_KEY_CHANGED,
 * E_ACCOUNT_UNKNOWN: not a request of a satellite that has authority here. E_SYNC_DAMAGED, E_ENTITLEMENT_UNKNOWN: a record
 * that cannot be, with its part and line. E_CLOCK_JUMPED, E_CANCELLED, E_DISK_FULL. Nothing is changed then. */
int answer_request(struct work *w, int fd, struct answer *out, struct err *e);

/* While a request file arrives: is its beginning in fd (BUNDLE_HEAD_BYTES, read from where it stands) that of a request
 * which a satellite with authority signed? *max: bytes that the whole file may have. Errors as above; reads only. */
int answer_judge(struct tx *tx, int fd, int64_t *max, struct err *e);

/* ---- what is to be done with a request (answer_decide.c) ---- */

enum answer_decision {
	ANSWER_AGAIN,  /* give the answer that is kept */
	ANSWER_FINISH, /* it is applied, and its answer is still to be made */
	ANSWER_APPLY,
	ANSWER_RESYNC, /* ask for everything, with a higher sequence */
};

/* What is known of the virtual account and of this request. */
struct answer_known {
	bool any;                          /* a request was applied */
	int64_t last;                      /* the sequence of the last one */
	unsigned char digest[SHA256_SIZE]; /* and its digest */
	bool base_applied;                 /* a request with this base_sequence was */
	bool response, response_kept;      /* this one was applied; its answer is kept */
	bool response_made;                /* it was made once */
	bool resync_kept;                  /* this one was answered by a resync that is kept */
};

/* reason says why with ANSWER_RESYNC. */
enum answer_decision answer_decide(const struct manifest *m, const unsigned char digest[SHA256_SIZE],
				   const struct answer_known *known, char reason[MANIFEST_REASON_SIZE]);

#endif
