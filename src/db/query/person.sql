-- :person_add rw
INSERT INTO person (name, name_key, full_name, password_hash, password_at, must_change, created_at, created_by)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?5, ?7);

-- :person_by_key ro
SELECT id, name, full_name, status, password_hash, password_at, must_change, signed_in_at, signed_in_from, created_at,
       created_by
FROM person WHERE name_key = ?1;

-- People are few.
-- :person_list ro
SELECT id, name, full_name, status, password_hash, password_at, must_change, signed_in_at, signed_in_from, created_at,
       created_by
FROM person WHERE id > 0 ORDER BY id;

-- Two within a millisecond are two.
-- :person_keep_password rw
INSERT INTO person_password (person_id, until_at, password_hash)
SELECT id, max(?2, coalesce((SELECT max(until_at) + 1 FROM person_password WHERE person_id = ?1), 0)), password_hash
FROM person WHERE id = ?1;

-- :person_trim_passwords rw
DELETE FROM person_password WHERE person_id = ?1 AND until_at NOT IN
  (SELECT until_at FROM person_password WHERE person_id = ?1 ORDER BY until_at DESC LIMIT ?2);

-- :person_former_passwords ro
SELECT password_hash FROM person_password WHERE person_id = ?1 ORDER BY until_at DESC;

-- :person_set_status rw
UPDATE person SET status = ?2 WHERE id = ?1;

-- :person_set_password rw
UPDATE person SET password_hash = ?2, password_at = ?3, must_change = ?4 WHERE id = ?1;

-- :person_signed_in rw
UPDATE person SET signed_in_at = ?2, signed_in_from = ?3 WHERE id = ?1;

-- :person_drop_passwords rw
DELETE FROM person_password WHERE person_id = ?1;

-- :person_remove rw
DELETE FROM person WHERE id = ?1;

-- :grant_add rw
INSERT OR IGNORE INTO role_grant (person_id, api_client_id, role, account_id, virtual_account_id, created_at, created_by)
VALUES (nullif(?1, 0), nullif(?2, 0), ?3, nullif(?4, 0), nullif(?5, 0), ?6, ?7);

-- :grant_remove_person rw
DELETE FROM role_grant WHERE person_id = ?1 AND role = ?2 AND coalesce(account_id, 0) = ?3
  AND coalesce(virtual_account_id, 0) = ?4;

-- :grant_remove_client rw
DELETE FROM role_grant WHERE api_client_id = ?1 AND role = ?2 AND coalesce(account_id, 0) = ?3
  AND coalesce(virtual_account_id, 0) = ?4;

-- :grant_of_person ro
SELECT role, coalesce(account_id, 0), coalesce(virtual_account_id, 0) FROM role_grant WHERE person_id = ?1 ORDER BY id;

-- :grant_of_client ro
SELECT role, coalesce(account_id, 0), coalesce(virtual_account_id, 0) FROM role_grant WHERE api_client_id = ?1 ORDER BY id;

-- Those of people in an account, by name.
-- :grant_of_account ro
SELECT g.role, g.account_id, coalesce(g.virtual_account_id, 0), p.name, coalesce(v.name, ''), g.created_at, g.created_by
FROM role_grant g JOIN person p ON p.id = g.person_id LEFT JOIN virtual_account v ON v.id = g.virtual_account_id
WHERE g.account_id = ?1 ORDER BY p.name_key, g.id;

-- :grant_drop_person rw
DELETE FROM role_grant WHERE person_id = ?1;

-- :grant_drop_client rw
DELETE FROM role_grant WHERE api_client_id = ?1;

-- :grant_drop_account rw
DELETE FROM role_grant WHERE account_id = ?1;

-- :grant_drop_virtual_account rw
DELETE FROM role_grant WHERE virtual_account_id = ?1;

-- :session_add rw
INSERT INTO session (hash, kind, person_id, api_client_id, address, agent, created_at, used_at, idle_ms, ends_at)
VALUES (?1, ?2, nullif(?3, 0), nullif(?4, 0), ?5, ?6, ?7, ?7, nullif(?8, 0), ?9);

