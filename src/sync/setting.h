/* setting.h - how an account reaches its cloud manager, when it synchronizes by itself, and what it tells. */
#ifndef SYNC_SETTING_H
#define SYNC_SETTING_H

#include <stdbool.h>
#include <stdint.h>

#include "db/q.h"
#include "json/json.h"
#include "lic/tx.h"
#include "sync/schedule.h"

#define SETTING_CA_MAX 65536 /* bytes of PEM */
#define SETTING_CAS 64       /* certificates in it */
#define SETTING_URL_MAX 512
#define SETTING_LOGIN_MAX 255

/* What an administrator wants changed: NULL stays as it is, "" takes away. Privacy: -1 stays as it is. */
struct setting_change {
	const char *manager_url; /* `https://HOST[:PORT]`, or HOST[:PORT] */
	const char *manager_ca;  /* PEM, one certificate or several */
	const char *proxy_url;   /* `http://HOST:PORT` or `https://HOST:PORT` */
	const char *proxy_user, *proxy_password;
	const char *schedule; /* schedule_parse() */
	int share_hostname, share_ip_address, share_mac_address, share_product_version;
};
#define SETTING_CHANGE_NONE       \
	((struct setting_change){ \
		.share_hostname = -1, .share_ip_address = -1, .share_mac_address = -1, .share_product_version = -1 })

/* Reads what holds for an account. */
int setting_get(struct tx *tx, const struct account_row *account, struct sync_setting_row *out, struct err *e);

/* Changes it, and when the account is due. E_INVALID_REQUEST and its like, naming the member of REST: nothing is changed
 * then. The event says what changed, and of the password only that it did. */
int setting_change(struct tx *tx, const struct account_row *account, const struct setting_change *in, struct err *e);

/* The schedule of the row, and the account's own jitter. */
void setting_schedule(const struct sync_setting_row *row, struct schedule *out);
int64_t setting_jitter(const struct tx *tx, const struct sync_setting_row *row);

/* Will it synchronize by itself? An account that waits for its authorization file, or has no manager, does not. */
bool setting_is_scheduled(const struct sync_setting_row *row);

/* When it will be tried the next time by itself; 0 = it will not. */
int64_t setting_next_attempt(const struct tx *tx, const struct sync_setting_row *row);

/* Can it synchronize over the network, or, before it is registered, be registered? E_SYNC_NOT_CONFIGURED, E_NOT_REGISTERED. */
int setting_usable(const struct sync_setting_row *row, bool to_register, struct err *e);

/* The proxy's password, "" if there is none; in tx->arena. */
int setting_password(struct tx *tx, const struct sync_setting_row *row, const char **out, struct err *e);

#endif
