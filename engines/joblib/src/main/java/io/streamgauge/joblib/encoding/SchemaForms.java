package io.streamgauge.joblib.encoding;

import io.streamgauge.joblib.contract.Job;

/** Messages whose fields are told by their position in a schema. */
final class SchemaForms {
  // Wire types of Protobuf.
  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int BYTES = 2;

  private SchemaForms() {}

  /** Avro's binary encoding behind what names the schema. */
  static Form avro(Job.Reading reading, byte[] head) {
    AvroSchema schema = new AvroSchema(reading);
    boolean millis = reading.millis();
    return (message, out) -> {
      out.put(head);
      for (int field : schema.order) {
        int metric = field - Places.METRICS;
        if (field == Places.DEVICE) {
          out.zigzag(message.device.length).put(message.device);
        } else if (field == Places.TIME && millis) {
          out.zigzag(message.time);
        } else if (field == Places.TIME) {
          out.littleEndian(message.seconds());
        } else if (message.has(metric)) {
          out.zigzag(1).littleEndian(message.number(metric));
        } else {
          out.zigzag(0);
        }
      }
    };
  }

  /** One message of Protobuf's wire format. */
  static Form protobuf(Job.Reading reading) {
    boolean millis = reading.millis();
    return (message, out) -> {
      tag(out, Places.DEVICE, BYTES).varint(message.device.length).put(message.device);
      if (millis) {
        tag(out, Places.TIME, VARINT).varint(message.time);
      } else {
        tag(out, Places.TIME, FIXED64).littleEndian(message.seconds());
      }
      for (int i = 0; i < message.metrics(); i++) {
        if (message.has(i)) {
          tag(out, Places.METRICS + i, FIXED64).littleEndian(message.number(i));
        }
      }
    };
  }

  private static Sink tag(Sink out, int field, int type) {
    return out.varint(field + 1L << 3 | type);
  }
}
