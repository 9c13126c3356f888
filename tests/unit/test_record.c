/* test_record.c - the records of synchronization files, member by member.
 *
 * What satellite-sync(7) says of each member stands here once more, apart from the tables of record.c. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "sync/record.h"
#include "tests/lib/record_again.h"

#define ID "6fe83add-c802-40bc-92dc-071ac7a37624"
#define OTHER "0f0e0d0c-0b0a-0908-0706-050403020100"
#define TAG "regid.2016-07.com.cisco.UCM_Enhanced,12.0_66d0d1cf-4863-4761-91d0-d01d3eb1949a"
#define USE_ID "1904c381-8aea-8215-9950-371ec394f4f6"   /* of ID and TAG */
#define USE_T_ID "9babf4e9-11cc-8757-a6ea-9ffcbb31ff4a" /* of ID and `t` */
#define MS_MAX INT64_C(253402300799999)

enum kind { END, UUID, NAME, TEXT, TAGS, WORD, HEX, BOOL, INT, ARRAY };

struct member {
	const char *name;
	enum kind kind;
	int64_t least, most; /* bytes of a text, elements, value */
	bool null;
};

static json_t *again_reservation(const json_t *v, struct err *e)
{
	struct record_reservation r;

	if (record_reservation_decode(v, &r, e))
		return NULL;
	return record_reservation_encode(&r, json_deep_copy(r.licenses));
}

