/* test_forged.c - synchronization files with a good signature and a content that cannot be: what a rogue or broken
 * satellite or manager makes. Each is refused with its reason, and nothing is changed. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "lic/identity.h"
#include "sync/exchange.h"
#include "sync/record.h"
#include "tests/lib/bundle_kit.h"
#include "tests/lib/clock_fake.h"
#include "tests/lib/forge.h"

#define STRANGER "11111111-2222-4333-8444-555555555555"
#define MAX "2147483647"

static struct world world;

/* Names in the cases below, $so$, and what they stand for. */
static struct {
	const char *name;
	char text[300];
} names[40];

static void set_name(const char *name, const char *text)
{
	size_t i = 0;

	while (names[i].name && strcmp(names[i].name, name) != 0)
		i++;
	ck_assert_uint_lt(i, sizeof(names) / sizeof(*names) - 1);
	names[i].name = name;
	str_copy(names[i].text, sizeof(names[i].text), text);
}

static void set_number(const char *name, int64_t n)
{
	char text[32];

	snprintf(text, sizeof(text), "%lld", (long long)n);
	set_name(name, text);
}

static void expand(const char *text, struct buf *out)
{
	buf_adds(out, "");
	while (*text) {
		size_t i = 0, n = 0;

		for (; *text == '$' && names[i].name; i++) {
			n = strlen(names[i].name);
			if (strncmp(text + 1, names[i].name, n) == 0 && text[n + 1] == '$')
				break;
		}
		if (*text == '$' && names[i].name) {
			buf_adds(out, names[i].text);
			text += n + 2;
		} else {
			buf_addc(out, *text++);
		}
	}
	buf_addc(out, '\0');
	out->n--;
}

static const char *piid(const char *product)
{
	const char *id, *before;

	ck_assert(product_registration(&world, product, &id, &before) != NULL);
	return id;
}

/* The id of the line in a part that has this text. */
static void name_id(struct forge *f, const char *part, const char *has, const char *name)
{
	struct buf *text = &forge_find(f, part)->text;
	char id[UUID_SIZE];
	const char *at;

	buf_addc(text, '\0');
	text->n--;
	at = strstr(text->data, has);
	ck_assert_msg(at, "no %s in %s", has, text->data);
	while (at > text->data && at[-1] != '\n')
		at--;
	ck_assert(strncmp(at, "{\"id\":\"", 7) == 0);
	str_copy(id, sizeof(id), at + 7);
	set_name(name, id);
}

static void name_all(void)
{
	char id[UUID_SIZE], tag[300];
	struct forge f;

	set_name("a", piid("a"));
	set_name("b", piid("b"));
	set_name("x", STRANGER);
	set_name("max", MAX);
	str_copy(tag, sizeof(tag), world_tag(&world, "Enhanced"));
	set_name("E", tag);
	set_name("aE", record_usage_id(piid("a"), tag, id));
	set_name("bE", record_usage_id(piid("b"), tag, id));
	set_name("xE", record_usage_id(STRANGER, tag, id));
	set_name("aU", record_usage_id(piid("a"), "unknown", id));
	str_copy(tag, sizeof(tag), world_tag(&world, "Basic"));
	set_name("B", tag);
	set_name("aB", record_usage_id(piid("a"), tag, id));
	forge_open(&world, forge_file(&world, "FULL"), &f);
	name_id(&f, "virtual_accounts.ndjson", "\"Default\"", "default");
	name_id(&f, "virtual_accounts.ndjson", "\"Branch\"", "branch");
	name_id(&f, "reservations.ndjson", "RESERVED", "reservation");
	set_number("fullseq", json_integer_value(json_object_get(f.manifest, "sequence")));
	forge_fini(&f);
	arena_fini(&world.arena);
}

static void open_world(void)
{
	forge_story(&world);
	name_all();
}

static void close_world(void)
{
	world_close(&world);
}

/* ---- one file ---- */

static struct server *server(const char *name)
{
	struct server *s = world_find_server(&world, name);

	ck_assert(s != NULL);
	return s;
}

static void refused(const char *what, const char *to, const struct buf *file, const char *code, const char *says)
{
	static struct state before, after;
	struct err e = ERR_INIT;
	const char *table;

	ck_assert_int_eq(state_take(&world, &before), 0);
	ck_assert_msg(forge_give(&world, to, file, &e) == -1, "%s: was taken", what);
	ck_assert_msg(strcmp(err_name(e.code), code) == 0, "%s: %s instead of %s: %s", what, err_name(e.code), code,
		      e.text);
	ck_assert_msg(says == NULL || strstr(e.text, says), "%s: no '%s' in: %s", what, says, e.text);
	if (getenv("TEST_VERBOSE"))
		printf("%-50s %s: %s\n", what, code, e.text);
	ck_assert_int_eq(state_take(&world, &after), 0);
	table = state_difference(&before, &after);
	ck_assert_msg(table == NULL, "%s: the table %s is another", what, table);
	arena_fini(&world.arena);
}

