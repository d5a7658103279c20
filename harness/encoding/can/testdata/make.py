"""Writes independent.json: frames of scapy with signals that cantools put into them.
Run: pip install cantools==45.1.0 scapy==2.8.0; python3 make.py"""
import json
import cantools
from scapy.layers.can import CAN, CANFD

DBC = """VERSION ""
BS_:
BU_: X
BO_ 291 Doors: 8 X
 SG_ Temp : 7|16@0+ (0.01,-40) [0|0] "" X
 SG_ Angle : 16|12@1- (0.5,0) [0|0] "" X
 SG_ Torque : 35|11@0- (0.1,3) [0|0] "" X
BO_ 2364540158 EEC1: 8 X
 SG_ EngineSpeed : 24|16@1+ (0.125,0) [0|0] "" X
 SG_ Mode : 0|4@1+ (1,0) [0|0] "" X
BO_ 2566844672 CCVS: 12 X
 SG_ Speed : 64|32@1- (1,0) [0|0] "" X
SIG_VALTYPE_ 2566844672 Speed : 1;
"""
db = cantools.database.load_string(DBC, "dbc")

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
    got = m.decode(data)
    cases.append({"what": m.name, "key": "car", "hex": frame(m, data).hex(),
                  "reading": {"device": "d", "time": {"path": "t", "unit": "s"}, "metrics": {n: {"path": p} for n, p in paths(m).items()}},
                  "values": {n.lower(): round(float(x) * 1e6) for n, x in got.items()}})
json.dump({"by": "cantools 45.1.0, scapy 2.8.0", "cases": cases}, open("independent.json", "w"), indent=1)
