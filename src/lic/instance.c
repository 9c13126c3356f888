#include "lic/instance.h"

#include <inttypes.h>
#include <string.h>

#include "base/str.h"
#include "lic/account.h"
#include "lic/alert.h"
#include "lic/duplicate.h"
#include "lic/event.h"
#include "lic/reservation.h"
#include "lic/site.h"
#include "lic/usage.h"

#define STATE_REGISTERED "REGISTERED"
#define INSTANCE_TAKEN_OVER "instance.taken-over"

const char *instance_udi_text(struct arena *a, const struct udi *udi)
{
	return arena_printf(a, "PID:%s,SN:%s,UUID:%s", udi->pid, udi->serial, udi->uuid);
}

const char *instance_name(struct arena *a, const struct instance_row *instance)
{
	return instance->hostname ? instance->hostname : instance_udi_text(a, &instance->udi);
}

const char *instance_full_name(struct arena *a, const struct instance_row *instance)
{
	if (instance->hostname == NULL || *instance->hostname == '\0')
		return instance_udi_text(a, &instance->udi);
	return arena_printf(a, "%s (PID %s, SN %s)", instance->hostname, instance->udi.pid, instance->udi.serial);
}

int instance_event(struct tx *tx, const char *kind, const struct instance_row *instance, json_t *detail, struct err *e)
{
	struct virtual_account_row va;
	struct account_row account;

	if (detail == NULL)
		detail = json_object();
	json_set_text(detail, "udi", instance_udi_text(tx->arena, &instance->udi));
	if (instance->hostname)
		json_set_text(detail, "hostName", instance->hostname);
	if (q_virtual_account_by_id(tx->db, tx->arena, instance->virtual_account_id, &va, e) != 1 ||
	    q_account_by_id(tx->db, tx->arena, va.account_id, &account, e) != 1) {
		json_decref(detail);
		return -1;
	}
	json_set_text(detail, "virtualAccount", va.name);
	return event_add(tx, kind, account.name, instance->uuid, detail, e);
}

int instance_account_check(struct tx *tx, int64_t virtual_account, bool needs_authority, struct account_row *account,
			   struct virtual_account_row *va, struct err *e)
{
	char until[CLOCK_TEXT_SIZE];

	if (q_virtual_account_by_id(tx->db, tx->arena, virtual_account, va, e) != 1 ||
	    q_account_by_id(tx->db, tx->arena, va->account_id, account, e) != 1)
		return -1;
	if (strcmp(account->status, ACCOUNT_ACTIVE) != 0)
		return err_set(e, E_ACCOUNT_INACTIVE, "The account '%s' is not active (%s). Ask its administrator.",
			       account->name, account->status);
	if (virtual_account_served_here(va, e))
		return -1;
	if (needs_authority && account->authority_valid_until && account->authority_valid_until <= tx->now)
		return err_set(
			e, E_SYNC_EXPIRED,
			"The authority of this satellite for '%s' ended on %s. Its administrator must synchronize it "
			"with the cloud manager; licenses in use stay in use until their own end.",
			account->name, clock_text(account->authority_valid_until, until));
	return 0;
}

/* ---- certificates ---- */

int id_certificate_issue(const struct identity *issuer, const struct key *key, const char *pid, const char *piid,
			 int64_t now, struct id_certificate *out, struct err *e)
{
	/* Whole seconds, as certificates have them: the end that is told is the end that is signed. */
	int64_t from = now / SECOND_MS * SECOND_MS, until = from + REGISTRATION_MS,
		issuer_until = cert_not_after(issuer->ca);
	struct cert_request req = { .profile = CERT_PRODUCT,
				    .common_name = pid,
				    .serial_number = piid,
				    .key = key,
				    .not_before = from - CERT_BACKDATE_MS,
				    .not_after = until < issuer_until ? until : issuer_until };

	str_copy(out->piid, sizeof(out->piid), piid);
	out->cert = NULL;
	return cert_issue(&req, issuer->ca, issuer->ca_key, &out->cert, e);
}

void id_certificate_fini(struct id_certificate *c)
{
	cert_free(c->cert);
	c->cert = NULL;
}

/* Is the ready certificate for another identifier after all, or not there? Then one is made now. */
static int fit_certificate(struct tx *tx, const struct identity *issuer, const struct key *key,
			   const struct instance_row *instance, struct id_certificate *ready, struct err *e)
{
	if (ready->cert && strcmp(ready->piid, instance->uuid) == 0)
		return 0;
	id_certificate_fini(ready);
	return id_certificate_issue(issuer, key, instance->udi.pid, instance->uuid, tx->now, ready, e);
}

