package io.streamgauge.trident;

import io.streamgauge.joblib.contract.Figures;
import io.streamgauge.joblib.contract.Plan;
import java.util.Map;
import org.apache.storm.Config;
import org.apache.storm.kafka.spout.trident.KafkaTridentSpoutConfig;
import org.apache.storm.task.TopologyContext;
import org.apache.storm.topology.FailedException;
import org.apache.storm.trident.operation.TridentCollector;
import org.apache.storm.trident.spout.IPartitionedTridentSpout;
import org.apache.storm.trident.spout.ISpoutPartition;
import org.apache.storm.trident.spout.ITridentSpout;
import org.apache.storm.trident.spout.PartitionedTridentSpoutExecutor;
import org.apache.storm.trident.topology.TransactionAttempt;
import org.apache.storm.tuple.Fields;
import org.apache.storm.utils.ObjectReader;

/**
 * The source of one stage: Trident's own executor of transactional spouts over {@link
 * ExactKafkaSpout}. Around the executor's coordinator it adds a gate, so that a drain or a stop
 * ends at a whole batch, and it hears of each batch that is acknowledged. Around its emitter it
 * adds a {@link Keeper}.
 */
final class StageSpout implements ITridentSpout<Object> {
  private static final long serialVersionUID = 1;

  private final Plan plan;
  private final int stage;
  private final ITridentSpout<Object> executor;

  StageSpout(Plan plan, int stage, KafkaTridentSpoutConfig<byte[], byte[]> config) {
    this.plan = plan;
    this.stage = stage;
    executor =
        new PartitionedTridentSpoutExecutor(untyped(new ExactKafkaSpout(plan, stage, config)));
  }

  /**
   * The executor hands partitions and metadata from one method of the spout to another, whatever
   * they are.
   */
  @SuppressWarnings({"unchecked", "rawtypes"})
  private static IPartitionedTridentSpout<Object, ISpoutPartition, Object> untyped(
      IPartitionedTridentSpout spout) {
    return spout;
  }

  @Override
  public BatchCoordinator<Object> getCoordinator(
      String txStateId, Map<String, Object> conf, TopologyContext context) {
    long interval =
        ObjectReader.getInt(conf.get(Config.TOPOLOGY_TRIDENT_BATCH_EMIT_INTERVAL_MILLIS));
    return new Gate(
        executor.getCoordinator(txStateId, conf, context),
        Trial.of(plan),
        stage,
        new Pace(interval));
  }

  @Override
  public Emitter<Object> getEmitter(
      String txStateId, Map<String, Object> conf, TopologyContext context) {
    Emitter<Object> emitter = executor.getEmitter(txStateId, conf, context);
    return new Keeper(emitter, Trial.of(plan).progress(stage));
  }

  @Override
  public Map<String, Object> getComponentConfiguration() {
    return executor.getComponentConfiguration();
  }

  @Override
  public Fields getOutputFields() {
    return executor.getOutputFields();
  }

  /**
   * When a batch is through, the executor forgets the metadata of those before it. Of a partition
   * that has none for this batch (see {@link ExactEmitter}) it would forget all, and read the topic
   * from its beginning again. So what is before such a batch stays until a later one is through.
   */
  record Keeper(Emitter<Object> emitter, Progress progress) implements Emitter<Object> {
    @Override
    public void emitBatch(TransactionAttempt tx, Object partitions, TridentCollector collector) {
      emitter.emitBatch(tx, partitions, collector);
    }

    @Override
    public void success(TransactionAttempt tx) {
      if (progress.complete(tx.getTransactionId())) {
        emitter.success(tx);
      }
    }

    @Override
    public void close() {
      emitter.close();
    }
  }

  /**
   * Storm makes two for each spout: one beside the master coordinator, which asks {@link #isReady},
   * one in the bolt that keeps the metadata of batches, which hears of {@link #success}. They meet
   * in {@link Progress}.
   */
  static final class Gate implements BatchCoordinator<Object> {
    private static final long NONE = -1;

    private final BatchCoordinator<Object> coordinator;
    private final Trial trial;
    private final int stage;
    private final Pace pace;
    private long late = NONE; // the first batch that could not begin

    Gate(BatchCoordinator<Object> coordinator, Trial trial, int stage, Pace pace) {
      this.coordinator = coordinator;
      this.trial = trial;
      this.stage = stage;
      this.pace = pace;
    }

    /**
     * Where several batches are under way, the next is here already when one cannot begin. It would
     * be read first, and begin with the records of that one: see {@link ExactEmitter}, which cannot
     * tell where it has read nothing yet.
     */
    @Override
    public Object initializeTransaction(long txid, Object before, Object current) {
      if (late != NONE && txid > late) {
        throw new FailedException("batch " + late + " of stage " + stage + " comes first");
      }
      try {
        Object begun = coordinator.initializeTransaction(txid, before, current);
        late = txid == late ? NONE : late;
        return begun;
      } catch (RuntimeException | LinkageError e) {
        late = txid;
        throw trial.failure("beginning batch " + txid + " of stage " + stage, e);
      }
    }

    @Override
    public boolean isReady(long txid) {
      boolean begins = coordinator.isReady(txid) && trial.progress(stage).begin(txid);
      if (begins) {
        Figures.add("batches_waited", pace.begins(System.nanoTime()), "ms");
      }
      return begins;
    }

    @Override
    public void success(long txid) {
      coordinator.success(txid);
      trial.progress(stage).acknowledged(txid);
    }

    @Override
    public void close() {
      coordinator.close();
    }
  }
}
