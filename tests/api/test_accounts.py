"""Accounts over the wire: asked for, approved or rejected, registered, deactivated, deleted; apart from each other; and
virtual accounts that change their names and have tags."""

import json
import secrets
import unittest
import urllib.parse

import product as P
from case import ENHANCED, Case
from pair import Pair

JSON = {"Content-Type": "application/json"}


class Door:
    """The administration door of a satellite as one API client sees it."""

    def __init__(self, case, role, account=None):
        name = "bb " + secrets.token_hex(4)
        path = case.sat.path(account=account) if account else ""
        made = case.sat.rest_ok("POST", path + "/clients", {"name": name, "role": role})
        self.name = name
        self.client = case.sat.client(case.sat.admin_url)
        case.addCleanup(self.client.close)
        reply = self.client.request("POST", "/oauth/token", json.dumps({
            "grant_type": "client_credentials", "client_id": made["client"]["clientId"],
            "client_secret": made["clientSecret"]}), JSON)
        case.assertEqual(200, reply.status, reply)
        self.head = dict(JSON, Authorization="Bearer " + reply.json()["access_token"])

    def __call__(self, method, path, body=None):
        return self.client.request(method, "/api/v1" + path, json.dumps(body) if body is not None else None, self.head)


class Requests(Case):
    """From the wish to the account."""

    def wish(self, **members):
        return dict({"name": "bb " + secrets.token_hex(4), "smartAccount": "S", "virtualAccount": "V " +
                     secrets.token_hex(4)}, **members)

    def refused_with(self, reply, status, name, words=""):
        self.assertEqual((status, name), (reply.status, reply.json()["error"]["name"]), reply)
        self.assertIn(words, reply.json()["statusMessage"])

    def ids(self, door):
        reply = door("GET", "/account-requests")
        self.assertEqual(200, reply.status, reply)
        self.assertEqual(reply.json()["totalRecords"], len(reply.json()["requests"]))
        return [row["id"] for row in reply.json()["requests"]]

    def test_the_way(self):
        """Who may ask, who decides, who sees what."""
        chief, asker = Door(self, "system-administrator"), Door(self, "account-administrator", self.sat.account)
        other, auditor = Door(self, "account-administrator", self.sat.account), Door(self, "auditor")
        user = Door(self, "account-user", self.sat.account)
        wish = self.wish(domain="example.net", message="für die Filiale")
        self.refused_with(user("POST", "/account-requests", wish), 403, "FORBIDDEN", "account.request")
        self.refused_with(auditor("POST", "/account-requests", wish), 403, "FORBIDDEN")
        reply = asker("POST", "/account-requests", wish)
        self.assertEqual(200, reply.status, reply)
        row = reply.json()["request"]
        self.assertEqual(("PENDING", asker.name, None, ""), (row["state"], row["createdBy"], row["decidedDate"],
                                                             row["reason"]))
        for name, value in wish.items():
            self.assertEqual(value, row[name])
        self.assertEqual([row["id"]], self.ids(asker))
        self.assertEqual([], self.ids(other))
        self.assertEqual([], self.ids(user))
        for door in (chief, auditor):
            self.assertIn(row["id"], self.ids(door))
        path = "/account-requests/%s/" % row["id"]
        for door in (asker, other, user, auditor):
            self.refused_with(door("POST", path + "approve"), 403, "FORBIDDEN", "account.write")
            self.refused_with(door("POST", path + "reject", {"reason": "no"}), 403, "FORBIDDEN")
        # Of others, and of none: the same.
        strange = "/account-requests/00000000-0000-4000-8000-000000000000/"
        texts = {other("POST", p + "cancel").json()["statusMessage"].replace(p.split("/")[2], "ID")
                 for p in (path, strange)}
        self.assertEqual(1, len(texts), texts)
        self.refused_with(chief("POST", strange + "approve"), 404, "ACCOUNT_REQUEST_UNKNOWN")
        reply = chief("POST", path + "approve")
        self.assertEqual(200, reply.status, reply)
        self.assertEqual((wish["name"], "", "APPROVED"), (reply.json()["account"], reply.json()["administrator"],
                                                          reply.json()["request"]["state"]))
        self.assertIn("Register it at the cloud manager", reply.json()["nextStep"])
        self.refused_with(asker("POST", path + "cancel"), 409, "CONFLICT", "it is APPROVED")
        reply = chief("GET", self.sat.path(account=wish["name"]))
        self.assertEqual("PENDING", reply.json()["account"]["accountStatus"])
        # What is not his is told to nobody.
        self.refused_with(other("GET", self.sat.path(account=wish["name"])), 403, "FORBIDDEN")
        self.done(self.sat.ctl("account", "delete", wish["name"]))

    def test_a_person_becomes_its_administrator(self):
        """Who could not even see the account that he asked for."""
        name, password, wish = "bb" + secrets.token_hex(5), "Long enough " + secrets.token_hex(8), self.wish()
        self.sat.rest_ok("POST", "/users", {"name": name, "password": password, "role": "account-administrator",
                                            "account": self.sat.account})
        self.addCleanup(self.sat.rest, "POST", "/users/%s/remove" % name)
        client = self.sat.client(self.sat.admin_url)
        self.addCleanup(client.close)
        reply = client.request("POST", "/oauth/token", json.dumps({"grant_type": "password", "username": name,
                                                                   "password": password}), JSON)
        self.assertEqual(200, reply.status, reply)
        head = dict(JSON, Authorization="Bearer " + reply.json()["access_token"])
        reply = client.request("POST", "/api/v1/account-requests", json.dumps(wish), head)
        row = reply.json()["request"]
        self.assertEqual(name, row["createdBy"])
        path = "/api/v1" + self.sat.path(account=wish["name"])
        self.assertEqual(403, client.request("GET", path, headers=head).status)
        made = self.sat.rest_ok("POST", "/account-requests/%s/approve" % row["id"])
        self.assertEqual(name, made["administrator"])
        self.assertEqual(200, client.request("GET", path, headers=head).status)
        self.assertEqual(403, client.request("POST", path + "/delete", json.dumps({"confirm": wish["name"]}), head).status)
        # The request stays when who asked is gone.
        self.sat.rest_ok("POST", "/users/%s/remove" % name)
        self.assertIn(row["id"], [r["id"] for r in self.sat.rest_ok("GET", "/account-requests")["requests"]])
        self.done(self.sat.ctl("account", "delete", wish["name"]))

    def test_rejected(self):
        chief, asker = Door(self, "system-administrator"), Door(self, "account-administrator", self.sat.account)
        row = asker("POST", "/account-requests", self.wish()).json()["request"]
        path = "/account-requests/%s/" % row["id"]
        self.refused_with(chief("POST", path + "reject"), 400, "INVALID_REQUEST", "reason")
        self.refused_with(chief("POST", path + "reject", {"reason": ""}), 400, "INVALID_REQUEST", "reason")
        self.refused_with(chief("POST", path + "reject", {"reason": "x" * 1025}), 400, "INVALID_REQUEST", "reason")
        self.assertEqual(200, chief("POST", path + "reject", {"reason": "Use the one that is there."}).status)
        row = asker("GET", "/account-requests?state=REJECTED").json()["requests"][0]
        self.assertEqual(("Use the one that is there.", chief.name), (row["reason"], row["decidedBy"]))
        self.assertEqual([], asker("GET", "/account-requests?state=PENDING").json()["requests"])
        self.refused_with(asker("GET", "/account-requests?state=LOST"), 400, "INVALID_REQUEST", "LOST")
        event = self.sat.rest_ok("GET", "/events?limit=1")["events"][0]
        self.assertEqual(("account-request.reject", "PENDING", "REJECTED"),
                         (event["kind"], event["detail"]["before"], event["detail"]["after"]))

    def test_what_there_is_stays_untold(self):
        """An account of another owner: the wish is taken, and the system administrator sees the clash."""
        chief, asker = Door(self, "system-administrator"), Door(self, "account-administrator", self.sat.account)
        name = self.wish()["name"]
        self.sat.rest_ok("POST", "/accounts", {"name": name, "smartAccount": "S", "virtualAccount": "X"})
        self.addCleanup(self.sat.ctl, "account", "delete", name)
        self.refused_with(chief("POST", "/account-requests", self.wish(name=name.upper())), 409, "ACCOUNT_EXISTS", name)
        row = asker("POST", "/account-requests", self.wish(name=name.upper())).json()["request"]
        self.refused_with(chief("POST", "/account-requests/%s/approve" % row["id"]), 409, "ACCOUNT_EXISTS", name)
        self.assertEqual(200, asker("POST", "/account-requests/%s/cancel" % row["id"]).status)

    def test_bad_wishes(self):
        chief = Door(self, "system-administrator")
        for changes, member in (({"name": None}, "name"), ({"name": 7}, "name"), ({"name": "x" * 129}, "name"),
                                ({"name": "a\u0000b"}, ""), ({"name": "a\nb"}, "name"), ({"domain": "x" * 256}, "domain"),
                                ({"smartAccount": None}, "smartAccount"), ({"virtualAccount": None}, "virtualAccount"),
                                ({"virtualAccount": "\t"}, "virtualAccount"), ({"message": "x" * 1025}, "message"),
                                ({"message": ["x"]}, "message")):
            with self.subTest(changes=changes):
                reply = chief("POST", "/account-requests", self.wish(**changes))
                self.assertEqual(400, reply.status, reply)
                self.assertIn(member, reply.json()["statusMessage"] + str(reply.json()["error"].get("field")))

    def test_satellitectl(self):
        name = self.wish()["name"]
        made = self.done(self.sat.ctl("account", "request", name, "--smart-account", "S", "--virtual-account", "V",
                                      "--message", "why not"))["request"]
        text = self.sat.ctl("account", "requests", json_output=False).out
        self.assertRegex(text, "1 request for an account waits|requests for accounts wait")
        self.assertIn(made["id"][:8], text)
        self.assertTrue(all(len(line) <= 80 for line in text.splitlines()), text)
        self.refused(self.sat.ctl("account", "reject", made["id"], "--reason", "x" * 2000), "INVALID_REQUEST")
        self.assertEqual(2, self.sat.ctl("account", "reject", made["id"]).rc)
        result = self.sat.ctl("account", "approve", made["id"][:8], json_output=False)
        self.assertEqual(0, result.rc, result)
        self.assertIn("sync register", " ".join(result.out.split()))
        shown = self.sat.ctl("account", "show", name, json_output=False)
        self.assertIn("Register it at the cloud manager for 'V' of 'S'", " ".join(shown.out.split()))
        self.assertTrue(all(len(line) <= 80 for line in shown.out.splitlines()), shown)
        self.refused(self.sat.ctl("account", "cancel", made["id"]), "CONFLICT")
        self.done(self.sat.ctl("account", "delete", name, "--confirm", name))


