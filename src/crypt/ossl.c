#include "crypt/ossl.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/err.h>

#include "base/clock.h"

void ossl_begin(void)
{
	ERR_clear_error();
}

const char *ossl_reason(char out[OSSL_REASON_SIZE])
{
	unsigned long code = ERR_peek_last_error();
	const char *reason = code ? ERR_reason_error_string(code) : NULL;

	snprintf(out, OSSL_REASON_SIZE, "%s", reason ? reason : "no reason given");
	ERR_clear_error();
	return out;
}

void *ossl_must(void *p)
{
	if (p == NULL) {
		fputs("out of memory\n", stderr);
		abort();
	}
	return p;
}

static const EVP_MD *fetched[MD_COUNT];

static void fetch(void)
{
	static const char *const names[MD_COUNT] = { "SHA256", "SHA384", "SHA512" };

	for (int i = 0; i < MD_COUNT; i++)
		fetched[i] = ossl_must(EVP_MD_fetch(NULL, names[i], NULL));
}

const EVP_MD *ossl_md(enum ossl_md md)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, fetch);
	return fetched[md];
}

int ossl_md_of(const ASN1_OBJECT *oid, enum ossl_md *out)
{
	switch (OBJ_obj2nid(oid)) {
	case NID_sha256:
		*out = MD_SHA256;
		return 0;
	case NID_sha384:
		*out = MD_SHA384;
		return 0;
	case NID_sha512:
		*out = MD_SHA512;
		return 0;
	}
	return -1;
}

int ossl_time(const ASN1_TIME *t, int64_t *out)
{
	struct tm tm;

	if (t == NULL || ASN1_TIME_to_tm(t, &tm) != 1)
		return -1;
	*out = (int64_t)timegm(&tm) * SECOND_MS;
	return 0;
}

const struct sig_alg *sig_alg_read(struct der_in alg, struct der_in *params)
{
	static const struct sig_alg known[] = {
		{ { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b }, 9, true, false, MD_SHA256 },
		{ { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0c }, 9, true, false, MD_SHA384 },
		{ { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0d }, 9, true, false, MD_SHA512 },
		{ { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a }, 9, true, true, MD_SHA256 },
		{ { 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02 }, 8, false, false, MD_SHA256 },
		{ { 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03 }, 8, false, false, MD_SHA384 },
		{ { 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x04 }, 8, false, false, MD_SHA512 },
	};
	struct der_in oid;

	if (der_get(&alg, DER_OID, &oid))
		return NULL;
	*params = alg;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		const struct sig_alg *a = &known[i];

		if (oid.n != a->oid_n || memcmp(oid.p, a->oid, oid.n) != 0)
			continue;
		if (a->pss)
			return alg.n ? a : NULL;
		/* RFC 4055 section 5: NULL, and absent is to be accepted; RFC 5758 section 3.2: absent */
		return alg.n == 0 || (a->rsa && der_is_null(alg)) ? a : NULL;
	}
	return NULL;
}
