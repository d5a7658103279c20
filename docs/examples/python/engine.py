"""A complete streamgauge engine in Python: copies each event through the stages of a job, at least once.

    streamgauge engine check -- python3 engine.py

It needs confluent-kafka (requirements.txt). Jobs with operators are not for it, and its hello says so.
"""

import argparse
import json
import struct
import sys
import threading
import time

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Producer, TopicPartition

OPERATORS = ["decode", "validate", "dedupe", "enrich", "calibrate", "filter", "detect", "window", "aggregate", "encode", "reassemble", "scan"]
STAMP = struct.Struct("<BBHIQqQ")  # sg: version, flags, stream, device, sequence, intended, hash
OUTPUT = struct.Struct("<BBHIQqIHHq")  # sgo: version, kind, stream, device, sequence, intended, count, node, ordinal, ids
EVENT, WINDOW, ALERT = 1, 2, 4
U64 = 2**64 - 1


def say(kind, **fields):
    """Writes one status line."""
    print(json.dumps({"type": kind, **fields}), flush=True)


def mix64(z):
    """The finaliser of splitmix64."""
    z = ((z ^ z >> 30) * 0xBF58476D1CE4E5B9) & U64
    z = ((z ^ z >> 27) * 0x94D049BB133111EB) & U64
    return z ^ z >> 31


def answer(sg):
    """The header sgo of an event that is answered as itself."""
    _, _, stream, device, sequence, intended, _ = STAMP.unpack(sg)
    ids = mix64((mix64(stream << 32 | device) + sequence) & U64) & (2**40 - 1)
    return OUTPUT.pack(1, EVENT, stream, device, sequence, intended, 1, 0, 0, ids)


def first(headers, name, size):
    """The first header of a name, if it is valid: of the right size and, but for sgt, of version 1."""
    value = next((v for k, v in headers if k == name), None)
    if value is None or len(value) != size or (name != "sgt" and value[0] != 1):
        return None
    return value


class Control(threading.Thread):
    """Listens to the harness on standard input. Its end means: stop."""

    def __init__(self):
        super().__init__(daemon=True)
        self.draining = threading.Event()
        self.stopping = threading.Event()

    def run(self):
        for line in sys.stdin:
            if json.loads(line).get("type") == "drain":
                self.draining.set()
        self.stopping.set()


class Engine:
    def __init__(self, plan):
        self.plan = plan
        topics = plan["topics"]
        self.inputs = [topics["input"], *(topics["stages"] or [])]
        self.outputs = [*(topics["stages"] or []), topics["output"]]
        self.foreign = 0
        self.position = {}  # (topic, partition): offset of the next record
        brokers = {"bootstrap.servers": ",".join(plan["brokers"]["bootstrap"])}
        largest = plan["limits"]["max_record_bytes"]
        self.producer = Producer({
            **brokers, "enable.idempotence": True, "linger.ms": 0,
            "partitioner": "murmur2",  # as Kafka's Java client does it: librdkafka's own default differs
            "message.max.bytes": max(1_000_000, largest)})
        self.consumer = Consumer({
            **brokers, "group.id": plan["prefix"], "enable.auto.commit": False, "auto.offset.reset": "earliest",
            "fetch.message.max.bytes": max(1_048_576, largest)})

    def open(self):
        """Goes to where the last commit left off. Partitions are assigned by hand: a restart waits for no rebalance."""
        mine = [TopicPartition(t, p) for t in self.inputs for p in range(self.plan["partitions"])]
        try:
            mine = self.consumer.committed(mine, timeout=30)
        except KafkaException as problem:  # a group that never committed; most brokers give no offsets instead
            if problem.args[0].code() != KafkaError.GROUP_ID_NOT_FOUND:
                raise
        for tp in mine:
            self.position[tp.topic, tp.partition] = max(0, tp.offset)
            if tp.offset < 0:
                tp.offset = OFFSET_BEGINNING
        self.consumer.assign([TopicPartition(t, p, at) for (t, p), at in self.position.items()])

    def handle(self, record):
        """Takes one record through its stage: the event at a time model."""
        stage = self.inputs.index(record.topic())
        headers = record.headers() or []
        sg, sgt, sgo = first(headers, "sg", 32), first(headers, "sgt", 8), first(headers, "sgo", 40)
        if sg and sgt:
            last = stage == len(self.inputs) - 1
            out = [("sgt", sgt), ("sgo", answer(sg))] if last else [("sg", sg), ("sgt", sgt)]
        elif sgo and sgt and stage > 0 and sgo[1] in (WINDOW, ALERT):
            out = [("sgt", sgt), ("sgo", sgo)]  # a result of an earlier stage goes on as it is
        else:
            self.foreign += 1
            say("metric", name="foreign_records", value=self.foreign, unit="records")
            return
        timestamp = max(0, struct.unpack("<q", sgt)[0])
        while True:
            try:
                self.producer.produce(self.outputs[stage], record.value(), record.key(), headers=out, timestamp=timestamp)
                break
            except BufferError:  # the client's buffer is full: wait for the broker
                self.producer.poll(0.1)

    def poll(self, timeout):
        """Handles the next record, if there is one."""
        record = self.consumer.poll(timeout)
        self.producer.poll(0)
        if record is None:
            return
        if record.error():
            if record.error().retriable():
                return
            raise RuntimeError(f"reading {record.topic()}: {record.error()}")
        self.handle(record)
        self.position[record.topic(), record.partition()] = record.offset() + 1

    def commit(self):
        """Commits what is answered for good: first the results, then the offsets."""
        if self.producer.flush(30) > 0:
            raise RuntimeError("the broker did not acknowledge within 30 s")
        self.consumer.commit(offsets=[TopicPartition(t, p, at) for (t, p), at in self.position.items()], asynchronous=False)

    def drain(self, control):
        """Reads the input to its end as of now, and then each stage topic to its end."""
        for topic in self.inputs:
            self.producer.flush(30)
            ends = {p: self.consumer.get_watermark_offsets(TopicPartition(topic, p), timeout=30)[1]
                    for p in range(self.plan["partitions"])}
            while not control.stopping.is_set() and any(self.position[topic, p] < end for p, end in ends.items()):
                self.poll(0.1)

    def run(self, control):
        self.open()
        say("ready")
        every = max(10, self.plan["commit_interval_ms"]) / 1000
        due = time.monotonic() + every
        while not control.draining.is_set() and not control.stopping.is_set():
            self.poll(min(0.1, max(0.0, due - time.monotonic())))
            if time.monotonic() >= due:
                self.commit()
                due = time.monotonic() + every
        if control.draining.is_set():
            self.drain(control)
        self.commit()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plan", required=True, help="plan file of the engine contract")
    with open(parser.parse_args().plan, encoding="utf-8") as file:
        plan = json.load(file)
    say("hello", contract=[1], engine="python-copy", version="1", guarantees=["at-least-once"],
        operators={name: "absent" for name in OPERATORS}, settings={"linger.ms": 0, "acks": "all"})
    control = Control()
    control.start()
    try:
        Engine(plan).run(control)
    except Exception as problem:  # whatever it is, the harness is told in a line
        say("fault", text=str(problem), fatal=True)
        say("stopped", clean=False)
        sys.exit(1)
    say("stopped", clean=not control.stopping.is_set())


if __name__ == "__main__":
    main()
