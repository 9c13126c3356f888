-- :metrics_instances ro scan-ok
SELECT state, sum(n) FROM instance_count GROUP BY state;

-- Licenses that a virtual account has or uses: how many there are, how many are short, and how many of them satellites
-- serve that did not synchronize yet.
-- :metrics_pools ro scan-ok
SELECT (SELECT count(*) FROM
          (SELECT virtual_account_id, entitlement_id FROM lot_share WHERE quantity > 0 OR reserved > 0
           UNION SELECT virtual_account_id, entitlement_id FROM pool WHERE in_use > 0)),
       (SELECT count(*) FROM compliance WHERE in_at IS NULL),
       (SELECT count(*) FROM
          (SELECT s.virtual_account_id, s.entitlement_id FROM virtual_account v
           CROSS JOIN lot_share s ON s.virtual_account_id = v.id
           WHERE v.satellite_id IS NOT NULL AND (s.quantity > 0 OR s.reserved > 0)
             AND NOT EXISTS (SELECT 1 FROM remote_state r WHERE r.virtual_account_id = v.id)
           GROUP BY s.virtual_account_id, s.entitlement_id));

-- :metrics_sessions ro
SELECT count(*) FROM session WHERE ends_at > ?1 AND (idle_ms IS NULL OR used_at + idle_ms > ?1);
