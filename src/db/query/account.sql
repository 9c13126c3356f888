-- :account_add rw
INSERT INTO account (uuid, name, name_key, domain, status, export_permitted, reservation_permitted, smart_account,
                     virtual_account, created_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10);

-- :account_by_key ro
SELECT id, uuid, name, domain, status, export_permitted, reservation_permitted, smart_account, virtual_account,
       created_at, last_sync_at, authority_valid_until, upstream_uuid, deactivated
FROM account WHERE name_key = ?1;

-- :account_by_id ro
SELECT id, uuid, name, domain, status, export_permitted, reservation_permitted, smart_account, virtual_account,
       created_at, last_sync_at, authority_valid_until, upstream_uuid, deactivated
FROM account WHERE id = ?1;

-- Accounts are few: a page shows them all.
-- :account_list ro
SELECT id, uuid, name, domain, status, export_permitted, reservation_permitted, smart_account, virtual_account,
       created_at, last_sync_at, authority_valid_until, upstream_uuid, deactivated
FROM account WHERE id > 0 ORDER BY id;

-- :account_set_status rw
UPDATE account SET status = ?2, deactivated = ?3 WHERE id = ?1;

-- :account_synchronized rw
UPDATE account SET status = ?2, domain = ?3, export_permitted = ?4, reservation_permitted = ?5, last_sync_at = ?6,
                   authority_valid_until = ?7, deactivated = ?8, smart_account = ?9, virtual_account = ?10,
                   upstream_uuid = ?11
WHERE id = ?1;

-- :account_sync_due rw
UPDATE account SET sync_due_at = ?2 WHERE id = ?1;

-- :account_sync_due_get ro
SELECT coalesce(sync_due_at, 0) FROM account WHERE id = ?1;

-- What keeps an account from being deleted.
-- :account_holds ro
SELECT (SELECT count(*) FROM license_lot WHERE account_id = ?1)
     + (SELECT count(*) FROM virtual_account v JOIN product_instance i ON i.virtual_account_id = v.id
        WHERE v.account_id = ?1)
     + (SELECT count(*) FROM virtual_account v JOIN delegation d ON d.virtual_account_id = v.id
        WHERE v.account_id = ?1)
     + (SELECT count(*) FROM virtual_account v JOIN reservation r ON r.virtual_account_id = v.id
        WHERE v.account_id = ?1);

-- What stands in the way of deleting it, and how much it has: registered product instances, reservations, lots that
-- give licenses now or later, satellites that serve a part of it and the name of one, virtual accounts, tokens.
-- :account_state ro
SELECT (SELECT count(*) FROM virtual_account v JOIN product_instance i ON i.virtual_account_id = v.id
        WHERE v.account_id = ?1 AND i.state = 'REGISTERED'),
       (SELECT count(*) FROM virtual_account v JOIN reservation r ON r.virtual_account_id = v.id
        WHERE v.account_id = ?1 AND r.ended_at IS NULL),
       (SELECT count(*) FROM license_lot WHERE account_id = ?1 AND quantity > 0 AND (end_at IS NULL OR end_at > ?2)),
       (SELECT count(DISTINCT satellite_id) FROM virtual_account WHERE account_id = ?1),
       (SELECT min(s.name) FROM virtual_account v JOIN satellite s ON s.id = v.satellite_id WHERE v.account_id = ?1),
       (SELECT count(*) FROM virtual_account WHERE account_id = ?1),
       (SELECT count(*) FROM virtual_account v JOIN registration_token t ON t.virtual_account_id = v.id
        WHERE v.account_id = ?1);

-- Accounts that have authority, but for one.
-- :account_others ro
SELECT count(*) FROM account WHERE id > 0 AND id <> ?1 AND upstream_uuid <> '';

-- Product instances that are gone.
-- :account_gone ro
SELECT i.id FROM virtual_account v JOIN product_instance i ON i.virtual_account_id = v.id
WHERE v.account_id = ?1 AND i.state <> 'REGISTERED' LIMIT ?2;

-- :account_drop_certificates rw
DELETE FROM id_certificate WHERE instance_id = ?1;

-- :account_drop_unknown rw
DELETE FROM usage_unknown WHERE instance_id = ?1;

