#include "lic/alert.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "crypt/digest.h"
#include "lic/event.h"

#define ID_BYTES 8 /* of the subject's digest */

static const struct kind {
	const char *name, *key, *severity;
} kinds[ALERT__MAX] = {
	[ALERT_TAKEN_OVER] = { "Product Instance Taken Over", "taken-over", "MAJOR" },
	[ALERT_DUPLICATE] = { "Duplicate Product Instance", "duplicate", "MAJOR" },
	[ALERT_RESTRICTED_LICENSE] = { "Restricted License Not Available", "restricted-license", "MAJOR" },
	[ALERT_RESERVATION_RETURNED] = { "Reserved Licenses Returned", "reservation-returned", "MINOR" },
	[ALERT_RESERVATION_REMOVED] = { "Reservation Removed", "reservation-removed", "MAJOR" },
	[ALERT_SATELLITE_REMOVED] = { "Satellite Unregistered and Removed", "satellite-removed", "MAJOR" },
	[ALERT_LICENSES_REDUCED] = { "Licenses Reduced", "licenses-reduced", "MAJOR" },
	[ALERT_LICENSE_WITHDRAWN] = { "License Withdrawn", "license-withdrawn", "MAJOR" },
	[ALERT_INSUFFICIENT_LICENSES] = { "Insufficient Licenses", "insufficient-licenses", "MAJOR" },
	[ALERT_FAILED_TO_RENEW] = { "Product Instance Failed to Renew", "failed-to-renew", "MINOR" },
	[ALERT_FAILED_TO_CONNECT] = { "Product Instance Failed to Connect", "failed-to-connect", "MAJOR" },
	[ALERT_SYNC_OVERDUE] = { "Synchronization Overdue", "sync-overdue", "MINOR" },
	[ALERT_SYNC_DEADLINE] = { "Upcoming Sync Deadline", "sync-deadline", "MINOR" },
	[ALERT_SATELLITE_EXPIRED] = { "Satellite Expired", "satellite-expired", "MAJOR" },
	[ALERT_AUTHORIZATION_PENDING] = { "Authorization Pending", "authorization-pending", "MINOR" },
	[ALERT_AUTHORIZATION_READY] = { "Satellite Authorization File Ready", "authorization-ready", "MINOR" },
	[ALERT_LICENSES_EXPIRING] = { "Licenses Expiring", "licenses-expiring", "MINOR" },
	[ALERT_LICENSES_EXPIRED] = { "Licenses Expired", "licenses-expired", "MAJOR" },
	[ALERT_RESERVED_EXPIRED] = { "Reserved License Expired", "reserved-expired", "MAJOR" },
	[ALERT_CERTIFICATE_EXPIRING] = { "Certificate Expiring", "certificate-expiring", "MINOR" },
	[ALERT_CLOCK_JUMPED] = { "Clock Jumped", "clock-jumped", "MAJOR" },
};

const char *alert_name(enum alert_kind kind)
{
	return kinds[kind].name;
}

const char *alert_key(enum alert_kind kind)
{
	return kinds[kind].key;
}

const char *alert_severity(enum alert_kind kind)
{
	return kinds[kind].severity;
}

char *alert_id(enum alert_kind kind, const char *subject, char out[ALERT_ID_SIZE])
{
	unsigned char digest[SHA256_SIZE];
	char hex[2 * ID_BYTES + 1];

	digest_sha256(subject, strlen(subject), digest);
	str_hex(hex, digest, ID_BYTES);
	snprintf(out, ALERT_ID_SIZE, "%s:%s", kinds[kind].key, hex);
	return out;
}

static int note(struct tx *tx, const char *event, const struct alert_fact_row *row, const char *account, const char *va,
		struct err *e)
{
	json_t *detail = json_object();

	for (size_t i = 0; i < ALERT__MAX; i++)
		if (strcmp(kinds[i].key, row->kind) == 0)
			json_set_text(detail, "messageType", kinds[i].name);
	json_set_text(detail, "subject", row->subject);
	json_set_text(detail, "source", row->source);
	json_set_text(detail, "message", row->message);
	json_set_text(detail, "virtualAccount", va);
	return event_add(tx, event, account, row->id, detail, e);
}

int alert_raise(struct tx *tx, enum alert_kind kind, const struct account_row *account,
		const struct virtual_account_row *va, const char *subject, const char *source, const char *message,
		struct err *e)
{
	char id[ALERT_ID_SIZE];
	struct alert_fact_row row = { .id = alert_id(kind, subject, id),
				      .kind = kinds[kind].key,
				      .subject = subject,
				      .account_id = account ? account->id : 0,
				      .virtual_account_id = va ? va->id : 0,
				      .source = source,
				      .message = message,
				      .raised_at = tx->now };

	if (q_alert_fact_set(tx->db, &row, e))
		return -1;
	return note(tx, "alert.raise", &row, account ? account->name : "", va ? va->name : "", e);
}

int alert_open(struct tx *tx, enum alert_kind kind, const char *subject, struct err *e)
{
	char id[ALERT_ID_SIZE];

	return q_alert_fact_by_id(tx->db, tx->arena, alert_id(kind, subject, id), &(struct alert_fact_row){ 0 }, e);
}

static int clear(struct tx *tx, const struct alert_fact_row *row, struct err *e)
{
	struct virtual_account_row va = { .name = "" };
	struct account_row account = { .name = "" };

	if ((row->account_id && q_account_by_id(tx->db, tx->arena, row->account_id, &account, e) != 1) ||
	    (row->virtual_account_id && q_virtual_account_by_id(tx->db, tx->arena, row->virtual_account_id, &va, e) != 1) ||
	    q_alert_fact_drop(tx->db, row->id, e))
		return -1;
	return note(tx, "alert.clear", row, account.name, va.name, e);
}

int alert_clear(struct tx *tx, enum alert_kind kind, const char *subject, struct err *e)
{
	struct alert_fact_row row;
	char id[ALERT_ID_SIZE];
	int rc = q_alert_fact_by_id(tx->db, tx->arena, alert_id(kind, subject, id), &row, e);

	return rc == 1 ? clear(tx, &row, e) : rc;
}

int alert_clear_instance(struct tx *tx, const char *uuid, struct err *e)
{
	static const enum alert_kind of_instances[] = { ALERT_TAKEN_OVER, ALERT_DUPLICATE, ALERT_RESTRICTED_LICENSE };
	struct alert_fact_row *rows;
	size_t n;

	if (q_alert_fact_of(tx->db, tx->arena, uuid, &rows, &n, e))
		return -1;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < sizeof(of_instances) / sizeof(of_instances[0]); k++)
			if (strcmp(rows[i].kind, kinds[of_instances[k]].key) == 0 && clear(tx, &rows[i], e))
				return -1;
	return 0;
}
