package io.streamgauge.storm;

import com.fasterxml.jackson.databind.JsonNode;
import io.streamgauge.joblib.contract.Plan;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * The engine's own settings: what a scenario says in its {@code options}, defaults otherwise.
 *
 * @param maxSpoutPending tuples of one spout task under way at once
 * @param maxUncommittedOffsets records of one partition read beyond the committed offset
 * @param maxPollRecords records of one poll
 * @param pollTimeoutMillis how long a poll waits for records; acknowledgements wait meanwhile
 * @param messageTimeoutSecs after which a tuple that is not acknowledged is read again
 * @param checkpointIntervalMillis between two checkpoints of stateful bolts; Storm takes none below
 *     100
 * @param watermarkIntervalMillis between two looks at the watermark of windows
 * @param ackers executors that keep track of tuples
 */
record Options(
    int maxSpoutPending,
    int maxUncommittedOffsets,
    int maxPollRecords,
    int pollTimeoutMillis,
    int messageTimeoutSecs,
    int checkpointIntervalMillis,
    int watermarkIntervalMillis,
    int ackers)
    implements Serializable {
  static Options of(Plan plan) {
    Reader r = new Reader(plan.options());
    Options options =
        new Options(
            r.number("max_spout_pending", 20_000),
            r.number("max_uncommitted_offsets", 200_000),
            r.number("max_poll_records", 500),
            r.number("poll_timeout_ms", 100),
            r.number("message_timeout_s", 300),
            r.number("checkpoint_interval_ms", (int) Math.max(100, plan.commitIntervalMillis())),
            r.number("watermark_interval_ms", 20),
            r.number("ackers", 1));
    r.refuseOthers();
    return options;
  }

  /** The highest distance, in records, between one that comes again and the last one that came. */
  int replayed() {
    return maxUncommittedOffsets + maxPollRecords;
  }

  private static final class Reader {
    private final JsonNode options;
    private final List<String> known = new ArrayList<>();

    Reader(JsonNode options) {
      this.options = options;
    }

    int number(String name, int otherwise) {
      known.add(name);
      JsonNode n = options.path(name);
      if (n.isMissingNode() || n.isNull()) {
        return otherwise;
      }
      if (!n.canConvertToInt() || n.asInt() < 1) {
        throw new IllegalArgumentException(
            "option " + name + " is " + n + "; it must be a whole number of at least 1");
      }
      return n.asInt();
    }

    void refuseOthers() {
      for (Iterator<String> names = options.fieldNames(); names.hasNext(); ) {
        String name = names.next();
        if (!known.contains(name)) {
          throw new IllegalArgumentException(
              "unknown option " + name + "; there are " + String.join(", ", known));
        }
      }
    }
  }
}
