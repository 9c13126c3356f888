/* fuzz_csr.c - what products send of cryptography. The first byte: 0 the bytes are the text of a signing request,
 * 1 the DER in one, 2 a SubjectPublicKeyInfo, 3 a certificate, 4 PEM text of certificates, 5 base64. */
#include "base/mem.h"
#include "crypt/b64.h"
#include "crypt/cert.h"
#include "crypt/csr.h"
#include "crypt/pem.h"
#include "tests/fuzz/fuzz.h"

#define CHAIN_MAX 3

static void use_key(struct key *k)
{
	unsigned char first[SHA256_SIZE], second[SHA256_SIZE];
	struct key *again = NULL;
	AUTO_BUF der = BUF_INIT;
	struct err e = ERR_INIT;
	char name[32];

	key_write_public(k, &der);
	MUST(key_read_public(der.data, der.n, &again, &e) == 0);
	key_id(k, first);
	key_id(again, second);
	MUST(memcmp(first, second, sizeof(first)) == 0 && key_describe(k, name)[0]);
	MUST(key_verify(k, "", 0, "", 0, &e) && e.code == E_INVALID_SIGNATURE);
	key_free(again);
	key_free(k);
}

static void read_csr(const char *pem, size_t n)
{
	struct key *k = NULL;
	struct err e = ERR_INIT;

	if (csr_read(pem, n, &k, &e) == 0)
		use_key(k);
	else
		MUST(k == NULL && e.code == E_INVALID_CSR && e.text[0]);
}

static void read_key(const char *der, size_t n)
{
	struct key *k = NULL;
	struct err e = ERR_INIT;

	if (key_read_public(der, n, &k, &e) == 0)
		use_key(k);
	else
		MUST_EXPLAIN(e);
}

static void use_cert(struct cert *c)
{
	char name[256], serial[CERT_SERIAL_TEXT], fingerprint[96];
	AUTO_BUF names = BUF_INIT;
	struct key *k = NULL;
	struct err e = ERR_INIT;

	cert_common_name(c, name);
	cert_issuer_name(c, name);
	cert_subject_serial(c, name);
	cert_fingerprint_text(c, fingerprint);
	cert_serial(c, serial);
	cert_list_names(c, &names);
	(void)cert_names_host(c, "localhost");
	(void)(cert_not_before(c) < cert_not_after(c));
	MUST(!(cert_is_signer(c) && cert_is_product(c)));
	(void)cert_is_ca(c);
	(void)cert_issued_by(c, c);
	MUST(cert_equal(c, c));
	if (cert_key(c, &k, &e) == 0)
		use_key(k);
	(void)cert_verify(c, NULL, 0, c, 0, &e);
	cert_free(c);
}

static void read_chain(const char *pem, size_t n)
{
	struct cert *chain[CHAIN_MAX] = { NULL };
	struct err e = ERR_INIT;
	size_t count = 0;

	if (cert_read_chain(pem, n, chain, CHAIN_MAX, &count, &e))
		MUST_EXPLAIN(e);
	MUST(count <= CHAIN_MAX);
	for (size_t i = 0; i < count; i++)
		use_cert(chain[i]);
}

static void read_b64(const char *text, size_t n)
{
	AUTO_BUF bytes = BUF_INIT;
	AUTO_BUF again = BUF_INIT;

	if (b64_decode(text, n, &bytes)) {
		MUST(bytes.n == 0);
		return;
	}
	b64_encode(bytes.data, bytes.n, &again); /* only the one canonical form is taken */
	MUST(again.n == n && (n == 0 || memcmp(again.data, text, n) == 0));
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n)
{
	AUTO_FREE char *p = NULL;
	AUTO_BUF pem = BUF_INIT;
	struct cert *c = NULL;
	struct err e = ERR_INIT;

	if (n == 0)
		return 0;
	p = fuzz_copy(data + 1, --n);
	switch (data[0] & 7) {
	case 0:
		read_csr(p, n);
		break;
	case 1:
		pem_write("CERTIFICATE REQUEST", p, n, &pem);
		read_csr(pem.data, pem.n);
		break;
	case 2:
		read_key(p, n);
		break;
	case 3:
		if (cert_read_der(p, n, &c, &e) == 0)
			use_cert(c);
		else
			MUST_EXPLAIN(e);
		break;
	case 4:
		read_chain(p, n);
		break;
	case 5:
		read_b64(p, n);
		break;
	default:
		break;
	}
	return 0;
}
