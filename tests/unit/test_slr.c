/* test_slr.c - the codes of license reservation. The expected bytes, confirmation and return codes were computed by
 * another program in another language; signatures are checked with the openssl program too. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "crypt/slr.h"

#define NOW INT64_C(1764000000000) /* 2025-11-24T16:00:00Z */
#define YEAR_MS (365 * DAY_MS)

static struct err err;
static struct arena arena;

#define ok(call) ck_assert_msg((call) == 0, "%s: %s", #call, err.text)
#define refused(call, error, part)                                                                     \
	do {                                                                                           \
		err = ERR_INIT;                                                                        \
		ck_assert_msg((call) == -1, "%s was accepted", #call);                                 \
		ck_assert_msg(err.code == (error), "%s: %s: %s", #call, err_name(err.code), err.text); \
		ck_assert_msg(strstr(err.text, part), "%s: %s", #call, err.text);                      \
	} while (0)

/* ---- the two codes of the tests, and what must come of them ---- */

static const struct slr_entitlement simple_list[] = { { .tag = "T",
							.count = 5,
							.license_type = "PERPETUAL",
							.display_name = "D",
							.description = "D",
							.subscription_id = "" } };
static const struct slr_code simple = { .piid = "6fe83add-c802-40bc-92dc-071ac7a37624",
					.timestamp = NOW,
					.entitlements = simple_list,
					.n = 1,
					.udi = { "UCM", "cc920", "e53fc968-0253-4d61-a355-ba908a6cc920" } };
static const char simple_authorization[] =
	"<authorizationCode><flag>A</flag><version>C</version><piid>6fe83add-c802-40bc-92dc-071ac7a37624</piid>"
	"<timestamp>1764000000000</timestamp><entitlements><entitlement><tag>T</tag><count>5</count><startDate></startDate>"
	"<endDate></endDate><licenseType>PERPETUAL</licenseType><displayName>D</displayName><tagDescription>D"
	"</tagDescription><subscriptionID></subscriptionID></entitlement></entitlements></authorizationCode>";
static const char simple_udi[] = "<udi>P:UCM,S:cc920,U:e53fc968-0253-4d61-a355-ba908a6cc920</udi>";

static const struct slr_entitlement rich_list[] = {
	{ .tag = "regid.2016-07.com.cisco.UCM_Basic,12.0_ef827a2f-f4ae-4ebb-887f-052737063d3a",
	  .count = 2147483647,
	  .start_at = INT64_C(1767225600000),
	  .end_at = INT64_C(1798761599000),
	  .license_type = "TERM",
	  .display_name = "R&D <\"Z\xc3\xbcrich\"> d'Or",
	  .description = "",
	  .subscription_id = "Sub 1" },
	{ .tag = "x",
	  .count = 1,
	  .start_at = INT64_C(1767225600000),
	  .end_at = INT64_C(1772323200000),
	  .license_type = "DEMO",
	  .display_name = "",
	  .description = "",
	  .subscription_id = "" },
};
static const struct slr_code rich = { .piid = "0a1b2c3d-4e5f-4607-8899-aabbccddeeff",
				      .timestamp = INT64_C(1767225600123),
				      .entitlements = rich_list,
				      .n = 2,
				      .udi = { "C9300-24UX", "FCW2134L0RN", "" } };
static const char rich_bytes[] =
	"<authorizationCode><flag>A</flag><version>C</version><piid>0a1b2c3d-4e5f-4607-8899-aabbccddeeff</piid>"
	"<timestamp>1767225600123</timestamp><entitlements><entitlement><tag>regid.2016-07.com.cisco.UCM_Basic,12.0_"
	"ef827a2f-f4ae-4ebb-887f-052737063d3a</tag><count>2147483647</count><startDate>2026-01-01T00:00:00Z</startDate>"
	"<endDate>2026-12-31T23:59:59Z</endDate><licenseType>TERM</licenseType><displayName>R&amp;D &lt;&quot;Z\xc3\xbcrich"
	"&quot;&gt; d&apos;Or</displayName><tagDescription></tagDescription><subscriptionID>Sub 1</subscriptionID>"
	"</entitlement><entitlement><tag>x</tag><count>1</count><startDate>2026-01-01T00:00:00Z</startDate><endDate>"
	"2026-03-01T00:00:00Z</endDate><licenseType>DEMO</licenseType><displayName></displayName><tagDescription>"
	"</tagDescription><subscriptionID></subscriptionID></entitlement></entitlements></authorizationCode>"
	"<udi>P:C9300-24UX,S:FCW2134L0RN</udi>";

/* ---- servers ---- */

static struct key *root_key, *sub_key, *signer_key, *manager_key, *product_key, *stranger_key;
static struct cert *root, *sub, *signer, *manager, *product, *stranger;

static struct cert *issue(enum cert_profile profile, const char *cn, const struct key *k, const struct cert *issuer,
			  const struct key *issuer_key)
{
	struct cert_request req = { .profile = profile,
				    .common_name = cn,
				    .key = k,
				    .not_before = NOW - CERT_BACKDATE_MS,
				    .not_after = NOW + YEAR_MS };
	struct cert *c = NULL;

	ok(cert_issue(&req, issuer, issuer_key, &c, &err));
	return c;
}

static void setup(void)
{
	struct key **keys[] = { &root_key, &sub_key, &signer_key, &manager_key, &product_key, &stranger_key };

	arena_init(&arena);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		ok(key_generate(KEY_EC_P256, keys[i], &err));
	root = issue(CERT_ROOT, "Root", root_key, NULL, root_key);
	sub = issue(CERT_ISSUING_CA, "Satellite", sub_key, root, root_key);
	signer = issue(CERT_SIGNER, "Signer", signer_key, sub, sub_key);
	manager = issue(CERT_SIGNER, "Manager", manager_key, root, root_key);
	product = issue(CERT_PRODUCT, "UCM", product_key, sub, sub_key);
	stranger = issue(CERT_ROOT, "Root", stranger_key, NULL, stranger_key);
}

static void teardown(void)
{
	struct key *keys[] = { root_key, sub_key, signer_key, manager_key, product_key, stranger_key };
	struct cert *certs[] = { root, sub, signer, manager, product, stranger };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		key_free(keys[i]);
		cert_free(certs[i]);
	}
	arena_fini(&arena);
}

static struct slr_code signed_code(const struct slr_code *c)
{
	struct slr_code copy = *c;

	ok(slr_sign(&copy, signer, signer_key, &sub, 1, NOW, &arena, &err));
	return copy;
}

static char *written(const struct slr_code *c)
{
	AUTO_BUF b = BUF_INIT;

	slr_write(c, &b);
	return arena_dup(&arena, b.data, b.n);
}

static int read_text(const char *text, struct slr_code *out)
{
	return slr_read(text, strlen(text), &arena, out, &err);
}

/* ---- requests ---- */

static struct slr_request request(const char *text)
{
	struct slr_request r = { 0 };

	ck_assert_msg(slr_request_read(text, strlen(text), &arena, &r, &err) == 0, "%s: %s", text, err.text);
	return r;
}

START_TEST(request_of_ucm)
{
	static const char text[] = "P:UCM,S:cc920,U:e53fc968-0253-4d61-a355-ba908a6cc920";
	struct slr_request r = request(text);
	AUTO_BUF again = BUF_INIT;

	ck_assert_str_eq(r.udi.pid, "UCM");
	ck_assert_str_eq(r.udi.serial, "cc920");
	ck_assert_str_eq(r.udi.uuid, "e53fc968-0253-4d61-a355-ba908a6cc920");
	ck_assert_str_eq(r.nonce, "");
	slr_request_write(&r, &again);
	ck_assert_str_eq(again.data, text);
	r = request("\r\n  P:UCM,S:cc920,U:E53FC96802534D61A355\nBA908A6CC920\t\n");
	ck_assert_str_eq(r.udi.uuid, "e53fc968-0253-4d61-a355-ba908a6cc920");
}
END_TEST

START_TEST(request_of_others)
{
	struct slr_request r = request("CB-ZC9300-24UX:FCW2134L0RN-AK9A6sMTr-86");
	AUTO_BUF again = BUF_INIT;

	ck_assert_str_eq(r.udi.pid, "C9300-24UX");
	ck_assert_str_eq(r.udi.serial, "FCW2134L0RN");
	ck_assert_str_eq(r.udi.uuid, "");
	ck_assert_str_eq(r.nonce, "AK9A6sMTr");
	slr_request_write(&r, &again);
	ck_assert_str_eq(again.data, "CB-ZC9300-24UX:FCW2134L0RN-AK9A6sMTr-10");
	r = request("CA-ZP:S-1-2-x-Ff");
	ck_assert_str_eq(r.udi.serial, "S-1-2");
	ck_assert_str_eq(r.nonce, "x");
}
END_TEST

START_TEST(requests_refused)
{
	static const char *const bad[] = {
		"",
		"   \n",
		"P",
		"P:",
		"P:UCM",
		"P:UCM,S:cc920",
		"P:UCM,S:cc920,U:",
		"P:,S:cc920,U:e53fc968-0253-4d61-a355-ba908a6cc920",
		"P:UCM,S:,U:e53fc968-0253-4d61-a355-ba908a6cc920",
		"P:UCM,S:cc920,U:e53fc968-0253-4d61-a355-ba908a6cc92",
		"P:UCM,S:cc920,U:e53fc968-0253-4d61-a355-ba908a6cc9200",
		"P:UCM,S:cc920,U:g53fc968-0253-4d61-a355-ba908a6cc920",
		"P:U M,S:cc920,U:e53fc968-0253-4d61-a355-ba908a6cc920",
		"P:U,M,S:cc920,U:e53fc968-0253-4d61-a355-ba908a6cc920",
		"P:U\x01M,S:cc920,U:e53fc968-0253-4d61-a355-ba908a6cc920",
		"P:UCM,S:cc\xc3\xbc,U:e53fc968-0253-4d61-a355-ba908a6cc920",
		"p:UCM,S:cc920,U:e53fc968-0253-4d61-a355-ba908a6cc920",
		"CB-Z",
		"CB-Z:",
		"CB-ZC9300",
		"CB-ZC9300:",
		"CB-ZC9300:-",
		"CB-ZC9300:S",
		"CB-ZC9300:S-86",
		"CB-ZC9300:S-n-8",
		"CB-ZC9300:S-n-8g",
		"CB-ZC9300:S-n-861",
		"CB-ZC9300:S-n_-86",
		"CB-ZC9300:S--86",
		"CB-ZC9300:-n-86",
		"CB-Z:S-n-86",
		"CB-ZC9300:S:1-n-86",
		"cB-ZC9300:S-n-86",
		"CB ZC9300:S-n-86",
		"CB-ZC9300:S-123456789012345678901234567890123-86",
		"<specificPLR></specificPLR>",
	};
	struct slr_request r;
	char longest[600], *at = longest;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		err = ERR_INIT;
		ck_assert_msg(slr_request_read(bad[i], strlen(bad[i]), &arena, &r, &err) == -1, "%s", bad[i]);
		ck_assert_msg(err.code == E_CODE_INVALID && err.text[0], "%s", bad[i]);
	}
	refused(slr_request_read("P:U\0M", 5, &arena, &r, &err), E_CODE_INVALID, "NUL");
	memset(longest, 'x', sizeof(longest));
	refused(slr_request_read(longest, 513, &arena, &r, &err), E_CODE_INVALID, "512");
	at += sprintf(at, "CB-Z%0*d:%0*d-n-86", SLR_NAME_MAX, 1, SLR_NAME_MAX, 2);
	request(longest);
	sprintf(longest, "CB-Z%0*d:2-n-86", SLR_NAME_MAX + 1, 1);
	refused(slr_request_read(longest, strlen(longest), &arena, &r, &err), E_CODE_INVALID, "product ID");
}
END_TEST

/* ---- authorization codes ---- */

START_TEST(form)
{
	struct slr_code c = signed_code(&simple), back;
	AUTO_BUF bytes = BUF_INIT;
	char *text = written(&c), *at;

	slr_signed_bytes(&c, &bytes);
	ck_assert_msg(strncmp(bytes.data, simple_authorization, strlen(simple_authorization)) == 0, "%s", bytes.data);
	ck_assert_str_eq(bytes.data + strlen(simple_authorization), simple_udi);
	ck_assert(strncmp(text, "<specificPLR>", 13) == 0);
	at = text + 13;
	ck_assert(strncmp(at, simple_authorization, strlen(simple_authorization)) == 0);
	at += strlen(simple_authorization);
	ck_assert(strncmp(at, "<signature>", 11) == 0);
	at = strstr(at, "</signature>");
	ck_assert(at && strncmp(at + 12, simple_udi, strlen(simple_udi)) == 0);
	ck_assert_str_eq(at + 12 + strlen(simple_udi), "</specificPLR>");
	ok(read_text(text, &back));
	ck_assert_str_eq(written(&back), text);
	ok(slr_verify(&back, root, NOW, &err));
}
END_TEST

START_TEST(all_members)
{
	struct slr_code c = signed_code(&rich), back;
	AUTO_BUF bytes = BUF_INIT;

	slr_signed_bytes(&c, &bytes);
	ck_assert_str_eq(bytes.data, rich_bytes);
	ok(read_text(written(&c), &back));
	ok(slr_verify(&back, root, NOW, &err));
	ck_assert_str_eq(back.piid, rich.piid);
	ck_assert_int_eq(back.timestamp, rich.timestamp);
	ck_assert_uint_eq(back.n, 2);
	ck_assert_str_eq(back.udi.pid, "C9300-24UX");
	ck_assert_str_eq(back.udi.uuid, "");
	for (size_t i = 0; i < 2; i++) {
		const struct slr_entitlement *a = &back.entitlements[i], *b = &rich_list[i];

		ck_assert_str_eq(a->tag, b->tag);
		ck_assert_int_eq(a->count, b->count);
		ck_assert_int_eq(a->start_at, b->start_at);
		ck_assert_int_eq(a->end_at, b->end_at);
		ck_assert_str_eq(a->license_type, b->license_type);
		ck_assert_str_eq(a->display_name, b->display_name);
		ck_assert_str_eq(a->description, b->description);
		ck_assert_str_eq(a->subscription_id, b->subscription_id);
	}
}
END_TEST

START_TEST(short_codes)
{
	char confirmation[SLR_CONFIRMATION_SIZE], back[SLR_RETURN_SIZE];

	ck_assert_str_eq(slr_confirmation(&simple, confirmation), "e8b324d9");
	ck_assert_str_eq(slr_return(&simple, back), "00000I-fez7wJ-6t7NqM-UVryQc-qp6CiM-NwX9vA-j9rSTP-mfnhaI");
	ck_assert_str_eq(slr_confirmation(&rich, confirmation), "f64915f9");
	ck_assert_str_eq(slr_return(&rich, back), "00000v-MP7GFi-YSuLIO-UdJYJm-EDQNVx-LqltPH-DDCNTl-rcyfCf");
}
END_TEST

/* As a terminal, a mail program and a careful hand bring it. */
START_TEST(pasted)
{
	struct slr_code c = signed_code(&simple), back;
	char *text = written(&c);
	AUTO_BUF wrapped = BUF_INIT;

	buf_adds(&wrapped, " \t\r\n\n");
	for (size_t i = 0; text[i]; i++) {
		if (i % 76 == 75)
			buf_adds(&wrapped, i % 2 ? "\r\n" : "\n");
		buf_addc(&wrapped, text[i]);
	}
	buf_adds(&wrapped, "\n\n  ");
	ok(read_text(wrapped.data, &back));
	ok(slr_verify(&back, root, NOW, &err));
	ck_assert_str_eq(written(&back), text);
}
END_TEST

/* Each prefix is cut, each changed byte is seen, by the reader or by the signature. */
START_TEST(cut_and_altered)
{
	struct slr_code c = signed_code(&rich), back;
	const char *text = written(&c);
	size_t n = strlen(text), step = 1;

	for (size_t i = 0; i < n; i += step) {
		err = ERR_INIT;
		ck_assert_int_eq(slr_read(text, i, &arena, &back, &err), -1);
		ck_assert_msg(err.code == E_CODE_INVALID, "%zu: %s", i, err.text);
		ck_assert_msg(i == 0 || strstr(err.text, "cut"), "%zu: %s", i, err.text);
	}
	for (size_t i = 0; i < n; i += step) {
		char *other = arena_strdup(&arena, text);

		other[i] = (char)(other[i] == 'x' ? 'y' : 'x');
		err = ERR_INIT;
		if (read_text(other, &back) == 0 && slr_verify(&back, root, NOW, &err) == 0)
			ck_abort_msg("the changed character %zu was not seen", i);
		ck_assert_msg(err.code == E_CODE_INVALID || err.code == E_CODE_ALTERED || err.code == E_CODE_UNTRUSTED,
			      "%zu: %s", i, err.text);
	}
}
END_TEST

static char *replaced(const char *text, const char *what, const char *by)
{
	const char *at = strstr(text, what);

	ck_assert_msg(at != NULL, "%s", what);
	return arena_printf(&arena, "%.*s%s%s", (int)(at - text), text, by, at + strlen(what));
}

START_TEST(one_form_only)
{
	static const struct {
		const char *what, *by;
	} changes[] = {
		{ "<specificPLR>", "<?xml version=\"1.0\"?><specificPLR>" },
		{ "<specificPLR>", "<!DOCTYPE x><specificPLR>" },
		{ "<specificPLR>", "<specificPLR >" },
		{ "<specificPLR>", "<specificPLR> " },
		{ "<flag>A</flag>", "<flag>B</flag>" },
		{ "<flag>A</flag><version>C</version>", "<version>C</version><flag>A</flag>" },
		{ "<tag>x", "<tag>&#120;" },
		{ "<tag>x", "<tag><![CDATA[x]]>" },
		{ "<tag>x", "<tag>\x01" },
		{ "<tag>x", "<tag>\xff" },
		{ "<tag>x", "<tag>" },
		{ "<tag>x", "<tag>a>b" },
		{ "<tag>x", "<tag>&nbsp;" },
		{ "<count>1<", "<count>01<" },
		{ "<count>1<", "<count>0<" },
		{ "<count>1<", "<count>+1<" },
		{ "<count>1<", "<count>-1<" },
		{ "<count>1<", "<count>2147483648<" },
		{ "<count>1<", "<count>99999999999999999999<" },
		{ "<count>1<", "<count><" },
		{ "2026-03-01T00:00:00Z", "2026-03-01" },
		{ "2026-03-01T00:00:00Z", "2026-02-30T00:00:00Z" },
		{ "2026-03-01T00:00:00Z", "2026-3-1T0:0:0Z" },
		{ "2026-03-01T00:00:00Z", "2026-01-01T00:00:00Z" },
		{ "2026-03-01T00:00:00Z", "" },
		{ "DEMO", "PERPETUAL" },
		{ "DEMO", "SOME" },
		{ "<tagDescription></tagDescription>", "<tagDescription/>" },
		{ "<tagDescription></tagDescription>", "" },
		{ "<subscriptionID></subscriptionID></entitlement></entitlements>",
		  "<subscriptionID></subscriptionID></entitlement>" },
		{ "<signature>", "<signature>A" },
		{ "<udi>P:", "<udi>p:" },
		{ "<udi>P:", "<udi>" },
		{ ",S:FCW2134L0RN", "" },
		{ ",S:FCW2134L0RN", ",S:FCW,2134L0RN" },
		{ ",S:FCW2134L0RN", ",S:FCW2134L0RN,U:" },
		{ ",S:FCW2134L0RN", ",S:FCW2134L0RN,U:E53FC968-0253-4d61-a355-ba908a6cc920" },
		{ "</specificPLR>", "</specificPLR>x" },
		{ "0a1b2c3d-4e5f", "0A1b2c3d-4e5f" },
		{ "0a1b2c3d-4e5f", "0a1b2c3d4e5f" },
		{ "<timestamp>1", "<timestamp> 1" },
	};
	struct slr_code c = signed_code(&rich), back;
	const char *text = written(&c);

	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		const char *other = replaced(text, changes[i].what, changes[i].by);

		err = ERR_INIT;
		ck_assert_msg(read_text(other, &back) == -1, "%s -> %s was accepted", changes[i].what, changes[i].by);
		ck_assert_msg(err.code == (i < 3 ? E_CODE_INVALID : E_CODE_ALTERED) && err.text[0], "%s -> %s: %s %s",
			      changes[i].what, changes[i].by, err_name(err.code), err.text);
	}
	refused(read_text("CB-ZC9300:S-n-86", &back), E_CODE_INVALID, "begin");
	refused(read_text("", &back), E_CODE_INVALID, "empty");
	/* a text that fits the form but was not signed so */
	ok(read_text(replaced(text, "<count>1<", "<count>2<"), &back));
	refused(slr_verify(&back, root, NOW, &err), E_CODE_UNTRUSTED, "altered");
	ok(read_text(replaced(text, "S:FCW2134L0RN", "S:FCW2134L0RM"), &back));
	refused(slr_verify(&back, root, NOW, &err), E_CODE_UNTRUSTED, "altered");
}
END_TEST

