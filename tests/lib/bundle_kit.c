/* bundle_kit.c - synchronization files for tests. */
#include "tests/lib/bundle_kit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "sync/record.h"

char kit_folder[] = "/tmp/bundle_kit.XXXXXX";
struct kit kit;

/* ---- the authorities of the tests ---- */

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

int kit_open(void)
{
	if (mkdtemp(kit_folder) == NULL)
		return -1;
	kit.root_key = make_key(KEY_EC_P256);
	kit.signer_key = make_key(KEY_EC_P256);
	kit.sub_key = make_key(KEY_EC_P256);
	kit.self_key = make_key(KEY_EC_P256);
	kit.rsa_key = make_key(KEY_RSA_2048);
	kit.other_key = make_key(KEY_EC_P256);
	kit.root = issue(CERT_ROOT, "Licensing root", kit.root_key, NULL, kit.root_key);
	kit.signer = issue(CERT_SIGNER, "Manager signer", kit.signer_key, kit.root, kit.root_key);
	kit.sub = issue(CERT_ISSUING_CA, "Satellite", kit.sub_key, kit.root, kit.root_key);
	kit.self = issue(CERT_SELF_SIGNER, "Satellite", kit.self_key, NULL, kit.self_key);
	kit.rsa_signer = issue(CERT_SIGNER, "Manager signer", kit.rsa_key, kit.root, kit.root_key);
	kit.other_root = issue(CERT_ROOT, "Another root", kit.other_key, NULL, kit.other_key);
	cert_fingerprint(kit.root, kit.fingerprint);
	return 0;
}

int kit_close(void)
{
	AUTO_FREE char *clean = mem_printf("rm -rf %s", kit_folder);
	struct cert *certs[] = { kit.root, kit.signer, kit.sub, kit.self, kit.rsa_signer, kit.other_root };
	struct key *keys[] = { kit.root_key, kit.signer_key, kit.sub_key, kit.self_key, kit.rsa_key, kit.other_key };

	for (size_t i = 0; i < 6; i++) {
		cert_free(certs[i]);
		key_free(keys[i]);
	}
	return system(clean) ? -1 : 0;
}

/* ---- making files ---- */

const struct bundle_signer *kit_manager(void)
{
	static struct bundle_signer by;

	by = (struct bundle_signer){ .cert = kit.signer, .key = kit.signer_key };
	return &by;
}

struct manifest kit_manifest(void)
{
	struct manifest m = { .kind = MANIFEST_AUTHORIZATION,
			      .mode = MANIFEST_FULL,
			      .satellite = KIT_UUID,
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
				.tag = KIT_TAG,
				.quantity = i,
				.license_type = "TERM",
				.start_at = clock_now(),
				.end_at = clock_now() + DAY_MS,
				.subscription_id = "Sub-1" };

	snprintf(id, sizeof(id), "00000000-0000-4000-8000-%012d", i);
	return record_lot_encode(&r);
}
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

