"""Who may call what: every route, every role, in its own place and in others, against roles.txt, which is written by hand."""

import json
import os
import re
import secrets
import time
import unittest
import urllib.parse
import uuid

from case import BASIC, CUWL, ESSENTIAL, Case
from people import COLUMNS, NOBODY, close_worlds, world
from satellite import TOP
from test_reservation import Unconnected

HERE = os.path.dirname(os.path.abspath(__file__))
SERVERS = ("satellite", "manager")
BAD_JSON = b'{"not JSON'     # authorization is decided from the head: what follows it is never done
READS = {"explain": {"license": CUWL}, "history": {"license": CUWL}}
TABLES = (("own", "PU"), ("foreign", "AA"), ("own", "CO"))
REFUSED = ("LOGIN_REQUIRED", "FORBIDDEN")


def described():
    """(method, path) -> {x-access, x-server, x-door}, from etc/openapi.yaml."""
    found, path, entry = {}, None, None
    with open(os.path.join(TOP, "etc", "openapi.yaml"), encoding="utf-8") as f:
        text = f.read().split("\npaths:\n", 1)[1]
    for line in text.split("\n"):
        if re.match(r"\S", line):
            break
        m = re.match(r"  (/\S*):$", line)
        if m:
            path = m.group(1)
        m = re.match(r"    (get|post):$", line)
        if m:
            entry = found[m.group(1).upper(), path] = {}
        m = re.match(r"      (x-\w+): (.+)$", line)
        if m:
            entry[m.group(1)] = m.group(2)
    # What products reach is not at the administration door, except that list.
    return {k: v for k, v in found.items() if v.get("x-door") != "products" or k[1].startswith("/crl/")}


def matrix():
    """(method, path) -> {(place, role): y, p or -}, from roles.txt."""
    found = {}
    with open(os.path.join(HERE, "roles.txt"), encoding="utf-8") as f:
        for number, line in enumerate(f, 1):
            words = line.split()
            if not words or words[0].startswith("#"):
                continue
            key, cells = tuple(words[:2]), words[2:]
            assert len(cells) == len(COLUMNS) + 1 and set(cells) <= set("yp-"), "roles.txt, line %d: %s" % (number, line)
            assert key not in found, "roles.txt, line %d: %s %s is there twice" % (number, *key)
            found[key] = dict(zip([NOBODY, *COLUMNS], cells))
    return found


def error_name(reply):
    try:
        value = reply.json()
        return value["error"]["name"] if isinstance(value.get("error"), dict) else ""
    except (ValueError, KeyError, AttributeError):
        return ""


