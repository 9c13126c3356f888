"""Alerts: raised and cleared by themselves, listed by REST and satellitectl alike, acknowledged until raised anew."""

import json
import re
import unittest

from case import BASIC, BY_NAME, Case

MEMBERS = {"id", "messageType", "severity", "source", "message", "actionDue", "account", "virtualAccount", "raisedAt",
           "count", "acknowledged"}
TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")


class Alerts(Case):
    def alerts(self, **body):
        return self.sat.rest_ok("POST", self.sat.path() + "/alerts", body)["alerts"]

    def short(self, virtual_account):
        return [a for a in self.alerts() if a["messageType"] == "Insufficient Licenses"
                and a["virtualAccount"] == virtual_account]

    def make_short(self):
        virtual_account = self.fresh({"Basic": 2})
        made = self.registered(virtual_account=virtual_account)
        self.ok(made.authorize([(BASIC, 3)]), "more than there are")
        return virtual_account, made

    def test_life_of_an_alert(self):
        virtual_account, made = self.make_short()
        [alert] = self.short(virtual_account)
        self.assertEqual(set(), MEMBERS - set(alert), alert)
        self.assertEqual(("MAJOR", BY_NAME["Basic"]["display_name"], self.sat.account, None, 1),
                         (alert["severity"], alert["source"], alert["account"], alert["acknowledged"], alert["count"]))
        self.assertIn("short by 1 in '%s'" % virtual_account, alert["message"])
        self.assertRegex(alert["raisedAt"], TIME)
        self.assertEqual(alert["raisedAt"], alert["actionDue"], "due at once")

        done = self.sat.rest_ok("POST", "/alerts/acknowledge", {"alerts": [alert["id"]], "note": "PO 4711 „bestellt“"})
        self.assertEqual(("SUCCESS", alert["id"]), (done["status"], done["results"][0]["id"]), done)
        [seen] = self.short(virtual_account)
        self.assertEqual("PO 4711 „bestellt“", seen["acknowledged"]["note"])
        self.assertTrue(seen["acknowledged"]["by"], seen)
        self.assertRegex(seen["acknowledged"]["at"], TIME)
        self.assertEqual((alert["id"], alert["raisedAt"]), (seen["id"], seen["raisedAt"]))

        self.ok(made.authorize([(BASIC, 2)]), "as many as there are")
        self.assertEqual([], self.short(virtual_account))
        gone = self.sat.rest_ok("POST", "/alerts/acknowledge", {"alerts": [alert["id"]]})
        self.assertEqual("ERROR", gone["status"], gone)
        self.assertEqual("ALERT_UNKNOWN", gone["results"][0]["error"]["name"], gone)

        self.ok(made.authorize([(BASIC, 4)]), "more again")
        [again] = self.short(virtual_account)
        self.assertEqual((alert["id"], None), (again["id"], again["acknowledged"]), "raised anew")

    def test_lists(self):
        virtual_account, _ = self.make_short()
        [alert] = self.short(virtual_account)
        everywhere = self.sat.rest_ok("GET", "/alerts")
        self.assertIn(alert, everywhere["alerts"])
        self.assertEqual(len(everywhere["alerts"]), everywhere["totalRecords"])
        self.assertIn(alert, self.alerts(severity="MAJOR", acknowledged=False, messageType="insufficient licenses"))
        self.assertNotIn(alert, self.alerts(severity="MINOR"))
        self.assertNotIn(alert, self.alerts(acknowledged=True))
        self.assertIn(alert, self.sat.rest_ok("GET", "/alerts?severity=major&acknowledged=false")["alerts"])
        one = self.sat.rest_ok("POST", self.sat.path() + "/alerts", {"limit": 1})
        self.assertEqual(1, len(one["alerts"]))
        self.assertEqual(len(self.alerts()), one["totalRecords"])
        self.assertEqual([], self.alerts(offset=100000))
        keys = [(a["acknowledged"] is not None, a["severity"]) for a in everywhere["alerts"]]
        self.assertEqual(sorted(keys), keys, "open before acknowledged, MAJOR before MINOR")

    def test_bad_input(self):
        for method, path, body in (("POST", self.sat.path() + "/alerts", {"severity": "WORST"}),
                                   ("POST", self.sat.path() + "/alerts", {"severity": 1}),
                                   ("POST", self.sat.path() + "/alerts", {"acknowledged": "yes"}),
                                   ("POST", self.sat.path() + "/alerts", {"limit": -2}),
                                   ("GET", "/alerts?severity=x", None), ("GET", "/alerts?limit=x", None),
                                   ("GET", "/alerts?acknowledged=1", None),
                                   ("POST", "/alerts/acknowledge", {}),
                                   ("POST", "/alerts/acknowledge", {"alerts": "x"}),
                                   ("POST", "/alerts/acknowledge", {"alerts": ["x"], "note": "n" * 501}),
                                   ("POST", "/alerts/acknowledge", {"alerts": ["x"], "note": 7})):
            with self.subTest(path=path, body=body), self.unchanged():
                reply = self.sat.rest(method, path, body)
                self.assertEqual(400, reply.status, reply)
                self.assertEqual("INVALID_REQUEST", reply.json()["error"]["name"])
        self.assertEqual(404, self.sat.rest("POST", "/accounts/None%20Such/alerts", {}).status)
        for item in (7, None, {}, [], "x" * 10000, "insufficient-licenses:", "\u0007"):
            with self.subTest(item=item):
                answer = self.sat.rest_ok("POST", "/alerts/acknowledge", {"alerts": [item]})
                self.assertEqual("ERROR", answer["status"], answer)

    def test_command(self):
        virtual_account, made = self.make_short()
        [alert] = self.short(virtual_account)
        listed = self.done(self.sat.ctl("alert", "list", "--account", self.sat.account, "--severity", "MAJOR"))
        self.assertIn(alert, listed["alerts"])
        self.assertIn(alert, self.done(self.sat.ctl("alert", "list"))["alerts"])
        status = self.done(self.sat.ctl("status"))["alerts"]
        self.assertGreaterEqual(status["major"], 1, status)
        self.assertEqual("MAJOR", status["mostUrgent"]["severity"], status)
        for arguments in (("alert", "list"), ("status",)):
            text = self.sat.ctl(*arguments, json_output=False)
            self.assertEqual(0, text.rc, text)
            self.assertRegex(text.out, r"\d+ major alerts? ", text)
        text = self.sat.ctl("alert", "list", json_output=False).out
        self.assertIn(alert["id"], text)
        self.assertIn("Due now", text)
        self.assertLessEqual(max(len(line) for line in text.splitlines() if not line.startswith("  satellitectl")), 80, text)

        self.done(self.sat.ctl("alert", "acknowledge", alert["id"], "--note", "seen by night shift"))
        [seen] = self.short(virtual_account)
        self.assertEqual("seen by night shift", seen["acknowledged"]["note"])
        self.assertIn("seen by night shift", " ".join(self.sat.ctl("alert", "list", json_output=False).out.split()))
        self.refused(self.sat.ctl("alert", "acknowledge", "insufficient-licenses:0000000000000000"), "ALERT_UNKNOWN")
        for arguments in (("alert", "acknowledge"), ("alert", "list", "--severity", "WORST"), ("alert",)):
            self.assertEqual(2, self.sat.ctl(*arguments).rc, arguments)
        self.ok(made.deregister(), "gone")
        self.assertEqual([], self.short(virtual_account))

    def test_events(self):
        virtual_account, _ = self.make_short()
        [alert] = self.short(virtual_account)
        self.sat.rest_ok("POST", "/alerts/acknowledge", {"alerts": [alert["id"]], "note": "n"})
        events = self.sat.rest_ok("GET", "/events?limit=20")["events"]
        [event] = [e for e in events if e["kind"] == "alert.acknowledge" and e["subject"] == alert["id"]]
        self.assertEqual((self.sat.account, "n", virtual_account),
                         (event["account"], event["detail"]["note"], event["detail"]["virtualAccount"]),
                         json.dumps(event))


if __name__ == "__main__":
    unittest.main()
