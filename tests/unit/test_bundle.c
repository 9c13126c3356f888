/* test_bundle.c - synchronization files: what is written is read, and nothing else is. */
#include <check.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "sync/bundle.h"
#include "sync/record.h"
#include "tests/lib/clock_fake.h"
#include "tests/lib/light.h"

#define UUID_1 "6fe83add-c802-40bc-92dc-071ac7a37624"
#define LIMIT (INT64_C(64) << 20)
#define TAG "regid.2016-07.com.cisco.UCM_Enhanced,12.0_66d0d1cf-4863-4761-91d0-d01d3eb1949a"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

static char folder[] = "/tmp/test_bundle.XXXXXX";

/* ---- the authorities of the tests ---- */

static struct {
	struct key *root_key, *signer_key, *sub_key, *self_key, *rsa_key, *other_key;
	struct cert *root, *signer, *sub, *self, *rsa_signer, *other_root;
	unsigned char fingerprint[SHA256_SIZE];
} pki;

static struct cert *issue(enum cert_profile profile, const char *name, const struct key *key, const struct cert *issuer,
			  const struct key *issuer_key)
{
	struct cert_request req = { .profile = profile,
				    .common_name = name,
				    .key = key,
				    .not_before = clock_now() - DAY_MS,
				    .not_after = clock_now() + 365 * DAY_MS };
	struct err e = ERR_INIT;
	struct cert *c = NULL;

	if (cert_issue(&req, issuer, issuer_key, &c, &e))
		ck_abort_msg("%s", e.text);
	return c;
}

static struct key *make_key(enum key_kind kind)
{
	struct err e = ERR_INIT;
	struct key *k = NULL;

	if (key_generate(kind, &k, &e))
		ck_abort_msg("%s", e.text);
	return k;
}

static void pki_open(void)
{
	pki.root_key = make_key(KEY_EC_P256);
	pki.signer_key = make_key(KEY_EC_P256);
	pki.sub_key = make_key(KEY_EC_P256);
	pki.self_key = make_key(KEY_EC_P256);
	pki.rsa_key = make_key(KEY_RSA_2048);
	pki.other_key = make_key(KEY_EC_P256);
	pki.root = issue(CERT_ROOT, "Licensing root", pki.root_key, NULL, pki.root_key);
	pki.signer = issue(CERT_SIGNER, "Manager signer", pki.signer_key, pki.root, pki.root_key);
	pki.sub = issue(CERT_ISSUING_CA, "Satellite", pki.sub_key, pki.root, pki.root_key);
	pki.self = issue(CERT_SELF_SIGNER, "Satellite", pki.self_key, NULL, pki.self_key);
	pki.rsa_signer = issue(CERT_SIGNER, "Manager signer", pki.rsa_key, pki.root, pki.root_key);
	pki.other_root = issue(CERT_ROOT, "Another root", pki.other_key, NULL, pki.other_key);
	cert_fingerprint(pki.root, pki.fingerprint);
}

static void pki_close(void)
{
	struct cert *certs[] = { pki.root, pki.signer, pki.sub, pki.self, pki.rsa_signer, pki.other_root };
	struct key *keys[] = { pki.root_key, pki.signer_key, pki.sub_key, pki.self_key, pki.rsa_key, pki.other_key };

	for (size_t i = 0; i < 6; i++) {
		cert_free(certs[i]);
		key_free(keys[i]);
	}
}

/* ---- making files ---- */

static const struct bundle_signer *manager(void)
{
	static struct bundle_signer by;

	by = (struct bundle_signer){ .cert = pki.signer, .key = pki.signer_key };
	return &by;
}

static struct manifest authorization_manifest(void)
{
	struct manifest m = { .kind = MANIFEST_AUTHORIZATION,
			      .mode = MANIFEST_FULL,
			      .satellite = UUID_1,
			      .account = "Demo Account",
			      .created_at = clock_now(),
			      .authority_valid_until = clock_now() + 90 * DAY_MS };

	memset(m.request_sha256, 0x5a, sizeof(m.request_sha256));
	return m;
}

static json_t *lot(int i)
{
	char id[64];
	struct record_lot r = { .id = id,
				.tag = TAG,
				.quantity = i,
				.license_type = "TERM",
				.start_at = clock_now(),
				.end_at = clock_now() + DAY_MS,
				.subscription_id = "Sub-1" };

	snprintf(id, sizeof(id), "00000000-0000-4000-8000-%012d", i);
	return record_lot_encode(&r);
}

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

static void add_record(struct bundle_writer *w, json_t *v)
{
	OK(bundle_part_record(w, v, &e));
	json_decref(v);
}

static void add_pem(struct bundle_writer *w, const char *name, struct cert *const *certs, size_t n)
{
	AUTO_BUF pem = BUF_INIT;

	for (size_t i = 0; i < n; i++)
		cert_write_pem(certs[i], &pem);
	OK(bundle_part_begin(w, name, &e));
	OK(bundle_part_raw(w, pem.data, pem.n, &e));
	OK(bundle_part_end(w, &e));
}

/* The parts of an authorization with so many license lots. */
static struct bundle_writer *authorization_parts(int lots)
{
	struct bundle_writer *w = bundle_writer_new(folder);
	struct record_account account = { .id = UUID_1,
					  .smart_account = "Demo",
					  .virtual_account = "Site A",
					  .domain = "example.net",
					  .reservation_permitted = true,
					  .status = "ACTIVE" };
	struct record_entitlement entitlement = { .id = UUID_1,
						  .tag = TAG,
						  .name = "Enhanced",
						  .tier = 2,
						  .family = "UCM",
						  .display_name = "UC Manager Enhanced License (12.x)",
						  .version = "12.0" };

	OK(bundle_part_begin(w, "account.ndjson", &e));
	add_record(w, record_account_encode(&account));
	OK(bundle_part_end(w, &e));
	OK(bundle_part_begin(w, "entitlements.ndjson", &e));
	add_record(w, record_entitlement_encode(&entitlement));
	OK(bundle_part_end(w, &e));
	OK(bundle_part_begin(w, "license_lots.ndjson", &e));
	for (int i = 0; i < lots; i++)
		add_record(w, lot(i));
	OK(bundle_part_end(w, &e));
	add_pem(w, "chain.pem", (struct cert *[]){ pki.sub, pki.root }, 2);
	return w;
}

static void make_authorization(int lots, struct buf *out)
{
	struct bundle_writer *w = authorization_parts(lots);
	struct manifest m = authorization_manifest();

	OK(bundle_writer_finish(w, &m, manager(), clock_now(), -1, out, NULL, &e));
	bundle_writer_free(w);
}

static void make_registration(struct buf *out, unsigned char digest[SHA256_SIZE])
{
	struct bundle_writer *w = bundle_writer_new(folder);
	struct bundle_signer by = { .cert = pki.self, .key = pki.self_key };
	struct manifest m = { .kind = MANIFEST_REGISTRATION,
			      .mode = MANIFEST_FULL,
			      .satellite = UUID_1,
			      .account = "Demo Account",
			      .created_at = clock_now(),
			      .name = "dc1",
			      .smart_account = "Demo",
			      .virtual_account = "Site A" };

	OK(bundle_part_begin(w, "csr.pem", &e));
	OK(bundle_part_raw(w, "-----BEGIN", 10, &e));
	OK(bundle_part_end(w, &e));
	OK(bundle_writer_finish(w, &m, &by, clock_now(), -1, out, digest, &e));
	bundle_writer_free(w);
}

/* ---- tar and gzip by hand, to make what no library would ---- */

struct entry {
	const char *name;
	char type; /* 0 = '0' */
	const char *link;
	const void *data;
	size_t n;
	int64_t said; /* size in the header if not n */
	bool pax_magic_off;
};

static void tar_seal(unsigned char h[512])
{
	unsigned sum = 0;

	memset(h + 148, ' ', 8);
	for (int i = 0; i < 512; i++)
		sum += h[i];
	snprintf((char *)h + 148, 8, "%06o", sum);
}

static void tar_add(struct buf *tar, const struct entry *en)
{
	unsigned char h[512] = { 0 };
	static const char zeros[512];

	memcpy(h, en->name, strlen(en->name));
	memcpy(h + 100, "0000644", 8);
	memcpy(h + 108, "0000000", 8);
	memcpy(h + 116, "0000000", 8);
	snprintf((char *)h + 124, 12, "%011" PRIo64, en->said ? en->said : (int64_t)en->n);
	memcpy(h + 136, "00000000000", 12);
	h[156] = en->type ? (unsigned char)en->type : '0';
	if (en->link)
		memcpy(h + 157, en->link, strlen(en->link));
	memcpy(h + 257, "ustar\00000", 8);
	tar_seal(h);
	buf_add(tar, h, 512);
	buf_add(tar, en->data, en->n);
	buf_add(tar, zeros, (512 - en->n % 512) % 512);
}

static void tar_end(struct buf *tar, size_t blocks)
{
	static const char zeros[512];

	while (blocks--)
		buf_add(tar, zeros, 512);
}

