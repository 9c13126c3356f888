/* api_openapi.c - the description of all this, for programs: etc/openapi.yaml as JSON, made while building. */
#include <stdlib.h>
#include <string.h>

#include "base/embed.h"
#include "base/str.h"
#include "crypt/digest.h"
#include "edge/api.h"
#include "edge/routes.h"

#define FILE_NAME "etc/openapi.json"
#define TAG_SIZE 35 /* 32 hex digits in quotation marks */

static void make_tag(const struct embed_file *f, char out[TAG_SIZE])
{
	unsigned char digest[SHA256_SIZE];

	out[0] = '"';
	digest_sha256(f->data, f->n, digest);
	str_hex(out + 1, digest, 16);
	out[33] = '"';
	out[34] = '\0';
}

static struct reply *show_openapi(struct req *r)
{
	const struct embed_file *f = embed_find(FILE_NAME);
	const char *known = req_header(r, "If-None-Match");
	struct buf body = BUF_INIT;
	char tag[TAG_SIZE];
	struct reply *p;

	make_tag(f, tag);
	if (known && (strstr(known, tag) || strcmp(known, "*") == 0)) {
		p = reply_bytes(r, 304, NULL, &body);
	} else {
		buf_add(&body, f->data, f->n);
		p = reply_bytes(r, 200, "application/json", &body);
	}
	reply_header(p, "ETag", tag);
	/* It changes with the program only; a client that asks again is told so in a few bytes. */
	reply_header(p, "Cache-Control", "public, no-cache");
	return p;
}

#define DOORS (DOOR_ADMIN | DOOR_CONTROL)

const struct route openapi_routes[] = {
	{ "GET", "/api/v1/openapi.json", DOORS, RIGHT_OPEN, OF_SERVER, BODY_NONE, 0, show_openapi, NULL, NULL },
	{ 0 },
};