-- :account_drop_usage rw
DELETE FROM usage WHERE instance_id = ?1;

-- :account_drop_instance rw
DELETE FROM product_instance WHERE id = ?1;

-- :account_drop_reservation_codes rw
DELETE FROM reservation_code WHERE reservation_id IN
  (SELECT r.id FROM virtual_account v JOIN reservation r ON r.virtual_account_id = v.id WHERE v.account_id = ?1);

-- :account_drop_reservation_lines rw
DELETE FROM reservation_line WHERE reservation_id IN
  (SELECT r.id FROM virtual_account v JOIN reservation r ON r.virtual_account_id = v.id WHERE v.account_id = ?1);

-- :account_drop_reservations rw
DELETE FROM reservation WHERE virtual_account_id IN (SELECT id FROM virtual_account WHERE account_id = ?1);

-- :account_drop_moved rw
DELETE FROM license_move_lot WHERE move_id IN
  (SELECT m.id FROM virtual_account v JOIN license_move m ON m.from_id = v.id WHERE v.account_id = ?1);

-- Both ends are virtual accounts of one account.
-- :account_drop_moves rw
DELETE FROM license_move WHERE from_id IN (SELECT id FROM virtual_account WHERE account_id = ?1);

-- :account_drop_shares rw
DELETE FROM lot_share WHERE virtual_account_id IN (SELECT id FROM virtual_account WHERE account_id = ?1);

-- :account_drop_lots rw
DELETE FROM license_lot WHERE account_id = ?1;

-- :account_drop_delegations rw
DELETE FROM delegation WHERE virtual_account_id IN (SELECT id FROM virtual_account WHERE account_id = ?1);

-- :account_drop_answers rw
DELETE FROM sync_answer WHERE virtual_account_id IN (SELECT id FROM virtual_account WHERE account_id = ?1);

-- :account_drop_tags rw
DELETE FROM virtual_account_tag WHERE virtual_account_id IN (SELECT id FROM virtual_account WHERE account_id = ?1);

-- What the changes before have touched.
-- :account_drop_touched rw
DELETE FROM pool_touched WHERE virtual_account_id IN (SELECT id FROM virtual_account WHERE account_id = ?1);

-- :account_drop_alerts rw
DELETE FROM alert_fact WHERE account_id = ?1;

-- :account_drop_tokens rw
DELETE FROM registration_token WHERE virtual_account_id IN (SELECT id FROM virtual_account WHERE account_id = ?1);

-- What products that are long forgotten used without having it.
-- :account_drop_pools rw
DELETE FROM pool WHERE in_use = 0 AND virtual_account_id IN (SELECT id FROM virtual_account WHERE account_id = ?1);

-- :account_drop_days rw
DELETE FROM pool_day WHERE virtual_account_id IN (SELECT id FROM virtual_account WHERE account_id = ?1);

-- :account_drop_compliance rw
DELETE FROM compliance WHERE virtual_account_id IN (SELECT id FROM virtual_account WHERE account_id = ?1);

-- :account_drop_exchanges rw
DELETE FROM sync_exchange WHERE account_id = ?1;

-- :account_drop_removed rw
DELETE FROM sync_removed WHERE account_id = ?1;

-- :account_drop_history rw
DELETE FROM sync_history WHERE account_id = ?1;

-- :account_drop_codes rw
DELETE FROM registration_code WHERE virtual_account_id IN (SELECT id FROM virtual_account WHERE account_id = ?1);

-- :account_drop_sync_settings rw
DELETE FROM sync_setting WHERE account_id = ?1;

-- :account_drop_virtual_accounts rw
DELETE FROM virtual_account WHERE account_id = ?1;

-- :account_delete rw
DELETE FROM account WHERE id = ?1;

-- :virtual_account_add rw
INSERT INTO virtual_account (uuid, account_id, name, name_key, description, is_default, created_at, changed)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, (SELECT number FROM sync_change WHERE id = 1));

-- :virtual_account_by_key ro
SELECT v.id, v.uuid, v.account_id, v.name, v.description, v.is_default, v.satellite_id, s.name,
       v.satellite_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM remote_state r WHERE r.virtual_account_id = v.id)
FROM virtual_account v LEFT JOIN satellite s ON s.id = v.satellite_id
WHERE v.account_id = ?1 AND v.name_key = ?2;