/* header NULL: the plain one. */
static void gzip(const void *p, size_t n, const void *header, size_t header_n, struct buf *out)
{
	z_stream z = { 0 };
	uLong bound, crc = crc32(0, p, (unsigned)n);
	unsigned char t[8] = { crc & 255, crc >> 8 & 255, crc >> 16 & 255, crc >> 24 & 255,
			       n & 255,   n >> 8 & 255,   n >> 16 & 255,   n >> 24 & 255 };

	buf_add(out, header ? header : "\x1f\x8b\x08\0\0\0\0\0\0\x03", header ? header_n : 10);
	ck_assert_int_eq(deflateInit2(&z, 2, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
	bound = deflateBound(&z, n);
	z.next_out = (unsigned char *)buf_room(out, bound);
	z.avail_out = (unsigned)bound;
	z.next_in = (unsigned char *)(uintptr_t)p;
	z.avail_in = (unsigned)n;
	ck_assert_int_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
	out->n += z.total_out;
	deflateEnd(&z);
	buf_add(out, t, 8);
}

static void gunzip(const struct buf *in, struct buf *out)
{
	z_stream z = { .next_in = (unsigned char *)in->data, .avail_in = (unsigned)in->n };
	int rc;

	ck_assert_int_eq(inflateInit2(&z, 31), Z_OK);
	do {
		z.next_out = (unsigned char *)buf_room(out, 65536);
		z.avail_out = 65536;
		rc = inflate(&z, Z_NO_FLUSH);
		ck_assert(rc == Z_OK || rc == Z_STREAM_END);
		out->n += 65536 - z.avail_out;
	} while (rc != Z_STREAM_END);
	inflateEnd(&z);
}

#define ENTRIES_MAX 24

/* The members of a tar archive; data points into it. */
static size_t tar_list(const struct buf *tar, struct entry out[ENTRIES_MAX])
{
	size_t at = 0, n = 0;

	while (at + 512 <= tar->n && tar->data[at]) {
		size_t size = (size_t)strtoull(tar->data + at + 124, NULL, 8);

		ck_assert(n < ENTRIES_MAX);
		out[n++] = (struct entry){ .name = tar->data + at, .data = tar->data + at + 512, .n = size };
		at += 512 + (size + 511) / 512 * 512;
	}
	return n;
}

static void pack(const struct entry *entries, size_t n, struct buf *out)
{
	AUTO_BUF tar = BUF_INIT;

	for (size_t i = 0; i < n; i++)
		tar_add(&tar, &entries[i]);
	tar_end(&tar, 2);
	gzip(tar.data, tar.n, NULL, 0, out);
}

/* ---- reading them ---- */

enum flow { VERIFY_FIRST, SPOOL_FIRST };

static int try_flow(enum flow flow, struct bundle *b, const struct cert *root, struct err *e)
{
	struct cms_verified by = { 0 };
	struct cert *found = NULL;
	int rc;

	if (flow == VERIFY_FIRST) {
		rc = bundle_verify(b, root, clock_now(), &by, e) || bundle_spool(b, e) ? -1 : 0;
	} else if (bundle_spool(b, e)) {
		rc = -1;
	} else if (root == pki.root && bundle_find_root(b, pki.fingerprint, &found, e)) {
		rc = -1;
	} else {
		rc = bundle_verify(b, found ? found : root, clock_now(), &by, e);
	}
	cert_free(found);
	cms_verified_fini(&by);
	return rc;
}

static int try_bytes(enum flow flow, const void *p, size_t n, const struct cert *root, struct err *e)
{
	struct bundle *b = NULL;
	int rc;

	if (bundle_open_bytes(p, n, LIMIT, folder, &b, e)) {
		ck_assert(b == NULL);
		return -1;
	}
	rc = try_flow(flow, b, root, e);
	bundle_close(b);
	return rc;
}

static void refuse(const struct buf *file, enum err_code code, const char *says)
{
	for (int flow = VERIFY_FIRST; flow <= SPOOL_FIRST; flow++) {
		struct err e = ERR_INIT;

		ck_assert_int_eq(try_bytes((enum flow)flow, file->data, file->n, pki.root, &e), -1);
		ck_assert_msg(e.code == code, "flow %d: %s instead of %s: %s", flow, err_name(e.code), err_name(code),
			      e.text);
		ck_assert_msg(strstr(e.text, says), "flow %d: no '%s' in: %s", flow, says, e.text);
	}
}

static void accept(const struct buf *file)
{
	for (int flow = VERIFY_FIRST; flow <= SPOOL_FIRST; flow++)
		OK(try_bytes((enum flow)flow, file->data, file->n, pki.root, &e));
}

/* ---- round trips ---- */

struct seen {
	int64_t n, sum;
};

static int see_lot(void *ctx, const json_t *v, int64_t line, struct err *e)
{
	struct seen *s = ctx;
	struct record_lot r;

	if (record_lot_decode(v, &r, e))
		return -1;
	s->n++;
	s->sum += r.quantity;
	ck_assert_int_eq(line, s->n);
	ck_assert_str_eq(r.tag, TAG);
	ck_assert_str_eq(r.license_type, "TERM");
	ck_assert_int_eq(r.end_at - r.start_at, DAY_MS);
	return 0;
}

static int see_account(void *ctx, const json_t *v, int64_t line, struct err *e)
{
	struct record_account r;

	(void)line;
	if (record_account_decode(v, &r, e))
		return -1;
	ck_assert_str_eq(r.virtual_account, "Site A");
	ck_assert(!r.export_control_permitted && r.reservation_permitted);
	++*(int *)ctx;
	return 0;
}

START_TEST(test_round_trip)
{
	AUTO_BUF file = BUF_INIT;
	AUTO_BUF chain = BUF_INIT;
	struct cms_verified by = { 0 };
	struct seen seen = { 0 };
	struct bundle *b = NULL;
	const struct manifest *m;
	int accounts = 0;

	make_authorization(1000, &file);
	OK(bundle_open_bytes(file.data, file.n, LIMIT, folder, &b, &e));
	ck_assert(bundle_manifest(b) == NULL);
	FAILS(bundle_part_each(b, "license_lots.ndjson", see_lot, &seen, &e), E_INTERNAL);
	if (_i == VERIFY_FIRST) {
		OK(bundle_verify(b, pki.root, clock_now(), &by, &e));
		FAILS(bundle_part_each(b, "license_lots.ndjson", see_lot, &seen, &e), E_INTERNAL);
		OK(bundle_spool(b, &e));
	} else {
		struct cert *root = NULL;

		FAILS(bundle_find_root(b, pki.fingerprint, &root, &e), E_INTERNAL);
		OK(bundle_spool(b, &e));
		FAILS(bundle_part_each(b, "license_lots.ndjson", see_lot, &seen, &e), E_INTERNAL);
		OK(bundle_find_root(b, pki.fingerprint, &root, &e));
		ck_assert(cert_equal(root, pki.root));
		OK(bundle_verify(b, root, clock_now(), &by, &e));
		cert_free(root);
	}
	ck_assert(cert_equal(by.signer, pki.signer) && by.intermediate == NULL);
	ck_assert_int_eq(by.signed_at, clock_now());
	m = bundle_manifest(b);
	ck_assert_int_eq(m->kind, MANIFEST_AUTHORIZATION);
	ck_assert_int_eq(m->mode, MANIFEST_FULL);
	ck_assert_str_eq(m->satellite, UUID_1);
	ck_assert_str_eq(m->account, "Demo Account");
	ck_assert_int_eq(m->authority_valid_until, clock_now() + 90 * DAY_MS);
	ck_assert_int_eq(m->request_sha256[31], 0x5a);
	ck_assert_uint_eq(m->parts_n, 4);
	ck_assert_int_eq(manifest_part(m, "license_lots.ndjson")->records, 1000);
	ck_assert(manifest_part(m, "nothing.ndjson") == NULL);
	OK(bundle_part_each(b, "license_lots.ndjson", see_lot, &seen, &e));
	ck_assert_int_eq(seen.n, 1000);
	ck_assert_int_eq(seen.sum, 499500);
	OK(bundle_part_each(b, "account.ndjson", see_account, &accounts, &e));
	ck_assert_int_eq(accounts, 1);
	OK(bundle_part_bytes(b, "chain.pem", 65536, &chain, &e));
	ck_assert(strstr(chain.data, "BEGIN CERTIFICATE"));
	FAILS(bundle_part_bytes(b, "chain.pem", 100, &chain, &e), E_SYNC_TOO_LARGE);
	FAILS(bundle_part_bytes(b, "removals.ndjson", 100, &chain, &e), E_SYNC_DAMAGED);
	FAILS(bundle_part_each(b, "chain.pem", see_lot, &seen, &e), E_INTERNAL);
	FAILS(bundle_spool(b, &e), E_INTERNAL);
	cms_verified_fini(&by);
	bundle_close(b);
}
END_TEST

START_TEST(test_registration)
{
	unsigned char digest[SHA256_SIZE], again[SHA256_SIZE];
	AUTO_BUF file = BUF_INIT;
	struct cms_verified by = { 0 };
	struct cert *root = NULL;
	struct bundle *b = NULL;

	make_registration(&file, digest);
	OK(bundle_open_bytes(file.data, file.n, BUNDLE_REGISTRATION_MAX, folder, &b, &e));
	bundle_digest(b, again);
	ck_assert_mem_eq(digest, again, SHA256_SIZE);
	OK(bundle_verify(b, NULL, clock_now(), &by, &e));
	ck_assert(cert_equal(by.signer, pki.self));
	OK(manifest_expect(bundle_manifest(b), MANIFEST_REGISTRATION, &e));
	FAILS(manifest_expect(bundle_manifest(b), MANIFEST_AUTHORIZATION, &e), E_SYNC_WRONG_KIND);
	ck_assert_str_eq(bundle_manifest(b)->name, "dc1");
	ck_assert_str_eq(bundle_manifest(b)->smart_account, "Demo");
	ck_assert_str_eq(bundle_manifest(b)->virtual_account, "Site A");
	OK(bundle_spool(b, &e));
	FAILS(bundle_find_root(b, pki.fingerprint, &root, &e), E_SYNC_WRONG_KIND);
	cms_verified_fini(&by);
	bundle_close(b);
	FAILS(try_bytes(VERIFY_FIRST, file.data, file.n, pki.root, &e), E_SYNC_UNTRUSTED);
}
END_TEST

START_TEST(test_answers)
{
	static const enum manifest_kind kinds[] = { MANIFEST_RESPONSE, MANIFEST_RESYNC };
	struct manifest m = authorization_manifest(), back;
	AUTO_BUF text = BUF_INIT;

	m.kind = kinds[_i];
	m.sequence = m.in_reply_to = MANIFEST_SEQUENCE_MAX;
	m.base_sequence = 41;
	m.next_sequence = 99;
	str_copy(m.reason, sizeof(m.reason), "base 41 is not known here");
	OK(manifest_encode(&m, &text, &e));
	OK(manifest_parse(text.data, text.n, &back, &e));
	ck_assert_int_eq(back.kind, kinds[_i]);
	ck_assert_int_eq(back.sequence, MANIFEST_SEQUENCE_MAX);
	ck_assert_int_eq(back.in_reply_to, MANIFEST_SEQUENCE_MAX);
	ck_assert_int_eq(back.base_sequence, 41);
	ck_assert_mem_eq(back.request_sha256, m.request_sha256, SHA256_SIZE);
	ck_assert_int_eq(back.authority_valid_until, _i == 0 ? m.authority_valid_until : 0);
	ck_assert_int_eq(back.next_sequence, _i == 0 ? 0 : 99);
	ck_assert_str_eq(back.reason, _i == 0 ? "" : m.reason);
}
END_TEST

/* RSA signatures have no randomness, so the whole file is the same. */
START_TEST(test_same_bytes)
{
	struct bundle_signer by = { .cert = pki.rsa_signer, .key = pki.rsa_key };
	struct manifest m = authorization_manifest();
	AUTO_BUF one = BUF_INIT;
	AUTO_BUF two = BUF_INIT;

	for (int i = 0; i < 2; i++) {
		struct bundle_writer *w = authorization_parts(50);

		OK(bundle_writer_finish(w, &m, &by, clock_now(), -1, i ? &two : &one, NULL, &e));
		bundle_writer_free(w);
	}
	ck_assert_uint_eq(one.n, two.n);
	ck_assert_mem_eq(one.data, two.data, one.n);
	accept(&one);
}
END_TEST

START_TEST(test_descriptors)
{
	struct bundle_writer *w = authorization_parts(300);
	struct manifest m = authorization_manifest();
	AUTO_FREE char *path = mem_printf("%s/a.sync", folder);
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), ends[2];
	struct bundle *b = NULL;
	AUTO_BUF file = BUF_INIT;

	ck_assert_int_ge(fd, 0);
	OK(bundle_writer_finish(w, &m, manager(), clock_now(), fd, NULL, NULL, &e));
	bundle_writer_free(w);
	OK(file_read(path, 1 << 20, &file, &e));
	accept(&file);
	lseek(fd, 0, SEEK_SET);
	OK(bundle_open_fd(fd, LIMIT, folder, &b, &e));
	OK(try_flow(SPOOL_FIRST, b, pki.root, &e));
	bundle_close(b);
	close(fd);

	ck_assert_int_eq(pipe(ends), 0);
	if (fork() == 0) {
		for (size_t i = 0; i < file.n; i += 7)
			if (write(ends[1], file.data + i, file.n - i < 7 ? file.n - i : 7) < 0)
				_exit(1);
		_exit(0);
	}
	close(ends[1]);
	OK(bundle_open_fd(ends[0], LIMIT, folder, &b, &e));
	OK(try_flow(VERIFY_FIRST, b, pki.root, &e));
	bundle_close(b);
	close(ends[0]);
	wait(NULL);

	fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	w = authorization_parts(300);
	FAILS(bundle_writer_finish(w, &m, manager(), clock_now(), fd, NULL, NULL, &e), E_DISK_FULL);
	bundle_writer_free(w);
	close(fd);
	FAILS(bundle_open_fd(-1, LIMIT, folder, &b, &e), E_SYNC_NOT_A_BUNDLE); /* no bytes either */
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	FAILS(bundle_open_fd(fd, LIMIT, folder, &b, &e), E_FILE_ERROR);
	close(fd);
	w = bundle_writer_new("/nowhere/at/all");
	OK(bundle_part_begin(w, "account.ndjson", &e));
	{
		AUTO_FREE char *text = mem_alloc(40000);
		AUTO_JSON *v = json_object();

		memset(text, 'x', 39999);
		json_set_text(v, "text", text);
		OK(bundle_part_record(w, v, &e)); /* small ones need no file */
		FAILS(bundle_part_record(w, v, &e), E_FILE_ERROR);
	}
	bundle_writer_free(w);
}
END_TEST

/* The lines of satellite-sync(7), as a person types them. */
START_TEST(test_by_hand)
{
	AUTO_FREE char *file = mem_printf("%s/hand.sync", folder);
	AUTO_FREE char *root = mem_printf("%s/root.pem", folder);
	AUTO_FREE char *good = mem_printf(
		"cd %s && rm -rf hand && mkdir hand && cd hand && tar xzf ../hand.sync && "
		"test \"$(tar tzf ../hand.sync | tr '\\n' ' ')\" = "
		"'manifest.json manifest.p7s account.ndjson entitlements.ndjson license_lots.ndjson chain.pem ' && gzip -t <../hand.sync && "
		"grep -q \"$(sha256sum license_lots.ndjson | cut -d' ' -f1)\" manifest.json && test \"$(wc -l <license_lots.ndjson)\" = 20 && "
		"openssl cms -verify -binary -inform DER -in manifest.p7s -content manifest.json -CAfile ../root.pem "
		"-attime %" PRId64 " -out /dev/null 2>../openssl.txt",
		folder, clock_now() / 1000);
	AUTO_FREE char *bad =
		mem_printf("cd %s/hand && sed -i s/Demo/demo/ manifest.json && "
			   "! openssl cms -verify -binary -inform DER -in manifest.p7s -content manifest.json "
			   "-CAfile ../root.pem -attime %" PRId64 " -out /dev/null 2>/dev/null",
			   folder, clock_now() / 1000);
	AUTO_BUF bytes = BUF_INIT;
	AUTO_BUF pem = BUF_INIT;

	make_authorization(20, &bytes);
	cert_write_pem(pki.root, &pem);
	OK(file_write(file, 0600, bytes.data, bytes.n, &e));
	OK(file_write(root, 0600, pem.data, pem.n, &e));
	ck_assert_int_eq(system(good), 0);
	ck_assert_int_eq(system(bad), 0);
}
END_TEST

/* ---- files that were cut or changed ---- */

START_TEST(test_every_prefix)
{
	AUTO_BUF file = BUF_INIT;

	make_authorization(3, &file);
	accept(&file);
	for (size_t n = 0; n < file.n; n += test_step(61)) {
		for (int flow = VERIFY_FIRST; flow <= SPOOL_FIRST; flow++) {
			AUTO_FREE char *exact = n ? mem_dup(file.data, n) : NULL;
			struct err e = ERR_INIT;

			ck_assert_int_eq(try_bytes((enum flow)flow, exact, n, pki.root, &e), -1);
			ck_assert_msg(e.code == (n == 0 ? E_SYNC_NOT_A_BUNDLE : E_SYNC_DAMAGED), "%zu of %zu bytes: %s: %s",
				      n, file.n, err_name(e.code), e.text);
		}
	}
}
END_TEST

/* Changes every byte in turn: one bit, another from byte to byte, beginning with this one; or, with -1, all of them. */
static void flip_all(struct buf *file, enum flow flow, int bit)
{
	for (size_t i = 0; i < file->n; i += test_step(61)) {
		unsigned mask = bit < 0 ? 0xff : 1u << ((size_t)bit + i) % 8;
		struct err e = ERR_INIT;

		file->data[i] ^= (char)mask;
		ck_assert_msg(try_bytes(flow, file->data, file->n, pki.root, &e) == -1,
			      "byte %zu of %zu ^ %02x was not noticed", i, file->n, mask);
		ck_assert_msg(e.code == E_SYNC_DAMAGED || e.code == E_SYNC_NOT_A_BUNDLE || e.code == E_SYNC_UNTRUSTED ||
				      e.code == E_SYNC_TOO_LARGE,
			      "byte %zu: %s: %s", i, err_name(e.code), e.text);
		ck_assert(e.text[0] != '\0');
		file->data[i] ^= (char)mask;
	}
}

START_TEST(test_every_flipped_bit)
{
	AUTO_BUF file = BUF_INIT;

	make_authorization(3, &file);
	accept(&file);
	flip_all(&file, SPOOL_FIRST, _i);
}
END_TEST

START_TEST(test_every_flipped_byte)
{
	AUTO_BUF file = BUF_INIT;

	make_authorization(3, &file);
	flip_all(&file, SPOOL_FIRST, -1);
	flip_all(&file, VERIFY_FIRST, -1);
	accept(&file);
}
END_TEST

/* Changed inside, with a gzip around it that fits: only signature, digests and tar's own rules protect. */
START_TEST(test_every_inner_byte)
{
	AUTO_BUF file = BUF_INIT;
	AUTO_BUF tar = BUF_INIT;
	struct entry entries[ENTRIES_MAX];
	size_t n, harmless = 0;

	make_authorization(2, &file);
	gunzip(&file, &tar);
	n = tar_list(&tar, entries);
	for (size_t i = 0; i < tar.n; i += test_step(61)) {
		AUTO_BUF again = BUF_INIT;
		struct err e = ERR_INIT;
		bool padding = false;

		for (size_t k = 0; k + 1 < n; k++) { /* between a content and the next header */
			size_t end = (size_t)((const char *)entries[k].data - tar.data) + entries[k].n;

			padding = padding || (i >= end && i < (end + 511) / 512 * 512);
		}
		for (size_t k = 0; k < n; k++) { /* the end of the checksum field, behind its digits */
			size_t header = (size_t)((const char *)entries[k].data - tar.data) - 512;

			padding = padding || i == header + 154 || i == header + 155;
		}
		tar.data[i] ^= 0x20;
		gzip(tar.data, tar.n, NULL, 0, &again);
		if (try_bytes(VERIFY_FIRST, again.data, again.n, pki.root, &e) == 0) {
			ck_assert_msg(padding, "byte %zu of the archive was not noticed", i);
			harmless++;
		}
		tar.data[i] ^= 0x20;
	}
	ck_assert_uint_lt(harmless, n * 512);
}
END_TEST

START_TEST(test_added)
{
	AUTO_BUF file = BUF_INIT;
	size_t n;

	make_authorization(3, &file);
	n = file.n;
	buf_addc(&file, '\0');
	refuse(&file, E_SYNC_DAMAGED, "added behind its end");
	file.n = n;
	gzip("", 0, NULL, 0, &file);
	refuse(&file, E_SYNC_DAMAGED, "added behind its end");
	file.n = n;
	make_authorization(3, &file);
	refuse(&file, E_SYNC_DAMAGED, "added behind its end");
}
END_TEST

/* Signatures differ each time, and with them what the altered file unpacks to. */
START_TEST(test_text_mode)
{
	for (int times = test_light() ? 2 : 20; times > 0; times--) {
		AUTO_BUF file = BUF_INIT;
		AUTO_BUF crlf = BUF_INIT;

		make_authorization(500, &file);
		for (size_t i = 0; i < file.n; i++) {
			if (file.data[i] == '\n')
				buf_addc(&crlf, '\r');
			buf_addc(&crlf, file.data[i]);
		}
		ck_assert_uint_gt(crlf.n, file.n);
		refuse(&crlf, E_SYNC_DAMAGED, "binary mode");
	}
}
END_TEST

/* ---- other things than a synchronization file ---- */

START_TEST(test_other_files)
{
	static const struct {
		const char *bytes;
		size_t n;
		const char *says;
	} others[] = {
		{ "", 0, "empty (0 bytes)" },
		{ "<!DOCTYPE html><title>Sign in</title>", 37, "web page" },
		{ "\xef\xbb\xbf\r\n <HTML>", 12, "web page" },
		{ "<?xml version=\"1.0\"?>", 21, "XML" },
		{ "PK\x03\x04....", 8, "zip" },
		{ "{\"status\":\"ERROR\"}", 18, "JSON" },
		{ "-----BEGIN CERTIFICATE-----", 27, "certificate" },
		{ "H4sIAAAAAAAAA", 13, "base64" },
		{ "manifest.json\0\0\0", 16, "without unpacking" },
		{ "\x7f"
		  "ELF",
		  4, "does not begin like one" },
		{ "   ", 3, "does not begin like one" },
		{ "\x1f", 1, "was cut" },
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		AUTO_BUF file = BUF_INIT;

		buf_add(&file, others[i].bytes, others[i].n);
		refuse(&file, others[i].n == 1 ? E_SYNC_DAMAGED : E_SYNC_NOT_A_BUNDLE, others[i].says);
	}
}
END_TEST

START_TEST(test_other_archives)
{
	static const char zeros[10240];
	AUTO_BUF file = BUF_INIT;

	gzip("hello", 5, NULL, 0, &file);
	refuse(&file, E_SYNC_NOT_A_BUNDLE, "no archive");
	buf_clear(&file);
	gzip("", 0, NULL, 0, &file);
	refuse(&file, E_SYNC_NOT_A_BUNDLE, "no archive");
	buf_clear(&file);
	gzip(zeros, sizeof(zeros), NULL, 0, &file);
	refuse(&file, E_SYNC_NOT_A_BUNDLE, "no archive");
	buf_clear(&file);
	pack((struct entry[]){ { .name = "notes.txt", .data = "x", .n = 1 } }, 1, &file);
	refuse(&file, E_SYNC_NOT_A_BUNDLE, "begins with 'notes.txt'");
	buf_clear(&file);
	pack((struct entry[]){ { .name = "./", .type = '5' } }, 1, &file);
	refuse(&file, E_SYNC_NOT_A_BUNDLE, "no archive");
	buf_clear(&file);
	pack((struct entry[]){ { .name = "manifest.json", .data = "{}", .n = 2 } }, 1, &file);
	refuse(&file, E_SYNC_DAMAGED, "manifest.p7s");
	buf_clear(&file);
	pack((struct entry[]){ { .name = "manifest.json" }, { .name = "manifest.p7s" } }, 2, &file);
	refuse(&file, E_SYNC_DAMAGED, "empty");
	buf_clear(&file);
	pack((struct entry[]){ { .name = "manifest.json", .data = "{}", .n = 2 },
			       { .name = "manifest.p7s", .data = "x", .n = 1 } },
	     2, &file);
	FAILS(try_bytes(VERIFY_FIRST, file.data, file.n, pki.root, &e), E_SYNC_UNTRUSTED);
	FAILS(try_bytes(SPOOL_FIRST, file.data, file.n, pki.root, &e), E_SYNC_WRONG_KIND); /* no chain.pem */
	FAILS(try_bytes(SPOOL_FIRST, file.data, file.n, NULL, &e), E_SYNC_UNTRUSTED);
}
END_TEST

/* One thing put into, or in the place of, a member of a valid archive. */
static void with_entry(const struct entry *base, size_t n, size_t at, bool replace, const struct entry *en, struct buf *out)
{
	struct entry all[ENTRIES_MAX + 1];
	size_t k = 0;

	for (size_t i = 0; i <= n; i++) {
		if (i == at)
			all[k++] = *en;
		if (i < n && !(replace && i == at))
			all[k++] = base[i];
	}
	pack(all, k, out);
}

START_TEST(test_odd_members)
{
	static const char pax_path[] = "22 path=account.ndjson\n", pax_time[] = "22 mtime=1700000000.5\n", sparse[512] = "";
	const struct entry odd[] = {
		{ .name = "../evil.ndjson", .data = "{}\n", .n = 3 },
		{ .name = "/etc/evil.ndjson", .data = "{}\n", .n = 3 },
		{ .name = "folder/evil.ndjson", .data = "{}\n", .n = 3 },
		{ .name = "./evil.ndjson", .data = "{}\n", .n = 3 },
		{ .name = "..", .data = "{}\n", .n = 3 },
		{ .name = "evil.sh", .data = "{}\n", .n = 3 },
		{ .name = "Evil.ndjson", .data = "{}\n", .n = 3 },
		{ .name = "evil.ndjson.pem", .data = "{}\n", .n = 3 },
		{ .name = "evil.ndjson ", .data = "{}\n", .n = 3 },
		{ .name = "evil\n.ndjson", .data = "{}\n", .n = 3 },
		{ .name = "ev\xc3\xafl.ndjson", .data = "{}\n", .n = 3 },
		{ .name = ".ndjson", .data = "{}\n", .n = 3 },
		{ .name = "", .data = "{}\n", .n = 3 },
		{ .name = "evil.ndjson", .type = '1', .link = "manifest.json" },
		{ .name = "evil.ndjson", .type = '2', .link = "/etc/passwd" },
		{ .name = "evil.ndjson", .type = '3' },
		{ .name = "evil.ndjson", .type = '4' },
		{ .name = "evil.ndjson", .type = '5' },
		{ .name = "evil.ndjson", .type = '6' },
		{ .name = "evil.ndjson", .type = 'S', .data = sparse, .n = 512 },
		{ .name = "pax_header", .type = 'x', .data = pax_path, .n = sizeof(pax_path) - 1 },
		{ .name = "pax_header", .type = 'x', .data = pax_time, .n = sizeof(pax_time) - 1 },
		{ .name = "pax_header", .type = 'g', .data = pax_time, .n = sizeof(pax_time) - 1 },
		{ .name = "././@LongLink", .type = 'L', .data = "account.ndjson", .n = 15 },
		{ .name = "././@LongLink", .type = 'K', .data = "account.ndjson", .n = 15 },
		{ .name = "volume", .type = 'V' },
		{ .name = "evil.ndjson", .type = 'Z', .data = "{}\n", .n = 3 },
		{ .name = "account.ndjson", .data = "{}\n", .n = 3 },    /* twice */
		{ .name = "extra_part.ndjson", .data = "{}\n", .n = 3 }, /* not in the manifest */
		{ .name = "manifest.json", .data = "{}", .n = 2 },       /* a second one */
		{ .name = "manifest.p7s", .data = "{}", .n = 2 },
		{ .name = "account.ndjson", .data = "{}\n", .n = 3, .said = INT64_C(8000000000) },
	};
	AUTO_BUF valid = BUF_INIT;
	AUTO_BUF tar = BUF_INIT;
	struct entry entries[ENTRIES_MAX];
	size_t n;

	make_authorization(2, &valid);
	gunzip(&valid, &tar);
	n = tar_list(&tar, entries);
	ck_assert_uint_eq(n, 6);
	for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
		for (size_t at = 0; at <= n; at++) {
			for (int replace = 0; replace < 2; replace++) {
				AUTO_BUF file = BUF_INIT;

				with_entry(entries, n, at, replace, &odd[i], &file);
				for (int flow = VERIFY_FIRST; flow <= SPOOL_FIRST; flow++) {
					struct err e = ERR_INIT;

					ck_assert_msg(try_bytes((enum flow)flow, file.data, file.n, pki.root, &e) == -1,
						      "odd member %zu at %zu was not noticed", i, at);
					ck_assert_msg(e.code == E_SYNC_DAMAGED || e.code == E_SYNC_NOT_A_BUNDLE ||
							      e.code == E_SYNC_TOO_LARGE || e.code == E_SYNC_UNTRUSTED ||
							      (e.code == E_SYNC_WRONG_KIND && replace &&
							       at == 5), /* no chain.pem */
						      "odd member %zu at %zu: %s: %s", i, at, err_name(e.code), e.text);
				}
			}
		}
	}
}
END_TEST

