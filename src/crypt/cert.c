#include "crypt/cert.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>

#include "base/mem.h"
#include "base/str.h"
#include "crypt/ossl.h"
#include "crypt/pem.h"

#define CERT_SIZE_MAX 65536

static int unreadable(struct err *e, const char *why)
{
	return err_set(e, E_CERTIFICATE_INVALID, "The certificate cannot be read: %s.", why);
}

struct cert *cert_new(unsigned char *der, size_t n, const unsigned char *serial, size_t serial_n, int64_t not_before,
		      int64_t not_after)
{
	struct cert *c = mem_alloc(sizeof(*c));

	c->refs = 1;
	c->der = der;
	c->n = n;
	if (serial_n)
		memcpy(c->serial, serial, serial_n);
	c->serial_n = serial_n;
	c->not_before = not_before;
	c->not_after = not_after;
	return c;
}

void cert_free(struct cert *c)
{
	if (c == NULL || atomic_fetch_sub(&c->refs, 1) != 1)
		return;
	X509_free(c->x509);
	free(c->der);
	free(c);
}

struct cert *cert_ref(struct cert *c)
{
	atomic_fetch_add(&c->refs, 1);
	return c;
}

X509 *cert_x509(const struct cert *c)
{
	_Atomic(X509 *) *slot = &((struct cert *)c)->x509;
	const unsigned char *p = c->der;
	X509 *x = atomic_load(slot), *other = NULL;

	if (x)
		return x;
	x = ossl_must(d2i_X509(NULL, &p, (long)c->n));
	if (atomic_compare_exchange_strong(slot, &other, x))
		return x;
	X509_free(x);
	return other;
}

/* Takes x over, also on failure. der is copied. */
static int from_parsed(X509 *x, const void *der, size_t n, struct cert **out, struct err *e)
{
	AUTO_OSSL(X509) *mine = x;
	const ASN1_INTEGER *serial = X509_get0_serialNumber(x);
	const unsigned char *digits = ASN1_STRING_get0_data(serial);
	int serial_n = ASN1_STRING_length(serial);
	int64_t from, until;

	if (serial_n > CERT_SERIAL_MAX || ASN1_STRING_type(serial) == V_ASN1_NEG_INTEGER)
		return unreadable(e, "its serial number is negative or longer than 20 bytes");
	if (ossl_time(X509_get0_notBefore(x), &from) || ossl_time(X509_get0_notAfter(x), &until))
		return unreadable(e, "its times are malformed");
	*out = cert_new((unsigned char *)mem_dup(der, n), n, digits, (size_t)serial_n, from, until);
	(*out)->x509 = mine;
	mine = NULL;
	return 0;
}

int cert_from_x509(X509 *x, struct cert **out, struct err *e)
{
	unsigned char *der = NULL;
	int n = i2d_X509(x, &der), rc;

	if (n <= 0)
		return unreadable(e, "it cannot be encoded");
	X509_up_ref(x);
	rc = from_parsed(x, der, (size_t)n, out, e);
	OPENSSL_free(der);
	return rc;
}

/* A second encoding of the same certificate would have another fingerprint: only the one DER form is taken. */
static bool is_canonical(X509 *x, const void *der, size_t n)
{
	unsigned char *again = NULL;
	int again_n = i2d_X509(x, &again);
	bool same = again_n > 0 && (size_t)again_n == n && memcmp(again, der, n) == 0;

	OPENSSL_free(again);
	return same;
}

int cert_read_der(const void *der, size_t n, struct cert **out, struct err *e)
{
	const unsigned char *p = der;
	char reason[OSSL_REASON_SIZE];
	X509 *x;

	if (n == 0 || n > CERT_SIZE_MAX)
		return unreadable(e, "it has no bytes or more than 65536");
	ossl_begin();
	x = d2i_X509(NULL, &p, (long)n);
	if (x == NULL)
		return unreadable(e, ossl_reason(reason));
	if (p != (const unsigned char *)der + n || !is_canonical(x, der, n)) {
		X509_free(x);
		return unreadable(e, "it is not one certificate in DER form");
	}
	ossl_begin();
	return from_parsed(x, der, n, out, e);
}

/* 1 and a certificate, 0 at the end, -1. */
static int next_pem(const char **pem, size_t *n, struct cert **out, struct err *e)
{
	AUTO_BUF der = BUF_INIT;
	int found = pem_next(pem, n, "CERTIFICATE", true, &der);

	if (found < 0)
		return unreadable(e, "what begins like PEM is not a whole block CERTIFICATE");
	if (found == 0)
		return 0;
	return cert_read_der(der.data, der.n, out, e) ? -1 : 1;
}

