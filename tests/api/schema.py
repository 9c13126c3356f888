"""Compares what the server answers with etc/openapi.yaml: path, method, status, content type and schema.

The schemas are compiled once into functions, since a run has thousands of answers. Every keyword that the description
uses is understood, and another one is a mistake here, so that nothing is passed over. An object has the members that its
schema names, and no others unless it says additionalProperties; the published description does not insist on that, so
that clients made from it get on with later versions.
"""

import functools
import json
import os
import re
import threading
import urllib.parse

import yaml

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.environ.get("BLACKBOX_TOP") or os.path.dirname(os.path.dirname(HERE))
MANY = 200          # of a longer list as many are looked at, evenly spread
WORDS = {"title", "description", "example", "examples", "default", "contentEncoding", "contentMediaType", "deprecated",
         "type", "properties", "required", "additionalProperties", "items", "enum", "const", "pattern", "format",
         "minimum", "maximum", "minItems", "maxItems", "minLength", "maxLength", "allOf", "anyOf", "oneOf", "$ref"}
TYPES = {
    "object": lambda v: isinstance(v, dict), "array": lambda v: isinstance(v, list),
    "string": lambda v: isinstance(v, str), "boolean": lambda v: isinstance(v, bool), "null": lambda v: v is None,
    "integer": lambda v: isinstance(v, int) and not isinstance(v, bool),
    "number": lambda v: isinstance(v, (int, float)) and not isinstance(v, bool)}
