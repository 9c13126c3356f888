-- :authority_get ro
SELECT key_box, certificate, updated_at FROM authority WHERE purpose = ?1;

-- :authority_set rw
INSERT INTO authority (purpose, key_box, certificate, updated_at) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (purpose) DO UPDATE SET key_box = excluded.key_box, certificate = excluded.certificate,
                                    updated_at = excluded.updated_at;

-- :authority_delete rw
DELETE FROM authority WHERE purpose = ?1;

-- :satellite_set rw
INSERT INTO satellite (uuid, name, key_id, sub_ca, status, authorized_at, authorized_by)
VALUES (?1, ?2, ?3, ?4, 'ACTIVE', ?5, ?6)
ON CONFLICT (uuid) DO UPDATE SET name = excluded.name, key_id = excluded.key_id, sub_ca = excluded.sub_ca,
  status = 'ACTIVE', authorized_at = excluded.authorized_at, authorized_by = excluded.authorized_by, removed_at = NULL,
  removed_by = NULL;

-- :satellite_by_uuid ro
SELECT id, uuid, name, key_id, sub_ca, status, authorized_at, authorized_by, removed_at, removed_by FROM satellite
WHERE uuid = ?1;

-- Satellites with the virtual accounts they serve.
-- :satellite_list ro
SELECT s.id, s.uuid, s.name, s.status, s.authorized_at, s.authorized_by, a.name, v.name,
       (SELECT d.authority_valid_until FROM delegation d WHERE d.satellite_id = s.id AND d.virtual_account_id = v.id
        ORDER BY d.id DESC LIMIT 1), r.received_at, r.sequence, r.instances
FROM satellite s LEFT JOIN virtual_account v ON v.satellite_id = s.id LEFT JOIN account a ON a.id = v.account_id
LEFT JOIN remote_state r ON r.virtual_account_id = v.id
WHERE s.id > 0 ORDER BY s.id;

-- :satellite_remove rw
UPDATE satellite SET status = 'REMOVED', removed_at = ?2, removed_by = ?3 WHERE id = ?1;

-- :satellite_unserve rw
UPDATE virtual_account SET satellite_id = NULL WHERE satellite_id = ?1;

-- What an earlier authorization by the same file gave was taken away since.
-- :delegation_add rw
INSERT OR REPLACE INTO delegation (satellite_id, virtual_account_id, satellite_account, request_sha256, answer,
                        authority_valid_until, created_at, created_by)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8);

-- Only while it is in force: a satellite that was removed meanwhile has no authority by an old answer.
-- :delegation_by_request ro
SELECT d.answer FROM delegation d JOIN virtual_account v ON v.id = d.virtual_account_id
WHERE d.request_sha256 = ?1 AND v.satellite_id = d.satellite_id;

-- When a request was answered, if that is in force, and the lots of its virtual account that came later.
-- :delegation_since ro
SELECT d.created_at, (SELECT count(*) FROM lot_share s JOIN license_lot l ON l.id = s.lot_id
                      WHERE s.virtual_account_id = d.virtual_account_id AND l.created_at > d.created_at)
FROM delegation d JOIN virtual_account v ON v.id = d.virtual_account_id
WHERE d.request_sha256 = ?1 AND v.satellite_id = d.satellite_id;

-- Was a satellite given anything by another request than this one?
-- :delegation_before ro
SELECT EXISTS (SELECT 1 FROM satellite s JOIN delegation d ON d.satellite_id = s.id
               WHERE s.uuid = ?1 AND d.request_sha256 <> ?2);

-- Under which local account a satellite serves a virtual account.
-- :delegation_account ro
SELECT satellite_account FROM delegation WHERE virtual_account_id = ?1 AND satellite_id = ?2 ORDER BY id DESC LIMIT 1;

-- :delegation_synced rw
UPDATE delegation SET synced_at = ?3 WHERE satellite_id = ?1 AND virtual_account_id = ?2 AND synced_at IS NULL;
