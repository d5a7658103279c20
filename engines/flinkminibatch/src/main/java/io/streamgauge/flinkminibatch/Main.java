package io.streamgauge.flinkminibatch;

import io.streamgauge.flink.FlinkAdapter;
import io.streamgauge.joblib.contract.Contract;
import java.util.Map;

/** Runs Flink SQL with mini-batches under the engine contract, in one process. */
public final class Main {
  private Main() {}

  public static void main(String[] args) {
    Map<String, String> others =
        Map.of(
            "dedupe", "absent",
            "detect", "absent",
            "window", "absent",
            "encode", "absent",
            "reassemble", "absent",
            "scan", "absent");
    Contract.main(
        args, new FlinkAdapter("flink-minibatch", others, GroupBy::over, MiniBatches::settings));
  }
}
