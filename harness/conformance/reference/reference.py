"""A slow, plain executor of streamgauge jobs, written from harness/job/SEMANTICS.md alone; Python 3, standard library only.

    python3 reference.py < INPUT > OUTPUT

INPUT is JSON lines. The first is the trial: {"job": {…, as in a plan}, "event_time_min": ms, "event_time_max": ms,
"registry": {KEY: {name: integer}}, "objects": {KEY: VALUE}}. Each further line is an input record, in the order in which it was sent:
{"p": partition, "k": KEY, "v": VALUE, "h": [[name, VALUE], …]}. KEY and VALUE are base64.

OUTPUT has a line for each record of the output and dead-letter topics: {"d": true for a dead letter, "p": partition,
"k": KEY, "v": VALUE, "h": [[name, VALUE], …]}.

Each event goes through all stages before the next is looked at, and the watermark is that of the event's partition. It exists to
disagree with the other two implementations where one of the three is wrong, so it looks up nothing in them.
"""

import base64
import json
import struct
import sys

from forms import FORMS, Message
from messages import Messages
from readings import LIMIT, Refused, canonical, decode

MASK = (1 << 64) - 1
SPAN = 1024  # sequences that dedupe remembers


class Dropped(Exception):
    """The event ends without an answer."""


# --- headers -------------------------------------------------------------------------------------------------------------

KIND_EVENT, KIND_WINDOW, KIND_DEAD, KIND_ALERT, KIND_UPDATE = 1, 2, 3, 4, 5


def mix64(z):
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


class Stamp:
    """Header sg: who an event is and when it was due."""

    def __init__(self, b):
        (self.version, self.flags, self.stream, self.device, self.seq, self.intended, self.hash) = struct.unpack("<BBHIQqQ", b)

    def term(self):
        """What the event adds to `ids`."""
        return mix64((mix64((self.stream << 32) | self.device) + self.seq) & MASK) & ((1 << 40) - 1)


def output_header(kind, node, stream, device, seq, intended, count, ids):
    return struct.pack("<BBHIQqIHHq", 1, kind, stream, device, seq & MASK, intended, count, node, 0, ids)


def first_header(headers, name):
    for key, value in headers:
        if key == name:
            return value
    return None


# --- operators -----------------------------------------------------------------------------------------------------------


class Event:
    """An input record on its way through the stages."""

    def __init__(self, partition, key, value, time, stamp):
        self.partition, self.key, self.value, self.time, self.stamp = partition, key, value, time, stamp
        self.fields = None  # after decode
        self.written = None  # after encode, if that writes another form than canonical JSON
        self.results = []  # alerts, windows and updates: (key, value, headers)

    def owner(self):
        return (self.partition, self.stamp.stream, self.stamp.device)

    def bytes(self):
        return self.value if self.fields is None else canonical(self.fields)


class Decode:
    def __init__(self, trial, _):
        self.trial = trial

    def handle(self, e):
        if not self.trial.time_min <= e.time <= self.trial.time_max:
            raise Refused("event_time")
        e.fields = decode(self.trial.job["reading"], e.key, e.value)


class Validate:
    def __init__(self, trial, options):
        self.trial, self.required, self.known = trial, options.get("required") or [], options.get("known_device", False)

    def handle(self, e):
        if self.known and e.key not in self.trial.registry:
            raise Refused("unknown_device")
        if any(name not in e.fields for name in self.required):
            raise Refused("missing_field")
        metrics = self.trial.job["reading"]["metrics"]
        for name in sorted(metrics):
            bounds = metrics[name].get("range")
            if bounds and name in e.fields and not bounds[0] <= e.fields[name] <= bounds[1]:
                raise Refused("range")


class Dedupe:
    def __init__(self, trial, _):
        self.highest = {}
        self.passed = {}  # owner -> every sequence that passed

    def handle(self, e):
        owner, seq = e.owner(), e.stamp.seq
        highest = self.highest.get(owner, -1)
        passed = self.passed.setdefault(owner, set())
        if seq in passed and seq > highest - SPAN:
            raise Dropped
        passed.add(seq)
        self.highest[owner] = max(highest, seq)


