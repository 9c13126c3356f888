#include "sync/manifest.h"

#include <string.h>

#include "base/clock.h"
#include "json/json.h"

#define TIME_MAX INT64_C(253402300799999) /* the end of the year 9999 */

static const char *const kind_names[] = { "registration", "authorization", "request", "response", "resync" };
static const char *const mode_names[] = { "standard", "full" };

#define KINDS (sizeof(kind_names) / sizeof(*kind_names))
#define MODES (sizeof(mode_names) / sizeof(*mode_names))

/* The members as the JSON has them; texts are borrowed from it. */
struct raw {
	const char *format, *kind, *mode, *satellite, *account;
	const json_t *parts;
	int64_t sequence, base_sequence, created_at;
	const char *name, *smart_account, *virtual_account;
	const char *previous_sha256;
	int64_t in_reply_to;
	const char *request_sha256;
	int64_t authority_valid_until, next_sequence;
	const char *reason;
};

#define TEXT(member, least, most)                                                  \
	{                                                                          \
#member, JSON_K_TEXT, 0, offsetof(struct raw, member), least, most \
	}
#define INT(member, least, most)                                                  \
	{                                                                         \
#member, JSON_K_INT, 0, offsetof(struct raw, member), least, most \
	}

static const struct json_spec format_spec[] = { TEXT(format, 1, 64), { 0 } };

static const struct json_spec common_spec[] = {
	TEXT(kind, 1, 64),
	TEXT(satellite, 36, 36),
	TEXT(account, 1, NAME_KEY_SIZE - 1),
	INT(sequence, 0, MANIFEST_SEQUENCE_MAX),
	INT(base_sequence, 0, MANIFEST_SEQUENCE_MAX),
	TEXT(mode, 1, 64),
	INT(created_at, 1, TIME_MAX),
	{ "parts", JSON_K_ARRAY, 0, offsetof(struct raw, parts), 0, MANIFEST_PARTS_MAX },
	{ 0 },
};

#define MAYBE(member, least, most)                                                               \
	{                                                                                        \
#member, JSON_K_TEXT, JSON_F_OPTIONAL, offsetof(struct raw, member), least, most \
	}

static const struct json_spec request_spec[] = {
	MAYBE(name, 1, NAME_KEY_SIZE - 1),
	MAYBE(previous_sha256, SHA256_SIZE * 2, SHA256_SIZE * 2),
	{ 0 },
};

static const struct json_spec registration_spec[] = {
	TEXT(name, 1, NAME_KEY_SIZE - 1),
	TEXT(smart_account, 1, NAME_KEY_SIZE - 1),
	TEXT(virtual_account, 1, NAME_KEY_SIZE - 1),
	{ 0 },
};

static const struct json_spec answer_spec[] = {
	INT(in_reply_to, 0, MANIFEST_SEQUENCE_MAX),
	TEXT(request_sha256, SHA256_SIZE * 2, SHA256_SIZE * 2),
	{ 0 },
};

static const struct json_spec authority_spec[] = { INT(authority_valid_until, 1, TIME_MAX), { 0 } };

static const struct json_spec resync_spec[] = {
	INT(next_sequence, 1, MANIFEST_SEQUENCE_MAX + 1),
	TEXT(reason, 0, MANIFEST_REASON_SIZE - 1),
	{ 0 },
};

struct raw_part {
	const char *name, *sha256;
	int64_t records, bytes;
};

static const struct json_spec part_spec[] = {
	{ "name", JSON_K_TEXT, 0, offsetof(struct raw_part, name), 1, MANIFEST_PART_NAME_SIZE - 1 },
	{ "records", JSON_K_INT, 0, offsetof(struct raw_part, records), 0, MANIFEST_PART_BYTES_MAX },
	{ "bytes", JSON_K_INT, 0, offsetof(struct raw_part, bytes), 0, MANIFEST_PART_BYTES_MAX },
	{ "sha256", JSON_K_TEXT, 0, offsetof(struct raw_part, sha256), SHA256_SIZE * 2, SHA256_SIZE * 2 },
	{ 0 },
};

/* The parts of each kind. */
static const char *const kind_parts[][MANIFEST_PARTS_MAX] = {
	[MANIFEST_REGISTRATION] = { "csr.pem" },
	[MANIFEST_AUTHORIZATION] = { "account.ndjson", "entitlements.ndjson", "license_lots.ndjson", "chain.pem" },
	[MANIFEST_REQUEST] = { "virtual_accounts.ndjson", "product_instances.ndjson", "usage.ndjson", "reservations.ndjson",
			       "removed.ndjson", "csr.pem" },
	[MANIFEST_RESPONSE] = { "account.ndjson", "entitlements.ndjson", "license_lots.ndjson", "removals.ndjson",
				"chain.pem" },
	[MANIFEST_RESYNC] = { NULL },
};

