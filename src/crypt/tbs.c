#include "crypt/tbs.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/str.h"
#include "crypt/ossl.h"

#define NAME_CHARS 64

/* Bytes of the first 64 characters. */
static size_t cut(const char *s)
{
	size_t n = 0, chars = 0;

	for (; s[n]; n++)
		if (((unsigned char)s[n] & 0xc0) != 0x80 && ++chars > NAME_CHARS)
			break;
	return n;
}

static bool printable(const char *s)
{
	return s[strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 '()+,-./:=?")] == '\0';
}

/* X.520 attribute 2.5.4.oid as an RDN of its own. */
static void attribute(struct der *d, unsigned char oid, unsigned char tag, const char *s, size_t n)
{
	const unsigned char type[] = { 0x55, 0x04, oid };
	size_t mark = der_mark(d);

	der_put(d, tag, s, n);
	der_put(d, DER_OID, type, sizeof(type));
	der_wrap(d, DER_SEQUENCE, mark);
	der_wrap(d, DER_SET, mark);
}

static int text(struct der *d, unsigned char oid, const char *what, const char *s, struct err *e)
{
	if (*s == '\0' || !str_utf8(s, strlen(s)))
		return err_set(e, E_CERTIFICATE_INVALID, "The %s of a certificate's subject is empty or not UTF-8.", what);
	attribute(d, oid, DER_UTF8, s, cut(s));
	return 0;
}

int tbs_name(struct der *d, const char *organization, const char *common_name, const char *serial, struct err *e)
{
	size_t mark = der_mark(d);

	if (serial) {
		size_t n = strlen(serial);

		if (n == 0 || n > NAME_CHARS || !printable(serial))
			return err_set(
				e, E_CERTIFICATE_INVALID,
				"The serial number of a certificate's subject has 1 to 64 letters, digits and '()+,-./:=?.");
		attribute(d, 0x05, DER_PRINTABLE, serial, n);
	}
	if (text(d, 0x03, "common name", common_name ? common_name : "", e))
		return -1;
	if (organization && text(d, 0x0a, "organization", organization, e))
		return -1;
	der_wrap(d, DER_SEQUENCE, mark);
	return 0;
}

int tbs_time(struct der *d, int64_t at, struct err *e)
{
	time_t s = (time_t)(at / SECOND_MS);
	char out[sizeof("YYYYMMDDHHMMSSZ")];
	bool generalized;
	struct tm tm;

	if (at < 0 || gmtime_r(&s, &tm) == NULL || tm.tm_year + 1900 > 9999)
		return err_set(e, E_CERTIFICATE_INVALID, "A certificate cannot carry the time %lld ms.", (long long)at);
	generalized = tm.tm_year + 1900 >= 2050;
	strftime(out, sizeof(out), "%Y%m%d%H%M%SZ", &tm);
	if (generalized)
		der_put(d, DER_GENERALIZED_TIME, out, strlen(out));
	else
		der_put(d, DER_UTC_TIME, out + 2, strlen(out) - 2); /* without the century */
	return 0;
}

void tbs_algorithm(struct der *d, const struct key *k)
{
	/* sha256WithRSAEncryption with NULL; ecdsa-with-SHA256 without parameters */
	static const unsigned char rsa[] = { 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
					     0xf7, 0x0d, 0x01, 0x01, 0x0b, 0x05, 0x00 };
	static const unsigned char ecdsa[] = { 0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02 };

	if (k->rsa)
		der_add(d, rsa, sizeof(rsa));
	else
		der_add(d, ecdsa, sizeof(ecdsa));
}

void tbs_extension(struct der *d, unsigned char oid, int critical, size_t mark)
{
	const unsigned char id[] = { 0x55, 0x1d, oid };

	der_wrap(d, DER_OCTET_STRING, mark);
	if (critical)
		der_put(d, DER_BOOLEAN, "\xff", 1);
	der_put(d, DER_OID, id, sizeof(id));
	der_wrap(d, DER_SEQUENCE, mark);
}

static int host(struct der *d, const char *text, struct err *e)
{
	unsigned char address[16];
	size_t n = strlen(text);

	if (inet_pton(AF_INET, text, address) == 1) {
		der_put(d, DER_CONTEXT + 7, address, 4);
		return 0;
	}
	if (inet_pton(AF_INET6, text, address) == 1) {
		der_put(d, DER_CONTEXT + 7, address, 16);
		return 0;
	}
	if (n == 0 || n > 253 ||
	    text[strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.*")] != '\0')
		return err_set(e, E_CERTIFICATE_INVALID, "'%s' is neither a DNS name nor an IP address.", text);
	der_put(d, DER_CONTEXT + 2, text, n);
	return 0;
}

int tbs_names(struct der *d, const char *const *names, struct err *e)
{
	size_t mark = der_mark(d), n = 0;

	while (names && names[n])
		n++;
	if (n == 0)
		return err_set(e, E_CERTIFICATE_INVALID, "A TLS server certificate needs at least one name.");
	while (n)
		if (host(d, names[--n], e))
			return -1;
	der_wrap(d, DER_SEQUENCE, mark);
	tbs_extension(d, 0x11, 0, mark);
	return 0;
}

void tbs_authority_key(struct der *d, const void *keyid, size_t n)
{
	size_t mark = der_mark(d);

	der_put(d, DER_CONTEXT + 0, keyid, n);
	der_wrap(d, DER_SEQUENCE, mark);
	tbs_extension(d, 0x23, 0, mark);
}

int tbs_sign(const struct der *tbs, const struct key *k, struct der *out, struct err *e)
{
	AUTO_BUF sig = BUF_INIT;
	size_t mark = der_mark(out);

	if (key_sign(k, der_bytes(tbs), der_n(tbs), &sig, e))
		return -1;
	der_put_bits(out, sig.data, sig.n);
	tbs_algorithm(out, k);
	der_add(out, der_bytes(tbs), der_n(tbs));
	der_wrap(out, DER_SEQUENCE, mark);
	return 0;
}
