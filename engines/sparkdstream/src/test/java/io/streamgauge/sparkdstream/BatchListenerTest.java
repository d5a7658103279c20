package io.streamgauge.sparkdstream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.storage.StorageLevel;
import org.junit.jupiter.api.Test;

class BatchListenerTest {
  private static final int BYTES = 1 << 20;

  private static JavaRDD<byte[]> keep(JavaSparkContext context, StorageLevel level) {
    JavaRDD<byte[]> kept = context.parallelize(List.of(0), 1).map(i -> new byte[BYTES]);
    kept.persist(level).count();
    return kept;
  }

  /** What Spark knows of its storage, when it has heard of all that was done. */
  private static long memory(JavaSparkContext context) throws Exception {
    context.sc().listenerBus().waitUntilEmpty();
    return BatchListener.stateMemory(context.sc());
  }

  @Test
  void theMemoryOfStatesIsThatOfAllWhichAreStillKept() throws Exception {
    SparkConf conf =
        new SparkConf().setMaster("local[1]").setAppName("x").set("spark.ui.enabled", "false");
    try (JavaSparkContext context = new JavaSparkContext(conf)) {
      assertEquals(0, memory(context));
      JavaRDD<byte[]> objects = keep(context, StorageLevel.MEMORY_ONLY());
      long one = memory(context);
      assertTrue(one >= BYTES && one < 2 * BYTES, "kept once: " + one);
      JavaRDD<byte[]> bytes = keep(context, StorageLevel.MEMORY_ONLY_SER());
      long two = memory(context);
      assertTrue(two >= one + BYTES && two < one + 2 * BYTES, "kept twice: " + two);
      objects.unpersist(true);
      assertEquals(two - one, memory(context), "the first one is forgotten");
      bytes.unpersist(true);
      assertEquals(0, memory(context));
    }
  }
}
