package io.streamgauge.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.apache.spark.package$;
import org.junit.jupiter.api.Test;

class SparkAdapterTest {
  @Test
  void saysTheVersionThatRuns() {
    assertEquals(package$.MODULE$.SPARK_VERSION(), new SparkAdapter().hello().version());
  }
}