static int64_t issued_at(const struct id_certificate *c)
{
	return cert_not_before(c->cert) + CERT_BACKDATE_MS;
}

/* Stores the ready certificate of an instance. */
static int add_certificate(struct tx *tx, const struct identity *issuer, const struct key *key,
			   const struct instance_row *instance, struct id_certificate *ready, const char *state,
			   struct certificate_row *row, struct err *e)
{
	unsigned char key_digest[SHA256_SIZE];
	char serial[CERT_SERIAL_TEXT];
	struct buf der = BUF_INIT, spki = BUF_INIT;
	const char *found;

	if (fit_certificate(tx, issuer, key, instance, ready, e))
		return -1;
	cert_write_der(ready->cert, &der);
	key_write_public(key, &spki);
	key_id(key, key_digest);
	found = memmem(der.data, der.n, spki.data, spki.n);
	*row = (struct certificate_row){ .instance_id = instance->id,
					 .state = state,
					 .serial = arena_strdup(tx->arena, cert_serial(ready->cert, serial)),
					 .key_id = arena_dup(tx->arena, key_digest, SHA256_SIZE),
					 .key_id_n = SHA256_SIZE,
					 .der = arena_dup(tx->arena, der.data, der.n),
					 .der_n = der.n,
					 .spki_at = found ? found - der.data : 0,
					 .spki_n = (int64_t)spki.n,
					 .not_after = cert_not_after(ready->cert),
					 .issued_at = issued_at(ready) };
	buf_fini(&der);
	buf_fini(&spki);
	if (found == NULL)
		return err_set(e, E_INTERNAL, "The certificate does not contain the key it was made for.");
	if (q_certificate_add(tx->db, row, e))
		return -1;
	row->id = db_last_id(tx->db);
	return 0;
}

static void fill_registered(const struct instance_row *instance, const struct certificate_row *c,
			    const struct account_row *account, const struct virtual_account_row *va, struct registered *out)
{
	out->piid = instance->uuid;
	out->der = c->der;
	out->der_n = c->der_n;
	out->account = account->name;
	out->virtual_account = va->name;
	out->export_allowed = instance->export_allowed && account->export_permitted;
	out->registered_at = instance->registered_at;
	out->renew_at = c->issued_at + REGISTRATION_RENEW_MS;
	out->expires_at = c->not_after;
}

int instance_certificate_used(struct tx *tx, const struct certificate_row *c, struct err *e)
{
	if (strcmp(c->state, "SUCCESSOR") != 0)
		return 0;
	if (q_certificate_current(tx->db, c->id, c->instance_id, tx->now, e))
		return -1;
	return q_instance_renewed(tx->db, c->instance_id, c->not_after, tx->now, e);
}

/* ---- registration ---- */

/* The registered instance of a UDI whose registration has not expired: 1, 0, -1. *expired is set to an expired one. */
static int find_registered(struct tx *tx, const struct udi *udi, struct instance_row *out, bool *expired, struct err *e)
{
	int rc = q_instance_by_udi(tx->db, tx->arena, udi, out, e);

	*expired = rc == 1 && out->registration_expires_at <= tx->now;
	return *expired ? 0 : rc;
}

int instance_likely_piid(struct tx *tx, const struct udi *udi, char out[UUID_SIZE], struct err *e)
{
	struct instance_row row;
	bool expired;
	int rc = find_registered(tx, udi, &row, &expired, e);

	if (rc < 0)
		return -1;
	if (rc == 1)
		str_copy(out, UUID_SIZE, row.uuid);
	else
		rand_uuid(out);
	return 0;
}

static int check_token(struct tx *tx, const struct token_row *t, struct err *e)
{
	char when[CLOCK_TEXT_SIZE], now[CLOCK_TEXT_SIZE];

	if (t->expires_at <= tx->now)
		return err_field(e, E_TOKEN_EXPIRED, "token",
				 "The token expired on %s; it is %s now. Create a token and register again.",
				 clock_text(t->expires_at, when), clock_text(tx->now, now));
	if (t->uses_max == 1 && t->uses >= 1)
		return err_field(e, E_TOKEN_EXHAUSTED, "token",
				 "The only use of the token is taken. Create a token and register again.");
	if (t->uses_max && t->uses >= t->uses_max)
		return err_field(e, E_TOKEN_EXHAUSTED, "token",
				 "All %" PRId64 " uses of the token are taken. Create a token and register again.",
				 t->uses_max);
	return 0;
}

