#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "sync/bundle.h"
#include "sync/gunzip.h"
#include "sync/spool.h"

#define BLAME_MAX (INT64_C(64) << 20) /* unpacked bytes that are looked at for the reason */
#define AGAIN "Copy it again in binary mode. Nothing was changed."
#define TAR_BLOCK 512
#define TAR_END (2 * TAR_BLOCK) /* the blocks of zeros at the end */
#define TAR_PADDING_MAX 65536   /* tar programs fill up to their record size */
#define CHAIN_MAX 8
#define PIECE 16384
#define PACKED_WORSE 100   /* what does not pack grows by far less than one in so many */
#define PACKED_FRAME 65536 /* header, end, and what a small file adds */

/* A member of the archive that stands next. */
struct member {
	char name[MANIFEST_PART_NAME_SIZE];
	int64_t size;
};

/* A part that has been spooled. */
struct part {
	char name[MANIFEST_PART_NAME_SIZE];
	struct spool spool;
	int64_t lines;
	size_t line_n; /* of the line that is not finished */
};

struct bundle {
	struct gunzip *gunzip;
	struct archive *archive;
	struct err input; /* why the tar stream broke off, if it did */
	int64_t max;
	char *spool_dir;
	int64_t members_end; /* in the tar stream, behind the last member so far and its padding */
	int64_t data_end;    /* the same without the padding */
	int64_t content_end; /* behind the last byte that is not 0 */
	struct buf manifest_bytes, signature;
	struct manifest manifest;
	bool verified;
	bool head; /* the rest of the file is still to come */
	struct part parts[MANIFEST_PARTS_MAX];
	size_t n;
	bool spooling, spooled;
	bool ready; /* verified, spooled, and the digests fit */
};

static void note_content(struct bundle *b, const unsigned char *p, size_t n)
{
	int64_t start = gunzip_position(b->gunzip) - (int64_t)n;

	while (n && p[n - 1] == 0)
		n--;
	if (n)
		b->content_end = start + (int64_t)n;
}

static la_ssize_t feed(struct archive *a, void *ctx, const void **out)
{
	struct bundle *b = ctx;
	const unsigned char *p = NULL;
	ssize_t n = gunzip_read(b->gunzip, &p, &b->input);

	*out = p;
	if (n > 0)
		note_content(b, p, (size_t)n);
	else if (n < 0)
		archive_set_error(a, EIO, "input");
	return n;
}

/* A name out of an archive, fit to be shown. */
static const char *shown(char out[MANIFEST_PART_NAME_SIZE], const char *name)
{
	str_copy(out, MANIFEST_PART_NAME_SIZE, name ? name : "");
	for (char *p = out; *p; p++)
		if (*p < 0x20 || *p > 0x7e)
			*p = '?';
	return out;
}

static int damaged(const struct bundle *b, struct err *e)
{
	if (b->input.code != E_NONE) {
		*e = b->input;
		return -1;
	}
	return err_set(e, E_SYNC_DAMAGED,
		       "The file was cut or changed: the archive in it breaks off or cannot be read. " AGAIN);
}

static bool is_plain_file(struct bundle *b, struct archive_entry *entry)
{
	int format = archive_format(b->archive);

	return archive_entry_filetype(entry) == AE_IFREG && archive_entry_hardlink(entry) == NULL &&
	       archive_entry_symlink(entry) == NULL && archive_entry_size_is_set(entry) && archive_entry_size(entry) >= 0 &&
	       archive_entry_sparse_count(entry) == 0 &&
	       (format == ARCHIVE_FORMAT_TAR_USTAR || format == ARCHIVE_FORMAT_TAR_GNUTAR || format == ARCHIVE_FORMAT_TAR);
}

/* Goes to the next member: 1, or 0 at the end of the archive, or -1. Members are one header and their content,
 * directly behind each other; whatever else tar knows (long names, extended headers, sparse maps) shows itself
 * as a header where none should be. */
