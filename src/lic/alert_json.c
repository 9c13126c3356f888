/* alert_json.c - an alert as every list and every delivery shows it. */
#include "lic/alert.h"

json_t *alert_json(const struct alert *a)
{
	json_t *v = json_object(), *seen = NULL;

	json_set_text(v, "id", a->id);
	json_set_text(v, "messageType", alert_name(a->kind));
	json_set_text(v, "severity", a->major ? "MAJOR" : "MINOR");
	json_set_text(v, "source", a->source);
	json_set_text(v, "message", a->message);
	json_set_time(v, "actionDue", a->due_at);
	json_set_text(v, "account", a->account);
	json_set_text(v, "virtualAccount", a->virtual_account);
	json_set_time(v, "raisedAt", a->raised_at);
	json_set_int(v, "count", a->count);
	if (a->acknowledged_at) {
		seen = json_object();
		json_set_text(seen, "by", a->acknowledged_by);
		json_set_time(seen, "at", a->acknowledged_at);
		json_set_text(seen, "note", a->note);
	}
	json_object_set_new(v, "acknowledged", seen ? seen : json_null());
	return v;
}
