package io.streamgauge.joblib.operator;

import io.streamgauge.joblib.contract.Job;
import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.encoding.MessageEncoder;
import io.streamgauge.joblib.record.Headers;
import io.streamgauge.joblib.record.InRecord;
import io.streamgauge.joblib.record.OutRecord;
import io.streamgauge.joblib.record.Output;
import io.streamgauge.joblib.record.Stamp;
import java.util.ArrayList;
import java.util.List;

/**
 * One stage of a job, compiled: everything about it that is a pure function. Immutable; threads may
 * share it. A stage has at most one stateful operator: {@link #dedupe}, {@link #detect}, {@link
 * #window} or {@link #aggregation} is not null then, and the engine applies it to state it keeps
 * per {@link Event#owner()}, between {@link #before} and {@link #after}. Events end at an
 * aggregation: nothing is behind it, and none of them is answered. In a job of large messages a
 * stage has {@link #messages} and nothing else, which makes all it gives.
 */
public final class Stage {
  private static final String[] STAGE_HEADERS = {Headers.STAMP, Headers.TIME};
  private static final String[] PART_HEADERS = {Headers.STAMP, Headers.TIME, Headers.CHUNK};
  private static final String[] RESULT_HEADERS = {Headers.TIME, Headers.OUTPUT};
  private static final String[] DEAD_HEADERS = {Headers.TIME, Headers.OUTPUT, Headers.REASON};

  private final int index;
  private final String name;
  private final String topic;
  private final boolean last;
  private final Layout layout;
  private final boolean parses;
  private final boolean rewrites;
  private final MessageEncoder encoder; // of the last stage's encode; null: canonical JSON
  private final Operator[] before;
  private final Operator[] after;
  private final Dedupe dedupe;
  private final Detect detect;
  private final Window window;
  private final Aggregation aggregation;
  private final Messages messages;

  private Stage(Plan plan, int index, Registry registry) {
    Job job = plan.job();
    Job.Stage stage = job.stages().get(index);
    this.index = index;
    name = stage.name();
    topic = plan.stageInput(index);
    last = index == job.stages().size() - 1;
    layout = new Layout(job.fieldsUpTo(index));
    Compiler c = new Compiler(plan, layout, registry, index);
    for (Job.Operator o : stage.operators()) {
      c.add(o);
    }
    before = c.before.toArray(Operator[]::new);
    after = c.after.toArray(Operator[]::new);
    dedupe = c.dedupe;
    detect = c.detect;
    window = c.window;
    aggregation = c.aggregation;
    messages = c.messages;
    parses = c.parses && !c.decodes;
    rewrites = c.rewrites;
    encoder = c.encoder;
  }

  /**
   * Compiles all stages of a plan's job.
   *
   * @param registry complete, and not changed afterwards
   * @throws IllegalArgumentException for a job that this library does not know how to do
   */
  public static List<Stage> compile(Plan plan, Registry registry) {
    List<Stage> stages = new ArrayList<>();
    for (int i = 0; i < plan.job().stages().size(); i++) {
      stages.add(new Stage(plan, i, registry));
    }
    return stages;
  }

  /** Position in the job, from 0. */
  public int index() {
    return index;
  }

  /** The stage's name in the job. */
  public String name() {
    return name;
  }

  /** Whether it writes to the output topic. */
  public boolean last() {
    return last;
  }

  /** Its stateful operator, if it is this one; else null. */
  public Dedupe dedupe() {
    return dedupe;
  }

  /** Its stateful operator, if it is this one; else null. */
  public Detect detect() {
    return detect;
  }

  /** Its stateful operator, if it is this one; else null. */
  public Window window() {
    return window;
  }

  /** Its stateful operator, if it is this one; else null. */
  public Aggregation aggregation() {
    return aggregation;
  }

  /** Its scan or reassemble, if it is a stage of a job of large messages; else null. */
  public Messages messages() {
    return messages;
  }

  /** Whether nothing is remembered between two records. */
  public boolean stateless() {
    return dedupe == null
        && detect == null
        && window == null
        && aggregation == null
        && messages == null;
  }

  /**
   * Takes a record apart.
   *
   * @return the event; null for a result of an earlier stage, which goes on as {@link #pass} makes
   *     it, and for a foreign record, for which that gives null too
   * @throws CorruptRecordException for a stage record that cannot be: its value is not what the
   *     stage before writes
   */
  public Event arrive(InRecord in) {
    Stamp stamp = Stamp.parse(in.sg());
    if (stamp == null || !Headers.isTime(in.sgt())) {
      return null;
    }
    Event e = new Event();
    e.partition = in.partition();
    e.offset = in.offset();
    e.key = in.key();
    e.value = in.value();
    e.sg = in.sg();
    e.sgt = in.sgt();
    e.sgc = in.sgc();
    e.stamp = stamp;
    e.time = Headers.time(in.sgt());
    e.values = layout.values();
    e.present = layout.present();
    if (parses) {
      parse(e);
    }
    return e;
  }

  private void parse(Event e) {
    try {
      layout.parse(e.value, e.values, e.present);
    } catch (IllegalArgumentException x) {
      throw new CorruptRecordException(
          topic, e.partition, e.offset, "stage record: " + x.getMessage());
    }
  }