static int next_member(struct bundle *b, struct member *out, struct err *e)
{
	struct archive_entry *entry;
	const char *name;
	int rc = archive_read_next_header(b->archive, &entry);

	if (rc == ARCHIVE_EOF)
		return 0;
	if (rc != ARCHIVE_OK)
		return damaged(b, e);
	name = archive_entry_pathname(entry);
	shown(out->name, name);
	if (name == NULL || strcmp(out->name, name) != 0 || !is_plain_file(b, entry) ||
	    archive_read_header_position(b->archive) != b->members_end)
		return err_set(e, E_SYNC_DAMAGED,
			       "The archive was changed: '%s' is not a plain file of the kind that belongs into it. " AGAIN,
			       out->name);
	out->size = archive_entry_size(entry);
	if (out->size > b->max)
		return err_set(e, E_SYNC_TOO_LARGE,
			       "%s in the file has %" PRId64 " bytes; %" PRId64 " are accepted here. Nothing was changed.",
			       out->name, out->size, b->max);
	b->data_end = b->members_end + TAR_BLOCK + out->size;
	b->members_end = (b->data_end + TAR_BLOCK - 1) / TAR_BLOCK * TAR_BLOCK;
	return 1;
}

/* The next bytes of the present member. Returns how many, 0 at its end, -1. */
static ssize_t member_read(struct bundle *b, const struct member *m, int64_t done, char *to, size_t n, struct err *e)
{
	la_ssize_t got = archive_read_data(b->archive, to, n);

	if (got > 0 || (got == 0 && done == m->size))
		return got;
	if (b->input.code != E_NONE && b->input.code != E_SYNC_DAMAGED)
		return damaged(b, e);
	return err_set(e, E_SYNC_DAMAGED,
		       "The file was cut or changed: only %" PRId64 " of the %" PRId64 " bytes of %s arrived whole. " AGAIN,
		       done, m->size, m->name);
}

static int read_small(struct bundle *b, const struct member *m, size_t max, struct buf *out, struct err *e)
{
	ssize_t n;

	if (m->size == 0)
		return err_set(e, E_SYNC_DAMAGED, "The file was changed: %s in it is empty. " AGAIN, m->name);
	if (m->size > (int64_t)max)
		return err_set(e, E_SYNC_TOO_LARGE,
			       "%s in the file has %" PRId64 " bytes; it may have %zu. Nothing was changed.", m->name,
			       m->size, max);
	do {
		n = member_read(b, m, (int64_t)out->n, buf_room(out, (size_t)m->size), (size_t)m->size - out->n, e);
		if (n < 0)
			return -1;
		out->n += (size_t)n;
	} while ((int64_t)out->n < m->size);
	return 0;
}

static int read_head(struct bundle *b, struct err *e)
{
	struct member m;
	int rc = -1;

	if (archive_read_support_format_tar(b->archive) == ARCHIVE_OK &&
	    archive_read_open(b->archive, b, NULL, feed, NULL) == ARCHIVE_OK)
		rc = next_member(b, &m, e);
	else
		damaged(b, e);
	if (rc < 0 && (b->input.code != E_NONE || e->code == E_SYNC_TOO_LARGE))
		return -1;
	if (rc <= 0)
		return err_set(
			e, E_SYNC_NOT_A_BUNDLE,
			"This is not a synchronization file: it is compressed like one, but no archive that begins with "
			"manifest.json is in it. Choose the .sync file as it was downloaded. Nothing was changed.");
	if (strcmp(m.name, "manifest.json") != 0)
		return err_set(e, E_SYNC_NOT_A_BUNDLE,
			       "This is not a synchronization file: the archive begins with '%s' instead of manifest.json. "
			       "Choose the .sync file as it was downloaded. Nothing was changed.",
			       m.name);
	if (read_small(b, &m, MANIFEST_SIZE_MAX, &b->manifest_bytes, e))
		return -1;
	rc = next_member(b, &m, e);
	if (rc < 0)
		return -1;
	if (rc == 0 || strcmp(m.name, "manifest.p7s") != 0)
		return err_set(e, E_SYNC_DAMAGED,
			       "The file was cut or changed: manifest.p7s is not where it must be. " AGAIN);
	return read_small(b, &m, BUNDLE_SIGNATURE_MAX, &b->signature, e);
}

/* A file that was altered on its way (text mode) can unpack to something that looks like a wrong signature, or a line
 * that is too long: where its checksum or seal are wrong, that is the reason. Returns -1. */
