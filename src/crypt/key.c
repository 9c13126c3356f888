#include "crypt/key.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/pem.h>

#include "base/mem.h"
#include "crypt/ossl.h"

#define RSA_MAX_BYTES 512
#define RSA_EXPONENT 65537

/* SubjectPublicKeyInfo of the curves up to the uncompressed point: the only form taken, so that a key has one
 * DER and one identity (RFC 5480 section 2: named curve). */
static const struct curve {
	const char *name;
	int bits;
	size_t point_n;
	size_t head_n;
	unsigned char head[27];
} curves[] = {
	{ "P-256", 256, 65, 27, { 0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06,
				  0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04 } },
	{ "P-384", 384, 97, 24, { 0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02,
				  0x01, 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22, 0x03, 0x62, 0x00, 0x04 } },
};
#define CURVES (sizeof(curves) / sizeof(curves[0]))

/* AlgorithmIdentifier content of RSA keys: rsaEncryption, NULL (RFC 3279 section 2.3.1). */
static const unsigned char rsa_algorithm[] = {
	0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00
};

/* What an SPKI says, checked. */
struct spki {
	const struct curve *curve; /* NULL: RSA */
	struct der_in point;
	struct der_in modulus; /* big-endian, no leading zero */
	int bits;
};

static int unsuitable(struct err *e, const char *what)
{
	return err_set(e, E_KEY_UNSUITABLE,
		       "%s Keys are RSA of 2048 to 4096 bits with exponent 65537, or EC P-256 or P-384.", what);
}

/* A positive INTEGER in its shortest form, without the leading zero. */
static int read_positive(struct der_in *in, struct der_in *out)
{
	if (der_get(in, DER_INTEGER, out) || out->n == 0 || out->p[0] & 0x80)
		return -1;
	if (out->p[0] == 0) {
		if (out->n < 2 || !(out->p[1] & 0x80))
			return -1;
		out->p++;
		out->n--;
	}
	return 0;
}

static int read_rsa(struct der_in bits, struct spki *out, struct err *e)
{
	static const unsigned char exponent[] = { 0x01, 0x00, 0x01 };
	struct der_in body, exp;
	char what[64];

	if (der_get(&bits, DER_SEQUENCE, &body) || bits.n || read_positive(&body, &out->modulus) ||
	    read_positive(&body, &exp) || body.n)
		return unsuitable(e, "The RSA key cannot be read.");
	if (out->modulus.n > RSA_MAX_BYTES)
		return unsuitable(e, "The RSA key has more than 4096 bits.");
	out->bits = (int)out->modulus.n * 8;
	for (unsigned char top = out->modulus.p[0]; !(top & 0x80); top = (unsigned char)(top << 1))
		out->bits--;
	if (out->bits < 2048) {
		snprintf(what, sizeof(what), "The RSA key has %d bits.", out->bits);
		return unsuitable(e, what);
	}
	if (!(out->modulus.p[out->modulus.n - 1] & 1))
		return unsuitable(e, "The modulus of the RSA key is even.");
	if (exp.n != sizeof(exponent) || memcmp(exp.p, exponent, sizeof(exponent)) != 0)
		return unsuitable(e, "The RSA key has another public exponent.");
	return 0;
}

static int read_spki(const unsigned char *der, size_t n, struct spki *out, struct err *e)
{
	struct der_in in = { der, n }, body, algorithm, bits;

	*out = (struct spki){ 0 };
	for (size_t i = 0; i < CURVES; i++) {
		const struct curve *c = &curves[i];

		if (n != c->head_n - 1 + c->point_n || memcmp(der, c->head, c->head_n) != 0)
			continue;
		out->curve = c;
		out->bits = c->bits;
		out->point = (struct der_in){ der + c->head_n - 1, c->point_n };
		return 0;
	}
	if (der_get(&in, DER_SEQUENCE, &body) || in.n || der_get(&body, DER_SEQUENCE, &algorithm) ||
	    der_get(&body, DER_BIT_STRING, &bits) || body.n || bits.n < 2 || bits.p[0])
		return unsuitable(e, "The public key cannot be read.");
	if (algorithm.n != sizeof(rsa_algorithm) || memcmp(algorithm.p, rsa_algorithm, algorithm.n) != 0)
		return unsuitable(e, "The public key is of another kind, or an EC key in another form than a named curve "
				     "with an uncompressed point.");
	bits.p++;
	bits.n--;
	return read_rsa(bits, out, e);
}

/* Empty keys that carry only the curve: a copy costs a quarter of a key made by curve name. */
static EVP_PKEY *templates[CURVES];

static void make_templates(void)
{
	for (size_t i = 0; i < CURVES; i++)
		templates[i] = ossl_must(EVP_EC_gen(curves[i].name));
}

