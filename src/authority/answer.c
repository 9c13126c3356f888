#include "authority/answer.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "authority/inside.h"
#include "base/clock.h"
#include "base/log.h"
#include "crypt/csr.h"
#include "lic/event.h"
#include "lic/identity.h"
#include "lic/site.h"

#define ANSWERS_KEPT 4
#define ROWS_KEPT 200
#define TRIES 8 /* when other requests of the satellite come between */

/* ---- verifying ---- */

static void asked_fini(struct asked *a)
{
	bundle_close(a->bundle);
	key_free(a->key);
}

/* A registration file, which its own key signed: say what it is instead of what it is not. */
static void explain_untrusted(struct site *site, int fd, off_t start, struct err *e)
{
	struct cms_verified by = { 0 };
	struct bundle *again = NULL;
	struct err ignored;

	if (e->code != E_SYNC_UNTRUSTED || start < 0 || lseek(fd, start, SEEK_SET) != start ||
	    bundle_open_fd(fd, BUNDLE_REGISTRATION_MAX, site->spool_dir, &again, &ignored))
		return;
	if (bundle_verify(again, NULL, wall_now(&site->wall), &by, &ignored) == 0) {
		if (bundle_manifest(again)->kind == MANIFEST_REGISTRATION)
			err_set(e, E_SYNC_WRONG_KIND,
				"This is a registration file of the satellite “%.128s”, which asks for authority over '%.128s' of "
				"'%.128s'. Authorize it (satellite authorize) and take that answer back. Nothing was changed.",
				bundle_manifest(again)->name, bundle_manifest(again)->virtual_account,
				bundle_manifest(again)->smart_account);
		cms_verified_fini(&by);
	}
	bundle_close(again);
}

static int check_kind(const struct manifest *m, struct err *e)
{
	static const char *const phrases[] = { "a registration file", "an authorization file", "", "a response file",
					       "a resync file" };

	if (m->kind == MANIFEST_REQUEST)
		return 0;
	return err_set(
		e, E_SYNC_WRONG_KIND,
		"This is %s, which a cloud manager made for the account “%.128s” of the satellite with UUID %s. Import "
		"it there; bring the request file here that the satellite exports. Nothing was changed.",
		phrases[m->kind], m->account, m->satellite);
}

/* The CA that issued the signer, and that it may sign for a satellite at all. */
static int check_role(const struct cms_verified *by, unsigned char out[SHA256_SIZE], struct err *e)
{
	struct key *key;

	if (by->intermediate == NULL || !cert_issued_by(by->signer, by->intermediate))
		return err_set(e, E_SYNC_UNTRUSTED,
			       "The file is not signed by a satellite: its signer was not issued by a satellite's CA. "
			       "Nothing was changed.");
	if (cert_key(by->intermediate, &key, e))
		return -1;
	key_id(key, out);
	key_free(key);
	return 0;
}

/* Of a file that is open: its signature, and what it is. */
static int verify_opened(struct site *site, const struct identity *id, int fd, off_t start, struct asked *a, struct err *e)
{
	struct cms_verified by = { 0 };
	int rc = -1;

	if (bundle_verify(a->bundle, id->root, wall_now(&site->wall), &by, e))
		explain_untrusted(site, fd, start, e);
	else
		rc = check_kind(bundle_manifest(a->bundle), e) || check_role(&by, a->signer_ca, e) ||
				     manifest_check_clock(bundle_manifest(a->bundle), wall_now(&site->wall), e)
			   ? -1
			   : 0;
	cms_verified_fini(&by);
	if (rc == 0) {
		a->manifest = bundle_manifest(a->bundle);
		bundle_digest(a->bundle, a->digest);
	}
	return rc;
}

/* head: the rest of the file is still to come. */
static int verify(struct site *site, int fd, bool head, struct asked *a, struct err *e)
{
	struct identity *id = site_identity(site);
	off_t start = lseek(fd, 0, SEEK_CUR);
	int rc;

	if (id == NULL)
		return err_set(e, E_INTERNAL, "This server has no licensing root.");
	rc = head ? bundle_open_head(fd, site->spool_dir, &a->bundle, e)
		  : bundle_open_fd(fd, BUNDLE_SYNC_MAX, site->spool_dir, &a->bundle, e);
	if (rc == 0)
		rc = verify_opened(site, id, fd, start, a, e);
	identity_put(id);
	return rc;
}

