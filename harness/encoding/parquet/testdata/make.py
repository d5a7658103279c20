"""Writes independent.json: files of pyarrow. Run: pip install pyarrow==26.0.1; python3 make.py"""
import io
import json
import pyarrow as pa
import pyarrow.parquet as pq

cases = []

def write(rows, schema, **options):
    out = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), out, **options)
    return out.getvalue()

def case(what, data, metrics, reason=None, **values):
    c = {"what": what, "reading": {"device": "device_id", "time": {"path": "ts", "unit": "ms"}, "metrics": {n: {"path": p} for n, p in metrics.items()}},
         "key": "pump-7", "hex": data.hex()}
    c.update({"reason": reason} if reason else {"values": values})
    cases.append(c)

room = {"humidity": "data.humidity", "temp": "data.temp"}
nested = pa.schema([pa.field("device_id", pa.string(), nullable=False), ("ts", pa.timestamp("ms")), ("data", pa.struct([("temp", pa.float64()), ("humidity", pa.float32())])),
                    ("tags", pa.list_(pa.string())), ("ok", pa.bool_()), ("raw", pa.binary())])
row = lambda d, t, h: {"device_id": d, "ts": 1594598735772, "data": {"temp": t, "humidity": h}, "tags": ["a", "b"], "ok": True, "raw": b"xyz"}
for v in ["1.0", "2.6"]:
    for page in ["1.0", "2.0"]:
        for codec in ["none", "snappy"]:
            for dictionary in [True, False]:
                o = dict(version=v, data_page_version=page, compression=codec, use_dictionary=dictionary)
                case("several rows, %s" % o, write([row("pump-7", 1.0, 2.0), row("pump-7", 3.5, None), row("pump-7", None, 4.5), row("pump-7", -7.25, None)], nested, **o),
                     room, temp=-7_250_000, humidity=4_500_000)
case("many rows and row groups", write([row("pump-7", i / 4, float(i)) for i in range(700)], nested, row_group_size=300, data_page_size=256), room, temp=174_750_000, humidity=699_000_000)
case("a group that is null", write([row("pump-7", 1.0, 2.0), dict(row("pump-7", 0, 0), data=None)], nested), room, temp=1_000_000, humidity=2_000_000)
case("another device in the middle", write([row("pump-7", 1.0, 2.0), row("pump-8", 1.0, 2.0)], nested), room, "wrong_device")
for t, v in [(pa.int8(), -128), (pa.uint8(), 255), (pa.int16(), -32768), (pa.uint16(), 65535), (pa.int32(), -9_999_999), (pa.uint32(), 4_000_000), (pa.int64(), -9_999_999), (pa.uint64(), 9_999_999)]:
    s = pa.schema([("x", t), ("device_id", pa.string()), ("ts", pa.int64())])
    case(str(t), write([{"device_id": "pump-7", "ts": 1, "x": v}], s), {"x": "x"}, x=v * 1_000_000)
s = pa.schema([("device_id", pa.string()), ("ts", pa.int64()), ("x", pa.string())])
case("text for a number", write([{"device_id": "pump-7", "ts": 1, "x": "1"}], s), {"x": "x"}, "bad_type")
s = pa.schema([("device_id", pa.string()), ("ts", pa.int64()), ("x", pa.bool_())])
case("a boolean for a number", write([{"device_id": "pump-7", "ts": 1, "x": True}], s), {"x": "x"}, "bad_type")
s = pa.schema([("device_id", pa.string()), ("ts", pa.int64()), ("x", pa.float64())])
case("zstd", write([{"device_id": "pump-7", "ts": 1, "x": 1.0}], s, compression="zstd"), {"x": "x"}, "unknown_schema")
case("byte stream split", write([{"device_id": "pump-7", "ts": 1, "x": 1.0}], s, use_dictionary=False, column_encoding={"x": "BYTE_STREAM_SPLIT"}), {"x": "x"}, "unknown_schema")
case("no rows", write([], s), {"x": "x"}, "missing_field")
json.dump({"by": "pyarrow 26.0.1", "cases": cases}, open("independent.json", "w"), indent=0)
