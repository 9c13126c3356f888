"""satellitectl: exit codes, --json, the shapes of the REST API part A, and what each command does."""

import json
import os
import secrets
import tempfile
import unittest

import product as P
from case import CUWL, Case, is_license

TOKEN_MEMBERS = {"token", "expirationDate", "description", "exportControlled", "createdBy", "numberOfUses",
                 "usesRemaining", "status"}
LICENSE_MEMBERS = {"license", "virtualAccount", "quantity", "inUse", "available", "reserved", "pendingQuantity",
                   "status", "billingType", "isPortable", "licenseDetails", "licenseSubstitutions"}
DEVICE_MEMBERS = {"instanceName", "displayName", "hostName", "productTagName", "productName", "productType",
                  "virtualAccount", "status", "registrationDate", "lastContactDate", "licenseUsage", "sudi"}
SUDI_MEMBERS = {"suvi", "uuid", "hostIdentifier", "udiPid", "udiSerialNumber", "udiVid", "macAddress"}
ACCOUNT_MEMBERS = {"name", "domain", "account_id", "cssm_smart_account_name", "cssm_virtual_account_name",
                   "virtual_accounts"}


class Ctl(Case):
    def ctl(self, *arguments, **options):
        return self.sat.ctl(*arguments, **options)

    def listed(self, result, member, members=()):
        value = self.done(result)
        self.assertIn(member, value, result)
        self.assertIsInstance(value[member], list)
        self.assertEqual("SUCCESS", value.get("status"), result)
        self.assertEqual("", value.get("statusMessage"), result)
        self.assertIn("totalRecords", value, result)
        for row in value[member]:
            self.assertEqual(set(), set(members) - set(row), "members missing in %s" % json.dumps(row))
        return value[member]

    def create(self, *more, virtual_account="Default", days="30", uses="10"):
        return self.ctl("token", "create", "--account", self.sat.account, "--virtual-account", virtual_account,
                        "--days", days, "--uses", uses, *more)

    def add_virtual_account(self):
        name = "ctl " + secrets.token_hex(4)
        result = self.sat.ctl_any(
            ("virtual-account", "add", name, "--account", self.sat.account),
            ("virtual-account", "add", "--account", self.sat.account, "--virtual-account", name),
            ("virtual-account", "add", "--account", self.sat.account, "--name", name),
            ("virtual-account", "add", "--account", self.sat.account, name))
        return name, result

    def delete_virtual_account(self, name):
        return self.sat.ctl_any(
            ("virtual-account", "delete", name, "--account", self.sat.account),
            ("virtual-account", "delete", "--account", self.sat.account, "--virtual-account", name),
            ("virtual-account", "delete", "--account", self.sat.account, "--name", name),
            ("virtual-account", "delete", "--account", self.sat.account, name))


    def error_object(self, result, name):
        value = json.loads(result.out)
        self.assertEqual(("ERROR", name), (value["status"], value["error"]["name"]), result)
        self.assertIn(" ".join(value["statusMessage"].split()), " ".join(result.err.split()))


class Contract(Ctl):
    def test_usage_errors(self):
        for arguments in (("nonsense",), ("token",), ("token", "nonsense"), ("token", "create", "--nonsense"),
                          ("status", "--nonsense"), ("token", "revoke"), ("instance", "show"), ("instance", "remove")):
            with self.subTest(arguments=arguments):
                result = self.ctl(*arguments, json_output=False)
                self.assertEqual(2, result.rc, result)
                self.assertEqual("", result.out, "nothing on stdout: %r" % result)
                self.assertNotEqual("", result.err, result)
                result = self.ctl(*arguments)
                self.assertEqual(2, result.rc, result)
                self.error_object(result, "USAGE")
        self.error_object(self.ctl("token", "create", "--nonsense", "--json", options=False), "USAGE")

    def test_cannot_connect(self):
        result = self.ctl("status", socket_path="/nonexistent/control.sock")
        self.assertEqual(3, result.rc, result)
        self.assertRegex(result.err, r"(?m)^error: \S", result)

    def test_refused(self):
        self.refused(self.ctl("token", "create", "--account", "No Such Account", "--virtual-account", "Default",
                              "--days", "3", "--uses", "3"))
        self.refused(self.create(virtual_account="No Such Virtual Account"))
        self.refused(self.ctl("instance", "show", "11111111-2222-4333-8444-555555555555"))
        self.refused(self.ctl("instance", "remove", "11111111-2222-4333-8444-555555555555"))
        self.refused(self.ctl("token", "revoke", "no-such-token"))

    def test_refused_without_json(self):
        result = self.ctl("instance", "show", "11111111-2222-4333-8444-555555555555", json_output=False)
        self.refused(result)

    def test_json_is_one_object(self):
        for arguments in (("status",), ("account", "list"), ("token", "list"), ("license", "list"),
                          ("instance", "list"), ("event", "list"), ("certificate", "show"), ("sync", "status"),
                          ("verify",), ("virtual-account", "list", "--account", self.sat.account),
                          ("certificate", "chain")):
            with self.subTest(arguments=arguments):
                self.done(self.ctl(*arguments))

    def test_plain_output_is_for_people(self):
        for arguments in (("status",), ("account", "list"), ("token", "list"), ("license", "list"),
                          ("instance", "list"), ("event", "list"), ("certificate", "show"), ("sync", "status"),
                          ("verify",), ("virtual-account", "list", "--account", self.sat.account)):
            with self.subTest(arguments=arguments):
                result = self.ctl(*arguments, json_output=False)
                self.assertEqual(0, result.rc, result)
                self.assertNotIn("\x1b", result.out, "no colours into a pipe")


