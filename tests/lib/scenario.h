/* scenario.h - the world in which a story happens: cloud manager, satellites, products and agents in one process.
 *
 * Servers are those of the programs without their carriage: the same site, rules and messages over a database, one
 * transaction a step. Time stands still between the lines of a story and moves only by `advance`. */
#ifndef TESTS_SCENARIO_H
#define TESTS_SCENARIO_H

#include <stdbool.h>

#include "agent/message.h"
#include "base/buf.h"
#include "base/clock.h"
#include "crypt/cert.h"
#include "lic/site.h"
#include "lic/tx.h"
#include "lic/work.h"
#include "tests/lib/scenario_line.h"

#define MANAGER "manager"
#define SATELLITE "satellite"
#define ACCOUNT "Acme"
#define SITE_ACCOUNT "Site A" /* the manager's virtual account that the satellite serves */

/* ---- what a step gave ---- */

struct result {
	char code[64];      /* OK, AUTHORIZED, SAME, or the code of the refusal */
	char text[1024];    /* the refusal's message, or what was printed */
	char rows[32][192]; /* `Enhanced:InCompliance:5` */
	size_t rows_n;
};

/* ---- servers (scenario_server.c) ---- */

struct server {
	struct server *next;
	char name[64];
	struct site site;
	struct db *db, *reader;
	char *dir, *database;
	char shown[64];   /* the name that it tells, if another than its own */
	bool down;        /* agents cannot reach it */
	const char *peer; /* where the next message comes from; NULL: from where all do */
};

typedef int (*server_job)(struct tx *tx, void *arg, struct err *e);

/* A new one with an empty database in DIR/NAME, or the one that is there opened again. -1 and e. */
int server_open(struct server *s, enum site_role role, const char *name, const char *dir, struct err *e);
void server_close(struct server *s);

/* Runs a job as the writer does: a transaction, the hook before each batch, a savepoint around the job. Rows and
 * texts that the job gives live in the arena. job NULL: only the hook. */
int server_write(struct server *s, const struct actor *actor, struct arena *arena, server_job job, void *arg,
		 struct err *e);

/* For reading at this moment. */
struct tx server_reader(struct server *s, struct arena *arena);

/* For what takes longer (lic/work.h), by the administrator of this story; in a story it is done at once. */
struct server_desk {
	struct work work;
	struct server *server;
};
struct work *server_work(struct server_desk *d, struct server *s, struct arena *arena);

/* One message of a product; plain: over plain HTTP. *readable is false where the carriage would have answered 400 or
 * 503: e says why. */
int server_message(struct server *s, const char *bytes, size_t n, bool plain, struct buf *answer, bool *readable,
		   struct err *e);

/* ---- the world (scenario_world.c) ---- */

struct named_bytes {
	struct named_bytes *next;
	char name[64];
	struct buf bytes, answer; /* answer: of messages, its `response` */
	char nonce[MESSAGE_NONCE_SIZE], type[64], piid[UUID_SIZE];
	int64_t at; /* when it was sent */
};

struct named_token {
	struct named_token *next;
	char name[64], value[128];
};

struct product;
struct member; /* an agent */

struct world {
	char *dir; /* temporary folder, removed at the end */
	struct server *servers;
	struct product *products;
	struct member *agents;
	struct named_token *tokens;
	struct named_bytes *files, *messages;
	struct cert *root;
	int64_t sync_every, sync_at; /* 0: by hand */
	struct server *sync_only;    /* the satellite that does it; NULL: all */
	struct arena arena;          /* of the present step */
	char why[2048];              /* why a step could not be done at all */
};

/* Makes manager and satellite. bare: the satellite has its account but no authority. */
int world_open(struct world *w, bool bare);
void world_close(struct world *w);
void folder_remove(const char *dir); /* with all that is in it */
int world_restart(struct world *w);
int world_advance(struct world *w, int64_t ms);

/* Fills w->why and returns -1. */
int world_fail(struct world *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The server of `at=NAME`, else the one of this name, which must be there. NULL and w->why. */
struct server *world_server(struct world *w, struct words *in, const char *otherwise);
struct server *world_find_server(struct world *w, const char *name);

/* The text of a token by its name in the story; what is no name stands for itself. */
const char *world_token(const struct world *w, const char *name);
void world_set_token(struct world *w, const char *name, const char *value);

struct named_bytes *named_find(struct named_bytes *list, const char *name);
/* Finds or makes an empty one. */
struct named_bytes *named_set(struct named_bytes **list, const char *name);

/* Tag of a license's short name; what is no name stands for itself. In the arena of the step. And the way back. */
const char *world_tag(struct world *w, const char *name);
const char *world_tag_name(struct world *w, const char *tag);

/* Administrators of this story. */
extern const struct actor story_administrator;

/* ---- verbs: 0 and the result, -1 and w->why ---- */

typedef int (*verb_run)(struct world *w, struct words *in, struct result *out);

struct verb {
	const char *name;
	verb_run run;
	bool checks; /* it compares with the words of its line and has no arrow */
};

extern const struct verb admin_verbs[], reservation_verbs[], sync_verbs[], product_verbs[], agent_verbs[], check_verbs[],
	agree_verbs[], alert_verbs[], life_verbs[], forecast_verbs[], manager_verbs[], account_verbs[];

/* NULL if there is none of this name. */
const struct verb *world_verb(const char *name);

/* One step without an arrow: 0 and what came of it, -1 and w->why. */
int world_step(struct world *w, const char *text, struct result *out);

/* A refusal as a result. */
int result_refused(struct result *out, const struct err *e);
int result_code(struct result *out, const char *code);

/* Bytes of a file, which is closed; and an open file, at its beginning, in the server's folder (scenario_sync.c). */
int file_read_all(int fd, struct buf *file, struct err *e);
int file_of_bytes(struct server *s, const struct buf *file, int *fd, struct err *e);
/* The file of the next word; NULL and w->why. */
struct named_bytes *file_named(struct world *w, struct words *in);

/* The manager's answer to a request file (scenario_manager.c). */
int answer_file(struct world *w, const struct buf *request, struct buf *out, struct err *e);

/* Files of the satellite and their answers, carried there and back (scenario_sync.c). */
int sync_now(struct world *w, struct server *satellite, struct err *e);

void products_free(struct world *w); /* scenario_product.c */
void agents_close(struct world *w);  /* scenario_agent.c */
void agents_free(struct world *w);
int agents_reopen(struct world *w);
int64_t agents_due(const struct world *w);
int agents_tick(struct world *w);

/* The server of an agent and its identifier, "" if it is not registered; NULL if there is no such agent. */
struct server *agent_identity(struct world *w, const char *name, const char **piid);

/* The server where a product or an agent is registered and the identifier it has, NULL if there is no such product; before: the
 * identifier of its registration before. */
struct server *product_registration(struct world *w, const char *name, const char **piid, const char **before);

/* ---- what must not change (scenario_state.c) ---- */

#define STATE_TABLES 256

/* Digests of all tables but answered and last_answer, of all servers. */
struct state {
	struct {
		char name[96];
		unsigned char digest[SHA256_SIZE];
	} tables[STATE_TABLES];
	size_t n;
};

int state_take(struct world *w, struct state *out);
/* The name of the first table that differs, NULL if none. */
const char *state_difference(const struct state *a, const struct state *b);

/* What holds at every moment: the counters of pools are the sums of what is held; shares are the lots. -1 and w->why. */
int state_check(struct world *w);
/* At the end: the event chains, the databases' own checks. */
int state_check_all(struct world *w);

#endif
