-- :instance_add rw
INSERT INTO product_instance (uuid, virtual_account_id, token_id, state, udi_pid, udi_serial, udi_uuid, software_tag,
                              product_version, hostname, ip_address, mac_address, host_identifier, suvi, udi_vid,
                              export_allowed, registered_at, registration_expires_at, last_contact_at, changed)
VALUES (?1, ?2, ?3, 'REGISTERED', ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?16,
        (SELECT number FROM sync_change WHERE id = 1));

-- :instance_by_udi ro
SELECT id, uuid, virtual_account_id, token_id, state, udi_pid, udi_serial, udi_uuid, software_tag, product_version,
       hostname, ip_address, mac_address, host_identifier, suvi, udi_vid, export_allowed, registered_at,
       registration_expires_at, last_contact_at, authorized_at, authorization_expires_at, holding, holds_until,
       report_address, report_digest,
       (SELECT rival_at FROM duplicate d WHERE d.instance_id = product_instance.id)
FROM product_instance
WHERE udi_serial = ?1 AND udi_pid = ?2 AND udi_uuid = ?3 AND software_tag = ?4 AND state = 'REGISTERED';

-- :instance_by_id ro
SELECT id, uuid, virtual_account_id, token_id, state, udi_pid, udi_serial, udi_uuid, software_tag, product_version,
       hostname, ip_address, mac_address, host_identifier, suvi, udi_vid, export_allowed, registered_at,
       registration_expires_at, last_contact_at, authorized_at, authorization_expires_at, holding, holds_until,
       report_address, report_digest,
       (SELECT rival_at FROM duplicate d WHERE d.instance_id = product_instance.id)
FROM product_instance WHERE id = ?1;

-- :instance_by_uuid ro
SELECT id, uuid, virtual_account_id, token_id, state, udi_pid, udi_serial, udi_uuid, software_tag, product_version,
       hostname, ip_address, mac_address, host_identifier, suvi, udi_vid, export_allowed, registered_at,
       registration_expires_at, last_contact_at, authorized_at, authorization_expires_at, holding, holds_until,
       report_address, report_digest,
       (SELECT rival_at FROM duplicate d WHERE d.instance_id = product_instance.id)
FROM product_instance WHERE uuid = ?1;

-- :instance_list ro
SELECT id, uuid, virtual_account_id, token_id, state, udi_pid, udi_serial, udi_uuid, software_tag, product_version,
       hostname, ip_address, mac_address, host_identifier, suvi, udi_vid, export_allowed, registered_at,
       registration_expires_at, last_contact_at, authorized_at, authorization_expires_at, holding, holds_until,
       report_address, report_digest,
       (SELECT rival_at FROM duplicate d WHERE d.instance_id = product_instance.id)
FROM product_instance WHERE virtual_account_id = ?1 AND state = 'REGISTERED' AND id > ?2 ORDER BY id LIMIT ?3;

-- By host name: those of the name ?2 behind the id ?3. Many may have the same, as those that do not tell theirs.
-- :instance_list_of_name ro
SELECT id, uuid, virtual_account_id, token_id, state, udi_pid, udi_serial, udi_uuid, software_tag, product_version,
       hostname, ip_address, mac_address, host_identifier, suvi, udi_vid, export_allowed, registered_at,
       registration_expires_at, last_contact_at, authorized_at, authorization_expires_at, holding, holds_until,
       report_address, report_digest,
       (SELECT rival_at FROM duplicate d WHERE d.instance_id = product_instance.id)
FROM product_instance WHERE virtual_account_id = ?1 AND state = 'REGISTERED' AND coalesce(hostname, '') COLLATE NOCASE = ?2
  AND id > ?3 ORDER BY id LIMIT ?4;

-- Then those behind the name ?2, up to ?3.
-- :instance_list_by_name ro
SELECT id, uuid, virtual_account_id, token_id, state, udi_pid, udi_serial, udi_uuid, software_tag, product_version,
       hostname, ip_address, mac_address, host_identifier, suvi, udi_vid, export_allowed, registered_at,
       registration_expires_at, last_contact_at, authorized_at, authorization_expires_at, holding, holds_until,
       report_address, report_digest,
       (SELECT rival_at FROM duplicate d WHERE d.instance_id = product_instance.id)
FROM product_instance WHERE virtual_account_id = ?1 AND state = 'REGISTERED' AND coalesce(hostname, '') COLLATE NOCASE > ?2
  AND coalesce(hostname, '') COLLATE NOCASE < ?3 ORDER BY coalesce(hostname, '') COLLATE NOCASE, id LIMIT ?4;

-- By serial number: those of the name ?2 behind the id ?3. Many may have the same, as those that do not tell theirs.
-- :instance_list_of_serial ro
SELECT id, uuid, virtual_account_id, token_id, state, udi_pid, udi_serial, udi_uuid, software_tag, product_version,
       hostname, ip_address, mac_address, host_identifier, suvi, udi_vid, export_allowed, registered_at,
       registration_expires_at, last_contact_at, authorized_at, authorization_expires_at, holding, holds_until,
       report_address, report_digest,
       (SELECT rival_at FROM duplicate d WHERE d.instance_id = product_instance.id)