class Roles(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.addClassCleanup(close_worlds)

    def fill_in(self, path, here):
        """The path of a route, with the names of what is in the own virtual account."""
        things = {"product-instances": here.own.instance, "reservations": here.own.reservation, "events": str(here.event)}
        for name in re.findall(r"\{(\w+)\}", path):
            value = {"account": here.account, "va": here.own.name, "client": here.program}.get(name)
            if value is None:
                value = things.get(path.split("/")[3], "nothing-" + here.mark)
            path = path.replace("{%s}" % name, urllib.parse.quote(value, safe=""))
        return path

    def test_every_route_is_in_the_matrix(self):
        there, wanted = set(matrix()), set(described())
        self.assertEqual([], sorted(wanted - there), "routes that roles.txt lacks")
        self.assertEqual([], sorted(there - wanted), "in roles.txt, but no route")

    def test_open_and_signed_in(self):
        """Nobody is let in but where the description says so."""
        for key, row in matrix().items():
            access = described().get(key, {}).get("x-access")
            self.assertEqual("y" if access == "open" or key[1] == "/metrics" else "-", row[NOBODY], key)
            if access in ("open", "signed-in"):
                self.assertEqual({"y"}, {v for k, v in row.items() if k != NOBODY}, key)

    def test_matrix(self):
        began = time.monotonic()
        described_, wrong = described(), []
        for server in SERVERS:
            here = world(self.sat, server)
            people = here.people()
            for key, row in matrix().items():
                if described_[key].get("x-server", server) != server:
                    continue
                path = self.fill_in(key[1], here)
                for who, cell in row.items():
                    reply = people[who].call(key[0], path, BAD_JSON if key[0] == "POST" else None)
                    name = error_name(reply)
                    self.assertNotIn(name, ("METHOD_NOT_ALLOWED",), (key, reply))
                    if (reply.status == 403 and name in REFUSED) == (cell != "-"):
                        wrong.append("%s %s %s: %s says %s, the answer is %d %s" % (
                            server, key[0], path, people[who], cell, reply.status, reply.body[:200].decode()))
        self.assertEqual([], wrong)
        self.assertLess(time.monotonic() - began, 60)

    def test_parts(self):
        """What somebody is told has nothing of other places in it: no name, number, token or product of theirs."""
        leaks = []
        for server in SERVERS:
            here = world(self.sat, server)
            people, unseen = here.people(), here.own.canaries | here.beside.canaries | here.foreign.canaries
            for (method, path), row in matrix().items():
                access = described()[method, path]
                if access.get("x-server", server) != server or ".read " not in access["x-access"] + " ":
                    continue
                path = self.fill_in(path, here)
                body = dict(READS.get(path.rsplit("/", 1)[1], {"limit": -1})) if method == "POST" else None
                for who, cell in row.items():
                    if cell == "-":
                        continue
                    if who in TABLES:
                        leaks += self.table_leaks(here, people[who], method, path, body)
                    # A report is of one account, named by who sees several.
                    named = "?account=" + urllib.parse.quote(here.account) if "/reports/" in path and who[0] == "server" else ""
                    reply = people[who].call(method, path + named, body)
                    self.assertIn(reply.status, (200, 403, 404) if "nothing-" in path else (200,), (path, who, reply))
                    text = reply.body.decode()
                    if who == ("server", "SA"):
                        unseen = {c for c in unseen if c not in text}
                    leaks += ["%s %s: %s sees '%s'" % (method, path, people[who], c)
                              for c in here.hidden_from(people[who]) if c in text]
            self.assertEqual(set(), unseen, "the system administrator sees everything")
        self.assertEqual([], sorted(leaks))

    def table_leaks(self, here, caller, method, path, body):
        """The same as a table, where there is one."""
        reply = caller.call(method, path + ("" if body else "?format=csv"), dict(body, format="csv") if body else None)
        text = reply.body.decode()
        return ["%s %s as CSV: %s sees '%s'" % (method, path, caller, c) for c in here.hidden_from(caller) if c in text]

    def test_unknown_and_foreign_look_alike(self):
        """Who may not see a place, a product or a reservation cannot find out whether there is one of that name."""
        for server in SERVERS:
            here = world(self.sat, server)
            people = here.people()
            stranger = "X" + secrets.token_hex(8)
            pairs = {"account": (here.account, stranger), "va": (here.own.name, stranger),
                     "client": (here.program, secrets.token_hex(32))}
            things = {"product-instances": (here.own.instance, str(uuid.uuid4())), "events": (str(here.event), "9" * 15),
                      "reservations": (here.own.reservation, str(uuid.uuid4()))}
            for (method, path), row in matrix().items():
                if described()[method, path].get("x-server", server) != server:
                    continue
                for name in re.findall(r"\{(\w+)\}", path):
                    known, unknown = pairs.get(name) or things.get(path.split("/")[3]) or (None, None)
                    if known is None:
                        continue
                    for who in [w for w, cell in row.items() if cell == "-" and w != NOBODY]:
                        answers = []
                        for value in (known, unknown):
                            asked = self.fill_in(path.replace("{%s}" % name, urllib.parse.quote(value, safe="")), here)
                            reply = people[who].call(method, asked, {} if method == "POST" else None)
                            answers.append((reply.status, reply.body.decode().replace(value, "NAME")))
                        self.assertEqual(*answers, (method, path, people[who]))


class Told(Case):
    """What stands in answers and errors, and what is done, for those who reach only part of an account."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.addClassCleanup(close_worlds)

    def setUp(self):
        self.here = world(self.sat, "satellite")
        self.own, self.beside = self.here.own, self.here.beside

    def who(self, place, role):
        return self.here.caller(place, role)

    def post(self, caller, path, body=None):
        return caller.call("POST", "/api/v1" + path, body if body is not None else {})

    def done(self, caller, path, body=None):
        reply = self.post(caller, path, body)
        self.assertEqual(200, reply.status, (caller, path, reply))
        return reply.json()

    def get(self, caller, path):
        reply = caller.call("GET", "/api/v1" + path)
        self.assertEqual(200, reply.status, (caller, path, reply))
        return reply.json()

    def one(self, caller, path, name, item, **more):
        """The only result of a list of operations."""
        return self.done(caller, path, dict({name: [item]}, **more))["results"][0]

    def forbidden(self, reply):
        self.assertEqual((403, "FORBIDDEN"), (reply.status, error_name(reply)), reply)

    def alike(self, replies, names):
        """The same bytes but for the names."""
        texts = []
        for reply, name in zip(replies, names):
            text = json.dumps(reply) if isinstance(reply, dict) else "%d %s" % (reply.status, reply.body.decode())
            self.assertIn(name, text)
            texts.append(text.replace(name, "NAME"))
        self.assertEqual(1, len(set(texts)), texts)

    # secrets

    def test_tokens_are_shown_to_who_could_make_them(self):
        for path in (self.sat.path() + "/tokens", self.own.path + "/tokens"):
            for place, role, shown in (("server", "SA", True), ("own", "AA", True), ("own", "AU", True), ("own", "PA", True),
                                       ("own", "PU", True), ("server", "SO", False), ("server", "AD", False),
                                       ("own", "AD", False)):
                with self.subTest(path=path, place=place, role=role):
                    rows = [t for t in self.get(self.who(place, role), path)["tokens"]
                            if t["description"] == "token of " + self.own.name]
                    self.assertEqual([self.own.token if shown else None], [t["token"] for t in rows])

    def test_authorization_codes(self):
        place, product = self.fresh({"Basic": 2}), Unconnected()
        made = self.sat.rest_ok("POST", self.sat.path(place) + "/reserve-licenses", {"reservationRequests": [
            {"reservationCode": product.request, "licenses": [{"entitlementTag": BASIC, "quantity": 1}]}]})["results"][0]
        self.assertEqual("SUCCESS", made["status"], made)
        self.addCleanup(self.sat.rest, "POST", "/reservations/%s/remove" % made["reservationId"], {"reason": "test"})
        for who, shown in ((("own", "AU"), True), (("own", "AA"), True), (("own", "AD"), False), (("server", "AD"), False),
                           (("server", "SO"), False)):
            with self.subTest(who=who):
                answer = self.get(self.who(*who), "/reservations/" + made["reservationId"])
                code = made["authorizationCode"] if shown else None
                self.assertEqual((code, [code]), (answer["authorizationCode"],
                                                  [c["authorizationCode"] for c in answer["codes"]]))

    def test_a_courier_sees_his_account_alone(self):
        rows = self.done(self.who("own", "CO"), "/upstream_satellites/accounts")["accounts"]
        self.assertEqual([(self.sat.account, [])], [(a["name"], a["virtual_accounts"]) for a in rows])
        self.assertEqual([self.sat.account], [a["account"] for a in self.get(self.who("own", "CO"), "/sync/status")["accounts"]])

    # tokens

    def test_revoking_needs_the_token_s_place(self):
        account = self.sat.path()
        for caller, paths in ((self.who("beside", "PU"), ("/tokens/revoke", account + "/tokens/revoke",
                                                         self.beside.path + "/tokens/revoke")),
                              (self.who("foreign", "AA"), ("/tokens/revoke",))):
            for path in paths:
                unknown = self.own.token[:6] + "x" * (len(self.own.token) - 6)
                with self.subTest(caller=caller, path=path):
                    results = [self.one(caller, path, "tokens", t) for t in (self.own.token, unknown)]
                    self.assertEqual("TOKEN_UNKNOWN", results[0]["error"]["name"])
                    self.alike(results, (self.own.token, unknown))
        for name in (self.own.token[:6] + "…", self.own.token[:6], self.own.token[:47], "token of " + self.own.name):
            self.assertEqual("TOKEN_UNKNOWN", self.one(self.who("own", "PU"), "/tokens/revoke", "tokens", name)["error"]["name"])
        rows = self.here.root("GET", self.own.path + "/tokens")["tokens"]
        self.assertEqual(["ACTIVE"], [t["status"] for t in rows])
        mine = self.done(self.who("own", "PU"), self.own.path + "/tokens", {"expiresAfterDays": 1})["tokenInfo"]["token"]
        self.assertEqual("SUCCESS", self.one(self.who("own", "PU"), "/tokens/revoke", "tokens", mine)["status"])

    # product instances, reservations

    def sudi(self, place):
        return {"udiPid": place.product.pid, "udiSerialNumber": place.product.serial, "uuid": place.product.uuid}

    def test_products_elsewhere_are_unknown(self):
        caller, tag = self.who("own", "PU"), self.beside.product.software_tag
        nowhere = dict(self.sudi(self.beside), udiSerialNumber="n" + secrets.token_hex(6))
        held = dict(self.beside.reserved.sudi, uuid=self.beside.reserved.uuid)
        nothing = dict(held, udiSerialNumber="n" + secrets.token_hex(5))
        serial = "udiSerialNumber"
        for path, name, more in ((self.own.path + "/devices/transfer", "productInstances",
                                  {"targetVirtualAccount": self.own.name}),
                                 (self.own.path + "/devices/remove", "productInstanceRemoveRequests", {}),
                                 (self.own.path + "/devices/remove", "productInstacesRemoveRequests",
                                  {"returnCode": "C7Mhmw-KtfkaP-V8AfeE-7RvEdf-6MG3"})):
            for there, not_there in ((self.sudi(self.beside), nowhere), (held, nothing)):
                with self.subTest(path=path, there=there, more=more):
                    results = [self.one(caller, path, name, dict({"sudi": s, "productTagName": tag}, **more))
                               for s in (there, not_there)]
                    self.assertEqual("ERROR", results[0]["status"])
                    self.alike(results, (there[serial], not_there[serial]))

    def test_reservations_elsewhere_are_unknown(self):
        caller, there = self.who("own", "PU"), self.beside.reserved
        for path, name in (("/update-licenses", "reservationUpdateRequests"),
                           ("/confirm-licenses", "reservationConfirmationRequests")):
            more = {"confirmationCode": "abcdef12", "licenses": [{"entitlementTag": BASIC, "quantity": 1}]}
            other = Unconnected()
            for known, unknown in ((there.request, other.request), (there.serial, other.serial),
                                   (self.beside.reservation, str(uuid.uuid4()))):
                with self.subTest(path=path, known=known):
                    results = [self.one(caller, self.own.path + path, name, dict({"reservationCode": n}, **more))
                               for n in (known, unknown)]
                    self.assertEqual("RESERVATION_UNKNOWN", results[0]["error"]["name"], results)
                    self.alike(results, (known, unknown))
            results = [self.one(caller, self.own.path + path, name, dict({"sudi": p.sudi, "productTagName": "x"}, **more))
                       for p in (there, other)]
            self.alike([json.loads(json.dumps(r).replace(p.uuid, "U")) for r, p in zip(results, (there, other))],
                       (there.serial, other.serial))

    def test_a_product_of_others_is_not_reserved_and_its_place_not_told(self):
        product, draft = self.beside.product, self.beside.reserved
        taken = "P:%s,S:%s,U:%s" % (product.pid, product.serial, product.uuid)
        for request, code in ((taken, "ALREADY_REGISTERED"), (draft.request, "RESERVATION_IN_USE")):
            for caller, told in ((self.who("own", "PU"), False), (self.who("own", "AU"), True)):
                with self.subTest(request=request, caller=caller):
                    result = self.one(caller, self.own.path + "/reserve-licenses", "reservationRequests",
                                      {"reservationCode": request})
                    self.assertEqual(code, result["error"]["name"], result)
                    self.assertEqual(told, self.beside.name in result["statusMessage"], result)

    def test_transfers_of_a_product_instance(self):
        caller, path = self.who("own", "PU"), "/product-instances/%s/transfer" % self.own.instance
        unknown = "no such " + self.here.mark
        replies = [self.post(caller, path, {"targetVirtualAccount": t}) for t in (self.beside.name, unknown)]
        self.forbidden(replies[0])
        self.alike(replies, (self.beside.name, unknown))
        for member, known in (("account", self.here.foreign_account), ("virtualAccount", self.beside.name)):
            replies = [self.post(caller, path, {"targetVirtualAccount": self.own.name, member: n}) for n in (known, unknown)]
            self.assertEqual("INSTANCE_UNKNOWN", error_name(replies[0]), replies[0])
            self.alike(replies, (known, unknown))
        items = [self.one(caller, self.own.path + "/devices/transfer", "productInstances", {
            "sudi": self.sudi(self.own), "productTagName": self.own.product.software_tag, "targetVirtualAccount": t})
            for t in (self.beside.name, unknown)]
        self.assertEqual("FORBIDDEN", items[0]["error"]["name"])
        self.alike(items, (self.beside.name, unknown))
        self.assertEqual(self.own.name, self.get(caller, "/product-instances/" + self.own.instance)
                         ["productInstance"]["virtualAccount"])

    def test_transfers_of_licenses(self):
        caller, unknown = self.who("own", "PU"), "no such " + self.here.mark
        items = [self.one(caller, self.own.path + "/licenses/transfer", "licenses", {
            "license": CUWL, "quantity": 1, "targetVirtualAccount": t}) for t in (self.beside.name, unknown)]
        self.assertEqual("FORBIDDEN", items[0]["error"]["name"])
        self.alike(items, (self.beside.name, unknown))
        self.forbidden(self.post(caller, self.sat.path("Default") + "/licenses/transfer", {"licenses": [
            {"license": CUWL, "quantity": 1, "targetVirtualAccount": self.own.name}]}))

    # numbers

    def test_explanations(self):
        """In `own` one CUWL is missing; the default virtual account has some left over."""
        for who, all_ in ((("own", "AU"), True), (("own", "PU"), False)):
            caller = self.who(*who)
            rows = self.done(caller, self.sat.path() + "/licenses/explain", {"license": CUWL})["explanations"]
            by_name = {x["virtualAccount"]: x for x in rows}
            self.assertEqual(all_, len(rows) > 1, list(by_name))
            mine = by_name[self.own.name]
            self.assertEqual(1, mine["missing"])
            self.assertEqual(all_, any(p["virtualAccount"] == "Default" for p in mine["elsewhere"]), mine["elsewhere"])
            self.assertEqual(all_, "'Default'" in json.dumps(mine), mine["sentences"])
            rows = self.done(caller, self.sat.path() + "/licenses/explain", {"license": ESSENTIAL})["explanations"]
            self.assertEqual({"Default", "Branch"} if all_ else {self.own.name},
                             {x["virtualAccount"] for x in rows} & {"Default", "Branch", self.own.name})
            outages = self.done(caller, self.sat.path() + "/licenses/history", {"license": CUWL})["outages"]
            self.assertEqual({self.own.name} | ({self.beside.name} if all_ else set()),
                             {o["virtualAccount"] for o in outages} & {self.own.name, self.beside.name})

    def test_forecasts(self):
        caller, path, unknown = self.who("own", "PU"), self.sat.path() + "/licenses/forecast", "no such " + self.here.mark
        for change in ({"add": [{"license": CUWL, "quantity": 1, "virtualAccount": "%s"}]},
                       {"use": [{"license": CUWL, "quantity": 1, "virtualAccount": "%s"}]},
                       {"move": [{"license": CUWL, "quantity": 1, "from": "%s", "to": self.own.name}]},
                       {"move": [{"license": CUWL, "quantity": 1, "from": self.own.name, "to": "%s"}]}):
            replies = [self.post(caller, path, json.loads(json.dumps(change) % n)) for n in (self.beside.name, unknown)]
            self.forbidden(replies[0])
            self.alike(replies, (self.beside.name, unknown))
        answer = self.done(caller, path, {"add": [{"license": CUWL, "quantity": 1}]})
        self.assertEqual({self.own.name}, {f["virtualAccount"] for f in answer["forecasts"]})

    def test_lists_that_name_other_places(self):
        caller, unknown = self.who("own", "PU"), "no such " + self.here.mark
        for path in ("/licenses", "/license-subscriptions", "/devices", "/reservations", "/licenses/usage",
                     "/licenses/forecast", "/instance-removals"):
            replies = [self.post(caller, self.sat.path() + path, {"virtualAccounts": [self.own.name, n]})
                       for n in (self.beside.name, unknown)]
            self.forbidden(replies[0])
            self.alike(replies, (self.beside.name, unknown))
        replies = [caller.call("GET", "/api/v1%s/licenses/usage?virtualAccount=%s" % (self.sat.path(), urllib.parse.quote(n)))
                   for n in (self.beside.name, unknown)]
        self.forbidden(replies[0])
        self.alike(replies, (self.beside.name, unknown))

    def test_roles_given_elsewhere(self):
        caller, unknown = self.who("own", "PA"), "no such " + self.here.mark
        for verb in ("/roles", "/roles/remove"):
            replies = [self.post(caller, self.sat.path() + verb, {
                "user": self.who("own", "PU").name, "role": "virtual-account-user", "virtualAccount": n})
                for n in (self.beside.name, unknown)]
            self.forbidden(replies[0])
            self.assertEqual(*[(r.status, r.body.decode().replace(n, "NAME")) for r, n in zip(replies, (self.beside.name, unknown))])
        shown = self.get(caller, self.sat.path() + "/roles")["roles"]
        self.assertEqual({self.own.name}, {row["virtualAccount"] for row in shown})

    def test_places_that_a_query_names(self):
        unknown = "no such " + self.here.mark
        for path in ("reports/licenses", "reports/subscriptions", "reports/product-instances", "reports/usage", "events"):
            caller = self.who("foreign", "AA")
            replies = [caller.call("GET", "/api/v1/%s?account=%s" % (path, urllib.parse.quote(n))) for n in (self.sat.account, unknown)]
            self.forbidden(replies[0])
            self.alike(replies, (self.sat.account, unknown))
            if path == "events":
                continue
            replies = [self.who("own", "PU").call("GET", "/api/v1/%s?account=%s&virtualAccount=%s" % (
                path, urllib.parse.quote(self.sat.account), urllib.parse.quote(n))) for n in (self.beside.name, unknown)]
            if replies[0].status == 200:        # no such argument
                self.assertNotIn(self.beside.name.encode(), replies[0].body)
            else:
                self.forbidden(replies[0])
                self.alike(replies, (self.beside.name, unknown))

    def test_status_counts_what_one_sees(self):
        value = self.get(self.who("beside", "PU"), "/status")
        self.assertEqual((1, 1, 1), (value["accounts"], value["productInstances"], value["licensesOutOfCompliance"]))
        self.assertEqual(self.beside.name, value["alerts"]["mostUrgent"]["virtualAccount"] or self.beside.name)
        value = self.get(self.who("foreign", "AA"), "/status")
        self.assertEqual((1, 0, 0), (value["accounts"], value["productInstances"], value["licensesOutOfCompliance"]))

    # alerts

    def test_alerts(self):
        mine = {a["id"]: a for a in self.get(self.who("own", "PU"), "/alerts")["alerts"]}
        theirs = {a["id"]: a for a in self.get(self.who("beside", "PU"), "/alerts")["alerts"]}
        of_mine = [i for i, a in mine.items() if a["virtualAccount"] == self.own.name]
        self.assertTrue(of_mine, mine)
        caller = self.who("beside", "PU")
        names = of_mine[0], of_mine[0][:-1] + "?"
        results = [self.one(caller, "/alerts/acknowledge", "alerts", a) for a in names]
        self.assertEqual("ALERT_UNKNOWN", results[0]["error"]["name"])
        self.alike(results, names)
        self.assertFalse(set(of_mine) & set(theirs))

    def test_an_alert_of_the_account_is_put_aside_by_who_answers_for_it(self):
        """The foreign account waits for its authorization file."""
        path = self.sat.path(account=self.here.foreign_account)
        self.assertEqual(200, self.post(self.who("foreign", "CO"), path + "/sync/request-file").status)
        for who, status in ((("foreign", "PU"), "ERROR"), (("foreign", "PA"), "ERROR"), (("foreign", "AU"), "SUCCESS")):
            rows = self.done(self.who(*who), path + "/alerts")["alerts"]
            self.assertEqual(["Authorization Pending"], [a["messageType"] for a in rows])
            self.assertEqual(status, self.one(self.who(*who), "/alerts/acknowledge", "alerts", rows[0]["id"])["status"], who)

    # the cloud manager

    def test_orders_of_an_account(self):
        here, unknown = world(self.sat, "manager"), "no such " + self.here.mark
        caller = here.caller("own", "AA")
        replies = [caller.call("GET", "/api/v1/orders?account=" + urllib.parse.quote(n)) for n in (here.foreign_account, unknown)]
        self.forbidden(replies[0])
        self.alike(replies, (here.foreign_account, unknown))
        rows = caller.call("GET", "/api/v1/orders").json()["orders"]
        self.assertEqual({here.account}, {o["account"] for o in rows})
        self.assertEqual([], here.caller("foreign", "AA").call("GET", "/api/v1/orders").json()["orders"])


if __name__ == "__main__":
    unittest.main()
