/* test_archive.c - other things than synchronization files, and archives that no honest side makes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/lib/bundle_kit.h"

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
		kit_refuse(&file, others[i].n == 1 ? E_SYNC_DAMAGED : E_SYNC_NOT_A_BUNDLE, others[i].says);
	}
}
END_TEST

START_TEST(test_other_archives)
{
	static const char zeros[10240];
	AUTO_BUF file = BUF_INIT;

	kit_gzip("hello", 5, NULL, 0, &file);
	kit_refuse(&file, E_SYNC_NOT_A_BUNDLE, "no archive");
	buf_clear(&file);
	kit_gzip("", 0, NULL, 0, &file);
	kit_refuse(&file, E_SYNC_NOT_A_BUNDLE, "no archive");
	buf_clear(&file);
	kit_gzip(zeros, sizeof(zeros), NULL, 0, &file);
	kit_refuse(&file, E_SYNC_NOT_A_BUNDLE, "no archive");
	buf_clear(&file);
	kit_pack((struct kit_entry[]){ { .name = "notes.txt", .data = "x", .n = 1 } }, 1, &file);
	kit_refuse(&file, E_SYNC_NOT_A_BUNDLE, "begins with 'notes.txt'");
	buf_clear(&file);
	kit_pack((struct kit_entry[]){ { .name = "./", .type = '5' } }, 1, &file);
	kit_refuse(&file, E_SYNC_NOT_A_BUNDLE, "no archive");
	buf_clear(&file);
	kit_pack((struct kit_entry[]){ { .name = "manifest.json", .data = "{}", .n = 2 } }, 1, &file);
	kit_refuse(&file, E_SYNC_DAMAGED, "manifest.p7s");
	buf_clear(&file);
	kit_pack((struct kit_entry[]){ { .name = "manifest.json" }, { .name = "manifest.p7s" } }, 2, &file);
	kit_refuse(&file, E_SYNC_DAMAGED, "empty");
	buf_clear(&file);
	kit_pack((struct kit_entry[]){ { .name = "manifest.json", .data = "{}", .n = 2 },
				       { .name = "manifest.p7s", .data = "x", .n = 1 } },
		 2, &file);
	FAILS(kit_try(VERIFY_FIRST, file.data, file.n, kit.root, &e), E_SYNC_UNTRUSTED);
	FAILS(kit_try(SPOOL_FIRST, file.data, file.n, kit.root, &e), E_SYNC_WRONG_KIND); /* no chain.pem */
	FAILS(kit_try(SPOOL_FIRST, file.data, file.n, NULL, &e), E_SYNC_UNTRUSTED);
}
END_TEST