/* A request: applied, or answered by a resync. */
static void taken(const char *what, const struct buf *file, bool resync)
{
	struct named_bytes *f = named_set(&world.files, "TAKEN");
	struct result r;

	buf_add(&f->bytes, file->data, file->n);
	if (world_step(&world, "answer TAKEN ANSWER", &r))
		ck_abort_msg("%s: %s", what, world.why);
	arena_fini(&world.arena);
	ck_assert_msg(strcmp(r.code, "OK") == 0 && (strstr(r.text, "resync:") != NULL) == resync, "%s: %s: %s", what,
		      r.code, r.text);
	ck_assert_msg(state_check(&world) == 0, "%s: %s", what, world.why);
}

/* ---- contents ---- */

/* One change of a good file. `manifest`: from is a member, to its JSON value (NULL: it goes). */
struct edit {
	const char *part, *from, *to;
};

struct forgery {
	const char *what;
	const char *file;
	struct edit edits[4];
	const char *code, *says; /* code NULL: it is taken */
};

static void edit(struct forge *f, const struct edit *ed)
{
	AUTO_BUF from = BUF_INIT;
	AUTO_BUF to = BUF_INIT;

	expand(ed->from ? ed->from : "", &from);
	expand(ed->to ? ed->to : "", &to);
	if (strcmp(ed->part, "manifest") == 0) {
		json_object_del(f->manifest, from.data);
		if (ed->to)
			json_object_set_new(f->manifest, from.data, json_loads(to.data, JSON_DECODE_ANY, NULL));
		return;
	}
	forge_edit(f, ed->part, ed->from ? from.data : NULL, ed->to ? to.data : NULL);
}

static void make(const struct forgery *c, struct server *by, struct buf *out)
{
	struct bundle_signer signer = forge_signer(by);
	struct forge f;

	forge_open(&world, forge_file(&world, c->file), &f);
	for (const struct edit *ed = c->edits; ed->part; ed++)
		edit(&f, ed);
	forge_pack(&f, &signer, out);
	forge_fini(&f);
}

#define USAGE(id, piid, tag, count) "{\"id\":\"" id "\",\"piid\":\"" piid "\",\"tag\":\"" tag "\",\"count\":" count "}\n"
#define PLACE(id, name, is_default) \
	"{\"id\":\"" id "\",\"name\":\"" name "\",\"description\":\"\",\"is_default\":" is_default "}\n"
#define RESERVATION(id, place, licenses)                                     \
	"{\"id\":\"" id "\",\"virtual_account\":\"" place                    \
	"\",\"state\":\"RESERVED\",\"udi_pid\":\"P\",\"udi_serial_number\":" \
	"\"S\",\"uuid\":\"\",\"created_at\":7,\"licenses\":[" licenses "]}\n"
#define REMOVED(id, kind) "{\"id\":\"" id "\",\"kind\":\"" kind "\"}\n"

