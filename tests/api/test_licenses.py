"""license explain, history, subscriptions, sums and transfers by REST and command line."""

import secrets
import unittest

from case import BASIC, BY_NAME, CUWL, ENHANCED, Case


class Licenses(Case):
    def ctl(self, *arguments, **options):
        return self.sat.ctl(*arguments, **options)

    def explained(self, virtual_account, name="Basic"):
        answer = self.sat.rest_ok("POST", self.sat.path() + "/licenses/explain",
                                  {"license": name, "virtualAccounts": [virtual_account]})
        self.assertEqual((1, 1), (answer["totalRecords"], len(answer["explanations"])), answer)
        return answer["explanations"][0]

    def says(self, explanation, *texts):
        whole = "\n".join(explanation["sentences"])
        for text in texts:
            self.assertIn(text, whole)

    def using(self, place, usage):
        product = self.registered(virtual_account=place)
        self.ok(product.authorize(usage))
        self.addCleanup(product.deregister)
        return product

    # explain

    def test_unknown(self):
        for body, status in (({"license": "No Such"}, 404), ({}, 400), ({"license": ""}, 400), ({"license": 7}, 400),
                             ({"license": "Basic", "virtualAccounts": ["No Such"]}, 404),
                             ({"license": "Basic", "virtualAccounts": "Default"}, 400),
                             ({"license": "Basic", "virtualAccounts": ["Default"] * 101}, 400), ({"license": "x" * 300}, 400)):
            for path in ("/licenses/explain", "/licenses/history"):
                with self.subTest(body=body, path=path):
                    reply = self.sat.rest("POST", self.sat.path() + path, body)
                    self.assertEqual(status, reply.status, reply)
                    self.assertTrue(reply.json()["error"]["name"])
        self.refused(self.ctl("license", "explain", "No Such"), "ENTITLEMENT_UNKNOWN")
        self.refused(self.ctl("license", "history", "No Such"), "ENTITLEMENT_UNKNOWN")
        self.refused(self.ctl("license", "explain", "Basic", "--account", "No Such"), "ACCOUNT_UNKNOWN")
        reply = self.sat.rest("POST", self.sat.path() + "/licenses/history", {"license": "Basic", "limit": 1001})
        self.assertEqual(400, reply.status, reply)

    def test_nothing_there(self):
        """A virtual account and an account that have nothing of it."""
        value = self.explained(self.fresh())
        self.assertEqual((0, 0, "In Compliance", None), tuple(
            value[m] for m in ("quantity", "inUse", "status", "outage")), value)
        self.says(value, "none is owned and none is in use")
        page = self.sat.rest_ok("POST", self.sat.path() + "/licenses/explain", {"license": "Basic", "limit": 1, "offset": 1})
        self.assertEqual(1, len(page["explanations"]))
        self.assertGreater(page["totalRecords"], 1)
        name = "bb " + secrets.token_hex(4)
        self.sat.rest_ok("POST", "/accounts", {"name": name, "domain": "bb.example"}, manager=True)
        answer = self.sat.rest_ok("POST", self.sat.path(account=name) + "/licenses/explain", {"license": "Basic"},
                                  manager=True)
        self.assertEqual(["Default"], [x["virtualAccount"] for x in answer["explanations"]])
        self.assertIn("none is owned and none is in use", answer["explanations"][0]["sentences"][0])

    def test_numbers_and_words(self):
        place = self.fresh({"CUWL": 3, "Basic": 5})
        one = self.using(place, {BASIC: 4})
        self.using(place, {BASIC: 3, CUWL: 2})
        value = self.explained(place)
        self.assertEqual((5, 7, 1, -1, 1, "Out Of Compliance"), tuple(
            value[m] for m in ("quantity", "inUse", "borrowed", "available", "missing", "status")), value)
        self.assertEqual([4, 3], [u["quantity"] for u in value["users"]])
        self.assertEqual((one.hostname, one.serial), (value["users"][0]["hostName"],
                                                          value["users"][0]["udiSerialNumber"]))
        self.assertEqual(0, value["inUseByOthers"])
        self.assertEqual([{"license": BY_NAME["CUWL"]["display_name"], "quantity": 1}], value["borrowedFrom"])
        self.assertEqual([("PERPETUAL", 5, 0)], [(x["licenseType"], x["quantity"], x["reserved"])
                                                 for x in value["lots"]])
        self.assertEqual(5, len(value["family"]))
        self.assertEqual(BY_NAME["CUWL"]["display_name"], value["family"][0]["license"])
        self.assertEqual("usage.change", value["outage"]["outEvent"]["kind"])
        self.assertIn("Default", [x["virtualAccount"] for x in value["elsewhere"]])
        self.says(value, "is out of compliance in '%s': 1 is missing." % place, "4 by %s (PID UCM, SN %s)" % (one.hostname, one.serial),
                  "can be transferred from 'Default'", "1 more license brings it back")
        text = self.done(self.ctl("license", "explain", "Basic", "--virtual-account", place, json_output=False))
        said = " ".join(value["sentences"]).split()
        self.assertEqual(said, [w for w in text.split() if w != "-"][:len(said)], "the command says the same")
        text = text.replace(" \\\n    ", " ")
        self.assertIn("license transfer --account '%s' --from Default --to '%s' --license 'UC Manager Basic License "
                      "(12.x)' --quantity 1\n" % (self.sat.account, place), text.replace(" \\\n   ", ""))
        self.says(self.explained(place, "CUWL"), "is in compliance", "1 is lent to UC Manager Basic License (12.x)")

    def test_history(self):
        place = self.fresh({"Basic": 2})
        product = self.using(place, {BASIC: 3})
        self.ok(product.authorize({BASIC: 2}))
        self.ok(product.authorize({BASIC: 6}))
        answer = self.done(self.ctl("license", "history", "Basic", "--virtual-account", place))
        self.assertEqual([(None, 4), (True, 1)], [(o["inAt"] and True, o["worstShortage"]) for o in answer["outages"]],
                         answer)
        newest, oldest = answer["outages"]
        self.assertIn("uses 6 instead of 2 of UC Manager Basic License (12.x)", newest["outEvent"]["text"])
        self.assertIn("uses 2 instead of 3 of UC Manager Basic License (12.x)", oldest["inEvent"]["text"])
        self.assertIsNone(newest["inEvent"])
        one = self.sat.rest_ok("POST", self.sat.path() + "/licenses/history",
                               {"license": BASIC, "virtualAccounts": [place], "limit": 1})["outages"]
        self.assertEqual([newest], [dict(o, account=newest["account"]) for o in one])
        whole = self.sat.rest_ok("POST", self.sat.path() + "/licenses/history", {"license": BASIC})["outages"]
        self.assertEqual(place, whole[0]["virtualAccount"])
        out = [o["outAt"] for o in whole]
        self.assertEqual(sorted(out, reverse=True), out, "newest first")
        text = self.done(self.ctl("license", "history", "Basic", "--virtual-account", place, json_output=False))
        self.assertIn("4 short at worst, to this day", text)

    # sums

    def test_totals(self):
        place = self.fresh({"Enhanced": 2})
        self.using(place, {ENHANCED: 3})
        body = {"virtualAccounts": [place, "Default"]}
        whole = self.sat.rest_ok("POST", self.sat.path() + "/licenses", body)
        rows = [r for r in whole["licenses"] if r["entitlementTag"] == ENHANCED]
        total = [t for t in whole["totals"] if t["entitlementTag"] == ENHANCED][0]
        self.assertEqual(2, total["virtualAccounts"])
        for member in ("quantity", "inUse", "available", "reserved", "borrowed", "lent", "pendingQuantity"):
            self.assertEqual(sum(r[member] for r in rows), total[member], member)
        self.assertEqual(1, total["shortage"])
        self.assertEqual(total["available"], total["surplus"] - total["shortage"])
        self.assertEqual("Out Of Compliance", total["status"])
        page = self.sat.rest_ok("POST", self.sat.path() + "/licenses", dict(body, limit=1, offset=2))
        self.assertEqual(whole["totals"], page["totals"], "sums are those of all pages")
        text = self.done(self.ctl("license", "list", "--account", self.sat.account, json_output=False))
        self.assertRegex(text, r"(?m)^Enhanced +all +")
        self.assertLessEqual(max(len(line) for line in text.splitlines()), 80, text)
        text = self.done(self.ctl("license", "list", "--virtual-account", place, json_output=False))
        self.assertNotRegex(text, r" all +[0-9]")

    # transfers

    def transfer(self, source, target, *more):
        return self.ctl("license", "transfer", "--account", self.sat.account, "--from", source, "--to", target, *more)

    def test_refused_with_both_numbers(self):
        place, other = self.fresh({"Basic": 4}), self.fresh()
        self.using(place, {BASIC: 3})
        self.using(other, {BASIC: 2})
        result = self.transfer(place, other, "--license", "Basic", "--quantity", "2")
        self.refused(result, "NOT_ENOUGH")
        self.assertIn("2 of UC Manager Basic License (12.x) asked, 1 free in '%s': 4 owned, 3 in use, 0 reserved; "
                      "'%s': 0 owned, 2 in use, 0 reserved, 2 missing." % (place, other), result.err)
        self.done(self.transfer(place, other, "--license", "Basic", "--quantity", "2", "--force"))
        self.assertEqual((2, 2, "In Compliance"), self.counts(other, "Basic"))
        self.assertEqual((2, 3, "Out Of Compliance"), self.counts(place, "Basic"))
        self.done(self.transfer(other, place, "--license", "Basic", "--quantity", "2", "--force"))

    def test_precedence(self):
        place = self.fresh({"Basic": 2})
        path = self.sat.path(place) + "/licenses/transfer"
        one = {"license": "Basic", "quantity": 1, "targetVirtualAccount": "Default"}
        for member, value in (("precedence", "CHEAPEST_FIRST"), ("licenseType", "RENTED"), ("pending", "yes"),
                              ("precedence", 7)):
            with self.subTest(member=member, value=value):
                answer = self.sat.rest_ok("POST", path, {"licenses": [dict(one, **{member: value})]})
                self.assertEqual(("ERROR", "INVALID_REQUEST"), (answer["status"],
                                                                answer["results"][0]["error"]["name"]), answer)
        answer = self.sat.rest_ok("POST", path, {"licenses": [dict(one, pending=True)]})
        self.assertEqual("NOT_ENOUGH", answer["results"][0]["error"]["name"], answer)
        for value in ("SHORTEST_TERM_FIRST", "longest_term_first"):
            self.assertEqual("SUCCESS", self.sat.rest_ok("POST", path, {"licenses": [dict(one, precedence=value)]})[
                "status"])
        result = self.transfer(place, "Default", "--license", "Basic", "--quantity", "1", "--precedence", "ANY")
        self.assertEqual(2, result.rc, result)

    # subscriptions

    def test_subscriptions(self):
        place = "bb " + secrets.token_hex(4)
        self.sat.rest_ok("POST", self.sat.path() + "/virtual-accounts", {"name": place}, manager=True)
        for kind, start, end, subscription in (("TERM", None, "2091-01-01", "Sub-9"),
                                               ("DEMO", "2090-01-01", "2090-01-02", ""),
                                               ("PERPETUAL", None, None, "Sub-8"), ("PERPETUAL", None, None, "")):
            self.sat.rest_ok("POST", "/orders", {
                "account": self.sat.account, "virtualAccount": place, "license": "Basic", "quantity": 3,
                "licenseType": kind, "startDate": start, "endDate": end, "subscriptionId": subscription}, manager=True)
        answer = self.sat.rest_ok("POST", self.sat.path() + "/license-subscriptions", {"virtualAccounts": [place]},
                                  manager=True)
        rows = answer["licenseSubscriptions"]
        self.assertEqual([("DEMO", "PENDING", ""), ("TERM", "ACTIVE", "Sub-9"), ("PERPETUAL", "ACTIVE", "Sub-8")],
                         [(r["licenseType"], r["status"], r["subscriptionId"]) for r in rows], rows)
        self.assertEqual(3, answer["totalRecords"])
        self.assertGreater(rows[1]["daysLeft"], 20000)
        self.assertIsNone(rows[2]["daysLeft"])
        self.assertEqual({place}, {r["virtualAccount"] for r in rows})
        page = self.sat.rest_ok("POST", self.sat.path() + "/license-subscriptions",
                                {"virtualAccounts": [place], "limit": 1, "offset": 1}, manager=True)
        self.assertEqual([rows[1]], page["licenseSubscriptions"])
        text = self.done(self.ctl("license", "subscriptions", "--account", self.sat.account, "--virtual-account", place,
                                  manager=True, json_output=False))
        self.assertIn("Sub-9", text)
        self.assertLessEqual(max(len(line) for line in text.splitlines()), 80, text)
        self.done(self.ctl("license", "subscriptions"))


if __name__ == "__main__":
    unittest.main()
