#include "ctl/text.h"

#include <ctype.h>
#include <inttypes.h>
#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <wchar.h>

#include "base/clock.h"
#include "base/str.h"

void text_init(void)
{
	setlocale(LC_CTYPE, "C.UTF-8");
}

/* The character at s: its bytes (0 at the end) and columns; what is no printable character is one byte wide 1
 * with *ok false. */
static size_t next_char(const char *s, size_t *columns, bool *ok)
{
	mbstate_t state = { 0 };
	wchar_t c;
	size_t n;
	int w;

	*ok = true;
	*columns = 1;
	if (*s == '\0')
		return 0;
	n = mbrtowc(&c, s, strlen(s), &state);
	if (n == (size_t)-1 || n == (size_t)-2) {
		*ok = false;
		return 1;
	}
	w = wcwidth(c);
	*ok = w >= 0 && !str_invisible((uint32_t)c);
	*columns = *ok ? (size_t)w : 1;
	return n;
}

size_t text_width(const char *s)
{
	size_t width = 0, columns;
	bool ok;

	for (size_t n; (n = next_char(s, &columns, &ok)) > 0; s += n)
		width += columns;
	return width;
}

void text_clean(const char *s, struct buf *out)
{
	size_t columns;
	bool ok;

	for (size_t n; (n = next_char(s, &columns, &ok)) > 0; s += n) {
		if (ok)
			buf_add(out, s, n);
		else
			buf_addc(out, '?');
	}
}

void text_cut(const char *s, size_t width, struct buf *out)
{
	size_t used = 0, columns;
	bool ok;

	if (text_width(s) <= width) {
		buf_adds(out, s);
		return;
	}
	if (width == 0)
		return;
	for (size_t n; (n = next_char(s, &columns, &ok)) > 0 && used + columns < width; s += n) {
		buf_add(out, s, n);
		used += columns;
	}
	buf_adds(out, "…");
}

void text_wrap(const char *s, size_t width, size_t first, size_t indent, struct buf *out)
{
	size_t at = first;
	bool fresh = true;

	while (*s) {
		size_t n = strcspn(s, " ");
		char word[512];
		size_t columns;

		if (n == 0) {
			s++;
			continue;
		}
		if (n < sizeof(word)) {
			memcpy(word, s, n);
			word[n] = '\0';
			columns = text_width(word);
		} else {
			columns = n;
		}
		if (!fresh && at + 1 + columns > width) {
			buf_printf(out, "\n%*s", (int)indent, "");
			at = indent;
		} else if (!fresh) {
			buf_addc(out, ' ');
			at++;
		}
		buf_add(out, s, n);
		at += columns;
		fresh = false;
		s += n;
	}
	buf_addc(out, '\n');
}

char *text_int(int64_t v, char out[TEXT_INT_SIZE])
{
	char digits[24];
	uint64_t size = v < 0 ? -(uint64_t)v : (uint64_t)v;
	size_t n, at = 0;

	n = (size_t)snprintf(digits, sizeof(digits), "%" PRIu64, size);
	if (v < 0) {
		memcpy(out, "−", 3);
		at = 3;
	}
	for (size_t i = 0; i < n; i++) {
		if (i > 0 && (n - i) % 3 == 0)
			out[at++] = ',';
		out[at++] = digits[i];
	}
	out[at] = '\0';
	return out;
}

char *text_status(const char *s, char out[TEXT_STATUS_SIZE])
{
	str_copy(out, TEXT_STATUS_SIZE, s);
	for (size_t i = 0; out[i]; i++) {
		unsigned char c = (unsigned char)out[i];

		out[i] = c == '_' ? ' ' : (char)(i == 0 ? toupper(c) : tolower(c));
	}
	return out;
}

char *text_label(const char *name, char out[TEXT_LABEL_SIZE])
{
	size_t n = 0;

	for (; *name && n + 2 < TEXT_LABEL_SIZE; name++) {
		unsigned char c = (unsigned char)*name;

		if (isupper(c) && n)
			out[n++] = ' ';
		out[n] = (char)(n ? tolower(c) : toupper(c));
		n++;
	}
	out[n] = '\0';
	return out;
}

void text_shell(const char *s, struct buf *out)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./:@+=,%";

	if (*s && strspn(s, plain) == strlen(s)) {
		buf_adds(out, s);
		return;
	}
	buf_addc(out, '\'');
	for (; *s; s++) {
		if (*s == '\'')
			buf_adds(out, "'\\''");
		else
			buf_addc(out, *s);
	}
	buf_addc(out, '\'');
}

/* n digits at s. */
static int digits(const char *s, size_t n, int *out)
{
	*out = 0;
	for (size_t i = 0; i < n; i++) {
		if (!isdigit((unsigned char)s[i]))
			return -1;
		*out = *out * 10 + (s[i] - '0');
	}
	return 0;
}

static int clock_part(const char *s, struct tm *tm, int *ms)
{
	if (s[0] != 'T' || digits(s + 1, 2, &tm->tm_hour) || s[3] != ':' || digits(s + 4, 2, &tm->tm_min) || s[6] != ':' ||
	    digits(s + 7, 2, &tm->tm_sec))
		return -1;
	if (tm->tm_hour > 23 || tm->tm_min > 59 || tm->tm_sec > 59)
		return -1;
	s += 9;
	if (*s == '.') {
		int scale = 100;

		if (!isdigit((unsigned char)*++s))
			return -1;
		for (; isdigit((unsigned char)*s); s++, scale /= 10)
			*ms += (*s - '0') * scale;
	}
	return strcmp(s, "Z") && strcmp(s, "+00:00") ? -1 : 0;
}

int text_iso(const char *s, int64_t *at)
{
	struct tm tm = { 0 }, same;
	int ms = 0;
	time_t t;

	if (digits(s, 4, &tm.tm_year) || s[4] != '-' || digits(s + 5, 2, &tm.tm_mon) || s[7] != '-' ||
	    digits(s + 8, 2, &tm.tm_mday))
		return -1;
	if (s[10] && clock_part(s + 10, &tm, &ms))
		return -1;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	same = tm;
	t = timegm(&same); /* moves 30 February to March: then it was no date */
	if (same.tm_mon != tm.tm_mon || same.tm_mday != tm.tm_mday)
		return -1;
	*at = (int64_t)t * SECOND_MS + ms;
	return 0;
}

char *text_when(int64_t at, char out[TEXT_WHEN_SIZE])
{
	time_t s = (time_t)(at / SECOND_MS), now_s = (time_t)(clock_now() / SECOND_MS);
	struct tm tm, now;

	if (at == 0 || localtime_r(&s, &tm) == NULL || localtime_r(&now_s, &now) == NULL ||
	    strftime(out, TEXT_WHEN_SIZE, tm.tm_year == now.tm_year ? "%-d %b %H:%M" : "%-d %b %Y", &tm) == 0)
		str_copy(out, TEXT_WHEN_SIZE, "–");
	return out;
}

char *text_size(int64_t bytes, char out[TEXT_SIZE_SIZE])
{
	static const char *const units[] = { "bytes", "KB", "MB", "GB" };
	double n = (double)bytes;
	size_t unit = 0;

	while (n >= 1000 && unit < 3) {
		n /= 1000;
		unit++;
	}
	snprintf(out, TEXT_SIZE_SIZE, unit && n < 10 ? "%.1f %s" : "%.0f %s", n, units[unit]);
	return out;
}
