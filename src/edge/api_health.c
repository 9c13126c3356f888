/* api_health.c - does the server live, and can it do its work? */
#include "base/clock.h"
#include "db/q.h"
#include "edge/routes.h"
#include "http/server.h"

#define KNOWN_MS SECOND_MS /* so long the last transaction tells how it is */

/* Writing is what fails when the disk is full or somebody holds the database, and only trying it tells. What others wrote
 * a moment ago tells as well, so that asking costs nothing, however many ask. */
static struct reply *answer(struct req *r, enum err_code code)
{
	json_t *v = NULL;
	struct err e = ERR_INIT;

	if (code != E_NONE) {
		err_set(&e, code, NULL);
		return reply_error(r, &e);
	}
	v = json_object();
	json_set_text(v, "status", "ok");
	return reply_json(r, 200, v);
}

static struct reply *health_read(struct req *r)
{
	enum err_code code;
	int64_t age;

	writer_health(server_writer(req_server(r)), &code, &age);
	return age < KNOWN_MS ? answer(r, code) : NULL;
}

static struct reply *health_write(struct req *r)
{
	if (q_setting_set(r->tx.db, "health_asked_at", arena_printf(r->tx.arena, "%lld", (long long)r->tx.now),
			  &r->commit_error) == 0)
		r->commit_error = ERR_INIT;
	return NULL;
}

static struct reply *health_finish(struct req *r)
{
	return answer(r, r->commit_error.code);
}

const struct route health_routes[] = {
	{ "GET", "/healthz", DOOR_ANY, RIGHT_OPEN, OF_SERVER, BODY_NONE, 0, health_read, health_write, health_finish },
	{ 0 },
};
