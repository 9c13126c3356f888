#include "ctl/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ctl/text.h"

#define GAP 2
#define NARROW 4 /* the indent of a value that fits no line beside its label */
#define COLS_MAX 16

struct table_cell {
	char *text;
	size_t width;
	enum table_mood mood;
};

void table_init(struct table *t, const struct table_col *cols, size_t cols_n)
{
	if (cols_n > COLS_MAX)
		abort();
	*t = (struct table){ .cols = cols, .cols_n = cols_n };
}

void table_text(struct table *t, const char *text)
{
	struct buf clean = BUF_INIT;
	struct table_cell *cell;

	if (t->cells_n == t->cells_size) {
		t->cells_size = t->cells_size ? 2 * t->cells_size : 64;
		t->cells = mem_grow(t->cells, t->cells_size * sizeof(*t->cells));
	}
	text_clean(text ? text : "", &clean);
	cell = &t->cells[t->cells_n++];
	cell->text = buf_steal(&clean, &cell->width);
	cell->width = text_width(cell->text);
	cell->mood = TABLE_PLAIN;
}

void table_int(struct table *t, int64_t v)
{
	char text[TEXT_INT_SIZE];

	table_text(t, text_int(v, text));
}

void table_when(struct table *t, int64_t at)
{
	char text[TEXT_WHEN_SIZE];

	table_text(t, text_when(at, text));
}

void table_mood(struct table *t, enum table_mood mood)
{
	t->cells[t->cells_n - 1].mood = mood;
}

static bool is_empty(const char *text)
{
	return *text == '\0' || strcmp(text, "0") == 0 || strcmp(text, "–") == 0;
}

#define SHORT_HEAD 8 /* columns; such headings stay on one line */

/* Width of the longest word of a heading: it may stand on two lines, but its words stay whole. */
static size_t longest_word(const char *head)
{
	size_t longest = 0;

	if (strlen(head) <= SHORT_HEAD)
		return strlen(head);
	while (*head) {
		size_t n = strcspn(head, " ");

		longest = n > longest ? n : longest; /* headings are ASCII */
		head += n + (head[n] == ' ');
	}
	return longest;
}

/* Full width of column c, its heading on one line or on two; *empty if no cell says anything. */
static size_t natural(const struct table *t, size_t c, bool two_lines, bool *empty)
{
	size_t width = two_lines ? longest_word(t->cols[c].head) : strlen(t->cols[c].head);

	*empty = true;
	for (size_t i = c; i < t->cells_n; i += t->cols_n) {
		if (t->cells[i].width > width)
			width = t->cells[i].width;
		if (!is_empty(t->cells[i].text))
			*empty = false;
	}
	return width;
}

static size_t total(const size_t *width, const bool *shown, size_t n)
{
	size_t sum = 0, columns = 0;

	for (size_t c = 0; c < n; c++) {
		if (shown[c]) {
			sum += width[c];
			columns++;
		}
	}
	return columns ? sum + GAP * (columns - 1) : 0;
}

/* Takes one column from the widest text that may still be cut. False if there is none. */
static bool squeeze(const struct table *t, size_t *width, const bool *shown)
{
	size_t widest = t->cols_n;

	for (size_t c = 0; c < t->cols_n; c++) {
		if (!shown[c] || t->cols[c].min == 0 || width[c] <= t->cols[c].min ||
		    width[c] <= longest_word(t->cols[c].head))
			continue;
		if (widest == t->cols_n || width[c] > width[widest])
			widest = c;
	}
	if (widest == t->cols_n)
		return false;
	width[widest]--;
	return true;
}

/* Leaves out the least important column. False if all that are left stay. */
static bool drop(const struct table *t, bool *shown)
{
	size_t least = t->cols_n;

	for (size_t c = 0; c < t->cols_n; c++) {
		if (shown[c] && t->cols[c].drop && (least == t->cols_n || t->cols[c].drop > t->cols[least].drop))
			least = c;
	}
	if (least == t->cols_n)
		return false;
	shown[least] = false;
	return true;
}

static void measure(const struct table *t, bool two_lines, size_t *width, bool *shown)
{
	for (size_t c = 0; c < t->cols_n; c++) {
		bool empty;

		width[c] = natural(t, c, two_lines, &empty);
		shown[c] = !(empty && t->cols[c].flags & TABLE_MAYBE);
	}
}

/* First headings go to two lines, then texts are cut, then columns are left out. */
static void fit(const struct table *t, size_t limit, size_t *width, bool *shown, bool *dropped)
{
	size_t full[COLS_MAX] = { 0 };

	*dropped = false;
	measure(t, false, full, shown);
	if (total(full, shown, t->cols_n) > limit)
		measure(t, true, full, shown);
	for (;;) {
		memcpy(width, full, sizeof(full));
		while (total(width, shown, t->cols_n) > limit)
			if (!squeeze(t, width, shown))
				break;
		if (total(width, shown, t->cols_n) <= limit || !drop(t, shown))
			return;
		*dropped = true;
	}
}

