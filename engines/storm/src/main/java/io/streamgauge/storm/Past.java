package io.streamgauge.storm;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import org.apache.storm.state.KeyValueState;

/**
 * What a stateful bolt remembers of one partition: how far it has come, and of the records that may
 * come again those whose answer cannot be had from the record alone.
 *
 * <p>Storm's checkpoints are not tied to the offsets of spouts. State is written down before the
 * tuples that made it are acknowledged, so what is read again after a crash has left its mark in
 * the state already. It must be answered as it was the first time, and must not touch the state
 * again.
 */
final class Past {
  /** When a record's turn is. */
  enum Turn {
    /** It is the next one. */
    NOW,
    /** It was taken before. */
    AGAIN,
    /** One before it was lost on the way to the bolt, and will be sent again. */
    LATER
  }

  private static final String PLACE = "place/";
  private static final String ANSWER = "answer/";
  private static final long NOTHING = -1;

  private final int partition;
  private final int replayed;
  private long last = NOTHING;
  private long clock = Long.MIN_VALUE;
  private final NavigableMap<Long, byte[]> answers = new TreeMap<>();
  private final Set<Long> added = new HashSet<>();

  /**
   * A past without memories.
   *
   * @param replayed how many records before the last one may come again
   */
  Past(int partition, int replayed) {
    this.partition = partition;
    this.replayed = replayed;
  }

  /**
   * Tells whether it is the turn of the record at an offset, given the offset of the one before it.
   */
  Turn turn(long offset, long previous) {
    if (offset <= last) {
      return Turn.AGAIN;
    }
    // FIRST is never above: nothing lies before the first record that a spout reads.
    return previous <= last ? Turn.NOW : Turn.LATER;
  }

  /** Notes that a record was taken. */
  void take(long offset) {
    last = offset;
  }

  /** Highest event time so far. */
  long clock() {
    return clock;
  }

  /** Moves the clock to an event time, unless it is there or beyond. */
  void move(long time) {
    clock = Math.max(clock, time);
  }

  /** Keeps the answer to a record. */
  void keep(long offset, byte[] answer) {
    answers.put(offset, answer);
    added.add(offset);
  }

  /** The answer kept for a record; null if there is none. */
  byte[] answer(long offset) {
    return answers.get(offset);
  }

  /**
   * Puts what is new into the state, and takes out of it the answers that nobody will ask for any
   * more.
   */
  void save(KeyValueState<String, byte[]> state) {
    for (NavigableMap<Long, byte[]> old = answers.headMap(last - replayed, false);
        !old.isEmpty(); ) {
      long offset = old.pollFirstEntry().getKey();
      if (!added.remove(offset)) {
        state.delete(ANSWER + partition + "/" + offset);
      }
    }
    added.forEach(offset -> state.put(ANSWER + partition + "/" + offset, answers.get(offset)));
    added.clear();
    state.put(
        PLACE + partition,
        ByteBuffer.allocate(2 * Long.BYTES).putLong(last).putLong(clock).array());
  }

  /** Reads from the state what {@link #save} put there, by partition. */
  static Map<Integer, Past> restore(KeyValueState<String, byte[]> state, int replayed) {
    Map<Integer, Past> pasts = new HashMap<>();
    for (Map.Entry<String, byte[]> e : state) {
      String[] name = e.getKey().split("/");
      boolean place = e.getKey().startsWith(PLACE);
      if (!place && !e.getKey().startsWith(ANSWER)) {
        continue;
      }
      Past past = pasts.computeIfAbsent(Integer.valueOf(name[1]), p -> new Past(p, replayed));
      if (place) {
        ByteBuffer in = ByteBuffer.wrap(e.getValue());
        past.last = in.getLong();
        past.clock = in.getLong();
      } else {
        past.answers.put(Long.valueOf(name[2]), e.getValue());
      }
    }
    return pasts;
  }
}
