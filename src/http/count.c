/* count.c - what is counted of requests: relaxed, since nobody waits for any of these numbers. */
#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "http/inside.h"

static const char *const class_names[] = { "product", "callhome", "crl",     "api",  "oauth",
					   "sync",    "health",   "metrics", "other" };
static const char *const method_names[] = { "GET", "HEAD", "POST", "other" };

const char *count_class_name(enum count_class c)
{
	return class_names[c];
}

const char *count_method_name(enum count_method m)
{
	return method_names[m];
}

void count_init(struct counts *c)
{
	for (int i = 0; i < COUNT_CLASSES; i++)
		c->seconds[i].bounds = histogram_us;
}

static enum count_class class_of(const struct route *route)
{
	static const struct {
		const char *prefix;
		enum count_class class;
	} prefixes[] = {
		{ "/SmartTransport", COUNT_PRODUCT },
		{ "/sync/", COUNT_SYNC },
		{ "/api/", COUNT_API },
		{ "/Transportgateway/", COUNT_CALLHOME },
		{ "/its/", COUNT_CALLHOME },
		{ "/crl/", COUNT_CRL },
		{ "/oauth/", COUNT_OAUTH },
		{ "/healthz", COUNT_HEALTH },
		{ "/metrics", COUNT_METRICS },
	};

	for (size_t i = 0; route && i < sizeof(prefixes) / sizeof(*prefixes); i++)
		if (str_prefix(route->pattern, prefixes[i].prefix))
			return prefixes[i].class;
	return COUNT_OTHER;
}

static enum count_method method_of(const char *method)
{
	int m = COUNT_GET;

	while (m < COUNT_OTHER_METHOD && strcmp(method_names[m], method) != 0)
		m++;
	return (enum count_method)m;
}

void count_call(struct counts *c, const struct call *call)
{
	enum count_class class = class_of(call->r.route);
	int status = call->status > 0 && call->status < COUNT_STATUS ? call->status : 0;

	atomic_fetch_add_explicit(&c->requests[class][method_of(call->method)][status], 1, memory_order_relaxed);
	histogram_add(&c->seconds[class], clock_mono_us() - call->begun);
}
