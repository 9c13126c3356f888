/* fuzz_bundle.c - anything as a synchronization file. The first byte chooses how deep the rest goes in:
 *
 *   0 the bytes are the file
 *   1 they are the archive in it (gzip's checksum and seal would stop nearly everything)
 *   2 they are manifest.json, as if it were signed
 *   3 they are records of a file that is signed and whole */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "sync/bundle.h"
#include "sync/record.h"

#define LIMIT (INT64_C(4) << 20)
#define RECORDS "removed.ndjson"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n);

static struct {
	struct key *key;
	struct cert *root, *signer;
	struct key *signer_key;
	unsigned char fingerprint[SHA256_SIZE];
} pki;

static void must(int rc)
{
	if (rc)
		abort();
}

static void prepare(void)
{
	struct cert_request req = { .profile = CERT_ROOT,
				    .common_name = "Root",
				    .not_before = clock_now() - DAY_MS,
				    .not_after = clock_now() + 365 * DAY_MS };
	struct err e = ERR_INIT;

	if (pki.root)
		return;
	must(key_generate(KEY_EC_P256, &pki.key, &e) || key_generate(KEY_EC_P256, &pki.signer_key, &e));
	req.key = pki.key;
	must(cert_issue(&req, NULL, pki.key, &pki.root, &e));
	req.profile = CERT_SIGNER;
	req.key = pki.signer_key;
	must(cert_issue(&req, pki.root, pki.key, &pki.signer, &e));
	cert_fingerprint(pki.root, pki.fingerprint);
}

static int see(void *ctx, const json_t *v, int64_t line, struct err *e)
{
	struct record_account a;
	struct record_entitlement t;
	struct record_lot l;

	(void)ctx;
	(void)line;
	(void)record_account_decode(v, &a, e);
	(void)record_entitlement_decode(v, &t, e);
	if (record_lot_decode(v, &l, e) == 0)
		json_decref(record_lot_encode(&l));
	return 0;
}

static void use(struct bundle *b)
{
	const struct manifest *m = bundle_manifest(b);
	struct err e = ERR_INIT;

	for (size_t i = 0; m && i < m->parts_n; i++) {
		AUTO_BUF out = BUF_INIT;

		if (manifest_part_is_records(m->parts[i].name))
			(void)bundle_part_each(b, m->parts[i].name, see, NULL, &e);
		else
			(void)bundle_part_bytes(b, m->parts[i].name, BUNDLE_PEM_MAX, &out, &e);
	}
}

static void read_file(const void *p, size_t n, bool verify_first)
{
	struct cms_verified by = { 0 };
	struct cert *root = NULL;
	struct bundle *b = NULL;
	struct err e = ERR_INIT;

	if (bundle_open_bytes(p, n, LIMIT, "/tmp", &b, &e)) {
		if (e.code == E_NONE || e.text[0] == '\0')
			abort(); /* every refusal has its reason */
		return;
	}
	if (verify_first && bundle_verify(b, pki.root, clock_now(), &by, &e) == 0 && bundle_spool(b, &e) == 0)
		use(b);
	if (!verify_first && bundle_spool(b, &e) == 0) {
		(void)bundle_find_root(b, pki.fingerprint, &root, &e);
		if (bundle_verify(b, root, clock_now(), &by, &e) == 0)
			use(b);
	}
	cert_free(root);
	cms_verified_fini(&by);
	bundle_close(b);
}

