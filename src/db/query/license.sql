-- :entitlement_set rw
INSERT INTO entitlement (uuid, tag, name, name_key, display_name, description, version, family, tier, restricted)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
ON CONFLICT (tag) DO UPDATE SET name = excluded.name, name_key = excluded.name_key,
  display_name = excluded.display_name, description = excluded.description, version = excluded.version,
  family = excluded.family, tier = excluded.tier, restricted = excluded.restricted;

-- :entitlement_by_tag ro
SELECT id, uuid, tag, name, display_name, description, version, family, tier, restricted FROM entitlement
WHERE tag = ?1;

-- :entitlement_by_uuid ro
SELECT id, uuid, tag, name, display_name, description, version, family, tier, restricted FROM entitlement
WHERE uuid = ?1;

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
SELECT l.id, l.uuid, l.account_id, l.entitlement_id, l.quantity, l.license_type, l.start_at, l.end_at,
       l.subscription_id, l.created_at, e.tag
FROM license_lot l JOIN entitlement e ON e.id = l.entitlement_id WHERE l.uuid = ?1;

-- :lot_list ro
SELECT l.id, l.uuid, l.account_id, l.entitlement_id, l.quantity, l.license_type, l.start_at, l.end_at,
       l.subscription_id, l.created_at, e.tag
FROM license_lot l JOIN entitlement e ON e.id = l.entitlement_id
WHERE l.account_id = ?1 ORDER BY l.entitlement_id, l.id;

-- :lot_update rw
UPDATE license_lot SET quantity = ?2, license_type = ?3, start_at = ?4, end_at = ?5, subscription_id = ?6
WHERE id = ?1;

-- :share_add rw
INSERT INTO lot_share (uuid, lot_id, entitlement_id, virtual_account_id, quantity)
SELECT ?1, id, entitlement_id, ?3, ?4 FROM license_lot WHERE id = ?2
ON CONFLICT (virtual_account_id, entitlement_id, lot_id) DO UPDATE SET quantity = quantity + excluded.quantity;

-- :share_take rw
UPDATE lot_share SET quantity = quantity - ?3 WHERE lot_id = ?1 AND virtual_account_id = ?2;

-- The shares of a lot, the default virtual account's first, then those of least use.
-- :share_of_lot ro
SELECT s.virtual_account_id, s.quantity, s.uuid, s.reserved, v.is_default
FROM lot_share s JOIN license_lot l ON l.id = s.lot_id JOIN virtual_account v ON v.id = s.virtual_account_id
LEFT JOIN pool p ON p.virtual_account_id = s.virtual_account_id AND p.entitlement_id = l.entitlement_id
WHERE s.lot_id = ?1 AND s.quantity > 0
ORDER BY v.is_default DESC, coalesce(p.in_use, 0), v.id;

-- The last virtual account that got a share of a lot: shares stay when nothing is left in them.
-- :share_home ro
SELECT virtual_account_id FROM lot_share WHERE lot_id = ?1 ORDER BY id DESC LIMIT 1;

-- The lots of which a virtual account has a share, the soonest to end first; also where nothing is left but what is
-- reserved.
-- :share_list ro
SELECT l.id, l.license_type, s.quantity, l.start_at, l.end_at, l.subscription_id, s.uuid, l.entitlement_id, s.reserved
FROM lot_share s JOIN license_lot l ON l.id = s.lot_id
WHERE s.virtual_account_id = ?1 AND s.entitlement_id = ?2 AND (s.quantity > 0 OR s.reserved > 0)
ORDER BY l.end_at IS NULL, l.end_at, l.id;

-- What a virtual account has of what ends or belongs to a subscription, the soonest to end first.
-- :share_subscriptions ro
SELECT l.id, l.license_type, s.quantity, l.start_at, l.end_at, l.subscription_id, s.uuid, l.entitlement_id, s.reserved,
       e.tag, e.display_name
FROM lot_share s JOIN license_lot l ON l.id = s.lot_id JOIN entitlement e ON e.id = s.entitlement_id
WHERE s.virtual_account_id = ?1 AND s.quantity > 0 AND (l.end_at IS NOT NULL OR l.subscription_id <> '')
  AND (coalesce(l.end_at, 9223372036854775807), l.id) > (?2, ?3)
ORDER BY coalesce(l.end_at, 9223372036854775807), l.id LIMIT ?4;

-- :share_subscriptions_count ro
SELECT count(*) FROM lot_share s JOIN license_lot l ON l.id = s.lot_id
WHERE s.virtual_account_id = ?1 AND s.quantity > 0 AND (l.end_at IS NOT NULL OR l.subscription_id <> '');

-- Everything that a virtual account owns, for the license_lots part of an answer to its satellite.
-- :share_export ro
SELECT s.uuid, e.tag, s.quantity, l.license_type, l.start_at, l.end_at, l.subscription_id, l.id
FROM lot_share s JOIN license_lot l ON l.id = s.lot_id JOIN entitlement e ON e.id = l.entitlement_id
WHERE s.virtual_account_id = ?1 ORDER BY s.id;

