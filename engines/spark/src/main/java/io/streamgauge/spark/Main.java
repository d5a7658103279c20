package io.streamgauge.spark;

import io.streamgauge.joblib.contract.Contract;

/** Starts Spark Structured Streaming under the engine contract. */
public final class Main {
  private Main() {}

  public static void main(String[] args) {
    Contract.main(args, new SparkAdapter());
  }
}