START_TEST(test_order)
{
	AUTO_BUF valid = BUF_INIT;
	AUTO_BUF tar = BUF_INIT;
	struct entry entries[ENTRIES_MAX];
	size_t n;

	make_authorization(2, &valid);
	gunzip(&valid, &tar);
	n = tar_list(&tar, entries);
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < n; k++) {
			AUTO_BUF file = BUF_INIT;
			struct entry swapped[ENTRIES_MAX];

			memcpy(swapped, entries, sizeof(swapped));
			swapped[i] = entries[k];
			swapped[k] = entries[i];
			pack(swapped, n, &file);
			for (int flow = VERIFY_FIRST; flow <= SPOOL_FIRST; flow++) {
				struct err e = ERR_INIT;

				ck_assert_int_eq(try_bytes((enum flow)flow, file.data, file.n, pki.root, &e),
						 i == k ? 0 : -1);
			}
		}
	}
	for (size_t gone = 2; gone < n; gone++) {
		AUTO_BUF file = BUF_INIT;
		struct entry fewer[ENTRIES_MAX];
		struct err e = ERR_INIT;

		memcpy(fewer, entries, sizeof(fewer));
		memmove(&fewer[gone], &fewer[gone + 1], (n - gone - 1) * sizeof(*fewer));
		pack(fewer, n - 1, &file);
		ck_assert_int_eq(try_bytes(VERIFY_FIRST, file.data, file.n, pki.root, &e), -1);
		ck_assert_int_eq(e.code, E_SYNC_DAMAGED);
		ck_assert(strstr(e.text, "is not where it must be"));
	}
}
END_TEST

