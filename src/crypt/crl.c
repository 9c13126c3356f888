#include <string.h>

#include <openssl/bn.h>

#include "crypt/cert.h"
#include "crypt/ossl.h"
#include "crypt/tbs.h"

/* CertificateList, RFC 5280 section 5. */

#define SERIAL_DIGITS 49 /* of 20 bytes */

static int serial_number(struct der *d, const char *text, struct err *e)
{
	size_t n = strlen(text);
	unsigned char bytes[24];
	BIGNUM *number = NULL;
	int bytes_n = -1;

	if (n > 0 && n <= SERIAL_DIGITS && strspn(text, "0123456789") == n && BN_dec2bn(&number, text) &&
	    BN_num_bytes(number) <= CERT_SERIAL_MAX)
		bytes_n = BN_bn2bin(number, bytes);
	BN_free(number);
	if (bytes_n < 0)
		return err_set(e, E_CERTIFICATE_INVALID, "'%.64s' is not the serial number of a certificate.", text);
	der_put_unsigned(d, bytes, (size_t)bytes_n);
	return 0;
}

static int revoked(struct der *d, const struct crl_entry *entries, size_t n, struct err *e)
{
	size_t list = der_mark(d);

	if (n == 0)
		return 0; /* the list is absent then, never empty: section 5.1.2.6 */
	while (n--) {
		size_t mark = der_mark(d);

		if (tbs_time(d, entries[n].revoked_at, e) || serial_number(d, entries[n].serial, e))
			return -1;
		der_wrap(d, DER_SEQUENCE, mark);
	}
	der_wrap(d, DER_SEQUENCE, list);
	return 0;
}

static void extensions(struct der *d, const ASN1_OCTET_STRING *keyid, int64_t number)
{
	size_t all = der_mark(d), mark = all;

	der_put_int(d, number);
	tbs_extension(d, 0x14, 0, mark);
	tbs_authority_key(d, ASN1_STRING_get0_data(keyid), (size_t)ASN1_STRING_length(keyid));
	der_wrap(d, DER_SEQUENCE, all);
	der_wrap(d, DER_CONTEXT_CONSTRUCTED + 0, all);
}

int crl_make(const struct cert *issuer, const struct key *issuer_key, const struct crl_entry *entries, size_t n,
	     int64_t number, int64_t this_update, int64_t next_update, struct buf *out, struct err *e)
{
	AUTO_DER tbs = DER_INIT, whole = DER_INIT;
	X509 *x = cert_x509(issuer);
	const ASN1_OCTET_STRING *keyid = X509_get0_subject_key_id(x);
	const unsigned char *name;
	size_t name_n;

	if (!cert_matches(issuer, issuer_key) || keyid == NULL ||
	    X509_NAME_get0_der(X509_get_subject_name(x), &name, &name_n) != 1)
		return err_set(e, E_CERTIFICATE_INVALID,
			       "The issuer of the revocation list has another key or no key identifier.");
	if (number < 0 || next_update <= this_update)
		return err_set(e, E_CERTIFICATE_INVALID,
			       "A revocation list has a number of 0 or more and ends after it begins.");
	extensions(&tbs, keyid, number);
	if (revoked(&tbs, entries, n, e) || tbs_time(&tbs, next_update, e) || tbs_time(&tbs, this_update, e))
		return -1;
	der_add(&tbs, name, name_n);
	tbs_algorithm(&tbs, issuer_key);
	der_put_int(&tbs, 1); /* version 2 */
	der_wrap(&tbs, DER_SEQUENCE, 0);
	if (tbs_sign(&tbs, issuer_key, &whole, e))
		return -1;
	buf_add(out, der_bytes(&whole), der_n(&whole));
	return 0;
}
