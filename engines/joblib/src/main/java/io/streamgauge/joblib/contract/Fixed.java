package io.streamgauge.joblib.contract;

import java.util.List;
import java.util.Map;

/**
 * A setting that options of a plan may not change: an adapter relies on it, and the framework would
 * take another value without an error.
 *
 * @param setting its name in the framework
 * @param values what it may be; empty: an option is to leave it out
 * @param why what another value would do
 */
public record Fixed(String setting, List<String> values, String why) {
  /**
   * Refuses an option that changes it. Case makes no difference, as in some frameworks.
   *
   * @param option of the engine that holds settings, such as "producer"
   * @param prefix before their names there; empty: none
   * @param given what the option holds
   * @throws IllegalArgumentException with the option, what to write instead, and why
   */
  public void check(String option, String prefix, Map<String, String> given) {
    given.forEach(
        (name, value) -> {
          if (name.equalsIgnoreCase(prefix + setting) && !allows(value.strip())) {
            throw new IllegalArgumentException(
                "option %s: {%s: %s}; %s: %s".formatted(option, name, value, wanted(), why));
          }
        });
  }

  private boolean allows(String value) {
    return values.stream().anyMatch(value::equalsIgnoreCase);
  }

  private String wanted() {
    return values.isEmpty()
        ? "leave it out"
        : "want " + String.join(" or ", values) + ", or leave it out";
  }
}
