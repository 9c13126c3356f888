"""The description: served as it is, complete, and compared with answers by a checker that sees what is wrong."""

import json
import re
import unittest

import schema
from case import Case

GOOD = {"name": "a", "rows": [{"at": "2026-11-24T09:07:56Z", "kind": None}], "count": 1, "status": "SUCCESS"}


class Served(Case):
    def test_json(self):
        client = self.sat.client(self.sat.admin_url)
        self.addCleanup(client.close)
        reply = client.request("GET", "/api/v1/openapi.json")
        self.assertEqual(200, reply.status)
        self.assertEqual("application/json", reply.headers["Content-Type"])
        self.assertEqual(schema.description().document, reply.json())
        tag = reply.headers["ETag"]
        self.assertRegex(tag, r'^"[0-9a-f]{32}"$')
        for known, status in ((tag, 304), ('W/"x", ' + tag, 304), ("*", 304), ('"x"', 200), (tag[:-2] + '"', 200)):
            again = client.request("GET", "/backend/api/v1/openapi.json", headers={"If-None-Match": known})
            self.assertEqual(status, again.status, known)
            self.assertEqual(tag, again.headers["ETag"])
            self.assertEqual(status == 304, again.body == b"")
        head = client.request("HEAD", "/api/v1/openapi.json")
        self.assertEqual((200, b"", str(len(reply.body))), (head.status, head.body, head.headers["Content-Length"]))
        self.assertEqual(reply.json(), self.sat.rest_ok("GET", "/openapi.json", manager=True))

    def test_no_secret(self):
        text = json.dumps(schema.description().document)
        for secret in ("PRIVATE KEY", self.sat.admin_password()):
            self.assertNotIn(secret, text)


class Complete(unittest.TestCase):
    """What the linter does not ask for."""

    def operations(self):
        for path, item in schema.description().document["paths"].items():
            for method in ("get", "post", "put", "delete", "patch"):
                if method in item:
                    yield "%s %s" % (method.upper(), path), item, item[method]

    def test_operations(self):
        resolve = schema.description().schemas.resolve
        tags = {t["name"] for t in schema.description().document["tags"]}
        for name, item, operation in self.operations():
            with self.subTest(name):
                self.assertRegex(operation["operationId"], "^[a-z][A-Za-z]+$")
                self.assertEqual([], sorted(set(operation["tags"]) - tags))
                self.assertRegex(operation["summary"], "[.?]$")
                self.assertIn("503", operation["responses"])
                if operation["x-access"] == "open":
                    self.assertIn(operation["security"], ([], [{}, {"client": []}]))
                else:
                    self.assertIn("403", operation["responses"])
                    self.assertNotIn("security", operation)
                named = {resolve(p)["name"] for p in item.get("parameters", []) + operation.get("parameters", [])
                         if resolve(p)["in"] == "path"}
                self.assertEqual(set(re.findall(r"{(\w+)}", name)), named)

    def test_errors(self):
        """Every answer that is an error has the one form, but those of OAuth."""
        resolve = schema.description().schemas.resolve
        for name, _, operation in self.operations():
            for status, answer in operation["responses"].items():
                content = resolve(answer).get("content", {})
                if status[0] not in "45" or "/oauth/" in name:
                    continue
                with self.subTest("%s %s" % (name, status)):
                    self.assertEqual({"$ref": "#/components/schemas/Error"}, content["application/json"]["schema"])