START_TEST(test_archive_end)
{
	AUTO_BUF valid = BUF_INIT;
	AUTO_BUF tar = BUF_INIT;
	struct entry entries[ENTRIES_MAX];
	static const struct {
		size_t blocks, more;
		const char *junk, *says;
	} ends[] = {
		{ 0, 0, NULL, "has no end" },
		{ 1, 0, NULL, "has no end" },
		{ 2, 0, NULL, NULL },
		{ 20, 0, NULL, NULL },
		{ 2, 0, "x", "behind its last part" },
		{ 2, 200, "x", "behind its last part" },
		{ 300, 0, NULL, "behind its last part" },
		{ 2, 100, "", "has no end" }, /* a size that is no multiple of 512 */
	};
	size_t n;

	make_authorization(2, &valid);
	gunzip(&valid, &tar);
	n = tar_list(&tar, entries);
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		AUTO_BUF again = BUF_INIT;
		AUTO_BUF file = BUF_INIT;

		for (size_t k = 0; k < n; k++)
			tar_add(&again, &entries[k]);
		tar_end(&again, ends[i].blocks);
		if (ends[i].junk)
			buf_add(&again, ends[i].junk, 1);
		tar_end(&again, ends[i].more);
		gzip(again.data, again.n, NULL, 0, &file);
		if (ends[i].says)
			refuse(&file, E_SYNC_DAMAGED, ends[i].says);
		else
			accept(&file);
	}
}
END_TEST

