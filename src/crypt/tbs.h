/* tbs.h - the parts that certificates, revocation lists and requests are made of, written with der.h. */
#ifndef CRYPT_TBS_H
#define CRYPT_TBS_H

#include <stdint.h>

#include "base/err.h"
#include "crypt/der.h"
#include "crypt/key.h"

/* Name of up to three attributes: O and CN as UTF8String, cut to their 64 characters (RFC 5280 appendix A), and
 * serialNumber as PrintableString. organization and serial may be NULL. E_CERTIFICATE_INVALID names the one that
 * does not fit. */
int tbs_name(struct der *d, const char *organization, const char *common_name, const char *serial, struct err *e);

/* Whole seconds; UTCTime before 2050, GeneralizedTime from then on (RFC 5280 section 4.1.2.5). */
int tbs_time(struct der *d, int64_t at, struct err *e);

/* The AlgorithmIdentifier of signatures that key_sign(k) makes. */
void tbs_algorithm(struct der *d, const struct key *k);

/* One Extension whose value was written since mark. oid is the last byte of 2.5.29.x. */
void tbs_extension(struct der *d, unsigned char oid, int critical, size_t mark);

/* SubjectAltName extension of DNS names and IP addresses, NULL-terminated, at least one. E_CERTIFICATE_INVALID. */
int tbs_names(struct der *d, const char *const *names, struct err *e);

/* AuthorityKeyIdentifier extension with the keyid only. */
void tbs_authority_key(struct der *d, const void *keyid, size_t n);

/* SEQUENCE { tbs, algorithm, signature by k }. */
int tbs_sign(const struct der *tbs, const struct key *k, struct der *out, struct err *e);

#endif
