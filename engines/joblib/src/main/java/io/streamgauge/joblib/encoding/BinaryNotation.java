package io.streamgauge.joblib.encoding;

/** A tree in which names are texts as any other, and each number is as short as it can be. */
abstract class BinaryNotation implements Notation {
  @Override
  public void name(Sink out, int i, byte[] name) {
    text(out, name);
  }

  @Override
  public void close(Sink out) {}

  @Override
  public void time(Sink out, Written message, boolean millis) {
    if (millis) {
      integer(out, message.time);
    } else {
      number(out, message.seconds());
    }
  }

  @Override
  public void metric(Sink out, Written message, int metric) {
    number(out, message.number(metric));
  }

  abstract void integer(Sink out, long v);

  abstract void number(Sink out, double d);

  /** Whether a number is a whole one that no double beside it could stand for. */
  static boolean whole(double d) {
    return (long) d == d && Math.abs(d) < 1L << 53;
  }
}