static const struct forgery requests[] = {
	{ "usage of an instance not in the file",
	  "FULL",
	  { { "usage.ndjson", NULL, USAGE("$xE$", "$x$", "$E$", "1") } },
	  "SYNC_DAMAGED",
	  "usage.ndjson, line 4: " },
	{ "usage of an unknown tag",
	  "FULL",
	  { { "usage.ndjson", "\"$E$\",\"count\":3", "\"unknown\",\"count\":3" }, { "usage.ndjson", "$aE$", "$aU$" } },
	  "ENTITLEMENT_UNKNOWN",
	  "'unknown'" },
	{ "usage with the id of another", "FULL", { { "usage.ndjson", "$aE$", "$bE$" } }, "SYNC_DAMAGED", "id" },
	{ "the same usage twice",
	  "FULL",
	  { { "usage.ndjson", "\"count\":3}\n", "\"count\":3}\n" USAGE("$aE$", "$a$", "$E$", "3") } },
	  "SYNC_DAMAGED",
	  NULL },
	{ "negative usage", "FULL", { { "usage.ndjson", "\"count\":3", "\"count\":-3" } }, "SYNC_DAMAGED", "count" },
	{ "usage above its range",
	  "FULL",
	  { { "usage.ndjson", "\"count\":3", "\"count\":2147483648" } },
	  "SYNC_DAMAGED",
	  "count" },
	{ "usage no integer", "FULL", { { "usage.ndjson", "\"count\":3", "\"count\":1e2" } }, "SYNC_DAMAGED", "count" },
	{ "an instance twice",
	  "FULL",
	  { { "product_instances.ndjson", "\"id\":\"$a$\"", "\"id\":\"$b$\"" }, { "usage.ndjson", "\"$a$\"", NULL } },
	  "SYNC_DAMAGED",
	  "there twice" },
	{ "an instance of no virtual account",
	  "FULL",
	  { { "product_instances.ndjson", "$default$", "$x$" } },
	  "SYNC_DAMAGED",
	  "is not among those" },
	{ "a virtual account twice",
	  "FULL",
	  { { "virtual_accounts.ndjson", NULL, PLACE("$branch$", "Other", "false") } },
	  "SYNC_DAMAGED",
	  "there twice" },
	{ "two virtual accounts of one name",
	  "FULL",
	  { { "virtual_accounts.ndjson", NULL, PLACE("$x$", "BRANCH", "false") } },
	  "SYNC_DAMAGED",
	  "anch" },
	{ "a second one of a name in a standard file",
	  "STD",
	  { { "virtual_accounts.ndjson", NULL, PLACE("$x$", "bRanch", "false") } },
	  "SYNC_DAMAGED",
	  "anch" },
	{ "two default virtual accounts",
	  "FULL",
	  { { "virtual_accounts.ndjson", "\"is_default\":false", "\"is_default\":true" } },
	  "SYNC_DAMAGED",
	  "default" },
	{ "no default virtual account",
	  "FULL",
	  { { "virtual_accounts.ndjson", "\"is_default\":true", "\"is_default\":false" } },
	  "SYNC_DAMAGED",
	  "default" },
	{ "a second default in a standard file",
	  "STD",
	  { { "virtual_accounts.ndjson", NULL, PLACE("$x$", "New", "true") } },
	  "SYNC_DAMAGED",
	  "default" },
	{ "no virtual account at all",
	  "FULL",
	  { { "virtual_accounts.ndjson", "$default$", NULL }, { "virtual_accounts.ndjson", "$branch$", NULL } },
	  "SYNC_DAMAGED",
	  "is not among those" },
	{ "a reservation with a lot twice",
	  "FULL",
	  { { "reservations.ndjson", NULL,
	      RESERVATION("$x$", "$default$", "{\"lot\":\"$lot$\",\"count\":1},{\"lot\":\"$lot$\",\"count\":1}") } },
	  "SYNC_DAMAGED",
	  "twice" },
	{ "a reservation with a negative count",
	  "FULL",
	  { { "reservations.ndjson", NULL, RESERVATION("$x$", "$default$", "{\"lot\":\"$lot$\",\"count\":-1}") } },
	  "SYNC_DAMAGED",
	  "licenses.count" },
	{ "a reservation twice",
	  "FULL",
	  { { "reservations.ndjson", NULL, RESERVATION("$reservation$", "$default$", "") } },
	  "SYNC_DAMAGED",
	  "there twice" },
	{ "a reservation of no virtual account",
	  "FULL",
	  { { "reservations.ndjson", NULL, RESERVATION("$x$", "$x$", "") } },
	  "SYNC_DAMAGED",
	  "is not among those" },
	{ "removed in a file with everything",
	  "FULL",
	  { { "removed.ndjson", NULL, REMOVED("$x$", "reservation") } },
	  "SYNC_DAMAGED",
	  "removed.ndjson, line 1" },
	{ "removed and named",
	  "STD",
	  { { "removed.ndjson", NULL, REMOVED("$a$", "product_instance") } },
	  "SYNC_DAMAGED",
	  "also among" },
	{ "removed twice",
	  "STD",
	  { { "removed.ndjson", NULL, REMOVED("$x$", "reservation") REMOVED("$x$", "reservation") } },
	  "SYNC_DAMAGED",
	  "there twice" },
	{ "a removed virtual account that is not empty",
	  "STD",
	  { { "removed.ndjson", NULL, REMOVED("$default$", "virtual_account") } },
	  "SYNC_DAMAGED",
	  NULL },
	{ "removed of an unknown kind",
	  "STD",
	  { { "removed.ndjson", NULL, REMOVED("$x$", "usage") } },
	  "SYNC_DAMAGED",
	  "kind" },
	{ "a certificate request that is none", "FULL", { { "csr.pem", "BEGIN", "BEGUN" } }, "SYNC_DAMAGED", "csr.pem" },
	{ "an empty certificate request", "FULL", { { "csr.pem", "-----BEGIN", NULL } }, "SYNC_DAMAGED", "csr.pem" },
	/* the manifest */
	{ "sequence 0", "FULL", { { "manifest", "sequence", "0" } }, "SYNC_NOT_A_BUNDLE", "sequence" },
	{ "the last sequence there is",
	  "FULL",
	  { { "manifest", "sequence", "9007199254740991" } },
	  "SYNC_NOT_A_BUNDLE",
	  "sequence" },
	{ "base above the sequence",
	  "FULL",
	  { { "manifest", "base_sequence", "99" } },
	  "SYNC_NOT_A_BUNDLE",
	  "base_sequence" },
	{ "another account",
	  "FULL",
	  { { "manifest", "account", "\"Nobody\"" } },
	  "ACCOUNT_UNKNOWN",
	  "but for “Second” and others" },
	{ "another satellite", "FULL", { { "manifest", "satellite", "\"$S2$\"" } }, "SYNC_UNTRUSTED", "another one's key" },
	{ "an unknown satellite", "FULL", { { "manifest", "satellite", "\"$x$\"" } }, "SATELLITE_UNKNOWN", STRANGER },
	{ "a kind that only a manager makes",
	  "FULL",
	  { { "manifest", "kind", "\"response\"" } },
	  "SYNC_NOT_A_BUNDLE",
	  NULL },
	{ "made in the year 9999", "FULL", { { "manifest", "created_at", "253402300799999" } }, "SYNC_CLOCK", "9999" },
};