static const struct {
	const char *name;
	again_fn again;
	const char *good;
	struct member members[16];
} records[] = {
	{ "account",
	  again_account,
	  "{\"id\":\"" ID "\",\"smart_account\":\"S\",\"virtual_account\":\"V\",\"domain\":\"\","
	  "\"export_control_permitted\":true,\"reservation_permitted\":false,\"status\":\"INACTIVE\"}",
	  { { "id", UUID, 0, 0, false },
	    { "smart_account", NAME, 0, 0, false },
	    { "virtual_account", NAME, 0, 0, false },
	    { "domain", TEXT, 0, 253, false },
	    { "export_control_permitted", BOOL, 0, 0, false },
	    { "reservation_permitted", BOOL, 0, 0, false },
	    { "status", WORD, 0, 0, false } } },
	{ "entitlement",
	  again_entitlement,
	  "{\"id\":\"" ID "\",\"tag\":\"" TAG
	  "\",\"name\":\"N\",\"display_name\":\"D\",\"description\":\"\",\"version\":\"\","
	  "\"family\":\"F\",\"tier\":0,\"restricted\":true,\"minimum\":1}",
	  { { "id", UUID, 0, 0, false },
	    { "tag", TAGS, 0, 0, false },
	    { "name", NAME, 0, 0, false },
	    { "display_name", NAME, 0, 0, false },
	    { "description", TEXT, 0, 1024, false },
	    { "version", TEXT, 0, 64, false },
	    { "family", TEXT, 1, 64, false }, /* empty is no text beside a tier */
	    { "tier", INT, 0, 63, true },
	    { "restricted", BOOL, 0, 0, false },
	    { "minimum", INT, 1, 2147483647, true } } },
	{ "lot",
	  again_lot,
	  "{\"id\":\"" ID "\",\"tag\":\"" TAG
	  "\",\"count\":2147483647,\"license_type\":\"TERM\",\"start_at\":5,\"end_at\":6,"
	  "\"subscription_id\":\"\"}",
	  { { "id", UUID, 0, 0, false },
	    { "tag", TAGS, 0, 0, false },
	    { "count", INT, 0, 2147483647, false },
	    { "license_type", WORD, 0, 0, false },
	    { "start_at", INT, 0, 5, false },    /* before end_at */
	    { "end_at", INT, 6, MS_MAX, false }, /* after start_at; null is PERPETUAL alone */
	    { "subscription_id", TEXT, 0, 128, false } } },
	{ "removal",
	  again_removal,
	  "{\"id\":\"" ID "\",\"piid\":\"" OTHER "\",\"reason\":\"scrapped\"}",
	  { { "id", UUID, 0, 0, false }, { "piid", UUID, 0, 0, false }, { "reason", TEXT, 0, 1024, false } } },
	{ "virtual_account",
	  again_virtual_account,
	  "{\"id\":\"" ID "\",\"name\":\"Caf\xc3\xa9 \xf0\x9f\x98\x80\",\"description\":\"\",\"is_default\":true}",
	  { { "id", UUID, 0, 0, false },
	    { "name", NAME, 0, 0, false },
	    { "description", TEXT, 0, 4096, false },
	    { "is_default", BOOL, 0, 0, false } } },
	{ "instance",
	  again_instance,
	  "{\"id\":\"" ID "\",\"virtual_account\":\"" OTHER "\",\"udi_pid\":\"P\",\"udi_serial_number\":\"S\","
	  "\"uuid\":\"00112233445566778899aabbccddeeff\",\"software_tag_identifier\":\"t\",\"product_version\":null,"
	  "\"hostname\":\"h\",\"ip_address\":\"\",\"mac_address\":null,\"export_controlled\":false,\"authorized\":true,"
	  "\"registered_at\":1,\"expires_at\":2}",
	  { { "id", UUID, 0, 0, false },
	    { "virtual_account", UUID, 0, 0, false },
	    { "udi_pid", TEXT, 1, 1024, false },
	    { "udi_serial_number", TEXT, 1, 1024, false },
	    { "uuid", HEX, 0, 0, false },
	    { "software_tag_identifier", TEXT, 1, 1024, false },
	    { "product_version", TEXT, 0, 1024, true },
	    { "hostname", TEXT, 0, 1024, true },
	    { "ip_address", TEXT, 0, 1024, true },
	    { "mac_address", TEXT, 0, 1024, true },
	    { "export_controlled", BOOL, 0, 0, false },
	    { "authorized", BOOL, 0, 0, false },
	    { "registered_at", INT, 0, MS_MAX, false },
	    { "expires_at", INT, 0, MS_MAX, false } } },
	{ "usage",
	  again_usage,
	  "{\"id\":\"" USE_ID "\",\"piid\":\"" ID "\",\"tag\":\"" TAG "\",\"count\":3}",
	  { { "id", WORD, 0, 0, false }, /* one value alone fits the rest */
	    { "piid", WORD, 0, 0, false },
	    { "tag", WORD, 0, 0, false },
	    { "count", INT, 0, 2147483647, false } } },
	{ "reservation",
	  again_reservation,
	  "{\"id\":\"" ID "\",\"virtual_account\":\"" OTHER "\",\"state\":\"RESERVED\",\"udi_pid\":\"P\","
	  "\"udi_serial_number\":\"S\",\"uuid\":\"\",\"created_at\":7,\"licenses\":[{\"lot\":\"" ID "\",\"count\":5}]}",
	  { { "id", UUID, 0, 0, false },
	    { "virtual_account", UUID, 0, 0, false },
	    { "state", WORD, 0, 0, false },
	    { "udi_pid", TEXT, 1, 1024, false },
	    { "udi_serial_number", TEXT, 1, 1024, false },
	    { "uuid", HEX, 0, 0, false },
	    { "created_at", INT, 0, MS_MAX, false },
	    { "licenses", ARRAY, 0, RECORD_RESERVED_MAX, false } } },
	{ "reserved",
	  again_reserved,
	  "{\"lot\":\"" ID "\",\"count\":0}",
	  { { "lot", UUID, 0, 0, false }, { "count", INT, 0, 2147483647, false } } },
	{ "removed",
	  again_removed,
	  "{\"id\":\"" ID "\",\"kind\":\"reservation\"}",
	  { { "id", UUID, 0, 0, false }, { "kind", WORD, 0, 0, false } } },
};

#define RECORDS (int)(sizeof(records) / sizeof(*records))

static json_t *good(int i)
{
	json_error_t why;
	json_t *v = json_loads(records[i].good, JSON_REJECT_DUPLICATES, &why);

	ck_assert_msg(v, "%s: %s", records[i].name, why.text);
	return v;
}

