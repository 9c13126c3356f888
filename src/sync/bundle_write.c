#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "sync/bundle.h"
#include "sync/gunzip.h"
#include "sync/spool.h"

/* Half the time of level 6 for an eighth more bytes. */
#define GZIP_LEVEL "1"
#define PIECE 16384

struct bundle_writer {
	char *spool_dir;
	struct manifest_part parts[MANIFEST_PARTS_MAX];
	struct spool spools[MANIFEST_PARTS_MAX];
	size_t n;
	bool open; /* parts[n] is begun */
	struct buf line;
};

struct bundle_writer *bundle_writer_new(const char *spool_dir)
{
	struct bundle_writer *w = mem_alloc(sizeof(*w));

	w->spool_dir = mem_strdup(spool_dir);
	for (size_t i = 0; i < MANIFEST_PARTS_MAX; i++)
		w->spools[i] = SPOOL_INIT;
	return w;
}

void bundle_writer_free(struct bundle_writer *w)
{
	if (w == NULL)
		return;
	for (size_t i = 0; i < MANIFEST_PARTS_MAX; i++)
		spool_close(&w->spools[i]);
	buf_fini(&w->line);
	free(w->spool_dir);
	free(w);
}

static int misuse(const char *name, struct err *e)
{
	return err_set(e, E_INTERNAL, "The part '%s' cannot be written to a synchronization file at this point.", name);
}

int bundle_part_begin(struct bundle_writer *w, const char *name, struct err *e)
{
	if (w->open || w->n == MANIFEST_PARTS_MAX || !manifest_part_name_ok(name))
		return misuse(name, e);
	for (size_t i = 0; i < w->n; i++)
		if (strcmp(w->parts[i].name, name) == 0)
			return misuse(name, e);
	spool_open(&w->spools[w->n], w->spool_dir);
	str_copy(w->parts[w->n].name, MANIFEST_PART_NAME_SIZE, name);
	w->open = true;
	return 0;
}

int bundle_part_record(struct bundle_writer *w, const json_t *record, struct err *e)
{
	struct manifest_part *p = &w->parts[w->n];

	if (!w->open || !manifest_part_is_records(p->name) || !json_is_object(record))
		return misuse(w->open ? p->name : "", e);
	buf_clear(&w->line);
	json_write(record, &w->line);
	if (w->line.n > BUNDLE_LINE_MAX)
		return err_set(e, E_SYNC_TOO_LARGE, "A record of %s has %zu bytes; it may have %d.", p->name, w->line.n,
			       BUNDLE_LINE_MAX);
	buf_addc(&w->line, '\n');
	p->records++;
	return spool_add(&w->spools[w->n], w->line.data, w->line.n, e);
}

int bundle_part_raw(struct bundle_writer *w, const void *bytes, size_t n, struct err *e)
{
	const struct manifest_part *p = &w->parts[w->n];

	if (!w->open || manifest_part_is_records(p->name))
		return misuse(w->open ? p->name : "", e);
	if (w->spools[w->n].bytes + (int64_t)n > BUNDLE_PEM_MAX)
		return err_set(e, E_SYNC_TOO_LARGE, "The part %s has more than %d bytes.", p->name, BUNDLE_PEM_MAX);
	return spool_add(&w->spools[w->n], bytes, n, e);
}

int bundle_part_end(struct bundle_writer *w, struct err *e)
{
	struct spool *s = &w->spools[w->n];

	if (!w->open)
		return misuse("", e);
	if (spool_end(s, e))
		return -1;
	w->parts[w->n].bytes = s->bytes;
	memcpy(w->parts[w->n].sha256, s->sha256, SHA256_SIZE);
	w->open = false;
	w->n++;
	return 0;
}

/* The packed bytes wait here until their digest can be put before them. */
struct sink {
	struct spool packed;
	size_t skipped; /* of the library's gzip header, which ours replaces */
	struct err error;
};

static la_ssize_t sink_write(struct archive *a, void *ctx, const void *p, size_t n)
{
	struct sink *s = ctx;
	size_t skip = GZIP_HEADER_SIZE - s->skipped < n ? GZIP_HEADER_SIZE - s->skipped : n;

	s->skipped += skip;
	if (spool_add(&s->packed, (const char *)p + skip, n - skip, &s->error)) {
		archive_set_error(a, EIO, "write");
		return -1;
	}
	return (la_ssize_t)n;
}

static int failed(struct archive *a, const struct sink *s, struct err *e)
{
	const char *why = archive_error_string(a);

	if (s->error.code != E_NONE) {
		*e = s->error;
		return -1;
	}
	return err_set(e, E_FILE_ERROR, "Cannot write the synchronization file: %s.", why ? why : "unknown reason");
}

