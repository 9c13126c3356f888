-- :account_request_add rw
INSERT INTO account_request (uuid, name, name_key, domain, smart_account, virtual_account, message, person_id,
                             api_client_id, created_at, created_by)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11);

-- :account_request_by_uuid ro
SELECT id, uuid, state, name, domain, smart_account, virtual_account, message, person_id, api_client_id, created_at,
       created_by, decided_at, decided_by, reason
FROM account_request WHERE uuid = ?1;

-- They are few.
-- :account_request_list ro
SELECT id, uuid, state, name, domain, smart_account, virtual_account, message, person_id, api_client_id, created_at,
       created_by, decided_at, decided_by, reason
FROM account_request WHERE id > 0 ORDER BY id DESC;

-- :account_request_list_person ro
SELECT id, uuid, state, name, domain, smart_account, virtual_account, message, person_id, api_client_id, created_at,
       created_by, decided_at, decided_by, reason
FROM account_request WHERE person_id = ?1 ORDER BY id DESC;

-- :account_request_list_client ro
SELECT id, uuid, state, name, domain, smart_account, virtual_account, message, person_id, api_client_id, created_at,
       created_by, decided_at, decided_by, reason
FROM account_request WHERE api_client_id = ?1 ORDER BY id DESC;

-- :account_request_decide rw
UPDATE account_request SET state = ?2, decided_at = ?3, decided_by = ?4, reason = ?5 WHERE id = ?1;

-- :account_request_forget rw
DELETE FROM account_request WHERE decided_at IS NOT NULL AND id <=
  (SELECT id FROM account_request WHERE id > 0 AND decided_at IS NOT NULL ORDER BY id DESC LIMIT 1 OFFSET ?1);
