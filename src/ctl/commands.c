/* commands.c - every command of satellitectl: what it takes and what runs it. */
#include "ctl/ctl.h"

#define COUNT_MAX 2147483647
#define END                  \
	{                    \
		.name = NULL \
	}

#define ACCOUNT_NEEDED                                                       \
	{                                                                    \
		"account", CTL_TEXT, "A", true, 0, 0, "Name of the account." \
	}
#define ACCOUNT_ANY                                                                            \
	{                                                                                      \
		"account", CTL_TEXT, "A", false, 0, 0, "Name of the account; all if left out." \
	}
#define ACCOUNT_ONE                                                                                                 \
	{                                                                                                           \
		"account", CTL_TEXT, "A", false, 0, 0, "Name of the account; may be left out if there is only one." \
	}
#define VIRTUAL_NEEDED                                                                       \
	{                                                                                    \
		"virtual-account", CTL_TEXT, "V", true, 0, 0, "Name of the virtual account." \
	}
#define VIRTUAL_ANY                                                                                            \
	{                                                                                                      \
		"virtual-account", CTL_TEXT, "V", false, 0, 0, "Name of the virtual account; all if left out." \
	}
#define TYPES "PERPETUAL|TERM|DEMO"

#define ROLES                                                                          \
	"system-administrator, system-operator, account-administrator, account-user, " \
	"virtual-account-administrator, virtual-account-user, auditor or courier"

static const struct ctl_opt none[] = { END };

static const struct ctl_opt of_help[] = {
	{ "list", CTL_FLAG, "", false, 0, 0, "Print one line a command, for shell completion." },
	END,
};

static const struct ctl_opt of_account_add[] = {
	{ "domain", CTL_TEXT, "D", false, 0, 0, "Domain of the account's owner, as example.net." },
	{ "smart-account", CTL_TEXT, "S", false, 0, 0, "On a satellite: smart account at the cloud manager." },
	{ "virtual-account", CTL_TEXT, "V", false, 0, 0, "On a satellite: virtual account there that this account gets." },
	{ "export-controlled", CTL_FLAG, "", false, 0, 0, "On a cloud manager: permit export-controlled functionality." },
	{ "reservation", CTL_FLAG, "", false, 0, 0, "On a cloud manager: permit license reservation." },
	END,
};

static const struct ctl_opt of_account_request[] = {
	{ "domain", CTL_TEXT, "D", false, 0, 0, "Domain of the account's owner, as example.net." },
	{ "smart-account", CTL_TEXT, "S", false, 0, 0, "On a satellite: smart account at the cloud manager." },
	{ "virtual-account", CTL_TEXT, "V", false, 0, 0, "On a satellite: virtual account there that this account gets." },
	{ "message", CTL_TEXT, "M", false, 0, 0, "What it is for; whoever decides reads it." },
	END,
};
static const struct ctl_opt of_account_requests[] = {
	{ "state", CTL_CHOICE, "PENDING|APPROVED|REJECTED|CANCELLED", false, 0, 0, "Only those in this state." },
	END,
};
static const struct ctl_opt of_account_approve[] = {
	{ "export-controlled", CTL_FLAG, "", false, 0, 0, "On a cloud manager: permit export-controlled functionality." },
	{ "reservation", CTL_FLAG, "", false, 0, 0, "On a cloud manager: permit license reservation." },
	END,
};
static const struct ctl_opt of_account_reject[] = {
	{ "reason", CTL_TEXT, "R", true, 0, 0, "Why; who asked reads it." },
	END,
};
static const struct ctl_opt of_account_delete[] = {
	{ "confirm", CTL_TEXT, "NAME", false, 0, 0, "The account's name again; needed unless nothing ever was in it." },
	END,
};

#define WEBHOOK_OF                                                                                         \
	{                                                                                                  \
		"account", CTL_TEXT, "A", false, 0, 0, "Of this account; of the whole server if left out." \
	}
#define SEVERITY_FROM                                                                                              \
	{                                                                                                          \
		"severity", CTL_CHOICE, "MAJOR|MINOR", false, 0, 0, "MAJOR: only those; MINOR: both, the default." \
	}
static const struct ctl_opt of_webhook[] = { WEBHOOK_OF, END };
static const struct ctl_opt of_webhook_add[] = {
	WEBHOOK_OF,
	SEVERITY_FROM,
	{ "ca", CTL_FILE, "FILE", false, 0, 0, "PEM file: who vouches for the receiver; else the system's." },
	END,
};
static const struct ctl_opt of_webhook_update[] = {
	WEBHOOK_OF,
	SEVERITY_FROM,
	{ "url", CTL_TEXT, "URL", false, 0, 0, "Where deliveries go from now on." },
	{ "ca", CTL_FILE, "FILE", false, 0, 0, "PEM file: who vouches for the receiver." },
	{ "state", CTL_CHOICE, "on|off", false, 0, 0, "Deliver, or not for now." },
	{ "new-secret", CTL_FLAG, "", false, 0, 0, "Make a new secret, and show it." },
	END,
};

