package io.streamgauge.sparkdstream;

import io.streamgauge.joblib.contract.Contract;

/** Spark Streaming under the engine contract. */
public final class Main {
  private Main() {}

  public static void main(String[] args) {
    Contract.main(args, new DStreamAdapter());
  }
}
