-- :reservation_add rw
INSERT INTO reservation (uuid, virtual_account_id, state, udi_pid, udi_serial, udi_uuid, software_tag, nonce, created_at,
                         created_by, changed_at, changed)
VALUES (?1, ?2, 'IN_PROGRESS', ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?8, (SELECT number FROM sync_change WHERE id = 1));

-- :reservation_by_uuid ro
SELECT id, uuid, virtual_account_id, state, udi_pid, udi_serial, udi_uuid, software_tag, nonce, created_at, created_by,
       changed_at, held_at, issued_at, cancelling, ended_at, ended_by, reason
FROM reservation WHERE uuid = ?1;

-- :reservation_by_id ro
SELECT id, uuid, virtual_account_id, state, udi_pid, udi_serial, udi_uuid, software_tag, nonce, created_at, created_by,
       changed_at, held_at, issued_at, cancelling, ended_at, ended_by, reason
FROM reservation WHERE id = ?1;

-- What a product holds. Request codes of some products do not name its UUID: then the serial number tells.
-- :reservation_live ro
SELECT id, uuid, virtual_account_id, state, udi_pid, udi_serial, udi_uuid, software_tag, nonce, created_at, created_by,
       changed_at, held_at, issued_at, cancelling, ended_at, ended_by, reason
FROM reservation
WHERE udi_serial = ?1 AND udi_pid = ?2 AND (udi_uuid = ?3 OR udi_uuid = '' OR ?3 = '') AND ended_at IS NULL
ORDER BY udi_uuid = ?3 DESC, id LIMIT 1;

-- :reservation_by_serial ro
SELECT id, uuid, virtual_account_id, state, udi_pid, udi_serial, udi_uuid, software_tag, nonce, created_at, created_by,
       changed_at, held_at, issued_at, cancelling, ended_at, ended_by, reason
FROM reservation WHERE udi_serial = ?1 AND ended_at IS NULL ORDER BY id LIMIT 2;

-- The last one that was made with this request code.
-- :reservation_by_nonce ro
SELECT id, uuid, virtual_account_id, state, udi_pid, udi_serial, udi_uuid, software_tag, nonce, created_at, created_by,
       changed_at, held_at, issued_at, cancelling, ended_at, ended_by, reason
FROM reservation WHERE udi_serial = ?1 AND udi_pid = ?2 AND nonce = ?3 ORDER BY id DESC LIMIT 1;

-- The live ones of a virtual account.
-- :reservation_list ro
SELECT id, uuid, virtual_account_id, state, udi_pid, udi_serial, udi_uuid, software_tag, nonce, created_at, created_by,
       changed_at, held_at, issued_at, cancelling, ended_at, ended_by, reason
FROM reservation WHERE virtual_account_id = ?1 AND id > ?2 AND ended_at IS NULL ORDER BY id LIMIT ?3;

-- :reservation_count ro
SELECT count(*) FROM reservation WHERE virtual_account_id = ?1 AND ended_at IS NULL;

-- Those that were issued a code.
-- :reservation_count_issued ro
SELECT count(*) FROM reservation WHERE virtual_account_id = ?1 AND ended_at IS NULL AND issued_at > 0;

-- The newest timestamp that a product was ever given.
-- :reservation_last_issued ro
SELECT coalesce(max(issued_at), 0) FROM reservation
WHERE udi_serial = ?1 AND udi_pid = ?2 AND (udi_uuid = ?3 OR udi_uuid = '' OR ?3 = '');

-- :reservation_set_state rw
UPDATE reservation SET state = ?2, changed_at = ?3, held_at = ?4, issued_at = ?5, cancelling = ?6 WHERE id = ?1;

-- :reservation_end rw
UPDATE reservation SET state = ?2, changed_at = ?3, ended_at = ?3, ended_by = ?4, reason = ?5 WHERE id = ?1;

-- Those that have ended, when their virtual account goes.
-- :reservation_move rw
UPDATE reservation SET virtual_account_id = ?2 WHERE virtual_account_id = ?1;

