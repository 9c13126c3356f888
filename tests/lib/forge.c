#include "tests/lib/forge.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "lic/identity.h"
#include "sync/exchange.h"
#include "tests/lib/bundle_kit.h"

/* ---- the story ---- */

void forge_step(struct world *w, const char *line, const char *code)
{
	struct result r;

	if (world_step(w, line, &r))
		ck_abort_msg("%s: %s", line, w->why);
	if (code)
		ck_assert_msg(strcmp(r.code, code) == 0, "%s: %s instead of %s: %s", line, r.code, code, r.text);
	else
		ck_assert_msg(strcmp(r.code, "OK") == 0 || strcmp(r.code, "AUTHORIZED") == 0 || *r.code == '\0',
			      "%s: %s: %s", line, r.code, r.text);
	arena_fini(&w->arena);
}

const struct buf *forge_file(struct world *w, const char *name)
{
	const struct named_bytes *f = named_find(w->files, name);

	ck_assert_msg(f != NULL, "there is no file %s", name);
	return &f->bytes;
}

static const char *const story[] = {
	"permit-reservation Acme yes",
	"order Enhanced=5 Basic=10",
	"sync",
	"virtual-account add Branch",
	"token T",
	"product a",
	"product b",
	"product c",
	"product p",
	"register c token=T",
	"report c Enhanced=1",
	"export R1",
	"answer R1 A1",
	"import A1",
	"register a token=T",
	"report a Enhanced=3",
	"register b token=T",
	"report b Enhanced=1 Basic=1",
	"reserve p as=C1 Basic=4",
	"remove c",
	"export STD",
	"export FULL full new",
	/* another satellite, and another account of the first */
	"satellite S2 virtual=Direct",
	"export F2 at=S2",
	"authorize F2 A2",
	"import A2 at=S2",
	"export R2 at=S2",
	"account Second smart=Acme virtual=Default",
	"export F3 account=Second",
	"authorize F3 A3",
	"import A3 account=Second",
	"order Basic=6 va=Default unsynced",
	"export R3 account=Second",
	"answer R3 A5",
	"import A5 account=Second",
	"token T2 account=Second",
	"product d",
	"register d token=T2",
};

void forge_story(struct world *w)
{
	if (world_open(w, false))
		ck_abort_msg("%s", w->why);
	for (size_t i = 0; i < sizeof(story) / sizeof(*story); i++)
		forge_step(w, story[i], NULL);
}

int forge_give(struct world *w, const char *to, const struct buf *file, struct err *e)
{
	AUTO_BUF answer = BUF_INIT;
	struct server *satellite = world_find_server(w, SATELLITE);
	struct server_desk desk;
	struct sync_import *import = NULL;
	struct work *work;
	json_t *summary = NULL;
	int fd = -1, rc;

	if (strcmp(to, MANAGER) == 0)
		return answer_file(w, file, &answer, e);
	work = server_work(&desk, satellite, &w->arena);
	rc = file_of_bytes(satellite, file, &fd, e) || sync_import_open(work, to, fd, NULL, &import, e) ||
	     sync_import_apply(work, import, false, &summary, e);
	sync_import_free(import);
	json_decref(summary);
	if (fd >= 0)
		close(fd);
	return rc ? -1 : 0;
}

/* ---- taking apart ---- */

static void read_manifest(struct bundle *b, const struct buf *file, struct forge *f)
{
	AUTO_BUF tar = BUF_INIT;
	struct kit_entry entries[KIT_ENTRIES_MAX];

	kit_gunzip(file, &tar);
	ck_assert_uint_gt(kit_tar_list(&tar, entries), 1);
	f->manifest = json_loadb(entries[0].data, entries[0].n, 0, NULL);
	f->n = bundle_manifest(b)->parts_n;
}

void forge_open(struct world *w, const struct buf *file, struct forge *f)
{
	struct cms_verified by = { 0 };
	struct bundle *b = NULL;

	memset(f, 0, sizeof(*f));
	OK(bundle_open_bytes(file->data, file->n, BUNDLE_SYNC_MAX, w->dir, &b, &e));
	OK(bundle_verify(b, w->root, clock_now(), &by, &e));
	OK(bundle_spool(b, &e));
	read_manifest(b, file, f);
	for (size_t i = 0; i < f->n; i++) {
		struct forge_part *p = &f->parts[i];

		str_copy(p->name, sizeof(p->name), bundle_manifest(b)->parts[i].name);
		p->records = -1;
		buf_adds(&p->text, "");
		OK(bundle_part_bytes(b, p->name, BUNDLE_SYNC_MAX, &p->text, &e));
	}
	cms_verified_fini(&by);
	bundle_close(b);
}

