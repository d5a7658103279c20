package io.streamgauge.joblib.contract;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What an engine says of itself first.
 *
 * @param engine its name
 * @param version of the framework
 * @param guarantees "at-least-once", "exactly-once"
 * @param operators how it does each: "native", "adapted" or "absent"
 */
public record Hello(
    String engine, String version, List<String> guarantees, Map<String, String> operators) {
  private static final List<String> OPERATORS =
      List.of(
          "decode",
          "validate",
          "dedupe",
          "enrich",
          "calibrate",
          "filter",
          "detect",
          "window",
          "aggregate",
          "encode",
          "reassemble",
          "scan");

  /** How an engine does each operator that there is: natively, but for those in others. */
  public static Map<String, String> fits(Map<String, String> others) {
    Map<String, String> fits = new TreeMap<>();
    OPERATORS.forEach(name -> fits.put(name, "native"));
    others.forEach(
        (name, fit) -> {
          if (fits.put(name, fit) == null) {
            throw new IllegalArgumentException("BUG: there is no operator " + name);
          }
        });
    return fits;
  }
}
