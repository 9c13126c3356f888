/* alert.h - what an administrator should know and do something about.
 *
 * Most alerts follow from the state of pools, instances, lots, accounts and certificates at the time they are asked
 * for: nothing raises or clears them, so they are never stale (alert_list). Some tell of what happened: those are
 * raised and cleared here. Each has an identifier that follows from its kind and subject; an acknowledgement is of one
 * raising, and ends when the alert is raised anew. */
#ifndef LIC_ALERT_H
#define LIC_ALERT_H

#include <stdbool.h>

#include "base/clock.h"
#include "db/q.h"
#include "json/json.h"
#include "lic/tx.h"

enum alert_kind {
	/* of what happened: alert_raise */
	ALERT_TAKEN_OVER,           /* Product Instance Taken Over */
	ALERT_DUPLICATE,            /* Duplicate Product Instance */
	ALERT_RESTRICTED_LICENSE,   /* Restricted License Not Available */
	ALERT_RESERVATION_RETURNED, /* Reserved Licenses Returned */
	ALERT_RESERVATION_REMOVED,  /* Reservation Removed: a dead product's */
	ALERT_SATELLITE_REMOVED,    /* Satellite Unregistered and Removed */
	ALERT_LICENSES_REDUCED,     /* Licenses Reduced: by a synchronization, in other virtual accounts than the default */
	ALERT_LICENSE_WITHDRAWN,    /* License Withdrawn: the manager's catalogue no longer has it */

	/* of the present state: alert_list */
	ALERT_INSUFFICIENT_LICENSES, /* Insufficient Licenses */
	ALERT_FAILED_TO_RENEW,       /* Product Instance Failed to Renew */
	ALERT_FAILED_TO_CONNECT,     /* Product Instance Failed to Connect */
	ALERT_SYNC_OVERDUE,          /* Synchronization Overdue */
	ALERT_SYNC_DEADLINE,         /* Upcoming Sync Deadline */
	ALERT_SATELLITE_EXPIRED,     /* Satellite Expired */
	ALERT_AUTHORIZATION_PENDING, /* Authorization Pending */
	ALERT_AUTHORIZATION_READY,   /* Satellite Authorization File Ready */
	ALERT_LICENSES_EXPIRING,     /* Licenses Expiring */
	ALERT_LICENSES_EXPIRED,      /* Licenses Expired */
	ALERT_RESERVED_EXPIRED,      /* Reserved License Expired */
	ALERT_CERTIFICATE_EXPIRING,  /* Certificate Expiring */
	ALERT_CLOCK_JUMPED,          /* Clock Jumped */
	ALERT__MAX
};

/* `Product Instance Taken Over` for people, `taken-over` for the identifier and the database. */
const char *alert_name(enum alert_kind kind);
const char *alert_key(enum alert_kind kind);
/* "MAJOR" or "MINOR" */
const char *alert_severity(enum alert_kind kind);

#define ALERT_ID_SIZE 48 /* `taken-over:` and 16 hex digits of the subject's digest */
char *alert_id(enum alert_kind kind, const char *subject, char out[ALERT_ID_SIZE]);

/* Raises an alert of what happened; event `alert.raise`. subject is a name that stays (the instance's UUID), source
 * what people know it by (its UDI, a license's name), message a sentence or two: what happened, and what to do. account
 * and va may be NULL. While it is open, raising it again gives it the new time and texts, and it is no longer
 * acknowledged. What lasts is raised once: ask alert_open first. */
int alert_raise(struct tx *tx, enum alert_kind kind, const struct account_row *account,
		const struct virtual_account_row *va, const char *subject, const char *source, const char *message,
		struct err *e);

/* Was it raised and not cleared: 1, 0, -1. */
int alert_open(struct tx *tx, enum alert_kind kind, const char *subject, struct err *e);

/* It is over; event `alert.clear`. Nothing if it is not open. */
int alert_clear(struct tx *tx, enum alert_kind kind, const char *subject, struct err *e);

/* A product instance has left: what was raised about it while it was here (Taken Over, Duplicate, Restricted License)
 * is over. */
int alert_clear_instance(struct tx *tx, const char *uuid, struct err *e);

/* ---- all that is open ---- */

#define ALERT_RENEW_MS (30 * DAY_MS)       /* without authorization: Failed to Renew */
#define ALERT_SYNC_MS (30 * DAY_MS)        /* after the last synchronization: Upcoming Sync Deadline */
#define ALERT_SYNC_OVERDUE_MS DAY_MS       /* after a scheduled one was missed */
#define ALERT_CERTIFICATE_MS (60 * DAY_MS) /* before its end */
#define ALERT_EXPIRED_MS (30 * DAY_MS)     /* Licenses Expired is shown as long */
#define ALERT_FACT_KEPT_MS (30 * DAY_MS)   /* what only happened is shown as long once it is acknowledged */
#define ALERT_ACK_KEPT_MS (365 * DAY_MS)   /* an acknowledgement holds as long */
#define ALERT_ONE_BY_ONE 10                /* more of one kind in one virtual account become one alert */
#define ALERT_NOTE_MAX 500                 /* bytes of an acknowledgement's note */

struct alert {
	enum alert_kind kind;
	const char *id;
	bool major;
	const char *source, *message;
	int64_t account_id, virtual_account_id; /* 0 where the name is NULL */
	const char *account, *virtual_account;  /* names; NULL = it concerns the server itself, the whole account */
	int64_t raised_at;
	int64_t due_at;          /* not later than now: at once; 0 = no date */
	int64_t count;           /* product instances and the like that it stands for */
	int64_t acknowledged_at; /* 0 = open */
	const char *acknowledged_by, *note;
};

/* Everything that is open now in an account (0: in all, and of the server itself), the most urgent first: what is not
 * acknowledged, MAJOR, what lasts before what only happened, due first, raised last. */
int alert_list(struct tx *tx, int64_t account, struct alert **out, size_t *n, struct err *e);

/* As every list and every delivery shows it. */
json_t *alert_json(const struct alert *a);

/* Acknowledges one of a list; note NULL leaves the one that it has. Event
 * `alert.acknowledge`. */
int alert_acknowledge(struct tx *tx, const struct alert *alert, const char *note, struct err *e);

#endif
