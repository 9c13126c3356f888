#include "agent/agent.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "agent/reserve.h"
#include "agent/session.h"
#include "agent/state.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/rand.h"
#include "base/str.h"

#define UDI_TEXT_MAX 64
#define COUNT_MAX INT64_C(2147483647)
#define LICENSES_MAX 256

/* The evaluation clock is written at least this often, so that a lost state file loses no more. */
#define EVALUATION_SAVE_MS HOUR_MS

static bool plain_text(const char *s, size_t max)
{
	size_t n = strlen(s);

	if (n == 0 || n > max)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!isgraph((unsigned char)s[i]))
			return false;
	return true;
}

static void new_identity(struct agent *a)
{
	char uuid[UUID_SIZE], plain[33];
	AUTO_FREE char *serial = NULL;
	uint32_t v;

	rand_bytes(&v, sizeof(v));
	serial = mem_printf("%" PRIu32, 10000 + v % 90000);
	str_uuid_plain(plain, rand_uuid(uuid));
	state_set(&a->product_name, "UCM");
	state_set(&a->serial, serial);
	state_set(&a->uuid, plain);
}

static int change(struct agent *a, char **to, const char *text, const char *what, bool *changed, struct err *e)
{
	if (*to && strcmp(*to, text) == 0)
		return 0;
	if (a->id || a->code)
		return err_set(e, E_CONFLICT, "The %s is '%s' and cannot become '%s' while the product %s first.", what,
			       *to ? *to : "", text,
			       a->code ? "has a license reservation. Return it" : "is registered. Deregister it");
	state_set(to, text);
	*changed = true;
	return 0;
}

static int apply_identity(struct agent *a, const struct agent_options *o, bool *changed, struct err *e)
{
	const struct product *product;
	char uuid[33];

	if (o->product) {
		product = product_find(o->product);
		if (product == NULL)
			return err_set(e, E_USAGE, "There is no product '%.64s'. Use UCM or SME.", o->product);
		if (change(a, &a->product_name, product->name, "product", changed, e))
			return -1;
	}
	if (o->serial) {
		if (!plain_text(o->serial, UDI_TEXT_MAX))
			return err_set(e, E_USAGE, "A serial number has 1 to %d printable characters without spaces.",
				       UDI_TEXT_MAX);
		if (change(a, &a->serial, o->serial, "serial number", changed, e))
			return -1;
	}
	if (o->uuid) {
		if (str_uuid_plain(uuid, o->uuid))
			return err_set(e, E_USAGE, "'%.64s' is not a UUID: it has 32 hex digits, with or without dashes.",
				       o->uuid);
		if (change(a, &a->uuid, uuid, "UUID", changed, e))
			return -1;
	}
	return 0;
}

static bool is_address(const char *text)
{
	struct in6_addr six;
	struct in_addr four;

	return inet_pton(AF_INET, text, &four) == 1 || inet_pton(AF_INET6, text, &six) == 1;
}

static int check_pem(const char *pem, const char *what, struct err *e)
{
	struct cert *c = NULL;
	struct err why = ERR_INIT;

	if (cert_read_pem(pem, strlen(pem), &c, &why))
		return err_set(e, E_CERTIFICATE_INVALID, "The %s holds no PEM certificate that can be read: %.400s", what,
			       why.text);
	cert_free(c);
	return 0;
}

static void remember(char **to, const char *text, bool *changed)
{
	if (text == NULL || (*to && strcmp(*to, text) == 0))
		return;
	state_set(to, text);
	*changed = true;
}

static int apply_settings(struct agent *a, const struct agent_options *o, bool *changed, struct err *e)
{
	if (o->hostname && !plain_text(o->hostname, 255))
		return err_set(e, E_USAGE, "A host name has 1 to 255 printable characters without spaces.");
	if (o->ip && !is_address(o->ip))
		return err_set(e, E_USAGE, "'%.64s' is not an IP address, as 192.0.2.10 or 2001:db8::10.", o->ip);
	if (o->ca_pem && check_pem(o->ca_pem, "CA file", e))
		return -1;
	if (o->root_pem && check_pem(o->root_pem, "root file", e))
		return -1;
	remember(&a->hostname, o->hostname, changed);
	remember(&a->ip, o->ip, changed);
	remember(&a->ca_pem, o->ca_pem, changed);
	remember(&a->root_pem, o->root_pem, changed);
	return 0;
}

