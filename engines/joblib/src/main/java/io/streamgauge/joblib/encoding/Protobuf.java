package io.streamgauge.joblib.encoding;

import io.streamgauge.joblib.json.Utf8;

/** Reads a Protobuf message: device 1, time 2, metrics from 3 on. */
final class Protobuf implements Content {
  @Override
  public void read(byte[] message, Fields fields) {
    if (message.length == 0) {
      throw Malformed.TRUNCATED;
    }
    Wire wire = new Wire(new Cursor(message));
    while (wire.next()) {
      int field = wire.number - 1;
      if (field < fields.places().count) {
        take(wire, field, fields);
      }
    }
  }

  private static void take(Wire wire, int field, Fields fields) {
    boolean whole = field == Places.TIME && fields.places().millis;
    if (field == Places.DEVICE && wire.type == Wire.LENGTH) {
      if (!Utf8.valid(wire.in.bytes, wire.from, wire.to)) {
        throw Malformed.BAD_UTF8;
      }
      fields.put(field, Scalar.text(wire.in.bytes, wire.from, wire.to));
    } else if (whole && wire.type == Wire.VARINT) {
      fields.put(field, Scalar.of((double) wire.integer));
    } else if (field != Places.DEVICE && !whole && wire.type == Wire.FIXED64) {
      fields.put(field, Scalar.of(Double.longBitsToDouble(wire.integer)));
    }
  }
}