-- :virtual_account_by_id ro
SELECT v.id, v.uuid, v.account_id, v.name, v.description, v.is_default, v.satellite_id, s.name,
       v.satellite_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM remote_state r WHERE r.virtual_account_id = v.id)
FROM virtual_account v LEFT JOIN satellite s ON s.id = v.satellite_id
WHERE v.id = ?1;

-- :virtual_account_default ro
SELECT v.id, v.uuid, v.account_id, v.name, v.description, v.is_default, v.satellite_id, s.name,
       v.satellite_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM remote_state r WHERE r.virtual_account_id = v.id)
FROM virtual_account v LEFT JOIN satellite s ON s.id = v.satellite_id
WHERE v.account_id = ?1 AND v.is_default = 1;

-- :virtual_account_list ro
SELECT v.id, v.uuid, v.account_id, v.name, v.description, v.is_default, v.satellite_id, s.name,
       v.satellite_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM remote_state r WHERE r.virtual_account_id = v.id)
FROM virtual_account v LEFT JOIN satellite s ON s.id = v.satellite_id
WHERE v.account_id = ?1 ORDER BY v.is_default DESC, v.name_key;

-- :virtual_account_served_by rw
UPDATE virtual_account SET satellite_id = ?2 WHERE id = ?1;

-- What keeps a virtual account from being deleted: registered product instances, licenses.
-- :virtual_account_instances ro
SELECT count(*) FROM product_instance WHERE virtual_account_id = ?1 AND state = 'REGISTERED';

-- :virtual_account_licenses ro
SELECT coalesce(sum(quantity), 0)
     + (SELECT coalesce(sum(quantity), 0) FROM license_move WHERE to_id = ?1 AND ended_at IS NULL)
FROM lot_share WHERE virtual_account_id = ?1;

-- Instances that are gone move to the default virtual account, so that their messages still get a true answer.
-- :virtual_account_move_instances rw
UPDATE product_instance SET virtual_account_id = ?2 WHERE virtual_account_id = ?1;

-- :virtual_account_move_tokens rw
UPDATE registration_token SET virtual_account_id = ?2, revoked_at = coalesce(revoked_at, ?3),
                              revoked_by = coalesce(revoked_by, ?4)
WHERE virtual_account_id = ?1;

-- :virtual_account_drop_pools rw
DELETE FROM pool WHERE virtual_account_id = ?1 AND in_use = 0;

-- :virtual_account_drop_days rw
DELETE FROM pool_day WHERE virtual_account_id = ?1;

-- :virtual_account_drop_compliance rw
DELETE FROM compliance WHERE virtual_account_id = ?1;

-- Alerts about what happened in it are still told, with its account.
-- :virtual_account_leave_alerts rw
UPDATE alert_fact SET virtual_account_id = NULL WHERE virtual_account_id = ?1;

-- Moves of licenses out of it or into it that have ended, with their lots.
-- :virtual_account_drop_moved rw
DELETE FROM license_move_lot WHERE move_id IN
  (SELECT id FROM license_move WHERE from_id = ?1 UNION SELECT id FROM license_move WHERE to_id = ?1);

-- :virtual_account_drop_moves rw
DELETE FROM license_move WHERE from_id = ?1 OR to_id = ?1;

-- :virtual_account_drop_codes rw
DELETE FROM registration_code WHERE virtual_account_id = ?1;

-- :virtual_account_drop_shares rw
DELETE FROM lot_share WHERE virtual_account_id = ?1 AND quantity = 0;

-- :virtual_account_delete rw
DELETE FROM virtual_account WHERE id = ?1;

-- :virtual_account_update rw
UPDATE virtual_account SET name = ?2, name_key = ?3, description = ?4 WHERE id = ?1;

-- :virtual_account_tags ro
SELECT tag, tag_key FROM virtual_account_tag WHERE virtual_account_id = ?1 ORDER BY tag_key;

-- :virtual_account_tag_add rw
INSERT INTO virtual_account_tag (virtual_account_id, tag_key, tag) VALUES (?1, ?2, ?3);

-- :virtual_account_drop_tags rw
DELETE FROM virtual_account_tag WHERE virtual_account_id = ?1;
