package io.streamgauge.spark;

import io.streamgauge.joblib.contract.Contract;

/** The application under the engine contract: the driver, and in one process its tasks too. */
public final class Application {
  private Application() {}

  public static void main(String[] args) {
    Contract.main(args, new SparkAdapter());
  }
}
