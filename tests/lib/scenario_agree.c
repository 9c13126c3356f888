/* scenario_agree.c - do satellite and manager say the same, and databases that are set back to a backup. */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "db/sqlite.h"
#include "lic/account.h"
#include "tests/lib/scenario.h"

/* What both must say of a served virtual account (its UUID at the manager is ?1): one row a line, in the same order. */
static const struct {
	const char *what, *satellite, *manager;
} views[] = {
	{ "virtual accounts",
	  "SELECT v.uuid, v.name, v.description, v.is_default FROM virtual_account v JOIN account a ON a.id = v.account_id "
	  "WHERE a.upstream_uuid = ?1 ORDER BY 1",
	  "SELECT r.uuid, r.name, r.description, r.is_default FROM remote_virtual_account r "
	  "JOIN virtual_account v ON v.id = r.virtual_account_id WHERE v.uuid = ?1 ORDER BY 1" },
	{ "product instances",
	  "SELECT i.uuid, v.uuid, i.udi_pid, i.udi_serial, i.udi_uuid, i.software_tag, "
	  "CASE WHEN a.share_product_version THEN i.product_version END, CASE WHEN a.share_hostname THEN i.hostname END, "
	  "CASE WHEN a.share_ip_address THEN i.ip_address END, CASE WHEN a.share_mac_address THEN i.mac_address END, "
	  "i.export_allowed, "
	  "i.holding, i.registered_at, i.registration_expires_at FROM product_instance i JOIN virtual_account v "
	  "ON v.id = i.virtual_account_id JOIN account a ON a.id = v.account_id WHERE a.upstream_uuid = ?1 "
	  "AND i.state = 'REGISTERED' ORDER BY 1",
	  "SELECT r.uuid, p.uuid, r.udi_pid, r.udi_serial, r.udi_uuid, r.software_tag, r.product_version, r.hostname, "
	  "r.ip_address, r.mac_address, r.export_allowed, r.authorized, r.registered_at, r.expires_at FROM remote_instance r "
	  "JOIN remote_virtual_account p ON p.id = r.place_id JOIN virtual_account v ON v.id = r.virtual_account_id "
	  "WHERE v.uuid = ?1 ORDER BY 1" },
	{ "usage",
	  "SELECT i.uuid, e.tag, u.granted FROM usage u JOIN product_instance i ON i.id = u.instance_id JOIN entitlement e "
	  "ON e.id = u.entitlement_id JOIN virtual_account v ON v.id = i.virtual_account_id JOIN account a ON a.id = "
	  "v.account_id WHERE a.upstream_uuid = ?1 AND i.state = 'REGISTERED' AND i.holding = 1 AND u.granted > 0 ORDER BY 1, 2",
	  "SELECT r.uuid, e.tag, u.quantity FROM remote_usage u JOIN remote_instance r ON r.id = u.instance_id JOIN entitlement "
	  "e ON e.id = u.entitlement_id JOIN virtual_account v ON v.id = r.virtual_account_id WHERE v.uuid = ?1 ORDER BY 1, 2" },
	{ "what is in use",
	  "SELECT e.tag, sum(p.in_use) FROM pool p JOIN entitlement e ON e.id = p.entitlement_id JOIN virtual_account v ON "
	  "v.id = p.virtual_account_id JOIN account a ON a.id = v.account_id WHERE a.upstream_uuid = ?1 GROUP BY 1 "
	  "HAVING sum(p.in_use) > 0 ORDER BY 1",
	  "SELECT e.tag, p.in_use FROM pool p JOIN entitlement e ON e.id = p.entitlement_id JOIN virtual_account v ON v.id = "
	  "p.virtual_account_id WHERE v.uuid = ?1 AND p.in_use > 0 ORDER BY 1" },
	{ "reservations",
	  "SELECT r.uuid, v.uuid, r.state, r.udi_pid, r.udi_serial, r.udi_uuid, r.created_at FROM reservation r JOIN "
	  "virtual_account v ON v.id = r.virtual_account_id JOIN account a ON a.id = v.account_id WHERE a.upstream_uuid = ?1 "
	  "AND r.ended_at IS NULL ORDER BY 1",
	  "SELECT r.uuid, p.uuid, r.state, r.udi_pid, r.udi_serial, r.udi_uuid, r.created_at FROM remote_reservation r JOIN "
	  "remote_virtual_account p ON p.id = r.place_id JOIN virtual_account v ON v.id = r.virtual_account_id WHERE v.uuid = "
	  "?1 ORDER BY 1" },
	/* Of lots that there are: one that a manager has lost with a backup is empty, and only the satellite knows what is reserved
	   of it. */
	{ "what is reserved",
	  "SELECT l.uuid, sum(s.reserved) FROM lot_share s JOIN license_lot l ON l.id = s.lot_id JOIN account a ON a.id = "
	  "l.account_id WHERE a.upstream_uuid = ?1 AND l.quantity > 0 GROUP BY 1 HAVING sum(s.reserved) > 0 ORDER BY 1",
	  "SELECT s.uuid, s.reserved FROM lot_share s JOIN virtual_account v ON v.id = s.virtual_account_id WHERE v.uuid = ?1 "
	  "AND s.reserved > 0 AND s.quantity > 0 ORDER BY 1" },
	{ "lots",
	  "SELECT l.uuid, e.tag, l.quantity, l.license_type, l.start_at, l.end_at, l.subscription_id FROM license_lot l JOIN "
	  "entitlement e ON e.id = l.entitlement_id JOIN account a ON a.id = l.account_id WHERE a.upstream_uuid = ?1 AND "
	  "l.quantity > 0 ORDER BY 1",
	  "SELECT s.uuid, e.tag, s.quantity - coalesce((SELECT sum(ml.quantity) FROM license_move m JOIN license_move_lot ml ON "
	  "ml.move_id = m.id WHERE m.from_id = v.id AND m.state = 'TAKING' AND ml.lot_id = l.id), 0) AS n, l.license_type, "
	  "l.start_at, l.end_at, l.subscription_id FROM lot_share s JOIN license_lot l ON l.id = s.lot_id JOIN entitlement e ON "
	  "e.id = s.entitlement_id JOIN virtual_account v ON v.id = s.virtual_account_id WHERE v.uuid = ?1 AND n > 0 ORDER BY "
	  "1" },
};