class Enrich:
    def __init__(self, trial, options):
        self.trial, self.names = trial, options["fields"]

    def handle(self, e):
        entry = self.trial.registry.get(e.key)
        if entry is None:
            raise Refused("unknown_device")
        for name in self.names:
            if name not in entry:
                raise Refused("missing_field")
            e.fields[name] = entry[name]


class Calibrate:
    def __init__(self, trial, options):
        self.metric = options["metric"]

    def handle(self, e):
        if self.metric not in e.fields:
            return
        # gain·q + floor((gain·r + 500000) / 10^6) is floor((gain·raw + 500000) / 10^6): integers have no bound here.
        exact = e.fields["gain"] * e.fields[self.metric]
        result = (exact + 500_000) // 1_000_000 + e.fields["offset"]
        if abs(result) > LIMIT:
            raise Refused("range")
        e.fields[self.metric] = result


class Filter:
    def __init__(self, trial, options):
        self.metric, self.min, self.max = options["metric"], options.get("min"), options.get("max")

    def handle(self, e):
        m = e.fields.get(self.metric)
        if m is None or self.min is not None and m < self.min or self.max is not None and m > self.max:
            raise Dropped


class Detect:
    def __init__(self, trial, options):
        self.options, self.active = options, {}

    def handle(self, e):
        v = e.fields.get(self.options["metric"])
        if v is None:
            return
        above = self.options["above"]
        threshold = e.fields[above] if isinstance(above, str) else above
        active = self.active.get(e.owner(), False)
        if v > threshold if not active else v <= threshold - self.options["clear"]:
            self.active[e.owner()] = not active
            if "alert" in self.options["emit"]:
                e.results.append(self.alert(e, not active, threshold, v))

    def alert(self, e, active, threshold, value):
        s = e.stamp
        header = output_header(KIND_ALERT, self.options["node"], s.stream, s.device, s.seq, s.intended, 1, s.term())
        return e.key, canonical({"active": int(active), "threshold": threshold, "value": value}), times(e.time, header)


class Window:
    def __init__(self, trial, options):
        self.options = options
        self.size = options.get("tumbling_ms") or options["hopping_ms"]
        self.step = options.get("tumbling_ms") or options["every_ms"]
        self.lateness = trial.job["event_time"]["lateness_ms"]
        self.watermark = {}  # partition -> highest event time seen
        self.open = {}  # partition -> {(start, stream, device): [key, values, ids, latest intended]}

    def handle(self, e):
        before = self.watermark.get(e.partition)
        windows = self.open.setdefault(e.partition, {})
        v = e.fields.get(self.options["metric"])
        if v is not None:
            start = e.time // self.step * self.step
            while start + self.size > e.time:
                if before is None or before < start + self.size + self.lateness:
                    self.add(windows, start, e, v)
                start -= self.step
        if before is None or e.time > before:
            self.watermark[e.partition] = e.time
            self.close(windows, e)

    def add(self, windows, start, e, v):
        s = e.stamp
        w = windows.setdefault((start, s.stream, s.device), [e.key, [], 0, s.intended])
        w[1].append(v)
        w[2] += s.term()
        w[3] = max(w[3], s.intended)

    def close(self, windows, e):
        for window in sorted(w for w in windows if w[0] + self.size + self.lateness <= e.time):
            key, values, ids, intended = windows.pop(window)
            start, stream, device = window
            end = start + self.size
            if "window" not in self.options["emit"]:
                continue
            value = canonical({"count": len(values), "end": end, "max": max(values), "min": min(values), "start": start, "sum": sum(values)})
            header = output_header(KIND_WINDOW, self.options["node"], stream, device, start, intended, len(values), ids)
            e.results.append((key, value, times(end - 1, header)))


class Aggregate:
    """Keeps every event, and tells of each: each prefix there is."""

    def __init__(self, trial, options):
        self.options, self.events = options, {}  # owner -> [(metric, term, intended, time)]

    def handle(self, e):
        s = e.stamp
        events = self.events.setdefault(e.owner(), [])
        events.append((e.fields[self.options["metric"]], s.term(), s.intended, e.time))
        metrics, terms, intended, event_times = zip(*events)
        value = canonical({"count": len(events), "max": max(metrics), "min": min(metrics), "sum": sum(metrics)})
        n = len(events)
        header = output_header(KIND_UPDATE, self.options["node"], s.stream, s.device, n, max(intended), n, sum(terms))
        e.results.append((e.key, value, times(max(event_times), header)))
        raise Dropped


