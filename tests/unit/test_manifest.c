/* test_manifest.c - what a synchronization file says about itself, member by member. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "tests/lib/bundle_kit.h"
#include "tests/lib/clock_fake.h"

static json_t *parsed(const struct manifest *m)
{
	AUTO_BUF text = BUF_INIT;
	json_t *v = NULL;

	OK(manifest_encode(m, &text, &e));
	OK(json_read(text.data, text.n, E_SYNC_NOT_A_BUNDLE, &v, &e));
	return v;
}

static void manifest_refuses(const json_t *v, const char *member)
{
	AUTO_BUF text = BUF_INIT;
	struct manifest m;
	struct err e = ERR_INIT;

	json_write(v, &text);
	ck_assert_msg(manifest_parse(text.data, text.n, &m, &e) == -1, "%s", text.data);
	ck_assert_int_eq(e.code, E_SYNC_NOT_A_BUNDLE);
	ck_assert_msg(member == NULL || strcmp(e.field, member) == 0, "%s instead of %s: %s", e.field, member, e.text);
}

static void manifest_takes(const json_t *v)
{
	AUTO_BUF text = BUF_INIT;
	struct manifest m;

	json_write(v, &text);
	OK(manifest_parse(text.data, text.n, &m, &e));
}

static struct manifest sample(enum manifest_kind kind)
{
	static const char *const parts[][MANIFEST_PARTS_MAX] = {
		{ "csr.pem" },
		{ "account.ndjson", "entitlements.ndjson", "license_lots.ndjson", "chain.pem" },
		{ "virtual_accounts.ndjson", "product_instances.ndjson", "usage.ndjson", "reservations.ndjson",
		  "removed.ndjson", "csr.pem" },
		{ "account.ndjson", "entitlements.ndjson", "license_lots.ndjson", "removals.ndjson", "chain.pem" },
		{ NULL },
	};
	bool first = kind == MANIFEST_REGISTRATION || kind == MANIFEST_AUTHORIZATION;
	struct manifest m = { .kind = kind,
			      .mode = MANIFEST_FULL,
			      .satellite = KIT_UUID,
			      .account = "Demo Account",
			      .sequence = first ? 0 : 42,
			      .base_sequence = first ? 0 : 41,
			      .created_at = CLOCK_FAKE_START,
			      .name = "dc1",
			      .smart_account = "Demo",
			      .virtual_account = "Site A",
			      .in_reply_to = first ? 0 : 42,
			      .authority_valid_until = CLOCK_FAKE_START + 90 * DAY_MS,
			      .next_sequence = 1,
			      .reason = "why" };

	memset(m.request_sha256, 0x5a, sizeof(m.request_sha256));
	memset(m.previous_sha256, 0xa5, sizeof(m.previous_sha256));
	for (; parts[kind][m.parts_n]; m.parts_n++)
		str_copy(m.parts[m.parts_n].name, sizeof(m.parts[0].name), parts[kind][m.parts_n]);
	return m;
}

START_TEST(test_answers)
{
	static const enum manifest_kind kinds[] = { MANIFEST_RESPONSE, MANIFEST_RESYNC };
	struct manifest m = sample(kinds[_i]), back;
	AUTO_BUF text = BUF_INIT;

	m.sequence = m.in_reply_to = MANIFEST_SEQUENCE_MAX;
	m.base_sequence = 41;
	m.next_sequence = 99;
	str_copy(m.reason, sizeof(m.reason), "base 41 is not known here");
	OK(manifest_encode(&m, &text, &e));
	OK(manifest_parse(text.data, text.n, &back, &e));
	ck_assert_int_eq(back.kind, kinds[_i]);
	ck_assert_int_eq(back.sequence, MANIFEST_SEQUENCE_MAX);
	ck_assert_int_eq(back.in_reply_to, MANIFEST_SEQUENCE_MAX);
	ck_assert_int_eq(back.base_sequence, 41);
	ck_assert_mem_eq(back.request_sha256, m.request_sha256, SHA256_SIZE);
	ck_assert_int_eq(back.authority_valid_until, _i == 0 ? m.authority_valid_until : 0);
	ck_assert_int_eq(back.next_sequence, _i == 0 ? 0 : 99);
	ck_assert_str_eq(back.reason, _i == 0 ? "" : m.reason);
}
END_TEST

static bool optional(enum manifest_kind kind, const char *member)
{
	return kind == MANIFEST_REQUEST && (strcmp(member, "name") == 0 || strcmp(member, "previous_sha256") == 0);
}

/* Names and reasons may be any text; what is one of a few words, a number or a digest may not. */
static bool may_be_text(const char *member)
{
	static const char *const texts[] = { "account", "name", "smart_account", "virtual_account", "reason", NULL };

	for (const char *const *t = texts; *t; t++)
		if (strcmp(member, *t) == 0)
			return true;
	return false;
}

static bool is_good(const char *member, const json_t *value)
{
	const char *text = json_string_value(value);

	if (text == NULL || !may_be_text(member))
		return false;
	return strcmp(member, "reason") == 0 || strcmp(text, "no such") == 0;
}

