#include "sync/setting.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "crypt/cert.h"
#include "lic/account.h"
#include "lic/event.h"
#include "lic/site.h"
#include "sync/place.h"
#include "sync/keep.h"

#define SEAL_CONTEXT "sync-proxy"

int setting_get(struct tx *tx, const struct account_row *account, struct sync_setting_row *out, struct err *e)
{
	int rc = q_sync_setting_get(tx->db, tx->arena, account->id, out, e);

	if (rc == 0)
		return err_set(e, E_ACCOUNT_UNKNOWN, NULL);
	return rc < 0 ? -1 : 0;
}

void setting_schedule(const struct sync_setting_row *row, struct schedule *out)
{
	*out = (struct schedule){ .kind = SCHEDULE_OFF, .minute = (int)row->minute, .day = (int)row->day };
	for (int kind = SCHEDULE_OFF; kind <= SCHEDULE_MONTHLY; kind++)
		if (strcmp(row->schedule, schedule_kind_name((enum schedule_kind)kind)) == 0)
			out->kind = (enum schedule_kind)kind;
}

int64_t setting_jitter(const struct tx *tx, const struct sync_setting_row *row)
{
	return schedule_jitter(tx->site->uuid, row->account_uuid);
}

bool setting_is_scheduled(const struct sync_setting_row *row)
{
	return strcmp(row->account_status, ACCOUNT_PENDING) != 0 && *row->manager_url && strcmp(row->schedule, "off") != 0;
}

int64_t setting_next_attempt(const struct tx *tx, const struct sync_setting_row *row)
{
	struct schedule s;
	int64_t due;

	if (!setting_is_scheduled(row))
		return 0;
	setting_schedule(row, &s);
	due = schedule_due(&s, setting_jitter(tx, row), row->due_at, tx->now);
	/* What lies further ahead than any back-off comes from a clock that was set back since. */
	return row->retry_at > due && row->retry_at <= tx->now + SCHEDULE_BACKOFF_MAX_MS ? row->retry_at : due;
}

int setting_usable(const struct sync_setting_row *row, bool to_register, struct err *e)
{
	if (*row->manager_url == '\0')
		return err_set(
			e, E_SYNC_NOT_CONFIGURED,
			"It is not set where the cloud manager of '%.128s' is. Run: satellitectl sync configure --url U",
			row->account);
	if (!to_register && strcmp(row->account_status, ACCOUNT_PENDING) == 0)
		return err_set(
			e, E_NOT_REGISTERED,
			"'%.128s' is not registered with its cloud manager yet. Run: satellitectl sync register --code C "
			"--root-fingerprint F",
			row->account);
	return 0;
}

int setting_password(struct tx *tx, const struct sync_setting_row *row, const char **out, struct err *e)
{
	struct buf plain = BUF_INIT;
	int rc;

	*out = "";
	if (row->proxy_password_box == NULL)
		return 0;
	rc = seal_open(&tx->site->seal, SEAL_CONTEXT, row->proxy_password_box, row->proxy_password_box_n, &plain, e);
	if (rc == 0)
		*out = arena_dup(tx->arena, plain.data, plain.n);
	buf_cleanse(&plain);
	return rc;
}

/* ---- changing ---- */

/* A change under way: the row as it was and as it will be, and what the event says of it. */
struct editor {
	struct tx *tx;
	const struct setting_change *in;
	struct sync_setting_row old, row;
	json_t *before, *after;
	bool changed, shares; /* what is stored in sync_setting; what requests tell */
};

static void note(struct editor *d, const char *name, const char *before, const char *after)
{
	json_set_text(d->before, name, before);
	json_set_text(d->after, name, after);
	d->changed = true;
}

/* A text from the arena: what it is to be, normalised. */
static int edit_address(struct editor *d, const char *name, const char *typed,
			int (*normal)(const char *typed, struct buf *out, struct err *e), const char **into, struct err *e)
{
	AUTO_BUF url = BUF_INIT;

	if (typed == NULL)
		return 0;
	buf_adds(&url, "");
	if (*typed && normal(typed, &url, e))
		return -1;
	if (strcmp(url.data, *into) == 0)
		return 0;
	note(d, name, *into, url.data);
	*into = arena_strdup(d->tx->arena, url.data);
	return 0;
}

