package io.streamgauge.joblib.json;

import io.streamgauge.joblib.contract.Job;
import io.streamgauge.joblib.operator.Reason;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Decodes the messages of devices by the rules of SEMANTICS.md section 3: what is tested, in which
 * order, and what each failure is called. A message is read once, from left to right, and only what
 * stands at a field's path is looked at closer. One decoder may be shared by threads.
 */
public final class Decoder implements MessageDecoder {
  // Positions in the list of fields; metrics follow in ascending order of their names.
  private static final int DEVICE = 0;
  private static final int TIME = 1;
  private static final int METRICS = 2;

  private static final int MAX_NUMBER_BYTES = 64;
  private static final double MAX_MICROS = 1e13;
  private static final byte[] EMPTY = {};

  private final Node root = new Node();
  private final int fields;
  private final int[] slots;

  /** For a job's reading. */
  public Decoder(Job.Reading reading) {
    this(reading, IntStream.range(0, reading.metrics().size()).toArray());
  }

  /**
   * For a job's reading, with metrics among other fields.
   *
   * @param slots where in {@code values} and {@code present} each metric belongs, in ascending
   *     order of their names
   */
  public Decoder(Job.Reading reading, int[] slots) {
    this.slots = slots.clone();
    root.add(reading.device(), DEVICE);
    root.add(reading.time(), TIME);
    int field = METRICS;
    for (String name : reading.metrics().keySet().stream().sorted().toList()) { // ASCII: byte order
      root.add(reading.metrics().get(name).path(), field++);
    }
    fields = field;
  }

  /**
   * In its slot, each metric: in ascending order of their names, unless the decoder was given
   * others.
   */
  @Override
  public Reason decode(byte[] key, byte[] value, long[] values, boolean[] present) {
    byte[] message = value == null ? EMPTY : value;
    if (!Utf8.valid(message) || Utf8.marked(message)) {
      return Reason.BAD_UTF8;
    }
    Scanner scan = new Scanner(message, fields);
    int end = scan.document(root);
    if (end < 0) {
      return end == Scanner.BAD ? Reason.BAD_JSON : Reason.TRUNCATED;
    }
    Reason reason = device(scan, key == null ? EMPTY : key);
    if (reason == null) {
      reason = number(scan, TIME);
    }
    for (int i = 0; reason == null && i < fields - METRICS; i++) {
      reason = metric(scan, METRICS + i, slots[i], values, present);
    }
    return reason;
  }

  private static Reason device(Scanner scan, byte[] key) {
    switch (scan.kind(DEVICE)) {
      case Scanner.MISSING:
        return Reason.MISSING_FIELD;
      case Scanner.STRING:
        int from = scan.start(DEVICE);
        return Arrays.equals(scan.message, from, scan.end(DEVICE), key, 0, key.length)
            ? null
            : Reason.WRONG_DEVICE;
      case Scanner.ESCAPED:
        byte[] text = Escapes.decode(scan.message, scan.start(DEVICE), scan.end(DEVICE));
        return Arrays.equals(text, key) ? null : Reason.WRONG_DEVICE;
      default:
        return Reason.BAD_TYPE;
    }
  }

  /** Tests a field that must be a number. */
  private static Reason number(Scanner scan, int field) {
    int kind = scan.kind(field);
    if (kind != Scanner.NUMBER) {
      return kind == Scanner.MISSING ? Reason.MISSING_FIELD : Reason.BAD_TYPE;
    }
    return scan.end(field) - scan.start(field) > MAX_NUMBER_BYTES ? Reason.BAD_NUMBER : null;
  }

  private static Reason metric(
      Scanner scan, int field, int slot, long[] values, boolean[] present) {
    values[slot] = 0;
    present[slot] = scan.kind(field) != Scanner.MISSING;
    if (!present[slot]) {
      return null;
    }
    Reason reason = number(scan, field);
    if (reason != null) {
      return reason;
    }
    double micros =
        Math.rint(Numbers.nearest(scan.message, scan.start(field), scan.end(field)) * 1e6);
    if (Math.abs(micros) > MAX_MICROS) { // also where it is infinite
      return Reason.RANGE;
    }
    values[slot] = (long) micros; // −0 becomes 0
    return null;
  }
}