/* ---- whose it is ---- */

static int refuse_removed(const struct satellite_row *s, struct err *e)
{
	char when[CLOCK_TEXT_SIZE];

	return err_set(
		e, E_SATELLITE_REMOVED,
		"The satellite “%.128s” was removed here by %.128s on %s and gets no further authority. To take it "
		"back, authorize a new registration file of it here, or make a registration code for it. Nothing was "
		"changed.",
		s->name, s->removed_by ? s->removed_by : "an administrator", clock_text(s->removed_at, when));
}

static int find_satellite(struct tx *tx, const struct asked *a, struct satellite_row *out, struct err *e)
{
	const char *uuid = a->manifest->satellite;
	int rc = q_satellite_by_uuid(tx->db, tx->arena, uuid, out, e);

	if (rc == 0)
		return err_set(
			e, E_SATELLITE_UNKNOWN,
			"No satellite with UUID %s was authorized here, or this cloud manager was set back to a backup "
			"from before. Export a registration file there and authorize it here. Nothing was changed.",
			uuid);
	if (rc < 0)
		return -1;
	if (out->key_id_n != SHA256_SIZE || memcmp(out->key_id, a->signer_ca, SHA256_SIZE) != 0)
		return err_set(
			e, E_SYNC_UNTRUSTED,
			"The file names the satellite “%.128s”, but another one's key signed it. If the satellite was "
			"built anew, authorize its new registration file. Nothing was changed.",
			out->name);
	return strcmp(out->status, "ACTIVE") == 0 ? 0 : refuse_removed(out, e);
}

static bool same_name(const char *a, const char *b)
{
	char x[NAME_KEY_SIZE], y[NAME_KEY_SIZE];

	return str_fold(x, a) == 0 && str_fold(y, b) == 0 && strcmp(x, y) == 0;
}

static int refuse_account(const struct asked *a, const struct satellite_row *s, const struct served_row *rows, size_t n,
			  struct err *e)
{
	return err_set(
		e, E_ACCOUNT_UNKNOWN,
		"The satellite “%.128s” has no authority here for its account “%.128s”%s%.128s%s. Export a registration "
		"file of that account there and authorize it here. Nothing was changed.",
		s->name, a->manifest->account, n ? ", but for “" : "", n ? rows[0].satellite_account : "",
		n > 1 ? "” and others"
		: n   ? "”"
		      : "");
}

int asked_place(struct tx *tx, const struct asked *a, struct asked_place *out, struct err *e)
{
	struct served_row *rows;
	size_t n, i = 0;
	int rc;

	memset(out, 0, sizeof(*out));
	if (find_satellite(tx, a, &out->satellite, e) ||
	    q_remote_served(tx->db, tx->arena, out->satellite.id, &rows, &n, e))
		return -1;
	while (i < n && !same_name(rows[i].satellite_account, a->manifest->account))
		i++;
	if (i == n)
		return refuse_account(a, &out->satellite, rows, n, e);
	out->served = rows[i];
	if (q_virtual_account_by_id(tx->db, tx->arena, rows[i].virtual_account_id, &out->va, e) != 1 ||
	    q_account_by_id(tx->db, tx->arena, out->va.account_id, &out->account, e) != 1)
		return -1;
	rc = q_remote_state_get(tx->db, tx->arena, out->va.id, &out->state, e);
	out->known = rc == 1;
	return rc < 0 ? -1 : 0;
}

static int judge(struct tx *tx, void *arg, struct err *e)
{
	struct asked *a = arg;
	struct asked_place place;

	if (asked_place(tx, a, &place, e))
		return -1;
	/* Over the network nobody has signed in: it is the satellite itself that acts. */
	a->actor.kind = ACTOR_SYSTEM;
	str_copy(a->actor.name, sizeof(a->actor.name), place.satellite.name);
	return 0;
}

