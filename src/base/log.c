#include "base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"

static _Atomic int threshold = LOG_LEVEL_INFO;
static void (*_Atomic sink)(enum log_level, const char *);

void log_set_level(enum log_level level)
{
	threshold = (int)level;
}

void log_set_sink(void (*fn)(enum log_level, const char *))
{
	sink = fn;
}

/* Control characters and quotes cannot forge a second line or member. */
static size_t quote(char *out, size_t size, const char *text)
{
	size_t n = 0;

	for (; *text && n + 3 < size; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			out[n++] = '\\';
		out[n++] = c < 0x20 || c == 0x7f ? ' ' : (char)c;
	}
	out[n] = '\0';
	return n;
}

void log_msg(enum log_level level, const char *module, const char *fmt, ...)
{
	static const char *const names[] = { "error", "warning", "info", "debug" };
	void (*to)(enum log_level, const char *) = sink;
	char text[1024], quoted[1400], line[1600], iso[CLOCK_ISO_SIZE];
	va_list ap;
	int n;

	if ((int)level > threshold)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	quote(quoted, sizeof(quoted), text);
	n = snprintf(line, sizeof(line), "time=%s level=%s module=%s msg=\"%s\"\n", clock_iso(clock_now(), iso),
		     names[level], module, quoted);
	if (to)
		to(level, line);
	else if (write(STDERR_FILENO, line, (size_t)n) < 0)
		return; /* nowhere left to say it */
}
