package io.streamgauge.flink;

import io.streamgauge.joblib.contract.Contract;

/** Runs Flink under the engine contract, in one process. */
public final class Main {
  private Main() {}

  public static void main(String[] args) {
    Contract.main(args, new FlinkAdapter());
  }
}