/* Takes over value; NULL: the member is missing. */
static void try_value(int i, const char *member, json_t *value, bool takes)
{
	AUTO_JSON *v = good(i);
	AUTO_JSON *back = NULL;
	struct err e = ERR_INIT;
	AUTO_BUF text = BUF_INIT;

	if (value)
		json_object_set_new(v, member, value);
	else
		json_object_del(v, member);
	json_write(v, &text);
	back = records[i].again(v, &e);
	ck_assert_msg((back != NULL) == takes, "%s: %s of %.200s: %s", records[i].name, member, text.data, e.text);
	if (takes) {
		AUTO_BUF again = BUF_INIT;

		json_write(back, &again);
		ck_assert_str_eq(again.data, text.data);
		return;
	}
	ck_assert_int_eq(e.code, E_SYNC_DAMAGED);
	ck_assert_msg(strstr(e.field, member) || strcmp(e.field, "id") == 0 || strcmp(e.field, "tier") == 0 ||
			      strcmp(e.field, "end_at") == 0,
		      "%s: %s instead of %s: %s", records[i].name, e.field, member, e.text);
	ck_assert(*e.text != '\0');
}

static json_t *text_of(int64_t n)
{
	AUTO_FREE char *text = mem_alloc((size_t)n + 1);

	memset(text, 'x', (size_t)n);
	return json_string(text);
}

/* The same of characters of four bytes. */
static json_t *wide_of(int n)
{
	AUTO_BUF text = BUF_INIT;

	while (n--)
		buf_adds(&text, "\xf0\x9f\x98\x80");
	return json_stringn(text.data, text.n);
}

/* Other types than its own, and none. */
static void try_types(int i, const struct member *m)
{
	json_t *others[] = { json_true(), json_integer(1), json_real(1.0), json_string("x"), json_array(), json_object() };
	bool mine[] = { m->kind == BOOL,  m->kind == INT, false, m->kind == NAME || m->kind == TEXT || m->kind == TAGS,
			m->kind == ARRAY, false };

	try_value(i, m->name, NULL, false);
	if (!(m->kind == INT && m->null) && strcmp(m->name, "end_at") != 0)
		try_value(i, m->name, json_null(), m->null);
	for (int k = 0; k < 6; k++) {
		if (mine[k])
			json_decref(others[k]);
		else
			try_value(i, m->name, others[k], false);
	}
}

static void try_texts(int i, const struct member *m)
{
	static const char *const controls[] = { "\n",
						"a\tb",
						"\x1b[2J",
						"a\x7f",
						"\x01",
						"\xc2\x9b"
						"2J" };

	for (size_t k = 0; k < sizeof(controls) / sizeof(*controls); k++)
		try_value(i, m->name, json_string(controls[k]), false);
	if (m->kind == TEXT) {
		try_value(i, m->name, text_of(0), m->least == 0);
		try_value(i, m->name, text_of(m->most), true);
		try_value(i, m->name, text_of(m->most + 1), false);
		try_value(i, m->name, json_string("\xc3\xa4 <b>&\"'\\"), true);
	} else if (m->kind == NAME) {
		try_value(i, m->name, text_of(0), false);
		try_value(i, m->name, text_of(128), true);
		try_value(i, m->name, wide_of(128), true);
		try_value(i, m->name, wide_of(129), false);
		try_value(i, m->name, text_of(129), false);
	} else {
		try_value(i, m->name, text_of(0), false);
		try_value(i, m->name, text_of(255), true);
		try_value(i, m->name, text_of(256), false);
		try_value(i, m->name, json_string("a b"), false);
		try_value(i, m->name, json_string("\xc3\xa4"), false);
	}
}

static void try_uuids(int i, const struct member *m)
{
	static const char *const wrong[] = { "",
					     "x",
					     "6FE83ADD-C802-40BC-92DC-071AC7A37624",
					     "6fe83addc80240bc92dc071ac7a37624",
					     "6fe83add-c802-40bc-92dc-071ac7a3762g",
					     "6fe83add-c802-40bc-92dc-071ac7a376244",
					     "6fe83add-c802-40bc-92dc-071ac7a3762\n",
					     "6fe83addc-802-40bc-92dc-071ac7a37624",
					     "../../../../../../../../../../../tmp" };

	for (size_t k = 0; k < sizeof(wrong) / sizeof(*wrong); k++)
		try_value(i, m->name, json_string(wrong[k]), false);
	try_value(i, m->name, json_string(OTHER), true);
}