static void try_values(enum manifest_kind kind, const json_t *v, const char *member)
{
	static const char *const wrong[] = { "null", "true",        "-1", "1.5", "9007199254740992",
					     "\"\"", "\"no such\"", "{}", "[1]", "\"\\u0007\"" };

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		AUTO_JSON *copy = json_deep_copy(v);
		json_t *value = json_loads(wrong[i], JSON_DECODE_ANY, NULL);

		if (!is_good(member, value)) {
			json_object_set(copy, member, value);
			manifest_refuses(copy, json_is_array(value) ? NULL : member);
		}
		json_decref(value);
	}
	{
		AUTO_JSON *copy = json_deep_copy(v);

		json_object_del(copy, member);
		if (optional(kind, member))
			manifest_takes(copy);
		else
			manifest_refuses(copy, member);
	}
}

START_TEST(test_members)
{
	struct manifest m = sample((enum manifest_kind)_i);
	json_t *v = parsed(&m), *value;
	const char *member;

	json_object_foreach (v, member, value)
		try_values(m.kind, v, member);
	json_decref(v);
}
END_TEST

/* What a request may leave out. */
START_TEST(test_optional)
{
	static const unsigned char none[SHA256_SIZE];
	struct manifest m = sample(MANIFEST_REQUEST), back;
	AUTO_BUF text = BUF_INIT;

	OK(manifest_encode(&m, &text, &e));
	OK(manifest_parse(text.data, text.n, &back, &e));
	ck_assert_str_eq(back.name, "dc1");
	ck_assert_mem_eq(back.previous_sha256, m.previous_sha256, SHA256_SIZE);
	*m.name = '\0';
	memset(m.previous_sha256, 0, sizeof(m.previous_sha256));
	buf_clear(&text);
	OK(manifest_encode(&m, &text, &e));
	ck_assert(strstr(text.data, "\"name\":\"dc1\"") == NULL && strstr(text.data, "previous") == NULL);
	OK(manifest_parse(text.data, text.n, &back, &e));
	ck_assert_str_eq(back.name, "");
	ck_assert_mem_eq(back.previous_sha256, none, SHA256_SIZE);
	for (int over = 0; over < 2; over++) { /* as long as it may be, and longer */
		AUTO_JSON *v = json_loads(text.data, 0, NULL);
		char name[130] = "";

		memset(name, 'n', (size_t)(128 + over));
		json_set_text(v, "name", name);
		if (over)
			manifest_refuses(v, "name");
		else
			manifest_takes(v);
	}
}
END_TEST

/* Exactly the parts of its kind, each once. */
START_TEST(test_parts)
{
	struct manifest m = sample((enum manifest_kind)_i);
	AUTO_BUF text = BUF_INIT;

	for (size_t i = 0; i < m.parts_n; i++) {
		struct manifest less = m, other = m, twice = m;

		less.parts[i] = less.parts[--less.parts_n];
		FAILS(manifest_encode(&less, &text, &e), E_SYNC_NOT_A_BUNDLE);
		str_copy(other.parts[i].name, sizeof(other.parts[i].name), "other.pem");
		FAILS(manifest_encode(&other, &text, &e), E_SYNC_NOT_A_BUNDLE);
		twice.parts[twice.parts_n++] = twice.parts[i];
		FAILS(manifest_encode(&twice, &text, &e), E_SYNC_NOT_A_BUNDLE);
	}
	str_copy(m.parts[m.parts_n++].name, sizeof(m.parts[0].name), "more.pem");
	FAILS(manifest_encode(&m, &text, &e), E_SYNC_NOT_A_BUNDLE);
}
END_TEST