const char *manifest_kind_name(enum manifest_kind kind)
{
	return kind_names[kind];
}

const char *manifest_mode_name(enum manifest_mode mode)
{
	return mode_names[mode];
}

static bool is_answer(enum manifest_kind kind)
{
	return kind == MANIFEST_AUTHORIZATION || kind == MANIFEST_RESPONSE || kind == MANIFEST_RESYNC;
}

static bool has_authority(enum manifest_kind kind)
{
	return kind == MANIFEST_AUTHORIZATION || kind == MANIFEST_RESPONSE;
}

bool manifest_uuid_ok(const char *s)
{
	if (strlen(s) != UUID_SIZE - 1)
		return false;
	for (int i = 0; i < UUID_SIZE - 1; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? s[i] != '-' : strchr("0123456789abcdef", s[i]) == NULL)
			return false;
	}
	return true;
}

bool manifest_part_is_records(const char *name)
{
	const char *dot = strchr(name, '.');

	return dot && strcmp(dot, ".ndjson") == 0;
}

bool manifest_part_name_ok(const char *name)
{
	size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz_");

	return n > 0 && strlen(name) < MANIFEST_PART_NAME_SIZE &&
	       (strcmp(name + n, ".ndjson") == 0 || strcmp(name + n, ".pem") == 0);
}

static int word(const char *text, const char *const *names, size_t n, const char *member, int *out, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(text, names[i]) == 0) {
			*out = (int)i;
			return 0;
		}
	}
	return err_field(e, E_SYNC_NOT_A_BUNDLE, member, "The manifest's '%s' is '%s', which this version does not know.",
			 member, text);
}

static int check_name(const char *text, const char *member, struct err *e)
{
	if (str_name_ok(text))
		return 0;
	return err_field(e, E_SYNC_NOT_A_BUNDLE, member,
			 "The manifest's '%s' is not a name of 1 to 128 printable characters.", member);
}

static int unhex(unsigned char out[SHA256_SIZE], const char *text, const char *member, struct err *e)
{
	if (strspn(text, "0123456789abcdef") == SHA256_SIZE * 2 && str_unhex(out, SHA256_SIZE, text) == 0)
		return 0;
	return err_field(e, E_SYNC_NOT_A_BUNDLE, member, "The manifest's '%s' is not 64 lower-case hex digits.", member);
}

static int parse_part(const json_t *v, const struct manifest *so_far, struct manifest_part *out, struct err *e)
{
	struct raw_part raw = { 0 };

	if (json_decode(v, part_spec, "parts.", E_SYNC_NOT_A_BUNDLE, &raw, e))
		return -1;
	if (!manifest_part_name_ok(raw.name))
		return err_field(e, E_SYNC_NOT_A_BUNDLE, "parts.name", "A part cannot be named '%s'.", raw.name);
	if (manifest_part(so_far, raw.name))
		return err_field(e, E_SYNC_NOT_A_BUNDLE, "parts.name", "The manifest lists '%s' twice.", raw.name);
	if (!manifest_part_is_records(raw.name) && raw.records)
		return err_field(e, E_SYNC_NOT_A_BUNDLE, "parts.records", "'%s' has no records.", raw.name);
	str_copy(out->name, sizeof(out->name), raw.name);
	out->records = raw.records;
	out->bytes = raw.bytes;
	return unhex(out->sha256, raw.sha256, "parts.sha256", e);
}

static int check_parts(const struct manifest *m, struct err *e)
{
	const char *const *need = kind_parts[m->kind];
	size_t n = 0;

	for (; need[n]; n++)
		if (manifest_part(m, need[n]) == NULL)
			return err_field(e, E_SYNC_NOT_A_BUNDLE, "parts",
					 "The manifest lists no %s, which a file of kind %s has.", need[n],
					 manifest_kind_name(m->kind));
	if (m->parts_n != n)
		return err_field(e, E_SYNC_NOT_A_BUNDLE, "parts",
				 "The manifest lists %zu parts; a file of kind %s has %zu.", m->parts_n,
				 manifest_kind_name(m->kind), n);
	return 0;
}

