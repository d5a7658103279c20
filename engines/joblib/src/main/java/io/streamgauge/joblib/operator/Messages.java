package io.streamgauge.joblib.operator;

import io.streamgauge.joblib.record.Chunk;
import io.streamgauge.joblib.record.OutRecord;
import io.streamgauge.joblib.record.Stamp;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.function.Consumer;

/**
 * What a stage of a job of large messages does, alone: scan or reassemble. A record is a message by
 * itself or a chunk of one; only chunks touch state, which is a {@link Message} for each owner and,
 * for reassemble, its {@link Parts}. Immutable; threads may share it.
 */
public final class Messages {
  private static final int PIECE = 256 << 10; // of an object, bytes read at a time
  private static final int CHUNK_FLAG = 4; // of a stamp
  private static final byte[] NO_BYTES = {};

  private final int stage;
  private final boolean last;
  private final boolean assembles;
  private final ObjectStore objects;

  Messages(int stage, boolean last, boolean assembles, Path store) {
    this.stage = stage;
    this.last = last;
    this.assembles = assembles;
    objects = new ObjectStore(store);
  }

  /** Whether chunks are put together, and their bytes kept; otherwise they go on as they come. */
  public boolean assembles() {
    return assembles;
  }

  /** Whether an event is a chunk, for {@link #take}; otherwise it is one for {@link #whole}. */
  public static boolean isChunk(Event e) {
    if (e.sgc == null) {
      return false;
    }
    Chunk c = Chunk.parse(e.sgc);
    return c == null || !c.claim();
  }

  /** What goes on of a chunk that is taken by a stage that scans, but for the last. */
  public static OutRecord itself(Event e) {
    return Stage.forward(e, e.sgc);
  }

  /** Whether a record that a chunk has given is {@link #itself}. */
  public static boolean isItself(Event e, OutRecord r) {
    return !r.deadLetter() && r.value() == e.value;
  }

  /**
   * What a message in one record, or in the store, gives.
   *
   * @throws UncheckedIOException where the store cannot be read
   */
  public OutRecord whole(Event e) {
    if (e.sgc != null) {
      return claim(e, Chunk.parse(e.sgc));
    }
    if (assembles) {
      return Stage.forward(e, null);
    }
    Summary s = new Summary();
    s.add(value(e), value(e).length);
    return passed(e, s);
  }

  private OutRecord claim(Event e, Chunk c) {
    if (c.index() != 0 || c.offset() != 0) {
      return Stage.deadLetter(stage, e, Reason.BAD_CHUNK);
    }
    if (assembles) {
      return Stage.forward(e, e.sgc);
    }
    Summary s = read(e);
    if (s == null) {
      return Stage.deadLetter(stage, e, Reason.MISSING_OBJECT);
    }
    return s.bytes() == c.total() && s.hash() == c.hash()
        ? passed(e, s)
        : Stage.deadLetter(stage, e, Reason.BAD_CHECKSUM);
  }

  /** Sums an object up, a piece at a time; null where there is none. */
  private Summary read(Event e) {
    String name = new String(value(e), StandardCharsets.ISO_8859_1);
    try (InputStream in = objects.open(name)) {
      if (in == null) {
        return null;
      }
      Summary s = new Summary();
      byte[] piece = new byte[PIECE];
      for (int n = in.read(piece); n >= 0; n = in.read(piece)) {
        s.add(piece, n);
      }
      return s;
    } catch (IOException x) {
      throw new UncheckedIOException("reading the object " + name + ": " + x.getMessage(), x);
    }
  }

  private OutRecord passed(Event e, Summary s) {
    return last ? Stage.eventOf(e.key, s.value(), e.sgt, e.stamp()) : Stage.forward(e, e.sgc);
  }

  /**
   * Takes a chunk, and with it perhaps leave of a message that was never completed.
   *
   * @param now the owner's state; null where it has none. It is not changed
   * @param parts of the owner; null in a stage that scans
   * @param out gets what the chunk gives: nothing, itself, a message, or dead letters
   * @return the owner's state behind it; {@code now} itself where it brought nothing new
   */
  public Message take(Message now, Event e, Parts parts, Consumer<OutRecord> out) {
    Chunk c = Chunk.parse(e.sgc);
    boolean fits = c != null && c.fits(value(e).length);
    long sequence = e.stamp().sequence();
    if (now != null && now.stale(sequence, c, fits)) {
      return now;
    }
    Message m = now;
    if (now == null || now.sequence() != sequence) {
      if (now != null && now.open()) {
        refuse(now, Reason.MISSING_CHUNK, parts, out);
      }
      m = Message.begin(e);
    }
    m = m.stamped(e.stamp());
    Reason reason = m.wrong(c, fits);
    if (reason != null) {
      return refuse(m, reason, parts, out);
    }
    return assembles ? assemble(m, c, e, parts, out) : scan(m, c, e, out);
  }

  private Message scan(Message before, Chunk c, Event e, Consumer<OutRecord> out) {
    Summary s = before.next() == 0 ? new Summary() : Summary.fromBytes(before.summary());
    s.add(value(e), value(e).length);
    Message m = before.with(c, value(e).length, null);
    boolean complete = m.complete();
    if (complete && s.hash() != m.chunk().hash()) {
      return refuse(m, Reason.BAD_CHECKSUM, null, out);
    }
    if (!last) {
      out.accept(itself(e));
    } else if (complete) {
      out.accept(Stage.eventOf(m.key(), s.value(), m.sgt(), m.stamp()));
    }
    return complete ? m.over() : before.with(c, value(e).length, s.toBytes());
  }

  private Message assemble(Message before, Chunk c, Event e, Parts parts, Consumer<OutRecord> out) {
    parts.add(before.sequence(), c.index(), value(e));
    Message m = before.with(c, value(e).length, null);
    if (!m.complete()) {
      return m;
    }
    byte[] whole = parts.join(m.sequence(), c.count(), (int) c.total());
    if (Summary.hash(whole) != c.hash()) {
      return refuse(m, Reason.BAD_CHECKSUM, parts, out);
    }
    Stamp s = m.stamp();
    Stamp stamp =
        new Stamp(
            s.flags() & ~CHUNK_FLAG, s.stream(), s.device(), s.sequence(), s.intended(), c.hash());
    out.accept(Stage.forward(m.key(), whole, stamp.toBytes(), m.sgt(), null));
    parts.clear(m.sequence(), m.next());
    return m.over();
  }

  /**
   * Ends a message without an answer. The job's first stage writes its dead letter; those behind it
   * meet only what broke off there.
   */
  private Message refuse(Message m, Reason reason, Parts parts, Consumer<OutRecord> out) {
    if (stage == 0) {
      out.accept(Stage.deadLetter(stage, m.key(), NO_BYTES, m.sgt(), m.stamp(), reason));
    }
    if (assembles) {
      parts.clear(m.sequence(), m.next());
    }
    return m.over();
  }

  private static byte[] value(Event e) {
    return e.value == null ? NO_BYTES : e.value;
  }
}
