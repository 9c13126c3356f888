/* test_crypt.c - keys, requests, certificates, revocation lists, CMS and sealed secrets; where another
 * implementation's word counts, the openssl program gives it. */
#include <check.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "crypt/b64.h"
#include "crypt/cert.h"
#include "crypt/cms.h"
#include "crypt/csr.h"
#include "crypt/der.h"
#include "crypt/digest.h"
#include "crypt/key.h"
#include "crypt/seal.h"
#include "tests/lib/light.h"

#define NOW INT64_C(1764000000000) /* 2025-11-24T16:00:00Z */
#define YEAR_MS (365 * DAY_MS)
#define ATTIME "-attime 1764000000"

static struct err err;
static char dir[] = "/tmp/test_crypt.XXXXXX";

#define ok(call) ck_assert_msg((call) == 0, "%s: %s", #call, err.text)
#define refused(call, error)                                                                           \
	do {                                                                                           \
		err = ERR_INIT;                                                                        \
		ck_assert_msg((call) == -1, "%s was accepted", #call);                                 \
		ck_assert_msg(err.code == (error), "%s: %s: %s", #call, err_name(err.code), err.text); \
		ck_assert_msg(err.text[0] != '\0', "%s gives no reason", #call);                       \
	} while (0)

/* Runs a command in the temporary folder; its exit status. */
__attribute__((format(printf, 1, 2))) static int sh(const char *fmt, ...)
{
	char command[2048], whole[3072];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(command, sizeof(command), fmt, ap);
	va_end(ap);
	snprintf(whole, sizeof(whole), "cd %s && { %s; } >out.txt 2>&1", dir, command);
	return system(whole);
}

#define sh_ok(command) ck_assert_msg(sh("%s", command) == 0, "%s", command)

static const char *path(const char *name)
{
	static char out[256];

	snprintf(out, sizeof(out), "%s/%s", dir, name);
	return out;
}

static void save(const char *name, const struct buf *b)
{
	ok(file_write(path(name), 0600, b->data, b->n, &err));
}

static void load(const char *name, struct buf *b)
{
	buf_clear(b);
	ok(file_read(path(name), 1 << 20, b, &err));
}

static void save_cert(const char *name, const struct cert *c)
{
	AUTO_BUF b = BUF_INIT;

	cert_write_pem(c, &b);
	save(name, &b);
}

static void save_key(const char *name, const struct key *k)
{
	AUTO_BUF b = BUF_INIT;

	key_write_private(k, &b);
	save(name, &b);
}

/* A whole trust tree: root, sub-CA, and what they issue. */
static struct tree {
	struct key *root_key, *sub_key, *signer_key, *manager_key, *product_key;
	struct cert *root, *sub, *signer, *manager, *product;
} ec, rsa;

static struct cert *issue(enum cert_profile profile, const char *cn, const struct key *k, const struct cert *issuer,
			  const struct key *issuer_key)
{
	struct cert_request req = {
		.profile = profile,
		.common_name = cn,
		.serial_number = profile == CERT_PRODUCT ? "6fe83add-c802-40bc-92dc-071ac7a37624" : NULL,
		.organization = profile == CERT_PRODUCT ? NULL : "Example",
		.key = k,
		.not_before = NOW - CERT_BACKDATE_MS,
		.not_after = NOW + YEAR_MS,
	};
	struct cert *c = NULL;

	ok(cert_issue(&req, issuer, issuer_key, &c, &err));
	return c;
}

/* Making RSA keys takes half a minute each under valgrind: the program, which runs without it, makes them then. */
static void make_key(enum key_kind kind, struct key **out)
{
	char command[200], path[] = "/tmp/test-crypt-key-XXXXXX";
	AUTO_BUF pem = BUF_INIT;

	if (!test_light() || kind != KEY_RSA_2048) {
		ok(key_generate(kind, out, &err));
		return;
	}
	close(mkstemp(path));
	snprintf(command, sizeof(command),
		 "openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out %s 2>/dev/null", path);
	ck_assert_int_eq(system(command), 0);
	ok(file_read(path, 65536, &pem, &err));
	unlink(path);
	ok(key_read_private(pem.data, pem.n, out, &err));
}

static void tree_init(struct tree *t, enum key_kind kind)
{
	make_key(kind, &t->root_key);
	make_key(kind, &t->sub_key);
	make_key(kind, &t->signer_key);
	make_key(kind, &t->manager_key);
	make_key(KEY_RSA_2048, &t->product_key);
	t->root = issue(CERT_ROOT, "Root", t->root_key, NULL, t->root_key);
	t->sub = issue(CERT_ISSUING_CA, "Sub CA", t->sub_key, t->root, t->root_key);
	t->signer = issue(CERT_SIGNER, "Signer", t->signer_key, t->sub, t->sub_key);
	t->manager = issue(CERT_SIGNER, "Manager", t->manager_key, t->root, t->root_key);
	t->product = issue(CERT_PRODUCT, "UCM", t->product_key, t->sub, t->sub_key);
}

static void tree_fini(struct tree *t)
{
	struct key *keys[] = { t->root_key, t->sub_key, t->signer_key, t->manager_key, t->product_key };
	struct cert *certs[] = { t->root, t->sub, t->signer, t->manager, t->product };

	for (int i = 0; i < 5; i++) {
		key_free(keys[i]);
		cert_free(certs[i]);
	}
}

static void setup(void)
{
	tree_init(&ec, KEY_EC_P256);
	tree_init(&rsa, KEY_RSA_2048);
}

static void teardown(void)
{
	tree_fini(&ec);
	tree_fini(&rsa);
}

/* base64 and digest */

START_TEST(base64)
{
	static const char *const plain[] = { "", "f", "fo", "foo", "foob", "fooba", "foobar" };
	static const char *const text[] = { "", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy" };
	static const char *const bad[] = { "Z",        "Zg",     "Zg=",  "Zg===", "Zh==", "Zm9=", "Z===", "====",
					   "Zg==Zg==", "Zm9v\n", " Zm9", "Zm-v",  "Zm_v", "=m9v", "Zm=v", "Zm9v=" };

	for (int i = 0; i < 7; i++) {
		AUTO_BUF b = BUF_INIT;

		b64_encode(plain[i], strlen(plain[i]), &b);
		ck_assert_str_eq(b.data, text[i]);
		buf_clear(&b);
		ck_assert_int_eq(b64_decode(text[i], strlen(text[i]), &b), 0);
		ck_assert_uint_eq(b.n, strlen(plain[i]));
		ck_assert_mem_eq(b.data, plain[i], b.n);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		AUTO_BUF b = BUF_INIT;

		buf_adds(&b, "x");
		ck_assert_msg(b64_decode(bad[i], strlen(bad[i]), &b) == -1, "%s", bad[i]);
		ck_assert_str_eq(b.data, "x");
	}
}
END_TEST

START_TEST(sha256)
{
	static const char abc[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
	unsigned char hash[SHA256_SIZE];
	char hex[65];
	struct digest *d = digest_begin();

	digest_sha256("abc", 3, hash);
	ck_assert_str_eq(str_hex(hex, hash, sizeof(hash)), abc);
	digest_add(d, "a", 1);
	digest_add(d, "bc", 2);
	digest_end(d, hash);
	ck_assert_str_eq(str_hex(hex, hash, sizeof(hash)), abc);
	digest_drop(digest_begin());
	digest_sha256(NULL, 0, hash);
	ck_assert_int_eq(hash[0], 0xe3);
	ck_assert(digest_equal("ab", "ab", 2));
	ck_assert(!digest_equal("ab", "ac", 2));
	ck_assert(digest_equal("ab", "ac", 1));
}
END_TEST

START_TEST(der_lengths)
{
	static const size_t sizes[] = { 0, 1, 127, 128, 255, 256, 65535, 65536, 70000 };
	static const unsigned char bad[][6] = {
		{ 0x30, 0x80 }, { 0x30, 0x81, 0x01, 0 }, { 0x30, 0x82, 0, 0x80 }, { 0x30, 0x85 }
	};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		AUTO_DER d = DER_INIT;
		AUTO_FREE char *zeros = mem_alloc(sizes[i] + 1);
		struct der_in in, c;

		der_put(&d, DER_OCTET_STRING, zeros, sizes[i]);
		in = (struct der_in){ der_bytes(&d), der_n(&d) };
		ck_assert_int_eq(der_get(&in, DER_SEQUENCE, &c), -1);
		ck_assert_int_eq(der_get(&in, DER_OCTET_STRING, &c), 0);
		ck_assert_uint_eq(c.n, sizes[i]);
		ck_assert_uint_eq(in.n, 0);
		in = (struct der_in){ der_bytes(&d), der_n(&d) - 1 };
		ck_assert_int_eq(der_get(&in, DER_OCTET_STRING, &c), -1);
	}
	for (size_t i = 0; i < 4; i++) {
		struct der_in in = { bad[i], 6 }, c;

		ck_assert_int_eq(der_get(&in, DER_SEQUENCE, &c), -1);
	}
}
END_TEST

START_TEST(der_integers)
{
	static const struct {
		int64_t v;
		size_t n;
		unsigned char bytes[10];
	} rows[] = { { 0, 3, { 2, 1, 0 } },
		     { 127, 3, { 2, 1, 127 } },
		     { 128, 4, { 2, 2, 0, 128 } },
		     { 256, 4, { 2, 2, 1, 0 } },
		     { INT64_MAX, 10, { 2, 8, 0x7f, 255, 255, 255, 255, 255, 255, 255 } } };

	for (int i = 0; i < 5; i++) {
		AUTO_DER d = DER_INIT;

		der_put_int(&d, rows[i].v);
		ck_assert_uint_eq(der_n(&d), rows[i].n);
		ck_assert_mem_eq(der_bytes(&d), rows[i].bytes, rows[i].n);
	}
}
END_TEST

/* keys */

static const enum key_kind kinds[] = { KEY_EC_P256, KEY_EC_P384, KEY_RSA_2048, KEY_RSA_3072, KEY_RSA_4096 };

START_TEST(key_round_trip)
{
	static const char *const names[] = { "EC P-256", "EC P-384", "RSA 2048", "RSA 3072", "RSA 4096" };
	struct key *k = NULL, *again = NULL, *pub = NULL;
	AUTO_BUF pem = BUF_INIT, spki = BUF_INIT, sig = BUF_INIT, again_spki = BUF_INIT;
	unsigned char id[SHA256_SIZE], pub_id[SHA256_SIZE];
	char text[32];

	if (test_light() && kinds[_i] >= KEY_RSA_2048)
		return; /* minutes to make */
	ok(key_generate(kinds[_i], &k, &err));
	ck_assert_str_eq(key_describe(k, text), names[_i]);
	key_write_private(k, &pem);
	ck_assert(str_prefix(pem.data, "-----BEGIN PRIVATE KEY-----\n"));
	ok(key_read_private(pem.data, pem.n, &again, &err));
	key_write_public(k, &spki);
	key_write_public(again, &again_spki);
	ck_assert_uint_eq(spki.n, again_spki.n);
	ck_assert_mem_eq(spki.data, again_spki.data, spki.n);
	ok(key_read_public(spki.data, spki.n, &pub, &err));
	key_id(k, id);
	key_id(pub, pub_id);
	ck_assert_mem_eq(id, pub_id, sizeof(id));

	ok(key_sign(again, "message", 7, &sig, &err));
	ok(key_verify(pub, "message", 7, sig.data, sig.n, &err));
	ok(key_verify(k, "message", 7, sig.data, sig.n, &err));
	refused(key_verify(pub, "messagf", 7, sig.data, sig.n, &err), E_INVALID_SIGNATURE);
	refused(key_verify(pub, "message", 6, sig.data, sig.n, &err), E_INVALID_SIGNATURE);
	refused(key_verify(pub, "message", 7, NULL, 0, &err), E_INVALID_SIGNATURE);
	refused(key_sign(pub, "message", 7, &sig, &err), E_INTERNAL);
	save("spki.der", &spki);
	save("sig", &sig);
	sh_ok("printf message > m && openssl pkey -pubin -inform DER -in spki.der -out pub.pem && "
	      "openssl dgst -sha256 -verify pub.pem -signature sig m");
	for (size_t n = 0; n < sig.n; n += test_step(37)) {
		refused(key_verify(pub, "message", 7, sig.data, n, &err), E_INVALID_SIGNATURE);
		sig.data[n] ^= (char)(1 << n % 8);
		refused(key_verify(pub, "message", 7, sig.data, sig.n, &err), E_INVALID_SIGNATURE);
		sig.data[n] ^= (char)(1 << n % 8);
	}
	key_free(k);
	key_free(again);
	key_free(key_ref(pub));
	key_free(pub);
}
END_TEST

START_TEST(key_public_is_strict)
{
	struct key *k = _i ? rsa.root_key : ec.root_key, *out = NULL;
	AUTO_BUF spki = BUF_INIT;

	key_write_public(k, &spki);
	for (size_t n = 0; n < spki.n; n += test_step(37))
		refused(key_read_public(spki.data, n, &out, &err), E_KEY_UNSUITABLE);
	buf_addc(&spki, 0);
	refused(key_read_public(spki.data, spki.n, &out, &err), E_KEY_UNSUITABLE);
	spki.n--;
	/* a point beside the curve; an even modulus would need another byte */
	if (_i == 0) {
		spki.data[spki.n - 1] ^= 1;
		refused(key_read_public(spki.data, spki.n, &out, &err), E_KEY_UNSUITABLE);
		ck_assert_ptr_nonnull(strstr(err.text, "curve"));
	} else {
		spki.data[spki.n - 6] ^= 1;
		refused(key_read_public(spki.data, spki.n, &out, &err), E_KEY_UNSUITABLE);
		ck_assert_ptr_nonnull(strstr(err.text, "even"));
	}
	/* the structure in front of the key, bit by bit */
	if (_i == 0)
		spki.data[spki.n - 1] ^= 1;
	else
		spki.data[spki.n - 6] ^= 1;
	for (size_t i = 0; i < (_i ? 32 : 27) * 8; i += test_step(37)) {
		spki.data[i / 8] ^= (char)(1 << i % 8);
		refused(key_read_public(spki.data, spki.n, &out, &err), E_KEY_UNSUITABLE);
		spki.data[i / 8] ^= (char)(1 << i % 8);
	}
	ok(key_read_public(spki.data, spki.n, &out, &err));
	key_free(out);
}
END_TEST

/* Keys that we do not take, and ways to make them. */
static const struct {
	const char *name, *make;
} odd_keys[] = {
	{ "rsa1024", "openssl genrsa -out $K 1024" },
	{ "rsa2047", "openssl genrsa -out $K 2047" },
	{ "rsa4104", "openssl genrsa -out $K 4104" },
	{ "e3", "openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_keygen_pubexp:3 -out $K" },
	{ "p521", "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-521 -out $K" },
	{ "k1", "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:secp256k1 -out $K" },
	{ "explicit",
	  "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:explicit -out $K" },
	{ "ed25519", "openssl genpkey -algorithm ED25519 -out $K" },
	{ "pss", "openssl genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 -out $K" },
};
#define ODD_KEYS ((int)(sizeof(odd_keys) / sizeof(odd_keys[0])))

START_TEST(odd_keys_are_refused)
{
	AUTO_BUF b = BUF_INIT;
	struct key *k = NULL;
	const char *name = odd_keys[_i].name;
	char file[64];

	ck_assert_int_eq(sh("K=%s; %s", name, odd_keys[_i].make), 0);
	ck_assert_int_eq(sh("openssl pkey -in %s -pubout -outform DER -out %s.pub", name, name), 0);
	load(name, &b);
	refused(key_read_private(b.data, b.n, &k, &err), E_KEY_UNSUITABLE);
	buf_cleanse(&b);
	snprintf(file, sizeof(file), "%s.pub", name);
	load(file, &b);
	refused(key_read_public(b.data, b.n, &k, &err), E_KEY_UNSUITABLE);
	ck_assert_int_eq(sh("openssl req -new -key %s -subj /CN=x -out %s.csr", name, name), 0);
	snprintf(file, sizeof(file), "%s.csr", name);
	load(file, &b);
	refused(csr_read(b.data, b.n, &k, &err), E_INVALID_CSR);
	ck_assert_msg(strstr(err.text, "Keys are RSA of 2048"), "%s", err.text);
}
END_TEST

START_TEST(key_private_files)
{
	AUTO_BUF b = BUF_INIT, other = BUF_INIT;
	struct key *k = NULL;

	save_key("ec.key", ec.root_key);
	save_key("rsa.key", rsa.root_key);
	sh_ok("openssl ec -in ec.key -out ec.sec1 && openssl rsa -in rsa.key -traditional -out rsa.pkcs1 && "
	      "openssl pkcs8 -topk8 -in ec.key -passout pass:secret -out ec.locked");
	load("ec.sec1", &b);
	ok(key_read_private(b.data, b.n, &k, &err));
	key_free(k);
	load("rsa.pkcs1", &b);
	ok(key_read_private(b.data, b.n, &k, &err));
	key_free(k);
	load("ec.locked", &b);
	refused(key_read_private(b.data, b.n, &k, &err), E_CERTIFICATE_INVALID);
	load("ec.key", &b);
	for (size_t n = 0; n < b.n - 1; n += test_step(37)) /* the last line end may be missing */
		refused(key_read_private(b.data, n, &k, &err), E_CERTIFICATE_INVALID);
	refused(key_read_private("hello", 5, &k, &err), E_CERTIFICATE_INVALID);
	/* private part of one key with the public part of another */
	sh_ok("openssl pkcs8 -topk8 -nocrypt -in ec.key -outform DER -out a.der && openssl genpkey -algorithm EC -pkeyopt "
	      "ec_paramgen_curve:P-256 -outform DER -out b.der && head -c 73 a.der > c.der && tail -c 65 b.der >> c.der && "
	      "{ echo '-----BEGIN PRIVATE KEY-----'; openssl base64 -in c.der; echo '-----END PRIVATE KEY-----'; } > c.pem");
	load("a.der", &other);
	ck_assert_uint_eq(other.n, 138);
	load("c.pem", &b);
	refused(key_read_private(b.data, b.n, &k, &err), E_CERTIFICATE_INVALID);
}
END_TEST

/* requests */

START_TEST(csr_round_trip)
{
	struct key *k = _i ? rsa.root_key : ec.root_key, *out = NULL;
	AUTO_BUF pem = BUF_INIT, text = BUF_INIT;
	unsigned char id[SHA256_SIZE], want[SHA256_SIZE];

	ok(csr_make(k, "product", &pem, &err));
	save("r.csr", &pem);
	sh_ok("openssl req -in r.csr -verify -noout");
	ok(csr_read(pem.data, pem.n, &out, &err));
	key_id(out, id);
	key_id(k, want);
	ck_assert_mem_eq(id, want, sizeof(id));
	key_free(out);
	for (size_t n = 0; n < pem.n - 1; n += test_step(37))
		refused(csr_read(pem.data, n, &out, &err), E_INVALID_CSR);

	buf_printf(&text, " \r\n\n%s\n \n", pem.data);
	ok(csr_read(text.data, text.n, &out, &err));
	key_free(out);
	buf_clear(&text);
	buf_printf(&text, "text\n%s", pem.data);
	refused(csr_read(text.data, text.n, &out, &err), E_INVALID_CSR);
	buf_clear(&text);
	buf_printf(&text, "%stext\n", pem.data);
	refused(csr_read(text.data, text.n, &out, &err), E_INVALID_CSR);
	buf_clear(&text);
	buf_printf(&text, "%s%s", pem.data, pem.data);
	refused(csr_read(text.data, text.n, &out, &err), E_INVALID_CSR);
	buf_clear(&text);
	buf_adds(&text, pem.data);
	buf_addc(&text, 0);
	refused(csr_read(text.data, text.n, &out, &err), E_INVALID_CSR);
	while (text.n <= CSR_SIZE_MAX)
		buf_addc(&text, '\n');
	refused(csr_read(text.data, text.n, &out, &err), E_INVALID_CSR);
	ck_assert_ptr_nonnull(strstr(err.text, "16384"));
}
END_TEST

/* A TLS server asks with its names. */
START_TEST(csr_of_a_server)
{
	static const char *const names[] = { "lic.example.net", "192.0.2.1", "2001:db8::1", NULL };
	static const char *const wrong[] = { "a b", NULL };
	struct key *k = _i ? rsa.root_key : ec.root_key, *out = NULL;
	AUTO_BUF pem = BUF_INIT;

	ok(csr_make_server(k, "Example", names, &pem, &err));
	save("s.csr", &pem);
	sh_ok("openssl req -in s.csr -verify -noout");
	sh_ok("openssl req -in s.csr -noout -text | grep -q 'DNS:lic.example.net, IP Address:192.0.2.1, IP Address:2001:DB8'");
	sh_ok("openssl req -in s.csr -noout -subject | grep -q 'O = Example, CN = lic.example.net'");
	ok(csr_read(pem.data, pem.n, &out, &err));
	key_free(out);
	refused(csr_make_server(k, NULL, wrong, &pem, &err), E_CERTIFICATE_INVALID);
	refused(csr_make_server(k, "", names, &pem, &err), E_CERTIFICATE_INVALID);
}
END_TEST

static void wrap_pem(const char *label, const struct buf *der, struct buf *pem)
{
	buf_clear(pem);
	buf_printf(pem, "-----BEGIN %s-----\n", label);
	b64_encode(der->data, der->n, pem);
	buf_printf(pem, "\n-----END %s-----\n", label);
}

START_TEST(csr_flips)
{
	AUTO_BUF pem = BUF_INIT, der = BUF_INIT;
	struct key *out = NULL;

	ok(csr_make(_i ? rsa.root_key : ec.root_key, "product", &pem, &err));
	save("f.csr", &pem);
	sh_ok("openssl req -in f.csr -outform DER -out f.der");
	load("f.der", &der);
	for (size_t i = 0; i < der.n * 8; i += _i ? 3 : 1) {
		der.data[i / 8] ^= (char)(1 << i % 8);
		wrap_pem("CERTIFICATE REQUEST", &der, &pem);
		refused(csr_read(pem.data, pem.n, &out, &err), E_INVALID_CSR);
		der.data[i / 8] ^= (char)(1 << i % 8);
	}
	buf_addc(&der, 0);
	wrap_pem("CERTIFICATE REQUEST", &der, &pem);
	refused(csr_read(pem.data, pem.n, &out, &err), E_INVALID_CSR);
	der.n--;
	wrap_pem("NEW CERTIFICATE REQUEST", &der, &pem);
	ok(csr_read(pem.data, pem.n, &out, &err));
	key_free(out);
	wrap_pem("CERTIFICATE", &der, &pem);
	refused(csr_read(pem.data, pem.n, &out, &err), E_INVALID_CSR);
}
END_TEST

START_TEST(csr_algorithms)
{
	static const struct {
		const char *key, *options;
		int good;
	} rows[] = {
		{ "rsa", "-sha256", 1 },
		{ "rsa", "-sha384", 1 },
		{ "rsa", "-sha512", 1 },
		{ "rsa", "-sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:-1", 1 },
		{ "rsa", "-sha384 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:20", 1 },
		{ "rsa", "-sha512 -sigopt rsa_padding_mode:pss -sigopt rsa_mgf1_md:sha256", 1 },
		{ "rsa", "-sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_mgf1_md:sha1", 0 },
		{ "rsa", "-sha1 -sigopt rsa_padding_mode:pss", 0 },
		{ "rsa", "-sha1", 0 },
		{ "rsa", "-md5", 0 },
		{ "rsa", "-sha224", 0 },
		{ "ec", "-sha256", 1 },
		{ "ec", "-sha384", 1 },
		{ "ec", "-sha512 -addext subjectAltName=DNS:a.example", 1 },
		{ "ec", "-sha1", 0 },
	};

	save_key("ec.key", ec.root_key);
	save_key("rsa.key", rsa.root_key);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO_BUF b = BUF_INIT;
		struct key *k = NULL;

		ck_assert_msg(sh("openssl req -new -key %s.key %s -subj /CN=x/O=y -out a.csr", rows[i].key,
				 rows[i].options) == 0,
			      "%s", rows[i].options);
		load("a.csr", &b);
		if (rows[i].good)
			ok(csr_read(b.data, b.n, &k, &err));
		else
			refused(csr_read(b.data, b.n, &k, &err), E_INVALID_CSR);
		key_free(k);
	}
}
END_TEST

/* certificates */

START_TEST(chain_by_openssl)
{
	struct tree *t = _i ? &rsa : &ec;

	save_cert("root.pem", t->root);
	save_cert("sub.pem", t->sub);
	save_cert("signer.pem", t->signer);
	save_cert("manager.pem", t->manager);
	save_cert("product.pem", t->product);
	sh_ok("openssl verify " ATTIME " -x509_strict -CAfile root.pem root.pem");
	sh_ok("openssl verify " ATTIME " -x509_strict -CAfile root.pem sub.pem");
	sh_ok("openssl verify " ATTIME " -x509_strict -purpose sslclient -CAfile root.pem -untrusted sub.pem product.pem");
	sh_ok("openssl verify " ATTIME " -x509_strict -purpose smimesign -CAfile root.pem -untrusted sub.pem signer.pem");
	sh_ok("openssl verify " ATTIME " -x509_strict -purpose smimesign -CAfile root.pem manager.pem");
	ck_assert_int_ne(sh("openssl verify " ATTIME " -x509_strict -purpose smimesign -CAfile root.pem -untrusted sub.pem "
			    "product.pem"),
			 0);
	ck_assert_int_ne(
		sh("openssl verify -attime 1999999999 -x509_strict -CAfile root.pem -untrusted sub.pem product.pem"), 0);
	sh_ok("openssl x509 -in product.pem -noout -text | grep -q 'CA:FALSE' && openssl x509 -in sub.pem -noout -text | "
	      "grep -q 'pathlen:0' && openssl x509 -in product.pem -noout -subject -nameopt RFC2253 | "
	      "grep -q 'serialNumber=6fe83add-c802-40bc-92dc-071ac7a37624,CN=UCM'");
}
END_TEST

START_TEST(chain_by_us)
{
	struct tree *t = _i ? &rsa : &ec;
	struct cert *chain[] = { t->sub }, *all[] = { t->root, t->sub, t->product };

	ok(cert_verify(t->product, chain, 1, t->root, NOW, &err));
	ok(cert_verify(t->signer, chain, 1, t->root, NOW, &err));
	ok(cert_verify(t->sub, NULL, 0, t->root, NOW, &err));
	ok(cert_verify(t->root, NULL, 0, t->root, NOW, &err));
	ok(cert_verify(t->product, all, 3, t->root, NOW, &err));
	ok(cert_verify(t->product, chain, 1, t->root, NOW + YEAR_MS - 1, &err));
	refused(cert_verify(t->product, chain, 1, t->root, NOW + YEAR_MS, &err), E_CERTIFICATE_EXPIRED);
	ck_assert_ptr_nonnull(strstr(err.text, "2026-11-24T16:00:00Z"));
	refused(cert_verify(t->product, chain, 1, t->root, NOW - CERT_BACKDATE_MS - 1000, &err), E_CERTIFICATE_EXPIRED);
	refused(cert_verify(t->product, NULL, 0, t->root, NOW, &err), E_CERTIFICATE_INVALID);
	refused(cert_verify(t->product, chain, 1, _i ? ec.root : rsa.root, NOW, &err), E_CERTIFICATE_INVALID);
	/* a sub-CA is no anchor */
	refused(cert_verify(t->product, NULL, 0, t->sub, NOW, &err), E_CERTIFICATE_INVALID);

	ck_assert(cert_is_ca(t->root) && cert_is_ca(t->sub));
	ck_assert(!cert_is_ca(t->signer) && !cert_is_ca(t->product));
	ck_assert(cert_is_signer(t->signer) && cert_is_signer(t->manager));
	ck_assert(!cert_is_signer(t->product) && !cert_is_signer(t->sub) && !cert_is_signer(t->root));
	ck_assert(cert_is_product(t->product));
	ck_assert(!cert_is_product(t->signer) && !cert_is_product(t->sub));
	ck_assert(cert_issued_by(t->product, t->sub) && cert_issued_by(t->sub, t->root) &&
		  cert_issued_by(t->root, t->root));
	ck_assert(cert_issued_by(t->manager, t->root) && !cert_issued_by(t->signer, t->root));
	ck_assert(!cert_issued_by(t->sub, _i ? ec.root : rsa.root)); /* same name, another key */
	ck_assert(!cert_issued_by(t->product, t->signer));
	ck_assert(cert_matches(t->sub, t->sub_key) && !cert_matches(t->sub, t->root_key));
}
END_TEST

START_TEST(path_length)
{
	struct cert *below = issue(CERT_ISSUING_CA, "Below", ec.manager_key, ec.sub, ec.sub_key);
	struct cert *leaf = issue(CERT_SIGNER, "Leaf", ec.signer_key, below, ec.manager_key);
	struct cert *chain[] = { ec.sub, below };

	refused(cert_verify(leaf, chain, 2, ec.root, NOW, &err), E_CERTIFICATE_INVALID);
	ck_assert_ptr_nonnull(strstr(err.text, "path length"));
	cert_free(below);
	cert_free(leaf);
}
END_TEST

START_TEST(cert_fields)
{
	AUTO_BUF der = BUF_INIT, pem = BUF_INIT;
	struct cert *c = NULL, *d = NULL;
	struct key *k = NULL;
	char serial[CERT_SERIAL_TEXT], again[CERT_SERIAL_TEXT], text[256], print[96], hex[65], want[SHA256_SIZE * 2 + 1];
	unsigned char print_bytes[SHA256_SIZE];
	unsigned char id[SHA256_SIZE], own[SHA256_SIZE];

	cert_write_der(ec.product, &der);
	cert_write_pem(ec.product, &pem);
	ok(cert_read_der(der.data, der.n, &c, &err));
	ok(cert_read_pem(pem.data, pem.n, &d, &err));
	ck_assert(cert_equal(c, d) && cert_equal(c, ec.product) && !cert_equal(c, ec.signer));
	ck_assert_str_eq(cert_serial(c, serial), cert_serial(ec.product, again));
	ck_assert_uint_ge(strlen(serial), 37);
	ck_assert_int_eq(cert_not_before(c), NOW - CERT_BACKDATE_MS);
	ck_assert_int_eq(cert_not_after(c), NOW + YEAR_MS);
	ck_assert_int_eq(cert_not_after(ec.product), NOW + YEAR_MS);
	ck_assert_str_eq(cert_common_name(c, text), "UCM");
	ck_assert_str_eq(cert_common_name(ec.product, text), "UCM");
	ck_assert_str_eq(cert_subject_serial(c, text), "6fe83add-c802-40bc-92dc-071ac7a37624");
	ck_assert_str_eq(cert_subject_serial(ec.root, text), "");
	cert_fingerprint(c, print_bytes);
	cert_fingerprint_text(c, print);
	ck_assert_uint_eq(strlen(print), 95);
	ck_assert_int_eq(str_unhex(own, sizeof(own), print), 0);
	ck_assert_mem_eq(own, print_bytes, sizeof(own));
	str_hex(hex, print_bytes, sizeof(print_bytes));
	save("p.der", &der);
	sh_ok("sha256sum p.der | cut -c1-64 | tr -d '\\n' > sum");
	load("sum", &pem);
	str_copy(want, sizeof(want), pem.data);
	ck_assert_str_eq(hex, want);
	ok(cert_key(c, &k, &err));
	key_id(k, id);
	key_id(ec.product_key, own);
	ck_assert_mem_eq(id, own, sizeof(id));
	key_free(k);
	cert_free(cert_ref(c));
	cert_free(c);
	cert_free(d);
}
END_TEST

START_TEST(cert_chain_text)
{
	AUTO_BUF pem = BUF_INIT, more = BUF_INIT;
	struct cert *out[4];
	size_t n = 0, one;

	buf_adds(&pem, "Issuer first:\n");
	cert_write_pem(ec.sub, &pem);
	one = pem.n;
	cert_write_pem(ec.root, &pem);
	ok(cert_read_chain(pem.data, pem.n, out, 4, &n, &err));
	ck_assert_uint_eq(n, 2);
	ck_assert(cert_equal(out[0], ec.sub) && cert_equal(out[1], ec.root));
	cert_free(out[0]);
	cert_free(out[1]);
	refused(cert_read_chain(pem.data, pem.n, out, 1, &n, &err), E_CERTIFICATE_INVALID);
	refused(cert_read_chain("text", 4, out, 4, &n, &err), E_CERTIFICATE_INVALID);
	refused(cert_read_chain("", 0, out, 4, &n, &err), E_CERTIFICATE_INVALID);
	for (size_t i = 0; i < pem.n - 1; i += test_step(37)) {
		if (i == one || i == one - 1) /* the first certificate, whole */
			continue;
		refused(cert_read_chain(pem.data, i, out, 4, &n, &err), E_CERTIFICATE_INVALID);
		if (i < one - 1)
			refused(cert_read_pem(pem.data, i, out, &err), E_CERTIFICATE_INVALID);
	}
	key_write_private(ec.root_key, &more);
	refused(cert_read_chain(more.data, more.n, out, 4, &n, &err), E_CERTIFICATE_INVALID);
}
END_TEST

START_TEST(cert_flips)
{
	struct tree *t = _i ? &rsa : &ec;
	AUTO_BUF der = BUF_INIT;
	struct cert *c = NULL, *chain[] = { t->sub };

	cert_write_der(t->product, &der);
	for (size_t n = 0; n < der.n; n += test_step(37))
		refused(cert_read_der(der.data, n, &c, &err), E_CERTIFICATE_INVALID);
	for (size_t i = 0; i < der.n * 8; i += 3) {
		der.data[i / 8] ^= (char)(1 << i % 8);
		if (cert_read_der(der.data, der.n, &c, &err) == 0) {
			ck_assert(!cert_issued_by(c, t->sub));
			ck_assert_int_eq(cert_verify(c, chain, 1, t->root, NOW, &err), -1);
			cert_free(c);
		}
		der.data[i / 8] ^= (char)(1 << i % 8);
	}
	buf_addc(&der, 0);
	refused(cert_read_der(der.data, der.n, &c, &err), E_CERTIFICATE_INVALID);
}
END_TEST

START_TEST(cert_times)
{
	static const int64_t ends[] = { INT64_C(2524607999999), INT64_C(2524608000000), INT64_C(253402300799999) };
	static const char *const texts[] = { "\x17\x0d"
					     "491231235959Z",
					     "\x18\x0f"
					     "20500101000000Z",
					     "\x18\x0f"
					     "99991231235959Z" };
	struct cert_request req = {
		.profile = CERT_PRODUCT, .common_name = "x", .key = ec.signer_key, .not_before = NOW + 999
	};
	struct cert *c = NULL, *again = NULL;

	for (int i = 0; i < 3; i++) {
		AUTO_BUF der = BUF_INIT;

		req.not_after = ends[i];
		ok(cert_issue(&req, ec.sub, ec.sub_key, &c, &err));
		cert_write_der(c, &der);
		ck_assert_ptr_nonnull(memmem(der.data, der.n, texts[i], strlen(texts[i])));
		ok(cert_read_der(der.data, der.n, &again, &err));
		ck_assert_int_eq(cert_not_after(again), ends[i] / 1000 * 1000);
		ck_assert_int_eq(cert_not_before(again), NOW);
		ck_assert_int_eq(cert_not_before(c), NOW);
		cert_free(c);
		cert_free(again);
	}
	req.not_after = ends[2] + 1;
	refused(cert_issue(&req, ec.sub, ec.sub_key, &c, &err), E_CERTIFICATE_INVALID);
	req.not_before = -1;
	req.not_after = NOW;
	refused(cert_issue(&req, ec.sub, ec.sub_key, &c, &err), E_CERTIFICATE_INVALID);
	req.not_before = NOW;
	refused(cert_issue(&req, ec.sub, ec.sub_key, &c, &err), E_CERTIFICATE_INVALID);
}
END_TEST

START_TEST(cert_names_in_subject)
{
	struct cert_request req = {
		.profile = CERT_PRODUCT, .key = ec.signer_key, .not_before = NOW, .not_after = NOW + DAY_MS
	};
	char cn[256] = "", want[256] = "", text[256], serial[80];
	struct cert *c = NULL;

	for (int i = 0; i < 70; i++)
		memcpy(cn + strlen(cn), "\xc3\xa9", 3);
	memcpy(want, cn, 128);
	req.common_name = cn;
	ok(cert_issue(&req, ec.sub, ec.sub_key, &c, &err));
	ck_assert_str_eq(cert_common_name(c, text), want);
	save_cert("cn.pem", c);
	save_cert("root.pem", ec.root);
	save_cert("sub.pem", ec.sub);
	sh_ok("openssl verify " ATTIME " -x509_strict -CAfile root.pem -untrusted sub.pem cn.pem");
	cert_free(c);
	req.common_name = "\xff";
	refused(cert_issue(&req, ec.sub, ec.sub_key, &c, &err), E_CERTIFICATE_INVALID);
	req.common_name = "";
	refused(cert_issue(&req, ec.sub, ec.sub_key, &c, &err), E_CERTIFICATE_INVALID);
	req.common_name = NULL;
	refused(cert_issue(&req, ec.sub, ec.sub_key, &c, &err), E_CERTIFICATE_INVALID);
	req.common_name = "x";
	req.serial_number = "a@b";
	refused(cert_issue(&req, ec.sub, ec.sub_key, &c, &err), E_CERTIFICATE_INVALID);
	memset(serial, '1', 65);
	serial[65] = '\0';
	req.serial_number = serial;
	refused(cert_issue(&req, ec.sub, ec.sub_key, &c, &err), E_CERTIFICATE_INVALID);
	serial[64] = '\0';
	ok(cert_issue(&req, ec.sub, ec.sub_key, &c, &err));
	ck_assert_str_eq(cert_subject_serial(c, text), serial);
	cert_free(c);
}
END_TEST

START_TEST(cert_issue_refuses)
{
	struct cert_request req = { .profile = CERT_PRODUCT,
				    .common_name = "x",
				    .key = ec.signer_key,
				    .not_before = NOW,
				    .not_after = NOW + DAY_MS };
	struct cert *c = NULL;

	refused(cert_issue(&req, ec.sub, ec.root_key, &c, &err), E_CERTIFICATE_INVALID);
	refused(cert_issue(&req, NULL, ec.sub_key, &c, &err), E_CERTIFICATE_INVALID);
	req.profile = CERT_ROOT;
	refused(cert_issue(&req, ec.sub, ec.sub_key, &c, &err), E_CERTIFICATE_INVALID);
	req.profile = CERT_TLS_SERVER;
	refused(cert_issue(&req, ec.sub, ec.sub_key, &c, &err), E_CERTIFICATE_INVALID);
	ck_assert_ptr_null(c);
}
END_TEST

START_TEST(serials_differ)
{
	char a[CERT_SERIAL_TEXT], b[CERT_SERIAL_TEXT];
	struct cert *c = issue(CERT_PRODUCT, "UCM", ec.product_key, ec.sub, ec.sub_key);

	ck_assert_str_ne(cert_serial(c, a), cert_serial(ec.product, b));
	cert_free(c);
}
END_TEST

START_TEST(tls_server)
{
	static const char *const names[] = { "sat.example.com", "*.lab.example.com", "192.0.2.7", "2001:db8::7", NULL };
	static const char *const wrong[] = { "a b", "", "x,y", "\xc3\xa9.example", NULL };
	struct cert *ca = issue(CERT_TLS_CA, "TLS CA", ec.root_key, NULL, ec.root_key), *c = NULL;
	struct cert_request req = { .profile = CERT_TLS_SERVER,
				    .common_name = "cn.example.com",
				    .key = ec.signer_key,
				    .not_before = NOW,
				    .not_after = NOW + DAY_MS,
				    .names = names };
	AUTO_BUF list = BUF_INIT;

	ok(cert_issue(&req, ca, ec.root_key, &c, &err));
	ck_assert(cert_names_host(c, "sat.example.com") && cert_names_host(c, "SAT.Example.COM"));
	ck_assert(cert_is_server(c) && !cert_is_server(ec.sub) && !cert_is_server(ec.product));
	ck_assert(cert_names_host(c, "a.lab.example.com") && !cert_names_host(c, "a.b.lab.example.com"));
	ck_assert(cert_names_host(c, "192.0.2.7") && cert_names_host(c, "2001:DB8:0::7"));
	ck_assert(!cert_names_host(c, "192.0.2.8") && !cert_names_host(c, "cn.example.com"));
	ck_assert(!cert_names_host(c, "") && !cert_names_host(c, ".example.com") && !cert_names_host(c, "example.com"));
	cert_list_names(c, &list);
	ck_assert_str_eq(list.data, "sat.example.com,*.lab.example.com,192.0.2.7,2001:db8::7");
	save_cert("tlsca.pem", ca);
	save_cert("tls.pem", c);
	sh_ok("openssl verify " ATTIME
	      " -x509_strict -purpose sslserver -verify_hostname sat.example.com -CAfile tlsca.pem tls.pem");
	sh_ok("openssl verify " ATTIME " -x509_strict -purpose sslserver -verify_ip 2001:db8::7 -CAfile tlsca.pem tls.pem");
	ok(cert_verify(c, NULL, 0, ca, NOW, &err));
	ck_assert(!cert_is_signer(c) && !cert_is_product(c));
	cert_free(c);
	for (int i = 0; wrong[i]; i++) {
		const char *const one[] = { "good.example", wrong[i], NULL };

		req.names = one;
		refused(cert_issue(&req, ca, ec.root_key, &c, &err), E_CERTIFICATE_INVALID);
	}
	cert_free(ca);
	/* without alternative names the common name counts */
	c = issue(CERT_PRODUCT, "host.example", ec.signer_key, ec.sub, ec.sub_key);
	ck_assert(cert_names_host(c, "host.example") && !cert_names_host(c, "other.example"));
	cert_free(c);
	c = issue(CERT_PRODUCT, "192.0.2.7", ec.signer_key, ec.sub, ec.sub_key);
	ck_assert(cert_names_host(c, "192.0.2.7") && !cert_names_host(c, "192.0.2.8"));
	buf_clear(&list);
	cert_list_names(c, &list);
	ck_assert_str_eq(list.data, "");
	cert_free(c);
}
END_TEST

static void *ask(void *arg)
{
	char text[256];

	for (int i = 0; i < 50; i++)
		if (strcmp(cert_common_name(arg, text), "T") != 0 || !cert_issued_by(arg, ec.sub) || !cert_is_product(arg))
			return arg;
	return NULL;
}

START_TEST(cert_threads)
{
	struct cert *c = issue(CERT_PRODUCT, "T", ec.signer_key, ec.sub, ec.sub_key);
	pthread_t threads[4];
	void *bad;

	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, ask, c), 0);
	for (int i = 0; i < 4; i++) {
		pthread_join(threads[i], &bad);
		ck_assert_ptr_null(bad);
	}
	cert_free(c);
}
END_TEST

/* revocation lists */

START_TEST(crl)
{
	struct tree *t = _i ? &rsa : &ec;
	char serial[CERT_SERIAL_TEXT];
	struct crl_entry one = { cert_serial(t->product, serial), NOW };
	AUTO_BUF b = BUF_INIT;

	save_cert("root.pem", t->root);
	save_cert("sub.pem", t->sub);
	save_cert("product.pem", t->product);
	save_cert("signer.pem", t->signer);
	ok(crl_make(t->sub, t->sub_key, &one, 1, 300, NOW, NOW + DAY_MS, &b, &err));
	save("one.crl", &b);
	sh_ok("openssl crl -inform DER -in one.crl -CAfile sub.pem -noout");
	sh_ok("openssl crl -inform DER -in one.crl -noout -crlnumber | grep -qi 12C");
	sh_ok("n=$(openssl x509 -in product.pem -noout -serial | cut -d= -f2) && test ${#n} = 32 && "
	      "openssl crl -inform DER -in one.crl -noout -text | grep -q \"Serial Number: $n\"");
	sh_ok("openssl verify " ATTIME
	      " -x509_strict -crl_check -CRLfile one.crl -CAfile root.pem -untrusted sub.pem signer.pem");
	ck_assert_int_ne(sh("openssl verify " ATTIME
			    " -x509_strict -crl_check -CRLfile one.crl -CAfile root.pem -untrusted sub.pem "
			    "product.pem"),
			 0);
	sh_ok("grep -q 'error 23' out.txt || { openssl verify " ATTIME " -crl_check -CRLfile one.crl -CAfile root.pem "
	      "-untrusted sub.pem product.pem 2>&1 | grep -q 'error 23'; }");
	buf_clear(&b);
	ok(crl_make(t->sub, t->sub_key, NULL, 0, 0, NOW, NOW + DAY_MS, &b, &err));
	save("none.crl", &b);
	sh_ok("openssl verify " ATTIME
	      " -x509_strict -crl_check -CRLfile none.crl -CAfile root.pem -untrusted sub.pem product.pem");
}
END_TEST

START_TEST(crl_many)
{
	enum { MANY = 20000 };
	struct crl_entry *entries = mem_alloc(MANY * sizeof(*entries));
	char(*texts)[48] = mem_alloc(MANY * sizeof(*texts));
	AUTO_BUF b = BUF_INIT;

	for (int i = 0; i < MANY; i++) {
		snprintf(texts[i], sizeof(texts[i]), "17014118346046923173168730371588%06d", i);
		entries[i] = (struct crl_entry){ texts[i], NOW - i * SECOND_MS };
	}
	ok(crl_make(ec.sub, ec.sub_key, entries, MANY, 1, NOW, NOW + DAY_MS, &b, &err));
	save("many.crl", &b);
	save_cert("sub.pem", ec.sub);
	sh_ok("openssl crl -inform DER -in many.crl -CAfile sub.pem -noout");
	sh_ok("test $(openssl crl -inform DER -in many.crl -noout -text | grep -c 'Serial Number') = 20000");
	free(entries);
	free(texts);
}
END_TEST

START_TEST(crl_refuses)
{
	static const char *const bad[] = { "",
					   "-1",
					   "0x10",
					   "12a",
					   " 1",
					   "1461501637330902918203684832716283019655932542976",
					   "99999999999999999999999999999999999999999999999999" };
	AUTO_BUF b = BUF_INIT;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct crl_entry one = { bad[i], NOW };

		refused(crl_make(ec.sub, ec.sub_key, &one, 1, 1, NOW, NOW + DAY_MS, &b, &err), E_CERTIFICATE_INVALID);
	}
	refused(crl_make(ec.sub, ec.root_key, NULL, 0, 1, NOW, NOW + DAY_MS, &b, &err), E_CERTIFICATE_INVALID);
	refused(crl_make(ec.sub, ec.sub_key, NULL, 0, -1, NOW, NOW + DAY_MS, &b, &err), E_CERTIFICATE_INVALID);
	refused(crl_make(ec.sub, ec.sub_key, NULL, 0, 1, NOW, NOW, &b, &err), E_CERTIFICATE_INVALID);
	ck_assert_uint_eq(b.n, 0);
}
END_TEST

