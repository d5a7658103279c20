package io.streamgauge.joblib.contract;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Runs an engine under the contract: the whole of a main method. */
public final class Contract {
  private static final int EXIT_USAGE = 2;
  private static final int EXIT_ENGINE = 4;

  private Contract() {}

  /**
   * Reads the plan that {@code --plan FILE} names, says hello, runs the engine and says stopped.
   * Never returns: the process ends here, without shutdown hooks, which frameworks install and
   * which would run beside an orderly stop.
   */
  public static void main(String[] args, Adapter adapter) {
    // Standard output belongs to status lines; what frameworks print goes to the log.
    Status status =
        new Status(
            new PrintStream(
                new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8));
    System.setOut(System.err);
    int code = EXIT_ENGINE;
    try {
      code = run(args, adapter, status, System.in);
    } finally {
      Runtime.getRuntime().halt(code);
    }
  }

  static int run(String[] args, Adapter adapter, Status status, InputStream control) {
    if (args.length != 2 || !args[0].equals("--plan")) {
      System.err.println("usage: --plan FILE");
      return EXIT_USAGE;
    }
    Plan plan;
    try {
      plan = Plan.read(Path.of(args[1]));
    } catch (IOException | RuntimeException e) {
      System.err.println("error: reading the plan " + args[1] + ": " + Status.describe(e));
      return EXIT_USAGE;
    }
    return serve(adapter, new Session(plan, status), control);
  }

  private static int serve(Adapter adapter, Session session, InputStream control) {
    Status status = session.status();
    ScheduledExecutorService second =
        Executors.newSingleThreadScheduledExecutor(r -> daemon(r, "figures"));
    daemon(() -> listen(control, session), "control").start();
    try {
      status.hello(adapter.hello(), adapter.settings(session.plan()));
      second.scheduleWithFixedDelay(() -> tell(session), 1, 1, TimeUnit.SECONDS);
      adapter.run(session);
      if (!session.draining().isDone() && !session.stopping().isDone()) {
        throw new IllegalStateException("the engine came to an end without having been asked to");
      }
      tell(session);
      status.stopped(!session.stopping().isDone());
      return 0;
    } catch (Throwable t) { // whatever it is, it ends here: threads of the framework may still run
      t.printStackTrace();
      tell(session);
      boolean told = session.stopping().isDone(); // then what broke on the way out is in the log
      if (!told) {
        status.fault(t, true);
      }
      status.stopped(false);
      return told ? 0 : EXIT_ENGINE;
    } finally {
      second.shutdownNow();
    }
  }

  /** Says what has changed of the figures, and how long this process has collected garbage. */
  private static void tell(Session session) {
    if (!session.plan().onCluster()) { // there it would be the client's, which does no work
      long collecting =
          ManagementFactory.getGarbageCollectorMXBeans().stream()
              .mapToLong(GarbageCollectorMXBean::getCollectionTime)
              .sum();
      Figures.set("garbage_collection", collecting, "ms");
    }
    Figures.say(session.status());
  }

  private static Thread daemon(Runnable r, String name) {
    Thread t = new Thread(r, name);
    t.setDaemon(true);
    return t;
  }

  /** Completes what the harness asks for. */
  private static void listen(InputStream control, Session session) {
    ObjectMapper json = new ObjectMapper();
    try (BufferedReader in =
        new BufferedReader(new InputStreamReader(control, StandardCharsets.UTF_8))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        if (isDrain(json, line)) {
          session.draining().complete(null);
        }
      }
    } catch (IOException e) {
      System.err.println("reading standard input: " + e.getMessage());
    }
    session.stopping().complete(null);
  }

  private static boolean isDrain(ObjectMapper json, String line) {
    try {
      return json.readTree(line).path("type").asText().equals("drain");
    } catch (IOException e) {
      return false; // not a line of the contract
    }
  }
}
