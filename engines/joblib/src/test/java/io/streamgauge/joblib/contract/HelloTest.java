package io.streamgauge.joblib.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Map;
import org.junit.jupiter.api.Test;

class HelloTest {
  @Test
  void operatorsAreNativeButForThoseNamed() {
    Map<String, String> fits = Hello.fits(Map.of("scan", "adapted", "window", "absent"));
    assertEquals("adapted", fits.get("scan"));
    assertEquals("absent", fits.get("window"));
    assertEquals("native", fits.get("decode"));
    assertEquals(12, fits.size());
  }

  @Test
  void anOperatorThatThereIsNotIsAnError() {
    assertThrows(IllegalArgumentException.class, () -> Hello.fits(Map.of("scna", "absent")));
  }
}
