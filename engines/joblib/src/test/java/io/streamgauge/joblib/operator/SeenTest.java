package io.streamgauge.joblib.operator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.math.BigInteger;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SeenTest {
  /** The definition, word for word: all sequences passed so far, and no other memory. */
  private static final class Definition {
    private final int span;
    private final Set<BigInteger> passed = new HashSet<>();
    private BigInteger highest;

    Definition(int span) {
      this.span = span;
    }

    boolean pass(long sequence) {
      BigInteger s = new BigInteger(Long.toUnsignedString(sequence));
      boolean far = highest != null && s.compareTo(highest.subtract(BigInteger.valueOf(span))) <= 0;
      if (!far && !passed.add(s)) {
        return false;
      }
      passed.add(s);
      highest = highest == null ? s : highest.max(s);
      return true;
    }
  }

  @Test
  void answersAsDefined() {
    for (int seed = 0; seed < 300; seed++) {
      Random random = new Random(seed);
      int span = seed % 3 == 0 ? 1 + random.nextInt(200) : 1024;
      Seen seen = new Seen(span);
      Definition definition = new Definition(span);
      long at = seed % 4 == 0 ? random.nextLong() : 0;
      for (int i = 0; i < 2000; i++) {
        at = next(random, at, span);
        assertEquals(
            definition.pass(at),
            seen.pass(at),
            "seed " + seed + ", step " + i + ", sequence " + Long.toUnsignedString(at));
        if (random.nextInt(100) == 0) {
          byte[] state = seen.toBytes();
          seen = Seen.fromBytes(state);
          assertArrayEquals(state, seen.toBytes());
        }
      }
    }
  }

  private static long next(Random random, long at, int span) {
    long step =
        switch (random.nextInt(12)) {
          case 0 -> -random.nextInt(2 * span);
          case 1 -> random.nextInt(3 * span);
          case 2 -> -span;
          case 3 -> span;
          case 4 -> -span + 1;
          case 5 -> 0;
          case 6 -> random.nextInt(50) == 0 ? random.nextLong() : 1;
          default -> 1;
        };
    long next = at + step;
    boolean wrapped =
        step < 0 ? Long.compareUnsigned(next, at) > 0 : Long.compareUnsigned(next, at) < 0;
    return wrapped ? at : next; // sequences do not wrap around
  }
}
