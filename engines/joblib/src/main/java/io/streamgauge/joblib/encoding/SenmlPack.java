package io.streamgauge.joblib.encoding;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;

/** Lays what the records of a SenML pack (RFC 8428) say over each other. */
final class SenmlPack implements Handler {
  /** What a record's member means. */
  private enum Label {
    UNKNOWN,
    BASE_NAME,
    BASE_TIME,
    BASE_VALUE,
    NAME,
    TIME,
    VALUE,
    TEXT,
    BOOLEAN,
    DATA,
    IGNORED
  }

  private static final Map<String, Label> TEXTS =
      Map.ofEntries(
          Map.entry("bn", Label.BASE_NAME),
          Map.entry("bt", Label.BASE_TIME),
          Map.entry("bv", Label.BASE_VALUE),
          Map.entry("n", Label.NAME),
          Map.entry("t", Label.TIME),
          Map.entry("v", Label.VALUE),
          Map.entry("vs", Label.TEXT),
          Map.entry("vb", Label.BOOLEAN),
          Map.entry("vd", Label.DATA),
          Map.entry("bu", Label.IGNORED),
          Map.entry("bs", Label.IGNORED),
          Map.entry("bver", Label.IGNORED),
          Map.entry("u", Label.IGNORED),
          Map.entry("s", Label.IGNORED),
          Map.entry("ut", Label.IGNORED));

  private static final int LOWEST = -6;

  /** The labels in CBOR, from {@link #LOWEST} on (table 4). */
  private static final Label[] INTEGERS = {
    Label.IGNORED,
    Label.BASE_VALUE,
    Label.IGNORED,
    Label.BASE_TIME,
    Label.BASE_NAME,
    Label.IGNORED,
    Label.NAME,
    Label.IGNORED,
    Label.VALUE,
    Label.TEXT,
    Label.BOOLEAN,
    Label.IGNORED,
    Label.TIME,
    Label.IGNORED,
    Label.DATA
  };

  private static final int VALUES = 4; // v, vs, vb, vd
  private static final byte[] NOTHING = {};

  private final Fields fields;
  private final boolean binary; // labels are integers
  private boolean bad; // it is no pack

  private int depth;
  private Label next = Label.UNKNOWN; // of the value that stands next

  // Base values hold from their record on.
  private byte[] baseName = NOTHING;
  private Scalar baseTime = Scalar.MISSING;
  private Scalar baseValue = Scalar.MISSING;

  // Of the record at hand.
  private byte[] name = NOTHING;
  private Scalar time = Scalar.MISSING;
  private final Scalar[] values = new Scalar[VALUES];

  private SenmlPack(Fields fields, boolean binary) {
    this.fields = fields;
    this.binary = binary;
  }

  /** The content of packs that a walker reads. */
  static Content content(Walker walker, boolean binary) {
    return (message, fields) -> {
      SenmlPack pack = new SenmlPack(fields, binary);
      walker.walk(message, pack);
      if (pack.bad) {
        throw Malformed.BAD_FORMAT;
      }
    };
  }

  @Override
  public void open(boolean list) {
    depth++;
    if (depth <= 2 && list != (depth == 1)) {
      bad = true;
    } else if (depth == 2) {
      name = NOTHING;
      time = Scalar.MISSING;
      Arrays.fill(values, Scalar.MISSING);
    } else if (depth == 3) {
      member(Scalar.OTHER);
    }
  }

  @Override
  public void close() {
    if (depth == 2 && !bad) {
      record();
    }
    depth--;
  }

  @Override
  public void name(Scalar s) {
    if (depth != 2) {
      return;
    }
    next = Label.UNKNOWN;
    if (s.is(Scalar.Kind.TEXT)) {
      String label = new String(s.bytes(), s.from(), s.to() - s.from(), StandardCharsets.UTF_8);
      if (!binary) {
        next = TEXTS.getOrDefault(label, Label.UNKNOWN);
      }
      // Whoever does not know such a one must not use the record.
      bad |= next == Label.UNKNOWN && label.endsWith("_");
    } else if (s.is(Scalar.Kind.NUMBER) && binary) {
      int i = (int) s.number() - LOWEST;
      if (i >= 0 && i < INTEGERS.length && i + LOWEST == s.number()) {
        next = INTEGERS[i];
      }
    }
  }

  @Override
  public void value(Scalar s) {
    if (depth < 2) {
      bad = true;
    } else if (depth == 2) {
      member(s);
    }
  }

  private void member(Scalar s) {
    switch (next) {
      case BASE_NAME -> baseName = text(s);
      case NAME -> name = text(s);
      case BASE_TIME -> baseTime = number(s);
      case BASE_VALUE -> baseValue = number(s);
      case TIME -> time = number(s);
      case VALUE -> values[0] = s;
      case TEXT, BOOLEAN, DATA ->
          values[next.ordinal() - Label.VALUE.ordinal()] =
              s.is(Scalar.Kind.MISSING) ? s : Scalar.OTHER;
      default -> {} // passed over
    }
  }

  private byte[] text(Scalar s) {
    if (!s.is(Scalar.Kind.TEXT)) {
      bad = true;
      return NOTHING;
    }
    return Arrays.copyOfRange(s.bytes(), s.from(), s.to());
  }

  private Scalar number(Scalar s) {
    bad |= !s.is(Scalar.Kind.NUMBER) && !s.is(Scalar.Kind.LONG_NUMBER);
    return s;
  }

  /** A record that has a value: its name begins with the device, up to the last slash. */
  private void record() {
    Scalar value =
        Arrays.stream(values).filter(v -> !v.is(Scalar.Kind.MISSING)).findFirst().orElse(null);
    if (value == null) {
      return;
    }
    if (value.is(Scalar.Kind.NUMBER) || value.is(Scalar.Kind.LONG_NUMBER)) {
      value = sum(baseValue, value);
    }
    byte[] full = Arrays.copyOf(baseName, baseName.length + name.length);
    System.arraycopy(name, 0, full, baseName.length, name.length);
    int slash = full.length - 1;
    while (slash >= 0 && full[slash] != '/') {
      slash--;
    }
    if (slash < 0) {
      bad = true;
      return;
    }
    fields.lay(Places.DEVICE, Scalar.text(full, 0, slash));
    fields.lay(Places.TIME, sum(baseTime, time));
    fields.layNamed(full, slash + 1, full.length, value);
  }

  /** Adds two numbers, as doubles; one that is missing counts as nothing. */
  private static Scalar sum(Scalar a, Scalar b) {
    if (a.is(Scalar.Kind.MISSING) || b.is(Scalar.Kind.LONG_NUMBER)) {
      return b;
    }
    if (b.is(Scalar.Kind.MISSING) || a.is(Scalar.Kind.LONG_NUMBER)) {
      return a;
    }
    return Scalar.of(a.number() + b.number());
  }
}
