"""Part A of the REST API as those call it who wrote their scripts for other servers of this kind: a monitor, playbooks, a
web tool that posts forms. Nothing here knows more of the server than its page: urllib, and TLS by the chain that it gives."""

import base64
import contextlib
import json
import re
import secrets
import ssl
import unittest
import urllib.error
import urllib.parse
import urllib.request

from case import BASIC, CUWL, Case
from test_reservation import Unconnected

FORM = "application/x-www-form-urlencoded"
TIME = r"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z\Z"
# The keys that clients read, and of which type each is.
TEXT, NUMBER, FLAG, LIST, OBJECT, MAYBE = str, int, bool, list, dict, (str, type(None))
ACCOUNT = {"name": TEXT, "domain": TEXT, "account_id": TEXT, "cslu_tenant_url": TEXT, "cssm_smart_account_id": TEXT,
           "cssm_smart_account_name": TEXT, "cssm_virtual_account_name": TEXT, "virtual_accounts": LIST}
VIRTUAL_ACCOUNT = {"name": TEXT, "description": TEXT, "isDefault": TEXT, "commerceAccessLevel": TEXT}
TOKEN = {"token": TEXT, "expirationDate": TEXT, "description": TEXT, "exportControlled": TEXT, "createdBy": TEXT,
         "numberOfUses": (int, type(None)), "usesRemaining": (int, type(None)), "status": TEXT}
LICENSE = {"license": TEXT, "virtualAccount": TEXT, "quantity": NUMBER, "inUse": NUMBER, "available": NUMBER,
           "reserved": NUMBER, "pendingQuantity": NUMBER, "status": TEXT, "billingType": TEXT, "isPortable": FLAG,
           "licenseDetails": LIST, "licenseSubstitutions": LIST}
DETAIL = {"licenseType": TEXT, "quantity": NUMBER, "startDate": TEXT, "endDate": MAYBE, "subscriptionId": TEXT, "status": TEXT}
SUBSTITUTION = {"licenseName": TEXT, "substitutedLicense": TEXT, "substitutedQuantity": NUMBER, "substitutionType": TEXT}
ALERT = {"messageType": TEXT, "severity": TEXT, "source": TEXT, "message": TEXT, "actionDue": MAYBE}
DEVICE = {"instanceName": TEXT, "displayName": TEXT, "hostName": MAYBE, "productTagName": TEXT, "productName": TEXT,
          "productType": TEXT, "virtualAccount": TEXT, "status": TEXT, "registrationDate": TEXT, "lastContactDate": MAYBE,
          "licenseUsage": LIST, "sudi": OBJECT}
SUDI = {"suvi": MAYBE, "uuid": MAYBE, "hostIdentifier": MAYBE, "udiPid": TEXT, "udiSerialNumber": TEXT, "udiVid": MAYBE,
        "macAddress": MAYBE}


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *arguments):
        return None


class Script:
    """What every such script has at its top: an address, a token, a function that calls."""

    def __init__(self, sat):
        self.base = sat.admin_url
        # The first time without trust, as its administrator does it once; compared with what he was given on paper.
        careless = ssl.create_default_context()
        careless.check_hostname, careless.verify_mode = False, ssl.CERT_NONE
        with urllib.request.urlopen(self.base + "/api/v1/certificates/chain", context=careless) as reply:
            chain = reply.read().decode()
        with open(sat.ca_file, encoding="utf-8") as given:
            assert chain.strip() in given.read(), "the chain is not that of the administrator"
        trust = ssl.create_default_context(cadata=chain)
        self.opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=trust), NoRedirect)
        self.token = None

    def call(self, method, path, data=None, kind="application/json", head=None):
        """-> (status, bytes)"""
        headers = dict(head or {})
        if self.token:
            headers.setdefault("Authorization", "Bearer " + self.token)
        if data is not None and kind:
            headers["Content-Type"] = kind
        request = urllib.request.Request(self.base + path, data, headers, method=method)
        try:
            with self.opener.open(request, timeout=30) as reply:
                return reply.status, reply.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()

    def get(self, path):
        return self.call("GET", path)

    def post(self, path, body=None):
        return self.call("POST", path, json.dumps(body).encode())

    def form(self, path, **fields):
        return self.call("POST", path, urllib.parse.urlencode(fields).encode(), FORM)


