-- :alert_fact_set rw
INSERT INTO alert_fact (id, kind, subject, account_id, virtual_account_id, source, message, raised_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
ON CONFLICT (id) DO UPDATE SET account_id = excluded.account_id, virtual_account_id = excluded.virtual_account_id,
  source = excluded.source, message = excluded.message, raised_at = excluded.raised_at;

-- :alert_fact_by_id ro
SELECT id, kind, subject, account_id, virtual_account_id, source, message, raised_at FROM alert_fact WHERE id = ?1;

-- :alert_fact_of ro
SELECT id, kind, subject, account_id, virtual_account_id, source, message, raised_at FROM alert_fact
WHERE subject = ?1 ORDER BY id;

-- :alert_fact_move rw
UPDATE alert_fact SET virtual_account_id = ?2 WHERE subject = ?1 AND virtual_account_id IS NOT NULL;

-- :alert_fact_drop rw
DELETE FROM alert_fact WHERE id = ?1;

-- :alert_ack_drop rw
DELETE FROM alert_ack WHERE id = ?1;

-- What is open, but for groups of more than ?1 of one kind in one virtual account: alert_fact_groups.
-- :alert_fact_list ro scan-ok
SELECT id, kind, subject, account_id, virtual_account_id, source, message, raised_at FROM alert_fact
WHERE virtual_account_id IS NULL OR (virtual_account_id, kind) NOT IN
  (SELECT virtual_account_id, kind FROM alert_fact WHERE virtual_account_id IS NOT NULL
   GROUP BY virtual_account_id, kind HAVING count(*) > ?1)
ORDER BY raised_at, id;

-- :alert_fact_groups ro
SELECT kind, virtual_account_id, count(*), max(raised_at) FROM alert_fact WHERE virtual_account_id IS NOT NULL
GROUP BY virtual_account_id, kind HAVING count(*) > ?1;

-- :alert_ack_set rw
INSERT INTO alert_ack (id, raised_at, at, by, note) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (id) DO UPDATE SET raised_at = excluded.raised_at, at = excluded.at, by = excluded.by, note = excluded.note;

-- :alert_ack_get ro
SELECT raised_at, at, by, note FROM alert_ack WHERE id = ?1;

-- What only happened, and was acknowledged long ago (?1). Restricted licenses are cleared by their own rule.
-- :alert_fact_forget rw
DELETE FROM alert_fact WHERE kind <> 'restricted-license' AND id IN
  (SELECT id FROM alert_ack WHERE at <= ?1);

-- :alert_ack_forget rw
DELETE FROM alert_ack WHERE at <= ?1;

-- Pools that may be short: those that were when they were last settled (up to ?1), and those of which a lot has ended
-- since.
-- :alert_short ro scan-ok
SELECT t.virtual_account_id, e.id, e.uuid, e.tag, e.name, e.display_name, e.description, e.version, e.family, e.tier,
       e.restricted
FROM (SELECT virtual_account_id, entitlement_id FROM compliance WHERE in_at IS NULL
      UNION SELECT s.virtual_account_id, s.entitlement_id FROM license_lot l JOIN lot_share s ON s.lot_id = l.id
            WHERE l.end_at > ?1 AND l.end_at <= ?2) t
JOIN entitlement e ON e.id = t.entitlement_id
ORDER BY t.virtual_account_id, e.family, e.tier;

-- The last end of a lot of a family, up to ?4.
-- :alert_family_end ro
SELECT coalesce(max(l.end_at), 0) FROM lot_share s JOIN license_lot l ON l.id = s.lot_id
WHERE s.virtual_account_id = ?1 AND l.end_at <= ?4
  AND s.entitlement_id IN (SELECT ?2 UNION SELECT id FROM entitlement WHERE ?3 <> '' AND family = ?3);

-- Licenses that end after ?1 up to ?2, by virtual account, kind and moment.
-- :alert_ends ro
SELECT s.virtual_account_id, l.end_at, sum(s.quantity), sum(s.reserved), max(l.created_at),
       e.id, e.uuid, e.tag, e.name, e.display_name, e.description, e.version, e.family, e.tier, e.restricted
FROM license_lot l JOIN lot_share s ON s.lot_id = l.id JOIN entitlement e ON e.id = l.entitlement_id
WHERE l.end_at > ?1 AND l.end_at <= ?2 AND s.quantity > 0
GROUP BY l.end_at, s.virtual_account_id, e.id;

-- Licenses that are still reserved although they ended up to ?1.
-- :alert_reserved_ends ro scan-ok
SELECT s.virtual_account_id, l.end_at, sum(s.quantity), sum(s.reserved), max(l.created_at),
       e.id, e.uuid, e.tag, e.name, e.display_name, e.description, e.version, e.family, e.tier, e.restricted
FROM lot_share s CROSS JOIN license_lot l ON l.id = s.lot_id JOIN entitlement e ON e.id = l.entitlement_id
WHERE s.reserved > 0 AND l.end_at <= ?1
GROUP BY l.end_at, s.virtual_account_id, e.id;

-- Product instances that were authorized last, or registered, after ?1 up to ?2, by virtual account. Those that hold
-- licenses and those that do not have an index each; who holds them cannot hold them beyond ?3 then.
-- :alert_late_count ro scan-ok
SELECT va, count(*), min(since), max(since) FROM
  (SELECT virtual_account_id AS va, max(coalesce(authorized_at, 0), registered_at) AS since FROM product_instance
   WHERE holding = 1 AND holds_until <= ?3
   UNION ALL
   SELECT virtual_account_id, max(coalesce(authorized_at, 0), registered_at) FROM product_instance
   WHERE state = 'REGISTERED' AND holding = 0)
WHERE since > ?1 AND since <= ?2 GROUP BY va;

-- The same instances one by one, where a virtual account has at most ?4 of them.
-- :alert_late_list ro scan-ok
WITH late (id, va, since) AS
  (SELECT id, virtual_account_id, max(coalesce(authorized_at, 0), registered_at) FROM product_instance
   WHERE holding = 1 AND holds_until <= ?3 AND max(coalesce(authorized_at, 0), registered_at) BETWEEN ?1 + 1 AND ?2
   UNION ALL
   SELECT id, virtual_account_id, max(coalesce(authorized_at, 0), registered_at) FROM product_instance
   WHERE state = 'REGISTERED' AND holding = 0
     AND max(coalesce(authorized_at, 0), registered_at) BETWEEN ?1 + 1 AND ?2)
SELECT i.id, i.uuid, i.virtual_account_id, i.token_id, i.state, i.udi_pid, i.udi_serial, i.udi_uuid, i.software_tag,
       i.product_version, i.hostname, i.ip_address, i.mac_address, i.host_identifier, i.suvi, i.udi_vid,
       i.export_allowed, i.registered_at, i.registration_expires_at, i.last_contact_at, i.authorized_at,
       i.authorization_expires_at, i.holding, i.holds_until, i.report_address, i.report_digest,
       (SELECT rival_at FROM duplicate d WHERE d.instance_id = i.id)
FROM late l CROSS JOIN product_instance i ON i.id = l.id
WHERE l.va IN (SELECT va FROM late GROUP BY va HAVING count(*) <= ?4)
ORDER BY l.since, i.id;

-- Authorizations of satellites that were not seen to have arrived; the newest of each.
-- :alert_authorizations ro scan-ok
SELECT s.uuid, s.name, d.virtual_account_id, max(d.created_at), d.authority_valid_until
FROM delegation d JOIN satellite s ON s.id = d.satellite_id JOIN virtual_account v ON v.id = d.virtual_account_id
WHERE d.synced_at IS NULL AND s.status = 'ACTIVE' AND v.satellite_id = s.id
GROUP BY d.satellite_id, d.virtual_account_id;
