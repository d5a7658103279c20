package io.streamgauge.spark;

import io.streamgauge.joblib.record.Headers;
import io.streamgauge.joblib.record.InRecord;
import io.streamgauge.joblib.record.OutRecord;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Encoder;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Rows: the columns of Spark's Kafka source and sink as records of a stage, and what crosses a
 * shuffle.
 */
public final class Columns {
  /**
   * What the sink's rows carry beside the columns that Kafka's sink reads; it passes over these.
   */
  static final int TIMESTAMP = 4;

  static final int LANE = 5;

  private static final StructType HEADER =
      new StructType().add("key", DataTypes.StringType).add("value", DataTypes.BinaryType);

  private static final StructType SINK =
      new StructType()
          .add("topic", DataTypes.StringType)
          .add("key", DataTypes.BinaryType)
          .add("value", DataTypes.BinaryType)
          .add("headers", DataTypes.createArrayType(HEADER))
          .add("timestamp", DataTypes.LongType)
          .add("lane", DataTypes.IntegerType);

  private static final StructType KEYED =
      new StructType()
          .add("owner", DataTypes.LongType)
          .add("partition", DataTypes.IntegerType)
          .add("offset", DataTypes.LongType)
          .add("key", DataTypes.BinaryType)
          .add("value", DataTypes.BinaryType)
          .add("sg", DataTypes.BinaryType)
          .add("sgt", DataTypes.BinaryType)
          .add("sgo", DataTypes.BinaryType)
          .add("sgc", DataTypes.BinaryType);

  private Columns() {}

  /** The columns of Kafka's source that a stage reads. */
  static Column[] source() {
    return List.of("partition", "offset", "key", "value", "headers").stream()
        .map(functions::col)
        .toArray(Column[]::new);
  }

  /** Rows for a sink. */
  public static Encoder<Row> sink() {
    return Encoders.row(SINK);
  }

  /** Records with their owner. */
  public static Encoder<Row> keyed() {
    return Encoders.row(KEYED);
  }

  /** A row of the source as a stage reads it. */
  public static InRecord in(Row r) {
    List<Row> headers = r.isNullAt(4) ? List.of() : r.getList(4);
    return new InRecord(
        r.getInt(0),
        r.getLong(1),
        bytes(r, 2),
        bytes(r, 3),
        first(headers, Headers.STAMP),
        first(headers, Headers.TIME),
        first(headers, Headers.OUTPUT),
        first(headers, Headers.CHUNK));
  }

  /** The first header of a name counts, even where it has no value. */
  private static byte[] first(List<Row> headers, String name) {
    for (Row h : headers) {
      if (name.equals(h.getString(0))) {
        return bytes(h, 1);
      }
    }
    return null;
  }

  /** A record for the way to its owner's state. */
  static Row keyed(long owner, InRecord in) {
    return RowFactory.create(
        owner,
        in.partition(),
        in.offset(),
        in.key(),
        in.value(),
        in.sg(),
        in.sgt(),
        in.sgo(),
        in.sgc());
  }

  /** The record of a keyed row. */
  static InRecord unkeyed(Row r) {
    return new InRecord(
        r.getInt(1),
        r.getLong(2),
        bytes(r, 3),
        bytes(r, 4),
        bytes(r, 5),
        bytes(r, 6),
        bytes(r, 7),
        bytes(r, 8));
  }

  /** A record as the sinks write it. */
  static Row out(OutRecord r, String topic, int lane) {
    Row[] headers = new Row[r.names().length];
    for (int i = 0; i < headers.length; i++) {
      headers[i] = RowFactory.create(r.names()[i], r.headers()[i]);
    }
    return RowFactory.create(topic, r.key(), r.value(), headers, r.timestamp(), lane);
  }

  /** A binary column. */
  public static byte[] bytes(Row r, int column) {
    return (byte[]) r.get(column);
  }
}
