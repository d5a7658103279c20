package io.streamgauge.storm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.apache.storm.generated.GlobalStreamId;
import org.apache.storm.windowing.WaterMarkEventGenerator;
import org.apache.storm.windowing.WatermarkTimeEvictionPolicy;
import org.apache.storm.windowing.WatermarkTimeTriggerPolicy;
import org.apache.storm.windowing.WindowLifecycleListener;
import org.apache.storm.windowing.WindowManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What Storm's windows do, and that our times make of them what the job means. */
class StormsWindowsTest {
  private static final GlobalStreamId STREAM = new GlobalStreamId("bolt", "stream");

  /** Storm's parts as its WindowedBoltExecutor puts them together, the timer in our hands. */
  private static final class Rig implements WindowLifecycleListener<Long> {
    final Map<Long, List<Long>> fired = new TreeMap<>(); // by end
    private final WindowManager<Long> manager = new WindowManager<>(this);
    private final WaterMarkEventGenerator<Long> timer;

    Rig(int length, int step, int lag) {
      WatermarkTimeEvictionPolicy<Long> eviction = new WatermarkTimeEvictionPolicy<>(length, lag);
      WatermarkTimeTriggerPolicy<Long> trigger =
          new WatermarkTimeTriggerPolicy<>(step, manager, eviction, manager);
      manager.setEvictionPolicy(eviction);
      manager.setTriggerPolicy(trigger);
      timer = new WaterMarkEventGenerator<>(manager, 1000, lag, Set.of(STREAM));
      trigger.start();
    }

    /** Gives an event; false if Storm calls it late. */
    boolean event(long event, long time) {
      boolean inTime = timer.track(STREAM, time);
      if (inTime) {
        manager.add(event, time);
      }
      return inTime;
    }

    void tick() {
      timer.run();
    }

    @Override
    public void onExpiry(List<Long> events) {}

    @Override
    public void onActivation(List<Long> events, List<Long> added, List<Long> expired, Long end) {
      fired.put(end, List.copyOf(events));
    }
  }

  @Test
  void stormsWindowsAreOpenAtTheirStart() {
    Rig rig = new Rig(10_000, 10_000, 0);
    rig.event(1, 10_000);
    rig.event(2, 10_001);
    rig.event(3, 20_000);
    rig.tick();
    assertEquals(Map.of(10_000L, List.of(1L), 20_000L, List.of(2L, 3L)), rig.fired);
  }

  @Test
  void stormCallsAnEventLateForWindowsThatAreOpen() {
    Rig rig = new Rig(60_000, 20_000, 10_000);
    rig.event(1, 70_000);
    rig.tick(); // the watermark is 60 s: windows that end at 80 s and 100 s are open
    assertFalse(rig.event(2, 45_000));
  }

  @Test
  void stormCallsEventsBefore1970Late() {
    Rig rig = new Rig(10_000, 10_000, 0);
    assertFalse(rig.event(1, -1), "the first event of all is late");
  }

  @ParameterizedTest
  @CsvSource({
    "10000, 10000, 5000, 1600000000000",
    "60000, 20000, 10000, 1600000000000",
    "60000, 7000, 12345, 1600000000001",
    "10000, 10000, 5000, -100000",
    "10000, 10000, 0, 0"
  })
  void withOurTimesWindowsHoldWhatTheJobMeans(long size, long step, long lateness, long from) {
    for (int seed = 0; seed < 20; seed++) {
      Random random = new Random(seed);
      WindowTimes times = new WindowTimes(size, step, lateness, from);
      Rig rig = new Rig(times.length(), times.step(), 1);
      List<Long> events = new ArrayList<>();
      long clock = Long.MIN_VALUE;
      long at = from + size;
      for (int i = 0; i < 300; i++) {
        at += random.nextInt(20) == 0 ? random.nextLong(3 * size) : random.nextLong(step / 4);
        long time =
            random.nextInt(3) == 0
                ? Math.max(from, at - random.nextLong(2 * (size + lateness)))
                : at;
        events.add(time);
        clock = Math.max(clock, time);
        assertTrue(rig.event(i, times.of(clock)), "an event is late for Storm");
        if (random.nextInt(10) == 0) {
          rig.tick();
        }
      }
      rig.tick();
      Map<Long, List<Long>> got = new TreeMap<>();
      rig.fired.forEach(
          (end, in) -> {
            long start = times.start(end);
            List<Long> held =
                in.stream().filter(i -> times.holds(start, events.get(i.intValue()))).toList();
            if (!held.isEmpty()) {
              got.put(start, held);
            }
          });
      assertEquals(meant(events, size, step, lateness), got, "seed " + seed);
    }
  }

  /** The windows that are final, and what counts in them, by the words of SEMANTICS. */
  private static Map<Long, List<Long>> meant(
      List<Long> events, long size, long step, long lateness) {
    Map<Long, List<Long>> windows = new TreeMap<>();
    long watermark = Long.MIN_VALUE;
    for (int i = 0; i < events.size(); i++) {
      long time = events.get(i);
      for (long start = Math.floorDiv(time, step) * step; start > time - size; start -= step) {
        if (watermark < start + size + lateness) {
          windows.computeIfAbsent(start, s -> new ArrayList<>()).add((long) i);
        }
      }
      watermark = Math.max(watermark, time);
    }
    long end = watermark;
    windows.keySet().removeIf(start -> end < start + size + lateness);
    return windows;
  }
}
