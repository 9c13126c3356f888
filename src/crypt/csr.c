#include "crypt/csr.h"

#include <string.h>

#include "crypt/ossl.h"
#include "crypt/pem.h"
#include "crypt/tbs.h"

static int refuse(struct err *e, const char *why)
{
	return err_set(e, E_INVALID_CSR,
		       "The certificate signing request cannot be used: %s. Send one PKCS#10 request in PEM form.", why);
}

/* The parts of CertificationRequest (RFC 2986 section 4) that count. Subject and attributes are skipped. */
struct request {
	struct der_in info;      /* with header: what is signed */
	struct der_in key;       /* SubjectPublicKeyInfo with header */
	struct der_in algorithm; /* content */
	struct der_in signature; /* without the count of unused bits */
};

static int read_info(struct der_in info, struct request *r)
{
	struct der_in body, version, skipped;

	if (der_get(&info, DER_SEQUENCE, &body) || der_get(&body, DER_INTEGER, &version) || version.n != 1 ||
	    version.p[0] != 0 || der_get(&body, DER_SEQUENCE, &skipped) || der_get_whole(&body, DER_SEQUENCE, &r->key))
		return -1;
	if (body.n && der_get(&body, DER_CONTEXT_CONSTRUCTED + 0, &skipped))
		return -1;
	return body.n ? -1 : 0;
}

static int read_request(const void *der, size_t n, struct request *r)
{
	struct der_in in = { der, n }, body;

	if (der_get(&in, DER_SEQUENCE, &body) || in.n || der_get_whole(&body, DER_SEQUENCE, &r->info) ||
	    der_get(&body, DER_SEQUENCE, &r->algorithm) || der_get(&body, DER_BIT_STRING, &r->signature) || body.n ||
	    r->signature.n < 2 || r->signature.p[0])
		return -1;
	r->signature.p++;
	r->signature.n--;
	return read_info(r->info, r);
}

/* RFC 4055 section 3.1. The defaults are SHA-1, so both digests must be there. */
static int read_pss(struct der_in params, struct pss *out)
{
	const unsigned char *p = params.p;
	AUTO_OSSL(RSA_PSS_PARAMS) *pss = d2i_RSA_PSS_PARAMS(NULL, &p, (long)params.n);
	AUTO_OSSL(X509_ALGOR) *mask = NULL;
	int64_t salt = 20, trailer = 1;

	if (pss == NULL || p != params.p + params.n || pss->hashAlgorithm == NULL || pss->maskGenAlgorithm == NULL ||
	    OBJ_obj2nid(pss->maskGenAlgorithm->algorithm) != NID_mgf1 || pss->maskGenAlgorithm->parameter == NULL)
		return -1;
	mask = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(X509_ALGOR), pss->maskGenAlgorithm->parameter);
	if (mask == NULL || ossl_md_of(pss->hashAlgorithm->algorithm, &out->md) ||
	    ossl_md_of(mask->algorithm, &out->mask_md))
		return -1;
	if (pss->saltLength && ASN1_INTEGER_get_int64(&salt, pss->saltLength) != 1)
		return -1;
	if (pss->trailerField && ASN1_INTEGER_get_int64(&trailer, pss->trailerField) != 1)
		return -1;
	out->salt_n = (int)salt;
	return salt < 0 || salt > 512 || trailer != 1 ? -1 : 0;
}

static int check_signature(const struct request *r, const struct key *k, struct err *e)
{
	struct der_in params;
	const struct sig_alg *alg = sig_alg_read(r->algorithm, &params);
	enum ossl_md md;
	struct pss pss;

	if (alg == NULL)
		return refuse(e, "it is not signed with SHA-256, SHA-384 or SHA-512");
	md = alg->md;
	if (alg->pss) {
		ossl_begin();
		if (read_pss(params, &pss))
			return refuse(e, "its RSA-PSS parameters are not of SHA-256, SHA-384 or SHA-512");
		md = pss.md;
	}
	if (alg->rsa != k->rsa ||
	    key_check(k, md, alg->pss ? &pss : NULL, r->info.p, r->info.n, r->signature.p, r->signature.n))
		return refuse(e, "it is not signed by its own key");
	return 0;
}

static int read_pem(const char *pem, size_t n, struct buf *der)
{
	const char *p = pem;
	size_t left = n;

	if (pem_next(&p, &left, "CERTIFICATE REQUEST", false, der) != 1) {
		p = pem;
		left = n;
		if (pem_next(&p, &left, "NEW CERTIFICATE REQUEST", false, der) != 1)
			return -1;
	}
	return pem_next(&p, &left, "CERTIFICATE REQUEST", false, der) == 0 ? 0 : -1;
}

int csr_read(const char *pem, size_t n, struct key **out, struct err *e)
{
	AUTO_BUF der = BUF_INIT;
	struct request r;
	struct key *k;
	struct err why;

	if (n > CSR_SIZE_MAX)
		return refuse(e, "it is larger than 16384 bytes");
	if (read_pem(pem, n, &der))
		return refuse(e, "there is not exactly one whole PEM block CERTIFICATE REQUEST");
	if (read_request(der.data, der.n, &r))
		return refuse(e, "what is inside the PEM block is not a whole PKCS#10 request");
	if (key_read_public(r.key.p, r.key.n, &k, &why))
		return err_set(e, E_INVALID_CSR, "%s", why.text);
	if (check_signature(&r, k, e)) {
		key_free(k);
		return -1;
	}
	*out = k;
	return 0;
}

/* extensionRequest (RFC 2985 section 5.4.2) with the names. */
static int extension_request(struct der *d, const char *const *names, struct err *e)
{
	static const unsigned char oid[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x0e };
	size_t mark = der_mark(d);

	if (tbs_names(d, names, e))
		return -1;
	der_wrap(d, DER_SEQUENCE, mark);
	der_wrap(d, DER_SET, mark);
	der_put(d, DER_OID, oid, sizeof(oid));
	der_wrap(d, DER_SEQUENCE, mark);
	return 0;
}

static int make(const struct key *k, const char *organization, const char *common_name, const char *const *names,
		struct buf *out, struct err *e)
{
	AUTO_DER info = DER_INIT, whole = DER_INIT;
	size_t mark = der_mark(&info);

	if (names && extension_request(&info, names, e))
		return -1;
	der_wrap(&info, DER_CONTEXT_CONSTRUCTED + 0, mark);
	der_add(&info, k->spki, k->spki_n);
	if (tbs_name(&info, organization, common_name, NULL, e))
		return -1;
	der_put_int(&info, 0);
	der_wrap(&info, DER_SEQUENCE, 0);
	if (tbs_sign(&info, k, &whole, e))
		return -1;
	pem_write("CERTIFICATE REQUEST", der_bytes(&whole), der_n(&whole), out);
	return 0;
}

int csr_make(const struct key *k, const char *name, struct buf *out, struct err *e)
{
	return make(k, NULL, name, NULL, out, e);
}

int csr_make_server(const struct key *k, const char *organization, const char *const *names, struct buf *out, struct err *e)
{
	return make(k, organization, names[0], names, out, e);
}
