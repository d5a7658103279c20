package io.streamgauge.spark;

import io.streamgauge.joblib.contract.Plan;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.spark.deploy.SparkSubmit;

/**
 * Brings the application to a cluster by the main class of spark-submit, in client mode: this
 * process becomes its driver, and the cluster's executors fetch what the application brings from
 * it. A driver that is killed takes its executors with it, so that a later life finds nothing to
 * cancel.
 */
final class Submission {
  /** Beginnings of the names of the jars that are not part of Spark's distribution. */
  private static final List<String> BRINGS =
      List.of(
          "joblib-",
          "hash4j-",
          "spark-sql-kafka-",
          "spark-token-provider-kafka-",
          "kafka-clients-",
          "commons-pool2-");

  private static final String OWN = "spark-1.jar";

  private Submission() {}

  /** Whether the plan that the arguments name is for a cluster. */
  static boolean due(String[] args) {
    try {
      return args.length == 2 && Plan.read(Path.of(args[1])).onCluster();
    } catch (IOException | RuntimeException e) {
      return false; // Contract says what is wrong with it
    }
  }

  /** Submits. Does not return while the application runs. */
  static void main(String[] args) throws IOException {
    Plan plan = Plan.read(Path.of(args[1]));
    if (Yarn.isMaster(plan)) {
      Yarn.configure();
    }
    SparkSubmit.main(
        arguments(plan, System.getProperty("java.class.path"), args).toArray(String[]::new));
  }

  /** The arguments of spark-submit. */
  static List<String> arguments(Plan plan, String classPath, String[] args) {
    List<String> list = new ArrayList<>();
    list.addAll(List.of("--master", plan.address("master"), "--deploy-mode", "client"));
    list.addAll(List.of("--name", plan.prefix(), "--class", Application.class.getName()));
    if (plan.onOwnCluster()) {
      list.addAll(
          List.of(
              "--properties-file", plan.clusterHome().resolve("spark-defaults.conf").toString()));
    } else if (plan.heapBytes() > 0) {
      list.addAll(List.of("--executor-memory", (plan.heapBytes() >> 20) + "m"));
    }
    if (Yarn.isMaster(plan)) {
      list.addAll(yarn(plan, classPath));
    }
    list.addAll(List.of("--jars", jars(classPath, BRINGS), jars(classPath, List.of(OWN))));
    list.addAll(Arrays.asList(args));
    return list;
  }

  /**
   * YARN starts as many executors as it is told, on nodes that need not have Spark: an executor for
   * each task of a query, with a slot for each query, which get Spark's jars from here.
   */
  private static List<String> yarn(Plan plan, String classPath) {
    List<String> ours = new ArrayList<>(BRINGS);
    ours.add(OWN);
    String sparks =
        Arrays.stream(classPath.split(File.pathSeparator))
            .filter(p -> !begins(p, ours))
            .map(p -> Path.of(p).toUri().toString())
            .collect(Collectors.joining(","));
    return List.of(
        "--num-executors",
        Integer.toString(plan.parallelism()),
        "--executor-cores",
        Integer.toString(Settings.queries(plan.job())),
        "--conf",
        "spark.yarn.jars=" + sparks);
  }

  private static String jars(String classPath, List<String> beginnings) {
    return Arrays.stream(classPath.split(File.pathSeparator))
        .filter(p -> begins(p, beginnings))
        .collect(Collectors.joining(","));
  }

  private static boolean begins(String jar, List<String> beginnings) {
    return beginnings.stream().anyMatch(Path.of(jar).getFileName().toString()::startsWith);
  }
}