START_TEST(limits)
{
	struct slr_entitlement list[SLR_ENTITLEMENTS_MAX + 1];
	struct slr_code c = simple, back;
	char tag[SLR_TEXT_MAX + 2], *longest;
	AUTO_BUF b = BUF_INIT;

	for (size_t i = 0; i < SLR_ENTITLEMENTS_MAX + 1; i++)
		list[i] = simple_list[0];
	c.entitlements = list;
	c.n = 12;
	ok(slr_sign(&c, signer, signer_key, &sub, 1, NOW, &arena, &err));
	ok(read_text(written(&c), &back));
	c.n = 40;
	refused(slr_sign(&c, signer, signer_key, &sub, 1, NOW, &arena, &err), E_CODE_TOO_LONG, "8192");
	c.n = SLR_ENTITLEMENTS_MAX + 1;
	refused(slr_sign(&c, signer, signer_key, &sub, 1, NOW, &arena, &err), E_INVALID_REQUEST, "entitlements");
	c.n = 0;
	refused(slr_sign(&c, signer, signer_key, &sub, 1, NOW, &arena, &err), E_INVALID_REQUEST, "entitlements");
	c.n = 1;
	memset(tag, 't', sizeof(tag));
	tag[SLR_TEXT_MAX] = '\0';
	list[0].tag = tag;
	ok(slr_sign(&c, signer, signer_key, &sub, 1, NOW, &arena, &err));
	ok(read_text(written(&c), &back));
	tag[SLR_TEXT_MAX] = 't';
	tag[SLR_TEXT_MAX + 1] = '\0';
	refused(slr_sign(&c, signer, signer_key, &sub, 1, NOW, &arena, &err), E_INVALID_REQUEST, "tag");
	list[0].tag = "line\nend";
	refused(slr_sign(&c, signer, signer_key, &sub, 1, NOW, &arena, &err), E_INVALID_REQUEST, "tag");
	list[0].tag = "T";
	c.udi.serial = "a,b";
	refused(slr_sign(&c, signer, signer_key, &sub, 1, NOW, &arena, &err), E_INVALID_REQUEST, "a,b");
	/* just longer than 8192, though it is a code */
	c = signed_code(&simple);
	slr_write(&c, &b);
	longest = arena_alloc(&arena, 8192 * 5 + 1);
	memset(longest, ' ', 8192 * 5);
	refused(slr_read(longest, 8192 * 4 + 1, &arena, &back, &err), E_CODE_INVALID, "8192");
	memset(longest, 'x', 8193);
	refused(slr_read(longest, 8193, &arena, &back, &err), E_CODE_INVALID, "8192");
}
END_TEST

