package io.streamgauge.trident;

import io.streamgauge.joblib.operator.Stage;
import io.streamgauge.joblib.record.InRecord;
import io.streamgauge.joblib.record.OutRecord;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;

/**
 * Kafka and the engine around a state: batches of random size, killed at random, each coming again
 * until it is through.
 */
final class Life {
  private final Path dir;
  private final List<String> kafka = new ArrayList<>();
  private long written; // in the same transaction as kafka
  private Random cuts; // null: lives cut the stream as they like

  /** When a batch is killed. */
  private enum Kill {
    NEVER,
    BEFORE_RESULTS,
    BEFORE_STATE,
    IN_STATE
  }

  /** A life whose state is in a folder. */
  Life(Path dir) {
    this.dir = dir;
  }

  /** Cuts the stream into the same batches as every other life that does. */
  Life alike() {
    cuts = new Random(7);
    return this;
  }

  /** All of a record, as a line. */
  static String text(OutRecord r) {
    StringBuilder b =
        new StringBuilder(new String(r.key(), StandardCharsets.UTF_8))
            .append(new String(r.value(), StandardCharsets.ISO_8859_1));
    for (byte[] h : r.headers()) {
      b.append(' ').append(HexFormat.of().formatHex(h));
    }
    return b.toString();
  }

  /** What Kafka has at the end. */
  List<String> run(
      Stage stage, List<InRecord> inputs, Random random, boolean transactions, double kills)
      throws IOException {
    Path file = dir.resolve("log-" + random.nextLong());
    PartitionState state = new PartitionState(stage, file, 0);
    long txid = 0;
    for (int from = 0; from < inputs.size(); ) {
      int to = Math.min(inputs.size(), from + 1 + (cuts == null ? random : cuts).nextInt(40));
      txid++;
      for (boolean through = false; !through; ) {
        Kill kill = random.nextDouble() < kills ? Kill.values()[1 + random.nextInt(3)] : Kill.NEVER;
        Map<Path, byte[]> beside = kill == Kill.IN_STATE ? beside(file) : Map.of();
        batch(state, stage, txid, inputs.subList(from, to), kill, transactions);
        through = kill == Kill.NEVER;
        if (kill == Kill.IN_STATE) {
          cut(file, random);
          restore(beside);
        }
        if (!through || random.nextInt(20) == 0) {
          state.close();
          state = new PartitionState(stage, file, transactions ? written : 0);
        }
      }
      from = to;
    }
    state.close();
    return kafka;
  }

  private void batch(
      PartitionState state,
      Stage stage,
      long txid,
      List<InRecord> records,
      Kill kill,
      boolean transactions)
      throws IOException {
    List<String> results = new ArrayList<>();
    for (InRecord in : records) {
      Object step = BeforeState.step(stage, in);
      if (step != null) {
        state.apply(txid, step, r -> results.add(text(r)));
      }
    }
    state.end(txid, r -> results.add(text(r)));
    if (kill == Kill.BEFORE_RESULTS && transactions) {
      return;
    }
    kafka.addAll(results);
    written = txid;
    if (kill == Kill.NEVER || kill == Kill.IN_STATE) {
      state.commit(txid);
    }
  }

  private static void cut(Path file, Random random) throws IOException {
    if (Files.exists(file) && Files.size(file) > 0) {
      byte[] all = Files.readAllBytes(file);
      int bytes = 1 + random.nextInt(Math.min(all.length, 16));
      Files.write(file, Arrays.copyOf(all, all.length - bytes));
    }
  }

  private static Map<Path, byte[]> beside(Path file) throws IOException {
    Map<Path, byte[]> files = new HashMap<>();
    Path folder = PartitionState.beside(file);
    if (Files.isDirectory(folder)) {
      try (Stream<Path> all = Files.list(folder)) {
        for (Path p : all.toList()) {
          files.put(p, Files.readAllBytes(p));
        }
      }
    }
    return files;
  }

  /** What lies beside the log goes only when its entry is whole, which a kill cut short. */
  private static void restore(Map<Path, byte[]> files) throws IOException {
    for (Map.Entry<Path, byte[]> f : files.entrySet()) {
      if (!Files.exists(f.getKey())) {
        Files.write(f.getKey(), f.getValue());
      }
    }
  }
}