class Places(Case):
    """Virtual accounts that change."""

    def change(self, place, status=200, door=None, **members):
        path = self.sat.path(place) + "/update"
        reply = door("POST", path, members) if door else self.sat.rest("POST", path, members)
        self.assertEqual(status, reply.status, reply)
        return reply.json()

    def listed(self, query=""):
        return {row["name"]: row for row in
                self.sat.rest_ok("GET", self.sat.path() + "/virtual-accounts" + query)["virtualAccounts"]}

    def test_name_and_description(self):
        old, new = self.fresh(), "bb ümläut %s / 7%%" % secrets.token_hex(3)
        token = self.sat.new_token(old)
        made = self.registered(token)
        row = self.change(old, name=new, description="Behind the station")["virtualAccount"]
        self.assertEqual((new, "Behind the station", []), (row["name"], row["description"], row["tags"]))
        self.assertNotIn(old, self.listed())
        self.assertEqual("Behind the station", self.listed()[new]["description"])
        self.assertEqual(new, self.device(made)["virtualAccount"])
        self.assertEqual("VIRTUAL_ACCOUNT_UNKNOWN", self.change(old, 404, name="x")["error"]["name"])
        self.assertEqual("VIRTUAL_ACCOUNT_EXISTS", self.change(new, 409, name="DEFAULT")["error"]["name"])
        self.assertEqual("NAME_INVALID", self.change(new, 400, name="\u0007")["error"]["name"])
        self.change(new, 400, description="x" * 1025)
        event = self.sat.rest_ok("GET", "/events?limit=1")["events"][0]
        self.assertEqual(("virtual-account.update", {"name": old, "description": "black box"}),
                         (event["kind"], event["detail"]["before"]))
        self.ok(made.deregister())
        self.sat.rest_ok("POST", self.sat.path(new) + "/delete")

    def test_tags(self):
        place, other = self.fresh(), self.fresh()
        mark = "m" + secrets.token_hex(4)
        self.change(place, tags=["site=berlin", mark, "ÄÖ & ?"])
        self.change(other, tags=[mark.upper()])
        self.assertEqual({place, other}, set(self.listed("?tag=" + mark)))
        self.assertEqual([mark, "site=berlin", "ÄÖ & ?"], self.listed()[place]["tags"])
        self.assertIn(place, self.listed("?tag=" + urllib.parse.quote("äö & ?")))
        self.assertEqual({}, self.listed("?tag=" + mark + "x"))
        self.assertEqual({}, self.listed("?tag="))
        for tags in ("x", [7], [None], ["a", "A"], [""], ["x" * 51], [str(i) for i in range(21)], {"a": 1}, ["a\nb"]):
            with self.subTest(tags=tags):
                self.assertIn("tag", self.change(place, 400, tags=tags)["statusMessage"])
        self.assertEqual(3, len(self.listed()[place]["tags"]))
        self.change(place, tags=[str(i) for i in range(20)])
        self.change(place, description="as it was")
        self.assertEqual(20, len(self.listed()[place]["tags"]))
        self.change(place, tags=[])
        self.assertEqual([], self.listed()[place]["tags"])

    def test_who_may(self):
        place = self.fresh()
        for role, status in (("account-administrator", 200), ("account-user", 403), ("auditor", 403), ("courier", 403)):
            with self.subTest(role=role):
                self.change(place, status, Door(self, role, self.sat.account), tags=[role])

    def test_satellitectl(self):
        place = self.fresh()
        mark = "m" + secrets.token_hex(4)
        of = ("--account", self.sat.account)
        self.done(self.sat.ctl("virtual-account", "tag", place, *of, "--tag", mark, "--tag", "site=berlin"))
        self.assertEqual([place], [row["name"] for row in self.sat.ctl("virtual-account", "list", "--tag", mark).json()[
            "virtualAccounts"]])
        text = self.sat.ctl("virtual-account", "list", "--tag", mark, *of, json_output=False).out
        self.assertIn(mark[:12], text)
        self.assertIn("No virtual account has the tag", self.sat.ctl("virtual-account", "list", "--tag", mark + "x",
                                                                     json_output=False).out)
        self.assertEqual(2, self.sat.ctl("virtual-account", "update", place, *of).rc)
        self.done(self.sat.ctl("virtual-account", "update", place, *of, "--name", place + " 2", "--description", "d"))
        self.done(self.sat.ctl("virtual-account", "tag", place + " 2", *of))
        self.assertEqual([], self.listed()[place + " 2"]["tags"])
        self.done(self.sat.ctl("virtual-account", "delete", place + " 2", *of))