/* ---- who may sign ---- */

START_TEST(roles)
{
	struct slr_code c = simple;

	ok(slr_sign(&c, manager, manager_key, NULL, 0, NOW, &arena, &err));
	ok(slr_verify(&c, root, NOW, &err));
	refused(slr_verify(&c, stranger, NOW, &err), E_CODE_UNTRUSTED, "licensing root");
	refused(slr_verify(&c, root, NOW + YEAR_MS + DAY_MS, &err), E_CODE_UNTRUSTED, "holds from");
	ok(slr_sign(&c, signer, signer_key, NULL, 0, NOW, &arena, &err));
	refused(slr_verify(&c, root, NOW, &err), E_CODE_UNTRUSTED, "licensing root");
	ok(slr_sign(&c, product, product_key, &sub, 1, NOW, &arena, &err));
	refused(slr_verify(&c, root, NOW, &err), E_CODE_UNTRUSTED, "signing");
	ok(slr_sign(&c, sub, sub_key, NULL, 0, NOW, &arena, &err));
	refused(slr_verify(&c, root, NOW, &err), E_CODE_UNTRUSTED, "signing");
	c.signature = "x";
	c.signature_n = 1;
	refused(slr_verify(&c, root, NOW, &err), E_CODE_UNTRUSTED, "altered");
}
END_TEST

