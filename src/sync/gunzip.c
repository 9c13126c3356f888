#include "sync/gunzip.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include <zlib.h>

#include "base/mem.h"

#define IN_SIZE 16384
#define OUT_SIZE 16384
#define FLAG_EXTRA 0x04

/* The extra field's length is 38 for a reason: if its flag is lost, 38 is read as the start of compressed data,
 * of a block type that does not exist. */
static const unsigned char sealed_header[GZIP_SEAL_AT] = { 0x1f, 0x8b, 8,   FLAG_EXTRA,      0, 0, 0, 0, 0, 3, 38,
							   0,    'L',  'S', 2 + SHA256_SIZE, 0, 1, 0 };

struct gunzip {
	int fd;
	const unsigned char *bytes; /* fd -1: what is left of the caller's bytes */
	size_t left;
	int64_t max, packed, unpacked;
	z_stream z; /* next_in and avail_in are the input window */
	bool inflating, ended;
	struct digest *seal; /* of what is taken from the window; NULL in a file without */
	unsigned char sealed_as[SHA256_SIZE];
	struct err failed; /* code set: every further call fails with it */
	unsigned char in[IN_SIZE], out[OUT_SIZE];
};

#define AGAIN "Copy it again in binary mode. Nothing was changed."

void gzip_seal(unsigned char out[GZIP_SEALED_SIZE], const unsigned char rest[SHA256_SIZE])
{
	memcpy(out, sealed_header, GZIP_SEAL_AT);
	memcpy(out + GZIP_SEAL_AT, rest, SHA256_SIZE);
}

struct gunzip *gunzip_new(int fd, const void *bytes, size_t n, int64_t max)
{
	struct gunzip *g = mem_alloc(sizeof(*g));

	g->fd = fd;
	g->bytes = bytes;
	g->left = fd < 0 ? n : 0;
	g->max = max;
	g->z.next_in = g->in;
	return g;
}

void gunzip_free(struct gunzip *g)
{
	if (g == NULL)
		return;
	if (g->inflating)
		inflateEnd(&g->z);
	if (g->seal)
		digest_drop(g->seal);
	free(g);
}

int64_t gunzip_position(const struct gunzip *g)
{
	return g->unpacked;
}

static ssize_t source(struct gunzip *g, unsigned char *to, size_t n, struct err *e)
{
	ssize_t got;

	if (g->fd < 0) {
		n = n < g->left ? n : g->left;
		if (n == 0)
			return 0;
		memcpy(to, g->bytes, n);
		g->bytes += n;
		g->left -= n;
		return (ssize_t)n;
	}
	do
		got = read(g->fd, to, n);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return err_set(e, E_FILE_ERROR, "Cannot read the synchronization file: %s.", strerror(errno));
	return got;
}

/* Makes the window hold at least `want` bytes if the input has them. Returns how many it holds. */
static ssize_t window(struct gunzip *g, size_t want, struct err *e)
{
	while (g->z.avail_in < want) {
		ssize_t got;

		memmove(g->in, g->z.next_in, g->z.avail_in);
		g->z.next_in = g->in;
		got = source(g, g->in + g->z.avail_in, IN_SIZE - g->z.avail_in, e);
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		g->packed += got;
		if (g->packed > g->max)
			return err_set(e, E_SYNC_TOO_LARGE,
				       "The file has more than the %" PRId64
				       " bytes that are accepted here. Nothing was changed.",
				       g->max);
		g->z.avail_in += (unsigned)got;
	}
	return (ssize_t)g->z.avail_in;
}

static int cut(struct gunzip *g, struct err *e)
{
	return err_set(e, E_SYNC_DAMAGED, "The file was cut: it ends after %" PRId64 " bytes, in the middle. " AGAIN,
		       g->packed);
}

static int changed(struct err *e)
{
	return err_set(e, E_SYNC_DAMAGED, "The file was changed: its content does not fit its checksum. " AGAIN);
}

/* What people hand over instead, by its first bytes. */
static const char *looks_like(const char *p, size_t n)
{
	static const struct {
		const char *start, *what;
	} table[] = {
		{ "PK\x03\x04", "a zip file. Unpack it first and choose the .sync file inside" },
		{ "<!doctype html",
		  "a web page, perhaps a sign-in page that was saved instead of the file. Download it again" },
		{ "<html", "a web page, perhaps a sign-in page that was saved instead of the file. Download it again" },
		{ "<", "an XML or web page. Download the file again" },
		{ "{", "a JSON text. Choose the .sync file" },
		{ "-----BEGIN", "a certificate or key in PEM form. Choose the .sync file" },
		{ "manifest.json",
		  "an unpacked tar archive. Pass on the .sync file as it was downloaded, without unpacking it" },
		{ "H4sI", "a base64 text. Decode it first, or copy the file in binary mode" },
	};

	if (n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0) {
		p += 3;
		n -= 3;
	}
	while (n && strchr(" \t\r\n", *p) && *p) {
		p++;
		n--;
	}
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		size_t len = strlen(table[i].start);

		if (n >= len && strncasecmp(p, table[i].start, len) == 0)
			return table[i].what;
	}
	return NULL;
}