static const struct ctl_opt of_virtual_account_list[] = {
	ACCOUNT_ANY,
	{ "tag", CTL_TEXT, "T", false, 0, 0, "Only those with this tag." },
	END,
};
static const struct ctl_opt of_virtual_account_update[] = {
	ACCOUNT_NEEDED,
	{ "name", CTL_TEXT, "N", false, 0, 0, "Its name from now on." },
	{ "description", CTL_TEXT, "D", false, 0, 0, "What it is for." },
	END,
};
static const struct ctl_opt of_virtual_account_tag[] = {
	ACCOUNT_NEEDED,
	{ "tag", CTL_EACH, "T", false, 0, 0, "A tag, as site=berlin; given again for each." },
	END,
};

static const struct ctl_opt of_virtual_account_add[] = {
	ACCOUNT_NEEDED,
	{ "description", CTL_TEXT, "D", false, 0, 0, "What it is for." },
	END,
};

static const struct ctl_opt of_account[] = { ACCOUNT_NEEDED, END };
static const struct ctl_opt of_account_any[] = { ACCOUNT_ANY, END };
static const struct ctl_opt of_account_one[] = { ACCOUNT_ONE, END };
static const struct ctl_opt of_list[] = { ACCOUNT_ANY, VIRTUAL_ANY, END };

static const struct ctl_opt of_token_create[] = {
	ACCOUNT_NEEDED,
	VIRTUAL_NEEDED,
	{ "days", CTL_INT, "N", true, 1, 3650, "Days until it expires: 1 to 3,650." },
	{ "uses", CTL_INT, "N", true, 1, 1000000, "Product instances that can register with it: 1 to 1,000,000." },
	{ "export-controlled", CTL_FLAG, "", false, 0, 0,
	  "Allow export-controlled functionality on the products that register with it." },
	{ "description", CTL_TEXT, "D", false, 0, 0, "What it is for." },
	END,
};

static const struct ctl_opt of_satellite_code[] = { ACCOUNT_NEEDED, VIRTUAL_NEEDED, END };
static const struct ctl_opt of_instance_remove[] = {
	{ "reason", CTL_TEXT, "R", false, 0, 0, "Why; a satellite that serves it is told." },
	END,
};

static const struct ctl_opt of_license_transfer[] = {
	ACCOUNT_NEEDED,
	{ "from", CTL_TEXT, "V", true, 0, 0, "Virtual account that gives." },
	{ "to", CTL_TEXT, "V", true, 0, 0, "Virtual account that gets." },
	{ "license", CTL_TEXT, "L", true, 0, 0,
	  "License: its short name, as Enhanced, its name in the list or its entitlement tag." },
	{ "quantity", CTL_INT, "N", true, 1, COUNT_MAX, "How many." },
	{ "type", CTL_CHOICE, TYPES, false, 0, 0, "Only from lots of this type." },
	{ "precedence", CTL_CHOICE, "LONGEST_TERM_FIRST|SHORTEST_TERM_FIRST", false, 0, 0,
	  "Which lots go first, by their end; those that last longest if left out." },
	{ "pending", CTL_FLAG, "", false, 0, 0, "Only from lots that start later." },
	{ "force", CTL_FLAG, "", false, 0, 0, "Also when the giving side is short afterwards." },
	END,
};

static const struct ctl_opt of_license_forecast[] = {
	ACCOUNT_ONE,
	VIRTUAL_ANY,
	{ "days", CTL_INT, "N", false, 1, 3650, "How far to look ahead; two years if left out." },
	{ "add", CTL_EACH, "L=N[:V]", false, 0, 0, "What if N licenses of kind L were bought, for virtual account V." },
	{ "move", CTL_EACH, "L=N:FROM:TO", false, 0, 0, "What if N were moved from one virtual account to another." },
	{ "use", CTL_EACH, "L=N[:V]", false, 0, 0, "What if N were in use instead of as many as are." },
	END,
};

static const struct ctl_opt of_alert_list[] = {
	ACCOUNT_ANY,
	{ "severity", CTL_CHOICE, "MAJOR|MINOR", false, 0, 0, "Only alerts of this severity." },
	END,
};

static const struct ctl_opt of_alert_acknowledge[] = {
	{ "note", CTL_TEXT, "N", false, 0, 0, "What is done about it, for others to read." },
	END,
};

static const struct ctl_opt of_license_history[] = {
	ACCOUNT_ANY,
	VIRTUAL_ANY,
	{ "limit", CTL_INT, "N", false, 1, 1000, "How many, for each account; 50 if left out." },
	END,
};

