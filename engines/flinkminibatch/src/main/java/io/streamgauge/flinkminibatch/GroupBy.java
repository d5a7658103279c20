package io.streamgauge.flinkminibatch;

import io.streamgauge.flink.Arrival;
import io.streamgauge.flink.Types;
import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.joblib.operator.Stage;
import io.streamgauge.joblib.record.OutRecord;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.table.api.Schema;
import org.apache.flink.table.api.Table;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.types.Row;

/**
 * The operator aggregate as a query. The stream is read and written by the DataStream connector,
 * not by that of tables: decoding is the contract's, dead letters leave by the same sink and the
 * same transaction, and a table has headers as a map, in which neither their order nor the first of
 * two equal names is kept.
 *
 * <pre>
 * source > share of each event > mini-batch assigner > local aggregate ~ global aggregate > update > sink
 *               \ dead letters ------------------------------------------------------------> sink
 * </pre>
 */
final class GroupBy {
  private static final String QUERY =
      "SELECT `owner`, `device`, COUNT(*) AS n, SUM(`metric`) AS total, MIN(`metric`) AS low,"
          + " MAX(`metric`) AS high, SUM(`term`) AS ids, MAX(`intended`) AS intended,"
          + " MAX(`event_time`) AS event_time FROM %s GROUP BY `owner`, `device`";

  private static final Schema EVENTS =
      Schema.newBuilder()
          .column("owner", "BIGINT NOT NULL")
          .column("device", "BYTES NOT NULL")
          .column("metric", "BIGINT NOT NULL")
          .column("term", "BIGINT NOT NULL")
          .column("intended", "BIGINT NOT NULL")
          .column("event_time", "BIGINT NOT NULL")
          .build();

  /** With a key, an update replaces what was said before, which then need not be taken back. */
  private static final Schema TOTALS = Schema.newBuilder().primaryKey("owner", "device").build();

  private GroupBy() {}

  /** The updates of a stage, and its dead letters. */
  static DataStream<OutRecord> over(DataStream<Arrival> arrivals, Plan plan, Stage stage) {
    StreamTableEnvironment tables =
        StreamTableEnvironment.create(arrivals.getExecutionEnvironment());
    MiniBatches.settings(plan).forEach(tables.getConfig()::set);
    SingleOutputStreamOperator<Row> shares =
        arrivals
            .process(new Sharing(plan, stage.index()), Sharing.ROW)
            .name("share")
            .uid(stage.name() + ".share");
    Table events = tables.fromDataStream(shares, EVENTS);
    Table totals = tables.sqlQuery(String.format(QUERY, events));
    return tables
        .toChangelogStream(totals, TOTALS, ChangelogMode.upsert())
        .map(new Telling(plan, stage.index()), Types.OUT_RECORD)
        .name("update")
        .uid(stage.name() + ".update")
        .union(shares.getSideOutput(Sharing.SETTLED));
  }
}