/* CMS */

static const char content[] = "{\"format\":\"satellite-sync/1\"}\n";
#define CONTENT content, sizeof(content) - 1

START_TEST(cms_roles)
{
	struct tree *t = _i ? &rsa : &ec;
	struct cert *chain[] = { t->sub, t->root };
	struct cms_verified v;
	AUTO_BUF b = BUF_INIT, text = BUF_INIT;

	/* a satellite: issued by a sub-CA */
	ok(cms_sign(CONTENT, t->signer, t->signer_key, chain, 1, NOW, &b, &err));
	ok(cms_verify(CONTENT, b.data, b.n, t->root, NOW, &v, &err));
	ck_assert(cert_equal(v.signer, t->signer));
	ck_assert_ptr_nonnull(v.intermediate);
	ck_assert(cert_equal(v.intermediate, t->sub));
	ck_assert_int_eq(v.signed_at, NOW);
	cms_verified_fini(&v);
	save("m.p7s", &b);
	buf_add(&text, CONTENT);
	save("m.json", &text);
	save_cert("root.pem", t->root);
	sh_ok("openssl cms -verify -binary -inform DER -in m.p7s -content m.json -CAfile root.pem " ATTIME
	      " -x509_strict -out /dev/null");
	refused(cms_verify(CONTENT, b.data, b.n, _i ? ec.root : rsa.root, NOW, &v, &err), E_SYNC_UNTRUSTED);
	refused(cms_verify(CONTENT, b.data, b.n, t->sub, NOW, &v, &err), E_SYNC_UNTRUSTED); /* no anchor but the root */
	refused(cms_verify(CONTENT, b.data, b.n, NULL, NOW, &v, &err), E_SYNC_UNTRUSTED);
	refused(cms_verify(content, sizeof(content), b.data, b.n, t->root, NOW, &v, &err), E_SYNC_UNTRUSTED);
	refused(cms_verify("", 0, b.data, b.n, t->root, NOW, &v, &err), E_SYNC_UNTRUSTED);
	refused(cms_verify(CONTENT, b.data, b.n, t->root, NOW + YEAR_MS, &v, &err), E_SYNC_UNTRUSTED);
	refused(cms_verify(CONTENT, b.data, b.n, t->root, NOW - DAY_MS, &v, &err), E_SYNC_UNTRUSTED);
	ck_assert_ptr_null(v.signer);

	/* the root inside does no harm, as it is not what is trusted */
	buf_clear(&b);
	ok(cms_sign(CONTENT, t->signer, t->signer_key, chain, 2, NOW, &b, &err));
	ok(cms_verify(CONTENT, b.data, b.n, t->root, NOW, &v, &err));
	cms_verified_fini(&v);
	refused(cms_verify(CONTENT, b.data, b.n, _i ? ec.root : rsa.root, NOW, &v, &err), E_SYNC_UNTRUSTED);

	/* the manager: issued by the root itself */
	buf_clear(&b);
	ok(cms_sign(CONTENT, t->manager, t->manager_key, NULL, 0, NOW + 1234, &b, &err));
	ok(cms_verify(CONTENT, b.data, b.n, t->root, NOW, &v, &err));
	ck_assert(cert_equal(v.signer, t->manager));
	ck_assert_ptr_null(v.intermediate);
	ck_assert_int_eq(v.signed_at, NOW + 1000);
	cms_verified_fini(&v);

	/* nothing at all may be signed, too */
	buf_clear(&b);
	ok(cms_sign("", 0, t->manager, t->manager_key, NULL, 0, NOW, &b, &err));
	ok(cms_verify("", 0, b.data, b.n, t->root, NOW, &v, &err));
	cms_verified_fini(&v);
}
END_TEST

