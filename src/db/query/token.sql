-- :token_add rw
INSERT INTO registration_token (virtual_account_id, hash, value_box, description, export_controlled, terms_accepted_at,
                                created_at, created_by, expires_at, uses_max)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10);

-- :token_by_hash ro
SELECT id, virtual_account_id, value_box, description, export_controlled, created_at, created_by, expires_at, uses_max,
       uses, last_used_at, revoked_at, terms_accepted_at
FROM registration_token WHERE hash = ?1;

-- The usable ones first: clients take the first element.
-- :token_list ro
SELECT id, virtual_account_id, value_box, description, export_controlled, created_at, created_by, expires_at, uses_max,
       uses, last_used_at, revoked_at, terms_accepted_at
FROM registration_token WHERE virtual_account_id = ?1
ORDER BY (revoked_at IS NULL AND expires_at > ?2 AND (uses_max IS NULL OR uses < uses_max)) DESC, id DESC;

-- :token_use rw
UPDATE registration_token SET uses = uses + 1, last_used_at = ?2 WHERE id = ?1;

-- :token_revoke rw
UPDATE registration_token SET revoked_at = ?2, revoked_by = ?3 WHERE id = ?1 AND revoked_at IS NULL;