static EVP_PKEY *make_ec(const struct spki *s)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	EVP_PKEY *k = ossl_must(EVP_PKEY_new());

	pthread_once(&once, make_templates);
	/* the point must lie on the curve, or the second call fails */
	if (EVP_PKEY_copy_parameters(k, templates[s->curve - curves]) == 1 &&
	    EVP_PKEY_set1_encoded_public_key(k, s->point.p, s->point.n) == 1)
		return k;
	EVP_PKEY_free(k);
	return NULL;
}

static EVP_PKEY *make_rsa(const struct spki *s)
{
	AUTO_OSSL(EVP_PKEY_CTX) *ctx = ossl_must(EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL));
	AUTO_OSSL(BIGNUM) *n = ossl_must(BN_bin2bn(s->modulus.p, (int)s->modulus.n, NULL));
	unsigned char native[RSA_MAX_BYTES];
	unsigned long exponent = RSA_EXPONENT;
	EVP_PKEY *k = NULL;
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_N, native, s->modulus.n),
		OSSL_PARAM_construct_ulong(OSSL_PKEY_PARAM_RSA_E, &exponent),
		OSSL_PARAM_construct_end(),
	};

	if (BN_bn2nativepad(n, native, (int)s->modulus.n) < 0 || EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, &k, EVP_PKEY_PUBLIC_KEY, params) != 1)
		return NULL;
	return k;
}

static struct key *new_key(EVP_PKEY *pkey, bool is_private, const struct spki *s, const void *der, size_t n)
{
	struct key *k = mem_alloc(sizeof(*k));

	k->refs = 1;
	k->pkey = pkey;
	k->is_private = is_private;
	k->rsa = s->curve == NULL;
	k->bits = s->bits;
	k->spki = (unsigned char *)mem_dup(der, n);
	k->spki_n = n;
	return k;
}

/* Takes pkey over, also on failure. */
static int adopt_private(EVP_PKEY *pkey, struct key **out, struct err *e)
{
	AUTO_OSSL(EVP_PKEY) *mine = pkey;
	AUTO_OSSL(EVP_PKEY_CTX) *ctx = ossl_must(EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL));
	unsigned char *der = NULL;
	int n = i2d_PUBKEY(pkey, &der);
	struct spki s;

	if (n <= 0)
		return unsuitable(e, "The public part of the key cannot be written.");
	if (read_spki(der, (size_t)n, &s, e)) {
		OPENSSL_free(der);
		return -1;
	}
	if (EVP_PKEY_pairwise_check(ctx) != 1) {
		OPENSSL_free(der);
		return err_set(e, E_CERTIFICATE_INVALID,
			       "The private and the public part of the key do not belong together.");
	}
	*out = new_key(mine, true, &s, der, (size_t)n);
	mine = NULL;
	OPENSSL_free(der);
	return 0;
}

int key_generate(enum key_kind kind, struct key **out, struct err *e)
{
	EVP_PKEY *pkey = NULL;
	char reason[OSSL_REASON_SIZE];

	ossl_begin();
	switch (kind) {
	case KEY_EC_P256:
		pkey = EVP_EC_gen("P-256");
		break;
	case KEY_EC_P384:
		pkey = EVP_EC_gen("P-384");
		break;
	case KEY_RSA_2048:
		pkey = EVP_RSA_gen(2048);
		break;
	case KEY_RSA_3072:
		pkey = EVP_RSA_gen(3072);
		break;
	case KEY_RSA_4096:
		pkey = EVP_RSA_gen(4096);
		break;
	}
	if (pkey == NULL)
		return err_set(e, E_INTERNAL, "No key could be generated: %s.", ossl_reason(reason));
	return adopt_private(pkey, out, e);
}

void key_free(struct key *k)
{
	if (k == NULL || atomic_fetch_sub(&k->refs, 1) != 1)
		return;
	EVP_PKEY_free(k->pkey);
	free(k->spki);
	free(k);
}

struct key *key_ref(struct key *k)
{
	atomic_fetch_add(&k->refs, 1);
	return k;
}

/* A key with a password is refused rather than asked for on the terminal. */
static int no_password(char *buf, int size, int rwflag, void *arg)
{
	(void)buf, (void)size, (void)rwflag, (void)arg;
	return -1;
}

int key_read_private(const char *pem, size_t n, struct key **out, struct err *e)
{
	AUTO_OSSL(BIO) *in = NULL;
	char reason[OSSL_REASON_SIZE];
	EVP_PKEY *pkey;

	if (n == 0 || n > 65536)
		return err_set(e, E_CERTIFICATE_INVALID, "The private key has %zu bytes; PEM of 1 to 65536 is expected.",
			       n);
	ossl_begin();
	in = ossl_must(BIO_new_mem_buf(pem, (int)n));
	pkey = PEM_read_bio_PrivateKey(in, NULL, no_password, NULL);
	if (pkey == NULL)
		return err_set(e, E_CERTIFICATE_INVALID,
			       "The private key cannot be read: %s. PEM without a password is expected.",
			       ossl_reason(reason));
	ossl_begin();
	return adopt_private(pkey, out, e);
}

