/* ossl.h - what the files of this folder share about OpenSSL. Nobody else includes it.
 *
 * OpenSSL's error queue belongs to the thread and keeps what is in it: ossl_begin() empties it before a call
 * whose reason will be told, ossl_reason() reads the reason and empties it again. */
#ifndef CRYPT_OSSL_H
#define CRYPT_OSSL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/err.h"
#include "crypt/cert.h"
#include "crypt/der.h"
#include "crypt/key.h"

#define OSSL_HANDLE(type, release)                \
	static inline void type##_freep(type **p) \
	{                                         \
		release(*p);                      \
	}
#define AUTO_OSSL(type) __attribute__((cleanup(type##_freep))) type

OSSL_HANDLE(BIO, BIO_free_all)
OSSL_HANDLE(BIGNUM, BN_free)
OSSL_HANDLE(CMS_ContentInfo, CMS_ContentInfo_free)
OSSL_HANDLE(EVP_CIPHER_CTX, EVP_CIPHER_CTX_free)
OSSL_HANDLE(EVP_MD_CTX, EVP_MD_CTX_free)
OSSL_HANDLE(EVP_PKEY, EVP_PKEY_free)
OSSL_HANDLE(EVP_PKEY_CTX, EVP_PKEY_CTX_free)
OSSL_HANDLE(ASN1_TIME, ASN1_TIME_free)
OSSL_HANDLE(GENERAL_NAMES, GENERAL_NAMES_free)
OSSL_HANDLE(RSA_PSS_PARAMS, RSA_PSS_PARAMS_free)
OSSL_HANDLE(X509, X509_free)
OSSL_HANDLE(X509_ALGOR, X509_ALGOR_free)
OSSL_HANDLE(X509_STORE, X509_STORE_free)
OSSL_HANDLE(X509_STORE_CTX, X509_STORE_CTX_free)

void ossl_begin(void);
#define OSSL_REASON_SIZE 160
const char *ossl_reason(char out[OSSL_REASON_SIZE]);

/* p, or the end of the program if OpenSSL found no memory (as mem.h does). */
void *ossl_must(void *p);

/* SHA-256, -384 or -512, fetched once. */
enum ossl_md { MD_SHA256, MD_SHA384, MD_SHA512, MD_COUNT };
const EVP_MD *ossl_md(enum ossl_md md);
int ossl_md_of(const ASN1_OBJECT *oid, enum ossl_md *out); /* -1: another digest */

/* ms UTC of a certificate's time; -1 if it is malformed. */
int ossl_time(const ASN1_TIME *t, int64_t *out);

/* A signature algorithm as certificates, requests and CMS write it. */
struct sig_alg {
	unsigned char oid[9];
	unsigned char oid_n;
	bool rsa;
	bool pss; /* the digest is in the parameters */
	enum ossl_md md;
};

/* The algorithm of an AlgorithmIdentifier (its content); *params gets what follows the OID. NULL for any that is
 * not accepted (SHA-1 and MD5 among them) or has parameters that do not belong to it. */
const struct sig_alg *sig_alg_read(struct der_in alg, struct der_in *params);

struct key {
	_Atomic unsigned refs;
	EVP_PKEY *pkey;
	bool is_private;
	bool rsa;
	int bits;
	unsigned char *spki; /* SubjectPublicKeyInfo DER */
	size_t spki_n;
};

/* RSASSA-PSS parameters of a signature. */
struct pss {
	enum ossl_md md, mask_md;
	int salt_n;
};

/* 0 if the signature with this digest is good; pss NULL: PKCS#1 v1.5 or ECDSA. */
int key_check(const struct key *k, enum ossl_md md, const struct pss *pss, const void *p, size_t n, const void *sig,
	      size_t sig_n);

/* Key identifier: the leftmost 160 bits of the SHA-256 of the public key bits (RFC 7093 section 2, method 1). */
#define KEY_IDENTIFIER_SIZE 20
void key_identifier(const struct key *k, unsigned char out[KEY_IDENTIFIER_SIZE]);

/* The public key bits, the content of the BIT STRING of the SubjectPublicKeyInfo. */
struct der_in key_bits(const struct key *k);

bool key_same(const struct key *a, const struct key *b);

#define CERT_SERIAL_MAX 20

struct cert {
	_Atomic unsigned refs;
	unsigned char *der;
	size_t n;
	unsigned char serial[CERT_SERIAL_MAX]; /* big-endian, no leading zero */
	size_t serial_n;
	int64_t not_before, not_after;
	_Atomic(X509 *) x509; /* made at the first cert_x509() */
};

/* The library's form, owned by c. A certificate that we issued is parsed only if somebody asks. */
X509 *cert_x509(const struct cert *c);

/* A certificate of DER that is well-formed; takes der over. serial_n bytes of serial, at most CERT_SERIAL_MAX. */
struct cert *cert_new(unsigned char *der, size_t n, const unsigned char *serial, size_t serial_n, int64_t not_before,
		      int64_t not_after);

/* A certificate of the library's form, which is not kept. E_CERTIFICATE_INVALID. */
int cert_from_x509(X509 *x, struct cert **out, struct err *e);

/* cert_verify() with the purpose of the leaf (X509_PURPOSE_…, 0 for none); the chain that was found, leaf first and
 * root last, goes to *found (the caller frees list and certificates) unless that is NULL. Errors have the code invalid, or expired for time. */
int cert_build(X509 *leaf, STACK_OF(X509) * untrusted, const struct cert *root, int64_t at, int purpose,
	       enum err_code invalid, enum err_code expired, STACK_OF(X509) * *found, struct err *e);

/* cert_is_signer() on the library's form. */
bool cert_x509_is_signer(X509 *x);

#endif
