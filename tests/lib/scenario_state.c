#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "crypt/digest.h"
#include "db/sqlite.h"
#include "lic/event.h"
#include "tests/lib/scenario.h"

/* What may change although nothing was changed: the memory of messages that were answered, signs of a duplicate. */
static bool is_memory(const char *table)
{
	return strcmp(table, "answered") == 0 || strcmp(table, "duplicate") == 0;
}

static void add_column(struct digest *d, sqlite3_stmt *s, int i)
{
	const void *p = sqlite3_column_blob(s, i);
	int n = sqlite3_column_bytes(s, i), type = sqlite3_column_type(s, i);

	digest_add(d, &type, sizeof(type));
	digest_add(d, &n, sizeof(n));
	digest_add(d, p, (size_t)n);
}

static int digest_table(sqlite3 *h, const char *table, unsigned char out[SHA256_SIZE])
{
	struct digest *d;
	sqlite3_stmt *s;
	char sql[160];

	snprintf(sql, sizeof(sql), "SELECT * FROM \"%s\"", table);
	if (sqlite3_prepare_v2(h, sql, -1, &s, NULL) != SQLITE_OK)
		return -1;
	d = digest_begin();
	while (sqlite3_step(s) == SQLITE_ROW)
		for (int i = 0; i < sqlite3_column_count(s); i++)
			add_column(d, s, i);
	digest_end(d, out);
	return sqlite3_finalize(s) == SQLITE_OK ? 0 : -1;
}

static int take_server(struct server *server, struct state *out)
{
	sqlite3 *h = server->reader->handle;
	sqlite3_stmt *s;
	int rc = 0;

	if (sqlite3_prepare_v2(h, "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name", -1, &s, NULL) !=
	    SQLITE_OK)
		return -1;
	while (rc == 0 && sqlite3_step(s) == SQLITE_ROW) {
		const char *table = (const char *)sqlite3_column_text(s, 0);

		if (is_memory(table) || out->n == STATE_TABLES)
			continue;
		snprintf(out->tables[out->n].name, sizeof(out->tables[0].name), "%s of %s", table, server->name);
		rc = digest_table(h, table, out->tables[out->n].digest);
		out->n++;
	}
	sqlite3_finalize(s);
	return rc;
}

int state_take(struct world *w, struct state *out)
{
	struct err e = ERR_INIT;

	out->n = 0;
	for (struct server *s = w->servers; s; s = s->next)
		if (server_write(s, &story_administrator, &w->arena, NULL, NULL, &e) || take_server(s, out))
			return world_fail(w, "the database of '%s' cannot be read: %s", s->name,
					  sqlite3_errmsg(s->reader->handle));
	return 0;
}

const char *state_difference(const struct state *a, const struct state *b)
{
	for (size_t i = 0; i < a->n; i++)
		if (i >= b->n || memcmp(a->tables[i].digest, b->tables[i].digest, SHA256_SIZE) != 0)
			return a->tables[i].name;
	return NULL;
}

