package io.streamgauge.trident;

import io.streamgauge.joblib.contract.Contract;

/** Storm Trident under the engine contract. */
public final class Main {
  private Main() {}

  public static void main(String[] args) {
    Contract.main(args, new TridentAdapter());
  }
}
