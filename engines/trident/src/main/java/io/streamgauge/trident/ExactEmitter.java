package io.streamgauge.trident;

import io.streamgauge.joblib.record.InRecord;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.storm.kafka.spout.trident.KafkaTridentSpoutBatchMetadata;
import org.apache.storm.kafka.spout.trident.KafkaTridentSpoutTopicPartition;
import org.apache.storm.topology.FailedException;
import org.apache.storm.trident.operation.TridentCollector;
import org.apache.storm.trident.spout.IPartitionedTridentSpout.Emitter;
import org.apache.storm.trident.topology.TransactionAttempt;

/**
 * Emits new batches through Storm's emitter, one poll each, and replays them by itself.
 *
 * <p>Trident's promise that a transaction id always stands for the same records rests on the
 * replay, and Storm's emitter (2.8.3) breaks it in four ways: it polls once and takes what comes,
 * also nothing; it refuses to go on where the offset behind the batch is a transaction marker; it
 * takes the metadata of an empty batch for a batch of the one record before; and it fails on a
 * partition that has no metadata since the process was killed while they were written. Here a
 * replay reads on to the last offset ({@link BatchReader}), an empty batch has a first offset
 * behind its last one, and no metadata means that nothing of the partition was in the batch: the
 * next one goes on where the one before ended, which {@link StageSpout.Keeper} sees to.
 */
