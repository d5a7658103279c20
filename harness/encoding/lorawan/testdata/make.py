"""Writes independent-radio.json and independent-json.json: payloads of pycayennelpp, put into LoRaWAN 1.0.4 uplinks with the AES
and CMAC of pycryptodome, and into documents of The Things Stack and ChirpStack.
Run: pip install pycayennelpp==2.4.0 pycryptodome==4.4.0; python3 make.py"""
import base64
import json
import struct
from cayennelpp import LppFrame
from Crypto.Cipher import AES
from Crypto.Hash import CMAC

KEY = bytes.fromhex("2b7e151628aed2a6abf7158809cf4f3c")

def uplink(payload, address=0x26011BDA, count=7, confirmed=False, options=b"", port=1):
    head = struct.pack("<BIBH", 0x80 if confirmed else 0x40, address, len(options), count) + options + bytes([port])
    block = lambda first, last: bytes([first, 0, 0, 0, 0, 0]) + struct.pack("<II", address, count) + bytes([0, last])
    stream = b"".join(AES.new(KEY, AES.MODE_ECB).encrypt(block(1, i + 1)) for i in range((len(payload) + 15) // 16))
    m = head + bytes(p ^ s for p, s in zip(payload, stream))
    return m + CMAC.new(KEY, block(0x49, len(m)) + m, ciphermod=AES).digest()[:4]

def reading(paths):
    return {"device": "d", "time": {"path": "t", "unit": "s"}, "metrics": {n: {"path": p} for n, p in paths.items()}}

def micros(x):
    return round(float(x) * 1e6)

def frames():
    f = LppFrame()
    f.add_temperature(3, 27.2); f.add_temperature(5, 25.5)
    yield "Cayenne's first example", f, {"a": "temperature_3", "b": "temperature_5", "c": "temperature_4"}, [27.2, 25.5, None]
    f = LppFrame()
    f.add_temperature(1, -4.1); f.add_accelerometer(6, 1.234, -1.234, 0)
    yield "Cayenne's second example", f, {"t": "temperature_1", "x": "accelerometer_6.x", "y": "accelerometer_6.y", "z": "accelerometer_6.z"}, [-4.1, 1.234, -1.234, 0]
    f = LppFrame()
    f.add_gps(1, 42.3519, -87.9094, 10)
    yield "Cayenne's location", f, {"alt": "gps_1.altitude", "lat": "gps_1.latitude", "lon": "gps_1.longitude"}, [10, 42.3519, -87.9094]
    f = LppFrame()
    f.add_digital_input(0, 1); f.add_analog_input(2, -3.27); f.add_luminosity(3, 1234); f.add_presence(4, 1); f.add_humidity(5, 58.5)
    f.add_barometer(6, 1013.2); f.add_gyrometer(7, 1.5, -2.5, 0.01); f.add_voltage(8, 3.61); f.add_distance(9, 12.345)
    yield "one of many kinds", f, {"a": "digital_in_0", "b": "analog_in_2", "c": "luminosity_3", "d": "presence_4", "e": "relative_humidity_5",
        "f": "barometric_pressure_6", "g": "gyrometer_7.y", "h": "voltage_8", "i": "distance_9"}, [1, -3.27, 1234, 1, 58.5, 1013.2, -2.5, 3.61, 12.345]

radio, server = [], []
for what, f, paths, values in frames():
    p = bytes(f)
    want = {n: micros(v) for n, v in zip(paths, values) if v is not None}
    for kw in [{}, {"confirmed": True, "count": 65535}, {"options": b"\x02\x03\x0a"}]:
        radio.append({"what": what, "reading": reading(paths), "key": "sensor", "hex": uplink(p, **kw).hex(), "values": want})
    text = base64.b64encode(p).decode()
    for doc in [{"end_device_ids": {"device_id": "sensor", "dev_addr": "26011BDA"}, "received_at": "2020-07-13T00:05:35.772Z",
                 "uplink_message": {"f_port": 1, "f_cnt": 7, "frm_payload": text, "rx_metadata": [{"rssi": -57}]}},
                {"deduplicationId": "3ac7e3c4", "time": "2020-07-13T00:05:35.772+00:00", "deviceInfo": {"deviceName": "sensor", "devEui": "0101010101010101"},
                 "devAddr": "26011bda", "fCnt": 7, "fPort": 1, "data": text, "rxInfo": [{"rssi": -57}]}]:
        server.append({"what": what, "reading": reading(paths), "key": "sensor", "text": json.dumps(doc), "values": want})

m = bytearray(uplink(b"\x03\x67\x01\x10"))
m[9] ^= 1
radio.append({"what": "a changed bit", "reading": reading({"a": "temperature_3"}), "key": "sensor", "hex": m.hex(), "reason": "bad_checksum"})
radio.append({"what": "commands alone", "reading": reading({"a": "temperature_3"}), "key": "sensor", "hex": uplink(b"\x02", port=0).hex()})
by = "pycayennelpp 2.4.0, pycryptodome 4.4.0"
json.dump({"by": by, "cases": radio}, open("independent-radio.json", "w"), indent=1)
json.dump({"by": by, "cases": server}, open("independent-json.json", "w"), indent=1)