FORMATS = {
    "date-time": re.compile(r"^\d{4}-(0\d|1[0-2])-([0-2]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?Z$").search,
    "date": re.compile(r"^\d{4}-(0\d|1[0-2])-([0-2]\d|3[01])$").search,
    "uuid": re.compile(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$").search,
    "uri": re.compile(r"^[a-z][a-z0-9+.-]*:\S+$").search,
    "int64": lambda v: True, "password": lambda v: True}


def short(value):
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else text[:77] + "..."


class Schemas:
    """check(schema)(value) -> list of what is wrong."""

    def __init__(self, document):
        self.document = document
        self.compiled = {}

    def resolve(self, node):
        while "$ref" in node:
            node = functools.reduce(lambda at, name: at[name.replace("~1", "/").replace("~0", "~")],
                                    node["$ref"][2:].split("/"), self.document)
        return node

    def members(self, schema):
        """The names of all members that a schema or its parts describe; None if any are allowed."""
        schema, names = self.resolve(schema), set()
        if schema.get("additionalProperties") not in (None, False):
            return None
        names.update(schema.get("properties", ()))
        for part in [p for word in ("allOf", "anyOf", "oneOf") for p in schema.get(word, ())]:
            more = self.members(part)
            if more is None:
                return None
            names |= more
        return names

    def check(self, schema, outer=()):
        """outer: members that what surrounds the schema describes; None if any are allowed."""
        key = id(self.resolve(schema)), outer if outer is None else frozenset(outer)
        if key not in self.compiled:
            # First a stand-in: a schema may contain itself.
            self.compiled[key] = lambda value, at, wrong: self.compiled[key](value, at, wrong)
            self.compiled[key] = self.compile(self.resolve(schema), outer)
        return self.compiled[key]

    def compile(self, schema, outer):
        unknown = set(k for k in schema if not k.startswith("x-")) - WORDS
        if unknown:
            raise ValueError("schema.py does not know %s of %s" % (unknown, short(schema)))
        tests = list(self.value_tests(schema))
        if "items" in schema:
            tests.append(self.items_test(schema))
        inside = self.members(schema)
        known = None if outer is None or inside is None else inside | set(outer)
        if "properties" in schema or "required" in schema or schema.get("type") == "object" \
                or "additionalProperties" in schema:
            tests.append(self.object_test(schema, known))
        for part in schema.get("allOf", ()):
            tests.append(self.check(part, known))
        for word in ("anyOf", "oneOf"):
            if word in schema:
                tests.append(self.choice_test(schema[word], word, known))

        def run(value, at, wrong):
            for test in tests:
                test(value, at, wrong)
        return tests[0] if len(tests) == 1 else run

    @staticmethod
    def value_tests(schema):
        def test(good, text):
            def run(value, at, wrong):
                if not good(value):
                    wrong.append("%s is %s: %s" % (at or "it", short(value), text))
            return run
        if "type" in schema:
            names = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
            kinds = [TYPES[n] for n in names]
            yield test(kinds[0] if len(kinds) == 1 else lambda v: any(k(v) for k in kinds),
                       "must be " + " or ".join(names))
        if "enum" in schema:
            yield test(lambda v: v in schema["enum"], "must be one of " + short(schema["enum"]))
        if "const" in schema:
            yield test(lambda v: v == schema["const"] and type(v) is type(schema["const"]),
                       "must be " + short(schema["const"]))
        if "pattern" in schema:
            search = re.compile(schema["pattern"]).search
            yield test(lambda v: not isinstance(v, str) or search(v), "must match " + schema["pattern"])
        if "format" in schema:
            fits = FORMATS[schema["format"]]
            yield test(lambda v: not isinstance(v, str) or fits(v), "must be a " + schema["format"])
        for word, kind, good in (("minimum", "number", lambda v, n: v >= n), ("maximum", "number", lambda v, n: v <= n),
                                 ("minLength", "string", lambda v, n: len(v) >= n),
                                 ("maxLength", "string", lambda v, n: len(v) <= n),
                                 ("minItems", "array", lambda v, n: len(v) >= n),
                                 ("maxItems", "array", lambda v, n: len(v) <= n)):
            if word in schema:
                yield test(lambda v, g=good, k=TYPES[kind], n=schema[word]: not k(v) or g(v, n),
                           "%s %s" % (word, schema[word]))

    def items_test(self, schema):
        one = self.check(schema["items"])

        def run(value, at, wrong):
            if isinstance(value, list):
                step = len(value) // MANY + 1
                for i in range(0, len(value), step):
                    one(value[i], "%s[%d]" % (at, i), wrong)
        return run

    def object_test(self, schema, known):
        named = {k: self.check(v) for k, v in schema.get("properties", {}).items()}
        required = schema.get("required", ())
        others = schema.get("additionalProperties")
        other = self.check(others) if isinstance(others, dict) else None

        def run(value, at, wrong):
            if not isinstance(value, dict):
                return
            for name in required:
                if name not in value:
                    wrong.append("%s has no %s" % (at or "it", name))
            for name, one in value.items():
                if name in named:
                    named[name](one, "%s.%s" % (at, name) if at else name, wrong)
                elif known is not None and name not in known:
                    wrong.append("%s has %s, which is not described" % (at or "it", name))
                elif other:
                    other(one, "%s.%s" % (at, name), wrong)
        return run

    def choice_test(self, parts, word, known):
        tests = [self.check(part, known) for part in parts]

        def run(value, at, wrong):
            found = []
            for test in tests:
                found.append([])
                test(value, at, found[-1])
            fit = sum(not f for f in found)
            if fit == 0:
                wrong.append("%s fits none of %d: %s" % (at or "it", len(tests), min(found, key=len)[0]))
            elif fit > 1 and word == "oneOf":
                wrong.append("%s fits %d of %d" % (at or "it", fit, len(tests)))
        return run


class Description:
    def __init__(self, document):
        self.document = document
        self.schemas = Schemas(document)
        self.by_length = {}
        for path, item in document["paths"].items():
            segments = [s for s in path.split("/") if s]
            self.by_length.setdefault(len(segments), []).append((segments, path, item))
        for rows in self.by_length.values():
            rows.sort(key=lambda row: [s.startswith("{") for s in row[0]])

    @functools.lru_cache(maxsize=4096)
    def find(self, path):
        """-> (pattern, path item), or (None, None)."""
        path = re.sub(r"^https?://[^/]*", "", path)
        asked = [s for s in path.split("?", 1)[0].split("/") if s]
        if asked[:3] == ["backend", "api", "v1"] or asked[:2] == ["backend", "oauth"]:
            asked = asked[1:]
        asked = [urllib.parse.unquote(s) for s in asked]
        for segments, pattern, item in self.by_length.get(len(asked), ()):
            if all(s.startswith("{") or s == a for s, a in zip(segments, asked)):
                return pattern, item
        return None, None

    def faults(self, method, path, status, headers, body):
        """What is wrong with an answer -> (pattern, [texts])."""
        pattern, item = self.find(path)
        operation = (item or {}).get("get" if method == "HEAD" else method.lower())
        if operation is None or status == 404:
            told = self.told(body)
            if status == 404 and (told == "NOT_FOUND" or method == "HEAD"):
                return pattern, []
            if status == 405 and item and (told == "METHOD_NOT_ALLOWED" or method == "HEAD"):
                return pattern, []
        if item is None and status == 400 and self.told(body) == "BAD_REQUEST":
            return None, []
        if operation is None:
            return pattern or path, ["is not described (HTTP %d)" % status]
        answers = operation["responses"]
        answer = answers.get(str(status), answers.get("%dXX" % (status // 100), answers.get("default")))
        if answer is None:
            return pattern, ["HTTP %d is not described: %s" % (status, body[:160])]
        return pattern, [] if method == "HEAD" else self.content_faults(self.schemas.resolve(answer), status, headers, body)

    @staticmethod
    def told(body):
        try:
            return json.loads(body.decode())["error"]["name"]
        except (ValueError, KeyError, TypeError):
            return None

    def content_faults(self, answer, status, headers, body):
        content = answer.get("content")
        kind = (headers.get("Content-Type") or "").split(";")[0].strip()
        if not content:
            return ["HTTP %d has a body" % status] if body else []
        if kind not in content:
            return ["HTTP %d is of type %r, described is %s" % (status, kind, ", ".join(content))]
        if kind != "application/json":
            return []
        try:
            value = json.loads(body.decode())
        except ValueError as error:
            return ["HTTP %d is no JSON: %s" % (status, error)]
        wrong = []
        self.schemas.check(content[kind]["schema"])(value, "", wrong)
        return ["HTTP %d: %s" % (status, text) for text in wrong]


@functools.lru_cache(maxsize=None)
def description():
    with open(os.path.join(TOP, "etc", "openapi.yaml"), encoding="utf-8") as f:
        return Description(yaml.load(f, getattr(yaml, "CSafeLoader", yaml.SafeLoader)))


FINDINGS = {}       # text -> how often
SEEN = {}           # (method, pattern) -> {status: how often}
LOCK = threading.Lock()


def saw(method, path, status, headers, body):
    """Remembers an answer; what is wrong with it is told at the end of the run."""
    with LOCK:
        pattern, wrong = description().faults(method, path, status, headers, body)
        if pattern:
            row = SEEN.setdefault((method, pattern), {})
            row[status] = row.get(status, 0) + 1
        for text in wrong:
            text = "%s %s: %s" % (method, pattern, re.sub(r"\[\d+\]", "[]", text))
            FINDINGS[text] = FINDINGS.get(text, 0) + 1
