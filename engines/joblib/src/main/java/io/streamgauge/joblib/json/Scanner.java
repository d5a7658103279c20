package io.streamgauge.joblib.json;

/**
 * Reads one JSON document by RFC 8259 from left to right and notes what stands at the fields'
 * paths. Its methods take the position where something is to begin and give the position behind it,
 * or {@link #BAD} or {@link #TRUNCATED}. The input is valid UTF-8 by an earlier test.
 */
public final class Scanner {
  /** A byte cannot stand where it stands. */
  public static final int BAD = -1;

  /** The input ends before the document is complete. */
  public static final int TRUNCATED = -2;

  // What stands at a field's path.
  static final int MISSING = 0; // nothing, or null
  static final int OTHER = 1; // an object, an array or a boolean
  static final int STRING = 2;
  static final int ESCAPED = 3; // a string with escapes
  static final int NUMBER = 4;

  private static final int MAX_DEPTH = 64;
  private static final byte[] TRUE = {'t', 'r', 'u', 'e'};
  private static final byte[] FALSE = {'f', 'a', 'l', 's', 'e'};
  private static final byte[] NULL = {'n', 'u', 'l', 'l'};

  final byte[] message;
  private final int[] found; // by field: kind, start, end; of strings without the quotes
  private boolean escaped; // the string read last has escapes

  /** Over a message, for so many fields. */
  public Scanner(byte[] message, int fields) {
    this.message = message;
    found = new int[3 * fields];
  }

  int kind(int field) {
    return found[3 * field];
  }

  int start(int field) {
    return found[3 * field + 1];
  }

  int end(int field) {
    return found[3 * field + 2];
  }

  /** Reads the whole message. */
  int document(Node root) {
    int i = value(space(0), root, 0);
    if (i < 0) {
      return i;
    }
    i = space(i);
    return i == message.length ? i : BAD;
  }

  /**
   * Reads a value.
   *
   * @param node where it stands; null where no path leads
   * @param depth objects and arrays around it
   */
  private int value(int i, Node node, int depth) {
    if (i == message.length) {
      return TRUNCATED;
    }
    byte c = message[i];
    return switch (c) {
      case '{' -> note(node, OTHER, i, object(i, node, depth + 1));
      case '[' -> note(node, OTHER, i, array(i, depth + 1));
      case '"' -> text(i, node);
      case 't' -> note(node, OTHER, i, literal(i, TRUE));
      case 'f' -> note(node, OTHER, i, literal(i, FALSE));
      case 'n' -> note(node, MISSING, i, literal(i, NULL));
      default -> c == '-' || digit(c) ? note(node, NUMBER, i, number(i)) : BAD;
    };
  }

  private int text(int i, Node node) {
    int end = string(i);
    if (end > 0) {
      note(node, escaped ? ESCAPED : STRING, i + 1, end - 1);
    }
    return end;
  }

  private int note(Node node, int kind, int start, int end) {
    if (node != null) {
      for (int field : node.fields()) {
        found[3 * field] = kind;
        found[3 * field + 1] = start;
        found[3 * field + 2] = end;
      }
    }
    return end;
  }

  private int object(int i, Node node, int depth) {
    if (depth > MAX_DEPTH) {
      return BAD;
    }
    int at = space(i + 1);
    if (at < message.length && message[at] == '}') {
      return at + 1;
    }
    while (true) {
      int end = name(at);
      if (end < 0) {
        return end;
      }
      Node child = node == null || node.leaf() ? null : child(node, at + 1, end - 1);
      at = colon(space(end));
      if (at < 0) {
        return at;
      }
      at = value(space(at), child, depth);
      if (at < 0) {
        return at;
      }
      at = space(at);
      if (at == message.length) {
        return TRUNCATED;
      }
      if (message[at] == '}') {
        return at + 1;
      }
      if (message[at] != ',') {
        return BAD;
      }
      at = space(at + 1);
    }
  }

