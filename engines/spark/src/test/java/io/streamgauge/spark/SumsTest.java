package io.streamgauge.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.operator.Aggregate;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;

class SumsTest {
  private static final String ANSI = "spark.sql.ansi.enabled";
  private static final Plan PLAN = Local.plan("sums", "");

  /** A session of its own: what it sets is for it alone. */
  private static SparkSession session() {
    SparkSession session = Local.session().newSession();
    session.conf().set(ANSI, Settings.spark(PLAN).get(ANSI));
    session.conf().set("spark.sql.shuffle.partitions", "2");
    return session;
  }

  /** What an event brings: its metric, and the same for its term. */
  private static Row contribution(long metric) {
    return RowFactory.create(0L, 1L, Local.bytes("d1"), metric, metric, 0L);
  }

  /** A trial that is checked goes nowhere near; in one that is not, Spark does as the others do. */
  @Test
  void goAroundWhereTheContractsOwnDo() {
    Dataset<Row> contributions =
        session()
            .createDataset(
                List.of(contribution(Long.MAX_VALUE), contribution(1)), Contributing.schema());
    Aggregate a = Sums.read(Sums.of(contributions.groupBy("owner", "key")).head());
    assertEquals(2, a.count);
    assertEquals(Long.MIN_VALUE, a.sum);
    assertEquals(Long.MIN_VALUE, a.ids);
    assertEquals(Long.MAX_VALUE, a.max);
  }
}
