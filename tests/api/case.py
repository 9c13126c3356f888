"""What the test files share: the running system, fresh virtual accounts, and assertions that show the server's text."""

import contextlib
import http.client
import json
import os
import secrets
import unittest

import product as P
import satellite

with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "catalogue.json"), encoding="utf-8") as _f:
    CATALOGUE = json.load(_f)
BY_NAME = {entry["name"]: entry for entry in CATALOGUE["entitlements"]}
CUWL, PLUS, ENHANCED, BASIC, ESSENTIAL = (
    BY_NAME[n]["tag"] for n in ("CUWL", "EnhancedPlus", "Enhanced", "Basic", "Essential"))
RESTRICTED = CATALOGUE["restricted"]
UNKNOWN_TAG = "regid.2030-01.example.NOTHING,1.0_11111111-2222-4333-8444-555555555555"


def is_license(text, name):
    """The list may call a license by display name, catalogue name or tag."""
    entry = BY_NAME[name]
    return text.casefold() in (entry["name"].casefold(), entry["display_name"].casefold(), entry["tag"].casefold())


class Case(unittest.TestCase):
    longMessage = True
    maxDiff = 4000

    @classmethod
    def setUpClass(cls):
        cls.sat = satellite.system()

    # making

    def product(self, **options):
        made = P.Product(self.sat, **options)
        self.addCleanup(made.client.close)
        return made

    def registered(self, token=None, virtual_account="Default", kind="P-256", **options):
        made = self.product(key=P.new_key(kind), **options)
        self.ok(made.register(token or self.sat.new_token(virtual_account)), "registering")
        return made

    def fresh(self, lots=None):
        """A new local virtual account with {catalogue name: quantity} moved there from Default."""
        name = "bb " + secrets.token_hex(5)
        self.sat.rest_ok("POST", self.sat.path() + "/virtual-accounts", {"name": name, "description": "black box"})
        wanted = []
        for license_name, quantity in (lots or {}).items():
            row = self.license("Default", license_name)
            kinds = [d.get("licenseType") for d in row.get("licenseDetails", [])] or ["PERPETUAL"]
            wanted.append({"license": row["license"], "licenseType": kinds[0], "quantity": quantity,
                           "targetVirtualAccount": name, "precedence": "LONGEST_TERM_FIRST"})
        if wanted:
            answer = self.sat.rest_ok("POST", self.sat.path("Default") + "/licenses/transfer", {"licenses": wanted})
            self.assertEqual("SUCCESS", answer.get("status"), "transfer to %s: %s" % (name, json.dumps(answer)))
            self.addCleanup(self.give_back, name, wanted)
        return name

    def give_back(self, name, lots):
        """Lets later tests, and later runs on the same state, have the licenses."""
        with contextlib.suppress(AssertionError, OSError, http.client.HTTPException):
            self.sat.rest("POST", self.sat.path(name) + "/licenses/transfer", {
                "force": True, "licenses": [dict(lot, targetVirtualAccount="Default") for lot in lots]})

    # asking

    def license(self, virtual_account, name):
        rows = self.sat.licenses(virtual_account)
        for row in rows:
            if row["virtualAccount"].casefold() == virtual_account.casefold() and is_license(row["license"], name):
                return row
        raise AssertionError("no row for %s in %s: %s" % (name, virtual_account, json.dumps(rows)[:1500]))

    def counts(self, virtual_account, name):
        """-> (quantity, inUse, status); a tag without a row counts as nothing there."""
        try:
            row = self.license(virtual_account, name)
        except AssertionError:
            return 0, 0, "In Compliance"
        return int(row["quantity"]), int(row["inUse"]), row["status"]

    def device(self, product, virtual_account=None):
        found = [d for d in self.sat.devices(virtual_account) if self.is_device(d, product)]
        self.assertLessEqual(len(found), 1, "one UDI is listed more than once: %s" % json.dumps(found))
        return found[0] if found else None

    @staticmethod
    def is_device(row, product):
        sudi = row["sudi"]
        return sudi["udiSerialNumber"] == product.serial and sudi["udiPid"] == product.pid \
            and (sudi["uuid"] or "").replace("-", "").lower() == product.uuid.replace("-", "").lower()

    # asserting

    def ok(self, answer, what=""):
        self.assertEqual("OK", answer.status, "%s: %r" % (what, answer))
        self.assertEqual("", answer.code, "%s: an OK answer has the status_code %r" % (what, answer.code))
        return answer

    def failed(self, answer, codes, what=""):
        codes = (codes,) if isinstance(codes, str) else tuple(codes)
        self.assertEqual("FAILED", answer.status, "%s: expected FAILED %s, got %r" % (what, "/".join(codes), answer))
        self.assertIn(answer.code, codes, "%s: %r" % (what, answer))
        return answer

    def refused(self, result, name=None):
        """satellitectl refused: exit 1, `error: NAME: text`."""
        self.assertEqual(1, result.rc, result)
        self.assertRegex(result.err, r"(?m)^error: [A-Z][A-Z0-9_]*: \S", result)
        if name:
            names = (name,) if isinstance(name, str) else name
            self.assertIn(result.err.split(":")[1].strip(), names, result)

    def done(self, result):
        """satellitectl did it: exit 0 and, with --json, exactly one JSON object."""
        self.assertEqual(0, result.rc, result)
        if "--json" in result.arguments:
            try:
                value = json.loads(result.out)
            except ValueError as error:
                self.fail("stdout is not one JSON value (%s): %r" % (error, result))
            self.assertIsInstance(value, dict, result)
            return value
        return result.out

    @contextlib.contextmanager
    def unchanged(self, what=""):
        before = self.sat.snapshot()
        yield
        after = self.sat.snapshot()
        for part in before:
            self.assertEqual(before[part], after[part], "%s: %s changed" % (what, part))

    @contextlib.contextmanager
    def uses(self, token, count):
        """The block takes exactly `count` uses of the token."""
        before = self.sat.uses_left(token)
        yield
        self.assertEqual(count, before - self.sat.uses_left(token), "uses taken of the token")