class Apart(Case):
    """Two accounts on one satellite with the same names everywhere: one story, in the order of the names."""

    @classmethod
    def setUpClass(cls):
        cls.sat = Pair()
        cls.addClassCleanup(cls.sat.stop)
        cls.sat.start()
        for name in ("North", "South"):
            cls.sat.smart_account(name)
            cls.sat.order("Enhanced", 10, account=name)
            made = cls.sat.rest_ok("POST", "/account-requests", {"name": name, "smartAccount": name,
                                                                 "virtualAccount": "Site A"})
            cls.sat.rest_ok("POST", "/account-requests/%s/approve" % made["request"]["id"])
        cls.sat.authorize_by_files("North")
        cls.sat.connect("South")
        cls.sat.by_network("South", code=cls.sat.code(account="South"))
        for name in ("North", "South"):
            cls.sat.rest_ok("POST", cls.sat.path(account=name) + "/virtual-accounts", {"name": "Branch"})

    def token(self, account, place="Branch"):
        return self.sat.rest_ok("POST", self.sat.path(place, account) + "/tokens", {
            "description": "same", "expiresAfterDays": 9, "numberofUses": 9})["tokenInfo"]["token"]

    def device_names(self, account):
        rows = self.sat.rest_ok("POST", self.sat.path(account=account) + "/devices", {"limit": -1})["devices"]
        return sorted(row["sudi"]["udiSerialNumber"] for row in rows)

    def whole(self, account):
        return self.sat.rest_ok("GET", self.sat.path(account=account))["account"]

    def test_a_products_and_tokens(self):
        made = {}
        for account in ("North", "South"):
            made[account] = P.Product(self.sat)
            self.addCleanup(made[account].client.close)
            self.ok(made[account].register(self.token(account)))
        for account, other in (("North", "South"), ("South", "North")):
            self.assertEqual([made[account].serial], self.device_names(account))
            rows = self.sat.rest_ok("GET", self.sat.path("Branch", account) + "/tokens")["tokens"]
            self.assertEqual(1, len(rows), rows)
            self.assertEqual(1, self.whole(account)["productInstances"])
            # Licenses of the other do not help.
            self.assertEqual("OUT_OF_COMPLIANCE", self.ok(made[account].authorize({ENHANCED: 2})).data[
                "authorization_status"])
            answer = self.sat.rest_ok("POST", self.sat.path("Default", account) + "/licenses/transfer", {"licenses": [
                {"license": "Enhanced", "licenseType": "PERPETUAL", "quantity": 2, "targetVirtualAccount": "Branch",
                 "precedence": "LONGEST_TERM_FIRST"}]})
            self.assertEqual("SUCCESS", answer["status"], answer)
            self.assertEqual("AUTHORIZED", self.ok(made[account].authorize({ENHANCED: 2})).data["authorization_status"])
            # A product of the other cannot be transferred or removed here.
            sudi = {"udiPid": made[other].pid, "udiSerialNumber": made[other].serial, "uuid": made[other].uuid}
            answer = self.sat.rest_ok("POST", self.sat.path("Branch", account) + "/devices/transfer", {
                "productInstances": [{"sudi": sudi, "targetVirtualAccount": "Default"}]})
            self.assertEqual("ERROR", answer["status"], answer)
            answer = self.sat.rest_ok("POST", self.sat.path("Branch", account) + "/devices/remove", {
                "productInstanceRemoveRequests": [{"sudi": sudi}]})
            self.assertEqual("ERROR", answer["status"], answer)
            # Nor are its tokens revoked from here.
            token = self.sat.rest_ok("GET", self.sat.path("Branch", other) + "/tokens")["tokens"][0]
            answer = self.sat.rest_ok("POST", self.sat.path("Branch", account) + "/tokens/revoke", {
                "tokens": [token["token"]]})
            self.assertEqual("ERROR", answer["status"], answer)
        self.assertEqual(2, self.sat.rest_ok("GET", "/status")["productInstances"])

    def test_b_administrator_of_one(self):
        door = Door(self, "account-administrator", "North")
        accounts = door("POST", "/upstream_satellites/accounts").json()["accounts"]
        self.assertEqual(["North"], [row["name"] for row in accounts])
        self.assertEqual(1, door("GET", "/status").json()["productInstances"])
        missing = "/accounts/No%20such"
        for path in ("", "/virtual-accounts", "/tokens", "/sync/history", "/virtual-accounts/Branch/devices"):
            with self.subTest(path=path):
                theirs, none = (door("GET", at + path) for at in ("/accounts/South", missing))
                self.assertEqual((403, 403), (theirs.status, none.status))
                self.assertEqual(theirs.json()["statusMessage"].replace("South", "X"),
                                 none.json()["statusMessage"].replace("No such", "X"))
        for path, body in (("/virtual-accounts/Branch/update", {"name": "Mine"}), ("/deactivate", None),
                           ("/delete", {"confirm": "South"}), ("/virtual-accounts/Branch/delete", None),
                           ("/virtual-accounts/Branch/tokens", {"expiresAfterDays": 1}), ("/sync/start", None)):
            with self.subTest(path=path):
                self.assertEqual(403, door("POST", "/accounts/South" + path, body).status)
        self.assertEqual(403, door("POST", "/accounts/North/delete", {"confirm": "North"}).status)

    def test_c_end_of_one(self):
        """What stands in the way is told at once; then all of it goes, and nothing of the other."""
        path = self.sat.path(account="South") + "/delete"
        reply = self.sat.rest("POST", path, {"confirm": "South"})
        self.assertEqual(409, reply.status, reply)
        for words in ("It is active: deactivate it first (account deactivate).",
                      "It holds 1 registered product instance: deregister"):
            self.assertIn(words, reply.json()["statusMessage"])
        self.assertIn(self.whole("South")["keptBy"], reply.json()["statusMessage"])
        self.sat.rest_ok("POST", self.sat.path(account="South") + "/deactivate")
        row = self.sat.rest_ok("POST", self.sat.path(account="South") + "/devices", {})["devices"][0]
        self.sat.rest_ok("POST", "/product-instances/%s/remove" % row["productInstanceIdentifier"])
        self.assertEqual("", self.whole("South")["keptBy"])
        self.assertIn("nothing is left in it", self.whole("South")["nextStep"])
        for body, words in ((None, "Say its name"), ({"confirm": "North"}, "the account's name is 'South'")):
            reply = self.sat.rest("POST", path, body)
            self.assertEqual(400, reply.status, reply)
            self.assertIn(words, reply.json()["statusMessage"])
            self.assertEqual("confirm", reply.json()["error"]["field"])
        north = self.sat.rest_ok("POST", self.sat.path(account="North") + "/licenses")["licenses"]
        door = Door(self, "account-administrator", "South")
        result = self.sat.ctl("account", "delete", "south", "--confirm", "SOUTH", json_output=False)
        self.assertEqual(0, result.rc, result)
        self.assertIn("'Site A' of 'South' still belongs to this satellite", " ".join(result.out.split()))
        self.assertEqual(403, door("GET", "/accounts/South").status, "its API clients are gone")
        self.assertEqual(north, self.sat.rest_ok("POST", self.sat.path(account="North") + "/licenses")["licenses"])
        self.assertEqual(404, self.sat.rest("GET", self.sat.path(account="South")).status)
        self.assertEqual(["North"], [row["account"] for row in self.sat.rest_ok("GET", "/sync/status")["accounts"]])
        self.assertEqual("account.delete", self.sat.rest_ok("GET", "/events?limit=1")["events"][0]["kind"])
        self.sat.rest_ok("POST", "/verify")
        self.assertEqual([], self.sat.rows("satellite", "PRAGMA foreign_key_check"))

    def test_d_again(self):
        """The manager holds nothing against it."""
        self.sat.local_account("South")
        self.sat.connect("South")
        self.assertEqual("OK", self.sat.by_network("South", code=self.sat.code(account="South"))["outcome"])
        self.assertEqual("OK", self.sat.by_network("South")["outcome"])
        self.assertEqual(10, self.sat.rest_ok("POST", self.sat.path(account="South") + "/licenses")["licenses"][0][
            "quantity"])

    def test_e_at_the_manager(self):
        """Licenses and satellites keep it, until they are gone."""
        path = self.sat.path(account="South")
        self.sat.rest_ok("POST", path + "/deactivate", manager=True)
        reply = self.sat.rest("POST", path + "/delete", {"confirm": "South"}, manager=True)
        self.assertEqual(409, reply.status, reply)
        self.assertIn("It holds 1 lot of licenses", reply.json()["statusMessage"])
        self.assertIn("serves a part of it: remove that satellite", reply.json()["statusMessage"])
        orders = [row for row in self.sat.rest_ok("GET", "/orders", manager=True)["orders"] if row["account"] == "South"]
        for row in orders:
            self.sat.rest_ok("POST", "/orders/%s/change" % row["id"], {"quantity": 0}, manager=True)
        uuid = self.sat.rest_ok("GET", "/satellites", manager=True)["satellites"][0]["uuid"]
        self.sat.rest_ok("POST", "/satellites/%s/remove" % uuid, manager=True)
        self.assertEqual("", self.sat.rest_ok("GET", path, manager=True)["account"]["keptBy"])
        self.assertEqual("", self.sat.rest_ok("POST", path + "/delete", {"confirm": "South"}, manager=True)["nextStep"])
        self.assertEqual([], self.sat.rows("manager", "PRAGMA foreign_key_check"))
        self.sat.rest_ok("POST", "/verify", manager=True)


if __name__ == "__main__":
    unittest.main()