  /**
   * An alert or window of an earlier stage on its way through this one; null for a foreign record:
   * count it.
   */
  public OutRecord pass(InRecord in) {
    int kind = Output.kindOf(in.sgo());
    boolean result = kind == Output.ALERT || kind == Output.WINDOW;
    if (index == 0 || !result || Stamp.parse(in.sg()) != null || !Headers.isTime(in.sgt())) {
      return null;
    }
    return new OutRecord(
        false,
        in.key(),
        in.value(),
        timestamp(Headers.time(in.sgt())),
        RESULT_HEADERS,
        new byte[][] {in.sgt(), in.sgo()});
  }

  /**
   * Runs the operators before the stateful one; all of them in a stage without.
   *
   * @throws CorruptRecordException for an event that no engine of the job can have written
   */
  public Verdict before(Event e) {
    return run(before, e);
  }

  /**
   * Runs the operators behind the stateful one.
   *
   * @throws CorruptRecordException for an event that no engine of the job can have written
   */
  public Verdict after(Event e) {
    return run(after, e);
  }

  private Verdict run(Operator[] operators, Event e) {
    try {
      for (Operator o : operators) {
        Verdict v = o.apply(e);
        if (v != Verdict.PASS) {
          return v;
        }
      }
      return Verdict.PASS;
    } catch (IllegalArgumentException x) {
      throw new CorruptRecordException(topic, e.partition, e.offset, x.getMessage());
    }
  }

  /**
   * What an event gives that has come to the end of the stage: a record if it passed, its dead
   * letter if it was refused, null if it was dropped.
   */
  public OutRecord answer(Event e, Verdict v) {
    if (v == Verdict.PASS) {
      return answer(e);
    }
    return v == Verdict.DROP ? null : deadLetter(index, e, v.reason());
  }

  private OutRecord answer(Event e) {
    byte[] value = written(e);
    return last
        ? eventOf(e.key, value, e.sgt, e.stamp())
        : forward(e.key, value, e.sg, e.sgt, null);
  }

  private byte[] written(Event e) {
    if (encoder != null) {
      return encoder.encode(e.key, Headers.time(e.sgt), e.values, e.present);
    }
    return rewrites ? layout.write(e.values, e.present) : e.value;
  }

  /** A stage record with what came; {@code sgc} is null but for parts of messages. */
  static OutRecord forward(Event e, byte[] sgc) {
    return forward(e.key, e.value, e.sg, e.sgt, sgc);
  }

  static OutRecord forward(byte[] key, byte[] value, byte[] sg, byte[] sgt, byte[] sgc) {
    String[] names = sgc == null ? STAGE_HEADERS : PART_HEADERS;
    byte[][] headers = sgc == null ? new byte[][] {sg, sgt} : new byte[][] {sg, sgt, sgc};
    return new OutRecord(false, key, value, timestamp(Headers.time(sgt)), names, headers);
  }

  /** The answer to an event. */
  static OutRecord eventOf(byte[] key, byte[] value, byte[] sgt, Stamp stamp) {
    return result(key, value, Headers.time(sgt), sgt, Output.of(Output.EVENT, 0, stamp));
  }

  static OutRecord deadLetter(int stage, Event e, Reason reason) {
    return deadLetter(stage, e.key, e.value, e.sgt, e.stamp(), reason);
  }

  static OutRecord deadLetter(
      int stage, byte[] key, byte[] value, byte[] sgt, Stamp stamp, Reason reason) {
    byte[] sgo = Output.of(Output.DEAD_LETTER, stage, stamp).toBytes();
    return new OutRecord(
        true,
        key,
        value,
        timestamp(Headers.time(sgt)),
        DEAD_HEADERS,
        new byte[][] {sgt, sgo, reason.code()});
  }

  /**
   * The record of an alert that {@link Detect#apply} gave for this event; null where the job does
   * not emit alerts.
   */
  public OutRecord alert(Event e, Alert a) {
    if (!detect.emits()) {
      return null;
    }
    return result(
        e.key, a.value(), e.time, e.sgt, Output.of(Output.ALERT, detect.node(), e.stamp()));
  }

  /** The record of a closed window; null where the job does not emit windows. */
  public OutRecord window(long start, Aggregate a) {
    if (!window.emits()) {
      return null;
    }
    long time = start + window.size() - 1;
    Output o =
        new Output(
            Output.WINDOW,
            (int) (a.owner >>> 32),
            a.owner & 0xffffffffL,
            start,
            a.intended,
            a.count,
            window.node(),
            0,
            a.ids);
    return result(a.key, window.value(start, a), time, Headers.time(time), o);
  }

  /** The update that tells of an owner's total as it is now. */
  public OutRecord update(Total t) {
    Aggregate a = t.sum;
    Output o =
        new Output(
            Output.UPDATE,
            (int) (a.owner >>> 32),
            a.owner & 0xffffffffL,
            a.count,
            a.intended,
            a.count,
            aggregation.node(),
            0,
            a.ids);
    return result(a.key, Aggregation.value(a), t.time, Headers.time(t.time), o);
  }

  private static OutRecord result(byte[] key, byte[] value, long time, byte[] sgt, Output o) {
    return new OutRecord(
        false, key, value, timestamp(time), RESULT_HEADERS, new byte[][] {sgt, o.toBytes()});
  }

  /** Kafka's own timestamp: Java clients refuse a negative one. */
  private static long timestamp(long time) {
    return Math.max(0, time);
  }
}
