/* test_bundle.c - synchronization files: what is written is read, and nothing else is. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "sync/record.h"
#include "tests/lib/bundle_kit.h"
#include "tests/lib/clock_fake.h"
#include "tests/lib/light.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

#define LINES "removed.ndjson" /* the part with lines of any kind */

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
	ck_assert_str_eq(r.tag, KIT_TAG);
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

	kit_authorization(1000, &file);
	OK(bundle_open_bytes(file.data, file.n, KIT_LIMIT, kit_folder, &b, &e));
	ck_assert(bundle_manifest(b) == NULL);
	FAILS(bundle_part_each(b, "license_lots.ndjson", see_lot, &seen, &e), E_INTERNAL);
	if (_i == VERIFY_FIRST) {
		OK(bundle_verify(b, kit.root, clock_now(), &by, &e));
		FAILS(bundle_part_each(b, "license_lots.ndjson", see_lot, &seen, &e), E_INTERNAL);
		OK(bundle_spool(b, &e));
	} else {
		struct cert *root = NULL;

		FAILS(bundle_find_root(b, kit.fingerprint, &root, &e), E_INTERNAL);
		OK(bundle_spool(b, &e));
		FAILS(bundle_part_each(b, "license_lots.ndjson", see_lot, &seen, &e), E_INTERNAL);
		OK(bundle_find_root(b, kit.fingerprint, &root, &e));
		ck_assert(cert_equal(root, kit.root));
		OK(bundle_verify(b, root, clock_now(), &by, &e));
		cert_free(root);
	}
	ck_assert(cert_equal(by.signer, kit.signer) && by.intermediate == NULL);
	ck_assert_int_eq(by.signed_at, clock_now());
	m = bundle_manifest(b);
	ck_assert_int_eq(m->kind, MANIFEST_AUTHORIZATION);
	ck_assert_int_eq(m->mode, MANIFEST_FULL);
	ck_assert_str_eq(m->satellite, KIT_UUID);
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

	kit_registration(&file, digest);
	OK(bundle_open_bytes(file.data, file.n, BUNDLE_REGISTRATION_MAX, kit_folder, &b, &e));
	bundle_digest(b, again);
	ck_assert_mem_eq(digest, again, SHA256_SIZE);
	OK(bundle_verify(b, NULL, clock_now(), &by, &e));
	ck_assert(cert_equal(by.signer, kit.self));
	OK(manifest_expect(bundle_manifest(b), MANIFEST_REGISTRATION, &e));
	FAILS(manifest_expect(bundle_manifest(b), MANIFEST_AUTHORIZATION, &e), E_SYNC_WRONG_KIND);
	ck_assert_str_eq(bundle_manifest(b)->name, "dc1");
	ck_assert_str_eq(bundle_manifest(b)->smart_account, "Demo");
	ck_assert_str_eq(bundle_manifest(b)->virtual_account, "Site A");
	OK(bundle_spool(b, &e));
	FAILS(bundle_find_root(b, kit.fingerprint, &root, &e), E_SYNC_WRONG_KIND);
	cms_verified_fini(&by);
	bundle_close(b);
	FAILS(kit_try(VERIFY_FIRST, file.data, file.n, kit.root, &e), E_SYNC_UNTRUSTED);
}
END_TEST

/* RSA signatures have no randomness, so the whole file is the same. */
START_TEST(test_same_bytes)
{
	struct bundle_signer by = { .cert = kit.rsa_signer, .key = kit.rsa_key };
	struct manifest m = kit_manifest();
	AUTO_BUF one = BUF_INIT;
	AUTO_BUF two = BUF_INIT;

	for (int i = 0; i < 2; i++) {
		struct bundle_writer *w = kit_parts(50);

		OK(bundle_writer_finish(w, &m, &by, clock_now(), -1, i ? &two : &one, NULL, &e));
		bundle_writer_free(w);
	}
	ck_assert_uint_eq(one.n, two.n);
	ck_assert_mem_eq(one.data, two.data, one.n);
	kit_accept(&one);
}
END_TEST

