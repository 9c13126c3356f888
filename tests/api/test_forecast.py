"""Forecasts and usage history: what they say beside what the pools are, what if, and that nothing changes by it."""

import datetime
import json
import secrets
import unittest

from case import BY_NAME, Case, is_license

SIDE = {"firstShortage", "until", "missing", "cause", "causeText", "needed", "shortages"}
FORECAST = SIDE | {"status", "quantity", "inUse", "reserved", "borrowed", "lent", "available", "basis", "certain"}


class Forecast(Case):
    def setUp(self):
        """A virtual account with 5 of a kind that nobody lends to, 3 in use."""
        self.place = self.fresh({"TelePresenceRoom": 5})
        self.product = self.registered(virtual_account=self.place)
        self.use(3)

    def use(self, count):
        self.ok(self.product.authorize({BY_NAME["TelePresenceRoom"]["tag"]: count}))

    def ask(self, **body):
        body.setdefault("virtualAccounts", [self.place])
        return self.sat.rest_ok("POST", self.sat.path() + "/licenses/forecast", body)

    def row(self, answer, place=None, name="TelePresenceRoom"):
        found = [r for r in answer["forecasts"]
                 if r["virtualAccount"] == (place or self.place) and is_license(r["license"], name)]
        self.assertEqual(1, len(found), json.dumps(answer)[:2000])
        return found[0]

    def refused_with(self, status, name, body, path="/licenses/forecast"):
        reply = self.sat.rest("POST", self.sat.path() + path, body)
        self.assertEqual(status, reply.status, reply)
        self.assertEqual(name, reply.json()["error"]["name"], reply)
        return reply.json()["error"].get("field")

    def test_shape(self):
        answer = self.ask()
        self.assertEqual(730, answer["days"])
        self.assertEqual(len(answer["forecasts"]), answer["totalRecords"])
        row = self.row(answer)
        self.assertEqual(FORECAST, set(row["forecast"]))
        self.assertEqual(SIDE, set(row["forecast"]["certain"]))
        self.assertIsNone(row["whatIf"])
        self.assertFalse(row["changed"])
        self.assertEqual("ENOUGH", row["forecast"]["status"])
        self.assertEqual((5, 3, 2), tuple(row["forecast"][k] for k in ("quantity", "inUse", "available")))
        self.assertEqual((None, 0, "", []), tuple(row["forecast"][k] for k in ("firstShortage", "needed", "cause",
                                                                               "shortages")))

    def test_short_now(self):
        self.use(9)
        is_now = self.row(self.ask())["forecast"]
        self.assertEqual("SHORT", is_now["status"])
        self.assertEqual((4, 4, "NOW", "CERTAIN"), tuple(is_now[k] for k in ("missing", "needed", "cause", "basis")))
        self.assertIn("9 in use, 5 licenses", is_now["causeText"])
        self.assertEqual(1, len(is_now["shortages"]))

    def test_what_if(self):
        with self.unchanged("what if"):
            row = self.row(self.ask(use=[{"license": "TelePresenceRoom", "quantity": 9}]))
            self.assertEqual(("ENOUGH", "SHORT", True),
                             (row["forecast"]["status"], row["whatIf"]["status"], row["changed"]))
            row = self.row(self.ask(use=[{"license": "TelePresenceRoom", "quantity": 9}],
                                    add=[{"license": "TelePresenceRoom", "quantity": "4"}]))
            self.assertEqual("ENOUGH", row["whatIf"]["status"])
            answer = self.ask(move=[{"license": "TelePresenceRoom", "quantity": 3, "from": self.place,
                                     "to": "Default"}])
            self.assertEqual((1, 2), tuple(self.row(answer)["whatIf"][k] for k in ("missing", "quantity")))
            other = self.row(answer, "Default")
            self.assertTrue(other["changed"], "the other side is told though it was not asked for")
            self.assertEqual(3, other["whatIf"]["quantity"] - other["forecast"]["quantity"])

    def test_filters(self):
        only = self.ask(licenses=["TelePresenceRoom"])["forecasts"]
        self.assertEqual([self.place], [r["virtualAccount"] for r in only])
        everything = self.ask(virtualAccounts=None)["forecasts"]
        self.assertGreater(len(everything), 1)
        self.assertEqual(everything[1:2], self.ask(virtualAccounts=None, limit=1, offset=1)["forecasts"])
        self.assertEqual(30, self.ask(days="30")["days"])

    def test_bad_input(self):
        change = {"license": "TelePresenceRoom", "quantity": 1}
        for body, field in (({"days": 0}, "days"), ({"days": 3651}, "days"), ({"days": "many"}, "days"),
                            ({"licenses": "Basic"}, "licenses"), ({"licenses": [1]}, "licenses"),
                            ({"add": {}}, "add"), ({"add": [1]}, None), ({"add": [{}]}, "add[0].license"),
                            ({"add": [dict(change, quantity=-1)]}, "add[0].quantity"),
                            ({"add": [dict(change, quantity=0)]}, "quantity"),
                            ({"use": [dict(change, quantity=2 ** 31)]}, "use[0].quantity"),
                            ({"move": [change]}, "move[0].from"),
                            ({"add": [change] * 101}, "add"),
                            ({"add": [change] * 60, "use": [change] * 60}, None),
                            ({"virtualAccounts": [7]}, "virtualAccounts")):
            with self.subTest(body=str(body)[:60]):
                named = self.refused_with(400, "INVALID_REQUEST", body)
                if field:
                    self.assertEqual(field, named)
        self.refused_with(404, "ENTITLEMENT_UNKNOWN", {"licenses": ["Nothing"]})
        self.refused_with(404, "VIRTUAL_ACCOUNT_UNKNOWN", {"add": [dict(change, virtualAccount="Nowhere")]})
        self.refused_with(409, "NOT_ENOUGH", {"move": [dict(change, quantity=6, **{"from": self.place,
                                                                                   "to": "Default"})]})

    def test_usage(self):
        path = self.sat.path() + "/licenses/usage"
        today = datetime.datetime.now(datetime.timezone.utc).date()
        self.use(4)
        self.use(1)
        body = {"virtualAccounts": [self.place], "licenses": ["TelePresenceRoom"]}
        rows = self.sat.rest_ok("POST", path, body)["usage"]
        self.assertEqual([self.place], [r["virtualAccount"] for r in rows])
        self.assertEqual(4, rows[0]["points"][-1]["inUse"], "the most of the day")
        self.assertLessEqual(abs((today - datetime.date.fromisoformat(rows[0]["points"][-1]["day"])).days), 1)
        query = "?license=TelePresenceRoom&virtualAccount=" + self.place.replace(" ", "%20")
        self.assertEqual(rows, self.sat.rest_ok("GET", path + query)["usage"])
        old = self.sat.rest_ok("GET", path + query + "&from=2001-01-01&to=2001-02-01")["usage"]
        self.assertEqual([[]], [r["points"] for r in old], "nothing is known of those days")
        for body in ({"from": "yesterday"}, {"from": "2026-02-01", "to": "2026-01-01"}, {"to": 5}, {"licenses": 5}):
            with self.subTest(body=body):
                self.refused_with(400, "INVALID_REQUEST", body, "/licenses/usage")
        self.assertEqual(400, self.sat.rest("GET", path + "?from=1").status)
        self.assertEqual(404, self.sat.rest("GET", path + "?license=Nothing").status)

    def test_satellitectl(self):
        place = ("--account", self.sat.account, "--virtual-account", self.place)
        value = self.done(self.sat.ctl("license", "forecast", "TelePresenceRoom", *place, "--days", "30",
                                       "--add", "TelePresenceRoom=1", "--add", "Basic=2:Default",
                                       "--use", "TelePresenceRoom=0",
                                       "--move", "TelePresenceRoom=2:%s:Default" % self.place))
        row = self.row(value)
        self.assertEqual((4, 0), (row["whatIf"]["quantity"], row["whatIf"]["inUse"]))
        self.assertEqual(2, self.row(value, "Default", "Basic")["whatIf"]["quantity"]
                         - self.row(value, "Default", "Basic")["forecast"]["quantity"])
        text = self.done(self.sat.ctl("license", "forecast", *place, "--use", "TelePresenceRoom=9", json_output=False))
        self.assertIn("Nothing was changed.", text)
        self.assertIn("4 missing", text)
        self.assertIn("█", text)
        for line in text.split("\n"):
            self.assertLessEqual(len(line), 80, line)
        for wrong in (("--add", "Basic"), ("--add", "=1"), ("--add", "Basic=0"), ("--add", "Basic=x"),
                      ("--add", "Basic=1:"), ("--use", "Basic=-1"), ("--move", "Basic=1"), ("--move", "Basic=1:A"),
                      ("--move", "Basic=1:A:"), ("--move", "Basic=1:A:B:C"), ("--days", "0"), ("--days", "3651")):
            with self.subTest(wrong=wrong):
                self.assertEqual(2, self.sat.ctl("license", "forecast", *place, *wrong).rc)
        self.refused(self.sat.ctl("license", "forecast", "Nothing", *place), "ENTITLEMENT_UNKNOWN")
        self.refused(self.sat.ctl("license", "forecast", *place, "--move", "TelePresenceRoom=9:%s:Default"
                                  % self.place), "NOT_ENOUGH")

    def test_two_accounts(self):
        """Without --account all answer, joined; what if is a question about one."""
        name = "Forecast " + secrets.token_hex(4)
        self.done(self.sat.ctl("account", "add", name, "--smart-account", "S", "--virtual-account", "V"))
        try:
            value = self.done(self.sat.ctl("license", "forecast", "TelePresenceRoom", "--virtual-account", self.place))
            self.assertEqual({self.sat.account}, {r["account"] for r in value["forecasts"]})
            self.assertLess(value["time"], value["horizon"])
            self.done(self.sat.ctl("license", "forecast", json_output=False))
            result = self.sat.ctl("license", "forecast", "--add", "TelePresenceRoom=1")
            self.assertEqual(2, result.rc, result)
            self.assertIn("Say which with --account", json.loads(result.out)["statusMessage"])
            for wrong, text in (("Basic", "--add takes L=N"), ("Basic=x", "is none")):
                result = self.sat.ctl("license", "forecast", "--add", wrong)
                self.assertEqual(2, result.rc, result)
                self.assertIn(text, result.err)
        finally:
            self.done(self.sat.ctl("account", "delete", name))

    def test_manager_too(self):
        value = self.done(self.sat.ctl("license", "forecast", "--account", self.sat.account, "--virtual-account",
                                       "Default", manager=True))
        self.assertIn("forecasts", value)


if __name__ == "__main__":
    unittest.main()
