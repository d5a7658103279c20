package io.streamgauge.joblib.encoding;

/** Keeps what a map has for a name: a scalar, or other for a list or map. */
final class Key implements Handler {
  private Scalar scalar = Scalar.MISSING;

  Scalar scalar() {
    return scalar;
  }

  @Override
  public void open(boolean list) {}

  @Override
  public void close() {
    scalar = Scalar.OTHER;
  }

  @Override
  public void name(Scalar s) {}

  @Override
  public void value(Scalar s) {
    scalar = s;
  }
}
