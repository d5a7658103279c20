package io.streamgauge.joblib.encoding;

/** One way to write messages. Threads may share it. */
interface Form {
  void write(Written message, Sink out);
}
