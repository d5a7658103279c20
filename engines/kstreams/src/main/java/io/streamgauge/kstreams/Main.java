package io.streamgauge.kstreams;

import io.streamgauge.joblib.contract.Contract;

/** Starts the adapter: {@code Main --plan FILE}. */
public final class Main {
  private Main() {}

  public static void main(String[] args) {
    Contract.main(args, new StreamsAdapter());
  }
}
