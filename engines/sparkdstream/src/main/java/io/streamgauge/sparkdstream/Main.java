package io.streamgauge.sparkdstream;

import java.io.IOException;

/** Starts the application here, or on a cluster where the plan says so. */
public final class Main {
  private Main() {}

  public static void main(String[] args) throws IOException {
    if (Submission.due(args)) {
      Submission.main(args);
    } else {
      Application.main(args);
    }
  }
}
