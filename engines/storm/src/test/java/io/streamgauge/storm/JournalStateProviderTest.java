package io.streamgauge.storm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.LongStream;
import org.apache.storm.generated.GlobalStreamId;
import org.apache.storm.spout.CheckPointState;
import org.apache.storm.state.DefaultStateSerializer;
import org.apache.storm.state.KeyValueState;
import org.apache.storm.windowing.StatefulWindowManager;
import org.apache.storm.windowing.WaterMarkEventGenerator;
import org.apache.storm.windowing.WatermarkTimeEvictionPolicy;
import org.apache.storm.windowing.WatermarkTimeTriggerPolicy;
import org.apache.storm.windowing.WindowLifecycleListener;
import org.apache.storm.windowing.WindowManager;
import org.apache.storm.windowing.persistence.WindowState;
import org.apache.storm.windowing.persistence.WindowState.WindowPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a task finds in its states after a SIGKILL in the midst of a checkpoint. */
class JournalStateProviderTest {
  private static final GlobalStreamId STREAM = new GlobalStreamId("bolt", "stream");
  private static final int LENGTH = 10_000; // of a window and of the step to the next, in ms

  @TempDir private Path dir;

  private Path file(String name) {
    return dir.resolve(name + ".journal");
  }

  @SuppressWarnings("unchecked")
  private <K, V> KeyValueState<K, V> open(String name) {
    return (KeyValueState<K, V>)
        (KeyValueState<?, ?>)
            JournalStateProvider.open(file(name), file("spout"), new DefaultStateSerializer<>());
  }

  /** What the checkpoint spout notes. */
  private void spout(long txid, CheckPointState.State state) {
    KeyValueState<String, CheckPointState> spout = open("spout");
    spout.put("__state", new CheckPointState(txid, state));
    spout.commit();
  }

  private CheckPointState spout() {
    KeyValueState<String, CheckPointState> spout = open("spout");
    return spout.get("__state");
  }

  /** A state of which a checkpoint is committed and the next one prepared. */
  private void prepared() {
    KeyValueState<String, Long> s = open("x");
    s.put("a", 1L);
    s.prepareCommit(1);
    s.commit(1);
    spout(2, CheckPointState.State.PREPARING);
    s.put("a", 2L);
    s.prepareCommit(2);
  }

  @Test
  void theFirstLifeFindsNothing() {
    KeyValueState<String, Long> s = open("x");
    assertNull(s.get("a"));
  }

  @Test
  void whatTheCheckpointSpoutRollsBackIsNotReadBefore() {
    prepared();
    KeyValueState<String, Long> back = open("x");
    assertEquals(1L, back.get("a"));
    back.rollback(); // as Storm asks for then
    back.put("a", 3L);
    back.prepareCommit(2);
    back.commit(2);
    assertEquals(3L, back.get("a"));
    assertEquals(new CheckPointState(2, CheckPointState.State.PREPARING), spout());
  }

  @Test
  void whatTheCheckpointSpoutCommitsIsReadBefore() {
    prepared();
    spout(2, CheckPointState.State.COMMITTING);
    KeyValueState<String, Long> back = open("x");
    assertEquals(2L, back.get("a"));
    back.commit(2);
    assertEquals(2L, back.get("a"));
  }

  @Test
  void theFileOfTheCheckpointSpoutIsLeftAsItIs() throws IOException {
    prepared();
    Files.write(file("spout"), new byte[] {0, 0, 0}, StandardOpenOption.APPEND); // it is writing
    long size = Files.size(file("spout"));
    KeyValueState<String, Long> back = open("x");
    assertEquals(1L, back.get("a"));
    assertEquals(size, Files.size(file("spout")));
  }

  /** Storm's parts as its PersistentWindowedBoltExecutor puts them together, in one life. */
  private final class Life implements WindowLifecycleListener<Long> {
    final Map<Long, List<Long>> fired = new TreeMap<>(); // by end
    private final WindowState<Long> windows;
    private final WindowManager<Long> manager;
    private final WatermarkTimeTriggerPolicy<Long> trigger;
    private final WaterMarkEventGenerator<Long> timer;

    /** Prepares the task, which reads its states. */
    Life() {
      KeyValueState<Long, WindowPartition<Long>> partitions = open("window");
      KeyValueState<String, Deque<Long>> ids = open("window-partitions");
      KeyValueState<String, Optional<?>> system = open("window-systemstate");
      windows = new WindowState<>(partitions, ids, system, this::policies, 0);
      manager = new StatefulWindowManager<>(this, windows);
      WatermarkTimeEvictionPolicy<Long> eviction = new WatermarkTimeEvictionPolicy<>(LENGTH, 0);
      trigger = new WatermarkTimeTriggerPolicy<>(LENGTH, manager, eviction, manager);
      manager.setEvictionPolicy(eviction);
      manager.setTriggerPolicy(trigger);
      timer = new WaterMarkEventGenerator<>(manager, 1000, 0, Set.of(STREAM));
      Map<String, Optional<?>> restored = new HashMap<>();
      system.forEach(e -> restored.put(e.getKey(), e.getValue()));
      manager.restoreState(restored);
    }

    private Map<String, Optional<?>> policies() {
      return manager.getState();
    }

    /** As the checkpoint spout asks first, of a task that has not begun. */
    void rollBack() {
      windows.rollback(false);
    }

    void begin() {
      trigger.start();
    }

    /** Gives events, each at the time of its number. */
    void events(long first, long last) {
      for (long i = first; i <= last; i++) {
        timer.track(STREAM, i);
        manager.add(i, i);
      }
    }

    void tick() {
      timer.run();
    }

    void prepare(long txid) {
      spout(txid, CheckPointState.State.PREPARING);
      windows.prepareCommit(txid);
    }

    void commit(long txid) {
      spout(txid, CheckPointState.State.COMMITTING);
      windows.commit(txid);
      spout(txid, CheckPointState.State.COMMITTED);
    }

    @Override
    public void onExpiry(List<Long> events) {}

    @Override
    public void onActivation(
        Supplier<Iterator<Long>> events,
        Supplier<Iterator<Long>> added,
        Supplier<Iterator<Long>> expired,
        Long end) {
      List<Long> in = new ArrayList<>();
      events.get().forEachRemaining(in::add);
      fired.put(end, in);
      windows.clearIteratorPins();
    }
  }

  private static List<Long> numbers(long first, long last) {
    return LongStream.rangeClosed(first, last).boxed().toList();
  }

  @Test
  void aWindowHasAllItsEventsInTheirOrder() {
    Life first = new Life();
    first.begin();
    first.events(1, 400);
    first.prepare(1);
    first.commit(1);
    first.events(401, 1300); // Storm writes windows down in parts of a thousand events
    first.prepare(2);
    Life second = new Life();
    second.rollBack();
    second.begin();
    second.events(401, 1300);
    second.events(LENGTH + 1, LENGTH + 1);
    second.tick();
    assertEquals(Map.of((long) LENGTH, numbers(1, 1300)), second.fired);
  }

  @Test
  void aWindowThatHadFiredBehindTheCheckpointFiresAgain() {
    Life first = new Life();
    first.begin();
    first.events(1, 5);
    first.prepare(1);
    first.commit(1);
    first.events(LENGTH + 1, LENGTH + 1);
    first.tick();
    first.prepare(2);
    Life second = new Life();
    second.rollBack();
    second.begin();
    second.events(LENGTH + 1, LENGTH + 1);
    second.tick();
    assertEquals(Map.of((long) LENGTH, numbers(1, 5)), first.fired);
    assertEquals(first.fired, second.fired);
  }
}
