/* exposition.h - numbers as Prometheus reads them: the text format 0.0.4.
 *
 * A family is begun once and then has its samples. Names and labels are those of the program; values of labels may be
 * anything and are escaped. */
#ifndef EDGE_EXPOSITION_H
#define EDGE_EXPOSITION_H

#include "base/buf.h"
#include "base/histogram.h"

#define EXPOSITION_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* type: counter (its name ends in _total), gauge or histogram. */
void exposition_begin(struct buf *b, const char *name, const char *type, const char *help);

/* Label names and values in turn, ended by NULL. */
void exposition_labels(struct buf *labels, ...) __attribute__((sentinel));

/* One sample; labels as made above, or "" for none. */
void exposition_int(struct buf *b, const char *name, const char *labels, int64_t value);
void exposition_real(struct buf *b, const char *name, const char *labels, double value);

/* The samples of a histogram: cumulative buckets, sum and count. unit: what a value of 1 in it is. */
void exposition_histogram(struct buf *b, const char *name, const char *labels, const struct histogram *h, double unit);

#endif