START_TEST(test_odd_members)
{
	static const char pax_path[] = "22 path=account.ndjson\n", pax_time[] = "22 mtime=1700000000.5\n", sparse[512] = "";
	const struct kit_entry odd[] = {
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
	struct kit_entry entries[KIT_ENTRIES_MAX];
	size_t n;

	kit_authorization(2, &valid);
	kit_gunzip(&valid, &tar);
	n = kit_tar_list(&tar, entries);
	ck_assert_uint_eq(n, 6);
	for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
		for (size_t at = 0; at <= n; at++) {
			for (int replace = 0; replace < 2; replace++) {
				AUTO_BUF file = BUF_INIT;

				kit_with_entry(entries, n, at, replace, &odd[i], &file);
				for (int flow = VERIFY_FIRST; flow <= SPOOL_FIRST; flow++) {
					struct err e = ERR_INIT;

					ck_assert_msg(kit_try((enum kit_flow)flow, file.data, file.n, kit.root, &e) == -1,
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
	struct kit_entry entries[KIT_ENTRIES_MAX];
	size_t n;

	kit_authorization(2, &valid);
	kit_gunzip(&valid, &tar);
	n = kit_tar_list(&tar, entries);
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < n; k++) {
			AUTO_BUF file = BUF_INIT;
			struct kit_entry swapped[KIT_ENTRIES_MAX];

			memcpy(swapped, entries, sizeof(swapped));
			swapped[i] = entries[k];
			swapped[k] = entries[i];
			kit_pack(swapped, n, &file);
			for (int flow = VERIFY_FIRST; flow <= SPOOL_FIRST; flow++) {
				struct err e = ERR_INIT;

				ck_assert_int_eq(kit_try((enum kit_flow)flow, file.data, file.n, kit.root, &e),
						 i == k ? 0 : -1);
			}
		}
	}
	for (size_t gone = 2; gone < n; gone++) {
		AUTO_BUF file = BUF_INIT;
		struct kit_entry fewer[KIT_ENTRIES_MAX];
		struct err e = ERR_INIT;

		memcpy(fewer, entries, sizeof(fewer));
		memmove(&fewer[gone], &fewer[gone + 1], (n - gone - 1) * sizeof(*fewer));
		kit_pack(fewer, n - 1, &file);
		ck_assert_int_eq(kit_try(VERIFY_FIRST, file.data, file.n, kit.root, &e), -1);
		ck_assert_int_eq(e.code, E_SYNC_DAMAGED);
		ck_assert(strstr(e.text, "is not where it must be"));
	}
}
END_TEST

START_TEST(test_archive_end)
{
	AUTO_BUF valid = BUF_INIT;
	AUTO_BUF tar = BUF_INIT;
	struct kit_entry entries[KIT_ENTRIES_MAX];
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

	kit_authorization(2, &valid);
	kit_gunzip(&valid, &tar);
	n = kit_tar_list(&tar, entries);
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		AUTO_BUF again = BUF_INIT;
		AUTO_BUF file = BUF_INIT;

		for (size_t k = 0; k < n; k++)
			kit_tar_add(&again, &entries[k]);
		kit_tar_end(&again, ends[i].blocks);
		if (ends[i].junk)
			buf_add(&again, ends[i].junk, 1);
		kit_tar_end(&again, ends[i].more);
		kit_gzip(again.data, again.n, NULL, 0, &file);
		if (ends[i].says)
			kit_refuse(&file, E_SYNC_DAMAGED, ends[i].says);
		else
			kit_accept(&file);
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

	kit_authorization(2, &valid);
	kit_gunzip(&valid, &tar);
	for (size_t i = 0; i < sizeof(headers) / sizeof(*headers); i++) {
		AUTO_BUF file = BUF_INIT;

		kit_gzip(tar.data, tar.n, headers[i].header, headers[i].n, &file);
		if (headers[i].good)
			kit_accept(&file);
		else
			kit_refuse(&file, E_SYNC_DAMAGED, "The file was changed");
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

	kit_authorization(2, &valid);
	ck_assert_mem_eq(valid.data, start, sizeof(start));
	digest_sha256(valid.data + 50, valid.n - 50, digest);
	ck_assert_mem_eq(valid.data + 18, digest, SHA256_SIZE);
	kit_gunzip(&valid, &tar);
	kit_gzip(tar.data, tar.n, valid.data, 50, &file); /* another level */
	kit_refuse(&file, E_SYNC_DAMAGED, "does not fit its checksum");
	digest_sha256(file.data + 50, file.n - 50, digest);
	memcpy(file.data + 18, digest, SHA256_SIZE);
	kit_accept(&file);
	for (int i = 0; i < 256; i++) { /* every other byte, not only every bit, of what stands before the seal */
		for (int at = 0; at < 18; at++) {
			char was = file.data[at];

			file.data[at] = (char)i;
			if (file.data[at] != was)
				FAILS(kit_try(SPOOL_FIRST, file.data, file.n, kit.root, &e),
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
	struct kit_entry entries[KIT_ENTRIES_MAX], some[KIT_ENTRIES_MAX];
	char names[20][MANIFEST_PART_NAME_SIZE];
	struct bundle *b = NULL;
	size_t n;

	kit_authorization(2, &valid);
	kit_gunzip(&valid, &tar);
	n = kit_tar_list(&tar, entries);
	for (size_t i = 0; i < 70000; i++)
		buf_addc(&big, 'x');
	for (size_t i = 0; i < n; i++) {
		if (i > 1 && manifest_part_is_records(entries[i].name))
			continue;
		buf_clear(&file);
		kit_with_entry(entries, n, i, true,
			       &(struct kit_entry){ .name = entries[i].name, .data = big.data, .n = big.n }, &file);
		kit_refuse(&file, E_SYNC_TOO_LARGE, entries[i].name);
	}
	buf_clear(&file);
	kit_with_entry(entries, n, 4, true, &(struct kit_entry){ .name = entries[4].name, .data = big.data, .n = big.n },
		       &file);
	FAILS(kit_try(SPOOL_FIRST, file.data, file.n, kit.root, &e), E_SYNC_TOO_LARGE); /* a line without end */
	FAILS(kit_try(VERIFY_FIRST, file.data, file.n, kit.root, &e), E_SYNC_DAMAGED);

	memcpy(some, entries, 2 * sizeof(*some));
	for (int i = 0; i < 17; i++) {
		snprintf(names[i], sizeof(names[i]), "part_%c.ndjson", 'a' + i);
		some[2 + i] = (struct kit_entry){ .name = names[i], .data = "{}\n", .n = 3 };
	}
	buf_clear(&file);
	kit_pack(some, 2 + 16, &file);
	FAILS(kit_try(SPOOL_FIRST, file.data, file.n, NULL, &e), E_SYNC_UNTRUSTED); /* 16 parts may be there */
	buf_clear(&file);
	kit_pack(some, 2 + 17, &file);
	FAILS(kit_try(SPOOL_FIRST, file.data, file.n, NULL, &e), E_SYNC_TOO_LARGE);

	FAILS(bundle_open_bytes(valid.data, valid.n, 100, kit_folder, &b, &e), E_SYNC_TOO_LARGE);
	OK(bundle_open_bytes(valid.data, valid.n, (int64_t)tar.n, kit_folder, &b, &e));
	OK(kit_try_flow(SPOOL_FIRST, b, kit.root, &e));
	bundle_close(b);
	b = NULL;
	if (bundle_open_bytes(valid.data, valid.n, (int64_t)tar.n - 1, kit_folder, &b, &(struct err){ 0 }) == 0) {
		FAILS(kit_try_flow(SPOOL_FIRST, b, kit.root, &e), E_SYNC_TOO_LARGE);
		bundle_close(b);
	}
}
END_TEST

/* Packed a thousand times smaller than what comes out: refused by the limits, quickly, and without memory. */
START_TEST(test_bombs)
{
	AUTO_BUF valid = BUF_INIT;
	AUTO_BUF tar = BUF_INIT;
	struct kit_entry entries[KIT_ENTRIES_MAX];
	size_t n, huge = (size_t)96 << 20;
	char *zeros = calloc(1, huge);

	kit_authorization(2, &valid);
	kit_gunzip(&valid, &tar);
	n = kit_tar_list(&tar, entries);
	{
		AUTO_BUF file = BUF_INIT;

		kit_gzip(zeros, huge, NULL, 0, &file);
		ck_assert_uint_lt(file.n, huge / 200);
		kit_refuse(&file, E_SYNC_NOT_A_BUNDLE, "no archive");
	}
	{
		AUTO_BUF file = BUF_INIT; /* more than the limit of 64 MiB says its header */

		kit_with_entry(entries, n, 4, true,
			       &(struct kit_entry){ .name = entries[4].name, .data = zeros, .n = huge }, &file);
		kit_refuse(&file, E_SYNC_TOO_LARGE, "license_lots.ndjson");
	}
	{
		AUTO_BUF file = BUF_INIT;
		struct err e = ERR_INIT;

		kit_with_entry(entries, n, 4, true,
			       &(struct kit_entry){ .name = entries[4].name, .data = zeros, .n = huge / 2 }, &file);
		ck_assert_int_eq(kit_try(SPOOL_FIRST, file.data, file.n, kit.root, &e), -1);
		ck_assert_int_eq(e.code, E_SYNC_TOO_LARGE);
		ck_assert_int_eq(kit_try(VERIFY_FIRST, file.data, file.n, kit.root, &e), -1);
		ck_assert_int_eq(e.code, E_SYNC_DAMAGED);
	}
	{
		AUTO_BUF again = BUF_INIT;
		AUTO_BUF file = BUF_INIT;

		for (size_t i = 0; i < n; i++)
			kit_tar_add(&again, &entries[i]);
		buf_add(&again, zeros, huge / 2); /* behind the end */
		kit_gzip(again.data, again.n, NULL, 0, &file);
		kit_refuse(&file, E_SYNC_DAMAGED, "behind its last part");
	}
	{
		AUTO_BUF file = BUF_INIT; /* blocks that give nothing: only the packed size grows */

		buf_add(&file, "\x1f\x8b\x08\0\0\0\0\0\0\x03", 10);
		for (size_t i = 0; i < (size_t)KIT_LIMIT / 5 + 10; i++)
			buf_add(&file, "\0\0\0\xff\xff", 5);
		kit_refuse(&file, E_SYNC_TOO_LARGE, "more than");
	}
	free(zeros);
}
END_TEST

/* Parts of one signed file under the manifest of another. */
START_TEST(test_mixed)
{
	AUTO_BUF one = BUF_INIT;
	AUTO_BUF two = BUF_INIT;
	AUTO_BUF tar_one = BUF_INIT;
	AUTO_BUF tar_two = BUF_INIT;
	struct kit_entry a[KIT_ENTRIES_MAX], b[KIT_ENTRIES_MAX];
	size_t n;

	kit_authorization(2, &one);
	kit_authorization(3, &two);
	kit_gunzip(&one, &tar_one);
	kit_gunzip(&two, &tar_two);
	n = kit_tar_list(&tar_one, a);
	kit_tar_list(&tar_two, b);
	{
		AUTO_BUF file = BUF_INIT;

		kit_with_entry(a, n, 4, true, &b[4], &file);
		kit_refuse(&file, E_SYNC_DAMAGED, "license_lots.ndjson has ");
	}
	{
		AUTO_BUF file = BUF_INIT;
		AUTO_FREE char *copy = mem_dup(a[4].data, a[4].n);
		struct kit_entry same_size = { .name = a[4].name, .data = copy, .n = a[4].n };

		*strstr(copy, "TERM") = 'D';
		kit_with_entry(a, n, 4, true, &same_size, &file);
		kit_refuse(&file, E_SYNC_DAMAGED, "license_lots.ndjson does not match its checksum");
	}
	{
		AUTO_BUF file = BUF_INIT;

		kit_with_entry(a, n, 0, true, &b[0], &file);
		kit_refuse(&file, E_SYNC_UNTRUSTED, "");
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("archive");
	TCase *t = tcase_create("archive");
	SRunner *r;
	int failed;

	json_init();
	if (kit_open())
		return 1;
	tcase_set_timeout(t, 600);
	tcase_add_test(t, test_other_files);
	tcase_add_test(t, test_other_archives);
	tcase_add_test(t, test_odd_members);
	tcase_add_test(t, test_order);
	tcase_add_test(t, test_archive_end);
	tcase_add_test(t, test_gzip_headers);
	tcase_add_test(t, test_seal);
	tcase_add_test(t, test_sizes);
	tcase_add_test(t, test_bombs);
	tcase_add_test(t, test_mixed);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return kit_close() || failed ? 1 : 0;
}
