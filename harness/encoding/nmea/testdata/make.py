"""Writes independent.json: sentences of pynmea2 (PyPI, 1.19.0), and lines of receivers' logs (gpsd's test data, BSD-2-Clause:
u-blox NEO-M9N, Quectel L76K, bundg_zeus_9) with what pynmea2 reads in them. Run: pip install pynmea2==1.19.0; python3 make.py"""
import json
import pynmea2

def micros(x):
    return round(float(x) * 1e6)

def reading(**metrics):
    return {"device": "d", "time": {"path": "t", "unit": "ms"}, "metrics": {n: {"path": p} for n, p in metrics.items()}}

cases = []

def case(what, text, paths, **values):
    cases.append({"what": what, "reading": reading(**paths), "key": "boat", "text": text, "values": {n: v for n, v in values.items() if v is not None}})

position = {"lat": "RMC.latitude", "lon": "RMC.longitude", "speed": "RMC.speed", "course": "RMC.course"}
for line in ["$GNRMC,223745.00,A,3806.62964,N,12237.61382,W,0.040,,110720,,,D,V*0E",
             "$GNRMC,055234.000,A,4739.71890,N,12219.58362,W,0.00,286.35,050826,,,A,V*13"]:
    m = pynmea2.parse(line, check=True)
    case("RMC of a receiver", line + "\r\n", position, lat=micros(m.latitude), lon=micros(m.longitude), speed=micros(m.spd_over_grnd),
         course=micros(m.true_course) if m.true_course else None)

sentences = ["$WIMWV,57.5,R,13.0,N,A*26", "$SDDPT,5.3,0.4,*79", "$SDMTW,,C*1A"]
w, d, t = [pynmea2.parse(s, check=True) for s in sentences]
case("wind and depth of a boat", "".join(s + "\r\n" for s in sentences), {"wind": "MWV.speed", "angle": "MWV.angle", "depth": "DPT.depth", "water": "MTW.temperature"},
     wind=micros(w.wind_speed), angle=micros(w.wind_angle), depth=micros(d.depth))

line = "$IIXDR,C,,C,AIRTEMP,A,-1.0,D,HEEL,A,2.9,D,TRIM,P,,B,BARO,A,-3.9,D,RUDDER*29"
x = pynmea2.parse(line, check=True)
got = {x.get_transducer(i).id: x.get_transducer(i).value for i in range(x.num_transducers)}
case("XDR of a boat", line + "\r\n", {"heel": "HEEL", "trim": "TRIM", "rudder": "RUDDER", "air": "AIRTEMP"},
     heel=micros(got["HEEL"]), trim=micros(got["TRIM"]), rudder=micros(got["RUDDER"]))

for lat, ns, lon, ew, alt in [("4916.45", "N", "12311.12", "W", "-0.3"), ("0000.00001", "S", "17959.99999", "E", "8848.86")]:
    m = pynmea2.GGA("GN", "GGA", ("184353.07", lat, ns, lon, ew, "1", "04", "2.6", alt, "M", "-33.9", "M", "", "0000"))
    case("GGA", str(m) + "\r\n", {"lat": "GGA.latitude", "lon": "GGA.longitude", "alt": "GGA.altitude", "sats": "GGA.satellites", "sep": "GGA.11"},
         lat=micros(m.latitude), lon=micros(m.longitude), alt=micros(m.altitude), sats=micros(m.num_sats), sep=micros(m.geo_sep))

broken = str(pynmea2.HDT("HE", "HDT", ("274.07", "T")))
cases.append({"what": "a wrong sum", "reading": reading(h="HDT.heading"), "key": "boat", "text": broken.replace("7.07", "7.08") .replace("274.07", "274.08") + "\r\n", "reason": "bad_checksum"})
case("HDT", broken + "\r\n", {"h": "HDT.heading"}, h=micros("274.07"))
json.dump({"by": "pynmea2 1.19.0", "cases": cases}, open("independent.json", "w"), indent=1)