static const struct ctl_opt of_instance_transfer[] = {
	{ "to", CTL_TEXT, "V", true, 0, 0, "Virtual account that gets it." },
	{ "from", CTL_TEXT, "V", false, 0, 0, "Virtual account where it must be now." },
	{ "account", CTL_TEXT, "A", false, 0, 0, "Account where it must be." },
	{ "force", CTL_FLAG, "", false, 0, 0, "Also when there are too few licenses." },
	END,
};

#define LICENSE_EACH                                                               \
	{                                                                          \
		"license", CTL_EACH, "L=N", false, 0, 0,                           \
			"License, by its short name, its name or its entitlement " \
			"tag, and how many; one option for each kind."             \
	}
#define PRECEDENCE                                                                               \
	{                                                                                        \
		"precedence", CTL_CHOICE, "LONGEST_TERM_FIRST|SHORTEST_TERM_FIRST", false, 0, 0, \
			"Which lots are taken first; those that last longest if left out."       \
	}
#define CODE_OUT                                                                                \
	{                                                                                       \
		"out", CTL_FILE, "FILE", false, 0, 0, "Write the authorization code to a file." \
	}

static const struct ctl_opt of_reservation_create[] = {
	ACCOUNT_NEEDED,
	VIRTUAL_NEEDED,
	{ "request", CTL_TEXT, "CODE", true, 0, 0, "Reservation request code that the product shows." },
	LICENSE_EACH,
	PRECEDENCE,
	CODE_OUT,
	END,
};
static const struct ctl_opt of_reservation_update[] = { LICENSE_EACH, PRECEDENCE, CODE_OUT, END };
static const struct ctl_opt of_reservation_code[] = { CODE_OUT, END };
static const struct ctl_opt of_reservation_remove[] = {
	{ "reason", CTL_TEXT, "R", true, 0, 0, "Why the product cannot return its licenses; at most 500 characters." },
	END,
};

#define EVENT_FILTERS                                                                                              \
	{                                                                                                          \
		"kind",                                                                                            \
		CTL_TEXT,                                                                                          \
		"KIND",                                                                                            \
		false,                                                                                             \
		0,                                                                                                 \
		0,                                                                                                 \
		"Only of this kind, as token.create; token. with the dot: all of tokens."                          \
	},                                                                                                         \
		{ "account", CTL_TEXT, "A", false, 0, 0, "Only of this account." },                                \
		{ "by", CTL_TEXT, "NAME", false, 0, 0, "Only what this person, product or API client did." },      \
		{ "by-kind", CTL_CHOICE, "system|product|user|local|client", false, 0, 0, "Only what such did." }, \
		{ "object", CTL_TEXT, "X", false, 0, 0, "Only what was done to this, as event show names it." },   \
		{ "text", CTL_TEXT, "TEXT", false, 0, 0, "Only where this text occurs." },                         \
		{ "from", CTL_DATE, "DATE", false, 0, 0, "Not before this day (UTC)." },                           \
		{ "to", CTL_DATE, "DATE", false, 0, 0, "Not after this day (UTC)." },                              \
	{                                                                                                          \
		"oldest-first", CTL_FLAG, "", false, 0, 0, "The oldest first."                                     \
	}

static const struct ctl_opt of_event_export[] = {
	EVENT_FILTERS,
	{ "format", CTL_CHOICE, "jsonl|csv", false, 0, 0, "A JSON object a line, or a table; jsonl if left out." },
	END,
};

static const struct ctl_opt of_event_list[] = {
	EVENT_FILTERS,
	{ "limit", CTL_INT, "N", false, 1, 1000, "How many are shown; 50 if left out." },
	{ "before", CTL_INT, "ID", false, 1, INT64_MAX, "Only events older than this one." },
	{ "after", CTL_INT, "ID", false, 1, INT64_MAX, "Only events later than this one, the oldest first." },
	END,
};

#define REPORT                                                                                           \
	{ "account", CTL_TEXT, "A", false, 0, 0, "The account; may be left out if there is only one." }, \
		{ "virtual-account", CTL_TEXT, "V", false, 0, 0, "Only this virtual account." },         \
		{ "format", CTL_CHOICE, "csv|json|jsonl", false, 0, 0, "csv if left out." },             \
	{                                                                                                \
		"out", CTL_FILE, "FILE", false, 0, 0, "Write it to a file instead of standard output."   \
	}

static const struct ctl_opt of_report[] = { REPORT, END };
static const struct ctl_opt of_report_usage[] = {
	REPORT,
	{ "license", CTL_TEXT, "L", false, 0, 0, "Only this license." },
	{ "from", CTL_DATE, "DATE", false, 0, 0, "First day; 90 days before the last if left out." },
	{ "to", CTL_DATE, "DATE", false, 0, 0, "Last day; today if left out." },
	END,
};

static const struct ctl_opt of_backup_list[] = {
	{ "check", CTL_FLAG, "", false, 0, 0, "Read each one and compare it with its digest." },
	END,
};