/* Stored, so that nothing of the time goes into compression. */
static void pack(const void *p, size_t n, struct buf *out)
{
	z_stream z = { 0 };
	uLong bound;

	if (deflateInit2(&z, 0, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		abort();
	bound = deflateBound(&z, n);
	z.next_in = (unsigned char *)(uintptr_t)p;
	z.avail_in = (unsigned)n;
	z.next_out = (unsigned char *)buf_room(out, bound);
	z.avail_out = (unsigned)bound;
	if (deflate(&z, Z_FINISH) != Z_STREAM_END)
		abort();
	out->n = z.total_out;
	deflateEnd(&z);
}

static void read_manifest(const void *p, size_t n)
{
	struct manifest m, again;
	AUTO_BUF text = BUF_INIT;
	AUTO_BUF second = BUF_INIT;
	struct err e = ERR_INIT;

	if (manifest_parse(p, n, &m, &e))
		return;
	must(manifest_encode(&m, &text, &e)); /* what is read can be written, and is the same then */
	must(manifest_parse(text.data, text.n, &again, &e));
	must(manifest_encode(&again, &second, &e));
	must(strcmp(text.data, second.data));
}

/* tar's header of one member, as the reader wants it. */
static void tar_member(struct buf *tar, const char *name, const void *p, size_t n)
{
	static const char zeros[1024];
	unsigned char h[512] = { 0 };
	unsigned sum = 0;

	memcpy(h, name, strlen(name));
	memcpy(h + 100, "0000644\0000000000\0000000000", 24);
	snprintf((char *)h + 124, 12, "%011zo", n);
	memcpy(h + 136, "00000000000", 12);
	memset(h + 148, ' ', 8);
	h[156] = '0';
	memcpy(h + 257, "ustar\00000", 8);
	for (int i = 0; i < 512; i++)
		sum += h[i];
	snprintf((char *)h + 148, 8, "%06o", sum);
	buf_add(tar, h, 512);
	buf_add(tar, p, n);
	buf_add(tar, zeros, (512 - n % 512) % 512);
}

/* All parts of a request; the records are in one of them, and a good certificate request is no matter here. */
static void read_records(const void *p, size_t n)
{
	static const char *const names[] = { "virtual_accounts.ndjson",
					     "product_instances.ndjson",
					     "usage.ndjson",
					     "reservations.ndjson",
					     RECORDS,
					     "csr.pem" };
	struct manifest m = { .kind = MANIFEST_REQUEST,
			      .satellite = "6fe83add-c802-40bc-92dc-071ac7a37624",
			      .account = "A",
			      .sequence = 1,
			      .created_at = 1 };
	static const char zeros[1024];
	AUTO_BUF manifest = BUF_INIT;
	AUTO_BUF signature = BUF_INIT;
	AUTO_BUF tar = BUF_INIT;
	AUTO_BUF file = BUF_INIT;
	struct err e = ERR_INIT;

	for (; m.parts_n < sizeof(names) / sizeof(*names); m.parts_n++) {
		struct manifest_part *part = &m.parts[m.parts_n];
		bool it = strcmp(names[m.parts_n], RECORDS) == 0;

		str_copy(part->name, sizeof(part->name), names[m.parts_n]);
		part->bytes = it ? (int64_t)n : 0;
		for (size_t i = 0; it && i < n; i++)
			part->records += ((const char *)p)[i] == '\n';
		digest_sha256(p, it ? n : 0, part->sha256);
	}
	must(manifest_encode(&m, &manifest, &e));
	must(cms_sign(manifest.data, manifest.n, pki.signer, pki.signer_key, NULL, 0, clock_now(), &signature, &e));
	tar_member(&tar, "manifest.json", manifest.data, manifest.n);
	tar_member(&tar, "manifest.p7s", signature.data, signature.n);
	for (size_t i = 0; i < m.parts_n; i++)
		tar_member(&tar, names[i], p, (size_t)m.parts[i].bytes);
	buf_add(&tar, zeros, sizeof(zeros));
	pack(tar.data, tar.n, &file);
	read_file(file.data, file.n, true);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n)
{
	AUTO_BUF file = BUF_INIT;
	AUTO_FREE char *exact = NULL; /* its own memory, so that a byte too far is seen */

	prepare();
	if (n == 0)
		return 0;
	exact = malloc(n);
	memcpy(exact, data + 1, n - 1);
	switch (data[0] & 7) {
	case 0:
	case 4:
		read_file(exact, n - 1, data[0] & 4);
		break;
	case 1:
	case 5:
		pack(exact, n - 1, &file);
		read_file(file.data, file.n, data[0] & 4);
		break;
	case 2:
		read_manifest(exact, n - 1);
		break;
	case 3:
		read_records(exact, n - 1);
		break;
	default:
		break;
	}
	return 0;
}
