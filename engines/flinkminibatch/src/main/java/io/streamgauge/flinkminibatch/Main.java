package io.streamgauge.flinkminibatch;

import io.streamgauge.flink.FlinkAdapter;
import io.streamgauge.joblib.contract.Contract;
import java.util.List;

/** Runs Flink SQL with mini-batches under the engine contract, in one process. */
public final class Main {
  private Main() {}

  public static void main(String[] args) {
    List<String> operators =
        List.of("decode", "validate", "enrich", "calibrate", "filter", "aggregate");
    Contract.main(
        args, new FlinkAdapter("flink-minibatch", operators, GroupBy::over, MiniBatches::settings));
  }
}
