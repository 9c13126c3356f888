"""AUTHORIZATION: granting, compliance, pools per virtual account."""

import unittest

import product as P
from case import BASIC, BY_NAME, CUWL, ENHANCED, ESSENTIAL, RESTRICTED, UNKNOWN_TAG, Case

MAX = 2 ** 31 - 1


class Authorization(Case):
    def rows(self, answer):
        return [(r["tag"], r["count"], r["status"]) for r in self.ok(answer).data["entitlements"]]

    def test_in_compliance(self):
        place = self.fresh({"Enhanced": 5, "Basic": 2})
        product = self.registered(virtual_account=place)
        answer = product.authorize({ENHANCED: 5, BASIC: 2})
        self.assertEqual([(ENHANCED, 5, "InCompliance"), (BASIC, 2, "InCompliance")], self.rows(answer))
        self.assertEqual("AUTHORIZED", answer.data["authorization_status"])
        self.assertEqual("NOT_ALLOWED", answer.data["export_controlled"])
        self.assertAlmostEqual(P.now_ms() + 30 * P.DAY_MS, answer.data["renew_at"], delta=60000)
        self.assertAlmostEqual(P.now_ms() + 90 * P.DAY_MS, answer.data["expires_at"], delta=60000)
        for row, name in zip(answer.data["entitlements"], ("Enhanced", "Basic")):
            for member in ("display_name", "description", "version"):
                self.assertEqual(BY_NAME[name][member], row[member], "%s of %s" % (member, name))
        self.assertEqual((5, 5, "In Compliance"), self.counts(place, "Enhanced"))
        self.assertEqual((2, 2, "In Compliance"), self.counts(place, "Basic"))
        usage = {u["license"]: int(u["quantity"]) for u in self.device(product)["licenseUsage"]}
        self.assertEqual([2, 5], sorted(usage.values()), usage)

    def test_out_of_compliance(self):
        """Short by one: everybody who uses that tag there, at the next contact; the list at once."""
        place, elsewhere = self.fresh({"CUWL": 5, "Basic": 5}), self.fresh({"CUWL": 5})
        token = self.sat.new_token(place)
        first, second, bystander = self.registered(token), self.registered(token), self.registered(token)
        outside = self.registered(virtual_account=elsewhere)
        self.assertEqual([(CUWL, 5, "InCompliance")], self.rows(first.authorize({CUWL: 5})))
        self.assertEqual([(BASIC, 1, "InCompliance")], self.rows(bystander.authorize({BASIC: 1})))
        self.assertEqual([(CUWL, 5, "InCompliance")], self.rows(outside.authorize({CUWL: 5})))
        answer = second.authorize({CUWL: 1})
        self.assertEqual([(CUWL, 1, "OutOfCompliance")], self.rows(answer), "granted, but short")
        self.assertEqual("OUT_OF_COMPLIANCE", answer.data["authorization_status"])
        self.assertEqual((5, 6, "Out Of Compliance"), self.counts(place, "CUWL"), "the list at once")
        self.assertEqual("In Compliance", self.counts(place, "Basic")[2])
        self.assertEqual((5, 5, "In Compliance"), self.counts(elsewhere, "CUWL"), "another virtual account")
        answer = first.authorize({CUWL: 5})
        self.assertEqual([(CUWL, 5, "OutOfCompliance")], self.rows(answer), "the other user of the tag, next contact")
        self.assertEqual("OUT_OF_COMPLIANCE", answer.data["authorization_status"])
        self.assertEqual("AUTHORIZED", self.ok(bystander.authorize({BASIC: 1})).data["authorization_status"],
                         "who does not use the tag")
        self.assertEqual("AUTHORIZED", self.ok(outside.authorize({CUWL: 5})).data["authorization_status"])
        # released again
        answer = second.authorize({})
        self.assertEqual("AUTHORIZED", self.ok(answer).data["authorization_status"])
        self.assertEqual((5, 5, "In Compliance"), self.counts(place, "CUWL"))
        self.assertEqual([(CUWL, 5, "InCompliance")], self.rows(first.authorize({CUWL: 5})))

    def test_nothing_owned(self):
        place = self.fresh()
        product = self.registered(virtual_account=place)
        answer = product.authorize({CUWL: 2})
        self.assertEqual([(CUWL, 2, "OutOfCompliance")], self.rows(answer))
        self.assertEqual((0, 2, "Out Of Compliance"), self.counts(place, "CUWL"))

    def test_mixed_statuses(self):
        place = self.fresh({"Basic": 3})
        product = self.registered(virtual_account=place)
        answer = product.authorize([(UNKNOWN_TAG, 4), (BASIC, 3), (CUWL, 1)])
        self.assertEqual([(UNKNOWN_TAG, 0, "InvalidTag"), (BASIC, 3, "InCompliance"), (CUWL, 1, "OutOfCompliance")],
                         self.rows(answer))
        self.assertEqual("OUT_OF_COMPLIANCE", answer.data["authorization_status"])

    def test_unknown_tag_alone(self):
        place = self.fresh({"Basic": 3})
        product = self.registered(virtual_account=place)
        answer = product.authorize([(UNKNOWN_TAG, 4), (BASIC, 1)])
        self.assertEqual([(UNKNOWN_TAG, 0, "InvalidTag"), (BASIC, 1, "InCompliance")], self.rows(answer))
        self.assertEqual("AUTHORIZED", answer.data["authorization_status"])
        row = answer.data["entitlements"][0]
        self.assertEqual(("", "", ""), (row["display_name"], row["description"], row["version"]))
        self.assertEqual(1, self.counts(place, "Basic")[1])

    def test_tag_is_compared_exactly(self):
        product = self.registered()
        for tag in (CUWL.upper(), CUWL + " ", CUWL[:-1], "CUWL", ""):
            with self.subTest(tag=tag):
                answer = product.authorize([(tag, 1)])
                if answer.status == "OK":
                    self.assertEqual([(tag, 0, "InvalidTag")], self.rows(answer))
                else:
                    self.failed(answer, "INVALID_REQUEST")

    def test_restricted_tag(self):
        place = self.fresh({"Basic": 1})
        product = self.registered(virtual_account=place)
        answer = product.authorize([(RESTRICTED, 2), (BASIC, 1)])
        self.assertEqual([(RESTRICTED, 0, "NotAuthorized"), (BASIC, 1, "InCompliance")], self.rows(answer),
                         "a restricted tag asked by a product registered NOT_ALLOWED")
        self.assertEqual("AUTHORIZED", answer.data["authorization_status"])
        for row in self.sat.licenses(place):
            if "HSEC" in row["license"] or row["license"] == RESTRICTED:
                self.assertEqual(0, int(row["inUse"]), "not counted: %s" % row)

    def test_export_controlled_token(self):
        body = {"description": "export", "expiresAfterDays": 30, "numberofUses": 5, "exportControlled": "Allowed"}
        reply = self.sat.rest("POST", self.sat.path("Default") + "/tokens", body)
        if reply.status != 200:
            self.assertIn(reply.status, (403, 409, 400), reply)
            self.assertIn(b"EXPORT", reply.body, "refused, but not for export control: %r" % reply)
            self.skipTest("the demonstration account is not permitted: %s" % reply.json().get("statusMessage"))
        token = reply.json()["tokenInfo"]["token"]
        product = self.product()
        answer = self.ok(product.register(token))
        self.assertEqual("ALLOWED", answer.data["export_controlled"])
        answer = product.authorize([(RESTRICTED, 0)])
        self.assertEqual("ALLOWED", self.ok(answer).data["export_controlled"])
        place = self.fresh()
        mover = self.product()
        other = self.sat.rest_ok("POST", self.sat.path(place) + "/tokens", body)["tokenInfo"]["token"]
        self.ok(mover.register(other))
        answer = mover.authorize([(RESTRICTED, 1)])
        self.assertEqual([(RESTRICTED, 1, "OutOfCompliance")], self.rows(answer), "allowed, but nothing owned")

    def test_whole_usage_is_replaced(self):
        place = self.fresh({"CUWL": 5, "Enhanced": 5, "Basic": 5, "Essential": 5})
        product = self.registered(virtual_account=place)
        names = ("CUWL", "Enhanced", "Basic", "Essential")
        for usage, expected in (({CUWL: 1, BASIC: 2}, (1, 0, 2, 0)), ({ENHANCED: 3}, (0, 3, 0, 0)),
                                ({ENHANCED: 2, ESSENTIAL: 5}, (0, 2, 0, 5)),
                                ({ENHANCED: 0, ESSENTIAL: 1, CUWL: 0}, (0, 0, 0, 1)), ({}, (0, 0, 0, 0))):
            with self.subTest(usage=usage):
                self.assertEqual([(t, c, "InCompliance") for t, c in usage.items()],
                                 self.rows(product.authorize(usage)))
                self.assertEqual(expected, tuple(self.counts(place, n)[1] for n in names))

    def test_order_of_rows(self):
        product = self.registered()
        tags = [ESSENTIAL, UNKNOWN_TAG, CUWL, BASIC, ENHANCED]
        for order in (tags, tags[::-1], sorted(tags)):
            answer = self.ok(product.authorize([(t, 0) for t in order]))
            self.assertEqual(order, [r["tag"] for r in answer.data["entitlements"]])

    def test_refused_data(self):
        place = self.fresh({"CUWL": 5})
        product = self.registered(virtual_account=place)
        self.ok(product.authorize({CUWL: 4}))
        table = [("tag twice", [{"tag": CUWL, "count": 1}, {"tag": CUWL, "count": 1}]),
                 ("tag twice, once 0", [{"tag": CUWL, "count": 0}, {"tag": CUWL, "count": 1}]),
                 ("unknown tag twice", [{"tag": UNKNOWN_TAG, "count": 1}, {"tag": UNKNOWN_TAG, "count": 1}]),
                 ("negative", [{"tag": CUWL, "count": -1}]), ("2^31", [{"tag": CUWL, "count": 2 ** 31}]),
                 ("2^32 + 1", [{"tag": CUWL, "count": 2 ** 32 + 1}]), ("2^63", [{"tag": CUWL, "count": 2 ** 63}]),
                 ("2^64 + 1", [{"tag": CUWL, "count": 2 ** 64 + 1}]), ("real", [{"tag": CUWL, "count": 1.5}]),
                 ("1.0", [{"tag": CUWL, "count": 1.0}]), ("text", [{"tag": CUWL, "count": "1"}]),
                 ("bool", [{"tag": CUWL, "count": True}]), ("null", [{"tag": CUWL, "count": None}]),
                 ("array", [{"tag": CUWL, "count": [1]}]), ("no count", [{"tag": CUWL}]), ("no tag", [{"count": 1}]),
                 ("tag null", [{"tag": None, "count": 1}]), ("tag number", [{"tag": 5, "count": 1}]),
                 ("row null", [None]), ("row text", ["x"]), ("row array", [[CUWL, 1]]),
                 ("null", None), ("object", {}), ("text", "x"), ("number", 1),
                 ("the second row", [{"tag": BASIC, "count": 1}, {"tag": CUWL, "count": -1}])]
        with self.unchanged("refused usage"):
            for what, value in table:
                with self.subTest(what):
                    message = product.message("AUTHORIZATION", {"entitlements": value})
                    answer = self.failed(product.send(message), "INVALID_REQUEST", what)
                    if what not in ("2^63", "2^64 + 1"):             # no JSON integer of ours: may fail in the reader
                        self.assertRegex(answer.message, "entitlements|count|tag", "names the member")
            answer = self.failed(product.send(product.message("AUTHORIZATION", {})), "INVALID_REQUEST", "left out")
            self.assertIn("entitlements", answer.message)
        self.assertEqual((5, 4, "In Compliance"), self.counts(place, "CUWL"))

    def test_largest_count(self):
        place = self.fresh()
        token = self.sat.new_token(place)
        one, two = self.registered(token), self.registered(token)
        for product in (one, two):
            self.assertEqual([(CUWL, MAX, "OutOfCompliance")], self.rows(product.authorize({CUWL: MAX})))
        self.assertEqual((0, 2 * MAX, "Out Of Compliance"), self.counts(place, "CUWL"), "no overflow")
        for product in (one, two):
            self.ok(product.authorize({}))
        self.assertEqual(0, self.counts(place, "CUWL")[1])

    def test_many_rows(self):
        product = self.registered()
        tags = ["regid.2030-01.example.T%d,1.0_x" % i for i in range(500)]
        answer = product.authorize([(t, 1) for t in tags])
        if answer.status == "FAILED":
            self.failed(answer, "INVALID_REQUEST")
        else:
            self.assertEqual([(t, 0, "InvalidTag") for t in tags], self.rows(answer))

    def test_default_and_branch(self):
        """What tools/run promises: 10 of each tier in Branch, 190 left in Default; tests only move within these."""
        for name in ("CUWL", "EnhancedPlus", "Enhanced", "Basic", "Essential"):
            rows = [r for r in self.sat.licenses() if r["license"] == self.license("Default", name)["license"]]
            self.assertEqual(200, sum(int(r["quantity"]) for r in rows), "%s over all virtual accounts" % name)
            self.assertEqual(10, int(self.license("Branch", name)["quantity"]))

    def test_pools_are_separate(self):
        token = self.sat.new_token("Branch")
        product = self.registered(token)
        before = self.counts("Default", "CUWL")[1]
        answer = product.authorize({CUWL: 11})
        self.assertEqual([(CUWL, 11, "OutOfCompliance")], self.rows(answer), "10 in Branch, though Default has more")
        self.assertEqual((10, 11, "Out Of Compliance"), self.counts("Branch", "CUWL"))
        self.assertEqual((before, "In Compliance"), self.counts("Default", "CUWL")[1:])
        self.assertEqual([(CUWL, 10, "InCompliance")], self.rows(product.authorize({CUWL: 10})))
        self.assertEqual((10, 10, "In Compliance"), self.counts("Branch", "CUWL"))
        self.ok(product.deregister())
        self.assertEqual((10, 0, "In Compliance"), self.counts("Branch", "CUWL"))

    def test_list_row(self):
        place = self.fresh({"CUWL": 5})
        product = self.registered(virtual_account=place)
        self.ok(product.authorize({CUWL: 2}))
        row = self.license(place, "CUWL")
        for member in ("license", "virtualAccount", "quantity", "inUse", "available", "reserved", "pendingQuantity",
                       "status", "billingType", "isPortable", "licenseDetails", "licenseSubstitutions"):
            self.assertIn(member, row)
        self.assertEqual((5, 2, 3, 0), (row["quantity"], row["inUse"], row["available"], row["reserved"]))
        self.assertEqual(5, sum(d["quantity"] for d in row["licenseDetails"]))

    def test_transfer_below_use_is_refused(self):
        place, target = self.fresh({"CUWL": 5}), self.fresh()
        product = self.registered(virtual_account=place)
        self.ok(product.authorize({CUWL: 4}))
        row = self.license(place, "CUWL")
        wanted = {"license": row["license"], "licenseType": row["licenseDetails"][0]["licenseType"], "quantity": 2,
                  "targetVirtualAccount": target, "precedence": "LONGEST_TERM_FIRST"}
        reply = self.sat.rest("POST", self.sat.path(place) + "/licenses/transfer", {"licenses": [wanted]})
        text = reply.body.decode()
        self.assertTrue(reply.status in (409, 200), reply)
        self.assertNotEqual("SUCCESS", reply.json()["status"], text)
        self.assertEqual((5, 4, "In Compliance"), self.counts(place, "CUWL"))
        wanted["quantity"] = 1
        answer = self.sat.rest_ok("POST", self.sat.path(place) + "/licenses/transfer", {"licenses": [wanted]})
        self.assertEqual("SUCCESS", answer["status"], answer)
        self.assertEqual((4, 4), self.counts(place, "CUWL")[:2])
        self.assertEqual(1, self.counts(target, "CUWL")[0])


if __name__ == "__main__":
    unittest.main()