static int blame(struct bundle *b, struct err *e)
{
	const unsigned char *bytes;
	struct err why = ERR_INIT;
	ssize_t n = 1;

	if (b->head || e->code == E_FILE_ERROR || e->code == E_DISK_FULL || e->code == E_INTERNAL)
		return -1;
	while (n > 0 && gunzip_position(b->gunzip) < BLAME_MAX)
		n = gunzip_read(b->gunzip, &bytes, &why);
	if (n < 0 && why.code == E_SYNC_DAMAGED)
		*e = why;
	return -1;
}

static int open_source(int fd, const void *p, size_t n, int64_t max, bool head, const char *spool_dir, struct bundle **out,
		       struct err *e)
{
	struct bundle *b = mem_alloc(sizeof(*b));

	b->head = head;
	for (size_t i = 0; i < MANIFEST_PARTS_MAX; i++)
		b->parts[i].spool = SPOOL_INIT;
	b->max = max;
	b->spool_dir = mem_strdup(spool_dir);
	b->gunzip = gunzip_new(fd, p, n, max);
	b->archive = archive_read_new();
	if (b->archive == NULL)
		abort();
	if (read_head(b, e)) {
		blame(b, e);
		bundle_close(b);
		return -1;
	}
	*out = b;
	return 0;
}

int bundle_open_fd(int fd, int64_t max, const char *spool_dir, struct bundle **out, struct err *e)
{
	return open_source(fd, NULL, 0, max, false, spool_dir, out, e);
}

int bundle_open_head(int fd, const char *spool_dir, struct bundle **out, struct err *e)
{
	return open_source(fd, NULL, 0, BUNDLE_SYNC_MAX, true, spool_dir, out, e);
}

int bundle_open_bytes(const void *p, size_t n, int64_t max, const char *spool_dir, struct bundle **out, struct err *e)
{
	return open_source(-1, p, n, max, false, spool_dir, out, e);
}

void bundle_close(struct bundle *b)
{
	if (b == NULL)
		return;
	archive_read_free(b->archive);
	gunzip_free(b->gunzip);
	for (size_t i = 0; i < MANIFEST_PARTS_MAX; i++)
		spool_close(&b->parts[i].spool);
	buf_fini(&b->manifest_bytes);
	buf_fini(&b->signature);
	free(b->spool_dir);
	free(b);
}

void bundle_digest(const struct bundle *b, unsigned char out[SHA256_SIZE])
{
	digest_sha256(b->manifest_bytes.data, b->manifest_bytes.n, out);
}

const struct manifest *bundle_manifest(const struct bundle *b)
{
	return b->verified ? &b->manifest : NULL;
}

int64_t bundle_packed_max(const struct bundle *b)
{
	int64_t n = TAR_PADDING_MAX + 2 * TAR_BLOCK + (int64_t)b->manifest_bytes.n + (int64_t)b->signature.n;

	for (size_t i = 0; i < b->manifest.parts_n; i++)
		n += 2 * TAR_BLOCK + b->manifest.parts[i].bytes;
	return n + n / PACKED_WORSE + PACKED_FRAME;
}

static int misuse(struct err *e)
{
	return err_set(e, E_INTERNAL, "A synchronization file was read in the wrong order.");
}

static struct part *find_part(struct bundle *b, const char *name)
{
	for (size_t i = 0; i < b->n; i++)
		if (strcmp(b->parts[i].name, name) == 0)
			return &b->parts[i];
	return NULL;
}

static int fits(const struct part *have, const struct manifest_part *want, struct err *e)
{
	if (have->spool.bytes != want->bytes)
		return err_set(e, E_SYNC_DAMAGED,
			       "The file was cut or changed: %s has %" PRId64 " of %" PRId64 " bytes. " AGAIN, want->name,
			       have->spool.bytes, want->bytes);
	if (!digest_equal(have->spool.sha256, want->sha256, SHA256_SIZE))
		return err_set(e, E_SYNC_DAMAGED, "The file was cut or changed: %s does not match its checksum. " AGAIN,
			       want->name);
	if (have->lines != want->records)
		return err_set(e, E_SYNC_DAMAGED, "The file was changed: %s has %" PRId64 " of %" PRId64 " records. " AGAIN,
			       want->name, have->lines, want->records);
	return 0;
}