START_TEST(cms_wrong_signers)
{
	struct tree *t = _i ? &rsa : &ec;
	struct cert *chain[] = { t->sub }, *extra[] = { t->sub, t->product };
	struct cms_verified v;
	AUTO_BUF b = BUF_INIT;

	/* a product may not speak for a server, though OpenSSL would let it with another purpose */
	ok(cms_sign(CONTENT, t->product, t->product_key, chain, 1, NOW, &b, &err));
	refused(cms_verify(CONTENT, b.data, b.n, t->root, NOW, &v, &err), E_SYNC_UNTRUSTED);
	ck_assert_ptr_nonnull(strstr(err.text, "emailProtection"));
	buf_clear(&b);
	ok(cms_sign(CONTENT, t->sub, t->sub_key, NULL, 0, NOW, &b, &err));
	refused(cms_verify(CONTENT, b.data, b.n, t->root, NOW, &v, &err), E_SYNC_UNTRUSTED);
	buf_clear(&b);
	ok(cms_sign(CONTENT, t->root, t->root_key, NULL, 0, NOW, &b, &err));
	refused(cms_verify(CONTENT, b.data, b.n, t->root, NOW, &v, &err), E_SYNC_UNTRUSTED);
	refused(cms_verify(CONTENT, b.data, b.n, NULL, NOW, &v, &err), E_SYNC_UNTRUSTED);
	buf_clear(&b);
	ok(cms_sign(CONTENT, t->signer, t->signer_key, NULL, 0, NOW, &b, &err)); /* sub-CA missing */
	refused(cms_verify(CONTENT, b.data, b.n, t->root, NOW, &v, &err), E_SYNC_UNTRUSTED);
	buf_clear(&b);
	ok(cms_sign(CONTENT, t->signer, t->signer_key, extra, 2, NOW, &b, &err)); /* one that does not belong */
	refused(cms_verify(CONTENT, b.data, b.n, t->root, NOW, &v, &err), E_SYNC_UNTRUSTED);
	buf_clear(&b);
	refused(cms_sign(CONTENT, t->signer, t->sub_key, chain, 1, NOW, &b, &err), E_INTERNAL); /* another key */
}
END_TEST

