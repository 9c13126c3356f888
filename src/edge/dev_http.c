/* dev_http.c - what products reach: SmartTransport, the revocation list (protocol.md section 3). */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "crypt/cert.h"
#include "db/q.h"
#include "edge/dev_message.h"
#include "edge/rate.h"
#include "edge/routes.h"
#include "lic/site.h"

#define JSON_TYPE "application/json"
#define CRL_LIFE_MS (7 * DAY_MS)

static void drop(void *state)
{
	dev_message_drop(state);
}

static struct reply *answer(struct req *r, const struct err *failed)
{
	struct dev_message *m = r->state;
	struct buf out = BUF_INIT;
	struct err e = ERR_INIT;
	char outcome[96];

	if (dev_message_finish(&r->tx, m, failed, &out, &e)) {
		buf_fini(&out);
		return reply_error(r, &e);
	}
	log_debug("products", "%s from %s, request %s", dev_message_outcome(m, outcome), r->actor.address, r->id);
	return reply_bytes(r, 200, JSON_TYPE, &out);
}

static struct reply *message_read(struct req *r)
{
	struct dev_message *m = NULL;
	struct err e = ERR_INIT;
	enum dev_read what;

	r->actor.kind = ACTOR_PRODUCT;
	what = dev_message_read(&r->tx, r->body, r->body_n, &m, &e);
	r->state = m;
	r->drop = drop;
	switch (what) {
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

static struct reply *message_write(struct req *r)
{
	/* A failure of the database undoes all of it; the product hears OK_TRY_AGAIN from finish. */
	if (dev_message_write(&r->tx, r->state, &r->commit_error)) {
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
	rc = q_certificate_ended(r->tx.db, r->tx.arena, r->tx.now, &rows, &n, &e);
	if (rc == 0) {
		entries = arena_alloc(r->tx.arena, (n + 1) * sizeof(*entries));
		for (size_t k = 0; k < n; k++)
			entries[k] = (struct crl_entry){ .serial = rows[k].serial, .revoked_at = rows[k].ended_at };
		rc = crl_make(i->ca, i->ca_key, entries, n, r->tx.now, r->tx.now - CERT_BACKDATE_MS, r->tx.now + CRL_LIFE_MS,
			      &der, &e);
	}
	identity_put(i);
	if (rc) {
		buf_fini(&der);
		return reply_error(r, &e);
	}
	return reply_bytes(r, 200, "application/pkix-crl", &der);
}

static struct reply *health_read(struct req *r)
{
	json_t *v = json_object();

	json_set_text(v, "status", "ok");
	json_set_text(v, "role", site_role_name(r->tx.site));
	json_set_time(v, "time", r->tx.now);
	return reply_json(r, 200, v);
}

const struct route dev_routes[] = {
	{ "POST", "/SmartTransport", DOOR_PRODUCT, ACCESS_OPEN, BODY_MESSAGE, DEV_MESSAGE_MAX, message_read, message_write,
	  message_finish },
	{ "GET", "/crl/satellite.crl", DOOR_PRODUCT | DOOR_ADMIN, ACCESS_OPEN, BODY_NONE, 0, crl_read, NULL, NULL },
	{ "GET", "/healthz", DOOR_ANY, ACCESS_OPEN, BODY_NONE, 0, health_read, NULL, NULL },
	{ 0 },
};
