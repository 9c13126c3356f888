#include "agent/catalogue.h"

#include <strings.h>

static const struct product products[] = {
	{ "UCM", "UCM", "regid.2016-07.com.cisco.UCM,12.0_00000000-0000-4000-8000-000000000001", "12.0" },
	{ "SME", "UCM_SME", "regid.2016-07.com.cisco.UCM_SME,12.0_00000000-0000-4000-8000-000000000002", "12.0" },
};

static const struct product_license licenses[] = {
	{ "CUWL", "regid.2017-02.com.cisco.UCM_CUWL,12.0_cc59375a-1cd8-4b36-8366-6f4d2abba965",
	  "UC Manager CUWL License (12.X)", "UC Manager CUWL License (12.X)", "12.0" },
	{ "EnhancedPlus", "regid.2016-07.com.cisco.UCM_EnhancedPlus,12.0_d8372792-588c-4caa-b279-8587e5ce2f82",
	  "UC Manager Enhanced Plus License (12.x)", "UC Manager Enhanced Plus License", "12.0" },
	{ "Enhanced", "regid.2016-07.com.cisco.UCM_Enhanced,12.0_66d0d1cf-4863-4761-91d0-d01d3eb1949a",
	  "UC Manager Enhanced License (12.x)", "UC Manager Enhanced License", "12.0" },
	{ "Basic", "regid.2016-07.com.cisco.UCM_Basic,12.0_ef827a2f-f4ae-4ebb-887f-052737063d3a",
	  "UC Manager Basic License (12.x)", "UC Manager Basic License", "12.0" },
	{ "Essential", "regid.2016-07.com.cisco.UCM_Essential,12.0_25f9c396-c67c-4519-aa98-d4b3ad18f805",
	  "UC Manager Essential License (12.x)", "UC Manager Essential License", "12.0" },
	{ "TelePresenceRoom", "regid.2016-07.com.cisco.UCM_TelePresenceRoom,12.0_d9a71418-29e9-4c9a-9d3a-1366ebe38e7c",
	  "UC Manager TelePresence Room License (12.x)", "UC Manager TelePresence Room License", "12.0" },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

const struct product *product_find(const char *name)
{
	for (size_t i = 0; i < COUNT(products); i++)
		if (strcasecmp(products[i].name, name) == 0 || strcasecmp(products[i].udi_pid, name) == 0)
			return &products[i];
	return NULL;
}

const struct product_license *product_license_find(const char *name_or_tag)
{
	for (size_t i = 0; i < COUNT(licenses); i++)
		if (strcasecmp(licenses[i].name, name_or_tag) == 0 || strcasecmp(licenses[i].tag, name_or_tag) == 0)
			return &licenses[i];
	return NULL;
}

const struct product_license *product_license_at(size_t i)
{
	return i < COUNT(licenses) ? &licenses[i] : NULL;
}
