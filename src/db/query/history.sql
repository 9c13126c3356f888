-- A day's most begins with what was in use before: a pool that falls by its first change was higher until then.
-- Nothing is written unless the number is new, and more than the day has.
-- :day_note rw
INSERT INTO pool_day (virtual_account_id, entitlement_id, day, in_use)
SELECT ?1, ?2, ?3, max(?4, coalesce(known, 0))
FROM (SELECT (SELECT in_use FROM pool_day WHERE virtual_account_id = ?1 AND entitlement_id = ?2 AND day <= ?3
              ORDER BY day DESC LIMIT 1) AS known)
WHERE ?4 IS NOT known
ON CONFLICT (virtual_account_id, entitlement_id, day) DO UPDATE SET in_use = excluded.in_use
WHERE excluded.in_use > in_use;

-- Once a day.
-- :day_begin rw scan-ok
INSERT INTO pool_day (virtual_account_id, entitlement_id, day, in_use)
SELECT p.virtual_account_id, p.entitlement_id, d.day + 1, p.in_use
FROM pool p CROSS JOIN pool_day d ON d.virtual_account_id = p.virtual_account_id AND d.entitlement_id = p.entitlement_id
 AND d.day = (SELECT max(day) FROM pool_day m
              WHERE m.virtual_account_id = p.virtual_account_id AND m.entitlement_id = p.entitlement_id)
WHERE d.in_use <> p.in_use AND d.day < ?1;

-- Once a day.
-- :day_forget rw scan-ok
DELETE FROM pool_day WHERE (virtual_account_id, entitlement_id, day) IN
  (SELECT d.virtual_account_id, d.entitlement_id, d.day
   FROM pool p CROSS JOIN pool_day d ON d.virtual_account_id = p.virtual_account_id AND d.entitlement_id = p.entitlement_id
    AND d.day < (SELECT max(day) FROM pool_day m WHERE m.virtual_account_id = p.virtual_account_id
                 AND m.entitlement_id = p.entitlement_id AND m.day <= ?1)
   LIMIT ?2);

-- :day_list ro
SELECT day, in_use FROM pool_day
WHERE virtual_account_id = ?1 AND entitlement_id = ?2 AND day >= coalesce(
  (SELECT max(day) FROM pool_day WHERE virtual_account_id = ?1 AND entitlement_id = ?2 AND day <= ?3), ?3)
ORDER BY day;

-- The catalogue is small, a pool has many days.
-- :day_kinds ro scan-ok
SELECT id, uuid, tag, name, display_name, description, version, family, tier, restricted FROM entitlement e
WHERE EXISTS (SELECT 1 FROM pool_day WHERE virtual_account_id = ?1 AND entitlement_id = e.id) ORDER BY id;

-- :pool_counter ro
SELECT in_use FROM pool WHERE virtual_account_id = ?1 AND entitlement_id = ?2;

-- As in pool_family: on the index of holds_until.
-- :pool_unswept ro
SELECT i.holds_until, u.granted FROM product_instance i
CROSS JOIN usage u ON u.instance_id = i.id AND u.entitlement_id = ?2
WHERE i.holding = 1 AND i.holds_until <= ?3 AND +i.virtual_account_id = ?1;
