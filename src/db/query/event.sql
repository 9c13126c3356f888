-- :event_add rw
INSERT INTO event (id, at, kind, actor_kind, actor, address, account, subject, detail, hash)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10);

-- :event_last ro
SELECT id, hash FROM event WHERE id > 0 ORDER BY id DESC LIMIT 1;

-- :event_by_id ro
SELECT id, at, kind, actor_kind, actor, address, account, subject, detail FROM event WHERE id = ?1;

-- Events within two ids, either way round.
-- :event_span_down ro
SELECT id, at, kind, actor_kind, actor, address, account, subject, detail FROM event
WHERE id BETWEEN ?1 AND ?2 ORDER BY id DESC;

-- :event_span_up ro
SELECT id, at, kind, actor_kind, actor, address, account, subject, detail FROM event
WHERE id BETWEEN ?1 AND ?2 ORDER BY id;

-- :event_at ro
SELECT at FROM event WHERE id = ?1;

-- The kinds of events there are, one a step through the index.
-- :event_kind_after ro
SELECT kind FROM event WHERE kind > ?1 ORDER BY kind LIMIT 1;

-- :event_kind_down ro
SELECT id FROM event WHERE kind = ?1 AND id BETWEEN ?2 AND ?3 ORDER BY id DESC LIMIT ?4;

-- :event_kind_up ro
SELECT id FROM event WHERE kind = ?1 AND id BETWEEN ?2 AND ?3 ORDER BY id LIMIT ?4;

-- :event_account_down ro
SELECT id FROM event WHERE account = ?1 AND id BETWEEN ?2 AND ?3 ORDER BY id DESC LIMIT ?4;

-- :event_account_up ro
SELECT id FROM event WHERE account = ?1 AND id BETWEEN ?2 AND ?3 ORDER BY id LIMIT ?4;

-- Of all but products.
-- :event_actor_down ro
SELECT id FROM event WHERE actor = ?1 AND actor_kind <> 'product' AND id BETWEEN ?2 AND ?3 ORDER BY id DESC LIMIT ?4;

-- :event_actor_up ro
SELECT id FROM event WHERE actor = ?1 AND actor_kind <> 'product' AND id BETWEEN ?2 AND ?3 ORDER BY id LIMIT ?4;

-- The whole chain, in its order.
-- :event_walk ro
SELECT id, at, kind, actor_kind, actor, address, account, subject, detail, hash FROM event
WHERE id > ?1 ORDER BY id;