/* What every manifest keeps to, read or written. */
static int check(const struct manifest *m, struct err *e)
{
	bool first = m->kind == MANIFEST_REGISTRATION || m->kind == MANIFEST_AUTHORIZATION;

	if (!manifest_uuid_ok(m->satellite))
		return err_field(e, E_SYNC_NOT_A_BUNDLE, "satellite",
				 "The manifest's 'satellite' is not a UUID in lower case with dashes.");
	if (check_name(m->account, "account", e))
		return -1;
	if (first && m->sequence != 0)
		return err_field(e, E_SYNC_NOT_A_BUNDLE, "sequence", "The sequence of a file of kind %s is 0.",
				 manifest_kind_name(m->kind));
	if (!first && m->sequence == 0)
		return err_field(e, E_SYNC_NOT_A_BUNDLE, "sequence", "The sequence of a file of kind %s is 1 or more.",
				 manifest_kind_name(m->kind));
	if (!first && m->base_sequence >= m->sequence)
		return err_field(e, E_SYNC_NOT_A_BUNDLE, "base_sequence", "The base_sequence is less than the sequence.");
	if (first && m->base_sequence != 0)
		return err_field(e, E_SYNC_NOT_A_BUNDLE, "base_sequence", "The base_sequence of a file of kind %s is 0.",
				 manifest_kind_name(m->kind));
	if (has_authority(m->kind) &&
	    (m->authority_valid_until < m->created_at || m->authority_valid_until - m->created_at > MANIFEST_AUTHORITY_MAX))
		return err_field(e, E_SYNC_NOT_A_BUNDLE, "authority_valid_until",
				 "The authority_valid_until is not within 90 days from created_at.");
	if (m->kind == MANIFEST_REGISTRATION &&
	    (check_name(m->name, "name", e) || check_name(m->smart_account, "smart_account", e) ||
	     check_name(m->virtual_account, "virtual_account", e)))
		return -1;
	if (is_answer(m->kind) && m->in_reply_to != m->sequence)
		return err_field(e, E_SYNC_NOT_A_BUNDLE, "in_reply_to", "The in_reply_to is not the sequence.");
	return check_parts(m, e);
}

static int parse_kind(const json_t *v, struct raw *raw, struct manifest *m, struct err *e)
{
	if (m->kind == MANIFEST_REGISTRATION) {
		if (json_decode(v, registration_spec, NULL, E_SYNC_NOT_A_BUNDLE, raw, e))
			return -1;
		str_copy(m->name, sizeof(m->name), raw->name);
		str_copy(m->smart_account, sizeof(m->smart_account), raw->smart_account);
		str_copy(m->virtual_account, sizeof(m->virtual_account), raw->virtual_account);
	}
	if (m->kind == MANIFEST_REQUEST) {
		if (json_decode(v, request_spec, NULL, E_SYNC_NOT_A_BUNDLE, raw, e) ||
		    (raw->name && check_name(raw->name, "name", e)) ||
		    (raw->previous_sha256 && unhex(m->previous_sha256, raw->previous_sha256, "previous_sha256", e)))
			return -1;
		str_copy(m->name, sizeof(m->name), raw->name ? raw->name : "");
	}
	if (is_answer(m->kind)) {
		if (json_decode(v, answer_spec, NULL, E_SYNC_NOT_A_BUNDLE, raw, e) ||
		    unhex(m->request_sha256, raw->request_sha256, "request_sha256", e))
			return -1;
		m->in_reply_to = raw->in_reply_to;
	}
	if (has_authority(m->kind)) {
		if (json_decode(v, authority_spec, NULL, E_SYNC_NOT_A_BUNDLE, raw, e))
			return -1;
		m->authority_valid_until = raw->authority_valid_until;
	}
	if (m->kind == MANIFEST_RESYNC) {
		if (json_decode(v, resync_spec, NULL, E_SYNC_NOT_A_BUNDLE, raw, e))
			return -1;
		m->next_sequence = raw->next_sequence;
		str_copy(m->reason, sizeof(m->reason), raw->reason);
	}
	return 0;
}

static int parse_object(const json_t *v, struct manifest *m, struct err *e)
{
	struct raw raw = { 0 };
	int kind = 0, mode = 0;

	if (json_decode(v, format_spec, NULL, E_SYNC_NOT_A_BUNDLE, &raw, e))
		return -1;
	if (strcmp(raw.format, MANIFEST_FORMAT) != 0)
		return err_field(
			e, E_SYNC_NOT_A_BUNDLE, "format",
			"The file has the format '%s'; this version reads '%s'. Bring both sides to the same version.",
			raw.format, MANIFEST_FORMAT);
	if (json_decode(v, common_spec, NULL, E_SYNC_NOT_A_BUNDLE, &raw, e) ||
	    word(raw.kind, kind_names, KINDS, "kind", &kind, e) || word(raw.mode, mode_names, MODES, "mode", &mode, e))
		return -1;
	m->kind = (enum manifest_kind)kind;
	m->mode = (enum manifest_mode)mode;
	str_copy(m->satellite, sizeof(m->satellite), raw.satellite);
	str_copy(m->account, sizeof(m->account), raw.account);
	m->sequence = raw.sequence;
	m->base_sequence = raw.base_sequence;
	m->created_at = raw.created_at;
	for (size_t i = 0; i < json_array_size(raw.parts); i++) {
		if (parse_part(json_array_get(raw.parts, i), m, &m->parts[i], e))
			return -1;
		m->parts_n++;
	}
	return parse_kind(v, &raw, m, e) ? -1 : check(m, e);
}