class Lists(Ctl):
    def test_status(self):
        value = self.done(self.ctl("status"))
        for member in ("role", "name", "version", "uuid", "time", "startedAt", "authority"):
            self.assertIn(member, value)
        self.assertEqual("satellite", value["role"])
        self.assertTrue(value["authority"]["ready"], value)

    def test_account_list(self):
        rows = self.listed(self.ctl("account", "list"), "accounts", ACCOUNT_MEMBERS)
        row = [r for r in rows if r["name"] == self.sat.account][0]
        self.assertEqual(("Demo Account", "Site A"),
                         (row["cssm_smart_account_name"], row["cssm_virtual_account_name"]))
        self.assertRegex(self.ctl("account", "list", json_output=False).out, r"Status .*\n.*Active ")

    def test_words_of_choices(self):
        """Each word alone reaches the server, not the ones behind it in the table."""
        for command, words in ((("alert", "list", "--severity"), ("MAJOR", "minor")),
                               (("account", "requests", "--state"), ("PENDING", "rejected")),
                               (("report", "licenses", "--account", self.sat.account, "--format"), ("csv", "json", "JSONL")),
                               (("event", "list", "--limit", "1", "--by-kind"), ("local", "system")),
                               (("certificate", "request", "--new-key", "--key"), ("ec-p256", "ec-p384"))):
            for word in words:
                self.done(self.ctl(*command, word, json_output=False))

    def test_any_number_of_uses(self):
        token = self.sat.rest_ok("POST", self.sat.path("Default") + "/tokens", {"description": "no end"})["tokenInfo"]["token"]
        self.assertRegex(self.ctl("token", "list", json_output=False).out, token[:12] + r"….* any +any ")

    def test_virtual_account_list(self):
        rows = self.listed(self.ctl("virtual-account", "list", "--account", self.sat.account), "virtualAccounts",
                           {"name", "description", "isDefault", "commerceAccessLevel"})
        defaults = {r["name"]: r["isDefault"] for r in rows}
        self.assertEqual("true", defaults["Default"], "a text, not a boolean")
        self.assertEqual("false", defaults["Branch"])
        self.assertEqual(1, list(defaults.values()).count("true"))

    def test_license_list(self):
        rows = self.listed(self.ctl("license", "list", "--account", self.sat.account, "--virtual-account", "Branch"),
                           "licenses", LICENSE_MEMBERS)
        self.assertEqual({"Branch"}, {r["virtualAccount"] for r in rows})
        everything = self.listed(self.ctl("license", "list", "--account", self.sat.account), "licenses")
        self.assertLess(len(rows), len(everything))
        self.assertEqual(len(everything), len(self.listed(self.ctl("license", "list"), "licenses")))
        for row in everything:
            self.assertIn(row["status"], ("In Compliance", "Out Of Compliance"))

    def test_lists_are_those_of_the_rest_api(self):
        """The same object, whatever the door."""
        self.registered(virtual_account="Branch")
        self.sat.new_token("Branch")
        for arguments, method, path in (
                (("token", "list"), "GET", self.sat.path("Branch") + "/tokens"),
                (("instance", "list"), "GET", self.sat.path("Branch") + "/devices")):
            with self.subTest(arguments=arguments):
                ctl = self.done(self.ctl(*arguments, "--account", self.sat.account, "--virtual-account", "Branch"))
                rest = self.sat.rest_ok(method, path)
                self.assertEqual(rest, ctl)

    def test_instance_list_and_show(self):
        product = self.registered(virtual_account="Branch")
        self.ok(product.authorize({CUWL: 1}))
        rows = self.listed(self.ctl("instance", "list", "--account", self.sat.account, "--virtual-account", "Branch"),
                           "devices", DEVICE_MEMBERS)
        row = [r for r in rows if self.is_device(r, product)][0]
        self.assertEqual(set(), SUDI_MEMBERS - set(row["sudi"]))
        self.assertEqual(1, int(row["licenseUsage"][0]["quantity"]), row)
        self.assertTrue(is_license(row["licenseUsage"][0]["license"], "CUWL"), row)
        shown = self.done(self.ctl("instance", "show", product.identifier))
        text = json.dumps(shown)
        self.assertIn(product.identifier, text)
        self.assertIn(product.serial, text)
        self.assertEqual(self.sat.account, shown["productInstance"]["account"])
        text = self.done(self.ctl("instance", "show", product.identifier, json_output=False))
        self.assertIn(" in Branch of %s." % self.sat.account, " ".join(text.split()))
        self.assertLessEqual(max(len(line) for line in text.splitlines()), 80, text)
        self.ok(product.deregister())

    def test_event_list(self):
        product = self.registered()
        rows = self.listed(self.ctl("event", "list"), "events", {"id", "at", "kind"})
        self.assertEqual(sorted((r["id"] for r in rows), reverse=True), [r["id"] for r in rows], "newest first")
        self.assertTrue(product.identifier in json.dumps(rows) or product.serial in json.dumps(rows),
                        "the registration is among the newest events")

    def test_no_token_in_events(self):
        token = self.sat.new_token()
        self.registered(token)
        self.assertNotIn(token, self.ctl("event", "list").out, "tokens stay out of the log")

    def test_certificates(self):
        rows = self.listed(self.ctl("certificate", "show"), "certificates",
                           {"purpose", "subject", "issuer", "notBefore", "notAfter"})
        self.assertGreaterEqual(len(rows), 2)
        result = self.ctl("certificate", "chain", json_output=False)
        self.assertEqual(0, result.rc, result)
        self.assertTrue(P.load_certificates(result.out), result)

    def test_verify(self):
        self.done(self.ctl("verify"))


