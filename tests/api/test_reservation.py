"""License reservation: codes over satellitectl and REST, checked by a reader of their own and by openssl."""

import base64
import hashlib
import os
import re
import secrets
import subprocess
import tempfile
import time
import uuid

from case import BASIC, BY_NAME, CUWL, ENHANCED, RESTRICTED, Case

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
ENTITLEMENT = re.compile(
    r"<entitlement><tag>([^<]*)</tag><count>([1-9]\d*)</count><startDate>([^<]*)</startDate><endDate>([^<]*)</endDate>"
    r"<licenseType>(PERPETUAL|TERM|DEMO)</licenseType><displayName>([^<]*)</displayName><tagDescription>([^<]*)"
    r"</tagDescription><subscriptionID>([^<]*)</subscriptionID></entitlement>")
CODE = re.compile(
    r"<specificPLR>(?P<authorization><authorizationCode><flag>A</flag><version>C</version><piid>(?P<piid>[0-9a-f-]{36})</piid>"
    r"<timestamp>(?P<timestamp>\d+)</timestamp><entitlements>(?P<entitlements>(?:" + re.sub(r"\((?!\?)", "(?:", ENTITLEMENT.pattern) + r")+)</entitlements>"
    r"</authorizationCode>)<signature>(?P<signature>[A-Za-z0-9+/=]+)</signature>(?P<element><udi>(?P<udi>[^<]*)</udi>)"
    r"</specificPLR>\Z")


class Code:
    """An authorization code as protocol.md section 7 has it; signed by somebody below the licensing root."""

    def __init__(self, text, root_file):
        assert len(text) <= 8192 and "\n" not in text, text
        match = CODE.match(text)
        assert match, text
        self.text, self.piid, self.timestamp, self.udi = text, match["piid"], int(match["timestamp"]), match["udi"]
        self.rows = ENTITLEMENT.findall(match["entitlements"])
        self.signed = (match["authorization"] + match["element"]).encode()
        self.signature = base64.b64decode(match["signature"], validate=True)
        self.verify(root_file)

    def verify(self, root_file):
        with tempfile.TemporaryDirectory() as folder:
            for name, data in (("content", self.signed), ("signature", self.signature)):
                with open(os.path.join(folder, name), "wb") as f:
                    f.write(data)
            subprocess.run(["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", folder + "/signature",
                            "-content", folder + "/content", "-CAfile", root_file, "-out", os.devnull],
                           check=True, stderr=subprocess.DEVNULL)

    def counts(self):
        found = {}
        for row in self.rows:
            found[row[0]] = found.get(row[0], 0) + int(row[1])
        return found

    def confirmation(self):
        return hashlib.sha256(self.signed).hexdigest()[:8]

    def return_code(self):
        number, digits = int.from_bytes(hashlib.sha256(b"return" + self.signed).digest(), "big"), ""
        for _ in range(48):
            number, digit = divmod(number, 62)
            digits = ALPHABET[digit] + digits
        return "-".join(digits[i:i + 6] for i in range(0, 48, 6))


def crc8(data):
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc << 1 ^ 0x07) & 0xff if crc & 0x80 else crc << 1
    return crc


class Unconnected:
    """A product that never connects."""

    def __init__(self, pid="UCM"):
        self.pid, self.serial, self.uuid = pid, "r" + secrets.token_hex(5), str(uuid.uuid4())

    @property
    def request(self):
        return "P:%s,S:%s,U:%s" % (self.pid, self.serial, self.uuid)

    def other_request(self, nonce=None):
        text = "CB-Z%s:%s-%s-" % (self.pid, self.serial, nonce or secrets.token_hex(4))
        return text + "%02x" % crc8(text.encode())

    @property
    def sudi(self):
        return {"udiPid": self.pid, "udiSerialNumber": self.serial, "uuid": self.uuid}