/* Are the parts those of the manifest, in its order? */
static int compare(struct bundle *b, struct err *e)
{
	for (size_t i = 0; i < b->manifest.parts_n; i++) {
		const struct manifest_part *want = &b->manifest.parts[i];

		if (i >= b->n || strcmp(b->parts[i].name, want->name) != 0)
			return err_set(e, E_SYNC_DAMAGED, "The file was cut or changed: %s is not where it must be. " AGAIN,
				       want->name);
		if (fits(&b->parts[i], want, e))
			return -1;
	}
	if (b->n > b->manifest.parts_n)
		return err_set(e, E_SYNC_DAMAGED, "The file was changed: %s was added to it. " AGAIN,
			       b->parts[b->manifest.parts_n].name);
	b->ready = true;
	return 0;
}

int bundle_verify(struct bundle *b, const struct cert *root, int64_t at, struct cms_verified *by, struct err *e)
{
	struct cms_verified verified = { 0 };

	if (b->verified || (b->spooling && !b->spooled))
		return misuse(e);
	if (cms_verify(b->manifest_bytes.data, b->manifest_bytes.n, b->signature.data, b->signature.n, root, at, &verified,
		       e))
		return blame(b, e);
	if (manifest_parse(b->manifest_bytes.data, b->manifest_bytes.n, &b->manifest, e) || (b->spooled && compare(b, e))) {
		cms_verified_fini(&verified);
		return -1;
	}
	b->verified = true;
	*by = verified;
	return 0;
}

/* May this member be the next part? Told by the signed manifest if we have it, else by fixed limits. */
static int admit(struct bundle *b, const struct member *m, struct err *e)
{
	if (b->n == MANIFEST_PARTS_MAX)
		return err_set(e, E_SYNC_TOO_LARGE, "The file has more than %d parts. Nothing was changed.",
			       MANIFEST_PARTS_MAX);
	if (!manifest_part_name_ok(m->name))
		return err_set(e, E_SYNC_DAMAGED, "The file was changed: '%s' does not belong into it. " AGAIN, m->name);
	if (find_part(b, m->name))
		return err_set(e, E_SYNC_DAMAGED, "The file was changed: %s is in it twice. " AGAIN, m->name);
	if (!manifest_part_is_records(m->name) && m->size > BUNDLE_PEM_MAX)
		return err_set(e, E_SYNC_TOO_LARGE,
			       "%s in the file has %" PRId64 " bytes; it may have %d. Nothing was changed.", m->name,
			       m->size, BUNDLE_PEM_MAX);
	if (!b->verified)
		return 0;
	if (b->n == b->manifest.parts_n || strcmp(m->name, b->manifest.parts[b->n].name) != 0)
		return err_set(e, E_SYNC_DAMAGED, "The file was changed: %s is not where it must be. " AGAIN, m->name);
	if (m->size != b->manifest.parts[b->n].bytes)
		return err_set(e, E_SYNC_DAMAGED,
			       "The file was cut or changed: %s has %" PRId64 " of %" PRId64 " bytes. " AGAIN, m->name,
			       m->size, b->manifest.parts[b->n].bytes);
	return 0;
}

static int count_lines(struct part *p, const char *bytes, size_t n, struct err *e)
{
	while (n) {
		const char *end = memchr(bytes, '\n', n);
		size_t len = end ? (size_t)(end - bytes) : n;

		p->line_n += len;
		if (p->line_n > BUNDLE_LINE_MAX)
			return err_set(e, E_SYNC_TOO_LARGE,
				       "Line %" PRId64 " of %s in the file is longer than %d bytes. Nothing was changed.",
				       p->lines + 1, p->name, BUNDLE_LINE_MAX);
		if (end == NULL)
			break;
		p->lines++;
		p->line_n = 0;
		bytes = end + 1;
		n -= len + 1;
	}
	return 0;
}