START_TEST(test_gzip_headers)
{
	static const struct {
		const char *header;
		size_t n;
		bool good;
	} headers[] = {
		{ "\x1f\x8b\x08\0\0\0\0\0\0\x03", 10, true }, /* tar czf */
		{ "\x1f\x8b\x08\x08\x10\x20\x30\x40\x02\xff"
		  "a.sync",
		  17, true }, /* a stored name and a time */
		{ "\x1f\x8b\x08\0\x10\x20\x30\x40\x02\xff", 10, true },
		{ "\x1f\x8b\x08\x10\0\0\0\0\0\x03note", 15, true },
		{ "\x1f\x8b\x08\x02\0\0\0\0\0\x03\x7c\x08", 12, false }, /* a wrong checksum of its own */
		{ "\x1f\x8b\x08\x04\0\0\0\0\0\x03\x06\0LS\x02\0\x01\0", 18, false },
		{ "\x1f\x8b\x08\x04\0\0\0\0\0\x03\0\0", 12, false },
		{ "\x1f\x8b\x07\0\0\0\0\0\0\x03", 10, false },
		{ "\x1f\x8b\x08\x20\0\0\0\0\0\x03", 10, false },
	};
	AUTO_BUF valid = BUF_INIT;
	AUTO_BUF tar = BUF_INIT;

	make_authorization(2, &valid);
	gunzip(&valid, &tar);
	for (size_t i = 0; i < sizeof(headers) / sizeof(*headers); i++) {
		AUTO_BUF file = BUF_INIT;

		gzip(tar.data, tar.n, headers[i].header, headers[i].n, &file);
		if (headers[i].good)
			accept(&file);
		else
			refuse(&file, E_SYNC_DAMAGED, "The file was changed");
	}
}
END_TEST

/* The same content packed in another way under the seal of the first. */
START_TEST(test_seal)
{
	AUTO_BUF valid = BUF_INIT;
	AUTO_BUF tar = BUF_INIT;
	AUTO_BUF file = BUF_INIT;
	static const unsigned char start[] = { 0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 3, 38, 0, 'L', 'S', 34, 0, 1, 0 };
	unsigned char digest[SHA256_SIZE];

	make_authorization(2, &valid);
	ck_assert_mem_eq(valid.data, start, sizeof(start));
	digest_sha256(valid.data + 50, valid.n - 50, digest);
	ck_assert_mem_eq(valid.data + 18, digest, SHA256_SIZE);
	gunzip(&valid, &tar);
	gzip(tar.data, tar.n, valid.data, 50, &file); /* another level */
	refuse(&file, E_SYNC_DAMAGED, "does not fit its checksum");
	digest_sha256(file.data + 50, file.n - 50, digest);
	memcpy(file.data + 18, digest, SHA256_SIZE);
	accept(&file);
	for (int i = 0; i < 256; i++) { /* every other byte, not only every bit, of what stands before the seal */
		for (int at = 0; at < 18; at++) {
			char was = file.data[at];

			file.data[at] = (char)i;
			if (file.data[at] != was)
				FAILS(try_bytes(SPOOL_FIRST, file.data, file.n, pki.root, &e),
				      at < 2 ? E_SYNC_NOT_A_BUNDLE : E_SYNC_DAMAGED);
			file.data[at] = was;
		}
	}
}
END_TEST

/* ---- limits ---- */

START_TEST(test_sizes)
{
	AUTO_BUF valid = BUF_INIT;
	AUTO_BUF tar = BUF_INIT;
	AUTO_BUF big = BUF_INIT;
	AUTO_BUF file = BUF_INIT;
	struct entry entries[ENTRIES_MAX], some[ENTRIES_MAX];
	char names[20][MANIFEST_PART_NAME_SIZE];
	struct bundle *b = NULL;
	size_t n;

	make_authorization(2, &valid);
	gunzip(&valid, &tar);
	n = tar_list(&tar, entries);
	for (size_t i = 0; i < 70000; i++)
		buf_addc(&big, 'x');
	for (size_t i = 0; i < n; i++) {
		if (i > 1 && manifest_part_is_records(entries[i].name))
			continue;
		buf_clear(&file);
		with_entry(entries, n, i, true, &(struct entry){ .name = entries[i].name, .data = big.data, .n = big.n },
			   &file);
		refuse(&file, E_SYNC_TOO_LARGE, entries[i].name);
	}
	buf_clear(&file);
	with_entry(entries, n, 4, true, &(struct entry){ .name = entries[4].name, .data = big.data, .n = big.n }, &file);
	FAILS(try_bytes(SPOOL_FIRST, file.data, file.n, pki.root, &e), E_SYNC_TOO_LARGE); /* a line without end */
	FAILS(try_bytes(VERIFY_FIRST, file.data, file.n, pki.root, &e), E_SYNC_DAMAGED);

	memcpy(some, entries, 2 * sizeof(*some));
	for (int i = 0; i < 17; i++) {
		snprintf(names[i], sizeof(names[i]), "part_%c.ndjson", 'a' + i);
		some[2 + i] = (struct entry){ .name = names[i], .data = "{}\n", .n = 3 };
	}
	buf_clear(&file);
	pack(some, 2 + 16, &file);
	FAILS(try_bytes(SPOOL_FIRST, file.data, file.n, NULL, &e), E_SYNC_UNTRUSTED); /* 16 parts may be there */
	buf_clear(&file);
	pack(some, 2 + 17, &file);
	FAILS(try_bytes(SPOOL_FIRST, file.data, file.n, NULL, &e), E_SYNC_TOO_LARGE);

	FAILS(bundle_open_bytes(valid.data, valid.n, 100, folder, &b, &e), E_SYNC_TOO_LARGE);
	OK(bundle_open_bytes(valid.data, valid.n, (int64_t)tar.n, folder, &b, &e));
	OK(try_flow(SPOOL_FIRST, b, pki.root, &e));
	bundle_close(b);
	b = NULL;
	if (bundle_open_bytes(valid.data, valid.n, (int64_t)tar.n - 1, folder, &b, &(struct err){ 0 }) == 0) {
		FAILS(try_flow(SPOOL_FIRST, b, pki.root, &e), E_SYNC_TOO_LARGE);
		bundle_close(b);
	}
}
END_TEST

static int count(void *ctx, const json_t *v, int64_t line, struct err *e)
{
	(void)v;
	(void)e;
	*(int64_t *)ctx = line;
	return 0;
}

static int refuse_third(void *ctx, const json_t *v, int64_t line, struct err *e)
{
	(void)v;
	*(int64_t *)ctx = line;
	return line == 3 ? err_set(e, E_CONFLICT, "third") : 0;
}

