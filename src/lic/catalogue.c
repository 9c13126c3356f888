/* catalogue.c - the kinds of licenses and products (etc/entitlements.json). */
#include <pthread.h>
#include <string.h>

#include "base/embed.h"
#include "base/rand.h"
#include "base/str.h"
#include "json/json.h"
#include "lic/license.h"

struct entry {
	const char *name, *tag, *display_name, *description, *version;
	bool restricted;
};

static const struct json_spec entry_spec[] = {
	{ "name", JSON_K_TEXT, 0, offsetof(struct entry, name), 1, 128 },
	{ "tag", JSON_K_TEXT, 0, offsetof(struct entry, tag), 1, 255 },
	{ "display_name", JSON_K_TEXT, 0, offsetof(struct entry, display_name), 1, 255 },
	{ "description", JSON_K_TEXT, JSON_F_OPTIONAL, offsetof(struct entry, description), 0, 255 },
	{ "version", JSON_K_TEXT, JSON_F_OPTIONAL, offsetof(struct entry, version), 0, 64 },
	{ "restricted", JSON_K_BOOL, JSON_F_OPTIONAL, offsetof(struct entry, restricted), 0, 0 },
	{ 0 },
};

/* Where in which family a name stands: 0 is the highest tier. */
static const char *find_family(const json_t *catalogue, const char *name, int64_t *tier)
{
	const json_t *families = json_object_get(catalogue, "families"), *family, *tiers, *at;
	size_t i, k;

	json_array_foreach (families, i, family) {
		tiers = json_object_get(family, "tiers_high_to_low");
		json_array_foreach (tiers, k, at) {
			if (json_is_string(at) && strcmp(json_string_value(at), name) == 0) {
				*tier = (int64_t)k;
				return json_string_value(json_object_get(family, "family"));
			}
		}
	}
	*tier = -1;
	return "";
}

static int read_one(const json_t *from, struct entry *entry, char key[NAME_KEY_SIZE], struct err *e)
{
	*entry = (struct entry){ .description = "", .version = "" };
	if (json_decode(from, entry_spec, "entitlements.", E_CONFIG_INVALID, entry, e))
		return -1;
	if (str_fold(key, entry->name))
		return err_set(e, E_CONFIG_INVALID, "The catalogue has a license whose name cannot be used: '%.60s'.",
			       entry->name);
	return 0;
}

static int load_one(struct tx *tx, const json_t *catalogue, const json_t *from, struct err *e)
{
	struct entry entry;
	struct entitlement_row row = { 0 };
	char key[NAME_KEY_SIZE], uuid[UUID_SIZE];

	if (read_one(from, &entry, key, e))
		return -1;
	row.uuid = rand_uuid(uuid);
	row.tag = entry.tag;
	row.name = entry.name;
	row.display_name = entry.display_name;
	row.description = entry.description;
	row.version = entry.version;
	row.restricted = entry.restricted;
	row.family = find_family(catalogue, entry.name, &row.tier);
	return q_entitlement_set(tx->db, &row, key, e);
}

/* tx NULL: only looks. */
static int each_entry(struct tx *tx, const char *text, size_t n, struct err *e)
{
	json_t *catalogue, *at;
	char key[NAME_KEY_SIZE];
	struct entry entry;
	const json_t *list;
	size_t i;
	int rc = 0;

	if (json_read(text, n, E_CONFIG_INVALID, &catalogue, e))
		return -1;
	list = json_object_get(catalogue, "entitlements");
	if (!json_is_array(list))
		rc = err_set(e, E_CONFIG_INVALID, "The catalogue has no list 'entitlements'.");
	json_array_foreach ((json_t *)list, i, at) {
		if (rc == 0)
			rc = tx ? load_one(tx, catalogue, at, e) : read_one(at, &entry, key, e);
	}
	json_decref(catalogue);
	return rc;
}

int catalogue_load(struct tx *tx, const char *text, size_t n, struct err *e)
{
	return each_entry(tx, text, n, e);
}

int catalogue_check(const char *text, size_t n, struct err *e)
{
	return each_entry(NULL, text, n, e);
}

/* The embedded file's products, read once; it is part of the program and stays until its end. */
static const json_t *products;

static void read_products(void)
{
	const struct embed_file *f = embed_find("etc/entitlements.json");
	json_t *catalogue;
	struct err e;

	if (f && json_read((const char *)f->data, f->n, E_CONFIG_INVALID, &catalogue, &e) == 0) {
		products = json_incref(json_object_get(catalogue, "products"));
		json_decref(catalogue);
	}
}

static const json_t *find_product(const char *pid)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	const json_t *p;
	size_t i;

	pthread_once(&once, read_products);
	json_array_foreach ((json_t *)products, i, p) {
		const char *known = json_string_value(json_object_get(p, "pid"));

		if (known && strcmp(known, pid) == 0)
			return p;
	}
	return NULL;
}

void catalogue_product(const char *pid, struct product_kind *out)
{
	const json_t *p = find_product(pid);

	*out = (struct product_kind){ .pid = pid, .software_tag = "", .name = pid, .type = pid };
	if (p == NULL)
		return;
	out->software_tag = json_string_value(json_object_get(p, "software_tag"));
	out->name = json_string_value(json_object_get(p, "name"));
	out->type = json_string_value(json_object_get(p, "type"));
}

bool catalogue_minimum(const char *pid, size_t i, const char **name, int64_t *count)
{
	const json_t *one = json_array_get(json_object_get(find_product(pid), "minimum"), i);

	*name = json_string_value(json_object_get(one, "name"));
	*count = json_integer_value(json_object_get(one, "count"));
	return *name != NULL;
}

const struct entitlement_row *entitlement_in(const struct entitlement_row *list, size_t n, int64_t id)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].id == id)
			return &list[i];
	return NULL;
}

int entitlement_find(struct tx *tx, const char *name, struct entitlement_row *out, struct err *e)
{
	char key[NAME_KEY_SIZE];
	struct entitlement_row *all;
	size_t n;
	int rc = q_entitlement_by_tag(tx->db, tx->arena, name, out, e);

	if (rc == 0 && str_fold(key, name) == 0)
		rc = q_entitlement_by_name(tx->db, tx->arena, key, out, e);
	if (rc)
		return rc < 0 ? -1 : 0;
	if (q_entitlement_list(tx->db, tx->arena, &all, &n, e))
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (strcmp(all[i].display_name, name) == 0) {
			*out = all[i];
			return 0;
		}
	}
	return err_field(e, E_ENTITLEMENT_UNKNOWN, "license",
			 "The catalogue has no license '%.128s'. Name one by its tag, its display name or its short name.",
			 name);
}