/* What follows from the texts: product and root. */
static int apply_objects(struct agent *a, struct err *e)
{
	struct cert *root = NULL;

	a->product = product_find(a->product_name);
	if (a->root_pem && cert_read_pem(a->root_pem, strlen(a->root_pem), &root, e))
		return -1;
	if ((a->id || a->code) && a->root && !cert_equal(root, a->root)) {
		cert_free(root);
		return err_set(e, E_CONFLICT, "The licensing root cannot be changed while the product %s first.",
			       a->code ? "has a license reservation. Return it" : "is registered. Deregister it");
	}
	cert_free(a->root);
	a->root = root;
	return 0;
}

static int open_state(struct agent *a, const struct agent_options *o, int64_t now, struct err *e)
{
	bool found, changed = false;

	if (file_mkdir(a->dir, 0700, e) || state_lock(a, e))
		return -1;
	state_tidy(a);
	if (state_load(a, &found, e))
		return -1;
	if (!found) {
		new_identity(a);
		a->evaluation_counted_at = now;
	}
	if (a->seen_at == 0)
		a->seen_at = now;
	a->seen_saved_at = a->seen_at;
	/* Forward it is believed only after agent_clock_watch() had its say. */
	if ((a->clock_wrong_at || now < a->seen_at) && clock_see(a, now))
		changed = true;
	if (apply_identity(a, o, &changed, e) || apply_settings(a, o, &changed, e) || apply_objects(a, e))
		return -1;
	return !found || changed ? state_save(a, e) : 0;
}

int agent_open(const char *dir, const struct agent_options *o, int64_t now, struct agent **out, struct err *e)
{
	struct agent *a = mem_alloc(sizeof(*a));

	a->dir = mem_strdup(dir);
	a->lock_fd = -1;
	if (open_state(a, o, now, e)) {
		agent_close(a);
		return -1;
	}
	a->exchange = o->exchange;
	a->arg = o->arg;
	a->ask = o->ask;
	a->ask_arg = o->ask_arg;
	if (a->exchange == NULL) {
		a->transport = transport_new();
		transport_set_ca(a->transport, a->ca_pem);
		transport_set_proxy(a->transport, a->proxy, a->proxy_user, a->proxy_password);
		a->exchange = transport_exchange;
		a->arg = a->transport;
	}
	*out = a;
	return 0;
}

void agent_close(struct agent *a)
{
	if (a == NULL)
		return;
	transport_free(a->transport);
	state_fini(a);
	free(a);
}

void agent_interrupt(struct agent *a)
{
	if (a->transport)
		transport_interrupt(a->transport);
}

const char *agent_warning(const struct agent *a)
{
	return a->warning.n ? a->warning.data : "";
}

void udi_text(const struct agent *a, struct buf *out)
{
	buf_printf(out, "PID:%s,SN:%s,UUID:%s", a->product->udi_pid, a->serial, a->uuid);
}

static int usage_check(const struct agent_usage *u, char **tag, struct err *e)
{
	const struct product_license *known = product_license_find(u->license);

	if (u->count < 0 || u->count > COUNT_MAX)
		return err_set(e, E_USAGE, "The count of %.128s is %" PRId64 "; it must be from 0 to %" PRId64 ".",
			       u->license, u->count, COUNT_MAX);
	if (known == NULL && (!plain_text(u->license, 255) || !str_prefix(u->license, "regid.")))
		return err_set(
			e, E_ENTITLEMENT_UNKNOWN,
			"There is no license '%.128s'. Use CUWL, EnhancedPlus, Enhanced, Basic, Essential, TelePresenceRoom or a whole tag (regid.…).",
			u->license);
	*tag = mem_strdup(known ? known->tag : u->license);
	return 0;
}

