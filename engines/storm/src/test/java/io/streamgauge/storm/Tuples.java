package io.streamgauge.storm;

import io.streamgauge.joblib.record.Headers;
import io.streamgauge.joblib.record.Stamp;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.storm.tuple.Tuple;
import org.apache.storm.tuple.Values;

/** Tuples for tests: values by position, and no more. */
final class Tuples {
  private Tuples() {}

  static Tuple of(List<Object> values) {
    return (Tuple)
        Proxy.newProxyInstance(
            Tuples.class.getClassLoader(),
            new Class<?>[] {Tuple.class},
            (p, method, args) ->
                switch (method.getName()) {
                  case "getInteger", "getLong", "getBinary", "getValue" ->
                      values.get((Integer) args[0]);
                  case "hashCode" -> System.identityHashCode(p);
                  case "equals" -> p == args[0];
                  case "toString" -> values.toString();
                  default -> throw new UnsupportedOperationException(method.getName());
                });
  }

  /** A stage record of device 7 as a spout emits it, the offset also its sequence. */
  static Tuple event(long offset, long previous, String value) {
    return event(offset, previous, offset, offset * 1000, value);
  }

  static Tuple event(long offset, long previous, long sequence, long time, String value) {
    byte[] sg = new Stamp(0, 1, 7, sequence, offset, 0).toBytes();
    return of(
        new Values(
            0,
            offset,
            previous,
            "device".getBytes(StandardCharsets.UTF_8),
            value.getBytes(StandardCharsets.UTF_8),
            sg,
            Headers.time(time),
            null,
            null));
  }
}
