-- :client_add rw
INSERT INTO api_client (client_id, account_id, name, name_key, created_at, created_by)
VALUES (?1, nullif(?2, 0), ?3, ?4, ?5, ?6);

-- :client_by_client_id ro
SELECT id, client_id, coalesce(account_id, 0), name, created_at, created_by, used_at, used_from, revoked_at, revoked_by
FROM api_client WHERE client_id = ?1;

-- Those of a name: few, since it is unique in its place.
-- :client_by_key ro
SELECT id, client_id, coalesce(account_id, 0), name, created_at, created_by, used_at, used_from, revoked_at, revoked_by
FROM api_client WHERE name_key = ?1 ORDER BY id LIMIT 100;

-- :client_by_key_in ro
SELECT id, client_id, coalesce(account_id, 0), name, created_at, created_by, used_at, used_from, revoked_at, revoked_by
FROM api_client WHERE name_key = ?1 AND coalesce(account_id, 0) = ?2;

-- API clients are few.
-- :client_list ro
SELECT id, client_id, coalesce(account_id, 0), name, created_at, created_by, used_at, used_from, revoked_at, revoked_by
FROM api_client WHERE id > 0 ORDER BY id;

-- :client_list_of_account ro
SELECT id, client_id, coalesce(account_id, 0), name, created_at, created_by, used_at, used_from, revoked_at, revoked_by
FROM api_client WHERE account_id = ?1 ORDER BY id;

-- :client_used rw
UPDATE api_client SET used_at = ?2, used_from = ?3 WHERE id = ?1;

-- :client_revoke rw
UPDATE api_client SET revoked_at = ?2, revoked_by = ?3 WHERE id = ?1;

-- :client_remove rw
DELETE FROM api_client WHERE id = ?1;

-- :client_secret_add rw
INSERT INTO api_client_secret (hash, api_client_id, created_at, created_by) VALUES (?1, ?2, ?3, ?4);

-- The present one first.
-- :client_secret_list ro
SELECT hash, created_at, created_by, used_at, expires_at FROM api_client_secret WHERE api_client_id = ?1
ORDER BY expires_at IS NOT NULL, created_at DESC;

-- :client_secret_used rw
UPDATE api_client_secret SET used_at = ?2 WHERE hash = ?1;

-- Those before the present one are good no more; the present one until ?2.
-- :client_secret_drop_old rw
DELETE FROM api_client_secret WHERE api_client_id = ?1 AND expires_at IS NOT NULL;

-- :client_secret_expire rw
UPDATE api_client_secret SET expires_at = ?2 WHERE api_client_id = ?1;

-- :client_secret_drop rw
DELETE FROM api_client_secret WHERE api_client_id = ?1;

-- :client_drop_account_sessions rw
DELETE FROM session WHERE api_client_id IN (SELECT id FROM api_client WHERE account_id = ?1);

-- :client_drop_account_secrets rw
DELETE FROM api_client_secret WHERE api_client_id IN (SELECT id FROM api_client WHERE account_id = ?1);

-- :client_drop_account rw
DELETE FROM api_client WHERE account_id = ?1;
