#include <string.h>

#include "base/mem.h"
#include "base/rand.h"
#include "crypt/cert.h"
#include "crypt/ossl.h"
#include "crypt/tbs.h"

/* A certificate is written by hand, since OpenSSL's setters decode the key again, which takes several times as
 * long as the signature; the key's DER is copied as it is. RFC 5280 section 4. */

enum ca { CA_NONE, CA_PATHLEN_0, CA_ANY };

static const struct profile {
	enum ca ca;
	unsigned char eku; /* last byte of 1.3.6.1.5.5.7.3.x, 0 for none */
	bool self_signed;
	bool names;
} profiles[] = {
	[CERT_ROOT] = { .ca = CA_ANY, .self_signed = true },
	[CERT_ISSUING_CA] = { .ca = CA_PATHLEN_0 },
	[CERT_SIGNER] = { .eku = 4 },
	[CERT_SELF_SIGNER] = { .eku = 4, .self_signed = true },
	[CERT_PRODUCT] = { .eku = 2 },
	[CERT_TLS_CA] = { .ca = CA_PATHLEN_0, .self_signed = true },
	[CERT_TLS_SERVER] = { .eku = 1, .names = true },
};

static void extended_key_usage(struct der *d, unsigned char purpose)
{
	const unsigned char oid[] = { 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, purpose };
	size_t mark = der_mark(d);

	der_put(d, DER_OID, oid, sizeof(oid));
	der_wrap(d, DER_SEQUENCE, mark);
	tbs_extension(d, 0x25, 0, mark);
}

static void key_usage(struct der *d, bool ca)
{
	/* keyCertSign and cRLSign are bits 5 and 6, digitalSignature is bit 0 */
	static const unsigned char ca_bits[] = { 1, 0x06 }, leaf_bits[] = { 7, 0x80 };
	size_t mark = der_mark(d);

	der_put(d, DER_BIT_STRING, ca ? ca_bits : leaf_bits, 2);
	tbs_extension(d, 0x0f, 1, mark);
}

static void basic_constraints(struct der *d, enum ca ca)
{
	size_t mark = der_mark(d);

	if (ca == CA_PATHLEN_0)
		der_put_int(d, 0);
	if (ca != CA_NONE)
		der_put(d, DER_BOOLEAN, "\xff", 1);
	der_wrap(d, DER_SEQUENCE, mark);
	tbs_extension(d, 0x13, 1, mark);
}

static void subject_key(struct der *d, const unsigned char id[KEY_IDENTIFIER_SIZE])
{
	size_t mark = der_mark(d);

	der_put(d, DER_OCTET_STRING, id, KEY_IDENTIFIER_SIZE);
	tbs_extension(d, 0x0e, 0, mark);
}

/* What of the issuer goes into the certificate; p NULL: the subject is its own issuer. */
struct issuer {
	const unsigned char *name;
	size_t name_n;
	const unsigned char *keyid;
	size_t keyid_n;
};

static int extensions(struct der *d, const struct cert_request *req, const struct profile *p, const struct issuer *by,
		      struct err *e)
{
	unsigned char id[KEY_IDENTIFIER_SIZE];
	size_t mark = der_mark(d);

	key_identifier(req->key, id);
	if (p->names && tbs_names(d, req->names, e))
		return -1;
	if (by->keyid)
		tbs_authority_key(d, by->keyid, by->keyid_n);
	else
		tbs_authority_key(d, id, sizeof(id));
	subject_key(d, id);
	if (p->eku)
		extended_key_usage(d, p->eku);
	key_usage(d, p->ca != CA_NONE);
	basic_constraints(d, p->ca);
	der_wrap(d, DER_SEQUENCE, mark);
	der_wrap(d, DER_CONTEXT_CONSTRUCTED + 3, mark);
	return 0;
}

static int validity(struct der *d, const struct cert_request *req, struct err *e)
{
	size_t mark = der_mark(d);

	if (tbs_time(d, req->not_after, e) || tbs_time(d, req->not_before, e))
		return -1;
	der_wrap(d, DER_SEQUENCE, mark);
	return 0;
}