class Checker(unittest.TestCase):
    """It must not let wrong answers pass."""

    def setUp(self):
        self.schemas = schema.Schemas({"components": {"schemas": {
            "Status": {"type": "object", "required": ["status"], "properties": {"status": {"const": "SUCCESS"}}},
            "Listing": {"allOf": [{"$ref": "#/components/schemas/Status"}, {
                "type": "object", "required": ["count"], "properties": {"count": {"type": "integer", "minimum": 0}}}]},
            "Tree": {"type": "object", "required": ["name"], "properties": {
                "name": {"type": "string"}, "below": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}}}}}}})
        self.answer = {"allOf": [{"$ref": "#/components/schemas/Listing"}, {
            "type": "object", "required": ["name", "rows"], "properties": {
                "name": {"type": "string", "pattern": "^[a-z]$", "minLength": 1},
                "rows": {"type": "array", "maxItems": 3, "items": {
                    "type": "object", "required": ["at", "kind"], "properties": {
                        "at": {"type": "string", "format": "date-time"},
                        "kind": {"oneOf": [{"enum": ["A", "B"]}, {"type": "null"}]}}}}}}]}

    def wrong(self, value, of=None):
        found = []
        self.schemas.check(of or self.answer)(value, "", found)
        return found

    def test_answers(self):
        self.assertEqual([], self.wrong(GOOD))
        row = GOOD["rows"][0]
        for what, value in (
                ("none", None), ("a list", []), ("a member more", dict(GOOD, more=1)),
                ("one less", {k: v for k, v in GOOD.items() if k != "name"}),
                ("of what it includes", {k: v for k, v in GOOD.items() if k != "count"}),
                ("a wrong constant", dict(GOOD, status="ERROR")), ("a text as a number", dict(GOOD, count="1")),
                ("true as a number", dict(GOOD, count=True)), ("too few", dict(GOOD, count=-1)),
                ("a wrong pattern", dict(GOOD, name="aa")), ("a fraction", dict(GOOD, count=1.5)),
                ("inside: a member more", dict(GOOD, rows=[dict(row, more=1)])),
                ("inside: no time", dict(GOOD, rows=[dict(row, at="2026-11-24 09:07:56")])),
                ("inside: no such word", dict(GOOD, rows=[dict(row, kind="C")])),
                ("too many", dict(GOOD, rows=[row] * 4))):
            with self.subTest(what):
                self.assertNotEqual([], self.wrong(value))

    def test_itself(self):
        tree = {"$ref": "#/components/schemas/Tree"}
        self.assertEqual([], self.wrong({"name": "a", "below": [{"name": "b", "below": []}]}, tree))
        self.assertEqual(1, len(self.wrong({"name": "a", "below": [{"name": "b", "below": [{"name": 1}]}]}, tree)))

    def test_open(self):
        free = {"type": "object", "required": ["a"], "additionalProperties": {"type": "integer"}}
        self.assertEqual([], self.wrong({"a": 1, "b": 2}, free))
        self.assertEqual(1, len(self.wrong({"a": 1, "b": "2"}, free)))

    def test_unknown_keyword(self):
        with self.assertRaises(ValueError):
            self.schemas.check({"type": "object", "patternProperties": {}})

    def test_addresses(self):
        find = schema.description().find
        for path, wanted in (("/api/v1/status", "/api/v1/status"), ("//backend/api/v1//status/?x=/y", "/api/v1/status"),
                             ("/api/v1/accounts/a%2fb/tokens", "/api/v1/accounts/{account}/tokens"),
                             ("/backend/oauth/token", "/oauth/token"), ("/api/v1/nothing", None),
                             ("/api/v1/satellites/answer", "/api/v1/satellites/answer")):
            self.assertEqual(wanted, find(path)[0], path)

    def test_faults(self):
        """Of whole answers."""
        faults = schema.description().faults
        json_type = {"Content-Type": "application/json; charset=utf-8"}
        well = dict(schema.description().document["paths"]["/healthz"]["get"]["responses"]["200"]["content"][
            "application/json"]["example"])
        good_health, bad_health = (json.dumps(dict(well, status=s)).encode() for s in (well["status"], "toast"))
        error = b'{"status":"ERROR","statusMessage":"x","error":{"code":1101,"name":"%s"}}'
        for method, path, status, headers, body, good in (
                ("GET", "/healthz", 200, json_type, good_health, True),
                ("GET", "/healthz", 200, json_type, bad_health, False),
                ("GET", "/healthz", 200, {"Content-Type": "text/plain"}, b"ok", False),
                ("GET", "/healthz", 200, json_type, b"{", False),
                ("GET", "/healthz", 402, json_type, error % b"BAD_REQUEST", False),
                ("GET", "/nothing", 404, json_type, error % b"NOT_FOUND", True),
                ("GET", "/nothing", 404, json_type, error % b"ACCOUNT_UNKNOWN", False),
                ("GET", "/nothing", 200, json_type, b"{}", False),
                ("DELETE", "/healthz", 405, json_type, error % b"METHOD_NOT_ALLOWED", True),
                ("GET", "/api/v1/openapi.json", 304, {}, b"", True),
                ("GET", "/api/v1/openapi.json", 304, {}, b"x", False)):
            with self.subTest("%s %s %d %s" % (method, path, status, body)):
                self.assertEqual(good, not faults(method, path, status, headers, body)[1])
