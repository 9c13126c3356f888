#include "lic/access.h"

#include <string.h>

#include "base/buf.h"

static const char *const right_texts[] = {
	"open",
	"signed-in",
#define RIGHT(name, text, ...) text,
#include "lic/right.def"
#undef RIGHT
};

#define Y true
#define n false
static const bool allowed[RIGHT_COUNT][ROLE_COUNT] = {
	[RIGHT_SIGNED] = { Y, Y, Y, Y, Y, Y, Y, Y },
#define RIGHT(name, text, ...) [RIGHT_##name] = { __VA_ARGS__ },
#include "lic/right.def"
#undef RIGHT
};
#undef Y
#undef n

static const struct {
	const char *text, *purpose;
	unsigned places;
} roles[] = {
#define ROLE(name, text, places, what) { text, what, places },
#include "lic/role.def"
#undef ROLE
};

const char *right_text(enum right right)
{
	return right_texts[right];
}

const char *role_text(enum role role)
{
	return roles[role].text;
}

const char *role_purpose(enum role role)
{
	return roles[role].purpose;
}

unsigned role_places(enum role role)
{
	return roles[role].places;
}

int role_by_text(const char *text, const char *field, enum role *out, struct err *e)
{
	AUTO_BUF list = BUF_INIT;

	for (int i = 0; i < ROLE_COUNT; i++) {
		if (strcmp(text, roles[i].text) == 0) {
			*out = (enum role)i;
			return 0;
		}
		buf_printf(&list, "%s%s", i ? ", " : "", roles[i].text);
	}
	return err_field(e, E_INVALID_REQUEST, field, "There is no role '%.40s'. The roles are %s.", text, list.data);
}

bool role_has(enum role role, enum right right)
{
	return allowed[right][role];
}

static bool covers(const struct grants *g, enum right right, int64_t account, int64_t virtual_account)
{
	for (size_t i = 0; i < g->n; i++) {
		const struct grant *one = &g->rows[i];

		if (role_has(one->role, right) && (one->account == 0 || one->account == account) &&
		    (one->virtual_account == 0 || one->virtual_account == virtual_account))
			return true;
	}
	return false;
}

static bool touches(const struct grants *g, enum right right, int64_t account)
{
	for (size_t i = 0; i < g->n; i++) {
		const struct grant *one = &g->rows[i];

		if (role_has(one->role, right) && (account == 0 || one->account == 0 || one->account == account))
			return true;
	}
	return false;
}

bool access_covers(const struct caller *c, enum right right, int64_t account, int64_t virtual_account)
{
	if (c->local || right == RIGHT_OPEN)
		return true;
	if (right == RIGHT_SIGNED)
		return c->person || c->client;
	return covers(&c->own, right, account, virtual_account) &&
	       (!c->person || !c->client || covers(&c->limit, right, account, virtual_account));
}

bool access_touches(const struct caller *c, enum right right, int64_t account)
{
	if (c->local || right == RIGHT_OPEN)
		return true;
	if (right == RIGHT_SIGNED)
		return c->person || c->client;
	return touches(&c->own, right, account) && (!c->person || !c->client || touches(&c->limit, right, account));
}

bool access_sees(const struct tx *tx, enum right right, int64_t account, int64_t virtual_account)
{
	return tx->caller == NULL || access_covers(tx->caller, right, account, virtual_account);
}

const char *access_place(const struct tx *tx, int64_t account, int64_t virtual_account, const char *name)
{
	return access_sees(tx, RIGHT_PLACE_READ, account, virtual_account) ? arena_printf(tx->arena, "in '%s'", name)
									   : "elsewhere on this server";
}