static int subject(struct der *d, const struct cert_request *req, struct err *e)
{
	return tbs_name(d, req->organization, req->common_name, req->serial_number, e);
}

static int tbs_certificate(struct der *d, const struct cert_request *req, const struct issuer *by,
			   const struct key *issuer_key, const unsigned char serial[CERT_SERIAL_SIZE], struct err *e)
{
	if (extensions(d, req, &profiles[req->profile], by, e))
		return -1;
	der_add(d, req->key->spki, req->key->spki_n);
	if (subject(d, req, e) || validity(d, req, e))
		return -1;
	if (by->name)
		der_add(d, by->name, by->name_n);
	else if (subject(d, req, e))
		return -1;
	tbs_algorithm(d, issuer_key);
	der_put_unsigned(d, serial, CERT_SERIAL_SIZE);
	der_put(d, DER_CONTEXT_CONSTRUCTED + 0, "\x02\x01\x02", 3); /* version 3 */
	der_wrap(d, DER_SEQUENCE, 0);
	return 0;
}

static int use_issuer(const struct cert *c, const struct key *k, struct issuer *by, struct err *e)
{
	X509 *x = cert_x509(c);
	const ASN1_OCTET_STRING *id = X509_get0_subject_key_id(x);
	struct der_in own = key_bits(k);
	const unsigned char *bits = NULL;
	int bits_n = 0;

	X509_PUBKEY_get0_param(NULL, &bits, &bits_n, NULL, X509_get_X509_PUBKEY(x));
	if ((size_t)bits_n != own.n || memcmp(bits, own.p, own.n) != 0)
		return err_set(e, E_CERTIFICATE_INVALID, "The issuer's key does not belong to its certificate.");
	if (id == NULL)
		return err_set(e, E_CERTIFICATE_INVALID, "The issuer's certificate has no subject key identifier.");
	if (X509_NAME_get0_der(X509_get_subject_name(x), &by->name, &by->name_n) != 1)
		return err_set(e, E_CERTIFICATE_INVALID, "The issuer's name cannot be encoded.");
	by->keyid = ASN1_STRING_get0_data(id);
	by->keyid_n = (size_t)ASN1_STRING_length(id);
	return 0;
}

static int check_request(const struct cert_request *req, const struct cert *issuer, const struct key *issuer_key,
			 struct err *e)
{
	if (profiles[req->profile].self_signed && issuer)
		return err_set(e, E_CERTIFICATE_INVALID, "A certificate of this kind is signed by its own key only.");
	if (issuer == NULL && !key_same(req->key, issuer_key))
		return err_set(e, E_CERTIFICATE_INVALID, "A certificate without issuer is signed by its own key only.");
	if (req->not_after <= req->not_before)
		return err_set(e, E_CERTIFICATE_INVALID, "A certificate must end after it begins.");
	return 0;
}

/* Random and positive; the first byte is not 0, so that all have the same length. */
static void make_serial(unsigned char out[CERT_SERIAL_SIZE])
{
	do {
		rand_bytes(out, CERT_SERIAL_SIZE);
		out[0] &= 0x7f;
	} while (out[0] == 0);
}

int cert_issue(const struct cert_request *req, const struct cert *issuer, const struct key *issuer_key, struct cert **out,
	       struct err *e)
{
	AUTO_DER tbs = DER_INIT, whole = DER_INIT;
	unsigned char serial[CERT_SERIAL_SIZE];
	struct issuer by = { 0 };

	if (check_request(req, issuer, issuer_key, e) || (issuer && use_issuer(issuer, issuer_key, &by, e)))
		return -1;
	make_serial(serial);
	if (tbs_certificate(&tbs, req, &by, issuer_key, serial, e) || tbs_sign(&tbs, issuer_key, &whole, e))
		return -1;
	*out = cert_new((unsigned char *)mem_dup(der_bytes(&whole), der_n(&whole)), der_n(&whole), serial, sizeof(serial),
			req->not_before / 1000 * 1000, req->not_after / 1000 * 1000);
	return 0;
}
