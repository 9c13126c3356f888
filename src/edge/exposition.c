#include "edge/exposition.h"

#include <inttypes.h>
#include <stdarg.h>

void exposition_begin(struct buf *b, const char *name, const char *type, const char *help)
{
	buf_printf(b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void add_value(struct buf *b, const char *value)
{
	for (; *value; value++)
		if (*value == '\n')
			buf_adds(b, "\\n");
		else if (*value == '\\' || *value == '"')
			buf_printf(b, "\\%c", *value);
		else
			buf_addc(b, *value);
}

void exposition_labels(struct buf *labels, ...)
{
	const char *name;
	va_list ap;

	buf_clear(labels);
	buf_adds(labels, "");
	va_start(ap, labels);
	while ((name = va_arg(ap, const char *)) != NULL) {
		buf_printf(labels, "%s%s=\"", labels->n ? "," : "", name);
		add_value(labels, va_arg(ap, const char *));
		buf_addc(labels, '"');
	}
	va_end(ap);
}

static void begin_sample(struct buf *b, const char *name, const char *labels)
{
	buf_adds(b, name);
	if (*labels)
		buf_printf(b, "{%s}", labels);
	buf_addc(b, ' ');
}

void exposition_int(struct buf *b, const char *name, const char *labels, int64_t value)
{
	begin_sample(b, name, labels);
	buf_printf(b, "%" PRId64 "\n", value);
}

void exposition_real(struct buf *b, const char *name, const char *labels, double value)
{
	begin_sample(b, name, labels);
	buf_printf(b, "%.17g\n", value);
}

static void add_bucket(struct buf *b, const char *name, const char *labels, const char *bound, int64_t value)
{
	buf_printf(b, "%s_bucket{%s%sle=\"%s\"} %" PRId64 "\n", name, labels, *labels ? "," : "", bound, value);
}

/* The count is that of the buckets, so that they fit while others go on counting. */
void exposition_histogram(struct buf *b, const char *name, const char *labels, const struct histogram *h, double unit)
{
	AUTO_BUF bound = BUF_INIT;
	AUTO_BUF part = BUF_INIT;
	double sum = (double)h->sum * unit;
	int64_t n = 0;
	size_t i;

	for (i = 0; h->bounds[i] != INT64_MAX; i++) {
		n += h->count[i];
		buf_clear(&bound);
		buf_printf(&bound, "%g", (double)h->bounds[i] * unit);
		add_bucket(b, name, labels, bound.data, n);
	}
	n += h->count[i];
	add_bucket(b, name, labels, "+Inf", n);
	buf_printf(&part, "%s_sum", name);
	exposition_real(b, part.data, labels, sum);
	buf_clear(&part);
	buf_printf(&part, "%s_count", name);
	exposition_int(b, part.data, labels, n);
}