/* Certificates alone are kept of what was given: whoever adds a private key by mistake does not have it stored. */
static int edit_ca(struct editor *d, struct err *e)
{
	struct cert *cas[SETTING_CAS];
	AUTO_BUF pem = BUF_INIT;
	char before[96] = "", after[96] = "";
	struct cert *old = NULL;
	size_t n = 0;

	if (d->in->manager_ca == NULL)
		return 0;
	buf_adds(&pem, "");
	if (*d->in->manager_ca && cert_read_chain(d->in->manager_ca, strlen(d->in->manager_ca), cas, SETTING_CAS, &n, e)) {
		const struct err why = *e;

		return err_field(e, E_CERTIFICATE_INVALID, "managerCa", "The CA certificates cannot be read: %.380s",
				 why.text);
	}
	for (size_t i = 0; i < n; i++)
		cert_write_pem(cas[i], &pem);
	if (n)
		cert_fingerprint_text(cas[0], after);
	for (size_t i = 0; i < n; i++)
		cert_free(cas[i]);
	if (strcmp(pem.data, d->row.manager_ca) == 0)
		return 0;
	if (*d->row.manager_ca && cert_read_pem(d->row.manager_ca, strlen(d->row.manager_ca), &old, e))
		return -1;
	if (old)
		cert_fingerprint_text(old, before);
	cert_free(old);
	note(d, "managerCa", before, after);
	d->row.manager_ca = arena_strdup(d->tx->arena, pem.data);
	return 0;
}

/* A password goes with its proxy and its user: where one of them changes it has to be given anew, so that it is never
 * sent to a place for which it was not meant. */
static int edit_login(struct editor *d, struct err *e)
{
	const char *user = d->in->proxy_user ? d->in->proxy_user : d->row.proxy_user, *password = d->in->proxy_password;
	struct buf box = BUF_INIT;
	bool moved;

	if (*d->row.proxy_url == '\0' && d->in->proxy_user == NULL && password == NULL)
		user = "";
	if (*d->row.proxy_url == '\0' && (*user || (password && *password)))
		return err_field(e, E_INVALID_REQUEST, "proxyUrl",
				 "A login needs a proxy for which it is: give its address too.");
	if (password && *password && *user == '\0')
		return err_field(e, E_INVALID_REQUEST, "proxyUser", "A password needs a user: give the proxy's user too.");
	if (strchr(user, ':'))
		return err_field(e, E_INVALID_REQUEST, "proxyUser", "A proxy's user has no colon in it.");
	moved = strcmp(user, d->old.proxy_user) != 0 || strcmp(d->row.proxy_url, d->old.proxy_url) != 0;
	if (strcmp(user, d->old.proxy_user) != 0)
		note(d, "proxyUser", d->old.proxy_user, user);
	d->row.proxy_user = user;
	if (password == NULL && !moved)
		return 0;
	if (d->old.proxy_password_box || (password && *password))
		note(d, "proxyPassword", d->old.proxy_password_box ? "set" : "", password && *password ? "set anew" : "");
	d->row.proxy_password_box = NULL;
	d->row.proxy_password_box_n = 0;
	if (password && *password) {
		seal_close(&d->tx->site->seal, SEAL_CONTEXT, password, strlen(password), &box);
		d->row.proxy_password_box = arena_dup(d->tx->arena, box.data, box.n);
		d->row.proxy_password_box_n = box.n;
		buf_fini(&box);
	}
	return 0;
}

