package io.streamgauge.joblib.encoding;

import io.streamgauge.joblib.json.Utf8;

/** Reads payloads of Sparkplug B. The device is the record's key. */
final class Sparkplug implements Content {
  private static final int PAYLOAD_TIME = 1;
  private static final int PAYLOAD_METRIC = 2;

  @Override
  public void read(byte[] message, Fields fields) {
    if (message.length == 0) {
      throw Malformed.TRUNCATED;
    }
    fields.deviceIsKey();
    Wire wire = new Wire(new Cursor(message));
    while (wire.next()) {
      if (wire.number == PAYLOAD_TIME && wire.type == Wire.VARINT) {
        fields.lay(Places.TIME, Scalar.of(Cursor.unsigned(wire.integer)));
      } else if (wire.number == PAYLOAD_METRIC && wire.type == Wire.LENGTH) {
        new Metric(new Wire(new Cursor(wire.in.bytes, wire.from, wire.to))).read(fields);
      }
    }
  }

  /** What is read of a metric. */
  private static final class Metric {
    private static final int NAME = 1;
    private static final int ALIAS = 2;
    private static final int TYPE = 4;
    private static final int IS_NULL = 7;
    private static final int INT_VALUE = 10;
    private static final int LONG_VALUE = 11;
    private static final int FLOAT_VALUE = 12;
    private static final int DOUBLE_VALUE = 13;
    private static final int STRING_VALUE = 15;
    private static final int LAST_VALUE = 19;

    private static final int[] TYPES = {
      Wire.VARINT,
      Wire.VARINT,
      Wire.FIXED32,
      Wire.FIXED64,
      Wire.VARINT,
      Wire.LENGTH,
      Wire.LENGTH,
      Wire.LENGTH,
      Wire.LENGTH,
      Wire.LENGTH
    };

    private static final int INT8 = 1;
    private static final int INT16 = 2;
    private static final int INT32 = 3;
    private static final int INT64 = 4;

    private final Wire wire;
    private int nameFrom;
    private int nameTo;
    private long alias;
    private boolean known; // the alias was there
    private long type;
    private boolean isNull;
    private int field; // that the value stands in; 0: there is none
    private long value;

    Metric(Wire wire) {
      this.wire = wire;
    }

    void read(Fields fields) {
      try {
        while (wire.next()) {
          take();
        }
      } catch (Malformed e) {
        throw e == Malformed.TRUNCATED ? Malformed.BAD_FORMAT : e; // its length was all there
      }
      if (nameTo > nameFrom) {
        fields.layNamed(wire.in.bytes, nameFrom, nameTo, scalar());
      } else if (known && Long.compareUnsigned(alias, fields.places().metrics()) < 0) {
        fields.lay(Places.METRICS + (int) alias, scalar());
      }
    }

    private void take() {
      boolean text = wire.number == NAME || wire.number == STRING_VALUE;
      if (text && wire.type == Wire.LENGTH && !Utf8.valid(wire.in.bytes, wire.from, wire.to)) {
        throw Malformed.BAD_UTF8;
      }
      boolean isValue = wire.number >= INT_VALUE && wire.number <= LAST_VALUE;
      if (isValue && wire.type == TYPES[wire.number - INT_VALUE]) {
        field = wire.number;
        value = wire.integer;
      } else if (wire.number == NAME && wire.type == Wire.LENGTH) {
        nameFrom = wire.from;
        nameTo = wire.to;
      } else if (wire.type == Wire.VARINT) {
        number();
      }
    }

    private void number() {
      switch (wire.number) {
        case ALIAS -> {
          alias = wire.integer;
          known = true;
        }
        case TYPE -> type = wire.integer & 0xffffffffL;
        case IS_NULL -> isNull = wire.integer != 0;
        default -> {} // passed over
      }
    }

    private Scalar scalar() {
      if (isNull || field == 0) {
        return Scalar.MISSING;
      }
      return switch (field) {
        case INT_VALUE -> Scalar.of(integer((int) value));
        case LONG_VALUE ->
            Scalar.of(type == INT64 || type == 0 ? (double) value : Cursor.unsigned(value));
        case FLOAT_VALUE -> Scalar.of(Float.intBitsToFloat((int) value));
        case DOUBLE_VALUE -> Scalar.of(Double.longBitsToDouble(value));
        default -> Scalar.OTHER; // text too: no metric
      };
    }

    /** By its data type: the field is unsigned, what it holds may not be. */
    private double integer(int v) {
      if (type == INT8) {
        return (byte) v;
      }
      if (type == INT16) {
        return (short) v;
      }
      return type == INT32 || type == 0 ? v : Integer.toUnsignedLong(v);
    }
  }
}
