#include "lic/duplicate.h"

#include <string.h>

#include "base/clock.h"
#include "lic/alert.h"
#include "lic/instance.h"

#define LATE_MS HOUR_MS        /* a clock may be wrong, and a message late, by as much */
#define INSIST_MS (2 * DAY_MS) /* two refreshes of the usage */
#define RETURNS_MAX 2          /* A, B, A, B */
#define SIGN_SUPERSEDED "SUPERSEDED"
#define SIGN_OTHER_KEY "OTHER_KEY"

#define WHAT_TO_DO                                                                                                        \
	" If one is a copy of the other, such as a cloned virtual machine, give the copy an identity of its own: remove " \
	"this product instance, change the copy's UUID, and register each of them."

static int raise_alert(struct tx *tx, const struct instance_row *instance, const char *what, struct err *e)
{
	int rc = alert_open(tx, ALERT_DUPLICATE, instance->uuid, e);
	struct virtual_account_row va;
	struct account_row account;
	const char *udi = instance_udi_text(tx->arena, &instance->udi);

	if (rc)
		return rc < 0 ? -1 : 0;
	if (q_virtual_account_by_id(tx->db, tx->arena, instance->virtual_account_id, &va, e) != 1 ||
	    q_account_by_id(tx->db, tx->arena, va.account_id, &account, e) != 1)
		return -1;
	return alert_raise(tx, ALERT_DUPLICATE, &account, &va, instance->uuid, instance_udi_text(tx->arena, &instance->udi),
			   arena_printf(tx->arena, "Two products use the identity %s: %s" WHAT_TO_DO, udi, what), e);
}

static const char *from_where(const char *address)
{
	return address && *address ? address : "an unknown address";
}

/* ---- by usage ---- */

static uint64_t mix(uint64_t h, const void *p, size_t n)
{
	for (const unsigned char *at = p, *end = at + n; at < end; at++)
		h = (h ^ *at) * UINT64_C(0x100000001b3);
	return h;
}

/* The same for the same usage, in whatever order it is told (FNV-1a of each, added up). */
static int64_t usage_digest(const struct usage_asked *asked, size_t n)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < n; i++)
		if (asked[i].count)
			sum += mix(mix(UINT64_C(0xcbf29ce484222325), asked[i].tag, strlen(asked[i].tag)), &asked[i].count,
				   sizeof(asked[i].count));
	return (int64_t)sum;
}

/* The address has changed since the last report: does it insist on what it said before? */
static int address_changed(struct tx *tx, const struct instance_row *instance, int64_t digest, struct err *e)
{
	char before[CLOCK_TEXT_SIZE], now[CLOCK_TEXT_SIZE];
	struct duplicate_row d;
	bool insists;

	if (q_duplicate_get(tx->db, tx->arena, instance->id, &d, e) < 0)
		return -1;
	insists = d.other_address && strcmp(d.other_address, tx->actor->address) == 0 && d.other_digest == digest &&
		  digest != instance->report_digest && tx->now - d.other_at <= INSIST_MS;
	d.returns = insists ? d.returns + 1 : 0;
	d.other_address = instance->report_address;
	d.other_digest = instance->report_digest;
	d.other_at = instance->authorized_at;
	if (q_duplicate_other(tx->db, instance->id, &d, e))
		return -1;
	if (d.returns < RETURNS_MAX)
		return 0;
	return raise_alert(tx, instance,
			   arena_printf(tx->arena,
					"one reported its usage from %s on %s, another one from %s on %s, in turn and each "
					"with its own counts.",
					from_where(d.other_address), clock_text(d.other_at, before),
					from_where(tx->actor->address), clock_text(tx->now, now)),
			   e);
}

int duplicate_reported(struct tx *tx, const struct instance_row *instance, const struct usage_asked *asked, size_t n,
		       struct err *e)
{
	bool first = instance->report_address == NULL;
	bool same_address = !first && strcmp(instance->report_address, tx->actor->address) == 0;
	int64_t digest = usage_digest(asked, n);

	if (same_address && digest == instance->report_digest)
		return 0;
	if (!first && !same_address && address_changed(tx, instance, digest, e))
		return -1;
	return q_instance_reported(tx->db, instance->id, tx->actor->address, digest, e);
}

/* ---- by certificate and key ---- */

int duplicate_accepted(struct tx *tx, const struct instance_row *instance, const struct certificate_row *c, int64_t sent_at,
		       struct err *e)
{
	char then[CLOCK_TEXT_SIZE], now[CLOCK_TEXT_SIZE];
	struct duplicate_row d;
	const char *what;

	if (instance->rival_at == 0 || c->issued_at >= instance->rival_at || sent_at < instance->rival_at + LATE_MS)
		return 0;
	if (q_duplicate_get(tx->db, tx->arena, instance->id, &d, e) != 1 ||
	    q_duplicate_forget_rival(tx->db, instance->id, e))
		return -1;
	clock_text(instance->rival_at, then);
	clock_text(tx->now, now);
	if (strcmp(d.rival_sign, SIGN_OTHER_KEY) == 0)
		what = arena_printf(
			tx->arena,
			"%s asked on %s to register with another key and was refused; the registered one was still there on %s, "
			"at %s.",
			from_where(d.rival_address), then, now, from_where(tx->actor->address));
	else
		what = arena_printf(tx->arena,
				    "%s used a certificate from before the last renewal on %s, %s the newest one on %s.",
				    from_where(d.rival_address), then, from_where(tx->actor->address), now);
	return raise_alert(tx, instance, what, e);
}

int duplicate_superseded(struct tx *tx, const struct instance_row *instance, const struct certificate_row *c,
			 int64_t sent_at, struct err *e)
{
	/* What is older than the registration was superseded by that: a machine that lost to a rebuilt one, or the product
	 * itself, whose answer was lost. */
	if (instance->rival_at || c->ended_at == 0 || c->issued_at < instance->registered_at ||
	    sent_at < c->ended_at + LATE_MS)
		return 0;
	return q_duplicate_rival(tx->db, instance->id, tx->now, tx->actor->address, SIGN_SUPERSEDED, e);
}

int duplicate_refused(struct tx *tx, const struct udi *udi, const void *key_id, struct err *e)
{
	struct certificate_row *rows;
	struct instance_row instance;
	size_t n;
	int rc = q_instance_by_udi(tx->db, tx->arena, udi, &instance, e);

	if (rc != 1 || instance.rival_at)
		return rc < 0 ? -1 : 0;
	if (q_certificate_list(tx->db, tx->arena, instance.id, &rows, &n, e))
		return -1;
	/* A key that it ever had is no other one. */
	for (size_t i = 0; i < n; i++)
		if (memcmp(rows[i].key_id, key_id, SHA256_SIZE) == 0)
			return 0;
	return q_duplicate_rival(tx->db, instance.id, tx->now, tx->actor->address, SIGN_OTHER_KEY, e);
}

int duplicate_settled(struct tx *tx, const struct instance_row *instance, struct err *e)
{
	struct duplicate_row d;

	if (instance->rival_at == 0)
		return 0;
	if (q_duplicate_get(tx->db, tx->arena, instance->id, &d, e) != 1)
		return -1;
	return strcmp(d.rival_sign, SIGN_SUPERSEDED) == 0 ? q_duplicate_forget_rival(tx->db, instance->id, e) : 0;
}

int duplicate_forget(struct tx *tx, const struct instance_row *instance, struct err *e)
{
	return q_duplicate_drop(tx->db, instance->id, e) || alert_clear(tx, ALERT_DUPLICATE, instance->uuid, e) ? -1 : 0;
}
