"""Writes independent.json: texts that prometheus_client exposes, with what its own parser reads in them.
Run: pip install prometheus_client==0.26.0; python3 make.py"""
import json
import random
from prometheus_client import CollectorRegistry, Gauge, Counter, generate_latest
from prometheus_client.parser import text_string_to_metric_families

random.seed(5)
reading = {"device": "device_id", "time": {"path": "ts", "unit": "s"},
           "metrics": {"humidity": {"path": "data_humidity"}, "temp": {"path": "data:temp"}, "count": {"path": "readings_total"}}}
cases = []
for i in range(12):
    key = random.choice(["pump-7", 'a "quoted" one', "back\\slash", "two\nlines", "S\u00fcd"])
    registry = CollectorRegistry()
    temp = Gauge("data:temp", 'with \\ and\nlines', ["device_id", "site"], registry=registry)
    temp.labels(key, "{x}").set(random.choice([21.5, -3.25, 1e-05, 123456.789, 0.1 + 0.2]))
    if i % 3:
        Gauge("data_humidity", "humidity", ["device_id"], registry=registry).labels(key).set(random.uniform(0, 100))
    Counter("readings", "readings", ["device_id"], registry=registry).labels(key).inc(random.randrange(5_000_000))
    text = generate_latest(registry).decode()
    values = {}
    for family in text_string_to_metric_families(text):
        for s in family.samples:
            for n, m in reading["metrics"].items():
                if m["path"] == s.name:
                    values[n] = round(s.value * 1e6)
    cases.append({"what": "a scrape of %r" % key, "reading": reading, "key": key, "text": text, "values": values})
json.dump({"by": "prometheus_client 0.26.0", "cases": cases}, open("independent.json", "w"), indent=1)