START_TEST(test_descriptors)
{
	struct bundle_writer *w = kit_parts(300);
	struct manifest m = kit_manifest();
	AUTO_FREE char *path = mem_printf("%s/a.sync", kit_folder);
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), ends[2];
	struct bundle *b = NULL;
	AUTO_BUF file = BUF_INIT;

	ck_assert_int_ge(fd, 0);
	OK(bundle_writer_finish(w, &m, kit_manager(), clock_now(), fd, NULL, NULL, &e));
	bundle_writer_free(w);
	OK(file_read(path, 1 << 20, &file, &e));
	kit_accept(&file);
	lseek(fd, 0, SEEK_SET);
	OK(bundle_open_fd(fd, KIT_LIMIT, kit_folder, &b, &e));
	OK(kit_try_flow(SPOOL_FIRST, b, kit.root, &e));
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
	OK(bundle_open_fd(ends[0], KIT_LIMIT, kit_folder, &b, &e));
	OK(kit_try_flow(VERIFY_FIRST, b, kit.root, &e));
	bundle_close(b);
	close(ends[0]);
	wait(NULL);

	fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	w = kit_parts(300);
	FAILS(bundle_writer_finish(w, &m, kit_manager(), clock_now(), fd, NULL, NULL, &e), E_DISK_FULL);
	bundle_writer_free(w);
	close(fd);
	FAILS(bundle_open_fd(-1, KIT_LIMIT, kit_folder, &b, &e), E_SYNC_NOT_A_BUNDLE); /* no bytes either */
	fd = open(kit_folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	FAILS(bundle_open_fd(fd, KIT_LIMIT, kit_folder, &b, &e), E_FILE_ERROR);
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
	AUTO_FREE char *file = mem_printf("%s/hand.sync", kit_folder);
	AUTO_FREE char *root = mem_printf("%s/root.pem", kit_folder);
	AUTO_FREE char *good = mem_printf(
		"cd %s && rm -rf hand && mkdir hand && cd hand && tar xzf ../hand.sync && "
		"test \"$(tar tzf ../hand.sync | tr '\\n' ' ')\" = "
		"'manifest.json manifest.p7s account.ndjson entitlements.ndjson license_lots.ndjson chain.pem ' && gzip -t <../hand.sync && "
		"grep -q \"$(sha256sum license_lots.ndjson | cut -d' ' -f1)\" manifest.json && test \"$(wc -l <license_lots.ndjson)\" = 20 && "
		"openssl cms -verify -binary -inform DER -in manifest.p7s -content manifest.json -CAfile ../root.pem "
		"-attime %" PRId64 " -out /dev/null 2>../openssl.txt",
		kit_folder, clock_now() / 1000);
	AUTO_FREE char *bad =
		mem_printf("cd %s/hand && sed -i s/Demo/demo/ manifest.json && "
			   "! openssl cms -verify -binary -inform DER -in manifest.p7s -content manifest.json "
			   "-CAfile ../root.pem -attime %" PRId64 " -out /dev/null 2>/dev/null",
			   kit_folder, clock_now() / 1000);
	AUTO_BUF bytes = BUF_INIT;
	AUTO_BUF pem = BUF_INIT;

	kit_authorization(20, &bytes);
	cert_write_pem(kit.root, &pem);
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

	kit_authorization(3, &file);
	kit_accept(&file);
	for (size_t n = 0; n < file.n; n += test_step(61)) {
		for (int flow = VERIFY_FIRST; flow <= SPOOL_FIRST; flow++) {
			AUTO_FREE char *exact = n ? mem_dup(file.data, n) : NULL;
			struct err e = ERR_INIT;

			ck_assert_int_eq(kit_try((enum kit_flow)flow, exact, n, kit.root, &e), -1);
			ck_assert_msg(e.code == (n == 0 ? E_SYNC_NOT_A_BUNDLE : E_SYNC_DAMAGED), "%zu of %zu bytes: %s: %s",
				      n, file.n, err_name(e.code), e.text);
		}
	}
}
END_TEST