static const struct ctl_opt of_certificate_chain[] = {
	{ "licensing", CTL_FLAG, "", false, 0, 0, "The chain that signs licenses instead of the one of HTTPS." },
	{ "out", CTL_FILE, "FILE", false, 0, 0, "Write it to a file instead of standard output." },
	END,
};

static const struct ctl_opt of_certificate_request[] = {
	{ "organization", CTL_TEXT, "O", false, 0, 0, "Organization in the certificate's subject." },
	{ "key", CTL_CHOICE, "ec-p256|ec-p384|rsa-2048|rsa-3072|rsa-4096", false, 0, 0,
	  "Kind of key; ec-p256 if left out." },
	{ "new-key", CTL_FLAG, "", false, 0, 0,
	  "Another key than that of an earlier request, whose certificate is of no use then." },
	{ "out", CTL_FILE, "FILE", false, 0, 0, "Write it to a file instead of standard output." },
	END,
};

static const struct ctl_opt of_certificate_install[] = {
	{ "key", CTL_FILE, "FILE", false, 0, 0,
	  "Private key (PEM, without passphrase), if the request was not made by this server." },
	{ "check", CTL_FLAG, "", false, 0, 0, "Only say whether it can be installed." },
	{ "force", CTL_FLAG, "", false, 0, 0, "Although it does not have all names of this server." },
	END,
};

static const struct ctl_opt of_sync_export[] = {
	ACCOUNT_ONE,
	{ "full", CTL_FLAG, "", false, 0, 0, "Everything, instead of what changed since the last answer." },
	{ "new", CTL_FLAG, "", false, 0, 0, "A new file, although the last one still waits for its answer." },
	{ "registration", CTL_FLAG, "", false, 0, 0,
	  "A registration file, although the account is authorized: after the satellite was removed at the cloud manager." },
	END,
};

static const struct ctl_opt of_sync_import[] = {
	ACCOUNT_ONE,
	{ "dry-run", CTL_FLAG, "", false, 0, 0, "Only say what the file would change." },
	{ "root-fingerprint", CTL_DIGEST, "F", false, 0, 0,
	  "SHA-256 of the licensing root's certificate, needed by the first import; ask the cloud manager's administrator for it." },
	END,
};

static const struct ctl_opt of_sync_now[] = {
	ACCOUNT_ONE,
	{ "full", CTL_FLAG, "", false, 0, 0, "Everything, instead of what changed since the last answer." },
	{ "no-wait", CTL_FLAG, "", false, 0, 0, "Return as soon as it has begun." },
	END,
};

static const struct ctl_opt of_sync_history[] = {
	ACCOUNT_ANY,
	{ "limit", CTL_INT, "N", false, 1, 500, "How many, for each account; 50 if left out." },
	END,
};

static const struct ctl_opt of_sync_configure[] = {
	ACCOUNT_ONE,
	{ "url", CTL_TEXT, "U", false, 0, 0, "Address of the cloud manager: https://HOST[:PORT], or none for files only." },
	{ "ca", CTL_FILE, "FILE", false, 0, 0,
	  "CA certificates (PEM) by which the cloud manager's TLS certificate is checked, or system." },
	{ "proxy", CTL_TEXT, "U", false, 0, 0, "Proxy on the way: http://HOST:PORT or https://HOST:PORT, or none." },
	{ "proxy-user", CTL_TEXT, "U", false, 0, 0, "Who signs in there, or none." },
	{ "proxy-password-file", CTL_FILE, "FILE", false, 0, 0, "File whose first line is the password." },
	{ "schedule", CTL_TEXT, "S", false, 0, 0,
	  "When it synchronizes by itself, in UTC: off, daily@02:30, weekly:mon@02:30 or monthly:1@02:30." },
	END,
};

static const struct ctl_opt of_sync_register[] = {
	ACCOUNT_ONE,
	{ "code", CTL_TEXT, "C", true, 0, 0, "Registration code that the cloud manager's administrator made." },
	{ "root-fingerprint", CTL_DIGEST, "F", false, 0, 0,
	  "SHA-256 of the licensing root's certificate, needed the first time; ask the cloud manager's administrator for it." },
	{ "url", CTL_TEXT, "U", false, 0, 0, "Address of the cloud manager, unless it is set." },
	{ "no-wait", CTL_FLAG, "", false, 0, 0, "Return as soon as it has begun." },
	END,
};

#define ROLE_ACCOUNT                                                                                                 \
	{                                                                                                            \
		"account", CTL_TEXT, "A", false, 0, 0, "Account where the role holds; the whole server if left out." \
	}
#define ROLE_VIRTUAL                                                                     \
	{                                                                                \
		"virtual-account", CTL_TEXT, "V", false, 0, 0,                           \
			"Virtual account where it holds; the whole account if left out." \
	}