/* The key that asks for its next certificate is the one that is known. */
static int read_csr(struct asked *a, struct err *e)
{
	unsigned char id[SHA256_SIZE];
	AUTO_BUF pem = BUF_INIT;
	struct err why = ERR_INIT;

	if (bundle_part_bytes(a->bundle, "csr.pem", BUNDLE_PEM_MAX, &pem, e))
		return -1;
	if (csr_read(pem.data, pem.n, &a->key, &why))
		return err_field(e, E_SYNC_DAMAGED, "csr.pem",
				 "csr.pem: %.400s Its signature is good, so the satellite made it so. Nothing was changed.",
				 why.text);
	key_id(a->key, id);
	if (memcmp(id, a->signer_ca, SHA256_SIZE) == 0)
		return 0;
	return err_set(e, E_SATELLITE_KEY_CHANGED,
		       "The request asks for a certificate of another key than the satellite's. If it was built anew, "
		       "remove it here first and authorize its registration file. Nothing was changed.");
}

/* A wrong file ends before all of it is read. */
static int open_request(struct work *w, int fd, struct asked *a, struct err *e)
{
	return verify(w->site, fd, false, a, e) || w->read(w, judge, a, e) || bundle_spool(a->bundle, e) || read_csr(a, e)
		     ? -1
		     : 0;
}

int answer_judge(struct tx *tx, int fd, int64_t *max, struct err *e)
{
	struct asked a = { 0 };
	int rc = verify(tx->site, fd, true, &a, e) || judge(tx, &a, e) ? -1 : 0;

	if (rc == 0)
		*max = bundle_packed_max(a.bundle);
	asked_fini(&a);
	return rc;
}

/* ---- deciding ---- */

struct answering {
	struct work *work;
	struct asked asked;
	struct asked_place place; /* of the last turn that read it */
	enum answer_decision decision;
	char reason[MANIFEST_REASON_SIZE];
	struct changes changes;
	struct answer_file file;
	bool overtaken; /* another request came between */
	struct answer *out;
};

/* What is kept of a request with this answer: 1, 0, -1. */
static int find_kept(struct tx *tx, const struct answering *a, const char *kind, struct sync_answer_row *row, struct err *e)
{
	*row = (struct sync_answer_row){ 0 };
	return q_sync_answer_find(tx->db, tx->arena, a->place.va.id, a->asked.digest, kind, row, e);
}

static int read_known(struct tx *tx, const struct answering *a, struct answer_known *out, struct err *e)
{
	struct sync_answer_row response, resync;
	int64_t applied = 0;
	int rc = find_kept(tx, a, "response", &response, e);

	if (rc < 0 || find_kept(tx, a, "resync", &resync, e) < 0 ||
	    q_sync_answer_applied(tx->db, a->place.va.id, a->asked.manifest->base_sequence, &applied, e))
		return -1;
	*out = (struct answer_known){ .any = a->place.known,
				      .last = a->place.state.sequence,
				      .base_applied = applied,
				      .response = rc,
				      .response_kept = response.answer,
				      .response_made = response.answered_at,
				      .resync_kept = resync.answer };
	if (a->place.known && a->place.state.request_sha256_n == SHA256_SIZE)
		memcpy(out->digest, a->place.state.request_sha256, SHA256_SIZE);
	return 0;
}

/* The answer that is kept: a response before a resync. */
static int give_kept(struct tx *tx, struct answering *a, struct err *e)
{
	struct sync_answer_row row;

	a->out->kind = MANIFEST_RESPONSE;
	if (find_kept(tx, a, "response", &row, e) < 0)
		return -1;
	if (row.answer == NULL) {
		a->out->kind = MANIFEST_RESYNC;
		if (find_kept(tx, a, "resync", &row, e) < 0)
			return -1;
	}
	a->out->again = true;
	return answer_write_kept(tx, row.answer, row.answer_n, &a->file, e);
}

static int decide(struct tx *tx, void *arg, struct err *e)
{
	struct answering *a = arg;
	struct answer_known known;

	if (asked_place(tx, &a->asked, &a->place, e) || read_known(tx, a, &known, e))
		return -1;
	a->decision = answer_decide(a->asked.manifest, a->asked.digest, &known, a->reason);
	if (a->decision == ANSWER_AGAIN)
		return give_kept(tx, a, e);
	if (wall_check(&tx->site->wall, e))
		return -1;
	if (a->decision == ANSWER_APPLY)
		return compare_request(a->work, tx, &a->asked, &a->place, &a->changes, e);
	return a->decision == ANSWER_RESYNC ? answer_write_resync(tx, &a->asked, &a->place, a->reason, &a->file, e) : 0;
}

