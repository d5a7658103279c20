package io.streamgauge.joblib.contract;

import java.util.List;
import java.util.Map;

/**
 * What an engine says of itself first.
 *
 * @param engine its name
 * @param version of the framework
 * @param guarantees "at-least-once", "exactly-once"
 * @param operators how it does each: "native", "adapted" or "absent"
 */
public record Hello(
    String engine, String version, List<String> guarantees, Map<String, String> operators) {}
