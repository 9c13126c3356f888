#include "lic/own_tls.h"

#include <ctype.h>
#include <string.h>

#include "base/clock.h"
#include "lic/event.h"
#include "lic/identity.h"
#include "lic/site.h"

#define CA_MS (10 * 365 * DAY_MS)
#define SERVER_MS (397 * DAY_MS) /* browsers refuse more */
#define RENEW_BEFORE_MS (30 * DAY_MS)

/* Splits at commas into a NULL-terminated list in the arena. */
static int split_names(struct tx *tx, const char *names, const char *out[OWN_TLS_NAMES_MAX + 1], struct err *e)
{
	static const char *const always[] = { "localhost", "127.0.0.1", "::1" };
	char *copy = arena_strdup(tx->arena, names), *save = NULL;
	size_t n = 0;

	for (char *name = strtok_r(copy, ", \t", &save); name; name = strtok_r(NULL, ", \t", &save)) {
		if (n + 3 >= OWN_TLS_NAMES_MAX)
			return err_field(e, E_CONFIG_INVALID, "server_name", "A certificate has at most %d names.",
					 OWN_TLS_NAMES_MAX - 3);
		for (char *c = name; *c; c++)
			*c = (char)tolower((unsigned char)*c);
		out[n++] = name;
	}
	for (size_t i = 0; i < 3; i++) {
		bool there = false;

		for (size_t k = 0; k < n; k++)
			there |= strcmp(out[k], always[i]) == 0;
		if (!there)
			out[n++] = always[i];
	}
	out[n] = NULL;
	return 0;
}

static int ensure_ca(struct tx *tx, struct cert **ca, struct key **key, struct err *e)
{
	struct cert_request req = { .profile = CERT_TLS_CA,
				    .common_name = arena_printf(tx->arena, "%.40s TLS CA", tx->site->name),
				    .not_before = tx->now - CERT_BACKDATE_MS,
				    .not_after = tx->now + CA_MS };
	int rc = authority_read(tx, AUTHORITY_TLS_CA, ca, key, e);

	if (rc < 0)
		return -1;
	if (rc == 1 && *ca && *key && cert_not_after(*ca) - tx->now > SERVER_MS)
		return 0;
	cert_free(*ca);
	key_free(*key);
	*ca = NULL;
	*key = NULL;
	if (key_generate(KEY_EC_P256, key, e))
		return -1;
	req.key = *key;
	if (cert_issue(&req, NULL, *key, ca, e) || authority_store(tx, AUTHORITY_TLS_CA, *ca, *key, e))
		return -1;
	return event_add(tx, "certificate.create", "", AUTHORITY_TLS_CA, NULL, e);
}

static bool still_good(const struct cert *cert, const struct cert *ca, const char *const *names, int64_t now)
{
	if (cert == NULL || cert_not_after(cert) - now < RENEW_BEFORE_MS || !cert_issued_by(cert, ca))
		return false;
	for (; *names; names++)
		if (!cert_names_host(cert, *names))
			return false;
	return true;
}

static int ensure_server(struct tx *tx, const struct cert *ca, const struct key *ca_key, const char *const *names,
			 struct cert **cert, struct key **key, struct err *e)
{
	struct cert_request req = { .profile = CERT_TLS_SERVER,
				    .common_name = names[0],
				    .names = names,
				    .not_before = tx->now - CERT_BACKDATE_MS,
				    .not_after = tx->now + SERVER_MS };
	struct cert *issued = NULL;

	if (authority_read(tx, AUTHORITY_TLS_SERVER, cert, key, e) < 0)
		return -1;
	if (*key && still_good(*cert, ca, names, tx->now))
		return 0;
	if (*key == NULL && key_generate(KEY_EC_P256, key, e))
		return -1;
	req.key = *key;
	if (cert_issue(&req, ca, ca_key, &issued, e))
		return -1;
	cert_free(*cert);
	*cert = issued;
	if (authority_store(tx, AUTHORITY_TLS_SERVER, *cert, *key, e))
		return -1;
	return event_add(tx, "certificate.create", "", AUTHORITY_TLS_SERVER, NULL, e);
}

int own_tls_ensure(struct tx *tx, const char *names, struct buf *chain_pem, struct buf *key_pem, struct err *e)
{
	const char *list[OWN_TLS_NAMES_MAX + 1];
	struct cert *ca = NULL, *cert = NULL;
	struct key *ca_key = NULL, *key = NULL;
	int rc = -1;

	if (split_names(tx, names, list, e))
		return -1;
	if (ensure_ca(tx, &ca, &ca_key, e) == 0 && ensure_server(tx, ca, ca_key, list, &cert, &key, e) == 0) {
		cert_write_pem(cert, chain_pem);
		cert_write_pem(ca, chain_pem);
		key_write_private(key, key_pem);
		rc = 0;
	}
	cert_free(ca);
	cert_free(cert);
	key_free(ca_key);
	key_free(key);
	return rc;
}
