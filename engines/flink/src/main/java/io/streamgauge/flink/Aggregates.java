package io.streamgauge.flink;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.operator.Stage;
import io.streamgauge.joblib.record.OutRecord;
import org.apache.flink.streaming.api.datastream.DataStream;

/**
 * How a stage with the operator aggregate is done: the one thing in which engines of Flink differ.
 */
@FunctionalInterface
public interface Aggregates {
  /** The updates of a stage, and what of {@code arrivals} is settled already. */
  DataStream<OutRecord> over(DataStream<Arrival> arrivals, Plan plan, Stage stage);
}