FROM product_instance WHERE virtual_account_id = ?1 AND state = 'REGISTERED' AND udi_serial COLLATE NOCASE = ?2
  AND id > ?3 ORDER BY id LIMIT ?4;

-- Then those behind the name ?2, up to ?3.
-- :instance_list_by_serial ro
SELECT id, uuid, virtual_account_id, token_id, state, udi_pid, udi_serial, udi_uuid, software_tag, product_version,
       hostname, ip_address, mac_address, host_identifier, suvi, udi_vid, export_allowed, registered_at,
       registration_expires_at, last_contact_at, authorized_at, authorization_expires_at, holding, holds_until,
       report_address, report_digest,
       (SELECT rival_at FROM duplicate d WHERE d.instance_id = product_instance.id)
FROM product_instance WHERE virtual_account_id = ?1 AND state = 'REGISTERED' AND udi_serial COLLATE NOCASE > ?2
  AND udi_serial COLLATE NOCASE < ?3 ORDER BY udi_serial COLLATE NOCASE, id LIMIT ?4;

-- By identifier.
-- :instance_list_by_uuid ro
SELECT id, uuid, virtual_account_id, token_id, state, udi_pid, udi_serial, udi_uuid, software_tag, product_version,
       hostname, ip_address, mac_address, host_identifier, suvi, udi_vid, export_allowed, registered_at,
       registration_expires_at, last_contact_at, authorized_at, authorization_expires_at, holding, holds_until,
       report_address, report_digest,
       (SELECT rival_at FROM duplicate d WHERE d.instance_id = product_instance.id)
FROM product_instance WHERE +virtual_account_id = ?1 AND +state = 'REGISTERED' AND uuid >= ?2 AND uuid < ?3 ORDER BY uuid LIMIT ?4;

-- Those that use so many of a license.
-- :instance_list_by_use ro
SELECT i.id, i.uuid, i.virtual_account_id, i.token_id, i.state, i.udi_pid, i.udi_serial, i.udi_uuid, i.software_tag, i.product_version,
       i.hostname, i.ip_address, i.mac_address, i.host_identifier, i.suvi, i.udi_vid, i.export_allowed, i.registered_at,
       i.registration_expires_at, i.last_contact_at, i.authorized_at, i.authorization_expires_at, i.holding, i.holds_until,
       i.report_address, i.report_digest,
       (SELECT rival_at FROM duplicate d WHERE d.instance_id = i.id)
FROM usage u CROSS JOIN product_instance i ON i.id = u.instance_id
WHERE u.entitlement_id = ?2 AND u.virtual_account_id = ?1 AND u.granted = ?3 AND u.instance_id > ?4 AND i.state = 'REGISTERED'
ORDER BY u.instance_id LIMIT ?5;

-- The next smaller number in use.
-- :instance_next_use ro
SELECT granted FROM usage WHERE entitlement_id = ?2 AND virtual_account_id = ?1 AND granted < ?3 AND granted > 0
ORDER BY granted DESC LIMIT 1;

-- :instance_count ro
SELECT coalesce((SELECT n FROM instance_count WHERE virtual_account_id = ?1 AND state = 'REGISTERED'), 0);

-- :instance_renewed rw
UPDATE product_instance SET registration_expires_at = ?2, last_contact_at = ?3,
       holds_until = CASE WHEN authorization_expires_at IS NULL THEN holds_until ELSE min(authorization_expires_at, ?2) END
WHERE id = ?1;

-- :instance_reregistered rw
UPDATE product_instance SET virtual_account_id = ?2, token_id = ?3, product_version = ?4, hostname = ?5,
       ip_address = ?6, mac_address = ?7, host_identifier = ?8, suvi = ?9, udi_vid = ?10, export_allowed = ?11,
       registered_at = ?12, registration_expires_at = ?13, last_contact_at = ?12, holds_until = ?14
WHERE id = ?1;

-- :instance_authorized rw
UPDATE product_instance SET authorized_at = ?2, authorization_expires_at = ?3, last_contact_at = ?2, holding = 1,
                            holds_until = ?4
WHERE id = ?1;

-- The catalogue is small; its restricted licenses are few, and so are those that use them.
-- :instance_restricted ro scan-ok
SELECT i.id FROM entitlement e CROSS JOIN usage u ON u.entitlement_id = e.id
CROSS JOIN product_instance i ON i.id = u.instance_id CROSS JOIN virtual_account v ON v.id = i.virtual_account_id
WHERE e.restricted = 1 AND v.account_id = ?1 AND (?2 = 0 OR i.export_allowed = 0)
UNION SELECT i.id FROM alert_fact f JOIN product_instance i ON i.uuid = f.subject
WHERE f.account_id = ?1 AND f.kind = 'restricted-license';

-- Only when address or usage are not those of the last time.
-- :instance_reported rw
UPDATE product_instance SET report_address = ?2, report_digest = ?3 WHERE id = ?1;

-- :instance_moved rw
UPDATE product_instance SET virtual_account_id = ?2 WHERE id = ?1;

