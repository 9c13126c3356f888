-- :exchange_add rw
INSERT INTO sync_exchange (account_id, kind, mode, sequence, change_number, request_sha256, file, bytes, records,
                           created_at, created_by)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11);

-- The newest of an account.
-- :exchange_last ro
SELECT id, kind, mode, sequence, change_number, request_sha256, file, bytes, records, created_at, answered_at
FROM sync_exchange WHERE account_id = ?1 ORDER BY id DESC LIMIT 1;

-- The newest request of an account; a registration may have come after it.
-- :exchange_last_request ro
SELECT id, kind, mode, sequence, change_number, request_sha256, file, bytes, records, created_at, answered_at
FROM sync_exchange WHERE account_id = ?1 AND kind = 'request' ORDER BY id DESC LIMIT 1;

-- :exchange_by_request ro
SELECT id, kind, mode, sequence, change_number, request_sha256, file, bytes, records, created_at, answered_at
FROM sync_exchange WHERE account_id = ?1 AND request_sha256 = ?2;

-- The newest that was answered; an answer to an older one comes too late.
-- :exchange_applied ro
SELECT coalesce(max(id), 0) FROM sync_exchange WHERE account_id = ?1 AND answered_at IS NOT NULL;

-- Does a request still wait for its answer?
-- :exchange_waits ro
SELECT EXISTS (SELECT 1 FROM sync_exchange x WHERE x.request_sha256 = ?1 AND x.answered_at IS NULL AND x.id >
               (SELECT coalesce(max(y.id), 0) FROM sync_exchange y
                WHERE y.account_id = x.account_id AND y.answered_at IS NOT NULL));

-- :exchange_answered rw
UPDATE sync_exchange SET file = NULL, answered_at = ?2, answered_by = ?3, answer = ?4 WHERE id = ?1;

-- Exchanges before the newest ones are no longer asked for.
-- :exchange_forget rw
DELETE FROM sync_exchange WHERE account_id = ?1 AND id <= (SELECT id FROM sync_exchange WHERE account_id = ?1
                                                           ORDER BY id DESC LIMIT 1 OFFSET ?2);

-- :account_exchange ro
SELECT sync_sequence, sync_base, sync_base_change, sync_full, share_hostname, share_ip_address, share_mac_address,
       share_product_version, share_sequence FROM account WHERE id = ?1;

-- :account_exchange_set rw
UPDATE account SET sync_sequence = ?2, sync_base = ?3, sync_base_change = ?4, sync_full = ?5 WHERE id = ?1;

-- :account_share rw
UPDATE account SET share_hostname = ?2, share_ip_address = ?3, share_mac_address = ?4, share_product_version = ?5,
                   share_sequence = sync_sequence, sync_full = 1
WHERE id = ?1;

-- :sync_change_get ro
SELECT number FROM sync_change WHERE id = 1;

-- :sync_change_next rw
UPDATE sync_change SET number = number + 1 WHERE id = 1;

-- What a request tells: what changed after a number of sync_change, of one account.
-- :request_virtual_accounts ro
SELECT uuid, name, description, is_default FROM virtual_account
WHERE id > 0 AND +account_id = ?1 AND changed > ?2 ORDER BY id;

-- :request_instances ro
SELECT i.uuid, v.uuid, i.udi_pid, i.udi_serial, i.udi_uuid, i.software_tag, i.product_version, i.hostname, i.ip_address,
       i.mac_address, i.export_allowed, i.holding, i.registered_at, i.registration_expires_at
FROM virtual_account v CROSS JOIN product_instance i ON i.virtual_account_id = v.id
WHERE v.id > 0 AND +v.account_id = ?1 AND i.state = 'REGISTERED' AND i.changed > ?2 ORDER BY v.id, i.id;

-- In the same order.
-- :request_usage ro
SELECT i.uuid, e.tag, u.granted
FROM virtual_account v CROSS JOIN product_instance i ON i.virtual_account_id = v.id
CROSS JOIN usage u ON u.instance_id = i.id CROSS JOIN entitlement e ON e.id = u.entitlement_id
WHERE v.id > 0 AND +v.account_id = ?1 AND i.state = 'REGISTERED' AND i.changed > ?2 AND i.holding = 1 AND u.granted > 0
ORDER BY v.id, i.id, u.entitlement_id;

-- :request_reservations ro
SELECT r.id, r.uuid, v.uuid, r.state, r.udi_pid, r.udi_serial, r.udi_uuid, r.created_at
FROM virtual_account v CROSS JOIN reservation r ON r.virtual_account_id = v.id
WHERE v.id > 0 AND +v.account_id = ?1 AND r.ended_at IS NULL AND r.changed > ?2 ORDER BY v.id, r.id;

-- :request_reserved ro
SELECT l.uuid, rl.blocked FROM reservation_line rl JOIN lot_share s ON s.id = rl.share_id JOIN license_lot l ON l.id = s.lot_id
WHERE rl.reservation_id = ?1 AND rl.blocked > 0 ORDER BY l.id;

-- :request_removed ro
SELECT i.uuid, 'product_instance' FROM virtual_account v CROSS JOIN product_instance i ON i.virtual_account_id = v.id
WHERE v.account_id = ?1 AND i.state IN ('DEREGISTERED', 'REMOVED', 'REPLACED') AND i.changed > ?2
UNION ALL
SELECT r.uuid, 'reservation' FROM virtual_account v CROSS JOIN reservation r ON r.virtual_account_id = v.id
WHERE v.account_id = ?1 AND r.ended_at IS NOT NULL AND r.changed > ?2
UNION ALL
SELECT uuid, kind FROM sync_removed WHERE account_id = ?1 AND changed > ?2;

-- The manager knows that they are gone.
-- :sync_removed_forget rw
DELETE FROM sync_removed WHERE account_id = ?1 AND changed <= ?2;
