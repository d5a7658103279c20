package io.streamgauge.spark;

import io.streamgauge.joblib.contract.Plan;
import java.io.File;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.hadoop.yarn.client.api.YarnClient;
import org.apache.hadoop.yarn.conf.YarnConfiguration;

/** What YARN as a master wants beside what Spark's own cluster does. */
final class Yarn {
  private static final List<String> FOLDERS = List.of("HADOOP_CONF_DIR", "YARN_CONF_DIR");
  private static final long ANSWER_SECONDS = 30;

  private Yarn() {}

  static boolean isMaster(Plan plan) {
    return plan.address("master").equals("yarn");
  }

  /**
   * Lets Hadoop find the cluster's settings: Spark's scripts put their folders on the class path.
   */
  static void configure() throws MalformedURLException {
    List<URL> folders = new ArrayList<>();
    for (String name : FOLDERS) {
      String folder = System.getenv(name);
      if (folder != null && !folder.isEmpty()) {
        folders.add(new File(folder).toURI().toURL());
      }
    }
    Thread here = Thread.currentThread();
    here.setContextClassLoader(
        new URLClassLoader(folders.toArray(URL[]::new), here.getContextClassLoader()));
  }

  /**
   * Asks the ResourceManager whether it can run anything. By itself Spark goes on asking for a
   * quarter of an hour, and waits for a node without an end.
   *
   * @throws Exception where it does not answer, or has no node to run anything on
   */
  static void check() throws Exception {
    YarnConfiguration conf = new YarnConfiguration();
    String who = "YARN's ResourceManager at " + conf.get(YarnConfiguration.RM_ADDRESS);
    try {
      Background.run("resource-manager", () -> check(conf, who))
          .get(ANSWER_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new IllegalStateException(who + " has not answered within " + ANSWER_SECONDS + " s");
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    }
  }

  private static void check(YarnConfiguration conf, String who) throws Exception {
    try (YarnClient client = YarnClient.createYarnClient()) {
      client.init(conf);
      client.start();
      if (client.getYarnClusterMetrics().getNumActiveNodeManagers() == 0) { // others are unhealthy
        throw new IllegalStateException(who + " has no nodes that are healthy");
      }
    }
  }
}
