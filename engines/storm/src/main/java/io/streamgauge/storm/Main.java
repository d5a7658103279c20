package io.streamgauge.storm;

import io.streamgauge.joblib.contract.Contract;

/** Starts the adapter: {@code --plan FILE}. */
public final class Main {
  private Main() {}

  public static void main(String[] args) {
    Contract.main(args, new StormAdapter());
  }
}