static void name_lots(void)
{
	struct forge f;
	struct buf *text;
	const char *at;
	char lot[UUID_SIZE];

	forge_open(&world, forge_file(&world, "FULL"), &f);
	text = &forge_find(&f, "reservations.ndjson")->text;
	at = strstr(text->data, "\"lot\":\"");
	ck_assert(at != NULL);
	str_copy(lot, sizeof(lot), at + 7);
	set_name("lot", lot);
	forge_fini(&f);
	set_name("S2", server("S2")->site.uuid);
	/* of the virtual account that S2 serves */
	forge_step(&world, "order Enhanced=2 va=Direct unsynced", NULL);
	forge_step(&world, "answer R2 A4", NULL);
	forge_open(&world, forge_file(&world, "A4"), &f);
	name_id(&f, "license_lots.ndjson", "\"count\":2", "otherlot");
	forge_fini(&f);
}

START_TEST(test_requests)
{
	name_lots();
	for (size_t i = 0; i < sizeof(requests) / sizeof(*requests); i++) {
		AUTO_BUF file = BUF_INIT;

		make(&requests[i], server(SATELLITE), &file);
		refused(requests[i].what, MANAGER, &file, requests[i].code, requests[i].says);
	}
	/* and after all that what is right is taken */
	forge_step(&world, "answer STD X1", NULL);
	forge_step(&world, "answer FULL X2", NULL);
	forge_step(&world, "import X2", NULL);
}
END_TEST

/* ---- extremes that may be ---- */

static const struct forgery extremes[] = {
	{ "more in use than is owned",
	  "STD",
	  { { "usage.ndjson", "\"count\":3", "\"count\":" MAX },
	    { "usage.ndjson", "\"tag\":\"$E$\",\"count\":1", "\"tag\":\"$E$\",\"count\":" MAX } },
	  NULL,
	  NULL },
	{ "more reserved than is owned",
	  "FULL",
	  { { "reservations.ndjson", NULL,
	      RESERVATION("$x$", "$default$", "{\"lot\":\"$lot$\",\"count\":" MAX "}")
		      RESERVATION("$y$", "$branch$", "{\"lot\":\"$lot$\",\"count\":" MAX "}") },
	    { "manifest", "sequence", "1000" } },
	  NULL,
	  NULL },
	/* of the other side's backup, or another's: they block nothing */
	{ "reservations of lots that are not its own",
	  "FULL",
	  { { "reservations.ndjson", NULL,
	      RESERVATION("$x$", "$default$", "{\"lot\":\"$x$\",\"count\":1}")
		      RESERVATION("$y$", "$branch$", "{\"lot\":\"$otherlot$\",\"count\":1}") },
	    { "manifest", "sequence", "1001" } },
	  NULL,
	  NULL },
	{ "the highest sequence, no usage at all",
	  "FULL",
	  { { "usage.ndjson", "$aE$", NULL },
	    { "usage.ndjson", "$bE$", NULL },
	    { "manifest", "sequence", "9007199254740990" } },
	  NULL,
	  NULL },
};

