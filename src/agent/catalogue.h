/* catalogue.h - the products this agent can be and the licenses they can use. */
#ifndef AGENT_CATALOGUE_H
#define AGENT_CATALOGUE_H

#include <stddef.h>

struct product {
	const char *name; /* as `--product` takes it */
	const char *udi_pid;
	const char *software_tag; /* software_tag_identifier of REGISTRATION */
	const char *version;      /* product_version of REGISTRATION */
};

struct product_license {
	const char *name; /* as `license usage set` takes it */
	const char *tag;
	const char *display_name, *description, *version;
};

/* Without case; NULL if there is none. */
const struct product *product_find(const char *name);
const struct product_license *product_license_find(const char *name_or_tag);

/* The licenses in the order in which they are shown, highest tier first; NULL after the last. */
const struct product_license *product_license_at(size_t i);

#endif