static int spool_part(struct bundle *b, const struct member *m, struct err *e)
{
	AUTO_FREE char *piece = mem_alloc(PIECE);
	struct part *p = &b->parts[b->n];
	ssize_t n;

	str_copy(p->name, sizeof(p->name), m->name);
	spool_open(&p->spool, b->spool_dir);
	for (;;) {
		n = member_read(b, m, p->spool.bytes, piece, PIECE, e);
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		if ((manifest_part_is_records(p->name) && count_lines(p, piece, (size_t)n, e)) ||
		    spool_add(&p->spool, piece, (size_t)n, e))
			return -1;
	}
	if (p->line_n)
		return err_set(e, E_SYNC_DAMAGED, "The file was cut or changed: the last line of %s does not end. " AGAIN,
			       p->name);
	b->n++;
	return spool_end(&p->spool, e);
}

/* Behind the last member: at least two blocks of zeros, at most what tar fills up with, and nothing else. This
 * also reads up to gzip's checksum and to the end of the input. */
static int read_end(struct bundle *b, struct err *e)
{
	const unsigned char *p;
	int64_t total;
	ssize_t n;

	do {
		n = gunzip_read(b->gunzip, &p, e);
		if (n < 0)
			return -1;
		note_content(b, p, (size_t)n);
		total = gunzip_position(b->gunzip);
		if (b->content_end > b->data_end || total > b->members_end + TAR_END + TAR_PADDING_MAX)
			return err_set(e, E_SYNC_DAMAGED,
				       "The file was changed: something was added behind its last part. " AGAIN);
	} while (n > 0);
	if (total < b->members_end + TAR_END || total % TAR_BLOCK != 0)
		return err_set(e, E_SYNC_DAMAGED, "The file was cut or changed: the archive in it has no end. " AGAIN);
	return 0;
}

int bundle_spool(struct bundle *b, struct err *e)
{
	struct member m;
	int rc;

	if (b->spooling)
		return misuse(e);
	b->spooling = true;
	while ((rc = next_member(b, &m, e)) > 0)
		if (admit(b, &m, e) || spool_part(b, &m, e))
			return blame(b, e);
	if (rc < 0 || read_end(b, e))
		return blame(b, e);
	b->spooled = true;
	return b->verified ? compare(b, e) : 0;
}

static int part_bytes(const struct part *p, size_t max, struct buf *out, struct err *e)
{
	int64_t at = 0;

	if (p->spool.bytes > (int64_t)max)
		return err_set(e, E_SYNC_TOO_LARGE,
			       "%s in the file has %" PRId64 " bytes; %zu are accepted. Nothing was changed.", p->name,
			       p->spool.bytes, max);
	while (at < p->spool.bytes) {
		size_t left = (size_t)(p->spool.bytes - at);
		ssize_t n = spool_read(&p->spool, at, buf_room(out, left), left, e);

		if (n < 0)
			return -1;
		if (n == 0)
			return err_set(e, E_FILE_ERROR, "A temporary file ends too early.");
		out->n += (size_t)n;
		at += n;
	}
	buf_add(out, "", 0);
	return 0;
}

static int ready_part(struct bundle *b, const char *name, struct part **out, struct err *e)
{
	if (!b->ready)
		return misuse(e);
	*out = find_part(b, name);
	if (*out == NULL)
		return err_set(e, E_SYNC_DAMAGED, "The file has no %s. Nothing was changed.", name);
	return 0;
}

int bundle_part_bytes(struct bundle *b, const char *name, size_t max, struct buf *out, struct err *e)
{
	struct part *p;

	return ready_part(b, name, &p, e) ? -1 : part_bytes(p, max, out, e);
}

/* What is wrong with a record says where it stands. */
static int wrong_record(const struct part *p, int64_t line, struct err *e)
{
	const struct err why = *e;

	if (why.code != E_SYNC_DAMAGED && why.code != E_ENTITLEMENT_UNKNOWN)
		return -1;
	return err_field(e, why.code, why.field, "%s, line %" PRId64 ": %.400s Nothing was changed.", p->name, line,
			 why.text);
}

static int one_record(const struct part *p, const char *text, size_t n, int64_t line, bundle_record_fn fn, void *ctx,
		      struct err *e)
{
	AUTO_JSON *record = NULL;
	struct err why = ERR_INIT;

