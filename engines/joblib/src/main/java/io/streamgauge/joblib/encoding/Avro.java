package io.streamgauge.joblib.encoding;

import io.streamgauge.joblib.contract.Job;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Reads values of Avro's binary encoding behind a framing that names the schema. */
final class Avro implements Content {
  private static final int SCHEMA_ID = 1;

  private final AvroSchema schema;
  private final byte[] head;
  private final int marker; // bytes of head that are the same for every schema
  private final boolean millis;

  private Avro(Job.Reading reading, AvroSchema schema, byte[] head, int marker) {
    this.schema = schema;
    this.head = head;
    this.marker = marker;
    millis = reading.millis();
  }

  /** A marker and the schema's fingerprint. */
  static Avro singleObject(Job.Reading reading) {
    AvroSchema schema = new AvroSchema(reading);
    return new Avro(reading, schema, singleObjectHead(schema), 2);
  }

  static byte[] singleObjectHead(AvroSchema schema) {
    ByteBuffer head = ByteBuffer.allocate(10).order(ByteOrder.LITTLE_ENDIAN);
    return head.put((byte) 0xc3).put((byte) 1).putLong(schema.fingerprint()).array();
  }

  /** A zero and the schema's number in a registry. */
  static Avro registry(Job.Reading reading) {
    return new Avro(reading, new AvroSchema(reading), registryHead(), 1);
  }

  static byte[] registryHead() {
    return ByteBuffer.allocate(5).put((byte) 0).putInt(SCHEMA_ID).array();
  }

  @Override
  public void read(byte[] message, Fields fields) {
    framing(message);
    Cursor in = new Cursor(message, head.length, message.length);
    for (int field : schema.order) {
      fields.lay(field, value(in, field));
    }
    in.finish();
  }

  private void framing(byte[] message) {
    for (int i = 0; i < head.length; i++) {
      if (i == message.length || i == marker && message.length < head.length) {
        throw Malformed.TRUNCATED;
      }
      if (message[i] != head[i]) {
        throw i < marker ? Malformed.BAD_FORMAT : Malformed.UNKNOWN_SCHEMA;
      }
    }
  }

  private Scalar value(Cursor in, int field) {
    if (field == Places.DEVICE) {
      return text(in);
    }
    if (field == Places.TIME) {
      return millis ? Scalar.of((double) integer(in)) : real(in);
    }
    long branch = integer(in);
    if (branch != 0 && branch != 1) {
      throw Malformed.BAD_FORMAT;
    }
    return branch == 0 ? Scalar.MISSING : real(in);
  }

  private static long integer(Cursor in) {
    long n = in.varint();
    return n >>> 1 ^ -(n & 1);
  }

  private static Scalar real(Cursor in) {
    return Scalar.of(Double.longBitsToDouble(in.littleEndian(Long.BYTES)));
  }

  private static Scalar text(Cursor in) {
    long n = integer(in);
    if (n < 0) {
      throw Malformed.BAD_FORMAT;
    }
    return in.text(n);
  }
}
