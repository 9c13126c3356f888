/* settings.h - the options of the daemons (satellited.conf(5)). */
#ifndef SETTINGS_H
#define SETTINGS_H

#include "base/opt.h"
#include "lic/site.h"

struct settings {
	char *name, *state_dir, *database, *seal_key, *control_socket, *control_mode;
	char *product_listen, *http_listen, *administration_listen; /* a manager has only the second, for both */
	char *server_name, *tls_certificate, *tls_key, *root_certificate, *catalogue, *log_level, *authority_key;
	int64_t http_registration, webhook_loopback, threads, helpers, queue_limit, connection_limit, connection_timeout_s,
		request_deadline_s, hello_per_minute;
	int64_t session_idle_m, session_max_h, password_max_age_d;
	char *backup_dir, *backup_at;
	int64_t backup_keep;
};

/* The table of a role; ended by a row without name. */
const struct opt *settings_table(enum site_role role);

/* What one option says about others: paths that follow from state_dir, values that are names of something. Call
 * after reading. E_CONFIG_INVALID. */
int settings_complete(struct settings *s, struct err *e);

/* The kind of key that authority_key names, after settings_complete(). */
enum key_kind settings_authority_key(const struct settings *s);

#endif
