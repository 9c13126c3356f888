-- :remote_state_get ro
SELECT virtual_account_id, satellite_account, sequence, request_sha256, mode, created_at, received_at, full_at,
       full_sequence, virtual_accounts, instances, reservations
FROM remote_state WHERE virtual_account_id = ?1;

-- :remote_state_set rw
INSERT INTO remote_state (virtual_account_id, satellite_account, sequence, request_sha256, mode, created_at, received_at,
                          full_at, full_sequence, virtual_accounts, instances, reservations)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
ON CONFLICT (virtual_account_id) DO UPDATE SET satellite_account = excluded.satellite_account,
  sequence = excluded.sequence, request_sha256 = excluded.request_sha256, mode = excluded.mode,
  created_at = excluded.created_at, received_at = excluded.received_at, full_at = excluded.full_at,
  full_sequence = excluded.full_sequence, virtual_accounts = excluded.virtual_accounts,
  instances = excluded.instances, reservations = excluded.reservations;

-- The virtual accounts that a satellite serves, with the newest authorization of each.
-- :remote_served ro
SELECT v.id, d.satellite_account, d.authority_valid_until, d.created_at, d.synced_at
FROM virtual_account v JOIN delegation d ON d.virtual_account_id = v.id AND d.satellite_id = v.satellite_id
WHERE v.satellite_id = ?1 AND d.id = (SELECT max(n.id) FROM delegation n WHERE n.virtual_account_id = v.id)
ORDER BY v.id;

-- ---- local virtual accounts

-- :remote_place_get ro
SELECT id, uuid, name, description, is_default FROM remote_virtual_account WHERE virtual_account_id = ?1 AND uuid = ?2;

-- :remote_place_by_id ro
SELECT id, uuid, name, description, is_default FROM remote_virtual_account WHERE id = ?1;

-- :remote_place_list ro
SELECT id, uuid, name, description, is_default FROM remote_virtual_account
WHERE virtual_account_id = ?1 AND uuid > ?2 ORDER BY uuid LIMIT ?3;

-- :remote_place_set rw
INSERT INTO remote_virtual_account (virtual_account_id, uuid, name, description, is_default, name_key)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT (virtual_account_id, uuid) DO UPDATE SET name = excluded.name, name_key = excluded.name_key,
  description = excluded.description, is_default = excluded.is_default;

-- Two of one name.
-- :remote_place_twice ro
SELECT max(id), '', max(name), '', 0 FROM remote_virtual_account WHERE virtual_account_id = ?1
GROUP BY name_key HAVING count(*) > 1 LIMIT 1;

-- :remote_place_defaults ro
SELECT count(*) FROM remote_virtual_account WHERE virtual_account_id = ?1 AND is_default = 1;

-- What is in it still?
-- :remote_place_holds ro
SELECT EXISTS (SELECT 1 FROM remote_instance WHERE place_id = ?1)
    OR EXISTS (SELECT 1 FROM remote_reservation WHERE place_id = ?1);

-- :remote_place_drop rw
DELETE FROM remote_virtual_account WHERE id = ?1;

-- ---- product instances

-- :remote_instance_get ro
SELECT i.id, i.virtual_account_id, i.place_id, p.uuid, p.name, i.uuid, i.udi_pid, i.udi_serial, i.udi_uuid,
       i.software_tag, i.product_version, i.hostname, i.ip_address, i.mac_address, i.export_allowed, i.authorized,
       i.registered_at, i.expires_at
FROM remote_instance i JOIN remote_virtual_account p ON p.id = i.place_id
WHERE i.virtual_account_id = ?1 AND i.uuid = ?2;

-- :remote_instance_find ro
SELECT i.id, i.virtual_account_id, i.place_id, p.uuid, p.name, i.uuid, i.udi_pid, i.udi_serial, i.udi_uuid,
       i.software_tag, i.product_version, i.hostname, i.ip_address, i.mac_address, i.export_allowed, i.authorized,
       i.registered_at, i.expires_at
FROM remote_instance i JOIN remote_virtual_account p ON p.id = i.place_id
WHERE i.uuid = ?1 ORDER BY i.id LIMIT 1;