START_TEST(cms_self_signed)
{
	struct cert *self = issue(CERT_SELF_SIGNER, "New satellite", ec.sub_key, NULL, ec.sub_key);
	struct cms_verified v;
	AUTO_BUF b = BUF_INIT;

	ok(cms_sign(CONTENT, self, ec.sub_key, NULL, 0, NOW, &b, &err));
	ok(cms_verify(CONTENT, b.data, b.n, NULL, NOW, &v, &err));
	ck_assert(cert_equal(v.signer, self));
	ck_assert_ptr_null(v.intermediate);
	cms_verified_fini(&v);
	refused(cms_verify(CONTENT, b.data, b.n, ec.root, NOW, &v, &err), E_SYNC_UNTRUSTED);
	refused(cms_verify(CONTENT, b.data, b.n, self, NOW - DAY_MS, &v, &err), E_SYNC_UNTRUSTED);
	refused(cms_verify(CONTENT, b.data, b.n, NULL, NOW + YEAR_MS, &v, &err), E_SYNC_UNTRUSTED);
	refused(cms_verify("x", 1, b.data, b.n, NULL, NOW, &v, &err), E_SYNC_UNTRUSTED);
	for (size_t i = 0; i < b.n * 8; i += test_step(37)) {
		b.data[i / 8] ^= (char)(1 << i % 8);
		refused(cms_verify(CONTENT, b.data, b.n, NULL, NOW, &v, &err), E_SYNC_UNTRUSTED);
		b.data[i / 8] ^= (char)(1 << i % 8);
	}
	cert_free(self);
}
END_TEST

