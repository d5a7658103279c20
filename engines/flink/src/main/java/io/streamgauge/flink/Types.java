package io.streamgauge.flink;

import io.streamgauge.joblib.operator.Aggregate;
import io.streamgauge.joblib.operator.Event;
import io.streamgauge.joblib.operator.Message;
import io.streamgauge.joblib.operator.Seen;
import io.streamgauge.joblib.operator.Total;
import io.streamgauge.joblib.record.OutRecord;
import org.apache.flink.api.common.typeinfo.TypeInformation;

/** The types of streams and states, each with a serializer of its own: nothing is left to Kryo. */
public final class Types {
  static final TypeInformation<Arrival> ARRIVAL =
      new FlatType<>(Arrival.class, ArrivalSerializer.INSTANCE);
  static final TypeInformation<Sample> SAMPLE =
      new FlatType<>(Sample.class, SampleSerializer.INSTANCE);

  static final TypeInformation<Event> CHUNK = new FlatType<>(Event.class, ChunkSerializer.INSTANCE);

  /** What goes to a sink. */
  public static final TypeInformation<OutRecord> OUT_RECORD =
      new FlatType<>(OutRecord.class, OutRecordSerializer.INSTANCE);

  static final TypeInformation<Seen> SEEN = new FlatType<>(Seen.class, SeenSerializer.INSTANCE);
  static final TypeInformation<Aggregate> AGGREGATE =
      new FlatType<>(Aggregate.class, AggregateSerializer.INSTANCE);
  static final TypeInformation<Total> TOTAL = new FlatType<>(Total.class, TotalSerializer.INSTANCE);
  static final TypeInformation<Message> MESSAGE =
      new FlatType<>(Message.class, MessageSerializer.INSTANCE);
  static final TypeInformation<byte[]> BYTES =
      new FlatType<>(byte[].class, BytesSerializer.INSTANCE);

  private Types() {}
}