-- :remote_instance_by_udi ro
SELECT i.id, i.virtual_account_id, i.place_id, p.uuid, p.name, i.uuid, i.udi_pid, i.udi_serial, i.udi_uuid,
       i.software_tag, i.product_version, i.hostname, i.ip_address, i.mac_address, i.export_allowed, i.authorized,
       i.registered_at, i.expires_at
FROM remote_instance i JOIN remote_virtual_account p ON p.id = i.place_id
WHERE i.udi_serial = ?2 AND i.udi_pid = ?3 AND i.udi_uuid = ?4 AND i.software_tag = ?5 AND +i.virtual_account_id = ?1
ORDER BY i.id LIMIT 1;

-- :remote_instance_list ro
SELECT i.id, i.virtual_account_id, i.place_id, p.uuid, p.name, i.uuid, i.udi_pid, i.udi_serial, i.udi_uuid,
       i.software_tag, i.product_version, i.hostname, i.ip_address, i.mac_address, i.export_allowed, i.authorized,
       i.registered_at, i.expires_at
FROM remote_instance i JOIN remote_virtual_account p ON p.id = i.place_id
WHERE i.virtual_account_id = ?1 AND i.uuid > ?2 ORDER BY i.uuid LIMIT ?3;

-- :remote_instance_set rw
INSERT INTO remote_instance (virtual_account_id, place_id, uuid, udi_pid, udi_serial, udi_uuid, software_tag,
                             product_version, hostname, ip_address, mac_address, export_allowed, authorized,
                             registered_at, expires_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
ON CONFLICT (virtual_account_id, uuid) DO UPDATE SET place_id = excluded.place_id, udi_pid = excluded.udi_pid,
  udi_serial = excluded.udi_serial, udi_uuid = excluded.udi_uuid, software_tag = excluded.software_tag,
  product_version = excluded.product_version, hostname = excluded.hostname, ip_address = excluded.ip_address,
  mac_address = excluded.mac_address, export_allowed = excluded.export_allowed, authorized = excluded.authorized,
  registered_at = excluded.registered_at, expires_at = excluded.expires_at;

-- :remote_instance_drop rw
DELETE FROM remote_instance WHERE id = ?1;

-- ---- usage

-- :remote_usage_list ro
SELECT u.entitlement_id, u.quantity, e.tag, e.display_name FROM remote_usage u JOIN entitlement e ON e.id = u.entitlement_id
WHERE u.instance_id = ?1 ORDER BY u.entitlement_id;

-- :remote_usage_set rw
INSERT INTO remote_usage (instance_id, entitlement_id, quantity, virtual_account_id) VALUES (?1, ?2, ?3, ?4);

-- :remote_usage_drop rw
DELETE FROM remote_usage WHERE instance_id = ?1;

-- The largest users of a pool.
-- :remote_usage_users ro
SELECT i.uuid, i.hostname, i.udi_pid, i.udi_serial, i.udi_uuid, i.software_tag, u.quantity
FROM remote_usage u CROSS JOIN remote_instance i ON i.id = u.instance_id
WHERE u.entitlement_id = ?2 AND u.virtual_account_id = ?1 AND u.quantity > 0
ORDER BY u.quantity DESC, u.instance_id LIMIT ?3;

-- ---- reservations

-- :remote_reservation_get ro
SELECT r.id, r.virtual_account_id, r.place_id, p.uuid, p.name, r.uuid, r.state, r.udi_pid, r.udi_serial, r.udi_uuid,
       r.created_at
FROM remote_reservation r JOIN remote_virtual_account p ON p.id = r.place_id
WHERE r.virtual_account_id = ?1 AND r.uuid = ?2;

-- :remote_reservation_find ro
SELECT r.id, r.virtual_account_id, r.place_id, p.uuid, p.name, r.uuid, r.state, r.udi_pid, r.udi_serial, r.udi_uuid,
       r.created_at
FROM remote_reservation r JOIN remote_virtual_account p ON p.id = r.place_id
WHERE r.uuid = ?1 ORDER BY r.id LIMIT 1;

-- :remote_reservation_list ro
SELECT r.id, r.virtual_account_id, r.place_id, p.uuid, p.name, r.uuid, r.state, r.udi_pid, r.udi_serial, r.udi_uuid,
       r.created_at
FROM remote_reservation r JOIN remote_virtual_account p ON p.id = r.place_id
WHERE r.virtual_account_id = ?1 AND r.uuid > ?2 ORDER BY r.uuid LIMIT ?3;

-- :remote_reservation_set rw
INSERT INTO remote_reservation (virtual_account_id, place_id, uuid, state, udi_pid, udi_serial, udi_uuid, created_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
ON CONFLICT (virtual_account_id, uuid) DO UPDATE SET place_id = excluded.place_id, state = excluded.state,
  udi_pid = excluded.udi_pid, udi_serial = excluded.udi_serial, udi_uuid = excluded.udi_uuid,
  created_at = excluded.created_at;

-- :remote_reservation_drop rw
DELETE FROM remote_reservation WHERE id = ?1;

-- :remote_lines ro
SELECT l.share_id, l.blocked, s.uuid, e.id, e.tag, e.display_name, o.license_type, o.start_at, o.end_at, o.subscription_id
FROM remote_reservation_line l JOIN lot_share s ON s.id = l.share_id JOIN license_lot o ON o.id = s.lot_id
JOIN entitlement e ON e.id = s.entitlement_id
WHERE l.reservation_id = ?1 ORDER BY e.id, o.end_at IS NULL, o.end_at, s.id;

-- :remote_lines_drop rw
DELETE FROM remote_reservation_line WHERE reservation_id = ?1;

-- :remote_line_set rw
INSERT INTO remote_reservation_line (reservation_id, share_id, blocked) VALUES (?1, ?2, ?3);

-- :remote_share ro
SELECT id FROM lot_share WHERE uuid = ?2 AND virtual_account_id = ?1;

-- The reservations that block most of what counts in a pool now.
-- :remote_reserved ro
SELECT v.uuid, NULL, v.udi_pid, v.udi_serial, v.udi_uuid, '', sum(r.blocked)
FROM lot_share s CROSS JOIN license_lot l ON l.id = s.lot_id CROSS JOIN remote_reservation_line r ON r.share_id = s.id
  CROSS JOIN remote_reservation v ON v.id = r.reservation_id
WHERE s.virtual_account_id = ?1 AND s.entitlement_id = ?2 AND s.reserved > 0 AND r.blocked > 0 AND l.start_at <= ?3
  AND (l.end_at IS NULL OR l.end_at > ?3)
GROUP BY v.id ORDER BY sum(r.blocked) DESC, v.id LIMIT ?4;

-- ---- everything goes: the satellite was removed

-- :remote_forget_lines rw
DELETE FROM remote_reservation_line WHERE reservation_id IN
  (SELECT id FROM remote_reservation WHERE virtual_account_id = ?1);

-- :remote_forget_reservations rw
DELETE FROM remote_reservation WHERE virtual_account_id = ?1;

-- :remote_forget_usage rw
DELETE FROM remote_usage WHERE instance_id IN (SELECT id FROM remote_instance WHERE virtual_account_id = ?1);

-- :remote_forget_instances rw
DELETE FROM remote_instance WHERE virtual_account_id = ?1;

-- :remote_forget_places rw
DELETE FROM remote_virtual_account WHERE virtual_account_id = ?1;

-- :remote_forget_pools rw
UPDATE pool SET in_use = 0 WHERE virtual_account_id = ?1 AND in_use > 0;

-- :remote_forget_answers rw
DELETE FROM sync_answer WHERE virtual_account_id = ?1;

-- :remote_forget_removals rw
DELETE FROM instance_removal WHERE virtual_account_id = ?1;

-- :remote_forget_state rw
DELETE FROM remote_state WHERE virtual_account_id = ?1;

-- ---- answers

-- :sync_answer_find ro
SELECT id, sequence, kind, received_at, answered_at, answer FROM sync_answer
WHERE virtual_account_id = ?1 AND request_sha256 = ?2 AND kind = ?3;

-- Was a request of this sequence applied?
-- :sync_answer_applied ro
SELECT EXISTS (SELECT 1 FROM sync_answer WHERE virtual_account_id = ?1 AND sequence = ?2 AND kind = 'response');

-- :sync_answer_add rw
INSERT INTO sync_answer (virtual_account_id, sequence, request_sha256, kind, received_at) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (virtual_account_id, request_sha256, kind) DO NOTHING;

-- :sync_answer_set rw
UPDATE sync_answer SET answer = ?4, answered_at = ?5 WHERE virtual_account_id = ?1 AND request_sha256 = ?2 AND kind = ?3;

-- :sync_answer_tidy rw
UPDATE sync_answer SET answer = NULL WHERE virtual_account_id = ?1 AND answer IS NOT NULL AND id NOT IN
  (SELECT id FROM sync_answer WHERE virtual_account_id = ?1 AND answer IS NOT NULL ORDER BY id DESC LIMIT ?2);

-- :sync_answer_forget rw
DELETE FROM sync_answer WHERE virtual_account_id = ?1 AND id <=
  (SELECT id FROM sync_answer WHERE virtual_account_id = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2);

-- :sync_answer_list ro
SELECT id, sequence, kind, received_at, answered_at, length(answer) FROM sync_answer
WHERE virtual_account_id = ?1 ORDER BY id DESC LIMIT ?2;

-- ---- satellites

-- :satellite_renamed rw
UPDATE satellite SET name = ?2 WHERE id = ?1;

-- :satellite_renewed rw
UPDATE satellite SET sub_ca = ?2 WHERE id = ?1;

-- :delegation_extended rw
UPDATE delegation SET authority_valid_until = ?2 WHERE id = (SELECT max(id) FROM delegation WHERE virtual_account_id = ?1);

-- ---- licenses that leave

-- :move_add rw
INSERT INTO license_move (uuid, from_id, to_id, entitlement_id, quantity, state, created_at, created_by)
VALUES (?1, ?2, ?3, ?4, ?5, 'WAITING', ?6, ?7);

-- :move_add_lot rw
INSERT INTO license_move_lot (move_id, lot_id, quantity) VALUES (?1, ?2, ?3);

-- :move_by_uuid ro
SELECT id, uuid, from_id, to_id, entitlement_id, quantity, moved, state, taken_in, created_at, created_by, ended_at, ended_by
FROM license_move WHERE uuid = ?1;

-- Those of an account, the newest first.
-- :move_list ro
SELECT m.id, m.uuid, m.from_id, m.to_id, m.entitlement_id, m.quantity, m.moved, m.state, m.taken_in, m.created_at,
       m.created_by, m.ended_at, m.ended_by
FROM virtual_account v JOIN license_move m ON m.from_id = v.id WHERE v.account_id = ?1 ORDER BY m.id DESC LIMIT ?2;

-- Those that leave a virtual account and have not ended.
-- :move_open ro
SELECT id, uuid, from_id, to_id, entitlement_id, quantity, moved, state, taken_in, created_at, created_by, ended_at, ended_by
FROM license_move WHERE from_id = ?1 AND ended_at IS NULL ORDER BY id;

-- :move_lots ro
SELECT l.lot_id, l.quantity, coalesce(s.quantity, 0), coalesce(s.reserved, 0), o.start_at
FROM license_move_lot l JOIN license_move m ON m.id = l.move_id JOIN license_lot o ON o.id = l.lot_id
LEFT JOIN lot_share s ON s.virtual_account_id = m.from_id AND s.entitlement_id = m.entitlement_id AND s.lot_id = l.lot_id
WHERE l.move_id = ?1 ORDER BY l.lot_id;

-- How many of a lot leave a virtual account; ?3: only those that an answer has taken.
-- :move_leaving ro
SELECT coalesce(sum(l.quantity), 0) FROM license_move m JOIN license_move_lot l ON l.move_id = m.id AND l.lot_id = ?2
WHERE m.from_id = ?1 AND m.ended_at IS NULL AND (?3 = 0 OR m.state = 'TAKING');

-- What leaves a virtual account of a kind, and where it goes.
-- :move_leaving_kind ro
SELECT v.name, sum(l.quantity) FROM license_move m JOIN license_move_lot l ON l.move_id = m.id
JOIN virtual_account v ON v.id = m.to_id
WHERE m.from_id = ?1 AND m.entitlement_id = ?2 AND m.ended_at IS NULL GROUP BY v.id ORDER BY v.name_key;

-- :move_taking rw
UPDATE license_move SET state = 'TAKING', taken_in = ?2 WHERE id = ?1;

-- :move_lot_set rw
UPDATE license_move_lot SET quantity = ?3 WHERE move_id = ?1 AND lot_id = ?2;

-- :move_end rw
UPDATE license_move SET state = ?2, moved = ?3, ended_at = ?4, ended_by = ?5 WHERE id = ?1;

-- ---- product instances to be removed

-- :removal_add rw
INSERT INTO instance_removal (uuid, virtual_account_id, instance, reason, created_at, created_by)
VALUES (?1, ?2, ?3, ?4, ?5, ?6);

-- :removal_get ro
SELECT id, uuid, virtual_account_id, instance, reason, told_in, created_at, created_by FROM instance_removal
WHERE virtual_account_id = ?1 AND instance = ?2;

-- :removal_list ro
SELECT id, uuid, virtual_account_id, instance, reason, told_in, created_at, created_by FROM instance_removal
WHERE virtual_account_id = ?1 ORDER BY id;

-- :removal_count ro
SELECT count(*) FROM instance_removal WHERE virtual_account_id = ?1;

-- :removal_told rw
UPDATE instance_removal SET told_in = ?2 WHERE virtual_account_id = ?1 AND told_in IS NULL;

-- :removal_drop rw
DELETE FROM instance_removal WHERE id = ?1;

-- ---- codes for the registration over the network

-- :code_add rw
INSERT INTO registration_code (uuid, virtual_account_id, hash, created_at, created_by, expires_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6);

-- :code_by_hash ro
SELECT id, uuid, virtual_account_id, created_at, created_by, expires_at, request_sha256, used_at, used_by, revoked_at,
       revoked_by
FROM registration_code WHERE hash = ?1;

-- :code_by_uuid ro
SELECT id, uuid, virtual_account_id, created_at, created_by, expires_at, request_sha256, used_at, used_by, revoked_at,
       revoked_by
FROM registration_code WHERE uuid = ?1;

-- The newest first.
-- :code_list ro
SELECT c.id, c.uuid, c.virtual_account_id, c.created_at, c.created_by, c.expires_at, c.request_sha256, c.used_at,
       c.used_by, c.revoked_at, c.revoked_by
FROM virtual_account v JOIN registration_code c ON c.virtual_account_id = v.id
WHERE v.account_id = ?1 ORDER BY c.id DESC LIMIT ?2;

-- :code_used rw
UPDATE registration_code SET request_sha256 = ?2, used_at = ?3, used_by = ?4 WHERE id = ?1;

-- :code_revoked rw
UPDATE registration_code SET revoked_at = ?2, revoked_by = ?3 WHERE id = ?1;

-- Codes are shown for 30 days after their end.
-- :code_oldest ro
SELECT expires_at + 2592000000 FROM registration_code WHERE expires_at > 0 ORDER BY expires_at LIMIT 1;

-- :code_forget rw
DELETE FROM registration_code WHERE id IN
  (SELECT id FROM registration_code WHERE expires_at <= ?1 - 2592000000 ORDER BY expires_at LIMIT ?2);

-- Satellites that have not synchronized a virtual account since ?1.
-- :remote_silent ro scan-ok
SELECT s.uuid, s.name, r.virtual_account_id, r.received_at,
       (SELECT d.authority_valid_until FROM delegation d WHERE d.virtual_account_id = v.id ORDER BY d.id DESC LIMIT 1)
FROM remote_state r JOIN virtual_account v ON v.id = r.virtual_account_id JOIN satellite s ON s.id = v.satellite_id
WHERE r.received_at <= ?1 ORDER BY r.received_at;
