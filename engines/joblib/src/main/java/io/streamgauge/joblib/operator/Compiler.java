package io.streamgauge.joblib.operator;

import io.streamgauge.joblib.contract.Job;
import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.encoding.Encoders;
import io.streamgauge.joblib.encoding.Encodings;
import io.streamgauge.joblib.encoding.MessageEncoder;
import io.streamgauge.joblib.json.MessageDecoder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Makes the operators of one stage. */
final class Compiler {
  private final Plan plan;
  private final Layout layout;
  private final Registry registry;
  private final int index; // of the stage
  private final String topic; // that the stage reads

  final List<Operator> before = new ArrayList<>();
  final List<Operator> after = new ArrayList<>();
  Dedupe dedupe;
  Detect detect;
  Window window;
  Aggregation aggregation;
  Messages messages;
  MessageEncoder encoder; // of encode; null: canonical JSON
  boolean decodes;
  boolean parses;
  boolean rewrites;

  Compiler(Plan plan, Layout layout, Registry registry, int index) {
    this.plan = plan;
    this.layout = layout;
    this.registry = registry;
    this.index = index;
    topic = plan.stageInput(index);
  }

  void add(Job.Operator o) {
    switch (o.name()) {
      case "decode" -> {
        decodes = true;
        rewrites = true;
        step(decode((Job.Decode) o.settings()));
      }
      case "validate" -> {
        parses = true;
        step(validate((Job.Validate) o.settings()));
      }
      case "enrich" -> {
        parses = true;
        rewrites = true;
        step(enrich((Job.Enrich) o.settings()));
      }
      case "calibrate" -> {
        parses = true;
        rewrites = true;
        int metric = layout.slot(((Job.Calibrate) o.settings()).metric());
        step(new Calibrate(metric, layout.slot("gain"), layout.slot("offset")));
      }
      case "filter" -> {
        parses = true;
        Job.Filter f = (Job.Filter) o.settings();
        step(filter(layout.slot(f.metric()), f.min(), f.max()));
      }
      case "dedupe" -> {
        once();
        dedupe = new Dedupe(((Job.Dedupe) o.settings()).span());
      }
      case "detect" -> {
        parses = true;
        once();
        detect = detect((Job.Detect) o.settings());
      }
      case "window" -> {
        parses = true;
        once();
        window = window((Job.Window) o.settings());
      }
      case "aggregate" -> {
        parses = true;
        once();
        Job.Aggregate a = (Job.Aggregate) o.settings();
        aggregation = new Aggregation(topic, a.node(), layout.slot(a.metric()));
      }
      case "scan", "reassemble" -> {
        once();
        boolean last = index == plan.job().stages().size() - 1;
        messages = new Messages(index, last, o.name().equals("reassemble"), plan.store());
      }
      case "encode" -> encode(((Job.Encode) o.settings()).as());
      default -> throw new IllegalArgumentException("unknown operator \"" + o.name() + "\"");
    }
  }

  /** A stage that changes a reading writes canonical JSON anyway. */
  private void encode(String form) {
    if (form.equals(Encoders.CANONICAL)) {
      return;
    }
    parses = true;
    Job.Reading reading = plan.job().reading();
    encoder = Encoders.of(form, reading, metrics(reading));
  }

  /** The slots of the metrics, in ascending order of their names. */
  private int[] metrics(Job.Reading reading) {
    return reading.metrics().keySet().stream().sorted().mapToInt(layout::slot).toArray();
  }

  private void once() {
    if (stateful()) {
      throw new IllegalArgumentException("two stateful operators in one stage");
    }
  }

  private void step(Operator o) {
    (stateful() ? after : before).add(o);
  }

  private boolean stateful() {
    return dedupe != null
        || detect != null
        || window != null
        || aggregation != null
        || messages != null;
  }

  private Operator decode(Job.Decode d) {
    Job.Reading reading = plan.job().reading();
    MessageDecoder decoder = Encodings.decoder(d.encoding(), reading, metrics(reading));
    long min = plan.eventTimeMin();
    long max = plan.eventTimeMax();
    return e -> {
      if (e.time < min || e.time > max) {
        return Verdict.refuse(Reason.EVENT_TIME);
      }
      Arrays.fill(e.present, false); // fields that only a later enrich gives
      Reason reason = decoder.decode(e.key, e.value, e.values, e.present);
      return reason == null ? Verdict.PASS : Verdict.refuse(reason);
    };
  }

  private Operator validate(Job.Validate v) {
    boolean knownDevice = v.knownDevice();
    int[] required = v.required().stream().mapToInt(layout::slot).toArray();
    record Range(int slot, long min, long max) {}
    Range[] ranges =
        plan.job().reading().metrics().entrySet().stream()
            .filter(m -> m.getValue().range().length == 2)
            .map(
                m ->
                    new Range(
                        layout.slot(m.getKey()), m.getValue().range()[0], m.getValue().range()[1]))
            .toArray(
                Range[]
                    ::new); // which of them fails first makes no difference: they have one reason
    return e -> {
      if (knownDevice && registry.find(e.key) < 0) {
        return Verdict.refuse(Reason.UNKNOWN_DEVICE);
      }
      for (int slot : required) {
        if (!e.present[slot]) {
          return Verdict.refuse(Reason.MISSING_FIELD);
        }
      }
      for (Range r : ranges) {
        if (e.present[r.slot] && (e.values[r.slot] < r.min || e.values[r.slot] > r.max)) {
          return Verdict.refuse(Reason.RANGE);
        }
      }
      return Verdict.PASS;
    };
  }

  private Operator enrich(Job.Enrich o) {
    long[][] rows = registry.select(o.fields());
    int[] slots = o.fields().stream().mapToInt(layout::slot).toArray();
    return e -> {
      int device = registry.find(e.key);
      if (device < 0) {
        return Verdict.refuse(Reason.UNKNOWN_DEVICE);
      }
      long[] row = rows[device];
      if (row == Registry.INCOMPLETE) {
        return Verdict.refuse(Reason.MISSING_FIELD);
      }
      for (int i = 0; i < slots.length; i++) {
        e.values[slots[i]] = row[i];
        e.present[slots[i]] = true;
      }
      return Verdict.PASS;
    };
  }

  private static Operator filter(int slot, Long min, Long max) {
    long low = min == null ? Long.MIN_VALUE : min;
    long high = max == null ? Long.MAX_VALUE : max;
    return e ->
        e.present[slot] && e.values[slot] >= low && e.values[slot] <= high
            ? Verdict.PASS
            : Verdict.DROP;
  }

  private Detect detect(Job.Detect d) {
    int above = d.above().field() == null ? -1 : layout.slot(d.above().field());
    return new Detect(
        topic,
        d.node(),
        d.emit().contains("alert"),
        layout.slot(d.metric()),
        above,
        d.above().value(),
        d.clear());
  }

  private Window window(Job.Window w) {
    return new Window(
        w.node(),
        w.emit().contains("window"),
        layout.slot(w.metric()),
        w.size(),
        w.step(),
        plan.job().latenessMillis());
  }
}