static int find_token(struct tx *tx, const char *value, struct token_row *t, struct err *e)
{
	unsigned char hash[SHA256_SIZE];
	int rc;

	digest_sha256(value, strlen(value), hash);
	rc = q_token_by_hash(tx->db, tx->arena, hash, sizeof(hash), t, e);
	if (rc == 0)
		return err_field(e, E_INVALID_TOKEN, "token", "The token '%.100s' is not valid", value);
	return rc < 0 ? -1 : 0;
}

/* The newest certificate of an instance that is still good, with this key (or with any if key_id is NULL): 1, 0, -1. */
static int find_certificate(struct tx *tx, int64_t instance, const unsigned char *key_digest, struct certificate_row *out,
			    struct err *e)
{
	struct certificate_row *rows;
	size_t n;

	if (q_certificate_list(tx->db, tx->arena, instance, &rows, &n, e))
		return -1;
	while (n-- > 0) {
		if (rows[n].ended_at || rows[n].not_after <= tx->now)
			continue;
		if (key_digest && memcmp(rows[n].key_id, key_digest, SHA256_SIZE) != 0)
			continue;
		*out = rows[n];
		return 1;
	}
	return 0;
}

static void take_over_facts(struct instance_row *row, const struct registration *in)
{
	row->product_version = in->product_version;
	row->hostname = in->hostname;
	row->ip_address = in->ip_address;
	row->mac_address = in->mac_address;
	row->host_identifier = in->host_identifier;
	row->suvi = in->suvi;
	row->udi_vid = in->udi_vid;
}

struct register_context {
	struct tx *tx;
	const struct identity *issuer;
	const struct registration *in;
	struct id_certificate *ready;
	struct token_row token;
	struct virtual_account_row va; /* the token's */
	struct account_row account;
};

static int register_new(struct register_context *c, struct instance_row *row, struct certificate_row *cert, struct err *e)
{
	char uuid[UUID_SIZE];

	*row = (struct instance_row){ .virtual_account_id = c->va.id,
				      .token_id = c->token.id,
				      .state = STATE_REGISTERED,
				      .udi = c->in->udi,
				      .export_allowed = c->token.export_controlled && c->account.export_permitted };
	/* The ready certificate carries the identifier, unless that one was for an instance that is gone meanwhile. */
	if (c->ready->cert &&
	    q_instance_by_uuid(c->tx->db, c->tx->arena, c->ready->piid, &(struct instance_row){ 0 }, e) == 0)
		str_copy(uuid, sizeof(uuid), c->ready->piid);
	else
		rand_uuid(uuid);
	row->uuid = arena_strdup(c->tx->arena, uuid);
	take_over_facts(row, c->in);
	if (fit_certificate(c->tx, c->issuer, c->in->key, row, c->ready, e))
		return -1;
	row->registered_at = issued_at(c->ready);
	row->registration_expires_at = cert_not_after(c->ready->cert);
	if (q_instance_add(c->tx->db, row, e) ||
	    add_certificate(c->tx, c->issuer, c->in->key, row, c->ready, "CURRENT", cert, e))
		return -1;
	return instance_event(c->tx, "instance.register", row, NULL, e);
}

/* before: as it was. */
static int taken_over(struct register_context *c, const struct instance_row *row, const struct instance_row *before,
		      struct err *e)
{
	char when[CLOCK_TEXT_SIZE], last[CLOCK_TEXT_SIZE];
	const char *message = arena_printf(
		c->tx->arena,
		"%s was registered by force with another key from %s on %s. The machine that held the registration before "
		"(%s, last contact on %s) has lost it. If it was not built anew, find out who did this: remove the product "
		"instance and revoke the token.",
		instance_udi_text(c->tx->arena, &row->udi),
		*c->tx->actor->address ? c->tx->actor->address : "an unknown address", clock_text(c->tx->now, when),
		before->hostname ? before->hostname : "without a host name", clock_text(before->last_contact_at, last));

	return alert_raise(c->tx, ALERT_TAKEN_OVER, &c->account, &c->va, row->uuid,
			   instance_udi_text(c->tx->arena, &row->udi), message, e);
}

