#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "crypt/cert.h"
#include "crypt/ossl.h"

bool cert_is_ca(const struct cert *c)
{
	X509 *x = cert_x509(c);
	uint32_t flags = X509_get_extension_flags(x);

	return (flags & EXFLAG_BCONS) && (flags & EXFLAG_CA) && !(flags & EXFLAG_INVALID) && (flags & EXFLAG_KUSAGE) &&
	       (X509_get_key_usage(x) & KU_KEY_CERT_SIGN);
}

bool cert_issued_by(const struct cert *c, const struct cert *issuer)
{
	X509 *leaf = cert_x509(c), *ca = cert_x509(issuer);
	EVP_PKEY *k = X509_get0_pubkey(ca);
	bool good;

	ossl_begin();
	good = k && X509_check_issued(ca, leaf) == X509_V_OK && X509_verify(leaf, k) == 1;
	ossl_begin();
	return good;
}

/* CA:FALSE said in so many words, digitalSignature, and this extended key usage alone of those that mean something. */
static bool is_leaf_for(X509 *x, uint32_t usage)
{
	const uint32_t known = XKU_SSL_SERVER | XKU_SSL_CLIENT | XKU_SMIME | XKU_CODE_SIGN | XKU_SGC | XKU_OCSP_SIGN |
			       XKU_TIMESTAMP | XKU_DVCS | XKU_ANYEKU;
	uint32_t flags = X509_get_extension_flags(x);

	return (flags & EXFLAG_BCONS) && !(flags & EXFLAG_CA) && !(flags & EXFLAG_INVALID) && (flags & EXFLAG_KUSAGE) &&
	       X509_get_key_usage(x) == KU_DIGITAL_SIGNATURE && (flags & EXFLAG_XKUSAGE) &&
	       (X509_get_extended_key_usage(x) & known) == usage;
}

bool cert_x509_is_signer(X509 *x)
{
	return is_leaf_for(x, XKU_SMIME);
}

bool cert_is_signer(const struct cert *c)
{
	return cert_x509_is_signer(cert_x509(c));
}

bool cert_is_product(const struct cert *c)
{
	return is_leaf_for(cert_x509(c), XKU_SSL_CLIENT);
}

bool cert_is_server(const struct cert *c)
{
	X509 *x = cert_x509(c);
	uint32_t flags = X509_get_extension_flags(x);

	return !(flags & (EXFLAG_CA | EXFLAG_INVALID)) &&
	       (!(flags & EXFLAG_XKUSAGE) || (X509_get_extended_key_usage(x) & (XKU_SSL_SERVER | XKU_ANYEKU)));
}

bool cert_names_host(const struct cert *c, const char *host)
{
	X509 *x = cert_x509(c);
	bool named = X509_get_ext_by_NID(x, NID_subject_alt_name, -1) >= 0, good;
	unsigned flags = X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | (named ? X509_CHECK_FLAG_NEVER_CHECK_SUBJECT : 0);
	unsigned char address[16];
	char cn[256];

	/* OpenSSL takes a leading dot as "any name below" */
	if (*host == '\0' || *host == '.')
		return false;
	if (inet_pton(AF_INET, host, address) != 1 && inet_pton(AF_INET6, host, address) != 1)
		good = X509_check_host(x, host, strlen(host), flags, NULL) == 1;
	else if (named)
		good = X509_check_ip_asc(x, host, 0) == 1;
	else
		good = strcasecmp(cert_common_name(c, cn), host) == 0;
	ossl_begin();
	return good;
}

static void list_name(const GENERAL_NAME *g, struct buf *out)
{
	char text[256] = "";
	int type, n;
	const ASN1_STRING *value = GENERAL_NAME_get0_value(g, &type);
	const unsigned char *p;

	if (type != GEN_DNS && type != GEN_IPADD)
		return;
	p = ASN1_STRING_get0_data(value);
	n = ASN1_STRING_length(value);
	if (type == GEN_IPADD && (n == 4 || n == 16)) {
		inet_ntop(n == 4 ? AF_INET : AF_INET6, p, text, sizeof(text));
	} else if (type == GEN_DNS && n > 0 && n < (int)sizeof(text)) {
		for (int i = 0; i < n; i++)
			if (p[i] <= ' ' || p[i] > '~' || p[i] == ',')
				return; /* no host has such a name */
		memcpy(text, p, (size_t)n);
	}
	if (text[0] == '\0')
		return;
	if (out->n && out->data[out->n - 1] != ',')
		buf_addc(out, ',');
	buf_adds(out, text);
}

