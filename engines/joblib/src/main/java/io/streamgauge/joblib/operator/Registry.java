package io.streamgauge.joblib.operator;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The device registry: fields by device id. Immutable once shared. It may have millions of devices
 * and every record asks for one, so rows are plain arrays of numbers and a look-up makes no object.
 */
public final class Registry {
  /** What {@link #select} gives for a device that lacks one of the fields. */
  static final long[] INCOMPLETE = {};

  private static final byte[] NOBODY = {};
  private static final int FIRST_SLOTS = 16;

  /**
   * One device.
   *
   * @param names ascending; shared by all devices that have the same; null where the device was
   *     removed
   */
  private record Row(byte[] device, String[] names, long[] values) {}

  private final List<Row> rows = new ArrayList<>();
  private final Map<List<String>, String[]> shapes = new HashMap<>();
  private final Map<List<String>, long[][]> selections = new ConcurrentHashMap<>();
  private int[] slots =
      new int[FIRST_SLOTS]; // by hash: index in rows + 1; 0 is free; half of them at least are
  private int size;

  /** Adds or replaces a device: its fields in millionths, {@code site} a plain integer. */
  public void put(byte[] device, Map<String, Long> fields) {
    Map<String, Long> sorted = new TreeMap<>(fields);
    String[] names =
        shapes.computeIfAbsent(List.copyOf(sorted.keySet()), k -> k.toArray(String[]::new));
    set(new Row(id(device), names, sorted.values().stream().mapToLong(Long::longValue).toArray()));
  }

  /** Removes a device: what a record without a value says. */
  public void remove(byte[] device) {
    if (find(device) >= 0) {
      set(new Row(id(device), null, null));
    }
  }

  private void set(Row row) {
    int slot = slot(slots, row.device);
    if (slots[slot] == 0) {
      rows.add(row);
      slots[slot] = rows.size();
      size++;
      if (2 * rows.size() > slots.length) {
        grow();
      }
      return;
    }
    Row old = rows.set(slots[slot] - 1, row);
    size += (row.names == null ? 0 : 1) - (old.names == null ? 0 : 1);
  }

  private void grow() {
    int[] more = new int[2 * slots.length];
    for (int i = 0; i < rows.size(); i++) {
      more[slot(more, rows.get(i).device)] = i + 1;
    }
    slots = more;
  }

  /** The slot that holds a device, or the free one where it belongs. */
  private int slot(int[] in, byte[] device) {
    int h = Arrays.hashCode(device);
    int i = (h ^ h >>> 16) & in.length - 1;
    while (in[i] != 0 && !Arrays.equals(rows.get(in[i] - 1).device, device)) {
      i = i + 1 & in.length - 1;
    }
    return i;
  }

  /** A record without a key is one of a device without a name. */
  private static byte[] id(byte[] device) {
    return device == null ? NOBODY : device;
  }

  /** The number of a device among {@link #select}'s rows; -1 where it is unknown. */
  int find(byte[] device) {
    int row = slots[slot(slots, id(device))] - 1;
    return row < 0 || rows.get(row).names == null ? -1 : row;
  }

  /**
   * Cuts the registry down to some fields.
   *
   * @return by device, as {@link #find} numbers them: the fields in the order asked for, or {@link
   *     #INCOMPLETE}. Shared by all who ask for the same.
   */
  long[][] select(List<String> fields) {
    return selections.computeIfAbsent(fields, this::cut);
  }

  private long[][] cut(List<String> fields) {
    long[][] cut = new long[rows.size()][];
    for (int i = 0; i < cut.length; i++) {
      cut[i] = cut(rows.get(i), fields);
    }
    return cut;
  }

  private static long[] cut(Row row, List<String> fields) {
    long[] values = new long[fields.size()];
    for (int i = 0; i < values.length; i++) {
      int at = row.names == null ? -1 : Arrays.binarySearch(row.names, fields.get(i));
      if (at < 0) {
        return INCOMPLETE;
      }
      values[i] = row.values[at];
    }
    return values;
  }

  /** The fields of a device, ascending by name; null where it is unknown. */
  public Map<String, Long> get(byte[] device) {
    int i = find(device);
    if (i < 0) {
      return null;
    }
    Row row = rows.get(i);
    Map<String, Long> fields = new LinkedHashMap<>();
    for (int k = 0; k < row.names.length; k++) {
      fields.put(row.names[k], row.values[k]);
    }
    return fields;
  }

  /** Number of devices. */
  public int size() {
    return size;
  }
}