class Tokens(Ctl):
    def test_create_prints_the_token(self):
        plain = self.ctl("token", "create", "--account", self.sat.account, "--virtual-account", "Default",
                         "--days", "30", "--uses", "3", "--description", "for a printer", json_output=False)
        token = self.done(plain).strip()
        self.assertNotRegex(token, r"\s", "the token and nothing else: %r" % plain)
        row = self.sat.token_row(token)
        self.assertEqual((3, 3), (int(row["numberOfUses"]), int(row["usesRemaining"])))
        self.assertEqual("for a printer", row["description"])
        self.assertEqual("Not Allowed", row["exportControlled"])
        self.registered(token)
        value = self.done(self.create())
        self.assertIn("token", value)
        self.registered(value["token"])

    def test_list(self):
        token = self.done(self.create(virtual_account="Branch"))["token"]
        rows = self.listed(self.ctl("token", "list", "--account", self.sat.account, "--virtual-account", "Branch"),
                           "tokens", TOKEN_MEMBERS)
        self.assertIn(token, [r["token"] for r in rows])
        rows = self.listed(self.ctl("token", "list"), "tokens", TOKEN_MEMBERS)
        self.assertIn(token, [r["token"] for r in rows])
        rows = self.listed(self.ctl("token", "list", "--account", self.sat.account, "--virtual-account", "Default"),
                           "tokens")
        self.assertNotIn(token, [r["token"] for r in rows])

    def test_usable_first(self):
        used = self.sat.new_token("Branch", uses=1)
        self.registered(used)
        revoked = self.sat.new_token("Branch")
        self.done(self.ctl("token", "revoke", revoked))
        self.sat.new_token("Branch")
        rows = self.sat.rest_ok("GET", self.sat.path("Branch") + "/tokens")["tokens"]
        usable = [int(r["usesRemaining"]) > 0 and r["token"] != revoked and "REVOKED" not in r["status"].upper()
                  for r in rows]
        self.assertEqual(sorted(usable, reverse=True), usable, json.dumps(rows)[:2000])

    def test_revoke(self):
        token = self.done(self.create())["token"]
        self.done(self.ctl("token", "revoke", token))
        self.failed(self.product().register(token), "TOKEN_REVOKED")

    def test_unusable_numbers(self):
        for days, uses in (("0", "1"), ("1", "0"), ("-1", "1"), ("1", "-1"), ("x", "1"), ("1", "x"), ("1.5e300", "1"),
                           ("99999999999999999999", "1"), ("1", "99999999999999999999")):
            with self.subTest(days=days, uses=uses):
                result = self.create(days=days, uses=uses)
                self.assertIn(result.rc, (1, 2), result)