START_TEST(cms_flips)
{
	struct tree *t = _i ? &rsa : &ec;
	struct cert *chain[] = { t->sub };
	struct cms_verified v;
	AUTO_BUF b = BUF_INIT;

	ok(cms_sign(CONTENT, t->signer, t->signer_key, chain, 1, NOW, &b, &err));
	for (size_t n = 0; n < b.n; n += test_step(37))
		refused(cms_verify(CONTENT, b.data, n, t->root, NOW, &v, &err), E_SYNC_UNTRUSTED);
	for (size_t i = 0; i < b.n * 8; i += _i ? 13 : 5) {
		b.data[i / 8] ^= (char)(1 << i % 8);
		refused(cms_verify(CONTENT, b.data, b.n, t->root, NOW, &v, &err), E_SYNC_UNTRUSTED);
		b.data[i / 8] ^= (char)(1 << i % 8);
	}
	ok(cms_verify(CONTENT, b.data, b.n, t->root, NOW, &v, &err));
	cms_verified_fini(&v);
	buf_addc(&b, 0);
	refused(cms_verify(CONTENT, b.data, b.n, t->root, NOW, &v, &err), E_SYNC_UNTRUSTED);
}
END_TEST

START_TEST(cms_of_openssl)
{
	static const struct {
		const char *options;
		int good;
	} rows[] = {
		{ "-signer signer.pem -inkey signer.key -certfile sub.pem", 1 },
		{ "-signer signer.pem -inkey signer.key -certfile sub.pem -md sha512", 1 },
		{ "-signer manager.pem -inkey manager.key", 1 },
		{ "-signer signer.pem -inkey signer.key -certfile sub.pem -noattr", 0 },
		{ "-signer signer.pem -inkey signer.key -certfile sub.pem -md sha1", 0 },
		{ "-signer signer.pem -inkey signer.key -certfile sub.pem -keyid", 0 },
		{ "-signer signer.pem -inkey signer.key -certfile sub.pem -nodetach", 0 },
		{ "-signer signer.pem -inkey signer.key -nocerts", 0 },
		{ "-signer signer.pem -inkey signer.key -signer manager.pem -inkey manager.key -certfile sub.pem", 0 },
		{ "-signer product.pem -inkey product.key -certfile sub.pem", 0 },
	};
	struct tree *t = _i ? &rsa : &ec;
	AUTO_BUF text = BUF_INIT;

	buf_add(&text, CONTENT);
	save("m.json", &text);
	save_cert("sub.pem", t->sub);
	save_cert("signer.pem", t->signer);
	save_cert("manager.pem", t->manager);
	save_cert("product.pem", t->product);
	save_key("signer.key", t->signer_key);
	save_key("manager.key", t->manager_key);
	save_key("product.key", t->product_key);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO_BUF b = BUF_INIT;
		struct cms_verified v;

		ck_assert_msg(sh("openssl cms -sign -binary -in m.json -outform DER -out m.p7s %s", rows[i].options) == 0,
			      "%s", rows[i].options);
		load("m.p7s", &b);
		if (rows[i].good) {
			ok(cms_verify(CONTENT, b.data, b.n, t->root, NOW, &v, &err));
			cms_verified_fini(&v);
		} else {
			refused(cms_verify(CONTENT, b.data, b.n, t->root, NOW, &v, &err), E_SYNC_UNTRUSTED);
		}
	}
}
END_TEST

