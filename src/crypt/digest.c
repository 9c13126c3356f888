#include "crypt/digest.h"

#include <stdlib.h>

#include <openssl/crypto.h>
#include <openssl/hmac.h>

#include "crypt/ossl.h"

/* SHA-256 of memory cannot fail once the digest was found. */
static void must(int ok)
{
	if (ok != 1)
		abort();
}

void digest_sha256(const void *p, size_t n, unsigned char out[SHA256_SIZE])
{
	must(EVP_Digest(p ? p : "", n, out, NULL, ossl_md(MD_SHA256), NULL));
}

void digest_hmac_sha256(const void *key, size_t key_n, const void *p, size_t n, unsigned char out[SHA256_SIZE])
{
	ossl_must(HMAC(ossl_md(MD_SHA256), key, (int)key_n, p, n, out, NULL));
}

/* The context itself is the struct: nothing else is kept. */
struct digest *digest_begin(void)
{
	EVP_MD_CTX *ctx = ossl_must(EVP_MD_CTX_new());

	must(EVP_DigestInit_ex2(ctx, ossl_md(MD_SHA256), NULL));
	return (struct digest *)ctx;
}

void digest_add(struct digest *d, const void *p, size_t n)
{
	must(EVP_DigestUpdate((EVP_MD_CTX *)d, p, n));
}

void digest_end(struct digest *d, unsigned char out[SHA256_SIZE])
{
	must(EVP_DigestFinal_ex((EVP_MD_CTX *)d, out, NULL));
	digest_drop(d);
}

void digest_drop(struct digest *d)
{
	EVP_MD_CTX_free((EVP_MD_CTX *)d);
}

bool digest_equal(const void *a, const void *b, size_t n)
{
	return n == 0 || CRYPTO_memcmp(a, b, n) == 0;
}