class Changes(Ctl):
    def test_instance_remove(self):
        place = self.fresh({"CUWL": 3})
        product = self.registered(virtual_account=place)
        self.ok(product.authorize({CUWL: 2}))
        self.done(self.ctl("instance", "remove", product.identifier))
        self.assertIsNone(self.device(product), "still listed")
        self.assertEqual((3, 0, "In Compliance"), self.counts(place, "CUWL"), "licenses went back")
        self.failed(product.authorize({CUWL: 1}), "CERTIFICATE_REVOKED")
        self.refused(self.ctl("instance", "remove", product.identifier))
        self.ok(product.twin().register(self.sat.new_token(place)), "the machine may register again")

    def test_virtual_account_add_and_delete(self):
        name, result = self.add_virtual_account()
        self.done(result)
        rows = self.sat.rest_ok("GET", self.sat.path() + "/virtual-accounts")["virtualAccounts"]
        self.assertIn(name, [r["name"] for r in rows])
        token = self.sat.new_token(name)
        product = self.registered(token)
        self.refused(self.delete_virtual_account(name))
        self.ok(product.deregister())
        self.done(self.delete_virtual_account(name))
        rows = self.sat.rest_ok("GET", self.sat.path() + "/virtual-accounts")["virtualAccounts"]
        self.assertNotIn(name, [r["name"] for r in rows])
        self.failed(self.product().register(token), ("TOKEN_REVOKED", "INVALID_TOKEN"), "its tokens are revoked")
        self.failed(product.authorize({CUWL: 0}), "CERTIFICATE_REVOKED",
                    "a deregistered product stays known after its virtual account went")

    def test_virtual_account_with_lots_is_not_deleted(self):
        place = self.fresh({"CUWL": 1})
        self.refused(self.delete_virtual_account(place))
        self.assertEqual(1, self.counts(place, "CUWL")[0])

    def test_default_is_not_deleted(self):
        self.refused(self.delete_virtual_account("Default"))

    def test_names(self):
        """Unique without case, 1 to 128 characters of printable UTF-8."""
        path = self.sat.path() + "/virtual-accounts"
        for name in ("default", "BRANCH", "", "x" * 129, "a\nb", "a\u0000b", "a\u0007", None, 7):
            with self.subTest(name=name):
                reply = self.sat.rest("POST", path, {"name": name, "description": ""})
                self.assertIn(reply.status, (400, 409, 422), reply)
                self.assertEqual("ERROR", reply.json()["status"])
        for name in ("ü " + secrets.token_hex(3), "%2f/" + secrets.token_hex(3), "é" * 122 + secrets.token_hex(3)):
            with self.subTest(name=name):
                self.sat.rest_ok("POST", path, {"name": name, "description": ""})
                self.assertEqual([], self.sat.rest_ok("GET", self.sat.path(name) + "/devices")["devices"])
                self.sat.rest_ok("POST", self.sat.path(name) + "/delete")

    def test_license_transfer(self):
        source, target = self.fresh({"CUWL": 3}), self.fresh()
        display = self.license(source, "CUWL")["license"]

        def move(quantity):
            common = ("license", "transfer", "--account", self.sat.account)
            number = ("--quantity", str(quantity))
            return self.sat.ctl_any(
                *[common + end for end in (
                    ("--virtual-account", source, "--to", target, "--license", display) + number,
                    ("--from", source, "--to", target, "--license", display) + number,
                    ("--virtual-account", source, "--target", target, "--license", display) + number,
                    ("--virtual-account", source, "--target-virtual-account", target, "--license", display) + number,
                    ("--virtual-account", source, "--to", target, display, str(quantity)))])
        self.done(move(2))
        self.assertEqual((1, 2), (self.counts(source, "CUWL")[0], self.counts(target, "CUWL")[0]))
        self.refused(move(2))
        self.ok(self.registered(virtual_account=source).authorize({CUWL: 1}))
        result = self.ctl("license", "transfer", "--account", self.sat.account, "--from", source, "--to", target,
                          "--license", "CUWL", "--quantity", "1")
        self.refused(result, "NOT_ENOUGH")
        self.assertIn("With --force it is done", " ".join(result.err.split()))
        self.assertEqual((1, 2), (self.counts(source, "CUWL")[0], self.counts(target, "CUWL")[0]))

    def test_user_add(self):
        name = "person-" + secrets.token_hex(3)
        body = {"name": name, "password": secrets.token_urlsafe(18), "role": "auditor"}
        reply = self.sat.rest("POST", "/users", body)
        self.assertEqual(200, reply.status, reply)
        users = self.sat.rest_ok("GET", "/users")
        self.assertIn(name, json.dumps(users))
        self.assertNotIn("scrypt", json.dumps(users).lower())
        self.assertNotIn(body["password"], json.dumps(users))
        again = self.sat.rest("POST", "/users", body)
        self.assertIn(again.status, (400, 409), again)

    def test_user_password_and_remove(self):
        name, first, second = "person-" + secrets.token_hex(3), secrets.token_hex(9), secrets.token_hex(9)
        self.sat.rest_ok("POST", "/users", {"name": name, "password": first, "role": "auditor"})
        self.assertEqual(404, self.sat.rest("POST", "/users/nobody/password", {"password": first}).status)
        self.assertEqual(400, self.sat.rest("POST", "/users/%s/password" % name, {"password": "short"}).status)
        self.sat.rest_ok("POST", "/users/%s/password" % name.upper(), {"password": second})
        self.assertEqual("person.password", self.sat.rest_ok("GET", "/events?limit=1")["events"][0]["kind"])
        self.done(self.ctl("user", "remove", name))
        event = self.sat.rest_ok("GET", "/events?limit=1")["events"][0]
        self.assertEqual(("person.remove", name), (event["kind"], event["subject"]))
        self.refused(self.ctl("user", "remove", name))
        self.assertNotIn(name, json.dumps(self.sat.rest_ok("GET", "/users")))

    def test_account_delete(self):
        """What was never authorized goes without a trace in the lists; what was stays."""
        name = "typo " + secrets.token_hex(3)
        self.done(self.ctl("account", "add", name, "--smart-account", "S", "--virtual-account", "V"))
        self.done(self.ctl("virtual-account", "add", "More", "--account", name))
        self.assertIn("“%s” is not synchronized yet" % name, self.ctl("status", json_output=False).out)
        path = tempfile.mktemp(suffix=".sync")
        self.done(self.ctl("sync", "export", path, "--account", name))
        os.unlink(path)
        for command in (("status",), ("sync", "status")):
            self.assertRegex(" ".join(self.ctl(*command, json_output=False).out.split()),
                             "“%s” waits for its authorization file \\(exported " % name)
        self.done(self.ctl("account", "delete", name))
        self.assertNotIn(name, self.ctl("account", "list").out)
        self.assertEqual("account.delete", self.sat.rest_ok("GET", "/events?limit=1")["events"][0]["kind"])
        self.refused(self.ctl("account", "delete", name))
        self.refused(self.ctl("account", "delete", self.sat.account))

    def test_of_the_other_kind_of_server(self):
        for command, manager, words in ((("order", "list"), False, "is a satellite. Name the manager's socket"),
                                        (("sync", "status"), True, "is a cloud manager. Name the satellite's socket")):
            result = self.ctl(*command, manager=manager)
            self.refused(result)
            self.assertIn("“%s” is a command of" % " ".join(command), result.err)
            self.assertIn(words, result.err)

    def test_event_show(self):
        newest = self.sat.rest_ok("GET", "/events?limit=1")["events"][0]["id"]
        shown = self.done(self.ctl("event", "show", str(newest)))
        self.assertEqual(newest, shown["id"])
        self.refused(self.ctl("event", "show", str(newest + 1000000)))

    def test_clock_accept(self):
        self.assertIs(False, self.done(self.ctl("clock", "accept"))["accepted"])
        self.assertIn("already believed; nothing was changed", self.ctl("clock", "accept", json_output=False).out)


if __name__ == "__main__":
    unittest.main()