  /**
   * Finds the place of the field whose name was read last, and forgets what an earlier one of that
   * name held.
   */
  private Node child(Node node, int from, int to) {
    Node child;
    if (escaped) {
      byte[] name = Escapes.decode(message, from, to);
      child = node.child(name, 0, name.length);
    } else {
      child = node.child(message, from, to);
    }
    if (child != null) {
      for (int field : child.below()) {
        found[3 * field] = MISSING;
      }
    }
    return child;
  }

  private int name(int i) {
    if (i == message.length) {
      return TRUNCATED;
    }
    return message[i] == '"' ? string(i) : BAD;
  }

  private int colon(int i) {
    if (i == message.length) {
      return TRUNCATED;
    }
    return message[i] == ':' ? i + 1 : BAD;
  }

  /** Paths do not lead into arrays. */
  private int array(int i, int depth) {
    if (depth > MAX_DEPTH) {
      return BAD;
    }
    int at = space(i + 1);
    if (at < message.length && message[at] == ']') {
      return at + 1;
    }
    while (true) {
      at = value(at, null, depth);
      if (at < 0) {
        return at;
      }
      at = space(at);
      if (at == message.length) {
        return TRUNCATED;
      }
      if (message[at] == ']') {
        return at + 1;
      }
      if (message[at] != ',') {
        return BAD;
      }
      at = space(at + 1);
    }
  }

  /** Passes over white space. */
  public int space(int i) {
    int at = i;
    while (at < message.length
        && (message[at] == ' '
            || message[at] == '\n'
            || message[at] == '\r'
            || message[at] == '\t')) {
      at++;
    }
    return at;
  }

  /** Reads a word: true, false or null. */
  public int literal(int i, byte[] word) {
    for (int k = 0; k < word.length; k++) {
      if (i + k == message.length) {
        return TRUNCATED;
      }
      if (message[i + k] != word[k]) {
        return BAD;
      }
    }
    return i + word.length;
  }

  /** Reads a string with its quotes. */
  public int string(int i) {
    escaped = false;
    int at = i + 1;
    while (at < message.length) {
      byte c = message[at];
      if (c == '"') {
        return at + 1;
      }
      if (c == '\\') {
        escaped = true;
        at = escape(at);
        if (at < 0) {
          return at;
        }
      } else if (c >= 0 && c < ' ') { // negative: part of a character beyond ASCII
        return BAD;
      } else {
        at++;
      }
    }
    return TRUNCATED;
  }

  /** Whether the string read last has escapes. */
  public boolean escaped() {
    return escaped;
  }

  private int escape(int i) {
    if (i + 1 == message.length) {
      return TRUNCATED;
    }
    switch (message[i + 1]) {
      case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
        return i + 2;
      case 'u':
        for (int k = i + 2; k < i + 6; k++) {
          if (k == message.length) {
            return TRUNCATED;
          }
          if (Escapes.hex(message[k]) < 0) {
            return BAD;
          }
        }
        return i + 6;
      default:
        return BAD;
    }
  }

  /** Reads a number. */
  public int number(int i) {
    int at = message[i] == '-' ? i + 1 : i;
    boolean zero = at < message.length && message[at] == '0';
    at = zero ? at + 1 : digits(at);
    if (at > 0 && at < message.length && message[at] == '.') {
      at = digits(at + 1);
    }
    if (at > 0 && at < message.length && (message[at] == 'e' || message[at] == 'E')) {
      at++;
      if (at < message.length && (message[at] == '+' || message[at] == '-')) {
        at++;
      }
      at = digits(at);
    }
    return at;
  }

  /** Reads one digit or more. */
  private int digits(int i) {
    int at = i;
    while (at < message.length && digit(message[at])) {
      at++;
    }
    if (at > i) {
      return at;
    }
    return at == message.length ? TRUNCATED : BAD;
  }

  private static boolean digit(byte c) {
    return c >= '0' && c <= '9';
  }
}