static void save(const char *dir, const char *name, const char *data, size_t n)
{
	AUTO_FREE char *path = mem_printf("%s/%s", dir, name);

	ok(file_write(path, 0600, data, n, &err));
}

START_TEST(openssl)
{
	struct slr_code c = signed_code(&rich);
	char dir[] = "/tmp/test-slr-XXXXXX";
	AUTO_BUF bytes = BUF_INIT;
	AUTO_BUF pem = BUF_INIT;
	AUTO_FREE char *command = NULL, *clean = NULL;

	ck_assert(mkdtemp(dir) != NULL);
	slr_signed_bytes(&c, &bytes);
	cert_write_pem(root, &pem);
	save(dir, "bytes", bytes.data, bytes.n);
	save(dir, "signature", c.signature, c.signature_n);
	save(dir, "root.pem", pem.data, pem.n);
	command =
		mem_printf("cd %s && openssl cms -verify -binary -inform DER -in signature -content bytes -CAfile root.pem "
			   "-attime 1764000000 -out /dev/null 2>/dev/null",
			   dir);
	ck_assert_int_eq(system(command), 0);
	clean = mem_printf("rm -r %s", dir);
	ck_assert_int_eq(system(clean), 0);
}
END_TEST

/* ---- confirmation and return codes as people type them ---- */

