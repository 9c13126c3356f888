#include "settings.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

#define TEXT(name, value, min, max, flags, doc) { #name, OPT_TEXT, offsetof(struct settings, name), value, min, max, flags, doc }
#define INT(name, value, min, max, flags, doc) { #name, OPT_INT, offsetof(struct settings, name), value, min, max, flags, doc }

#define FIRST(default_name, dir, socket) \
	TEXT(name, default_name, 1, 128, 0, "How this server calls itself to others."), \
		TEXT(state_dir, dir, 1, 4000, 0, "Folder of the database and the seal key."), \
		TEXT(database, "", 0, 4000, 0, "Database file; empty = satellite.db in state_dir."), \
		TEXT(seal_key, "", 0, 4000, 0, \
		     "File of the key that seals secrets in the database, made at the first start; empty = seal.key in state_dir."), \
		TEXT(control_socket, socket, 1, 100, 0, "Unix socket of satellitectl."), \
		TEXT(control_mode, "0600", 3, 4, 0, "Its mode, in octal.")

#define REST \
	TEXT(server_name, "", 0, 4000, OPT_RELOAD, \
	     "DNS names and IP addresses of this server, separated by commas; the first is the one in URLs. Empty = the host's name."), \
		TEXT(tls_certificate, "", 0, 4000, OPT_RELOAD, \
		     "PEM file with the TLS certificate and its intermediates; empty = the server makes its own."), \
		TEXT(tls_key, "", 0, 4000, OPT_RELOAD, "PEM file with its private key."), \
		TEXT(authority_key, "ec-p256", 1, 16, 0, \
		     "Kind of the keys of CAs and signers, when they are made: ec-p256, ec-p384, rsa-2048, rsa-3072 or rsa-4096."), \
		INT(threads, "2", 2, 64, 0, "Threads that serve each listener."), \
		INT(queue_limit, "1024", 16, 65536, 0, "Changes that may wait for the disk; beyond it callers get 503."), \
		INT(connection_limit, "8192", 16, 100000, 0, "Connections to each listener."), \
		INT(connection_timeout_s, "60", 1, 3600, 0, "Seconds after which an idle connection is closed."), \
		INT(request_deadline_s, "30", 1, 3600, 0, "Seconds in which a request must have come in whole."), \
		INT(hello_per_minute, "60", 1, 100000, OPT_RELOAD, "HELLO messages from one address in a minute."), \
		TEXT(log_level, "info", 1, 16, OPT_RELOAD, "error, warning, info or debug."), \
	{ \
		0 \
	}

#define HTTP \
	TEXT(http_listen, "", 0, 200, 0, \
	     "Address and port for products over plain HTTP, e.g. [::]:80; empty = off. What passes there can be read by anybody."), \
	{ \
		"http_registration", OPT_BOOL, offsetof(struct settings, http_registration), "no", 0, 1, OPT_RELOAD, \
			"Take registrations, with their tokens, over plain HTTP too." \
	}

static const struct opt satellite_table[] = {
	FIRST("satellite", "/var/lib/license-satellite", "/run/license-satellite/control.sock"),
	TEXT(product_listen, "[::]:443", 1, 200, 0, "Address and port for products (HTTPS)."),
	HTTP, TEXT(administration_listen, "[::]:8443", 1, 200, 0, "Address and port for administration and REST (HTTPS)."),
	TEXT(root_certificate, "", 0, 4000, 0,
	     "PEM file of the licensing root; with it the first import needs no fingerprint."),
	REST
};

static const struct opt manager_table[] = {
	FIRST("cloud-manager", "/var/lib/cloud-manager", "/run/cloud-manager/control.sock"),
	{ "manager_listen", OPT_TEXT, offsetof(struct settings, administration_listen), "[::]:8444", 1, 200, 0,
	  "Address and port for products, satellites and administration (HTTPS)." },
	HTTP, TEXT(catalogue, "", 0, 4000, 0, "File of the license catalogue; empty = the one that comes with the program."),
	REST
};

const struct opt *settings_table(enum site_role role)
{
	return role == SITE_MANAGER ? manager_table : satellite_table;
}

static void default_path(char **path, const char *dir, const char *file)
{
	if (*path && **path)
		return;
	free(*path);
	*path = mem_printf("%s/%s", dir, file);
}

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

enum key_kind settings_authority_key(const struct settings *s)
{
	enum key_kind kind = KEY_EC_P256;

	find_key_kind(s->authority_key, &kind);
	return kind;
}

int settings_complete(struct settings *s, struct err *e)
{
	static const char *const levels[] = { "error", "warning", "info", "debug" };
	enum key_kind kind;
	bool known = false;
	char *end;

	default_path(&s->database, s->state_dir, "satellite.db");
	default_path(&s->seal_key, s->state_dir, "seal.key");
	for (size_t i = 0; i < 4; i++)
		known |= strcmp(s->log_level, levels[i]) == 0;
	if (!known)
		return err_field(e, E_CONFIG_INVALID, "log_level", "log_level is error, warning, info or debug, not '%s'.",
				 s->log_level);
	if (find_key_kind(s->authority_key, &kind))
		return err_field(e, E_CONFIG_INVALID, "authority_key",
				 "authority_key is ec-p256, ec-p384, rsa-2048, rsa-3072 or rsa-4096, not '%s'.", s->authority_key);
	if (!str_name_ok(s->name))
		return err_field(e, E_CONFIG_INVALID, "name", "name must have 1 to 128 printable characters.");
	if (strtoul(s->control_mode, &end, 8) > 0777 || *end)
		return err_field(e, E_CONFIG_INVALID, "control_mode", "control_mode is an octal mode like 0660, not '%s'.",
				 s->control_mode);
	if ((*s->tls_certificate == '\0') != (*s->tls_key == '\0'))
		return err_field(e, E_CONFIG_INVALID, "tls_key", "tls_certificate and tls_key belong together: set both or none.");
	return 0;
}