START_TEST(test_extremes)
{
	AUTO_BUF file = BUF_INIT;
	struct forgery other = { "a lower sequence", "FULL", { { "manifest", "sequence", "2000" } }, NULL, NULL };

	name_lots();
	set_name("y", "22222222-2222-4333-8444-555555555555");
	for (size_t i = 0; i < sizeof(extremes) / sizeof(*extremes); i++) {
		AUTO_BUF one = BUF_INIT;

		make(&extremes[i], server(SATELLITE), &one);
		taken(extremes[i].what, &one, false);
		if (i == 0)
			forge_step(&world, "license Enhanced at=manager va=\"Site A\" in-use=4294967294", NULL);
		if (i == 1)
			forge_step(&world, "license Basic at=manager va=\"Site A\" reserved=4294967298", NULL);
		if (i == 2) {
			forge_step(&world, "license Basic at=manager va=\"Site A\" reserved=4", NULL);
			forge_step(&world, "license Enhanced at=manager va=Direct reserved=0", NULL);
		}
	}
	/* The answer can still name a sequence that comes after the highest. */
	make(&other, server(SATELLITE), &file);
	taken(other.what, &file, true);
}
END_TEST

/* Numbers of records that are not there, and records that are not counted. */
START_TEST(test_claims)
{
	static const struct {
		const char *part;
		int64_t records;
		const char *says;
	} claims[] = { { "usage.ndjson", 1000000, "usage.ndjson has 3 of 1000000 records" },
		       { "removed.ndjson", 1000000, "removed.ndjson has 0 of 1000000 records" },
		       { "product_instances.ndjson", 0, "product_instances.ndjson has " },
		       { "product_instances.ndjson", 1, "product_instances.ndjson has " } };

	for (size_t i = 0; i < sizeof(claims) / sizeof(*claims); i++) {
		struct bundle_signer signer = forge_signer(server(SATELLITE));
		AUTO_BUF file = BUF_INIT;
		struct forge f;

		forge_open(&world, forge_file(&world, "FULL"), &f);
		forge_find(&f, claims[i].part)->records = claims[i].records;
		forge_pack(&f, &signer, &file);
		forge_fini(&f);
		refused(claims[i].says, MANAGER, &file, "SYNC_DAMAGED", claims[i].says);
	}
}
END_TEST

/* ---- signers ---- */

static void signed_by(const char *what, const char *name, const char *to, const struct bundle_signer *by, const char *code,
		      const char *says)
{
	AUTO_BUF file = BUF_INIT;
	struct forge f;

	forge_open(&world, forge_file(&world, name), &f);
	forge_pack(&f, by, &file);
	forge_fini(&f);
	refused(what, to, &file, code, says);
}

/* A new certificate under an issuer as the signer. */
static void issued_by(const char *what, const char *name, const char *to, enum cert_profile profile, int64_t from,
		      int64_t until, const struct cert *issuer, const struct key *key, bool chained, const char *says)
{
	struct cert *chain[] = { (struct cert *)(uintptr_t)issuer };
	struct forge_issued one = { 0 };
	struct bundle_signer by = { .chain = chain, .chain_n = chained };

	forge_issue(&one, profile, from, until, issuer, key);
	by.cert = one.cert;
	by.key = one.key;
	signed_by(what, name, to, &by, "SYNC_UNTRUSTED", says);
	forge_issued_fini(&one);
}

static void self_signed(const char *what, const char *name, const char *to)
{
	struct cert_request req = { .profile = CERT_SELF_SIGNER,
				    .common_name = "Forged",
				    .not_before = clock_now() - DAY_MS,
				    .not_after = clock_now() + DAY_MS };
	struct bundle_signer by = { 0 };
	struct cert *cert = NULL;
	struct key *key = NULL;

	OK(key_generate(KEY_EC_P256, &key, &e));
	req.key = key;
	OK(cert_issue(&req, NULL, key, &cert, &e));
	by.cert = cert;
	by.key = key;
	signed_by(what, name, to, &by, "SYNC_UNTRUSTED", NULL);
	cert_free(cert);
	key_free(key);
}

