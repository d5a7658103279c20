package io.streamgauge.joblib.encoding;

import java.util.zip.CRC32C;

/** Reads the fixed binary layout with a checksum. */
final class Frame implements Content {
  private static final byte[] START = {(byte) 0xa5, 0x5a, 1};
  private static final int HEAD_BYTES = START.length + 1 + 2;

  @Override
  public void read(byte[] message, Fields fields) {
    int metrics = fields.places().metrics();
    head(message, metrics);
    Cursor in = new Cursor(message, START.length + 1, message.length);
    int length = (int) in.littleEndian(2);
    int size = HEAD_BYTES + length + Long.BYTES + (metrics + 7) / 8 + Long.BYTES * metrics;
    if (message.length < size + Integer.BYTES) {
      throw Malformed.TRUNCATED;
    }
    if (message.length > size + Integer.BYTES) {
      throw Malformed.BAD_FORMAT;
    }
    CRC32C sum = new CRC32C();
    sum.update(message, 0, size);
    if (new Cursor(message, size, message.length).littleEndian(Integer.BYTES) != sum.getValue()) {
      throw Malformed.BAD_CHECKSUM;
    }
    fields.put(Places.DEVICE, in.text(length));
    fields.put(Places.TIME, Scalar.of((double) in.littleEndian(Long.BYTES)));
    int bits = in.take((metrics + 7) / 8);
    for (int i = 0; i < metrics; i++) {
      double d = Double.longBitsToDouble(in.littleEndian(Long.BYTES));
      if ((message[bits + i / 8] >> i % 8 & 1) != 0) {
        fields.put(Places.METRICS + i, Scalar.of(d));
      }
    }
  }

  private static void head(byte[] message, int metrics) {
    for (int i = 0; i < START.length; i++) {
      if (i == message.length) {
        throw Malformed.TRUNCATED;
      }
      if (message[i] != START[i]) {
        throw Malformed.BAD_FORMAT;
      }
    }
    if (message.length > START.length && (message[START.length] & 0xff) != metrics) {
      throw Malformed.UNKNOWN_SCHEMA;
    }
    if (message.length < HEAD_BYTES) {
      throw Malformed.TRUNCATED;
    }
  }
}
