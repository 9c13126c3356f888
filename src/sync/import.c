/* import.c - what comes from the manager, verified. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "crypt/cert.h"
#include "lic/account.h"
#include "lic/site.h"
#include "sync/bundle.h"
#include "sync/import_inside.h"

void sync_import_free(struct sync_import *s)
{
	if (s == NULL)
		return;
	bundle_close(s->bundle);
	cert_free(s->root);
	cert_free(s->sub_ca);
	lots_fini(&s->lots);
	free(s);
}

const struct manifest *sync_import_manifest(const struct sync_import *s)
{
	return bundle_manifest(s->bundle);
}

struct opening {
	struct work *work;
	const char *account;
	int fd;
	off_t start; /* where the file begins; -1: it is a pipe */
	const char *fingerprint;
	struct sync_import *import;
	bool spooled; /* the parts are here: the root had to be found among them */
};

/* ---- the signature ---- */

/* The licensing root that is trusted already: 1, 0, -1. */
static int known_root(struct tx *tx, struct cert **root, struct err *e)
{
	int rc = authority_read(tx, AUTHORITY_ROOT, root, NULL, e);

	if (rc < 0 || *root)
		return rc;
	if (tx->site->configured_root) {
		*root = cert_ref((struct cert *)tx->site->configured_root);
		return 1;
	}
	return 0;
}

static int read_fingerprint(const char *text, unsigned char out[SHA256_SIZE], struct err *e)
{
	if (str_unhex(out, SHA256_SIZE, text) == 0)
		return 0;
	return err_field(e, E_INVALID_REQUEST, "root_fingerprint",
			 "A fingerprint is 64 hexadecimal digits (SHA-256), with or without colons.");
}

static int check_fingerprint(const struct cert *root, const char *fingerprint, struct err *e)
{
	unsigned char given[SHA256_SIZE], have[SHA256_SIZE];
	char text[96];

	if (fingerprint == NULL)
		return 0;
	if (read_fingerprint(fingerprint, given, e))
		return -1;
	cert_fingerprint(root, have);
	if (!digest_equal(given, have, sizeof(have)))
		return err_set(
			e, E_SYNC_WRONG_ROOT,
			"This satellite trusts the licensing root with fingerprint %s, not the one that was given. Nothing "
			"was changed.",
			cert_fingerprint_text(root, text));
	return 0;
}

static int find_root(struct opening *o, struct err *e)
{
	unsigned char digest[SHA256_SIZE];

	if (o->fingerprint == NULL)
		return err_set(
			e, E_SYNC_ROOT_UNKNOWN,
			"This is the first import: give the fingerprint of the licensing root, as the cloud manager's "
			"administrator sees it (--root-fingerprint). Nothing was changed.");
	if (read_fingerprint(o->fingerprint, digest, e) || bundle_spool(o->import->bundle, e) ||
	    bundle_find_root(o->import->bundle, digest, &o->import->root, e))
		return -1;
	o->spooled = true;
	return 0;
}

/* The kind of answer that the account needs. */
static enum manifest_kind needed(const struct account_row *account)
{
	return account->authority_valid_until ? MANIFEST_RESPONSE : MANIFEST_AUTHORIZATION;
}

/* One's own file that comes back unanswered is the courier's most likely mistake: say so. */
static void explain_untrusted(struct opening *o, struct tx *tx, struct err *e)
{
	struct cms_verified by = { 0 };
	struct bundle *again = NULL;
	struct err ignored;

	if (e->code == E_SYNC_UNTRUSTED && o->start >= 0 && lseek(o->fd, o->start, SEEK_SET) == o->start &&
	    bundle_open_fd(o->fd, BUNDLE_REGISTRATION_MAX, tx->site->spool_dir, &again, &ignored) == 0) {
		if (bundle_verify(again, NULL, tx->now, &by, &ignored) == 0) {
			manifest_expect(bundle_manifest(again), needed(&o->import->account), e);
			cms_verified_fini(&by);
		}
		bundle_close(again);
	}
}