struct bundle_writer *kit_parts(int lots)
{
	struct bundle_writer *w = bundle_writer_new(kit_folder);
	struct record_account account = { .id = KIT_UUID,
					  .smart_account = "Demo",
					  .virtual_account = "Site A",
					  .domain = "example.net",
					  .reservation_permitted = true,
					  .status = "ACTIVE" };
	struct record_entitlement entitlement = { .id = KIT_UUID,
						  .tag = KIT_TAG,
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
	add_pem(w, "chain.pem", (struct cert *[]){ kit.sub, kit.root }, 2);
	return w;
}

void kit_authorization(int lots, struct buf *out)
{
	struct bundle_writer *w = kit_parts(lots);
	struct manifest m = kit_manifest();

	OK(bundle_writer_finish(w, &m, kit_manager(), clock_now(), -1, out, NULL, &e));
	bundle_writer_free(w);
}

void kit_registration(struct buf *out, unsigned char digest[SHA256_SIZE])
{
	struct bundle_writer *w = bundle_writer_new(kit_folder);
	struct bundle_signer by = { .cert = kit.self, .key = kit.self_key };
	struct manifest m = { .kind = MANIFEST_REGISTRATION,
			      .mode = MANIFEST_FULL,
			      .satellite = KIT_UUID,
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

static void tar_seal(unsigned char h[512])
{
	unsigned sum = 0;

	memset(h + 148, ' ', 8);
	for (int i = 0; i < 512; i++)
		sum += h[i];
	snprintf((char *)h + 148, 8, "%06o", sum);
}

void kit_tar_add(struct buf *tar, const struct kit_entry *en)
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

void kit_tar_end(struct buf *tar, size_t blocks)
{
	static const char zeros[512];

	while (blocks--)
		buf_add(tar, zeros, 512);
}

void kit_gzip(const void *p, size_t n, const void *header, size_t header_n, struct buf *out)
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

void kit_gunzip(const struct buf *in, struct buf *out)
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

size_t kit_tar_list(const struct buf *tar, struct kit_entry out[KIT_ENTRIES_MAX])
{
	size_t at = 0, n = 0;

	while (at + 512 <= tar->n && tar->data[at]) {
		size_t size = (size_t)strtoull(tar->data + at + 124, NULL, 8);

		ck_assert(n < KIT_ENTRIES_MAX);
		out[n++] = (struct kit_entry){ .name = tar->data + at, .data = tar->data + at + 512, .n = size };
		at += 512 + (size + 511) / 512 * 512;
	}
	return n;
}

void kit_pack(const struct kit_entry *entries, size_t n, struct buf *out)
{
	AUTO_BUF tar = BUF_INIT;

	for (size_t i = 0; i < n; i++)
		kit_tar_add(&tar, &entries[i]);
	kit_tar_end(&tar, 2);
	kit_gzip(tar.data, tar.n, NULL, 0, out);
}

/* ---- reading them ---- */

int kit_try_flow(enum kit_flow flow, struct bundle *b, const struct cert *root, struct err *e)
{
	struct cms_verified by = { 0 };
	struct cert *found = NULL;
	int rc;

	if (flow == VERIFY_FIRST) {
		rc = bundle_verify(b, root, clock_now(), &by, e) || bundle_spool(b, e) ? -1 : 0;
	} else if (bundle_spool(b, e)) {
		rc = -1;
	} else if (root == kit.root && bundle_find_root(b, kit.fingerprint, &found, e)) {
		rc = -1;
	} else {
		rc = bundle_verify(b, found ? found : root, clock_now(), &by, e);
	}
	cert_free(found);
	cms_verified_fini(&by);
	return rc;
}

int kit_try(enum kit_flow flow, const void *p, size_t n, const struct cert *root, struct err *e)
{
	struct bundle *b = NULL;
	int rc;

	if (bundle_open_bytes(p, n, KIT_LIMIT, kit_folder, &b, e)) {
		ck_assert(b == NULL);
		return -1;
	}
	rc = kit_try_flow(flow, b, root, e);
	bundle_close(b);
	return rc;
}

void kit_refuse(const struct buf *file, enum err_code code, const char *says)
{
	for (int flow = VERIFY_FIRST; flow <= SPOOL_FIRST; flow++) {
		struct err e = ERR_INIT;

		ck_assert_int_eq(kit_try((enum kit_flow)flow, file->data, file->n, kit.root, &e), -1);
		ck_assert_msg(e.code == code, "flow %d: %s instead of %s: %s", flow, err_name(e.code), err_name(code),
			      e.text);
		ck_assert_msg(strstr(e.text, says), "flow %d: no '%s' in: %s", flow, says, e.text);
	}
}

void kit_accept(const struct buf *file)
{
	for (int flow = VERIFY_FIRST; flow <= SPOOL_FIRST; flow++)
		OK(kit_try((enum kit_flow)flow, file->data, file->n, kit.root, &e));
}
void kit_with_entry(const struct kit_entry *base, size_t n, size_t at, bool replace, const struct kit_entry *en,
		    struct buf *out)
{
	struct kit_entry all[KIT_ENTRIES_MAX + 1];
	size_t k = 0;

	for (size_t i = 0; i <= n; i++) {
		if (i == at)
			all[k++] = *en;
		if (i < n && !(replace && i == at))
			all[k++] = base[i];
	}
	kit_pack(all, k, out);
}
