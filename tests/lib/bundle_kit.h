/* bundle_kit.h - synchronization files for tests: their authorities, whole files, and archives made by hand. */
#ifndef TESTS_BUNDLE_KIT_H
#define TESTS_BUNDLE_KIT_H

#include <check.h>

#include "sync/bundle.h"

#define KIT_UUID "6fe83add-c802-40bc-92dc-071ac7a37624"
#define KIT_LIMIT (INT64_C(64) << 20)
#define KIT_TAG "regid.2016-07.com.cisco.UCM_Enhanced,12.0_66d0d1cf-4863-4761-91d0-d01d3eb1949a"

#define OK(call)                                                          \
	do {                                                              \
		struct err e = ERR_INIT;                                  \
		if (call)                                                 \
			ck_abort_msg("%s: %s", err_name(e.code), e.text); \
	} while (0)

#define FAILS(call, wanted)                                                                                            \
	do {                                                                                                           \
		struct err e = ERR_INIT;                                                                               \
		ck_assert_int_eq(call, -1);                                                                            \
		ck_assert_msg(e.code == (wanted), "%s instead of %s: %s", err_name(e.code), err_name(wanted), e.text); \
	} while (0)

extern char kit_folder[]; /* temporary */

/* A root, a manager's signer below it (EC and RSA), a satellite's CA and its self-signed signer; another root. */
extern struct kit {
	struct key *root_key, *signer_key, *sub_key, *self_key, *rsa_key, *other_key;
	struct cert *root, *signer, *sub, *self, *rsa_signer, *other_root;
	unsigned char fingerprint[SHA256_SIZE];
} kit;

/* Makes the authorities and the folder; removes both. -1: it failed. */
int kit_open(void);
int kit_close(void);

/* ---- whole files ---- */

const struct bundle_signer *kit_manager(void);
struct manifest kit_manifest(void); /* of an authorization */
/* The parts of an authorization with so many license lots. */
struct bundle_writer *kit_parts(int lots);
void kit_authorization(int lots, struct buf *out);
void kit_registration(struct buf *out, unsigned char digest[SHA256_SIZE]);

/* ---- tar and gzip by hand, to make what no library would ---- */

struct kit_entry {
	const char *name;
	char type; /* 0 = '0' */
	const char *link;
	const void *data;
	size_t n;
	int64_t said; /* size in the header if not n */
};

void kit_tar_add(struct buf *tar, const struct kit_entry *en);
void kit_tar_end(struct buf *tar, size_t blocks);
/* header NULL: the plain one. */
void kit_gzip(const void *p, size_t n, const void *header, size_t header_n, struct buf *out);
void kit_gunzip(const struct buf *in, struct buf *out);

#define KIT_ENTRIES_MAX 24

/* The members of a tar archive; data points into it. */
size_t kit_tar_list(const struct buf *tar, struct kit_entry out[KIT_ENTRIES_MAX]);
/* An archive of them, packed. */
void kit_pack(const struct kit_entry *entries, size_t n, struct buf *out);
/* The same with one thing put before, or in the place of, the member `at`. */
void kit_with_entry(const struct kit_entry *base, size_t n, size_t at, bool replace, const struct kit_entry *en,
		    struct buf *out);

/* ---- reading them ---- */

enum kit_flow { VERIFY_FIRST, SPOOL_FIRST };

int kit_try_flow(enum kit_flow flow, struct bundle *b, const struct cert *root, struct err *e);
int kit_try(enum kit_flow flow, const void *p, size_t n, const struct cert *root, struct err *e);
/* In both flows. */
void kit_refuse(const struct buf *file, enum err_code code, const char *says);
void kit_accept(const struct buf *file);

#endif