void cert_list_names(const struct cert *c, struct buf *out)
{
	AUTO_OSSL(GENERAL_NAMES) *names = X509_get_ext_d2i(cert_x509(c), NID_subject_alt_name, NULL, NULL);
	AUTO_BUF list = BUF_INIT;

	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++)
		list_name(sk_GENERAL_NAME_value(names, i), &list);
	buf_add(out, list.data, list.n);
	ossl_begin();
}

static int chain_error(X509_STORE_CTX *ctx, int64_t at, enum err_code invalid, enum err_code expired, struct err *e)
{
	int why = X509_STORE_CTX_get_error(ctx);
	X509 *x = X509_STORE_CTX_get_current_cert(ctx);
	char from[CLOCK_ISO_SIZE], until[CLOCK_ISO_SIZE], then[CLOCK_ISO_SIZE], cn[256] = "";
	struct cert *c = NULL;
	struct err ignored;

	ossl_begin();
	if (x && cert_from_x509(x, &c, &ignored) == 0)
		cert_common_name(c, cn);
	if (c && (why == X509_V_ERR_CERT_HAS_EXPIRED || why == X509_V_ERR_CERT_NOT_YET_VALID))
		err_set(e, expired, "The certificate '%s' holds from %s to %s, not at %s.", cn,
			clock_iso(cert_not_before(c), from), clock_iso(cert_not_after(c), until), clock_iso(at, then));
	else
		err_set(e, invalid, "The certificate '%s' cannot be trusted: %s.", cn, X509_verify_cert_error_string(why));
	cert_free(c);
	return -1;
}

int cert_build(X509 *leaf, STACK_OF(X509) * untrusted, const struct cert *root, int64_t at, int purpose,
	       enum err_code invalid, enum err_code expired, STACK_OF(X509) * *found, struct err *e)
{
	AUTO_OSSL(X509_STORE) *store = ossl_must(X509_STORE_new());
	AUTO_OSSL(X509_STORE_CTX) *ctx = ossl_must(X509_STORE_CTX_new());
	X509_VERIFY_PARAM *param;

	ossl_begin();
	/* partial chains stay off: the root alone is the anchor */
	if (X509_STORE_add_cert(store, cert_x509(root)) != 1 || X509_STORE_CTX_init(ctx, store, leaf, untrusted) != 1)
		return err_set(e, E_INTERNAL, "A certificate could not be verified.");
	param = X509_STORE_CTX_get0_param(ctx);
	X509_VERIFY_PARAM_set_time(param, (time_t)(at / SECOND_MS));
	X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_X509_STRICT);
	X509_VERIFY_PARAM_set_auth_level(param, 2); /* 112 bits: no SHA-1, no RSA below 2048 */
	if (purpose)
		X509_VERIFY_PARAM_set_purpose(param, purpose);
	if (X509_verify_cert(ctx) != 1)
		return chain_error(ctx, at, invalid, expired, e);
	if (found)
		*found = X509_STORE_CTX_get1_chain(ctx);
	ossl_begin();
	return 0;
}

int cert_verify(const struct cert *leaf, struct cert *const *chain, size_t n, const struct cert *root, int64_t at,
		struct err *e)
{
	STACK_OF(X509) *untrusted = ossl_must(sk_X509_new_null());
	int rc;

	for (size_t i = 0; i < n; i++)
		sk_X509_push(untrusted, cert_x509(chain[i]));
	rc = cert_build(cert_x509(leaf), untrusted, root, at, 0, E_CERTIFICATE_INVALID, E_CERTIFICATE_EXPIRED, NULL, e);
	sk_X509_free(untrusted);
	return rc;
}