-- The kinds of a family, the highest tier first; quantity and reserved of lots that are valid now.
-- :pool_family ro
SELECT e.id, coalesce(e.tier, 0), coalesce(p.in_use, 0), coalesce(sum(CASE WHEN l.id IS NOT NULL THEN s.quantity END), 0),
       coalesce(sum(CASE WHEN l.id IS NOT NULL THEN s.reserved END), 0)
FROM entitlement e
LEFT JOIN pool p ON p.virtual_account_id = ?1 AND p.entitlement_id = e.id
LEFT JOIN lot_share s ON s.virtual_account_id = ?1 AND s.entitlement_id = e.id
LEFT JOIN license_lot l ON l.id = s.lot_id AND l.start_at <= ?3 AND (l.end_at IS NULL OR l.end_at > ?3)
WHERE e.family = ?2 GROUP BY e.tier, e.id ORDER BY e.tier, e.id;

-- The same of a kind that stands alone.
-- :pool_alone ro
SELECT e.id, coalesce(e.tier, 0), coalesce(p.in_use, 0), coalesce(sum(CASE WHEN l.id IS NOT NULL THEN s.quantity END), 0),
       coalesce(sum(CASE WHEN l.id IS NOT NULL THEN s.reserved END), 0)
FROM entitlement e
LEFT JOIN pool p ON p.virtual_account_id = ?1 AND p.entitlement_id = e.id
LEFT JOIN lot_share s ON s.virtual_account_id = ?1 AND s.entitlement_id = e.id
LEFT JOIN license_lot l ON l.id = s.lot_id AND l.start_at <= ?3 AND (l.end_at IS NULL OR l.end_at > ?3)
WHERE e.id = ?2 GROUP BY e.id;

-- Is anything counted in pools whose rights have lapsed? It is not but in the moments until the next change sweeps it.
-- :lapsed_any ro
SELECT 1 FROM product_instance WHERE holding = 1 AND holds_until <= ?1 LIMIT 1;

-- The order of the join and the `+` keep it on the index of holds_until.
-- :pool_lapsed ro
SELECT coalesce(sum(u.granted), 0) FROM product_instance i
CROSS JOIN usage u ON u.instance_id = i.id AND u.entitlement_id = ?2
WHERE i.holding = 1 AND i.holds_until <= ?3 AND +i.virtual_account_id = ?1;

-- The virtual accounts of an account that own, reserve or use a kind.
-- :pool_places ro
SELECT v.id FROM virtual_account v WHERE v.account_id = ?1
  AND (EXISTS (SELECT 1 FROM lot_share s WHERE s.virtual_account_id = v.id AND s.entitlement_id = ?2
               AND (s.quantity > 0 OR s.reserved > 0))
       OR EXISTS (SELECT 1 FROM pool p WHERE p.virtual_account_id = v.id AND p.entitlement_id = ?2 AND p.in_use > 0))
ORDER BY v.id;

-- The largest users of a pool, read from the index in their order: as many rows as are given, and those of instances
-- whose rights have run out.
-- :pool_users ro
SELECT i.uuid, i.hostname, i.udi_pid, i.udi_serial, i.udi_uuid, i.software_tag, u.granted
FROM usage u CROSS JOIN product_instance i ON i.id = u.instance_id
WHERE u.entitlement_id = ?2 AND u.virtual_account_id = ?1 AND u.granted > 0 AND i.holding = 1 AND i.holds_until > ?3
ORDER BY u.granted DESC, u.instance_id LIMIT ?4;

-- Products that ask for a kind and get none of it.
-- :pool_refused ro
SELECT i.uuid, i.hostname, i.udi_pid, i.udi_serial, i.udi_uuid, i.software_tag, u.asked
FROM usage u CROSS JOIN product_instance i ON i.id = u.instance_id
WHERE u.entitlement_id = ?2 AND u.virtual_account_id = ?1 AND u.granted = 0 AND u.asked > 0 AND i.holding = 1
  AND i.holds_until > ?3
ORDER BY u.instance_id LIMIT ?4;

-- The reservations that block most of what counts in a pool now; those of its lots' shares are read.
-- :pool_reserved ro
SELECT v.uuid, NULL, v.udi_pid, v.udi_serial, v.udi_uuid, v.software_tag, sum(r.blocked)
FROM lot_share s CROSS JOIN license_lot l ON l.id = s.lot_id CROSS JOIN reservation_line r ON r.share_id = s.id
  CROSS JOIN reservation v ON v.id = r.reservation_id
WHERE s.virtual_account_id = ?1 AND s.entitlement_id = ?2 AND s.reserved > 0 AND r.blocked > 0 AND l.start_at <= ?3
  AND (l.end_at IS NULL OR l.end_at > ?3)
GROUP BY v.id ORDER BY sum(r.blocked) DESC, v.id LIMIT ?4;

-- :pool_pending ro
SELECT coalesce(sum(s.quantity), 0) FROM lot_share s JOIN license_lot l ON l.id = s.lot_id
WHERE s.virtual_account_id = ?1 AND s.entitlement_id = ?2 AND l.start_at > ?3;

