#include "lic/event.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "db/q.h"
#include "db/q_event.h"
#include "lic/site.h"

static const char *const actor_kinds[] = { "system", "product", "user", "local", "client" };

bool event_is_actor_kind(const char *text)
{
	for (size_t i = 0; i < sizeof(actor_kinds) / sizeof(*actor_kinds); i++)
		if (strcmp(text, actor_kinds[i]) == 0)
			return true;
	return false;
}

static void add_part(struct buf *b, const char *text)
{
	buf_printf(b, "%zu:", strlen(text));
	buf_adds(b, text);
}

/* Lengths before the texts: no two different events have the same bytes. man/satellite-schema.7 */
void event_hash(const unsigned char before[SHA256_SIZE], const struct event_row *row, unsigned char out[SHA256_SIZE])
{
	AUTO_BUF b = BUF_INIT;

	buf_add(&b, before, SHA256_SIZE);
	buf_printf(&b, "%" PRId64 ":%" PRId64 ":", row->id, row->at);
	add_part(&b, row->kind);
	add_part(&b, row->actor_kind);
	add_part(&b, row->actor);
	add_part(&b, row->address);
	add_part(&b, row->account);
	add_part(&b, row->subject);
	add_part(&b, row->detail);
	digest_sha256(b.data, b.n, out);
}

int event_add(struct tx *tx, const char *kind, const char *account, const char *subject, json_t *detail, struct err *e)
{
	unsigned char before[SHA256_SIZE] = { 0 }, hash[SHA256_SIZE];
	struct event_row last = { 0 }, row = { .at = tx->now, .kind = kind, .account = account, .subject = subject };
	AUTO_BUF text = BUF_INIT;
	int rc = q_event_last(tx->db, tx->arena, &last, e);

	if (detail)
		json_write(detail, &text);
	else
		buf_adds(&text, "{}");
	json_decref(detail);
	if (rc < 0)
		return -1;
	if (rc == 1 && last.hash_n == SHA256_SIZE)
		memcpy(before, last.hash, SHA256_SIZE);
	row.id = last.id + 1;
	row.actor_kind = actor_kinds[tx->actor->kind];
	row.actor = tx->actor->name;
	row.address = tx->actor->address;
	row.detail = text.data;
	event_hash(before, &row, hash);
	row.hash = hash;
	row.hash_n = SHA256_SIZE;
	return q_event_add(tx->db, &row, e);
}

/* ---- the head ---- */

#define DO "Stop the server, compare with the newest good backup, and restore that if this cannot be explained."
#define HEAD "event_head" /* the setting: how many events there are, and in hex their head, sealed */
#define HEAD_SIZE (sizeof(int64_t) + SHA256_SIZE)
#define BOX_MAX 256

static void head_bytes(int64_t count, const unsigned char hash[SHA256_SIZE], unsigned char out[HEAD_SIZE])
{
	memcpy(out, &count, sizeof(count));
	memcpy(out + sizeof(count), hash, SHA256_SIZE);
}

/* The setting: 1 and the count it names, 0 if there is none, -1. */
static int head_setting(struct tx *tx, int64_t *count, const char **hex, struct err *e)
{
	const char *text = NULL;
	char *end;
	int rc = q_setting_get(tx->db, tx->arena, HEAD, &text, e);

	*count = 0;
	*hex = "";
	if (rc <= 0)
		return rc;
	*count = strtoll(text, &end, 10);
	if (*end == ' ')
		*hex = end + 1;
	return 1;
}

int event_sealed_count(struct tx *tx, int64_t *count, struct err *e)
{
	const char *hex;

	return head_setting(tx, count, &hex, e) < 0 ? -1 : 0;
}

int event_seal_head(struct tx *tx, struct err *e)
{
	unsigned char head[HEAD_SIZE];
	struct event_row last = { 0 };
	AUTO_BUF box = BUF_INIT;
	char text[2 * BOX_MAX];
	const char *hex;
	int64_t count;

	if (q_event_last(tx->db, tx->arena, &last, e) < 0 || head_setting(tx, &count, &hex, e) < 0)
		return -1;
	if (last.id == count || last.hash_n != SHA256_SIZE)
		return 0;
	head_bytes(last.id, last.hash, head);
	seal_close(&tx->site->seal, HEAD, head, sizeof(head), &box);
	str_hex(text, box.data, box.n);
	return q_setting_set(tx->db, HEAD, arena_printf(tx->arena, "%" PRId64 " %s", last.id, text), e);
}

int event_check_head(struct tx *tx, const struct event_chain *c, struct err *e)
{
	unsigned char box[BOX_MAX], head[HEAD_SIZE];
	AUTO_BUF sealed = BUF_INIT;
	const char *hex;
	int64_t count;
	size_t n;

	if (head_setting(tx, &count, &hex, e) < 0)
		return -1;
	if (count > c->count)
		return err_set(e, E_CHAIN_BROKEN,
			       "The newest events are missing: there were %" PRId64 ", and %" PRId64
			       " are left. Somebody removed them. " DO,
			       count, c->count);
	head_bytes(c->count, c->head, head);
	n = strlen(hex) / 2;
	if (n <= sizeof(box) && str_unhex(box, n, hex) == 0 && seal_open(&tx->site->seal, HEAD, box, n, &sealed, e) == 0 &&
	    sealed.n == HEAD_SIZE && digest_equal(sealed.data, head, HEAD_SIZE))
		return 0;
	return err_set(e, E_CHAIN_BROKEN,
		       "The newest event, %" PRId64
		       ", is not the one that this server wrote last. Somebody removed, added or "
		       "exchanged events, or altered the setting 'event_head'. " DO,
		       c->count);
}
