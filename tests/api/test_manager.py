"""The manager by its own socket: accounts, satellites, orders, and products registered directly with it."""

import os
import secrets
import tempfile
import unittest
import urllib.parse

import product as P
import sync_satellite
from case import BY_NAME, CUWL, Case, is_license


class ManagerEndpoint:
    def __init__(self, sat):
        self.product_url, self.ca_file, self.root = sat.manager_url, sat.ca_file, sat.root


class Manager(Case):
    def quantity(self, virtual_account, name):
        total = 0
        for row in self.sat.licenses(virtual_account, manager=True):
            if is_license(row["license"], name) and row["virtualAccount"].casefold() == virtual_account.casefold():
                total += int(row["quantity"])
        return total

    def test_status(self):
        value = self.done(self.sat.ctl("status", manager=True))
        self.assertEqual("manager", value["role"])

    def test_account_list(self):
        value = self.done(self.sat.ctl("account", "list", manager=True))
        self.assertEqual("SUCCESS", value["status"])
        names = [a["name"] for a in value["accounts"]]
        self.assertIn("Demo Account", names)

    def test_satellite_list(self):
        value = self.done(self.sat.ctl("satellite", "list", manager=True))
        self.assertEqual("SUCCESS", value["status"])
        uuid = self.done(self.sat.ctl("status"))["uuid"]
        rows = [s for s in value["satellites"] if s["uuid"] == uuid and s["virtualAccount"] == "Site A"]
        self.assertEqual(1, len(rows), value)
        self.assertEqual("Demo Account", rows[0]["account"])

    def test_order_list(self):
        value = self.done(self.sat.ctl("order", "list", manager=True))
        self.assertEqual("SUCCESS", value["status"])
        self.assertGreaterEqual(len(value["orders"]), 5)
        text = self.done(self.sat.ctl("order", "list", manager=True, json_output=False))
        self.assertIn("\nCUWL ", text)
        self.assertLessEqual(max(len(line) for line in text.splitlines()), 80, text)

    def test_order_add(self):
        before = self.quantity("Direct", "CUWL")
        name = BY_NAME["CUWL"]["name"]
        common = ("order", "add", "--account", self.sat.account, "--virtual-account", "Direct")
        result = self.sat.ctl_any(
            common + ("--license", name, "--quantity", "7"),
            common + ("--license", name, "--quantity", "7", "--type", "PERPETUAL"),
            common + ("--entitlement", name, "--quantity", "7"),
            common + ("--tag", CUWL, "--quantity", "7"), common + (name, "7"), manager=True)
        self.done(result)
        self.assertEqual(before + 7, self.quantity("Direct", "CUWL"))

    def test_order_by_rest(self):
        entry = BY_NAME["Basic"]
        for spelling in (entry["name"], entry["display_name"], entry["tag"]):
            with self.subTest(spelling=spelling):
                before = self.quantity("Direct", "Basic")
                answer = self.sat.rest_ok("POST", "/orders", {
                    "account": self.sat.account, "virtualAccount": "Direct", "license": spelling, "quantity": 2,
                    "licenseType": "PERPETUAL"}, manager=True)
                self.assertIn("order", answer)
                self.assertEqual(before + 2, self.quantity("Direct", "Basic"))

    def test_term_order(self):
        """A lot that has ended or not begun is no quantity."""
        before = self.quantity("Direct", "Essential")
        for start, end, counts in (("2020-01-01T00:00:00Z", "2021-01-01T00:00:00Z", False),
                                   ("2090-01-01T00:00:00Z", "2091-01-01T00:00:00Z", False),
                                   ("2020-01-01T00:00:00Z", "2091-01-01T00:00:00Z", True)):
            with self.subTest(start=start, end=end):
                reply = self.sat.rest("POST", "/orders", {
                    "account": self.sat.account, "virtualAccount": "Direct", "license": "Essential", "quantity": 3,
                    "licenseType": "TERM", "startDate": start, "endDate": end, "subscriptionId": "Sub-1"}, manager=True)
                if reply.status != 200 and not counts:
                    continue                                         # an order for the past may be refused
                self.assertEqual(200, reply.status, reply)
                before += 3 if counts else 0
                self.assertEqual(before, self.quantity("Direct", "Essential"))

    def test_refused_orders(self):
        good = {"account": self.sat.account, "virtualAccount": "Direct", "license": "Basic", "quantity": 1,
                "licenseType": "PERPETUAL"}
        before = self.quantity("Direct", "Basic")
        for change in ({"account": "No Such Account"}, {"virtualAccount": "No Such"}, {"license": "No Such"},
                       {"quantity": 0}, {"quantity": -1}, {"quantity": "x"}, {"quantity": 2 ** 63},
                       {"licenseType": "ETERNAL"}, {"account": None}, {"license": 7},
                       {"licenseType": "TERM", "startDate": "yesterday", "endDate": "tomorrow"},
                       {"licenseType": "TERM", "startDate": "2031-01-01T00:00:00Z",
                        "endDate": "2030-01-01T00:00:00Z"}):
            with self.subTest(change=change):
                reply = self.sat.rest("POST", "/orders", dict(good, **change), manager=True)
                self.assertIn(reply.status, (400, 404, 409, 422), reply)
                value = reply.json()
                self.assertEqual("ERROR", value["status"])
                self.assertTrue(value["error"]["name"], value)
        self.assertEqual(before, self.quantity("Direct", "Basic"))

    def test_account_add(self):
        name = "bb " + secrets.token_hex(4)
        reply = self.sat.rest("POST", "/accounts", {"name": name, "domain": "bb.example"}, manager=True)
        self.assertEqual(200, reply.status, reply)
        value = self.done(self.sat.ctl("account", "list", manager=True))
        self.assertIn(name, [a["name"] for a in value["accounts"]])
        again = self.sat.rest("POST", "/accounts", {"name": name.upper(), "domain": "bb.example"}, manager=True)
        self.assertIn(again.status, (400, 409), "unique without case: %r" % again)

    def test_direct_registration(self):
        """Direct is served by the manager: signer issued by the root, certificate by the issuing CA."""
        reply = self.sat.client(self.sat.manager_url).request("GET", P.TRANSPORT)
        if reply.status == 404:
            self.skipTest("this manager has no product door at manager_url")
        token = self.sat.new_token("Direct", manager=True)
        product = P.Product(ManagerEndpoint(self.sat), role="manager")
        self.addCleanup(product.client.close)
        answer = self.ok(product.register(token))
        self.assertEqual(("Demo Account", "Direct"), (answer.data["smart_account"], answer.data["virtual_account"]))
        answer = self.ok(product.authorize({CUWL: 1}))
        self.assertEqual("AUTHORIZED", answer.data["authorization_status"])
        satellites = self.registered()
        self.assertFalse(P.same_authority(product.issuer, satellites.issuer))
        # a token works where it was made
        self.failed(self.product().register(token), "INVALID_TOKEN", "the manager's token at the satellite")
        stranger = P.Product(ManagerEndpoint(self.sat), role="manager")
        self.failed(stranger.register(self.sat.new_token()), "INVALID_TOKEN", "the satellite's token at the manager")
        # so does an identity
        product.client, other = satellites.client, product.client
        product.role = "satellite"
        product.issuer = None
        self.failed(product.authorize({CUWL: 1}), "UNKNOWN_INSTANCE", "the manager's product at the satellite")
        product.client, product.role = other, "manager"
        self.ok(product.deregister())

    def test_served_elsewhere(self):
        """Site A is the satellite's: acting there at the manager is refused, naming the server."""
        reply = self.sat.rest("POST", self.sat.path("Site A") + "/tokens", {
            "description": "", "expiresAfterDays": 3, "numberofUses": 1}, manager=True)
        self.assertNotEqual(200, reply.status, reply)
        value = reply.json()
        self.assertEqual("SERVED_ELSEWHERE", value["error"]["name"], value)

    def silent_satellite(self):
        """A virtual account whose satellite has authority and sends nothing."""
        place = "Silent " + secrets.token_hex(3)
        self.done(self.sat.ctl("virtual-account", "add", place, "--account", self.sat.account, manager=True))
        with tempfile.TemporaryDirectory() as folder:
            asked = os.path.join(folder, "registration.sync")
            with open(asked, "wb") as f:
                f.write(sync_satellite.Satellite(name="py " + place).registration(self.sat.account, place))
            self.done(self.sat.ctl("satellite", "authorize", asked, os.path.join(folder, "answer.sync"), manager=True))
        return place

    def test_served_elsewhere_figures(self):
        """What is in use where a satellite has not synchronized yet is not known; nothing is said as if it were."""
        place = self.silent_satellite()
        self.sat.rest_ok("POST", "/orders", {"account": "Demo Account", "virtualAccount": place, "license": "Basic",
                                             "quantity": 1, "licenseType": "TERM", "endDate": "2099-01-01"}, manager=True)
        where = {"virtualAccounts": [place, "Direct"], "limit": -1, "offset": 0}
        value = self.sat.rest_ok("POST", "/accounts/Demo%20Account/licenses", where, manager=True)
        rows = {(row["virtualAccount"], row["shortName"]): row for row in value["licenses"]}
        row = rows[place, "Basic"]
        self.assertEqual(("Served Elsewhere", 0), (row["status"], row["inUse"]))
        self.assertTrue(row["servedBy"])
        total = [t for t in value["totals"] if t["shortName"] == "Basic"][0]
        self.assertEqual(row["quantity"], total["servedElsewhere"])
        for key, other in rows.items():
            if key[0] == "Direct":
                self.assertIsNone(other["servedBy"])
                self.assertNotEqual("Served Elsewhere", other["status"])
        forecast = self.sat.rest_ok("POST", "/accounts/Demo%20Account/licenses/forecast", where, manager=True)
        self.assertNotIn(place, [f["virtualAccount"] for f in forecast["forecasts"]])
        self.assertEqual([{"virtualAccount": place, "servedBy": row["servedBy"]}], forecast["servedElsewhere"])
        status = self.sat.rest_ok("GET", "/status", manager=True)
        self.assertGreater(status["licensesServedElsewhere"], 0)
        shown = self.done(self.sat.ctl("license", "list", "--account", "Demo Account", manager=True, json_output=False))
        self.assertIn("Served by " + row["servedBy"][:6], shown)
        shown = self.done(self.sat.ctl("license", "forecast", "--account", "Demo Account", manager=True, json_output=False))
        self.assertIn("There is no forecast of “%s” here" % place, shown)
        shown = self.done(self.sat.ctl("status", manager=True, json_output=False))
        self.assertIn("served by satellites that did not synchronize yet", " ".join(shown.split()))

    def test_satellite_socket_has_no_orders(self):
        reply = self.sat.rest("GET", "/orders")
        self.assertIn(reply.status, (403, 404, 405), reply)
        result = self.sat.ctl("order", "list")
        self.assertIn(result.rc, (1, 2), result)


class ManagerDoor(Case):
    def test_health(self):
        reply = self.sat.client(self.sat.manager_url).request("GET", "/healthz")
        self.assertEqual(200, reply.status, reply)

    def test_closed_without_login(self):
        client = self.sat.client(self.sat.manager_url)
        for path in ("/api/v1/orders", "/api/v1/satellites", "/api/v1/status"):
            self.assertEqual(403, client.request("GET", path).status, path)
        name = urllib.parse.quote("Demo Account")
        reply = client.request("POST", "/api/v1/accounts/%s/licenses" % name, b"null",
                               {"Content-Type": "application/json"})
        self.assertEqual(403, reply.status)


if __name__ == "__main__":
    unittest.main()