static struct cert *load_cert(const char *name)
{
	AUTO_BUF b = BUF_INIT;
	struct cert *c = NULL;

	load(name, &b);
	ok(cert_read_pem(b.data, b.n, &c, &err));
	return c;
}

/* Certificates of another CA program: longer chains, usages that are mixed or missing. */
START_TEST(cms_foreign_certificates)
{
	static const struct {
		const char *extensions;
		int good;
	} rows[] = {
		{ "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=emailProtection",
		  1 },
		{ "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=emailProtection,clientAuth",
		  0 },
		{ "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=emailProtection,serverAuth",
		  0 },
		{ "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=anyExtendedKeyUsage",
		  0 },
		{ "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=codeSigning",
		  0 },
		{ "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature", 0 },
		{ "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,keyEncipherment\nextendedKeyUsage=emailProtection",
		  0 },
		{ "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,digitalSignature,keyCertSign\nextendedKeyUsage=emailProtection",
		  0 },
		{ "keyUsage=critical,digitalSignature\nextendedKeyUsage=emailProtection", 0 },
		{ "basicConstraints=critical,CA:FALSE\nextendedKeyUsage=emailProtection", 0 },
	};
	struct cert_request req = { .profile = CERT_ROOT,
				    .common_name = "Old root",
				    .key = ec.root_key,
				    .not_before = NOW - DAY_MS,
				    .not_after = NOW + 50 * YEAR_MS };
	struct cert *root = NULL;
	struct cms_verified v;
	AUTO_BUF b = BUF_INIT;

	ok(cert_issue(&req, NULL, ec.root_key, &root, &err));
	save_cert("root.pem", root);
	save_key("root.key", ec.root_key);
	save_key("signer.key", ec.signer_key);
	save_key("sub.key", ec.sub_key);
	save_key("mid.key", ec.manager_key);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct cert *c;

		ck_assert_msg(
			sh("printf '%s\n' > ext && openssl req -new -key signer.key -subj /CN=s -out s.csr && openssl x509 -req "
			   "-in s.csr -CA root.pem -CAkey root.key -CAcreateserial -days 3000 -extfile ext -out s.pem",
			   rows[i].extensions) == 0,
			"%s", rows[i].extensions);
		c = load_cert("s.pem");
		ck_assert_msg(cert_is_signer(c) == rows[i].good, "%s", rows[i].extensions);
		ck_assert(!cert_is_product(c));
		buf_clear(&b);
		ok(cms_sign(CONTENT, c, ec.signer_key, NULL, 0, NOW, &b, &err));
		if (rows[i].good) {
			ok(cms_verify(CONTENT, b.data, b.n, root, cert_not_before(c) + DAY_MS, &v, &err));
			cms_verified_fini(&v);
		} else {
			refused(cms_verify(CONTENT, b.data, b.n, root, cert_not_before(c) + DAY_MS, &v, &err),
				E_SYNC_UNTRUSTED);
		}
		cert_free(c);
	}
	/* root, CA without path length, CA, signer: all sound, and one too many */
	sh_ok("printf 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n' > ca && "
	      "printf 'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=emailProtection\n' > ext && "
	      "for k in mid sub signer; do openssl req -new -key $k.key -subj /CN=$k -out $k.csr; done && "
	      "openssl x509 -req -in mid.csr -CA root.pem -CAkey root.key -CAcreateserial -days 3000 -extfile ca -out mid.pem && "
	      "openssl x509 -req -in sub.csr -CA mid.pem -CAkey mid.key -CAcreateserial -days 3000 -extfile ca -out subsub.pem && "
	      "openssl x509 -req -in signer.csr -CA subsub.pem -CAkey sub.key -CAcreateserial -days 3000 -extfile ext -out deep.pem");
	{
		struct cert *chain[] = { load_cert("mid.pem"), load_cert("subsub.pem") }, *c = load_cert("deep.pem");
		int64_t at = cert_not_before(c) + DAY_MS;

		ok(cert_verify(c, chain, 2, root, at, &err));
		buf_clear(&b);
		ok(cms_sign(CONTENT, c, ec.signer_key, chain, 2, NOW, &b, &err));
		refused(cms_verify(CONTENT, b.data, b.n, root, at, &v, &err), E_SYNC_UNTRUSTED);
		ck_assert_ptr_nonnull(strstr(err.text, "directly below"));
		cert_free(chain[0]);
		cert_free(chain[1]);
		cert_free(c);
	}
	cert_free(root);
}
END_TEST

