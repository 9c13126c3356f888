/* slr_text.h - what slr.c and slr_xml.c share about texts of codes. */
#ifndef CRYPT_SLR_TEXT_H
#define CRYPT_SLR_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

bool slr_is_space(char c);

/* Adds the text without white space around it and without line ends inside. out->data is not NULL then. */
void slr_unwrap(const char *text, size_t n, struct buf *out);

/* A product ID or serial number; a UUID in lower case with dashes. */
bool slr_name_fits(const char *s, size_t n);
bool slr_uuid_fits(const char *s, size_t n);

#endif
