#include "crypt/cms.h"

#include <limits.h>
#include <string.h>

#include "base/clock.h"
#include "crypt/ossl.h"

#define CMS_SIZE_MAX 65536

static void x509_list_freep(STACK_OF(X509) * *list)
{
	sk_X509_pop_free(*list, X509_free);
}
#define AUTO_X509_LIST __attribute__((cleanup(x509_list_freep))) STACK_OF(X509)

static int untrusted(struct err *e, const char *why)
{
	return err_set(e, E_SYNC_UNTRUSTED, "The signature cannot be trusted: %s.", why);
}

static int failed(struct err *e)
{
	char reason[OSSL_REASON_SIZE];

	return err_set(e, E_INTERNAL, "A signature could not be made: %s.", ossl_reason(reason));
}

int cms_sign(const void *content, size_t n, const struct cert *signer, const struct key *k, struct cert *const *chain,
	     size_t chain_n, int64_t at, struct buf *out, struct err *e)
{
	/* streaming only means that the content is read at CMS_final() */
	const unsigned flags = CMS_DETACHED | CMS_BINARY | CMS_PARTIAL | CMS_STREAM | CMS_NOSMIMECAP;
	AUTO_OSSL(ASN1_TIME) *when = ASN1_TIME_set(NULL, (time_t)(at / SECOND_MS));
	AUTO_OSSL(CMS_ContentInfo) *cms = NULL;
	AUTO_OSSL(BIO) *in = NULL;
	unsigned char *der = NULL;
	CMS_SignerInfo *si;
	int der_n;

	ossl_begin();
	if (n > INT_MAX || when == NULL)
		return err_set(e, E_INTERNAL, "The content is too large to be signed, or its time is out of range.");
	cms = CMS_sign(NULL, NULL, NULL, NULL, flags);
	if (cms == NULL)
		return failed(e);
	for (size_t i = 0; i < chain_n; i++)
		if (CMS_add1_cert(cms, cert_x509(chain[i])) != 1)
			return failed(e);
	in = ossl_must(BIO_new_mem_buf(n ? content : "", (int)n));
	/* without a signingTime of ours OpenSSL would ask the system's clock */
	si = CMS_add1_signer(cms, cert_x509(signer), k->pkey, ossl_md(MD_SHA256), flags);
	if (si == NULL || CMS_signed_add1_attr_by_NID(si, NID_pkcs9_signingTime, when->type, when, -1) != 1 ||
	    CMS_final(cms, in, NULL, flags) != 1)
		return failed(e);
	der_n = i2d_CMS_ContentInfo(cms, &der);
	if (der_n <= 0)
		return failed(e);
	buf_add(out, der, (size_t)der_n);
	OPENSSL_free(der);
	return 0;
}

void cms_verified_fini(struct cms_verified *v)
{
	cert_free(v->signer);
	cert_free(v->intermediate);
	*v = (struct cms_verified){ 0 };
}

/* AlgorithmIdentifier content of SHA-2 with absent parameters or NULL. */
static int read_digest(struct der_in alg, enum ossl_md *out)
{
	static const unsigned char sha2[] = { 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02 };
	struct der_in oid;

	if (der_get(&alg, DER_OID, &oid) || oid.n != sizeof(sha2) + 1 || memcmp(oid.p, sha2, sizeof(sha2)) != 0 ||
	    (alg.n && !der_is_null(alg)))
		return -1;
	switch (oid.p[sizeof(sha2)]) {
	case 1:
		*out = MD_SHA256;
		return 0;
	case 2:
		*out = MD_SHA384;
		return 0;
	case 3:
		*out = MD_SHA512;
		return 0;
	}
	return -1;
}

/* The signature's algorithm fits the digest; RSA may leave the digest out (RFC 3370 section 3.2). */
static bool algorithm_fits(struct der_in alg, enum ossl_md md)
{
	static const unsigned char rsa[] = { 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00 };
	struct der_in params;
	const struct sig_alg *a;

	if (alg.n == sizeof(rsa) && memcmp(alg.p, rsa, sizeof(rsa)) == 0)
		return true;
	a = sig_alg_read(alg, &params);
	return a && !a->pss && a->md == md;
}

static bool is_version_1(struct der_in *in)
{
	struct der_in version;

	return der_get(in, DER_INTEGER, &version) == 0 && version.n == 1 && version.p[0] == 1;
}