static void usage_put(struct agent *a, char *tag, int64_t count)
{
	for (size_t i = 0; i < a->usage_n; i++) {
		if (strcmp(a->usage[i].tag, tag))
			continue;
		a->usage[i].count = count;
		free(tag);
		return;
	}
	a->usage = mem_grow(a->usage, (a->usage_n + 1) * sizeof(*a->usage));
	a->usage[a->usage_n].tag = tag;
	a->usage[a->usage_n++].count = count;
}

/* Tags of all rows into tags; checks what can be checked before anything changes. */
static int usage_tags(const struct agent *a, const struct agent_usage *usage, size_t n, char **tags, int64_t now,
		      struct err *e)
{
	bool adds = false;

	for (size_t i = 0; i < n; i++) {
		if (usage_check(&usage[i], &tags[i], e))
			return -1;
		for (size_t j = 0; j < i; j++)
			if (strcmp(tags[i], tags[j]) == 0)
				return err_set(e, E_USAGE, "The license '%.128s' is given twice.", usage[i].license);
		adds |= usage[i].count > agent_usage_count(a, tags[i]);
	}
	if (adds && !agent_is_licensed(a, now) && a->evaluation_used >= AGENT_EVALUATION_MS)
		return err_set(e, E_EVALUATION_EXPIRED, NULL);
	return 0;
}

int agent_usage_set(struct agent *a, const struct agent_usage *usage, size_t n, int64_t now, struct err *e)
{
	AUTO_FREE char **tags = mem_alloc((n ? n : 1) * sizeof(*tags));

	buf_clear(&a->warning);
	if (n == 0 || n > LICENSES_MAX)
		return err_set(e, E_USAGE, "Name from 1 to %d licenses.", LICENSES_MAX);
	evaluation_account(a, now);
	if (usage_tags(a, usage, n, tags, now, e)) {
		for (size_t i = 0; i < n; i++)
			free(tags[i]);
		return -1;
	}
	for (size_t i = 0; i < n; i++)
		usage_put(a, tags[i], usage[i].count);
	a->usage_at = agent_time(a, now);
	return state_save(a, e);
}

/* Errors of the server are in the state already; those of the disk are the caller's. */
static bool is_ours(const struct err *e)
{
	return e->code == E_FILE_ERROR || e->code == E_DISK_FULL;
}

static bool evaluation_save_due(const struct agent *a, int64_t now)
{
	if (agent_is_licensed(a, now))
		return false;
	now = agent_time(a, now);
	return a->evaluation_counted_at == 0 ||
	       (a->evaluation_used < AGENT_EVALUATION_MS && now - a->evaluation_counted_at >= EVALUATION_SAVE_MS);
}

/* What time alone changes. */
static int tick_time(struct agent *a, int64_t now, struct err *e)
{
	bool changed = clock_see(a, now);

	if (evaluation_save_due(a, now)) {
		evaluation_account(a, now);
		changed = true;
	}
	if (alerts_update(a, now))
		changed = true;
	return changed ? state_save(a, e) : 0;
}

int agent_tick(struct agent *a, int64_t now, struct err *e)
{
	struct err why = ERR_INIT;

	buf_clear(&a->warning);
	if (tick_time(a, now, e))
		return -1;
	if (session_registration_due(a) <= now && session_register(a, now, &why) && is_ours(&why))
		goto fail;
	if (agent_is_registered(a, now) && session_renewal_due(a) <= now && agent_renew(a, now, &why) && is_ours(&why))
		goto fail;
	if (agent_is_registered(a, now) && session_contact_due(a) <= now && agent_authorize(a, now, &why) && is_ours(&why))
		goto fail;
	return alerts_update(a, now) ? state_save(a, e) : 0;
fail:
	*e = why;
	return -1;
}

static int64_t least(int64_t x, int64_t y)
{
	return x < y ? x : y;
}

int64_t agent_next_due(const struct agent *a)
{
	int64_t due = session_registration_due(a);

	if (a->id && a->evaluation_counted_at == 0) /* the end of the registration was not seen yet */
		due = least(due, least(a->expires_at, least(session_renewal_due(a), session_contact_due(a))));
	return due;
}

