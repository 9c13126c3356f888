/* bundle.h - synchronization files: NAME.sync, a gzip-compressed tar archive (protocol.md section 8).
 *
 * Members, in this order: manifest.json, manifest.p7s (detached CMS signature over it), then the parts that the
 * manifest lists, in its order. man/satellite-sync.7 describes the format for people.
 *
 * Writing: bundle_writer_new(), for each part bundle_part_begin(), bundle_part_record() or bundle_part_raw(),
 * bundle_part_end(), then bundle_writer_finish(). Parts are spooled (large ones to temporary files), since digests and sizes
 * stand in front of them: memory stays the same however many records there are.
 *
 * Reading, two flows with the same calls:
 *
 *   the root is known                      the first import: the root comes in the file
 *   1 bundle_open_fd()                     1 bundle_open_fd()
 *   2 bundle_verify(root)                  2 bundle_spool()            bounded by the caller's limit
 *     the caller judges kind, satellite,   3 bundle_find_root(fingerprint)
 *     sequence; a wrong file ends here,    4 bundle_verify(that root)  compares all digests
 *     before the rest has arrived
 *   3 bundle_spool()                       5 bundle_part_each() …
 *     bounded by the signed sizes,
 *     compares all digests
 *   4 bundle_part_each() …
 *
 * Nothing of the manifest is interpreted before its signature was verified, and no byte of a part is handed out
 * before all of them were read and found to be what was signed. bundle_find_root() alone reads a part earlier:
 * it looks for a certificate that the caller knows by its SHA-256. A registration file is verified with root
 * NULL (self-signed); that the signer's key is the one of csr.pem is for the caller to check, as are the roles
 * (section 2), with what bundle_verify() returns.
 *
 * Everything is bounded before it is read: manifest and signature 64 KiB each, 16 parts, .pem parts 64 KiB,
 * lines 64 KiB, a part what the manifest says, the whole the caller's limit (packed and unpacked). Cut, missing,
 * extra, repeated, misnamed, reordered and added things are errors; every changed bit of a file of ours is one (gunzip.h).
 *
 * Errors: E_SYNC_NOT_A_BUNDLE (something else was chosen; says what it looks like), E_SYNC_DAMAGED (cut or
 * changed; says where), E_SYNC_UNTRUSTED, E_SYNC_TOO_LARGE, E_FILE_ERROR, E_DISK_FULL. After an error a bundle
 * can only be closed. */
#ifndef SYNC_BUNDLE_H
#define SYNC_BUNDLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "crypt/cert.h"
#include "crypt/cms.h"
#include "crypt/key.h"
#include "json/json.h"
#include "sync/manifest.h"

#define BUNDLE_SIGNATURE_MAX 65536
#define BUNDLE_LINE_MAX 65536 /* without its newline */
#define BUNDLE_PEM_MAX 65536

/* Unpacked limits for bundle_open: what a first import or a registration may have, and what a sync may have. */
#define BUNDLE_FIRST_MAX (INT64_C(256) << 20)
#define BUNDLE_REGISTRATION_MAX (INT64_C(1) << 20)
#define BUNDLE_SYNC_MAX (INT64_C(8) << 30)

/* Manifest, signature, their tar headers, and a deflate that cannot make them smaller. */
#define BUNDLE_HEAD_BYTES (256 << 10)

/* ---- writing ---- */

struct bundle_writer;

/* Who signs: certificate, its private key, and the intermediates below the root. All borrowed. */
struct bundle_signer {
	const struct cert *cert;
	const struct key *key;
	struct cert *const *chain;
	size_t chain_n;
};

/* spool_dir: an existing folder for the temporary files; they never have a name for longer than a moment. */
struct bundle_writer *bundle_writer_new(const char *spool_dir);
void bundle_writer_free(struct bundle_writer *w);

/* Begins a part; its name must be new and manifest_part_name_ok(). E_INTERNAL otherwise. */
int bundle_part_begin(struct bundle_writer *w, const char *name, struct err *e);

/* Appends one record (an object, borrowed) as a line to the .ndjson part begun. E_SYNC_TOO_LARGE if the line is
 * longer than BUNDLE_LINE_MAX, E_DISK_FULL, E_FILE_ERROR. */
