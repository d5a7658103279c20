"""Decode of reference.py: a reading from a message in JSON, strictly; harness/job/SEMANTICS.md section 3.1."""

LIMIT = 10**13  # of a metric, in millionths
MAX_DEPTH = 64
MAX_TOKEN = 64  # bytes of a number


class Refused(Exception):
    """The event becomes a dead letter; args[0] is the reason."""


class Number(str):
    """A number token, as it stands in the document."""


class Scanner:
    """A strict reader of one JSON document by RFC 8259 that knows a document cut short from a bad one.

    Values come out as dict (the last of equal names wins), list, str, Number, True, False and None.
    """

    SPACE = " \t\r\n"
    HEX = "0123456789abcdefABCDEF"
    ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}

    def __init__(self, text):
        self.text = text
        self.at = 0

    def peek(self):
        if self.at == len(self.text):
            raise Refused("truncated")
        return self.text[self.at]

    def take(self):
        c = self.peek()
        self.at += 1
        return c

    def skip(self):
        while self.at < len(self.text) and self.text[self.at] in self.SPACE:
            self.at += 1

    def document(self):
        value = self.value(0)
        self.skip()
        if self.at < len(self.text):
            raise Refused("bad_json")
        return value

    def value(self, depth):
        self.skip()
        c = self.peek()
        if c in "{[":
            if depth == MAX_DEPTH:
                raise Refused("bad_json")
            self.at += 1
            return self.object(depth + 1) if c == "{" else self.array(depth + 1)
        if c == '"':
            self.at += 1
            return self.string()
        if c == "-" or c in "0123456789":
            return self.number()
        for word, value in (("true", True), ("false", False), ("null", None)):
            if c == word[0]:
                for expected in word:
                    if self.take() != expected:
                        raise Refused("bad_json")
                return value
        raise Refused("bad_json")

    def object(self, depth):
        result = {}
        self.skip()
        if self.peek() == "}":
            self.at += 1
            return result
        while True:
            self.skip()
            if self.take() != '"':
                raise Refused("bad_json")
            name = self.string()
            self.skip()
            if self.take() != ":":
                raise Refused("bad_json")
            result[name] = self.value(depth)
            self.skip()
            c = self.take()
            if c == "}":
                return result
            if c != ",":
                raise Refused("bad_json")

    def array(self, depth):
        result = []
        self.skip()
        if self.peek() == "]":
            self.at += 1
            return result
        while True:
            result.append(self.value(depth))
            self.skip()
            c = self.take()
            if c == "]":
                return result
            if c != ",":
                raise Refused("bad_json")

    def string(self):
        out = []
        while True:
            c = self.take()
            if c == '"':
                return "".join(out)
            if c < " ":
                raise Refused("bad_json")
            out.append(c if c != "\\" else self.escape())

    def escape(self):
        c = self.take()
        if c in self.ESCAPES:
            return self.ESCAPES[c]
        if c != "u":
            raise Refused("bad_json")
        unit = self.unit()
        if 0xD800 <= unit <= 0xDBFF and self.text[self.at : self.at + 2] == "\\u":
            mark = self.at
            self.at += 2
            low = self.unit()
            if 0xDC00 <= low <= 0xDFFF:
                return chr(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00))
            self.at = mark  # an escape of its own
        return "\ufffd" if 0xD800 <= unit <= 0xDFFF else chr(unit)

    def unit(self):
        digits = ""
        for _ in range(4):
            c = self.take()
            if c not in self.HEX:
                raise Refused("bad_json")
            digits += c
        return int(digits, 16)

    def number(self):
        start = self.at
        if self.peek() == "-":
            self.at += 1
        if self.peek() == "0":
            self.at += 1
        else:
            self.digits()
        if self.at < len(self.text) and self.text[self.at] == ".":
            self.at += 1
            self.digits()
        if self.at < len(self.text) and self.text[self.at] in "eE":
            self.at += 1
            if self.peek() in "+-":
                self.at += 1
            self.digits()
        return Number(self.text[start : self.at])

    def digits(self):
        if self.peek() not in "0123456789":
            raise Refused("bad_json")
        while self.at < len(self.text) and self.text[self.at] in "0123456789":
            self.at += 1


def micros(token):
    """A number token in millionths, by the nearest double."""
    if len(token) > MAX_TOKEN:
        raise Refused("bad_number")
    product = float(token) * 1e6
    if not -float("inf") < product < float("inf"):
        raise Refused("range")
    m = round(product)  # half to even, exactly
    if abs(m) > LIMIT:
        raise Refused("range")
    return m


def follow(document, path):
    """The value at a path; None where it is missing or null."""
    for step in path.split("."):
        if not isinstance(document, dict) or step not in document:
            return None
        document = document[step]
    return document


def decode(reading, key, value):
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused("bad_utf8") from None
    if text.startswith("\ufeff"):
        raise Refused("bad_utf8")
    document = Scanner(text).document()

    device = follow(document, reading["device"])
    if device is None:
        raise Refused("missing_field")
    if not isinstance(device, str) or isinstance(device, Number):
        raise Refused("bad_type")
    if device.encode("utf-8") != key:
        raise Refused("wrong_device")

    time = follow(document, reading["time"]["path"])
    if time is None:
        raise Refused("missing_field")
    if not isinstance(time, Number):
        raise Refused("bad_type")
    if len(time) > MAX_TOKEN:
        raise Refused("bad_number")

    fields = {}
    for name in sorted(reading["metrics"]):
        number = follow(document, reading["metrics"][name]["path"])
        if number is None:
            continue
        if not isinstance(number, Number):
            raise Refused("bad_type")
        fields[name] = micros(number)
    return fields


def canonical(fields):
    return ("{" + ",".join('"%s":%d' % (name, fields[name]) for name in sorted(fields)) + "}").encode()
