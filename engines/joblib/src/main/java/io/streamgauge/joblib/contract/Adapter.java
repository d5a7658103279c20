package io.streamgauge.joblib.contract;

import java.util.Map;

/** An engine under the contract. */
public interface Adapter {
  /** What the engine is; quick, before anything of the framework is loaded. */
  Hello hello();

  /**
   * The settings it will work with, for the fairness sheet: names of the framework and of Kafka's
   * clients.
   */
  Map<String, Object> settings(Plan plan);

  /**
   * Does the plan's job until the input is drained, then returns: everything is written and
   * committed. Where {@link Session#stopping()} completes first, stops in order, as far as its last
   * commit, and returns. Says ready when it takes input.
   *
   * @throws Exception what ended it: a fatal fault
   */
  void run(Session session) throws Exception;
}