static int not_gzip(struct gunzip *g, struct err *e)
{
	const char *what;

	if (window(g, 512, e) < 0)
		return -1;
	if (g->z.avail_in == 0)
		return err_set(e, E_SYNC_NOT_A_BUNDLE, "The file is empty (0 bytes). Copy it again. Nothing was changed.");
	what = looks_like((const char *)g->z.next_in, g->z.avail_in);
	if (what)
		return err_set(e, E_SYNC_NOT_A_BUNDLE, "This is not a synchronization file but %s. Nothing was changed.",
			       what);
	return err_set(e, E_SYNC_NOT_A_BUNDLE,
		       "This is not a synchronization file: it does not begin like one (a gzip-compressed tar archive). "
		       "Choose the .sync file. Nothing was changed.");
}

/* Looks at the header, which zlib reads again, for the seal. */
static int begin(struct gunzip *g, struct err *e)
{
	static const unsigned char magic[2] = { 0x1f, 0x8b };
	ssize_t n = window(g, GZIP_SEALED_SIZE, e);

	if (n < 0)
		return -1;
	if (n == 0 || memcmp(g->z.next_in, magic, n < 2 ? 1 : 2) != 0)
		return not_gzip(g, e);
	if (n < GZIP_HEADER_SIZE || (g->z.next_in[3] & FLAG_EXTRA && n < GZIP_SEALED_SIZE))
		return cut(g, e);
	if (g->z.next_in[3] & FLAG_EXTRA) {
		if (memcmp(g->z.next_in, sealed_header, GZIP_SEAL_AT) != 0)
			return err_set(
				e, E_SYNC_DAMAGED,
				"The file was changed: its first bytes are not those of a synchronization file. " AGAIN);
		memcpy(g->sealed_as, g->z.next_in + GZIP_SEAL_AT, SHA256_SIZE);
	}
	if (inflateInit2(&g->z, 15 + 16) != Z_OK)
		abort();
	g->inflating = true;
	if (g->z.next_in[3] & FLAG_EXTRA) { /* zlib gets the header alone, the digest what follows */
		unsigned all = g->z.avail_in;

		g->z.avail_in = GZIP_SEALED_SIZE;
		g->z.next_out = g->out;
		g->z.avail_out = OUT_SIZE;
		if (inflate(&g->z, Z_NO_FLUSH) != Z_OK || g->z.avail_in || g->z.avail_out != OUT_SIZE)
			return changed(e);
		g->z.avail_in = all - GZIP_SEALED_SIZE;
		g->seal = digest_begin();
	}
	return 0;
}

/* Behind the member: the end of the input, and the seal. */
static int end(struct gunzip *g, struct err *e)
{
	unsigned char digest[SHA256_SIZE];
	ssize_t n = window(g, 1, e);

	if (n < 0)
		return -1;
	if (n > 0)
		return err_set(e, E_SYNC_DAMAGED, "The file was changed: something was added behind its end. " AGAIN);
	g->ended = true;
	if (g->seal == NULL)
		return 0;
	digest_end(g->seal, digest);
	g->seal = NULL;
	return digest_equal(digest, g->sealed_as, SHA256_SIZE) ? 0 : changed(e);
}

/* One call of zlib. Returns bytes at g->out, possibly 0 although there is more. */
static ssize_t step(struct gunzip *g, struct err *e)
{
	const unsigned char *from;
	ssize_t n = window(g, 1, e);
	int rc;

	if (n < 1)
		return n < 0 ? -1 : cut(g, e);
	from = g->z.next_in;
	g->z.next_out = g->out;
	g->z.avail_out = OUT_SIZE;
	rc = inflate(&g->z, Z_NO_FLUSH);
	if (g->seal)
		digest_add(g->seal, from, (size_t)(g->z.next_in - from));
	if (rc != Z_OK && rc != Z_STREAM_END)
		return changed(e);
	n = OUT_SIZE - (ssize_t)g->z.avail_out;
	g->unpacked += n;
	if (g->unpacked > g->max)
		return err_set(e, E_SYNC_TOO_LARGE,
			       "The file unpacks to more than the %" PRId64
			       " bytes that are accepted here. Nothing was changed.",
			       g->max);
	return rc == Z_STREAM_END && end(g, e) ? -1 : n;
}

ssize_t gunzip_read(struct gunzip *g, const unsigned char **out, struct err *e)
{
	ssize_t n = 0;

	if (g->failed.code == E_NONE && !g->inflating && begin(g, &g->failed))
		n = -1;
	while (g->failed.code == E_NONE && !g->ended && n == 0)
		n = step(g, &g->failed);
	if (g->failed.code != E_NONE) {
		*e = g->failed;
		return -1;
	}
	*out = g->out;
	return n;
}