enum agent_registration agent_registration(const struct agent *a, int64_t now)
{
	if (a->code)
		return AGENT_RESERVED;
	if (a->reservation_in_progress)
		return AGENT_RESERVATION_IN_PROGRESS;
	if (agent_is_registered(a, now))
		return AGENT_REGISTERED;
	if (a->registering)
		return AGENT_REGISTERING;
	if (a->registration.at && !a->registration.ok)
		return AGENT_REGISTRATION_FAILED;
	return a->id ? AGENT_REGISTRATION_EXPIRED : AGENT_UNREGISTERED;
}

enum agent_authorization agent_authorization(const struct agent *a, int64_t now)
{
	if (a->code)
		return reservation_exceeded(a, now) ? AGENT_NOT_AUTHORIZED_RESERVED : AGENT_AUTHORIZED_RESERVED;
	if (!agent_is_registered(a, now))
		return agent_evaluation_left(a, now) > 0 ? AGENT_EVALUATION : AGENT_EVALUATION_EXPIRED;
	if (a->authorized_at == 0)
		return AGENT_AUTHORIZATION_PENDING;
	if (agent_time(a, now) >= a->authorization_expires_at)
		return AGENT_AUTHORIZATION_EXPIRED;
	return strcmp(a->authorization_status, "AUTHORIZED") ? AGENT_OUT_OF_COMPLIANCE : AGENT_AUTHORIZED;
}

const char *agent_registration_name(enum agent_registration r)
{
	switch (r) {
	case AGENT_UNREGISTERED:
		return "UNREGISTERED";
	case AGENT_REGISTERING:
		return "REGISTERING - REGISTRATION IN PROGRESS";
	case AGENT_REGISTRATION_FAILED:
		return "UNREGISTERED - REGISTRATION FAILED";
	case AGENT_REGISTERED:
		return "REGISTERED";
	case AGENT_REGISTRATION_EXPIRED:
		return "UNREGISTERED - REGISTRATION EXPIRED";
	case AGENT_RESERVATION_IN_PROGRESS:
		return "RESERVATION IN PROGRESS";
	case AGENT_RESERVED:
		return "REGISTERED - SPECIFIC LICENSE RESERVATION";
	}
	return "";
}

const char *agent_authorization_name(enum agent_authorization s)
{
	switch (s) {
	case AGENT_EVALUATION:
		return "EVALUATION MODE";
	case AGENT_EVALUATION_EXPIRED:
		return "EVAL EXPIRED";
	case AGENT_AUTHORIZATION_PENDING:
		return "AUTHORIZATION PENDING";
	case AGENT_AUTHORIZED:
		return "AUTHORIZED";
	case AGENT_OUT_OF_COMPLIANCE:
		return "OUT OF COMPLIANCE";
	case AGENT_AUTHORIZATION_EXPIRED:
		return "AUTHORIZATION EXPIRED";
	case AGENT_AUTHORIZED_RESERVED:
		return "AUTHORIZED - RESERVED";
	case AGENT_NOT_AUTHORIZED_RESERVED:
		return "NOT AUTHORIZED - RESERVED";
	}
	return "";
}

int64_t agent_evaluation_left(const struct agent *a, int64_t now)
{
	struct agent at = *a; /* numbers only are changed */

	evaluation_account(&at, now);
	return AGENT_EVALUATION_MS - at.evaluation_used;
}

static void trouble_of(const char *what, const struct attempt *t, struct buf *out)
{
	char at[CLOCK_TEXT_SIZE];

	if (t->at == 0 || t->ok || t->reason == NULL)
		return;
	buf_printf(out, "%s%s failed: %s", out->n ? " " : "", what, t->reason);
	if (t->next_at)
		buf_printf(out, " Next try at %s.", clock_text(t->next_at, at));
}

char *agent_trouble(const struct agent *a, char text[512])
{
	AUTO_BUF out = BUF_INIT;

	buf_adds(&out, "");
	trouble_of("Registration", &a->registration, &out);
	trouble_of("Renewal of the registration", &a->renewal, &out);
	trouble_of("Report of usage", &a->contact, &out);
	return str_copy(text, 512, out.data);
}