#define MUST_CHANGE                                                                                                \
	{                                                                                                          \
		"must-change", CTL_FLAG, "", false, 0, 0, "The user changes the password before the next sign-in." \
	}

static const struct ctl_opt of_user_add[] = {
	{ "role", CTL_TEXT, "R", false, 0, 0,
	  "What the user may do: " ROLES ". May be left out for the first user, who is a system-administrator." },
	ROLE_ACCOUNT,
	ROLE_VIRTUAL,
	{ "full-name", CTL_TEXT, "N", false, 0, 0, "Name of the person." },
	MUST_CHANGE,
	{ "password-file", CTL_FILE, "FILE", false, 0, 0,
	  "File whose first line is the password. Without it you are asked on the terminal, or it is read from standard input." },
	END,
};
static const struct ctl_opt of_user_role[] = {
	{ "role", CTL_TEXT, "R", true, 0, 0, "The role: " ROLES "." },
	ROLE_ACCOUNT,
	ROLE_VIRTUAL,
	END,
};
static const struct ctl_opt of_user_list[] = {
	{ "account", CTL_TEXT, "A", false, 0, 0, "Account whose roles are listed; all users if left out." },
	END,
};
static const struct ctl_opt of_user_password[] = {
	MUST_CHANGE,
	{ "password-file", CTL_FILE, "FILE", false, 0, 0,
	  "File whose first line is the new password. Without it you are asked on the terminal, or it is read from standard input." },
	END,
};
static const struct ctl_opt of_session_list[] = {
	{ "user", CTL_TEXT, "U", false, 0, 0, "Name of the user; all if left out." },
	END,
};

#define CLIENT_ACCOUNT                                                                                          \
	{                                                                                                       \
		"account", CTL_TEXT, "A", false, 0, 0, "Account to which it belongs, where names are the same." \
	}
static const struct ctl_opt of_client_create[] = {
	{ "role", CTL_EACH, "R", true, 0, 0, "Role: " ROLES "; one option for each." },
	{ "account", CTL_TEXT, "A", false, 0, 0, "Account where it has them; the whole server if left out." },
	{ "virtual-account", CTL_TEXT, "V", false, 0, 0,
	  "Virtual account where it has them; the whole account if left out." },
	END,
};

static const struct ctl_opt of_client_rotate[] = {
	CLIENT_ACCOUNT,
	{ "overlap-hours", CTL_INT, "N", false, 0, 720,
	  "How long the old secret is good, too: 24 if left out; 0 ends it and its access tokens at once." },
	END,
};

static const struct ctl_opt of_client[] = { CLIENT_ACCOUNT, END };

static const struct ctl_opt of_order_add[] = {
	ACCOUNT_NEEDED,
	VIRTUAL_NEEDED,
	{ "license", CTL_TEXT, "L", true, 0, 0,
	  "License: its short name, as Enhanced, its name in the list or its entitlement tag." },
	{ "quantity", CTL_INT, "N", true, 1, COUNT_MAX, "How many." },
	{ "type", CTL_CHOICE, TYPES, false, 0, 0, "Type of the lot." },
	{ "start", CTL_DATE, "DATE", false, 0, 0, "First day, as 2026-12-31 (UTC); today if left out." },
	{ "end", CTL_DATE, "DATE", false, 0, 0, "Day on which it ends (UTC, exclusive)." },
	{ "subscription", CTL_TEXT, "ID", false, 0, 0, "Subscription that it belongs to." },
	END,
};

static const struct ctl_opt of_order_change[] = {
	{ "quantity", CTL_INT, "N", false, 0, COUNT_MAX, "How many from now on; 0 ends it." },
	{ "end", CTL_DATE, "DATE", false, 0, 0, "Another day on which it ends (UTC, exclusive)." },
	END,
};

#define BOTH (CTL_SATELLITE | CTL_MANAGER)