START_TEST(test_signers_of_requests)
{
	struct identity *own = server(SATELLITE)->site.identity, *manager = server(MANAGER)->site.identity;
	struct bundle_signer other = forge_signer(server("S2")), manager_signer = forge_signer(server(MANAGER));
	struct bundle_signer sub_ca = { .cert = own->ca, .key = own->ca_key };
	struct bundle_signer mixed = forge_signer(server(SATELLITE)), more = mixed;
	struct cert *two[] = { own->ca, server("S2")->site.identity->ca };
	struct forge_issued stranger = { 0 };
	int64_t now = clock_now();

	signed_by("another satellite's signer", "STD", MANAGER, &other, "SYNC_UNTRUSTED", "another one's key");
	signed_by("the manager's signer", "STD", MANAGER, &manager_signer, "SYNC_UNTRUSTED", "not signed by a satellite");
	signed_by("the sub-CA itself", "STD", MANAGER, &sub_ca, "SYNC_UNTRUSTED", NULL);
	issued_by("a product's certificate", "STD", MANAGER, CERT_PRODUCT, now - DAY_MS, now + DAY_MS, own->ca, own->ca_key,
		  true, "not one for signing");
	issued_by("a signer that has expired", "STD", MANAGER, CERT_SIGNER, now - 2 * DAY_MS, now - SECOND_MS, own->ca,
		  own->ca_key, true, NULL);
	issued_by("a signer of tomorrow", "STD", MANAGER, CERT_SIGNER, now + DAY_MS, now + 2 * DAY_MS, own->ca, own->ca_key,
		  true, NULL);
	issued_by("a signer without its CA", "STD", MANAGER, CERT_SIGNER, now - DAY_MS, now + DAY_MS, own->ca, own->ca_key,
		  false, NULL);
	issued_by("a signer below the manager's issuing CA", "STD", MANAGER, CERT_SIGNER, now - DAY_MS, now + DAY_MS,
		  manager->ca, manager->ca_key, true, NULL);
	self_signed("a signer of one's own", "STD", MANAGER);
	/* another CA with a foreign root above it */
	forge_issue(&stranger, CERT_ISSUING_CA, now - DAY_MS, now + DAY_MS, own->ca, own->ca_key);
	issued_by("a CA below the sub-CA", "STD", MANAGER, CERT_SIGNER, now - DAY_MS, now + DAY_MS, stranger.cert,
		  stranger.key, true, NULL);
	forge_issued_fini(&stranger);
	mixed.chain = &server("S2")->site.identity->ca;
	signed_by("the chain of another satellite", "STD", MANAGER, &mixed, "SYNC_UNTRUSTED", NULL);
	more.chain = two;
	more.chain_n = 2;
	signed_by("two chains", "STD", MANAGER, &more, "SYNC_UNTRUSTED", "do not belong");
	{
		/* the sub-CA has a new signer after each renewal: any that it issued is its own */
		struct forge_issued next = { 0 };
		struct bundle_signer by = { .chain = &own->ca, .chain_n = 1 };
		AUTO_BUF file = BUF_INIT;
		struct forge f;

		forge_issue(&next, CERT_SIGNER, now - DAY_MS, now + DAY_MS, own->ca, own->ca_key);
		by.cert = next.cert;
		by.key = next.key;
		forge_open(&world, forge_file(&world, "STD"), &f);
		forge_pack(&f, &by, &file);
		forge_fini(&f);
		forge_issued_fini(&next);
		taken("the satellite's next signer", &file, false);
	}
}
END_TEST

/* ---- answers ---- */

#define LOT(id, tag, count)                                               \
	"{\"id\":\"" id "\",\"tag\":\"" tag "\",\"count\":" count         \
	",\"license_type\":\"PERPETUAL\",\"start_at\":1,\"end_at\":null," \
	"\"subscription_id\":\"\"}\n"
#define KIND(id, tag, name)                                                                     \
	"{\"id\":\"" id "\",\"tag\":\"" tag "\",\"name\":\"" name "\",\"display_name\":\"" name \
	"\",\"description\":\"\",\"version\":\"\",\"family\":\"\",\"tier\":null,\"restricted\":false,\"minimum\":null}\n"
#define REMOVAL(id, piid) "{\"id\":\"" id "\",\"piid\":\"" piid "\",\"reason\":\"\"}\n"

