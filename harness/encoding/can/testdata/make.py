"""Writes independent.json: frames of scapy with signals of doors.dbc that cantools put into them.
Run: pip install cantools==45.1.0 scapy==2.8.0; python3 make.py"""
import json
import cantools
from scapy.layers.can import CAN, CANFD

db = cantools.database.load_file("doors.dbc", encoding="cp1252")

def paths(m):
    ident = "%08X" % m.frame_id if m.is_extended_frame else "%03X" % m.frame_id
    out = {}
    for s in m.signals:
        kind = "f" if s.is_float else "-" if s.is_signed else "+"
        out[s.name.lower()] = "%s %d|%d@%d%s (%r,%r)" % (ident, s.start, s.length, s.byte_order == "little_endian", kind, s.scale, s.offset)
    return out

def frame(m, data):
    cls = CANFD if len(data) > 8 else CAN
    return bytes(cls(identifier=m.frame_id, flags="extended" if m.is_extended_frame else 0, length=len(data), data=data))

cases = []
values = [{"Temp": 21.37, "Angle": -1023.5, "Torque": -99.3}, {"Temp": -40, "Angle": 1023.5, "Torque": 105.3},
          {"EngineSpeed": 683.5, "Mode": 9}, {"EngineSpeed": 8191.875, "Mode": 0}, {"Speed": -1.25}, {"Speed": 88.5}]
for v in values:
    m = next(m for m in db.messages if set(s.name for s in m.signals) == set(v))
    data = m.encode(v, strict=False)
    got = m.decode(data, decode_choices=False)
    cases.append({"what": m.name, "key": "car", "hex": frame(m, data).hex(),
                  "reading": {"device": "d", "time": {"path": "t", "unit": "s"}, "metrics": {n: {"path": p} for n, p in paths(m).items()}},
                  "values": {n.lower(): round(float(x) * 1e6) for n, x in got.items()}})
json.dump({"by": "cantools 45.1.0, scapy 2.8.0", "cases": cases}, open("independent.json", "w"), indent=1)
