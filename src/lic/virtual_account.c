#include "lic/virtual_account.h"

#include <string.h>

#include "base/str.h"
#include "json/json.h"
#include "lic/event.h"

static size_t characters(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

static int read_tags(struct tx *tx, const struct virtual_account_change *in, struct tag_row *out, struct err *e)
{
	char key[NAME_KEY_SIZE];

	if (in->tags_n > TAGS_MAX)
		return err_field(e, E_INVALID_REQUEST, "tags", "A virtual account has at most %d tags; %zu were given.",
				 TAGS_MAX, in->tags_n);
	for (size_t i = 0; i < in->tags_n; i++) {
		if (str_fold(key, in->tags[i]) || characters(in->tags[i]) > TAG_MAX_CHARS)
			return err_field(e, E_INVALID_REQUEST, "tags",
					 "'%.60s' cannot be a tag: a tag has 1 to %d printable characters.", in->tags[i],
					 TAG_MAX_CHARS);
		for (size_t k = 0; k < i; k++)
			if (strcmp(out[k].key, key) == 0)
				return err_field(e, E_INVALID_REQUEST, "tags", "The tag '%s' is there twice.", in->tags[i]);
		out[i] = (struct tag_row){ .tag = in->tags[i], .key = arena_strdup(tx->arena, key) };
	}
	return 0;
}

static bool same_tags(const struct tag_row *a, size_t a_n, const struct tag_row *b, size_t b_n)
{
	size_t found = 0;

	for (size_t i = 0; i < a_n; i++)
		for (size_t k = 0; k < b_n; k++)
			found += strcmp(a[i].tag, b[k].tag) == 0;
	return a_n == b_n && found == a_n;
}

static void tell_tags(json_t *detail, const char *name, const struct tag_row *tags, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, json_string(tags[i].tag));
	json_object_set_new(detail, name, list);
}

/* Sets the tags if they differ, and tells it in the event's before and after. */
static int set_tags(struct tx *tx, int64_t id, const struct virtual_account_change *in, json_t *before, json_t *after,
		    struct err *e)
{
	struct tag_row *old, tags[TAGS_MAX];
	size_t n;

	if (in->tags == NULL)
		return 0;
	if (read_tags(tx, in, tags, e) || virtual_account_tags(tx, id, &old, &n, e))
		return -1;
	if (same_tags(old, n, tags, in->tags_n))
		return 0;
	tell_tags(before, "tags", old, n);
	tell_tags(after, "tags", tags, in->tags_n);
	return q_virtual_account_set_tags(tx->db, id, tags, in->tags_n, e);
}

static void tell_text(json_t *before, json_t *after, const char *name, const char *was, const char *is)
{
	if (strcmp(was, is) == 0)
		return;
	json_set_text(before, name, was);
	json_set_text(after, name, is);
}

static int set_texts(struct tx *tx, const struct account_row *account, struct virtual_account_row *va,
		     const struct virtual_account_change *in, json_t *before, json_t *after, struct err *e)
{
	const char *name = in->name ? in->name : va->name;
	const char *description = in->description ? in->description : va->description;
	struct virtual_account_row other;
	char key[NAME_KEY_SIZE];
	int rc;

	if (account_fold_name("name", name, key, e))
		return -1;
	if (strlen(description) > VIRTUAL_ACCOUNT_DESCRIPTION_MAX)
		return err_field(e, E_INVALID_REQUEST, "description", "The description is longer than %d bytes.",
				 VIRTUAL_ACCOUNT_DESCRIPTION_MAX);
	rc = q_virtual_account_by_key(tx->db, tx->arena, account->id, key, &other, e);
	if (rc == 1 && other.id != va->id)
		return err_field(e, E_VIRTUAL_ACCOUNT_EXISTS, "name", "'%s' has a virtual account '%s' already.",
				 account->name, other.name);
	tell_text(before, after, "name", va->name, name);
	tell_text(before, after, "description", va->description, description);
	if (rc < 0 || json_object_size(after) == 0)
		return rc < 0 ? -1 : 0;
	va->name = name;
	va->description = description;
	return q_virtual_account_update(tx->db, va, key, e);
}

int virtual_account_update(struct tx *tx, const struct account_row *account, struct virtual_account_row *va,
			   const struct virtual_account_change *in, struct err *e)
{
	json_t *detail = json_object(), *before = json_object(), *after = json_object();
	int rc;

	json_object_set_new(detail, "before", before);
	json_object_set_new(detail, "after", after);
	rc = set_texts(tx, account, va, in, before, after, e) || set_tags(tx, va->id, in, before, after, e) ? -1 : 0;
	if (rc == 0 && json_object_size(after))
		return event_add(tx, "virtual-account.update", account->name, va->name, detail, e);
	json_decref(detail);
	return rc;
}

int virtual_account_tags(struct tx *tx, int64_t id, struct tag_row **out, size_t *n, struct err *e)
{
	return q_virtual_account_tags(tx->db, tx->arena, id, out, n, e);
}

int virtual_account_has_tag(struct tx *tx, int64_t id, const char *tag, struct err *e)
{
	char key[NAME_KEY_SIZE];
	struct tag_row *tags;
	size_t n;

	if (str_fold(key, tag))
		return 0;
	if (virtual_account_tags(tx, id, &tags, &n, e))
		return -1;
	for (size_t i = 0; i < n; i++)
		if (strcmp(tags[i].key, key) == 0)
			return 1;
	return 0;
}