static const struct forgery responses[] = {
	{ "two accounts", "AS", { { "account.ndjson", "}\n", "}\n$account$" } }, "SYNC_DAMAGED", "2 accounts" },
	{ "no account", "AS", { { "account.ndjson", "smart_account", NULL } }, "SYNC_DAMAGED", "0 accounts" },
	{ "another virtual account",
	  "AS",
	  { { "account.ndjson", "{\"id\":\"", "{\"id\":\"$x$\",\"was\":\"" } },
	  "SYNC_WRONG_SATELLITE",
	  "is bound to" },
	{ "an account of an unknown status",
	  "AS",
	  { { "account.ndjson", "\"ACTIVE\"", "\"GOOD\"" } },
	  "SYNC_DAMAGED",
	  "status" },
	{ "a tag twice",
	  "AS",
	  { { "entitlements.ndjson", NULL, KIND("$x$", "$E$", "Again") } },
	  "SYNC_DAMAGED",
	  "there twice" },
	{ "an entitlement's id twice",
	  "AS",
	  { { "entitlements.ndjson", NULL, KIND("$x$", "new.one", "One") KIND("$x$", "new.two", "Two") } },
	  "SYNC_DAMAGED",
	  "id" },
	{ "an entitlement with the id of another",
	  "AS",
	  { { "entitlements.ndjson", NULL, KIND("$kind$", "new.one", "One") } },
	  "SYNC_DAMAGED",
	  "id" },
	{ "licenses of a tag that the catalogue lacks",
	  "AS",
	  { { "entitlements.ndjson", "\"$E$\"", NULL } },
	  "SYNC_DAMAGED",
	  "$E$" },
	{ "new licenses of an unknown tag",
	  "AS",
	  { { "license_lots.ndjson", NULL, LOT("$x$", "new.one", "5") } },
	  "SYNC_DAMAGED",
	  "new.one" },
	{ "a lot twice",
	  "AS",
	  { { "license_lots.ndjson", NULL, LOT("$lot$", "$B$", "5") } },
	  "SYNC_DAMAGED",
	  "there twice" },
	{ "a lot of another account",
	  "AS",
	  { { "license_lots.ndjson", NULL, LOT("$secondlot$", "$B$", "5") } },
	  "SYNC_DAMAGED",
	  "another account" },
	{ "a lot that was of another license",
	  "AS",
	  { { "license_lots.ndjson", "\"$lot$\",\"tag\":\"$B$\"", "\"$lot$\",\"tag\":\"$E$\"" } },
	  "SYNC_DAMAGED",
	  "another account or license" },
	{ "a negative lot", "AS", { { "license_lots.ndjson", NULL, LOT("$x$", "$E$", "-5") } }, "SYNC_DAMAGED", "count" },
	{ "a lot above its range",
	  "AS",
	  { { "license_lots.ndjson", NULL, LOT("$x$", "$E$", "2147483648") } },
	  "SYNC_DAMAGED",
	  "count" },
	{ "the removal of an instance of another account",
	  "AS",
	  { { "removals.ndjson", NULL, REMOVAL("$x$", "$d$") } },
	  "SYNC_DAMAGED",
	  "is not of 'Acme'" },
	{ "a removal of no instance at all",
	  "AS",
	  { { "removals.ndjson", NULL, REMOVAL("$x$", "all") } },
	  "SYNC_DAMAGED",
	  "piid" },
	/* certificates */
	{ "the certificates of another satellite",
	  "AS",
	  { { "chain.pem", "$chain$", "$S2chain$" } },
	  "SYNC_WRONG_SATELLITE",
	  "another key" },
	{ "the root alone", "AS", { { "chain.pem", "$chain$", "" } }, "SYNC_UNTRUSTED", NULL },
	{ "the CA twice", "AS", { { "chain.pem", NULL, "$chain$" } }, "SYNC_UNTRUSTED", NULL },
	{ "no certificates", "AS", { { "chain.pem", "BEGIN CERT", "BEGIN CORT" } }, "SYNC_UNTRUSTED", NULL },
	/* the manifest */
	{ "authority that ended",
	  "AS",
	  { { "manifest", "created_at", "$old$" }, { "manifest", "authority_valid_until", "$past$" } },
	  "SYNC_OUT_OF_ORDER",
	  "ended on" },
	{ "authority that ends before it begins",
	  "AS",
	  { { "manifest", "authority_valid_until", "5" } },
	  "SYNC_NOT_A_BUNDLE",
	  "90 days" },
	{ "authority for a hundred years",
	  "AS",
	  { { "manifest", "authority_valid_until", "$century$" } },
	  "SYNC_NOT_A_BUNDLE",
	  "90 days" },
	{ "authority for 91 days",
	  "AS",
	  { { "manifest", "authority_valid_until", "$day91$" } },
	  "SYNC_NOT_A_BUNDLE",
	  "90 days" },
	{ "made in a hundred years, with its authority",
	  "AS",
	  { { "manifest", "authority_valid_until", "$century$" }, { "manifest", "created_at", "$century$" } },
	  "SYNC_CLOCK",
	  "Set the clocks" },
	{ "an answer to another sequence",
	  "AS",
	  { { "manifest", "in_reply_to", "3" } },
	  "SYNC_NOT_A_BUNDLE",
	  "in_reply_to" },
	{ "an answer to the other request by its number",
	  "AS",
	  { { "manifest", "in_reply_to", "$fullseq$" }, { "manifest", "sequence", "$fullseq$" } },
	  "SYNC_OUT_OF_ORDER",
	  "does not know" },
	{ "an answer to an unknown request",
	  "AS",
	  { { "manifest", "request_sha256", "\"5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a\"" } },
	  "SYNC_OUT_OF_ORDER",
	  "does not know" },
	{ "for another satellite",
	  "AS",
	  { { "manifest", "satellite", "\"$S2$\"" } },
	  "SYNC_WRONG_SATELLITE",
	  "this one is" },
	{ "for another account",
	  "AS",
	  { { "manifest", "account", "\"Second\"" } },
	  "SYNC_WRONG_SATELLITE",
	  "“Acme” was chosen" },
};

/* The first certificate of chain.pem is too long for a name of its own. */
static struct buf chains[2];

