/* cert.h - X.509 certificates, their profiles (protocol.md section 2) and revocation lists.
 *
 * All profiles pass `openssl verify -x509_strict`: basicConstraints and keyUsage critical, SKI and AKI,
 * 128-bit random positive serial numbers. Times are ms UTC and cut to whole seconds; nothing reads the
 * system's clock. */
#ifndef CRYPT_CERT_H
#define CRYPT_CERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "crypt/key.h"

struct cert; /* immutable, safe to use from several threads */

#define CERT_BACKDATE_MS (65 * INT64_C(60000)) /* product clocks may be one hour behind */
#define CERT_SERIAL_SIZE 16                    /* bytes of a serial number we issue; first bit 0, first byte not 0 */
#define CERT_SERIAL_TEXT 64                    /* of its decimal form, with NUL */

enum cert_profile {
	CERT_ROOT,        /* self-signed CA, keyCertSign cRLSign, no path length */
	CERT_ISSUING_CA,  /* CA pathlen 0, keyCertSign cRLSign: the manager's issuing CA and satellite sub-CAs */
	CERT_SIGNER,      /* CA:FALSE, digitalSignature, EKU emailProtection */
	CERT_SELF_SIGNER, /* as CERT_SIGNER, self-signed: registration files only (section 8) */
	CERT_PRODUCT,     /* CA:FALSE, digitalSignature, EKU clientAuth */
	CERT_TLS_CA,      /* self-signed CA for this server's own TLS, pathlen 0 */
	CERT_TLS_SERVER,  /* CA:FALSE, digitalSignature, EKU serverAuth, subjectAltName */
};

struct cert_request {
	enum cert_profile profile;
	const char *common_name;   /* cut to 64 characters */
	const char *serial_number; /* the subject's serialNumber attribute (2.5.4.5), or NULL */
	const char *organization;  /* or NULL */
	const struct key *key;     /* public part goes into the certificate */
	int64_t not_before, not_after;
	const char *const *names; /* CERT_TLS_SERVER: DNS names and IP addresses, NULL-terminated */
};

/* Issues a certificate. issuer NULL: self-signed with issuer_key. issuer_key must be the private key of issuer. */
int cert_issue(const struct cert_request *req, const struct cert *issuer, const struct key *issuer_key, struct cert **out,
	       struct err *e);
void cert_free(struct cert *c);
struct cert *cert_ref(struct cert *c);

/* One DER certificate, all of the input; the first of a PEM text; all of a PEM text (at most max). E_CERTIFICATE_INVALID. */
int cert_read_der(const void *der, size_t n, struct cert **out, struct err *e);
int cert_read_pem(const char *pem, size_t n, struct cert **out, struct err *e);
int cert_read_chain(const char *pem, size_t n, struct cert **out, size_t max, size_t *count, struct err *e);
void cert_write_der(const struct cert *c, struct buf *out);
void cert_write_pem(const struct cert *c, struct buf *out);

/* The public key (a new reference). E_KEY_UNSUITABLE for kinds that key.h does not take. */
int cert_key(const struct cert *c, struct key **out, struct err *e);

/* Serial number as a decimal string (protocol.md section 4). Returns out. */
char *cert_serial(const struct cert *c, char out[CERT_SERIAL_TEXT]);

int64_t cert_not_before(const struct cert *c);
int64_t cert_not_after(const struct cert *c);

/* Subject CN and serialNumber, and the issuer's CN; "" if absent. Returns out. */
char *cert_common_name(const struct cert *c, char out[256]);
char *cert_issuer_name(const struct cert *c, char out[256]);
char *cert_subject_serial(const struct cert *c, char out[256]);

/* SHA-256 of the DER. cert_fingerprint_text: upper-case hex with colons, 96 bytes with NUL. */
void cert_fingerprint(const struct cert *c, unsigned char out[SHA256_SIZE]);
char *cert_fingerprint_text(const struct cert *c, char out[96]);

/* Same DER. */
bool cert_equal(const struct cert *a, const struct cert *b);

/* Is key the private (or public) key of this certificate? */
bool cert_matches(const struct cert *c, const struct key *k);

/* Is it a CA (CERT_ROOT, CERT_ISSUING_CA) and was c issued directly by issuer: names, key identifiers and signature? */
bool cert_is_ca(const struct cert *c);
bool cert_issued_by(const struct cert *c, const struct cert *issuer);

/* Has it CA:FALSE and EKU emailProtection, respectively clientAuth, and not the other? */
bool cert_is_signer(const struct cert *c);
bool cert_is_product(const struct cert *c);

/* May it serve TLS: no CA, and with EKU serverAuth if it has that extension? */
bool cert_is_server(const struct cert *c);

/* Is the TLS name (DNS or IP) among the certificate's names? */
bool cert_names_host(const struct cert *c, const char *host);
/* Its DNS and IP names, comma-separated, added to out. */
void cert_list_names(const struct cert *c, struct buf *out);

/* Verifies leaf through the intermediates up to root at the time at, X509 strict. E_CERTIFICATE_EXPIRED for
 * time, else E_CERTIFICATE_INVALID with OpenSSL's reason. */
int cert_verify(const struct cert *leaf, struct cert *const *chain, size_t n, const struct cert *root, int64_t at,
		struct err *e);

/* One revoked certificate of a CRL. */
struct crl_entry {
	const char *serial; /* decimal */
	int64_t revoked_at;
};

/* A DER CRL (v2, AKI, CRL number). Adds to out. */
int crl_make(const struct cert *issuer, const struct key *issuer_key, const struct crl_entry *entries, size_t n,
	     int64_t number, int64_t this_update, int64_t next_update, struct buf *out, struct err *e);

#endif
