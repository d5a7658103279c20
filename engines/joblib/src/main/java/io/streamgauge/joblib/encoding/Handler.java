package io.streamgauge.joblib.encoding;

/** Hears what a self-describing document holds, from the left to the right. */
interface Handler {
  /** A list or a map begins. */
  void open(boolean list);

  /** It ends. */
  void close();

  /** The name of a map's member, whose value follows: text, a number, or other. */
  void name(Scalar s);

  /** Neither list nor map. */
  void value(Scalar s);
}
