package io.streamgauge.joblib.operator;

import io.streamgauge.joblib.contract.Job;
import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.json.Decoder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Makes the operators of one stage. */
final class Compiler {
  private final Plan plan;
  private final Layout layout;
  private final Registry registry;

  final List<Operator> before = new ArrayList<>();
  final List<Operator> after = new ArrayList<>();
  Dedupe dedupe;
  Detect detect;
  Window window;
  boolean decodes;
  boolean parses;
  boolean rewrites;

  Compiler(Plan plan, Layout layout, Registry registry) {
    this.plan = plan;
    this.layout = layout;
    this.registry = registry;
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
      case "encode" -> {} // a stage that changes a reading writes canonical JSON anyway
      default -> throw new IllegalArgumentException("unknown operator \"" + o.name() + "\"");
    }
  }

  private void once() {
    if (dedupe != null || detect != null || window != null) {
      throw new IllegalArgumentException("two stateful operators in one stage");
    }
  }

  private void step(Operator o) {
    boolean behind = dedupe != null || detect != null || window != null;
    (behind ? after : before).add(o);
  }

  private Operator decode(Job.Decode d) {
    if (!d.encoding().equals("json")) {
      throw new IllegalArgumentException("decode: unknown encoding \"" + d.encoding() + "\"");
    }
    Job.Reading reading = plan.job().reading();
    int[] slots = reading.metrics().keySet().stream().sorted().mapToInt(layout::slot).toArray();
    Decoder decoder = new Decoder(reading);
    long min = plan.eventTimeMin();
    long max = plan.eventTimeMax();
    return e -> {
      if (e.time < min || e.time > max) {
        return Verdict.refuse(Reason.EVENT_TIME);
      }
      long[] values = new long[slots.length];
      boolean[] present = new boolean[slots.length];
      Reason reason = decoder.decode(e.key, e.value, values, present);
      if (reason != null) {
        return Verdict.refuse(reason);
      }
      for (int i = 0; i < slots.length; i++) {
        e.values[slots[i]] = values[i];
        e.present[slots[i]] = present[i];
      }
      return Verdict.PASS;
    };
  }

  private Operator validate(Job.Validate v) {
    int[] required = v.required().stream().mapToInt(layout::slot).toArray();
    record Range(int slot, long min, long max) {}
    List<Range> ranges = plan.job().reading().metrics().entrySet().stream()
        .filter(m -> m.getValue().range().length == 2)
        .map(m -> new Range(layout.slot(m.getKey()), m.getValue().range()[0], m.getValue().range()[1]))
        .toList(); // which of them fails first makes no difference: they have one reason
    return e -> {
      if (v.knownDevice() && registry.get(e.key) == null) {
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
    String[] fields = o.fields().toArray(String[]::new);
    int[] slots = o.fields().stream().mapToInt(layout::slot).toArray();
    return e -> {
      Map<String, Long> row = registry.get(e.key);
      if (row == null) {
        return Verdict.refuse(Reason.UNKNOWN_DEVICE);
      }
      for (String f : fields) {
        if (!row.containsKey(f)) {
          return Verdict.refuse(Reason.MISSING_FIELD);
        }
      }
      for (int i = 0; i < slots.length; i++) {
        e.values[slots[i]] = row.get(fields[i]);
        e.present[slots[i]] = true;
      }
      return Verdict.PASS;
    };
  }

  private static Operator filter(int slot, Long min, Long max) {
    return e -> {
      boolean keeps = e.present[slot] && (min == null || e.values[slot] >= min) && (max == null || e.values[slot] <= max);
      return keeps ? Verdict.PASS : Verdict.DROP;
    };
  }

  private Detect detect(Job.Detect d) {
    int above = d.above().field() == null ? -1 : layout.slot(d.above().field());
    return new Detect(d.node(), d.emit().contains("alert"), layout.slot(d.metric()), above, d.above().value(), d.clear());
  }

  private Window window(Job.Window w) {
    return new Window(w.node(), w.emit().contains("window"), layout.slot(w.metric()), w.size(), w.step(),
        plan.job().latenessMillis());
  }
}