void key_write_private(const struct key *k, struct buf *out)
{
	AUTO_OSSL(BIO) *to = ossl_must(BIO_new(BIO_s_mem()));
	char *text;
	long n;

	/* only a key that was generated or read as a private one is ever written: anything else is a wrong program */
	if (!k->is_private || PEM_write_bio_PKCS8PrivateKey(to, k->pkey, NULL, NULL, 0, NULL, NULL) != 1)
		abort();
	n = BIO_get_mem_data(to, &text);
	buf_add(out, text, (size_t)n);
}

int key_read_public(const void *der, size_t n, struct key **out, struct err *e)
{
	struct spki s;
	EVP_PKEY *pkey;

	if (read_spki(der, n, &s, e))
		return -1;
	ossl_begin();
	pkey = s.curve ? make_ec(&s) : make_rsa(&s);
	ossl_begin();
	if (pkey == NULL)
		return unsuitable(e,
				  s.curve ? "The point of the EC key is not on its curve." : "The RSA key cannot be used.");
	*out = new_key(pkey, false, &s, der, n);
	return 0;
}

void key_write_public(const struct key *k, struct buf *out)
{
	buf_add(out, k->spki, k->spki_n);
}

void key_id(const struct key *k, unsigned char out[SHA256_SIZE])
{
	digest_sha256(k->spki, k->spki_n, out);
}

const char *key_describe(const struct key *k, char out[32])
{
	snprintf(out, 32, k->rsa ? "RSA %d" : "EC P-%d", k->bits);
	return out;
}

struct der_in key_bits(const struct key *k)
{
	struct der_in in = { k->spki, k->spki_n }, body, algorithm, bits = { NULL, 0 };

	/* read_spki() has seen all this */
	if (der_get(&in, DER_SEQUENCE, &body) || der_get(&body, DER_SEQUENCE, &algorithm) ||
	    der_get(&body, DER_BIT_STRING, &bits))
		abort();
	return (struct der_in){ bits.p + 1, bits.n - 1 };
}

void key_identifier(const struct key *k, unsigned char out[KEY_IDENTIFIER_SIZE])
{
	struct der_in bits = key_bits(k);
	unsigned char hash[SHA256_SIZE];

	digest_sha256(bits.p, bits.n, hash);
	memcpy(out, hash, KEY_IDENTIFIER_SIZE);
}

bool key_same(const struct key *a, const struct key *b)
{
	return a->spki_n == b->spki_n && memcmp(a->spki, b->spki, a->spki_n) == 0;
}

int key_sign(const struct key *k, const void *p, size_t n, struct buf *out, struct err *e)
{
	AUTO_OSSL(EVP_MD_CTX) *ctx = ossl_must(EVP_MD_CTX_new());
	size_t sig_n = RSA_MAX_BYTES;
	unsigned char *sig = (unsigned char *)buf_room(out, sig_n);
	char reason[OSSL_REASON_SIZE];

	ossl_begin();
	if (!k->is_private)
		return err_set(e, E_INTERNAL, "Nothing can be signed with a public key.");
	if (EVP_DigestSignInit(ctx, NULL, ossl_md(MD_SHA256), NULL, k->pkey) != 1 ||
	    EVP_DigestSign(ctx, sig, &sig_n, p ? p : "", n) != 1)
		return err_set(e, E_INTERNAL, "A signature could not be made: %s.", ossl_reason(reason));
	out->n += sig_n;
	out->data[out->n] = '\0';
	return 0;
}

static int use_pss(EVP_PKEY_CTX *ctx, const struct pss *pss)
{
	return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) == 1 &&
			       EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, pss->salt_n) == 1 &&
			       EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, ossl_md(pss->mask_md)) == 1
		     ? 0
		     : -1;
}

int key_check(const struct key *k, enum ossl_md md, const struct pss *pss, const void *p, size_t n, const void *sig,
	      size_t sig_n)
{
	AUTO_OSSL(EVP_MD_CTX) *ctx = ossl_must(EVP_MD_CTX_new());
	EVP_PKEY_CTX *pctx; /* belongs to ctx */
	int rc = -1;

	ossl_begin();
	if (EVP_DigestVerifyInit(ctx, &pctx, ossl_md(md), NULL, k->pkey) == 1 && (pss == NULL || use_pss(pctx, pss) == 0) &&
	    EVP_DigestVerify(ctx, sig, sig_n, p ? p : "", n) == 1)
		rc = 0;
	ossl_begin();
	return rc;
}

int key_verify(const struct key *k, const void *p, size_t n, const void *sig, size_t sig_n, struct err *e)
{
	return sig && key_check(k, MD_SHA256, NULL, p, n, sig, sig_n) == 0 ? 0 : err_set(e, E_INVALID_SIGNATURE, NULL);
}
