/* dev_http.c - what products reach: SmartTransport, the revocation list (protocol.md section 3). */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "crypt/cert.h"
#include "db/q.h"
#include "edge/dev_message.h"
#include "edge/rate.h"
#include "edge/routes.h"
#include "lic/site.h"
#include "xml/callhome.h"

#define JSON_TYPE "application/json"
#define XML_TYPE "text/xml; charset=utf-8"
#define SOAP_TYPE "application/soap+xml; charset=utf-8"
#define CRL_LIFE_MS (7 * DAY_MS)
#define CRL_PER_MINUTE 120 /* from one address */

struct exchange {
	struct dev_message *message;
	bool callhome; /* it came in an envelope and is answered in one */
	struct callhome_session session;
	struct buf json; /* out of the envelope; stays as long as the message */
};

static void drop(void *state)
{
	struct exchange *x = state;

	if (x->message)
		dev_message_drop(x->message);
	callhome_session_fini(&x->session);
	buf_fini(&x->json);
}

/* Answered in kind: from whom it was sent to, back on the path it came. */
static struct reply *callhome_reply(struct req *r, const struct exchange *x, struct buf *json)
{
	AUTO_FREE char *here = mem_printf("%s%s", r->tx.site->product_url, r->route->pattern);
	struct callhome_session back = { .to = x->session.from, .from = here, .message_id = x->session.message_id };
	struct buf out = BUF_INIT;

	callhome_write(&back, json->data, json->n, &out);
	buf_fini(json);
	return reply_bytes(r, 200, str_prefix(req_header(r, "Content-Type"), "application/soap+xml") ? SOAP_TYPE : XML_TYPE,
			   &out);
}

static struct reply *answer(struct req *r, const struct err *failed)
{
	struct exchange *x = r->state;
	struct buf out = BUF_INIT;
	struct err e = ERR_INIT;
	char outcome[96];

	if (dev_message_finish(&r->tx, x->message, failed, &out, &e)) {
		buf_fini(&out);
		return reply_error(r, &e);
	}
	log_debug("products", "%s from %s, request %s", dev_message_outcome(x->message, outcome), r->actor.address, r->id);
	return x->callhome ? callhome_reply(r, x, &out) : reply_bytes(r, 200, JSON_TYPE, &out);
}

static struct reply *read_bytes(struct req *r, struct exchange *x, const char *bytes, size_t n)
{
	struct err e = ERR_INIT;

	r->actor.kind = ACTOR_PRODUCT;
	switch (dev_message_read(&r->tx, bytes, n, r->door == DOOR_PLAIN, &x->message, &e)) {
	case DEV_UNREADABLE:
	case DEV_NOT_READY:
		return reply_error(r, &e);
	case DEV_ANSWERED:
		return answer(r, NULL);
	case DEV_WRITE:
		return NULL;
	}
	return NULL;
}

static struct exchange *begin(struct req *r)
{
	r->state = arena_alloc(r->tx.arena, sizeof(struct exchange));
	r->drop = drop;
	return r->state;
}

static struct reply *message_read(struct req *r)
{
	return read_bytes(r, begin(r), r->body, r->body_n);
}

static struct reply *callhome_read_step(struct req *r)
{
	struct exchange *x = begin(r);
	struct err e = ERR_INIT;

	x->callhome = true;
	if (callhome_read(r->body, r->body_n, &x->json, &x->session, &e))
		return reply_error(r, &e);
	if (x->json.n > DEV_MESSAGE_MAX) {
		err_set(&e, E_TOO_LARGE, NULL);
		return reply_error(r, &e);
	}
	return read_bytes(r, x, x->json.data ? x->json.data : "", x->json.n);
}

static struct reply *message_write(struct req *r)
{
	struct exchange *x = r->state;

	/* A failure of the database undoes all of it; the product hears OK_TRY_AGAIN from finish. */
	if (dev_message_write(&r->tx, x->message, &r->commit_error)) {
		log_error("products", "message not processed: %s", r->commit_error.text);
		return NULL;
	}
	r->commit_error = ERR_INIT;
	return NULL;
}

static struct reply *message_finish(struct req *r)
{
	return answer(r, r->commit_error.code ? &r->commit_error : NULL);
}

static struct reply *crl_read(struct req *r)
{
	struct identity *i = site_identity(r->tx.site);
	struct certificate_row *rows;
	struct crl_entry *entries;
	struct buf der = BUF_INIT;
	struct err e = ERR_INIT;
	size_t n;
	int rc;

	if (i == NULL) {
		err_set(&e, E_NOT_READY, NULL);
		return reply_error(r, &e);
	}
	/* Anybody may ask, and each list is made and signed anew. */
	if (!rate_allow("crl", r->actor.address, CRL_PER_MINUTE)) {
		identity_put(i);
		err_set(&e, E_RATE_LIMITED, NULL);
		return reply_error(r, &e);
	}
	rc = q_certificate_ended(r->tx.db, r->tx.arena, r->tx.now, &rows, &n, &e);
	if (rc == 0) {
		entries = arena_alloc(r->tx.arena, (n + 1) * sizeof(*entries));
		for (size_t k = 0; k < n; k++)
			entries[k] = (struct crl_entry){ .serial = rows[k].serial, .revoked_at = rows[k].ended_at };
		rc = crl_make(i->ca, i->ca_key, entries, n, r->tx.now, r->tx.now - CERT_BACKDATE_MS,
			      r->tx.now + CRL_LIFE_MS, &der, &e);
	}
	identity_put(i);
	if (rc) {
		buf_fini(&der);
		return reply_error(r, &e);
	}
	return reply_bytes(r, 200, "application/pkix-crl", &der);
}

#define PRODUCTS (DOOR_PRODUCT | DOOR_PLAIN)

const struct route dev_routes[] = {
	{ "POST", "/SmartTransport", PRODUCTS, RIGHT_OPEN, OF_SERVER, BODY_MESSAGE, DEV_MESSAGE_MAX, message_read,
	  message_write, message_finish },
	{ "POST", "/Transportgateway/services/DeviceRequestHandler", PRODUCTS, RIGHT_OPEN, OF_SERVER, BODY_XML,
	  CALLHOME_MAX, callhome_read_step, message_write, message_finish },
	{ "POST", "/its/service/oddce/services/DDCEService", PRODUCTS, RIGHT_OPEN, OF_SERVER, BODY_XML, CALLHOME_MAX,
	  callhome_read_step, message_write, message_finish },
	{ "GET", "/crl/satellite.crl", PRODUCTS | DOOR_ADMIN, RIGHT_OPEN, OF_SERVER, BODY_NONE, 0, crl_read, NULL, NULL },
	{ 0 },
};
