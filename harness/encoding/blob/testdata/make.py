"""Writes independent-*.json: pictures of Pillow and point clouds of laspy; grey maps by netpbm's own description, which Pillow
must read. Run: pip install pillow==13.0.0 laspy==2.7.0 numpy==2.4.6; python3 make.py"""
import io
import json
import laspy
import numpy as np
from PIL import Image

reading = {"device": "device_id", "time": {"path": "ts", "unit": "s"}, "metrics": {"temp": {"path": "data.temp"}}}
doc = json.dumps({"device_id": "camera-1", "ts": 1594598735.772, "data": {"temp": -3.25}})
random = np.random.default_rng(5)

def write(name, by, files):
    cases = [{"what": what, "reading": reading, "key": "camera-1", "hex": data.hex(), **({"values": {"temp": -3250000}} if not why else {"reason": why})}
             for what, data, why in files]
    json.dump({"by": by, "cases": cases}, open("independent-%s.json" % name, "w"), indent=0)

def jpeg(**options):
    out = io.BytesIO()
    Image.fromarray(random.integers(0, 255, (24, 40, 3), dtype=np.uint8)).save(out, "JPEG", **options)
    return out.getvalue()

write("jpeg", "Pillow 13.0.0", [("baseline", jpeg(comment=doc), None), ("progressive, thumbnail's metadata", jpeg(comment=doc, progressive=True, exif=b"Exif\0\0abc"), None),
      ("restarts", jpeg(comment=doc, restart_marker_blocks=1), None), ("no comment", jpeg(), "missing_field"), ("another comment", jpeg(comment="a cat"), "missing_field"),
      ("cut off", jpeg(comment=doc)[:-40], "truncated"), ("bytes behind", jpeg(comment=doc) + b"x", "bad_format")])

def las(version, form, vlr=True):
    header = laspy.LasHeader(point_format=form, version=version)
    header.scales = [0.01, 0.01, 0.01]
    if vlr:
        header.vlrs.append(laspy.VLR(user_id="someone", record_id=1, description="other", record_data=b"abc"))
        header.vlrs.append(laspy.VLR(user_id="streamgauge", record_id=1, description="a reading", record_data=doc.encode()))
    f = laspy.LasData(header)
    f.x, f.y, f.z = random.uniform(0, 9, 30), random.uniform(0, 9, 30), random.uniform(0, 9, 30)
    out = io.BytesIO()
    f.write(out)
    return out.getvalue()

write("las", "laspy 2.7.0", [("%s, points %d" % (v, p), las(v, p), None) for v, p in [("1.2", 0), ("1.2", 3), ("1.3", 1), ("1.4", 6), ("1.4", 7)]] +
      [("no record", las("1.2", 0, False), "missing_field"), ("cut off", las("1.2", 0)[:-1], "truncated")])

def pgm(head, data):
    b = head + data
    Image.open(io.BytesIO(b)).load()
    return b

text = doc.encode()
write("pgm", "Netpbm's pgm(5), read by Pillow 13.0.0", [("comment first", pgm(b"P5\n# " + text + b"\n4 3\n255\n", bytes(range(12))), None),
      ("comments anywhere", pgm(b"P5 # a radar\n#" + text + b"\n4\n# wide\n3\n15 ", bytes(12)), None), ("two bytes", pgm(b"P5\n#" + text + b"\n2 2\n65535\n", bytes(8)), None),
      ("no comment", pgm(b"P5 2 2 255 ", bytes(4)), "missing_field"), ("cut off", b"P5\n# " + text + b"\n4 3\n255\n" + bytes(11), "truncated"),
      ("bytes behind", b"P5\n# " + text + b"\n4 3\n255\n" + bytes(13), "bad_format")])
