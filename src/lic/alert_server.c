/* alert_server.c - alerts about the server itself: its certificates, its clock. */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "crypt/cert.h"
#include "lic/alert_inside.h"
#include "lic/site.h"

#define LAST_DAYS_MS (14 * DAY_MS) /* of a certificate: MAJOR */

/* ---- certificates ---- */

static int add_certificate(struct alert_gather *g, const char *subject, const char *name, const struct cert *cert,
			   const char *remedy, struct err *e)
{
	int64_t now = g->tx->now, end = cert_not_after(cert), from = end - ALERT_CERTIFICATE_MS;
	struct alert a = { .kind = ALERT_CERTIFICATE_EXPIRING, .raised_at = from, .due_at = end };
	char common[256], when[CLOCK_TEXT_SIZE], left[CLOCK_TEXT_SIZE];

	if (now < from)
		return 0;
	if (now >= end - LAST_DAYS_MS) {
		a.major = true;
		a.raised_at = now >= end ? end : end - LAST_DAYS_MS;
	}
	if (a.raised_at < cert_not_before(cert))
		a.raised_at = cert_not_before(cert);
	a.source = arena_strdup(g->tx->arena, cert_common_name(cert, common));
	clock_text(end, when);
	if (now >= end)
		a.message = arena_printf(g->tx->arena, "The %s '%s' ended on %s. %s", name, a.source, when, remedy);
	else
		a.message = arena_printf(g->tx->arena, "The %s '%s' ends on %s, in %s. %s", name, a.source, when,
					 clock_span(end - now, left), remedy);
	return alert_add(g, &a, subject, NULL, e);
}

/* The certificate that clients see: the administrator's own, or the server's own. */
static int gather_tls(struct alert_gather *g, struct err *e)
{
	AUTO_BUF pem = BUF_INIT;
	bool installed = site_tls_chain(g->tx->site, &pem);
	struct cert *cert = NULL;
	int rc = installed ? cert_read_pem(pem.data, pem.n, &cert, e)
			   : authority_read(g->tx, AUTHORITY_TLS_SERVER, &cert, NULL, e);

	rc = rc < 0 ? -1 : 0;
	if (rc == 0 && cert)
		rc = add_certificate(
			g, AUTHORITY_TLS_SERVER, "TLS certificate", cert,
			installed ? "Browsers and products refuse it then. Install its successor."
				  : "It is made anew when the server starts within its last 30 days. Restart it then.",
			e);
	cert_free(cert);
	return rc;
}

static int gather_authority(struct alert_gather *g, const char *purpose, const char *name, const char *remedy,
			    struct err *e)
{
	struct cert *cert = NULL;
	int rc = authority_read(g->tx, purpose, &cert, NULL, e);

	rc = rc < 0 ? -1 : 0;
	if (rc == 0 && cert)
		rc = add_certificate(g, purpose, name, cert, remedy, e);
	cert_free(cert);
	return rc;
}

int alert_gather_certificates(struct alert_gather *g, struct err *e)
{
	static const char sync[] = "Synchronize with the cloud manager, which renews it.",
			  restart[] = "It is renewed when the cloud manager starts. Restart it.",
			  plan[] = "All satellites and products trust it. Plan its successor.";
	static const struct {
		enum site_role role;
		const char *purpose, *name, *remedy;
	} all[] = {
		{ SITE_SATELLITE, AUTHORITY_SUB_CA, "certificate of the satellite's CA", sync },
		{ SITE_SATELLITE, AUTHORITY_SATELLITE_SIGNER, "certificate of the satellite's signer", sync },
		{ SITE_MANAGER, AUTHORITY_MANAGER_SIGNER, "certificate of the manager's signer", restart },
		{ SITE_MANAGER, AUTHORITY_ISSUING_CA, "certificate of the manager's issuing CA", restart },
		{ SITE_MANAGER, AUTHORITY_ROOT, "licensing root", plan },
	};

	if (gather_tls(g, e))
		return -1;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i].role == g->tx->site->role && gather_authority(g, all[i].purpose, all[i].name, all[i].remedy, e))
			return -1;
	return 0;
}

/* ---- clock ---- */

int alert_gather_clock(struct alert_gather *g, struct err *e)
{
	struct wall *wall = &g->tx->site->wall;
	struct alert a = { .kind = ALERT_CLOCK_JUMPED, .major = true, .source = g->tx->site->name };
	struct err why = ERR_INIT;

	if (wall_check(wall, &why) == 0)
		return 0;
	a.raised_at = a.due_at = wall->frozen_at;
	a.message = arena_printf(g->tx->arena, "%s (nothing expires and no certificate is issued until then)", why.text);
	return alert_add(g, &a, g->tx->site->uuid, NULL, e);
}
