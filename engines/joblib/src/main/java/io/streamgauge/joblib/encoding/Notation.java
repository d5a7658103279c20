package io.streamgauge.joblib.encoding;

/** How an encoding of trees writes what stands in and around the fields of a message. */
interface Notation {
  void open(Sink out, int members);

  /** The name of member i, from 0. */
  void name(Sink out, int i, byte[] name);

  void close(Sink out);

  void text(Sink out, byte[] text);

  void time(Sink out, Written message, boolean millis);

  void metric(Sink out, Written message, int metric);

  /** A metric that is absent. */
  void missing(Sink out);
}
