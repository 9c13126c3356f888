-- :begin rw
BEGIN IMMEDIATE;

-- A reader's: all its queries see the same moment.
-- :begin_read ro
BEGIN;

-- :end_read ro
COMMIT;

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
