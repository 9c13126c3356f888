-- :begin rw
BEGIN IMMEDIATE;

-- :commit rw
COMMIT;

-- :rollback rw
ROLLBACK;

-- :save rw
SAVEPOINT job;

-- :keep rw
RELEASE job;

-- :undo rw
ROLLBACK TO job;

-- :setting_get ro
SELECT value FROM setting WHERE name = ?1;

-- :setting_set rw
INSERT INTO setting (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value;