/* Role: the manager's signer is issued by the root itself; a satellite's signer may answer nothing. */
static int check_role(struct opening *o, const struct cms_verified *by, struct err *e)
{
	const struct manifest *m = bundle_manifest(o->import->bundle);

	if (by->intermediate == NULL && cert_issued_by(by->signer, o->import->root))
		return 0;
	if (m->kind == MANIFEST_REQUEST)
		return manifest_expect(m, needed(&o->import->account), e);
	return err_set(e, E_SYNC_UNTRUSTED,
		       "The file is signed by a satellite; only the cloud manager's signature counts here. Nothing was "
		       "changed.");
}

/* Opens, finds the root, verifies the signature. */
static int verify(struct opening *o, struct tx *tx, struct err *e)
{
	struct sync_import *s = o->import;
	struct cms_verified by = { 0 };
	int known = known_root(tx, &s->root, e);
	int rc;

	if (known < 0)
		return -1;
	if (bundle_open_fd(o->fd, known ? BUNDLE_SYNC_MAX : BUNDLE_FIRST_MAX, tx->site->spool_dir, &s->bundle, e))
		return -1;
	if (known ? check_fingerprint(s->root, o->fingerprint, e) : find_root(o, e))
		return -1;
	if (bundle_verify(s->bundle, s->root, tx->now, &by, e)) {
		explain_untrusted(o, tx, e);
		return -1;
	}
	rc = check_role(o, &by, e);
	cms_verified_fini(&by);
	return rc;
}

/* ---- the address ---- */

static int check_satellite(struct tx *tx, const struct account_row *account, const struct manifest *m, struct err *e)
{
	char theirs[NAME_KEY_SIZE], ours[NAME_KEY_SIZE];

	if (strcmp(m->satellite, tx->site->uuid) != 0)
		return err_set(
			e, E_SYNC_WRONG_SATELLITE,
			"This file is for the satellite with UUID %s; this one is “%s”, UUID %s. Nothing was changed.",
			m->satellite, tx->site->name, tx->site->uuid);
	if (str_fold(theirs, m->account) || str_fold(ours, account->name) || strcmp(theirs, ours) != 0)
		return err_set(
			e, E_SYNC_WRONG_SATELLITE,
			"This file is for the account “%.128s” of this satellite; “%s” was chosen. Nothing was changed.",
			m->account, account->name);
	return 0;
}

/* `the registration file`, `request 42` */
static const char *asked(struct tx *tx, const struct exchange_row *x)
{
	if (strcmp(x->kind, "registration") == 0)
		return "the registration file";
	return arena_printf(tx->arena, "request %" PRId64, x->sequence);
}

/* ` Waiting for the answer to request 43.` */
static const char *waiting(struct tx *tx, const struct account_row *account, struct err *e)
{
	struct exchange_row last;
	int rc = q_exchange_last(tx->db, tx->arena, account->id, &last, e);

	if (rc == 1 && last.answered_at == 0)
		return arena_printf(tx->arena, " Waiting for the answer to %s.", asked(tx, &last));
	return rc < 0 ? NULL : "";
}

static int too_late(struct tx *tx, const struct account_row *account, const struct exchange_row *x, struct err *e)
{
	const char *next = waiting(tx, account, e);
	char when[CLOCK_TEXT_SIZE];

	if (next == NULL)
		return -1;
	if (x->answered_at)
		return err_set(e, E_SYNC_OUT_OF_ORDER,
			       "This file answers %s; that was imported on %s already.%s Nothing was changed.",
			       asked(tx, x), clock_text(x->answered_at, when), next);
	return err_set(e, E_SYNC_OUT_OF_ORDER,
		       "This file answers %s of %s; the answer to a newer one was imported already.%s Nothing was changed.",
		       asked(tx, x), clock_text(x->created_at, when), next);
}

int import_check_address(struct tx *tx, const struct account_row *account, const struct manifest *m, struct exchange_row *x,
			 struct err *e)
{
	bool registration = m->kind == MANIFEST_AUTHORIZATION;
	char when[CLOCK_TEXT_SIZE];
	int64_t applied;
	int rc;