int cert_read_pem(const char *pem, size_t n, struct cert **out, struct err *e)
{
	int found = next_pem(&pem, &n, out, e);

	if (found == 0)
		return unreadable(e, "there is no PEM block CERTIFICATE");
	return found < 0 ? -1 : 0;
}

int cert_read_chain(const char *pem, size_t n, struct cert **out, size_t max, size_t *count, struct err *e)
{
	struct cert *c;
	size_t got = 0;
	int found;

	while ((found = next_pem(&pem, &n, &c, e)) == 1) {
		if (got == max) {
			cert_free(c);
			found = err_set(e, E_CERTIFICATE_INVALID, "There are more than %zu certificates in the chain.",
					max);
			break;
		}
		out[got++] = c;
	}
	if (found == 0 && got == 0)
		found = unreadable(e, "there is no PEM block CERTIFICATE");
	if (found == 0) {
		*count = got;
		return 0;
	}
	while (got)
		cert_free(out[--got]);
	return -1;
}

void cert_write_der(const struct cert *c, struct buf *out)
{
	buf_add(out, c->der, c->n);
}

void cert_write_pem(const struct cert *c, struct buf *out)
{
	pem_write("CERTIFICATE", c->der, c->n, out);
}

int cert_key(const struct cert *c, struct key **out, struct err *e)
{
	unsigned char *der = NULL;
	int n = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert_x509(c)), &der), rc;

	if (n <= 0)
		return err_set(e, E_KEY_UNSUITABLE, NULL);
	rc = key_read_public(der, (size_t)n, out, e);
	OPENSSL_free(der);
	return rc;
}

char *cert_serial(const struct cert *c, char out[CERT_SERIAL_TEXT])
{
	AUTO_OSSL(BIGNUM) *n = ossl_must(BN_bin2bn(c->serial, (int)c->serial_n, NULL));
	char *text = ossl_must(BN_bn2dec(n));

	str_copy(out, CERT_SERIAL_TEXT, text);
	OPENSSL_free(text);
	return out;
}

int64_t cert_not_before(const struct cert *c)
{
	return c->not_before;
}

int64_t cert_not_after(const struct cert *c)
{
	return c->not_after;
}

static char *name_text(const X509_NAME *name, int nid, char out[256])
{
	int at = X509_NAME_get_index_by_NID(name, nid, -1);
	unsigned char *text = NULL;
	int n;

	out[0] = '\0';
	if (at < 0)
		return out;
	n = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
	if (n > 0 && memchr(text, '\0', (size_t)n) == NULL)
		str_copy(out, 256, (const char *)text);
	OPENSSL_free(text);
	ossl_begin();
	return out;
}

char *cert_common_name(const struct cert *c, char out[256])
{
	return name_text(X509_get_subject_name(cert_x509(c)), NID_commonName, out);
}

char *cert_issuer_name(const struct cert *c, char out[256])
{
	return name_text(X509_get_issuer_name(cert_x509(c)), NID_commonName, out);
}

char *cert_subject_serial(const struct cert *c, char out[256])
{
	return name_text(X509_get_subject_name(cert_x509(c)), NID_serialNumber, out);
}

void cert_fingerprint(const struct cert *c, unsigned char out[SHA256_SIZE])
{
	digest_sha256(c->der, c->n, out);
}

char *cert_fingerprint_text(const struct cert *c, char out[96])
{
	static const char digits[] = "0123456789ABCDEF";
	unsigned char hash[SHA256_SIZE];

	cert_fingerprint(c, hash);
	for (size_t i = 0; i < SHA256_SIZE; i++) {
		out[3 * i] = digits[hash[i] >> 4];
		out[3 * i + 1] = digits[hash[i] & 15];
		out[3 * i + 2] = ':';
	}
	out[3 * SHA256_SIZE - 1] = '\0';
	return out;
}

bool cert_equal(const struct cert *a, const struct cert *b)
{
	return a->n == b->n && memcmp(a->der, b->der, a->n) == 0;
}

bool cert_matches(const struct cert *c, const struct key *k)
{
	struct key *own;
	struct err e;
	bool same;

	if (cert_key(c, &own, &e))
		return false;
	same = key_same(own, k);
	key_free(own);
	return same;
}