const struct ctl_cmd ctl_commands[] = {
	{ "status", NULL, "", none, BOTH, "Is everything all right?", cmd_status },

	{ "account", "list", "", none, BOTH, "List the accounts.", cmd_account_list },
	{ "account", "add", "NAME", of_account_add, BOTH, "Add an account.", cmd_account_add },
	{ "account", "show", "NAME", none, BOTH, "Show an account with everything, and what to do next.",
	  cmd_account_show },
	{ "account", "request", "NAME", of_account_request, BOTH, "Ask for an account; a system administrator makes it.",
	  cmd_account_request },
	{ "account", "requests", "", of_account_requests, BOTH, "List the requests for accounts, the newest first.",
	  cmd_account_requests },
	{ "account", "approve", "ID", of_account_approve, BOTH, "Make the account that a request asks for.",
	  cmd_account_approve },
	{ "account", "reject", "ID", of_account_reject, BOTH, "Reject a request for an account.", cmd_account_reject },
	{ "account", "cancel", "ID", none, BOTH, "Cancel a request for an account.", cmd_account_cancel },
	{ "account", "delete", "NAME", of_account_delete, BOTH,
	  "Delete an account with everything of it but events; first deactivate it.", cmd_account_delete },
	{ "account", "activate", "NAME", none, BOTH, "Serve an account again.", cmd_account_activate },
	{ "account", "deactivate", "NAME", none, BOTH, "Stop serving an account; nothing is deleted.",
	  cmd_account_deactivate },
	{ "account", "permit-export", "NAME", none, CTL_MANAGER, "Permit export-controlled functionality.",
	  cmd_account_permit_export },
	{ "account", "withdraw-export", "NAME", none, CTL_MANAGER,
	  "Withdraw that permission: products keep what they have and get no more.", cmd_account_withdraw_export },
	{ "account", "permit-reservation", "NAME", none, CTL_MANAGER, "Permit license reservation.",
	  cmd_account_permit_reservation },
	{ "account", "withdraw-reservation", "NAME", none, CTL_MANAGER, "Withdraw that permission; what is reserved stays.",
	  cmd_account_withdraw_reservation },

	{ "virtual-account", "add", "NAME", of_virtual_account_add, BOTH, "Add a virtual account.",
	  cmd_virtual_account_add },
	{ "virtual-account", "update", "NAME", of_virtual_account_update, BOTH,
	  "Change name or description of a virtual account.", cmd_virtual_account_update },
	{ "virtual-account", "tag", "NAME", of_virtual_account_tag, BOTH,
	  "Set all tags of a virtual account; none without --tag.", cmd_virtual_account_tag },
	{ "virtual-account", "list", "", of_virtual_account_list, BOTH, "List the virtual accounts.",
	  cmd_virtual_account_list },
	{ "virtual-account", "delete", "NAME", of_account, BOTH, "Delete an empty virtual account; its tokens are revoked.",
	  cmd_virtual_account_delete },

	{ "token", "create", "", of_token_create, BOTH, "Create a registration token and print it.", cmd_token_create },
	{ "token", "list", "", of_list, BOTH, "List registration tokens, usable ones first.", cmd_token_list },
	{ "token", "revoke", "TOKEN…", none, BOTH,
	  "Revoke registration tokens, given whole or by the first characters that the list shows. Registered products stay.",
	  cmd_token_revoke },

	{ "license", "list", "", of_list, BOTH, "List licenses: quantity, use and compliance.", cmd_license_list },
	{ "license", "explain", "LICENSE", of_list, BOTH,
	  "Explain why a license is in or out of compliance, and what would change it.", cmd_license_explain },
	{ "license", "history", "LICENSE", of_license_history, BOTH,
	  "List when a license was out of compliance, newest first, and what did it.", cmd_license_history },
	{ "license", "subscriptions", "", of_list, BOTH, "List the licenses that end or belong to a subscription.",
	  cmd_license_subscriptions },
	{ "license", "transfer", "", of_license_transfer, BOTH, "Transfer licenses to another virtual account.",
	  cmd_license_transfer },
	{ "license", "moves", "", of_account_one, CTL_MANAGER,
	  "List the transfers out of what satellites serve: they wait for the satellites' synchronizations.",
	  cmd_license_moves },
	{ "license", "cancel-move", "ID", of_account_one, CTL_MANAGER,
	  "Cancel a transfer of which the satellite was not told yet.", cmd_license_cancel_move },
	{ "license", "forecast", "[LICENSE]", of_license_forecast, BOTH,
	  "When will licenses be short, why, and what would change it? Changes nothing.", cmd_license_forecast },

	{ "instance", "list", "", of_list, BOTH, "List the product instances.", cmd_instance_list },
	{ "instance", "show", "ID", none, BOTH,
	  "Show a product instance: by identifier, or by host name or serial number if only one has it.",
	  cmd_instance_show },
	{ "instance", "transfer", "ID", of_instance_transfer, BOTH,
	  "Move a product instance, named as for show, to another virtual account; what it uses goes along.",
	  cmd_instance_transfer },
	{ "instance", "remove", "ID", of_instance_remove, BOTH,
	  "Remove a product instance, named as for show: its licenses go back and its certificate becomes void.",
	  cmd_instance_remove },
	{ "instance", "removals", "", of_list, CTL_MANAGER,
	  "List the product instances of satellites that are to be removed there.", cmd_instance_removals },

	{ "alert", "list", "", of_alert_list, BOTH, "List what needs to be seen to, the most urgent first.",
	  cmd_alert_list },
	{ "alert", "acknowledge", "ID…", of_alert_acknowledge, BOTH,
	  "Say that alerts were seen. One that is raised anew is open again.", cmd_alert_acknowledge },

	{ "webhook", "list", "", of_webhook, BOTH, "List the alert subscriptions, and how deliveries go.",
	  cmd_webhook_list },
	{ "webhook", "add", "URL", of_webhook_add, BOTH, "Deliver alerts to an address when they are raised and cleared.",
	  cmd_webhook_add },
	{ "webhook", "update", "ID", of_webhook_update, BOTH, "Change an alert subscription; what failed is tried again.",
	  cmd_webhook_update },
	{ "webhook", "test", "ID", of_webhook, BOTH, "Send a test to the receiver now.", cmd_webhook_test },
	{ "webhook", "remove", "ID", of_webhook, BOTH, "Remove an alert subscription.", cmd_webhook_remove },

	{ "reservation", "create", "", of_reservation_create, BOTH,
	  "Reserve licenses for a product that never connects, and print its authorization code. Without --license the "
	  "request is kept.",
	  cmd_reservation_create },
	{ "reservation", "update", "ID", of_reservation_update, BOTH,
	  "Issue a code with another set of licenses: name all that the product is to have. Until its confirmation code is "
	  "entered, old and new are blocked.",
	  cmd_reservation_update },
	{ "reservation", "confirm", "ID CODE", none, BOTH, "Enter the confirmation code that the product printed.",
	  cmd_reservation_confirm },
	{ "reservation", "return", "ID CODE", none, BOTH,
	  "Enter the return code that the product printed: the licenses are free again.", cmd_reservation_return },
	{ "reservation", "cancel", "ID", of_reservation_code, BOTH,
	  "Cancel an update: the old set is issued again. Without a code yet, the request is dropped.",
	  cmd_reservation_cancel },
	{ "reservation", "remove", "ID", of_reservation_remove, BOTH,
	  "Remove the reservation of a product that is dead, without a return code.", cmd_reservation_remove },
	{ "reservation", "list", "", of_list, BOTH, "List the reservations.", cmd_reservation_list },
	{ "reservation", "show", "ID", of_reservation_code, BOTH,
	  "Show a reservation and its newest code: by identifier, by request code or P:PID,S:SERIAL, or by serial number.",
	  cmd_reservation_show },

	{ "event", "list", "", of_event_list, BOTH, "List what happened, newest first.", cmd_event_list },
	{ "event", "export", "FILE", of_event_export, BOTH, "Write what happened into a file.", cmd_event_export },
	{ "event", "show", "ID", none, BOTH, "Show an event with all that it says.", cmd_event_show },
	{ "clock", "accept", "", none, BOTH, "Say that the server's clock is right after it jumped.", cmd_clock_accept },
	{ "verify", NULL, "", none, BOTH, "Check that no event was altered, removed or reordered.", cmd_verify },

	{ "report", "licenses", "", of_report, BOTH, "Report the licenses of an account.", cmd_report },
	{ "report", "subscriptions", "", of_report, BOTH, "Report the licenses that end.", cmd_report },
	{ "report", "product-instances", "", of_report, BOTH, "Report the product instances.", cmd_report },
	{ "report", "usage", "", of_report_usage, BOTH, "Report how many licenses were in use each day.", cmd_report },

	{ "backup", "make", "", none, BOTH, "Make a backup of the database while the server serves.", cmd_backup_make },
	{ "backup", "list", "", of_backup_list, BOTH, "List the backups, newest first.", cmd_backup_list },
	{ "backup", "fetch", "NAME FILE", none, BOTH, "Take a backup to a file.", cmd_backup_fetch },
	{ "backup", "remove", "NAME", none, BOTH, "Remove a backup.", cmd_backup_remove },

	{ "certificate", "show", "", none, BOTH, "Show the server's certificates.", cmd_certificate_show },
	{ "certificate", "chain", "", of_certificate_chain, BOTH, "Print the trust chain (PEM) for products and browsers.",
	  cmd_certificate_chain },
	{ "certificate", "request", "[NAME]…", of_certificate_request, BOTH,
	  "Make a request (CSR) for a CA, for these DNS names and IP addresses or those of the configuration.",
	  cmd_certificate_request },
	{ "certificate", "install", "FILE", of_certificate_install, BOTH,
	  "Install a TLS certificate (PEM, with its chain) without a restart.", cmd_certificate_install },
	{ "certificate", "remove", "", none, BOTH, "Go back to the certificate that the server makes itself.",
	  cmd_certificate_remove },

	{ "sync", "export", "FILE", of_sync_export, CTL_SATELLITE, "Write the file that the cloud manager needs.",
	  cmd_sync_export },
	{ "sync", "import", "FILE", of_sync_import, CTL_SATELLITE, "Check and apply the cloud manager's file.",
	  cmd_sync_import },
	{ "sync", "now", "", of_sync_now, CTL_SATELLITE,
	  "Synchronize with the cloud manager over the network, and show how far it is.", cmd_sync_now },
	{ "sync", "cancel", "", of_account_one, CTL_SATELLITE, "Cancel a synchronization that runs.", cmd_sync_cancel },
	{ "sync", "history", "", of_sync_history, CTL_SATELLITE, "List what was synchronized, newest first.",
	  cmd_sync_history },
	{ "sync", "configure", "", of_sync_configure, CTL_SATELLITE,
	  "Show or set how the cloud manager is reached, and when.", cmd_sync_configure },
	{ "sync", "privacy", "[SWITCH on|off]…", of_account_one, CTL_SATELLITE,
	  "Show or set what is told of product instances: hostname, ip-address, mac-address, product-version.",
	  cmd_sync_privacy },
	{ "sync", "register", "", of_sync_register, CTL_SATELLITE, "Register at the cloud manager over the network.",
	  cmd_sync_register },
	{ "sync", "status", "", none, CTL_SATELLITE, "Is the satellite in time with the cloud manager?", cmd_sync_status },

	{ "user", "add", "NAME", of_user_add, BOTH, "Add a user of administration over HTTPS (REST).", cmd_user_add },
	{ "user", "list", "", of_user_list, BOTH, "List the users, or who has which role in an account.", cmd_user_list },
	{ "user", "show", "NAME", none, BOTH, "Show a user.", cmd_user_show },
	{ "user", "password", "NAME", of_user_password, BOTH, "Give a user another password.", cmd_user_password },
	{ "user", "grant", "NAME", of_user_role, BOTH, "Give a user one more role.", cmd_user_grant },
	{ "user", "withdraw", "NAME", of_user_role, BOTH, "Take a role from a user.", cmd_user_withdraw },
	{ "user", "disable", "NAME", none, BOTH, "Let a user not sign in any more.", cmd_user_disable },
	{ "user", "enable", "NAME", none, BOTH, "Let a user sign in again.", cmd_user_enable },
	{ "user", "remove", "NAME", none, BOTH, "Remove a user.", cmd_user_remove },
	{ "session", "list", "", of_session_list, BOTH, "List who is signed in over HTTPS: browsers and access tokens.",
	  cmd_session_list },
	{ "session", "end", "ID", none, BOTH, "End a session.", cmd_session_end },

	{ "client", "create", "NAME", of_client_create, BOTH,
	  "Make an API client: a program that signs in with a secret of its own.", cmd_client_create },
	{ "client", "list", "", of_account_any, BOTH, "List the API clients.", cmd_client_list },
	{ "client", "show", "NAME", of_client, BOTH, "Show one: its roles, its secrets and their use.", cmd_client_show },
	{ "client", "rotate", "NAME", of_client_rotate, BOTH, "Give it another secret.", cmd_client_rotate },
	{ "client", "revoke", "NAME", of_client, BOTH, "End it: its secrets and access tokens at once.",
	  cmd_client_revoke },
	{ "client", "remove", "NAME", of_client, BOTH, "Forget one that is revoked.", cmd_client_remove },

	{ "order", "add", "", of_order_add, CTL_MANAGER, "Book a lot of licenses into a virtual account.", cmd_order_add },
	{ "order", "change", "ID", of_order_change, CTL_MANAGER,
	  "Change quantity or end of an order; order list shows its identifier.", cmd_order_change },
	{ "order", "list", "", of_account_any, CTL_MANAGER, "List the orders.", cmd_order_list },

	{ "satellite", "authorize", "REGISTRATION-FILE OUT", none, CTL_MANAGER,
	  "Answer a satellite's registration file with an authorization file.", cmd_satellite_authorize },
	{ "satellite", "answer", "REQUEST-FILE OUT", none, CTL_MANAGER,
	  "Answer a satellite's request file; the same file gets the same answer.", cmd_satellite_answer },
	{ "satellite", "list", "", none, CTL_MANAGER, "List the satellites.", cmd_satellite_list },
	{ "satellite", "show", "ID", none, CTL_MANAGER, "Show what is known of a satellite, by its UUID or name.",
	  cmd_satellite_show },
	{ "satellite", "remove", "ID", none, CTL_MANAGER,
	  "Remove a satellite, by its UUID or name: it gets no further authority.", cmd_satellite_remove },
	{ "satellite-code", "create", "", of_satellite_code, CTL_MANAGER,
	  "Make a code with which one satellite registers over the network within 24 hours.", cmd_satellite_code_create },
	{ "satellite-code", "list", "", of_account_one, CTL_MANAGER, "List the registration codes.",
	  cmd_satellite_code_list },
	{ "satellite-code", "revoke", "ID", of_account_one, CTL_MANAGER,
	  "Revoke a registration code that was not used yet.", cmd_satellite_code_revoke },

	{ "help", NULL, "[NOUN] [VERB]", of_help, CTL_LOCAL, "Explain the commands.", cmd_help },
	{ .noun = NULL },
};
