#include "lic/webhook.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rand.h"
#include "crypt/cert.h"
#include "crypt/seal.h"
#include "lic/alert.h"
#include "lic/event.h"
#include "lic/site.h"

#define SEAL_CONTEXT "webhook"

/* ---- what people set ---- */

static int set_severity(struct webhook_row *row, const char *severity, struct err *e)
{
	if (strcmp(severity, "MAJOR") != 0 && strcmp(severity, "MINOR") != 0)
		return err_field(e, E_INVALID_REQUEST, "severity",
				 "The severity is '%.20s'; it must be MAJOR (only those) or MINOR (both).", severity);
	row->severity = severity;
	return 0;
}

/* Kept as the certificates in it, so that nothing else stands in the database. */
static int set_ca(struct tx *tx, struct webhook_row *row, const char *pem, struct err *e)
{
	struct cert *cas[WEBHOOK_CAS];
	AUTO_BUF kept = BUF_INIT;
	size_t n = 0;

	if (*pem && cert_read_chain(pem, strlen(pem), cas, WEBHOOK_CAS, &n, e))
		return err_field(e, E_INVALID_REQUEST, "caCertificate",
				 "The member 'caCertificate' must have 1 to %d certificates in PEM.", WEBHOOK_CAS);
	buf_adds(&kept, "");
	for (size_t i = 0; i < n; i++) {
		cert_write_pem(cas[i], &kept);
		cert_free(cas[i]);
	}
	row->ca = arena_strdup(tx->arena, kept.data);
	return 0;
}

static void new_secret(struct tx *tx, struct webhook_row *row, char secret[WEBHOOK_SECRET + 1])
{
	AUTO_BUF box = BUF_INIT;

	rand_hex(secret, WEBHOOK_SECRET / 2);
	seal_close(&tx->site->seal, SEAL_CONTEXT, secret, WEBHOOK_SECRET, &box);
	row->secret_box = arena_dup(tx->arena, box.data, box.n);
	row->secret_box_n = box.n;
}

static json_t *told(const struct webhook_row *row)
{
	json_t *v = json_object();

	json_set_text(v, "url", row->url);
	json_set_text(v, "severity", row->severity);
	json_set_bool(v, "ownCa", *row->ca != '\0');
	json_set_bool(v, "enabled", row->enabled);
	return v;
}

int webhook_add(struct tx *tx, const struct account_row *account, const struct webhook_change *in, struct webhook_row *out,
		char secret[WEBHOOK_SECRET + 1], struct err *e)
{
	struct webhook_row *all, row = {
		.account = account ? account->id : 0, .url = in->url, .created_at = tx->now, .created_by = tx->actor->name
	};
	char uuid[UUID_SIZE];
	json_t *detail;
	size_t n;

	if (q_webhook_of(tx->db, tx->arena, row.account, &all, &n, e) ||
	    set_severity(&row, in->severity ? in->severity : "MINOR", e) || set_ca(tx, &row, in->ca ? in->ca : "", e))
		return -1;
	if (n >= WEBHOOKS_MAX)
		return err_set(e, E_CONFLICT, "There are %zu alert subscriptions, and %d may be. Remove one first.", n,
			       WEBHOOKS_MAX);
	new_secret(tx, &row, secret);
	row.uuid = rand_uuid(uuid);
	if (q_webhook_add(tx->db, &row, e) || webhook_find(tx, row.account, uuid, out, e))
		return -1;
	detail = json_object();
	json_object_set_new(detail, "after", told(out));
	return event_add(tx, "webhook.create", account ? account->name : "", out->uuid, detail, e);
}

int webhook_find(struct tx *tx, int64_t account, const char *uuid, struct webhook_row *out, struct err *e)
{
	int rc = q_webhook_by_uuid(tx->db, tx->arena, uuid, out, e);

	if (rc == 0 || (rc == 1 && out->account != account))
		return err_set(e, E_WEBHOOK_UNKNOWN, "There is no alert subscription '%.64s' %s.", uuid,
			       account ? "in this account" : "of the server");
	return rc < 0 ? -1 : 0;
}

int webhook_update(struct tx *tx, struct webhook_row *row, const struct webhook_change *in, char secret[WEBHOOK_SECRET + 1],
		   struct err *e)
{
	const struct webhook_row before = *row;
	json_t *detail;

	secret[0] = '\0';
	if ((in->severity && set_severity(row, in->severity, e)) || (in->ca && set_ca(tx, row, in->ca, e)))
		return -1;
	if (in->url)
		row->url = in->url;
	if (in->enabled >= 0)
		row->enabled = in->enabled;
	if (in->new_secret)
		new_secret(tx, row, secret);
	if (q_webhook_set(tx->db, row, e) ||
	    (strcmp(before.url, row->url) != 0 && q_webhook_forget_all(tx->db, row->id, e)))
		return -1;
	detail = json_object();
	json_object_set_new(detail, "before", told(&before));
	json_object_set_new(detail, "after", told(row));
	json_set_bool(detail, "newSecret", in->new_secret);
	if (event_add(tx, "webhook.update", row->account_name ? row->account_name : "", row->uuid, detail, e))
		return -1;
	return q_webhook_by_uuid(tx->db, tx->arena, row->uuid, row, e) == 1 ? 0 : -1;
}

