/* q_webhook.h - where alerts are sent; as q.h. */
#ifndef DB_Q_WEBHOOK_H
#define DB_Q_WEBHOOK_H

#include "db/q.h"

struct webhook_row {
	int64_t id;
	const char *uuid;
	int64_t account; /* 0: of all accounts and the server itself */
	const char *url, *severity, *ca;
	const void *secret_box;
	size_t secret_box_n;
	bool enabled;
	int64_t created_at;
	const char *created_by;
	int64_t delivered_at, failures, failed_at;
	const char *last_error;
	int64_t retry_at;
	const char *account_name; /* NULL without one */
};
int q_webhook_add(struct db *d, const struct webhook_row *row, struct err *e);
int q_webhook_by_uuid(struct db *d, struct arena *a, const char *uuid, struct webhook_row *out, struct err *e);
int q_webhook_of(struct db *d, struct arena *a, int64_t account, struct webhook_row **out, size_t *n, struct err *e);
int q_webhook_list(struct db *d, struct arena *a, struct webhook_row **out, size_t *n, struct err *e);
/* Stores url, severity, ca, secret and enabled; what failed is forgotten. */
int q_webhook_set(struct db *d, const struct webhook_row *row, struct err *e);
/* With what its receiver knows. */
int q_webhook_remove(struct db *d, int64_t id, struct err *e);

/* 1, or 0 if it was removed, or goes to another address, since the row was read; -1. */
int q_webhook_delivered(struct db *d, const struct webhook_row *row, int64_t now, struct err *e);
int q_webhook_failed(struct db *d, const struct webhook_row *row, int64_t now, const char *why, int64_t retry_at,
		     struct err *e);

/* What a receiver knows, sorted by the alerts' identifiers. */
struct webhook_alert_row {
	const char *alert;
	int64_t raised_at;
	const char *body;
};
int q_webhook_known(struct db *d, struct arena *a, int64_t id, struct webhook_alert_row **out, size_t *n, struct err *e);
int q_webhook_know(struct db *d, int64_t id, const struct webhook_alert_row *row, struct err *e);
int q_webhook_forget(struct db *d, int64_t id, const char *alert, struct err *e);
int q_webhook_forget_all(struct db *d, int64_t id, struct err *e);

#endif