int bundle_part_record(struct bundle_writer *w, const json_t *record, struct err *e);

/* Appends bytes to the .pem part begun. */
int bundle_part_raw(struct bundle_writer *w, const void *p, size_t n, struct err *e);

int bundle_part_end(struct bundle_writer *w, struct err *e);

/* Writes the file: to descriptor fd (kept by the caller, who syncs it) or, with fd -1, added to *out.
 *
 * m gives everything but its parts, which are set from what was written. at is the signingTime.
 * digest gets the SHA-256 of manifest.json, the file's identity (request_sha256 of its answer); may be NULL.
 * The same input gives the same bytes with an RSA key; an ECDSA signature is another each time, so a request that
 * must stay the same until it is answered is kept as the file it is.
 * E_SYNC_NOT_A_BUNDLE if the manifest breaks its own rules, errors of cms_sign(), E_DISK_FULL, E_FILE_ERROR. */
int bundle_writer_finish(struct bundle_writer *w, const struct manifest *m, const struct bundle_signer *by, int64_t at,
			 int fd, struct buf *out, unsigned char digest[SHA256_SIZE], struct err *e);

/* ---- reading ---- */

struct bundle;

/* Reads manifest.json and manifest.p7s, and no further. max limits packed and unpacked size. The descriptor is
 * read from where it stands and may be a pipe; it and the bytes must stay until bundle_spool() was called. */
int bundle_open_fd(int fd, int64_t max, const char *spool_dir, struct bundle **out, struct err *e);
int bundle_open_bytes(const void *p, size_t n, int64_t max, const char *spool_dir, struct bundle **out, struct err *e);
/* The same of the beginning of a file of which the rest is still to come: for bundle_verify() alone. BUNDLE_HEAD_BYTES
 * of a file hold its manifest and signature. */
int bundle_open_head(int fd, const char *spool_dir, struct bundle **out, struct err *e);
void bundle_close(struct bundle *b);

/* SHA-256 of manifest.json. */
void bundle_digest(const struct bundle *b, unsigned char out[SHA256_SIZE]);

/* Verifies the signature (cms_verify(): chain to root, or self-signed if root is NULL, at the time at), then reads
 * the manifest; if the parts are here already, compares them. *by is the caller's to cms_verified_fini(), and set
 * only on success. */
int bundle_verify(struct bundle *b, const struct cert *root, int64_t at, struct cms_verified *by, struct err *e);

/* Reads the rest to its very end into temporary files; if the manifest is verified, against it. */
int bundle_spool(struct bundle *b, struct err *e);

/* After bundle_spool(): the self-signed CA certificate in chain.pem whose DER has this SHA-256, the caller's to
 * cert_free(). E_SYNC_WRONG_KIND if there is no chain.pem, E_SYNC_WRONG_ROOT naming the fingerprint that the file
 * has and the one that was given. */
int bundle_find_root(struct bundle *b, const unsigned char fingerprint[SHA256_SIZE], struct cert **root, struct err *e);

/* The manifest; NULL before bundle_verify(). */
const struct manifest *bundle_manifest(const struct bundle *b);

/* After bundle_verify(): no whole file with this manifest has more bytes, however badly it is packed. */
int64_t bundle_packed_max(const struct bundle *b);

/* Called for each record in order: line counts from 1, the object is released afterwards. Not 0 stops. */
typedef int (*bundle_record_fn)(void *ctx, const json_t *record, int64_t line, struct err *e);

/* After bundle_verify() and bundle_spool(), in any order: every record of a .ndjson part. A line that is not a
 * JSON object is E_SYNC_DAMAGED naming part and line. Returns -1 if a call did; its
 * E_SYNC_DAMAGED or E_ENTITLEMENT_UNKNOWN gets part and line before its text. E_INTERNAL too early, E_SYNC_DAMAGED if
 * there is no such part. */
int bundle_part_each(struct bundle *b, const char *name, bundle_record_fn fn, void *ctx, struct err *e);

/* The same for a whole part of at most max bytes, added to out. E_SYNC_TOO_LARGE. */
int bundle_part_bytes(struct bundle *b, const char *name, size_t max, struct buf *out, struct err *e);

#endif
