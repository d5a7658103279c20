"""Encode of reference.py: the messages that it writes, form by form; harness/job/SEMANTICS.md section 3.1."""

import struct
from fractions import Fraction


def decimal(value, places):
    """value / 10^places as a decimal without zeros at the end."""
    whole, rest = divmod(abs(value), 10**places)
    digits = str(rest).rjust(places, "0").rstrip("0")
    return ("-" if value < 0 else "") + str(whole) + ("." + digits if digits else "")


class Message:
    """One message: the device (bytes), the event time (ms), and the metrics (millionths; None is absent) in ascending order."""

    def __init__(self, reading, device, time, fields):
        self.device, self.time, self.millis = device, time, reading["time"]["unit"] == "ms"
        metrics = sorted(reading["metrics"])
        self.paths = [reading["metrics"][name]["path"] for name in metrics]
        self.values = [fields.get(name) for name in metrics]
        self.device_path, self.time_path = reading["device"], reading["time"]["path"]

    def present(self):
        return [(path, v) for path, v in zip(self.paths, self.values) if v is not None]

    def time_text(self):
        return str(self.time) if self.millis else decimal(self.time, 3)

    def tree(self, device, time, metric):
        """The message as nested dicts, in the order in which its fields first need them."""
        root = {}
        fields = [(self.device_path, device), (self.time_path, time)]
        for path, leaf in fields + [(p, metric(v)) for p, v in zip(self.paths, self.values)]:
            *above, last = path.split(".")
            at = root
            for step in above:
                at = at.setdefault(step, {})
            at[last] = leaf
        return root


# --- text ----------------------------------------------------------------------------------------------------------------


def csv(m):
    device = m.device.decode()
    if any(c in device for c in ',"\r\n'):
        device = '"' + device.replace('"', '""') + '"'
    cells = [device, m.time_text()] + ["" if v is None else decimal(v, 6) for v in m.values]
    return (",".join(cells) + "\n").encode()


def quote(text):
    special = {'"': '\\"', "\\": "\\\\"}
    return '"' + "".join(special.get(c, "\\u%04x" % ord(c) if c < " " else c) for c in text) + '"'


def json_text(m):
    def write(node):
        if isinstance(node, dict):
            return "{" + ",".join(quote(name) + ":" + write(child) for name, child in node.items()) + "}"
        return node

    return write(m.tree(quote(m.device.decode()), m.time_text(), lambda v: "null" if v is None else decimal(v, 6))).encode()


def senml_json(m):
    base = '"bn":%s,"bt":%s,' % (quote(m.device.decode() + "/"), decimal(m.time, 3))
    records = ['"n":%s,"v":%s' % (quote(path), decimal(v, 6)) for path, v in m.present()] or ['"n":"alive","vb":true']
    records[0] = base + records[0]
    return ("[{" + "},{".join(records) + "}]").encode()


def line_protocol(m):
    def escape(text):
        return "".join("\\" + c if c in ",= " else c for c in text)

    fields = [escape(path) + "=" + decimal(v, 6) for path, v in m.present()] or ["alive=true"]
    tags = "reading,%s=%s" % (escape(m.device_path), escape(m.device.decode()))
    return ("%s %s %d\n" % (tags, ",".join(fields), m.time * 1_000_000)).encode()


# --- trees of bytes ------------------------------------------------------------------------------------------------------


def double(numerator, denominator):
    """The double nearest to a fraction."""
    return float(Fraction(numerator, denominator))


def shortest_float(d, kinds):
    """The first kind of (format of struct, first byte) that holds a number exactly."""
    for kind, first in kinds:
        try:
            b = struct.pack(kind, d)
        except OverflowError:
            continue
        if struct.unpack(kind, b)[0] == d:
            return bytes([first]) + b
    raise AssertionError("a double holds every double")


def cbor_head(major, n):
    if n < 24:
        return bytes([major << 5 | n])
    for kind, first in ((">B", 24), (">H", 25), (">I", 26), (">Q", 27)):
        if n < 1 << 8 * struct.calcsize(kind):
            return bytes([major << 5 | first]) + struct.pack(kind, n)
    raise AssertionError("longer than 64 bits")


def cbor_int(n):
    return cbor_head(0, n) if n >= 0 else cbor_head(1, -1 - n)


def cbor_text(b):
    return cbor_head(3, len(b)) + b


def cbor_number(d):
    if d == int(d):
        return cbor_int(int(d))
    return shortest_float(d, ((">e", 0xF9), (">f", 0xFA), (">d", 0xFB)))


