#include "http/inside.h"

const char *req_query(struct req *r, const char *name)
{
	struct call *c = r->http;

	return url_arg(c->query, name);
}

struct server *req_server(struct req *r)
{
	struct call *c = r->http;

	return c->server;
}

const char *req_header(struct req *r, const char *name)
{
	struct call *c = r->http;

	return MHD_lookup_connection_value(c->con, MHD_HEADER_KIND, name);
}
