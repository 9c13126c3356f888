/* forge.h - synchronization files as a rogue or broken side would make them: any content, under any signature.
 *
 * A story's world (scenario.h) gives the files and the keys. */
#ifndef TESTS_FORGE_H
#define TESTS_FORGE_H

#include "json/json.h"
#include "sync/bundle.h"
#include "tests/lib/scenario.h"

struct forge_part {
	char name[MANIFEST_PART_NAME_SIZE];
	struct buf text;
	int64_t records; /* claimed in the manifest; -1 = what is there */
};

struct forge {
	json_t *manifest;
	struct forge_part parts[MANIFEST_PARTS_MAX];
	size_t n;
};

/* Runs a step of a story and ends the test unless it comes to this code (NULL: success). */
void forge_step(struct world *w, const char *line, const char *code);
/* Opens a world in which two products use licenses of the satellite, one has reserved some, and one was removed. STD is the
 * request that tells it, FULL a later one with everything; neither is answered. A satellite S2 serves `Direct`, and the
 * first one's account `Second` serves `Default`; R2 and R3 are their requests. */
void forge_story(struct world *w);

/* A file to the manager (MANAGER), or into an account of the satellite. */
int forge_give(struct world *w, const char *to, const struct buf *file, struct err *e);

/* The bytes of a file of the story. */
const struct buf *forge_file(struct world *w, const char *name);

/* Takes a file that somebody below the world's root signed apart. */
void forge_open(struct world *w, const struct buf *file, struct forge *f);
void forge_fini(struct forge *f);

/* In a part's text: `from` becomes `to` wherever it stands, and it must be there; from NULL: to is added at the end;
 * to NULL: the whole line in which `from` stands goes. */
void forge_edit(struct forge *f, const char *part, const char *from, const char *to);
struct forge_part *forge_find(struct forge *f, const char *part);

/* Signs and packs it, whatever it says; sizes, digests and numbers of records are set. */
void forge_pack(struct forge *f, const struct bundle_signer *by, struct buf *out);

/* Who signs for a server; the certificate and key are the server's. */
struct bundle_signer forge_signer(struct server *s);

/* A certificate and its new key, for *by, to be released with forge_issued_fini(). */
struct forge_issued {
	struct cert *cert;
	struct key *key;
};
void forge_issue(struct forge_issued *out, enum cert_profile profile, int64_t not_before, int64_t not_after,
		 const struct cert *issuer, const struct key *issuer_key);
void forge_issued_fini(struct forge_issued *i);

#endif