/* Changes every byte in turn: one bit, another from byte to byte, beginning with this one; or, with -1, all of them. */
static void flip_all(struct buf *file, enum kit_flow flow, int bit)
{
	for (size_t i = 0; i < file->n; i += test_step(61)) {
		unsigned mask = bit < 0 ? 0xff : 1u << ((size_t)bit + i) % 8;
		struct err e = ERR_INIT;

		file->data[i] ^= (char)mask;
		ck_assert_msg(kit_try(flow, file->data, file->n, kit.root, &e) == -1,
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

	kit_authorization(3, &file);
	kit_accept(&file);
	flip_all(&file, SPOOL_FIRST, _i);
}
END_TEST

START_TEST(test_every_flipped_byte)
{
	AUTO_BUF file = BUF_INIT;

	kit_authorization(3, &file);
	flip_all(&file, SPOOL_FIRST, -1);
	flip_all(&file, VERIFY_FIRST, -1);
	kit_accept(&file);
}
END_TEST

/* Changed inside, with a gzip around it that fits: only signature, digests and tar's own rules protect. */
START_TEST(test_every_inner_byte)
{
	AUTO_BUF file = BUF_INIT;
	AUTO_BUF tar = BUF_INIT;
	struct kit_entry entries[KIT_ENTRIES_MAX];
	size_t n, harmless = 0;

	kit_authorization(2, &file);
	kit_gunzip(&file, &tar);
	n = kit_tar_list(&tar, entries);
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
		kit_gzip(tar.data, tar.n, NULL, 0, &again);
		if (kit_try(VERIFY_FIRST, again.data, again.n, kit.root, &e) == 0) {
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

	kit_authorization(3, &file);
	n = file.n;
	buf_addc(&file, '\0');
	kit_refuse(&file, E_SYNC_DAMAGED, "added behind its end");
	file.n = n;
	kit_gzip("", 0, NULL, 0, &file);
	kit_refuse(&file, E_SYNC_DAMAGED, "added behind its end");
	file.n = n;
	kit_authorization(3, &file);
	kit_refuse(&file, E_SYNC_DAMAGED, "added behind its end");
}
END_TEST

/* Signatures differ each time, and with them what the altered file unpacks to. */
START_TEST(test_text_mode)
{
	for (int times = test_light() ? 2 : 20; times > 0; times--) {
		AUTO_BUF file = BUF_INIT;
		AUTO_BUF crlf = BUF_INIT;

		kit_authorization(500, &file);
		for (size_t i = 0; i < file.n; i++) {
			if (file.data[i] == '\n')
				buf_addc(&crlf, '\r');
			buf_addc(&crlf, file.data[i]);
		}
		ck_assert_uint_gt(crlf.n, file.n);
		kit_refuse(&crlf, E_SYNC_DAMAGED, "binary mode");
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

/* A signed request with content of any kind in removed.ndjson, and nothing in its other parts. */
static void make_lines(const char *text, size_t n, int64_t records, struct buf *out)
{
	static const char *const names[] = { "virtual_accounts.ndjson",
					     "product_instances.ndjson",
					     "usage.ndjson",
					     "reservations.ndjson",
					     LINES,
					     "csr.pem" };
	struct manifest m = {
		.kind = MANIFEST_REQUEST, .satellite = KIT_UUID, .account = "A", .sequence = 1, .created_at = 1
	};
	struct kit_entry entries[2 + 6] = { { .name = "manifest.json" }, { .name = "manifest.p7s" } };
	AUTO_BUF manifest = BUF_INIT;
	AUTO_BUF signature = BUF_INIT;

	for (size_t i = 0; i < 6; i++) {
		bool it = strcmp(names[i], LINES) == 0;
		struct manifest_part *part = &m.parts[m.parts_n++];

		str_copy(part->name, sizeof(part->name), names[i]);
		part->bytes = it ? (int64_t)n : 0;
		part->records = it ? records : 0;
		digest_sha256(text, it ? n : 0, part->sha256);
		entries[2 + i] = (struct kit_entry){ .name = names[i], .data = text, .n = it ? n : 0 };
	}
	OK(manifest_encode(&m, &manifest, &e));
	OK(cms_sign(manifest.data, manifest.n, kit.signer, kit.signer_key, NULL, 0, clock_now(), &signature, &e));
	entries[0].data = manifest.data;
	entries[0].n = manifest.n;
	entries[1].data = signature.data;
	entries[1].n = signature.n;
	kit_pack(entries, 8, out);
}

static int read_lines(const struct buf *file, bundle_record_fn fn, int64_t *lines, struct err *e)
{
	struct bundle *b = NULL;
	int rc;

	*lines = 0;
	if (bundle_open_bytes(file->data, file->n, KIT_LIMIT, kit_folder, &b, e))
		return -1;
	rc = kit_try_flow(VERIFY_FIRST, b, kit.root, e) || bundle_part_each(b, LINES, fn, lines, e) ? -1 : 0;
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
	struct bundle_writer *w = bundle_writer_new(kit_folder);
	struct manifest m = kit_manifest();
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
	FAILS(bundle_writer_finish(w, &m, kit_manager(), clock_now(), -1, &out, NULL, &e), E_INTERNAL);
	OK(bundle_part_end(w, &e));
	FAILS(bundle_part_begin(w, "a.ndjson", &e), E_INTERNAL);
	OK(bundle_part_begin(w, "b.pem", &e));
	FAILS(bundle_part_record(w, record, &e), E_INTERNAL);
	OK(bundle_part_raw(w, big.data, 65530, &e));
	OK(bundle_part_raw(w, big.data, 6, &e));
	FAILS(bundle_part_raw(w, big.data, 1, &e), E_SYNC_TOO_LARGE);
	OK(bundle_part_end(w, &e));
	FAILS(bundle_writer_finish(w, &m, kit_manager(), clock_now(), -1, &out, NULL, &e),
	      E_SYNC_NOT_A_BUNDLE); /* wrong parts */
	ck_assert_uint_eq(out.n, 0);
	for (int i = 2; i < MANIFEST_PARTS_MAX; i++) {
		char name[] = "c_?.pem";

		name[2] = (char)('a' + i);
		OK(bundle_part_begin(w, name, &e));
		OK(bundle_part_end(w, &e));
	}
	FAILS(bundle_part_begin(w, "seventeenth.pem", &e), E_INTERNAL);
	FAILS(bundle_writer_finish(w, &m, kit_manager(), clock_now(), -1, &out, NULL, &e), E_SYNC_NOT_A_BUNDLE);
	ck_assert_uint_eq(out.n, 0);
	bundle_writer_free(w);
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
	AUTO_FREE char *path = mem_printf("%s/many.sync", kit_folder);
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	struct manifest m = kit_manifest();
	int n = getenv("TEST_BUNDLE_RECORDS") ? (int)strtol(getenv("TEST_BUNDLE_RECORDS"), NULL, 10)
	      : test_light()                  ? 2000
					      : 100000;
	struct bundle_writer *w;
	struct seen seen = { 0 };
	struct bundle *b = NULL;
	AUTO_BUF warm = BUF_INIT;
	struct stat st;
	long before;

	kit_authorization(2000, &warm);
	kit_accept(&warm);
	before = rss_max();
	w = kit_parts(n);
	OK(bundle_writer_finish(w, &m, kit_manager(), clock_now(), fd, NULL, NULL, &e));
	bundle_writer_free(w);
	fstat(fd, &st);
	lseek(fd, 0, SEEK_SET);
	OK(bundle_open_fd(fd, BUNDLE_SYNC_MAX, kit_folder, &b, &e));
	OK(kit_try_flow(VERIFY_FIRST, b, kit.root, &e));
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
	struct bundle_signer wrong = { .cert = kit.signer, .key = kit.signer_key };
	char text[96];
	AUTO_BUF file = BUF_INIT;
	struct cms_verified by = { 0 };
	struct cert *root = NULL;
	struct bundle *b = NULL;
	struct err why = ERR_INIT;

	kit_authorization(2, &file);
	FAILS(kit_try(VERIFY_FIRST, file.data, file.n, kit.other_root, &e), E_SYNC_UNTRUSTED);
	FAILS(kit_try(SPOOL_FIRST, file.data, file.n, kit.other_root, &e), E_SYNC_UNTRUSTED);
	FAILS(kit_try(VERIFY_FIRST, file.data, file.n, NULL, &e), E_SYNC_UNTRUSTED);
	OK(bundle_open_bytes(file.data, file.n, KIT_LIMIT, kit_folder, &b, &e));
	OK(bundle_spool(b, &e));
	cert_fingerprint(kit.other_root, other);
	ck_assert_int_eq(bundle_find_root(b, other, &root, &why), -1);
	ck_assert_int_eq(why.code, E_SYNC_WRONG_ROOT);
	ck_assert(root == NULL);
	ck_assert(strstr(why.text, cert_fingerprint_text(kit.root, text)));
	ck_assert(strstr(why.text, cert_fingerprint_text(kit.other_root, text)));
	cert_fingerprint(kit.sub, other); /* in the file, but not self-signed */
	FAILS(bundle_find_root(b, other, &root, &e), E_SYNC_WRONG_ROOT);
	FAILS(bundle_verify(b, kit.other_root, clock_now(), &by, &e), E_SYNC_UNTRUSTED);
	ck_assert(bundle_manifest(b) == NULL && by.signer == NULL);
	FAILS(bundle_verify(b, kit.root, clock_now() + 800 * DAY_MS, &by, &e), E_SYNC_UNTRUSTED);
	OK(bundle_verify(b, kit.root, clock_now(), &by, &e)); /* a wrong root before does no harm */
	FAILS(bundle_verify(b, kit.root, clock_now(), &by, &e), E_INTERNAL);
	cms_verified_fini(&by);
	bundle_close(b);

	wrong.cert = kit.rsa_signer; /* key and certificate that do not belong together */
	{
		struct bundle_writer *w = kit_parts(1);
		struct manifest m = kit_manifest();
		AUTO_BUF out = BUF_INIT;

		ck_assert_int_eq(bundle_writer_finish(w, &m, &wrong, clock_now(), -1, &out, NULL, &why), -1);
		bundle_writer_free(w);
	}
}
END_TEST

START_TEST(test_no_rest)
{
	AUTO_FREE char *left = mem_printf("test -z \"$(find %s -name '.spool*')\"", kit_folder);

	ck_assert_int_eq(system(left), 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("bundle");
	TCase *t = tcase_create("bundle");
	SRunner *r;
	int failed;

	json_init();
	if (kit_open())
		return 1;
	tcase_set_timeout(t, 600);
	tcase_add_loop_test(t, test_round_trip, 0, 2);
	tcase_add_test(t, test_registration);
	tcase_add_test(t, test_same_bytes);
	tcase_add_test(t, test_descriptors);
	tcase_add_test(t, test_by_hand);
	tcase_add_test(t, test_every_prefix);
	tcase_add_loop_test(t, test_every_flipped_bit, 0, getenv("TEST_LONG") ? 8 : 1);
	tcase_add_test(t, test_every_flipped_byte);
	tcase_add_test(t, test_every_inner_byte);
	tcase_add_test(t, test_added);
	tcase_add_test(t, test_text_mode);
	tcase_add_test(t, test_lines);
	tcase_add_test(t, test_writer_limits);
	tcase_add_test(t, test_many_records);
	tcase_add_test(t, test_trust);
	tcase_add_test(t, test_no_rest);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return kit_close() || failed ? 1 : 0;
}
