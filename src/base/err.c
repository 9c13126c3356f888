#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

static const struct {
	const char *name;
	int number, http;
	const char *text;
} registry[E__MAX] = {
	[E_NONE] = { "", 0, 200, "" },
#define E(name, number, http, text) [E_##name] = { #name, number, http, text },
#include "base/err.def"
#undef E
};

static int set(struct err *e, enum err_code code, const char *field, const char *fmt, va_list ap)
{
	e->code = code;
	e->retry_s = 0;
	snprintf(e->field, sizeof(e->field), "%s", field ? field : "");
	if (fmt)
		vsnprintf(e->text, sizeof(e->text), fmt, ap);
	else
		snprintf(e->text, sizeof(e->text), "%s", registry[code].text);
	/* It goes into signed answers: what others sent may have been cut in the middle of a character. */
	str_repair(e->text);
	str_repair(e->field);
	return -1;
}

int err_set(struct err *e, enum err_code code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	set(e, code, NULL, fmt, ap);
	va_end(ap);
	return -1;
}

int err_field(struct err *e, enum err_code code, const char *field, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	set(e, code, field, fmt, ap);
	va_end(ap);
	return -1;
}

const char *err_name(enum err_code code)
{
	return registry[code].name;
}

int err_number(enum err_code code)
{
	return registry[code].number;
}

int err_http(enum err_code code)
{
	return registry[code].http;
}

const char *err_default(enum err_code code)
{
	return registry[code].text;
}

enum err_code err_by_name(const char *name)
{
	for (int i = 1; i < E__MAX; i++)
		if (strcmp(registry[i].name, name) == 0)
			return (enum err_code)i;
	return E_NONE;
}