-- A session that goes on, of somebody who may still sign in.
-- :session_find ro
SELECT s.id, s.kind, coalesce(s.person_id, 0), coalesce(s.api_client_id, 0), s.address, s.agent, s.created_at, s.used_at,
       coalesce(s.idle_ms, 0), s.ends_at, coalesce(p.name, ''), coalesce(c.name, ''), s.scope
FROM session s LEFT JOIN person p ON p.id = s.person_id LEFT JOIN api_client c ON c.id = s.api_client_id
WHERE s.hash = ?1 AND s.kind = ?2 AND s.ends_at > ?3 AND (s.idle_ms IS NULL OR s.used_at + s.idle_ms > ?3)
  AND (p.id IS NULL OR p.status = 'ACTIVE') AND c.revoked_at IS NULL;

-- :session_by_id ro
SELECT s.id, s.kind, coalesce(s.person_id, 0), coalesce(s.api_client_id, 0), s.address, s.agent, s.created_at, s.used_at,
       coalesce(s.idle_ms, 0), s.ends_at, coalesce(p.name, ''), coalesce(c.name, ''), s.scope
FROM session s LEFT JOIN person p ON p.id = s.person_id LEFT JOIN api_client c ON c.id = s.api_client_id
WHERE s.id = ?1;

-- Those that go on; of everybody.
-- :session_list ro
SELECT s.id, s.kind, coalesce(s.person_id, 0), coalesce(s.api_client_id, 0), s.address, s.agent, s.created_at, s.used_at,
       coalesce(s.idle_ms, 0), s.ends_at, coalesce(p.name, ''), coalesce(c.name, ''), s.scope
FROM session s LEFT JOIN person p ON p.id = s.person_id LEFT JOIN api_client c ON c.id = s.api_client_id
WHERE s.id > 0 AND s.ends_at > ?1 AND (s.idle_ms IS NULL OR s.used_at + s.idle_ms > ?1)
  AND (p.id IS NULL OR p.status = 'ACTIVE') AND c.revoked_at IS NULL ORDER BY s.id;

-- :session_list_person ro
SELECT s.id, s.kind, coalesce(s.person_id, 0), coalesce(s.api_client_id, 0), s.address, s.agent, s.created_at, s.used_at,
       coalesce(s.idle_ms, 0), s.ends_at, coalesce(p.name, ''), coalesce(c.name, ''), s.scope
FROM session s LEFT JOIN person p ON p.id = s.person_id LEFT JOIN api_client c ON c.id = s.api_client_id
WHERE s.person_id = ?2 AND s.ends_at > ?1 AND (s.idle_ms IS NULL OR s.used_at + s.idle_ms > ?1)
  AND p.status = 'ACTIVE' AND c.revoked_at IS NULL ORDER BY s.id;

-- :session_used rw
UPDATE session SET used_at = max(used_at, ?2) WHERE id = ?1;

-- :session_end rw
DELETE FROM session WHERE id = ?1;

-- :session_end_person rw
DELETE FROM session WHERE person_id = ?1;

-- :session_end_client rw
DELETE FROM session WHERE api_client_id = ?1;

-- :session_keep_of_person rw
DELETE FROM session WHERE id IN (SELECT id FROM session WHERE person_id = ?1 AND kind = 'token' ORDER BY id DESC
                                 LIMIT -1 OFFSET ?2);

-- :session_keep_of_client rw
DELETE FROM session WHERE id IN (SELECT id FROM session WHERE api_client_id = ?1 AND person_id IS NULL
                                 ORDER BY id DESC LIMIT -1 OFFSET ?2);

-- :session_narrow rw
UPDATE session SET scope = ?2 WHERE hash = ?1;

-- :session_oldest ro
SELECT ends_at FROM session WHERE ends_at > 0 ORDER BY ends_at LIMIT 1;

-- :session_forget rw
DELETE FROM session WHERE id IN (SELECT id FROM session WHERE ends_at <= ?1 ORDER BY ends_at LIMIT ?2);