START_TEST(confirmation_typed)
{
	char out[SLR_CONFIRMATION_SIZE];

	ok(slr_confirmation_read("1fc54c75", 8, out, &err));
	ck_assert_str_eq(out, "1fc54c75");
	ok(slr_confirmation_read(" 1FC5 4C75\n", 11, out, &err));
	ck_assert_str_eq(out, "1fc54c75");
	refused(slr_confirmation_read("1fc54c7", 7, out, &err), E_CODE_INVALID, "only 7");
	refused(slr_confirmation_read("", 0, out, &err), E_CODE_INVALID, "only 0");
	refused(slr_confirmation_read("1fc54c755", 9, out, &err), E_CODE_INVALID, "more");
	refused(slr_confirmation_read("1fc5Oc75", 8, out, &err), E_CODE_INVALID, "character 5");
}
END_TEST

static int typed(const char *text, char out[SLR_RETURN_SIZE])
{
	return slr_return_read(text, strlen(text), out, &err);
}

START_TEST(return_typed)
{
	static const char good[] = "00000I-fez7wJ-6t7NqM-UVryQc-qp6CiM-NwX9vA-j9rSTP-mfnhaI";
	char out[SLR_RETURN_SIZE];

	ok(typed(good, out));
	ck_assert_str_eq(out, good);
	ok(typed("\n 00000I-fez7wJ-6t7NqM-UVryQc-\n  qp6CiM-NwX9vA-j9rSTP-mfnhaI \r\n", out));
	ck_assert_str_eq(out, good);
	/* the largest SHA-256 there is, and one more */
	ok(typed("00000y-hjskwd-A6OZ1A-L1YmHW-ZWm8LL-G7Hjnu-CA2j5r-Ow8Xp1", out));
	refused(typed("00000y-hjskwd-A6OZ1A-L1YmHW-ZWm8LL-G7Hjnu-CA2j5r-Ow8Xp2", out), E_CODE_INVALID, "first groups");
	refused(typed("ChWhde-okvz5f-6t7NqM-UVryQc-qp6CiM-NwX9vA-j9rSTP-mfnhaI", out), E_CODE_INVALID, "first groups");
	refused(typed("00000I-fez7wJ-6t7NqM-UVryQc-qp6CiM-NwX9vA-j9rSTP-mfnha", out), E_CODE_INVALID, "47 of 48");
	refused(typed("00000I-fez7wJ-6t7NqM-UVryQc-qp6CiM-NwX9vA-j9rSTP", out), E_CODE_INVALID, "42 of 48");
	refused(typed("", out), E_CODE_INVALID, "0 of 48");
	refused(typed("00000I-fez7wJ-6t7NqM-UVryQc-qp6CiM-NwX9vA-j9rSTP-mfnhaIx", out), E_CODE_INVALID, "group 8");
	refused(typed("00000I-fez7wJ-6t7NqM-UVryQc-qp6CiM-NwX9vA-j9rSTP-mfnhaI-", out), E_CODE_INVALID, "group 8");
	refused(typed("00000I-fez7wJ6-t7NqM-UVryQc-qp6CiM-NwX9vA-j9rSTP-mfnhaI", out), E_CODE_INVALID, "group 2");
	refused(typed("00000I-fez7w-6t7NqM-UVryQc-qp6CiM-NwX9vA-j9rSTP-mfnhaI", out), E_CODE_INVALID, "group 2");
	refused(typed("00000I--fez7wJ-6t7NqM-UVryQc-qp6CiM-NwX9vA-j9rSTP-mfnhaI", out), E_CODE_INVALID, "group 1");
	refused(typed("00000\xc3", out), E_CODE_INVALID, "group 1");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("slr");
	TCase *t = tcase_create("codes");
	SRunner *r;
	int failed;

	tcase_add_unchecked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, request_of_ucm);
	tcase_add_test(t, request_of_others);
	tcase_add_test(t, requests_refused);
	tcase_add_test(t, form);
	tcase_add_test(t, all_members);
	tcase_add_test(t, short_codes);
	tcase_add_test(t, pasted);
	tcase_add_test(t, cut_and_altered);
	tcase_add_test(t, one_form_only);
	tcase_add_test(t, limits);
	tcase_add_test(t, roles);
	tcase_add_test(t, openssl);
	tcase_add_test(t, confirmation_typed);
	tcase_add_test(t, return_typed);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