/* ---- writing ---- */

/* Is everything as it was when it was decided? If not it is decided anew. */
static int still_so(struct tx *tx, struct answering *a, struct err *e)
{
	struct asked_place before = a->place;

	if (asked_place(tx, &a->asked, &a->place, e))
		return -1;
	a->overtaken = before.va.id != a->place.va.id || before.known != a->place.known ||
		       (before.known && (before.state.sequence != a->place.state.sequence ||
					 before.state.received_at != a->place.state.received_at ||
					 memcmp(before.state.request_sha256, a->place.state.request_sha256, SHA256_SIZE)));
	return 0;
}

static int apply(struct tx *tx, void *arg, struct err *e)
{
	struct answering *a = arg;

	if (wall_check(&tx->site->wall, e) || still_so(tx, a, e))
		return -1;
	return a->overtaken ? 0 : apply_request(tx, &a->asked, &a->place, &a->changes, &a->out->changed, e);
}

static int make_response(struct tx *tx, void *arg, struct err *e)
{
	struct answering *a = arg;

	if (wall_check(&tx->site->wall, e) || asked_place(tx, &a->asked, &a->place, e))
		return -1;
	return answer_write_response(tx, &a->asked, &a->place, &a->file, e);
}

static int read_file(const struct answer_file *f, struct buf *out, struct err *e)
{
	char *to = buf_room(out, (size_t)f->bytes);

	while ((int64_t)out->n < f->bytes) {
		ssize_t n = pread(f->fd, to + out->n, (size_t)f->bytes - out->n, (off_t)out->n);

		if (n <= 0)
			return err_set(e, E_FILE_ERROR, "A temporary file cannot be read.");
		out->n += (size_t)n;
	}
	return 0;
}

static int answer_event(struct tx *tx, const struct answering *a, const char *kind, struct err *e)
{
	const struct asked_place *p = &a->place;
	json_t *detail = json_object();

	json_set_text(detail, "satellite", p->satellite.name);
	json_set_text(detail, "virtualAccount", p->va.name);
	json_set_text(detail, "kind", kind);
	json_set_int(detail, "sequence", a->asked.manifest->sequence);
	json_set_int(detail, "bytes", a->file.bytes);
	if (*a->reason)
		json_set_text(detail, "reason", a->reason);
	else
		json_set_time(detail, "authorityValidUntil", a->file.authority_valid_until);
	return event_add(tx, *a->reason ? "sync.resync" : "sync.answer", p->account.name, p->satellite.uuid, detail, e);
}

static int store_renewed(struct tx *tx, const struct answering *a, struct err *e)
{
	AUTO_BUF der = BUF_INIT;
	json_t *detail;

	if (a->file.sub_ca == NULL)
		return 0;
	cert_write_der(a->file.sub_ca, &der);
	if (q_satellite_renewed(tx->db, a->place.satellite.id, der.data, der.n, e))
		return -1;
	detail = json_object();
	json_set_text(detail, "satellite", a->place.satellite.name);
	json_set_time(detail, "validUntil", cert_not_after(a->file.sub_ca));
	return event_add(tx, "satellite.renew", a->place.account.name, a->place.satellite.uuid, detail, e);
}

static int store_answer(struct tx *tx, const struct answering *a, const char *kind, struct err *e)
{
	int64_t va = a->place.va.id;
	AUTO_BUF bytes = BUF_INIT;

	return read_file(&a->file, &bytes, e) ||
			       q_sync_answer_set(tx->db, va, a->asked.digest, kind, bytes.data, bytes.n, tx->now, e) ||
			       q_sync_answer_tidy(tx->db, va, ANSWERS_KEPT, ROWS_KEPT, e) || answer_event(tx, a, kind, e)
		     ? -1
		     : 0;
}

