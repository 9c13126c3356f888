#include "settings.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "lic/backup.h"

enum { SATELLITE = 1 << SITE_SATELLITE, MANAGER = 1 << SITE_MANAGER, BOTH = SATELLITE | MANAGER };

#define AT(member) offsetof(struct settings, member)

static const struct {
	const char *name;
	enum key_kind kind;
} key_kinds[] = { { "ec-p256", KEY_EC_P256 },
		  { "ec-p384", KEY_EC_P384 },
		  { "rsa-2048", KEY_RSA_2048 },
		  { "rsa-3072", KEY_RSA_3072 },
		  { "rsa-4096", KEY_RSA_4096 } };

/* 0 and *out, or -1. */
static int find_key_kind(const char *name, enum key_kind *out)
{
	for (size_t i = 0; i < sizeof(key_kinds) / sizeof(key_kinds[0]); i++) {
		if (strcmp(key_kinds[i].name, name) == 0) {
			*out = key_kinds[i].kind;
			return 0;
		}
	}
	return -1;
}

static const char *check_authority_key(const char *value)
{
	enum key_kind kind;

	return find_key_kind(value, &kind) ? "ec-p256, ec-p384, rsa-2048, rsa-3072 or rsa-4096" : NULL;
}

static const char *check_log_level(const char *value)
{
	static const char *const levels[] = { "error", "warning", "info", "debug" };

	for (size_t i = 0; i < 4; i++)
		if (strcmp(levels[i], value) == 0)
			return NULL;
	return "error, warning, info or debug";
}

static const char *check_control_mode(const char *value)
{
	char *end;

	return strspn(value, "01234567") == 0 || strtoul(value, &end, 8) > 0777 || *end ? "an octal mode as 0660" : NULL;
}

static const char *check_time_of_day(const char *value)
{
	return *value && backup_minute(value) < 0 ? "a time of the UTC day as 02:30" : NULL;
}

static const char *check_name(const char *value)
{
	return str_name_ok(value) ? NULL : "1 to 128 printable characters";
}

static const char *check_socket(const char *value)
{
	return strchr(value, '/') ? NULL : "a path, with a / in it";
}

#define HOST_LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_"

/* Digits and dots only, and no address: no name is like that. */
static bool wrong_ipv4(const char *host)
{
	struct in_addr address;

	return host[strspn(host, "0123456789.")] == '\0' && inet_pton(AF_INET, host, &address) != 1;
}

/* Only the form: whether a name can be resolved and a port be had is seen at the start. */
static const char *check_listen(const char *value)
{
	static const char must[] =
		"address and port as 192.0.2.1:8443, [2001:db8::1]:8443 or [::]:8443, or the path of a socket";
	const char *colon = strrchr(value, ':');
	AUTO_FREE char *host = NULL;
	struct in6_addr address;
	int64_t port;
	size_t n;

	if (*value == '\0' || strchr(value, '/'))
		return NULL;
	if (colon == NULL || str_int(colon + 1, 0, 65535, &port))
		return must;
	n = (size_t)(colon - value);
	host = mem_dup(value, n);
	if (*host == '[' && n > 2 && host[n - 1] == ']') {
		host[n - 1] = '\0';
		return inet_pton(AF_INET6, host + 1, &address) == 1 ? NULL : must;
	}
	/* Of an IPv6 address without brackets, where its port begins is a guess. */
	return n && strspn(host, HOST_LETTERS) == n && !wrong_ipv4(host) ? NULL : must;
}