/* Signed files with content of any kind in records.ndjson, made of a .pem part that is renamed before signing. */
static void make_lines(const char *text, size_t n, int64_t records, struct buf *out)
{
	struct manifest m = {
		.kind = MANIFEST_REQUEST, .satellite = UUID_1, .account = "A", .sequence = 1, .created_at = 1, .parts_n = 1
	};
	AUTO_BUF manifest = BUF_INIT;
	AUTO_BUF signature = BUF_INIT;

	str_copy(m.parts[0].name, sizeof(m.parts[0].name), "records.ndjson");
	m.parts[0].bytes = (int64_t)n;
	m.parts[0].records = records;
	digest_sha256(text, n, m.parts[0].sha256);
	OK(manifest_encode(&m, &manifest, &e));
	OK(cms_sign(manifest.data, manifest.n, pki.signer, pki.signer_key, NULL, 0, clock_now(), &signature, &e));
	pack((struct entry[]){ { .name = "manifest.json", .data = manifest.data, .n = manifest.n },
			       { .name = "manifest.p7s", .data = signature.data, .n = signature.n },
			       { .name = "records.ndjson", .data = text, .n = n } },
	     3, out);
}

static int read_lines(const struct buf *file, bundle_record_fn fn, int64_t *lines, struct err *e)
{
	struct bundle *b = NULL;
	int rc;

	*lines = 0;
	if (bundle_open_bytes(file->data, file->n, LIMIT, folder, &b, e))
		return -1;
	rc = try_flow(VERIFY_FIRST, b, pki.root, e) || bundle_part_each(b, "records.ndjson", fn, lines, e) ? -1 : 0;
	bundle_close(b);
	return rc;
}

START_TEST(test_lines)
{
	static const struct {
		const char *text;
		int64_t records, reads; /* -1: refused */
		const char *says;
	} cases[] = {
		{ "", 0, 0, NULL },
		{ "{}\n", 1, 1, NULL },
		{ "{}\n{\"a\":1}\n{}\n", 3, 3, NULL },
		{ "{}\n{}\n", 1, -1, "2 of 1 records" },
		{ "{}\n", 2, -1, "1 of 2 records" },
		{ "{}", 1, -1, "does not end" },
		{ "{}\n{}", 1, -1, "does not end" },
		{ "\n", 1, -1, "line 1" },
		{ "{}\n[]\n", 2, -1, "line 2, is not a JSON object" },
		{ "{}\n{}{}\n", 2, -1, "line 2" },
		{ "{\"a\":1,\"a\":2}\n", 1, -1, "line 1" },
		{ "{\"a\":\"\xff\"}\n", 1, -1, "line 1" },
		{ "{}\r\n", 1, 1, NULL },
		{ "nonsense\n", 1, -1, "line 1" },
	};
	AUTO_BUF line = BUF_INIT;
	int64_t lines;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		AUTO_BUF file = BUF_INIT;
		struct err e = ERR_INIT;
		int rc;

		make_lines(cases[i].text, strlen(cases[i].text), cases[i].records, &file);
		rc = read_lines(&file, count, &lines, &e);
		ck_assert_msg(rc == (cases[i].reads < 0 ? -1 : 0), "case %zu: %s", i, e.text);
		if (rc == 0)
			ck_assert_int_eq(lines, cases[i].reads);
		else
			ck_assert_msg(e.code == E_SYNC_DAMAGED && strstr(e.text, cases[i].says), "case %zu: %s", i, e.text);
	}
	{
		AUTO_BUF file = BUF_INIT;

		make_lines("{}\n{}\n{}\n{}\n", 12, 4, &file);
		FAILS(read_lines(&file, refuse_third, &lines, &e), E_CONFLICT);
		ck_assert_int_eq(lines, 3);
	}
	for (int over = 0; over < 2; over++) {
		AUTO_BUF file = BUF_INIT;
		struct err e = ERR_INIT;

		buf_clear(&line);
		buf_adds(&line, "{}\n{\"a\":\"");
		while (line.n < 3 + BUNDLE_LINE_MAX - 2 + (size_t)over)
			buf_addc(&line, 'x');
		buf_adds(&line, "\"}\n{}\n");
		make_lines(line.data, line.n, 3, &file);
		ck_assert_int_eq(read_lines(&file, count, &lines, &e), over ? -1 : 0);
		ck_assert_int_eq(e.code, over ? E_SYNC_TOO_LARGE : E_NONE);
		ck_assert_int_eq(lines, over ? 0 : 3);
	}
}
END_TEST

START_TEST(test_writer_limits)
{
	struct bundle_writer *w = bundle_writer_new(folder);
	struct manifest m = authorization_manifest();
	AUTO_BUF big = BUF_INIT;
	AUTO_BUF out = BUF_INIT;
	AUTO_JSON *record = json_object();
	AUTO_JSON *list = json_array();
	static const char *const names[] = {
		"",
		"a",
		"a.txt",
		"../a.pem",
		"A.pem",
		"a.pem/",
		"a.ndjson.pem",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.pem"
	};

	for (int i = 0; i < 65530; i++)
		buf_addc(&big, 'x');
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		FAILS(bundle_part_begin(w, names[i], &e), E_INTERNAL);
	FAILS(bundle_part_record(w, record, &e), E_INTERNAL);
	FAILS(bundle_part_raw(w, "x", 1, &e), E_INTERNAL);
	FAILS(bundle_part_end(w, &e), E_INTERNAL);
	OK(bundle_part_begin(w, "a.ndjson", &e));
	FAILS(bundle_part_begin(w, "b.ndjson", &e), E_INTERNAL);
	FAILS(bundle_part_raw(w, "x", 1, &e), E_INTERNAL);
	FAILS(bundle_part_record(w, list, &e), E_INTERNAL);
	json_set_text(record, "a", big.data); /* {"a":"…"} adds 8 */
	FAILS(bundle_part_record(w, record, &e), E_SYNC_TOO_LARGE);
	big.data[65528] = '\0';
	json_set_text(record, "a", big.data);
	OK(bundle_part_record(w, record, &e));
	FAILS(bundle_writer_finish(w, &m, manager(), clock_now(), -1, &out, NULL, &e), E_INTERNAL);
	OK(bundle_part_end(w, &e));
	FAILS(bundle_part_begin(w, "a.ndjson", &e), E_INTERNAL);
	OK(bundle_part_begin(w, "b.pem", &e));
	FAILS(bundle_part_record(w, record, &e), E_INTERNAL);
	OK(bundle_part_raw(w, big.data, 65530, &e));
	OK(bundle_part_raw(w, big.data, 6, &e));
	FAILS(bundle_part_raw(w, big.data, 1, &e), E_SYNC_TOO_LARGE);
	OK(bundle_part_end(w, &e));
	FAILS(bundle_writer_finish(w, &m, manager(), clock_now(), -1, &out, NULL, &e),
	      E_SYNC_NOT_A_BUNDLE); /* wrong parts */
	ck_assert_uint_eq(out.n, 0);
	for (int i = 2; i < MANIFEST_PARTS_MAX; i++) {
		char name[] = "c_?.pem";

		name[2] = (char)('a' + i);
		OK(bundle_part_begin(w, name, &e));
		OK(bundle_part_end(w, &e));
	}
	FAILS(bundle_part_begin(w, "seventeenth.pem", &e), E_INTERNAL);
	m.kind = MANIFEST_RESPONSE;
	OK(bundle_writer_finish(w, &m, manager(), clock_now(), -1, &out, NULL, &e));
	OK(try_bytes(VERIFY_FIRST, out.data, out.n, pki.root, &e));
	bundle_writer_free(w);
}
END_TEST

/* Packed a thousand times smaller than what comes out: refused by the limits, quickly, and without memory. */
START_TEST(test_bombs)
{
	AUTO_BUF valid = BUF_INIT;
	AUTO_BUF tar = BUF_INIT;
	struct entry entries[ENTRIES_MAX];
	size_t n, huge = (size_t)96 << 20;
	char *zeros = calloc(1, huge);

	make_authorization(2, &valid);
	gunzip(&valid, &tar);
	n = tar_list(&tar, entries);
	{
		AUTO_BUF file = BUF_INIT;

		gzip(zeros, huge, NULL, 0, &file);
		ck_assert_uint_lt(file.n, huge / 200);
		refuse(&file, E_SYNC_NOT_A_BUNDLE, "no archive");
	}
	{
		AUTO_BUF file = BUF_INIT; /* more than the limit of 64 MiB says its header */

		with_entry(entries, n, 4, true, &(struct entry){ .name = entries[4].name, .data = zeros, .n = huge },
			   &file);
		refuse(&file, E_SYNC_TOO_LARGE, "license_lots.ndjson");
	}
	{
		AUTO_BUF file = BUF_INIT;
		struct err e = ERR_INIT;

		with_entry(entries, n, 4, true, &(struct entry){ .name = entries[4].name, .data = zeros, .n = huge / 2 },
			   &file);
		ck_assert_int_eq(try_bytes(SPOOL_FIRST, file.data, file.n, pki.root, &e), -1);
		ck_assert_int_eq(e.code, E_SYNC_TOO_LARGE);
		ck_assert_int_eq(try_bytes(VERIFY_FIRST, file.data, file.n, pki.root, &e), -1);
		ck_assert_int_eq(e.code, E_SYNC_DAMAGED);
	}
	{
		AUTO_BUF again = BUF_INIT;
		AUTO_BUF file = BUF_INIT;

		for (size_t i = 0; i < n; i++)
			tar_add(&again, &entries[i]);
		buf_add(&again, zeros, huge / 2); /* behind the end */
		gzip(again.data, again.n, NULL, 0, &file);
		refuse(&file, E_SYNC_DAMAGED, "behind its last part");
	}
	{
		AUTO_BUF file = BUF_INIT; /* blocks that give nothing: only the packed size grows */

		buf_add(&file, "\x1f\x8b\x08\0\0\0\0\0\0\x03", 10);
		for (size_t i = 0; i < (size_t)LIMIT / 5 + 10; i++)
			buf_add(&file, "\0\0\0\xff\xff", 5);
		refuse(&file, E_SYNC_TOO_LARGE, "more than");
	}
	free(zeros);
}
END_TEST

