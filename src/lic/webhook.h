/* webhook.h - alert subscriptions: receivers that are told by HTTPS when alerts are raised and cleared.
 *
 * Alerts follow from the state of everything else, so there is no queue: it is kept what each receiver knows, and a
 * delivery is the difference from what is open now. A receiver that was away for a day gets one delivery with what came
 * and went meanwhile, not a thousand. */
#ifndef LIC_WEBHOOK_H
#define LIC_WEBHOOK_H

#include "base/buf.h"
#include "db/q_webhook.h"
#include "json/json.h"
#include "lic/tx.h"

#define WEBHOOKS_MAX 20      /* of an account, and of the server */
#define WEBHOOK_URL_MAX 2048 /* bytes */
#define WEBHOOK_CA_MAX 65536 /* bytes */
#define WEBHOOK_CAS 8        /* certificates in it */
#define WEBHOOK_NEWS_MAX 200 /* alerts in a delivery; more come with the next */
#define WEBHOOK_SECRET 64    /* hex digits */

struct webhook_change {
	const char *url;      /* as webhook_target() accepts it (sync/webhook_send.h) */
	const char *severity; /* MAJOR: only those; MINOR: both */
	const char *ca;       /* PEM; "" = the system's */
	int enabled;          /* -1: as it is */
	bool new_secret;
}; /* NULL: as it is, or MINOR and "" of a new one */

/* account NULL: alerts of all accounts and of the server itself. secret is told once. E_INVALID_REQUEST; E_CONFLICT if
 * there are too many. */
int webhook_add(struct tx *tx, const struct account_row *account, const struct webhook_change *in, struct webhook_row *out,
		char secret[WEBHOOK_SECRET + 1], struct err *e);

/* By its UUID; account 0: of the server. E_WEBHOOK_UNKNOWN. */
int webhook_find(struct tx *tx, int64_t account, const char *uuid, struct webhook_row *out, struct err *e);

/* Changes it; *row becomes what it is then. What failed is tried again at once. secret is "" unless it is new. A receiver
 * at another address is told all that is open. */
int webhook_update(struct tx *tx, struct webhook_row *row, const struct webhook_change *in, char secret[WEBHOOK_SECRET + 1],
		   struct err *e);

int webhook_remove(struct tx *tx, const struct webhook_row *row, struct err *e);

/* The secret, added to out. */
int webhook_secret(struct tx *tx, const struct webhook_row *row, struct buf *out, struct err *e);

/* ---- deliveries ---- */

struct webhook_news {
	struct webhook_alert_row *raised; /* and what the receiver knows then */
	struct webhook_alert_row *cleared;
	size_t raised_n, cleared_n;
};

/* What the receiver does not know yet, at most WEBHOOK_NEWS_MAX. */
int webhook_news(struct tx *tx, const struct webhook_row *row, struct webhook_news *out, struct err *e);

/* The bytes of a delivery; news NULL: a test. */
void webhook_body(struct tx *tx, const struct webhook_row *row, const struct webhook_news *news, const char *delivery,
		  struct buf *out);

/* In the writer: the receiver has taken it, or did not, and why. Nothing if the row was changed meanwhile. */
int webhook_delivered(struct tx *tx, const struct webhook_row *row, const struct webhook_news *news, struct err *e);
int webhook_failed(struct tx *tx, const struct webhook_row *row, const char *why, struct err *e);

/* How long it waits after so many failures in a row: a minute, twice as long each time, a day at most. */
int64_t webhook_pause(int64_t failures);

#endif