class Reservation(Case):
    def code(self, text):
        return Code(text.strip(), self.sat.root_file)

    def ctl(self, *arguments, **options):
        return self.sat.ctl("reservation", *arguments, **options)

    def create(self, product, va, *licenses, **options):
        result = self.ctl("create", "--account", self.sat.account, "--virtual-account", va, "--request", product.request,
                          *["--license=" + one for one in licenses], json_output=False, **options)
        self.assertEqual(0, result.rc, result)
        return self.code(result.out)

    def reserved(self, va, name):
        row = self.license(va, name)
        self.assertEqual(row["quantity"] - row["reserved"] - row["inUse"] + row["borrowed"] - row["lent"], row["available"])
        return row["reserved"]

    def show(self, name):
        return self.done(self.ctl("show", name))

    # the whole way

    def test_by_command(self):
        va, ucm = self.fresh({"Basic": 10, "CUWL": 2}), Unconnected()
        first = self.create(ucm, va, "Basic=4", "CUWL=1")
        self.assertEqual({BASIC: 4, CUWL: 1}, first.counts())
        self.assertEqual(ucm.request, first.udi)
        self.assertEqual(BY_NAME["Basic"]["display_name"], [r[5] for r in first.rows if r[0] == BASIC][0])
        self.assertEqual((4, 1), (self.reserved(va, "Basic"), self.reserved(va, "CUWL")))
        shown = self.show(ucm.serial)
        self.assertEqual(("RESERVED", first.text), (shown["reservation"]["state"], shown["authorizationCode"]))
        self.assertEqual(first.piid, shown["reservation"]["reservationId"])

        second = self.code(self.ctl("update", ucm.request, "--license", "Basic=7", json_output=False).out)
        self.assertEqual(first.piid, second.piid)
        self.assertGreater(second.timestamp, first.timestamp)
        self.assertEqual((7, 1), (self.reserved(va, "Basic"), self.reserved(va, "CUWL")))
        self.refused(self.ctl("update", ucm.serial, "--license", "Basic=1"), "RESERVATION_STATE")
        self.refused(self.ctl("confirm", ucm.serial, first.confirmation()), "CODE_OLD")
        self.refused(self.ctl("confirm", ucm.serial, "00000000"), "CODE_ALTERED")
        self.refused(self.ctl("confirm", ucm.serial, "hello"), "CODE_INVALID")
        self.done(self.ctl("confirm", ucm.serial, second.confirmation().upper()))
        self.assertEqual((7, 0), (self.reserved(va, "Basic"), self.reserved(va, "CUWL")))

        self.code(self.ctl("update", ucm.serial, "--license", "Basic=1", json_output=False).out)
        again = self.code(self.ctl("cancel", ucm.serial, json_output=False).out)
        self.assertEqual(second.counts(), again.counts())
        self.refused(self.ctl("cancel", ucm.serial), "RESERVATION_STATE")
        self.done(self.ctl("confirm", ucm.serial, again.confirmation()))

        self.refused(self.ctl("return", ucm.serial, second.return_code()), "CODE_OLD")
        self.refused(self.ctl("return", ucm.serial, again.return_code()[:-1] + "*"), "CODE_INVALID")
        self.done(self.ctl("return", ucm.request, again.return_code()))
        self.assertEqual(0, self.reserved(va, "Basic"))
        self.refused(self.ctl("return", ucm.request, again.return_code()), "CODE_USED")
        self.refused(self.ctl("show", ucm.request), "RESERVATION_UNKNOWN")
        ended = self.show(first.piid)
        self.assertEqual(("RETURNED", 4), (ended["reservation"]["state"], len(ended["codes"])))

    def test_confirmed(self):
        """What the product holds is said once it is confirmed, and the next step is another one then."""
        va, ucm = self.fresh({"Basic": 5}), Unconnected()
        first = self.create(ucm, va, "Basic=2")
        row = self.show(ucm.serial)["reservation"]
        self.assertIsNone(row["confirmedDate"])
        self.assertIn("install the code; then here: enter the confirmation code", row["nextStep"])
        text = self.ctl("show", ucm.serial, json_output=False).out
        self.assertEqual("2 – 2".split(), [line for line in text.splitlines() if "Perpetual" in line][0].split()[-4:-1], text)
        self.done(self.ctl("confirm", ucm.serial, first.confirmation()))
        row = self.show(ucm.serial)["reservation"]
        self.assertIsNotNone(row["confirmedDate"])
        self.assertIn("Nothing: the product holds the code", row["nextStep"])
        text = self.ctl("show", ucm.serial, json_output=False).out
        self.assertEqual("2 2 2".split(), [line for line in text.splitlines() if "Perpetual" in line][0].split()[-4:-1], text)
        self.done(self.ctl("return", ucm.serial, first.return_code()))

    def test_return_older(self):
        """The newest code can still be installed: its licenses stay blocked, and the answer says what to do."""
        va, ucm = self.fresh({"Basic": 9}), Unconnected()
        first = self.create(ucm, va, "Basic=2")
        second = self.code(self.ctl("update", ucm.serial, "--license", "Basic=3", json_output=False).out)
        text = " ".join(self.done(self.ctl("return", ucm.serial, first.return_code(), json_output=False)).split())
        self.assertIn("3 licenses stay blocked", text)
        self.assertIn("return-authorization", text)
        row = self.show(ucm.serial)["reservation"]
        self.assertEqual(("UPDATE_IN_TRANSIT", None), (row["state"], row["endedDate"]))
        self.assertEqual(3, self.reserved(va, "Basic"))
        self.refused(self.ctl("return", ucm.serial, first.return_code()), "CODE_USED")
        self.refused(self.ctl("cancel", ucm.serial), "RESERVATION_STATE")
        text = self.done(self.ctl("return", ucm.serial, second.return_code(), json_output=False))
        self.assertIn("Returned", text)
        self.assertEqual(0, self.reserved(va, "Basic"))
        # The list of removals says so in the message of a success.
        first = self.create(ucm, va, "Basic=2")
        second = self.code(self.ctl("update", ucm.serial, "--license", "Basic=3", json_output=False).out)
        gone = {"sudi": ucm.sudi, "productTagName": ""}
        value = self.post(va, "/devices/remove", {"productInstanceRemoveRequests": [
            dict(gone, returnCode=first.return_code()), dict(gone, returnCode=second.return_code())]})
        self.assertEqual(["SUCCESS", "SUCCESS"], [row["status"] for row in value["results"]], value)
        self.assertIn("still out", value["results"][0]["statusMessage"])
        self.assertEqual("", value["results"][1]["statusMessage"])

    def test_unknown_product(self):
        """A slip in the product ID would make a code that no product takes: it is issued, with a warning."""
        va, other = self.fresh({"Basic": 2}), Unconnected("UCN")
        result = self.ctl("create", "--account", self.sat.account, "--virtual-account", va, "--request", other.request,
                          "--license=Basic=1", json_output=False)
        self.assertEqual(0, result.rc, result)
        self.assertEqual(other.request, self.code(result.out).udi)
        self.assertRegex(result.err, r"\Awarning: 'UCN' is no product that this server knows\.")
        result = self.ctl("create", "--account", self.sat.account, "--virtual-account", va, "--request",
                          Unconnected().request, "--license=Basic=1")
        self.assertEqual("", result.err)
        self.assertIsNone(self.done(result)["warning"])

    def test_lists(self):
        va, ucm = self.fresh({"Enhanced": 5}), Unconnected()
        self.assertEqual(0, self.done(self.ctl("list", "--account", self.sat.account, "--virtual-account", va))["totalRecords"])
        code = self.create(ucm, va, "Enhanced=3")
        value = self.done(self.ctl("list", "--account", self.sat.account, "--virtual-account", va))
        self.assertEqual([ucm.serial], [row["sudi"]["udiSerialNumber"] for row in value["reservations"]])
        text = self.ctl("list", "--account", self.sat.account, "--virtual-account", va, json_output=False).out
        self.assertIn(ucm.serial, text)
        self.assertTrue(all(len(line) <= 80 for line in text.splitlines()), text)
        text = self.ctl("show", code.piid, json_output=False).out
        self.assertIn(code.text, text)
        self.assertTrue(all(len(line) <= 80 for line in text.splitlines() if "<" not in line), text)
        device = [row for row in self.sat.devices(va) if row["productInstanceIdentifier"] == code.piid][0]
        self.assertEqual(("Reserved", ucm.sudi["udiSerialNumber"], 3),
                         (device["status"], device["sudi"]["udiSerialNumber"], device["licenseUsage"][0]["quantity"]))
        shown = self.done(self.sat.ctl("instance", "show", ucm.serial))["productInstance"]
        self.assertEqual(("Reserved", "RESERVED"), (shown["status"], shown["reservationState"]))
        self.assertIn("holds a reservation", self.sat.ctl("instance", "show", ucm.serial, json_output=False).out)
        self.assertIn("Reserved", self.sat.ctl("instance", "list", json_output=False).out)
        for verb in (("remove",), ("transfer", "--to", "Default")):
            self.refused(self.sat.ctl("instance", verb[0], code.piid, *verb[1:]), "RESERVATION_IN_USE")
        self.refused(self.sat.ctl("virtual-account", "delete", va, "--account", self.sat.account), "VIRTUAL_ACCOUNT_IN_USE")
        self.done(self.ctl("return", ucm.serial, code.return_code()))
        self.assertEqual([], [row for row in self.sat.devices(va) if row["productInstanceIdentifier"] == code.piid])

    def test_file(self):
        va, ucm = self.fresh({"Basic": 2}), Unconnected()
        place = ("--account", self.sat.account, "--virtual-account", va, "--request", ucm.request)
        with tempfile.TemporaryDirectory() as folder:
            file = os.path.join(folder, "code.txt")
            result = self.ctl("create", *place, "--license=Basic=2", "--out", file, json_output=False)
            self.assertEqual(0, result.rc, result)
            self.assertIn("license smart reservation install", result.out)
            self.assertNotIn("<", result.out)
            with open(file, encoding="utf-8") as text:
                code = self.code(text.read())
            self.assertEqual(0, self.ctl("show", ucm.serial, "--out", file + "2", json_output=False).rc)
            with open(file + "2", encoding="utf-8") as text:
                self.assertEqual(code.text, text.read().strip())
        self.done(self.ctl("return", ucm.serial, code.return_code()))
        for wrong in ("Basic", "Basic=", "Basic=0", "=1", "Basic=x", "Basic=2147483648"):
            self.assertEqual(2, self.ctl("create", *place, "--license=" + wrong).rc, wrong)
        self.refused(self.ctl("create", *place, "--license=Nothing=1"), "ENTITLEMENT_UNKNOWN")
        self.refused(self.ctl("create", *place, "--license=Basic=1", "--license=Basic=1"), "INVALID_REQUEST")

    # what is refused

    def test_not_enough(self):
        va, ucm = self.fresh({"Basic": 5, "CUWL": 3}), Unconnected()
        user = self.registered(virtual_account=va)
        self.ok(user.authorize({BASIC: 7}))
        place = ("--account", self.sat.account, "--virtual-account", va, "--request", ucm.request)
        with self.unchanged("a refused reservation"):
            result = self.ctl("create", *place, "--license=CUWL=2")
            self.refused(result, "NOT_ENOUGH")
            self.assertIn("1 can be reserved", result.err)
            self.assertIn("3 owned, 0 in use, 0 reserved, 2 lent", result.err)
            result = self.ctl("create", *place, "--license=Basic=1")
            self.refused(result, "NOT_ENOUGH")
            self.assertIn("nothing is borrowed for a reservation", result.err)
        code = self.create(ucm, va, "CUWL=1")
        self.assertEqual("AUTHORIZED", self.ok(user.authorize({BASIC: 7})).data["authorization_status"])
        self.assertEqual("OUT_OF_COMPLIANCE", self.ok(user.authorize({BASIC: 8})).data["authorization_status"])
        self.done(self.ctl("return", ucm.serial, code.return_code()))
        self.assertEqual("AUTHORIZED", self.ok(user.authorize({BASIC: 8})).data["authorization_status"])

    def test_minimum_and_export(self):
        va = self.fresh({"Basic": 2, "CUWL": 1})
        sme = Unconnected("UCM_SME")
        place = ("--account", self.sat.account, "--virtual-account", va)
        self.refused(self.ctl("create", *place, "--request", sme.request, "--license=Basic=1"), "RESERVATION_MINIMUM")
        code = self.create(sme, va, "Basic=1", "CUWL=1")
        self.refused(self.ctl("update", sme.serial, "--license=Basic=2"), "RESERVATION_MINIMUM")
        self.done(self.ctl("return", sme.serial, code.return_code()))
        self.refused(self.ctl("create", *place, "--request", "P:UCM", "--license=Basic=1"), "CODE_INVALID")
        self.assertTrue(RESTRICTED)

    def test_registration(self):
        va = self.fresh({"Enhanced": 3})
        product = self.product()
        ucm = Unconnected(product.pid)
        ucm.serial, ucm.uuid = product.serial, str(uuid.UUID(product.uuid))
        code = self.create(ucm, va, "Enhanced=1")
        token = self.sat.new_token(va, uses=1)
        answer = product.register(token)
        self.failed(answer, "RESERVATION_IN_USE")
        self.assertEqual(1, self.sat.uses_left(token))
        self.done(self.ctl("return", ucm.serial, code.return_code()))
        self.ok(product.register(token))
        result = self.ctl("create", "--account", self.sat.account, "--virtual-account", va, "--request", ucm.request,
                          "--license=Enhanced=1")
        self.refused(result, "ALREADY_REGISTERED")
        self.assertIn("license smart deregister", result.err)

    def test_dead_product(self):
        va, ucm = self.fresh({"Basic": 2}), Unconnected()
        self.create(ucm, va, "Basic=2")
        self.assertEqual(2, self.ctl("remove", ucm.serial).rc)
        self.refused(self.ctl("remove", ucm.serial, "--reason", "x" * 501), "INVALID_REQUEST")
        reason = "burnt down, ticket " + secrets.token_hex(4)
        self.done(self.ctl("remove", ucm.serial, "--reason", reason))
        self.assertEqual(0, self.reserved(va, "Basic"))
        alerts = self.sat.rest_ok("POST", self.sat.path() + "/alerts", {"limit": -1})["alerts"]
        mine = [row for row in alerts if reason in row["message"]]
        self.assertEqual([("Reservation Removed", "MAJOR")], [(row["messageType"], row["severity"]) for row in mine])

    # REST as existing clients call it

    def post(self, va, path, body, status=200):
        reply = self.sat.rest("POST", self.sat.path(va) + path, body)
        self.assertEqual(status, reply.status, reply)
        return reply.json()

    def test_rest(self):
        va, ucm, switch = self.fresh({"Basic": 5, "Enhanced": 5}), Unconnected(), Unconnected("C9300-24UX")
        request = switch.other_request()
        value = self.post(va, "/reserve-licenses", {"reservationRequests": [
            {"reservationCode": ucm.request, "reservationType": "SPECIFIC",
             "licenses": [{"entitlementTag": BASIC, "quantity": "2", "precedence": "LONGEST_TERM_FIRST"}]},
            {"reservationCode": request, "licenses": [{"entitlementTag": ENHANCED, "quantity": 1}]},
            {"reservationCode": "nonsense", "licenses": [{"entitlementTag": ENHANCED, "quantity": 1}]},
            {"reservationCode": Unconnected().request, "licenses": [{"entitlementTag": BASIC, "quantity": 9}]}]})
        self.assertEqual("PARTIAL", value["status"])
        self.assertEqual(value["results"], value["authorizationCodes"])
        rows = value["authorizationCodes"]
        self.assertEqual(["SUCCESS", "SUCCESS", "ERROR", "ERROR"], [row["status"] for row in rows])
        self.assertEqual(["CODE_INVALID", "NOT_ENOUGH"], [row["error"]["name"] for row in rows[2:]])
        self.assertEqual([None, None], [row["authorizationCode"] for row in rows[2:]])
        one, two = (self.code(row["authorizationCode"]) for row in rows[:2])
        self.assertEqual("P:%s,S:%s" % (switch.pid, switch.serial), two.udi)
        self.assertEqual((2, 1), (self.reserved(va, "Basic"), self.reserved(va, "Enhanced")))

        value = self.post(va, "/update-licenses", {"reservationUpdateRequests": [
            {"reservationCode": ucm.request, "reservationType": "SPECIFIC",
             "licenses": [{"entitlementTag": BASIC, "quantity": 3}]},
            {"sudi": dict(switch.sudi, uuid=None), "productTagName": "",
             "licenses": [{"license": "Enhanced", "quantity": 2}]}]})
        self.assertEqual("SUCCESS", value["status"], value)
        three, four = (self.code(row["authorizationCode"]) for row in value["authorizationCodes"])
        value = self.post(va, "/confirm-licenses", {"reservationConfirmationRequests": [
            {"sudi": ucm.sudi, "productTagName": "x", "confirmationCode": four.confirmation()},
            {"sudi": ucm.sudi, "productTagName": "x", "confirmationCode": three.confirmation()},
            {"sudi": switch.sudi, "productTagName": "", "confirmationCode": four.confirmation()}]})
        self.assertEqual(["CODE_WRONG_PRODUCT", None, None],
                         [row.get("error", {}).get("name") for row in value["results"]], value)
        # the same request code a second time, also after the return
        other = self.fresh()
        gone = {"sudi": switch.sudi, "productTagName": "", "returnCode": four.return_code()}
        spelling = "productInstacesRemoveRequests"
        value = self.post(other, "/devices/remove", {spelling: [gone]})
        self.assertEqual("RESERVATION_UNKNOWN", value["results"][0]["error"]["name"])
        value = self.post(va, "/devices/remove", {spelling: [
            dict(gone, returnCode=None), dict(gone, returnCode=two.return_code()), gone, gone]})
        self.assertEqual(["RESERVATION_IN_USE", "CODE_OLD", None, "CODE_USED"],
                         [row.get("error", {}).get("name") for row in value["results"]], value)
        value = self.post(va, "/reserve-licenses", {"reservationRequests": [
            {"reservationCode": request, "licenses": [{"entitlementTag": ENHANCED, "quantity": 1}]}]})
        self.assertEqual("CODE_USED", value["authorizationCodes"][0]["error"]["name"])
        value = self.post(va, "/devices/remove", {"productInstanceRemoveRequests": [
            {"sudi": ucm.sudi, "productTagName": "x", "returnCode": "\n" + three.return_code().replace("-", "-\n") + " "}]})
        self.assertEqual("SUCCESS", value["status"], value)
        self.assertEqual((0, 0), (self.reserved(va, "Basic"), self.reserved(va, "Enhanced")))
        self.assertEqual(one.piid, three.piid)

    def test_draft_and_atomic(self):
        va, ucm = self.fresh({"Basic": 2}), Unconnected()
        ask = {"reservationCode": ucm.request, "licenses": []}
        value = self.post(va, "/reserve-licenses", {"reservationRequests": [ask]})
        self.assertEqual(("IN_PROGRESS", None), (value["results"][0]["state"], value["results"][0]["authorizationCode"]))
        self.assertEqual("IN_PROGRESS", self.show(ucm.serial)["reservation"]["state"])
        self.done(self.ctl("cancel", ucm.serial))
        self.refused(self.ctl("show", ucm.serial), "RESERVATION_UNKNOWN")
        good = {"reservationCode": ucm.request, "licenses": [{"entitlementTag": BASIC, "quantity": 1}]}
        bad = {"reservationCode": Unconnected().request, "licenses": [{"entitlementTag": BASIC, "quantity": 2}]}
        with self.unchanged("an atomic list with a refusal"):
            value = self.post(va, "/reserve-licenses", {"reservationRequests": [good, bad], "atomic": True})
            self.assertEqual("ERROR", value["status"])

    def test_without_uuid(self):
        """A name without UUID does, unless it could be two products."""
        va, serial = self.fresh({"Basic": 2}), secrets.token_hex(6)
        requests = ["P:UCM,S:%s,U:%s" % (serial, uuid.uuid4()) for _ in range(2)]
        place = ("--account", self.sat.account, "--virtual-account", va)
        self.done(self.ctl("create", *place, "--request", requests[0]))
        self.done(self.ctl("show", "P:UCM,S:" + serial))
        self.done(self.ctl("create", *place, "--request", requests[1]))
        for name in (serial, "P:UCM,S:" + serial, "CB-ZUCM:%s-AK9A6sMTr-86" % serial):
            refused = self.ctl("cancel", name)
            self.refused(refused, "RESERVATION_UNKNOWN")
            self.assertIn(requests[0], refused.err)
        self.done(self.ctl("cancel", requests[0]))
        self.done(self.ctl("cancel", "P:UCM,S:" + serial))

    def test_bad_input(self):
        va, path = self.fresh({"Basic": 1}), "/reserve-licenses"
        licenses = [{"entitlementTag": BASIC, "quantity": 1}]
        with self.unchanged("bad input"):
            for item in (None, 1, {}, {"reservationCode": None}, {"reservationCode": ["x"]}, {"reservationCode": "x" * 513},
                         {"reservationCode": Unconnected().request, "licenses": 1},
                         {"reservationCode": Unconnected().request, "licenses": [1]},
                         {"reservationCode": Unconnected().request, "licenses": [{}]},
                         {"reservationCode": Unconnected().request, "licenses": [{"quantity": 1}]},
                         {"reservationCode": Unconnected().request, "licenses": [{"entitlementTag": BASIC, "quantity": 0}]},
                         {"reservationCode": Unconnected().request, "licenses": [dict(licenses[0], precedence="x")]},
                         {"reservationCode": Unconnected().request, "licenses": licenses * 33},
                         {"reservationCode": Unconnected().request, "reservationType": "UNIVERSAL", "licenses": licenses}):
                value = self.post(va, path, {"reservationRequests": [item]})
                self.assertEqual("ERROR", value["status"], item)
                self.assertEqual("INVALID_REQUEST", value["results"][0]["error"]["name"], item)
            for body in ({}, {"reservationRequests": None}, {"reservationRequests": {}}):
                self.post(va, path, body, 400)
            for name in ("nothing", "P:UCM,S:nothing", "0" * 600, "00000000-0000-4000-8000-000000000000"):
                for verb, body in (("update", {"licenses": licenses}), ("confirm", {"confirmationCode": "1fc54c75"}),
                                   ("cancel", {}), ("remove", {"reason": "x"})):
                    reply = self.sat.rest("POST", "/reservations/%s/%s" % (name, verb), body)
                    self.assertEqual(("RESERVATION_UNKNOWN", 404), (reply.json()["error"]["name"], reply.status), name)

    # the cloud manager

    def test_ended(self):
        """Licenses whose lot has ended are reserved no more, and marked so."""
        account, ucm = "slr " + secrets.token_hex(4), Unconnected()
        place = ("--account", account, "--virtual-account", "Default")
        self.done(self.sat.ctl("account", "add", account, "--reservation", manager=True))
        end_s = int(time.time()) + 3
        self.sat.rest_ok("POST", "/orders", {
            "account": account, "virtualAccount": "Default", "license": "Basic", "quantity": 2, "licenseType": "TERM",
            "endDate": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(end_s))}, manager=True)
        self.done(self.ctl("create", *place, "--request", ucm.request, "--license", "Basic=2", manager=True))
        listed = ("list", "--account", account)
        self.assertEqual(["2", "2"], self.counts_of(ucm, *listed))
        time.sleep(max(0, end_s - time.time()) + 0.1)
        row = self.done(self.ctl(*listed, manager=True))["reservations"][0]
        self.assertEqual([(2, 0, "EXPIRED")], [(r["quantity"], r["blocked"], r["status"]) for r in row["licenses"]])
        self.assertEqual(["0", "0"], self.counts_of(ucm, *listed))
        self.assertIn("ended", self.ctl(*listed, manager=True, json_output=False).out)
        self.assertIn("ended", self.ctl("show", ucm.serial, manager=True, json_output=False).out)

    def counts_of(self, product, *command):
        """What the list says under Licenses and Blocked."""
        text = self.ctl(*command, manager=True, json_output=False).out
        head = [line for line in text.splitlines() if "Blocked" in line][0]
        row = [line for line in text.splitlines() if product.serial in line][0]
        return [row[:head.index(name) + len(name)].split()[-1] for name in ("Licenses", "Blocked")]

    def test_manager(self):
        account = "slr " + secrets.token_hex(4)
        self.done(self.sat.ctl("account", "add", account, manager=True))
        place = ("--account", account, "--virtual-account", "Default")
        self.done(self.sat.ctl("order", "add", *place, "--license", "Basic", "--quantity", "3", manager=True))
        ucm = Unconnected()
        ask = ("create", *place, "--request", ucm.request, "--license", "Basic=2")
        self.refused(self.ctl(*ask, manager=True), "RESERVATION_NOT_PERMITTED")
        # an account with nothing but a request that is kept
        bare = "slr " + secrets.token_hex(4)
        self.done(self.sat.ctl("account", "add", bare, "--reservation", manager=True))
        self.done(self.ctl("create", "--account", bare, "--virtual-account", "Default", "--request", Unconnected().request,
                           manager=True))
        self.refused(self.sat.ctl("account", "delete", bare, manager=True), "CONFLICT")
        self.refused(self.sat.ctl("account", "permit-reservation", self.sat.account), "NOT_FOUND")
        self.done(self.sat.ctl("account", "permit-reservation", account, manager=True))
        code = self.code(self.ctl(*ask, manager=True, json_output=False).out)
        self.assertEqual({BASIC: 2}, code.counts())
        self.done(self.sat.ctl("account", "withdraw-reservation", account, manager=True))
        self.refused(self.ctl("update", ucm.serial, "--license", "Basic=1", manager=True), "RESERVATION_NOT_PERMITTED")
        self.done(self.ctl("return", ucm.serial, code.return_code(), manager=True))
        elsewhere = ("create", "--account", "Demo Account", "--virtual-account", "Site A", "--request", ucm.request,
                     "--license", "Basic=1")
        result = self.ctl(*elsewhere, manager=True)
        self.refused(result, "SERVED_ELSEWHERE")
