package io.streamgauge.kstreams;

import io.streamgauge.joblib.record.Headers;
import io.streamgauge.joblib.record.Stamp;
import java.nio.ByteBuffer;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.Serializer;

/**
 * The key of every stream in the topology. A record's key is the device id; state belongs to
 * (stream, device) of its stamp. A key deserializer sees the headers, so both are the key from the
 * source on, and grouping by it needs no repartition topic: a device has one partition.
 *
 * @param owner stream and device, 0 where the record has no stamp: the key in state stores
 * @param id the record's key: what is written to topics; null where it has none
 */
record Device(long owner, byte[] id) {
  /** Reads the key of a record, and the owner from its headers. */
  static final Deserializer<Device> FROM_RECORD =
      new Deserializer<>() {
        @Override
        public Device deserialize(String topic, byte[] data) {
          return deserialize(topic, new RecordHeaders(), data);
        }

        @Override
        public Device deserialize(
            String topic, org.apache.kafka.common.header.Headers headers, byte[] data) {
          Stamp stamp = Stamp.parse(first(headers, Headers.STAMP));
          return new Device(stamp == null ? 0 : stamp.owner(), data);
        }
      };

  /** Writes the key of a record. */
  static final Serializer<Device> TO_RECORD = (topic, device) -> device.id;

  /** The key in state stores and their changelogs: 8 bytes. */
  static final Serde<Device> IN_STORE =
      Serdes.serdeFrom(
          (topic, device) -> ByteBuffer.allocate(Long.BYTES).putLong(device.owner).array(),
          (topic, data) -> new Device(ByteBuffer.wrap(data).getLong(), null));

  /** Both ways between a topic and the topology. */
  static final Serde<Device> IN_RECORD = Serdes.serdeFrom(TO_RECORD, FROM_RECORD);

  /** The value of the first header of a name; null where there is none. */
  static byte[] first(org.apache.kafka.common.header.Headers headers, String name) {
    for (Header h : headers) {
      if (h.key().equals(name)) {
        return h.value();
      }
    }
    return null;
  }
}
