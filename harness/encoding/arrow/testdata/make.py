"""Writes independent.json: streams of pyarrow. Run: pip install pyarrow==26.0.1; python3 make.py"""
import io
import json
import pyarrow as pa

cases = []

def stream(schema, *batches, **options):
    out = io.BytesIO()
    with pa.ipc.new_stream(out, schema, options=pa.ipc.IpcWriteOptions(**options)) as w:
        for b in batches:
            w.write_batch(pa.RecordBatch.from_pylist(b, schema=schema))
    return out.getvalue()

def case(what, data, metrics, reason=None, **values):
    c = {"what": what, "reading": {"device": "device_id", "time": {"path": "ts", "unit": "ms"}, "metrics": {n: {"path": p} for n, p in metrics.items()}},
         "key": "pump-7", "hex": data.hex()}
    c.update({"reason": reason} if reason else {"values": values})
    cases.append(c)

room = {"humidity": "data.humidity", "temp": "data.temp"}
nested = pa.schema([("device_id", pa.string()), ("ts", pa.timestamp("ms")), ("data", pa.struct([("temp", pa.float64()), ("humidity", pa.float32())])),
                    ("tags", pa.list_(pa.string())), ("ok", pa.bool_()), ("raw", pa.binary())])
row = lambda d, t, h: {"device_id": d, "ts": 1594598735772, "data": {"temp": t, "humidity": h}, "tags": ["a", "b"], "ok": True, "raw": b"xyz"}
case("one row", stream(nested, [row("pump-7", 21.5, 58.25)]), room, temp=21_500_000, humidity=58_250_000)
case("several batches, the last value counts", stream(nested, [row("pump-7", 1.0, 2.0), row("pump-7", 3.0, None)], [row("pump-7", None, 4.5), row("pump-7", -7.25, None)]),
     room, temp=-7_250_000, humidity=4_500_000)
case("a struct that is null", stream(nested, [row("pump-7", 1.0, 2.0), dict(row("pump-7", 0, 0), data=None)]), room, temp=1_000_000, humidity=2_000_000)
case("another device in the middle", stream(nested, [row("pump-7", 1.0, 2.0), row("pump-8", 1.0, 2.0)]), room, "wrong_device")
case("a device that is null", stream(nested, [row(None, 1.0, 2.0)]), room, "missing_field")
for t, v in [(pa.int8(), -128), (pa.uint8(), 255), (pa.int16(), -32768), (pa.uint16(), 65535), (pa.int32(), -9_999_999), (pa.uint32(), 4_000_000), (pa.int64(), -9_999_999), (pa.uint64(), 9_999_999), (pa.float16(), 1.5)]:
    s = pa.schema([("x", t), ("device_id", pa.large_string()), ("ts", pa.int64())])
    case(str(t), stream(s, [{"device_id": "pump-7", "ts": 1, "x": v}]), {"x": "x"}, x=round(float(v) * 1e6))
s = pa.schema([("device_id", pa.string()), ("ts", pa.int64()), ("x", pa.string())])
case("text for a number", stream(s, [{"device_id": "pump-7", "ts": 1, "x": "1"}]), {"x": "x"}, "bad_type")
s = pa.schema([("device_id", pa.dictionary(pa.int32(), pa.string())), ("ts", pa.int64()), ("x", pa.float64())])
case("a dictionary", stream(s, [{"device_id": "pump-7", "ts": 1, "x": 1.0}]), {"x": "x"}, "unknown_schema")
case("compressed buffers", stream(nested, [row("pump-7", 21.5, 58.25)], compression="zstd"), room, "unknown_schema")
case("no rows", stream(nested, []), room, "missing_field")
json.dump({"by": "pyarrow 26.0.1", "cases": cases}, open("independent.json", "w"), indent=0)
