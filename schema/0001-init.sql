-- 0001-init.sql: the first schema.
-- Times (`…_at`, `…_until`) are milliseconds since 1970-01-01T00:00:00Z. UUIDs are lower-case text.
-- A released migration never changes; the next change is a new file.

-- Facts about this server that are not configuration: its UUID, the time it last saw.
CREATE TABLE setting (
  name  TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Keys and certificates of this server. key_box is the private key (PEM) sealed with the server's seal key.
CREATE TABLE authority (
  purpose     TEXT NOT NULL PRIMARY KEY CHECK (purpose IN
                ('root', 'manager-signer', 'issuing-ca', 'sub-ca', 'satellite-signer', 'tls-ca', 'tls-server',
                 'tls-installed', 'tls-request')),
  key_box     BLOB,             -- NULL where only the certificate is held (a satellite's root)
  certificate BLOB,             -- DER; NULL while a sub-CA waits for its authorization
  updated_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Manager: smart accounts. Satellite: local accounts, each bound to one virtual account at the manager.
CREATE TABLE account (
  id                     INTEGER PRIMARY KEY AUTOINCREMENT,
  uuid                   TEXT NOT NULL UNIQUE,
  name                   TEXT NOT NULL,
  name_key               TEXT NOT NULL UNIQUE, -- the name without case
  domain                 TEXT NOT NULL DEFAULT '',
  status                 TEXT NOT NULL CHECK (status IN ('PENDING', 'ACTIVE', 'INACTIVE')),
  export_permitted       INTEGER NOT NULL DEFAULT 0 CHECK (export_permitted IN (0, 1)),
  reservation_permitted  INTEGER NOT NULL DEFAULT 0 CHECK (reservation_permitted IN (0, 1)),
  smart_account          TEXT NOT NULL DEFAULT '', -- satellite: the names it is bound to at the manager
  virtual_account        TEXT NOT NULL DEFAULT '',
  created_at             INTEGER NOT NULL,
  last_sync_at           INTEGER, -- satellite: when the last answer was imported
  sync_due_at            INTEGER, -- satellite: when the next scheduled synchronization is due; NULL = none is scheduled
  authority_valid_until  INTEGER, -- satellite: end of the delegated authority; NULL = no limit (manager)
  upstream_uuid          TEXT NOT NULL DEFAULT '', -- satellite: of the virtual account at the manager
  deactivated            INTEGER NOT NULL DEFAULT 0 CHECK (deactivated BETWEEN 0 AND 3), -- 1 here, 2 at the manager
  sync_sequence          INTEGER NOT NULL DEFAULT 0, -- satellite: of the newest request
  sync_base              INTEGER NOT NULL DEFAULT 0, -- of the newest that was answered
  sync_base_change       INTEGER NOT NULL DEFAULT 0, -- changes up to this one are known to the manager
  sync_full              INTEGER NOT NULL DEFAULT 1 CHECK (sync_full IN (0, 1)), -- the next request has everything
  share_hostname         INTEGER NOT NULL DEFAULT 1 CHECK (share_hostname IN (0, 1)), -- satellite: what requests tell
  share_ip_address       INTEGER NOT NULL DEFAULT 1 CHECK (share_ip_address IN (0, 1)),
  share_mac_address      INTEGER NOT NULL DEFAULT 1 CHECK (share_mac_address IN (0, 1)),
  share_product_version  INTEGER NOT NULL DEFAULT 1 CHECK (share_product_version IN (0, 1)),
  share_sequence         INTEGER NOT NULL DEFAULT 0 -- sync_sequence when one of them was last changed
) STRICT;

-- Accounts that somebody asked for, and what came of it: those that wait, and the newest 1000 of the others.
CREATE TABLE account_request (
  id              INTEGER PRIMARY KEY,
  uuid            TEXT NOT NULL UNIQUE,
  state           TEXT NOT NULL DEFAULT 'PENDING' CHECK (state IN ('PENDING', 'APPROVED', 'REJECTED', 'CANCELLED')),
  name            TEXT NOT NULL,
  name_key        TEXT NOT NULL,    -- the name without case
  domain          TEXT NOT NULL,
  smart_account   TEXT NOT NULL,    -- satellite: what it is to be bound to at the manager
  virtual_account TEXT NOT NULL,
  message         TEXT NOT NULL,    -- what it is for, in the words of who asked
  person_id       INTEGER REFERENCES person (id) ON DELETE SET NULL,     -- who asked, or
  api_client_id   INTEGER REFERENCES api_client (id) ON DELETE SET NULL, -- this; both NULL: on the server itself
  created_at      INTEGER NOT NULL,
  created_by      TEXT NOT NULL,
  decided_at      INTEGER,
  decided_by      TEXT,
  reason          TEXT NOT NULL DEFAULT '', -- why it was rejected
  CHECK ((state = 'PENDING') = (decided_at IS NULL))
) STRICT;
CREATE INDEX account_request_person ON account_request (person_id) WHERE person_id IS NOT NULL;
CREATE INDEX account_request_client ON account_request (api_client_id) WHERE api_client_id IS NOT NULL;
CREATE INDEX account_request_decided ON account_request (id) WHERE decided_at IS NOT NULL;

-- What changes gets the present number; making a request counts it on, so that the next one finds what changed since
-- (`changed` of virtual accounts, product instances, reservations; sync_removed).
CREATE TABLE sync_change (
  id     INTEGER PRIMARY KEY CHECK (id = 1),
  number INTEGER NOT NULL
) STRICT;
INSERT INTO sync_change VALUES (1, 1);

-- Manager: satellites that were given authority.
CREATE TABLE satellite (
  id            INTEGER PRIMARY KEY,
  uuid          TEXT NOT NULL UNIQUE,
  name          TEXT NOT NULL,
  key_id        BLOB NOT NULL,    -- SHA-256 of the sub-CA's public key
  sub_ca        BLOB NOT NULL,    -- its certificate, DER
  status        TEXT NOT NULL CHECK (status IN ('ACTIVE', 'REMOVED')),
  authorized_at INTEGER NOT NULL,
  authorized_by TEXT NOT NULL,    -- the administrator who did it
  removed_at    INTEGER,
  removed_by    TEXT
) STRICT;

-- Virtual accounts; on a satellite the local virtual accounts of a local account.
CREATE TABLE virtual_account (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  uuid         TEXT NOT NULL UNIQUE,
  account_id   INTEGER NOT NULL REFERENCES account (id),
  name         TEXT NOT NULL,
  name_key     TEXT NOT NULL,
  description  TEXT NOT NULL DEFAULT '',
  is_default   INTEGER NOT NULL DEFAULT 0 CHECK (is_default IN (0, 1)),
  satellite_id INTEGER REFERENCES satellite (id), -- manager: who serves it; NULL = this server
  created_at   INTEGER NOT NULL,
  changed      INTEGER NOT NULL DEFAULT 0, -- number of sync_change
  UNIQUE (account_id, name_key)
) STRICT;
CREATE INDEX virtual_account_satellite ON virtual_account (satellite_id) WHERE satellite_id IS NOT NULL;
CREATE UNIQUE INDEX virtual_account_default ON virtual_account (account_id) WHERE is_default = 1;
CREATE TRIGGER virtual_account_changed AFTER UPDATE OF name, description ON virtual_account BEGIN
  UPDATE virtual_account SET changed = (SELECT number FROM sync_change WHERE id = 1) WHERE id = new.id;
END;

-- What people say of virtual accounts, to find them again: `site=berlin`.
CREATE TABLE virtual_account_tag (
  virtual_account_id INTEGER NOT NULL REFERENCES virtual_account (id),
  tag_key            TEXT NOT NULL, -- the tag without case
  tag                TEXT NOT NULL,
  PRIMARY KEY (virtual_account_id, tag_key)
) STRICT, WITHOUT ROWID;

-- Manager: which virtual account a satellite serves, and the answer to its registration file.
CREATE TABLE delegation (
  id                    INTEGER PRIMARY KEY,
  satellite_id          INTEGER NOT NULL REFERENCES satellite (id),
  virtual_account_id    INTEGER NOT NULL REFERENCES virtual_account (id),
  satellite_account     TEXT NOT NULL,   -- the account's name at the satellite
  request_sha256        BLOB NOT NULL UNIQUE, -- of the registration file's manifest.json
  answer                BLOB NOT NULL,   -- the authorization file: the same request gets the same answer
  authority_valid_until INTEGER NOT NULL,
  created_at            INTEGER NOT NULL,
  created_by            TEXT NOT NULL,
  synced_at             INTEGER          -- when the satellite was first seen to have it; NULL = not yet
) STRICT;
CREATE INDEX delegation_unseen ON delegation (satellite_id, virtual_account_id) WHERE synced_at IS NULL;
CREATE INDEX delegation_satellite ON delegation (satellite_id);
CREATE INDEX delegation_virtual_account ON delegation (virtual_account_id);

-- Manager: up to where it knows what a satellite does in a virtual account; without a row the satellite has not
-- synchronized it since it was authorized.
CREATE TABLE remote_state (
  virtual_account_id INTEGER NOT NULL PRIMARY KEY REFERENCES virtual_account (id),
  satellite_account  TEXT NOT NULL,    -- the account's name at the satellite
  sequence           INTEGER NOT NULL, -- of the last request that was applied
  request_sha256     BLOB NOT NULL,    -- of its manifest.json
  mode               TEXT NOT NULL CHECK (mode IN ('standard', 'full')),
  created_at         INTEGER NOT NULL, -- when the satellite made it
  received_at        INTEGER NOT NULL, -- when it was applied
  full_at            INTEGER NOT NULL, -- when the last one with everything was applied
  full_sequence      INTEGER NOT NULL,
  virtual_accounts   INTEGER NOT NULL, -- how many rows the remote_* tables have
  instances          INTEGER NOT NULL,
  reservations       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Manager: local virtual accounts of satellites.
CREATE TABLE remote_virtual_account (
  id                 INTEGER PRIMARY KEY,
  virtual_account_id INTEGER NOT NULL REFERENCES virtual_account (id), -- the one that the satellite serves
  uuid               TEXT NOT NULL, -- at the satellite
  name               TEXT NOT NULL,
  name_key           TEXT NOT NULL, -- as names are compared; one of each when a request is applied
  description        TEXT NOT NULL,
  is_default         INTEGER NOT NULL CHECK (is_default IN (0, 1)), -- exactly one of a satellite's is
  UNIQUE (virtual_account_id, uuid)
) STRICT;
CREATE INDEX remote_virtual_account_name ON remote_virtual_account (virtual_account_id, name_key);
CREATE INDEX remote_virtual_account_default ON remote_virtual_account (virtual_account_id) WHERE is_default = 1;

-- Manager: product instances that are registered at satellites.
CREATE TABLE remote_instance (
  id                 INTEGER PRIMARY KEY,
  virtual_account_id INTEGER NOT NULL REFERENCES virtual_account (id), -- the one that the satellite serves
  place_id           INTEGER NOT NULL REFERENCES remote_virtual_account (id),
  uuid               TEXT NOT NULL,    -- product_instance_identifier
  udi_pid            TEXT NOT NULL,
  udi_serial         TEXT NOT NULL,
  udi_uuid           TEXT NOT NULL,    -- 32 hex digits, or empty
  software_tag       TEXT NOT NULL,
  product_version    TEXT,             -- NULL here and below: not told
  hostname           TEXT,
  ip_address         TEXT,
  mac_address        TEXT,
  export_allowed     INTEGER NOT NULL CHECK (export_allowed IN (0, 1)),
  authorized         INTEGER NOT NULL CHECK (authorized IN (0, 1)), -- what it uses counts
  registered_at      INTEGER NOT NULL,
  expires_at         INTEGER NOT NULL, -- its registration
  UNIQUE (virtual_account_id, uuid)
) STRICT;
CREATE INDEX remote_instance_uuid ON remote_instance (uuid);
CREATE INDEX remote_instance_udi ON remote_instance (udi_serial, udi_pid);
CREATE INDEX remote_instance_place ON remote_instance (place_id);

-- Manager: what they use. pool.in_use of the virtual account is the sum.
CREATE TABLE remote_usage (
  instance_id        INTEGER NOT NULL REFERENCES remote_instance (id),
  entitlement_id     INTEGER NOT NULL REFERENCES entitlement (id),
  quantity           INTEGER NOT NULL CHECK (quantity >= 0),
  virtual_account_id INTEGER NOT NULL, -- the instance's, kept here so that a pool's largest users are found at once
  PRIMARY KEY (instance_id, entitlement_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX remote_usage_pool ON remote_usage (entitlement_id, virtual_account_id, quantity DESC);

-- Manager: license reservations that were made at satellites.
CREATE TABLE remote_reservation (
  id                 INTEGER PRIMARY KEY,
  virtual_account_id INTEGER NOT NULL REFERENCES virtual_account (id), -- the one that the satellite serves
  place_id           INTEGER NOT NULL REFERENCES remote_virtual_account (id),
  uuid               TEXT NOT NULL,
  state              TEXT NOT NULL CHECK (state IN ('IN_PROGRESS', 'RESERVED', 'UPDATE_IN_TRANSIT')),
  udi_pid            TEXT NOT NULL,
  udi_serial         TEXT NOT NULL,
  udi_uuid           TEXT NOT NULL,    -- 32 hex digits, or empty
  created_at         INTEGER NOT NULL,
  UNIQUE (virtual_account_id, uuid)
) STRICT;
CREATE INDEX remote_reservation_uuid ON remote_reservation (uuid);
CREATE INDEX remote_reservation_place ON remote_reservation (place_id);

-- Manager: what they block of which share of a lot.
CREATE TABLE remote_reservation_line (
  reservation_id INTEGER NOT NULL REFERENCES remote_reservation (id),
  share_id       INTEGER NOT NULL REFERENCES lot_share (id),
  blocked        INTEGER NOT NULL CHECK (blocked >= 0),
  PRIMARY KEY (reservation_id, share_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX remote_reservation_line_share ON remote_reservation_line (share_id);
CREATE TRIGGER remote_reservation_line_added AFTER INSERT ON remote_reservation_line BEGIN
  UPDATE lot_share SET reserved = reserved + new.blocked WHERE id = new.share_id;
END;
CREATE TRIGGER remote_reservation_line_changed AFTER UPDATE ON remote_reservation_line BEGIN
  UPDATE lot_share SET reserved = reserved + new.blocked - old.blocked WHERE id = new.share_id;
END;
CREATE TRIGGER remote_reservation_line_removed AFTER DELETE ON remote_reservation_line BEGIN
  UPDATE lot_share SET reserved = reserved - old.blocked WHERE id = old.share_id;
END;

-- Manager: requests that were received and how they were answered, the newest 200 of each virtual account. The newest
-- four answers are kept: the same request gets the same answer.
CREATE TABLE sync_answer (
  id                 INTEGER PRIMARY KEY,
  virtual_account_id INTEGER NOT NULL REFERENCES virtual_account (id),
  sequence           INTEGER NOT NULL,
  request_sha256     BLOB NOT NULL,    -- of its manifest.json
  kind               TEXT NOT NULL CHECK (kind IN ('response', 'resync')), -- response: it was applied
  received_at        INTEGER NOT NULL,
  answered_at        INTEGER,          -- NULL: applied, and no answer made yet
  answer             BLOB,             -- NULL: not made yet, or no longer kept
  UNIQUE (virtual_account_id, request_sha256, kind)
) STRICT;
CREATE INDEX sync_answer_newest ON sync_answer (virtual_account_id, id);
CREATE INDEX sync_answer_sequence ON sync_answer (virtual_account_id, sequence);
CREATE INDEX sync_answer_kept ON sync_answer (virtual_account_id, id) WHERE answer IS NOT NULL;

-- Manager: licenses that leave a virtual account which a satellite serves. WAITING: the satellite does not know yet.
-- TAKING: an answer without them was made; a request that follows from such an answer moves them.
CREATE TABLE license_move (
  id             INTEGER PRIMARY KEY,
  uuid           TEXT NOT NULL UNIQUE,
  from_id        INTEGER NOT NULL REFERENCES virtual_account (id),
  to_id          INTEGER NOT NULL REFERENCES virtual_account (id),
  entitlement_id INTEGER NOT NULL REFERENCES entitlement (id),
  quantity       INTEGER NOT NULL CHECK (quantity > 0), -- asked
  moved          INTEGER NOT NULL DEFAULT 0 CHECK (moved >= 0),
  state          TEXT NOT NULL CHECK (state IN ('WAITING', 'TAKING', 'DONE', 'CANCELLED')),
  taken_in       INTEGER,        -- sequence of the request whose answer is the first without them
  created_at     INTEGER NOT NULL,
  created_by     TEXT NOT NULL,
  ended_at       INTEGER,
  ended_by       TEXT
) STRICT;
CREATE INDEX license_move_from ON license_move (from_id, id);
CREATE INDEX license_move_to ON license_move (to_id, id);
CREATE INDEX license_move_entitlement ON license_move (entitlement_id);
CREATE INDEX license_move_open ON license_move (from_id, entitlement_id) WHERE ended_at IS NULL;

-- Of which lots. A lot that became smaller meanwhile gives what is left.
CREATE TABLE license_move_lot (
  move_id  INTEGER NOT NULL REFERENCES license_move (id),
  lot_id   INTEGER NOT NULL REFERENCES license_lot (id),
  quantity INTEGER NOT NULL CHECK (quantity >= 0),
  PRIMARY KEY (move_id, lot_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX license_move_lot_lot ON license_move_lot (lot_id);

-- Manager: product instances that satellites shall remove, until they tell that it is done.
CREATE TABLE instance_removal (
  id                 INTEGER PRIMARY KEY,
  uuid               TEXT NOT NULL UNIQUE,
  virtual_account_id INTEGER NOT NULL REFERENCES virtual_account (id),
  instance           TEXT NOT NULL,    -- its product_instance_identifier
  reason             TEXT NOT NULL,
  told_in            INTEGER,          -- sequence of the request whose answer told it first; NULL = not told yet
  created_at         INTEGER NOT NULL,
  created_by         TEXT NOT NULL,
  UNIQUE (virtual_account_id, instance)
) STRICT;

-- Manager: codes with which a satellite registers over the network, one time each.
CREATE TABLE registration_code (
  id                 INTEGER PRIMARY KEY,
  uuid               TEXT NOT NULL UNIQUE,
  virtual_account_id INTEGER NOT NULL REFERENCES virtual_account (id), -- that it may be authorized for
  hash               BLOB NOT NULL UNIQUE, -- SHA-256 of the code
  created_at         INTEGER NOT NULL,
  created_by         TEXT NOT NULL,
  expires_at         INTEGER NOT NULL,
  request_sha256     BLOB,             -- of the registration file that used it
  used_at            INTEGER,
  used_by            TEXT,             -- the satellite's name
  revoked_at         INTEGER,
  revoked_by         TEXT
) STRICT;
CREATE INDEX registration_code_virtual_account ON registration_code (virtual_account_id, id);
CREATE INDEX registration_code_expires ON registration_code (expires_at);

-- Satellite: what was asked of the manager, and when it was answered. Until then the file is kept, so that
-- exporting it again gives the same bytes.
CREATE TABLE sync_exchange (
  id             INTEGER PRIMARY KEY,
  account_id     INTEGER NOT NULL REFERENCES account (id),
  kind           TEXT NOT NULL CHECK (kind IN ('registration', 'request')),
  mode           TEXT NOT NULL CHECK (mode IN ('standard', 'full')),
  sequence       INTEGER NOT NULL CHECK (sequence >= 0),
  change_number  INTEGER NOT NULL,     -- of sync_change: it has everything up to there
  request_sha256 BLOB NOT NULL UNIQUE, -- of its manifest.json
  file           BLOB,                 -- of a registration; NULL once answered. Requests are files in the state folder
  bytes          INTEGER NOT NULL,
  records        INTEGER NOT NULL,
  created_at     INTEGER NOT NULL,
  created_by     TEXT NOT NULL,
  answered_at    INTEGER,
  answered_by    TEXT,
  answer         TEXT CHECK (answer IN ('authorization', 'response', 'resync'))
) STRICT;
CREATE INDEX sync_exchange_account ON sync_exchange (account_id, id);

-- Satellite: rows that are no longer there, until the manager knows.
CREATE TABLE sync_removed (
  account_id INTEGER NOT NULL REFERENCES account (id),
  uuid       TEXT NOT NULL,
  kind       TEXT NOT NULL CHECK (kind IN ('virtual_account', 'product_instance')),
  changed    INTEGER NOT NULL, -- number of sync_change
  PRIMARY KEY (account_id, uuid)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER virtual_account_removed AFTER DELETE ON virtual_account BEGIN
  INSERT INTO sync_removed SELECT old.account_id, old.uuid, 'virtual_account', number
  FROM sync_change WHERE id = 1 AND EXISTS (SELECT 1 FROM account WHERE id = old.account_id AND upstream_uuid <> '');
END;

-- Satellite: what was done to synchronize, and how it ended; the newest of each account.
CREATE TABLE sync_history (
  id         INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL REFERENCES account (id),
  at         INTEGER NOT NULL, -- its end
  duration   INTEGER NOT NULL, -- ms
  by         TEXT NOT NULL,
  way        TEXT NOT NULL CHECK (way IN ('network', 'file')),
  what       TEXT NOT NULL CHECK (what IN ('registration', 'request', 'authorization', 'response', 'resync', 'exchange')),
  mode       TEXT NOT NULL CHECK (mode IN ('standard', 'full', '')),
  sequence   INTEGER NOT NULL,
  sent       INTEGER NOT NULL, -- records
  received   INTEGER NOT NULL, -- records
  outcome    TEXT NOT NULL,    -- OK, or the name of the error
  message    TEXT NOT NULL
) STRICT;
CREATE INDEX sync_history_account ON sync_history (account_id, id);

-- Satellite: how an account reaches its cloud manager, and when it does so by itself. No row: by files only.
CREATE TABLE sync_setting (
  account_id         INTEGER NOT NULL PRIMARY KEY REFERENCES account (id),
  manager_url        TEXT NOT NULL DEFAULT '', -- https://HOST[:PORT]; empty = by files only
  manager_ca         TEXT NOT NULL DEFAULT '', -- PEM: who vouches for the manager's TLS certificate; empty = the system's
  proxy_url          TEXT NOT NULL DEFAULT '', -- http[s]://HOST:PORT; empty = directly
  proxy_user         TEXT NOT NULL DEFAULT '',
  proxy_password_box BLOB,                     -- sealed; NULL = none
  schedule           TEXT NOT NULL DEFAULT 'off' CHECK (schedule IN ('off', 'daily', 'weekly', 'monthly')),
  minute             INTEGER NOT NULL DEFAULT 0 CHECK (minute BETWEEN 0 AND 1439), -- of the day, UTC
  day                INTEGER NOT NULL DEFAULT 1 CHECK (day BETWEEN 1 AND 31), -- weekly: 1 is Monday; monthly: of the month
  failures           INTEGER NOT NULL DEFAULT 0, -- of the schedule, since the last success
  retry_at           INTEGER,                    -- not before; NULL = when it is due
  last_attempt_at    INTEGER,                    -- over the network
  last_failure_at    INTEGER,
  last_failure_code  TEXT NOT NULL DEFAULT '',
  last_failure_text  TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;

-- The catalogue: every kind of license known here.
CREATE TABLE entitlement (
  id           INTEGER PRIMARY KEY,
  uuid         TEXT NOT NULL UNIQUE,
  tag          TEXT NOT NULL UNIQUE,
  name         TEXT NOT NULL,      -- short: `Enhanced`
  name_key     TEXT NOT NULL,
  display_name TEXT NOT NULL,
  description  TEXT NOT NULL DEFAULT '',
  version      TEXT NOT NULL DEFAULT '',
  family       TEXT NOT NULL DEFAULT '', -- within a family higher tiers lend to lower ones
  tier         INTEGER,                  -- 0 is the highest; NULL = stands alone
  restricted   INTEGER NOT NULL DEFAULT 0 CHECK (restricted IN (0, 1)) -- export-controlled
) STRICT;
CREATE INDEX entitlement_name ON entitlement (name_key);
CREATE INDEX entitlement_family ON entitlement (family, tier);

-- A bought batch of licenses of one kind. quantity = the sum of its shares.
CREATE TABLE license_lot (
  id              INTEGER PRIMARY KEY,
  uuid            TEXT NOT NULL UNIQUE,
  account_id      INTEGER NOT NULL REFERENCES account (id),
  entitlement_id  INTEGER NOT NULL REFERENCES entitlement (id),
  quantity        INTEGER NOT NULL CHECK (quantity >= 0),
  license_type    TEXT NOT NULL CHECK (license_type IN ('PERPETUAL', 'TERM', 'DEMO')),
  start_at        INTEGER NOT NULL,
  end_at          INTEGER,          -- exclusive; NULL = never
  subscription_id TEXT NOT NULL DEFAULT '',
  created_at      INTEGER NOT NULL,
  CHECK (end_at IS NULL OR end_at > start_at),
  CHECK ((license_type = 'PERPETUAL') = (end_at IS NULL))
) STRICT;
CREATE INDEX license_lot_account ON license_lot (account_id, entitlement_id);
CREATE INDEX license_lot_entitlement ON license_lot (entitlement_id);
CREATE INDEX license_lot_start ON license_lot (start_at);
CREATE INDEX license_lot_end ON license_lot (end_at) WHERE end_at IS NOT NULL;

-- How a lot is split over virtual accounts. Reservations block licenses of certain shares, and end with their lot.
CREATE TABLE lot_share (
  id                 INTEGER PRIMARY KEY,
  uuid               TEXT NOT NULL UNIQUE,
  lot_id             INTEGER NOT NULL REFERENCES license_lot (id),
  entitlement_id     INTEGER NOT NULL REFERENCES entitlement (id), -- the lot's
  virtual_account_id INTEGER NOT NULL REFERENCES virtual_account (id),
  quantity           INTEGER NOT NULL CHECK (quantity >= 0),
  reserved           INTEGER NOT NULL DEFAULT 0 CHECK (reserved >= 0),
  UNIQUE (virtual_account_id, entitlement_id, lot_id)
) STRICT;
CREATE INDEX lot_share_lot ON lot_share (lot_id);
CREATE INDEX lot_share_entitlement ON lot_share (entitlement_id);
CREATE INDEX lot_share_reserved ON lot_share (lot_id) WHERE reserved > 0;

-- Registration tokens: found by hash, shown again by opening value_box.
CREATE TABLE registration_token (
  id                 INTEGER PRIMARY KEY,
  virtual_account_id INTEGER NOT NULL REFERENCES virtual_account (id),
  hash               BLOB NOT NULL UNIQUE, -- SHA-256 of the token
  value_box          BLOB NOT NULL,        -- the token, sealed
  description        TEXT NOT NULL DEFAULT '',
  export_controlled  INTEGER NOT NULL DEFAULT 0 CHECK (export_controlled IN (0, 1)),
  terms_accepted_at  INTEGER,              -- export-controlled: when created_by accepted the terms
  created_at         INTEGER NOT NULL,
  created_by         TEXT NOT NULL,
  expires_at         INTEGER NOT NULL,
  uses_max           INTEGER CHECK (uses_max > 0), -- NULL = any number
  uses               INTEGER NOT NULL DEFAULT 0 CHECK (uses >= 0 AND (uses_max IS NULL OR uses <= uses_max)),
  last_used_at       INTEGER,
  revoked_at         INTEGER,
  revoked_by         TEXT
) STRICT;
CREATE INDEX registration_token_virtual_account ON registration_token (virtual_account_id, id);

-- Product instances: what registered here. Rows that are no longer REGISTERED are kept while one of their
-- certificates has not reached its end, so that their messages get a true answer.
CREATE TABLE product_instance (
  id                       INTEGER PRIMARY KEY,
  uuid                     TEXT NOT NULL UNIQUE, -- product_instance_identifier
  virtual_account_id       INTEGER NOT NULL REFERENCES virtual_account (id),
  token_id                 INTEGER REFERENCES registration_token (id), -- with which it registered
  state                    TEXT NOT NULL CHECK (state IN ('REGISTERED', 'DEREGISTERED', 'REMOVED', 'REPLACED')),
  udi_pid                  TEXT NOT NULL,
  udi_serial               TEXT NOT NULL,
  udi_uuid                 TEXT NOT NULL, -- 32 hex digits, or empty
  software_tag             TEXT NOT NULL,
  product_version          TEXT,
  hostname                 TEXT,
  ip_address               TEXT,
  mac_address              TEXT,
  host_identifier          TEXT,
  suvi                     TEXT,
  udi_vid                  TEXT,
  export_allowed           INTEGER NOT NULL DEFAULT 0 CHECK (export_allowed IN (0, 1)),
  registered_at            INTEGER NOT NULL,
  registration_expires_at  INTEGER NOT NULL, -- the notAfter of its newest certificate
  last_contact_at          INTEGER NOT NULL,
  authorized_at            INTEGER, -- its last AUTHORIZATION; NULL = none yet
  authorization_expires_at INTEGER,
  holding                  INTEGER NOT NULL DEFAULT 0 CHECK (holding IN (0, 1)), -- its usage is counted in pool
  holds_until              INTEGER NOT NULL DEFAULT 0, -- from then on it no longer counts, swept or not
  report_address           TEXT,    -- where its last AUTHORIZATION came from
  report_digest            INTEGER NOT NULL DEFAULT 0, -- of what that asked
  changed                  INTEGER NOT NULL DEFAULT 0  -- number of sync_change
) STRICT;
CREATE UNIQUE INDEX product_instance_udi ON product_instance (udi_serial, udi_pid, udi_uuid, software_tag)
  WHERE state = 'REGISTERED';
CREATE INDEX product_instance_virtual_account ON product_instance (virtual_account_id, state, id);
CREATE INDEX product_instance_token ON product_instance (token_id) WHERE token_id IS NOT NULL;
CREATE INDEX product_instance_gone ON product_instance (registration_expires_at) WHERE state <> 'REGISTERED';
CREATE INDEX product_instance_holds ON product_instance
  (holds_until, virtual_account_id, authorized_at, registered_at, holding) WHERE holding = 1;
CREATE INDEX product_instance_idle ON product_instance
  (virtual_account_id, authorized_at, registered_at, holding, state)
  WHERE state = 'REGISTERED' AND holding = 0;

-- Lists look for the beginning of a host name or serial number, and go by name.
CREATE INDEX product_instance_name ON product_instance (virtual_account_id, coalesce(hostname, '') COLLATE NOCASE, id)
  WHERE state = 'REGISTERED';
CREATE INDEX product_instance_serial ON product_instance (virtual_account_id, udi_serial COLLATE NOCASE, id)
  WHERE state = 'REGISTERED';

-- How many product instances there are in each state: counting a million takes too long.
CREATE TABLE instance_count (
  virtual_account_id INTEGER NOT NULL,
  state              TEXT NOT NULL,
  n                  INTEGER NOT NULL,
  PRIMARY KEY (virtual_account_id, state)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER product_instance_counted AFTER INSERT ON product_instance BEGIN
  INSERT INTO instance_count VALUES (new.virtual_account_id, new.state, 1) ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER product_instance_recounted AFTER UPDATE OF state, virtual_account_id ON product_instance
WHEN new.state <> old.state OR new.virtual_account_id <> old.virtual_account_id BEGIN
  UPDATE instance_count SET n = n - 1 WHERE virtual_account_id = old.virtual_account_id AND state = old.state;
  INSERT INTO instance_count VALUES (new.virtual_account_id, new.state, 1) ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER product_instance_uncounted AFTER DELETE ON product_instance BEGIN
  UPDATE instance_count SET n = n - 1 WHERE virtual_account_id = old.virtual_account_id AND state = old.state;
END;
CREATE TRIGGER virtual_account_uncounted AFTER DELETE ON virtual_account BEGIN
  DELETE FROM instance_count WHERE virtual_account_id = old.id;
END;

-- Of what a request tells of it; what comes with every message (last_contact_at) is not told.
CREATE TRIGGER product_instance_changed AFTER UPDATE OF virtual_account_id, state, product_version, hostname, ip_address,
  mac_address, export_allowed, registered_at, registration_expires_at, holding ON product_instance
WHEN new.holding <> old.holding OR new.state <> old.state OR new.virtual_account_id <> old.virtual_account_id
  OR new.registration_expires_at <> old.registration_expires_at OR new.registered_at <> old.registered_at
  OR new.export_allowed <> old.export_allowed OR new.hostname IS NOT old.hostname OR new.ip_address IS NOT old.ip_address
  OR new.mac_address IS NOT old.mac_address OR new.product_version IS NOT old.product_version BEGIN
  UPDATE product_instance SET changed = (SELECT number FROM sync_change WHERE id = 1) WHERE id = new.id;
END;
CREATE TRIGGER product_instance_forgotten AFTER DELETE ON product_instance BEGIN
  INSERT INTO sync_removed SELECT a.id, old.uuid, 'product_instance', c.number
  FROM sync_change c JOIN virtual_account v ON v.id = old.virtual_account_id JOIN account a ON a.id = v.account_id
  WHERE c.id = 1 AND old.changed > a.sync_base_change AND a.upstream_uuid <> '';
END;

-- Signs that two products have the identity of one instance; written when they appear, not by every message.
CREATE TABLE duplicate (
  instance_id   INTEGER NOT NULL PRIMARY KEY REFERENCES product_instance (id),
  other_address TEXT,             -- where AUTHORIZATIONs came from before report_address
  other_digest  INTEGER NOT NULL DEFAULT 0, -- and what the last of them asked
  other_at      INTEGER NOT NULL DEFAULT 0,
  returns       INTEGER NOT NULL DEFAULT 0, -- how often in a row each insisted on its own usage
  rival_at      INTEGER,          -- when a message came that only another product would send; NULL = never
  rival_address TEXT,
  rival_sign    TEXT CHECK (rival_sign IN ('SUPERSEDED', 'OTHER_KEY'))
) STRICT, WITHOUT ROWID;

-- ID certificates that were issued to product instances.
CREATE TABLE id_certificate (
  id          INTEGER PRIMARY KEY,
  instance_id INTEGER NOT NULL REFERENCES product_instance (id),
  serial      TEXT NOT NULL UNIQUE,  -- decimal
  state       TEXT NOT NULL CHECK (state IN ('CURRENT', 'SUCCESSOR', 'SUPERSEDED', 'REVOKED')),
  key_id      BLOB NOT NULL,         -- SHA-256 of the public key
  der         BLOB NOT NULL,
  spki_at     INTEGER NOT NULL,      -- where in der the public key stands
  spki_n      INTEGER NOT NULL,
  issued_at   INTEGER NOT NULL,
  not_after   INTEGER NOT NULL,
  ended_at    INTEGER                -- superseded or revoked
) STRICT;
CREATE INDEX id_certificate_instance ON id_certificate (instance_id);
CREATE INDEX id_certificate_ended ON id_certificate (not_after) WHERE ended_at IS NOT NULL;

-- What each product instance asked and was granted, by its last AUTHORIZATION.
CREATE TABLE usage (
  instance_id        INTEGER NOT NULL REFERENCES product_instance (id),
  entitlement_id     INTEGER NOT NULL REFERENCES entitlement (id),
  asked              INTEGER NOT NULL CHECK (asked >= 0),
  granted            INTEGER NOT NULL CHECK (granted >= 0 AND granted <= asked),
  virtual_account_id INTEGER NOT NULL, -- the instance's, kept here so that a pool's largest users are found at once
  PRIMARY KEY (instance_id, entitlement_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX usage_pool ON usage (entitlement_id, virtual_account_id, granted DESC);
CREATE TRIGGER usage_added AFTER INSERT ON usage BEGIN
  UPDATE product_instance SET changed = (SELECT number FROM sync_change WHERE id = 1) WHERE id = new.instance_id;
END;
CREATE TRIGGER usage_changed AFTER UPDATE OF granted ON usage WHEN new.granted <> old.granted BEGIN
  UPDATE product_instance SET changed = (SELECT number FROM sync_change WHERE id = 1) WHERE id = new.instance_id;
END;
CREATE TRIGGER usage_removed AFTER DELETE ON usage BEGIN
  UPDATE product_instance SET changed = (SELECT number FROM sync_change WHERE id = 1) WHERE id = old.instance_id;
END;
CREATE TRIGGER instance_moved AFTER UPDATE OF virtual_account_id ON product_instance
WHEN new.virtual_account_id <> old.virtual_account_id BEGIN
  UPDATE usage SET virtual_account_id = new.virtual_account_id WHERE instance_id = new.id;
END;

-- Tags that were asked but are in no catalogue.
CREATE TABLE usage_unknown (
  instance_id INTEGER NOT NULL REFERENCES product_instance (id),
  tag         TEXT NOT NULL,
  asked       INTEGER NOT NULL CHECK (asked >= 0),
  PRIMARY KEY (instance_id, tag)
) STRICT, WITHOUT ROWID;

-- License reservations, of products that never connect. They stay when they have ended: a code that comes a second time
-- is known as such.
CREATE TABLE reservation (
  id                 INTEGER PRIMARY KEY,
  uuid               TEXT NOT NULL UNIQUE, -- the product instance identifier in its codes
  virtual_account_id INTEGER NOT NULL REFERENCES virtual_account (id),
  state              TEXT NOT NULL CHECK (state IN
                       ('IN_PROGRESS', 'RESERVED', 'UPDATE_IN_TRANSIT', 'RETURNED', 'CANCELLED', 'REMOVED')),
  udi_pid            TEXT NOT NULL,
  udi_serial         TEXT NOT NULL,
  udi_uuid           TEXT NOT NULL,              -- 32 hex digits, or empty
  software_tag       TEXT NOT NULL DEFAULT '',   -- of the product ID in the catalogue, or empty
  nonce              TEXT NOT NULL DEFAULT '',   -- of the request code; empty in the form that has none
  created_at         INTEGER NOT NULL,
  created_by         TEXT NOT NULL,
  changed_at         INTEGER NOT NULL,           -- since when in this state
  held_at            INTEGER NOT NULL DEFAULT 0, -- timestamp of the oldest code that the product may hold; 0 = none
  issued_at          INTEGER NOT NULL DEFAULT 0, -- timestamp of the newest code; 0 = none
  cancelling         INTEGER NOT NULL DEFAULT 0 CHECK (cancelling IN (0, 1)), -- the update in transit is the old set again
  ended_at           INTEGER,
  ended_by           TEXT,
  reason             TEXT NOT NULL DEFAULT '',   -- why an administrator removed it
  changed            INTEGER NOT NULL DEFAULT 0  -- number of sync_change
) STRICT;
CREATE UNIQUE INDEX reservation_live ON reservation (udi_serial, udi_pid, udi_uuid) WHERE ended_at IS NULL;
CREATE INDEX reservation_udi ON reservation (udi_serial, udi_pid, udi_uuid);
CREATE INDEX reservation_virtual_account ON reservation (virtual_account_id, id);

CREATE TRIGGER reservation_changed AFTER UPDATE OF state, virtual_account_id ON reservation
WHEN new.state <> old.state OR new.virtual_account_id <> old.virtual_account_id BEGIN
  UPDATE reservation SET changed = (SELECT number FROM sync_change WHERE id = 1) WHERE id = new.id;
END;

-- What a reservation takes of which share of a lot. It blocks the largest of the sets that the product may hold.
CREATE TABLE reservation_line (
  reservation_id INTEGER NOT NULL REFERENCES reservation (id),
  share_id       INTEGER NOT NULL REFERENCES lot_share (id),
  held           INTEGER NOT NULL CHECK (held >= 0),    -- in the set that was confirmed last
  wanted         INTEGER NOT NULL CHECK (wanted >= 0),  -- in the newest code
  blocked        INTEGER NOT NULL CHECK (blocked >= held AND blocked >= wanted),
  PRIMARY KEY (reservation_id, share_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX reservation_line_share ON reservation_line (share_id);
CREATE TRIGGER reservation_line_added AFTER INSERT ON reservation_line BEGIN
  UPDATE lot_share SET reserved = reserved + new.blocked WHERE id = new.share_id;
  UPDATE reservation SET changed = (SELECT number FROM sync_change WHERE id = 1) WHERE id = new.reservation_id;
END;
CREATE TRIGGER reservation_line_changed AFTER UPDATE ON reservation_line BEGIN
  UPDATE lot_share SET reserved = reserved + new.blocked - old.blocked WHERE id = new.share_id;
  UPDATE reservation SET changed = (SELECT number FROM sync_change WHERE id = 1) WHERE id = new.reservation_id;
END;
CREATE TRIGGER reservation_line_removed AFTER DELETE ON reservation_line BEGIN
  UPDATE lot_share SET reserved = reserved - old.blocked WHERE id = old.share_id;
  UPDATE reservation SET changed = (SELECT number FROM sync_change WHERE id = 1) WHERE id = old.reservation_id;
END;

-- The authorization codes of reservations, with the codes that a product answers them by.
CREATE TABLE reservation_code (
  id             INTEGER PRIMARY KEY,
  reservation_id INTEGER NOT NULL REFERENCES reservation (id),
  issued_at      INTEGER NOT NULL, -- its timestamp
  issued_by      TEXT NOT NULL,
  code           TEXT NOT NULL,
  confirmation   TEXT NOT NULL,
  return_code    TEXT NOT NULL UNIQUE,
  confirmed_at   INTEGER,
  UNIQUE (reservation_id, issued_at)
) STRICT;
CREATE INDEX reservation_code_confirmation ON reservation_code (confirmation);

-- Per virtual account and kind of license: the sum of usage.granted of the instances with holding = 1.
CREATE TABLE pool (
  virtual_account_id INTEGER NOT NULL REFERENCES virtual_account (id),
  entitlement_id     INTEGER NOT NULL REFERENCES entitlement (id),
  in_use             INTEGER NOT NULL CHECK (in_use >= 0),
  PRIMARY KEY (virtual_account_id, entitlement_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX pool_entitlement ON pool (entitlement_id);

-- Pools whose compliance may have changed in the running transaction; empty between transactions. (OR IGNORE would not
-- do: where an upsert fires a trigger, its own conflict policy holds there too.)
CREATE TABLE pool_touched (
  virtual_account_id INTEGER NOT NULL,
  entitlement_id     INTEGER NOT NULL,
  PRIMARY KEY (virtual_account_id, entitlement_id)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER pool_added AFTER INSERT ON pool WHEN new.in_use > 0 BEGIN
  INSERT INTO pool_touched SELECT new.virtual_account_id, new.entitlement_id WHERE NOT EXISTS
    (SELECT 1 FROM pool_touched WHERE virtual_account_id = new.virtual_account_id AND entitlement_id = new.entitlement_id);
END;
CREATE TRIGGER pool_changed AFTER UPDATE ON pool WHEN new.in_use <> old.in_use BEGIN
  INSERT INTO pool_touched SELECT new.virtual_account_id, new.entitlement_id WHERE NOT EXISTS
    (SELECT 1 FROM pool_touched WHERE virtual_account_id = new.virtual_account_id AND entitlement_id = new.entitlement_id);
END;
CREATE TRIGGER lot_share_added AFTER INSERT ON lot_share BEGIN
  INSERT INTO pool_touched SELECT new.virtual_account_id, new.entitlement_id WHERE NOT EXISTS
    (SELECT 1 FROM pool_touched WHERE virtual_account_id = new.virtual_account_id AND entitlement_id = new.entitlement_id);
END;
CREATE TRIGGER lot_share_changed AFTER UPDATE ON lot_share
WHEN new.quantity <> old.quantity OR new.reserved <> old.reserved BEGIN
  INSERT INTO pool_touched SELECT new.virtual_account_id, new.entitlement_id WHERE NOT EXISTS
    (SELECT 1 FROM pool_touched WHERE virtual_account_id = new.virtual_account_id AND entitlement_id = new.entitlement_id);
END;
CREATE TRIGGER license_lot_changed AFTER UPDATE ON license_lot
WHEN new.start_at <> old.start_at OR new.end_at IS NOT old.end_at BEGIN
  INSERT INTO pool_touched SELECT s.virtual_account_id, s.entitlement_id FROM lot_share s WHERE s.lot_id = new.id
    AND NOT EXISTS (SELECT 1 FROM pool_touched t WHERE t.virtual_account_id = s.virtual_account_id
                    AND t.entitlement_id = s.entitlement_id);
END;

-- Usage history: per pool and day the most that was in use at any moment of the day, what the day began with included.
-- A day without a row is as the last one before it. Kept for two years, and the last row before them.
CREATE TABLE pool_day (
  virtual_account_id INTEGER NOT NULL REFERENCES virtual_account (id),
  entitlement_id     INTEGER NOT NULL, -- of a kind; kinds are never deleted, so nothing has to look for it
  day                INTEGER NOT NULL, -- days since 1970-01-01, UTC
  in_use             INTEGER NOT NULL CHECK (in_use >= 0),
  PRIMARY KEY (virtual_account_id, entitlement_id, day)
) STRICT, WITHOUT ROWID;

-- When a pool was short, and the events that made it so and ended it.
CREATE TABLE compliance (
  id                 INTEGER PRIMARY KEY,
  virtual_account_id INTEGER NOT NULL REFERENCES virtual_account (id),
  entitlement_id     INTEGER NOT NULL REFERENCES entitlement (id),
  out_at             INTEGER NOT NULL,
  out_event          INTEGER NOT NULL,
  shortage           INTEGER NOT NULL CHECK (shortage > 0), -- at its worst
  in_at              INTEGER,
  in_event           INTEGER
) STRICT;
CREATE UNIQUE INDEX compliance_open ON compliance (virtual_account_id, entitlement_id) WHERE in_at IS NULL;
CREATE INDEX compliance_pool ON compliance (virtual_account_id, entitlement_id, id);
CREATE INDEX compliance_entitlement ON compliance (entitlement_id);

-- Alerts that something which happened has raised, and nothing has cleared yet. Most alerts need no row: they follow
-- from the state of everything else.
CREATE TABLE alert_fact (
  id                 TEXT NOT NULL PRIMARY KEY, -- follows from kind and subject
  kind               TEXT NOT NULL,
  subject            TEXT NOT NULL,   -- what it is about, by a name that stays: the UUID of an instance
  account_id         INTEGER REFERENCES account (id), -- NULL: it concerns the server itself
  virtual_account_id INTEGER REFERENCES virtual_account (id),
  source             TEXT NOT NULL,   -- what people know the subject by
  message            TEXT NOT NULL,
  raised_at          INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX alert_fact_subject ON alert_fact (subject);
CREATE INDEX alert_fact_account ON alert_fact (account_id);
CREATE INDEX alert_fact_virtual_account ON alert_fact (virtual_account_id, kind, raised_at);

-- Alerts that somebody has seen. It holds while raised_at is that of the alert: raised anew it is open again.
CREATE TABLE alert_ack (
  id        TEXT NOT NULL PRIMARY KEY, -- of the alert
  raised_at INTEGER NOT NULL,
  at        INTEGER NOT NULL,
  by        TEXT NOT NULL,
  note      TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX alert_ack_at ON alert_ack (at);

-- Messages that were answered, until timestamp + 1 h (protocol section 4, retries and replays). Rows are added at the
-- end and forgotten from the beginning.
CREATE TABLE answered (
  id             INTEGER PRIMARY KEY,
  key_id         BLOB NOT NULL,    -- SHA-256 of the key that signed
  nonce          INTEGER NOT NULL, -- the unsigned 64-bit number's bits
  request_sha256 BLOB NOT NULL,
  response       TEXT,             -- for a retry; only of the message that the key sent last
  expires_at     INTEGER NOT NULL,
  UNIQUE (key_id, nonce)
) STRICT;
CREATE UNIQUE INDEX answered_last ON answered (key_id) WHERE response IS NOT NULL;

-- People.
CREATE TABLE person (
  id             INTEGER PRIMARY KEY AUTOINCREMENT,
  name           TEXT NOT NULL,
  name_key       TEXT NOT NULL UNIQUE,
  full_name      TEXT NOT NULL DEFAULT '',
  status         TEXT NOT NULL DEFAULT 'ACTIVE' CHECK (status IN ('ACTIVE', 'DISABLED')),
  password_hash  TEXT NOT NULL,
  password_at    INTEGER NOT NULL,           -- when it was set
  must_change    INTEGER NOT NULL DEFAULT 0 CHECK (must_change IN (0, 1)), -- before the next sign-in
  signed_in_at   INTEGER,                    -- last
  signed_in_from TEXT NOT NULL DEFAULT '',   -- the address
  created_at     INTEGER NOT NULL,
  created_by     TEXT NOT NULL
) STRICT;

-- Passwords that a person had, the newest few: they do not come again.
CREATE TABLE person_password (
  person_id     INTEGER NOT NULL REFERENCES person (id),
  until_at      INTEGER NOT NULL,
  password_hash TEXT NOT NULL,
  PRIMARY KEY (person_id, until_at)
) STRICT, WITHOUT ROWID;

-- Programs that get access tokens with a secret of their own (RFC 6749, client_credentials).
CREATE TABLE api_client (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  client_id  TEXT NOT NULL UNIQUE,           -- 64 hex digits; no secret
  account_id INTEGER REFERENCES account (id), -- all its roles are in this account; NULL = not so
  name       TEXT NOT NULL,
  name_key   TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  used_at    INTEGER,                        -- last sign-in
  used_from  TEXT NOT NULL DEFAULT '',       -- the address
  revoked_at INTEGER,
  revoked_by TEXT
) STRICT;
CREATE UNIQUE INDEX api_client_name ON api_client (name_key, coalesce(account_id, 0));
CREATE INDEX api_client_account ON api_client (account_id) WHERE account_id IS NOT NULL;

-- Their secrets; only the SHA-256 is kept. While one is exchanged, two are good.
CREATE TABLE api_client_secret (
  hash          BLOB NOT NULL PRIMARY KEY,
  api_client_id INTEGER NOT NULL REFERENCES api_client (id),
  created_at    INTEGER NOT NULL,
  created_by    TEXT NOT NULL,
  used_at       INTEGER,                     -- last sign-in
  expires_at    INTEGER                      -- NULL = the present one
) STRICT, WITHOUT ROWID;
CREATE INDEX api_client_secret_client ON api_client_secret (api_client_id);

-- Which role a person or an API client has, and where.
CREATE TABLE role_grant (
  id                 INTEGER PRIMARY KEY,
  person_id          INTEGER REFERENCES person (id),
  api_client_id      INTEGER REFERENCES api_client (id),
  role               TEXT NOT NULL CHECK (role IN ('system-administrator', 'system-operator', 'account-administrator',
                       'account-user', 'virtual-account-administrator', 'virtual-account-user', 'auditor', 'courier')),
  account_id         INTEGER REFERENCES account (id),         -- NULL = the whole server
  virtual_account_id INTEGER REFERENCES virtual_account (id), -- NULL = the whole account
  created_at         INTEGER NOT NULL,
  created_by         TEXT NOT NULL,
  CHECK ((person_id IS NULL) <> (api_client_id IS NULL)),
  CHECK (virtual_account_id IS NULL OR account_id IS NOT NULL)
) STRICT;
CREATE UNIQUE INDEX role_grant_person ON role_grant
  (person_id, role, coalesce(account_id, 0), coalesce(virtual_account_id, 0)) WHERE person_id IS NOT NULL;
CREATE UNIQUE INDEX role_grant_client ON role_grant
  (api_client_id, role, coalesce(account_id, 0), coalesce(virtual_account_id, 0)) WHERE api_client_id IS NOT NULL;
CREATE INDEX role_grant_account ON role_grant (account_id, virtual_account_id) WHERE account_id IS NOT NULL;
CREATE INDEX role_grant_virtual_account ON role_grant (virtual_account_id) WHERE virtual_account_id IS NOT NULL;

-- Who is signed in: access tokens, and browsers with a cookie. Only the SHA-256 of either is kept.
CREATE TABLE session (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  hash          BLOB NOT NULL UNIQUE,
  kind          TEXT NOT NULL CHECK (kind IN ('token', 'browser')),
  person_id     INTEGER REFERENCES person (id),     -- NULL: the API client by itself
  api_client_id INTEGER REFERENCES api_client (id), -- NULL: none
  address       TEXT NOT NULL,                      -- from where it began
  agent         TEXT NOT NULL,                      -- User-Agent, as it was told
  created_at    INTEGER NOT NULL,
  used_at       INTEGER NOT NULL,                   -- last, within a minute
  idle_ms       INTEGER,                            -- it ends when it was not used for so long; NULL = never for that
  ends_at       INTEGER NOT NULL,                   -- it ends in any case
  scope         TEXT NOT NULL DEFAULT '',           -- only these roles, divided by spaces; '' = all
  CHECK (person_id IS NOT NULL OR api_client_id IS NOT NULL)
) STRICT;
CREATE INDEX session_person ON session (person_id) WHERE person_id IS NOT NULL;
CREATE INDEX session_client ON session (api_client_id) WHERE api_client_id IS NOT NULL;
CREATE INDEX session_ends ON session (ends_at);

-- Where alerts are sent when they are raised and cleared.
CREATE TABLE webhook (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  uuid         TEXT NOT NULL UNIQUE,
  account_id   INTEGER REFERENCES account (id), -- NULL = alerts of all accounts and of the server itself
  url          TEXT NOT NULL,
  severity     TEXT NOT NULL CHECK (severity IN ('MAJOR', 'MINOR')), -- MINOR = both
  ca           TEXT NOT NULL DEFAULT '',        -- PEM: who vouches for its TLS certificate; empty = the system's
  secret_box   BLOB NOT NULL,                   -- with which deliveries are signed, sealed
  enabled      INTEGER NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1)),
  created_at   INTEGER NOT NULL,
  created_by   TEXT NOT NULL,
  delivered_at INTEGER,                         -- last
  failures     INTEGER NOT NULL DEFAULT 0,      -- since then
  failed_at    INTEGER,                         -- last
  last_error   TEXT NOT NULL DEFAULT '',
  retry_at     INTEGER                          -- not before
) STRICT;
CREATE INDEX webhook_account ON webhook (account_id, id);

-- The alerts that a receiver knows to be open.
CREATE TABLE webhook_alert (
  webhook_id INTEGER NOT NULL REFERENCES webhook (id),
  alert_id   TEXT NOT NULL,
  raised_at  INTEGER NOT NULL,
  body       TEXT NOT NULL, -- JSON, as it was told
  PRIMARY KEY (webhook_id, alert_id)
) STRICT, WITHOUT ROWID;

-- What happened: append-only and hash-chained. hash covers the row and the hash before it.
CREATE TABLE event (
  id         INTEGER PRIMARY KEY,
  at         INTEGER NOT NULL,
  kind       TEXT NOT NULL,
  actor_kind TEXT NOT NULL CHECK (actor_kind IN ('system', 'product', 'user', 'local', 'client')),
  actor      TEXT NOT NULL,
  address    TEXT NOT NULL,
  account    TEXT NOT NULL,   -- name at that time; empty = the server itself
  subject    TEXT NOT NULL,   -- what it was done to
  detail     TEXT NOT NULL,   -- JSON
  hash       BLOB NOT NULL
) STRICT;
-- Each ends with the id: what one of them has is found in the order of the chain. Few entries are new in these; of the
-- names of products and of subjects nearly all would be, and each a page of its own to write.
CREATE INDEX event_kind ON event (kind);
CREATE INDEX event_account ON event (account);
CREATE INDEX event_actor ON event (actor) WHERE actor_kind <> 'product';
CREATE TRIGGER event_is_kept BEFORE DELETE ON event BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
CREATE TRIGGER event_is_final BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
