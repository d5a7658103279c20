"""Writes independent.json: sound that Python's own module wave (3.11) and scipy wrote and read.
Run: pip install scipy==1.17.1 numpy==2.4.6; python3 make.py"""
import io
import json
import random
import struct
import wave
import numpy as np
from scipy.io import wavfile

random.seed(3)
cases = []

def reading(n):
    return {"device": "d", "time": {"path": "t", "unit": "s"}, "metrics": {"s%d" % i: {"path": "s%d" % i} for i in range(n)}}

def case(what, data, samples):
    cases.append({"what": what, "reading": reading(len(samples)), "key": "microphone", "hex": data.hex(),
                  "values": {"s%d" % i: round(float(v) * 1e6) for i, v in enumerate(samples)}})

for width, channels in [(1, 1), (2, 1), (2, 2), (3, 1)]:
    n = 6
    low, high = (0, 256) if width == 1 else (-(1 << (8 * width - 1)), 1 << (8 * width - 1))
    values = [low, high - 1] + [random.randrange(low, high) for _ in range(n - 2)]
    out = io.BytesIO()
    with wave.open(out, "wb") as w:
        w.setnchannels(channels); w.setsampwidth(width); w.setframerate(22050)
        w.writeframes(b"".join(v.to_bytes(width, "little", signed=width > 1) for v in values))
    with wave.open(io.BytesIO(out.getvalue())) as w:
        frames = w.readframes(n)
    read = [int.from_bytes(frames[i:i + width], "little", signed=width > 1) for i in range(0, len(frames), width)]
    case("wave, %d bytes, %d channels" % (width, channels), out.getvalue(), [v - 128 if width == 1 else v for v in read])

for dtype in [np.int32, np.float32, np.float64]:
    samples = np.array([0.5, -0.25, 1e-6, 0.1, -1.0]) if dtype != np.int32 else np.array([1, -1, 5_000_000, -9_999_999])
    out = io.BytesIO()
    wavfile.write(out, 44100, samples.astype(dtype))
    case("scipy, " + dtype.__name__, out.getvalue(), wavfile.read(io.BytesIO(out.getvalue()))[1])
json.dump({"by": "Python 3.11.7 wave, scipy 1.17.1", "cases": cases}, open("independent.json", "w"), indent=1)
