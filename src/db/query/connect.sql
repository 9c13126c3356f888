-- How accounts reach their cloud manager, and what came of it (satellite).

-- :sync_setting_get ro
SELECT a.id, a.uuid, a.name, a.status, coalesce(s.manager_url, ''), coalesce(s.manager_ca, ''), coalesce(s.proxy_url, ''),
       coalesce(s.proxy_user, ''), s.proxy_password_box, coalesce(s.schedule, 'off'), coalesce(s.minute, 0),
       coalesce(s.day, 1), coalesce(s.failures, 0), s.retry_at, s.last_attempt_at, s.last_failure_at,
       coalesce(s.last_failure_code, ''), coalesce(s.last_failure_text, ''), a.sync_due_at, a.share_hostname,
       a.share_ip_address, a.share_mac_address, a.share_product_version
FROM account a LEFT JOIN sync_setting s ON s.account_id = a.id WHERE a.id = ?1;

-- All that could be due. Accounts are few.
-- :sync_setting_list ro
SELECT a.id, a.uuid, a.name, a.status, coalesce(s.manager_url, ''), coalesce(s.manager_ca, ''), coalesce(s.proxy_url, ''),
       coalesce(s.proxy_user, ''), s.proxy_password_box, coalesce(s.schedule, 'off'), coalesce(s.minute, 0),
       coalesce(s.day, 1), coalesce(s.failures, 0), s.retry_at, s.last_attempt_at, s.last_failure_at,
       coalesce(s.last_failure_code, ''), coalesce(s.last_failure_text, ''), a.sync_due_at, a.share_hostname,
       a.share_ip_address, a.share_mac_address, a.share_product_version
FROM sync_setting s JOIN account a ON a.id = s.account_id WHERE s.account_id > 0 ORDER BY s.account_id;

-- What an administrator sets. Whatever failed before is tried again at once.
-- :sync_setting_set rw
INSERT INTO sync_setting (account_id, manager_url, manager_ca, proxy_url, proxy_user, proxy_password_box, schedule, minute,
                          day)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
ON CONFLICT (account_id) DO UPDATE
SET manager_url = ?2, manager_ca = ?3, proxy_url = ?4, proxy_user = ?5, proxy_password_box = ?6, schedule = ?7,
    minute = ?8, day = ?9, failures = 0, retry_at = NULL;

-- :sync_setting_attempt rw
UPDATE sync_setting SET last_attempt_at = ?2 WHERE account_id = ?1;

-- :sync_setting_succeeded rw
UPDATE sync_setting SET failures = 0, retry_at = NULL WHERE account_id = ?1;

-- :sync_setting_failed rw
UPDATE sync_setting SET failures = ?2, retry_at = ?3, last_failure_at = ?4, last_failure_code = ?5, last_failure_text = ?6
WHERE account_id = ?1;

-- :sync_history_add rw
INSERT INTO sync_history (account_id, at, duration, by, way, what, mode, sequence, sent, received, outcome, message)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12);

-- :sync_history_forget rw
DELETE FROM sync_history
WHERE account_id = ?1
  AND id <= (SELECT id FROM sync_history WHERE account_id = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2);

-- Newest first, below an id.
-- :sync_history_list ro
SELECT id, at, duration, by, way, what, mode, sequence, sent, received, outcome, message
FROM sync_history WHERE account_id = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3;

-- The newest that went well.
-- :sync_history_success ro
SELECT id, at, duration, by, way, what, mode, sequence, sent, received, outcome, message
FROM sync_history
WHERE account_id = ?1 AND outcome = 'OK' AND what IN ('exchange', 'response', 'authorization', 'registration')
  AND (way = 'network' OR what <> 'registration')
ORDER BY id DESC LIMIT 1;