-- :duplicate_get ro
SELECT other_address, other_digest, other_at, returns, rival_address, rival_sign FROM duplicate WHERE instance_id = ?1;

-- :duplicate_other rw
INSERT INTO duplicate (instance_id, other_address, other_digest, other_at, returns) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (instance_id) DO UPDATE SET other_address = excluded.other_address, other_digest = excluded.other_digest,
                                        other_at = excluded.other_at, returns = excluded.returns;

-- :duplicate_rival rw
INSERT INTO duplicate (instance_id, rival_at, rival_address, rival_sign) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (instance_id) DO UPDATE SET rival_at = excluded.rival_at, rival_address = excluded.rival_address,
                                        rival_sign = excluded.rival_sign;

-- :duplicate_forget_rival rw
UPDATE duplicate SET rival_at = NULL, rival_address = NULL, rival_sign = NULL WHERE instance_id = ?1;

-- :duplicate_drop rw
DELETE FROM duplicate WHERE instance_id = ?1;

-- :instance_end rw
UPDATE product_instance SET state = ?2, last_contact_at = ?3 WHERE id = ?1;

-- :instance_release rw
UPDATE product_instance SET holding = 0 WHERE id = ?1;

-- Instances whose rights ran out but whose licenses are still counted in a pool.
-- :instance_lapsed ro
SELECT id, virtual_account_id FROM product_instance WHERE holding = 1 AND holds_until <= ?1
ORDER BY holds_until LIMIT ?2;

-- :instance_next_lapse ro
SELECT holds_until FROM product_instance WHERE holding = 1 AND holds_until > 0 ORDER BY holds_until LIMIT 1;

-- :certificate_add rw
INSERT INTO id_certificate (instance_id, serial, state, key_id, der, spki_at, spki_n, issued_at, not_after)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9);

-- :certificate_by_serial ro
SELECT id, instance_id, serial, state, key_id, der, spki_at, spki_n, issued_at, not_after, ended_at
FROM id_certificate WHERE serial = ?1;

-- :certificate_list ro
SELECT id, instance_id, serial, state, key_id, der, spki_at, spki_n, issued_at, not_after, ended_at
FROM id_certificate WHERE instance_id = ?1 ORDER BY id;

-- :certificate_current rw
UPDATE id_certificate SET state = 'CURRENT' WHERE id = ?1;

-- :certificate_end_others rw
UPDATE id_certificate SET state = 'SUPERSEDED', ended_at = ?3
WHERE instance_id = ?1 AND id <> ?2 AND ended_at IS NULL;

-- :certificate_end_successors rw
UPDATE id_certificate SET state = 'SUPERSEDED', ended_at = ?2
WHERE instance_id = ?1 AND state = 'SUCCESSOR';

-- :certificate_revoke_all rw
UPDATE id_certificate SET state = 'REVOKED', ended_at = ?2 WHERE instance_id = ?1 AND ended_at IS NULL;

-- For the CRL: what was ended before its time.
-- :certificate_ended ro
SELECT serial, ended_at FROM id_certificate WHERE ended_at IS NOT NULL AND not_after > ?1 ORDER BY not_after;

-- :certificate_oldest ro
SELECT not_after FROM id_certificate WHERE ended_at IS NOT NULL AND not_after > 0 ORDER BY not_after LIMIT 1;

-- :certificate_forget rw
DELETE FROM id_certificate WHERE id IN
  (SELECT id FROM id_certificate WHERE ended_at IS NOT NULL AND not_after <= ?1 ORDER BY not_after LIMIT ?2);

-- :instance_oldest ro
SELECT registration_expires_at FROM product_instance WHERE state <> 'REGISTERED' AND registration_expires_at > 0
ORDER BY registration_expires_at LIMIT 1;

-- Instances that are gone, once the last of their certificates is forgotten.
-- :instance_forget rw
DELETE FROM product_instance WHERE id IN
  (SELECT i.id FROM product_instance i WHERE i.state <> 'REGISTERED' AND i.registration_expires_at <= ?1
   AND NOT EXISTS (SELECT 1 FROM id_certificate c WHERE c.instance_id = i.id)
   ORDER BY i.registration_expires_at LIMIT ?2);

-- response is there for the message that its key sent last.
-- :answered_find ro
SELECT request_sha256, response FROM answered WHERE key_id = ?1 AND nonce = ?2 AND expires_at > ?3;

-- Before a later message of the same key is added.
-- :answered_older rw
UPDATE answered SET response = NULL WHERE key_id = ?1 AND response IS NOT NULL;

-- :answered_add rw
INSERT INTO answered (key_id, nonce, request_sha256, response, expires_at) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (key_id, nonce) DO UPDATE SET request_sha256 = excluded.request_sha256, response = excluded.response,
                                          expires_at = excluded.expires_at;

-- :answered_oldest ro
SELECT expires_at FROM answered WHERE id > 0 ORDER BY id LIMIT 1;

-- From the oldest on; rows come in nearly the order in which they expire, so no index is kept for it.
-- :answered_forget rw scan-ok
DELETE FROM answered WHERE id IN (SELECT id FROM answered ORDER BY id LIMIT ?2) AND expires_at <= ?1;