static const char *mood_on(enum table_mood mood)
{
	switch (mood) {
	case TABLE_BAD:
		return "\033[31m";
	case TABLE_WARN:
		return "\033[33m";
	case TABLE_PLAIN:
		break;
	}
	return NULL;
}

static void print_cell(struct buf *out, const char *text, size_t width, bool right, bool last, const char *style)
{
	AUTO_BUF cut = BUF_INIT;
	size_t used;

	text_cut(text, width, &cut);
	used = cut.n ? text_width(cut.data) : 0;
	if (right)
		buf_printf(out, "%*s", (int)(width - used), "");
	if (style)
		buf_adds(out, style);
	buf_add(out, cut.data, cut.n);
	if (style)
		buf_adds(out, "\033[0m");
	if (!last && !right)
		buf_printf(out, "%*s", (int)(width - used), "");
	if (!last)
		buf_printf(out, "%*s", GAP, "");
}

static size_t last_shown(const struct table *t, const bool *shown)
{
	size_t last = 0;

	for (size_t c = 0; c < t->cols_n; c++)
		if (shown[c])
			last = c;
	return last;
}

static void end_line(struct buf *out)
{
	while (out->n && out->data[out->n - 1] == ' ')
		out->n--;
	buf_addc(out, '\n');
}

static void print_row(const struct table *t, const struct table_cell *row, const size_t *width, const bool *shown,
		      bool color, struct buf *out)
{
	size_t last = last_shown(t, shown);

	for (size_t c = 0; c <= last; c++)
		if (shown[c])
			print_cell(out, row[c].text, width[c], t->cols[c].flags & TABLE_RIGHT, c == last,
				   color ? mood_on(row[c].mood) : NULL);
	end_line(out);
}

/* A heading too wide for its column is parted at its last space; the upper line is left out if no heading is. */
static void print_heading(const struct table *t, const size_t *width, const bool *shown, bool color, struct buf *out)
{
	size_t last = last_shown(t, shown);
	bool parted = false;

	for (size_t c = 0; c <= last; c++)
		parted = parted || (shown[c] && strlen(t->cols[c].head) > width[c] && strrchr(t->cols[c].head, ' '));
	for (int line = parted ? 0 : 1; line < 2; line++) {
		for (size_t c = 0; c <= last; c++) {
			const char *head = t->cols[c].head, *space = strlen(head) > width[c] ? strrchr(head, ' ') : NULL;
			char part[64];

			if (!shown[c])
				continue;
			snprintf(part, sizeof(part), "%.*s",
				 line == 0 ? (space ? (int)(space - head) : 0) : (int)strlen(head),
				 line == 1 && space ? space + 1 : head);
			print_cell(out, part, width[c], t->cols[c].flags & TABLE_RIGHT, c == last,
				   color && *part ? "\033[1m" : NULL);
		}
		end_line(out);
	}
}

static void print_dropped(const struct table *t, const bool *shown, size_t limit, struct buf *out)
{
	AUTO_BUF line = BUF_INIT;
	bool empty;

	for (size_t c = 0; c < t->cols_n; c++) {
		natural(t, c, true, &empty);
		if (!shown[c] && !(empty && t->cols[c].flags & TABLE_MAYBE))
			buf_printf(&line, "%s%s", line.n ? ", " : "No room here for: ", t->cols[c].head);
	}
	buf_adds(&line, ". A wider terminal or --json shows all.");
	text_wrap(line.data, limit, 0, 0, out);
}

void table_print(const struct table *t, size_t limit, bool color, struct buf *out)
{
	size_t width[COLS_MAX];
	bool shown[COLS_MAX], dropped;

	fit(t, limit, width, shown, &dropped);
	print_heading(t, width, shown, color, out);
	for (size_t i = 0; i + t->cols_n <= t->cells_n; i += t->cols_n)
		print_row(t, t->cells + i, width, shown, color, out);
	if (dropped)
		print_dropped(t, shown, limit, out);
}

void table_fini(struct table *t)
{
	for (size_t i = 0; i < t->cells_n; i++)
		free(t->cells[i].text);
	free(t->cells);
	t->cells = NULL;
	t->cells_n = t->cells_size = 0;
}

/* Width of the longest word of a text. */
static size_t longest_piece(const char *text)
{
	size_t longest = 0;

	while (*text) {
		size_t n = strcspn(text, " ");
		AUTO_FREE char *word = mem_dup(text, n);
		size_t columns = text_width(word);

		longest = columns > longest ? columns : longest;
		text += n + (text[n] == ' ');
	}
	return longest;
}

void table_pair(struct buf *out, size_t width, size_t label_n, const char *label, const char *value)
{
	AUTO_BUF clean = BUF_INIT;
	size_t used = text_width(label);

	if (value == NULL || *value == '\0')
		return;
	text_clean(value, &clean);
	if (label_n + longest_piece(clean.data) > width) {
		buf_printf(out, "%s\n%*s", label, NARROW, "");
		text_wrap(clean.data, width, NARROW, NARROW, out);
		return;
	}
	buf_printf(out, "%s%*s", label, (int)(used < label_n ? label_n - used : 1), "");
	text_wrap(clean.data, width, label_n, label_n, out);
}