def msgpack_int(n):
    if -32 <= n < 128:
        return struct.pack(">b", n)
    kinds = ((">B", 0xCC), (">H", 0xCD), (">I", 0xCE), (">Q", 0xCF)) if n >= 0 else ((">b", 0xD0), (">h", 0xD1), (">i", 0xD2), (">q", 0xD3))
    for kind, first in kinds:
        try:
            return bytes([first]) + struct.pack(kind, n)
        except struct.error:
            continue
    raise AssertionError("longer than 64 bits")


def msgpack_text(b):
    if len(b) < 32:
        return bytes([0xA0 | len(b)]) + b
    for kind, first in ((">B", 0xD9), (">H", 0xDA), (">I", 0xDB)):
        if len(b) < 1 << 8 * struct.calcsize(kind):
            return bytes([first]) + struct.pack(kind, len(b)) + b
    raise AssertionError("longer than 4 GiB")


def msgpack_number(d):
    if d == int(d):
        return msgpack_int(int(d))
    return shortest_float(d, ((">f", 0xCA), (">d", 0xCB)))


def msgpack_map(n):
    return bytes([0x80 | n]) if n < 16 else b"\xde" + struct.pack(">H", n)


def binary_tree(m, head, text, integer, number, null):
    def write(node):
        if isinstance(node, dict):
            return head(len(node)) + b"".join(text(name.encode()) + write(child) for name, child in node.items())
        return node

    time = integer(m.time) if m.millis else number(double(m.time, 1000))
    return write(m.tree(text(m.device), time, lambda v: null if v is None else number(double(v, 10**6))))


def cbor(m):
    return binary_tree(m, lambda n: cbor_head(5, n), cbor_text, cbor_int, cbor_number, b"\xf6")


def msgpack(m):
    return binary_tree(m, msgpack_map, msgpack_text, msgpack_int, msgpack_number, b"\xc0")


def senml_cbor(m):
    base = cbor_int(-2) + cbor_text(m.device + b"/") + cbor_int(-3) + cbor_number(double(m.time, 1000))
    records = [cbor_int(0) + cbor_text(path.encode()) + cbor_int(2) + cbor_number(double(v, 10**6)) for path, v in m.present()]
    records = records or [cbor_int(0) + cbor_text(b"alive") + cbor_int(4) + b"\xf5"]
    heads = [cbor_head(5, 4) + base] + [cbor_head(5, 2)] * (len(records) - 1)
    return cbor_head(4, len(records)) + b"".join(h + r for h, r in zip(heads, records))


# --- by a schema ---------------------------------------------------------------------------------------------------------


def varint(n):
    b = b""
    while n > 0x7F:
        b, n = b + bytes([n & 0x7F | 0x80]), n >> 7
    return b + bytes([n])


def zigzag(n):
    return varint(2 * n if n >= 0 else -2 * n - 1)


def avro_schema(node, name):
    if not isinstance(node, dict):
        return node
    fields = ",".join('{"name":"%s","type":%s}' % (n, avro_schema(child, name + "." + n)) for n, child in node.items())
    return '{"name":"%s","type":"record","fields":[%s]}' % (name, fields)


def fingerprint(text):
    """CRC-64-AVRO, little endian."""
    empty = value = 0xC15D213AA4D7A795
    for byte in text.encode():
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (empty if value & 1 else 0)
    return struct.pack("<Q", value)


def avro_datum(m):
    def write(node):
        return b"".join(map(write, node.values())) if isinstance(node, dict) else node

    time = zigzag(m.time) if m.millis else struct.pack("<d", double(m.time, 1000))
    return write(m.tree(zigzag(len(m.device)) + m.device, time, lambda v: b"\0" if v is None else b"\2" + struct.pack("<d", double(v, 10**6))))


def avro(m):
    schema = avro_schema(m.tree('"string"', '"long"' if m.millis else '"double"', lambda v: '["null","double"]'), "streamgauge.Reading")
    return b"\xc3\x01" + fingerprint(schema) + avro_datum(m)


def protobuf(m):
    b = b"\x0a" + varint(len(m.device)) + m.device
    b += b"\x10" + varint(m.time % (1 << 64)) if m.millis else b"\x11" + struct.pack("<d", double(m.time, 1000))
    for i, v in enumerate(m.values):
        if v is not None:
            b += varint((3 + i) << 3 | 1) + struct.pack("<d", double(v, 10**6))
    return b


FORMS = {
    "avro": avro, "avro-registry": lambda m: b"\0\0\0\0\1" + avro_datum(m), "cbor": cbor, "csv": csv, "json": json_text,
    "line-protocol": line_protocol, "msgpack": msgpack, "ndjson": lambda m: json_text(m) + b"\n", "protobuf": protobuf,
    "senml-cbor": senml_cbor, "senml-json": senml_json,
}  # fmt: skip