int manifest_parse(const void *bytes, size_t n, struct manifest *out, struct err *e)
{
	AUTO_JSON *v = NULL;

	*out = (struct manifest){ 0 };
	if (n > MANIFEST_SIZE_MAX)
		return err_set(e, E_SYNC_TOO_LARGE, "The manifest has %zu bytes; it may have %d.", n, MANIFEST_SIZE_MAX);
	if (json_read(bytes, n, E_SYNC_NOT_A_BUNDLE, &v, e))
		return -1;
	return parse_object(v, out, e);
}

static void set_hex(json_t *obj, const char *member, const unsigned char sha256[SHA256_SIZE])
{
	char hex[SHA256_SIZE * 2 + 1];

	json_set_text(obj, member, str_hex(hex, sha256, SHA256_SIZE));
}

static bool is_zero(const unsigned char sha256[SHA256_SIZE])
{
	static const unsigned char zero[SHA256_SIZE];

	return memcmp(sha256, zero, SHA256_SIZE) == 0;
}

static json_t *encode_parts(const struct manifest *m)
{
	json_t *parts = json_array();

	for (size_t i = 0; i < m->parts_n; i++) {
		const struct manifest_part *p = &m->parts[i];
		json_t *part = json_object();

		json_set_text(part, "name", p->name);
		json_set_int(part, "records", p->records);
		json_set_int(part, "bytes", p->bytes);
		set_hex(part, "sha256", p->sha256);
		json_array_append_new(parts, part);
	}
	return parts;
}

int manifest_encode(const struct manifest *m, struct buf *out, struct err *e)
{
	AUTO_JSON *v = json_object();
	struct manifest again;

	json_set_text(v, "format", MANIFEST_FORMAT);
	json_set_text(v, "kind", kind_names[m->kind]);
	json_set_text(v, "satellite", m->satellite);
	json_set_text(v, "account", m->account);
	json_set_int(v, "sequence", m->sequence);
	json_set_int(v, "base_sequence", m->base_sequence);
	json_set_text(v, "mode", mode_names[m->mode]);
	json_set_int(v, "created_at", m->created_at);
	json_object_set_new(v, "parts", encode_parts(m));
	if (m->kind == MANIFEST_REGISTRATION) {
		json_set_text(v, "name", m->name);
		json_set_text(v, "smart_account", m->smart_account);
		json_set_text(v, "virtual_account", m->virtual_account);
	}
	if (m->kind == MANIFEST_REQUEST) {
		if (*m->name)
			json_set_text(v, "name", m->name);
		if (!is_zero(m->previous_sha256))
			set_hex(v, "previous_sha256", m->previous_sha256);
	}
	if (is_answer(m->kind)) {
		json_set_int(v, "in_reply_to", m->in_reply_to);
		set_hex(v, "request_sha256", m->request_sha256);
	}
	if (has_authority(m->kind))
		json_set_int(v, "authority_valid_until", m->authority_valid_until);
	if (m->kind == MANIFEST_RESYNC) {
		json_set_int(v, "next_sequence", m->next_sequence);
		json_set_text(v, "reason", m->reason);
	}
	again = (struct manifest){ 0 };
	if (parse_object(v, &again, e))
		return -1;
	json_write(v, out);
	return 0;
}

int manifest_check_clock(const struct manifest *m, int64_t now, struct err *e)
{
	char made[CLOCK_TEXT_SIZE], here[CLOCK_TEXT_SIZE];

	if (m->created_at - now <= MANIFEST_AHEAD_MAX)
		return 0;
	return err_set(e, E_SYNC_CLOCK,
		       "This file was made on %s, but here it is %s. Set the clocks of both sides right (NTP), and export "
		       "again. Nothing was changed.",
		       clock_text(m->created_at, made), clock_text(now, here));
}

int manifest_expect(const struct manifest *m, enum manifest_kind kind, struct err *e)
{
	static const char *const phrases[] = { "a registration file", "an authorization file", "a request file",
					       "a response file", "a resync file" };

	if (m->kind == kind)
		return 0;
	return err_set(e, E_SYNC_WRONG_KIND, "This is %s; %s is needed here. Nothing was changed. Choose the other file.",
		       phrases[m->kind], phrases[kind]);
}

const struct manifest_part *manifest_part(const struct manifest *m, const char *name)
{
	for (size_t i = 0; i < m->parts_n; i++)
		if (strcmp(m->parts[i].name, name) == 0)
			return &m->parts[i];
	return NULL;
}
