package io.streamgauge.sparkrealtime;

import io.streamgauge.joblib.contract.Plan;
import io.streamgauge.spark.Answering;
import io.streamgauge.spark.StageRef;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;

/** A session in this process, and stages in it. */
final class Local {
  private Local() {}

  static SparkSession session() {
    return SparkSession.builder()
        .master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .getOrCreate();
  }

  /** What a stage of a plan does with records. */
  static Answering answering(Plan plan, int stage) {
    JavaSparkContext context = JavaSparkContext.fromSparkContext(session().sparkContext());
    return new Answering(
        new StageRef(context.broadcast(plan), stage), context.sc().longAccumulator());
  }
}