	if (m->kind == MANIFEST_REGISTRATION || m->kind == MANIFEST_REQUEST)
		return manifest_expect(m, needed(account), e);
	if (check_satellite(tx, account, m, e))
		return -1;
	rc = q_exchange_by_request(tx->db, tx->arena, account->id, m->request_sha256, x, e);
	if (rc < 0)
		return -1;
	if (rc == 0 || m->in_reply_to != x->sequence || (strcmp(x->kind, "registration") == 0) != registration)
		return err_set(
			e, E_SYNC_OUT_OF_ORDER,
			"This file answers a file that this satellite does not know. Export again, and take the answer to that "
			"one. Nothing was changed.");
	if (q_exchange_applied(tx->db, account->id, &applied, e))
		return -1;
	if (x->answered_at || x->id < applied)
		return too_late(tx, account, x, e);
	if (manifest_check_clock(m, tx->now, e))
		return -1;
	if (m->kind != MANIFEST_RESYNC && m->authority_valid_until <= tx->now)
		return err_set(
			e, E_SYNC_OUT_OF_ORDER,
			"The authority in this file ended on %s. Export a new file (--new) and take it to the cloud manager. "
			"Nothing was changed.",
			clock_text(m->authority_valid_until, when));
	return 0;
}

/* ---- the content ---- */

static int bad_chain(struct err *e)
{
	const struct err why = *e;

	return err_set(e, E_SYNC_UNTRUSTED, "chain.pem: %.400s Nothing was changed.", why.text);
}

/* chain.pem = our sub-CA, the root: issued for our key, by that root. */
static int check_chain(struct tx *tx, struct sync_import *s, struct err *e)
{
	struct cert *chain[2] = { NULL, NULL };
	struct key *key = NULL;
	AUTO_BUF pem = BUF_INIT;
	size_t n = 0;
	int rc = 0;

	if (bundle_part_bytes(s->bundle, "chain.pem", BUNDLE_PEM_MAX, &pem, e) ||
	    (cert_read_chain(pem.data, pem.n, chain, 2, &n, e) && bad_chain(e)) ||
	    authority_read(tx, AUTHORITY_SUB_CA, NULL, &key, e) < 0) {
		rc = -1;
	} else if (n != 2 || !cert_equal(chain[1], s->root) || !cert_is_ca(chain[0])) {
		rc = err_set(e, E_SYNC_UNTRUSTED,
			     "The certificates in the file are not this satellite's sub-CA and the licensing "
			     "root. Nothing was changed.");
	} else if (key == NULL || !cert_matches(chain[0], key)) {
		rc = err_set(e, E_SYNC_WRONG_SATELLITE,
			     "The file gives authority to another key than this satellite's. Export a registration file "
			     "again. Nothing was changed.");
	} else {
		rc = cert_verify(chain[0], NULL, 0, s->root, tx->now, e) ? bad_chain(e) : 0;
	}
	if (rc == 0)
		s->sub_ca = cert_ref(chain[0]);
	for (size_t i = 0; i < n; i++)
		cert_free(chain[i]);
	key_free(key);
	return rc;
}

static int open_file(struct tx *tx, void *arg, struct err *e)
{
	struct opening *o = arg;
	struct sync_import *s = o->import;
	struct exchange_row x;

	if (account_find(tx, o->account, &s->account, e) || verify(o, tx, e) ||
	    import_check_address(tx, &s->account, bundle_manifest(s->bundle), &x, e) ||
	    (!o->spooled && bundle_spool(s->bundle, e)))
		return -1;
	if (bundle_manifest(s->bundle)->kind == MANIFEST_RESYNC)
		return 0;
	return check_chain(tx, s, e) || lots_compare(o->work, tx, s->account.id, s->bundle, &s->lots, e) ? -1 : 0;
}

int sync_import_open(struct work *w, const char *account, int fd, const char *fingerprint, struct sync_import **out,
		     struct err *e)
{
	struct sync_import *s = mem_alloc(sizeof(*s));
	struct opening o = { .work = w,
			     .account = account,
			     .fd = fd,
			     .start = lseek(fd, 0, SEEK_CUR),
			     .fingerprint = fingerprint,
			     .import = s };

	s->lots = LOTS_INIT;
	if (w->read(w, open_file, &o, e)) {
		sync_import_free(s);
		return -1;
	}
	*out = s;
	return 0;
}
