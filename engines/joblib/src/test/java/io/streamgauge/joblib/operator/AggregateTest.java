package io.streamgauge.joblib.operator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.streamgauge.joblib.record.Stamp;
import java.util.Random;
import org.junit.jupiter.api.Test;

class AggregateTest {
  private static Stamp stamp(Random random, long sequence) {
    return new Stamp(0, 65535, 0xffffffffL, sequence, random.nextLong() >> 2, 0);
  }

  @Test
  void mergingIsAddingWhicheverWayItIsCut() {
    for (int seed = 0; seed < 100; seed++) {
      Random random = new Random(seed);
      Aggregate whole = new Aggregate();
      Aggregate left = new Aggregate();
      Aggregate right = new Aggregate();
      int n = random.nextInt(20);
      int cut = n == 0 ? 0 : random.nextInt(n + 1);
      for (int i = 0; i < n; i++) {
        Stamp s = stamp(random, i);
        long metric = random.nextInt(2000) - 1000;
        whole.add(new byte[] {1}, s, metric);
        (i < cut ? left : right).add(new byte[] {1}, s, metric);
      }
      left.merge(right);
      assertArrayEquals(whole.toBytes(), left.toBytes(), "seed " + seed);
      assertArrayEquals(whole.toBytes(), Aggregate.fromBytes(whole.toBytes()).toBytes());
    }
  }

  @Test
  void aTotalIsAnAggregateWithTheHighestTime() {
    Total whole = new Total();
    Total left = new Total();
    Total right = new Total();
    long[] times = {-5, 7, 3, 6};
    for (int i = 0; i < times.length; i++) {
      Stamp s = new Stamp(0, 1, 2, i, i, 0);
      whole.add(new byte[] {1}, s, i, times[i]);
      (i < 2 ? left : right).add(new byte[] {1}, s, i, times[i]);
    }
    left.merge(right);
    assertEquals(7, whole.time);
    assertArrayEquals(whole.toBytes(), left.toBytes());
    assertArrayEquals(whole.toBytes(), Total.fromBytes(whole.toBytes()).toBytes());
    assertArrayEquals(new Total().toBytes(), Total.fromBytes(new Total().toBytes()).toBytes());
  }

  @Test
  void keepsTheExtremes() {
    Random random = new Random(1);
    Aggregate a = new Aggregate();
    a.add(new byte[] {1, 2}, new Stamp(0, 1, 2, 0, -7, 0), -5);
    a.add(new byte[] {1, 2}, new Stamp(0, 1, 2, 1, -9, 0), -8);
    assertEquals(
        "2 -13 -8 -5 -7", a.count + " " + a.sum + " " + a.min + " " + a.max + " " + a.intended);
    assertEquals(stamp(random, 0).owner(), 0xffff_ffff_ffffL);
  }

  @Test
  void bytesTellNoKeyFromAnEmptyOne() {
    Aggregate a = new Aggregate();
    assertNull(Aggregate.fromBytes(a.toBytes()).key);
    a.key = new byte[0];
    assertArrayEquals(new byte[0], Aggregate.fromBytes(a.toBytes()).key);
  }
}
