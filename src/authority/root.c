#include "authority/root.h"

#include "base/clock.h"
#include "crypt/cert.h"
#include "lic/event.h"
#include "lic/identity.h"
#include "lic/site.h"

#define ROOT_MS (20 * 365 * DAY_MS)
#define CA_MS (10 * 365 * DAY_MS)
#define SIGNER_MS (5 * 365 * DAY_MS)
#define SUB_CA_MS (5 * 365 * DAY_MS)
#define RENEW_BEFORE_MS (365 * DAY_MS) /* the signer is made anew when less is left */

/* Makes a key and its certificate and stores both. root NULL: self-signed. *made gets references (may be NULL). */
static int make(struct tx *tx, const char *purpose, enum cert_profile profile, const char *name, int64_t lifetime,
		const struct cert *root, const struct key *root_key, struct cert **cert_out, struct key **key_out,
		struct err *e)
{
	struct cert_request req = { .profile = profile,
				    .common_name = name,
				    .not_before = tx->now - CERT_BACKDATE_MS,
				    .not_after = tx->now + lifetime };
	struct cert *cert = NULL;
	struct key *key = NULL;
	int rc = -1;

	if (key_generate(tx->site->authority_key, &key, e))
		return -1;
	req.key = key;
	if (root && cert_not_after(root) < req.not_after)
		req.not_after = cert_not_after(root);
	if (cert_issue(&req, root, root ? root_key : key, &cert, e) == 0 && authority_store(tx, purpose, cert, key, e) == 0)
		rc = event_add(tx, "authority.create", "", purpose, NULL, e);
	if (rc == 0 && cert_out) {
		*cert_out = cert_ref(cert);
		*key_out = key_ref(key);
	}
	cert_free(cert);
	key_free(key);
	return rc;
}

/* One certificate below the root, made if it is missing or near its end. */
static int ensure_below(struct tx *tx, const char *purpose, enum cert_profile profile, const char *name, int64_t lifetime,
			const struct cert *root, const struct key *root_key, struct err *e)
{
	struct cert *cert;
	bool good;

	if (authority_read(tx, purpose, &cert, NULL, e) < 0)
		return -1;
	good = cert && cert_not_after(cert) - tx->now > RENEW_BEFORE_MS;
	cert_free(cert);
	return good ? 0 : make(tx, purpose, profile, name, lifetime, root, root_key, NULL, NULL, e);
}

int authority_ensure(struct tx *tx, struct err *e)
{
	struct cert *root = NULL;
	struct key *key = NULL;
	int rc = authority_read(tx, AUTHORITY_ROOT, &root, &key, e);

	if (rc == 0)
		rc = make(tx, AUTHORITY_ROOT, CERT_ROOT, "Licensing Root", ROOT_MS, NULL, NULL, &root, &key, e);
	if (rc >= 0)
		rc = ensure_below(tx, AUTHORITY_MANAGER_SIGNER, CERT_SIGNER, "Cloud Manager Signer", SIGNER_MS, root, key,
				  e);
	/* The issuing CA keeps its key for its whole life: products check their answers against it. */
	if (rc == 0)
		rc = ensure_below(tx, AUTHORITY_ISSUING_CA, CERT_ISSUING_CA, "Cloud Manager Issuing CA", CA_MS, root, key,
				  e);
	cert_free(root);
	key_free(key);
	return rc < 0 ? -1 : 0;
}

int authority_issue_sub_ca(struct tx *tx, const char *satellite_uuid, const struct key *key, struct cert **out,
			   struct err *e)
{
	struct cert_request req = { .profile = CERT_ISSUING_CA,
				    .common_name = arena_printf(tx->arena, "Satellite %s", satellite_uuid),
				    .key = key,
				    .not_before = tx->now - CERT_BACKDATE_MS,
				    .not_after = tx->now + SUB_CA_MS };
	struct cert *root = NULL;
	struct key *root_key = NULL;
	int rc = authority_read(tx, AUTHORITY_ROOT, &root, &root_key, e);

	if (rc == 1 && root_key)
		rc = cert_issue(&req, root, root_key, out, e);
	else if (rc >= 0)
		rc = err_set(e, E_INTERNAL, "This server has no licensing root.");
	cert_free(root);
	key_free(root_key);
	return rc;
}
