package io.streamgauge.joblib.encoding;

import io.streamgauge.joblib.contract.Job;
import io.streamgauge.joblib.json.Decoder;
import io.streamgauge.joblib.json.MessageDecoder;
import java.util.Arrays;
import java.util.Locale;

/** Finds encodings by name. */
public final class Encodings {
  private Encodings() {}

  /**
   * Makes a decoder of a job's reading.
   *
   * @param name of an encoding, followed by + and a compression or not: "cbor", "avro+zstd"
   * @param slots where in the values each metric belongs, in ascending order of their names
   * @throws IllegalArgumentException if there is no such encoding, or it cannot hold the reading
   */
  public static MessageDecoder decoder(String name, Job.Reading reading, int[] slots) {
    int plus = name.indexOf('+');
    if (plus >= 0) {
      return compression(name.substring(plus + 1))
          .around(plain(name.substring(0, plus), reading, slots));
    }
    return plain(name, reading, slots);
  }

  private static Compression compression(String name) {
    return Arrays.stream(Compression.values())
        .filter(c -> c.name().toLowerCase(Locale.ROOT).equals(name))
        .findFirst()
        .orElseThrow(() -> unknown("compression", name));
  }

  private static IllegalArgumentException unknown(String what, String name) {
    return new IllegalArgumentException("decode: unknown " + what + " \"" + name + "\"");
  }

  private static MessageDecoder plain(String name, Job.Reading reading, int[] slots) {
    if (name.equals("json")) {
      return new Decoder(reading, slots);
    }
    Content content = content(name, reading);
    boolean list = name.startsWith("senml") || content instanceof LineProtocol;
    boolean names = list || content instanceof Sparkplug;
    Places places = names ? Places.names(reading, slots) : Places.tree(reading, slots);
    return new FieldsDecoder(places, content);
  }

  private static Content content(String name, Job.Reading reading) {
    return switch (name) {
      case "avro" -> Avro.singleObject(reading);
      case "avro-registry" -> Avro.registry(reading);
      case "cbor" -> tree(new CborWalker());
      case "csv" -> new Csv();
      case "frame" -> new Frame();
      case "line-protocol" -> new LineProtocol();
      case "msgpack" -> tree(new MsgpackWalker());
      case "ndjson" -> new JsonLines();
      case "protobuf" -> new Protobuf();
      case "senml-cbor" -> SenmlPack.content(new CborWalker(), true);
      case "senml-json" -> SenmlPack.content(new JsonWalker(), false);
      case "sparkplug-b" -> new Sparkplug();
      default -> throw unknown("encoding", name);
    };
  }

  private static Content tree(Walker walker) {
    return (message, fields) -> walker.walk(message, new Tree(fields));
  }
}
