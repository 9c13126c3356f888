/* api_certificate.c - the certificates of this server. */
#include <string.h>

#include "base/clock.h"
#include "crypt/cert.h"
#include "edge/api.h"
#include "edge/routes.h"
#include "lic/identity.h"
#include "lic/site.h"

static const char *const purposes[] = { AUTHORITY_TLS_SERVER,      AUTHORITY_TLS_CA,         AUTHORITY_ROOT,
					AUTHORITY_ISSUING_CA,      AUTHORITY_MANAGER_SIGNER, AUTHORITY_SUB_CA,
					AUTHORITY_SATELLITE_SIGNER };

static json_t *certificate_json(struct req *r, const char *purpose, const struct cert *cert)
{
	char text[256], serial[CERT_SERIAL_TEXT];
	AUTO_BUF names = BUF_INIT;
	json_t *v = json_object(), *list = json_array();
	char *save = NULL;

	json_set_text(v, "purpose", purpose);
	json_set_text(v, "subject", cert_common_name(cert, text));
	json_set_text(v, "issuer", cert_issuer_name(cert, text));
	json_set_text(v, "serialNumber", cert_serial(cert, serial));
	json_set_time(v, "notBefore", cert_not_before(cert));
	json_set_time(v, "notAfter", cert_not_after(cert));
	json_set_text(v, "fingerprint", cert_fingerprint_text(cert, text));
	cert_list_names(cert, &names);
	for (char *name = names.data ? strtok_r(names.data, ", ", &save) : NULL; name; name = strtok_r(NULL, ", ", &save))
		json_array_append_new(list, json_string(name));
	json_object_set_new(v, "names", list);
	json_set_int(v, "daysLeft", (cert_not_after(cert) - r->tx.now) / DAY_MS);
	return v;
}

/* The administrator's own TLS certificate stands in front: it is the one that clients see. */
static void add_own_certificate(struct req *r, json_t *list)
{
	AUTO_BUF pem = BUF_INIT;
	struct cert *cert = NULL;
	struct err ignored;

	if (site_tls_chain(r->tx.site, &pem) && cert_read_pem(pem.data, pem.n, &cert, &ignored) == 0) {
		json_array_insert_new(list, 0, certificate_json(r, "tls-installed", cert));
		cert_free(cert);
	}
}

static struct reply *list_certificates(struct req *r)
{
	json_t *list = json_array();
	struct err e = ERR_INIT;

	for (size_t i = 0; i < sizeof(purposes) / sizeof(purposes[0]); i++) {
		struct cert *cert = NULL;

		if (authority_read(&r->tx, purposes[i], &cert, NULL, &e) < 0)
			return api_list(r, -1, &e, "certificates", list, 0);
		if (cert)
			json_array_append_new(list, certificate_json(r, purposes[i], cert));
		cert_free(cert);
	}
	add_own_certificate(r, list);
	return api_list(r, 0, &e, "certificates", list, (int64_t)json_array_size(list));
}

static struct reply *show_chain(struct req *r)
{
	const char *of = req_query(r, "of");
	struct buf pem = BUF_INIT;
	struct cert *cert = NULL;
	struct err e = ERR_INIT;
	int rc;

	if (of && strcmp(of, "tls") != 0 && strcmp(of, "licensing") != 0) {
		err_field(&e, E_INVALID_REQUEST, "of", "'of' must be tls or licensing.");
		return reply_error(r, &e);
	}
	/* An administrator's own certificate stands in a file; its chain is given as it is there. */
	if ((of == NULL || strcmp(of, "tls") == 0) && site_tls_chain(r->tx.site, &pem))
		return reply_bytes(r, 200, "application/x-pem-file", &pem);
	rc = authority_read(&r->tx, of && strcmp(of, "licensing") == 0 ? AUTHORITY_ROOT : AUTHORITY_TLS_CA, &cert, NULL,
			    &e);
	if (rc >= 0 && cert == NULL)
		rc = err_set(&e, E_NOT_READY, NULL);
	if (rc < 0)
		return reply_error(r, &e);
	cert_write_pem(cert, &pem);
	cert_free(cert);
	return reply_bytes(r, 200, "application/x-pem-file", &pem);
}

#define DOORS (DOOR_ADMIN | DOOR_CONTROL)

const struct route certificate_routes[] = {
	{ "GET", "/api/v1/certificates", DOORS, RIGHT_SERVER_READ, ANYWHERE, BODY_NONE, 0, list_certificates, NULL, NULL },
	{ "GET", "/api/v1/certificates/chain", DOORS, RIGHT_OPEN, OF_SERVER, BODY_NONE, 0, show_chain, NULL, NULL },
	{ 0 },
};
