package io.streamgauge.joblib.operator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class RegistryTest {
  private static byte[] id(int i) {
    return ("device-" + i).getBytes(StandardCharsets.US_ASCII);
  }

  @Test
  void holdsWhatAMapWould() {
    Random random = new Random(1);
    Map<Integer, Map<String, Long>> want = new HashMap<>();
    Registry got = new Registry();
    for (int i = 0; i < 20_000; i++) {
      int device = random.nextInt(5000);
      if (random.nextInt(4) == 0) {
        want.remove(device);
        got.remove(id(device));
      } else {
        Map<String, Long> fields = new TreeMap<>();
        for (String name : List.of("gain", "offset", "site")) {
          if (random.nextInt(10) > 0) {
            fields.put(name, random.nextLong());
          }
        }
        want.put(device, fields);
        got.put(id(device), fields);
      }
    }
    long[][] rows = got.select(List.of("site", "gain"));
    assertSame(rows, got.select(List.of("site", "gain")));
    assertEquals(want.size(), got.size());
    for (int device = 0; device < 5001; device++) {
      Map<String, Long> fields = want.get(device);
      assertEquals(fields, got.get(id(device)));
      int row = got.find(id(device));
      assertEquals(fields == null, row < 0);
      if (fields != null && fields.containsKey("site") && fields.containsKey("gain")) {
        assertArrayEquals(new long[] {fields.get("site"), fields.get("gain")}, rows[row]);
      } else if (fields != null) {
        assertSame(Registry.INCOMPLETE, rows[row]);
      }
    }
  }

  @Test
  void noKeyIsTheEmptyKey() {
    Registry r = new Registry();
    assertNull(r.get(null));
    r.put(new byte[0], Map.of());
    assertEquals(Map.of(), r.get(null));
    assertTrue(r.find(null) >= 0);
    assertTrue(
        r.select(List.of())[r.find(null)] != Registry.INCOMPLETE); // enrich by no field needs none
  }
}