/* Reregister and take-over: the instance stays, with a new certificate, perhaps in another virtual account. */
static int register_again(struct register_context *c, struct instance_row *row, const char *kind,
			  struct certificate_row *cert, struct err *e)
{
	bool move = row->virtual_account_id != c->va.id;
	const struct instance_row before = *row;
	struct virtual_account_row from;
	json_t *detail;

	if (q_virtual_account_by_id(c->tx->db, c->tx->arena, row->virtual_account_id, &from, e) != 1)
		return -1;
	if (move && row->holding &&
	    (usage_release(c->tx, row->id, row->virtual_account_id, e) || usage_hold(c->tx, row->id, c->va.id, e)))
		return -1;
	if (add_certificate(c->tx, c->issuer, c->in->key, row, c->ready, "CURRENT", cert, e) ||
	    q_certificate_current(c->tx->db, cert->id, row->id, c->tx->now, e))
		return -1;
	row->virtual_account_id = c->va.id;
	row->token_id = c->token.id;
	row->export_allowed = c->token.export_controlled && c->account.export_permitted;
	row->registered_at = cert->issued_at;
	row->registration_expires_at = cert->not_after;
	row->holds_until =
		row->authorization_expires_at < cert->not_after ? row->authorization_expires_at : cert->not_after;
	take_over_facts(row, c->in);
	if (q_instance_reregistered(c->tx->db, row, e) || (move && q_alert_fact_move(c->tx->db, row->uuid, c->va.id, e)) ||
	    duplicate_forget(c->tx, row, e) || (strcmp(kind, INSTANCE_TAKEN_OVER) == 0 && taken_over(c, row, &before, e)))
		return -1;
	detail = json_object();
	json_set_text(detail, "from", from.name);
	return instance_event(c->tx, kind, row, detail, e);
}

static int refuse_registered(struct register_context *c, const struct instance_row *row, bool same_key, struct err *e)
{
	const char *name = row->hostname ? row->hostname : row->uuid;
	char since[CLOCK_TEXT_SIZE];
	struct virtual_account_row va;

	if (q_virtual_account_by_id(c->tx->db, c->tx->arena, row->virtual_account_id, &va, e) != 1)
		return -1;
	clock_text(row->registered_at, since);
	if (same_key)
		return err_set(
			e, E_ALREADY_REGISTERED,
			"%s, SN %s is registered as %s in '%s' since %s. To move it, register with force and a token of "
			"the same account.",
			row->udi.pid, row->udi.serial, name, va.name, since);
	return err_set(
		e, E_ALREADY_REGISTERED,
		"%s, SN %s is registered as %s in '%s' with another key since %s. If the product was re-installed, or "
		"deregistered while this server could not be reached, "
		"register with force and a token of '%s'; if it is a copy, give it its own identity.",
		row->udi.pid, row->udi.serial, name, va.name, since, va.name);
}

static int same_account(struct register_context *c, const struct instance_row *row, bool *same, struct err *e)
{
	struct virtual_account_row va;

	if (q_virtual_account_by_id(c->tx->db, c->tx->arena, row->virtual_account_id, &va, e) != 1)
		return -1;
	*same = va.account_id == c->va.account_id;
	return 0;
}

/* A registered instance registers once more (section 4). */
static int register_known(struct register_context *c, struct instance_row *row, struct certificate_row *cert, struct err *e)
{
	int same_key = find_certificate(c->tx, row->id, c->in->key_id, cert, e);
	const char *kind = NULL;
	bool same = false;

	if (same_key < 0 || same_account(c, row, &same, e))
		return -1;
	/* The answer to the first one was lost: the same again, and no second use. */
	if (same_key && row->token_id == c->token.id)
		return duplicate_settled(c->tx, row, e);
	if (check_token(c->tx, &c->token, e))
		return -1;
	if (c->in->force && same_key && same)
		kind = "instance.move";
	else if (c->in->force && !same_key && row->virtual_account_id == c->va.id)
		kind = INSTANCE_TAKEN_OVER;
	if (kind == NULL)
		return refuse_registered(c, row, same_key, e);
	if (q_token_use(c->tx->db, c->token.id, c->tx->now, e))
		return -1;
	return register_again(c, row, kind, cert, e);
}

int instance_register(struct tx *tx, const struct identity *issuer, const struct registration *in,
		      struct id_certificate *ready, struct registered *out, struct err *e)
{
	struct register_context c = { .tx = tx, .issuer = issuer, .in = in, .ready = ready };
	struct certificate_row cert = { 0 };
	struct instance_row row;
	bool expired;
	int rc;