class Encode:
    def __init__(self, trial, options):
        self.reading, self.form = trial.job["reading"], options["as"]

    def handle(self, e):
        if self.form != "canonical-json":  # which a reading is in every stage
            e.written = FORMS[self.form](Message(self.reading, e.key, e.time, e.fields))


OPERATORS = {
    "decode": Decode, "validate": Validate, "dedupe": Dedupe, "enrich": Enrich, "calibrate": Calibrate,
    "filter": Filter, "detect": Detect, "window": Window, "aggregate": Aggregate, "encode": Encode,
}  # fmt: skip


def times(event_time, output, *more):
    return [["sgt", struct.pack("<q", event_time)], ["sgo", output], *more]


class Trial:
    def __init__(self, description):
        self.job = description["job"]
        self.time_min, self.time_max = description["event_time_min"], description["event_time_max"]
        self.registry = {base64.b64decode(k): v for k, v in description["registry"].items()}
        self.objects = {base64.b64decode(k): base64.b64decode(v) for k, v in (description.get("objects") or {}).items()}
        self.stages, self.messages = [], None
        if any("scan" in step for stage in self.job["stages"] for step in stage["do"]):
            self.messages = Messages(self, self.answer, self.refuse)
            return
        for stage in self.job["stages"]:
            operators = []
            for step in stage["do"]:
                ((name, options),) = step.items()
                operators.append(OPERATORS[name](self, options))
            self.stages.append(operators)

    def run(self, record, write):
        headers = [(name, base64.b64decode(v)) for name, v in record["h"]]
        sg, sgt = first_header(headers, "sg"), first_header(headers, "sgt")
        if sg is None or len(sg) != 32 or sg[0] != 1 or sgt is None or len(sgt) != 8:
            return  # foreign
        time = struct.unpack("<q", sgt)[0]
        e = Event(record["p"], base64.b64decode(record["k"]), base64.b64decode(record["v"]), time, Stamp(sg))
        self.write = write
        if self.messages:
            self.messages.take(e, headers)
            return
        answered = self.through(e, write)
        if answered:
            s = e.stamp
            header = output_header(KIND_EVENT, 0, s.stream, s.device, s.seq, s.intended, 1, s.term())
            write(False, e.partition, e.key, e.bytes() if e.written is None else e.written, times(e.time, header))
        for key, value, head in e.results:
            write(False, e.partition, key, value, head)

    def answer(self, e, intended, fields):
        s = e.stamp
        header = output_header(KIND_EVENT, 0, s.stream, s.device, s.seq, intended, 1, s.term())
        self.write(False, e.partition, e.key, canonical(fields), times(e.time, header))

    def refuse(self, e, intended, stage, reason, value):
        s = e.stamp
        header = output_header(KIND_DEAD, stage, s.stream, s.device, s.seq, intended, 1, s.term())
        self.write(True, e.partition, e.key, value, times(e.time, header, ["sgr", reason.encode()]))

    def through(self, e, write):
        for index, operators in enumerate(self.stages):
            value = e.bytes()  # as this stage reads it
            try:
                for operator in operators:
                    operator.handle(e)
            except Refused as reason:
                s = e.stamp
                header = output_header(KIND_DEAD, index, s.stream, s.device, s.seq, s.intended, 1, s.term())
                write(True, e.partition, e.key, value, times(e.time, header, ["sgr", reason.args[0].encode()]))
                return False
            except Dropped:
                return False
        return True


def main():
    lines = iter(sys.stdin.buffer)
    trial = Trial(json.loads(next(lines)))
    out = sys.stdout

    def encode(b):
        return base64.b64encode(b).decode()

    def write(dead, partition, key, value, headers):
        line = {"d": dead, "p": partition, "k": encode(key), "v": encode(value), "h": [[n, encode(v)] for n, v in headers]}
        out.write(json.dumps(line) + "\n")

    for line in lines:
        trial.run(json.loads(line), write)


if __name__ == "__main__":
    main()
