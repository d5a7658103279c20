"""Reassemble and scan of reference.py: jobs of large messages, all stages of them at once."""

import struct

from xxh3 import xxh3

MAX_PAYLOAD = 1 << 30


def chunk_header(headers):
    """None where there is no header; an empty tuple where it has the wrong length; else index, count, offset, total, hash."""
    for name, value in headers:
        if name == "sgc":
            return struct.unpack("<IIQQQ", value) if len(value) == 32 else ()
    return None


def summary(b):
    samples = [s for (s,) in struct.iter_unpack("<h", b[: len(b) // 2 * 2])]
    (hash_,) = struct.unpack("<q", struct.pack("<Q", xxh3(b)))
    return {"bytes": len(b), "hash": hash_, "peak": max(map(abs, samples), default=0), "sum": sum(samples)}


def sound(header, value):
    """Whether a chunk may have such a header: only the last of a message ends where the message ends."""
    if not header:
        return False
    index, count, offset, total, _ = header
    end = offset + len(value)
    return index < count and total <= MAX_PAYLOAD and end <= total and (index == count - 1) == (end == total)


class Upload:
    """A message in chunks, with all the bytes of it that have come."""

    def __init__(self, e, sequence):
        self.first, self.sequence, self.intended = e, sequence, e.stamp.intended
        self.content, self.parts, self.common, self.open = b"", 0, None, True

    def problem(self, header, value):
        """Why a chunk cannot be the next, or None."""
        if not sound(header, value):
            return "bad_chunk"
        index, count, offset, total, hash_ = header
        if index > self.parts:
            return "missing_chunk"
        if offset != len(self.content) or self.common not in (None, (count, total, hash_)):
            return "bad_chunk"
        return None


class Messages:
    """What answer and refuse are given: the event, the intended time, and the value."""

    def __init__(self, trial, answer, refuse):
        self.objects, self.answer, self.refuse = trial.objects, answer, refuse
        first = next(iter(trial.job["stages"][0]["do"][0]))
        self.reader = 1 if first == "reassemble" else 0  # the first stage that reads an object
        self.uploads = {}

    def take(self, e, headers):
        header = chunk_header(headers)
        if header is None:
            self.answer(e, e.stamp.intended, summary(e.value))
        elif header and header[1] == 0:
            self.claim(e, header)
        else:
            self.chunk(e, header)

    def claim(self, e, header):
        index, _, offset, total, hash_ = header
        content = self.objects.get(e.value)
        if index or offset:
            self.refuse(e, e.stamp.intended, 0, "bad_chunk", e.value)
        elif content is None:
            self.refuse(e, e.stamp.intended, self.reader, "missing_object", e.value)
        elif len(content) != total or xxh3(content) != hash_:
            self.refuse(e, e.stamp.intended, self.reader, "bad_checksum", e.value)
        else:
            self.answer(e, e.stamp.intended, summary(content))

    def chunk(self, e, header):
        u = self.uploads.get(e.owner())
        seq = e.stamp.seq
        if u and (seq < u.sequence or seq == u.sequence and not u.open):
            return
        if u and seq == u.sequence and sound(header, e.value) and header[0] < u.parts:
            return
        if u is None or seq > u.sequence:
            if u and u.open:
                self.end(u, "missing_chunk")
            u = self.uploads[e.owner()] = Upload(e, seq)
        u.intended = max(u.intended, e.stamp.intended)
        problem = u.problem(header, e.value)
        if problem:
            self.end(u, problem)
            return
        u.common, u.content, u.parts = (header[1], header[3], header[4]), u.content + e.value, u.parts + 1
        if u.parts == header[1]:
            self.end(u, None if xxh3(u.content) == header[4] else "bad_checksum")

    def end(self, u, problem):
        u.open = False
        if problem:
            self.refuse(u.first, u.intended, 0, problem, b"")
        else:
            self.answer(u.first, u.intended, summary(u.content))
        u.content = b""