/* secrets */

START_TEST(seal)
{
	struct seal_key k, other;
	AUTO_BUF box = BUF_INIT, again = BUF_INIT, out = BUF_INIT;

	memset(&k, 7, sizeof(k));
	memset(&other, 8, sizeof(other));
	seal_close(&k, "token", "secret", 6, &box);
	seal_close(&k, "token", "secret", 6, &again);
	ck_assert_uint_eq(box.n, 1 + 12 + 6 + 16);
	ck_assert_mem_ne(box.data + 1, again.data + 1, 12);
	ck_assert_ptr_null(memmem(box.data, box.n, "secret", 6));
	buf_adds(&out, "x");
	ok(seal_open(&k, "token", box.data, box.n, &out, &err));
	ck_assert_str_eq(out.data, "xsecret");
	refused(seal_open(&other, "token", box.data, box.n, &out, &err), E_DATABASE_CORRUPT);
	refused(seal_open(&k, "authority", box.data, box.n, &out, &err), E_DATABASE_CORRUPT);
	refused(seal_open(&k, "toke", box.data, box.n, &out, &err), E_DATABASE_CORRUPT);
	for (size_t n = 0; n < box.n; n += test_step(37))
		refused(seal_open(&k, "token", box.data, n, &out, &err), E_DATABASE_CORRUPT);
	for (size_t i = 0; i < box.n * 8; i += test_step(37)) {
		box.data[i / 8] ^= (char)(1 << i % 8);
		refused(seal_open(&k, "token", box.data, box.n, &out, &err), E_DATABASE_CORRUPT);
		box.data[i / 8] ^= (char)(1 << i % 8);
	}
	ck_assert_str_eq(out.data, "xsecret");
	buf_clear(&box);
	seal_close(&k, "", "", 0, &box);
	buf_clear(&out);
	ok(seal_open(&k, "", box.data, box.n, &out, &err));
	ck_assert_uint_eq(out.n, 0);
}
END_TEST

