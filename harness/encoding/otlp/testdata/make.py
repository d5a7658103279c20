"""Writes independent.json: requests of the published Protobuf messages.
Run: pip install opentelemetry-proto==1.45.2 protobuf==7.36.2; python3 make.py"""
import json
import random
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

random.seed(7)
reading = {"device": "service.instance.id", "time": {"path": "ts", "unit": "s"},
           "metrics": {"humidity": {"path": "room.humidity"}, "temp": {"path": "room.temperature"}, "count": {"path": "readings"}}}
cases = []
for i in range(12):
    request = ExportMetricsServiceRequest()
    r = request.resource_metrics.add()
    r.schema_url = "https://opentelemetry.io/schemas/1.30.0"
    a = r.resource.attributes.add(key="service.name")
    a.value.string_value = "rooms"
    values = {}
    holder = r.resource.attributes
    s = r.scope_metrics.add()
    s.scope.name, s.scope.version = "room", "1.0"
    if i % 3:
        holder.add(key="service.instance.id").value.string_value = "pump-7"
    for n, path in [("temp", "room.temperature"), ("humidity", "room.humidity")]:
        m = s.metrics.add(name=path, unit="Cel", description="of a room")
        for k in range(1 + i % 2):
            v = random.choice([21.5, -3.25, 1e-5, 0.1 + 0.2, random.uniform(-100, 100)])
            p = m.gauge.data_points.add(as_double=v, time_unix_nano=1594598735772000000 + k, start_time_unix_nano=1)
            if not i % 3:
                p.attributes.add(key="service.instance.id").value.string_value = "pump-7"
            values[n] = round(v * 1e6)
    m = s.metrics.add(name="readings")
    m.sum.aggregation_temporality = 2
    m.sum.is_monotonic = True
    p = m.sum.data_points.add(as_int=random.randrange(-5_000_000, 5_000_000))
    values["count"] = p.as_int * 1_000_000
    if i == 5:
        p.flags = 1
        del values["count"]
    h = s.metrics.add(name="other")
    h.histogram.data_points.add(count=3, sum=4.5)
    case = {"what": "request %d" % i, "reading": reading, "key": "pump-7", "hex": request.SerializeToString().hex(), "values": values}
    cases.append(case)
    if i == 7:
        cases.append(dict(case, what="of another device", key="pump-8", values={}, reason="wrong_device"))
json.dump({"by": "opentelemetry-proto 1.45.2", "cases": cases}, open("independent.json", "w"), indent=1)
