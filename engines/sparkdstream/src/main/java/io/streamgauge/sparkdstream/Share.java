package io.streamgauge.sparkdstream;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.operator.Total;
import io.streamgauge.joblib.record.OutRecord;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.api.java.function.Function;

/**
 * What a batch brings to a device's total, or under the key of a partition the results that go by.
 * Changed in place while the batch is summed up, never afterwards.
 */
public final class Share implements Serializable {
  private static final long serialVersionUID = 1;

  private final Total total = new Total();
  private final List<OutRecord> results = new ArrayList<>(0);

  /** Nothing yet; for serializers too. */
  public Share() {}

  /** Its events, summed up. */
  Total total() {
    return total;
  }

  /** Its results, in order. */
  OutRecord[] results() {
    return results.toArray(OutRecord[]::new);
  }

  /** Adds what another one of the same key has, which comes behind. */
  Share plus(Share o) {
    total.merge(o.total);
    results.addAll(o.results);
    return this;
  }

  /** Makes a share of each arrival. */
  static final class Of extends StageTask implements Function<Arrival, Share> {
    private static final long serialVersionUID = 1;

    Of(Plan plan, int stage) {
      super(plan, stage);
    }

    @Override
    public Share call(Arrival a) {
      Share s = new Share();
      if (a.event() == null) {
        s.results.add(a.result());
      } else {
        stage().aggregation().add(s.total, a.event());
      }
      return s;
    }
  }
}