	if (json_read(text, n, E_SYNC_DAMAGED, &record, &why))
		return err_set(e, E_SYNC_DAMAGED, "%s, line %" PRId64 ": %s Nothing was changed.", p->name, line, why.text);
	if (!json_is_object(record))
		return err_set(e, E_SYNC_DAMAGED, "%s, line %" PRId64 ", is not a JSON object. Nothing was changed.",
			       p->name, line);
	return fn(ctx, record, line, e) ? wrong_record(p, line, e) : 0;
}

int bundle_part_each(struct bundle *b, const char *name, bundle_record_fn fn, void *ctx, struct err *e)
{
	AUTO_FREE char *window = mem_alloc(BUNDLE_LINE_MAX + 1 + PIECE);
	size_t have = 0;
	int64_t at = 0, line = 0;
	struct part *p;

	if (ready_part(b, name, &p, e))
		return -1;
	if (!manifest_part_is_records(name))
		return misuse(e);
	while (at < p->spool.bytes) {
		ssize_t n = spool_read(&p->spool, at, window + have, PIECE, e);
		char *start = window, *end;

		if (n < 0)
			return -1;
		if (n == 0)
			return err_set(e, E_FILE_ERROR, "A temporary file ends too early.");
		at += n;
		have += (size_t)n;
		while ((end = memchr(start, '\n', have)) != NULL) {
			if (one_record(p, start, (size_t)(end - start), ++line, fn, ctx, e))
				return -1;
			have -= (size_t)(end + 1 - start);
			start = end + 1;
		}
		memmove(window, start, have);
	}
	return 0;
}

static struct cert *pick_root(struct cert *const *chain, size_t n, const unsigned char fingerprint[SHA256_SIZE],
			      struct cert **other)
{
	unsigned char have[SHA256_SIZE];

	for (size_t i = 0; i < n; i++) {
		if (!cert_is_ca(chain[i]) || !cert_issued_by(chain[i], chain[i]))
			continue;
		cert_fingerprint(chain[i], have);
		if (digest_equal(have, fingerprint, SHA256_SIZE))
			return cert_ref(chain[i]);
		*other = chain[i];
	}
	return NULL;
}

static void write_fingerprint(const unsigned char fingerprint[SHA256_SIZE], char out[SHA256_SIZE * 3])
{
	for (int i = 0; i < SHA256_SIZE; i++) {
		out[i * 3] = "0123456789ABCDEF"[fingerprint[i] >> 4];
		out[i * 3 + 1] = "0123456789ABCDEF"[fingerprint[i] & 15];
		out[i * 3 + 2] = i == SHA256_SIZE - 1 ? '\0' : ':';
	}
}

int bundle_find_root(struct bundle *b, const unsigned char fingerprint[SHA256_SIZE], struct cert **root, struct err *e)
{
	struct cert *chain[CHAIN_MAX], *other = NULL;
	char given[SHA256_SIZE * 3], have[96];
	AUTO_BUF pem = BUF_INIT;
	struct part *p = find_part(b, "chain.pem");
	size_t n = 0;

	if (!b->spooled)
		return misuse(e);
	if (p == NULL)
		return err_set(
			e, E_SYNC_WRONG_KIND,
			"The file brings no licensing root. The first import needs the authorization file of the cloud "
			"manager. Nothing was changed.");
	if (part_bytes(p, BUNDLE_PEM_MAX, &pem, e) || cert_read_chain(pem.data, pem.n, chain, CHAIN_MAX, &n, e))
		return -1;
	*root = pick_root(chain, n, fingerprint, &other);
	write_fingerprint(fingerprint, given);
	if (*root == NULL && other == NULL)
		err_set(e, E_SYNC_WRONG_ROOT,
			"The file brings no licensing root among its %zu certificates. Nothing was changed.", n);
	else if (*root == NULL)
		err_set(e, E_SYNC_WRONG_ROOT,
			"The licensing root in the file has the fingerprint %s; you gave %s. Compare it with the one that the "
			"administrator of the cloud manager reads to you. Nothing was changed.",
			cert_fingerprint_text(other, have), given);
	for (size_t i = 0; i < n; i++)
		cert_free(chain[i]);
	return *root ? 0 : -1;
}