static void try_hex(int i, const struct member *m)
{
	try_value(i, m->name, json_string(""), true);
	try_value(i, m->name, json_string("0123456789abcdef0123456789abcdef"), true);
	try_value(i, m->name, json_string("0123456789abcdef0123456789abcde"), false);
	try_value(i, m->name, json_string("0123456789abcdef0123456789abcdef0"), false);
	try_value(i, m->name, json_string("0123456789ABCDEF0123456789ABCDEF"), false);
}

static void try_integers(int i, const struct member *m)
{
	try_value(i, m->name, json_integer(m->least), true);
	try_value(i, m->name, json_integer(m->least - 1), false);
	try_value(i, m->name, json_integer(INT64_MIN), false);
	if (m->most == 5) { /* of start_at: what is behind end_at */
		try_value(i, m->name, json_integer(6), false);
		return;
	}
	try_value(i, m->name, json_integer(m->most), true);
	try_value(i, m->name, json_integer(m->most + 1), false);
	try_value(i, m->name, json_integer(INT64_MAX), false);
}

static void try_words(int i, const struct member *m)
{
	static const char *const wrong[] = {
		"",          "x",    "inactive",
		"RESERVED ", "Term", "virtual_accounts",
		OTHER,       "a\nb", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	};

	for (size_t k = 0; k < sizeof(wrong) / sizeof(*wrong); k++)
		try_value(i, m->name, json_string(wrong[k]), false);
}

static void try_arrays(int i, const struct member *m)
{
	for (int over = 0; over < 2; over++) {
		json_t *list = json_array();

		for (int64_t k = 0; k < m->most + over; k++)
			json_array_append_new(list, json_object());
		try_value(i, m->name, list, !over);
	}
	try_value(i, m->name, json_array(), true);
}

START_TEST(test_members)
{
	AUTO_JSON *v = good(_i);
	size_t n = 0;

	for (const struct member *m = records[_i].members; m->kind; m++, n++) {
		ck_assert_msg(json_object_get(v, m->name), "%s has no %s", records[_i].name, m->name);
		try_types(_i, m);
		switch (m->kind) {
		case UUID:
			try_uuids(_i, m);
			break;
		case NAME:
		case TEXT:
		case TAGS:
			try_texts(_i, m);
			break;
		case HEX:
			try_hex(_i, m);
			break;
		case INT:
			try_integers(_i, m);
			break;
		case WORD:
			try_words(_i, m);
			break;
		case ARRAY:
			try_arrays(_i, m);
			break;
		default:
			break;
		}
	}
	ck_assert_uint_eq(json_object_size(v), n);
}
END_TEST

/* What is encoded is what was decoded, byte by byte, and what it does not know is left out. */
START_TEST(test_again)
{
	AUTO_JSON *v = good(_i);
	AUTO_JSON *back = NULL;
	AUTO_BUF text = BUF_INIT;
	struct err e = ERR_INIT;

	json_object_set_new(v, "member_of_tomorrow", json_object());
	back = records[_i].again(v, &e);
	ck_assert_msg(back, "%s", e.text);
	json_write(back, &text);
	ck_assert_str_eq(text.data, records[_i].good);
	back = (json_decref(back), NULL);
	{
		AUTO_JSON *list = json_array();

		ck_assert(records[_i].again(list, &e) == NULL);
		ck_assert_int_eq(e.code, E_SYNC_DAMAGED);
	}
}
END_TEST

