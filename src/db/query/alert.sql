-- :alert_fact_set rw
INSERT INTO alert_fact (id, kind, subject, account_id, virtual_account_id, source, message, raised_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
ON CONFLICT (id) DO UPDATE SET account_id = excluded.account_id, virtual_account_id = excluded.virtual_account_id,
  source = excluded.source, message = excluded.message, raised_at = excluded.raised_at;

-- :alert_fact_by_id ro
SELECT id, kind, subject, account_id, virtual_account_id, source, message, raised_at FROM alert_fact WHERE id = ?1;

-- :alert_fact_of ro
SELECT id, kind, subject, account_id, virtual_account_id, source, message, raised_at FROM alert_fact
WHERE subject = ?1 ORDER BY id;

-- :alert_fact_drop rw
DELETE FROM alert_fact WHERE id = ?1;

-- :alert_ack_drop rw
DELETE FROM alert_ack WHERE id = ?1;
