-- :event_add rw
INSERT INTO event (id, at, kind, actor_kind, actor, address, account, subject, detail, hash)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10);

-- :event_last ro
SELECT id, hash FROM event WHERE id > 0 ORDER BY id DESC LIMIT 1;

-- :event_by_id ro
SELECT id, at, kind, actor_kind, actor, address, account, subject, detail FROM event WHERE id = ?1;

-- :event_list ro
SELECT id, at, kind, actor_kind, actor, address, account, subject, detail FROM event
WHERE id < ?1 ORDER BY id DESC LIMIT ?2;

-- The whole chain, in its order.
-- :event_walk ro
SELECT id, at, kind, actor_kind, actor, address, account, subject, detail, hash FROM event
WHERE id > ?1 ORDER BY id;