/* SignerInfo of RFC 5652 section 5.3: version 1 (issuer and serial number), signed attributes, nothing unsigned. */
static bool signer_info_fits(struct der_in infos, enum ossl_md declared)
{
	struct der_in si, sid, digest, attributes, algorithm, signature;
	enum ossl_md md;

	return der_get(&infos, DER_SEQUENCE, &si) == 0 && infos.n == 0 && is_version_1(&si) &&
	       der_get(&si, DER_SEQUENCE, &sid) == 0 && der_get(&si, DER_SEQUENCE, &digest) == 0 &&
	       read_digest(digest, &md) == 0 && md == declared &&
	       der_get(&si, DER_CONTEXT_CONSTRUCTED + 0, &attributes) == 0 && der_get(&si, DER_SEQUENCE, &algorithm) == 0 &&
	       algorithm_fits(algorithm, md) && der_get(&si, DER_OCTET_STRING, &signature) == 0 && si.n == 0;
}

/* OpenSSL reads much that is not signed and that nobody needs: other versions and encodings, revocation lists,
 * unsigned attributes, several signers. A signature of ours has one form, so that no byte of it can change unseen. */
static bool shape_fits(const void *sig, size_t n)
{
	static const unsigned char signed_data[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02 };
	static const unsigned char data[] = { 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01 };
	struct der_in in = { sig, n }, info, type, explicit, sd, digests, digest, content, certs, infos;
	enum ossl_md md;

	if (der_get(&in, DER_SEQUENCE, &info) || in.n || der_get(&info, DER_OID, &type) || type.n != sizeof(signed_data) ||
	    memcmp(type.p, signed_data, type.n) != 0 || der_get(&info, DER_CONTEXT_CONSTRUCTED + 0, &explicit) || info.n ||
	    der_get(&explicit, DER_SEQUENCE, &sd) || explicit.n || !is_version_1(&sd))
		return false;
	if (der_get(&sd, DER_SET, &digests) || der_get(&digests, DER_SEQUENCE, &digest) || digests.n ||
	    read_digest(digest, &md))
		return false;
	/* detached: the type only */
	if (der_get(&sd, DER_SEQUENCE, &content) || content.n != sizeof(data) || memcmp(content.p, data, content.n) != 0)
		return false;
	return der_get(&sd, DER_CONTEXT_CONSTRUCTED + 0, &certs) == 0 && der_get(&sd, DER_SET, &infos) == 0 && sd.n == 0 &&
	       signer_info_fits(infos, md);
}

/* Exactly one signingTime, of either form. */
static int read_signing_time(const CMS_SignerInfo *si, int64_t *out)
{
	const ASN1_OBJECT *oid = OBJ_nid2obj(NID_pkcs9_signingTime);
	const ASN1_TIME *t = CMS_signed_get0_data_by_OBJ(si, oid, -3, V_ASN1_UTCTIME);

	if (t == NULL)
		t = CMS_signed_get0_data_by_OBJ(si, oid, -3, V_ASN1_GENERALIZEDTIME);
	return ossl_time(t, out);
}

/* OpenSSL compares names without case; here the bytes must be the same. */
static bool is_named(CMS_SignerInfo *si, X509 *x)
{
	const unsigned char *a, *b;
	size_t a_n, b_n;
	X509_NAME *issuer;

	return CMS_SignerInfo_cert_cmp(si, x) == 0 && CMS_SignerInfo_get0_signer_id(si, NULL, &issuer, NULL) == 1 &&
	       issuer && X509_NAME_get0_der(issuer, &a, &a_n) == 1 &&
	       X509_NAME_get0_der(X509_get_issuer_name(x), &b, &b_n) == 1 && a_n == b_n && memcmp(a, b, a_n) == 0;
}

static X509 *find_signer(CMS_SignerInfo *si, STACK_OF(X509) * certs)
{
	for (int i = 0; i < sk_X509_num(certs); i++)
		if (is_named(si, sk_X509_value(certs, i)))
			return sk_X509_value(certs, i);
	return NULL;
}

/* The one DER form: some tags may differ in what OpenSSL reads. */
static bool is_canonical(CMS_ContentInfo *cms, const void *sig, size_t n)
{
	unsigned char *again = NULL;
	int again_n = i2d_CMS_ContentInfo(cms, &again);
	bool same = again_n > 0 && (size_t)again_n == n && memcmp(again, sig, n) == 0;

	OPENSSL_free(again);
	return same;
}

static int check_self_signed(X509 *signer, STACK_OF(X509) * certs, int64_t at, struct err *e)
{
	int64_t from, until;

	if (sk_X509_num(certs) != 1 || X509_self_signed(signer, 1) != 1)
		return untrusted(e, "its signer is not a single self-signed certificate");
	if (ossl_time(X509_get0_notBefore(signer), &from) || ossl_time(X509_get0_notAfter(signer), &until) || at < from ||
	    at >= until)
		return untrusted(e, "its signer's certificate does not hold at this time");
	return 0;
}

