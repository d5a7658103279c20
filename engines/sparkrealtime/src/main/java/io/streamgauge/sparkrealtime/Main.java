package io.streamgauge.sparkrealtime;

import io.streamgauge.joblib.contract.Contract;

/** Starts Spark's Real-time Mode under the engine contract. */
public final class Main {
  private Main() {}

  public static void main(String[] args) {
    Contract.main(args, new RealTimeAdapter());
  }
}
