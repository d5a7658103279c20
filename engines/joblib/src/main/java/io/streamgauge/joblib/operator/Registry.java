package io.streamgauge.joblib.operator;

import io.streamgauge.joblib.record.ByteKey;
import java.util.HashMap;
import java.util.Map;

/** The device registry: fields by device id. Immutable once shared. */
public final class Registry {
  private final Map<ByteKey, Map<String, Long>> rows = new HashMap<>();

  /** Adds or replaces a device: its fields in millionths, {@code site} a plain integer. */
  public void put(byte[] device, Map<String, Long> fields) {
    rows.put(new ByteKey(device), fields);
  }

  /** Removes a device: what a record without a value says. */
  public void remove(byte[] device) {
    rows.remove(new ByteKey(device));
  }

  /** The fields of a device; null where it is unknown. */
  public Map<String, Long> get(byte[] device) {
    return rows.get(new ByteKey(device));
  }

  /** Number of devices. */
  public int size() {
    return rows.size();
  }
}
