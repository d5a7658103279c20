"""Writes independent.json: records that pymseed (libmseed) wrote in each version and encoding, and recorded ones of libmseed's
test data (Apache-2.0), with the samples that pymseed reads in them.
Run: pip install pymseed==1.0.1; python3 make.py FOLDER-OF-RECORDINGS"""
import json
import random
import sys
from pymseed import MS3Record

random.seed(11)
cases = []

def case(what, data, of=None, reason=None, key=None):
    records = [r for r in MS3Record.from_buffer(data, unpack_data=True)]
    samples = [float(v) for r in records for v in (r.datasamples if r.numsamples > 0 and r.encoding != 0 else [])]
    if of:
        metrics = {"m": {"path": "samples." + of}}
        got = {"first": samples[0], "last": samples[-1], "min": min(samples), "max": max(samples), "peak": max(samples, key=abs)}[of]
        values = {"m": round(got * 1e6)}
    else:
        metrics = {"s%d" % i: {"path": "s%d" % i} for i in range(9)}
        values = {"s%d" % i: round(v * 1e6) for i, v in enumerate(samples[:9])}
    c = {"what": what, "reading": {"device": "d", "time": {"path": "t", "unit": "s"}, "metrics": metrics}, "key": key or records[0].sourceid, "hex": data.hex()}
    c.update({"reason": reason} if reason else {"values": values})
    cases.append(c)

for version in (2, 3):
    for encoding, kind in [(1, "i"), (3, "i"), (4, "f"), (5, "d"), (10, "i"), (11, "i")]:
        reach = 3000 if encoding == 1 else 9_000_000 if encoding != 11 else 400_000
        samples, v = [], 0
        for i in range(60):
            v = v + random.choice([random.randint(-7, 7), random.randint(-120, 120), random.randint(-3000, 3000)]) if encoding != 1 else random.randint(-reach, reach)
            if encoding in (3, 10, 11) and i % 17 == 16:
                v = random.randint(-reach, reach)
            samples.append(v if kind == "i" else random.uniform(-500, 500))
        msr = MS3Record(encoding=encoding, reclen=512)
        msr.sourceid, msr.samprate, msr.formatversion = "FDSN:XX_TEST__B_S_Z", 20.0, version
        msr.set_starttime_str("2020-07-13T00:05:35.772Z")
        for i, data in enumerate(msr.generate(samples, kind)):
            data = bytes(data)
            case("version %d, encoding %d" % (version, encoding), data)
            for of in ["last", "min", "max", "peak"]:
                case("version %d, encoding %d, %s" % (version, encoding, of), data, of)
            if i == 0 and encoding == 10:
                broken = bytearray(data)
                broken[-1 if version == 3 else 64 + 11] ^= 1
                cases.append(dict(cases[-1], what="a changed bit", hex=broken.hex(), reason="bad_checksum"))
                del cases[-1]["values"]

folder = sys.argv[1]
for name, length in [("testdata-no-blockette1000-steim1.mseed2", 4096), ("testdata-3channel-signal.mseed2", 512), ("testdata-oneseries-mixedlengths-mixedorder.mseed2", None)]:
    data = open(folder + "/" + name, "rb").read()
    if length is None:
        length = next(iter(MS3Record.from_buffer(data))).reclen
    for of in [None, "last", "peak"]:
        case("recorded, " + name, data[:length], of)
data = open(folder + "/testdata-3channel-signal.mseed3", "rb").read()
first = next(iter(MS3Record.from_buffer(data))).reclen
case("recorded, version 3", data[:first], "last")
for name in ["CDSN", "SRO", "DWWSSN", "GEOSCOPE-16bit-3exp-encoded"]:
    data = open(folder + "/testdata-encoding-%s.mseed2" % name, "rb").read()
    length = next(iter(MS3Record.from_buffer(data))).reclen
    case("recorded, " + name, data[:length], None, "unknown_schema")
json.dump({"by": "pymseed 1.0.1", "cases": cases}, open("independent.json", "w"), indent=0)