/* Statements that find rows which must not be there. */
static const struct {
	const char *what, *sql;
} never[] = {
	{ "a pool's counter is not the sum of what its product instances hold",
	  "SELECT 1 FROM pool p WHERE p.in_use <> (SELECT coalesce(sum(u.granted), 0) FROM usage u JOIN product_instance i "
	  "ON i.id = u.instance_id WHERE i.holding = 1 AND i.virtual_account_id = p.virtual_account_id "
	  "AND u.entitlement_id = p.entitlement_id) + (SELECT coalesce(sum(r.quantity), 0) FROM remote_usage r "
	  "WHERE r.virtual_account_id = p.virtual_account_id AND r.entitlement_id = p.entitlement_id)" },
	{ "a product instance of a satellite uses licenses that no pool counts, or without authorization",
	  "SELECT 1 FROM remote_usage u JOIN remote_instance i ON i.id = u.instance_id WHERE i.authorized = 0 OR NOT EXISTS "
	  "(SELECT 1 FROM pool p WHERE p.virtual_account_id = i.virtual_account_id AND p.entitlement_id = u.entitlement_id) "
	  "OR u.virtual_account_id <> i.virtual_account_id" },
	{ "what is known of a satellite's virtual account is not what was counted",
	  "SELECT 1 FROM remote_state s WHERE s.instances <> (SELECT count(*) FROM remote_instance i WHERE "
	  "i.virtual_account_id = s.virtual_account_id) OR s.virtual_accounts <> (SELECT count(*) FROM remote_virtual_account p "
	  "WHERE p.virtual_account_id = s.virtual_account_id) OR s.reservations <> (SELECT count(*) FROM remote_reservation r "
	  "WHERE r.virtual_account_id = s.virtual_account_id)" },
	{ "something is known of a virtual account that no satellite synchronizes",
	  "SELECT 1 FROM remote_virtual_account p WHERE NOT EXISTS (SELECT 1 FROM remote_state s WHERE "
	  "s.virtual_account_id = p.virtual_account_id)" },
	{ "more answers are kept than there should be",
	  "SELECT 1 FROM sync_answer WHERE answer IS NOT NULL GROUP BY virtual_account_id HAVING count(*) > 4" },
	{ "a product instance holds licenses that no pool counts",
	  "SELECT 1 FROM usage u JOIN product_instance i ON i.id = u.instance_id WHERE i.holding = 1 AND u.granted > 0 AND NOT EXISTS "
	  "(SELECT 1 FROM pool p WHERE p.virtual_account_id = i.virtual_account_id AND p.entitlement_id = u.entitlement_id)" },
	{ "a row of usage names another virtual account than its product instance",
	  "SELECT 1 FROM usage u JOIN product_instance i ON i.id = u.instance_id "
	  "WHERE u.virtual_account_id <> i.virtual_account_id" },
	{ "the shares of a lot do not add up to it",
	  "SELECT 1 FROM license_lot l WHERE l.quantity <> (SELECT coalesce(sum(s.quantity), 0) FROM lot_share s "
	  "WHERE s.lot_id = l.id)" },
	{ "a share names another kind of license than its lot",
	  "SELECT 1 FROM lot_share s JOIN license_lot l ON l.id = s.lot_id WHERE s.entitlement_id <> l.entitlement_id" },
	{ "a share's reserved licenses are not those that reservations block",
	  "SELECT 1 FROM lot_share s WHERE s.reserved <> (SELECT coalesce(sum(r.blocked), 0) FROM reservation_line r "
	  "WHERE r.share_id = s.id) + (SELECT coalesce(sum(r.blocked), 0) FROM remote_reservation_line r "
	  "WHERE r.share_id = s.id)" },
	{ "a reservation that has ended, or has no code, blocks licenses",
	  "SELECT 1 FROM reservation_line l JOIN reservation r ON r.id = l.reservation_id WHERE r.ended_at IS NOT NULL "
	  "OR r.issued_at = 0" },
	{ "a reservation blocks licenses of another virtual account",
	  "SELECT 1 FROM reservation_line l JOIN reservation r ON r.id = l.reservation_id JOIN lot_share s ON s.id = l.share_id "
	  "WHERE s.virtual_account_id <> r.virtual_account_id" },
	{ "a reservation blocks more than its sets although no update is in transit",
	  "SELECT 1 FROM reservation_line l JOIN reservation r ON r.id = l.reservation_id "
	  "WHERE r.state = 'RESERVED' AND (l.held <> l.blocked OR l.wanted <> l.blocked)" },
	{ "a reservation's newest code is not among its codes",
	  "SELECT 1 FROM reservation r WHERE r.issued_at > 0 AND r.issued_at <> (SELECT max(c.issued_at) FROM reservation_code c "
	  "WHERE c.reservation_id = r.id)" },
	{ "a pool was touched and not looked at", "SELECT 1 FROM pool_touched" },
	{ "a pool's day has less than the pool",
	  "SELECT 1 FROM pool p WHERE p.in_use > coalesce((SELECT d.in_use FROM pool_day d WHERE "
	  "d.virtual_account_id = p.virtual_account_id AND d.entitlement_id = p.entitlement_id ORDER BY d.day DESC LIMIT 1), 0)" },
	{ "a product instance that is gone holds licenses",
	  "SELECT 1 FROM product_instance WHERE state <> 'REGISTERED' AND holding = 1" },
	{ "a product instance has two current certificates",
	  "SELECT 1 FROM id_certificate WHERE state = 'CURRENT' GROUP BY instance_id HAVING count(*) > 1" },
	{ "a product instance has two unused successors",
	  "SELECT 1 FROM id_certificate WHERE state = 'SUCCESSOR' AND ended_at IS NULL GROUP BY instance_id HAVING count(*) > 1" },
	{ "a certificate has ended without a time, or a good one with a time",
	  "SELECT 1 FROM id_certificate WHERE (state IN ('SUPERSEDED', 'REVOKED')) <> (ended_at IS NOT NULL)" },
};

int state_check(struct world *w)
{
	for (struct server *server = w->servers; server; server = server->next) {
		for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++) {
			sqlite3_stmt *s;
			int rc;

			if (sqlite3_prepare_v2(server->reader->handle, never[i].sql, -1, &s, NULL) != SQLITE_OK)
				return world_fail(w, "%s", sqlite3_errmsg(server->reader->handle));
			rc = sqlite3_step(s);
			sqlite3_finalize(s);
			if (rc != SQLITE_DONE)
				return world_fail(w, "at '%s' %s", server->name, never[i].what);
		}
	}
	return 0;
}

int state_check_all(struct world *w)
{
	for (struct server *s = w->servers; s; s = s->next) {
		struct tx tx = server_reader(s, &w->arena);
		struct event_chain chain;
		struct err e = ERR_INIT;

		if (event_verify(&tx, &chain, &e) || db_check(s->db, &e))
			return world_fail(w, "at '%s': %s: %s", s->name, err_name(e.code), e.text);
		if (chain.count == 0)
			return world_fail(w, "'%s' has no events", s->name);
	}
	return state_check(w);
}