/* No time, no owner: the same content is the same bytes. */
static int member(struct archive *a, const struct sink *s, const char *name, int64_t size, struct err *e)
{
	struct archive_entry *entry = archive_entry_new();
	int rc;

	archive_entry_set_pathname(entry, name);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, 0644);
	archive_entry_set_size(entry, size);
	archive_entry_set_mtime(entry, 0, 0);
	rc = archive_write_header(a, entry);
	archive_entry_free(entry);
	return rc == ARCHIVE_OK ? 0 : failed(a, s, e);
}

static int member_bytes(struct archive *a, const struct sink *s, const char *name, const struct buf *content, struct err *e)
{
	if (member(a, s, name, (int64_t)content->n, e))
		return -1;
	return archive_write_data(a, content->data, content->n) == (la_ssize_t)content->n ? 0 : failed(a, s, e);
}

static int member_part(struct archive *a, const struct sink *s, const char *name, const struct spool *from, struct err *e)
{
	AUTO_FREE char *piece = mem_alloc(PIECE);
	int64_t at = 0;

	if (member(a, s, name, from->bytes, e))
		return -1;
	while (at < from->bytes) {
		ssize_t n = spool_read(from, at, piece, PIECE, e);

		if (n < 0)
			return -1;
		if (n == 0)
			return err_set(e, E_FILE_ERROR, "A temporary file ends too early.");
		if (archive_write_data(a, piece, (size_t)n) != n)
			return failed(a, s, e);
		at += n;
	}
	return 0;
}

static struct archive *begin(struct sink *s)
{
	struct archive *a = archive_write_new();

	if (a == NULL || archive_write_set_format_ustar(a) || archive_write_add_filter_gzip(a) ||
	    archive_write_set_filter_option(a, "gzip", "compression-level", GZIP_LEVEL) ||
	    archive_write_set_filter_option(a, "gzip", "timestamp", NULL) || archive_write_set_bytes_in_last_block(a, 1) ||
	    archive_write_open(a, s, NULL, sink_write, NULL))
		abort(); /* only without memory, or if the library was built without gzip */
	return a;
}

static int pack(const struct bundle_writer *w, const struct buf *manifest, const struct buf *signature, struct sink *s,
		struct err *e)
{
	struct archive *a = begin(s);
	int rc = -1;

	if (member_bytes(a, s, "manifest.json", manifest, e) || member_bytes(a, s, "manifest.p7s", signature, e))
		goto out;
	for (size_t i = 0; i < w->n; i++)
		if (member_part(a, s, w->parts[i].name, &w->spools[i], e))
			goto out;
	rc = archive_write_close(a) == ARCHIVE_OK ? 0 : failed(a, s, e);
out:
	archive_write_free(a);
	return rc;
}

static int put(int fd, struct buf *out, const void *bytes, size_t n, struct err *e)
{
	const char *p = bytes;

	if (fd < 0) {
		buf_add(out, p, n);
		return 0;
	}
	while (n) {
		ssize_t done = write(fd, p, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0 && (errno == ENOSPC || errno == EDQUOT))
			return err_set(e, E_DISK_FULL, NULL);
		if (done < 0)
			return err_set(e, E_FILE_ERROR, "Cannot write the synchronization file: %s.", strerror(errno));
		p += done;
		n -= (size_t)done;
	}
	return 0;
}

static int put_sealed(const struct spool *packed, int fd, struct buf *out, struct err *e)
{
	AUTO_FREE char *piece = mem_alloc(PIECE);
	unsigned char header[GZIP_SEALED_SIZE];
	int64_t at = 0;

	gzip_seal(header, packed->sha256);
	if (put(fd, out, header, sizeof(header), e))
		return -1;
	while (at < packed->bytes) {
		ssize_t n = spool_read(packed, at, piece, PIECE, e);

		if (n < 0)
			return -1;
		if (n == 0)
			return err_set(e, E_FILE_ERROR, "A temporary file ends too early.");
		if (put(fd, out, piece, (size_t)n, e))
			return -1;
		at += n;
	}
	return 0;
}

int bundle_writer_finish(struct bundle_writer *w, const struct manifest *m, const struct bundle_signer *by, int64_t at,
			 int fd, struct buf *out, unsigned char digest[SHA256_SIZE], struct err *e)
{
	struct manifest full = *m;
	struct sink sink = { .packed = SPOOL_INIT };
	AUTO_BUF manifest = BUF_INIT;
	AUTO_BUF signature = BUF_INIT;
	int rc;

	if (w->open)
		return misuse(w->parts[w->n].name, e);
	memcpy(full.parts, w->parts, sizeof(full.parts));
	full.parts_n = w->n;
	if (manifest_encode(&full, &manifest, e) ||
	    cms_sign(manifest.data, manifest.n, by->cert, by->key, by->chain, by->chain_n, at, &signature, e))
		return -1;
	if (digest)
		digest_sha256(manifest.data, manifest.n, digest);
	spool_open(&sink.packed, w->spool_dir);
	rc = pack(w, &manifest, &signature, &sink, e) || spool_end(&sink.packed, e) || put_sealed(&sink.packed, fd, out, e);
	spool_close(&sink.packed);
	return rc ? -1 : 0;
}