int webhook_remove(struct tx *tx, const struct webhook_row *row, struct err *e)
{
	json_t *detail;

	if (q_webhook_remove(tx->db, row->id, e))
		return -1;
	detail = json_object();
	json_object_set_new(detail, "before", told(row));
	return event_add(tx, "webhook.remove", row->account_name ? row->account_name : "", row->uuid, detail, e);
}

int webhook_secret(struct tx *tx, const struct webhook_row *row, struct buf *out, struct err *e)
{
	return seal_open(&tx->site->seal, SEAL_CONTEXT, row->secret_box, row->secret_box_n, out, e);
}

/* ---- what the receiver does not know ---- */

static int compare(const void *key, const void *row)
{
	return strcmp(key, ((const struct webhook_alert_row *)row)->alert);
}

static int compare_rows(const void *a, const void *b)
{
	return compare(((const struct webhook_alert_row *)a)->alert, b);
}

static const char *body_of(struct tx *tx, const struct alert *a)
{
	AUTO_JSON *v = alert_json(a);
	AUTO_BUF b = BUF_INIT;

	json_write(v, &b);
	return arena_strdup(tx->arena, b.data);
}

/* Those that are open, and that the receiver wants; sorted by their identifiers. */
static int open_alerts(struct tx *tx, const struct webhook_row *row, struct webhook_alert_row **out, size_t *n,
		       struct err *e)
{
	struct alert *all;
	size_t all_n;

	*n = 0;
	if (alert_list(tx, row->account, &all, &all_n, e))
		return -1;
	*out = arena_alloc(tx->arena, (all_n + 1) * sizeof(**out));
	for (size_t i = 0; i < all_n; i++)
		if (all[i].major || strcmp(row->severity, "MINOR") == 0)
			(*out)[(*n)++] = (struct webhook_alert_row){ all[i].id, all[i].raised_at, body_of(tx, &all[i]) };
	qsort(*out, *n, sizeof(**out), compare_rows);
	return 0;
}

int webhook_news(struct tx *tx, const struct webhook_row *row, struct webhook_news *out, struct err *e)
{
	struct webhook_alert_row *now, *known;
	size_t now_n, known_n;

	*out = (struct webhook_news){ .raised_n = 0 };
	if (open_alerts(tx, row, &now, &now_n, e) || q_webhook_known(tx->db, tx->arena, row->id, &known, &known_n, e))
		return -1;
	out->raised = arena_alloc(tx->arena, (now_n + 1) * sizeof(*now));
	out->cleared = arena_alloc(tx->arena, (known_n + 1) * sizeof(*known));
	for (size_t i = 0; i < known_n && out->cleared_n < WEBHOOK_NEWS_MAX; i++)
		if (bsearch(known[i].alert, now, now_n, sizeof(*now), compare) == NULL)
			out->cleared[out->cleared_n++] = known[i];
	for (size_t i = 0; i < now_n && out->cleared_n + out->raised_n < WEBHOOK_NEWS_MAX; i++) {
		const struct webhook_alert_row *old = bsearch(now[i].alert, known, known_n, sizeof(*known), compare);

		if (old == NULL || old->raised_at != now[i].raised_at)
			out->raised[out->raised_n++] = now[i];
	}
	return 0;
}

/* ---- deliveries ---- */

static void set_rows(json_t *v, const char *name, const struct webhook_alert_row *rows, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, json_loads(rows[i].body, 0, NULL));
	json_object_set_new(v, name, list);
}

void webhook_body(struct tx *tx, const struct webhook_row *row, const struct webhook_news *news, const char *delivery,
		  struct buf *out)
{
	AUTO_JSON *v = json_object();

	json_set_text(v, "event", news ? "alerts" : "test");
	json_set_text(v, "server", tx->site->name);
	json_set_text(v, "serverId", tx->site->uuid);
	json_set_text(v, "webhook", row->uuid);
	json_set_text(v, "delivery", delivery);
	json_set_time(v, "sentAt", tx->now);
	set_rows(v, "raised", news ? news->raised : NULL, news ? news->raised_n : 0);
	set_rows(v, "cleared", news ? news->cleared : NULL, news ? news->cleared_n : 0);
	json_write(v, out);
}

int webhook_delivered(struct tx *tx, const struct webhook_row *row, const struct webhook_news *news, struct err *e)
{
	int rc = q_webhook_delivered(tx->db, row, tx->now, e);

	if (rc <= 0)
		return rc;
	for (size_t i = 0; i < news->raised_n; i++)
		if (q_webhook_know(tx->db, row->id, &news->raised[i], e))
			return -1;
	for (size_t i = 0; i < news->cleared_n; i++)
		if (q_webhook_forget(tx->db, row->id, news->cleared[i].alert, e))
			return -1;
	return 0;
}

int64_t webhook_pause(int64_t failures)
{
	int64_t pause = MINUTE_MS;

	for (; failures > 1 && pause < DAY_MS; failures--)
		pause *= 2;
	return pause < DAY_MS ? pause : DAY_MS;
}

int webhook_failed(struct tx *tx, const struct webhook_row *row, const char *why, struct err *e)
{
	return q_webhook_failed(tx->db, row, tx->now, why, tx->now + webhook_pause(row->failures + 1), e) < 0 ? -1 : 0;
}