static long rss_max(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return u.ru_maxrss; /* KiB */
}

START_TEST(test_many_records)
{
	AUTO_FREE char *path = mem_printf("%s/many.sync", folder);
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	struct manifest m = authorization_manifest();
	int n = getenv("TEST_BUNDLE_RECORDS") ? (int)strtol(getenv("TEST_BUNDLE_RECORDS"), NULL, 10)
	      : test_light()                  ? 2000
					      : 100000;
	struct bundle_writer *w;
	struct seen seen = { 0 };
	struct bundle *b = NULL;
	AUTO_BUF warm = BUF_INIT;
	struct stat st;
	long before;

	make_authorization(2000, &warm);
	accept(&warm);
	before = rss_max();
	w = authorization_parts(n);
	OK(bundle_writer_finish(w, &m, manager(), clock_now(), fd, NULL, NULL, &e));
	bundle_writer_free(w);
	fstat(fd, &st);
	lseek(fd, 0, SEEK_SET);
	OK(bundle_open_fd(fd, BUNDLE_SYNC_MAX, folder, &b, &e));
	OK(try_flow(VERIFY_FIRST, b, pki.root, &e));
	OK(bundle_part_each(b, "license_lots.ndjson", see_lot, &seen, &e));
	ck_assert_int_eq(seen.n, n);
	bundle_close(b);
	close(fd);
	if (getenv("TEST_VERBOSE"))
		printf("%d records: file %jd bytes, memory +%ld KiB\n", n, (intmax_t)st.st_size, rss_max() - before);
	if (!SANITIZED)
		ck_assert_int_lt(rss_max() - before, 2048);
}
END_TEST

/* ---- trust ---- */

START_TEST(test_trust)
{
	unsigned char other[SHA256_SIZE];
	struct bundle_signer wrong = { .cert = pki.signer, .key = pki.signer_key };
	char text[96];
	AUTO_BUF file = BUF_INIT;
	struct cms_verified by = { 0 };
	struct cert *root = NULL;
	struct bundle *b = NULL;
	struct err why = ERR_INIT;

	make_authorization(2, &file);
	FAILS(try_bytes(VERIFY_FIRST, file.data, file.n, pki.other_root, &e), E_SYNC_UNTRUSTED);
	FAILS(try_bytes(SPOOL_FIRST, file.data, file.n, pki.other_root, &e), E_SYNC_UNTRUSTED);
	FAILS(try_bytes(VERIFY_FIRST, file.data, file.n, NULL, &e), E_SYNC_UNTRUSTED);
	OK(bundle_open_bytes(file.data, file.n, LIMIT, folder, &b, &e));
	OK(bundle_spool(b, &e));
	cert_fingerprint(pki.other_root, other);
	ck_assert_int_eq(bundle_find_root(b, other, &root, &why), -1);
	ck_assert_int_eq(why.code, E_SYNC_WRONG_ROOT);
	ck_assert(root == NULL);
	ck_assert(strstr(why.text, cert_fingerprint_text(pki.root, text)));
	ck_assert(strstr(why.text, cert_fingerprint_text(pki.other_root, text)));
	cert_fingerprint(pki.sub, other); /* in the file, but not self-signed */
	FAILS(bundle_find_root(b, other, &root, &e), E_SYNC_WRONG_ROOT);
	FAILS(bundle_verify(b, pki.other_root, clock_now(), &by, &e), E_SYNC_UNTRUSTED);
	ck_assert(bundle_manifest(b) == NULL && by.signer == NULL);
	FAILS(bundle_verify(b, pki.root, clock_now() + 800 * DAY_MS, &by, &e), E_SYNC_UNTRUSTED);
	OK(bundle_verify(b, pki.root, clock_now(), &by, &e)); /* a wrong root before does no harm */
	FAILS(bundle_verify(b, pki.root, clock_now(), &by, &e), E_INTERNAL);
	cms_verified_fini(&by);
	bundle_close(b);

	wrong.cert = pki.rsa_signer; /* key and certificate that do not belong together */
	{
		struct bundle_writer *w = authorization_parts(1);
		struct manifest m = authorization_manifest();
		AUTO_BUF out = BUF_INIT;

		ck_assert_int_eq(bundle_writer_finish(w, &m, &wrong, clock_now(), -1, &out, NULL, &why), -1);
		bundle_writer_free(w);
	}
}
END_TEST

/* Parts of one signed file under the manifest of another. */
START_TEST(test_mixed)
{
	AUTO_BUF one = BUF_INIT;
	AUTO_BUF two = BUF_INIT;
	AUTO_BUF tar_one = BUF_INIT;
	AUTO_BUF tar_two = BUF_INIT;
	struct entry a[ENTRIES_MAX], b[ENTRIES_MAX];
	size_t n;

	make_authorization(2, &one);
	make_authorization(3, &two);
	gunzip(&one, &tar_one);
	gunzip(&two, &tar_two);
	n = tar_list(&tar_one, a);
	tar_list(&tar_two, b);
	{
		AUTO_BUF file = BUF_INIT;

		with_entry(a, n, 4, true, &b[4], &file);
		refuse(&file, E_SYNC_DAMAGED, "license_lots.ndjson has ");
	}
	{
		AUTO_BUF file = BUF_INIT;
		AUTO_FREE char *copy = mem_dup(a[4].data, a[4].n);
		struct entry same_size = { .name = a[4].name, .data = copy, .n = a[4].n };

		*strstr(copy, "TERM") = 'D';
		with_entry(a, n, 4, true, &same_size, &file);
		refuse(&file, E_SYNC_DAMAGED, "license_lots.ndjson does not match its checksum");
	}
	{
		AUTO_BUF file = BUF_INIT;

		with_entry(a, n, 0, true, &b[0], &file);
		refuse(&file, E_SYNC_UNTRUSTED, "");
	}
}
END_TEST

/* ---- manifest and records, member by member ---- */

static json_t *parsed(const struct manifest *m)
{
	AUTO_BUF text = BUF_INIT;
	json_t *v = NULL;

	OK(manifest_encode(m, &text, &e));
	OK(json_read(text.data, text.n, E_SYNC_NOT_A_BUNDLE, &v, &e));
	return v;
}

static void manifest_refuses(json_t *v, const char *member)
{
	AUTO_BUF text = BUF_INIT;
	struct manifest m;
	struct err e = ERR_INIT;

	json_write(v, &text);
	ck_assert_msg(manifest_parse(text.data, text.n, &m, &e) == -1, "%s", text.data);
	ck_assert_int_eq(e.code, E_SYNC_NOT_A_BUNDLE);
	ck_assert_msg(member == NULL || strcmp(e.field, member) == 0, "%s instead of %s: %s", e.field, member, e.text);
}

static struct manifest sample(enum manifest_kind kind)
{
	struct manifest m = authorization_manifest();
	static const char *const auth[] = { "account.ndjson", "entitlements.ndjson", "license_lots.ndjson", "chain.pem" };

	m.kind = kind;
	str_copy(m.name, sizeof(m.name), "dc1");
	str_copy(m.smart_account, sizeof(m.smart_account), "Demo");
	str_copy(m.virtual_account, sizeof(m.virtual_account), "Site A");
	str_copy(m.reason, sizeof(m.reason), "why");
	m.next_sequence = 1;
	m.parts_n = kind == MANIFEST_AUTHORIZATION ? 4 : 1;
	for (size_t i = 0; i < m.parts_n; i++)
		str_copy(m.parts[i].name, sizeof(m.parts[i].name), kind == MANIFEST_AUTHORIZATION ? auth[i] : "csr.pem");
	return m;
}

START_TEST(test_manifest_members)
{
	static const char *const wrong[] = { "null", "true",        "-1", "1.5", "9007199254740992",
					     "\"\"", "\"no such\"", "{}", "[1]", "\"\\u0007\"" };
	struct manifest m = sample((enum manifest_kind)_i);
	json_t *v = parsed(&m), *copy;
	const char *member;
	json_t *value;

	json_object_foreach (v, member, value) {
		copy = json_deep_copy(v);
		json_object_del(copy, member);
		manifest_refuses(copy, member);
		json_decref(copy);
		for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
			json_t *w = json_loads(wrong[i], JSON_DECODE_ANY, NULL);

			if (json_is_string(w) && json_string_length(w) && json_is_string(value) &&
			    strcmp(member, "account") != 0 && strcmp(member, "format") != 0 &&
			    strcmp(member, "kind") != 0 && strcmp(member, "mode") != 0) {
				json_decref(w); /* names and reasons may be any text */
				continue;
			}
			if (strcmp(member, "reason") == 0 && json_is_string(w)) {
				json_decref(w);
				continue;
			}
			if (strcmp(member, "account") == 0 && json_is_string(w) &&
			    strcmp(json_string_value(w), "no such") == 0) {
				json_decref(w);
				continue;
			}
			copy = json_deep_copy(v);
			json_object_set_new(copy, member, w);
			manifest_refuses(copy, json_is_array(w) ? NULL : member);
			json_decref(copy);
		}
	}
	json_decref(v);
}
END_TEST

