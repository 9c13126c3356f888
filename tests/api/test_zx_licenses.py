"""License rules by command line on a running system: borrowing, a shortage, a demo lot that ends, told in words."""

import os
import time
import unittest

from case import BASIC, CUWL
from moved import MovedCase

ACCOUNT = "Rules"
LEAD_S = 15      # that the satellite is started before the demo lot ends


class Rules(MovedCase):
    def ctl(self, *arguments, **options):
        return self.done(self.sat.ctl(*arguments, **options))

    def words(self, license_name):
        text = self.ctl("license", "explain", license_name, "--account", ACCOUNT, json_output=False)
        self.assertLessEqual(max(len(line) for line in text.splitlines()), 80, text)
        return " ".join(text.split())

    def pool(self, license_name):
        answer = self.ctl("license", "explain", license_name, "--account", ACCOUNT, "--virtual-account", "Default")
        return answer["explanations"][0]

    def order(self, *more):
        self.ctl("order", "add", "--account", "Demo Account", "--virtual-account", "Site B", *more, manager=True)

    def synchronize(self, how="answer"):
        """What a courier carries."""
        request, answer = (os.path.join(self.sat.state, name) for name in ("rules-request", "rules-answer"))
        for name in (request, answer):
            if os.path.exists(name):
                os.remove(name)
        self.ctl("sync", "export", request, "--account", ACCOUNT)
        self.ctl("satellite", how, request, answer, manager=True)
        self.ctl("sync", "import", answer, "--account", ACCOUNT)

    def states(self):
        rows = self.ctl("instance", "list", "--account", ACCOUNT)["devices"]
        return {row["sudi"]["udiSerialNumber"]: row["status"] for row in rows}

    def set_up_account(self):
        self.ctl("virtual-account", "add", "Site B", "--account", "Demo Account", manager=True)
        self.order("--license", "CUWL", "--quantity", "3")
        self.order("--license", "Basic", "--quantity", "5")
        self.ctl("account", "add", ACCOUNT, "--smart-account", "Demo Account", "--virtual-account", "Site B")
        self.synchronize("authorize")
        return self.sat.ctl("token", "create", "--account", ACCOUNT, "--virtual-account", "Default", "--days", "30",
                            "--uses", "10", json_output=False).out.strip()

    def test_bought_borrowed_short_and_ended(self):
        token = self.set_up_account()
        one, two = self.registered(token), self.registered(token)
        status = " ".join(self.ctl("status", json_output=False).split())
        self.assertRegex(status, ", “(%s|%s)”\\)" % (self.sat.account, ACCOUNT), "of two accounts one is named")

        # 3 CUWL and 5 Basic bought, Basic 7 used: 2 are borrowed, in compliance.
        self.assertEqual("AUTHORIZED", self.ok(one.authorize({BASIC: 7})).data["authorization_status"])
        pool = self.pool("Basic")
        self.assertEqual((5, 7, 2, 0, "In Compliance"), tuple(
            pool[m] for m in ("quantity", "inUse", "borrowed", "available", "status")), pool)
        said = self.words("Basic")
        self.assertIn("UC Manager Basic License (12.x) is in compliance in 'Default': none is left over.", said)
        self.assertIn("2 are borrowed from UC Manager CUWL License (12.X), of which 3 are owned and 0 are in use.", said)
        self.assertIn("2 are lent to UC Manager Basic License (12.x)", self.words("CUWL"))

        # CUWL then used 2: Basic is short by 1, who uses it is out, CUWL stays in.
        self.assertEqual("AUTHORIZED", self.ok(two.authorize({CUWL: 2})).data["authorization_status"])
        self.assertEqual({one.serial: "Out Of Compliance", two.serial: "Authorized"}, self.states())
        self.assertEqual((1, "Out Of Compliance"), tuple(self.pool("Basic")[m] for m in ("missing", "status")))
        self.assertEqual((0, "In Compliance"), tuple(self.pool("CUWL")[m] for m in ("missing", "status")))
        said = self.words("Basic")
        self.assertIn("UC Manager Basic License (12.x) is out of compliance in 'Default': 1 is missing.", said)
        self.assertIn("UC Manager CUWL License (12.X) has none left to lend: 3 are owned, 2 are in use, 1 is lent.", said)
        self.assertRegex(said, r"What did it: \S+ \(PID \S+, SN \S+\) uses 2 instead of 0 of UC Manager CUWL License \(12\.X\) "
                               r"\(event [0-9]+, usage\.change\)\.")
        self.assertIn("1 more license brings it back, of this kind or of a higher one of its family", said)
        self.assertRegex(said, r"7 are in use: 7 by \S+ \(PID UCM, SN %s\)" % one.serial)
        shortage = self.ctl("license", "list", "--account", ACCOUNT)["totals"]
        self.assertEqual([1], [t["shortage"] for t in shortage if t["entitlementTag"] == BASIC])

        # A demo lot heals it until the second in which it ends.
        end_s = int(time.time() // 86400 + 3) * 86400
        self.order("--license", "Basic", "--quantity", "2", "--type", "DEMO", "--end",
                   time.strftime("%Y-%m-%d", time.gmtime(end_s)), "--subscription", "Trial-1")
        self.synchronize()
        self.assertEqual({one.serial: "Authorized", two.serial: "Authorized"}, self.states())
        past = self.ctl("license", "history", "Basic", "--account", ACCOUNT)["outages"]
        self.assertEqual([(1, "usage.change", "sync.import")], [
            (o["worstShortage"], o["outEvent"]["kind"], o["inEvent"]["kind"]) for o in past], past)
        rows = self.ctl("license", "subscriptions", "--account", ACCOUNT)["licenseSubscriptions"]
        self.assertEqual([("DEMO", "Trial-1", "ACTIVE", 2)], [
            (r["licenseType"], r["subscriptionId"], r["status"], r["daysLeft"]) for r in rows], rows)
        change = self.pool("Basic")["changes"][0]
        self.assertEqual(("END", "DEMO", 2, -1), tuple(
            change[m] for m in ("change", "licenseType", "quantity", "available")), change)

        offset_s = int(end_s - time.time()) - LEAD_S
        self.start_with(FAKETIME="+%ds" % offset_s)
        self.assertGreater(end_s - offset_s - time.time(), 1, "the satellite took too long to start")
        self.assertEqual("In Compliance", self.pool("Basic")["status"], "before the end")
        self.assertEqual({one.serial: "Authorized", two.serial: "Authorized"}, self.states())
        time.sleep(end_s - offset_s - time.time() + 1)
        self.assertEqual((5, -1, "Out Of Compliance"), tuple(
            self.pool("Basic")[m] for m in ("quantity", "available", "status")), "the same second")
        self.assertEqual({one.serial: "Out Of Compliance", two.serial: "Authorized"}, self.states())
        said = self.words("Basic")
        self.assertIn("is out of compliance in 'Default': 1 is missing.", said)
        self.assertRegex(said, r"2 demo licenses \(subscription Trial-1\) ended on [^(]*\((now|[0-9]+ s ago)\) and no "
                               r"longer count\.")
        self.assertIn("What did it: 2 DEMO licenses of UC Manager Basic License (12.x) ended", said)
        one.client.close()
        one.client = self.client()
        one.clock_offset = offset_s * 1000
        answer = self.ok(one.authorize({BASIC: 7}))
        self.assertEqual("OUT_OF_COMPLIANCE", answer.data["authorization_status"])
        past = self.ctl("license", "history", "Basic", "--account", ACCOUNT)["outages"]
        self.assertEqual((2, "license.end", None), (len(past), past[0]["outEvent"]["kind"], past[0]["inAt"]), past)
        self.assertEqual(time.strftime("%Y-%m-%dT00:00:00Z", time.gmtime(end_s)), past[0]["outAt"], "to the second")


if __name__ == "__main__":
    unittest.main()
