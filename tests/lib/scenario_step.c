/* scenario_step.c - the verbs of stories, and single steps for tests that tell their story in C. */
#include <string.h>

#include "tests/lib/scenario.h"

const struct verb *world_verb(const char *name)
{
	static const struct verb *const tables[] = { admin_verbs,    reservation_verbs, sync_verbs,  product_verbs,
						     agent_verbs,    check_verbs,       alert_verbs, life_verbs,
						     forecast_verbs, manager_verbs,     agree_verbs, account_verbs };

	for (size_t t = 0; t < sizeof(tables) / sizeof(tables[0]); t++)
		for (const struct verb *v = tables[t]; v->name; v++)
			if (strcmp(v->name, name) == 0)
				return v;
	return NULL;
}

static int run(struct world *w, struct line *l, struct result *out)
{
	const char *name = words_next(&l->in), *left;
	const struct verb *v = world_verb(name);

	if (v == NULL)
		return world_fail(w, "there is no verb '%s'", name);
	if (v->run(w, &l->in, out))
		return -1;
	left = words_left(&l->in);
	return left ? world_fail(w, "'%s' has no use for '%s'", name, left) : 0;
}

int world_step(struct world *w, const char *text, struct result *out)
{
	const char *why = "";
	struct line l;
	int rc = line_read(&l, text, &why);

	memset(out, 0, sizeof(*out));
	rc = rc == 0 ? run(w, &l, out) : world_fail(w, "no step: %s", why);
	line_fini(&l);
	return rc;
}