START_TEST(test_manifest_rules)
{
	struct manifest m = sample(MANIFEST_AUTHORIZATION);
	static const struct {
		const char *member, *value; /* of the part, or of the manifest if the name has no dot */
	} bad[] = {
		{ "parts.name", "\"../a.pem\"" },
		{ "parts.name", "\"chain.pem\"" },
		{ "parts.name", "\"a.txt\"" },
		{ "parts.name", "7" },
		{ "parts.records", "-1" },
		{ "parts.records", "\"1\"" },
		{ "parts.bytes", "-1" },
		{ "parts.bytes", "8589934592" },
		{ "parts.bytes", "null" },
		{ "parts.sha256", "\"\"" },
		{ "parts.sha256", "7" },
		{ "satellite", "\"6FE83ADD-C802-40BC-92DC-071AC7A37624\"" },
		{ "satellite", "\"6fe83addc80240bc92dc071ac7a37624\"" },
		{ "sequence", "1" },
		{ "base_sequence", "1" },
		{ "in_reply_to", "1" },
		{ "created_at", "0" },
		{ "authority_valid_until", "0" },
		{ "account", "\" \\u0000\"" },
		{ "parts.sha256", "\"5A5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a\"" },
		{ "request_sha256", "\"zz5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a\"" },
	};
	json_t *v = parsed(&m);
	AUTO_BUF text = BUF_INIT;
	struct err why = ERR_INIT;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		json_t *copy = json_deep_copy(v), *w = json_loads(bad[i].value, JSON_DECODE_ANY, NULL);
		const char *dot = strchr(bad[i].member, '.');

		if (dot)
			json_object_set_new(json_array_get(json_object_get(copy, "parts"), 0), dot + 1, w);
		else
			json_object_set_new(copy, bad[i].member, w);
		if (w)
			manifest_refuses(copy, bad[i].member);
		json_decref(copy);
	}
	json_set_text(v, "format", "satellite-sync/2");
	manifest_refuses(v, "format");
	json_set_text(v, "format", MANIFEST_FORMAT);
	json_set_text(v, "unknown_member", "is ignored");
	json_write(v, &text);
	OK(manifest_parse(text.data, text.n, &m, &e));
	for (size_t n = 0; n < text.n; n++)
		ck_assert_int_eq(manifest_parse(text.data, n, &m, &why), -1);
	buf_addc(&text, 'x');
	ck_assert_int_eq(manifest_parse(text.data, text.n, &m, &why), -1);
	json_array_remove(json_object_get(v, "parts"), 3);
	manifest_refuses(v, "parts");
	json_decref(v);
	ck_assert_int_eq(manifest_parse("[]", 2, &m, &why), -1);
	m = sample(MANIFEST_AUTHORIZATION);
	str_copy(m.parts[3].name, sizeof(m.parts[3].name), "other.pem");
	FAILS(manifest_encode(&m, &text, &e), E_SYNC_NOT_A_BUNDLE);
	m = sample(MANIFEST_AUTHORIZATION);
	str_copy(m.satellite, sizeof(m.satellite), "nobody");
	FAILS(manifest_encode(&m, &text, &e), E_SYNC_NOT_A_BUNDLE);
	m = sample(MANIFEST_AUTHORIZATION);
	str_copy(m.account, sizeof(m.account), "bad \xff name");
	FAILS(manifest_encode(&m, &text, &e), E_SYNC_NOT_A_BUNDLE);
	m = sample(MANIFEST_AUTHORIZATION);
	str_copy(m.parts[4].name, sizeof(m.parts[4].name), "fifth.pem");
	m.parts_n = 5;
	FAILS(manifest_encode(&m, &text, &e), E_SYNC_NOT_A_BUNDLE);
}
END_TEST

static int decode_any(int which, const json_t *v, struct err *why)
{
	struct record_account a;
	struct record_entitlement t;
	struct record_lot l;

	return which == 0 ? record_account_decode(v, &a, why)
	     : which == 1 ? record_entitlement_decode(v, &t, why)
			  : record_lot_decode(v, &l, why);
}

START_TEST(test_records)
{
	static const char *const good[] = {
		"{\"id\":\"" UUID_1 "\",\"smart_account\":\"S\",\"virtual_account\":\"V\",\"domain\":\"\","
		"\"export_control_permitted\":true,\"reservation_permitted\":false,\"status\":\"INACTIVE\"}",
		"{\"id\":\"" UUID_1
		"\",\"tag\":\"t\",\"name\":\"N\",\"display_name\":\"D\",\"description\":\"\",\"version\":\"\","
		"\"family\":\"F\",\"tier\":0,\"restricted\":true,\"minimum\":1}",
		"{\"id\":\"" UUID_1
		"\",\"tag\":\"t\",\"count\":2147483647,\"license_type\":\"TERM\",\"start_at\":5,\"end_at\":6,"
		"\"subscription_id\":\"\"}",
	};
	static const struct {
		int which;
		const char *member, *value;
		bool good;
	} cases[] = {
		{ 0, "status", "\"active\"", false },
		{ 0, "smart_account", "\"\"", false },
		{ 0, "domain", "\"a\\nb\"", false },
		{ 0, "export_control_permitted", "1", false },
		{ 0, "id", "\"x\"", false },
		{ 0, "virtual_account", "null", false },
		{ 0, "status", "\"ACTIVE\"", true },
		{ 1, "tier", "null", true },
		{ 1, "tier", "63", true },
		{ 1, "tier", "64", false },
		{ 1, "tier", "-1", false },
		{ 1, "minimum", "null", true },
		{ 1, "minimum", "0", false },
		{ 1, "tag", "\"a b\"", false },
		{ 1, "tag", "\"\xc3\xa4\"", false },
		{ 1, "family", "\"\"", false }, /* with a tier */
		{ 1, "name", "\"\\u001b[m\"", false },
		{ 1, "description", "\"\\u007f\"", false },
		{ 1, "restricted", "null", false },
		{ 2, "count", "-1", false },
		{ 2, "count", "0", true },
		{ 2, "count", "2147483648", false },
		{ 2, "count", "1.0", false },
		{ 2, "end_at", "null", false },
		{ 2, "end_at", "5", false },
		{ 2, "license_type", "\"RENT\"", false },
		{ 2, "license_type", "\"DEMO\"", true },
		{ 2, "start_at", "253402300800000", false },
		{ 2, "tag", "\"\"", false },
		{ 2, "subscription_id", "null", false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		AUTO_JSON *v = json_loads(good[cases[i].which], 0, NULL);
		struct err why = ERR_INIT;
		int rc;

		OK(decode_any(cases[i].which, v, &e));
		json_object_set_new(v, cases[i].member, json_loads(cases[i].value, JSON_DECODE_ANY, NULL));
		rc = decode_any(cases[i].which, v, &why);
		ck_assert_msg(rc == (cases[i].good ? 0 : -1), "%s = %s: %s", cases[i].member, cases[i].value, why.text);
		if (!cases[i].good && strcmp(cases[i].member, "family") != 0)
			ck_assert_str_eq(why.field, cases[i].member);
		json_object_del(v, cases[i].member);
		ck_assert_int_eq(decode_any(cases[i].which, v, &why), -1);
	}
	for (int i = 0; i < 3; i++) { /* what is encoded is what was decoded */
		AUTO_JSON *v = json_loads(good[i], 0, NULL);
		AUTO_BUF text = BUF_INIT;
		struct record_account a;
		struct record_entitlement t;
		struct record_lot l;
		json_t *again;

		if (i == 0) {
			OK(record_account_decode(v, &a, &e));
			again = record_account_encode(&a);
		} else if (i == 1) {
			OK(record_entitlement_decode(v, &t, &e));
			again = record_entitlement_encode(&t);
		} else {
			OK(record_lot_decode(v, &l, &e));
			again = record_lot_encode(&l);
		}
		json_write(again, &text);
		ck_assert_str_eq(text.data, good[i]);
		json_decref(again);
	}
}
END_TEST

START_TEST(test_no_rest)
{
	AUTO_FREE char *left = mem_printf("test -z \"$(find %s -name '.spool*')\"", folder);

	ck_assert_int_eq(system(left), 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("bundle");
	TCase *t = tcase_create("bundle");
	SRunner *r;
	AUTO_FREE char *clean = NULL;
	int failed;

	json_init();
	if (mkdtemp(folder) == NULL)
		return 1;
	pki_open();
	tcase_set_timeout(t, 600);
	tcase_add_loop_test(t, test_round_trip, 0, 2);
	tcase_add_test(t, test_registration);
	tcase_add_loop_test(t, test_answers, 0, 2);
	tcase_add_test(t, test_same_bytes);
	tcase_add_test(t, test_descriptors);
	tcase_add_test(t, test_by_hand);
	tcase_add_test(t, test_every_prefix);
	tcase_add_loop_test(t, test_every_flipped_bit, 0, getenv("TEST_LONG") ? 8 : 1);
	tcase_add_test(t, test_every_flipped_byte);
	tcase_add_test(t, test_every_inner_byte);
	tcase_add_test(t, test_added);
	tcase_add_test(t, test_text_mode);
	tcase_add_test(t, test_other_files);
	tcase_add_test(t, test_other_archives);
	tcase_add_test(t, test_odd_members);
	tcase_add_test(t, test_order);
	tcase_add_test(t, test_archive_end);
	tcase_add_test(t, test_gzip_headers);
	tcase_add_test(t, test_seal);
	tcase_add_test(t, test_sizes);
	tcase_add_test(t, test_lines);
	tcase_add_test(t, test_writer_limits);
	tcase_add_test(t, test_bombs);
	tcase_add_test(t, test_many_records);
	tcase_add_test(t, test_trust);
	tcase_add_test(t, test_mixed);
	tcase_add_loop_test(t, test_manifest_members, 0, 5);
	tcase_add_test(t, test_manifest_rules);
	tcase_add_test(t, test_records);
	tcase_add_test(t, test_no_rest);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	pki_close();
	clean = mem_printf("rm -rf %s", folder);
	return failed || system(clean) ? 1 : 0;
}