/* All rows of a query as text. */
static int rows_of(struct world *w, struct server *s, const char *sql, const char *uuid, struct buf *out)
{
	sqlite3_stmt *q;

	if (sqlite3_prepare_v2(s->reader->handle, sql, -1, &q, NULL) != SQLITE_OK)
		return world_fail(w, "%s: %s", sqlite3_errmsg(s->reader->handle), sql);
	sqlite3_bind_text(q, 1, uuid, -1, SQLITE_STATIC);
	while (sqlite3_step(q) == SQLITE_ROW) {
		for (int i = 0; i < sqlite3_column_count(q); i++) {
			const char *text = (const char *)sqlite3_column_text(q, i);

			buf_printf(out, "%s%s", i ? " | " : "", text ? text : "-");
		}
		buf_addc(out, '\n');
	}
	sqlite3_finalize(q);
	buf_addc(out, '\0');
	return 0;
}

/* From texts that differ to the first lines that do. */
static void different_line(const char **a, const char **b)
{
	for (size_t i = 0, line = 0;; i++) {
		if ((*a)[i] != (*b)[i]) {
			*a += line;
			*b += line;
			return;
		}
		if ((*a)[i] == '\n')
			line = i + 1;
	}
}

static int agree(struct world *w, struct server *satellite, const char *uuid)
{
	for (size_t i = 0; i < sizeof(views) / sizeof(views[0]); i++) {
		AUTO_BUF here = BUF_INIT;
		AUTO_BUF there = BUF_INIT;

		if (rows_of(w, satellite, views[i].satellite, uuid, &here) ||
		    rows_of(w, w->servers, views[i].manager, uuid, &there))
			return -1;
		if (strcmp(here.data, there.data) != 0) {
			const char *a = here.data, *b = there.data;

			different_line(&a, &b);
			return world_fail(w, "%s differ. %s:\n%.240s\nmanager:\n%.240s", views[i].what, satellite->name, a,
					  b);
		}
	}
	return 0;
}

/* `agree [at=S2]`: what the manager knows of the account is what its satellite has, and the satellite owns what the manager
 * says. */
static int run_agree(struct world *w, struct words *in, struct result *out)
{
	struct server *s = world_server(w, in, SATELLITE);
	struct tx tx;
	struct account_row account;
	struct err e = ERR_INIT;

	if (s == NULL)
		return -1;
	tx = server_reader(s, &w->arena);
	if (account_find(&tx, ACCOUNT, &account, &e))
		return world_fail(w, "%s", e.text);
	return agree(w, s, account.upstream_uuid) ? -1 : result_code(out, "OK");
}

static char *backup_path(const struct world *w, const struct server *s)
{
	return mem_printf("%s/%s.backup", w->dir, s->name);
}

/* `backup NAME`: a copy of the server's database is made; a later one replaces it. */
static int run_backup(struct world *w, struct words *in, struct result *out)
{
	const char *name = words_next(in);
	struct server *s = world_find_server(w, name ? name : "");
	AUTO_FREE char *path = s ? backup_path(w, s) : NULL;
	struct err e = ERR_INIT;

	if (s == NULL)
		return -1;
	unlink(path);
	return db_backup(s->db, path, &e) ? result_refused(out, &e) : result_code(out, "OK");
}

static int copy_file(const char *from, const char *to, struct err *e)
{
	AUTO_BUF bytes = BUF_INIT;

	return file_read(from, 256 << 20, &bytes, e) || file_write(to, 0600, bytes.data, bytes.n, e) ? -1 : 0;
}

/* `restore NAME`: the database is what it was at its backup. */
static int run_restore(struct world *w, struct words *in, struct result *out)
{
	const char *name = words_next(in);
	struct server *s = world_find_server(w, name ? name : "");
	AUTO_FREE char *path = s ? backup_path(w, s) : NULL;
	AUTO_FREE char *database = s ? mem_strdup(s->database) : NULL;
	AUTO_FREE char *wal = s ? mem_printf("%s-wal", s->database) : NULL;
	struct server *next;
	enum site_role role;
	struct err e = ERR_INIT;
	char *own;
	int rc;

	if (s == NULL)
		return -1;
	next = s->next;
	role = s->site.role;
	own = mem_strdup(s->name);
	server_close(s);
	unlink(wal);
	rc = copy_file(path, database, &e) || server_open(s, role, own, w->dir, &e) ? -1 : 0;
	s->next = next;
	free(own);
	return rc ? world_fail(w, "it cannot be restored: %s", e.text) : result_code(out, "OK");
}

const struct verb agree_verbs[] = {
	{ "agree", run_agree, true },
	{ "backup", run_backup, false },
	{ "restore", run_restore, false },
	{ NULL, NULL, false },
};
