/* list_known.c - the lists that are made whole: under which name, and what is in a table of them. */
#include <string.h>

#include "edge/list.h"

struct known {
	const char *pattern; /* of the route that lists something else under this name; NULL: all others */
	struct list_kind kind;
};

#define KNOWN(member, of, cols)                                         \
	{                                                               \
		NULL,                                                   \
		{                                                       \
			.name = (member), .file = (of), .columns = cols \
		}                                                       \
	}

static const struct known known[] = {
	{ "/api/v1/sync/status",
	  { .name = "accounts",
	    .file = "synchronization",
	    .columns = "account smartAccount virtualAccount state mode managerUrl lastSyncAt authorityValidUntil sequence "
		       "exportedAt exportedKind failures lastAttemptAt daysUntilDeadline" } },
	KNOWN("accounts", "accounts",
	      "name domain account_id accountStatus cssm_smart_account_name cssm_virtual_account_name virtual_accounts "
	      "exportControlPermitted reservationPermitted lastSyncDate authorityValidUntil"),
	KNOWN("virtualAccounts", "virtual-accounts", "name description isDefault commerceAccessLevel servedBy tags"),
	KNOWN("requests", "account-requests",
	      "id state name domain smartAccount virtualAccount message createdDate createdBy decidedDate decidedBy reason"),
	KNOWN("tokens", "registration-tokens",
	      "description virtualAccount status expirationDate exportControlled createdBy createdDate lastUsedDate "
	      "numberOfUses usesRemaining uses"),
	KNOWN("alerts", "alerts",
	      "id severity messageType account virtualAccount source message actionDue raisedAt count acknowledged.at "
	      "acknowledged.by acknowledged.note"),
	KNOWN("usage", "license-usage", "license entitlementTag virtualAccount points[day=inUse]"),
	KNOWN("forecasts", "license-forecast",
	      "license entitlementTag virtualAccount growthPerYear historyDays forecast whatIf"),
	KNOWN("explanations", "license-explanations",
	      "license shortName entitlementTag virtualAccount missing pendingQuantity servedBy sentences"),
	KNOWN("outages", "compliance-history", "license virtualAccount outAt inAt worstShortage outEvent inEvent"),
	KNOWN("moves", "license-moves",
	      "id license shortName entitlementTag quantity moved virtualAccount targetVirtualAccount servedBy state "
	      "takenWithRequest createdDate createdBy endedDate endedBy"),
	KNOWN("removals", "removals",
	      "id displayName productInstanceIdentifier virtualAccount servedBy reason createdDate createdBy "
	      "toldWithRequest"),
	KNOWN("orders", "orders",
	      "id account virtualAccount license shortName entitlementTag quantity licenseType startDate endDate "
	      "subscriptionId createdDate"),
	KNOWN("satellites", "satellites",
	      "name uuid account virtualAccount state authorizedAt authorizedBy authorityValidUntil lastSyncAt sequence "
	      "productInstances"),
	KNOWN("registrationCodes", "registration-codes",
	      "id virtualAccount state createdDate createdBy expiresDate usedDate usedBy revokedDate revokedBy"),
	KNOWN("history", "synchronizations", "id at durationMs by way what mode sequence sent received outcome message"),
	KNOWN("users", "users",
	      "name fullName userStatus roles[role=account] mustChange passwordDate lastSignInDate lastSignInAddress "
	      "createdDate createdBy"),
	KNOWN("roles", "roles", "user role virtualAccount createdDate createdBy"),
	KNOWN("clients", "api-clients",
	      "clientId name account clientStatus roles[role=account] createdDate createdBy lastUsedDate lastUsedFrom "
	      "revokedDate revokedBy"),
	KNOWN("sessions", "sessions", "id kind user client address agent createdDate lastUsedDate endsDate current"),
	KNOWN("backups", "backups", "name createdDate size schemaVersion ok fault"),
	KNOWN("webhooks", "webhooks",
	      "id account url severity enabled createdDate createdBy lastDelivery failures lastFailure lastError nextAttempt"),
	KNOWN("certificates", "certificates",
	      "purpose subject issuer serialNumber notBefore notAfter daysLeft names fingerprint"),
};

struct reply *list_reply_known(struct req *r, const char *name, int rc, const struct err *e, json_t *list, json_t *members)
{
	/* A list that is not known here is shown, and its table has no columns. */
	const struct list_kind plain = { .name = name, .file = name, .columns = "" };
	const struct list_kind *kind = &plain;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]) && kind == &plain; i++)
		if (strcmp(known[i].kind.name, name) == 0 &&
		    (known[i].pattern == NULL || strcmp(known[i].pattern, r->route->pattern) == 0))
			kind = &known[i].kind;
	return list_reply_array(r, kind, rc, e, list, members);
}
