/* manifest.h - what a synchronization file says about itself (protocol.md section 8).
 *
 * manifest.json is one JSON object. It is read only after its signature was verified (bundle.h), so what
 * stands here was said by whoever signed; whether he may say it is for the importing code to judge. */
#ifndef SYNC_MANIFEST_H
#define SYNC_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/rand.h"
#include "base/str.h"
#include "crypt/digest.h"

#define MANIFEST_FORMAT "satellite-sync/1"
#define MANIFEST_SIZE_MAX 65536
#define MANIFEST_PARTS_MAX 16
#define MANIFEST_PART_NAME_SIZE 64
#define MANIFEST_REASON_SIZE 513
#define MANIFEST_SEQUENCE_MAX INT64_C(9007199254740990) /* it and the next are exact in every JSON reader */
#define MANIFEST_AUTHORITY_MAX (90 * DAY_MS + HOUR_MS)  /* of authority_valid_until, from created_at */
#define MANIFEST_AHEAD_MAX DAY_MS
#define MANIFEST_PART_BYTES_MAX INT64_C(8589934591) /* what a tar header can say in octal digits */

enum manifest_kind {
	MANIFEST_REGISTRATION,  /* satellite to manager, once: who it is and its sub-CA request */
	MANIFEST_AUTHORIZATION, /* manager to satellite: the answer to it */
	MANIFEST_REQUEST,       /* satellite to manager: what is registered and used */
	MANIFEST_RESPONSE,      /* manager to satellite: what is owned */
	MANIFEST_RESYNC,        /* manager to satellite: begin again with everything */
};

enum manifest_mode { MANIFEST_STANDARD, MANIFEST_FULL };

/* One part: a member of the archive behind manifest.p7s. */
struct manifest_part {
	char name[MANIFEST_PART_NAME_SIZE]; /* [a-z_]+.ndjson or [a-z_]+.pem */
	int64_t records;                    /* lines of .ndjson, 0 of .pem */
	int64_t bytes;
	unsigned char sha256[SHA256_SIZE];
};

struct manifest {
	enum manifest_kind kind;
	enum manifest_mode mode;
	char satellite[UUID_SIZE];   /* lower-case with dashes */
	char account[NAME_KEY_SIZE]; /* the satellite's local account */
	int64_t sequence;            /* 0 in registration and authorization */
	int64_t base_sequence;       /* the last answered request, 0 before the first */
	int64_t created_at;          /* ms UTC */
	struct manifest_part parts[MANIFEST_PARTS_MAX];
	size_t parts_n;

	/* registration and request */
	char name[NAME_KEY_SIZE]; /* the satellite's name; "": a request does not tell it */

	/* registration */
	char smart_account[NAME_KEY_SIZE];
	char virtual_account[NAME_KEY_SIZE];

	/* request: that of the request made before it, answered or not. Zeros: not told. A satellite that was set back to a
	 * backup names another than the one that the manager has. */
	unsigned char previous_sha256[SHA256_SIZE];

	/* authorization, response and resync */
	int64_t in_reply_to; /* sequence of the request, 0 in an authorization */
	unsigned char request_sha256[SHA256_SIZE];

	int64_t authority_valid_until; /* ms UTC; authorization and response */

	int64_t next_sequence; /* resync */
	char reason[MANIFEST_REASON_SIZE];
};

/* `registration` …; `standard`, `full` */
const char *manifest_kind_name(enum manifest_kind kind);
const char *manifest_mode_name(enum manifest_mode mode);

/* Adds the bytes of manifest.json: compact JSON, members in the order of protocol.md. The same manifest gives
 * the same bytes. E_SYNC_NOT_A_BUNDLE, naming the member, if manifest_parse() would not take it. */
int manifest_encode(const struct manifest *m, struct buf *out, struct err *e);

/* Reads manifest.json. Members that are not named above are ignored. A file must list exactly the parts of its kind.
 * E_SYNC_NOT_A_BUNDLE, field = the wrong member. */
int manifest_parse(const void *bytes, size_t n, struct manifest *out, struct err *e);

/* E_SYNC_CLOCK if it was made more than MANIFEST_AHEAD_MAX ahead of now: one of the two clocks is wrong, and every deadline
 * with it. */
int manifest_check_clock(const struct manifest *m, int64_t now, struct err *e);

/* -1 and E_SYNC_WRONG_KIND, saying what the file is and what is needed, if it is of another kind. */
int manifest_expect(const struct manifest *m, enum manifest_kind kind, struct err *e);

/* The part of this name, NULL if there is none. */
const struct manifest_part *manifest_part(const struct manifest *m, const char *name);

/* Is it a name that a part may have? Is its content records? */
bool manifest_part_name_ok(const char *name);
bool manifest_part_is_records(const char *name);

/* Is it a UUID in the only form used in these files: 36 characters, lower-case, with dashes? */
bool manifest_uuid_ok(const char *s);

#endif