START_TEST(seal_key_file)
{
	struct seal_key k, again;
	struct stat st;
	AUTO_BUF b = BUF_INIT;

	refused(seal_key_load(path("seal.key"), 0, &k, &err), E_FILE_ERROR);
	ok(seal_key_load(path("seal.key"), 1, &k, &err));
	ok(seal_key_load(path("seal.key"), 1, &again, &err));
	ck_assert_mem_eq(&k, &again, sizeof(k));
	ck_assert_int_eq(stat(path("seal.key"), &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0600);
	ck_assert_int_eq(st.st_size, 65);
	ck_assert_int_eq(chmod(path("seal.key"), 0644), 0);
	refused(seal_key_load(path("seal.key"), 0, &k, &err), E_FILE_ERROR);
	load("seal.key", &b);
	b.n = 63;
	save("seal.key", &b);
	refused(seal_key_load(path("seal.key"), 1, &k, &err), E_FILE_ERROR);
	b.n = 0;
	save("seal.key", &b);
	refused(seal_key_load(path("seal.key"), 1, &k, &err), E_FILE_ERROR);
}
END_TEST

START_TEST(passwords)
{
	/* RFC 7914 section 12, the first 32 bytes */
	static const char known[] = "scrypt$14$8$1$U29kaXVtQ2hsb3JpZGU=$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofI=";
	static const char *const bad[] = {
		"",
		"x",
		"scrypt",
		"scrypt$",
		"scrypt$15$8$1$",
		"scrypt$14$8$1$U29kaXVtQ2hsb3JpZGU=",
		"scrypt$18$8$1$U29kaXVtQ2hsb3JpZGU=$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofI=",
		"scrypt$14$9$1$U29kaXVtQ2hsb3JpZGU=$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofI=",
		"scrypt$14$8$5$U29kaXVtQ2hsb3JpZGU=$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofI=",
		"scrypt$0$8$1$U29kaXVtQ2hsb3JpZGU=$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofI=",
		"scrypt$14$8$1$U29kaXVtQ2hsb3JpZGU=$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofI=$",
		"scrypt$14$8$1$U29kaXVtQ2hsb3JpZGU=$cCO9yzr9c0hGHAbNgf046w==",
		"scrypt$14$8$1$U28=$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofI=",
		"bcrypt$14$8$1$U29kaXVtQ2hsb3JpZGU=$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofI=",
	};
	AUTO_BUF a = BUF_INIT, b = BUF_INIT;

	ck_assert_int_eq(password_check("pleaseletmein", known), 0);
	ck_assert_int_eq(password_check("pleaseletmeim", known), -1);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(password_check("pleaseletmein", bad[i]) == -1, "%s", bad[i]);
	ok(password_hash("correct horse", &a, &err));
	ok(password_hash("correct horse", &b, &err));
	ck_assert(str_prefix(a.data, "scrypt$15$8$1$"));
	ck_assert_str_ne(a.data, b.data);
	ck_assert_int_eq(password_check("correct horse", a.data), 0);
	ck_assert_int_eq(password_check("correct hors", a.data), -1);
	ck_assert_int_eq(password_check("", a.data), -1);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("crypt");
	TCase *t = tcase_create("all");

	tcase_set_timeout(t, 600);
	tcase_add_unchecked_fixture(t, setup, teardown);
	tcase_add_test(t, base64);
	tcase_add_test(t, sha256);
	tcase_add_test(t, der_lengths);
	tcase_add_test(t, der_integers);
	tcase_add_loop_test(t, key_round_trip, 0, 5);
	tcase_add_loop_test(t, key_public_is_strict, 0, 2);
	tcase_add_loop_test(t, odd_keys_are_refused, 0, ODD_KEYS);
	tcase_add_test(t, key_private_files);
	tcase_add_loop_test(t, csr_round_trip, 0, 2);
	tcase_add_loop_test(t, csr_of_a_server, 0, 2);
	tcase_add_loop_test(t, csr_flips, 0, 2);
	tcase_add_test(t, csr_algorithms);
	tcase_add_loop_test(t, chain_by_openssl, 0, 2);
	tcase_add_loop_test(t, chain_by_us, 0, 2);
	tcase_add_test(t, path_length);
	tcase_add_test(t, cert_fields);
	tcase_add_test(t, cert_chain_text);
	tcase_add_loop_test(t, cert_flips, 0, 2);
	tcase_add_test(t, cert_times);
	tcase_add_test(t, cert_names_in_subject);
	tcase_add_test(t, cert_issue_refuses);
	tcase_add_test(t, serials_differ);
	tcase_add_test(t, tls_server);
	tcase_add_test(t, cert_threads);
	tcase_add_loop_test(t, crl, 0, 2);
	tcase_add_test(t, crl_many);
	tcase_add_test(t, crl_refuses);
	tcase_add_loop_test(t, cms_roles, 0, 2);
	tcase_add_loop_test(t, cms_wrong_signers, 0, 2);
	tcase_add_test(t, cms_self_signed);
	tcase_add_loop_test(t, cms_flips, 0, 2);
	tcase_add_loop_test(t, cms_of_openssl, 0, 2);
	tcase_add_test(t, cms_foreign_certificates);
	tcase_add_test(t, seal);
	tcase_add_test(t, seal_key_file);
	tcase_add_test(t, passwords);
	suite_add_tcase(s, t);
	return s;
}

int main(void)
{
	SRunner *r = srunner_create(suite());
	char clean[64];
	int failed;

	if (mkdtemp(dir) == NULL)
		return 1;
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	snprintf(clean, sizeof(clean), "rm -rf %s", dir);
	return failed || system(clean) != 0;
}