static int edit_schedule(struct editor *d, struct err *e)
{
	char before[SCHEDULE_TEXT_SIZE], after[SCHEDULE_TEXT_SIZE];
	struct schedule old, s;

	setting_schedule(&d->row, &old);
	s = old;
	if (d->in->schedule && schedule_parse(d->in->schedule, &s, e))
		return -1;
	if (s.kind != SCHEDULE_OFF && *d->row.manager_url == '\0')
		return err_field(e, E_INVALID_REQUEST, "managerUrl",
				 "A schedule needs the address of the cloud manager: give it too, or switch the schedule "
				 "off.");
	schedule_format(&old, before);
	schedule_format(&s, after);
	if (strcmp(before, after) == 0)
		return 0;
	note(d, "schedule", before, after);
	d->row.schedule = schedule_kind_name(s.kind);
	d->row.minute = s.minute;
	d->row.day = s.day;
	return 0;
}

static void edit_share(struct editor *d, const char *name, int wanted, bool *into)
{
	if (wanted < 0 || (wanted != 0) == *into)
		return;
	json_set_bool(d->before, name, *into);
	*into = wanted != 0;
	json_set_bool(d->after, name, *into);
	d->shares = true;
}

static int edit(struct editor *d, struct err *e)
{
	if (edit_address(d, "managerUrl", d->in->manager_url, place_manager, &d->row.manager_url, e) || edit_ca(d, e) ||
	    edit_address(d, "proxyUrl", d->in->proxy_url, place_proxy, &d->row.proxy_url, e) || edit_login(d, e) ||
	    edit_schedule(d, e))
		return -1;
	edit_share(d, "shareHostname", d->in->share_hostname, &d->row.share_hostname);
	edit_share(d, "shareIpAddress", d->in->share_ip_address, &d->row.share_ip_address);
	edit_share(d, "shareMacAddress", d->in->share_mac_address, &d->row.share_mac_address);
	edit_share(d, "shareProductVersion", d->in->share_product_version, &d->row.share_product_version);
	return 0;
}

/* What is no longer told must be forgotten by the manager too: the next request has everything, and a request that waits
 * for its answer is not sent again but made anew. */
static int store_shares(struct editor *d, struct err *e)
{
	const struct account_exchange share = { .share_hostname = d->row.share_hostname,
						.share_ip_address = d->row.share_ip_address,
						.share_mac_address = d->row.share_mac_address,
						.share_product_version = d->row.share_product_version };
	struct exchange_row last;
	int rc = q_exchange_last(d->tx->db, d->tx->arena, d->row.account_id, &last, e);

	if (rc < 0 || q_account_share(d->tx->db, d->row.account_id, &share, e))
		return -1;
	if (rc == 1 && last.answered_at == 0 && strcmp(last.kind, "request") == 0)
		keep_remove(d->tx->site, last.request_sha256);
	return 0;
}

/* Another time of day makes a missed synchronization no less missed; only what is switched off is not due. */
static int store(struct editor *d, struct err *e)
{
	struct schedule s;
	int64_t due = 0;

	if (d->shares && store_shares(d, e))
		return -1;
	if (!d->changed)
		return 0;
	setting_schedule(&d->row, &s);
	if (setting_is_scheduled(&d->row))
		due = schedule_due(&s, setting_jitter(d->tx, &d->row), d->row.due_at, d->tx->now);
	return q_sync_setting_set(d->tx->db, &d->row, e) || q_account_set_sync_due(d->tx->db, d->row.account_id, due, e)
		     ? -1
		     : 0;
}

int setting_change(struct tx *tx, const struct account_row *account, const struct setting_change *in, struct err *e)
{
	struct editor d = { .tx = tx, .in = in };
	json_t *detail;

	if (setting_get(tx, account, &d.old, e))
		return -1;
	d.row = d.old;
	d.before = json_object();
	d.after = json_object();
	if (edit(&d, e) || store(&d, e)) {
		json_decref(d.before);
		json_decref(d.after);
		return -1;
	}
	detail = json_object();
	json_object_set_new(detail, "before", d.before);
	json_object_set_new(detail, "after", d.after);
	if (d.changed || d.shares)
		return event_add(tx, "sync.configure", account->name, account->name, detail, e);
	json_decref(detail);
	return 0;
}