static void edit_chain(struct forge *f, const struct edit *ed)
{
	struct buf *text = &forge_find(f, "chain.pem")->text;
	const char *to = strcmp(ed->to, "$S2chain$") == 0 ? chains[1].data : "";

	if (ed->from)
		forge_edit(f, "chain.pem", chains[0].data, to);
	else
		buf_adds(text, chains[0].data);
}

static void make_response(const struct forgery *c, struct buf *out)
{
	struct bundle_signer signer = forge_signer(server(MANAGER));
	struct forge f;

	forge_open(&world, forge_file(&world, c->file), &f);
	for (const struct edit *ed = c->edits; ed->part; ed++) {
		if (strcmp(ed->part, "chain.pem") == 0 && strchr(ed->from ? ed->from : ed->to, '$'))
			edit_chain(&f, ed);
		else
			edit(&f, ed);
	}
	forge_pack(&f, &signer, out);
	forge_fini(&f);
}

static void name_response(void)
{
	struct forge f;

	name_lots();
	forge_step(&world, "answer STD AS", NULL);
	set_name("d", piid("d"));
	for (int i = 0; i < 2; i++) {
		buf_clear(&chains[i]);
		cert_write_pem(server(i ? "S2" : SATELLITE)->site.identity->ca, &chains[i]);
		buf_addc(&chains[i], '\0');
		chains[i].n--;
	}
	set_number("old", clock_now() - 30 * DAY_MS);
	set_number("past", clock_now());
	set_number("century", clock_now() + 36525 * DAY_MS);
	set_number("day91", clock_now() + 91 * DAY_MS);
	forge_open(&world, forge_file(&world, "A5"), &f);
	name_id(&f, "license_lots.ndjson", "\"count\":6", "secondlot");
	forge_fini(&f);
	forge_open(&world, forge_file(&world, "AS"), &f);
	name_id(&f, "entitlements.ndjson", world_tag(&world, "Enhanced"), "kind");
	buf_addc(&forge_find(&f, "account.ndjson")->text, '\0');
	set_name("account", forge_find(&f, "account.ndjson")->text.data);
	forge_fini(&f);
}

START_TEST(test_responses)
{
	name_response();
	for (size_t i = 0; i < sizeof(responses) / sizeof(*responses); i++) {
		AUTO_BUF file = BUF_INIT;
		AUTO_BUF says = BUF_INIT;

		expand(responses[i].says ? responses[i].says : "", &says);
		make_response(&responses[i], &file);
		refused(responses[i].what, ACCOUNT, &file, responses[i].code, says.data);
	}
	forge_step(&world, "import AS", NULL);
	buf_fini(&chains[0]);
	buf_fini(&chains[1]);
}
END_TEST

START_TEST(test_signers_of_responses)
{
	struct identity *own = server(SATELLITE)->site.identity, *manager = server(MANAGER)->site.identity;
	struct bundle_signer self = forge_signer(server(SATELLITE)), other = forge_signer(server("S2"));
	int64_t now = clock_now();

	forge_step(&world, "answer STD AS", NULL);
	signed_by("the satellite itself", "AS", ACCOUNT, &self, "SYNC_UNTRUSTED", "signed by a satellite");
	signed_by("another satellite", "AS", ACCOUNT, &other, "SYNC_UNTRUSTED", "signed by a satellite");
	issued_by("a signer below the manager's issuing CA", "AS", ACCOUNT, CERT_SIGNER, now - DAY_MS, now + DAY_MS,
		  manager->ca, manager->ca_key, true, NULL);
	issued_by("a product's certificate", "AS", ACCOUNT, CERT_PRODUCT, now - DAY_MS, now + DAY_MS, manager->ca,
		  manager->ca_key, true, NULL);
	issued_by("a signer below the satellite's CA without it", "AS", ACCOUNT, CERT_SIGNER, now - DAY_MS, now + DAY_MS,
		  own->ca, own->ca_key, false, NULL);
	self_signed("a signer of one's own", "AS", ACCOUNT);
	forge_step(&world, "import AS", NULL);
}
END_TEST

static void drop_log(enum log_level level, const char *line)
{
	(void)level;
	(void)line;
}

int main(void)
{
	Suite *s = suite_create("forged");
	TCase *t = tcase_create("forged");
	SRunner *r;
	int failed;

	setenv("TZ", "UTC", 1);
	tzset();
	json_init();
	log_set_sink(drop_log);
	tcase_set_timeout(t, 600);
	tcase_add_checked_fixture(t, open_world, close_world);
	tcase_add_test(t, test_requests);
	tcase_add_test(t, test_extremes);
	tcase_add_test(t, test_claims);
	tcase_add_test(t, test_signers_of_requests);
	tcase_add_test(t, test_responses);
	tcase_add_test(t, test_signers_of_responses);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
