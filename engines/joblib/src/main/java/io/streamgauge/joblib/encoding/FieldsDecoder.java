package io.streamgauge.joblib.encoding;

import io.streamgauge.joblib.json.MessageDecoder;
import io.streamgauge.joblib.operator.Reason;

/** Decodes by reading a message's content into fields. */
final class FieldsDecoder implements MessageDecoder {
  private static final byte[] EMPTY = {};

  private final Places places;
  private final Content content;

  FieldsDecoder(Places places, Content content) {
    this.places = places;
    this.content = content;
  }

  @Override
  public Reason decode(byte[] key, byte[] value, long[] values, boolean[] present) {
    Fields fields = new Fields(places, key == null ? EMPTY : key);
    try {
      content.read(value == null ? EMPTY : value, fields);
    } catch (Malformed e) {
      return e.reason;
    }
    return fields.fill(values, present);
  }
}
