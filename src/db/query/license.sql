-- :entitlement_set rw
INSERT INTO entitlement (uuid, tag, name, name_key, display_name, description, version, family, tier, restricted)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
ON CONFLICT (tag) DO UPDATE SET name = excluded.name, name_key = excluded.name_key,
  display_name = excluded.display_name, description = excluded.description, version = excluded.version,
  family = excluded.family, tier = excluded.tier, restricted = excluded.restricted;

-- :entitlement_by_tag ro
SELECT id, uuid, tag, name, display_name, description, version, family, tier, restricted FROM entitlement
WHERE tag = ?1;

-- :entitlement_by_name ro
SELECT id, uuid, tag, name, display_name, description, version, family, tier, restricted FROM entitlement
WHERE name_key = ?1 ORDER BY id LIMIT 1;

-- The catalogue is small.
-- :entitlement_list ro scan-ok
SELECT id, uuid, tag, name, display_name, description, version, family, tier, restricted FROM entitlement ORDER BY id;

-- :lot_add rw
INSERT INTO license_lot (uuid, account_id, entitlement_id, quantity, license_type, start_at, end_at, subscription_id,
                         created_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9);

-- :lot_by_uuid ro
SELECT id, uuid, account_id, entitlement_id, quantity, license_type, start_at, end_at, subscription_id, created_at
FROM license_lot WHERE uuid = ?1;

-- :lot_list ro
SELECT id, uuid, account_id, entitlement_id, quantity, license_type, start_at, end_at, subscription_id, created_at
FROM license_lot WHERE account_id = ?1 ORDER BY entitlement_id, id;

-- :lot_update rw
UPDATE license_lot SET quantity = ?2, license_type = ?3, start_at = ?4, end_at = ?5, subscription_id = ?6
WHERE id = ?1;

-- :share_add rw
INSERT INTO lot_share (uuid, lot_id, virtual_account_id, quantity) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (virtual_account_id, lot_id) DO UPDATE SET quantity = quantity + excluded.quantity;

-- :share_take rw
UPDATE lot_share SET quantity = quantity - ?3 WHERE lot_id = ?1 AND virtual_account_id = ?2;

-- The shares of a lot, the default virtual account's first, then those of least use.
-- :share_of_lot ro
SELECT s.virtual_account_id, s.quantity, s.uuid
FROM lot_share s JOIN license_lot l ON l.id = s.lot_id JOIN virtual_account v ON v.id = s.virtual_account_id
LEFT JOIN pool p ON p.virtual_account_id = s.virtual_account_id AND p.entitlement_id = l.entitlement_id
WHERE s.lot_id = ?1 AND s.quantity > 0
ORDER BY v.is_default DESC, coalesce(p.in_use, 0), v.id;

-- The lots of which a virtual account has a share, the soonest to end first.
-- :share_list ro
SELECT l.id, l.license_type, s.quantity, l.start_at, l.end_at, l.subscription_id, s.uuid, l.entitlement_id
FROM lot_share s JOIN license_lot l ON l.id = s.lot_id
WHERE s.virtual_account_id = ?1 AND l.entitlement_id = ?2 AND s.quantity > 0
ORDER BY l.end_at IS NULL, l.end_at, l.id;

-- Everything that a virtual account owns, for the license_lots part of an authorization file.
-- :share_export ro
SELECT s.uuid, e.tag, s.quantity, l.license_type, l.start_at, l.end_at, l.subscription_id
FROM lot_share s JOIN license_lot l ON l.id = s.lot_id JOIN entitlement e ON e.id = l.entitlement_id
WHERE s.virtual_account_id = ?1 ORDER BY s.id;

-- :pool_quantity ro
SELECT coalesce(sum(s.quantity), 0) FROM lot_share s JOIN license_lot l ON l.id = s.lot_id
WHERE s.virtual_account_id = ?1 AND l.entitlement_id = ?2 AND l.start_at <= ?3 AND (l.end_at IS NULL OR l.end_at > ?3);

-- :pool_pending ro
SELECT coalesce(sum(s.quantity), 0) FROM lot_share s JOIN license_lot l ON l.id = s.lot_id
WHERE s.virtual_account_id = ?1 AND l.entitlement_id = ?2 AND l.start_at > ?3;

-- :pool_in_use ro
SELECT in_use FROM pool WHERE virtual_account_id = ?1 AND entitlement_id = ?2;

-- What is counted in the pool but lapsed; empty but for the moments until the next change sweeps it. The order of the
-- join and the `+` keep it on the index of holds_until, which finds nothing, whatever the number of instances.
-- :pool_lapsed ro
SELECT coalesce(sum(u.granted), 0) FROM product_instance i
CROSS JOIN usage u ON u.instance_id = i.id AND u.entitlement_id = ?2
WHERE i.holding = 1 AND i.holds_until <= ?3 AND +i.virtual_account_id = ?1;

-- :pool_add rw
INSERT INTO pool (virtual_account_id, entitlement_id, in_use) VALUES (?1, ?2, ?3)
ON CONFLICT (virtual_account_id, entitlement_id) DO UPDATE SET in_use = in_use + excluded.in_use;

-- :pool_take rw
UPDATE pool SET in_use = in_use - ?3 WHERE virtual_account_id = ?1 AND entitlement_id = ?2;

-- Kinds of licenses that a virtual account owns or uses.
-- :pool_kinds ro
SELECT l.entitlement_id FROM lot_share s JOIN license_lot l ON l.id = s.lot_id
WHERE s.virtual_account_id = ?1 AND s.quantity > 0
UNION SELECT entitlement_id FROM pool WHERE virtual_account_id = ?1 AND in_use > 0 ORDER BY 1;

-- :usage_list ro
SELECT u.entitlement_id, u.asked, u.granted, e.tag, e.display_name FROM usage u JOIN entitlement e ON e.id = u.entitlement_id
WHERE u.instance_id = ?1 ORDER BY u.entitlement_id;

-- :usage_set rw
INSERT INTO usage (instance_id, entitlement_id, asked, granted) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (instance_id, entitlement_id) DO UPDATE SET asked = excluded.asked, granted = excluded.granted;

-- :usage_drop rw
DELETE FROM usage WHERE instance_id = ?1 AND entitlement_id = ?2;

-- :usage_drop_all rw
DELETE FROM usage WHERE instance_id = ?1;

-- :usage_unknown_list ro
SELECT tag, asked FROM usage_unknown WHERE instance_id = ?1 ORDER BY tag;

-- :usage_unknown_set rw
INSERT INTO usage_unknown (instance_id, tag, asked) VALUES (?1, ?2, ?3)
ON CONFLICT (instance_id, tag) DO UPDATE SET asked = excluded.asked;

-- :usage_unknown_drop_all rw
DELETE FROM usage_unknown WHERE instance_id = ?1;
