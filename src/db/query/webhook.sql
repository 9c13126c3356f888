-- :webhook_add rw
INSERT INTO webhook (uuid, account_id, url, severity, ca, secret_box, created_at, created_by)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8);

-- :webhook_by_uuid ro
SELECT w.id, w.uuid, coalesce(w.account_id, 0), w.url, w.severity, w.ca, w.secret_box, w.enabled, w.created_at,
       w.created_by, w.delivered_at, w.failures, w.failed_at, w.last_error, w.retry_at, a.name
FROM webhook w LEFT JOIN account a ON a.id = w.account_id WHERE w.uuid = ?1;

-- :webhook_of_account ro
SELECT w.id, w.uuid, coalesce(w.account_id, 0), w.url, w.severity, w.ca, w.secret_box, w.enabled, w.created_at,
       w.created_by, w.delivered_at, w.failures, w.failed_at, w.last_error, w.retry_at, a.name
FROM webhook w LEFT JOIN account a ON a.id = w.account_id WHERE w.account_id = ?1 ORDER BY w.id;

-- :webhook_of_server ro
SELECT w.id, w.uuid, coalesce(w.account_id, 0), w.url, w.severity, w.ca, w.secret_box, w.enabled, w.created_at,
       w.created_by, w.delivered_at, w.failures, w.failed_at, w.last_error, w.retry_at, NULL
FROM webhook w WHERE w.account_id IS NULL ORDER BY w.id;

-- They are few.
-- :webhook_list ro
SELECT w.id, w.uuid, coalesce(w.account_id, 0), w.url, w.severity, w.ca, w.secret_box, w.enabled, w.created_at,
       w.created_by, w.delivered_at, w.failures, w.failed_at, w.last_error, w.retry_at, a.name
FROM webhook w LEFT JOIN account a ON a.id = w.account_id WHERE w.id > 0 ORDER BY w.id;

-- :webhook_set rw
UPDATE webhook SET url = ?2, severity = ?3, ca = ?4, secret_box = ?5, enabled = ?6, failures = 0, failed_at = NULL,
                   last_error = '', retry_at = NULL
WHERE id = ?1;

-- :webhook_delivered rw
UPDATE webhook SET delivered_at = ?3, failures = 0, last_error = '', retry_at = NULL WHERE id = ?1 AND url = ?2;

-- :webhook_failed rw
UPDATE webhook SET failures = failures + 1, failed_at = ?3, last_error = ?4, retry_at = ?5 WHERE id = ?1 AND url = ?2;

-- :webhook_remove rw
DELETE FROM webhook WHERE id = ?1;

-- :webhook_known ro
SELECT alert_id, raised_at, body FROM webhook_alert WHERE webhook_id = ?1 ORDER BY alert_id;

-- :webhook_know rw
INSERT INTO webhook_alert (webhook_id, alert_id, raised_at, body) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (webhook_id, alert_id) DO UPDATE SET raised_at = excluded.raised_at, body = excluded.body;

-- :webhook_forget rw
DELETE FROM webhook_alert WHERE webhook_id = ?1 AND alert_id = ?2;

-- :webhook_forget_all rw
DELETE FROM webhook_alert WHERE webhook_id = ?1;

-- :webhook_drop_account_alerts rw
DELETE FROM webhook_alert WHERE webhook_id IN (SELECT id FROM webhook WHERE account_id = ?1);

-- :webhook_drop_account rw
DELETE FROM webhook WHERE account_id = ?1;