/* The first files have the sequence 0; the others 1 or more, above their base. */
START_TEST(test_sequences)
{
	static const struct {
		enum manifest_kind kind;
		int64_t sequence, base;
		const char *member; /* NULL: good */
	} cases[] = {
		{ MANIFEST_REGISTRATION, 0, 0, NULL },
		{ MANIFEST_REGISTRATION, 1, 0, "sequence" },
		{ MANIFEST_AUTHORIZATION, 0, 1, "base_sequence" },
		{ MANIFEST_REQUEST, 0, 0, "sequence" },
		{ MANIFEST_REQUEST, 1, 0, NULL },
		{ MANIFEST_REQUEST, 1, 1, "base_sequence" },
		{ MANIFEST_REQUEST, 41, 42, "base_sequence" },
		{ MANIFEST_REQUEST, MANIFEST_SEQUENCE_MAX, MANIFEST_SEQUENCE_MAX - 1, NULL },
		{ MANIFEST_REQUEST, MANIFEST_SEQUENCE_MAX, MANIFEST_SEQUENCE_MAX, "base_sequence" },
		{ MANIFEST_REQUEST, MANIFEST_SEQUENCE_MAX + 1, 0, "sequence" },
		{ MANIFEST_RESPONSE, 0, 0, "sequence" },
		{ MANIFEST_RESPONSE, 2, 2, "base_sequence" },
		{ MANIFEST_RESYNC, 1, 0, NULL },
		{ MANIFEST_RESYNC, MANIFEST_SEQUENCE_MAX, 0, NULL },
		{ MANIFEST_RESYNC, INT64_MAX, 0, "sequence" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct manifest m = sample(cases[i].kind);
		AUTO_JSON *v = parsed(&m);

		json_set_int(v, "sequence", cases[i].sequence);
		json_set_int(v, "base_sequence", cases[i].base);
		if (json_object_get(v, "in_reply_to"))
			json_set_int(v, "in_reply_to",
				     cases[i].member && cases[i].sequence > MANIFEST_SEQUENCE_MAX ? 42 : cases[i].sequence);
		if (cases[i].member)
			manifest_refuses(v, cases[i].member);
		else
			manifest_takes(v);
	}
}
END_TEST

START_TEST(test_rules)
{
	struct manifest m = sample(MANIFEST_AUTHORIZATION);
	static const struct {
		const char *member, *value; /* of the part, or of the manifest if the name has no dot */
	} bad[] = {
		{ "parts.name", "\"../a.pem\"" },
		{ "parts.name", "\"chain.pem\"" },
		{ "parts.name", "\"a.txt\"" },
		{ "parts.name", "7" },
		{ "parts.records", "-1" },
		{ "parts.records", "\"1\"" },
		{ "parts.bytes", "-1" },
		{ "parts.bytes", "8589934592" },
		{ "parts.bytes", "null" },
		{ "parts.sha256", "\"\"" },
		{ "parts.sha256", "7" },
		{ "satellite", "\"6FE83ADD-C802-40BC-92DC-071AC7A37624\"" },
		{ "satellite", "\"6fe83addc80240bc92dc071ac7a37624\"" },
		{ "sequence", "1" },
		{ "base_sequence", "1" },
		{ "in_reply_to", "1" },
		{ "created_at", "0" },
		{ "authority_valid_until", "0" },
		{ "account", "\" \\u0000\"" },
		{ "parts.sha256", "\"5A5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a\"" },
		{ "request_sha256", "\"zz5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a\"" },
	};
	json_t *v = parsed(&m);
	AUTO_BUF text = BUF_INIT;
	struct err why = ERR_INIT;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		json_t *copy = json_deep_copy(v), *w = json_loads(bad[i].value, JSON_DECODE_ANY, NULL);
		const char *dot = strchr(bad[i].member, '.');

		if (dot)
			json_object_set_new(json_array_get(json_object_get(copy, "parts"), 0), dot + 1, w);
		else
			json_object_set_new(copy, bad[i].member, w);
		if (w)
			manifest_refuses(copy, bad[i].member);
		json_decref(copy);
	}
	json_set_text(v, "format", "satellite-sync/2");
	manifest_refuses(v, "format");
	json_set_text(v, "format", MANIFEST_FORMAT);
	json_set_text(v, "unknown_member", "is ignored");
	json_write(v, &text);
	OK(manifest_parse(text.data, text.n, &m, &e));
	for (size_t n = 0; n < text.n; n++)
		ck_assert_int_eq(manifest_parse(text.data, n, &m, &why), -1);
	buf_addc(&text, 'x');
	ck_assert_int_eq(manifest_parse(text.data, text.n, &m, &why), -1);
	json_array_remove(json_object_get(v, "parts"), 3);
	manifest_refuses(v, "parts");
	json_decref(v);
	ck_assert_int_eq(manifest_parse("[]", 2, &m, &why), -1);
	m = sample(MANIFEST_AUTHORIZATION);
	str_copy(m.parts[3].name, sizeof(m.parts[3].name), "other.pem");
	FAILS(manifest_encode(&m, &text, &e), E_SYNC_NOT_A_BUNDLE);
	m = sample(MANIFEST_AUTHORIZATION);
	str_copy(m.satellite, sizeof(m.satellite), "nobody");
	FAILS(manifest_encode(&m, &text, &e), E_SYNC_NOT_A_BUNDLE);
	m = sample(MANIFEST_AUTHORIZATION);
	str_copy(m.account, sizeof(m.account), "bad \xff name");
	FAILS(manifest_encode(&m, &text, &e), E_SYNC_NOT_A_BUNDLE);
	m = sample(MANIFEST_AUTHORIZATION);
	str_copy(m.parts[4].name, sizeof(m.parts[4].name), "fifth.pem");
	m.parts_n = 5;
	FAILS(manifest_encode(&m, &text, &e), E_SYNC_NOT_A_BUNDLE);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("manifest");
	TCase *t = tcase_create("manifest");
	SRunner *r;
	int failed;

	json_init();
	tcase_add_loop_test(t, test_answers, 0, 2);
	tcase_add_loop_test(t, test_members, 0, 5);
	tcase_add_test(t, test_optional);
	tcase_add_loop_test(t, test_parts, 0, 5);
	tcase_add_test(t, test_sequences);
	tcase_add_test(t, test_rules);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
