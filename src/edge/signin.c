#include "edge/signin.h"

#include "base/log.h"
#include "base/str.h"
#include "edge/guard.h"
#include "lic/event.h"
#include "lic/person.h"

struct asked {
	const char *key; /* the name without case; NULL: nobody has such a name */
	struct person_row *person;
	bool found;
};

static int turn_find(struct tx *tx, void *arg, struct err *e)
{
	struct asked *a = arg;
	int rc = a->key ? q_person_by_key(tx->db, tx->arena, a->key, a->person, e) : 0;

	a->found = rc == 1;
	return rc < 0 ? -1 : 0;
}

/* Administrators should see that somebody guesses; once, when it begins to cost him time. What was typed as the name of
 * nobody is not kept: it may be a password. */
static int turn_tell(struct tx *tx, void *arg, struct err *e)
{
	const struct asked *a = arg;
	json_t *detail = json_object();

	json_set_int(detail, "wrong", GUARD_FREE);
	return event_add(tx, "person.guess", "", a->found ? a->person->name : "", detail, e);
}

static void tell(struct req *r, struct asked *a)
{
	struct err e = ERR_INIT;

	log_warning("sign-in", "%d wrong passwords came from %s, the last for %s%.64s: it waits from now on", GUARD_FREE,
		    r->actor.address, a->found ? "" : "nobody", a->found ? a->person->name : "");
	if (r->work->write(r->work, turn_tell, a, &e))
		log_warning("sign-in", "it is not among the events: %s", e.text);
}

int sign_in_check(struct req *r, const char *user, const char *password, struct person_row *out, struct err *e)
{
	struct asked a = { .person = out };
	char key[NAME_KEY_SIZE];
	struct guard_try try;
	bool right;

	a.key = str_fold(key, user) ? NULL : key;
	if (r->work->read(r->work, turn_find, &a, e) ||
	    guard_begin(&try, r->actor.address, a.key ? a.key : "", a.found ? out->signed_in_from : "", e))
		return -1;
	right = person_has_password(a.found ? out : NULL, password);
	if (guard_end(&try, !right))
		tell(r, &a);
	if (!right)
		return err_set(e, E_WRONG_PASSWORD, NULL);
	return person_may_sign_in(&r->tx, out, e);
}