/* Rules between members, and the words that are known. */
START_TEST(test_rules)
{
	static const struct {
		const char *record, *text;
		bool good;
	} cases[] = {
		{ "lot", "{\"license_type\":\"PERPETUAL\",\"end_at\":null}", true },
		{ "lot", "{\"license_type\":\"PERPETUAL\"}", false },
		{ "lot", "{\"end_at\":null}", false },
		{ "lot", "{\"license_type\":\"DEMO\"}", true },
		{ "lot", "{\"license_type\":\"DEMO\",\"end_at\":null}", false },
		{ "lot", "{\"start_at\":6}", false },
		{ "lot", "{\"start_at\":253402300799999}", false },
		{ "lot", "{\"start_at\":253402300799999,\"license_type\":\"PERPETUAL\",\"end_at\":null}", true },
		{ "entitlement", "{\"family\":\"\"}", false },
		{ "entitlement", "{\"family\":\"\",\"tier\":null}", true },
		{ "entitlement", "{\"tier\":null,\"minimum\":null}", true },
		{ "account", "{\"status\":\"ACTIVE\"}", true },
		{ "reservation", "{\"state\":\"IN_PROGRESS\"}", true },
		{ "reservation", "{\"state\":\"UPDATE_IN_TRANSIT\"}", true },
		{ "reservation", "{\"state\":\"RETURNED\"}", false },
		{ "removed", "{\"kind\":\"virtual_account\"}", true },
		{ "removed", "{\"kind\":\"product_instance\"}", true },
		{ "removed", "{\"kind\":\"usage\"}", false },
		{ "usage", "{\"count\":0}", true },
		{ "usage", "{\"tag\":\"t\",\"id\":\"" USE_T_ID "\"}", true },
		{ "usage", "{\"tag\":\"u\",\"id\":\"" USE_T_ID "\"}", false },
		{ "usage", "{\"tag\":\"T\",\"id\":\"" USE_T_ID "\"}", false },
		{ "usage", "{\"piid\":\"" OTHER "\"}", false },
	};

	for (size_t k = 0; k < sizeof(cases) / sizeof(*cases); k++) {
		int i = 0;
		AUTO_JSON *v = NULL;
		AUTO_JSON *back = NULL;
		AUTO_JSON *other = json_loads(cases[k].text, 0, NULL);
		struct err e = ERR_INIT;

		while (strcmp(records[i].name, cases[k].record) != 0)
			i++;
		v = good(i);
		json_object_update(v, other);
		back = records[i].again(v, &e);
		ck_assert_msg((back != NULL) == cases[k].good, "%s %s: %s", cases[k].record, cases[k].text, e.text);
		if (back)
			ck_assert(json_equal(back, v));
	}
}
END_TEST

/* Texts that are no UTF-8 do not come through the reader of lines. */
START_TEST(test_utf8)
{
	static const char *const wrong[] = { "\xff",  "\xc3",    "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80",
					     "a\x80", "\\ud800", "\\u0000" };

	for (int i = 0; i < RECORDS; i++) {
		const char *quote = strchr(records[i].good, ':') + 2; /* the first text */

		for (size_t k = 0; k < sizeof(wrong) / sizeof(*wrong); k++) {
			AUTO_BUF text = BUF_INIT;
			AUTO_JSON *v = NULL;
			struct err e = ERR_INIT;

			buf_add(&text, records[i].good, (size_t)(quote - records[i].good));
			buf_adds(&text, wrong[k]);
			buf_adds(&text, quote);
			ck_assert_int_eq(json_read(text.data, text.n, E_SYNC_DAMAGED, &v, &e), -1);
			ck_assert_int_eq(e.code, E_SYNC_DAMAGED);
		}
	}
}
END_TEST

/* Computed by other means: sha256(piid NUL tag), its first 16 bytes as a UUID of version 8. */
START_TEST(test_usage_id)
{
	char out[UUID_SIZE], tag[256] = "";

	ck_assert_str_eq(record_usage_id(ID, TAG, out), USE_ID);
	ck_assert_str_eq(record_usage_id(ID, "t", out), USE_T_ID);
	memset(tag, 'x', 255);
	ck_assert_str_eq(record_usage_id(ID, tag, out), "0d5069bc-bf50-8a3f-bf54-7537b06dad86");
	ck_assert_str_eq(record_usage_id("00000000-0000-0000-0000-000000000000", "t", out),
			 "1b399a12-6765-8a1d-a081-c6f06c1396c7");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("record");
	TCase *t = tcase_create("record");
	SRunner *r;
	int failed;

	json_init();
	tcase_add_loop_test(t, test_members, 0, RECORDS);
	tcase_add_loop_test(t, test_again, 0, RECORDS);
	tcase_add_test(t, test_rules);
	tcase_add_test(t, test_utf8);
	tcase_add_test(t, test_usage_id);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