	if (find_token(tx, in->token, &c.token, e) ||
	    instance_account_check(tx, c.token.virtual_account_id, true, &c.account, &c.va, e))
		return -1;
	if (c.token.revoked_at)
		return err_field(e, E_TOKEN_REVOKED, "token", NULL);
	rc = find_registered(tx, &in->udi, &row, &expired, e);
	if (rc < 0)
		return -1;
	if (rc == 1) {
		/* An administrator may have moved it away from the token's virtual account. */
		if (register_known(&c, &row, &cert, e) ||
		    q_virtual_account_by_id(tx->db, tx->arena, row.virtual_account_id, &c.va, e) != 1)
			return -1;
		fill_registered(&row, &cert, &c.account, &c.va, out);
		return 0;
	}
	if (check_token(tx, &c.token, e) || reservation_refuse_registration(tx, &in->udi, e) ||
	    q_token_use(tx->db, c.token.id, tx->now, e) || (expired && instance_end(tx, &row, "REPLACED", e)) ||
	    register_new(&c, &row, &cert, e))
		return -1;
	fill_registered(&row, &cert, &c.account, &c.va, out);
	return 0;
}

int instance_renew(struct tx *tx, const struct identity *issuer, const struct instance_row *instance,
		   const struct certificate_row *presented, const struct key *key, struct id_certificate *ready,
		   struct registered *out, struct err *e)
{
	struct virtual_account_row va;
	struct certificate_row cert;
	struct account_row account;
	json_t *detail;

	/* From now on the product may hold the new certificate: its registration is that one's year. */
	if (q_virtual_account_by_id(tx->db, tx->arena, instance->virtual_account_id, &va, e) != 1 ||
	    q_account_by_id(tx->db, tx->arena, va.account_id, &account, e) != 1 ||
	    q_certificate_end_successors(tx->db, instance->id, tx->now, e) ||
	    add_certificate(tx, issuer, key, instance, ready, "SUCCESSOR", &cert, e) ||
	    q_instance_renewed(tx->db, instance->id, cert.not_after, tx->now, e))
		return -1;
	fill_registered(instance, &cert, &account, &va, out);
	detail = json_object();
	json_set_text(detail, "before", presented->serial);
	json_set_text(detail, "after", cert.serial);
	return instance_event(tx, "instance.renew", instance, detail, e);
}

int instance_end(struct tx *tx, const struct instance_row *instance, const char *state, struct err *e)
{
	static const struct {
		const char *state, *kind;
	} kinds[] = { { "DEREGISTERED", "instance.deregister" },
		      { "REMOVED", "instance.remove" },
		      { "REPLACED", "instance.replace" } };
	const char *kind = NULL;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].state, state) == 0)
			kind = kinds[i].kind;
	if (instance->holding && (usage_release(tx, instance->id, instance->virtual_account_id, e) ||
				  q_instance_release(tx->db, instance->id, e)))
		return -1;
	if (alert_clear_instance(tx, instance->uuid, e) || duplicate_forget(tx, instance, e) ||
	    q_usage_drop_all(tx->db, instance->id, e) || q_certificate_revoke_all(tx->db, instance->id, tx->now, e) ||
	    q_instance_end(tx->db, instance->id, state, tx->now, e))
		return -1;
	return instance_event(tx, kind, instance, NULL, e);
}

int instance_remove(struct tx *tx, const char *piid, struct err *e)
{
	struct instance_row row;

	return instance_find(tx, piid, &row, e) ? -1 : instance_end(tx, &row, "REMOVED", e);
}

int instance_status(struct tx *tx, const struct instance_row *instance, const char **out, struct err *e)
{
	bool out_of_compliance;

	if (strcmp(instance->state, "DEREGISTERED") == 0)
		*out = "Deregistered";
	else if (strcmp(instance->state, "REMOVED") == 0)
		*out = "Removed";
	else if (strcmp(instance->state, "REPLACED") == 0)
		*out = "Replaced";
	else if (instance->registration_expires_at <= tx->now)
		*out = "Registration Expired";
	else if (instance->authorized_at == 0)
		*out = "Registered";
	else if (instance->authorization_expires_at <= tx->now || !instance->holding) /* what was taken back stays so */
		*out = "Authorization Expired";
	else {
		if (usage_out_of_compliance(tx, instance, &out_of_compliance, e))
			return -1;
		*out = out_of_compliance ? "Out Of Compliance" : "Authorized";
	}
	return 0;
}