/* Every certificate inside belongs to the chain: no byte without meaning. */
static bool all_used(STACK_OF(X509) * certs, STACK_OF(X509) * chain)
{
	for (int i = 0; i < sk_X509_num(certs); i++) {
		bool used = false;

		for (int j = 0; j < sk_X509_num(chain) && !used; j++)
			used = X509_cmp(sk_X509_value(certs, i), sk_X509_value(chain, j)) == 0;
		if (!used)
			return false;
	}
	return true;
}

static int check_chain(X509 *signer, STACK_OF(X509) * certs, const struct cert *root, int64_t at, struct cms_verified *out,
		       struct err *e)
{
	AUTO_X509_LIST *chain = NULL;

	if (cert_build(signer, certs, root, at, X509_PURPOSE_SMIME_SIGN, E_SYNC_UNTRUSTED, E_SYNC_UNTRUSTED, &chain, e))
		return -1;
	if (sk_X509_num(chain) < 2 || sk_X509_num(chain) > 3)
		return untrusted(e, "its signer is not issued by the licensing root or a CA directly below it");
	if (!all_used(certs, chain))
		return untrusted(e, "it carries certificates that do not belong to its signer");
	return sk_X509_num(chain) == 3 ? cert_from_x509(sk_X509_value(chain, 1), &out->intermediate, e) : 0;
}

static int verify_parsed(CMS_ContentInfo *cms, STACK_OF(X509) * certs, const void *content, size_t n,
			 const struct cert *root, int64_t at, struct cms_verified *out, struct err *e)
{
	STACK_OF(CMS_SignerInfo) *infos = CMS_get0_SignerInfos(cms);
	AUTO_OSSL(BIO) *in = ossl_must(BIO_new_mem_buf(n ? content : "", (int)n));
	char reason[OSSL_REASON_SIZE];
	CMS_SignerInfo *si;
	X509 *signer;

	if (sk_CMS_SignerInfo_num(infos) != 1 || CMS_is_detached(cms) != 1)
		return untrusted(e, "it is not a detached signature of one signer");
	si = sk_CMS_SignerInfo_value(infos, 0);
	if (CMS_signed_get_attr_count(si) <= 0 || read_signing_time(si, &out->signed_at))
		return untrusted(e, "it has no signed attributes with one signing time");
	signer = find_signer(si, certs);
	if (signer == NULL)
		return untrusted(e, "its signer's certificate is not inside");
	if (!cert_x509_is_signer(signer))
		return untrusted(e, "its signer's certificate is not one for signing (CA:FALSE, emailProtection alone)");
	if (root ? check_chain(signer, certs, root, at, out, e) : check_self_signed(signer, certs, at, e))
		return -1;
	/* the chain is judged above, with the chain itself as a result */
	if (CMS_verify(cms, NULL, NULL, in, NULL, CMS_BINARY | CMS_DETACHED | CMS_NO_SIGNER_CERT_VERIFY) != 1)
		return untrusted(e, ossl_reason(reason));
	return cert_from_x509(signer, &out->signer, e);
}

/* The certificates inside are in the one DER form too, and their keys are ours to use. */
static int check_certificates(STACK_OF(X509) * certs, struct err *e)
{
	for (int i = 0; i < sk_X509_num(certs); i++) {
		struct cert *c;
		struct key *k;

		if (cert_from_x509(sk_X509_value(certs, i), &c, e))
			return untrusted(e, "a certificate inside is malformed");
		if (cert_key(c, &k, e)) {
			cert_free(c);
			return untrusted(e, "a certificate inside has a key of an unsuitable kind");
		}
		key_free(k);
		cert_free(c);
	}
	return 0;
}

int cms_verify(const void *content, size_t n, const void *sig, size_t sig_n, const struct cert *root, int64_t at,
	       struct cms_verified *out, struct err *e)
{
	const unsigned char *p = sig;
	AUTO_OSSL(CMS_ContentInfo) *cms = NULL;
	AUTO_X509_LIST *certs = NULL;

	*out = (struct cms_verified){ 0 };
	if (n > INT_MAX || sig_n == 0 || sig_n > CMS_SIZE_MAX)
		return untrusted(e, "content or signature is empty or too large");
	ossl_begin();
	if (!shape_fits(sig, sig_n))
		return untrusted(e, "it is not a detached CMS signature of one signer, with signed attributes and SHA-256, "
				    "SHA-384 or SHA-512, in DER");
	cms = d2i_CMS_ContentInfo(NULL, &p, (long)sig_n);
	if (cms == NULL || p != (const unsigned char *)sig + sig_n || !is_canonical(cms, sig, sig_n))
		return untrusted(e, "it cannot be read as DER");
	certs = CMS_get1_certs(cms);
	if (check_certificates(certs, e) || verify_parsed(cms, certs, content, n, root, at, out, e)) {
		cms_verified_fini(out);
		ossl_begin();
		return -1;
	}
	ossl_begin();
	return 0;
}