class PartA(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.script = Script(cls.sat)
        cls.pair = cls.sat.rest_ok("POST", "/clients", {"name": "part a " + secrets.token_hex(4),
                                                        "role": "system-administrator"})
        cls.pair = cls.pair["client"]["clientId"], cls.pair["clientSecret"]
        cls.addClassCleanup(cls.forget)
        status, data = cls.script.form("/oauth/token", grant_type="client_credentials", client_id=cls.pair[0],
                                       client_secret=cls.pair[1])
        assert status == 200, data
        cls.script.token = json.loads(data)["access_token"]

    @classmethod
    def forget(cls):
        for verb in ("revoke", "remove"):
            cls.sat.rest("POST", "/clients/%s/%s" % (cls.pair[0], verb), {})

    def done(self, answer, status=200):
        code, data = answer
        self.assertEqual(status, code, data)
        # Clients exist that look for `"status":"SUCCESS"` with a regular expression.
        value = json.loads(data)
        self.assertEqual(json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode(), data, "not compact")
        return value

    def ok(self, answer, what=""):
        if not isinstance(answer, tuple):
            return super().ok(answer, what)
        value = self.done(answer)
        self.assertEqual("SUCCESS", value["status"], value)
        return value

    def rows(self, answer, name, keys):
        """A list as part A has it, each element with these keys."""
        value = self.ok(answer)
        self.assertEqual("", value["statusMessage"])
        self.assertIs(int, type(value["totalRecords"]))
        for row in value[name]:
            self.keys(row, keys)
        return value[name]

    def keys(self, row, keys):
        for key, kind in keys.items():
            self.assertIn(key, row)
            kinds = kind if isinstance(kind, tuple) else (kind,)
            self.assertIn(type(row[key]), kinds, (key, row))

    def account(self, prefix="/api/v1"):
        return prefix + "/accounts/" + urllib.parse.quote(self.sat.account)

    def place(self, name, prefix="/api/v1"):
        return self.account(prefix) + "/virtual-accounts/" + urllib.parse.quote(name)

    # tokens

    def test_four_encodings(self):
        """JSON, form, query string without a body and without a type, HTTP Basic; at both paths."""
        fields = {"grant_type": "client_credentials", "client_id": self.pair[0], "client_secret": self.pair[1]}
        anybody = Script(self.sat)
        basic = {"Authorization": "Basic " + base64.b64encode(":".join(self.pair).encode()).decode()}
        for path in ("/oauth/token", "/backend/oauth/token", "//oauth//token"):
            query = path + "?" + urllib.parse.urlencode(fields)
            for name, answer in (("json", anybody.post(path, fields)), ("form", anybody.form(path, **fields)),
                                 ("query", anybody.call("POST", query)), ("query, empty", anybody.call("POST", query, b"", None)),
                                 ("basic", anybody.call("POST", path, b"grant_type=client_credentials", FORM, basic))):
                with self.subTest(path=path, how=name):
                    value = self.done(answer)
                    self.assertEqual({"access_token", "token_type", "expires_in"}, set(value) - {"scope"})
                    self.assertEqual(("Bearer", 3600), (value["token_type"], value["expires_in"]))
                    again = Script(self.sat)
                    again.token = value["access_token"]
                    self.ok(again.get(self.account() + "/virtual-accounts"))
        people = {"grant_type": "password", "client_id": self.pair[0], "client_secret": self.pair[1],
                  "username": self.sat.admin_user, "password": self.sat.admin_password()}
        for answer in (anybody.post("/backend/oauth/token", people), anybody.form("/oauth/token", **people),
                       anybody.call("POST", "/oauth/token?" + urllib.parse.urlencode(people))):
            self.assertEqual("Bearer", self.done(answer)["token_type"])

    def test_errors_of_rfc_6749(self):
        anybody = Script(self.sat)
        for fields, status, error in (({"grant_type": "client_credentials", "client_id": "0" * 64, "client_secret": "0" * 64},
                                       401, "invalid_client"),
                                      ({"grant_type": "magic", "client_id": self.pair[0], "client_secret": self.pair[1]},
                                       400, "unsupported_grant_type")):
            value = self.done(anybody.form("/oauth/token", **fields), status)
            self.assertEqual(error, value["error"])
            self.assertIn("error_description", value)

    # a monitor

    def test_a_probe_before_it_signs_in(self):
        """403 means: it is up."""
        anybody = Script(self.sat)
        for prefix in ("/api/v1", "/backend/api/v1"):
            for token in (None, "", "nonsense", "0" * 64):
                anybody.token = token
                for answer in (anybody.get(self.account(prefix) + "/virtual-accounts"),
                               anybody.post(self.account(prefix) + "/licenses", {"limit": -1}),
                               anybody.call("POST", prefix + "/upstream_satellites/accounts", b"null")):
                    value = self.done(answer, 403)
                    self.assertEqual("ERROR", value["status"])
                    self.assertEqual({"code": 1201, "name": "LOGIN_REQUIRED"},
                                     {k: v for k, v in value["error"].items() if v is not None})

    def test_monitor(self):
        place = self.fresh({"Basic": 3})
        product = self.registered(virtual_account=place)
        product.authorize({BASIC: 2, CUWL: 1})
        for prefix in ("/api/v1", "/backend/api/v1"):
            rows = self.rows(self.script.post(self.account(prefix) + "/licenses", {"limit": -1}), "licenses", LICENSE)
            for row in rows:
                self.assertIn(row["status"], ("In Compliance", "Out Of Compliance"))
                for detail in row["licenseDetails"]:
                    self.keys(detail, DETAIL)
                    self.assertRegex(detail["startDate"], TIME)
                for one in row["licenseSubstitutions"]:
                    self.keys(one, SUBSTITUTION)
            mine = {r["license"]: r for r in rows if r["virtualAccount"] == place}
            self.assertEqual(["In Compliance", "Out Of Compliance"], sorted(r["status"] for r in mine.values()))
            self.assertEqual([(0, 1, -1), (3, 2, 1)], sorted((r["quantity"], r["inUse"], r["available"]) for r in mine.values()))
            alerts = self.rows(self.script.post(self.account(prefix) + "/alerts", {"limit": -1}), "alerts", ALERT)
            self.assertTrue(any(place in a["message"] and a["severity"] == "MAJOR" for a in alerts), alerts)
            self.assertLessEqual({a["severity"] for a in alerts}, {"MAJOR", "MINOR"})
            self.rows(self.script.post(self.account(prefix) + "/license-subscriptions", {"virtualAccounts": [place]}),
                      "licenseSubscriptions", {})
        one = self.rows(self.script.post(self.account() + "/licenses", {"virtualAccounts": [place], "limit": "1", "offset": 1.0}),
                        "licenses", LICENSE)
        self.assertEqual([place], [r["virtualAccount"] for r in one])

    # playbooks

    def test_accounts(self):
        for body in (b"null", b"", b"{}", b" null "):
            rows = self.rows(self.script.call("POST", "/backend/api/v1/upstream_satellites/accounts", body), "accounts", ACCOUNT)
            mine = [a for a in rows if a["name"] == self.sat.account][0]
            self.assertTrue({"Default", "Branch"} <= set(mine["virtual_accounts"]), mine)
            self.assertIn("/cslu/v1/pi/", mine["cslu_tenant_url"])
        self.assertEqual(200, self.script.call("POST", "/api/v1/upstream_satellites/accounts")[0], "without body and type")

    def test_virtual_accounts(self):
        """By JSON and by form, with names of people; they answer 200, and are found without case."""
        path, mark = self.account() + "/virtual-accounts", secrets.token_hex(3)
        for prefix, kind, name in (("/api/v1", "json", "Zürich & Köln 東京 " + mark), ("/backend/api/v1", "form", "A+B / C% " + mark),
                                   ("/api/v1", "form", "tab %20 " + mark), ("//backend//api//v1", "json", "plain" + mark)):
            with self.subTest(name=name):
                make = self.script.post if kind == "json" else lambda p, b: self.script.form(p, **b)
                self.ok(make(self.account(prefix) + "/virtual-accounts", {"name": name, "description": "of " + name}))
                rows = self.rows(self.script.get(path), "virtualAccounts", VIRTUAL_ACCOUNT)
                mine = [r for r in rows if r["name"] == name]
                self.assertEqual([("of " + name, "false")], [(r["description"], r["isDefault"]) for r in mine])
                again = self.done(make(self.account(prefix) + "/virtual-accounts", {"name": name.upper()}), 409)
                self.assertEqual("ERROR", again["status"])
                swapped = urllib.parse.quote(name.swapcase(), safe="")
                self.rows(self.script.get(path + "/" + swapped + "/tokens"), "tokens", TOKEN)
                self.ok(self.script.call("POST", path + "/" + swapped + "/delete", b"", None))
                self.assertEqual(404, self.script.get(path + "/" + swapped + "/tokens")[0])
        self.assertEqual(["Default"], [r["name"] for r in self.rows(self.script.get(path), "virtualAccounts", VIRTUAL_ACCOUNT)
                                       if r["isDefault"] == "true"])
        value = self.done(self.script.call("POST", path + "/Default/delete", b""), 409)
        self.assertEqual("VIRTUAL_ACCOUNT_DEFAULT", value["error"]["name"])

    def test_a_full_virtual_account_is_not_deleted(self):
        place = self.fresh({"Basic": 1})
        self.assertEqual("VIRTUAL_ACCOUNT_IN_USE", self.done(self.script.post(self.place(place) + "/delete"), 409)["error"]["name"])

    def test_names_in_paths(self):
        name = self.sat.account
        for written in (name.replace(" ", "%20"), name.upper().replace(" ", "%20"), name.lower().replace(" ", "%20"),
                        "".join("%%%02x" % c for c in name.encode())):
            with self.subTest(written=written):
                self.ok(self.script.get("/api/v1/accounts/%s/virtual-accounts" % written))
        # A plus in a path is a plus (RFC 3986); only in forms and queries it is a space.
        self.assertEqual(404, self.script.get("/api/v1/accounts/%s/virtual-accounts" % name.replace(" ", "+"))[0])

    def test_tokens(self):
        path = self.place(self.fresh()) + "/tokens"
        made = []
        for body, uses, export in (({"description": "play", "expiresAfterDays": 365, "numberofUses": 5}, 5, "Not Allowed"),
                                   ({"description": "play", "expiresAfterDays": "365", "numberofUses": "5"}, 5, "Not Allowed"),
                                   ({"description": "play", "expiresAfterDays": 365.0, "numberofUses": 5.0,
                                     "exportControlled": "Not Allowed"}, 5, "Not Allowed"),
                                   ({"expiresAfterDays": 30}, None, "Not Allowed")):
            value = self.ok(self.script.post(path, body))
            self.keys(value["tokenInfo"], TOKEN)
            row = value["tokenInfo"]
            self.assertEqual((uses, uses, export, "ACTIVE"),
                             (row["numberOfUses"], row["usesRemaining"], row["exportControlled"], row["status"]))
            self.assertRegex(row["expirationDate"], TIME)
            made.append(row["token"])
        by_form = self.ok(self.script.form(path, description="form", expiresAfterDays="7", exportControlled="Not Allowed"))
        made.append(by_form["tokenInfo"]["token"])
        self.assertEqual(set(made), {t["token"] for t in self.rows(self.script.get(path), "tokens", TOKEN)})
        value = self.ok(self.script.post(path + "/revoke", {"tokens": made[:2]}))
        self.assertEqual([(made[0], "SUCCESS"), (made[1], "SUCCESS")], [(t["token"], t["status"]) for t in value["tokens"]])
        self.assertEqual(set(made[2:]), {r["token"] for r in self.rows(self.script.get(path), "tokens", TOKEN)
                                         if r["status"] == "ACTIVE"})
        first = self.rows(self.script.get(path), "tokens", TOKEN)[0]
        self.assertEqual("ACTIVE", first["status"], "usable ones first")
        value = self.done(self.script.post(path + "/revoke", {"tokens": [made[2], "nothing"]}))
        self.assertEqual(("PARTIAL", ["SUCCESS", "ERROR"]), (value["status"], [t["status"] for t in value["tokens"]]))
        for bad in ("x", -1, 1e300, True, [], {}):
            self.assertEqual("ERROR", self.done(self.script.post(path, {"expiresAfterDays": bad}), 400)["status"])

    def test_devices(self):
        here, there = self.fresh({"Basic": 3}), self.fresh({"Basic": 3})
        product = self.registered(virtual_account=here)
        product.authorize({BASIC: 1})
        listed = [self.rows(answer, "devices", DEVICE) for answer in (
            self.script.get(self.place(here) + "/devices"),
            self.script.post(self.account() + "/devices", {"virtualAccounts": [here]}))]
        self.assertEqual(listed[0], listed[1])
        self.rows(self.script.call("POST", self.account("/backend/api/v1") + "/devices", b"null"), "devices", DEVICE)
        row = listed[0][0]
        self.keys(row["sudi"], SUDI)
        self.assertRegex(row["registrationDate"], TIME)
        for use in row["licenseUsage"]:
            self.keys(use, {"license": TEXT, "quantity": NUMBER})
        # A playbook sends back what it was given.
        move = {"productInstances": [{"sudi": row["sudi"], "productTagName": row["productTagName"], "targetVirtualAccount": there}]}
        value = self.ok(self.script.post(self.place(here) + "/devices/transfer", move))
        self.assertEqual([("SUCCESS", "")], [(r["status"], r["statusMessage"]) for r in value["results"]])
        self.assertEqual([row["sudi"]], [d["sudi"] for d in self.rows(self.script.get(self.place(there) + "/devices"), "devices", DEVICE)])
        value = self.done(self.script.post(self.place(here) + "/devices/transfer", move))
        self.assertEqual(("ERROR", "ERROR"), (value["status"], value["results"][0]["status"]))
        other = self.registered(virtual_account=there)
        for name, device in (("productInstanceRemoveRequests", product), ("productInstacesRemoveRequests", other)):
            value = self.ok(self.script.post(self.place(there) + "/devices/remove", {name: [{
                "sudi": {"udiPid": device.pid, "udiSerialNumber": device.serial, "uuid": device.uuid},
                "productTagName": device.software_tag}]}))
            self.assertEqual(["SUCCESS"], [r["status"] for r in value["results"]])
        self.assertEqual([], self.rows(self.script.get(self.place(there) + "/devices"), "devices", DEVICE))

    def test_licenses_are_transferred(self):
        here, there = self.fresh({"Basic": 3}), self.fresh()
        name = [r["license"] for r in self.rows(self.script.post(self.account() + "/licenses", {"virtualAccounts": [here]}),
                                               "licenses", LICENSE)][0]
        self.addCleanup(self.give_back, there, [{"license": name, "quantity": 2}])
        for quantity in (1, "1", 1.0):
            value = self.done(self.script.post(self.place(here) + "/licenses/transfer", {"licenses": [
                {"license": name, "licenseType": "PERPETUAL", "quantity": quantity, "targetVirtualAccount": there.upper(),
                 "precedence": "LONGEST_TERM_FIRST"}]}))
            self.assertEqual("SUCCESS", value["results"][0]["status"], value)
        value = self.done(self.script.post(self.place(here) + "/licenses/transfer", {"licenses": [
            {"license": name, "licenseType": "PERPETUAL", "quantity": 1, "targetVirtualAccount": there, "precedence": ""}]}))
        self.assertEqual(("ERROR", "ERROR"), (value["status"], value["results"][0]["status"]))
        self.assertEqual(3, self.counts(there, "Basic")[0])
        self.addCleanup(self.give_back, there, [{"license": name, "quantity": 1}])

    def test_reservations(self):
        place, product = self.fresh({"Basic": 3}), Unconnected()
        ask = {"reservationCode": product.request, "reservationType": "SPECIFIC", "licenses": [
            {"entitlementTag": BASIC, "quantity": 1, "precedence": "LONGEST_TERM_FIRST"}]}
        value = self.ok(self.script.post(self.place(place) + "/reserve-licenses", {"reservationRequests": [ask]}))
        self.keys(value["authorizationCodes"][0], {"authorizationCode": TEXT, "status": TEXT, "statusMessage": TEXT})
        reservation = value["authorizationCodes"][0]["reservationId"]
        self.addCleanup(self.sat.rest, "POST", "/reservations/%s/remove" % reservation, {"reason": "the test is over"})
        device = [d for d in self.rows(self.script.get(self.place(place) + "/devices"), "devices", DEVICE)]
        self.assertEqual([product.serial], [d["sudi"]["udiSerialNumber"] for d in device])
        ask["licenses"][0]["quantity"] = "2"
        value = self.ok(self.script.post(self.place(place) + "/update-licenses", {"reservationUpdateRequests": [ask]}))
        self.assertTrue(value["authorizationCodes"][0]["authorizationCode"])
        value = self.done(self.script.post(self.place(place) + "/confirm-licenses", {"reservationConfirmationRequests": [
            {"sudi": product.sudi, "productTagName": "", "confirmationCode": "00000000"}]}))
        self.assertEqual(("ERROR", "ERROR"), (value["status"], value["results"][0]["status"]))
        for use in device[0]["licenseUsage"]:
            self.assertEqual(1, use["quantity"])

    def test_lists_of_operations(self):
        """One by one, or all together with "atomic":true; refused as a whole if there is no list."""
        place = self.place(self.fresh())
        for path, name in (("/tokens/revoke", "tokens"), ("/devices/transfer", "productInstances"),
                           ("/devices/remove", "productInstanceRemoveRequests"), ("/licenses/transfer", "licenses"),
                           ("/reserve-licenses", "reservationRequests"), ("/update-licenses", "reservationUpdateRequests"),
                           ("/confirm-licenses", "reservationConfirmationRequests")):
            with self.subTest(path=path):
                for body in (None, {}, {name: "x"}, {name: {}}, {name: None}):
                    self.assertEqual("ERROR", self.done(self.script.post(place + path, body), 400)["status"])
                self.assertEqual([], self.ok(self.script.post(place + path, {name: []}))["results"])
                value = self.done(self.script.post(place + path, {name: [None, 1, [], {}], "atomic": True}))
                self.assertEqual(("ERROR", ["ERROR"] * 4), (value["status"], [r["status"] for r in value["results"]]))

    def test_compact_and_typed(self):
        """No space behind a colon or comma in any answer, and the type says what it is."""
        for path in ("/api/v1/status", self.account() + "/virtual-accounts", "/api/v1/nothing", "/api/v1/alerts"):
            request = urllib.request.Request(self.sat.admin_url + path, headers={"Authorization": "Bearer " + self.script.token})
            with contextlib.suppress(urllib.error.HTTPError):
                with self.script.opener.open(request) as reply:
                    self.assertRegex(reply.headers["Content-Type"], r"\Aapplication/json\b")
                    data = reply.read().decode()
                    self.assertIsNone(re.search(r'"\s*[:,]\s', re.sub(r'"(?:[^"\\]|\\.)*"', '""', data)))
                    self.assertFalse(data.endswith("\n"))

    def test_odd_types(self):
        """Clients name the type in many ways, and send some bodies without any."""
        path, body = self.account() + "/licenses", b'{"limit":1}'
        for kind in ("application/json", "application/json; charset=utf-8", "APPLICATION/JSON;charset=UTF-8"):
            with self.subTest(kind=kind):
                self.assertEqual(1, len(self.ok(self.script.call("POST", path, body, kind))["licenses"]))
        self.assertEqual(415, self.script.call("POST", path, body, "text/xml")[0])


if __name__ == "__main__":
    unittest.main()
