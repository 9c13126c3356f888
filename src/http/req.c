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

const char *req_query_at(struct req *r, size_t i, const char **value)
{
	struct call *c = r->http;
	const struct url_arg *arg = c->query;

	while (arg && i--)
		arg = arg->next;
	*value = arg ? arg->value : NULL;
	return arg ? arg->name : NULL;
}

const char *req_header(struct req *r, const char *name)
{
	struct call *c = r->http;

	return MHD_lookup_connection_value(c->con, MHD_HEADER_KIND, name);
}