/* In the order in which `-t` prints them. A default of "" stands for what the sentence says. */
static const struct {
	int roles;
	struct opt opt;
} rows[] = {
	{ SATELLITE,
	  { "name", OPT_TEXT, AT(name), "satellite", 1, 128, 0, "How this server calls itself to others.", check_name } },
	{ MANAGER,
	  { "name", OPT_TEXT, AT(name), "cloud-manager", 1, 128, 0, "How this server calls itself to others.",
	    check_name } },
	{ SATELLITE,
	  { "state_dir", OPT_TEXT, AT(state_dir), "/var/lib/license-satellite", 1, 4000, 0,
	    "Folder of the database and the seal key.", NULL } },
	{ MANAGER,
	  { "state_dir", OPT_TEXT, AT(state_dir), "/var/lib/cloud-manager", 1, 4000, 0,
	    "Folder of the database and the seal key.", NULL } },
	{ BOTH,
	  { "database", OPT_TEXT, AT(database), "", 0, 4000, 0, "Database file; empty = satellite.db in state_dir.",
	    NULL } },
	{ BOTH,
	  { "seal_key", OPT_TEXT, AT(seal_key), "", 0, 4000, 0,
	    "File of the key that seals secrets in the database, made at the first start; empty = seal.key in state_dir.",
	    NULL } },
	{ SATELLITE,
	  { "control_socket", OPT_TEXT, AT(control_socket), "/run/license-satellite/control.sock", 1, 100, 0,
	    "Unix socket of satellitectl.", check_socket } },
	{ MANAGER,
	  { "control_socket", OPT_TEXT, AT(control_socket), "/run/cloud-manager/control.sock", 1, 100, 0,
	    "Unix socket of satellitectl.", check_socket } },
	{ BOTH,
	  { "control_mode", OPT_TEXT, AT(control_mode), "0600", 3, 4, 0, "Its mode, in octal.", check_control_mode } },
	{ SATELLITE,
	  { "product_listen", OPT_TEXT, AT(product_listen), "[::]:443", 1, 200, 0, "Address and port for products (HTTPS).",
	    check_listen } },
	{ SATELLITE,
	  { "administration_listen", OPT_TEXT, AT(administration_listen), "[::]:8443", 1, 200, 0,
	    "Address and port for administration and REST (HTTPS).", check_listen } },
	{ MANAGER,
	  { "manager_listen", OPT_TEXT, AT(administration_listen), "[::]:8444", 1, 200, 0,
	    "Address and port for products, satellites and administration (HTTPS).", check_listen } },
	{ BOTH,
	  { "http_listen", OPT_TEXT, AT(http_listen), "", 0, 200, 0,
	    "Address and port for products over plain HTTP, e.g. [::]:80; empty = off. Anybody can read what passes there.",
	    check_listen } },
	{ BOTH,
	  { "http_registration", OPT_BOOL, AT(http_registration), "no", 0, 1, OPT_RELOAD,
	    "Take registrations, with their tokens, over plain HTTP too.", NULL } },
	{ BOTH,
	  { "webhook_loopback", OPT_BOOL, AT(webhook_loopback), "no", 0, 1, OPT_RELOAD,
	    "Deliver alerts to receivers on this machine too, also over http.", NULL } },
	{ SATELLITE,
	  { "root_certificate", OPT_TEXT, AT(root_certificate), "", 0, 4000, 0,
	    "PEM file of the licensing root; with it the first import needs no fingerprint.", NULL } },
	{ MANAGER,
	  { "catalogue", OPT_TEXT, AT(catalogue), "", 0, 4000, 0,
	    "File of the license catalogue; empty = the one that comes with the program.", NULL } },
	{ BOTH,
	  { "server_name", OPT_TEXT, AT(server_name), "", 0, 4000, OPT_RELOAD,
	    "DNS names and IP addresses of this server, separated by commas; the first is the one in URLs. Empty = the "
	    "host's name.",
	    NULL } },
	{ BOTH,
	  { "tls_certificate", OPT_TEXT, AT(tls_certificate), "", 0, 4000, OPT_RELOAD,
	    "PEM file with the TLS certificate and its intermediates; empty = the server makes its own.", NULL } },
	{ BOTH, { "tls_key", OPT_TEXT, AT(tls_key), "", 0, 4000, OPT_RELOAD, "PEM file with its private key.", NULL } },
	{ BOTH,
	  { "authority_key", OPT_TEXT, AT(authority_key), "ec-p256", 1, 16, 0,
	    "Kind of the keys of CAs and signers, when they are made: ec-p256, ec-p384, rsa-2048, rsa-3072 or rsa-4096.",
	    check_authority_key } },
	{ BOTH, { "threads", OPT_INT, AT(threads), "2", 2, 64, 0, "Threads that serve each listener.", NULL } },
	{ BOTH,
	  { "helpers", OPT_INT, AT(helpers), "2", 1, 16, 0,
	    "Threads for requests that take long, as synchronization files do; a few may wait, more get 503.", NULL } },
	{ BOTH,
	  { "queue_limit", OPT_INT, AT(queue_limit), "1024", 16, 65536, 0,
	    "Changes that may wait for the disk; beyond it callers get 503.", NULL } },
	{ BOTH,
	  { "connection_limit", OPT_INT, AT(connection_limit), "8192", 16, 100000, 0, "Connections to each listener.",
	    NULL } },
	{ BOTH,
	  { "connection_timeout_s", OPT_INT, AT(connection_timeout_s), "60", 1, 3600, 0,
	    "Seconds after which an idle connection is closed.", NULL } },
	{ BOTH,
	  { "request_deadline_s", OPT_INT, AT(request_deadline_s), "30", 1, 3600, 0,
	    "Seconds in which a request must have come in whole.", NULL } },
	{ BOTH,
	  { "hello_per_minute", OPT_INT, AT(hello_per_minute), "60", 1, 100000, OPT_RELOAD,
	    "HELLO messages from one address in a minute.", NULL } },
	{ BOTH,
	  { "session_idle_m", OPT_INT, AT(session_idle_m), "30", 1, 1440, OPT_RELOAD,
	    "Minutes after which a browser that does nothing is signed out.", NULL } },
	{ BOTH,
	  { "session_max_h", OPT_INT, AT(session_max_h), "12", 1, 168, OPT_RELOAD,
	    "Hours after which a browser has to sign in again.", NULL } },
	{ BOTH,
	  { "password_max_age_d", OPT_INT, AT(password_max_age_d), "0", 0, 3650, OPT_RELOAD,
	    "Days after which a password must be changed before its user can sign in; 0 = never.", NULL } },
	{ BOTH,
	  { "backup_dir", OPT_TEXT, AT(backup_dir), "", 0, 4000, 0, "Folder of backups; empty = backups in state_dir.",
	    NULL } },
	{ BOTH,
	  { "backup_keep", OPT_INT, AT(backup_keep), "7", 1, 1000, OPT_RELOAD,
	    "Backups that are kept; the oldest are removed when another one was made.", NULL } },
	{ BOTH,
	  { "backup_at", OPT_TEXT, AT(backup_at), "", 0, 5, OPT_RELOAD,
	    "UTC time at which a backup is made every day, as 02:30; empty = only when it is asked for.",
	    check_time_of_day } },
	{ BOTH,
	  { "log_level", OPT_TEXT, AT(log_level), "info", 1, 16, OPT_RELOAD, "error, warning, info or debug.",
	    check_log_level } },
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static struct opt tables[2][ROWS + 1]; /* each ends with a row without name */
static pthread_once_t tables_once = PTHREAD_ONCE_INIT;

static void make_tables(void)
{
	for (int role = SITE_SATELLITE; role <= SITE_MANAGER; role++) {
		size_t n = 0;

		for (size_t i = 0; i < ROWS; i++)
			if (rows[i].roles & 1 << role)
				tables[role][n++] = rows[i].opt;
	}
}

const struct opt *settings_table(enum site_role role)
{
	pthread_once(&tables_once, make_tables);
	return tables[role];
}

static void default_path(char **path, const char *dir, const char *file)
{
	if (*path && **path)
		return;
	free(*path);
	*path = mem_printf("%s/%s", dir, file);
}

enum key_kind settings_authority_key(const struct settings *s)
{
	enum key_kind kind = KEY_EC_P256;

	find_key_kind(s->authority_key, &kind);
	return kind;
}

int settings_complete(struct settings *s, struct err *e)
{
	default_path(&s->database, s->state_dir, "satellite.db");
	default_path(&s->seal_key, s->state_dir, "seal.key");
	default_path(&s->backup_dir, s->state_dir, "backups");
	if ((*s->tls_certificate == '\0') != (*s->tls_key == '\0'))
		return err_field(e, E_CONFIG_INVALID, "tls_key",
				 "tls_certificate and tls_key belong together: set both or none.");
	return 0;
}