final class ExactEmitter
    implements Emitter<
        List<Map<String, Object>>, KafkaTridentSpoutTopicPartition, Map<String, Object>> {
  private static final long NONE = -1;

  private final Emitter<
          List<Map<String, Object>>, KafkaTridentSpoutTopicPartition, Map<String, Object>>
      emitter;
  private final BatchReader reader; // null: Storm's emitter replays
  private final Trial trial;
  private final int stage;
  private long read = NONE; // the last batch that is read, and all before it are

  ExactEmitter(
      Emitter<List<Map<String, Object>>, KafkaTridentSpoutTopicPartition, Map<String, Object>>
          emitter,
      BatchReader reader,
      Trial trial,
      int stage) {
    this.emitter = emitter;
    this.reader = reader;
    this.trial = trial;
    this.stage = stage;
  }

  @Override
  public Map<KafkaTridentSpoutTopicPartition, Map<String, Object>> emitBatchNew(
      TransactionAttempt tx,
      TridentCollector collector,
      Set<KafkaTridentSpoutTopicPartition> partitions,
      Map<KafkaTridentSpoutTopicPartition, Map<String, Object>> before) {
    checkTurn(tx.getTransactionId());
    try {
      Part part = new Part(collector, trial.progress(stage));
      Map<KafkaTridentSpoutTopicPartition, Map<String, Object>> metas = new HashMap<>();
      emitter
          .emitBatchNew(tx, part, partitions, before)
          .forEach(
              (p, polled) -> {
                KafkaTridentSpoutBatchMetadata meta =
                    metadata(part, p, KafkaTridentSpoutBatchMetadata.fromMap(polled));
                metas.put(p, meta.toMap());
                emitted(tx, part, p, meta);
              });
      read = Math.max(read, tx.getTransactionId());
      return metas;
    } catch (RuntimeException | LinkageError e) {
      read = tx.getTransactionId() - 1;
      throw trial.failure("reading batch " + tx.getTransactionId() + " of stage " + stage, e);
    }
  }

  /**
   * Where several batches are under way, one can come here whose predecessor has failed. It would
   * begin with the records of that one, and have them still when both come again.
   */
  private void checkTurn(long txid) {
    if (read != NONE && txid > read + 1) {
      throw new FailedException("batch " + (read + 1) + " of stage " + stage + " comes first");
    }
  }

  /**
   * What is kept of a partition's part of a batch: the offsets that were emitted of those that were
   * polled. The next batch begins behind the last one.
   */
  private KafkaTridentSpoutBatchMetadata metadata(
      Part part, KafkaTridentSpoutTopicPartition p, KafkaTridentSpoutBatchMetadata polled) {
    int partition = p.getTopicPartition().partition();
    long last = Math.min(polled.getLastOffset(), part.limit(partition) - 1);
    long none =
        reader == null ? last : last + 1; // Storm's own emitter says the former of an empty batch
    long first = part.count(partition) == 0 ? none : polled.getFirstOffset();
    return new KafkaTridentSpoutBatchMetadata(first, last, polled.getTopologyId());
  }

  private void emitted(
      TransactionAttempt tx,
      Part part,
      KafkaTridentSpoutTopicPartition p,
      KafkaTridentSpoutBatchMetadata meta) {
    int partition = p.getTopicPartition().partition();
    trial
        .progress(stage)
        .emitted(tx.getTransactionId(), partition, part.count(partition), meta.getLastOffset() + 1);
  }

  @Override
  public void reEmitPartitionBatch(
      TransactionAttempt tx,
      TridentCollector collector,
      KafkaTridentSpoutTopicPartition partition,
      Map<String, Object> meta) {
    read = Math.max(read, tx.getTransactionId());
    if (reader != null && meta == null) {
      trial.progress(stage).incomplete(tx.getTransactionId());
      return;
    }
    try {
      Part part = new Part(collector, trial.progress(stage));
      if (reader == null) {
        emitter.reEmitPartitionBatch(tx, part, partition, meta);
      } else {
        KafkaTridentSpoutBatchMetadata m = KafkaTridentSpoutBatchMetadata.fromMap(meta);
        reader.read(
            partition.getTopicPartition(), m.getFirstOffset(), m.getLastOffset(), part::emit);
      }
      emitted(tx, part, partition, KafkaTridentSpoutBatchMetadata.fromMap(meta));
    } catch (RuntimeException | LinkageError e) {
      throw trial.failure(
          "reading batch " + tx.getTransactionId() + " of stage " + stage + " again", e);
    }
  }

  @Override
  public List<KafkaTridentSpoutTopicPartition> getOrderedPartitions(List<Map<String, Object>> all) {
    return emitter.getOrderedPartitions(all);
  }

  @Override
  public List<KafkaTridentSpoutTopicPartition> getPartitionsForTask(
      int task, int tasks, List<KafkaTridentSpoutTopicPartition> all) {
    return emitter.getPartitionsForTask(task, tasks, all);
  }

  @Override
  public void refreshPartitions(List<KafkaTridentSpoutTopicPartition> partitions) {
    emitter.refreshPartitions(partitions);
  }

  @Override
  public void close() {
    emitter.close();
  }

  /**
   * Counts what is emitted, and holds back what lies behind the end of a drain: the next batch
   * would begin with it.
   */
  private static final class Part implements TridentCollector {
    private final TridentCollector collector;
    private final Progress progress;
    private final Map<Integer, Of> partitions = new HashMap<>();
    private Of last; // the partition of the last record: those of one come together

    Part(TridentCollector collector, Progress progress) {
      this.collector = collector;
      this.progress = progress;
    }

    @Override
    public void emit(List<Object> tuple) {
      InRecord r = (InRecord) tuple.get(0);
      Of of = of(r.partition());
      if (r.offset() >= of.limit) {
        return;
      }
      of.count++;
      collector.emit(tuple);
    }

    private Of of(int partition) {
      if (last == null || last.partition != partition) {
        last = partitions.computeIfAbsent(partition, p -> new Of(p, progress.limit(p)));
      }
      return last;
    }

    long limit(int partition) {
      return of(partition).limit;
    }

    long count(int partition) {
      return of(partition).count;
    }

    /** What one partition has of the batch. */
    private static final class Of {
      final int partition;
      final long limit; // as it was when the batch began
      long count;

      Of(int partition, long limit) {
        this.partition = partition;
        this.limit = limit;
      }
    }

    @Override
    public void flush() {
      collector.flush();
    }

    @Override
    public void reportError(Throwable t) {
      collector.reportError(t);
    }
  }
}
