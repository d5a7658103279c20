package io.streamgauge.spark;

import java.util.List;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.spark.sql.ForeachWriter;
import org.apache.spark.sql.Row;

/**
 * Writes exactly once, which Spark's Kafka sink does not: what a task writes is one transaction,
 * and in it stands which batch it was. A batch that is repeated after a failure has the same
 * records, since Spark logs its offsets before it runs; so a lane that has committed it leaves it
 * out. Spark's partition ids would not do for lanes: after a restart it may number the partitions
 * of a topic otherwise.
 */
final class TransactionalWriter extends ForeachWriter<Row> {
  private static final long serialVersionUID = 1;

  private final StageRef ref;
  private transient long task; // the partition that it writes, as Spark counts
  private transient long batch;
  private transient int number;
  private transient Lane lane;
  private transient boolean writing;

  TransactionalWriter(StageRef ref) {
    this.ref = ref;
  }

  @Override
  public boolean open(long partition, long batch) {
    task = partition;
    this.batch = batch;
    lane = null;
    writing = false;
    return true;
  }

  @Override
  public void process(Row row) {
    if (lane == null) {
      begin(row.getInt(Columns.LANE));
    } else if (row.getInt(Columns.LANE) != number) {
      throw new IllegalStateException(
          "BUG: a task with rows of lanes " + number + " and " + row.getInt(Columns.LANE));
    }
    // Rows of a batch already written are taken and dropped: the task's state must come to its end.
    if (writing) {
      lane.send(record(row));
    }
  }

  private void begin(int first) {
    number = first;
    try {
      lane = Lane.of(ref.plan(), ref.index(), first);
    } catch (ExecutionException e) {
      throw new IllegalStateException("reading the markers of stage " + ref.index(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(
          "interrupted while reading the markers of stage " + ref.index(), e);
    }
    if (!lane.lacks(batch, task)) { // if it refuses, it stays: another one would know less
      return;
    }
    try {
      lane.begin();
      writing = true;
    } catch (RuntimeException e) {
      lane.abandon();
      throw e;
    }
  }

  private static ProducerRecord<byte[], byte[]> record(Row row) {
    ProducerRecord<byte[], byte[]> r =
        new ProducerRecord<>(
            row.getString(0),
            null,
            row.getLong(Columns.TIMESTAMP),
            Columns.bytes(row, 1),
            Columns.bytes(row, 2));
    List<Row> headers = row.getList(3);
    for (Row h : headers) {
      r.headers().add(h.getString(0), Columns.bytes(h, 1));
    }
    return r;
  }

  @Override
  public void close(Throwable error) {
    if (!writing) {
      return;
    }
    writing = false;
    try {
      if (error == null) {
        lane.commit(batch, task);
      }
    } catch (RuntimeException e) {
      lane.abandon();
      throw e;
    }
    if (error != null) {
      lane.abandon();
    }
  }
}