-- :pool_add rw
INSERT INTO pool (virtual_account_id, entitlement_id, in_use) VALUES (?1, ?2, ?3)
ON CONFLICT (virtual_account_id, entitlement_id) DO UPDATE SET in_use = in_use + excluded.in_use;

-- :pool_take rw
UPDATE pool SET in_use = in_use - ?3 WHERE virtual_account_id = ?1 AND entitlement_id = ?2;

-- Kinds of licenses that a virtual account owns, reserves or uses.
-- :pool_kinds ro
SELECT id, uuid, tag, name, display_name, description, version, family, tier, restricted FROM entitlement WHERE id IN
  (SELECT entitlement_id FROM lot_share WHERE virtual_account_id = ?1 AND (quantity > 0 OR reserved > 0)
   UNION SELECT entitlement_id FROM pool WHERE virtual_account_id = ?1 AND in_use > 0)
ORDER BY id;

-- Empty but for the changes of one job.
-- :touched_list ro scan-ok
SELECT t.virtual_account_id, e.id, e.uuid, e.tag, e.name, e.display_name, e.description, e.version, e.family, e.tier,
       e.restricted
FROM pool_touched t CROSS JOIN entitlement e ON e.id = t.entitlement_id
ORDER BY t.virtual_account_id, e.family, e.tier;

-- :touched_clear rw
DELETE FROM pool_touched;

-- Few pools, once a start.
-- :touch_all rw scan-ok
INSERT OR IGNORE INTO pool_touched (virtual_account_id, entitlement_id)
SELECT virtual_account_id, entitlement_id FROM pool
UNION SELECT virtual_account_id, entitlement_id FROM lot_share
UNION SELECT virtual_account_id, entitlement_id FROM compliance WHERE in_at IS NULL;

-- :touch_lots rw
INSERT OR IGNORE INTO pool_touched (virtual_account_id, entitlement_id)
SELECT s.virtual_account_id, s.entitlement_id FROM license_lot l JOIN lot_share s ON s.lot_id = l.id
WHERE l.start_at = ?1 OR l.end_at = ?1;

-- :lot_boundary ro
SELECT min(at) FROM (SELECT min(start_at) AS at FROM license_lot WHERE start_at > ?1
                     UNION ALL SELECT min(end_at) FROM license_lot WHERE end_at > ?1)
HAVING min(at) IS NOT NULL;

-- :lot_at ro
SELECT l.id, l.license_type, l.quantity, l.start_at, l.end_at, l.subscription_id, l.uuid, l.account_id, e.display_name
FROM license_lot l JOIN entitlement e ON e.id = l.entitlement_id
WHERE l.start_at = ?1 OR l.end_at = ?1 ORDER BY l.id;

-- :compliance_open ro
SELECT id, virtual_account_id, entitlement_id, out_at, out_event, shortage, in_at, in_event FROM compliance
WHERE virtual_account_id = ?1 AND entitlement_id = ?2 AND in_at IS NULL;

-- :compliance_add rw
INSERT INTO compliance (virtual_account_id, entitlement_id, out_at, out_event, shortage) VALUES (?1, ?2, ?3, ?4, ?5);

-- :compliance_worse rw
UPDATE compliance SET shortage = ?2 WHERE id = ?1;

-- :compliance_close rw
UPDATE compliance SET in_at = ?2, in_event = ?3 WHERE id = ?1;

-- :compliance_list ro
SELECT id, virtual_account_id, entitlement_id, out_at, out_event, shortage, in_at, in_event FROM compliance
WHERE virtual_account_id = ?1 AND entitlement_id = ?2 ORDER BY id DESC LIMIT ?3;

-- The same over all virtual accounts of an account.
-- :compliance_account ro
SELECT c.id, c.virtual_account_id, c.entitlement_id, c.out_at, c.out_event, c.shortage, c.in_at, c.in_event
FROM compliance c JOIN virtual_account v ON v.id = c.virtual_account_id
WHERE c.entitlement_id = ?2 AND v.account_id = ?1 ORDER BY c.id DESC LIMIT ?3;

-- :usage_list ro
SELECT u.entitlement_id, u.asked, u.granted, e.tag, e.display_name, e.family, coalesce(e.tier, 0), e.restricted
FROM usage u JOIN entitlement e ON e.id = u.entitlement_id
WHERE u.instance_id = ?1 ORDER BY u.entitlement_id;

-- :usage_set rw
INSERT INTO usage (instance_id, entitlement_id, asked, granted, virtual_account_id)
VALUES (?1, ?2, ?3, ?4, (SELECT virtual_account_id FROM product_instance WHERE id = ?1))
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

-- Pools of an account that are short.
-- :compliance_short ro
SELECT v.name, e.display_name FROM virtual_account v CROSS JOIN compliance c ON c.virtual_account_id = v.id
CROSS JOIN entitlement e ON e.id = c.entitlement_id
WHERE v.account_id = ?1 AND c.in_at IS NULL;