static int store_response(struct tx *tx, void *arg, struct err *e)
{
	struct answering *a = arg;
	struct sync_answer_row row;

	if (asked_place(tx, &a->asked, &a->place, e))
		return -1;
	/* Its twin was faster, or its satellite was authorized anew meanwhile. */
	if (find_kept(tx, a, "response", &row, e) < 0)
		return -1;
	a->overtaken = row.id == 0 || row.answered_at;
	if (a->overtaken)
		return 0;
	if (q_delegation_extended(tx->db, a->place.va.id, a->file.authority_valid_until, e) || store_renewed(tx, a, e))
		return -1;
	return store_answer(tx, a, "response", e);
}

static int store_resync(struct tx *tx, void *arg, struct err *e)
{
	struct answering *a = arg;
	struct sync_answer_row row;

	if (still_so(tx, a, e) || find_kept(tx, a, "resync", &row, e) < 0)
		return -1;
	a->overtaken = a->overtaken || row.answer;
	if (a->overtaken)
		return 0;
	if (q_sync_answer_add(tx->db, a->place.va.id, a->asked.manifest->sequence, a->asked.digest, "resync", tx->now, e) ||
	    q_delegation_synced(tx->db, a->place.satellite.id, a->place.va.id, tx->now, e))
		return -1;
	return store_answer(tx, a, "resync", e);
}

/* ---- all of it ---- */

static int respond(struct answering *a, struct err *e)
{
	struct work *w = a->work;

	a->out->kind = MANIFEST_RESPONSE;
	return w->read(w, make_response, a, e) || w->write(w, store_response, a, e) ? -1 : 0;
}

/* From what is known now as far as it goes: to the end, or until another request overtakes it. */
static int try_once(struct answering *a, struct err *e)
{
	struct work *w = a->work;
	int rc;

	a->overtaken = false;
	a->out->again = false;
	changes_open(&a->changes, w->site->spool_dir);
	rc = w->read(w, decide, a, e);
	if (rc == 0 && a->decision == ANSWER_APPLY)
		rc = w->write(w, apply, a, e);
	changes_close(&a->changes);
	if (rc || a->overtaken || a->decision == ANSWER_AGAIN)
		return rc;
	if (a->decision != ANSWER_RESYNC)
		return respond(a, e);
	a->out->kind = MANIFEST_RESYNC;
	return w->write(w, store_resync, a, e);
}

static void fill(struct answering *a)
{
	const struct manifest *m = a->asked.manifest;
	struct answer *out = a->out;

	out->fd = a->file.fd;
	out->bytes = a->file.bytes;
	a->file.fd = -1;
	out->mode = m->mode;
	out->sequence = m->sequence;
	str_copy(out->reason, sizeof(out->reason), a->reason);
	for (size_t i = 0; i < m->parts_n; i++)
		out->records += m->parts[i].records;
	str_copy(out->satellite, sizeof(out->satellite), *m->name ? m->name : a->place.satellite.name);
	str_copy(out->satellite_account, sizeof(out->satellite_account), m->account);
	str_copy(out->account, sizeof(out->account), a->place.account.name);
	str_copy(out->virtual_account, sizeof(out->virtual_account), a->place.va.name);
}

static int answer_opened(struct answering *a, struct err *e)
{
	for (int i = 0; i < TRIES; i++) {
		if (work_check(a->work, e) || try_once(a, e))
			return -1;
		if (!a->overtaken)
			return 0;
		answer_file_fini(&a->file);
	}
	return err_set(e, E_BUSY, "Other requests of this satellite keep coming between. Try again in a moment.");
}

int answer_request(struct work *w, int fd, struct answer *out, struct err *e)
{
	struct answering a = { .work = w, .asked.actor = *w->actor, .file = { .fd = -1 }, .out = out };
	const struct actor *actor = w->actor;
	int rc;

	*out = (struct answer){ .fd = -1 };
	rc = open_request(w, fd, &a.asked, e);
	if (rc == 0) {
		w->actor = *actor->name ? actor : &a.asked.actor;
		rc = answer_opened(&a, e);
		w->actor = actor;
	}
	if (rc == 0)
		fill(&a);
	else
		log_warning("sync", "request refused: %s: %s", err_name(e->code), e->text);
	answer_file_fini(&a.file);
	asked_fini(&a.asked);
	return rc;
}
