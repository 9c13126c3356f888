/* scenario_manager.c - the cloud manager's side of synchronization. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "authority/answer.h"
#include "tests/lib/scenario.h"

static int answer_bytes(struct world *w, struct server *manager, const struct buf *request, struct answer *answer,
			struct buf *out, struct err *e)
{
	struct server_desk desk;
	int fd, rc;

	if (file_of_bytes(manager, request, &fd, e))
		return -1;
	rc = answer_request(server_work(&desk, manager, &w->arena), fd, answer, e);
	close(fd);
	return rc ? -1 : file_read_all(answer->fd, out, e);
}

/* `answer F1 A1`: the manager answers request F1 with A1. OK or RESYNC; SAME if a file A1 has these very bytes already.
 * The changes: `instances:2`, `usages:2`, `virtual-accounts:1`, `reservations:1`, `removed:1`. */
static int run_answer(struct world *w, struct words *in, struct result *out)
{
	struct named_bytes *from = file_named(w, in), *to;
	const char *name = words_next(in);
	AUTO_BUF bytes = BUF_INIT;
	struct answer answer;
	struct err e = ERR_INIT;
	struct answer_counts *n = &answer.changed;

	if (from == NULL)
		return -1;
	if (name == NULL)
		return world_fail(w, "the answer needs a name");
	if (answer_bytes(w, w->servers, &from->bytes, &answer, &bytes, &e))
		return result_refused(out, &e);
	to = named_find(w->files, name);
	if (to && to->bytes.n == bytes.n && memcmp(to->bytes.data, bytes.data, bytes.n) == 0)
		return result_code(out, "SAME");
	to = named_set(&w->files, name);
	buf_add(&to->bytes, bytes.data, bytes.n);
	snprintf(out->text, sizeof(out->text), "virtual-accounts:%d instances:%d usages:%d reservations:%d removed:%d%s",
		 (int)n->virtual_accounts, (int)n->instances, (int)n->usages, (int)n->reservations, (int)n->removed,
		 answer.again ? " again" : "");
	return result_code(out, answer.kind == MANIFEST_RESYNC ? "RESYNC" : "OK");
}

const struct verb manager_verbs[] = {
	{ "answer", run_answer, false },
	{ NULL, NULL, false },
};