-- A registered product of this UDI, whatever its software tag.
-- :reservation_registered ro
SELECT id FROM product_instance
WHERE udi_serial = ?1 AND udi_pid = ?2 AND (udi_uuid = ?3 OR udi_uuid = '' OR ?3 = '') AND state = 'REGISTERED'
  AND registration_expires_at > ?4 ORDER BY id LIMIT 1;

-- The lots of which licenses of a kind can be reserved now, the soonest to end first, with what this reservation has.
-- :reservation_lots ro
SELECT s.id, s.quantity, s.reserved, coalesce(r.held, 0), coalesce(r.blocked, 0), l.end_at
FROM lot_share s JOIN license_lot l ON l.id = s.lot_id
LEFT JOIN reservation_line r ON r.reservation_id = ?3 AND r.share_id = s.id
WHERE s.virtual_account_id = ?1 AND s.entitlement_id = ?2 AND l.start_at <= ?4 AND (l.end_at IS NULL OR l.end_at > ?4)
ORDER BY l.end_at IS NULL, l.end_at, l.id;

-- :reservation_lines ro
SELECT r.share_id, r.held, r.wanted, r.blocked, e.id, e.tag, e.display_name, e.description, l.license_type, l.start_at,
       l.end_at, l.subscription_id
FROM reservation_line r JOIN lot_share s ON s.id = r.share_id JOIN license_lot l ON l.id = s.lot_id
JOIN entitlement e ON e.id = s.entitlement_id
WHERE r.reservation_id = ?1 ORDER BY e.id, l.end_at IS NULL, l.end_at, l.id;

-- Nothing of the newest code yet: lines of an update are set on top of it.
-- :reservation_lines_clear rw
UPDATE reservation_line SET wanted = 0 WHERE reservation_id = ?1;

-- :reservation_line_set rw
INSERT INTO reservation_line (reservation_id, share_id, held, wanted, blocked) VALUES (?1, ?2, 0, ?3, ?3)
ON CONFLICT (reservation_id, share_id) DO UPDATE SET wanted = excluded.wanted,
                                                     blocked = max(blocked, excluded.wanted);

-- The old set again.
-- :reservation_lines_undo rw
UPDATE reservation_line SET wanted = held WHERE reservation_id = ?1;

-- The product holds the newest code and no other.
-- :reservation_lines_settle rw
UPDATE reservation_line SET held = wanted, blocked = wanted WHERE reservation_id = ?1;

-- The product has given back what it had; the newest code is still out.
-- :reservation_lines_newest rw
UPDATE reservation_line SET held = 0, blocked = wanted WHERE reservation_id = ?1;

-- :reservation_lines_tidy rw
DELETE FROM reservation_line WHERE reservation_id = ?1 AND blocked = 0;

-- :reservation_lines_drop rw
DELETE FROM reservation_line WHERE reservation_id = ?1;

-- :reservation_code_add rw
INSERT INTO reservation_code (reservation_id, issued_at, issued_by, code, confirmation, return_code)
VALUES (?1, ?2, ?3, ?4, ?5, ?6);

-- The newest first.
-- :reservation_codes ro
SELECT id, reservation_id, issued_at, issued_by, code, confirmation, return_code, confirmed_at FROM reservation_code
WHERE reservation_id = ?1 ORDER BY issued_at DESC;

-- :reservation_code_by_return ro
SELECT id, reservation_id, issued_at, issued_by, code, confirmation, return_code, confirmed_at FROM reservation_code
WHERE return_code = ?1;

-- :reservation_code_by_confirmation ro
SELECT id, reservation_id, issued_at, issued_by, code, confirmation, return_code, confirmed_at FROM reservation_code
WHERE confirmation = ?1 ORDER BY id DESC LIMIT 1;

-- :reservation_code_confirmed rw
UPDATE reservation_code SET confirmed_at = ?2 WHERE id = ?1;