void forge_fini(struct forge *f)
{
	json_decref(f->manifest);
	for (size_t i = 0; i < f->n; i++)
		buf_fini(&f->parts[i].text);
	memset(f, 0, sizeof(*f));
}

/* ---- changing ---- */

struct forge_part *forge_find(struct forge *f, const char *part)
{
	for (size_t i = 0; i < f->n; i++)
		if (strcmp(f->parts[i].name, part) == 0)
			return &f->parts[i];
	ck_abort_msg("there is no part %s", part);
}

static void drop_line(struct buf *text, const char *from, struct buf *out)
{
	const char *at = strstr(text->data, from), *begin = at, *end = strchr(at, '\n');

	while (begin > text->data && begin[-1] != '\n')
		begin--;
	buf_add(out, text->data, (size_t)(begin - text->data));
	buf_adds(out, end + 1);
}

void forge_edit(struct forge *f, const char *part, const char *from, const char *to)
{
	struct buf *text = &forge_find(f, part)->text, out = BUF_INIT;
	const char *rest, *at;

	if (from == NULL) {
		buf_adds(text, to);
		return;
	}
	buf_adds(&out, "");
	buf_addc(text, '\0');
	text->n--;
	ck_assert_msg(strstr(text->data, from), "'%s' is not in %s:\n%s", from, part, text->data);
	if (to == NULL) {
		drop_line(text, from, &out);
	} else {
		for (rest = text->data; (at = strstr(rest, from)) != NULL; rest = at + strlen(from)) {
			buf_add(&out, rest, (size_t)(at - rest));
			buf_adds(&out, to);
		}
		buf_adds(&out, rest);
	}
	buf_fini(text);
	*text = out;
}

/* ---- putting together ---- */

static int64_t count_lines(const struct forge_part *p)
{
	int64_t n = 0;

	if (p->records >= 0)
		return p->records;
	for (size_t i = 0; manifest_part_is_records(p->name) && i < p->text.n; i++)
		n += p->text.data[i] == '\n';
	return n;
}

static void set_parts(struct forge *f)
{
	json_t *parts = json_array();

	for (size_t i = 0; i < f->n; i++) {
		const struct forge_part *p = &f->parts[i];
		unsigned char sha256[SHA256_SIZE];
		char hex[SHA256_SIZE * 2 + 1];
		json_t *part = json_object();

		digest_sha256(p->text.data, p->text.n, sha256);
		json_set_text(part, "name", p->name);
		json_set_int(part, "records", count_lines(p));
		json_set_int(part, "bytes", (int64_t)p->text.n);
		json_set_text(part, "sha256", str_hex(hex, sha256, SHA256_SIZE));
		json_array_append_new(parts, part);
	}
	json_object_set_new(f->manifest, "parts", parts);
}

void forge_pack(struct forge *f, const struct bundle_signer *by, struct buf *out)
{
	struct kit_entry entries[2 + MANIFEST_PARTS_MAX] = { { .name = "manifest.json" }, { .name = "manifest.p7s" } };
	AUTO_BUF manifest = BUF_INIT;
	AUTO_BUF signature = BUF_INIT;

	set_parts(f);
	json_write(f->manifest, &manifest);
	OK(cms_sign(manifest.data, manifest.n, by->cert, by->key, by->chain, by->chain_n, clock_now(), &signature, &e));
	entries[0].data = manifest.data;
	entries[0].n = manifest.n;
	entries[1].data = signature.data;
	entries[1].n = signature.n;
	for (size_t i = 0; i < f->n; i++)
		entries[2 + i] = (struct kit_entry){ .name = f->parts[i].name,
						     .data = f->parts[i].text.data,
						     .n = f->parts[i].text.n };
	kit_pack(entries, 2 + f->n, out);
}

struct bundle_signer forge_signer(struct server *s)
{
	struct identity *id = s->site.identity;
	bool satellite = s->site.role == SITE_SATELLITE;

	return (struct bundle_signer){
		.cert = id->signer, .key = id->signer_key, .chain = satellite ? &id->ca : NULL, .chain_n = satellite ? 1 : 0
	};
}

void forge_issue(struct forge_issued *out, enum cert_profile profile, int64_t not_before, int64_t not_after,
		 const struct cert *issuer, const struct key *issuer_key)
{
	struct cert_request req = {
		.profile = profile, .common_name = "Forged", .not_before = not_before, .not_after = not_after
	};

	OK(key_generate(KEY_EC_P256, &out->key, &e));
	req.key = out->key;
	OK(cert_issue(&req, issuer, issuer_key, &out->cert, &e));
}

void forge_issued_fini(struct forge_issued *i)
{
	cert_free(i->cert);
	key_free(i->key);
}
