"""Every change leaves an event with who did it, from where, and what was so before and is so since.

Each change is made over HTTPS by a person, so that name and address are his. before and after are given as values, as a
set of members that must be there with these values, SOME for anything but null, or None."""

import json
import secrets
import unittest
import urllib.parse

from case import BASIC, Case

SOME = object()


class Changes(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.name = "ev " + secrets.token_hex(4)
        cls.password = secrets.token_hex(12)
        cls.bearer = {}
        for manager in (False, True):
            cls.sat.rest_ok("POST", "/users", {"name": cls.name, "password": cls.password,
                                               "role": "system-administrator"}, manager)
            url = cls.sat.manager_url if manager else cls.sat.admin_url
            body = {"grant_type": "password", "username": cls.name, "password": cls.password}
            reply = cls.sat.client(url).request("POST", "/oauth/token", json.dumps(body).encode(),
                                                {"Content-Type": "application/json"})
            cls.bearer[manager] = json.loads(reply.body)["access_token"]

    @classmethod
    def tearDownClass(cls):
        for manager in (False, True):
            cls.sat.rest("POST", "/users/%s/remove" % urllib.parse.quote(cls.name), {}, manager)
        super().tearDownClass()

    def post(self, path, body=None, manager=False):
        client = self.sat.client(self.sat.manager_url if manager else self.sat.admin_url)
        reply = client.request("POST", "/api/v1" + path, json.dumps(body or {}).encode(),
                               {"Content-Type": "application/json", "Authorization": "Bearer " + self.bearer[manager]})
        client.close()
        self.assertEqual(200, reply.status, "%s: %s" % (path, reply.body))
        answer = json.loads(reply.body)
        self.assertEqual("SUCCESS", answer["status"], "%s: %s" % (path, answer))
        return answer

    def is_like(self, wanted, found, what):
        if wanted is SOME:
            self.assertIsNotNone(found, what)
        elif isinstance(wanted, dict):
            self.assertIsInstance(found, dict, what)
            self.assertEqual(wanted, {k: found.get(k) for k in wanted}, what)
        else:
            self.assertEqual(wanted, found, what)

    def change(self, kind, before, after, path, body=None, manager=False):
        """Does it, and looks at its event."""
        last = self.sat.rest_ok("GET", "/events?limit=1", manager=manager)["events"][0]["id"]
        answer = self.post(path, body, manager)
        rows = self.sat.rest_ok("GET", "/events?order=oldest&after=%d" % last, manager=manager)["events"]
        found = [r for r in rows if r["kind"] == kind and r["actor"] == self.name]
        self.assertTrue(found, "%s leaves no event %s, but %s" % (path, kind, [(r["kind"], r["actor"]) for r in rows]))
        row = found[0]
        what = json.dumps(row)
        self.assertEqual(("user", "127.0.0.1"), (row["actorKind"], row["address"]), what)
        self.assertTrue(row["text"].endswith(", by " + self.name), what)
        self.is_like(before, row["before"], "%s, before: %s" % (kind, what))
        self.is_like(after, row["after"], "%s, after: %s" % (kind, what))
        return answer

    def test_users(self):
        name = "x" + secrets.token_hex(4)
        user = "/users/" + name
        role = {"role": "account-user", "account": self.sat.account}
        self.change("person.create", None, {"role": "auditor"}, "/users",
                    {"name": name, "password": secrets.token_hex(12), "role": "auditor"})
        self.change("person.grant", None, {"role": "account-user"}, user + "/roles", role)
        self.change("person.withdraw", {"role": "account-user"}, None, user + "/roles/remove", role)
        self.change("person.disable", "ACTIVE", "DISABLED", user + "/disable")
        self.change("person.enable", "DISABLED", "ACTIVE", user + "/enable")
        self.change("person.password", None, None, user + "/password", {"password": secrets.token_hex(12)})
        self.change("person.remove", {"roles": [{"role": "auditor", "account": None, "virtualAccount": None}]}, None, user + "/remove")

    def test_clients(self):
        body = {"name": "c" + secrets.token_hex(4), "role": "auditor"}
        client = "/clients/" + self.change("client.create", None, SOME, "/clients", body)["client"]["clientId"]
        self.change("client.rotate", SOME, SOME, client + "/rotate")
        self.change("client.revoke", SOME, SOME, client + "/revoke")
        self.change("client.remove", {"status": "REVOKED"}, {"status": None}, client + "/remove")

    def test_virtual_accounts_and_tokens(self):
        name = "e" + secrets.token_hex(4)
        place = self.sat.path(name)
        self.change("virtual-account.create", None, {"description": "first"}, self.sat.path() + "/virtual-accounts",
                    {"name": name, "description": "first"})
        self.change("virtual-account.update", {"description": "first"}, {"description": "second"}, place + "/update",
                    {"description": "second"})
        body = {"description": "t", "expiresAfterDays": 3, "exportControlled": "Not Allowed", "numberofUses": 2}
        token = self.change("token.create", None, {"virtualAccount": name, "days": 3, "uses": 2}, place + "/tokens",
                            body)["tokenInfo"]["token"]
        self.change("token.revoke", {"virtualAccount": name}, None, place + "/tokens/revoke", {"tokens": [token]})
        self.change("virtual-account.delete", {"description": "second"}, None, place + "/delete")

    def test_licenses(self):
        there = self.fresh()
        self.change("license.transfer", "Default", there, self.sat.path("Default") + "/licenses/transfer", {"licenses": [
            {"license": BASIC, "licenseType": self.license("Default", "Basic")["licenseDetails"][0]["licenseType"],
             "quantity": 1, "targetVirtualAccount": there, "force": True}]})

    def test_instances(self):
        there = self.fresh()
        product = self.registered()
        instance = "/product-instances/" + product.identifier
        self.change("instance.transfer", "Default", there, instance + "/transfer", {"targetVirtualAccount": there})
        self.change("instance.remove", SOME, None, instance + "/remove")

    def test_alerts(self):
        self.product_alert()
        rows = [r for r in self.sat.rest_ok("POST", self.sat.path() + "/alerts", {"limit": -1})["alerts"]
                if not r.get("acknowledged")]
        self.change("alert.acknowledge", None, SOME, "/alerts/acknowledge", {"alerts": [rows[0]["id"]], "note": "seen"})

    def product_alert(self):
        place = self.fresh()
        self.ok(self.registered(virtual_account=place).authorize([(BASIC, 1)]))

    def test_accounts(self):
        account = "A" + secrets.token_hex(4)
        path = self.sat.path(account=account)
        self.change("account.create", None, {"exportPermitted": False}, "/accounts", {"name": account}, True)
        self.change("account.deactivate", "ACTIVE", "INACTIVE", path + "/deactivate", None, True)
        self.change("account.activate", "INACTIVE", "ACTIVE", path + "/activate", None, True)
        self.change("account.deactivate", "ACTIVE", "INACTIVE", path + "/deactivate", None, True)
        self.change("account.delete", "INACTIVE", None, path + "/delete", {"name": account}, True)
        body = {"name": account, "smartAccount": "Q", "virtualAccount": "V"}
        for verb, more in (("reject", {"reason": "no"}), ("cancel", {}), ("approve", {})):
            request = "/account-requests/" + self.change("account-request.create", None, SOME, "/account-requests",
                                                         body)["request"]["id"]
            self.change("account-request." + verb, SOME, SOME, request + "/" + verb, more)

    def test_webhooks(self):
        hook = self.change("webhook.create", None, SOME, "/webhooks", {"url": "https://192.0.2.1/x"})
        path = "/webhooks/" + hook["webhook"]["id"]
        self.change("webhook.update", {"enabled": True}, {"enabled": False}, path + "/update", {"enabled": False})
        self.change("webhook.remove", SOME, None, path + "/remove")

    def test_settings(self):
        path = self.sat.path() + "/sync/settings"
        for old, new in ((True, False), (False, True)):
            self.change("sync.configure", {"shareHostname": old}, {"shareHostname": new}, path, {"shareHostname": new})

    def test_backups(self):
        backup = self.change("backup.create", None, SOME, "/backups")["backup"]["name"]
        self.change("backup.remove", SOME, None, "/backups/%s/remove" % backup)

    def test_orders(self):
        order = self.change("order.create", None, {"quantity": 3}, "/orders", {
            "account": self.sat.account, "virtualAccount": "Default", "license": BASIC, "quantity": 3,
            "licenseType": "PERPETUAL"}, True)
        self.change("order.change", 3, 4, "/orders/%s/change" % order["order"]["id"], {"quantity": 4}, True)

    def test_permissions(self):
        for path, kind in (("/export-control", "account.permit-export"), ("/reservation", "account.permit-reservation")):
            now = True
            for permitted in (not now, now):
                with self.subTest(kind, permitted=permitted):
                    self.change(kind, not permitted, permitted, self.sat.path() + path, {"permitted": permitted}, True)


if __name__ == "__main__":
    unittest.main()
